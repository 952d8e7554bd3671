"""What the review page and the page of a form share as web applications: templates, assets, how failures are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, ConfigDict

from pipeline.datamodel.errors import CountersignError, StoreError
from pipeline.exports.pack import NotComplete
from pipeline.form_authoring.form_draft import ChangedMeanwhile, WrongBox
from pipeline.results.results_file import StaleDecision

HERE = Path(__file__).parent


class Body(BaseModel):
    """What a page sends; a field that is not declared is refused."""

    model_config = ConfigDict(extra="forbid")


def templates() -> Jinja2Templates:
    """The pages' templates."""
    found = Jinja2Templates(HERE / "templates")
    found.env.filters["tojson_block"] = _json_block
    return found


def new_app(life: Callable[[FastAPI], AbstractAsyncContextManager[Any]] | None = None) -> FastAPI:
    """An application with the assets and the sentences for what fails. `life`: what is open as long as it runs."""
    app = FastAPI(title="Countersign", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    app.add_exception_handler(CountersignError, _told)
    app.add_exception_handler(RequestValidationError, _not_taken)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    return app


def _json_block(value: object) -> str:
    """JSON that can't end the element it stands in."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


async def _told(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, StoreError):
        raise error  # Told by the middleware, as the database's own errors are.
    status, code = (409, "stale") if isinstance(error, StaleDecision | ChangedMeanwhile) else (422, "wrong")
    code = "incomplete" if isinstance(error, NotComplete) else code
    more = {"box": error.box} if isinstance(error, WrongBox) else {}
    return JSONResponse({"error": code, "sentence": str(error), **more}, status)


async def _not_taken(_request: Request, error: Exception) -> JSONResponse:
    """Without the input, which may be what no JSON can hold."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    malformed = any(fault["type"] == "json_invalid" or not _is_plain(fault.get("input")) for fault in faults)
    return JSONResponse({"error": "malformed", "sentence": "That request can't be taken."}, 400 if malformed else 422)


def _is_plain(value: object) -> bool:
    """Whether JSON in UTF-8 can hold it."""
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False, default=str).encode()
    except ValueError:
        return False
    return True

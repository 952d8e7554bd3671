"""The page that shows a learned form and corrects it with the mouse, as a web application: routes alone.

One form's folder is served, the one that was named; no route takes a path.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from pipeline._version import __version__
from pipeline.form_authoring.form_draft import (
    CALLED,
    KINDS,
    DraftBox,
    FormDraft,
    Whose,
    lacks,
    read_draft,
    save_draft,
    suggested,
)
from pipeline.forms.form import FORM_FILE, FieldKind
from pipeline.review.access_control import AccessControl, AccessPolicy
from pipeline.review.keys import FORM_KEYS
from pipeline.review.web_app import Body, new_app, templates

LONGEST_LABEL = 400
LONGEST_NAME = 80
MOST_BOXES = 400
Corner = Annotated[float, Field(allow_inf_nan=False)]
ColumnName = Annotated[str, Field(max_length=LONGEST_NAME)]


class BoxBody(Body):
    """One box as it stands on the page. Frame: points of its page, origin top left."""

    page: Annotated[int, Field(ge=1, le=100_000)]
    zone: tuple[Corner, Corner, Corner, Corner]
    label: Annotated[str, Field(max_length=LONGEST_LABEL)]
    whose: Whose
    name: ColumnName
    kind: FieldKind
    required: bool
    signs: bool
    understood: bool = True
    entry: Annotated[int, Field(ge=0, lt=1 << 31)] | None = None

    def draft(self) -> DraftBox:
        return DraftBox(
            self.page, self.zone, " ".join(self.label.split()), self.whose, self.name, self.kind, self.required,
            self.signs, self.entry, self.understood,
        )  # fmt: skip


class FormBody(Body):
    """All boxes of the form, to be saved."""

    version: Annotated[str, Field(max_length=40)]
    boxes: Annotated[list[BoxBody], Field(max_length=MOST_BOXES)]


class NewBody(Body):
    """A box that was drawn, and the names that are taken."""

    box: BoxBody
    names: Annotated[list[ColumnName], Field(max_length=MOST_BOXES)]


def create_form_app(folder: Path, policy: AccessPolicy) -> FastAPI:
    """The application on one form's folder. Raises FormError where it can't be read at all."""
    read_draft(folder)
    pages, app, lock = templates(), new_app(), Lock()

    @app.get("/")
    def start() -> RedirectResponse:
        return RedirectResponse("/form", 303)

    @app.get("/form")
    def form(request: Request) -> HTMLResponse:
        draft = read_draft(folder)
        values = {
            "csrf": policy.csrf(request.state.session),
            "who": "",
            "keys": [asdict(key) for key in FORM_KEYS],
            "view": "form",
            "version": __version__,
            "title": draft.title,
            "file": str(folder / FORM_FILE),
            "form": {**_shown(draft), "kinds": KINDS, "called": CALLED},
        }
        return pages.TemplateResponse(request, "form.html", values)

    @app.get("/api/session")
    def csrf_token(request: Request) -> dict[str, str]:
        return {"csrf": policy.csrf(request.state.session)}

    @app.get("/picture/{page}")
    def picture(page: Annotated[int, Field(ge=1, le=100_000)]) -> Response:
        path = folder / f"page-{page}.png"
        if not path.is_file():
            raise HTTPException(404, "There is no such page.")
        return Response(path.read_bytes(), media_type="image/png")

    @app.post("/api/new")
    def new(body: NewBody) -> dict[str, Any]:
        """What the print beside a new box says that it is."""
        return asdict(suggested(folder, body.box.draft(), body.names))

    @app.post("/api/form")
    def save(body: FormBody) -> dict[str, Any]:
        """Write form.toml; which boxes of it those that were sent are now."""
        with lock:
            draft, places = save_draft(folder, body.version, [box.draft() for box in body.boxes])
        return {"version": draft.version, "entries": places, "lacks": lacks(draft.boxes)}

    app.add_middleware(AccessControl, policy=policy)
    return app


def _shown(draft: FormDraft) -> dict[str, Any]:
    """A draft as the page has it."""
    return {
        "version": draft.version,
        "sizes": draft.sizes,
        "boxes": [asdict(box) for box in draft.boxes],
        "lacks": lacks(draft.boxes),
    }

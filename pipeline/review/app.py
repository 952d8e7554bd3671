"""The review page as a web application: routes, and nothing that decides.

Rows are named by their numbers; no route takes a path. Pages are templates, lists and records are JSON, and every
write goes through `ReviewSession`, which has it on disk before it answers.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi import Path as Path_
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from pydantic import Field
from starlette.requests import ClientDisconnect

from pipeline._version import __version__
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.records import Problem
from pipeline.decisions.answers import CONTROL_SAMPLE, LONGEST, Answer, WrongAnswer, checked_value
from pipeline.decisions.decided_results import open_results
from pipeline.decisions.extra_fields import field_of
from pipeline.decisions.questions import place_of
from pipeline.decisions.review_session import ReviewSession, State
from pipeline.exports import letters
from pipeline.exports.pack import pack
from pipeline.exports.report import write_report
from pipeline.exports.table_files import WRITERS
from pipeline.exports.workbook import write_workbook
from pipeline.intake.mail_text import NO_MAIL
from pipeline.review import pages
from pipeline.review.access_control import AccessControl, AccessPolicy
from pipeline.review.apart import Apart
from pipeline.review.arrivals import Arrival, Arriving, Landing, Refused, arriving, landing_folder
from pipeline.review.background_run import BackgroundRun
from pipeline.review.claims import Claims
from pipeline.review.keys import KEYS
from pipeline.review.lists import end_page, find_articles, find_returns, log_page, returns_for_seat, seats, table_page
from pipeline.review.record import control_reading, queue_item, record, words
from pipeline.review.strip import Strip
from pipeline.review.web_app import Body, new_app, templates

KEEP = {"cache-control": "private, max-age=86400"}
"""For pictures: their address has the hash of the file in it."""

Number = Annotated[int, Field(ge=0, lt=1 << 31)]
Step = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
Who = Annotated[str, Field(max_length=80)]
FieldName = Annotated[str, Path_(pattern=r"^[a-z][a-z0-9_]{0,80}$")]


class AnswerBody(Body):
    """One answer to one question."""

    number: Number
    version: Number
    step: Step
    who: Who = ""
    key: Annotated[str, Field(max_length=60)]
    action: Literal["confirm", "correct", "ask", "aside", "later"]
    value: Annotated[str, Field(max_length=LONGEST)] = ""
    reason: Annotated[str, Field(max_length=LONGEST)] = ""


class KeepBody(Body):
    number: Number
    version: Number
    step: Step
    who: Who = ""


class UndoBody(Body):
    """Take back one entry of the log."""

    number: Number
    version: Number
    step: Step
    who: Who = ""
    entry: Number


class HereBody(Body):
    """Who is at which return, and what the page knows already."""

    number: Number = 0
    """The return that is open; 0: none."""
    after: Number
    """Last entry of the log that the page knows."""
    listed: Number
    """How many returns its queue has."""
    who: Who = ""


class CheckBody(Body):
    """A value that is being typed, to be told what is wrong with it."""

    number: Number
    key: Annotated[str, Field(max_length=60)]
    value: Annotated[str, Field(max_length=LONGEST)]


class SheetBody(Body):
    """One answer for a whole sheet of signatures."""

    step: Step
    who: Who = ""
    present: Annotated[dict[Number, Number], Field(max_length=24)]
    """Row -> version, of the signatures that are there."""
    odd: Annotated[dict[Number, Number], Field(max_length=24)]


class MakeBody(Body):
    name: Literal["letters", "pack", "report"]
    partial: bool = False
    """Pack what is in order, though something is missing."""


class RunBody(Body):
    """Nothing: what a run is told stands with the results."""


class ExportBody(Body):
    """Which file to write."""

    kind: Annotated[str, Field(max_length=10)]


@dataclass(frozen=True)
class Site:
    """What the routes share."""

    session: ReviewSession
    policy: AccessPolicy
    folder: Path
    store: str
    """Address of the database, where the results are not a file of the folder."""
    who: str
    claims: Claims
    gallery: pages.Gallery
    strip: Strip
    templates: Jinja2Templates
    run: BackgroundRun
    landing: Landing = field(default_factory=Landing)
    mails: Apart = field(default_factory=lambda: Apart("pipeline.review.mail_pane:letter_of", NO_MAIL))

    def page(self, request: Request, name: str, **values: Any) -> HTMLResponse:
        """A page from its template, with what every page has and `values` besides."""
        shared = {
            "csrf": self.policy.csrf(request.state.session),
            "who": self.who,
            "keys": [asdict(key) for key in KEYS],
            "view": name,
            "version": __version__,
        }
        return self.templates.TemplateResponse(request, f"{name}.html", {**shared, **values})

    def state(self, number: int) -> State:
        """The return of this row. Raises HTTPException 404 where there is none."""
        found = self.session.state(number)
        if found is None:
            raise HTTPException(404, "There is no such return.")
        return found

    def done(self, number: int) -> dict[str, Any]:
        """What a page needs after a write."""
        state = self.state(number)
        return {
            "record": record(self.session, number),
            "item": queue_item(self.session, state),
            "last": self.session.last,
        }


def create_app(
    session: ReviewSession, policy: AccessPolicy, folder: Path, who: str, store: str = "",
    gallery: pages.Gallery | None = None,
) -> FastAPI:  # fmt: skip
    """The application on one results folder. `who` is the editor's name until the page is told another one.

    `gallery`: one that others use too, and that stays open; None: its own.
    """
    drawn = gallery or pages.Gallery()
    site = Site(
        session, policy, folder, store, who, Claims(), drawn, Strip(session), templates(), BackgroundRun(folder, store)
    )

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        drawn.draw_ahead(_empty_places(site))
        yield
        site.landing.apart.close()
        site.mails.close()
        site.run.close()
        if gallery is None:
            drawn.close()

    app = new_app(life)
    for add in (_views, _reading, _writing, _arrivals, _pictures, _exports):
        add(app, site)
    app.add_middleware(AccessControl, policy=policy)
    return app


# --- views --------------------------------------------------------------------------------------------------------


def _views(app: FastAPI, site: Site) -> None:
    session = site.session

    @app.get("/")
    def start() -> RedirectResponse:
        return RedirectResponse("/queue", 303)

    @app.get("/queue")
    def queue(request: Request) -> HTMLResponse:
        return site.page(request, "queue", words=words())

    @app.get("/seats")
    def seat_plan(request: Request, show: Annotated[str, Query(max_length=20)] = "") -> HTMLResponse:
        session.refresh()
        return site.page(request, "seats", show=show, **seats(session, show))

    @app.get("/strip")
    def strip(request: Request, sheet: Annotated[int, Query(ge=1, le=10_000)] = 1) -> HTMLResponse:
        session.refresh()
        return site.page(request, "strip", **site.strip.sheet(sheet))

    @app.get("/table")
    def table(
        request: Request,
        q: Annotated[str, Query(max_length=200)] = "",
        status: Annotated[str, Query(max_length=20)] = "",
        flag: Annotated[str, Query(max_length=40)] = "",
        sort: Annotated[str, Query(max_length=30)] = "file",
        down: bool = False,
        page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    ) -> HTMLResponse:
        session.refresh()
        return site.page(request, "table", **table_page(session, q, status, flag, sort, down, page))

    @app.get("/log")
    def log(
        request: Request,
        q: Annotated[str, Query(max_length=200)] = "",
        page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    ) -> HTMLResponse:
        session.refresh()
        return site.page(request, "log", **log_page(session, q, page))

    @app.get("/end")
    def end(request: Request) -> HTMLResponse:
        session.refresh()
        others = site.claims.others(request.state.session)
        products = _products(site.folder, bool(session.roster.articles))
        return site.page(request, "end", kinds=EXPORTS, products=products, **end_page(session, others))


# --- reading ------------------------------------------------------------------------------------------------------


def _reading(app: FastAPI, site: Site) -> None:
    session = site.session

    @app.get("/api/session")
    def csrf_token(request: Request) -> dict[str, str]:
        return {"csrf": site.policy.csrf(request.state.session)}

    @app.get("/api/queue")
    def queue(request: Request) -> Response:
        session.refresh()
        items = [queue_item(session, state) for state in session.queue()]
        found = {"items": items, "last": session.last, "claims": site.claims.others(request.state.session)}
        return Response(json.dumps(found, ensure_ascii=False, separators=(",", ":")), media_type="application/json")

    @app.get("/api/returns")
    def some(n: Annotated[list[int], Query(max_length=12)]) -> Response:
        """The records of some returns; those that are not there any more are left out."""
        found = [one for number in n if (one := record(session, number))]
        return Response(json.dumps(found, ensure_ascii=False), media_type="application/json")

    @app.get("/api/mail/{number}")
    def mail(number: int) -> Response:
        """Subject and text of the mail that a return came in."""
        found = site.mails.ask(site.state(number).judged.source)
        if isinstance(found, Problem):
            return JSONResponse({"error": found.code, "sentence": found.sentence}, 404)
        return Response(found, media_type="application/json")

    @app.get("/api/articles")
    def articles(q: Annotated[str, Query(max_length=200)]) -> list[dict[str, str]]:
        return find_articles(session, q)

    @app.get("/api/unassigned")
    def for_seat(article: Annotated[str, Query(max_length=400)]) -> dict[str, Any]:
        session.refresh()
        found = session.articles.get(article)
        if found is None:
            raise HTTPException(404, "The roster has no such article.")
        return returns_for_seat(session, found)

    @app.get("/api/find")
    def find(q: Annotated[str, Query(max_length=200)]) -> list[dict[str, Any]]:
        return find_returns(session, q)

    @app.post("/api/check")
    def check(body: CheckBody) -> dict[str, str]:
        """What a value that is being typed would mean."""
        column = body.key.rpartition(":")[2]
        state = site.state(body.number)
        column = next((q.field for q in state.asked if q.key == body.key), column)
        try:
            value = checked_value(column, body.value, state.extra_fields.get(column))
        except WrongAnswer as error:
            return {"wrong": str(error), "doubt": ""}
        return {"wrong": "", "doubt": " ".join(sentence for _, sentence in session.doubts(body.number, column, value))}

    @app.post("/api/here")
    def here(request: Request, body: HereBody) -> dict[str, Any]:
        """Renew the claim; what others did since the entry `after`."""
        session.refresh()
        browser = request.state.session
        held = site.claims.claim(body.number, browser, body.who or site.who) if body.number else ""
        newcomers = [s for n in session.order[body.listed :] if (s := session.state(n))]
        shown = {s.judged.number: s for s in [*session.changed_since(body.after), *newcomers]}
        items = [queue_item(session, s) for n, s in shown.items() if n in session.queued]
        others = site.claims.others(browser)
        return {"held": held, "items": items, "last": session.last, "listed": len(session.order), "claims": others}


# --- writing ------------------------------------------------------------------------------------------------------


def _writing(app: FastAPI, site: Site) -> None:
    session = site.session

    @app.post("/api/answer")
    def answer(body: AnswerBody) -> dict[str, Any]:
        state = site.state(body.number)
        given = Answer(body.key, body.action, body.value, body.reason)
        if state.awaits_control and given.action in ("confirm", "correct"):
            looked = _control(site, state, given)
            if isinstance(looked, dict):
                return looked
            given = looked
        session.answer(body.number, body.version, given, body.who or site.who, body.step)
        return site.done(body.number)

    @app.post("/api/undo")
    def undo(body: UndoBody) -> dict[str, Any]:
        written = session.undo(body.number, body.version, body.entry, body.who or site.who, body.step)
        return {**site.done(body.number), "items": _items(written)}

    @app.post("/api/keep")
    def keep(body: KeepBody) -> dict[str, Any]:
        """Let this return count for its article, and set the others aside."""
        written = session.keep(body.number, body.version, body.who or site.who, body.step)
        return {**site.done(body.number), "items": _items(written)}

    def _items(written: Sequence[Decision]) -> list[list[Any]]:
        numbers = {n for d in written if (n := session.row_of(d)) is not None}
        return [queue_item(session, site.state(number)) for number in numbers]

    @app.post("/api/sheet")
    def sheet(body: SheetBody) -> dict[str, int]:
        return site.strip.settle(body.present, body.odd, body.who or site.who, body.step)


def _control(site: Site, state: State, given: Answer) -> Answer | dict[str, Any]:
    """The answer of a control sample as the log has it; where it differs from the reading, both, to choose from."""
    column, ours, ours_shown = control_reading(site.session, state)
    if given.key != f"field:{column}":
        raise WrongAnswer("This is a control sample. Load the return again.")
    yours = checked_value(column, given.value)
    if not yours:
        raise WrongAnswer("Read it from the crop and enter it; L puts it off.")
    if yours == ours or given.reason == "slip":
        return Answer(given.key, "confirm", reason=CONTROL_SAMPLE + (": slip" if given.reason == "slip" else ""))
    if given.reason == "mine":
        return Answer(given.key, "correct", yours, CONTROL_SAMPLE)
    return {"differs": {"yours": yours, "ours": ours_shown}}


# --- arrivals -----------------------------------------------------------------------------------------------------


def _arrivals(app: FastAPI, site: Site) -> None:
    @app.post("/api/add")
    async def add(request: Request, name: Annotated[str, Query(min_length=1, max_length=400)]) -> dict[str, Any]:
        """One file into the folder that was read; its bytes are the body."""
        folder = await run_in_threadpool(landing_folder, site.session.store)
        file = arriving(folder)
        try:
            async for chunk in request.stream():
                await run_in_threadpool(file.write, chunk)
            return asdict(await run_in_threadpool(_settled, site, file, name))
        except ClientDisconnect as error:
            raise Refused("The file did not come whole. Add it again.") from error
        finally:
            file.discard()

    @app.post("/api/run")
    def run(_body: RunBody) -> dict[str, Any]:
        """Read what is new, in the background."""
        return asdict(site.run.start())

    @app.get("/api/run")
    def progress() -> dict[str, Any]:
        return asdict(site.run.progress)


def _settled(site: Site, file: Arriving, name: str) -> Arrival:
    known = {row.source.sha256: row.source for row in list(site.session.rows.values()) if row.source.sha256}
    return site.landing.settle(file, name, known)


# --- pictures -----------------------------------------------------------------------------------------------------


def _pictures(app: FastAPI, site: Site) -> None:
    session = site.session

    @app.get("/crop/{number}/{name}")
    def crop(number: int, name: FieldName) -> Response:
        png = session.store.crop(site.state(number).judged.source, name)
        if not png:
            raise HTTPException(404, "There is no such crop.")
        return Response(png, media_type="image/png", headers=KEEP)

    @app.get("/place/{number}/{name}")
    def place(number: int, name: FieldName) -> Response:
        wanted = _place(session, site.state(number), name)
        if wanted is None:
            raise HTTPException(404, "The page of that field is not there.")
        return _jpeg(site, wanted)

    @app.get("/blank/{name}")
    def blank(name: FieldName) -> Response:
        return Response(pages.blank_place(name, session.forms), media_type="image/png", headers=KEEP)

    @app.get("/page/{number}/{page}/{size}")
    def page(
        number: int, page: Annotated[int, Field(ge=1, le=100_000)], size: Literal["small", "full"], faded: bool = False
    ) -> Response:
        state = site.state(number)
        fit = next((f for f in session.observation(number).fits if f.page == page), None)
        return _jpeg(site, pages.PageWanted(state.judged.source, page, fit, size, faded, session.settings.forms))


def _place(session: ReviewSession, state: State, name: str) -> pages.PlaceWanted | None:
    fits = session.observation(state.judged.number).fits
    fit = next((f for f in fits if pages.field_zone(f, field_of(name), session.forms)), None)
    if fit is None:
        return None
    return pages.PlaceWanted(state.judged.source, fit.page, fit, field_of(name), session.settings.forms)


def _empty_places(site: Site) -> Iterator[Callable[[], pages.PlaceWanted | None]]:
    """The places that the queue will show because nothing stands there, in its order."""
    for state in site.session.queue():
        for question in state.asked:
            name = place_of(question.field)
            if name and not state.judged.row.get(f"{name}_box"):
                yield partial(_place, site.session, state, name)


def _jpeg(site: Site, wanted: pages.Wanted) -> Response:
    drawn = site.gallery.picture(wanted)
    if isinstance(drawn, Problem):
        return JSONResponse({"error": drawn.code, "sentence": drawn.sentence}, 404)
    return Response(drawn, media_type="image/jpeg", headers=KEEP)


# --- export -------------------------------------------------------------------------------------------------------


EXPORTS = ("xlsx", *WRITERS)
"""What the table can be written as, the one that most people want first."""


def _products(folder: Path, has_roster: bool) -> list[tuple[str, str, str]]:
    """(name, words of the button, the command that does the same) of what the end page offers."""
    shown = shlex.quote(str(folder))
    by_roster = [
        ("letters", "Write the letters", f"countersign chase {shown}"),
        ("pack", "Pack for the publisher", f"countersign pack {shown}"),
    ]
    return [*(by_roster if has_roster else []), ("report", "Write the report", f"countersign report {shown}")]


def _made(site: Site, name: str, partial: bool) -> str:
    """Make one of them; what to say of it. Raises CountersignError with what stands in the way."""
    with open_results(site.folder, site.store) as results:
        if name == "letters":
            found = letters.letters(results, results.coverage(), letters.read_template())
            sender = letters.Sender(form=letters.blank_form(results))
            letters.write_letters(found, site.folder / "letters", sender)
            return f"{len(found)} letters are in letters; nothing was sent."
        if name == "pack":
            done = pack(results, "", site.folder, partial)
            count = len(done.accepted)
            against = f"; {count} accepted against a finding, which the manifest lists" if count else ""
            return f"{len(done.packed)} agreements are in {done.zip.name}{against}."
        write_report(results, site.folder / "report.html")
        return "The report is in report.html."


def _exports(app: FastAPI, site: Site) -> None:
    @app.post("/api/make")
    def make(body: MakeBody) -> dict[str, str]:
        """Letters, the publisher's folder or the report, into the results folder."""
        return {"said": _made(site, body.name, body.partial)}

    @app.post("/api/export")
    def export(body: ExportBody) -> dict[str, str]:
        """Write the table into the results folder."""
        if body.kind not in EXPORTS:
            raise WrongAnswer(f"The table is written as {' or '.join(EXPORTS)}.")
        path = site.folder / f"returns.{body.kind}"
        decided = site.session.last
        with open_results(site.folder, site.store) as results:
            if body.kind == "xlsx":
                write_workbook(results, path)
            else:
                WRITERS[body.kind](results.table, path)
        site.session.store.note("exported", str(decided))
        return {"file": path.name}

    @app.get("/file/{kind}")
    def file(kind: str) -> FileResponse:
        path = site.folder / f"returns.{kind}"
        if kind not in EXPORTS or not path.is_file():
            raise HTTPException(404, "Export it first.")
        return FileResponse(path, filename=path.name)

"""The commands for forms: `form learn` a blank, `form edit` and `form show` its fields, `form check` some returns."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.console import AsJson, Quiet, failures_told, has_screen, page_needed, tell, tell_address
from pipeline.cli.plain_help import PlainCommand, PlainGroup
from pipeline.settings import help_of, value_of

if TYPE_CHECKING:
    from pipeline.forms.form import Form

Forms = Annotated[
    list[Path] | None, typer.Option("--forms", metavar=value_of("forms"), help=help_of("forms"), show_default=False)
]

app = typer.Typer(
    name="form",
    help="Another publisher's form: learn it from the blank agreement, look at it, check returns against it.",
    cls=PlainGroup,
    no_args_is_help=True,
)


@app.command(cls=PlainCommand)
def learn(
    blank: Annotated[
        list[Path],
        typer.Argument(help="The blank agreement, a PDF or a scan of it; or two and more filled returns on it."),
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help="What the table calls the form; else after the file.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Folder to write; else forms/NAME.")
    ] = None,
    browser: Annotated[
        bool | None,
        typer.Option(
            "--open/--no-open",
            show_default=False,
            help="Then show the fields in the browser, or not. Else: on a terminal of a machine with a screen.",
        ),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a form's folder from a blank agreement: words, fields, clauses, and a preview to look at.

    Where there is no blank, give some filled returns: what they share is the form, what differs is filled in.

    Then its pages are shown in the browser with the fields drawn, where you correct them with the mouse
    (`countersign form edit` shows them again). After that read returns with `countersign read --forms`.

    Example: countersign form learn blank.pdf --name northgate
    """
    with failures_told(share=True):  # A form holds nothing of anybody.
        from pipeline.datamodel.errors import given_file
        from pipeline.form_authoring.learning import learn_form

        files = []
        for path in blank:
            with given_file(path):
                files.append(path.read_bytes())
        called = name or blank[0].stem.lower().replace(" ", "-")
        folder = out or Path("forms") / called.replace("/", "-")
        found = learn_form(files, called, folder)
        form = found.form
        lines = [f"form     {called}: {form.title} ({form.language}), {len(form.pages)} pages"]
        lines += [f"field    {f.name} ({f.kind}), page {f.page}: {f.label}" for f in form.fields]
        lines += [
            f"{p.role.ljust(8)} {p.label}, page {p.page}: somebody else signs there" for _, p in form.signing_places
        ]
        lines += [f"look     {sentence}" for sentence in (*found.missing, *found.unsure)]
        shown = browser if browser is not None else not (as_json or quiet) and has_screen()
        lines.append(f"written  {folder}: preview-1.png to look at, form.toml")
        if not shown:
            lines.append(f"correct  countersign form edit {shlex.quote(str(folder))}")
        fields = [{"name": f.name, "kind": f.kind, "page": f.page, "label": f.label} for f in form.fields]
        tell(
            {"name": called, "folder": folder, "fields": fields, "missing": found.missing, "unsure": found.unsure},
            lines,
            as_json,
            quiet,
        )
        if shown:
            _serve(folder, 0, True, False)


@app.command(cls=PlainCommand)
def edit(
    folder: Annotated[Path, typer.Argument(help="Folder of a form.")],
    port: Annotated[int, typer.Option(metavar="N", help="Port; 0: any free one.", min=0, max=65535)] = 0,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="No token: whoever uses this machine can see and change the form.")
    ] = False,
    browser: Annotated[bool, typer.Option(show_default=False, help="Open the page in the browser, or not.")] = True,
) -> None:
    """Correct a form with the mouse, on a page in the browser: draw, move, resize and name its fields.

    What is saved is written to the form's `form.toml`, where all that you did not touch stays as it is. Ctrl-C ends it.

    Example: countersign form edit forms/northgate
    """
    with failures_told(share=True):  # A form holds nothing of anybody.
        _serve(folder, port, browser, no_token)


def _serve(folder: Path, port: int, browser: bool, no_token: bool) -> None:
    """Show a form on this machine's page until Ctrl-C. Raises SettingsError, FormError, ReviewError."""
    with page_needed():
        from pipeline.review.serve import Served, serve_form

    serve_form(folder, Served(port=port, open=no_token), lambda address: tell_address("form", address, browser))


@app.command(cls=PlainCommand)
def show(
    folder: Annotated[Path, typer.Argument(help="Folder of a form.")],
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Draw the previews of a form again, with the fields as its form.toml has them now.

    Example: countersign form show forms/northgate
    """
    with failures_told(share=True):  # A form holds nothing of anybody.
        from pipeline.form_authoring.learning import draw_preview

        drawn = draw_preview(folder)
        tell({"previews": drawn}, [str(path) for path in drawn], as_json, quiet)


@app.command(cls=PlainCommand)
def check(
    returns: Annotated[list[Path], typer.Argument(help="Folders and files, any mix: some returns on the form.")],
    form: Annotated[str, typer.Option("--form", metavar="FORM", help="Folder of the form, or its name.")],
    forms: Forms = None,
    most: Annotated[int, typer.Option(metavar="N", help="Returns that are read, at most.", min=1)] = 40,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say how well real returns fit a form: pages, fields, writing where the form has no field.

    Example: countersign form check returns/ --form forms/northgate
    """
    with failures_told(share=True):  # A form holds nothing of anybody.
        from pipeline.datamodel.errors import InputError
        from pipeline.form_authoring.fit_report import check_form, doubts, told
        from pipeline.forms.reader import FORMS_FOLDER
        from pipeline.intake.sources import find_sources, load_bytes

        wanted = _form(form, tuple(forms or ()))
        sources = find_sources(returns)[:most]
        if not sources:
            raise InputError("Nothing is there that could be a return. Name some, or the folder that they are in.")
        loaded = ((source.name, load_bytes(source)) for source in sources)
        found = check_form(wanted, ((name, data) for name, data in loaded if isinstance(data, bytes)))
        pages = [{"page": n, "returns": count, "score": round(score, 3)} for n, count, score in found.pages]
        fields = [{"name": f.name, "filled": filled, "of": of} for f, filled, of in found.fields]
        done = {"form": wanted.label, "returns": found.returns, "pages": pages, "fields": fields, "look": doubts(found)}
        folder = wanted.pages[0].folder
        ours = FORMS_FOLDER in folder.parents
        edit = [] if ours or not doubts(found) else [f"correct  countersign form edit {shlex.quote(str(folder))}"]
        tell(done, [*told(found), *edit], as_json, quiet)


def _form(wanted: str, more: tuple[Path, ...]) -> Form:
    """The form in a folder or of a name. Raises FormError."""
    from pipeline.datamodel.errors import FormError
    from pipeline.forms.form import form_called
    from pipeline.forms.reader import left_out, load_form, load_forms

    if Path(wanted).is_dir():
        return load_form(Path(wanted))
    known = load_forms(more)
    found = form_called(known, wanted)
    if found is None:
        names = ", ".join(form.label for form in known)
        broken = "\n".join(("", *left_out(more)))
        raise FormError(f"There is no form {wanted!r}. Name its folder, or one of {names}; --forms adds more.{broken}")
    return found

"""The commands for what leaves the program: `export`, and beside it what the editor sends, shows and keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import STORE_VARIABLE, AsJson, Editor, Quiet, Share, failures_told, plural, tell
from pipeline.cli.plain_help import PlainCommand
from pipeline.datamodel.errors import EXIT_LEFT
from pipeline.settings import help_of, value_of

Results = Annotated[Path, typer.Argument(help="Folder that `countersign read` wrote.")]
Store = Annotated[
    str, typer.Option(metavar=value_of("store"), help=help_of("store"), show_default=False, envvar=STORE_VARIABLE)
]
Returns = Annotated[
    Path | None,
    typer.Option(
        "--returns", metavar="FOLDER", help="Where the folder that was read is now, if it was moved; remembered."
    ),
]
RESULTS = Path("results")
SAY_FIRST = "say on the review page which article it is for, before anybody is told that nothing came"


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    for command in (export, pack, chase, report):
        app.command(cls=PlainCommand)(command)
    app.command("import", cls=PlainCommand)(take_in)
    app.command("forget", cls=PlainCommand)(purge)


def export(
    results: Results = RESULTS,
    to: Annotated[str, typer.Option(metavar="FORMAT", help="csv, xlsx, parquet, jsonl or md.")] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="File; else in the folder.")
    ] = None,
    crops: Annotated[
        bool, typer.Option(show_default=False, help="Crops of signature and date in the workbook, or none.")
    ] = True,
    store: Store = "",
    share: Share = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write the table of a results folder, with what people decided.

    Examples: countersign export results/ --to xlsx; countersign export results/ --to xlsx --no-crops -o table.xlsx
    """
    with failures_told(share):
        from pipeline.datamodel.errors import SettingsError
        from pipeline.decisions.decided_results import open_results
        from pipeline.exports.table_files import WRITERS
        from pipeline.exports.workbook import write_workbook

        formats, to = sorted([*WRITERS, "xlsx"]), to.lower()
        if to not in formats:
            raise SettingsError(f"--to can't be {to!r}: use one of {', '.join(formats)}.")
        path = output or results / f"returns.{to}"
        with open_results(results, store) as found:
            if to == "xlsx":
                write_workbook(found, path, crops)
            else:
                WRITERS[to](found.table, path)
            tell({"file": path, "rows": len(found.table)}, [str(path)], as_json, quiet)


def pack(
    results: Results = RESULTS,
    volume: Annotated[str, typer.Option(metavar="NUMBER", help="Number of the volume; names the folder.")] = "",
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder to write in; else the results folder.")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Pack what is there, though articles are missing.")
    ] = False,
    returns: Returns = None,
    store: Store = "",
    share: Share = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write the folder that the publisher asks for: vNpermissions/KEYPermission.pdf, with a zip and a manifest.

    Refuses while articles are missing or open, and lists them (exit code 6).

    Example: countersign pack results/ --volume 157
    """
    with failures_told(share):
        from dataclasses import asdict

        from pipeline.decisions.decided_results import open_results
        from pipeline.exports import pack as packing

        with open_results(results, store, returns) as found:
            done = packing.pack(found, volume, to or results, partial)
        lines = [f"packed   {plural(len(done.packed), 'agreement')} in {done.zip}", f"manifest {done.manifest}"]
        lines += [f"left out {line.article} ({line.detail})" for line in done.left_out]
        lines += [f"accepted {line.article}: {line.accepted}" for line in done.accepted]
        told = {"folder": done.folder, "zip": done.zip, "manifest": done.manifest}
        tell({**told, "files": [asdict(line) for line in done.lines]}, lines, as_json, quiet)


def chase(
    results: Results = RESULTS,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder for the letters; else letters/ in the results folder.")
    ] = None,
    contacts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV of addresses: name,email and, where known, article.")
    ] = None,
    sender: Annotated[
        str, typer.Option("--from", metavar="SENDER", help='Who writes: "Ann Author <ann@example.org>".')
    ] = "",
    by: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="Day until which an answer is wanted.")] = "",
    template: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Texts of the letters; else the program's own.")
    ] = None,
    write_template: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the program's own texts to this file, to be changed, and stop."),
    ] = None,
    undecided: Annotated[
        bool, typer.Option("--undecided", help="Write about flagged returns too that nobody has looked at.")
    ] = False,
    volume: Annotated[str, typer.Option(metavar="NUMBER", help="Only the articles of this volume.")] = "",
    crops: Annotated[
        bool, typer.Option(show_default=False, help="Attach the crops that show what is wrong, or none.")
    ] = True,
    form: Annotated[bool, typer.Option(show_default=False, help="Enclose the blank form, or not.")] = True,
    sent: Annotated[
        bool, typer.Option("--sent", help="Say that the letters in the folder went out: the next ones then remind.")
    ] = False,
    store: Store = "",
    share: Share = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write one letter for each author whose agreement is missing or must be signed again. Sends nothing.

    Leaves .eml files, which a mail program opens as drafts, and letters.csv for a mail merge. Nobody is told that
    nothing came while a return of no article may be theirs. After sending, say so by --sent: the next ones then remind.

    Example: countersign chase results/ --contacts contacts.csv --from "Ann Author <ann@example.org>" --by 2026-12-01
    """
    with failures_told(share):
        from pipeline.exports import letters

        if write_template is not None:
            letters.copy_template(write_template)
            tell({"template": write_template}, [f"template {write_template}"], as_json, quiet)
            return
        from pipeline.decisions.decided_results import open_results
        from pipeline.roster.reader import restrict

        folder = to or results / "letters"
        if sent:
            _note_sent(results, store, folder, as_json, quiet)
            return
        writer = letters.read_sender(sender, by, date.today())
        texts = letters.read_template(template or letters.TEMPLATE)
        known = letters.read_contacts(contacts) if contacts else []
        with open_results(results, store) as found:
            writer = replace(writer, form=letters.blank_form(found) if form else b"")
            part = restrict(found.roster, volume) if volume else found.roster
            covered = found.coverage(part)
            made = letters.letters(found, covered, texts, known, writer, undecided, crops)
            held = letters.held_back(found, covered)
            unknown = found.table.loc[found.table["article"] == "", "file"].tolist()
        if made:
            letters.write_letters(made, folder, writer)
        about = sum(len(letter.matters) for letter in made)
        lacking = [letter.name for letter in made if not letter.email]
        some = f"{plural(len(made), 'letter')} about {plural(about, 'article')}"
        lines = [f"letters  {some} in {folder}; nothing was sent" if made else "letters  nobody has to be written to"]
        lines += [f"address  left to fill in: {', '.join(lacking)}"] if lacking else []
        lines += [f"held     {key}: {', '.join(files)} may be for it; {SAY_FIRST}" for key, files in held.items()]
        lines += [f"unknown  of no article, write to whoever sent them: {', '.join(unknown)}"] if unknown else []
        shown = [
            {"name": m.name, "email": m.email, "articles": [about.article.key for about in m.matters]} for m in made
        ]
        tell({"folder": folder, "letters": shown, "of_no_article": unknown, "held_back": held}, lines, as_json, quiet)


def _note_sent(results: Path, store: str, folder: Path, as_json: bool, quiet: bool) -> None:
    from pipeline.exports.sent_letters import note_sent
    from pipeline.results.store import open_store

    with open_store(results, store, writing=False) as opened:
        new, aside = note_sent(opened, folder, date.today())
    line = f"sent     letters about {plural(len(new), 'article')}, noted for today; they are in {aside} now"
    tell({"sent": len(new), "folder": aside}, [line], as_json, quiet)


def take_in(
    results: Results = RESULTS,
    workbook: Annotated[
        Path | None, typer.Argument(help="Workbook with corrected cells; else returns.xlsx in the folder.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the differences and log nothing.")] = False,
    editor: Editor = "",
    store: Store = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Take in a workbook in which cells were corrected: show the differences, then log them as decisions.

    These columns count: Status (confirmed, ask again, set aside), Article, Author, Signature, Signer and Date. Exit
    code 1 if some changes were not taken.

    Example: countersign import results/ review.xlsx
    """
    with failures_told():
        import getpass
        from dataclasses import asdict

        from pipeline.decisions.decided_results import open_results
        from pipeline.decisions.review_session import ReviewSession
        from pipeline.exports import workbook_import as taking

        if results.is_file():  # The workbook alone, or before the folder: there is no doubt what is meant.
            results, workbook = workbook or RESULTS, results
        read = taking.read_edits(workbook or results / "returns.xlsx")
        with open_results(results, store) as found:
            session = ReviewSession.of(found.store)
            changes = taking.judged_changes(read.changes, session)
            logged = 0 if dry_run else taking.log_changes(changes, session, editor or getpass.getuser())
        lines = [f"{c.outcome:13}  {c.file}  {c.field}: {c.now!r} -> {c.after!r}  {c.why}".rstrip() for c in changes]
        lines += [f"not counted    {head}: {plural(count, 'cell')} changed" for head, count in read.uncounted.items()]
        lines += [f"               {taking.COUNTED}"] if read.uncounted else []
        done = f"{plural(len(changes), 'change')}, {plural(logged, 'entry', 'entries')} logged"
        lines.append(f"{done} (--dry-run)" if dry_run else done)
        told = {"changes": [asdict(c) for c in changes], "not_counted": read.uncounted, "logged": logged}
        tell(told, lines, as_json, quiet)
    if any(change.outcome in ("conflict", "not taken") for change in changes):
        raise typer.Exit(EXIT_LEFT)


def report(
    results: Results = RESULTS,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="File; else report.html in the folder.")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print it to a PDF too, by Chromium or Chrome.")] = False,
    deadline: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="Day until which the agreements were wanted.")
    ] = "",
    store: Store = "",
    share: Share = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write how the collection stands, as one HTML file for the screen, for print and for a screen reader. No crops.

    Example: countersign report results/ --deadline 2026-12-01
    """
    with failures_told(share):
        from pipeline.dates.written_days import day_of
        from pipeline.decisions.decided_results import open_results
        from pipeline.exports import report as reporting

        day = day_of("deadline", deadline) if deadline else None
        path = output or results / "report.html"
        with open_results(results, store) as found:
            reporting.write_report(found, path, day)
            numbers = reporting.summary(found)
        written = [path, *([path.with_suffix(".pdf")] if pdf else [])]
        if pdf:
            reporting.print_report(*written)
        tell({"files": written, **numbers}, [f"report   {one}" for one in written], as_json, quiet)


def purge(
    results: Results = RESULTS,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Forget, though articles are missing or open.")] = False,
    store: Store = "",
    share: Share = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Remove the crops and readings of a finished volume for good; verdicts and the log of decisions stay.

    Refuses while articles are missing or open (exit code 6). The returns themselves are not touched.

    Example: countersign forget results/
    """
    if not partial:
        with failures_told(share):
            from pipeline.exports.purge import check_finished

            check_finished(results, store)
    if not yes:
        typer.confirm(f"Remove all crops and readings of {results} for good?", abort=True, err=True)
    with failures_told(share):
        from dataclasses import asdict

        from pipeline.exports import purge as forgetting

        done = forgetting.purge(results, store, partial)
        lines = [f"removed  {done.crops} crops, {done.readings} readings", f"kept     {done.rows} verdicts, the log"]
        lines += [
            f"note     {letters} holds crops too; remove it when it is no longer needed"
            for letters in sorted(results.glob("letters*"))
        ]
        tell(asdict(done), lines, as_json, quiet)

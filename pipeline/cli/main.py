"""The command line: `countersign read`, `review`, `doctor`; what leaves the program is in `exports`.

Tables go to stdout, everything else to stderr. Heavy imports happen inside the commands, so that help is quick. Exit
codes are those of `errors.EXIT_CODES`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import exports as cli_exports
from pipeline.cli import forms as cli_forms
from pipeline.cli.console import (
    SHARE_VARIABLE,
    STORE_VARIABLE,
    AsJson,
    Editor,
    Quiet,
    failures_told,
    logged,
    messages,
    page_needed,
    plain,
    say,
    tell,
    tell_address,
)
from pipeline.cli.log import log
from pipeline.cli.plain_help import PlainCommand, PlainGroup
from pipeline.cli.recover import recover_results
from pipeline.cli.summary import counts_of, show_table, summary
from pipeline.datamodel.errors import EXIT_LEFT, EXIT_UNREADABLE, given_file

if TYPE_CHECKING:
    from pipeline.execution.worker_pool import Reading
    from pipeline.run import Outcome

app = typer.Typer(
    name="countersign",
    help="Reads signed publication agreements, checks them against the roster, hands you what needs a person.",
    cls=PlainGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from pipeline._version import __version__

        typer.echo(f"countersign {__version__}")
        raise typer.Exit


@app.callback()
def start(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """Reads signed publication agreements, checks them against the roster, hands you what needs a person."""
    os.environ.setdefault("OPENCV_LOG_LEVEL", "FATAL")  # It complains on stderr of damaged pictures, as we do.


def _option(name: str, *flags: str, **more: Any) -> Any:
    """A command-line option with the help that `settings.RunOptions` declares."""
    from pipeline.settings import default_of, help_of, value_of

    names, default = flags or (f"--{name}",), default_of(name)
    text = f"{help_of(name)} {default}".strip()
    return typer.Option(*names, help=text, metavar=value_of(name), show_default=False, **more)


@app.command(cls=PlainCommand)
def read(
    returns: Annotated[list[Path] | None, typer.Argument(help="Folders and files, any mix.")] = None,
    roster: Annotated[Path | None, _option("roster", "--roster", "-r")] = None,
    column: Annotated[list[str] | None, _option("column")] = None,
    sheet: Annotated[str | None, _option("sheet")] = None,
    out: Annotated[Path | None, _option("out", "--out", "-o")] = None,
    store: Annotated[str | None, _option("store", envvar=STORE_VARIABLE)] = None,
    forms: Annotated[list[Path] | None, _option("forms")] = None,
    volume: Annotated[str | None, _option("volume")] = None,
    jobs: Annotated[int | None, _option("jobs", "--jobs", "-j")] = None,
    scheduler: Annotated[str | None, _option("scheduler")] = None,
    opened: Annotated[str | None, _option("opened")] = None,
    published: Annotated[str | None, _option("published")] = None,
    today: Annotated[str | None, _option("today")] = None,
    risk: Annotated[float | None, _option("risk")] = None,
    seconds: Annotated[int | None, _option("seconds")] = None,
    memory: Annotated[float | None, _option("memory")] = None,
    again: Annotated[bool | None, _option("again", "--again")] = None,
    share: Annotated[bool | None, _option("share", "--share", envvar=SHARE_VARIABLE)] = None,
    notes: Annotated[list[str] | None, _option("notes", "--note")] = None,
    off: Annotated[list[str] | None, _option("off", "--off")] = None,
    blocking: Annotated[list[str] | None, _option("blocking", "--block")] = None,
    config: Annotated[Path | None, _option("config")] = None,
    from0: Annotated[
        str | None, typer.Option(metavar="FILE", help="File of paths, each ended by a zero byte; -: stdin.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            show_default=False,
            help="A line for each return and oddity; -vv: stages, too.",
        ),
    ] = 0,
    watch: Annotated[bool, typer.Option("--watch", help="Go on reading what arrives, until Ctrl-C.")] = False,
    open_page: Annotated[bool, typer.Option("--open", help="Then open the review page.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read returns and check them against the roster.

    Example: countersign read returns/ --roster roster.bib --out results/

    Without a roster they are read all the same, and checked for what needs none: signature, date, clauses.

    Exit codes: 0 all was read, 1 some files were unreadable, 2 wrong use, 3 no worker starts, 4 the results can't be
    written, 5 another run writes them, 130 stopped (run the same command to go on).
    """
    from pipeline.cli.ask_columns import asked_for_columns
    from pipeline.cli.watch import watched_state
    from pipeline.datamodel.errors import SettingsError
    from pipeline.results.private_files import private_files
    from pipeline.settings import find_config, read_config, run_options

    given = {
        "roster": roster, "out": out, "store": store, "volume": volume, "jobs": jobs, "scheduler": scheduler,
        "opened": opened, "published": published, "today": today, "risk": risk, "seconds": seconds, "memory": memory,
        "column": column or None, "sheet": sheet, "again": again, "share": share or None,
        "forms": forms or None, "notes": notes or None,
        "off": off or None, "blocking": blocking or None, "config": config,
    }  # fmt: skip
    with failures_told(share=True), logged(verbose):
        found = find_config(config, roster)
        options = run_options(given, read_config(found) if found else {})
        if watch and (as_json or open_page):
            raise SettingsError("--watch goes on until Ctrl-C: leave out --json, and open the page by another command.")
        paths, silent = [*(returns or []), *_zero_separated(from0)], quiet or as_json
        if not paths:
            raise SettingsError("Name the folders or files to read: countersign read returns/ --roster roster.bib")
        with private_files(options.share):
            before = watched_state(paths, options)
            outcome, options = asked_for_columns(
                lambda told: _read_with_progress(paths, told, silent, verbose),
                options,
                may_ask=sys.stdin.isatty() and messages().is_terminal and not silent,
            )
        if not silent:
            show_table(outcome)
        counts = counts_of(outcome, options.out)
        tell(counts, summary(outcome, counts), as_json, quiet)
        if watch:
            outcome = _watch(paths, replace(options, again=False), before, quiet, verbose) or outcome
    if open_page:
        review(options.out, store=options.store)
    if (outcome.table["status"] == "unreadable").any():
        raise typer.Exit(EXIT_UNREADABLE)


def _watch(paths: list[Path], options: Any, before: Any, quiet: bool, verbose: int) -> Outcome | None:
    """Read what arrives until Ctrl-C."""
    from pipeline.cli.watch import watch, watched_state
    from pipeline.results.private_files import private_files

    def read_again() -> Outcome:
        with private_files(options.share):
            return _read_with_progress(paths, options, quiet, verbose)

    def look() -> Any:
        return watched_state(paths, options)

    last = watch(before, look, read_again, lambda lines: None if quiet else say(lines))
    if not quiet:
        say([f"ended    {options.out / 'returns.xlsx'} and returns.csv hold all that was read"])
    return last


def _zero_separated(source: str | None) -> list[Path]:
    if source is None:
        return []
    with given_file(Path(source)):
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    return [Path(os.fsdecode(part)) for part in data.split(b"\0") if part]


def _read_with_progress(paths: list[Path], options: Any, quiet: bool, verbose: int) -> Outcome:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from pipeline.run import read_batch

    console = messages()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    counts = {"read": 0, "unreadable": 0}
    with Progress(
        *columns, console=console, disable=quiet or verbose > 1 or not console.is_terminal, transient=True
    ) as bar:
        task = bar.add_task("looking for returns", total=None)

        def show(done: int, total: int, reading: Reading | None) -> None:
            if reading is not None:
                problem = reading.observation.problem
                counts["unreadable" if problem else "read"] += 1
                if verbose:
                    said = problem.sentence if problem else ""
                    line = f"{reading.observation.seconds:6.1f} s  {reading.source.name}  {said}".rstrip()
                    console.print(plain(line), highlight=False, soft_wrap=True)
            text = f"read {counts['read']}, unreadable {counts['unreadable']}"
            text += "; resolving and checking" if done == total else ""
            bar.update(task, completed=done, total=total, description=text)

        return read_batch(paths, options, show)


@app.command(cls=PlainCommand)
def review(
    results: Annotated[Path, typer.Argument(help="Folder that `countersign read` wrote.")] = Path("results"),
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="Port; 0: any free one.", min=0, max=65535)] = 8765,
    token: Annotated[
        str,
        typer.Option(
            metavar="TOKEN", envvar="COUNTERSIGN_TOKEN", help="Token that the address must hold; else one is made up."
        ),
    ] = "",
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar="FILE", help="File that holds the token.")
    ] = None,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="No token: whoever uses this machine can see and decide.")
    ] = False,
    public_url: Annotated[
        str, typer.Option("--public-url", metavar="URL", help="Address of a proxy before the page.")
    ] = "",
    returns: Annotated[
        Path | None,
        typer.Option(
            "--returns", metavar="FOLDER", help="Where the folder that was read is now, if it was moved; remembered."
        ),
    ] = None,
    editor: Editor = "",
    browser: Annotated[bool, typer.Option(show_default=False, help="Open the page in the browser, or not.")] = True,
    store: Annotated[str, _option("store", envvar=STORE_VARIABLE)] = "",
) -> None:
    """Go through what was flagged, on a page in the browser. Ctrl-C ends it; every decision is kept at once.

    Example: countersign review results/
    """
    with failures_told():
        with page_needed():
            from pipeline.review.serve import Served, serve

        given = _token_in(token_file) if token_file else token
        where = Served(host, port, given, no_token, public_url)
        serve(results, store, where, editor, lambda address: tell_address("review", address, browser), returns)


def _token_in(file: Path) -> str:
    """The token that a file holds. Raises InputError, SettingsError."""
    from pipeline.datamodel.errors import SettingsError

    with given_file(file):
        found = file.read_text(encoding="utf-8", errors="replace").strip()
    if not found:
        raise SettingsError(f"{file} holds no token. Put one in, or leave out --token-file: then one is made up.")
    return found


@app.command(cls=PlainCommand)
def doctor(as_json: AsJson = False, quiet: Quiet = False) -> None:
    """Say what is installed and how to mend what isn't. Exit code 1 if something needed is missing.

    Example: countersign doctor
    """
    from dataclasses import asdict

    from pipeline.cli.doctor import examine

    console = messages()
    findings = examine()
    for finding in [] if as_json or quiet else findings:
        sign = "[green]ok[/]     " if finding.well else "[red]missing[/]" if finding.needed else "[yellow]absent[/] "
        console.print(f"{sign} {plain(finding.what)}: {plain(finding.detail)}", highlight=False, soft_wrap=True)
        if not finding.well:
            console.print(f"        {plain(finding.remedy)}", highlight=False, soft_wrap=True)
    if as_json:
        tell({"findings": [asdict(finding) for finding in findings]}, [], as_json)
    if any(finding.needed and not finding.well for finding in findings):
        raise typer.Exit(EXIT_LEFT)


cli_exports.register(app)
app.command(cls=PlainCommand)(log)
app.command("recover", cls=PlainCommand)(recover_results)
app.add_typer(cli_forms.app)


def main() -> None:
    """Entry point of the `countersign` command."""
    app()


if __name__ == "__main__":
    main()

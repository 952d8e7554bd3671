"""What a run may be told. Each option is declared once, here; command line and `countersign.toml` take it from this.

Order of precedence: the command line, then `countersign.toml` (in the current folder, or beside the roster), then the
default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from pipeline.checks.flags import MAY_BLOCK, check_codes, check_may_block

if TYPE_CHECKING:
    from pipeline.datamodel.records import Settings
    from pipeline.execution.worker_pool import Limits
from pipeline.datamodel.errors import SettingsError
from pipeline.dates.written_days import day_of

CONFIG_NAME = "countersign.toml"
FLAG_OPTIONS: Mapping[str, str] = {"notes": "--note", "off": "--off", "blocking": "--block"}
"""Option with codes of flags -> what the command line calls it."""


def _told(text: str, value: str = "", low: float | None = None, high: float | None = None) -> dict[str, Any]:
    """What is declared of an option besides its type and default: help, what that shows for the value, range."""
    return {"help": text, "value": value, "low": low, "high": high}


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of `countersign read`."""

    roster: Path | None = field(
        default=None, metadata=_told("The roster: the articles that agreements are expected for.", "FILE")
    )
    column: tuple[str, ...] = field(
        default=(),
        metadata=_told(
            "What a column of the roster's table holds, where its name does not tell: title=NAME.", "FIELD=NAME"
        ),
    )
    sheet: str = field(default="", metadata=_told("The roster's sheet, where a workbook has several.", "NAME"))
    out: Path = field(default=Path("results"), metadata=_told("Folder for the results file and the tables.", "FOLDER"))
    store: str = field(
        default="",
        metadata=_told(
            "Results in a database instead, by URL: postgresql://user@host/name; @FILE: the URL is in there.", "URL"
        ),
    )
    forms: tuple[Path, ...] = field(
        default=(),
        metadata=_told("A folder of forms beside the packaged ones, as `countersign form learn` writes it.", "FOLDER"),
    )
    volume: str = field(
        default="", metadata=_told("Number or key of the volume, where the roster holds several.", "NUMBER")
    )
    jobs: int = field(default=0, metadata=_told("Worker processes; 0: one a core.", "N", 0, 1024))
    scheduler: str = field(
        default="", metadata=_told("A dask scheduler that does the work: tcp://host:8786.", "ADDRESS")
    )
    opened: date | None = field(
        default=None, metadata=_told("First day on which agreements could be signed.", "YYYY-MM-DD")
    )
    published: date | None = field(
        default=None, metadata=_told("Day of publication, where the roster has none.", "YYYY-MM-DD")
    )
    today: date | None = field(default=None, metadata=_told("The day to take for today.", "YYYY-MM-DD"))
    risk: float = field(
        default=0.01, metadata=_told("Share of wrong ones accepted among the cleared.", "SHARE", 0.0, 0.5)
    )
    seconds: int = field(
        default=120, metadata=_told("Longest time that one file may take, in seconds.", "N", 1, 86_400)
    )
    memory: float = field(default=6.0, metadata=_told("Address space of one worker, in GiB.", "GIB", 1.0, 1024.0))
    again: bool = field(
        default=False,
        metadata=_told(
            "Read again what another version read and what could not be read; check every file for changes."
        ),
    )
    notes: tuple[str, ...] = field(default=(), metadata=_told("A blocking flag that is to be a note only.", "FLAG"))
    off: tuple[str, ...] = field(default=(), metadata=_told("A flag that is not to be judged.", "FLAG"))
    share: bool = field(
        default=False,
        metadata=_told("Let others on this machine read the results, as the umask says; else only you can."),
    )
    blocking: tuple[str, ...] = field(
        default=(),
        metadata=_told(f"A note that is to keep a return from being clear: {' or '.join(sorted(MAY_BLOCK))}.", "FLAG"),
    )
    config: Path | None = field(
        default=None, metadata=_told("Configuration; else countersign.toml here or beside the roster.", "FILE")
    )

    def no_returns(self) -> list[Path]:
        """What is no return: roster, configuration, the folder of results and, by name, what commands write there."""
        written = (self.out / name for name in ("returns.csv", "returns.xlsx", "report.html", "letters"))
        sides = (path for path in (self.roster, self.config) if path is not None)
        return [self.out, *written, *self.out.glob("*permissions*"), *sides]

    def limits(self) -> Limits:
        """What one worker may take, in seconds and bytes."""
        from pipeline.execution.worker_pool import Limits

        return Limits(seconds=self.seconds, address_space=int(self.memory * (1 << 30)))

    def settings(self) -> Settings:
        """What judging needs to know; today is this machine's day where no other is given."""
        from pipeline.datamodel.records import Settings

        return Settings(
            today=self.today or date.today(),
            opened=self.opened,
            published=self.published,
            risk=self.risk,
            notes=frozenset(self.notes) | (MAY_BLOCK - set(self.blocking)),
            off=frozenset(self.off),
            forms=tuple(os.path.abspath(folder) for folder in self.forms),
        )


def help_of(name: str) -> str:
    """The help text of an option."""
    return str(next(f.metadata["help"] for f in fields(RunOptions) if f.name == name))


def value_of(name: str) -> str | None:
    """What the help shows for an option's value; None: it takes none."""
    return next(f.metadata["value"] for f in fields(RunOptions) if f.name == name) or None


def default_of(name: str) -> str:
    """What the help says of an option that is not given, or given several times; empty where that is nothing."""
    found = next(f.default for f in fields(RunOptions) if f.name == name)
    if found == ():
        return "May be repeated."
    return f"Default: {found}." if found and isinstance(found, int | float | Path) else ""


def find_config(config: Path | None, roster: Path | None) -> Path | None:
    """The configuration file that counts; None where there is none. Raises SettingsError if a named one isn't there."""
    if config is not None:
        if not config.is_file():
            what = "is a folder" if config.is_dir() else "is not there"
            raise SettingsError(f"The configuration file {config} {what}. Check the path.")
        return config
    places = [Path(CONFIG_NAME)] + ([roster.parent / CONFIG_NAME] if roster is not None else [])
    return next((place for place in places if place.is_file()), None)


def config_content(path: Path) -> dict[str, Any]:
    """What stands in a `countersign.toml`. Raises SettingsError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not written in UTF-8. Save it once more as that.") from None
    except RecursionError:
        raise SettingsError(f"{path} has lists within lists without end. Mend them.") from None
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise SettingsError(f"{path} can't be read as TOML ({error}). Mend that line.") from error
    strange = [key for key, value in content.items() if isinstance(value, dict) and key != "articles"]
    if strange:
        raise SettingsError(f"{path} has a table [{strange[0]}], which means nothing: its one table is [articles].")
    return content


def read_config(path: Path) -> dict[str, Any]:
    """The options that `countersign.toml` sets. Its [articles] table is the roster's business and left out here."""
    content = config_content(path)
    values = {key: value for key, value in content.items() if not isinstance(value, dict)}
    for key in ("roster", "out"):
        if isinstance(values.get(key), str):
            values[key] = path.parent / values[key]
    if "forms" in values:
        values["forms"] = [path.parent / folder for folder in _texts("forms", values["forms"])]
    return values


def _texts(name: str, value: Any) -> list[str]:
    """One text or several, as a list. Raises SettingsError."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
        raise SettingsError(f"`{name}` can't be {value!r}. {help_of(name)}")
    return values


def run_options(given: Mapping[str, Any], configured: Mapping[str, Any]) -> RunOptions:
    """Options given (None: not given) over those configured over the defaults. Raises SettingsError."""
    values = {**configured, **{name: value for name, value in given.items() if value is not None}}
    hints = get_type_hints(RunOptions)
    for name in values:
        if name not in hints:
            raise SettingsError(f"`{name}` is no option. Options are: {', '.join(sorted(hints))}.")
    return RunOptions(**{name: _checked(name, hints[name], value) for name, value in values.items()})


# By hand: pydantic would take the same branches as validators (days, flags, one text or several), its errors would be
# put into these sentences, and its strict types refuse a text for a path where its lax ones take `true` for a number.


def _checked(name: str, kind: Any, value: Any) -> Any:
    """The value in the option's own type and range; raises SettingsError."""
    if kind == date | None:
        return day_of(name, value)
    if name == "column" and isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return tuple(value)
    if kind == tuple[str, ...] and name != "column":
        try:
            codes = [value] if isinstance(value, str) else value
            return tuple(sorted((check_may_block if name == "blocking" else check_codes)(codes)))
        except (ValueError, TypeError) as error:
            raise SettingsError(f"`{name}` ({FLAG_OPTIONS[name]}): {error}.") from error
    if kind == tuple[Path, ...] and isinstance(value, list | tuple):
        return tuple(Path(folder) for folder in value)
    if kind in (Path, Path | None) and isinstance(value, str | Path):
        return Path(value)
    if kind is str and isinstance(value, str | int):
        return str(value)
    if kind is bool and isinstance(value, bool):
        return value
    if kind in (int, float) and isinstance(value, int | kind) and not isinstance(value, bool):
        return _in_range(name, value)
    raise SettingsError(f"`{name}` can't be {value!r}. {help_of(name)}")


def _in_range(name: str, value: Any) -> Any:
    told = next(f.metadata for f in fields(RunOptions) if f.name == name)
    if not told["low"] <= value <= told["high"]:
        raise SettingsError(f"`{name}` must lie between {told['low']} and {told['high']}, not be {value}.")
    return value

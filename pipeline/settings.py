"""What a run may be told. Each option is declared once, here: the command line and `countersign.toml` take it from this.

Order of precedence: the command line, then `countersign.toml` (in the current folder, or beside the roster), then the
default.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.batch import Limits
from pipeline.errors import CountersignError
from pipeline.records import Settings

CONFIG_NAME = "countersign.toml"


class SettingsError(CountersignError):
    """An option has a value that it can't have: wrong use of the command."""

    exit_code = 2


def _option(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of `countersign read`."""

    roster: Path | None = _option(
        None, "The articles that agreements are expected for: .bib, .csv or OpenReview .json."
    )
    out: Path = _option(Path("results"), "Folder for the results file and the tables.")
    store: str = _option("", "Results file elsewhere: a database URL such as postgresql://user@host/name.")
    volume: str = _option("", "Number or key of the volume, where the roster holds several.")
    jobs: int = _option(0, "Worker processes; 0: one a core.")
    scheduler: str = _option("", "A dask scheduler that the work is given to, such as tcp://host:8786.")
    opened: date | None = _option(None, "First day on which agreements could be signed, YYYY-MM-DD.")
    published: date | None = _option(None, "Day of publication, where the roster has none, YYYY-MM-DD.")
    today: date | None = _option(None, "The day to take for today, YYYY-MM-DD.")
    risk: float = _option(0.001, "Share of wrong ones accepted among the cleared, 0 to 0.5.")
    seconds: int = _option(120, "Longest time that one file may take, in seconds.")
    memory: float = _option(6.0, "Address space of one worker, in GiB.")
    again: bool = _option(False, "Read again what was read before.")
    notes: tuple[str, ...] = _option((), "Blocking flags that are to be notes only, such as signature_typed.")
    off: tuple[str, ...] = _option((), "Flags that are not to be judged.")

    config: Path | None = _option(None, "Configuration file; else countersign.toml here or beside the roster.")

    def limits(self) -> Limits:
        return Limits(seconds=self.seconds, address_space=int(self.memory * (1 << 30)))

    def settings(self) -> Settings:
        return Settings(
            today=self.today or date.today(),
            opened=self.opened,
            published=self.published,
            risk=self.risk,
            notes=frozenset(self.notes),
            off=frozenset(self.off),
        )


def help_of(name: str) -> str:
    """The help text of an option."""
    return str(next(f.metadata["help"] for f in fields(RunOptions) if f.name == name))


def find_config(config: Path | None, roster: Path | None) -> Path | None:
    """The configuration file that counts; None where there is none. Raises SettingsError if a named one isn't there."""
    if config is not None:
        if not config.is_file():
            raise SettingsError(f"The configuration file {config} is not there. Check the path.")
        return config
    places = [Path(CONFIG_NAME)] + ([roster.parent / CONFIG_NAME] if roster is not None else [])
    return next((place for place in places if place.is_file()), None)


def read_config(path: Path) -> dict[str, Any]:
    """The options that `countersign.toml` sets. Its [articles] table is the roster's business and left out here."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"{path} can't be read as TOML ({error}). Mend that line.") from error
    values = {key: value for key, value in content.items() if not isinstance(value, dict)}
    for key in ("roster", "out"):
        if isinstance(values.get(key), str):
            values[key] = path.parent / values[key]
    return values


def run_options(given: Mapping[str, Any], configured: Mapping[str, Any]) -> RunOptions:
    """Options from the command line (None: not given) over those configured over the defaults. Raises SettingsError."""
    known = {f.name for f in fields(RunOptions)}
    for name in configured:
        if name not in known:
            raise SettingsError(f"{CONFIG_NAME}: `{name}` is no option. Options are: {', '.join(sorted(known))}.")
    values = {**configured, **{name: value for name, value in given.items() if value is not None}}
    checked = {name: _checked(name, value) for name, value in values.items()}
    return RunOptions(**checked)


def _checked(name: str, value: Any) -> Any:
    """The value in the option's own type and range; raises SettingsError."""
    from pipeline.flags import check_codes

    if name in ("opened", "published", "today"):
        return parse_day(name, value)
    if name in ("notes", "off"):
        try:
            return tuple(sorted(check_codes(value)))
        except (ValueError, TypeError) as error:
            raise SettingsError(f"`{name}`: {error}.") from error
    _check_kind_and_range(name, value)
    if name in ("roster", "out", "config"):
        return Path(value)
    return str(value) if name == "volume" else value


def _check_kind_and_range(name: str, value: Any) -> None:
    kinds: dict[str, tuple[type, ...]] = {
        "jobs": (int,), "seconds": (int,), "risk": (int, float), "memory": (int, float), "again": (bool,),
        "volume": (str, int), "store": (str,), "scheduler": (str,), "roster": (str, Path), "out": (str, Path), "config": (str, Path),
    }  # fmt: skip
    low = {"jobs": 0, "seconds": 1, "risk": 0.0, "memory": 1.0}
    high = {"jobs": 1024, "seconds": 86_400, "risk": 0.5, "memory": 1024.0}
    if not isinstance(value, kinds[name]) or (isinstance(value, bool) and name != "again"):
        raise SettingsError(f"`{name}` can't be {value!r}. {help_of(name)}")
    if name in low and not low[name] <= value <= high[name]:
        raise SettingsError(f"`{name}` must lie between {low[name]} and {high[name]}, not be {value}.")


def parse_day(name: str, value: Any) -> date | None:
    """A date, or text as YYYY-MM-DD; empty: none. Raises SettingsError."""
    if isinstance(value, date):
        return value
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise SettingsError(f"`{name}` must be a day written as 2024-05-31, not {value!r}.") from error

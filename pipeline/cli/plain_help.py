"""The help of the commands: a flag shows no value, an option what its value is (FILE, DAY), and no type of Python.

Nor does what is said of a value that can't be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


def _plainly(parameters: Iterable[Any]) -> list[Any]:
    found = list(parameters)
    for parameter in found:
        if parameter.param_type_name == "argument":
            parameter.display_type_rich = lambda **_: ""  # Its name is in the column before.
        elif parameter.is_flag or parameter.count:
            parameter.metavar = ""
    return found


WANTED: Mapping[str, str] = {
    "int_parsing": "give a whole number",
    "int_from_float": "give a whole number",
    "float_parsing": "give a number",
    "bool_parsing": "give true or false",
    "greater_than_equal": "give {ge} or more",
    "less_than_equal": "give {le} or less",
}
"""Kind of pydantic's error -> what the option wants."""


@contextmanager
def _plainly_refused() -> Iterator[None]:
    """Say in our own words, inside, why a value can't be taken."""
    try:
        yield
    except typer.BadParameter as error:
        found: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
        if found and found[0]["type"] in WANTED:
            wanted = WANTED[found[0]["type"]].format(**found[0].get("ctx", {}))
            error.message = f"{wanted}, not {found[0]['input']}."
        raise


class PlainCommand(TyperCommand):
    """A command with plain help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments that are left once the parameters have theirs. Raises BadParameter in our own words."""
        with _plainly_refused():
            return super().parse_args(ctx, args)

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, `--help` among them, as the help shows them."""
        return _plainly(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """A group of commands with plain help."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, `--help` among them, as the help shows them."""
        return _plainly(super().get_params(ctx))

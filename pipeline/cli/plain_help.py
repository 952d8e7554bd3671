"""The help of the commands: a flag shows no value, an option what its value is (FILE, DAY), and no type of Python."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup


def _plainly(parameters: Iterable[Any]) -> list[Any]:
    found = list(parameters)
    for parameter in found:
        if parameter.param_type_name == "argument":
            parameter.display_type_rich = lambda **_: ""  # Its name is in the column before.
        elif parameter.is_flag or parameter.count:
            parameter.metavar = ""
    return found


class PlainCommand(TyperCommand):
    """A command with plain help."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, `--help` among them, as the help shows them."""
        return _plainly(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """A group of commands with plain help."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, `--help` among them, as the help shows them."""
        return _plainly(super().get_params(ctx))

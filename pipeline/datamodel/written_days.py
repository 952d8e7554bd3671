"""A day as the value of an option or a setting."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass
from pipeline.datamodel.errors import SettingsError


def day_of(name: str, value: Any) -> date | None:
    """The day that an option names. Raises SettingsError."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise SettingsError(f"`{name}` must be a day written as 2024-05-31, not {value!r}.") from error

"""Countersign: reads signed publication agreements and checks each against the proceedings it belongs to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline._version import READING_VERSION, __version__

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["READING_VERSION", "__version__", "read_returns"]


def read_returns(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    roster: str | os.PathLike[str] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Read returns and check them against a roster: the results table, one row a return.

    `options` are those of `countersign read` (`volume="157"`, `jobs=2`, `today="2024-05-31"`, ...). Nothing is kept
    unless `out` names a folder, which then gets the results file and the tables. Raises CountersignError.
    """
    from pipeline.run import read_table

    return read_table([paths] if isinstance(paths, str | os.PathLike) else paths, roster, options)

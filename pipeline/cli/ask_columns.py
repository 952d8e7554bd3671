"""At a terminal: asking the user what a roster's column holds, where its name and content don't tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from pipeline.cli.console import messages, plain
from pipeline.roster.columns import Column, ColumnQuestion, ColumnsUnclear
from pipeline.settings import RunOptions

T = TypeVar("T")
SAMPLES = 3
"""Cells shown of each column."""
LONGEST_SAMPLE = 50
"""Characters of a cell that are shown as an example."""


def asked_for_columns(
    work: Callable[[RunOptions], T], options: RunOptions, may_ask: bool, ask: Callable[[str], str] = input
) -> tuple[T, RunOptions]:
    """`work(options)` and those options, anew with what the user says of the roster's columns while some are unclear.

    Raises ColumnsUnclear where nobody may be asked, or nothing was answered.
    """
    told: list[str] = []
    while True:
        known = replace(options, column=(*options.column, *told))
        try:
            done = work(known)
        except ColumnsUnclear as unclear:
            if not may_ask:
                raise
            for question in unclear.questions:
                answer = _answer(question, ask)
                if not answer:
                    raise
                told += answer
        else:
            if told:
                _say(f"next time: column = {list(known.column)} in countersign.toml says the same")
            return done, known


def _answer(question: ColumnQuestion, ask: Callable[[str], str]) -> list[str]:
    """What the user chose, as `--column` takes it; nothing where they chose none."""
    _say(f"Which column holds the {question.field}? Give its number; of several, all numbers with commas between them.")
    for number, column in enumerate(question.choices, start=1):
        _say(f"  {number:2}  {column.head}  {_samples(column)}")
    while answer := ask(f"{question.field}: ").strip():
        numbers = [part.strip() for part in answer.split(",")]
        if all(part.isdecimal() and 1 <= int(part) <= len(question.choices) for part in numbers):
            return [f"{question.field}={question.choices[int(part) - 1].head}" for part in numbers]
        _say(f"Answer with a number from 1 to {len(question.choices)}, or press Enter to stop.")
    return []


def _samples(column: Column) -> str:
    cells = [cell if len(cell) <= LONGEST_SAMPLE else f"{cell[:LONGEST_SAMPLE]}..." for cell in column.filled[:SAMPLES]]
    return " | ".join(cells)


def _say(text: str) -> None:
    messages().print(plain(text), highlight=False, soft_wrap=True)

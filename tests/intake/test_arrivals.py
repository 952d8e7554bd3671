"""What arrives is noticed once it has settled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.intake.arrivals import LONGEST_WAIT_S, POLL_S, FolderState, folder_state, wait_for_change

EMPTY: FolderState = {}


def test_the_state_is_of_what_a_run_would_read(tmp_path: Path) -> None:
    for name in (
        "a.pdf",
        "deep/b.pdf",
        ".hidden/c.pdf",
        "results/countersign.db",
        "results/d.pdf",
        "out/e.pdf",
        "r.bib",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found = folder_state([tmp_path], [tmp_path / "out", tmp_path / "r.bib"])
    assert {Path(path).relative_to(tmp_path).as_posix() for path in found} == {"a.pdf", "deep/b.pdf"}
    assert folder_state([tmp_path / "a.pdf", tmp_path / "gone.pdf"]).keys() == {str(tmp_path / "a.pdf")}
    (tmp_path / "a.pdf").write_text("longer than before")
    assert folder_state([tmp_path], [tmp_path / "out", tmp_path / "r.bib"]) != found


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


def changed(states: list[FolderState], known: FolderState) -> tuple[FolderState, Clock]:
    clock, coming = Clock(), iter(states)
    return wait_for_change(lambda: next(coming), known, clock.wait, clock), clock


def test_a_file_that_grows_is_waited_for() -> None:
    known = {"a": (1, 1)}
    growing = [{**known, "b": (size, size)} for size in (1, 2, 3)]
    found, clock = changed([known, known, *growing, growing[-1], known], known)
    assert found == growing[-1] and clock.now == 6 * POLL_S


def test_a_file_that_never_settles_does_not_hold_up_the_others() -> None:
    def growing() -> Iterator[FolderState]:
        size = 0
        while True:
            size += 1
            yield {"a": (1, 1), "log": (size, size)}

    clock, coming = Clock(), growing()
    wait_for_change(lambda: next(coming), {"a": (1, 1)}, clock.wait, clock)
    assert LONGEST_WAIT_S < clock.now < LONGEST_WAIT_S + 3 * POLL_S


def test_a_folder_that_is_empty_all_at_once_is_waited_for() -> None:
    known, new = {"a": (1, 1)}, {"a": (1, 1), "b": (2, 2)}
    found, _ = changed([EMPTY, EMPTY, EMPTY, known, EMPTY, new, new], known)
    assert found == new


def test_a_slow_drive_is_looked_at_less_often() -> None:
    clock = Clock()
    coming = iter([{"a": (1, 1)}] * 3 + [{"a": (2, 2)}] * 2)

    def look() -> FolderState:
        clock.now += 10
        return next(coming)

    wait_for_change(look, {"a": (1, 1)}, clock.wait, clock)
    assert clock.now == 5 * 10 + POLL_S + 4 * 50

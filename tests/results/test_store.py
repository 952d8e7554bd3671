"""The results file: what is kept, what is read again, and what people decided."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from models.emissions import CtcEmissions
from pipeline.datamodel.decision import Decision
from pipeline.datamodel.encoding import decode, encode
from pipeline.datamodel.errors import InputError, StoreBusy, StoreError
from pipeline.datamodel.records import (
    Article,
    Box,
    Certificate,
    ExtraField,
    FieldReading,
    LineReading,
    Observation,
    PageFit,
    Problem,
    Resolution,
    Roster,
    Settings,
    Volume,
)
from pipeline.decisions.log import apply_decisions
from pipeline.intake.sources import find_sources
from pipeline.results.results_file import StaleDecision
from pipeline.results.store import Store, open_store
from pipeline.results.table import frame
from pipeline.run import keep_reading
from tests.material import stand_ins

TODAY = Settings(today=date(2024, 5, 31), notes=frozenset({"signature_typed"}))
ROSTER = Roster(
    (Article("one24", "one", ("Ann Author",), Volume(published=date(2024, 6, 1))), Article("two24", "two", ()))
)


def rich_observation() -> Observation:
    rng = np.random.default_rng(5)
    probs = CtcEmissions("a1/論", rng.normal(size=(7, 5)).astype(np.float32), "1/a")
    line = LineReading("1/a", 0.5, "ppocr", "handwritten", 2, Box(0.1, 0.2, 0.3, 0.4), (probs, probs))
    seen = Observation(
        pages=2,
        form="pmlr",
        fits=(PageFit(1, 1, 0.9, (1.0, 0.0, 2.5)), PageFit(2, None, 0.1)),
        missing_pages=(2,),
        certificates=(Certificate("Ann", date(2024, 1, 2), True, False, False, "x"),),
        page_fingerprint=b"\x00\xff",
        seconds=1.25,
    )
    return replace(seen, date=replace(seen.date, lines=(line,), kind="handwritten", page=2, crop=b"png"))


def test_a_record_comes_back_as_it_was() -> None:
    seen = rich_observation()
    back = decode(Observation, *encode(seen))
    assert back == seen and back.page_fingerprint == seen.page_fingerprint and back.date.crop == b"png"
    for before, after in zip(seen.date.lines[0].views, back.date.lines[0].views, strict=True):
        assert after.logp.dtype == np.float32
        np.testing.assert_array_equal(after.logp, before.logp)
    assert decode(Roster, *encode(ROSTER)) == ROSTER
    assert decode(Settings, *encode(TODAY)) == TODAY
    problem = Observation(problem=Problem("empty_file", "x"))
    assert decode(Observation, *encode(problem)) == problem


def test_what_is_no_record_is_refused() -> None:
    for text in ('{"pages": 1, "nonsense": 2}', "[1]", '{"fits": [7]}'):
        with pytest.raises(ValueError):
            decode(Observation, text)


def returns(folder: Path, **contents: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in contents.items():
        (folder / f"{name}.pdf").write_text(f"read {text}")
    return folder


def run(store: Store, folder: Path, again: bool = False, roster: Roster = ROSTER) -> tuple[list[str], list[str]]:
    """One run with stand-ins: (names of what was read, rows as `file: article`)."""
    found = find_sources([folder], known=store.stamps())
    number, sources = store.begin_run([folder], found, roster, TODAY)
    read = []
    while unread := store.unread(number, sources, again):
        read += unread
        for source in unread:
            keep_reading(store, number, source, stand_ins.read(source))
        sources = store.found(number, [folder], found)
    rows = store.judged(number, lambda items: stand_ins.judge(items, roster, TODAY))
    store.finish_run(number)
    return [s.name for s in read], [f"{r['file']}: {r['article']}" for r in rows]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "results") as opened:
        yield opened


def test_only_what_is_new_or_changed_is_read(tmp_path: Path, store: Store) -> None:
    folder = returns(tmp_path / "in", a="one", b="two")
    assert run(store, folder) == (["a.pdf", "b.pdf"], ["a.pdf: one24", "b.pdf: two24"])
    assert run(store, folder) == ([], ["a.pdf: one24", "b.pdf: two24"])
    returns(folder, c="three", b="one")
    assert run(store, folder) == (["c.pdf"], ["a.pdf: one24", "b.pdf: one24", "c.pdf: "]), "b now has a's bytes"
    (folder / "a.pdf").unlink()
    assert run(store, folder) == ([], ["b.pdf: one24", "c.pdf: "])


def test_the_same_bytes_are_read_once_and_have_a_row_each(tmp_path: Path, store: Store) -> None:
    folder = returns(tmp_path / "in", a="one", b="one")
    read, rows = run(store, folder)
    assert (read, rows) == (["a.pdf"], ["a.pdf: one24", "b.pdf: one24"])


def test_another_folder_adds_to_the_batch_and_names_stay_apart(tmp_path: Path, store: Store) -> None:
    run(store, returns(tmp_path / "in", a="one"))
    _, rows = run(store, returns(tmp_path / "later", a="two"))
    assert rows == ["a.pdf: one24", "later/a.pdf: two24"]


def test_a_changed_roster_judges_again_without_reading(tmp_path: Path, store: Store) -> None:
    folder = returns(tmp_path / "in", a="one")
    run(store, folder)
    renamed = Roster((Article("uno24", "one", ()),))
    assert run(store, folder, roster=renamed) == ([], ["a.pdf: uno24"])
    last = store.last_run()
    assert last == (renamed, TODAY)


def test_nothing_new_means_nothing_is_judged(tmp_path: Path, store: Store) -> None:
    folder = returns(tmp_path / "in", a="one")
    run(store, folder)
    number, _ = store.begin_run([folder], find_sources([folder]), ROSTER, TODAY)

    def judge(_: object) -> list[object]:
        raise AssertionError("judged once more")

    assert len(store.judged(number, judge)) == 1  # type: ignore[arg-type]


def test_again_reads_what_another_version_read_and_what_failed(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = returns(tmp_path / "in", a="one", b="two")
    run(store, folder)
    assert run(store, folder, again=True)[0] == []
    source = find_sources([folder])[0]
    number, _ = store.begin_run([folder], find_sources([folder]), ROSTER, TODAY)
    keep_reading(store, number, source, Observation(problem=Problem("unreadable_file", "x")))
    assert run(store, folder)[0] == []
    assert run(store, folder, again=True)[0] == ["a.pdf"]
    monkeypatch.setattr("pipeline.results.store.READING_VERSION", "next")
    assert store.outdated() == 2
    assert run(store, folder)[0] == []
    assert run(store, folder, again=True)[0] == ["a.pdf", "b.pdf"]
    assert store.outdated() == 0


def test_other_forms_make_every_reading_be_done_again(tmp_path: Path, store: Store) -> None:
    folder = returns(tmp_path / "in", a="one", b="two")
    with_form = replace(store, forms="0123456789ab")
    assert run(store, folder)[0] == ["a.pdf", "b.pdf"]
    assert run(with_form, folder)[0] == ["a.pdf", "b.pdf"]
    assert run(with_form, folder, again=True)[0] == [] and with_form.outdated() == 0
    assert run(replace(store, forms="ba9876543210"), folder)[0] == ["a.pdf", "b.pdf"]
    assert run(store, folder)[0] == ["a.pdf", "b.pdf"]
    assert run(store, folder)[0] == []


def test_crops_are_kept_beside_the_reading(tmp_path: Path, store: Store) -> None:
    folder = returns(tmp_path / "in", a="one")
    run(store, folder)
    (source,) = find_sources([folder])
    assert store.crop(source, "title") == stand_ins.PICTURE
    assert store.crop(source, "date") == b""
    ((_, _, seen),) = store.observations()
    assert seen.title.crop == b"" and seen.title.text == "one"


def test_further_fields_are_kept_with_their_crops(tmp_path: Path, store: Store) -> None:
    folder = returns(tmp_path / "in", a="one")
    run(store, folder)
    (source,) = find_sources([folder])
    reading = FieldReading(kind="handwritten", page=1, crop=stand_ins.PICTURE)
    field = ExtraField("email", "text", "E-mail:", True, 1, "a@example.org", reading)
    number, _ = store.begin_run([folder], [source], ROSTER, TODAY)
    keep_reading(store, number, source, Observation(pages=1, form="mine/2", extra_fields=(field,)))
    ((_, _, seen),) = store.observations()
    assert seen.extra_fields == (field,) and seen.extra_fields[0].reading.crop == b""
    assert store.crop(source, "field_email") == stand_ins.PICTURE


def test_verdicts_come_back_whole(tmp_path: Path, store: Store) -> None:
    run(store, returns(tmp_path / "in", a="one", b="segments"))
    first, second = store.verdicts()
    assert isinstance(first.resolution, Resolution) and first.resolution.day == date(2024, 2, 1)
    assert "title_not_in_roster" in [flag.code for flag in second.flags]
    assert [v.status for v in (first, second)] == [r["status"] for r in store.rows()]


def test_a_file_with_several_agreements_has_a_row_for_each(tmp_path: Path, store: Store) -> None:
    folder = returns(tmp_path / "in", a="one", c="two")
    (folder / "b.pdf").write_text("pages 1 2 1 2 2 1 - 2\n")
    whole = ["b.pdf#1", "b.pdf#2", "b.pdf#3"]
    read, rows = run(store, folder)
    assert read == ["a.pdf", "b.pdf", "c.pdf", *whole]
    assert [r.partition(":")[0] for r in rows] == ["a.pdf", *whole, "c.pdf"]
    pages = {s.name: s.pages for _, s, _ in store.observations()}
    assert [pages[name] for name in whole] == [(1, 2), (3, 4, 5), (6, 7, 8)]
    assert run(store, folder) == ([], rows)
    (folder / "again.pdf").write_bytes((folder / "b.pdf").read_bytes())
    assert run(store, folder)[0] == [], "the same bytes are parted the same way, and known"
    assert len(store.rows()) == 8
    (folder / "b.pdf").unlink()
    assert len(run(store, folder)[1]) == 5


def test_names_with_odd_bytes_are_kept(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/\xff%41\n.pdf"))
    odd.write_text("read one")
    run(store, folder)
    ((_, source, _),) = store.observations()
    assert source.path == str(odd) and source.name == "\\xff%41\\n.pdf"
    assert run(store, folder)[0] == []


def test_refused_files_have_rows_and_come_right_when_mended(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.pdf").symlink_to("/nowhere")
    found = find_sources([folder])
    number, sources = store.begin_run([folder], found, ROSTER, TODAY)
    keep_reading(store, number, sources[0], Observation(problem=found[0].refused))
    (row,) = store.judged(number, lambda items: stand_ins.judge(items, ROSTER, TODAY))
    assert row["status"] == "unreadable" and row["sha256"] == ""
    (folder / "a.pdf").unlink()
    returns(folder, a="one")
    assert run(store, folder) == (["a.pdf"], ["a.pdf: one24"])


# --- one writer


def test_a_second_run_is_told_to_wait_and_readers_are_not(tmp_path: Path, store: Store) -> None:
    with pytest.raises(StoreBusy, match="Another run"), open_store(tmp_path / "results"):
        pass
    with open_store(tmp_path / "results", writing=False) as reader:
        assert reader.rows() == []


def test_a_results_file_that_another_program_holds_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(tmp_path):
        pass
    monkeypatch.setattr("pipeline.results.results_file.BUSY_SECONDS", 0)
    with sqlite3.connect(tmp_path / "countersign.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="another program"), open_store(tmp_path) as store:
            store.note("a", "b")
        other.execute("ROLLBACK")
    with open_store(tmp_path) as store:
        store.note("a", "b")


@pytest.mark.parametrize("content", [b"it only has the name" * 100, b"SQLite format 3\0" + b"\7" * 5000])
def test_a_damaged_results_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "countersign.db").write_bytes(content)
    with pytest.raises(StoreError, match="countersign recover"), open_store(tmp_path):
        pass


def test_a_folder_that_cant_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="--out"), open_store(tmp_path / "file" / "results"):
        pass
    with pytest.raises(StoreError, match="holds no"), open_store(tmp_path / "empty", writing=False):
        pass


def test_a_full_disk_is_told_and_what_was_kept_is_kept(tmp_path: Path) -> None:
    folder = returns(tmp_path / "in", a="one", b="two")
    first, second = find_sources([folder])
    big = replace(stand_ins.read(second), title=replace(stand_ins.read(second).title, crop=b"x" * 10_000_000))
    with pytest.raises(StoreError, match="full"), open_store(tmp_path / "results") as small:
        number, _ = small.begin_run([folder], [first, second], ROSTER, TODAY)
        keep_reading(small, number, first, stand_ins.read(first))

        @sa.event.listens_for(small.engine, "begin")
        def _no_more_pages(connection: sa.Connection) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite takes it for the size there is

        keep_reading(small, number, second, big)
    with open_store(tmp_path / "results") as store:
        assert run(store, folder) == (["b.pdf"], ["a.pdf: one24", "b.pdf: two24"])


# --- decisions


def decision(number: int = 0, **values: object) -> Decision:
    basis = Decision(number, "2024-06-01T00:00:00+00:00", "chair", "a.pdf", "ab" * 32, "confirm")
    return replace(basis, **values)  # type: ignore[arg-type]


def test_a_step_is_written_whole_or_not_at_all(store: Store) -> None:
    pair = [decision(flag="undated", group="g"), decision(flag="unsure", group="g", version=1)]
    assert [d.flag for d in store.decide_together(pair)] == ["undated", "unsure"]
    with pytest.raises(StaleDecision):
        store.decide_together([decision(flag="unsigned", version=2), decision(flag="unsure", version=2)])
    assert len(store.decisions()) == 2 and len(store.decisions(after=1)) == 1


def test_decisions_are_on_the_disk_and_readings_need_not_wait_for_it(tmp_path: Path, store: Store) -> None:
    """A commit that waits for the disk takes ten milliseconds: two minutes for ten thousand texts."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.pdf").write_bytes(b"read one")
    found = find_sources([tmp_path / "in"])
    number, (source,) = store.begin_run([tmp_path / "in"], found, ROSTER, TODAY)
    waits: list[int] = []

    @sa.event.listens_for(store.engine, "commit")
    def _noted(connection: sa.Connection) -> None:
        waits.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    normal, full = 1, 2
    keep_reading(store, number, source, stand_ins.read(source))
    store.decide(decision(flag="undated"))
    keep_reading(store, number, source, stand_ins.read(source))
    assert waits == [normal, full, normal]


def test_the_log_only_grows(tmp_path: Path, store: Store) -> None:
    first = store.decide(decision(flag="undated"))
    second = store.decide(decision(action="undo", undo_of=first.id, version=1))
    assert store.decisions() == [first, second] and first.at > "2024"
    for statement in ("UPDATE decisions SET who = 'x'", "DELETE FROM decisions"):
        with pytest.raises(sa.exc.DatabaseError, match="append-only"), store.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_a_decision_on_an_old_state_is_refused(store: Store) -> None:
    store.decide(decision(flag="undated"))
    with pytest.raises(StaleDecision):
        store.decide(decision(flag="unsure"))
    assert len(store.decisions()) == 1


def test_what_was_decided_stays_when_things_are_judged_again(tmp_path: Path, store: Store) -> None:
    folder = returns(tmp_path / "in", a="one")
    run(store, folder)
    sha = store.rows()[0]["sha256"]
    store.decide(Decision(0, "", "chair", "a.pdf", sha, "correct", "signer", "", "", "Ann Author"))
    returns(folder, b="two")
    run(store, folder)
    table = apply_decisions(frame(store.rows()), store.decisions(), TODAY.notes)
    assert table.set_index("file").loc["a.pdf", "signer"] == "Ann Author"


# --- PostgreSQL


def test_the_same_on_postgresql(tmp_path: Path, postgres: str) -> None:
    folder = returns(tmp_path / "in", a="one", b="two")
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/\xff\n.pdf"))
    odd.write_text("read one")
    with open_store(tmp_path / "results", postgres) as store:
        with pytest.raises(StoreBusy), open_store(tmp_path / "results", postgres):
            pass
        assert run(store, folder)[1] == ["\\xff\\n.pdf: one24", "a.pdf: one24", "b.pdf: two24"]
        assert run(store, folder)[0] == []
        (source, *_) = find_sources([folder / "a.pdf"])
        assert store.crop(source, "title") == stand_ins.PICTURE
        first = store.decide(decision(flag="undated"))
        with pytest.raises(StaleDecision):
            store.decide(decision(flag="undated"))
        assert store.decisions() == [first]
        with pytest.raises(sa.exc.DatabaseError, match="append-only"), store.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM decisions")
    assert not (tmp_path / "results" / "countersign.db").exists()
    with open_store(tmp_path / "results", postgres, writing=False) as store:
        assert len(store.rows()) == 3


def test_a_run_whose_lock_is_lost_stops(tmp_path: Path, postgres: str) -> None:
    with (
        pytest.raises(StoreError, match="dropped this run's lock"),
        open_store(tmp_path / "results", postgres) as store,
    ):
        store.note("a", "b")
        other = sa.create_engine(postgres.replace("postgresql://", "postgresql+psycopg://"))
        with other.connect() as connection:
            held = sa.text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted")
            assert connection.execute(held).scalar_one()
        other.dispose()
        assert store.noted("a") == "b", "reading needs no lock"
        with open_store(tmp_path / "results", postgres):
            pass  # another run can take over
        store.note("a", "c")
    with open_store(tmp_path / "results", postgres, writing=False) as store:
        assert store.noted("a") == "b"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://chair:s3c:r%40t@127.0.0.1:1/name",
        "postgresql://chair:s3c:r%40t@127.0.0.1:port/name",
        "postgresql://127.0.0.1:1/name?user=chair&password=s3c:r%40t",
        "nonsense://chair:s3c:r%40t@host/name",
    ],
)
def test_a_password_is_never_shown(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError) as told, open_store(tmp_path, url):
        pass
    assert "s3c" not in str(told.value) and "r%40t" not in str(told.value) and "r@t" not in str(told.value)


def test_the_url_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"sqlite:///{tmp_path}/x.db\n")
    with open_store(tmp_path, f"@{tmp_path / 'url'}") as store:
        store.note("a", "b")
    assert (tmp_path / "x.db").is_file()
    with pytest.raises(InputError, match="can't be read"), open_store(tmp_path, f"@{tmp_path / 'no'}"):
        pass

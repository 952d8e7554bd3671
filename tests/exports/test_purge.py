"""Forgetting: what was read is gone from the disk, what was decided is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pandas as pd
import pytest

from pipeline.datamodel.decision import Decision
from pipeline.datamodel.errors import StoreError
from pipeline.datamodel.records import Source
from pipeline.decisions.decided_results import open_results
from pipeline.execution.worker_pool import Reading
from pipeline.exports.purge import READ_COLUMNS, NotFinished, purge
from pipeline.exports.table_files import ExportError
from pipeline.run import read_batch
from pipeline.settings import RunOptions
from tests.material import stand_ins
from tests.material.whole_batch import whole_batch


def on_disk(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in folder.iterdir() if p.name.startswith("countersign.db"))


def test_crops_and_readings_go_and_verdicts_stay(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path)
    with open_results(folder) as results:
        source = results.judged[0].source
        log = Decision(0, "", "ines", source.name, source.sha256, "confirm", "date", "", "", "")
        results.store.decide(replace(log, before="2026-05-01", after="2026-05-01"))
    with open_results(folder) as results:
        before = results.table
    words = str(before["title_read"].iloc[0]).encode()
    pictures = (b"\x89PNG", b"JFIF")
    assert all(sign in on_disk(folder) for sign in (*pictures, words))
    done = purge(folder)
    assert done.rows == done.readings == 5 and done.crops > 5
    assert not any(sign in on_disk(folder) for sign in pictures)
    with open_results(folder) as results:
        pd.testing.assert_frame_equal(results.table.drop(columns=[*READ_COLUMNS]), before.drop(columns=[*READ_COLUMNS]))
        assert (results.table[list(READ_COLUMNS)] == "").all().all() and len(results.decisions) == 1
        assert results.crop(0, "signature") == b""
    assert {p.name for p in folder.iterdir()} >= {"returns.csv", "returns.xlsx"}


@pytest.mark.parametrize("table", ["returns.csv", "returns.xlsx"])
def test_where_a_table_cant_be_written_nothing_is_removed(tmp_path: Path, table: str) -> None:
    folder = whole_batch(tmp_path)
    (folder / table).mkdir()
    (folder / table / "in the way").touch()
    with pytest.raises(ExportError):
        purge(folder)
    with open_results(folder) as results:
        assert results.crop(0, "signature") and results.table["title_read"].iloc[0]


def test_an_unfinished_volume_is_not_forgotten_by_mistake(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path, missing=1)
    with pytest.raises(NotFinished, match="1 articles"):
        purge(folder)
    with open_results(folder) as results:
        assert results.crop(0, "signature")
    assert purge(folder, partial=True).rows == 5


def test_a_forgotten_volume_is_not_read_over(tmp_path: Path) -> None:
    folder = whole_batch(tmp_path)
    purge(folder)
    with pytest.raises(StoreError, match="readings forgotten"):
        read_batch([tmp_path / "returns"], RunOptions(out=folder))
    with open_results(folder) as results:
        assert len(results.table) == 5


def test_who_sent_a_return_is_forgotten_too(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["Date"] = "Ada Example <ada@example.org>", "Wed, 14 Oct 2026 10:22:00 +0200"
    mail.add_attachment(b"read one", maintype="application", subtype="pdf", filename="a.pdf")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.eml").write_bytes(mail.as_bytes())
    folder = tmp_path / "out"

    def reader(sources: Sequence[Source], _: RunOptions) -> Iterator[Reading]:
        return (Reading(source, stand_ins.read(source)) for source in sources)

    outcome = read_batch([tmp_path / "in"], RunOptions(out=folder), reader=reader, judge=stand_ins.judge)
    assert outcome.table["sender"].tolist() == ["Ada Example <ada@example.org>"]
    assert b"ada@example.org" in on_disk(folder)
    purge(folder, partial=True)
    assert b"ada@example.org" not in on_disk(folder)
    with open_results(folder) as results:
        assert results.table["file"].tolist() == ["a.eml/a.pdf"] and results.table["sender"].tolist() == [""]
        assert results.table["received"].tolist() == [pd.Timestamp(2026, 10, 14)]

"""Returns that were read already, from their bytes to the table, the page and the permissions folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import pipeline
from pipeline.datamodel.errors import SettingsError
from pipeline.datamodel.records import Source
from pipeline.decisions.decided_results import open_results
from pipeline.decisions.review_session import ReviewSession
from pipeline.execution.reading import read_return
from pipeline.execution.worker_pool import Reading
from pipeline.exports.pack import pack, read_manifest
from pipeline.results.store import open_store
from pipeline.review.record import record
from pipeline.run import read_batch
from pipeline.settings import RunOptions, run_options
from tests.end_to_end.test_golden import COLUMNS, SAMPLES, shown
from tests.material import engine_outputs
from tests.material.engine_outputs import Filled, transcript

FOLDER = SAMPLES / "transcripts"
EXPECTED = pd.read_csv(FOLDER / "expected.csv", dtype=str, keep_default_na=False).set_index("file")
TODAY = "2026-11-20"
BIB = """@Proceedings{v, volume = {157}, year = {2024}, start = {2024-06-01}, end = {2024-06-03}}
@InProceedings{example24, title = {Learning to Read Forms}, author = {Ada Example and Bo Writer}, crossref = {v}}
@InProceedings{third24, title = {Sums of Kernels}, author = {Cy Third}, crossref = {v}}
"""


def rows(table: pd.DataFrame) -> dict[str, dict[str, str]]:
    return {row["file"]: {name: shown(row, name) for name in (*COLUMNS, "signer")} for _, row in table.iterrows()}


def here(sources: Sequence[Source], _: RunOptions) -> Iterator[Reading]:
    """Reads in this process: a text needs no recognizer, and a worker would load them."""
    return (Reading(source, read_return(source)) for source in sources)


def read(folder: Path, blocking: tuple[str, ...] = ()) -> pd.DataFrame:
    roster = folder.parent / "roster.bib"
    roster.write_text(BIB)
    out = folder.parent / f"results{len(blocking)}"
    options = RunOptions(roster=roster, out=out, today=date(2024, 6, 10), jobs=1, blocking=blocking)
    return read_batch([folder], options, reader=here).table


def test_the_five_transcripts() -> None:
    found = rows(pipeline.read_returns([FOLDER / "returns"], SAMPLES / "roster.bib", today=TODAY, jobs=1))
    assert sorted(found) == sorted(EXPECTED.index)
    assert found == {name: dict(row[[*COLUMNS, "signer"]]) for name, row in EXPECTED.iterrows()}


def test_names_are_no_evidence(tmp_path: Path) -> None:
    files = sorted(EXPECTED.index)
    for number, name in enumerate(files):
        other = files[(number + 2) % len(files)]
        shutil.copy(FOLDER / "returns" / name, tmp_path / f"{number} {other}")
    options = RunOptions(roster=SAMPLES / "roster.bib", out=tmp_path / "out", today=date.fromisoformat(TODAY), jobs=1)
    found = rows(read_batch([tmp_path], options, reader=here).table)
    assert [found[name] for name in sorted(found)] == [dict(EXPECTED.loc[name][[*COLUMNS, "signer"]]) for name in files]


def test_each_agreement_of_a_text_has_a_row(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    both = transcript() + "\n\n" + transcript(Filled("Sums of Kernels", "Cy Third", "", "May 3, 2024"))
    (tmp_path / "in" / "both.md").write_text(both.replace("\f", "\n"))
    found = rows(read(tmp_path / "in"))
    assert {name: (row["article"], row["date"], row["flags"]) for name, row in found.items()} == {
        "both.md#1": ("example24", "2024-05-20", "from_text"),
        "both.md#2": ("third24", "2024-05-03", "unsigned; from_text"),
    }


def test_pages_in_files_of_their_own_are_one_return(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in (1, 2):
        data = engine_outputs.page_xml(Filled(), only=number, image=f"gone_{number}.png")
        (tmp_path / "in" / f"scan_000{number}.xml").write_bytes(data)
    found = rows(read(tmp_path / "in"))
    assert found["scan_0001.xml"]["flags"] == "files_joined; from_text" and len(found) == 1
    assert found["scan_0001.xml"]["status"] == "clear"


def test_an_output_beside_its_scan_fills_what_the_scan_lacks(tmp_path: Path) -> None:
    """The scan is read, and shown; a signature that only the engine saw is left to a person."""
    shutil.copy(SAMPLES / "returns" / "scan-0034.pdf", tmp_path / "damaged.pdf")
    shutil.copy(SAMPLES / "returns" / "Publication Agreement (1).pdf", tmp_path / "unsigned.pdf")
    text = (FOLDER / "returns" / "Publication Agreement (1).txt").read_text()
    (tmp_path / "damaged.txt").write_text(text)
    (tmp_path / "unsigned.txt").write_text(text.replace("Signed:", "Signed: Sehoon Kim"))
    options = RunOptions(roster=SAMPLES / "roster.bib", out=tmp_path / "out", today=date.fromisoformat(TODAY), jobs=1)
    found = rows(read_batch([tmp_path], options, reader=here).table)
    assert sorted(found) == ["damaged.pdf", "unsigned.pdf"]
    assert found["damaged.pdf"]["flags"].startswith("unsigned") and "from_text" in found["damaged.pdf"]["flags"]
    assert (found["unsigned.pdf"]["signature"], found["unsigned.pdf"]["status"]) == ("transcribed", "review")
    assert "unsure" in found["unsigned.pdf"]["flags"] and "from_text" not in found["unsigned.pdf"]["flags"]


def test_a_setting_keeps_texts_from_being_clear(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(transcript())
    assert list(read(tmp_path / "in")["status"]) == ["clear"]
    assert list(read(tmp_path / "in", blocking=("from_text",))["status"]) == ["review"]
    with pytest.raises(SettingsError, match="several_names can't be made to block"):
        run_options({"blocking": ["several_names"]}, {})


def test_the_page_and_the_pack_take_a_text(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(transcript(Filled(signed="")))
    (tmp_path / "in" / "b.hocr").write_bytes(engine_outputs.hocr(Filled("Sums of Kernels", "Cy Third", "Cy Third")))
    (tmp_path / "roster.bib").write_text(BIB)
    out = tmp_path / "results"
    options = RunOptions(roster=tmp_path / "roster.bib", out=out, today=date(2024, 6, 10), jobs=1)
    read_batch([tmp_path / "in"], options, reader=here)
    assert (out / "returns.xlsx").is_file()
    with open_store(out, writing=False) as store:
        session = ReviewSession.of(store)
        number = next(n for n, row in session.rows.items() if row.source.name == "a.txt")
        seen = record(session, number)
    assert seen is not None
    pieces = {field: text for page in seen["pages"] for text, field in page["text"] if field}
    assert pieces["signature"].strip() == ""
    assert pieces["title"].split() == ["Learning", "to", "Read", "Forms"] and pieces["date"] == "2024-05-20"
    shown_date = next(line for line in seen["lines"] if line["field"] == "date")
    assert shown_date["proof"] is None and shown_date["quote"]["name"] == "date"
    before, text, _ = shown_date["quote"]["pieces"]
    assert text == "2024-05-20" and before.rstrip().endswith("Date:")
    with open_results(out) as results:
        done = pack(results, "", out, partial=True)
    line = next(one for one in read_manifest(done.manifest) if one.file)
    assert (line.file, line.how) == ("third24Permission.hocr", "text only")
    assert (done.folder / line.file).read_bytes() == (tmp_path / "in" / "b.hocr").read_bytes()


def surname(number: int) -> str:
    """A name of its own for each number."""
    digits = f"{number:05}"
    return "".join("bdfgklmnrs"[int(d)] + "aeiou"[int(d) % 5] for d in digits).capitalize()


@pytest.mark.soak
def test_ten_thousand_transcripts_in_a_minute(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    entries = [BIB.splitlines()[0]]
    for number in range(10_000):
        title, name = f"Forms of the Order {number} and Their Sums", f"Ada {surname(number)}"
        text = transcript(Filled(title, name, name, f"{number % 28 + 1} May 2024", hand=False))
        (tmp_path / "in" / f"{number:05}.txt").write_text(text)
        entries.append(f"@InProceedings{{k{number}, title = {{{title}}}, author = {{{name}}}, crossref = {{v}}}}")
    (tmp_path / "roster.bib").write_text("\n".join(entries))
    options = RunOptions(roster=tmp_path / "roster.bib", out=tmp_path / "out", today=date(2024, 6, 10), jobs=2)
    started = time.perf_counter()
    done: list[float] = []
    outcome = read_batch([tmp_path / "in"], options, lambda *_: done.append(time.perf_counter() - started))
    print(f"read {done[-1]:.0f} s, with table and workbook {time.perf_counter() - started:.0f} s")
    assert (outcome.table["status"] == "clear").all() and len(outcome.table) == 10_000
    assert done[-1] < 60

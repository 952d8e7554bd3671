"""The benchmark's own arithmetic."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.plain_script import find_date, read
from benchmarks.score import score
from benchmarks.truth import TruthMissing, load_truth
from pipeline.datamodel.records import Article

ENTRY = {
    "file": "v7/a.pdf", "article": "one24", "authors": ["Zoë Author"], "signature": "handwritten",
    "signer": None, "date": None, "date_readings": ["2024-02-01", "2024-01-02"], "date_kind": "handwritten",
    "flags": [],
}  # fmt: skip
ROW = {
    "file": "v7/a.pdf", "status": "clear", "flags": "", "article": "one24", "author": "Zoë Author",
    "signature": "handwritten", "signer": "", "date": "2024-01-02",
}  # fmt: skip


def scored(row: Mapping[str, str], entry: Mapping[str, object], folder: Path) -> tuple[dict[str, float], int]:
    """(share right by measure, how many false clears)"""
    (folder / "truth.jsonl").write_text(json.dumps(entry) + "\n")
    result = score([row], load_truth(folder))
    return {name: m.share for name, m in result.measures.items() if m.of}, len(result.false_clear)


def test_a_right_row_is_right(tmp_path: Path) -> None:
    shares, false = scored(ROW, ENTRY, tmp_path)
    assert set(shares.values()) == {1.0} and false == 0
    assert "signer" not in shares, "nobody could tell the signer"
    assert "date, two ways" in shares


@pytest.mark.parametrize(
    ("column", "value", "measure"),
    [
        ("article", "two24", "article"),
        ("date", "2024-03-01", "date"),
        ("signature", "none", "signature there"),
        ("author", "Zoë Author; Somebody Else", "author"),
    ],
)
def test_each_slip_counts_once_and_a_cleared_one_is_a_false_clear(
    tmp_path: Path, column: str, value: str, measure: str
) -> None:
    shares, false = scored({**ROW, column: value}, ENTRY, tmp_path)
    assert shares[measure] == 0.0 and false == 1
    assert shares.get("author" if measure != "author" else "article") == 1.0


def test_a_missed_blocking_flag_is_a_false_clear(tmp_path: Path) -> None:
    assert scored(ROW, {**ENTRY, "flags": ["unsigned"]}, tmp_path)[1] == 1
    assert scored(ROW, {**ENTRY, "flags": ["date_ambiguous"]}, tmp_path)[1] == 0
    assert scored({**ROW, "status": "review", "flags": "unsigned"}, {**ENTRY, "flags": ["unsigned"]}, tmp_path)[1] == 0


def test_a_missing_row_is_wrong_everywhere(tmp_path: Path) -> None:
    shares, _ = scored({**ROW, "file": "other.pdf"}, ENTRY, tmp_path)
    assert set(shares.values()) == {0.0}


def test_a_folder_without_truth_says_so(tmp_path: Path) -> None:
    with pytest.raises(TruthMissing, match="truth"):
        load_truth(tmp_path)


def test_the_plain_script_reads_a_clean_form() -> None:
    first = ["manuscript currently entitled", "Deep Forms", '("the article")']
    first += ["this Agreement are", "Ann Author", "name of corresponding author"]
    last = ["I HAVE READ AND AGREE", "Corresponding Author:", "Signed: A. Author", "Date: 3 May 2024"]
    row = read([first, last], [Article("deep24", "Deep Forms", ("Ann Author", "Bo Writer"))])
    assert (row["status"], row["article"], row["author"], row["date"]) == (
        "clear",
        "deep24",
        "Ann Author",
        "2024-05-03",
    )
    assert find_date(["no date"]) == ("", "")

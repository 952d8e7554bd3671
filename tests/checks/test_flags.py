from pathlib import Path

import pytest

from docs.flags_page import flags_page
from pipeline.checks.flags import BLOCKING, FLAGS, NOT_READ, ORDER, check_codes, flag_kind


def test_codes_are_unique_and_described() -> None:
    assert len(ORDER) == len(FLAGS)
    for kind in FLAGS:
        assert kind.when and kind.meaning.endswith((".", "!")) and kind.remedy.endswith("."), kind.code


def test_notes_do_not_block() -> None:
    notes = set(ORDER) - BLOCKING
    of_one = {"title_differs", "signed_elsewhere", "several_names", "several_signers", "date_ambiguous"}
    assert notes == of_one | {"duplicate_kept", "files_joined"}


def test_unknown_code_is_named() -> None:
    with pytest.raises(ValueError, match="'unsinged'"):
        check_codes(["unsinged"])
    with pytest.raises(ValueError, match="nope"):
        flag_kind("nope")


@pytest.mark.parametrize("code", sorted(NOT_READ))
def test_a_file_that_was_not_read_stays_flagged(code: str) -> None:
    with pytest.raises(ValueError, match=code):
        check_codes(["unsure", code])


def test_codes_come_back_as_a_set() -> None:
    assert check_codes(["unsure", "signature_typed", "unsure"]) == {"unsure", "signature_typed"}


def test_the_page_of_the_docs_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "flags.md"
    assert page.read_text(encoding="utf-8") == flags_page(), "run python -m docs.flags_page > docs/flags.md"


def test_the_page_shows_how_to_change_each_flag() -> None:
    page = flags_page()
    for kind in FLAGS:
        entry = page.partition(f"## {kind.code}\n")[2].partition("\n## ")[0]
        assert kind.meaning in entry and kind.remedy in entry
        assert ("off = " in entry) == (kind.code not in NOT_READ)

"""What the system refuses is told in our words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pipeline.datamodel.errors import InputError, given_file, system_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "you may not use it"),
        (errno.ENOSPC, "the disk is full"),
        (errno.ENOTDIR, "a file stands where a folder is needed"),
        (errno.EPIPE, os.strerror(errno.EPIPE)),
    ],
)
def test_errors_of_the_system_are_told_in_our_words_as_far_as_we_know_them(number: int, words: str) -> None:
    assert system_words(OSError(number, os.strerror(number))) == words


def test_an_error_without_a_number_has_its_own_words() -> None:
    assert system_words(OSError("the tape tore")) == "the tape tore"


def test_a_folder_given_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it is a folder, not a file"), given_file(tmp_path):
        tmp_path.read_bytes()
    with pytest.raises(InputError, match="it is not there"), given_file(tmp_path / "a"):
        (tmp_path / "a").read_bytes()

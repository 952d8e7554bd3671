"""Names as people write them against names as rosters have them. All names are made up, but for the known examples."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.names.fields import match_authors
from pipeline.names.similarity import FITS, similarity
from pipeline.names.written_forms import written_forms

AUTHORS = [
    "Ada Example",
    "Zhaoyang Zhang",
    "Haoli Bai",
    "Mei-Lan Wu",
    "Jaeho Lee",
    "Di Fo",
    "Zoë Müller-Lüdenscheidt",
    "Ana J d E da Sample",
    "Tobias Carl Emil Vandenberg",
    "P. S. Sample",
    "Nguyễn Văn Mẫu",
    "Łukasz Przykład",
    "Karim O'Sample",
    "Da Li",
    "Wei Ping Tan",
]


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("Zhang Haoyang.", "Zhaoyang Zhang"),
        ("Hao Li Bai", "Haoli Bai"),
        ("Bai Hao-Li", "Haoli Bai"),
        ("HaoLi BAI", "Haoli Bai"),
        ("JLee", "Jaeho Lee"),
        ("Lee J.", "Jaeho Lee"),
        ("J Lee", "Jaeho Lee"),
        ("Lee, Jae-Ho", "Jaeho Lee"),
        ("Dr. Ada EXAMPLE", "Ada Example"),
        ("Prof. Dr. Ada Example, Ph.D.", "Ada Example"),
        ("Mr. Zoe Mueller Luedenscheidt", "Zoë Müller-Lüdenscheidt"),
        ("Ada Maria Example", "Ada Example"),
        ("Bo (Charlie) Quux", "Charlie Bo Quux"),
        ("Zhaoyang (Jack) Zhang", "Zhaoyang Zhang"),
        ("Ana Julia de Exemplo da Sample", "Ana J d E da Sample"),
        ("Emil Vandenberg", "Tobias Carl Emil Vandenberg"),
        ("Vandenbcrg", "Tobias Carl Emil Vandenberg"),
        ("Albertho Quux", "Alberto Quux"),
        ("Iobias Vandenberg", "Tobias Vandenberg"),
        ("陈小波", "Xiaobo Chen"),
        ("曾 小波", "Xiaobo Zeng"),
        ("吕小波", "Xiaobo Lu"),
        ("陳小波 Xiaobo Chen", "Xiaobo Chen"),
        ("박민수", "Minsu Park"),
        ("이영희", "Young-Hee Lee"),
        ("최서현", "Seohyun Choi"),
        ("Иван Примеров", "Ivan Primerov"),
        ("Юлия Хрущева", "Yulia Khrushcheva"),
        ("Γιώργος Παραδείγματος", "Giorgos Paradeigmatos"),
        ("さとう はな", "Hana Sato"),
    ],
)
def test_writings_that_denote_the_author(text: str, author: str) -> None:
    assert similarity(text, author) >= FITS


@pytest.mark.parametrize(
    ("text", "author"),
    [("Zhang Zhongang", "Zhaoyang Zhang"), ("Wei Zhang", "Wen Zhang"), ("Li Wei", "Li Wen"), ("Bo Sample", "Ada Lee")],
)
def test_names_of_other_people(text: str, author: str) -> None:
    assert similarity(text, author) < 0.75 < FITS


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("Zheng Min", "Zhang Min"),
        ("Wang Hong", "Wong Hong"),
        ("Lim Jun", "Lin Jun"),
        ("Hong Yan", "Kong Yan"),
        ("Wei Wei Zhang", "Wei Zhang"),
        ("Zhang Weilong", "Wei Zhang"),
        ("Wei Ping", "Weiping Tan"),
        ("K. Lee", "Jaeho Lee"),
        ("K Lee", "Jaeho Lee"),
        ("J Robert Lee", "Jaeho Lee"),
        ("P S Sample", "Puja Sahib"),
        ("Bo Sample", "Ada Example"),
        ("王小波", "Xiaobo Chen"),
        ("김민수", "Minsu Park"),
        ("", "Ada Example"),
        ("...", "Ada Example"),
        ("12/05/2031", "Ada Example"),
    ],
)
def test_writings_that_do_not(text: str, author: str) -> None:
    assert similarity(text, author) < FITS


@pytest.mark.parametrize("author", AUTHORS)
@pytest.mark.parametrize("where", ["name", "signature"])
def test_each_author_fits_each_way_to_write_him(author: str, where: str) -> None:
    forms = written_forms(author, "name" if where == "name" else "signature")
    assert [f for f, _ in forms if similarity(f, author) < FITS] == []
    assert sum(p for _, p in forms) == pytest.approx(1)
    assert len({f for f, _ in forms}) == len(forms) < 150
    assert forms[0][0] == author and all(p > 0 for _, p in forms)


NAMES = st.sampled_from(AUTHORS)


@given(NAMES, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_case_never_matters(author: str, change: object) -> None:
    assert callable(change)
    for other in AUTHORS:
        assert similarity(change(author), other) == pytest.approx(similarity(author, other))


@given(NAMES)
def test_accents_never_matter(author: str) -> None:
    plain = "".join(c for c in unicodedata.normalize("NFD", author) if not unicodedata.combining(c))
    for other in AUTHORS:
        assert similarity(plain, other) == pytest.approx(similarity(author, other), abs=0.03)
        assert similarity(unicodedata.normalize("NFD", author), other) == similarity(author, other)


@given(NAMES, st.randoms(use_true_random=False))
def test_order_never_matters(author: str, rnd: random.Random) -> None:
    words = author.split()
    if len(words) <= 3:
        rnd.shuffle(words)
        assert similarity(" ".join(words), author) >= 0.95


WORD = st.text(alphabet="abcdeghilmnorstuwyz", min_size=4, max_size=9).filter(lambda word: len(set(word)) >= 3)
"""What one letter over and over can be aligned with in several ways is no name."""


@settings(deadline=None)
@given(WORD, WORD, st.integers(0, 3), st.sampled_from("aeilnrst"))
def test_two_full_names_are_as_like_either_way(first: str, last: str, at: int, letter: str) -> None:
    name, slip = f"{first} {last}", f"{first[:at]}{letter}{first[at + 1 :]} {last}"
    assert similarity(name, slip) == pytest.approx(similarity(slip, name), abs=0.05)
    assert similarity(f"{last} {first}", name) == similarity(name, name) == 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=40))
def test_any_text_is_judged_without_an_error(text: str, author: str) -> None:
    assert 0 <= similarity(text, author) <= 1
    matches = match_authors(text, [author, "Ada Example"])
    assert all(text[m.start : m.end] == m.text for m in matches)
    total = sum(p for _, p in written_forms(author))
    assert total == pytest.approx(1) or not author.split()


@pytest.mark.parametrize(
    ("written", "author", "fits"),
    [
        ("Bob Quillmore", "Robert Quillmore", True),
        ("Mike Tanager", "Michael Tanager", True),
        ("Robin (Wei) Zhang", "Wei Zhang", True),
        ("Wei (Robin) Zhang", "Wei Zhang", True),
        ("Anna Maria Quill", "Anna.M Quill", True),
        ("\u674e\u4f1f Wei Li", "Wei Li", True),
        ("Robin Zhang", "Wei Zhang", False),
        ("Bob Quillmore", "Roland Quillmore", False),
    ],
)
def test_short_forms_and_other_first_names(written: str, author: str, fits: bool) -> None:
    assert (similarity(written, author) >= FITS) is fits

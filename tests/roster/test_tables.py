"""Rosters as tables: read as they are meant in any order, language and format, or asked about; never misread."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from pipeline.cli.ask_columns import asked_for_columns
from pipeline.datamodel.errors import RosterError
from pipeline.datamodel.records import Roster
from pipeline.roster import workbooks
from pipeline.roster.author_cells import has_two_meanings, people
from pipeline.roster.columns import ColumnsUnclear, normalize_header
from pipeline.roster.days import days_of_column
from pipeline.roster.reader import load_roster
from pipeline.settings import RunOptions
from tests.material.tables import Rows, csv_bytes, ods_bytes, spreadsheet_ml_bytes, xls_bytes, xlsx_bytes

ARTICLES = (
    ("11", "Learning to fold maps", ("Ada Example", "Bo Sample")),
    ("12", "On the weight of tides", ("Cyprian Third",)),
    ("17", "Zwei Karten und ihre Falten", ("Zoë Müller", "Ada Example", "Émile Dupont Garcia")),
    ("21", "Tides, maps and other games", ("Bo Sample", "Łucja Quux")),
    ("23", "A note on folding", ("Di van der Fourth", "Cyprian Third")),
    ("30", "Why tides wait", ("Hal Kettle", "Ida Lantern", "Jo Mortar", "Ada Example")),
)
HEADS = {
    "en": ("Paper ID", "Paper Title", "Authors", "Author Emails"),
    "en2": ("id", "title", "author_names", "e-mail"),
    "de": ("Beitragsnummer", "Titel des Beitrags", "Autorinnen und Autoren", "E-Mail-Adressen"),
    "fr": ("Numéro", "Titre de l\u2019article", "Auteurs", "Courriels"),
    "es": ("Número", "Título de la ponencia", "Autores/as", "Correos electrónicos"),
    "zh": ("稿件编号", "论文题目", "作者", "邮箱"),
    "ja": ("論文番号", "論文タイトル", "著者名", "メールアドレス"),
    "ko": ("논문번호", "논문 제목", "저자", "이메일"),
    "it": ("#", "Titolo dell'articolo", "Autori", "E-mail"),
}
BESIDE = {
    "Abstract": "We fold maps, and weigh tides; then we rest.",
    "Corresponding author": "Ada Example",
    "Primary Contact Author Name": "Hal Kettle",
    "Affiliation": "University of Nowhere",
    "Track Name": "Main track",
    "Short title": "On maps",
    "Title of session": "Maps I",
    "Author ID": "4711",
    "Presenting Author": "Bo Sample",
    "Title": "Dr.",
    "Notes": "",
}


def family_first(name: str) -> str:
    given, _, family = name.partition(" ")
    return f"{family}, {given}"


STYLES: Mapping[str, Callable[[Sequence[str]], str]] = {
    "semicolons": "; ".join,
    "ands": " and ".join,
    "commas": ", ".join,
    "oxford": lambda names: (", and " if names[2:] else " and ").join(filter(None, [", ".join(names[:-1]), names[-1]])),
    "families": lambda names: "; ".join(map(family_first, names)),
    "cmt": lambda names: "; ".join(f"{name} (Uni Nowhere, Elsewhere){'*' * (not n)}" for n, name in enumerate(names)),
    "numbered": lambda names: ", ".join(f"{name}{n + 1},{n + 2}" for n, name in enumerate(names)),
    "raised": lambda names: ", ".join(f"{name}\u00b9\u00b2*" for name in names),
    "bars": "|".join,
    "lines": "\n".join,
    "ampersand": lambda names: " & ".join(names),
    "addresses": lambda names: "; ".join(f"{name} <{name.split()[0].lower()}@example.org>" for name in names),
    "employers": lambda names: "; ".join(f"{name}, University of Nowhere" for name in names),
}  # fmt: skip


def rows_of(
    language: str, style: str, beside: list[str] | None = None, order: list[int] | None = None
) -> list[list[str]]:
    heads = [*HEADS[language], *(beside or [])]
    rows = [heads]
    for key, title, names in ARTICLES:
        emails = "; ".join(f"{name.split()[0].lower()}@example.org" for name in names)
        rows.append([key, title, STYLES[style](names), emails, *(BESIDE[name] for name in beside or [])])
    return [[row[place] for place in order] for row in rows] if order else rows


def loaded(tmp_path: Path, name: str, data: bytes, *columns: str, sheet: str = "") -> Roster:
    path = tmp_path / name
    path.write_bytes(data)
    return load_roster(path, columns=columns, sheet=sheet)


def as_read(roster: Roster) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple((a.key, a.title, a.authors) for a in roster.articles)


@pytest.mark.parametrize("style", STYLES)
def test_authors_are_parted_however_they_are_written(tmp_path: Path, style: str) -> None:
    assert as_read(loaded(tmp_path, "r.csv", csv_bytes(rows_of("en", style)))) == ARTICLES


@pytest.mark.parametrize("language", HEADS)
def test_columns_have_names_in_many_languages(tmp_path: Path, language: str) -> None:
    roster = loaded(tmp_path, "r.xlsx", xlsx_bytes({"Tabelle1": rows_of(language, "semicolons")}))
    assert as_read(roster) == ARTICLES
    assert roster.articles[0].emails == ("ada@example.org", "bo@example.org") and not roster.problems


@pytest.mark.parametrize("make", [xlsx_bytes, ods_bytes, spreadsheet_ml_bytes])
@pytest.mark.parametrize("name", ["r.xlsx", "r.xls", "roster"])
def test_workbooks_are_told_by_content(tmp_path: Path, make: object, name: str) -> None:
    data = make({"Papers": [["Export of 14 October"], [], *rows_of("en", "cmt", ["Notes", "Abstract"])]})  # type: ignore[operator]
    assert as_read(loaded(tmp_path, name, data)) == ARTICLES


def any_export_is_read(tmp_path: Path, data: st.DataObject) -> None:
    """One export of the articles, drawn at random, gives the articles."""
    language, style = data.draw(st.sampled_from(sorted(HEADS))), data.draw(st.sampled_from(sorted(STYLES)))
    beside = data.draw(st.lists(st.sampled_from(sorted(BESIDE)), unique=True, max_size=6))
    if "title" in map(normalize_header, HEADS[language]):
        beside = [name for name in beside if name != "Title"]
    order = data.draw(st.permutations(range(4 + len(beside))))
    rows = rows_of(language, style, beside, list(order))
    above = data.draw(st.sampled_from([[], [["Conference on Folding, accepted papers"]], [[], ["Export"], []]]))
    table = [*above, *rows]
    kind = data.draw(st.sampled_from([",", ";", "\t", "xlsx", "ml"]))
    made = (
        csv_bytes(table, kind)
        if len(kind) == 1
        else (xlsx_bytes if kind == "xlsx" else spreadsheet_ml_bytes)({"S": table})
    )
    assert as_read(loaded(tmp_path, "r.csv" if len(kind) == 1 else "r.xlsx", made)) == ARTICLES


EACH = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@settings(max_examples=40, **EACH)  # type: ignore[arg-type]
@given(data=st.data())
def test_any_order_and_language_is_read(tmp_path: Path, data: st.DataObject) -> None:
    any_export_is_read(tmp_path, data)


@pytest.mark.soak
@settings(max_examples=3000, **EACH)  # type: ignore[arg-type]
@given(data=st.data())
def test_any_order_and_language_is_read_at_length(tmp_path: Path, data: st.DataObject) -> None:
    any_export_is_read(tmp_path, data)


RIVALS = [
    ("Title (EN)", "Another title altogether {}"), ("Original title", "Ein anderer Titel {}"), ("Titre", "Un titre {}"),
    ("Camera Ready Title", "A note on folding {}"), ("title_final", "Third title {}"),
    ("论文标题", "第三个不同的标题 {}"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "cell"), RIVALS)
def test_two_columns_that_may_be_the_title_are_asked_about(tmp_path: Path, head: str, cell: str) -> None:
    rows = rows_of("en", "semicolons")
    table = csv_bytes([[*row, head if not n else cell.format(n)] for n, row in enumerate(rows)])
    with pytest.raises(ColumnsUnclear, match=r"--column \"title=Paper Title\".*countersign\.toml") as unclear:
        loaded(tmp_path, "r.csv", table)
    (question,) = unclear.value.questions
    assert {column.head for column in question.choices} == {"Paper Title", head}
    assert as_read(loaded(tmp_path, "r.csv", table, "title=Paper Title")) == ARTICLES
    assert loaded(tmp_path, "r.csv", table, f"title={head}").articles[0].title == cell.format(1)


def test_all_that_is_unclear_is_asked_at_once(tmp_path: Path) -> None:
    heads = ("Ref", "Heading A", "Heading B", "Who")
    rows = [(key, title, f"Other {title}", "; ".join(names)) for key, title, names in ARTICLES]
    with pytest.raises(ColumnsUnclear) as unclear:
        loaded(tmp_path, "r.csv", csv_bytes([heads, *rows]))
    questions = unclear.value.questions
    assert [question.field for question in questions] == ["key", "title", "authors"]
    assert all([c.head for c in question.choices] == list(heads) for question in questions)
    assert questions[1].choices[1].filled[0] == ARTICLES[0][1], "with what stands in each"
    told = ("key=Ref", "title=Heading A", "authors=Who")
    assert as_read(loaded(tmp_path, "r.csv", csv_bytes([heads, *rows]), *told)) == ARTICLES


def test_doubts_about_two_columns_are_told_together_a_line_each(tmp_path: Path) -> None:
    table = [["id", "Title", "Title (EN)", "Author"]]
    table += [[key, title, f"Other {title}", names[0]] for key, title, names in ARTICLES]
    with pytest.raises(ColumnsUnclear) as unclear:
        loaded(tmp_path, "r.csv", csv_bytes(table))
    assert [question.field for question in unclear.value.questions] == ["title", "authors"]
    first, second = str(unclear.value).splitlines()
    assert '--column "title=Title"' in first and '--column "authors=Author"' in second


@pytest.mark.parametrize("head", ["Author", "Autor", "Auteur", "Verfasser"])
def test_a_column_with_one_person_a_row_may_be_the_corresponding_author(tmp_path: Path, head: str) -> None:
    table = [["id", "title", head], *([key, title, names[0]] for key, title, names in ARTICLES)]
    with pytest.raises(ColumnsUnclear, match=f"authors={head}"):
        loaded(tmp_path, "r.csv", csv_bytes(table))
    told = loaded(tmp_path, "r.csv", csv_bytes(table), f"authors={head}")
    assert [a.authors for a in told.articles] == [names[:1] for _, _, names in ARTICLES]


@pytest.mark.parametrize(
    "head", ["Corresponding author", "First author", "Contact", "Author affiliations", "Korrespondenzautor", "発表者"]
)
def test_a_column_that_only_resembles_the_authors_is_not_taken_for_them(tmp_path: Path, head: str) -> None:
    table = [["id", "title", head], *([key, title, "; ".join(names)] for key, title, names in ARTICLES)]
    with pytest.raises(ColumnsUnclear, match="no column authors"):
        loaded(tmp_path, "r.csv", csv_bytes(table))


def test_a_title_of_address_is_no_title(tmp_path: Path) -> None:
    table = [["id", "Title", "Authors"], *([key, "Prof. Dr.", "; ".join(names)] for key, _, names in ARTICLES)]
    with pytest.raises(ColumnsUnclear, match="no column title"):
        loaded(tmp_path, "r.csv", csv_bytes(table))


def test_authors_over_several_columns_and_several_rows(tmp_path: Path) -> None:
    wide = [["key", "title", "Author 1", "Author 2", "Author 3", "Author 4"]]
    wide += [[key, title, *names, *[""] * (4 - len(names))] for key, title, names in ARTICLES]
    assert as_read(loaded(tmp_path, "wide.csv", csv_bytes(wide))) == ARTICLES
    two = [["key", "title", "Author", "Co-authors"]]
    two += [[key, title, names[0], "; ".join(names[1:])] for key, title, names in ARTICLES]
    assert as_read(loaded(tmp_path, "two.csv", csv_bytes(two))) == ARTICLES
    long = [["key", "title", "First name", "Last name", "Email"]]
    for key, title, names in ARTICLES:
        long += [[key, title, *name.split(" ", 1), f"{name[:2].lower()}@example.org"] for name in names]
    roster = loaded(tmp_path, "long.csv", csv_bytes(long))
    assert as_read(roster) == ARTICLES and roster.articles[0].emails == ("ad@example.org", "bo@example.org")


def test_cmt(tmp_path: Path) -> None:
    heads = [
        "Paper ID",
        "Created",
        "Last Modified",
        "Paper Title",
        "Abstract",
        "Primary Contact Author Name",
        "Primary Contact Author Email",
        "Authors",
        "Author Names",
        "Author Emails",
        "Track Name",
        "Primary Subject Area",
        "Status",
    ]
    rows = {
        key: [
            key, f"{n + 1}/2{n}/2026 11:59:13 PM -07:00", "", title, "Abstract, with; signs", names[0], "c@example.org",
            STYLES["cmt"](names), "; ".join(f"{family_first(name)}{'*' * (not i)}" for i, name in enumerate(names)),
            "; ".join(f"{name[:2].lower()}@example.org{'*' * (not i)}" for i, name in enumerate(names)), "Main", "Maps",
            ("Accept (Poster)", "Reject", "Withdrawn", "Accept", "Awaiting Decision", "Desk Reject")[n],
        ]
        for n, (key, title, names) in enumerate(ARTICLES)
    }  # fmt: skip
    tracks = {"Main": [["Folding 2026 Submissions"], [], heads, *list(rows.values())[:4]]}
    tracks |= {"Posters": [["Folding 2026 Submissions"], [], heads, *list(rows.values())[4:]]}
    for make in (spreadsheet_ml_bytes, xlsx_bytes):
        roster = loaded(tmp_path, "Papers.xls", make(tracks))
        assert as_read(roster) == (ARTICLES[0], ARTICLES[3], ARTICLES[4])
        assert roster.articles[0].submitted == date(2026, 1, 20) and roster.articles[1].submitted == date(2026, 4, 23)
        assert roster.articles[0].emails == ("ad@example.org", "bo@example.org")
        assert any("left out" in p and "'Reject' 1" in p for p in roster.problems)


def test_a_decision_by_yes_and_no(tmp_path: Path) -> None:
    table = [["id", "title", "authors", "Accepted"]]
    table += [[key, title, "; ".join(names), "no" if n else "yes"] for n, (key, title, names) in enumerate(ARTICLES)]
    roster = loaded(tmp_path, "r.csv", csv_bytes(table))
    assert as_read(roster) == ARTICLES[:1] and "'no' 5" in roster.problems[0]


def test_a_key_that_several_articles_share_is_asked_about(tmp_path: Path) -> None:
    table = [["id", "title", "authors"], *(["3", title, "; ".join(names)] for _, title, names in ARTICLES)]
    with pytest.raises(ColumnsUnclear, match="same value for several articles"):
        loaded(tmp_path, "r.csv", csv_bytes(table))


def test_names_that_do_not_stand_above_their_columns_are_not_believed(tmp_path: Path) -> None:
    table = [["id", "title", "authors"], *([f"{n}", *row[:2], "; ".join(row[2])] for n, row in enumerate(ARTICLES[:3]))]
    with pytest.raises(RosterError, match="more cells than its row 1 has names"):
        loaded(tmp_path, "r.csv", csv_bytes(table))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_parts_the_names(tmp_path: Path, delimiter: str) -> None:
    """Every row has more semicolons and commas inside its cells than cells."""
    table = [["id", "title", "authors", "abstract"]]
    for key, title, _ in ARTICLES:
        table.append(
            [key, title, "Ada Example (A); Bo Sample (B); Cy Third (C); Di Quux (D)", "one, two; three, four; five"]
        )
    roster = loaded(tmp_path, "r.csv", csv_bytes(table, delimiter))
    assert {a.authors for a in roster.articles} == {("Ada Example", "Bo Sample", "Cy Third", "Di Quux")}


def test_a_list_of_objects_is_a_table(tmp_path: Path) -> None:
    import json

    objects = [{"paperId": int(key), "title": title, "authors": list(names)} for key, title, names in ARTICLES]
    for held in (objects, {"count": 6, "papers": objects}):
        assert as_read(loaded(tmp_path, "r.json", json.dumps(held).encode())) == ARTICLES
    people_ = [
        {"id": "7", "title": "Folding", "authors": [{"given": "Ada", "family": "Example"}, {"name": "Bo Sample"}]}
    ]
    (article,) = loaded(tmp_path, "r.json", json.dumps(people_).encode()).articles
    assert article.authors == ("Ada Example", "Bo Sample")


def test_a_web_page_that_is_called_a_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match=r"web page.*XLSX"):
        loaded(tmp_path, "r.xls", b"<html><table><tr><td>Title</td></tr></table></html>")


def test_easychair(tmp_path: Path) -> None:
    heads = (
        "#|title|authors|submitted|last updated|form fields|keywords|decision|notified|reviews sent|abstract|deleted?"
    )
    rows = [
        [key, title, STYLES["oxford"](list(names)), "2026-05-01 12:00", "", "", "maps", "accept", "", "", "x", ""]
        for key, title, names in ARTICLES
    ]
    people_ = [["submission #", "first name", "last name", "email", "country", "affiliation", "Web page", "person #"]]
    people_ += [["11", "Ada", "Example", "ada@example.org", "", "", "", "1"]]
    sheets = {"Submissions": [heads.split("|"), *rows], "Authors": people_, "Notes": [["nothing"]]}
    roster = loaded(tmp_path, "easychair.xlsx", xlsx_bytes(sheets))
    assert as_read(roster) == ARTICLES and roster.articles[0].submitted == date(2026, 5, 1)


def test_several_sheets_that_could_be_it_are_asked_about(tmp_path: Path) -> None:
    other = [["Title", "ID", "Authors"], ["An old title", "9", "Hal Kettle; Ida Lantern"]]
    data = xlsx_bytes({"Accepted": rows_of("en", "semicolons"), "Old list": other})
    with pytest.raises(RosterError, match=r"'Accepted', 'Old list'.*--sheet.*sheet = 'Accepted'"):
        loaded(tmp_path, "r.xlsx", data)
    assert as_read(loaded(tmp_path, "r.xlsx", data, sheet="Accepted")) == ARTICLES
    with pytest.raises(RosterError, match="no sheet 'Nowhere'"):
        loaded(tmp_path, "r.xlsx", data, sheet="Nowhere")


def test_a_table_without_names_says_what_to_do(tmp_path: Path) -> None:
    bare = [[key, title, "; ".join(names)] for key, title, names in ARTICLES]
    with pytest.raises(RosterError, match=r"no row that names columns.*--column"):
        loaded(tmp_path, "r.csv", csv_bytes(bare))
    own = [["Kennung", "Ueberschrift", "Leute"], *bare]
    told = ("key=Kennung", "title=Ueberschrift", "authors=Leute")
    assert as_read(loaded(tmp_path, "r.csv", csv_bytes(own), *told)) == ARTICLES
    with pytest.raises(RosterError, match="no row with all of the columns"):
        loaded(tmp_path, "r.csv", csv_bytes(own), "title=Nothing")
    with pytest.raises(RosterError, match="names no column"):
        loaded(tmp_path, "r.csv", csv_bytes(own), "heading=Ueberschrift")


@pytest.mark.parametrize(
    ("language", "names", "encoding"),
    [
        ("zh", "张三\uff0c李四", "gb18030"), ("ja", "山田 太郎、佐藤 花子", "cp932"), ("zh", "張三、李四", "big5"),
        ("fr", "Zoë Müller; Émile Dupont", "cp1252"), ("ja", "山田 太郎、佐藤 花子", "euc_jp"),
        ("zh", "张三\uff0c李四", "utf-16"), ("ko", "김 철수, 이 영희", "euc_kr"),
    ],
)  # fmt: skip
def test_text_in_other_encodings_is_read_or_refused(tmp_path: Path, language: str, names: str, encoding: str) -> None:
    heads = HEADS[language] if encoding != "big5" else ("稿件編號", "論文題目", "作者", "電子郵件")
    table = [list(heads), ["7", "Die Faltung" if encoding == "cp1252" else "Folding maps", names, ""]]
    data = csv_bytes(table, encoding=encoding)
    expected = load_roster_of(tmp_path, csv_bytes(table))
    try:
        assert loaded(tmp_path, "r.csv", data).articles == expected
    except ColumnsUnclear:
        raise
    except RosterError as refused:
        assert "UTF-8" in str(refused)


def load_roster_of(tmp_path: Path, data: bytes) -> object:
    return loaded(tmp_path, "utf8.csv", data).articles


def test_letters_of_an_encoding_that_cant_be_told_are_not_misread(tmp_path: Path) -> None:
    for encoding in ("cp1250", "cp1251", "mac_roman"):
        names = (
            "Łucja Quux; Šimon Třetí"
            if encoding == "cp1250"
            else "Анна Иванова"
            if encoding == "cp1251"
            else "Zoë Müller"
        )
        data = csv_bytes([["id", "title", "authors"], ["7", "Folding maps", names]], encoding=encoding)
        with pytest.raises(RosterError, match="UTF-8"):
            loaded(tmp_path, "r.csv", data)


@pytest.mark.parametrize(
    ("heads", "names", "encoding"),
    [
        *(
            (("номер", "Название", "Авторы"), "Анна Иванова; Пётр Щукин", code)
            for code in ("cp1251", "koi8_r", "cp866")
        ),
        *((("número", "Título", "Autores"), "Andrés Núñez; María Peña", code) for code in ("mac_roman", "cp850")),
        (("numéro", "Titre", "Auteurs"), "Zoë Müller; Émile Dupont", "mac_roman"),
    ],
)
def test_a_name_of_a_column_tells_an_encoding_with_a_byte_a_letter(
    tmp_path: Path, heads: tuple[str, ...], names: str, encoding: str
) -> None:
    table = [list(heads), ["7", "Folding maps", names]]
    expected = load_roster_of(tmp_path, csv_bytes(table))
    assert loaded(tmp_path, "r.csv", csv_bytes(table, encoding=encoding)).articles == expected


@pytest.mark.parametrize("names", ["André Dupont", "Zoë Müller", "Renée Lévy"])
@pytest.mark.parametrize("encoding", ["mac_roman", "cp850"])
def test_letters_of_old_machines_are_not_taken_for_western_ones(tmp_path: Path, names: str, encoding: str) -> None:
    data = csv_bytes([["id", "title", "authors"], ["7", "Folding maps", names]], encoding=encoding)
    with pytest.raises(RosterError, match="UTF-8"):
        loaded(tmp_path, "r.csv", data)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["José Ortega y Gasset; Bo Sample"], ["José Ortega y Gasset and Bo Sample"]),
        (["Juan Pérez, Ana López y María Ruiz"], ["Juan Pérez and Ana López and María Ruiz"]),
        (["Anna Klein und Bo Groß", "Karl Theodor von und zu Guttenberg"],
         ["Anna Klein and Bo Groß", "Karl Theodor von und zu Guttenberg"]),
        (["张三, 李四", "王五"], ["张三 and 李四", "王五"]),
        (["山田 太郎・佐藤"], ["山田 太郎・佐藤"]),
        (["1. Ada Example; 2. Bo Sample"], ["Ada Example and Bo Sample"]),
        (["Prof. Dr. Ada Example; Dr.-Ing. Bo Sample, PhD"], ["Ada Example and Bo Sample"]),
        (["Islam, Md; Islam, Md Rakibul"], ["Islam, Md and Islam, Md Rakibul"]),
        (["DOE, JANE; VAN DER BERG, JAN", "LI, WEI"], ["DOE, JANE and VAN DER BERG, JAN", "LI, WEI"]),
        (["Drew Mr. Third; Profa Quux"], ["Drew Mr. Third and Profa Quux"]),
        (["Jane Doe, MIT; John Smith, ETH", "Ada Example, MIT"], ["Jane Doe and John Smith", "Ada Example"]),
        (["Doe, Jane; Smith, J. A."], ["Doe, Jane and Smith, J. A."]),
        (["Doe, J.; King, Jr., M."], ["Doe, J. and King, Jr., M."]),
        (["Ada Example (Uni A); Bo Sample (Uni B (Dept, 2nd))*"], ["Ada Example and Bo Sample"]),
        ([""], [""]),
    ],
)  # fmt: skip
def test_cells_with_people(cells: list[str], expected: list[str]) -> None:
    assert list(people(cells).cells) == expected


@pytest.mark.parametrize(
    ("cells", "doubtful"),
    [
        (["Ada Example, Bo Sample", "Cy Third, Di Fourth"], True),
        (["Garcia Lopez, Maria Jose"], True),
        (["Ada Example, Bo Sample", "Cy Third"], False),
        (["Ada Example, Bo Sample", "Cy Third, Di Fourth, Ed Quux"], False),
        (["Doe, Jane", "Garcia Lopez, Maria Jose", "Smith, J. A."], False),
        (["Garcia Lopez, Maria Jose; Doe, Jane"], False),
        (["Garcia Lopez, Maria Jose and Doe, Jane", "Doe, Jane"], False),
        (["Jane Doe, University of Nowhere"], False),
    ],
)
def test_commas_that_may_mean_two_things_stop_the_run(tmp_path: Path, cells: list[str], doubtful: bool) -> None:
    assert has_two_meanings(cells) == doubtful
    if doubtful:
        table = [["id", "title", "authors"], *([f"{n}", f"Title no. {n}", cell] for n, cell in enumerate(cells))]
        with pytest.raises(RosterError, match="semicolons between persons"):
            loaded(tmp_path, "r.csv", csv_bytes(table))


def test_a_doubtful_y_is_named() -> None:
    assert people(["Santiago Ramón y Cajal Pérez"]).problems
    assert not people(["José Ortega y Gasset", "Juan Pérez, Ana López y María Ruiz"]).problems


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["7/10/2025", "7/13/2025"], ["2025-07-10", "2025-07-13"]),
        (["7/10/2025", "13/7/2025"], ["2025-10-07", "2025-07-13"]),
        (["7.10.2025"], ["2025-10-07"]),
        (["7/7/2025", "8/7/2025"], ["2025-07-07", ""]),
        (["7/10/2025", "2025-07-11"], ["", "2025-07-11"]),
        (["13/7/2025", "7/13/2025"], ["", ""]),
        (["2025-07-13", "soon"], ["2025-07-13", "soon"]),
        (["1-Nov-26", "2-nov.-26", "3 Nov 2026"], ["2026-11-01", "2026-11-02", "2026-11-03"]),
        (["1-Mai-26", "2 de mayo de 2026"], ["2026-05-01", "2026-05-02"]),
        (["46327", "46328.75"], ["2026-11-01", "2026-11-02"]),
        (["2026-11-01", "46328", "3-Nov-26"], ["2026-11-01", "2026-11-02", "2026-11-03"]),
        (["01.11.26", "2.11.26"], ["2026-11-01", "2026-11-02"]),
        (["11/01/26", "11/13/26"], ["2026-11-01", "2026-11-13"]),
        (["26/11/01", "26/11/02"], ["", ""]),
        (["20261101", "20261101T1030"], ["2026-11-01", "2026-11-01"]),
        (["2026. 11. 1.", "2026\ub144 11\uc6d4 2\uc77c"], ["2026-11-01", "2026-11-02"]),
        (["1793491200", "1793491200000"], ["2026-11-01", "2026-11-01"]),
        (["Nov-26", "12345", "2026-02-30", ""], ["Nov-26", "12345", "2026-02-30", ""]),
    ],
)
def test_a_column_of_dates_has_one_order(cells: list[str], expected: list[str]) -> None:
    days = days_of_column(cells)
    assert list(days.cells) == expected
    assert len(days.doubtful) == expected.count("") - cells.count("")


def dated(*cells: str, head: str = "accepted") -> list[list[str]]:
    names = ["Ada Example; Bo Sample", "Cy Third; Di Fourth", "Ed Fifth", "Fay Sixth", "Gus Seventh"]
    rows = [[f"k{n}", f"On {name}", name, cell] for n, (name, cell) in enumerate(zip(names, cells, strict=False))]
    return [["key", "title", "authors", head], *rows]


@pytest.mark.parametrize(
    ("cells", "head", "says"),
    [
        (("1-Nov-26", "46328"), "Accepted", ""),
        (("3/4/26", "5/4/26"), "accepted", "two meanings"),
        (("TBD", "soon"), "accepted", "'accepted' .TBD. is mostly no day"),
        (("2026-11-01", "2026-11-02"), "Notified of it", "accepted=Notified of it"),
        (("2026-11-01", "TBD"), "accepted", "'accepted' of 'k1' is no date .TBD."),
    ],
)
def test_no_column_of_days_is_dropped_in_silence(tmp_path: Path, cells: tuple[str, ...], head: str, says: str) -> None:
    roster = loaded(tmp_path, "r.csv", csv_bytes(dated(*cells, head=head)))
    if not says:
        assert [a.accepted for a in roster.articles] == [date(2026, 11, 1), date(2026, 11, 2)]
        assert not roster.problems
    else:
        (problem,) = roster.problems
        assert re.search(says, problem)


def merged_xlsx(rows: list[list[str]], *areas: str) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([cell or None for cell in row])
    for area in areas:
        book.active.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


ROW_EACH = [
    ["key", "title", "author"],
    ["a31", "On tests", "Example, Ada"],
    ["", "", "Sample, Bo"],
    ["", "", "Third, Cy"],
    ["b31", "On others", "Fourth, Di"],
]


def as_spreadsheet_ml(rows: list[list[str]]) -> bytes:
    plain = spreadsheet_ml_bytes({"S": rows})
    down = b'<Cell ss:Index="%d" ss:MergeDown="2">'
    for place, cell in ((1, b"a31"), (2, b"On tests")):
        held = b'<Cell ss:Index="%d"><Data ss:Type="String">%s' % (place, cell)
        plain = plain.replace(held, held.replace(b'<Cell ss:Index="%d">' % place, down % place))
    return plain


def as_ods(rows: list[list[str]]) -> bytes:
    data = io.BytesIO(ods_bytes({"S": rows}))
    out = io.BytesIO()
    with zipfile.ZipFile(data) as given, zipfile.ZipFile(out, "w") as made:
        for entry in given.infolist():
            held = given.read(entry)
            for cell in (b"a31", b"On tests"):
                bare = b'<table:table-cell office:value-type="string"><text:p>%s<' % cell
                held = held.replace(bare, bare.replace(b"-cell ", b'-cell table:number-rows-spanned="3" '))
            made.writestr(entry, held)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("r.xlsx", merged_xlsx(ROW_EACH, "A2:A4", "B2:B4")),
        ("r.xml", as_spreadsheet_ml(ROW_EACH)),
        ("r.ods", as_ods(ROW_EACH)),
        ("r.csv", csv_bytes(ROW_EACH)),
    ],
)
def test_cells_merged_downwards_belong_to_all_their_rows(tmp_path: Path, name: str, data: bytes) -> None:
    roster = loaded(tmp_path, name, data)
    assert [(a.key, a.authors) for a in roster.articles] == [
        ("a31", ("Ada Example", "Bo Sample", "Cy Third")),
        ("b31", ("Di Fourth",)),
    ]
    assert bool(roster.problems) == (name == "r.csv")


WIDE = [
    ["key", "title", "authors", "", "email"],
    ["a31", "On tests at length", "Ada Example", "Bo Sample", "a@x.org"],
    ["b31", "On others at length", "Cy Third", "", "c@x.org"],
]


def wide_ods() -> bytes:
    data, out = io.BytesIO(ods_bytes({"S": WIDE})), io.BytesIO()
    bare = b'<table:table-cell office:value-type="string"><text:p>authors<'
    with zipfile.ZipFile(data) as given, zipfile.ZipFile(out, "w") as made:
        for entry in given.infolist():
            spanned = bare.replace(b"-cell ", b'-cell table:number-columns-spanned="2" ')
            made.writestr(entry, given.read(entry).replace(bare, spanned))
    return out.getvalue()


def wide_spreadsheet_ml() -> bytes:
    bare = b'<Cell ss:Index="3"><Data ss:Type="String">authors'
    return spreadsheet_ml_bytes({"S": WIDE}).replace(bare, bare.replace(b'"3"', b'"3" ss:MergeAcross="1"'))


@pytest.mark.parametrize(
    ("name", "data"),
    [("r.xlsx", merged_xlsx(WIDE, "C1:D1")), ("r.ods", wide_ods()), ("r.xml", wide_spreadsheet_ml())],
)
def test_a_name_merged_across_belongs_to_all_its_columns(tmp_path: Path, name: str, data: bytes) -> None:
    roster = loaded(tmp_path, name, data)
    assert [a.authors for a in roster.articles] == [("Ada Example", "Bo Sample"), ("Cy Third",)]
    assert [a.emails for a in roster.articles] == [("a@x.org",), ("c@x.org",)]


@pytest.mark.parametrize("below", [("first", "second"), ("Author 1", "Author 2"), ("Given name", "Family name")])
def test_names_of_columns_may_take_two_rows(tmp_path: Path, below: tuple[str, str]) -> None:
    parted = below[0] == "Given name"
    rows = [
        ["key", "title", "author", ""],
        ["", "", *below],
        ["a31", "On tests at length", *(("Ada", "Example") if parted else ("Ada Example", "Bo Sample"))],
        ["b31", "On others at length", *(("Cy", "Third") if parted else ("Cy Third", ""))],
    ]
    roster = loaded(tmp_path, "r.xlsx", merged_xlsx(rows, "A1:A2", "B1:B2", "C1:D1"))
    assert [a.key for a in roster.articles] == ["a31", "b31"]
    assert roster.articles[0].authors == (("Ada Example",) if parted else ("Ada Example", "Bo Sample"))
    assert roster.articles[1].authors == ("Cy Third",)


def test_a_column_without_a_name_is_told(tmp_path: Path) -> None:
    roster = loaded(tmp_path, "r.csv", csv_bytes(WIDE))
    assert roster.articles[0].authors == ("Ada Example",)
    assert any("right of 'authors' (Bo Sample)" in problem for problem in roster.problems)
    counted = [["", *WIDE[0][:3]], ["0", *WIDE[1][:3]], ["1", *WIDE[2][:3]]]
    assert not loaded(tmp_path, "r.csv", csv_bytes(counted)).problems


def far_ods() -> bytes:
    far = (
        '<table:table-row table:number-rows-repeated="1048000"/><table:table-row><table:table-cell '
        'table:number-columns-repeated="16383"/><table:table-cell office:value-type="string"><text:p>x</text:p>'
        "</table:table-cell></table:table-row></table:table>"
    )
    data, out = io.BytesIO(ods_bytes({"S": ROW_EACH})), io.BytesIO()
    with zipfile.ZipFile(data) as given, zipfile.ZipFile(out, "w") as made:
        for entry in given.infolist():
            made.writestr(entry, given.read(entry).replace(b"</table:table>", far.encode()))
    return out.getvalue()


def far_xlsx() -> bytes:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(merged_xlsx(ROW_EACH)))
    book.active["XFD1048576"] = "x"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("name", "data"), [("r.xlsx", far_xlsx()), ("r.ods", far_ods())])
def test_a_cell_in_the_last_corner_takes_no_memory(tmp_path: Path, name: str, data: bytes) -> None:
    roster = loaded(tmp_path, name, data)
    assert [a.key for a in roster.articles] == ["a31", "b31"]


def test_a_binary_workbook_with_a_cell_in_the_last_corner_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        extent = b"\x94\x01\x10" + b"".join(n.to_bytes(4, "little") for n in (0, 1048575, 0, 16383))
        archive.writestr("xl/worksheets/sheet1.bin", b"\x81\x01\x00" + extent)
    with pytest.raises(RosterError, match="far from its list"):
        loaded(tmp_path, "r.xlsb", out.getvalue())


def test_an_old_workbook_with_a_cell_in_the_last_corner_is_refused(tmp_path: Path) -> None:
    rows = [["key", "title", "authors"], ["a31", "On tests", "Ada Example"], ["b31", "On others", "Cy Third"]]
    cells = {(r, c): text for r, row in enumerate(rows) for c, text in enumerate(row)}
    roster = loaded(tmp_path, "r.xls", xls_bytes({**cells, (300, 40): "a note"}))
    assert [article.key for article in roster.articles][:2] == ["a31", "b31"]
    with pytest.raises(RosterError, match="far from its list"):
        loaded(tmp_path, "r.xls", xls_bytes({**cells, (65535, 255): "x"}))


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_html_in_cells_is_what_a_reader_sees(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["key", "title", "authors"],
        ["a31", "Caf&eacute;s &amp; CO<sub>2</sub>", "M&uuml;ller, J&#246;rg; O&#39;Neil, Bo"],
        ["b31", "AT&T; or &amp;quot;x&amp;quot;", "K&#xe4;th, Di"],
    ]
    text = "\n".join(delimiter.join(f'"{cell}"' if delimiter in cell and delimiter == "," else cell for cell in row)
                     for row in rows)  # fmt: skip
    if delimiter == ";":
        text = text.replace("&#246;rg; O", "&#246;rg and O").replace("AT&T; or", "AT&T or")
    roster = loaded(tmp_path, "r.csv", text.encode())
    assert [a.authors for a in roster.articles] == [("J\u00f6rg M\u00fcller", "Bo O'Neil"), ("Di K\u00e4th",)]
    assert roster.articles[0].title == "Caf\u00e9s & CO2"
    assert roster.articles[1].title.endswith('or "x"')


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text(max_size=20), max_size=6), max_size=8), st.sampled_from(["csv", "xlsx", "ml"]))
def test_any_table_gives_a_roster_or_a_refusal(tmp_path: Path, rows: list[list[str]], kind: str) -> None:
    from hypothesis import assume

    clean = [["".join(c for c in cell if c.isprintable()) for cell in row] for row in rows]
    assume(any(any(row) for row in clean))
    table = [["id", "title", "authors"], *clean]
    make: Mapping[str, Callable[[Rows], bytes]] = {
        "csv": csv_bytes,
        "xlsx": lambda t: xlsx_bytes({"S": t}),
        "ml": lambda t: spreadsheet_ml_bytes({"S": t}),
    }
    try:
        assert loaded(tmp_path, f"r.{kind}", make[kind](table)).articles
    except RosterError as refused:
        assert str(refused)


@pytest.mark.parametrize("data", [b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0" + bytes(600), b"<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'><Row>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><W xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>"])  # fmt: skip  # noqa: E501
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(RosterError, match="save"):
        loaded(tmp_path, "r.xlsx", data)


def test_at_a_terminal_the_user_is_asked(tmp_path: Path) -> None:
    table = [["id", "Title A", "People"], *([key, title, "; ".join(names)] for key, title, names in ARTICLES)]
    (tmp_path / "r.csv").write_bytes(csv_bytes([*table[:1], *table[1:]]))
    options = RunOptions(roster=tmp_path / "r.csv")
    answers = iter(["99", "2", "3"])

    def work(told: RunOptions) -> Roster:
        assert told.roster is not None
        return load_roster(told.roster, columns=told.column)

    roster, known = asked_for_columns(work, options, True, lambda _: next(answers))
    assert as_read(roster) == ARTICLES and known.column == ("title=Title A", "authors=People")
    for may_ask, answer in ((False, "1"), (True, "")):
        with pytest.raises(ColumnsUnclear):
            asked_for_columns(work, options, may_ask, lambda _, said=answer: said)  # type: ignore[misc]


@pytest.mark.parametrize("as_dates", [True, False])
def test_days_of_a_workbook_that_counts_from_1904(tmp_path: Path, as_dates: bool) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.append(["Paper ID", "Title", "Authors", "Accepted"])
    day = date(2026, 9, 14)
    sheet.append(["46644", "Folding maps", "Ada Example", day if as_dates else (day - date(1904, 1, 1)).days])
    path = tmp_path / "r.xlsx"
    book.save(path)
    (article,) = load_roster(path).articles
    assert article.accepted == day
    assert article.key == "46644", "a number that is no day is left as it is"


@pytest.mark.parametrize("from_1904", [False, True])
def test_days_of_an_old_workbook_that_counts_from_1904(tmp_path: Path, from_1904: bool) -> None:
    day = date(2026, 9, 14)
    count = (day - (date(1904, 1, 1) if from_1904 else date(1899, 12, 30))).days
    rows = [["key", "title", "authors", "accepted"], ["a31", "On tests", "Ada Example", str(count)]]
    cells = {(r, c): text for r, row in enumerate(rows) for c, text in enumerate(row)}
    (article,) = loaded(tmp_path, "r.xls", xls_bytes(cells, from_1904)).articles
    assert article.accepted == day


@pytest.mark.parametrize("flags", [0x0, 0x1, 0x10, 0x11])
def test_a_binary_workbook_says_from_when_it_counts(flags: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.bin", b"\x83\x01\x00\x99\x01\x0c" + flags.to_bytes(4, "little") + bytes(8))
    assert workbooks._is_from_1904(out.getvalue()) == bool(flags & 1)


def test_a_row_with_more_cells_than_names_is_told(tmp_path: Path) -> None:
    data = b"key,title,authors\nk0,On tests,Ada Example,Bo Sample\nk1,On others,Cy Third\nk2,On more,Di Fourth\n"
    roster = loaded(tmp_path, "r.csv", data)
    assert roster.articles[0].authors == ("Ada Example",)
    assert [problem for problem in roster.problems if problem.startswith("Row 2 has more cells")]


def test_cells_written_so_that_excel_leaves_them_alone(tmp_path: Path) -> None:
    data = b'key,title,authors,accepted\n="k0",="On tests",="Ada Example",="2026-11-01"\n'
    (article,) = loaded(tmp_path, "r.csv", data).articles
    assert (article.key, article.title, article.accepted) == ("k0", "On tests", date(2026, 11, 1))


def test_cells_with_an_error_are_named(tmp_path: Path) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("key", "title", "authors", "accepted"))
        sheet.write_row(1, 0, ("a31", "On tests", "Ada Example"))
        sheet.write_formula(1, 3, "=NA()", None, "#N/A")
    roster = loaded(tmp_path, "r.xlsx", out.getvalue())
    assert roster.articles[0].accepted is None
    assert roster.problems == ("Cells hold an error in place of a value and were taken for empty: D2.",)


def test_a_column_whose_name_has_two_lines_is_named_in_one(tmp_path: Path) -> None:
    table = dated("2026-11-01", "2026-11-02", head="Accepted\n(date)")
    assert all("\n" not in problem for problem in loaded(tmp_path, "r.csv", csv_bytes(table)).problems)
    told = loaded(tmp_path, "r.csv", csv_bytes(table), "accepted=Accepted (date)")
    assert [article.accepted for article in told.articles] == [date(2026, 11, 1), date(2026, 11, 2)]


def test_of_two_columns_of_one_name_one_is_to_be_renamed(tmp_path: Path) -> None:
    table = [["key", "key", "title", "authors"], ["a", "b", "On tests", "Ada Example"]]
    for told in ((), ("key=key",)):
        with pytest.raises(RosterError, match="rename all but one"):
            loaded(tmp_path, "r.csv", csv_bytes(table), *told)


def test_days_that_a_spreadsheet_program_was_told_to_keep_as_text() -> None:
    assert days_of_column(["'01.11.2026", "'13.11.2026", "'46340"]).cells == ("2026-11-01", "2026-11-13", "2026-11-14")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("language", "names"), [("en", "Zoë Müller"), ("zh", "张三")])
def test_utf_16_that_does_not_state_its_byte_order(tmp_path: Path, encoding: str, language: str, names: str) -> None:
    table = [list(HEADS[language]), ["7", "Folding maps" if language == "en" else "折叠地图", names, ""]]
    roster = loaded(tmp_path, "r.csv", csv_bytes(table, encoding=encoding))
    assert [(article.key, article.authors) for article in roster.articles] == [("7", (names,))]

"""Rosters as editors have them: tidy, untidy, broken, and no rosters at all."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.datamodel.errors import CountersignError, RosterError
from pipeline.datamodel.latex import plain_text
from pipeline.datamodel.records import Roster
from pipeline.names.author_lists import author_list
from pipeline.roster.reader import load_roster, mark_states

PROCEEDINGS = """
@string{conf = "Conference on Testing"}
@Proceedings{CONF-2031, name = conf, volume = {900}, year = {2031},
  start = {2031-11-18}, end = {2031-11-20}, published = {2031-10-02}}
"""
Parsed = Callable[..., Roster]


def entry(key: str, author: str = "Ada Example and Bo Sample", title: str = "On tests", more: str = "") -> str:
    return f"@InProceedings{{{key}, title = {{{title}}}, author = {{{author}}}{more}}}\n"


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    """The roster in a file of this text and name."""
    folder = tmp_path_factory.mktemp("rosters")

    def load(text: str, name: str = "r.bib") -> Roster:
        (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        return load_roster(folder / name)

    return load


def names(field: str, family_first: bool = True) -> tuple[str, ...]:
    return author_list(field, family_first).names


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"Exempl{\'a}rov{\'a}", "Exemplárová"),
        (r"Sigr{\'\i}\dh", "Sigríð"),
        (r"Fran\c{c}oise G\"obel", "Françoise Göbel"),
        (r"Vi{\d{\^e}}t m{\~{\^e}}n", "Việt mễn"),
        (r"{\L}ukasz \O{}ystein \ss", "Łukasz Øystein ß"),
        (r"Mei{-}Lan", "Mei-Lan"),
        (r"Fast $k$-means with $\delta$-trees", "Fast k-means with δ-trees"),
        (r"$\mathcal{G}$-invariant {B}ayes", "G-invariant Bayes"),
        (r"\textsc{atlas}: \emph{to}wards \texttt{code}", "atlas: towards code"),
        ("100% of R&D #1", "100% of R&D #1"),
        ("100\\% of R\\&D", "100% of R&D"),
        ("two\n   lines~here", "two lines here"),
        ("unbalanced { brace", "unbalanced brace"),
        ("plain", "plain"),
        (r"\href{https://x.org/a_b%20c#d}{Tool}: \textsf{a} \textsl{b} \textup{c} \mbox{D-E}", "Tool: a b c D-E"),
        (r"Words\footnote{Seen at {\em X}} on\thanks{us} $\sqrt{n}$ and $\frac{1}{2}$", "Words on √n and 1/2"),
        (r"\sqrt", "√"),
        (r"\LaTeX{} Pro\-to{\-}types at 5\degree{} \S 7", "LaTeX Prototypes at 5° §7"),
        (r"Say \enquote*{no} to \verb|x_y| \glqq now\grqq{}", "Say no to x_y „now“"),
        (r"\texorpdfstring{$\alpha$-{S}table}{alpha} 2\textsuperscript{nd} \ensuremath{\beta}", "alpha 2nd β"),
        (r"{\fontencoding{T5}\selectfont Nguy\~{\ecircumflex}n V{\abreve}n Th\'{\uhorn}}", "Nguyễn Văn Thứ"),
        (r"{\noopsort{Aaa}}Later {\ding{51}}\textbackslash", "Later \\"),
        (r"\textsf", ""),
        (r"\frac \href{u}", "u"),
        (r"\ourmodel{Net}: \foo a\\b", "Net: a b"),
        (r"\citep{x} \label{y}z", "z"),
        (r"{\sf Flat}Net \textcolor{red}{in} \raisebox{1pt}{red}", "FlatNet in red"),
        ("M&uuml;ller &amp; AT&amp;T; &nosuch;", "Müller & AT&T; &nosuch;"),
        (r"``q'' --- -{}-", "“q” — --"),
    ],
)
def test_latex_becomes_readable_text(latex: str, text: str) -> None:
    assert plain_text(latex) == text


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("Example, Ada and Bo Sample", ("Ada Example", "Bo Sample")),
        ("da Sample, Ana J d E", ("Ana J d E da Sample",)),
        ("Exampledottir, Sigr\\'i\\dh", ("Sigríð Exampledottir",)),
        ("van der Berg, L. J. P. and Jan {van der Berg}", ("L. J. P. van der Berg", "Jan van der Berg")),
        ("King, Jr., Martin and Martin Prince, Jr.", ("Martin King Jr.", "Martin Prince Jr.")),
        ("Vega Sample, Rosa and Jo Low", ("Rosa Vega Sample", "Jo Low")),
        ("Ada Example, Bo Sample and Cy Third", ("Ada Example", "Bo Sample", "Cy Third")),
        ("Ada Example, Bo Sample, and Cy D. Third", ("Ada Example", "Bo Sample", "Cy D. Third")),
        ("Ada Example, Bo Sample, Cy Third", ("Ada Example", "Bo Sample", "Cy Third")),
        ("Example, Ada, Sample, Bo", ("Ada Example", "Bo Sample")),
        ("Example, A., and Sample, B. C.", ("A. Example", "B. C. Sample")),
        ("Ada Example; Bo Sample & Cy Third \\& Di Fourth", ("Ada Example", "Bo Sample", "Cy Third", "Di Fourth")),
        ("Example, Ada adn Sample, Bo AND Third, Cy and", ("Ada Example", "Bo Sample", "Cy Third")),
        (r"Example, Ada \and Sample, Bo\AND Third, Cy", ("Ada Example", "Bo Sample", "Cy Third")),
        ("Ada Example and and Bo Sample", ("Ada Example", "Bo Sample")),
        ("{Barnes and Noble} and Ada Example", ("Barnes and Noble", "Ada Example")),
        ("Ada Example$^{1,2}$ and Bo Sample\\thanks{Equal}* <bo@sample.org>", ("Ada Example", "Bo Sample")),
        ("Anderson, Wand and Band Anand", ("Wand Anderson", "Band Anand")),
        ("P S Single and Mononym", ("P S Single", "Mononym")),
        ("  ", ()),
        ("Ada Example et al.", ("Ada Example",)),
        ("Example, Ada and {others}", ("Ada Example",)),
        ("Ada Example, Bo Sample, Cy Third, et~al.", ("Ada Example", "Bo Sample", "Cy Third")),
        ("others", ()),
        ("family=Berg, given={Jan Piet}, prefix=van der and given=Mononym", ("Jan Piet van der Berg", "Mononym")),
        ("family={D{\\'\\i}az}, given=Jos\\'{e}, suffix=Jr., given-i=J and Low, Jo", ("José Díaz Jr.", "Jo Low")),
        ("Example, Ada % presents it\n  and Sample, Bo %% and Nobody, At All", ("Ada Example", "Bo Sample")),
        ("M&uuml;ller, Bo and Cy Third", ("Bo Müller", "Cy Third")),
        ("Ada Example\nand\tBo Sample", ("Ada Example", "Bo Sample")),
    ],
)
def test_authors_come_out_given_name_first(field: str, expected: tuple[str, ...]) -> None:
    assert names(field) == expected


def test_a_lone_pair_is_read_by_the_rosters_habit(parsed: Parsed) -> None:
    assert names("Garcia Lopez, Maria Jose", family_first=True) == ("Maria Jose Garcia Lopez",)
    assert names("Ada Example, Bo Sample", family_first=False) == ("Ada Example", "Bo Sample")
    given_first = "".join(entry(f"k{i}") for i in range(3)) + entry("pair", "Ada Example, Bo Sample")
    pair = parsed(given_first).article("pair")
    assert pair is not None and pair.authors == ("Ada Example", "Bo Sample")


def test_others_and_repeats_are_named(parsed: Parsed) -> None:
    roster = parsed(entry("a31", "Ada Example and others") + entry("b31", "Bo Sample and Bo Sample"))
    assert [a.authors for a in roster.articles] == [("Ada Example",), ("Bo Sample",)]
    assert any("'a31'" in p and "authors are missing" in p for p in roster.problems)
    assert any("'b31'" in p and "twice" in p for p in roster.problems)


def test_proceedings_give_the_volume(parsed: Parsed) -> None:
    volume = parsed(PROCEEDINGS + entry("a31")).articles[0].volume
    assert (volume.key, volume.name) == ("CONF-2031", "Conference on Testing")
    assert (volume.number, volume.year) == ("900", 2031)
    assert (volume.start, volume.end) == (date(2031, 11, 18), date(2031, 11, 20))
    assert volume.published == date(2031, 10, 2)


def test_a_stray_crossref_means_the_only_proceedings(parsed: Parsed) -> None:
    text = PROCEEDINGS + "".join(entry(k, more=", crossref = {conf31}") for k in ("a31", "b31"))
    roster = parsed(text)
    assert {a.volume.number for a in roster.articles} == {"900"}
    assert len(roster.problems) == 1 and "2 articles" in roster.problems[0] and "'conf31'" in roster.problems[0]


def test_crossref_picks_the_volume_in_any_case(tmp_path: Path) -> None:
    second = "@proceedings{OTHER-2032, name = {Other}, volume = {901}, start = {12 July 2032}}"
    articles = entry("a31", more=", crossref = {conf-2031}") + entry("b32", more=", crossref = {OTHER-2032}")
    path = tmp_path / "roster.bib"
    path.write_text(PROCEEDINGS + second + articles + entry("lost"), encoding="utf-8")
    roster = load_roster(path)
    assert [a.volume.number for a in roster.articles] == ["900", "901", ""]
    assert roster.articles[1].volume.start == date(2032, 7, 12)
    assert any("lost" in p for p in roster.problems)
    assert [a.key for a in load_roster(path, "v901").articles] == ["b32"]
    assert [a.key for a in load_roster(path, "conf-2031").articles] == ["a31"]
    with pytest.raises(RosterError, match="900, 901"):
        load_roster(path, "77")


def test_without_proceedings_the_articles_own_fields_tell_the_volume(parsed: Parsed) -> None:
    more = ", booktitle = {Proc. of Testing}, volume = {900}, year = {2031}"
    volume = parsed(entry("a31", more=more)).articles[0].volume
    assert (volume.name, volume.number, volume.year) == ("Proc. of Testing", "900", 2031)


@pytest.mark.parametrize(
    "preface",
    [
        "@inproceedings{preface, author = {Ed Itor}, section = {Preface}}",
        "@inproceedings{itor31, author = {Ed Itor}, title = {Conference on Testing: Preface}}",
        "@inproceedings{itor31, author = {Ed Itor}, title = {Preface to the Proceedings}}",
    ],
)
def test_prefaces_have_no_agreement(parsed: Parsed, preface: str) -> None:
    roster = parsed(preface + entry("a31", title="Preface-aware models"))
    assert [a.key for a in roster.articles] == ["a31"]
    assert len(roster.problems) == 1 and "preface" in roster.problems[0]


def test_bad_entries_are_named_and_the_others_kept(parsed: Parsed) -> None:
    text = (
        entry("good31")
        + "@InProceedings{open31, title = {Never closed, author = {Ada Example}\n"
        + entry("twice31", title="First")
        + entry("twice31", title="Second")
        + "@InProceedings{untitled31, author = {Ada Example}}\n"
        + "@InProceedings{anonymous31, title = {No authors}}\n"
        + "@InProceedings(round31, title = {(Parentheses)}, author = {Ada Example})\n"
        + "@InProceedings{unclosed31, title = {No brace}, author = {Ada Example}\n"
        + "@InProceedings{comma31, title = {No comma}, author = {Ada Example} year = {2031}}\n"
        + entry("Case31")
        + entry("case31")
    )
    roster = parsed(text)
    keys = ["good31", "twice31", "anonymous31", "round31", "unclosed31", "comma31", "Case31", "case31"]
    assert [a.key for a in roster.articles] == keys
    assert roster.article("twice31") == roster.articles[1] and roster.articles[1].title == "First"
    assert roster.articles[5].authors == ("Ada Example",) and roster.articles[5].volume.year == 2031
    for named in ("open31", "twice31", "untitled31", "anonymous31", "unclosed31", "Case31"):
        assert sum(named in p for p in roster.problems) == 1, (named, roster.problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@string{ada = "Example, Ada"}@string{ML = { on Tests}}\n'
         '@x{k, title = "Part" # ML, author = ADA # " and " # {Bo Sample}}',
         ("Part on Tests", ("Ada Example", "Bo Sample"))),
        ('@x{k, title = "A {"}b{"} c", author = (Ada)}\n@x{k, title = 20 # "31", author = {Ada Example}}',
         ("2031", ("Ada Example",))),
        ("@x{k, % a note\n title = {100% sure}, % another, with = {brace\n"
         " % author = {No One},\n author = {Ada Example}}",
         ("100% sure", ("Ada Example",))),
        ("% @x{gone, title={A}}\n@comment{@x{gone, title={A}}}\n@comment\n"
         "@ in-proc\n {k\n, title = {T}\n, author = {Ada Example}\n}",
         ("T", ("Ada Example",))),
        ("@x(k, title = {T (1)}, author = {Ada Example}, year = 2031-01-02)", ("T (1)", ("Ada Example",))),
        ("% a note\r@x{k, % b\r title = {T}, author = {Ada Example}}\r", ("T", ("Ada Example",))),
        ("@x{k, title = {T}, author = ada}@string{ada = {Ada Example}}", ("T", ("Ada Example",))),
        ("@x{k, abstract = {\n@inproceedings{x,\n title = {No}}}, title = {T}, author = {Ada Example}}",
         ("T", ("Ada Example",))),
    ],
)  # fmt: skip
def test_bibtex_is_read_as_biber_reads_it(parsed: Parsed, text: str, expected: tuple[str, tuple[str, ...]]) -> None:
    (article,) = parsed(text).articles
    assert (article.key, article.title, article.authors) == ("k", *expected)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("@x{k31, title = {T}, author = nobody # {, Ada}}", "'nobody', which no @string defines"),
        ("\n\n@x{k31, title = {T} author {Ada}}", "line 4 .*k31.* can't be read"),
        ("@x{title = {T}, author = {Ada Example}}", "line 2 has no key"),
        ("\n@x[k31, title = {T}]", "line 3 .*can't be read"),
        ("@x{k31, title = {T}, author = {Ada}, title = {U}}", "'k31' .line 2. gives title twice"),
        ("@x{k31, title = {T}, author = {Ada Example}\n", "'k31' .line 2. is not closed"),
    ],
)
def test_what_of_bibtex_cant_be_read_is_named_with_its_line(parsed: Parsed, text: str, says: str) -> None:
    roster = parsed(entry("good31") + text + "\n" + entry("last31"))
    assert {"good31", "last31"} <= {a.key for a in roster.articles}
    (problem,) = [p for p in roster.problems if "no authors" not in p]
    assert re.search(says, problem)


def test_bibers_own_fields_and_entries(parsed: Parsed) -> None:
    entries = "@xdata{x, publisher={P}}\n@set{s, entryset={a31,b31}}\n"
    entries += (
        "@inproceedings{a31, title={Main Title:}, subtitle={And More}, author={Low, Jo}, date={2026-10-01/2026-10-03}}"
    )
    roster = parsed(entries)
    (article,) = roster.articles
    assert (article.title, article.submitted) == ("Main Title: And More", date(2026, 10, 1))
    assert not roster.problems


def test_macros_of_macros_stay_short(parsed: Parsed) -> None:
    bomb = "@string{a0 = {ten chars!}}" + "".join(
        f"@string{{a{n + 1} = {' # '.join([f'a{n}'] * 9)}}}" for n in range(20)
    )
    assert [a.key for a in parsed(bomb + "@x{k, title = a20, author = {A B}}" + entry("a31")).articles] == ["a31"]


def test_an_entry_that_trips_the_program_up_costs_itself(parsed: Parsed, monkeypatch: pytest.MonkeyPatch) -> None:
    def trips(field: str, family_first: bool = True) -> object:
        if "Trip" in field:
            raise KeyError("2")
        return author_list(field, family_first)

    monkeypatch.setattr("pipeline.roster.reader.author_list", trips)
    roster = parsed(entry("bad31", "Trip Up") + entry("a31"))
    assert [a.key for a in roster.articles] == ["a31"]
    assert len(roster.problems) == 1 and "'bad31' (line 1)" in roster.problems[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_as_roster_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "roster.bib")
    with pytest.raises(RosterError, match="is a pipe"):
        load_roster(tmp_path / "roster.bib")


def test_more_articles_than_any_volume_has_are_refused(parsed: Parsed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.roster.reader.MAX_ARTICLES", 3)
    with pytest.raises(RosterError, match="4 articles"):
        parsed("".join(entry(f"k{n}") for n in range(4)))


def test_article_dates_and_addresses(parsed: Parsed) -> None:
    more = ", submitted = {2031-02-03}, accepted = {5 May 2031}, emails = {ada@example.org; bo@example.org}"
    article = parsed(entry("a31", more=more)).articles[0]
    assert (article.submitted, article.accepted) == (date(2031, 2, 3), date(2031, 5, 5))
    assert article.emails == ("ada@example.org", "bo@example.org")


@pytest.mark.parametrize("written", ["03/04/2031", "soon", "2031-13-40", "May"])
def test_a_date_that_is_none_is_named_not_guessed(parsed: Parsed, written: str) -> None:
    roster = parsed(entry("a31", more=f", submitted = {{{written}}}"))
    assert roster.articles[0].submitted is None
    assert any("submitted" in p and "a31" in p for p in roster.problems)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_columns_are_found_by_name(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["Accepted", "AUTHORS", "Title", "note", "Key", "emails"],
        ["2031-05-05", '"Ada Example; Sample, Bo and Łu Third"', '"On, tests"', "x", "a31", "ada@example.org"],
        ["", "Ada Example", "Second", "", "b31", ""],
        ["", "", "", "", "", ""],
        ["", "Ada Example", "Keyless", "", "", ""],
    ]
    path = tmp_path / "roster.csv"
    path.write_text("\n".join(delimiter.join(row) for row in rows), encoding="utf-8-sig")
    roster = load_roster(path)
    assert [a.key for a in roster.articles] == ["a31", "b31"]
    first = roster.articles[0]
    assert (first.title, first.authors) == ("On, tests", ("Ada Example", "Bo Sample", "Łu Third"))
    assert (first.accepted, first.emails) == (date(2031, 5, 5), ("ada@example.org",))
    assert any("line 5" in p and "no key" in p for p in roster.problems)


def test_csv_without_a_needed_column_says_which(parsed: Parsed) -> None:
    with pytest.raises(RosterError, match="no column authors"):
        parsed("key,title\na,b\n", "r.csv")


def test_files_in_other_encodings(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16", "cp1252"):
        path = tmp_path / f"{encoding}.bib"
        path.write_bytes(entry("a31", "Zoë Exämple").encode(encoding))
        assert load_roster(path).articles[0].authors == ("Zoë Exämple",)


@pytest.mark.parametrize("data", [b"", b"Dear editor, enclosed please find", b"%PDF-1.5\0\0\1", b"@comment{nothing}"])
def test_what_is_no_roster_is_refused_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "roster.bib"
    path.write_bytes(data)
    with pytest.raises(RosterError, match=r"roster\.bib .* give .*BibTeX|Give .*BibTeX") as refused:
        load_roster(path)
    assert isinstance(refused.value, CountersignError) and refused.value.exit_code == 2
    with pytest.raises(RosterError, match="no posts"):
        load_roster(tmp_path)
    with pytest.raises(RosterError, match="no file"):
        load_roster(tmp_path / "absent.bib")


def test_articles_are_marked_by_the_editors_file(parsed: Parsed) -> None:
    roster = parsed(entry("a31") + entry("B31") + entry("c31"))
    marked = mark_states(roster, {"articles": {"withdrawn": ["A31"], "excused": ["b31", "typo31"]}, "other": 1})
    assert [a.state for a in marked.articles] == ["withdrawn", "excused", "expected"]
    assert len(marked.problems) == 1 and "typo31" in marked.problems[0]
    assert mark_states(roster, {}) == roster


@pytest.mark.parametrize("config", [{"articles": ["a31"]}, {"articles": {"withdrawn": "a31"}}])
def test_a_misshapen_editors_file_is_refused(config: dict[str, object]) -> None:
    with pytest.raises(RosterError, match=r"countersign\.toml"):
        mark_states(Roster(), config)


NAME = st.sampled_from(["Ada", "Bo", "Cyprian", "Example", "Sample", "Quux", "Łu", "Zoë"])


@given(st.lists(st.tuples(NAME, NAME).filter(lambda p: p[0] != p[1]), min_size=1, max_size=6, unique=True), st.data())
def test_either_order_gives_the_same_names(people: list[tuple[str, str]], data: st.DataObject) -> None:
    orders = [data.draw(st.booleans()) for _ in people]
    written = [f"{f}, {g}" if swap else f"{g} {f}" for (g, f), swap in zip(people, orders, strict=True)]
    assert names(" and ".join(written)) == tuple(f"{g} {f}" for g, f in people)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(), st.text(alphabet='@{}(),="#\\$%&~^ \nabAkeytilor;'), st.binary().map(lambda b: b.decode("latin-1"))
    )
)
def test_any_text_gives_a_roster_or_a_refusal(parsed: Parsed, text: str) -> None:
    for body in (text, PROCEEDINGS + text, entry("a31", author=text, title=text)):
        for name in ("r.bib", "r.csv"):
            try:
                assert parsed(body, name).articles
            except RosterError as refused:
                assert str(refused)


def test_deeply_nested_braces_do_not_stop_the_run(parsed: Parsed) -> None:
    nested = "{" * 4000 + "x" + "}" * 4000
    roster = parsed(entry("deep31", title=nested) + entry("a31"))
    assert "a31" in [a.key for a in roster.articles]


# --- other files


def note(number: int, title: str, authors: list[object], two: bool, **more: object) -> dict[str, object]:
    content: dict[str, object] = {
        "title": title, "authors": authors, "authorids": ["~Ada_Example1", "bo@example.org"], "abstract": "x",
        "venueid": more.pop("venueid", "folding.org/2026/Workshop"),
    }  # fmt: skip
    held = {name: {"value": value} for name, value in content.items()} if two else content
    return {"id": f"aB{number}_x", "number": number, "content": held, "cdate": 1_776_000_000_000, **more}


@pytest.mark.parametrize("two", [False, True])
@pytest.mark.parametrize("shape", ["list", "answer", "lines"])
def test_openreviews_notes_of_both_versions(tmp_path: Path, two: bool, shape: str) -> None:
    names: list[object] = [{"fullname": "Ada Example", "username": "~Ada_Example1"}, "Bo Sample"] if two else ["Ada Example", "Bo Sample"]  # fmt: skip  # noqa: E501
    notes = [
        note(7, "Learning to fold $k$ maps", names, two),
        note(8, "Rejected", names, two, venueid="folding.org/2026/Workshop/Rejected_Submission"),
        note(9, "Withdrawn", names, two, invitations=["folding.org/2026/Workshop/-/Withdrawn_Submission"]),
        {"id": "r1", "replyto": "aB7_x", "content": {"title": "Review", "review": "fine"}},
    ]
    text = {
        "list": json.dumps(notes),
        "answer": json.dumps({"notes": notes, "count": 4}, indent=1),
        "lines": "\n".join(map(json.dumps, notes)),
    }[shape]
    (tmp_path / "notes.json").write_text(text)
    roster = load_roster(tmp_path / "notes.json")
    (article,) = roster.articles
    assert (article.key, article.title, article.authors) == (
        "7",
        "Learning to fold k maps",
        ("Ada Example", "Bo Sample"),
    )
    assert (article.emails, article.submitted) == (("bo@example.org",), date(2026, 4, 12))
    assert article.ids == ("aB7_x",)
    assert len(roster.problems) == 1 and "2 submissions were rejected or withdrawn" in roster.problems[0]


@pytest.mark.parametrize(
    "text", ["{", "[1, 2]", '{"notes": "none"}', "[" * 5000, '[{"content": {"title": {"value": 3}}}]']
)
def test_json_without_submissions_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "notes.json").write_text(text)
    with pytest.raises(RosterError):
        load_roster(tmp_path / "notes.json")


POST = """---
title: 'Learning to fold: maps'
tex_title: "Learning to fold: {M}aps"
abstract: Folded <em>maps</em>.
openreview: aB7_x
id: {id}
bibtex_author: Example, Ada and M{{\\"u}}ller, Zo{{\\"e}}
author:
- given: Ada
  family: Example
- given: Zoë
  family: Müller
date: 2026-07-08
container-title: Workshop on Folding
volume: '931'
issued:
  date-parts:
  - 2026
---
"""
CONFIG = """---
booktitle: Workshop on Folding
volume: '931'
year: '2026'
start: 2026-06-01
end: 2026-06-02
published: 2026-07-08
id: FOLD2026
"""


def test_pmlrs_posts(tmp_path: Path) -> None:
    posts = tmp_path / "v931" / "_posts"
    posts.mkdir(parents=True)
    for key in ("example26a", "example26b"):
        (posts / f"2026-07-08-{key}.md").write_text(POST.replace("{id}", key).replace("{M}", "M"))
    (posts / "2026-07-08-broken.md").write_text("---\ntitle: [\n---\n")
    (posts / "README.md").write_text("about")
    without = load_roster(posts)
    assert [a.key for a in without.articles] == ["example26a", "example26b"]
    assert without.articles[0].authors == ("Ada Example", "Zoë Müller")
    assert without.articles[0].title == "Learning to fold: Maps"
    assert (without.articles[0].volume.number, without.articles[0].volume.published) == ("931", date(2026, 7, 8))
    assert any("broken" in problem for problem in without.problems)
    (tmp_path / "v931" / "_config.yml").write_text(CONFIG)
    for path in (posts, tmp_path / "v931"):
        volume = load_roster(path, "v931").articles[0].volume
        assert (volume.key, volume.start, volume.published) == ("FOLD2026", date(2026, 6, 1), date(2026, 7, 8))
    (one,) = load_roster(posts / "2026-07-08-example26a.md").articles
    assert one.key == "example26a" and one.volume.number == "931"
    (posts / "bomb.md").write_text("---\na: &a [x, x]\n" + "".join(f"b{n}: [*a, *a]\n" for n in range(9)) + "---\n")
    assert len(load_roster(posts).articles) == 2


@pytest.mark.parametrize(
    "title", ["1:1:", "'1:1:'", "On", "12:30:45", "2031-01-02", "0x_", "Tests: a study", "A: B: C"]
)
def test_a_post_may_be_titled_like_a_number_or_a_truth(tmp_path: Path, title: str) -> None:
    text = f"---\ntitle: {title}\nid: a31\nauthor:\n- given: Ada\n  family: Example\n---\n"
    (tmp_path / "2031-01-02-a31.md").write_text(text, encoding="utf-8")
    (article,) = load_roster(tmp_path).articles
    assert (article.title, article.authors) == (title.strip("'"), ("Ada Example",))

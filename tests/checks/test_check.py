from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.checks.check import RULES, Item, check_batch, check_return
from pipeline.checks.check_context import CheckContext
from pipeline.checks.flags import FLAGS, NOT_READ, ORDER
from pipeline.datamodel.records import (
    Alteration,
    Article,
    Box,
    Candidate,
    Certificate,
    ExtraField,
    FieldReading,
    LineReading,
    Observation,
    Problem,
    Resolution,
    Roster,
    Settings,
    SignatureReading,
    Source,
    Transcript,
    Volume,
)
from pipeline.dates.limits import signing_limits
from pipeline.decisions.questions import FIELDS, objections
from pipeline.extraction.page_fingerprint import page_fingerprint
from pipeline.forms.form import form_called
from pipeline.forms.reader import load_forms
from pipeline.resolution.thresholds import thresholds
from pipeline.settings import run_options

TODAY = date(2026, 3, 1)
SETTINGS = Settings(today=TODAY)
VOLUME = Volume("ICML-2025", "International Conference on Machine Learning", "267", 2025, published=date(2025, 10, 6))
ARTICLE = Article("sun25l", "Flat Quantization", ("Yuxuan Sun", "Haoli Bai"), VOLUME)
OTHER = Article("park25a", "Deep Forests", ("Minseo Park",), VOLUME)
ROSTER = Roster((ARTICLE, OTHER))
FORMS = load_forms()
BOX = Box(0.1, 0.1, 0.5, 0.2)


def line(text: str) -> LineReading:
    return LineReading(text, 1.0, "text_layer", "typed", 1, BOX)


def field(text: str) -> FieldReading:
    return FieldReading((line(text),), "typed", 1, BOX)


GOOD = Observation(
    pages=2,
    form="pmlr",
    title=field("Flat Quantization"),
    name=field("Haoli Bai"),
    signature=SignatureReading("handwritten", 0.99),
    date=field("6 June 2025"),
)
FOUND = Resolution(
    article="sun25l",
    article_confidence=0.99,
    authors=("Haoli Bai",),
    author_confidence=0.99,
    day=date(2025, 6, 6),
    date_confidence=0.99,
)


def context(observation: Observation = GOOD, found: Resolution = FOUND, settings: Settings = SETTINGS) -> CheckContext:
    least, form = thresholds(settings.risk), form_called(FORMS, observation.form)
    return CheckContext(observation, found, ROSTER.article(found.article), settings, least, form)


def codes(a_case: CheckContext) -> list[str]:
    return [flag.code for flag in check_return(a_case)]


def sentence(a_case: CheckContext, code: str) -> str:
    return next(flag.sentence for flag in check_return(a_case) if flag.code == code)


def dated(day: date) -> Resolution:
    return replace(FOUND, day=day)


def seen(**changes: object) -> Observation:
    return replace(GOOD, **changes)  # type: ignore[arg-type]


def understood(**changes: object) -> Resolution:
    return replace(FOUND, **changes)  # type: ignore[arg-type]


NOWHERE = SignatureReading("none", 0.01)
CERTIFICATE = Certificate("Haoli Bai", date(2025, 6, 6), True, True, False, "")
STRUCK = Alteration("struck", "within one year", "", 2, BOX, 0.9)

EMAIL = ExtraField("email", "text", "E-mail:", True, 1)

HITS: dict[str, list[CheckContext]] = {
    "wrong_form": [context(seen(form="")), context(Observation(pages=9), Resolution())],
    "page_missing": [context(seen(missing_pages=(1,)))],
    "form_altered": [context(seen(alterations=(STRUCK,)))],
    "unsigned": [context(seen(signature=NOWHERE))],
    "undated": [context(seen(date=FieldReading()), understood(day=None))],
    "title_missing": [context(seen(title=FieldReading()), understood(article=""))],
    "name_missing": [context(seen(name=FieldReading()), understood(authors=()))],
    "field_missing": [
        context(seen(extra_fields=(EMAIL, replace(EMAIL, name="orcid", label="ORCID:", required=False))))
    ],
    "title_not_in_roster": [context(found=understood(article=""))],
    "title_differs": [context(found=understood(title_difference='without "flat"'))],
    "name_not_an_author": [context(found=understood(authors=()))],
    "signer_not_an_author": [context(found=understood(unrecognized_signer="Zhang Zhongang"))],
    "signer_differs": [context(found=understood(signers=("Yuxuan Sun",), signer_confidence=0.99))],
    "signed_elsewhere": [
        context(seen(signature=NOWHERE, block_name=replace(field("H~bui"), kind="handwritten"))),
    ],
    "several_names": [context(found=understood(authors=ARTICLE.authors))],
    "several_signers": [context(found=understood(signers=ARTICLE.authors))],
    "signature_typed": [context(seen(signature=SignatureReading("typed", 0.99, lines=(line("Haoli Bai"),))))],
    "signature_script_font": [
        context(seen(signature=SignatureReading("script_font", 0.99, lines=(line("Haoli Bai"),)))),
        context(seen(signature=SignatureReading("script_font", 0.99))),
    ],
    "signature_invalid": [
        context(seen(certificates=(replace(CERTIFICATE, intact=False),))),
        context(seen(certificates=(CERTIFICATE, replace(CERTIFICATE, covers_file=False)))),
    ],
    "date_unreadable": [
        context(found=understood(day=None)),
        context(seen(date=FieldReading(kind="handwritten", page=2)), understood(day=None)),
    ],
    "date_ambiguous": [
        context(
            found=understood(
                day=date(2025, 6, 5),
                date_order="ambiguous",
                date_confidence=0.55,
                date_candidates=(
                    Candidate("2025-06-05", "5 June 2025", 0.55),
                    Candidate("2025-05-06", "6 May 2025", 0.43),
                ),
            )
        )
    ],
    "date_precedes_article": [context(found=dated(date(2015, 6, 6)))],
    "date_lapsed": [context(found=dated(date(2024, 6, 6)))],
    "date_after_publication": [context(found=dated(date(2025, 12, 6)))],
    "date_in_future": [
        CheckContext(
            GOOD, dated(date(2026, 6, 6)), replace(ARTICLE, volume=Volume("x", published=date(2026, 7, 1))), SETTINGS
        )
    ],
    "from_text": [context(seen(transcript=Transcript("hOCR", "Signed: Haoli Bai")))],
    "unsure": [
        context(found=understood(article_confidence=0.6)),
        context(found=understood(author_confidence=0.6)),
        context(found=understood(date_confidence=0.6)),
        context(seen(signature=SignatureReading("handwritten", 0.6))),
    ],
}


def signed_at(label: str, text: str) -> Observation:
    """Handwriting at a label of the signature block, and nothing else there."""
    signature = SignatureReading("handwritten", 0.99, at_label=label == "signature", lines=(line(text),))
    return seen(signature=signature, block_name=FieldReading())


HITS["unsigned"] += [context(seen(signature=NOWHERE, block_name=field("Haoli Bai")))]  # typed, it signs nothing
HITS["signed_elsewhere"] += [context(signed_at("block_name", "H~bui"))]
PLAIN_NAMES = ("Haoli Bai", "HAOLI BAl.", "Bai Haoli")
HITS["unsigned"] += [context(signed_at("block_name", text)) for text in PLAIN_NAMES]
HITS["unsigned"] += [context(seen(signature=NOWHERE, block_name=replace(field("Haoli Bai"), kind="handwritten")))]
STATEMENTS = (
    "This work was authored by employees of the Federal Survey under Contract No. 88-XX.",
    "Work of the Crown, licensed under the Open Government Licence",
)
BESIDE = ("Haoli Bai, Department of Public Works, University of the West", "Digitally signed by Haoli Bai")
HITS["form_altered"] += [context(seen(block_name=field(text))) for text in STATEMENTS]
INNOCENT: dict[str, list[CheckContext]] = {
    "wrong_form": [context(seen(form="pmlr/2012"))],
    "page_missing": [context(seen(form="", missing_pages=(1, 2)))],
    "form_altered": [
        context(seen(alterations=(replace(STRUCK, confidence=0.2),))),
        *(context(seen(block_name=field(text))) for text in BESIDE),
    ],
    "unsigned": [
        context(seen(signature=SignatureReading("digital", 1.0), certificates=(CERTIFICATE,))),
        context(seen(signature=NOWHERE, missing_pages=(2,))),
        context(signed_at("block_name", "H~bui")),
        context(signed_at("signature", "Haoli Bai")),
    ],
    "undated": [context(seen(date=FieldReading(kind="handwritten", page=2)), understood(day=None))],
    "title_missing": [context(seen(title=FieldReading(kind="handwritten", page=1)), understood(article=""))],
    "name_missing": [context(seen(name=FieldReading(kind="handwritten", page=1)))],
    "field_missing": [
        context(seen(extra_fields=(replace(EMAIL, value="a@b.org"), replace(EMAIL, name="fax", required=False)))),
        context(seen(extra_fields=(EMAIL,), missing_pages=(1,))),
    ],
    "title_not_in_roster": [context(seen(title=FieldReading()), understood(article=""))],
    "name_not_an_author": [context(found=understood(article="", authors=()))],
    "signer_differs": [
        context(found=understood(signers=("Yuxuan Sun",), signer_confidence=0.5)),
        context(found=understood(signers=ARTICLE.authors, signer_confidence=0.99)),
        context(found=understood(authors=(), signers=("Yuxuan Sun",), signer_confidence=0.99)),
        context(
            seen(name=replace(field("Haoli Bai, Yuyvxn Svn, Minsoo Pork"), kind="handwritten")),
            understood(signers=("Yuxuan Sun",), signer_confidence=0.99),
        ),
    ],
    "signed_elsewhere": [
        context(seen(signature=SignatureReading("handwritten", 0.99), block_name=field("Haoli Bai"))),
        context(signed_at("block_name", "Haoli Bai")),
        context(signed_at("signature", "Haoli Bai")),
    ],
    "signature_typed": [context(seen(signature=SignatureReading("script_font", 0.99)))],
    "signature_script_font": [context(seen(signature=SignatureReading(kind, 0.99))) for kind in ("typed", "digital")],
    "signature_invalid": [context(seen(certificates=(CERTIFICATE,)))],
    "date_lapsed": [
        context(found=dated(date(2024, 10, 6))),
        # a doubtful reading does not accuse if most of what the ink can mean is in order
        context(
            found=understood(
                day=date(2024, 6, 6),
                date_confidence=0.4,
                date_candidates=(
                    Candidate("2024-06-06", "", 0.4),
                    Candidate("2025-06-06", "", 0.35),
                    Candidate("2025-06-08", "", 0.2),
                ),
            )
        ),
    ],
    "date_after_publication": [context(found=dated(date(2025, 10, 6)))],
    "unsure": [
        context(found=understood(article="", article_confidence=0.1)),
        HITS["date_ambiguous"][0],
        context(seen(signature=NOWHERE)),
    ],
}


@pytest.mark.parametrize("code", [code for code in ORDER if code in RULES])
def test_every_flag_is_hit_where_it_should_be(code: str) -> None:
    for hit in HITS[code]:
        text = sentence(hit, code)
        assert text[0].isupper() or text[0] == '"'
        assert text.endswith(".") and "  " not in text and "None" not in text


@pytest.mark.parametrize("code", sorted(RULES))
def test_innocent_returns_are_left_alone(code: str) -> None:
    for innocent in [context(), *INNOCENT.get(code, [])]:
        assert code not in codes(innocent)


def test_a_good_return_has_no_flag() -> None:
    assert codes(context()) == []


def test_every_flag_of_the_registry_has_a_check() -> None:
    batch = {"duplicate_return", "duplicate_kept", "files_joined", "same_scan"}
    assert set(RULES) | NOT_READ | batch == {kind.code for kind in FLAGS}


def test_sentences_name_evidence_and_remedy() -> None:
    assert sentence(HITS["date_precedes_article"][0], "date_precedes_article") == (
        "Dated 6 June 2015, ten years before the volume (ICML 2025). Probably 2025: ask the author."
    )
    assert sentence(HITS["form_altered"][0], "form_altered").startswith(
        'In the clauses, "within one year" is struck out (page 2).'
    )
    assert sentence(HITS["unsigned"][0], "unsigned") == '"Signed:" is blank. Ask the author to sign.'
    assert "the name (" in sentence(HITS["unsure"][1], "unsure")


def test_unsure_says_what_is_in_doubt_and_never_nothing_at_all() -> None:
    handwritten = FieldReading((line("Haoli Bai, Yx Sn"),), "handwritten", 1, BOX)
    signed = understood(signers=("Yuxuan Sun",), signer_confidence=0.99, signer_doubt=1.0)
    assert sentence(context(seen(name=handwritten), signed), "unsure") == (
        "Not sure enough of whether the form names Yuxuan Sun, who signed: compare with the page."
    )
    assert "the article (1%)" in sentence(context(found=understood(article_confidence=0.0)), "unsure")


def test_flags_on_single_readings_say_their_columns_as_data() -> None:
    about = {code: {flag.fields for case in HITS[code] for flag in check_return(case) if flag.code == code}
             for code in ("unsure", "field_missing", "undated")}  # fmt: skip
    assert about["undated"] == {()}
    assert ("author",) in about["unsure"] and ("date",) in about["unsure"]
    assert about["field_missing"] == {("field_email",)}


def test_nothing_but_wrong_form_is_said_of_a_file_that_is_no_agreement() -> None:
    assert codes(context(Observation(pages=9), Resolution())) == ["wrong_form"]


def test_a_folder_of_agreements_of_unknown_kinds_lacks_no_form() -> None:
    other = [item("a.pdf", FOUND, seen(form="")), item("b.pdf", Resolution(), seen(form=""))]
    stranger = item("c.pdf", Resolution(), Observation(pages=9))
    given = replace(SETTINGS, forms=("/forms/ours",))

    def flagged(items: list[Item], settings: Settings = SETTINGS) -> list[str]:
        found = check_batch(items, ROSTER, settings, FORMS)
        return [v.source.name for v in found if "wrong_form" in {flag.code for flag in v.flags}]

    assert flagged([*other, stranger]) == ["c.pdf"]
    assert flagged(other, given) == ["a.pdf", "b.pdf"]
    assert flagged([*other, item("d.pdf")]) == ["a.pdf", "b.pdf"]
    assert flagged(other[:1]) == ["a.pdf"]


@pytest.mark.parametrize("change", [{"off": frozenset({"wrong_form"})}, {"notes": frozenset({"wrong_form"})}])
def test_a_file_that_is_no_agreement_is_never_clear(change: dict[str, frozenset[str]]) -> None:
    settings = replace(SETTINGS, **change)  # type: ignore[arg-type]
    item = (Source("a.pdf", "", "0" * 64, 1), Observation(pages=9), Resolution())
    assert check_batch([item], ROSTER, settings, FORMS)[0].status == "review"


def test_a_blank_field_on_a_missing_page_counts_once_the_missing_page_is_accepted() -> None:
    settings = replace(SETTINGS, notes=frozenset({"page_missing"}))
    assert "unsigned" in codes(context(seen(signature=NOWHERE, missing_pages=(2,)), settings=settings))


def test_an_unpublished_volume_is_judged_against_its_other_returns() -> None:
    article = replace(ARTICLE, volume=Volume("new"))
    roster = Roster((article,))
    days = [date(2025, 6, n) for n in range(1, 7)] + [date(2015, 6, 6)]
    items = [
        (Source(f"{n}.pdf", "", f"{n:064}", 1), GOOD, replace(FOUND, day=day, article="sun25l", batch_day=days[2]))
        for n, day in enumerate(days)
    ]
    verdicts = check_batch(items, roster, SETTINGS, FORMS)
    flags = [{flag.code: flag.sentence for flag in verdict.flags} for verdict in verdicts]
    assert ["date_precedes_article" in f for f in flags] == [False] * 6 + [True]
    assert "most other returns of this batch" in flags[-1]["date_precedes_article"]


def test_a_form_is_a_value_and_says_whether_an_agreement_ends() -> None:
    lapsed = item("a.pdf", dated(date(2024, 6, 6)))
    endless = [replace(form, term_years=None) for form in FORMS]
    found = [{f.code for f in check_batch([lapsed], ROSTER, SETTINGS, forms)[0].flags} for forms in (FORMS, endless)]
    assert ["date_lapsed" in codes_ for codes_ in found] == [True, False]


def item(
    name: str, found: Resolution = FOUND, observation: Observation = GOOD
) -> tuple[Source, Observation, Resolution]:
    return Source(name, name, name.ljust(64, "0"), 1), observation, found


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (item("b.pdf", understood(author_confidence=0.2)), item("a.pdf", dated(date(2025, 1, 1)))),
        (item("b.pdf", dated(date(2025, 5, 1))), item("a.pdf", dated(date(2025, 6, 1)))),
        (item("a.pdf"), item("b.pdf")),
    ],
    ids=["no blocking flag", "later day", "later file"],
)
def test_the_better_of_two_returns_is_kept(worse: Item, better: Item) -> None:
    for items in ([worse, better], [better, worse]):
        verdicts = {v.source.name: v for v in check_batch(items, ROSTER, SETTINGS, FORMS)}
        kept, other = verdicts[better[0].name], verdicts[worse[0].name]
        assert [f.code for f in kept.flags] == ["duplicate_kept"] and kept.status == "clear"
        assert "duplicate_return" in [f.code for f in other.flags] and other.status == "review"
        assert kept.source.name in next(f.sentence for f in other.flags if f.code == "duplicate_return")


def test_a_file_that_can_not_be_read_is_unreadable() -> None:
    broken = Observation(problem=Problem("encrypted_file", "It is locked."))
    settings = replace(SETTINGS, off=frozenset({"unsure"}))
    verdict = check_batch([item("a.pdf", Resolution(), broken)], ROSTER, settings, FORMS)[0]
    assert verdict.status == "unreadable" and [f.code for f in verdict.flags] == ["encrypted_file"]


def test_notes_and_off() -> None:
    typed = HITS["signature_typed"][0].observation
    for change, flags in (("notes", ["signature_typed"]), ("off", [])):
        settings = replace(SETTINGS, **{change: frozenset({"signature_typed"})})  # type: ignore[arg-type]
        verdict = check_batch([item("a.pdf", FOUND, typed)], ROSTER, settings, FORMS)[0]
        assert verdict.status == "clear" and [f.code for f in verdict.flags] == flags


@pytest.mark.parametrize(
    ("options", "status", "flags", "remedy"),
    [
        ({}, "clear", ["signature_script_font"], "It counts as a signature."),
        ({"blocking": ["signature_script_font"]}, "review", ["signature_script_font"], "Ask the author to sign"),
        ({"off": ["signature_script_font"]}, "clear", [], ""),
    ],
)
def test_a_script_font_is_the_editors_policy(
    options: dict[str, list[str]], status: str, flags: list[str], remedy: str
) -> None:
    seen_, settings = HITS["signature_script_font"][0].observation, run_options(options, {}).settings()
    settings = replace(settings, today=SETTINGS.today, published=SETTINGS.published)
    verdict = check_batch([item("a.pdf", FOUND, seen_)], ROSTER, settings, FORMS)[0]
    assert (verdict.status, [f.code for f in verdict.flags]) == (status, flags)
    assert remedy in " ".join(flag.sentence for flag in verdict.flags)
    values = {**dict.fromkeys(FIELDS, ""), "signature": "script_font"}
    doubts = objections("signature", values, {}, settings, {}, None, None)
    assert [column for column, _ in doubts] == (["signature"] if status == "review" else [])


def test_less_risk_asks_for_more_certainty() -> None:
    assert thresholds(0.0001).doubt < thresholds(0.001).doubt <= thresholds(0.01).doubt


DAY = st.dates(date(1995, 1, 1), date(2040, 1, 1))
PICK: Callable[..., st.SearchStrategy[object]] = lambda *values: st.sampled_from(values)  # noqa: E731
OBSERVATION = st.builds(
    Observation,
    form=PICK("", "pmlr"),
    missing_pages=PICK((), (1,), (2,), (1, 2)),
    title=PICK(FieldReading(), field("Flat")),
    name=PICK(FieldReading(), field("Bai")),
    signature=st.builds(
        SignatureReading,
        PICK("handwritten", "typed", "script_font", "digital", "none"),
        st.floats(0, 1),
        st.booleans(),
    ),
    date=PICK(FieldReading(), field("6/6/2025")),
    block_name=PICK(FieldReading(), field("Bai")),
    alterations=PICK((), (STRUCK,)),
    certificates=PICK((), (CERTIFICATE,), (replace(CERTIFICATE, intact=False),)),
    page_fingerprint=PICK(b"", b"\x01\x00\x01\x00"),
    problem=PICK(None, None, None, Problem("empty_file", "It is empty.")),
)
RESOLUTION = st.builds(
    Resolution,
    article=PICK("", "sun25l", "park25a", "gone25"),
    article_confidence=st.floats(0, 1),
    authors=PICK((), ("Haoli Bai",), ARTICLE.authors),
    author_confidence=st.floats(0, 1),
    signers=PICK((), ("Yuxuan Sun",), ARTICLE.authors),
    signer_confidence=st.floats(0, 1),
    unrecognized_signer=PICK("", "Somebody"),
    day=st.one_of(st.none(), DAY),
    date_confidence=st.floats(0, 1),
    date_order=PICK("", "as written", "ambiguous"),
)
DATE_FAULTS = {"date_precedes_article", "date_lapsed", "date_after_publication", "date_in_future"}


@given(st.lists(st.tuples(OBSERVATION, RESOLUTION), min_size=1, max_size=4), st.sets(PICK(*set(ORDER) - NOT_READ)))
def test_verdicts_are_consistent(readings: list[tuple[Observation, Resolution]], notes: set[str]) -> None:
    settings = replace(SETTINGS, notes=frozenset(notes))
    items = [item(f"{n}.pdf", found, replace(seen_, page_fingerprint=b"")) for n, (seen_, found) in enumerate(readings)]
    for verdict in check_batch(items, ROSTER, settings, FORMS):
        flags = [flag.code for flag in verdict.flags]
        assert flags == sorted(set(flags), key=ORDER.__getitem__)
        assert len(DATE_FAULTS & set(flags)) <= 1
        blocking = {code for code in flags if FLAGS[ORDER[code]].blocking} - notes
        assert (verdict.status == "unreadable") == bool(NOT_READ & set(flags))
        assert (verdict.status == "clear") == (not blocking)
        assert all(flag.sentence.endswith((".", "!")) for flag in verdict.flags)


@given(st.lists(st.tuples(OBSERVATION, RESOLUTION), min_size=1, max_size=3))
def test_a_clear_return_has_everything(readings: list[tuple[Observation, Resolution]]) -> None:
    items = [item(f"{n}.pdf", found, replace(seen_, page_fingerprint=b"")) for n, (seen_, found) in enumerate(readings)]
    for verdict in check_batch(items, ROSTER, SETTINGS, FORMS):
        if verdict.status == "clear":
            found = verdict.resolution
            assert ROSTER.article(found.article) and found.authors and found.day
            assert verdict.observation.signature.kind in ("handwritten", "script_font", "digital")
            assert signing_limits(ROSTER.article(found.article), SETTINGS, 1, None).fault(found.day) is None


def inked(seed: int) -> bytes:
    """Fingerprint of a page with some writing."""
    strokes = np.zeros((120, 200), np.bool_)
    rng = np.random.default_rng(seed)
    for x, y in rng.integers(5, 110, (12, 2)):
        strokes[y : y + 3, x : x + 40] = True
    return page_fingerprint(strokes)


WRITTEN = FieldReading((LineReading("6/6/2025", 0.9, "ppocr", "handwritten", 2, BOX),), "handwritten", 2, BOX)
SIGNED = seen(date=WRITTEN, page_fingerprint=inked(1))
SECOND = Resolution(
    "park25a", 0.99, authors=("Minseo Park",), author_confidence=0.99, day=FOUND.day, date_confidence=0.99
)
TYPED_IN = replace(SIGNED, date=field("6/6/2025"))
PRINTED = replace(SIGNED, date=replace(WRITTEN, lines=(replace(WRITTEN.lines[0], printed=0.9),)))


@pytest.mark.parametrize(
    ("first", "second", "flagged"),
    [
        ((FOUND, SIGNED), (SECOND, SIGNED), True),
        ((FOUND, SIGNED), (SECOND, replace(SIGNED, page_fingerprint=inked(2))), False),
        ((FOUND, SIGNED), (FOUND, SIGNED), False),
        ((FOUND, SIGNED), (replace(SECOND, day=date(2025, 6, 7)), SIGNED), False),
        ((replace(FOUND, article=""), SIGNED), (replace(SECOND, article=""), SIGNED), False),
        ((FOUND, TYPED_IN), (SECOND, replace(TYPED_IN, name=field("Minseo Park"))), True),
        ((FOUND, TYPED_IN), (replace(SECOND, authors=FOUND.authors), TYPED_IN), False),
        ((FOUND, TYPED_IN), (replace(SECOND, authors=("Haoli M. Bai",)), TYPED_IN), False),
        (
            (FOUND, TYPED_IN),
            (SECOND, replace(TYPED_IN, name=field("Minseo Park"), block_name=field("Minseo Park"))),
            False,
        ),
        ((FOUND, PRINTED), (SECOND, replace(PRINTED, name=field("Minseo Park"))), True),
        ((FOUND, TYPED_IN), (SECOND, replace(PRINTED, name=field("Minseo Park"))), True),
        ((FOUND, PRINTED), (replace(SECOND, authors=FOUND.authors), PRINTED), False),
        ((FOUND, PRINTED), (replace(SECOND, authors=FOUND.authors), SIGNED), True),
    ],
    ids=[
        *("one page", "two pages", "one article", "two days", "no article", "pasted, two persons"),
        *("pasted, one person", "pasted, one person spelled twice", "one service, two persons"),
        *("pasted and scanned, two persons", "pasted, and scanned for another", "pasted and scanned, one person"),
        "one person, one date by hand",
    ],
)
def test_one_scan_for_two_articles(
    first: tuple[Resolution, Observation], second: tuple[Resolution, Observation], flagged: bool
) -> None:
    verdicts = check_batch([item("a.pdf", *first), item("b.pdf", *second)], ROSTER, SETTINGS, FORMS)
    assert ["same_scan" in [f.code for f in v.flags] for v in verdicts] == [flagged, flagged]
    if flagged:
        assert "park25a (b.pdf)" in next(f.sentence for f in verdicts[0].flags if f.code == "same_scan")


def test_a_page_used_for_an_article_and_a_blank_title_is_told_on_the_blank_one() -> None:
    blank = replace(SECOND, article="")
    verdicts = check_batch([item("a.pdf", FOUND, SIGNED), item("b.pdf", blank, SIGNED)], ROSTER, SETTINGS, FORMS)
    assert ["same_scan" in [f.code for f in v.flags] for v in verdicts] == [False, True]


def test_an_undated_return_with_a_certificate_says_when_it_was_signed() -> None:
    signed = context(seen(date=FieldReading(), certificates=(CERTIFICATE,)), understood(day=None))
    assert "signed on 6 June 2025" in sentence(signed, "undated")
    broken = context(
        seen(date=FieldReading(), certificates=(replace(CERTIFICATE, intact=False),)), understood(day=None)
    )
    assert "6 June" not in sentence(broken, "undated")


@pytest.mark.parametrize(
    ("labels", "flagged"),
    [
        (["pmlr", "pmlr", "jmlr-2page"], [False, False, True]),
        (["pmlr", "pmlr re-typeset", "jmlr-2page", ""], [False, False, True, False]),
        (["jmlr-2page", "jmlr-2page", "pmlr"], [False, False, False]),  # the batch's own form
        (["pmlr", "jmlr-2page"], [False, False]),  # nothing says which of the two was sent out
    ],
)
def test_an_older_form_than_the_batchs_is_told(labels: list[str], flagged: list[bool]) -> None:
    items = [item(f"{n}.pdf", observation=seen(form=label)) for n, label in enumerate(labels)]
    verdicts = check_batch(items, ROSTER, SETTINGS, FORMS)
    told = [any("older form" in flag.sentence for flag in verdict.flags) for verdict in verdicts]
    assert told == flagged


def test_of_an_article_without_authors_the_roster_is_what_lacks_them() -> None:
    found = understood(authors=(), signers=(), unrecognized_signer="H. Bai")
    bare = replace(context(found=found), article=replace(ROSTER.articles[0], key="sun25l", authors=()))
    assert [code for code in codes(bare) if code.startswith(("name", "signer"))] == ["name_not_an_author"]
    said = sentence(bare, "name_not_an_author")
    assert "The roster names no authors" in said and '"Haoli Bai"' in said and "Add the authors" in said
    stamped = replace(bare, observation=seen(signature=SignatureReading("digital", 0.99), certificates=(CERTIFICATE,)))
    assert "signer_not_an_author" not in codes(stamped)


def test_what_a_form_that_nobody_taught_asks_for_is_not_known() -> None:
    nothing = FieldReading()
    unknown = context(seen(form="", title=nothing, name=nothing), understood(article="", authors=()))
    assert "it stands there" in sentence(unknown, "title_missing") and "it stands there" in sentence(
        unknown, "name_missing"
    )
    alone = replace(unknown, has_roster=False, form_expected=False)
    assert codes(alone) == []
    taught = replace(context(seen(title=nothing), understood(article="")), has_roster=False)
    assert sentence(taught, "title_missing") == "The title is blank. Ask the author to fill it in and sign again."

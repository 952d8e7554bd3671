"""Whose name stands there: a written name against an article's authors.

`similarity` is one number, 0..1; from FITS on the writing denotes the author. A name is compared part by part
(given and family name), because one wrong letter means little in a long part and everything in a short one: the
worst part decides. So `Zhang Haoyang` denotes Zhaoyang Zhang (one letter of eight is missing), while `Zhang
Zhongang` (three of eight), `Wen Zhang` for Wei Zhang (one of three) and `Zheng` for `Zhang` (one of five) do not:
those are other people's names. A slip is forgiven from about seven letters on; letters that look alike in
handwriting (i and l, u and v) cost less than others, but not at the start of a part, where they are capitals.

Neither order nor case nor accents matter, nor how syllables are joined; initials stand for a part, and a part
may be missing. A name in another script is compared by its romanisation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

from rapidfuzz.distance import Levenshtein

from pipeline.names.letters import part_similarities
from pipeline.names.nicknames import is_short_form
from pipeline.names.romanize import (
    Script,
    is_chinese,
    latin_readings,
    normalized_spellings,
    phonetic_key,
    runs,
    syllables,
)
from pipeline.names.vocabulary import HONORIFICS, SMALL_WORDS, SUFFIXES

FITS = 0.85
"""From this similarity on, a written name denotes the author."""

_WORST_PART = 0.8
"""Weight of the worst part in a name's similarity; the mean over its letters has the rest."""
_DIGIT_LETTERS = str.maketrans("01568", "olsbb")

_INITIALS_FORM = 0.95
"""Similarity of a family name with the right initials; the full name has 1."""
_MIDDLE_LEFT_OUT = 0.98
_EXTRA_WORD = 0.94
"""Factor for a word that the author's name hasn't, beside two that it has: a middle name."""
_SHORT_FORM = 0.95
"""Similarity of a given name and its common short form, `Bob` for `Robert`, 0..1; set by eye, as good as initials."""
_OTHER_PERSON = 0.6
"""Factor for a word that makes it another person's name: a syllable more or less, a wrong initial."""
_CAP_TRANSCRIBED = 0.97
_HOPELESS = 0.5
"""Cheap similarity of the whole strings below which the parts are not looked at."""
_WORDS_AT_MOST = 8
_QUOTED = re.compile(r"[\"\u201c-\u201f\u00ab]\s*([^\"\u201c-\u201f\u00ab\u00bb()]+?)\s*[\"\u201c-\u201f\u00bb]")
"""A name in quotation marks, `Wei "Vivian" Zhang`: what one is called, as in brackets."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A way to write a name as one string, with the borders of its parts kept."""

    parts: tuple[str, ...]
    factor: float
    initials: str = ""
    """The part of it that are initials, which bear no slip."""
    lone: bool = False
    """Whether it is a family or a given name alone."""

    @property
    def joined(self) -> str:
        return "".join(self.parts)


@lru_cache(maxsize=65536)
def similarity(text: str, author: str) -> float:
    """How well a read name denotes an author, 0..1; FITS and more: it does.

    `text` may be typed or read from handwriting, in any script; `author` is a roster name. Titles, case, accents,
    order, joined or split syllables and initials don't count against it.
    """
    text = _QUOTED.sub(r"(\1)", text)
    bare = re.sub(r"\([^()]*\)", " ", text)
    readings = [text] if bare == text else [bare, text, text.replace("(", " ").replace(")", " "), _proper(text)]
    return max(_similarity_of_reading(reading, author) for reading in readings)


def _proper(text: str) -> str:
    """The name with what stands in brackets in place of the word before: `Robin (Wei) Zhang` is Wei Zhang."""
    return re.sub(r"\w+\s*\(([^()]*)\)", r"\1", text)


def _similarity_of_reading(text: str, author: str) -> float:
    found = runs(text)
    latin = " ".join(run for script, run in found if script in ("latin", "none"))
    best = max(
        (_folded_similarity(f, a) for f in normalized_spellings(latin) for a in normalized_spellings(author)),
        default=0.0,
    )
    others = [script for script in dict.fromkeys(s for s, _ in found) if script not in ("latin", "none", "other")]
    for script in others:
        run = " ".join(part for s, part in found if s == script)
        best = max(best, _transcribed_similarity(run, script, author))
    return best


def _transcribed_similarity(text: str, script: Script, author: str) -> float:
    """Similarity of a name in another script; a little less than certain, as a transcription is a guess."""
    return max(
        (
            min(_CAP_TRANSCRIBED, _folded_similarity(phonetic_key(reading, script), phonetic_key(name, script)))
            for reading in latin_readings(text, script)
            for name in normalized_spellings(author)
        ),
        default=0.0,
    )


@lru_cache(maxsize=65536)
def _folded_similarity(text: str, author: str) -> float:
    """Similarity of two folded names: the better of what their words and their joined letters say."""
    name = _words(author)
    written = _words(text)
    kept = tuple(w for w in written if w in name or w not in HONORIFICS)
    if not kept or not name or len(kept) > _WORDS_AT_MOST:
        return 0.0
    name = tuple(w for w in name if w in kept or w not in SUFFIXES) or name
    return max(_similarity_by_words(kept, name), _similarity_joined(kept, author))


@lru_cache(maxsize=65536)
def _words(folded: str) -> tuple[str, ...]:
    """Words of folded text, digits in them taken for the letters they look like, lone numbers left out."""
    words = (w.translate(_DIGIT_LETTERS) for w in folded.split() if any(c.isalpha() for c in w))
    return tuple(re.sub(r"[^a-z]", "", w) for w in words)


def _blend(parts: Sequence[tuple[float, int]]) -> float:
    """A name's similarity from its parts' (similarity, letters)."""
    mean = sum(q * n for q, n in parts) / max(1, sum(n for _, n in parts))
    return _WORST_PART * min(q for q, _ in parts) + (1 - _WORST_PART) * mean


# --- by words: each written word is an author's word, an initial of one, or a stranger


def _similarity_by_words(written: tuple[str, ...], name: tuple[str, ...]) -> float:
    pairs = sorted(
        ((_word_similarity(w, n), i, j) for i, w in enumerate(written) for j, n in enumerate(name)), key=_by_quality
    )
    used_written: dict[int, tuple[float, int]] = {}
    used_name: set[int] = set()
    for quality, i, j in pairs:
        if quality >= _OTHER_PERSON and i not in used_written and j not in used_name:
            used_written[i] = (quality, j)
            used_name.add(j)
    if not used_written:
        return 0.0
    blended = _blend([(q, max(len(written[i]), len(name[j]))) for i, (q, j) in used_written.items()])
    full = [i for i, (_, j) in used_written.items() if min(_weight(written[i], name), _weight(name[j], name)) > 0]
    shortened = any(len(written[i]) == 1 < len(name[j]) for i, (_, j) in used_written.items())
    extra = [w for i, w in enumerate(written) if i not in used_written]
    lacking = [n for j, n in enumerate(name) if j not in used_name]
    factor = _form_factor(len(used_written), [written[i] for i in full], extra, lacking, name)
    return blended * (min(factor, _INITIALS_FORM) if shortened else factor)


def _by_quality(pair: tuple[float, int, int]) -> tuple[float, int, int]:
    return (-pair[0], pair[1], pair[2])


def _weight(word: str, name: Sequence[str]) -> int:
    """1 for a word that is evidence, 0 for an initial or, in a name of three words and more, a particle."""
    return int(len(word) > 1 and (len(name) < 3 or word not in SMALL_WORDS))


def _form_factor(
    matched: int, full: Sequence[str], extra: Sequence[str], lacking: Sequence[str], name: tuple[str, ...]
) -> float:
    """What a name's form takes from its similarity: words left out, initials, words too many."""
    chinese = is_chinese(name) or all(syllables(word) for word in name)
    if not full and any(_weight(word, name) for word in name):
        return 0.0
    if not lacking:
        factor = 1.0
    elif len(full) > 1:
        given_alone = tuple(lacking) == name[-1:]
        changed = chinese and any(len(syllables(word)) == 1 for word in lacking)
        shorter = _OTHER_PERSON if changed else _MIDDLE_LEFT_OUT ** min(len(lacking), 4)
        factor = _lone_factor("".join(full)) if given_alone else shorter
    else:
        factor = _INITIALS_FORM if matched > 1 else _lone_factor("".join(full))
    for word in extra:
        another = (chinese and len(word) > 1) or len(full) < 2
        factor *= _OTHER_PERSON if another else _EXTRA_WORD if len(word) > 1 else _MIDDLE_LEFT_OUT
    return factor


def _lone_factor(word: str) -> float:
    """What a family or a given name alone is worth: a longer one is rarer."""
    return 0.93 if len(word) > 5 else 0.9 if len(word) > 3 else 0.87


def _word_similarity(written: str, name: str) -> float:
    if written == name:
        return 1.0
    if 1 in (len(written), len(name)):
        return 1.0 if written[0] == name[0] else 0.0
    short = _SHORT_FORM if is_short_form(written, name) else 0.0
    if Levenshtein.normalized_similarity(written, name) < _HOPELESS:
        return short
    (quality,) = part_similarities(written, (name,))
    return max(quality, short)


# --- joined: the letters without their spaces, against every way to write the name in one


def _similarity_joined(words: tuple[str, ...], author: str) -> float:
    written = "".join(words)
    best = 0.0
    for form in _forms(author):
        if form.lone and len(words) > 1:
            continue  # two words are a whole name: "Wei Ping" is not the given name of Weiping Tan
        if form.factor <= best or Levenshtein.normalized_similarity(written, form.joined) < _HOPELESS:
            continue
        qualities = [1.0] * len(form.parts) if written == form.joined else part_similarities(written, form.parts)
        if any(q < 1 for q, part in zip(qualities, form.parts, strict=True) if part == form.initials):
            continue
        blended = _blend([(q, len(p)) for q, p in zip(qualities, form.parts, strict=True)])
        best = max(best, form.factor * blended)
    return best


@lru_cache(maxsize=16384)
def _forms(author: str) -> tuple[_Form, ...]:
    """The ways to write a folded name as one string, best first: in full in any order, with initials, in part."""
    name = _words(author)
    forms = [_Form(order, 1.0) for order in _orders(name)]
    if len(name) < 2:
        return tuple(forms)
    pinyin = all(syllables(word) for word in name)
    borders = [len(name) - 1] if pinyin else range(1, len(name))
    splits = [(name[:k], "".join(name[k:])) for k in borders]
    for given, family in splits:
        forms += [_Form((part,), _lone_factor(part), lone=True) for part in ("".join(given), family)]
    for given, family in [*splits, (name[1:], name[0])]:
        for initials in dict.fromkeys(("".join(w[0] for w in given), given[0][0], _syllable_initials(given))):
            if len(family) > 1:
                both = ((initials, family), (family, initials))
                forms += [_Form(order, _INITIALS_FORM, initials) for order in both]
    if len(name) > 2 and not pinyin:
        shortened = ((given, name[-1]) for given in name[:-1])
        forms += [_Form(order, _MIDDLE_LEFT_OUT) for pair in shortened for order in (pair, pair[::-1])]
    return tuple(sorted(dict.fromkeys(forms), key=lambda form: -form.factor))


def _syllable_initials(given: Sequence[str]) -> str:
    return "".join(s[0] for word in given for s in (syllables(word) or (word,)))


def _orders(name: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The orders in which the words of a name may stand: all of up to three, else turned and reversed."""
    if len(name) <= 3:
        return list(dict.fromkeys(permutations(name)))
    turned = [name[i:] + name[:i] for i in range(len(name))]
    return list(dict.fromkeys([*turned, name[::-1]]))

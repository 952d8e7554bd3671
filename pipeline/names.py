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

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise, permutations

from rapidfuzz.distance import Levenshtein

from pipeline.bibtex import EMAIL
from pipeline.name_forms import written_forms
from pipeline.romanize import (
    Script,
    foldings,
    is_chinese,
    latin_readings,
    runs,
    script_of,
    sound,
    syllables,
)

__all__ = [
    "FITS",
    "NameMatch",
    "leftover",
    "legibility",
    "match_authors",
    "script_of",
    "similarity",
    "written_forms",
]

FITS = 0.85
"""From this similarity on, a written name denotes the author."""
PUBLISHERS = ("PMLR", "JMLR", "Proceedings of Machine Learning Research", "Journal of Machine Learning Research")
"""Parties that name fields hold beside the authors, unless the form says otherwise."""

_WORST_PART = 0.8
"""Weight of the worst part in a name's similarity; the mean over its letters has the rest."""
_LOOKALIKES = {
    (*order,): cost
    for cost, pairs in ((0.3, "il ij uv vy lj"), (0.6, "nu nr nm nh hk hb ec gq gy qy tf tl vw uw"))
    for pair in pairs.split()
    for order in (pair, pair[::-1])
}
"""Pairs of small letters that handwriting or its reader mixes up, and the cost of taking one for the other."""
_DIGRAPHS = (("rn", "m", 0.4), ("m", "rn", 0.4), ("cl", "d", 0.4), ("d", "cl", 0.4), ("vv", "w", 0.3), ("w", "vv", 0.3))
"""What is read, what is meant, and the cost of it."""
_DOUBLED = 0.6
"""Cost of a letter written or read twice."""
_DIGIT_LETTERS = str.maketrans("01568", "olsbb")

_INITIALS_FORM = 0.95
"""Similarity of a family name with the right initials; the full name has 1."""
_MIDDLE_LEFT_OUT = 0.98
_EXTRA_WORD = 0.94
"""Factor for a word that the author's name hasn't, beside two that it has: a middle name."""
_OTHER_PERSON = 0.6
"""Factor for a word that makes it another person's name: a syllable more or less, a wrong initial."""
_CAP_TRANSCRIBED = 0.97
_HOPELESS = 0.5
"""Cheap similarity of the whole strings below which the parts are not looked at."""
_WORDS_AT_MOST = 8

_TITLES = (
    "dr mr mrs ms miss prof professor associate assistant assoc phd ph d msc bsc ir ing dipl herr frau mme sir "
    "jr sr ii iii iv md"
)
_IGNORED = frozenset(_TITLES.split())
"""Titles and suffixes: ignored in a written name unless the author's name has them too."""
_SMALL_WORDS = "al bin da de del della den der di do dos du e el la le of san st te ten ter van von y zu"
_PARTICLES = frozenset(_SMALL_WORDS.split())
"""Words of family names that are no evidence alone."""


@dataclass(frozen=True, slots=True)
class NameMatch:
    """An author whom a name field denotes."""

    author: str
    score: float
    """Similarity of the writing to the author's name, FITS..1."""
    text: str
    """The part of the field that names the author."""
    start: int
    end: int
    """Where that part stands in the field: `field[start:end]`."""
    rivals: tuple[str, ...] = ()
    """Other authors of the article whom the same writing denotes as well."""


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
    bare = re.sub(r"\([^()]*\)", " ", text)
    readings = [text] if bare == text else [bare, text, text.replace("(", " ").replace(")", " ")]
    return max(_similarity_of_reading(reading, author) for reading in readings)


def _similarity_of_reading(text: str, author: str) -> float:
    found = runs(text)
    latin = " ".join(run for script, run in found if script in ("latin", "none"))
    best = max((_folded_similarity(f, a) for f in foldings(latin) for a in foldings(author)), default=0.0)
    others = [script for script in dict.fromkeys(s for s, _ in found) if script not in ("latin", "none", "other")]
    for script in others:
        run = " ".join(part for s, part in found if s == script)
        best = max(best, _transcribed_similarity(run, script, author))
    return best


def _transcribed_similarity(text: str, script: Script, author: str) -> float:
    """Similarity of a name in another script; a little less than certain, as a transcription is a guess."""
    return max(
        (
            min(_CAP_TRANSCRIBED, _folded_similarity(sound(reading, script), sound(name, script)))
            for reading in latin_readings(text, script)
            for name in foldings(author)
        ),
        default=0.0,
    )


@lru_cache(maxsize=65536)
def _folded_similarity(text: str, author: str) -> float:
    """Similarity of two folded names: the better of what their words and their joined letters say."""
    name = _words(author)
    written = _words(text)
    kept = tuple(w for w in written if w in name or w not in _IGNORED)
    if not kept or not name or len(kept) > _WORDS_AT_MOST:
        return 0.0
    name = tuple(w for w in name if w in kept or w not in ("jr", "sr", "ii", "iii", "iv")) or name
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
    return int(len(word) > 1 and (len(name) < 3 or word not in _PARTICLES))


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
    if Levenshtein.normalized_similarity(written, name) < _HOPELESS:
        return 0.0
    (quality,) = _part_similarities(written, (name,))
    return quality


# --- joined: the letters without their spaces, against every way to write the name in one


def _similarity_joined(words: tuple[str, ...], author: str) -> float:
    written = "".join(words)
    best = 0.0
    for form in _forms(author):
        if form.lone and len(words) > 1:
            continue  # two words are a whole name: "Wei Ping" is not the given name of Weiping Tan
        if form.factor <= best or Levenshtein.normalized_similarity(written, form.joined) < _HOPELESS:
            continue
        qualities = [1.0] * len(form.parts) if written == form.joined else _part_similarities(written, form.parts)
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


def _part_similarities(written: str, parts: tuple[str, ...]) -> list[float]:
    """1 - cost / letters for each part, from the cheapest alignment of the written letters with all the parts.

    A weighted edit distance (Wagner and Fischer, 1974) with look-alikes; each step's cost goes to the part
    whose letter it is about, an extra letter's to the part it follows.
    """
    name = "".join(parts)
    part_of = [k for k, part in enumerate(parts) for _ in part]
    starts = {i for i in range(len(name)) if i == 0 or part_of[i] != part_of[i - 1]}
    steps = _alignment(written, name, starts)
    cost = [0.0] * len(parts)
    letters = [0] * len(parts)
    for taken, at, price in steps:
        part = part_of[min(at, len(name) - 1)]
        cost[part] += price
        letters[part] += taken
    return [max(0.0, 1 - c / max(n, len(p), 1)) for c, n, p in zip(cost, letters, parts, strict=True)]


def _alignment(written: str, name: str, starts: set[int]) -> list[tuple[int, int, float]]:
    """The cheapest alignment: (letters taken of `written`, index in `name`, cost) step by step, from the end.

    Of two moves that cost the same, the one that takes fewer letters of `written`, then of `name`.
    """
    costs = [[0.0] * (len(name) + 1) for _ in range(len(written) + 1)]
    moves = [[(0, 0)] * (len(name) + 1) for _ in range(len(written) + 1)]
    skipped = [_DOUBLED if j and name[j] == name[j - 1] and j not in starts else 1.0 for j in range(len(name))]
    digraphs = _digraphs(written, name, starts)
    for i, row in enumerate(costs):
        read = written[i - 1]
        added = _DOUBLED if i > 1 and read == written[i - 2] else 1.0
        for j in range(len(name) + 1):
            best, move = (row[j - 1] + skipped[j - 1], (0, 1)) if j else (math.inf, (0, 0))
            if i and (cost := costs[i - 1][j] + added) < best:
                best, move = cost, (1, 0)
            if i and j:
                if (cost := costs[i - 1][j - 1] + _substitution(read, name[j - 1], j - 1 in starts)) < best:
                    best, move = cost, (1, 1)
                if (i, j) in digraphs:
                    taken, meant, price = digraphs[i, j]
                    if (cost := costs[i - taken][j - meant] + price) < best:
                        best, move = cost, (taken, meant)
            if i or j:
                row[j], moves[i][j] = best, move
    steps: list[tuple[int, int, float]] = []
    i, j = len(written), len(name)
    while i or j:
        di, dj = moves[i][j]
        steps.append((di, j - 1 if dj else max(0, j - 1), costs[i][j] - costs[i - di][j - dj]))
        i, j = i - di, j - dj
    return steps


def _digraphs(written: str, name: str, starts: set[int]) -> dict[tuple[int, int], tuple[int, int, float]]:
    """Where two letters may have been taken for one: (end in `written`, end in `name`) -> (letters of each, cost)."""
    return {
        (i, j): (len(read), len(meant), price)
        for read, meant, price in _DIGRAPHS
        if read in written and meant in name
        for i in range(len(read), len(written) + 1)
        if written.endswith(read, 0, i)
        for j in range(len(meant), len(name) + 1)
        if name.endswith(meant, 0, j) and j - len(meant) not in starts
    }


def _substitution(read: str, meant: str, at_start: bool) -> float:
    if read == meant:
        return 0.0
    return 1.0 if at_start else _LOOKALIKES.get((read, meant), 1.0)


# --- a name field: several names, publishers, affiliations, addresses

_SEPARATOR = re.compile(r"[,;\n/|+&\u2022\u00b7\u3001\uff0c\uff1b]|\b(?:and|und|with)\b", re.IGNORECASE)
_ROLES = re.compile(
    r"\b(?:(?:corresponding|first|senior|contact)\s+authors?|authors?|publishers?|names?|signed|signature)\s*[:\uff1a]?"
    r"|\bon behalf of\b(?:\s+(?:all|any)\s+(?:the\s+)?(?:other\s+)?(?:co-?)?authors)?|\bet al\b\.?",
    re.IGNORECASE,
)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_AFFILIATION = re.compile(
    r"\b(?:universi\w*|instit\w*|dep\w*t\b|departe?ment\w*|lab(?:s|or\w*)?|school|college|facult\w*|cent(?:er|re|rum)|"
    r"acade\w*|research\w*|inc|ltd|llc|corp\w*|company|gmbh|technolog\w*|sciences?|engineering|hospital|group|"
    r"foundation|cnrs|inria|eth|epfl|mit|csiro|riken|kaist|road|street|avenue|"
    r"united|states|kingdom|korea|kong|zealand|africa|arabia)\b",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\(([^()]*)\)")
_WORD = re.compile(r"[^\s,;]+")
_WINDOW_AT_MOST = 5
_WINDOWS_OVER = 60
"""Words of a stretch that are looked through for names that nothing parts."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A stretch of a name field between separators."""

    start: int
    end: int
    text: str
    after_comma: bool = False


def match_authors(text: str, authors: Sequence[str], publishers: Sequence[str] = PUBLISHERS) -> tuple[NameMatch, ...]:
    """The authors whom a name field denotes, in the order in which it names them.

    The field may list several names, and name a publisher, affiliations or addresses beside them. Each stretch
    of it denotes one author at most, the one it fits best; equals are given as `rivals`.
    """
    cleaned = _without_noise(text, publishers)
    chunks = _chunks(cleaned)
    taken: list[NameMatch] = []
    for candidates in (_pairs_and_chunks(cleaned, chunks), _windows(chunks)):
        taken = _assign(text, candidates, [a for a in authors if a not in {m.author for m in taken}], taken)
    return tuple(sorted(taken, key=lambda match: match.start))


def _assign(
    text: str, candidates: Sequence[_Chunk], authors: Sequence[str], taken: Sequence[NameMatch]
) -> list[NameMatch]:
    """The matches taken, with those of further candidates: best first, no author and no letter used twice."""
    scored = [(similarity(c.text, author), c, author) for c in candidates for author in authors]
    fitting = [entry for entry in scored if entry[0] >= FITS]
    matches = list(taken)
    for score, chunk, author in sorted(fitting, key=lambda e: (-round(e[0], 2), e[1].start - e[1].end, -e[0])):
        clash = any(m.author == author or (m.start < chunk.end and chunk.start < m.end) for m in matches)
        if not clash:
            rivals = tuple(a for s, c, a in fitting if c is chunk and a != author and s > score - 0.01)
            matches.append(NameMatch(author, score, text[chunk.start : chunk.end], chunk.start, chunk.end, rivals))
    return matches


def _without_noise(text: str, publishers: Sequence[str]) -> str:
    """The field with addresses, publishers, roles and bracketed affiliations blanked, places kept."""
    names = sorted(publishers, key=len, reverse=True)
    publisher = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names) or r"(?!)", re.IGNORECASE)
    for pattern in (EMAIL, _URL, publisher, _ROLES):
        text = pattern.sub(lambda found: " " * len(found[0]), text)
    return _GROUP.sub(_blank_affiliation, text)


def _blank_affiliation(group: re.Match[str]) -> str:
    inside = group[1]
    is_noise = not inside.strip() or "," in inside or _AFFILIATION.search(inside)
    return " " * len(group[0]) if is_noise else group[0]


def _chunks(cleaned: str) -> list[_Chunk]:
    """The stretches between separators that hold a letter, without affiliations and what follows them by commas."""
    chunks: list[_Chunk] = []
    start, separator, in_affiliation = 0, "", False
    for end, following in [*((m.span(), m[0]) for m in _SEPARATOR.finditer(cleaned)), ((len(cleaned),) * 2, "")]:
        body = cleaned[start : end[0]]
        left = len(body) - len(body.lstrip())
        stripped = body.strip()
        is_affiliation = bool(_AFFILIATION.search(stripped))
        in_affiliation = is_affiliation or (in_affiliation and separator == ",")
        if any(c.isalpha() for c in stripped) and (not in_affiliation or len(stripped.split()) > 2):
            at = start + left
            chunks.append(_Chunk(at, at + len(stripped), stripped, separator == ","))
        start, separator = end[1], following
    return chunks


def _pairs_and_chunks(cleaned: str, chunks: Sequence[_Chunk]) -> list[_Chunk]:
    """Each stretch, and each two parted by a comma of which one is a lone word or initials: "Lee, Jaeho"."""
    pairs = [
        _Chunk(a.start, b.end, cleaned[a.start : b.end])
        for a, b in pairwise(chunks)
        if b.after_comma and "," in cleaned[a.end : b.start] and min(len(a.text.split()), len(b.text.split())) == 1
    ]
    return [*chunks, *pairs]


def _windows(chunks: Sequence[_Chunk]) -> list[_Chunk]:
    """Runs of two to five words inside longer stretches, for names that nothing parts."""
    windows = []
    for chunk in chunks:
        words = list(_WORD.finditer(chunk.text))[:_WINDOWS_OVER]
        if len(words) > 2:
            windows += [
                _Chunk(chunk.start + a.start(), chunk.start + b.end(), chunk.text[a.start() : b.end()])
                for (i, a), (j, b) in combinations(enumerate(words), 2)
                if j - i < _WINDOW_AT_MOST and j - i + 1 < len(words)
            ]
    return windows


def leftover(text: str, matches: Sequence[NameMatch], publishers: Sequence[str] = PUBLISHERS) -> tuple[str, ...]:
    """The names in a field that denote no author of the article: what is left of it and reads like a name."""
    cleaned = _without_noise(text, publishers)
    free = [c for c in _chunks(cleaned) if not any(m.start < c.end and c.start < m.end for m in matches)]
    return tuple(
        c.text.strip(" .:-()")
        for c in free
        if not _AFFILIATION.search(c.text) and len(_words_of_name(c.text)) > 1 and legibility(c.text) >= 0.5
    )


def _words_of_name(text: str) -> list[str]:
    script = script_of(text)
    if script in ("han", "kana", "hangul"):
        return [c for c in text if c.isalpha()]
    return [w for w in foldings(text)[0].split() if w.isalpha() and w not in _IGNORED]


# --- is it a name at all?


_SPEAKABLE = re.compile(r"[^aeiouy]{0,4}[aeiouy]{1,6}(?:[^aeiouy]{1,5}[aeiouy]{1,6})*[^aeiouy]{0,4}$")


def legibility(text: str) -> float:
    """How much a read string looks like a person's name, 0..1: letters in speakable words of a name's length.

    A scribble reads as a few letters without vowels among strokes and digits. This judges the string alone; how
    sure the reader was of its letters is for the caller to add.
    """
    marks = [c for c in text if not c.isspace() and c not in ".,-'"]
    if not marks:
        return 0.0
    lettered = sum(c.isalpha() for c in marks) / len(marks)
    if script_of(text) in ("han", "kana", "hangul"):
        count = sum(c.isalpha() for c in text)
        return lettered * (1.0 if 2 <= count <= 8 else 0.3)
    words = _words_of_name(text)
    letters = sum(len(w) for w in words)
    if not letters:
        return 0.0
    speakable = sum(len(w) for w in words if len(w) > 1 and _SPEAKABLE.match(w)) / letters
    long_enough = min(1.0, max((len(w) for w in words), default=0) / 4) * min(1.0, letters / 6)
    several = 1.0 if 2 <= len(words) <= 5 else 0.7
    return lettered**2 * speakable * long_enough * several

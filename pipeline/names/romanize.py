"""Writing systems: which one a text is in, how it may be spelt in Latin letters, and what syllables a name has.

A roster has names in Latin letters; a signature may be in any script. Chinese is read by pinyin, Hangul, kana,
Cyrillic and Greek by their letters, each with the spellings that people choose for themselves evened out.
Kanji can't be read this way: their Japanese readings are in no table here, so they are never held against anyone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import islice, product
from typing import Literal

from anyascii import anyascii

Script = Literal["latin", "han", "kana", "hangul", "cyrillic", "greek", "other", "none"]

_NAME_PREFIXES: dict[str, Script] = {
    "LATIN": "latin",
    "FULLWIDTH LATIN": "latin",
    "CJK": "han",
    "HIRAGANA": "kana",
    "KATAKANA": "kana",
    "HALFWIDTH KATAKANA": "kana",
    "HANGUL": "hangul",
    "HALFWIDTH HANGUL": "hangul",
    "CYRILLIC": "cyrillic",
    "GREEK": "greek",
}
_LETTERS_A_SYLLABLE = 3
"""How many Latin letters a Han or Hangul character counts for where scripts are weighed."""
_READINGS_AT_MOST = 64

_EXPANDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})

PINYIN_FINALS: dict[str, str] = {
    "": "a ai an ang ao e en er o ou",
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "ch": "a ai an ang ao e en eng i ong ou u uai uan uang ui un uo",
    "d": "a ai an ang ao e ei eng i ian iao ie ing iu ong ou u uan ui un uo",
    "f": "a an ang ei en eng o ou u",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "k": "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan ue un uo v ve yu",
    "m": "a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan ue uo v ve yu",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "r": "an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "w": "a ai an ang ei en eng o u",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "y": "a an ang ao e i in ing ong ou u uan ue un",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "zh": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
}
"""The syllables of Hanyu Pinyin without tones: initial -> finals (GB/T 16159, with v and yu for u umlaut)."""
PINYIN = frozenset(initial + final for initial, finals in PINYIN_FINALS.items() for final in finals.split())

_SURNAMES_IN_PINYIN = (
    "ai an bai bao bi bian bo cai cao cen chai chang chao chen cheng chi chu cui dai deng di ding dong dou du duan fan "
    "fang fei feng fu gan gao ge geng gong gu guan guo han hao he hong hou hu hua huang huo ji jia jian jiang jiao jin "
    "jing kang ke kong kuang lai lan lang lei leng li lian liang liao lin ling liu long lou lu luan luo lv lyu ma mao "
    "mei meng mi miao min ming mo mu ni nie ning niu ouyang pan pang pei peng pi ping pu qi qian qiao qin qiu qu quan "
    "ran ren rong ruan sha shan shang shao she shen sheng shi shu si sima song su sui sun tan tang tao teng tian tong "
    "tu wan wang wei wen weng wu xi xia xiang xiao xie xin xing xiong xu xuan xue yan yang yao ye yi yin ying you yu "
    "yuan yue yun zeng zha zhai zhan zhang zhao zhen zheng zhong zhou zhu zhuang zhuo zong zou zu zuo"
)
CHINESE_SURNAMES = frozenset(_SURNAMES_IN_PINYIN.split())
"""Pinyin of the family names that nearly all bearers of Chinese names have (Baijiaxing's commoner ones)."""
_SURNAME_READINGS = {"仇": "qiu", "区": "ou", "單": "shan", "尉": "yu", "召": "shao", "缪": "miao", "盖": "ge"}
"""Characters read otherwise in family names, where the dictionary lacks or buries that reading."""

KOREAN_SURNAMES: dict[str, tuple[str, ...]] = {
    "이": ("lee", "yi", "rhee", "li", "i"),
    "박": ("park", "pak", "bak"),
    "임": ("lim", "im", "rim"),
    "유": ("yoo", "you", "yu", "ryu"),
    "류": ("ryu", "yoo", "ryoo", "lyu"),
    "노": ("noh", "roh", "no"),
    "나": ("na", "ra", "nah"),
    "양": ("yang", "ryang"),
    "여": ("yeo", "yuh", "lyuh"),
    "김": ("kim", "gim"),
    "최": ("choi", "choe", "chey"),
    "정": ("jung", "jeong", "chung", "cheong"),
    "강": ("kang", "gang"),
    "조": ("cho", "jo", "joe"),
    "윤": ("yoon", "yun"),
    "장": ("jang", "chang"),
    "한": ("han", "hahn"),
    "오": ("oh", "o"),
    "서": ("seo", "suh", "so"),
    "신": ("shin", "sin"),
    "권": ("kwon", "gwon"),
    "황": ("hwang", "whang"),
    "안": ("ahn", "an"),
    "송": ("song",),
    "전": ("jeon", "jun", "chun"),
    "홍": ("hong",),
    "고": ("ko", "go", "koh"),
    "문": ("moon", "mun"),
    "손": ("son", "sohn"),
    "배": ("bae", "pae"),
    "백": ("baek", "paik", "back"),
    "허": ("heo", "hur", "huh"),
    "남": ("nam",),
    "심": ("shim", "sim"),
    "하": ("ha", "hah"),
    "곽": ("kwak", "gwak"),
    "성": ("sung", "seong"),
    "차": ("cha",),
    "주": ("joo", "ju", "chu"),
    "우": ("woo", "wu", "u"),
    "구": ("koo", "gu", "ku"),
    "민": ("min",),
    "진": ("jin", "chin"),
    "지": ("ji", "jee", "chi"),
    "엄": ("eom", "um"),
    "채": ("chae",),
    "원": ("won",),
    "천": ("cheon", "chun"),
    "방": ("bang", "pang"),
    "공": ("kong", "gong"),
    "현": ("hyun", "hyeon"),
    "함": ("ham",),
    "변": ("byun", "byeon"),
    "염": ("yeom", "youm"),
    "추": ("choo", "chu"),
    "도": ("do", "doh"),
    "소": ("so",),
    "석": ("seok", "suk"),
    "선": ("sun", "seon"),
    "설": ("seol", "sul"),
    "마": ("ma",),
    "길": ("kil", "gil"),
    "표": ("pyo",),
    "명": ("myung",),
    "기": ("ki", "kee"),
    "반": ("ban", "bahn"),
    "왕": ("wang",),
    "금": ("keum",),
    "옥": ("ok",),
    "육": ("yook",),
    "인": ("in",),
    "맹": ("maeng",),
    "제": ("je",),
    "모": ("mo",),
    "탁": ("tak",),
    "국": ("kook",),
    "은": ("eun",),
    "편": ("pyun",),
    "용": ("yong",),
}
"""Korean family names with the spellings their bearers use; the first ones break the official transcription."""

_SOUNDS: dict[Script, tuple[tuple[str, str], ...]] = {
    "hangul": (
        (r"sh", "s"),
        (r"ch|j|z", "c"),
        (r"ph|b|v|f", "p"),
        (r"[gq]", "k"),
        (r"d", "t"),
        (r"r", "l"),
        (r"h(?![aeiouyw])", ""),
        (r"eui|ui|ee|yi", "i"),
        (r"oe", "oi"),
        (r"ae|ai|ay", "e"),
        (r"eo|eu|oo|ou", "u"),
        (r"wu", "u"),
        (r"(.)\1+", r"\1"),
    ),
    "kana": (
        (r"ou|oh|oo", "o"),
        (r"uu", "u"),
        (r"si", "shi"),
        (r"ti", "chi"),
        (r"tu", "tsu"),
        (r"hu", "fu"),
        (r"zi", "ji"),
    ),
    "cyrillic": (
        (r"shch|sch|sh", "s"),
        (r"zh", "z"),
        (r"kh|ch(?=[rlnm])", "h"),
        (r"tch|ch|ts|tz", "c"),
        (r"x", "ks"),
        (r"w|ff", "v"),
        (r"ye|je|ie|yo|jo|io", "e"),
        (r"[yj]", "i"),
        (r"i+", "i"),
        (r"(.)\1+", r"\1"),
    ),
    "greek": (
        (r"ou|oy", "u"),
        (r"ei|oi|yi|[yh](?![aeou])", "i"),
        (r"th", "t"),
        (r"ph", "f"),
        (r"ch|kh|x", "h"),
        (r"mp|b", "v"),
        (r"nt", "d"),
        (r"gk|gg", "g"),
        (r"(.)\1+", r"\1"),
    ),
}
"""Script -> what is evened out, in order, before a transcription is compared with a name's own spelling."""


@lru_cache(maxsize=65536)
def normalize_latin(text: str) -> str:
    """Text in small Latin letters and digits without accents; apostrophes go, all else parts words."""
    plain = anyascii(unicodedata.normalize("NFKC", text)).lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", re.sub(r"['`]", "", plain)).split())


@lru_cache(maxsize=65536)
def normalized_spellings(text: str) -> tuple[str, ...]:
    """The ways to write a text without accents: `Göbel` is `gobel` or `goebel`."""
    composed = unicodedata.normalize("NFKC", text).lower()
    return tuple(dict.fromkeys((normalize_latin(composed), normalize_latin(composed.translate(_EXPANDED)))))


@lru_cache(maxsize=4096)
def _script_of_letter(letter: str) -> Script:
    name = unicodedata.name(letter, "")
    return next((script for prefix, script in _NAME_PREFIXES.items() if name.startswith(prefix)), "other")


def runs(text: str) -> list[tuple[Script, str]]:
    """The text cut where its script changes; what is no letter goes with the letters before it."""
    found: list[tuple[Script, str]] = []
    for character in text:
        script = _script_of_letter(character) if character.isalpha() else "none"
        if found and script in ("none", found[-1][0]):
            found[-1] = (found[-1][0], found[-1][1] + character)
        elif found and found[-1][0] == "none":
            found[-1] = (script, found[-1][1] + character)
        else:
            found.append((script, character))
    return found


def script_of(text: str) -> Script:
    """The script of most of a text, a Han or Hangul character counting for three letters; Han among kana is kana."""
    weight: dict[Script, int] = {}
    for character in text:
        if character.isalpha():
            script = _script_of_letter(character)
            weight[script] = weight.get(script, 0) + (_LETTERS_A_SYLLABLE if script in ("han", "hangul") else 1)
    if not weight:
        return "none"
    if "kana" in weight and "han" in weight:
        weight["kana"] += weight.pop("han")
    return max(weight, key=lambda script: weight[script])


def latin_readings(text: str, script: Script) -> tuple[str, ...]:
    """How a text in another script may be spelt in Latin letters, folded; none where the program can't tell."""
    if script == "han":
        return _pinyin_readings("".join(c for c in text if c.isalpha()))
    if script == "hangul":
        return _korean_readings("".join(c for c in unicodedata.normalize("NFC", text) if c.isalpha()))
    if script in ("kana", "cyrillic", "greek"):
        return (normalize_latin(text),)
    return ()


def _pinyin_readings(characters: str) -> tuple[str, ...]:
    """Every way to read a Chinese name, one syllable a character; empty beyond the length of a name."""
    if not 0 < len(characters) <= 6:
        return ()
    from pypinyin import Style, pinyin  # its dictionary takes a quarter of a second to load

    options: list[list[str]] = []
    for character in characters:
        found = [normalize_latin(reading) for reading in pinyin(character, style=Style.NORMAL, heteronym=True)[0]]
        extra = [_SURNAME_READINGS[character]] if character in _SURNAME_READINGS else []
        umlaut = [reading.replace("v", other) for reading in found if "v" in reading for other in ("u", "yu")]
        options.append(list(dict.fromkeys([*found, *extra, *umlaut])))
    return tuple(" ".join(choice) for choice in islice(product(*options), _READINGS_AT_MOST))


def _korean_readings(characters: str) -> tuple[str, ...]:
    """Official transcription of a Korean name, with the family name as its bearers spell it."""
    if not 0 < len(characters) <= 6:
        return ()
    official = normalize_latin(anyascii(characters[0]))
    given = normalize_latin(anyascii(characters[1:])).replace(" ", "")
    families = dict.fromkeys((official, *KOREAN_SURNAMES.get(characters[0], ())))
    return tuple(f"{family} {given}".strip() for family in families)


def phonetic_key(folded: str, script: Script) -> str:
    """Folded text with the spellings that a script's transcriptions differ by evened out."""
    for pattern, replacement in _SOUNDS.get(script, ()):
        folded = re.sub(pattern, replacement, folded)
    return folded


@lru_cache(maxsize=8192)
def syllables(word: str) -> tuple[str, ...]:
    """A folded word cut into pinyin syllables, as few as possible; empty where it is none."""
    best: dict[int, tuple[str, ...]] = {0: ()}
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            if start in best and word[start:end] in PINYIN:
                candidate = (*best[start], word[start:end])
                if end not in best or len(candidate) < len(best[end]):
                    best[end] = candidate
    return best.get(len(word), ()) if word else ()


def is_chinese(tokens: tuple[str, ...]) -> bool:
    """Whether folded name words can be a Chinese name in pinyin: all syllables of it, a family name at one end."""
    if not 2 <= len(tokens) <= 3 or not all(0 < len(syllables(token)) <= 2 for token in tokens):
        return False
    return tokens[-1] in CHINESE_SURNAMES or tokens[0] in CHINESE_SURNAMES


def is_korean(tokens: tuple[str, ...]) -> bool:
    """Whether folded name words can be a Korean name: a family name's spelling at one end."""
    spellings = {spelling for options in KOREAN_SURNAMES.values() for spelling in options}
    return len(tokens) >= 2 and (tokens[-1] in spellings or tokens[0] in spellings)

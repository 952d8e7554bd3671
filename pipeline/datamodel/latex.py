"""LaTeX as a reader sees it: plain text."""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import lru_cache
from typing import Any

from pylatexenc import latex2text, latexwalker
from pylatexenc.macrospec import MacroSpec

from pipeline.datamodel.normalizing import without_entities

_log = logging.getLogger(__name__)
# What it would print about macros that lack their arguments is nothing a user can mend.
logging.getLogger("pylatexenc").addHandler(logging.NullHandler())

FOOTNOTE = re.compile(
    r"\\(?:thanks|footnote|footnotetext|footnotemark|inst|textsuperscript|orcid\w*)(?![a-zA-Z])\s*"
    r"(?:\[[^]]*\])?\s*(?:\{(?:[^{}]|\{[^{}]*\})*\}|(?<=\]))"
)


RAISED = re.compile(r"\$\s*\^\s*(?:\{[^{}]*\}|[^{}$])\s*\$")


_BARE_SPECIAL = re.compile(r"(?<!\\)([%&#])")


_MATH_LETTERS = re.compile(r"[\U0001D400-\U0001D7FF]")


_IN_CASE_OF_NEED = re.compile(r"\\[a-zA-Z]+\*?\s*|\\.|[{}$]")
"""What is dropped of LaTeX that the parser can't read."""


_SHOWN: dict[str, tuple[str, int]] = {
    "href": ("{{", 1), "hyperref": ("[{", 1), "url": ("{", 0), "nolinkurl": ("{", 0), "path": ("{", 0),
    "textcolor": ("[{{", 2), "colorbox": ("{{", 1), "fcolorbox": ("{{{", 2), "texorpdfstring": ("{{", 1),
    "raisebox": ("{[[{", 3), "scalebox": ("{[{", 2), "resizebox": ("{{{", 2), "rotatebox": ("[{{", 2),
    "parbox": ("[{{", 2), "makebox": ("[[{", 2), "framebox": ("[[{", 2), "foreignlanguage": ("[{{", 2),
    "stackrel": ("{{", 1), "underset": ("{{", 1), "overset": ("{{", 1), "ifthenelse": ("{{{", 1),
    "enquote": ("*{", 1),
}  # fmt: skip
"""Macro -> its arguments (`[` optional, `{` needed), and which of them, from 0, is printed."""


_PLAIN = (
    "textsf", "textsl", "textup", "textmd", "textnormal", "textlf", "textrm", "texttt", "textit", "textbf", "textsc",
    "emph", "mbox", "hbox", "fbox", "text", "textsuperscript", "textsubscript", "underline", "uline", "uppercase",
    "MakeUppercase", "MakeLowercase", "lowercase", "NoCaseChange", "ensuremath", "mathsf", "mathrm", "operatorname",
    "smash", "boldsymbol", "bm", "pmb",
)  # fmt: skip
"""Macros of which the one argument is printed."""


_UNSEEN: dict[str, str] = {
    "footnote": "[{", "footnotetext": "[{", "footnotemark": "[", "thanks": "{", "inst": "{", "orcid": "{",
    "orcidlink": "{", "orcidID": "{", "label": "{", "index": "[{", "vspace": "*{", "hspace": "*{", "cite": "*[[{",
    "citep": "*[[{", "citet": "*[[{", "ref": "{", "includegraphics": "*[[{", "color": "[{", "phantom": "{",
    "noopsort": "{", "SortNoop": "{", "fontencoding": "{", "fontfamily": "{", "fontsize": "{{", "ding": "{",
    "hphantom": "{", "vphantom": "{", "pdfbookmark": "[{{", "protect": "", "centering": "", "xspace": "",
}  # fmt: skip
"""Macro -> its arguments, none of which is printed within the line."""


_SIGNS: dict[str, str] = {
    "TeX": "TeX", "LaTeX": "LaTeX", "LaTeXe": "LaTeX2e", "BibTeX": "BibTeX", "-": "", "/": "", "copyright": "\u00a9",
    "textcopyright": "\u00a9", "S": "\u00a7", "P": "\u00b6", "pounds": "\u00a3", "textsterling": "\u00a3",
    "euro": "\u20ac", "texteuro": "\u20ac", "slash": "/", "textendash": "\u2013", "textemdash": "\u2014",
    "textquotesingle": "'", "textasciitilde": "~", "textasciicircum": "^", "textbackslash": "\\",
    "textgreater": ">", "textless": "<", "textbar": "|", "textbraceleft": "{", "textbraceright": "}",
    "degree": "\u00b0",
    "glqq": "\u201e", "grqq": "\u201c", "glq": "\u201a", "grq": "\u2018", "frqq": "\u00bb", "flqq": "\u00ab",
    "ohorn": "\u01a1", "uhorn": "\u01b0", "OHORN": "\u01a0", "UHORN": "\u01af", "abreve": "\u0103",
    "ABREVE": "\u0102", "acircumflex": "\u00e2", "ecircumflex": "\u00ea", "ocircumflex": "\u00f4",
    "ACIRCUMFLEX": "\u00c2", "ECIRCUMFLEX": "\u00ca", "OCIRCUMFLEX": "\u00d4", "nobreakdash": "", "nolinebreak": "",
    "allowbreak": "", "dag": "", "ddag": "", "textdagger": "", "textdaggerdbl": "",
}  # fmt: skip
"""Macro without arguments -> what it prints; marks of footnotes print nothing."""


def _argument(node: Any, converter: Any, index: int) -> str:
    """One argument of a macro as text; empty where it lacks."""
    arguments = node.nodeargd.argnlist if node.nodeargd is not None and node.nodeargd.argnlist else []
    held = arguments[index] if index < len(arguments) else None
    return "" if held is None else str(converter.nodelist_to_text([held]))


def _printed(index: int) -> Any:
    def text(node: Any, l2tobj: Any) -> str:
        return _argument(node, l2tobj, index)

    return text


def _fraction(node: Any, l2tobj: Any) -> str:
    return "/".join(filter(None, (_argument(node, l2tobj, index) for index in (0, 1))))


def _root(node: Any, l2tobj: Any) -> str:
    return f"\u221a{_argument(node, l2tobj, 1)}"


def _verbatim(node: Any) -> str:
    return str(getattr(node.nodeargd, "verbatim_text", ""))


@lru_cache(maxsize=1)
def _contexts() -> tuple[Any, Any]:
    """(what the parser knows of macros, what makes text of what it found)"""
    shown = _SHOWN | dict.fromkeys(_PLAIN, ("{", 0))
    parsed, printed = latexwalker.get_default_latex_context_db(), latex2text.get_default_latex_context_db()
    arguments = {name: args for name, (args, _) in shown.items()} | _UNSEEN | {"frac": "{{", "sqrt": "[{"}
    parsed.add_context_category(
        "countersign", macros=[MacroSpec(name, args) for name, args in arguments.items()], prepend=True
    )
    texts = [latex2text.MacroTextSpec(name, simplify_repl=_printed(index)) for name, (_, index) in shown.items()]
    texts += [latex2text.MacroTextSpec(name, simplify_repl="") for name in _UNSEEN]
    texts += [
        latex2text.MacroTextSpec("frac", simplify_repl=_fraction),
        latex2text.MacroTextSpec("sqrt", simplify_repl=_root),
        latex2text.MacroTextSpec("verb", simplify_repl=_verbatim),
        *(latex2text.MacroTextSpec(name, simplify_repl=" ") for name in ("\\", "newline", "linebreak", "par")),
        *(latex2text.MacroTextSpec(name, simplify_repl=sign) for name, sign in _SIGNS.items()),
    ]
    printed.add_context_category("countersign", macros=texts, prepend=True)
    return parsed, latex2text.LatexNodes2Text(latex_context=printed, math_mode="text", keep_comments=False)


def _decode(latex: str) -> str:
    """LaTeX decoded; where the parser can't read it (braces nested too deep, a macro in disorder), without commands."""
    known, converter = _contexts()
    try:
        nodes, _, _ = latexwalker.LatexWalker(latex, latex_context=known, tolerant_parsing=True).get_latex_nodes()
        return str(converter.nodelist_to_text(nodes))
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except Exception as error:  # the parser raises whatever comes on LaTeX that lacks something
        _log.info("LaTeX that can't be parsed (%s): %.200s", type(error).__name__, latex)
        return _IN_CASE_OF_NEED.sub(" ", latex)


_LIGATURES = {"---": "\u2014", "--": "\u2013", "``": "\u201c", "''": "\u201d", "!`": "\u00a1", "?`": "\u00bf"}
_LIGATURE = re.compile("|".join(map(re.escape, _LIGATURES)))


def _without_braces(latex: str) -> str:
    """The same as `_decode` for LaTeX that has neither commands nor formulas, fifty times as fast."""
    parts = re.split(r"[{}]", latex.replace("~", " "))  # braces part ligatures: -{}- are two hyphens
    return "".join(_LIGATURE.sub(lambda found: _LIGATURES[found[0]], part) for part in parts)


@lru_cache(maxsize=4096)
def plain_text(latex: str) -> str:
    """LaTeX as readable text, NFC, with single spaces: accents composed, braces and commands gone, `$k$` as `k`.

    A bare %, & or # stands for itself, and `&uuml;` for its letter: titles are exported from places that don't know
    LaTeX. What is not printed within the line (footnotes, labels) is dropped, a link is its words. Never raises.
    """
    given = without_entities(latex)
    has_commands = "\\" in given or "$" in given
    text = _decode(_BARE_SPECIAL.sub(r"\\\1", given)) if has_commands else _without_braces(given)
    text = _MATH_LETTERS.sub(lambda letter: unicodedata.normalize("NFKC", letter[0]), text)
    return " ".join(unicodedata.normalize("NFC", text).split())

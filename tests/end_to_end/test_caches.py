"""A worker reads thousands of files: what it remembers of them must have a bound."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
FEW = {
    "month_names": "languages that the program names",
    "load_form": "folders of forms",
    "trie": "spans of years, and parts of dates that the program names",
    "_usable": "folders of forms",
    "_load_print": "pages of loaded forms",
}
"""Functions that remember all they were asked, by names or paths that no returned file decides on -> by which."""
TEXTS = {"str", "bytes", "Path"}


def boundless(tree: ast.AST) -> set[str]:
    """Names of functions of a text or path that remember every call."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(is_boundless(decorator) for decorator in node.decorator_list):
            kinds = " ".join(ast.unparse(arg.annotation) for arg in node.args.args if arg.annotation)
            if TEXTS & set(kinds.replace("[", " ").replace(",", " ").replace("]", " ").split()):
                found.add(node.name)
    return found


def is_boundless(decorator: ast.expr) -> bool:
    return ast.unparse(decorator) in ("cache", "functools.cache", "lru_cache(maxsize=None)")


def test_nothing_remembers_every_text_of_every_file() -> None:
    sources = [file for room in ("pipeline", "models") for file in (ROOT / room).rglob("*.py")]
    found = set().union(*(boundless(ast.parse(file.read_text(encoding="utf-8"))) for file in sources))
    assert found == set(FEW)


def test_a_boundless_memory_is_seen() -> None:
    code = "@cache\ndef a(word: str): ...\n@lru_cache(maxsize=4)\ndef b(word: str): ...\n@cache\ndef c(n: int): ..."
    assert boundless(ast.parse(code)) == {"a"}

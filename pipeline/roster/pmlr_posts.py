"""PMLR's posts: a file an article whose front matter is YAML, in `_posts` beside the volume's `_config.yml`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from pipeline.datamodel.errors import RosterError, system_words
from pipeline.roster.author_cells import AND
from pipeline.roster.entries import ParsedFile, RosterEntry

_FRONT = re.compile(r"\ufeff?---\s*\n(.*?)\n(?:---|\.\.\.)\s*(?:\n|$)", re.DOTALL)
_BARE_COLON = re.compile(r"^(\w+:[ \t]+)([^\s'\"|>\[{&*!%@`].*?:(?:[ \t].*?)?)[ \t]*$", re.MULTILINE)
"""A line whose value has a colon that YAML takes for a further mapping: titles are often not quoted."""
LONGEST = 1 << 20
"""Characters of a post; it holds an abstract and some lines."""


def parse_posts(folder: Path) -> ParsedFile:
    """The posts of a volume: `folder` is the repository or its `_posts`. Raises RosterError."""
    posts = folder / "_posts" if (folder / "_posts").is_dir() else folder
    found = sorted(path for path in posts.glob("*.md") if not path.name.lower().startswith("readme"))
    entries: list[RosterEntry] = []
    problems: list[str] = []
    for number, path in enumerate(found, start=1):
        front = _front_matter(path)
        if front is None or not front.get("title"):
            problems.append(f"The post {path.name} has no front matter with a title and was left out.")
        else:
            entries.append(_entry(front, number, path.stem))
    if not entries:
        raise RosterError(
            f"{folder} holds no posts of a volume: give its folder _posts, or the proceedings' BibTeX file."
        )
    volume = next((v for v in (_volume(posts.parent), _volume(folder)) if v), None)
    return ParsedFile((*([volume] if volume else _volumes_of(entries)), *entries), tuple(problems))


def parse_post(path: Path) -> ParsedFile:
    """One post as a roster. Raises RosterError."""
    front = _front_matter(path)
    if front is None or not front.get("title"):
        raise RosterError(f"{path.name} is no post with a title: give the folder of all posts, or a BibTeX file.")
    entry = _entry(front, 1, path.stem)
    return ParsedFile((*_volumes_of([entry]), entry))


def _front_matter(path: Path) -> Mapping[str, Any] | None:
    """A post's front matter, None where it has none."""
    try:
        found = _FRONT.match(path.read_text(encoding="utf-8", errors="replace")[:LONGEST])
    except OSError as error:
        raise RosterError(f"{path} can't be read ({system_words(error)}): give files that you may read.") from None
    return _mapping(found[1]) if found else None


def _mapping(text: str) -> Mapping[str, Any] | None:
    """YAML as a mapping of texts: `1:1:`, `On` and `12:30` are titles, no numbers or truths. None where it is none."""
    for written in (text, _BARE_COLON.sub(_quoted, text)):
        try:
            held = yaml.load(written, yaml.BaseLoader)
        except (yaml.YAMLError, ValueError, RecursionError):
            continue
        return held if isinstance(held, Mapping) else None
    return None


def _quoted(line: re.Match[str]) -> str:
    return f"{line[1]}{json.dumps(line[2], ensure_ascii=False)}"


def _entry(front: Mapping[str, Any], number: int, stem: str) -> RosterEntry:
    key = _text(front.get("id")) or re.sub(r"^\d{4}-\d\d-\d\d-", "", stem)
    fields = {
        "title": _text(front.get("tex_title") or front["title"]),
        "author": _people(front),
        "volume": _text(front.get("volume")),
        "booktitle": _text(front.get("container-title") or front.get("booktitle")),
        "published": _text(front.get("date")),
        "section": _text(front.get("section")),
        "openreview": _text(front.get("openreview")),
    }
    return RosterEntry("article", key, {name: value for name, value in fields.items() if value}, number)


def _people(front: Mapping[str, Any]) -> str:
    """The authors "family, given", joined by " and "; from the parts of their names, else from `bibtex_author`."""
    authors = front.get("author")
    if isinstance(authors, list):
        parts = [(_text(one.get("family")), _text(one.get("given"))) for one in authors if isinstance(one, Mapping)]
        names = [", ".join(filter(None, part)) for part in parts] + [one for one in authors if isinstance(one, str)]
        return AND.join(filter(None, names))
    return _text(front.get("bibtex_author") or (authors if isinstance(authors, str) else ""))


def _text(value: object) -> str:
    """A scalar of the front matter as text; days come as ISO."""
    return "" if value is None or isinstance(value, Mapping | list) else " ".join(str(value).split())


def _volume(folder: Path) -> RosterEntry | None:
    """The volume that a `_config.yml` tells; None where there is none."""
    path = folder / "_config.yml"
    if not path.is_file():
        return None
    held = _mapping(path.read_text(encoding="utf-8", errors="replace").removeprefix("---\n"))
    if held is None:
        return None
    names = ("booktitle", "volume", "year", "start", "end", "published")
    fields = {name: _text(held.get(name)) for name in names if _text(held.get(name))}
    return RosterEntry("proceedings", _text(held.get("id")) or fields.get("volume", ""), fields, 1)


def _volumes_of(entries: list[RosterEntry]) -> list[RosterEntry]:
    """The volumes that the posts name, published when the first of their articles was."""
    volumes: dict[str, RosterEntry] = {}
    for entry in sorted(entries, key=lambda one: one.fields.get("published", "")):
        number = entry.fields.get("volume", "")
        if number and number not in volumes:
            fields = {name: entry.fields[name] for name in ("booktitle", "volume", "published") if name in entry.fields}
            volumes[number] = RosterEntry("proceedings", f"v{number}", fields, entry.line)
    return list(volumes.values())

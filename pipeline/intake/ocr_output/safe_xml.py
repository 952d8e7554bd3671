"""XML and HTML from other programs: parsed without entities or network, under limits of size and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from lxml import etree

from pipeline.intake.ocr_output.json_values import DamagedOutput

Element: TypeAlias = Any
"""An element of lxml, which comes without types."""
DECLARED = re.compile(rb"<!(?:ENTITY|ATTLIST|ELEMENT)", re.IGNORECASE)
"""What no engine's output declares; a file that does was made to harm."""


def xml_root(data: bytes) -> Element:
    """The root of an XML document. Raises DamagedOutput: truncated, declares entities, nested deeper than 256."""
    return _root(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False))


def html_root(data: bytes) -> Element:
    """The root of an HTML document; mends what browsers mend. Raises DamagedOutput."""
    return _root(data, etree.HTMLParser(no_network=True, huge_tree=False, encoding="utf-8"))


def _root(data: bytes, parser: etree.XMLParser | etree.HTMLParser) -> Element:
    if DECLARED.search(data):
        raise DamagedOutput("declares entities")
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DamagedOutput(str(error)) from error
    if root is None:
        raise DamagedOutput("holds nothing")
    return root


def local_name(element: Element) -> str:
    """An element's name without its namespace; empty for comments and the like."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def named(element: Element, *names: str) -> Iterator[Element]:
    """The elements of these names below an element, in document order."""
    return (found for found in element.iter() if local_name(found) in names)


def children(element: Element, *names: str) -> Iterator[Element]:
    """Those of an element's own children."""
    return (found for found in element if local_name(found) in names)


def number(element: Element, name: str, otherwise: float = 0.0) -> float:
    """An attribute as a number."""
    try:
        return float(element.get(name, ""))
    except ValueError:
        return otherwise

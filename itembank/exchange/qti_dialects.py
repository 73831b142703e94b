"""QTI 2.0 to 2.2 and 3.0 as one vocabulary: the names of 2.x without a namespace.

Rules:
- the namespace decides, never a prefix: "{...imsqtiasi_v3p0}qti-simple-choice" and "{...imsqti_v2p1}simpleChoice" are
  both "simpleChoice", their attribute "max-choices" or "maxChoices" is "maxChoices";
- a name of any other namespace stays as it is and is met by nobody who asks for a QTI name;
- QTI 1.x is another language and is refused by name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree.ElementTree import Element

from itembank.errors import ContentError
from itembank.exchange.xml_source import parse

XML = "{http://www.w3.org/XML/1998/namespace}"
OWN = "urn:kriteria:item:1"
"""Namespace of the attributes of an item that only our own export writes, docs/command-line.md."""
XHTML = "http://www.w3.org/1999/xhtml"
_QTI = re.compile(
    r"https?://www\.imsglobal\.org/xsd/"
    r"(imsqti_v2p[0-2](p[0-9])?|imsqtiasi_v3p0|apip/apipv1p0/qtiitem/imsqti_v2p[12]|imsqtiv2p2_html5_v1p0)"
)
_HYPHEN = re.compile(r"-([a-z])")
OLD = "is QTI 1.2 (questestinterop), which is not read: export it as QTI 2.1, 2.2 or 3.0"


def document(data: bytes, place: str) -> Element:
    """The root of a QTI document in the one vocabulary; ContentError with place and line when it is none."""
    root = parse(data, place)
    for element in root.iter():
        element.tag = _named(element.tag)
        if any("-" in name for name in element.attrib):
            element.attrib = {_attribute(name): value for name, value in element.attrib.items()}
    if local(root.tag) == "questestinterop":
        raise ContentError(place, OLD)
    return root


def local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition("}")[2]


def line(element: Element) -> int:
    """The line an element stands in, from 1."""
    return int(getattr(element, "line", 0))


def shown(tag: str) -> str:
    """A name as it may be quoted in an error: one short word."""
    return local(tag)[:40]


@lru_cache(maxsize=4_000)
def _named(tag: str) -> str:
    space, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
    if space and space != XHTML and not _QTI.fullmatch(space):
        return tag
    return _camel(name.removeprefix("qti-")) if name.startswith("qti-") else name


@lru_cache(maxsize=4_000)
def _attribute(name: str) -> str:
    return name if name.startswith(("{", "data-", "aria-")) else _camel(name)


def _camel(name: str) -> str:
    return _HYPHEN.sub(lambda found: found.group(1).upper(), name)

"""XML from outside as a tree that knows its lines, read so that the file can do nothing but be read.

Rules:
- no document type, hence no entity but the five of XML itself, nothing from the disk and nothing from the network;
- size, depth, number of elements and of attributes have limits;
- names are "{namespace}name" or "name", as in xml.etree; comments and processing instructions are left out.
"""

from __future__ import annotations

from xml.etree import ElementTree
from xml.parsers import expat

from itembank.errors import ContentError

MAX_BYTES = 50_000_000
MAX_DEPTH = 100
MAX_ELEMENTS = 1_000_000
MAX_ATTRIBUTES = 100
"""Of one element."""


class Element(ElementTree.Element):
    """An element of xml.etree with the number of the line its tag stands in, from 1."""

    line: int


def parse(data: bytes, place: str) -> Element:
    """The root of an XML document; ContentError names `place` and the line of what is wrong or not allowed."""
    if len(data) > MAX_BYTES:
        raise ContentError(place, f"larger than {MAX_BYTES} bytes")
    source = _Source(place)
    try:
        source.parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "broken")
        raise ContentError(f"{place}, line {error.lineno}", f"is not XML: {reason}") from error
    except (LookupError, ValueError) as error:
        if isinstance(error, ContentError):
            raise
        raise ContentError(place, "is not XML: its encoding cannot be read") from error
    assert source.root is not None, "expat accepts no document without a root"
    return source.root


class _Source:
    """What expat reports, grown into a tree."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.root: Element | None = None
        self.open: list[Element] = []
        self.last: Element | None = None  # the element just closed: text that follows is its tail
        self.words: list[str] = []  # text since the last tag, joined once: a long text comes in many pieces
        self.elements = 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.refuse_doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.words.append

    def error(self, reason: str) -> ContentError:
        """An error placed where the parser stands."""
        return ContentError(f"{self.place}, line {self.parser.CurrentLineNumber}", reason)

    def refuse_doctype(self, *_: object) -> None:
        """A document type could name entities and files: it is refused before any of it is read."""
        raise self.error("has a DOCTYPE: document types and entities are not read, for safety")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A tag opens."""
        self.keep_words()
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise self.error(f"more than {MAX_ELEMENTS} elements")
        if len(self.open) >= MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} deep")
        if len(attributes) > MAX_ATTRIBUTES:
            raise self.error(f"more than {MAX_ATTRIBUTES} attributes of one element")
        element = Element(_named(name), {_named(key): value for key, value in attributes.items()})
        element.line = self.parser.CurrentLineNumber
        if self.open:
            self.open[-1].append(element)
        else:
            self.root = element
        self.open.append(element)
        self.last = None

    def end(self, _: str) -> None:
        """A tag closes."""
        self.keep_words()
        self.last = self.open.pop()

    def keep_words(self) -> None:
        """Put the words read since the last tag where they stand: inside the open element or after one that closed."""
        if self.words and self.last is not None:
            self.last.tail = "".join(self.words)
        elif self.words and self.open:
            self.open[-1].text = "".join(self.words)
        self.words.clear()


def _named(name: str) -> str:
    return "{" + name if "}" in name else name

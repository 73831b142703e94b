"""The tables shown beside a stem, reduced to an allow-list of table markup.

Rules:
- one table, with a caption that says what it shows, and nothing outside it;
- tags table, caption, thead, tbody, tr, th, td; the only attribute is `scope` (col or row) of th;
- what the sanitiser would take away is refused, not removed: an exhibit never changes its meaning in silence;
- what is stored is the sanitiser's own output, so sanitising again changes nothing.
"""

from __future__ import annotations

from functools import lru_cache
from html.parser import HTMLParser

import nh3

from itembank.errors import ContentError

TAGS = frozenset({"table", "caption", "thead", "tbody", "tr", "th", "td"})
ATTRIBUTES = {"th": {"scope"}}
SCOPES = frozenset({"col", "row"})
KEPT = 1_000
"""Exhibits whose examination is remembered: a bank is read many times and its tables do not change."""
MAX_LENGTH = 20_000
"""Characters; a longer table is not readable beside a stem."""


def sanitised(html: str, where: str) -> str:
    """The exhibit as it may be shown; ContentError when sanitising would change what the author wrote."""
    clean, fault = _examined(html)
    if fault:
        raise ContentError(where, fault)
    return clean


@lru_cache(maxsize=KEPT)
def _examined(html: str) -> tuple[str, str]:
    """The table as it may be shown, and what is wrong with it ("" for nothing)."""
    if len(html) > MAX_LENGTH:
        return "", f"longer than {MAX_LENGTH} characters"
    clean: str = nh3.clean(html, tags=set(TAGS), attributes=ATTRIBUTES, link_rel=None)
    authored, kept = _Outline.of(html), _Outline.of(clean)
    if authored.foreign:
        return "", f"{authored.foreign[0]} is not allowed in an exhibit"
    if authored.tokens != kept.tokens:
        return "", "the markup is not well formed: sanitising would change the table"
    if authored.outside.strip():
        return "", "text outside the table"
    if authored.tables != 1:
        return "", "exactly one table is expected"
    if not authored.caption.strip():
        return "", "the table needs a caption"
    if not authored.cells:
        return "", "the table has no cells"
    return clean, ""


class _Outline(HTMLParser):
    """What a table says: tags, attributes and words in order, without the tbody a browser adds by itself."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tokens: list[str] = []
        self.foreign: list[str] = []
        self.open: list[str] = []
        self.outside = self.caption = ""
        self.tables = self.cells = 0

    @classmethod
    def of(cls, html: str) -> _Outline:
        """The outline of a fragment."""
        outline = cls()
        outline.feed(html)
        outline.close()
        return outline

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag; what the allow-list lacks is foreign."""
        if tag not in TAGS:
            self.foreign.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, set()) or value not in SCOPES:
                self.foreign.append(f'{name}="{value}" of <{tag}>')
        self.open.append(tag)
        self.tables += tag == "table"
        self.cells += tag in ("td", "th")
        if tag != "tbody":
            self.tokens.append(f"<{tag} {sorted((name, value or '') for name, value in attrs)}>")

    def handle_endtag(self, tag: str) -> None:
        """Note a closing tag."""
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if tag != "tbody":
            self.tokens.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Note words, and where they stand."""
        if not self.open:
            self.outside += data
        elif self.open[-1] == "caption":
            self.caption += data
        if folded := " ".join(data.split()):
            self.tokens.append(folded)

    def handle_comment(self, data: str) -> None:
        """A comment is not content."""
        self.foreign.append("a comment")

    def handle_decl(self, decl: str) -> None:
        """A declaration is not content."""
        self.foreign.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        """A processing instruction is not content."""
        self.foreign.append(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        """A marked section is not content."""
        self.foreign.append("a marked section")

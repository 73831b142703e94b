"""The texts of questions written for a web page, as the plain lines an item holds.

Rules:
- paragraphs, line breaks and lists become lines, entities become characters, superscripts become ², ³ and so on;
- emphasis (bold, italics, colours) has no place in plain text: it is left out and said (`lost`);
- whatever else would change or lose meaning (images, links, formulas, struck-out words, several languages, a table
  that is not one with a caption) is a ContentError that names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape, unescape

from itembank.errors import ContentError
from itembank.exhibits import SCOPES, sanitised

MAX_LENGTH = 100_000
"""Characters of one text with its markup."""
# fmt: off
LINES = frozenset([
    "p", "div", "br", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "hr", "blockquote", "section", "article",
    "header", "footer", "center",
])
EMPHASIS = frozenset([
    "b", "strong", "i", "em", "u", "font", "small", "big", "mark", "abbr", "cite", "code", "kbd", "samp", "tt",
    "var", "label",
])
# fmt: on
NEUTRAL = frozenset({"span", "o:p", "wbr", "nobr", "bdi"})
"""Tags inside a line that say nothing by themselves; Word leaves <o:p> behind."""
UNSEEN = frozenset({"accesshide", "sr-only", "visually-hidden", "hidden", "d-none", "invisible"})
"""Classes of Moodle's pages whose words are not seen."""
TABLE = frozenset(["table", "caption", "thead", "tbody", "tr", "th", "td", "colgroup", "col"])
RAISED = {
    "sup": str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ"),
    "sub": str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎"),
}
NAMES: Mapping[str, str] = {
    "img": "an image",
    "a": "a link",
    "video": "a video",
    "audio": "a sound",
    "svg": "a drawing",
    "math": "a formula",
    "pre": "preformatted text",
    "del": "struck-out words",
    "s": "struck-out words",
    "strike": "struck-out words",
    "script": "a script",
    "iframe": "an embedded page",
    "input": "an input field",
    "select": "a choice inside the text",
}
"""What a tag that cannot be kept stands for."""
HARMLESS = re.compile(
    r"class|id|style|lang|dir|align|valign|width|height|border|cellpadding|cellspacing|bgcolor|color|face|size|scope"
    r"|role|data-[a-z-]+|aria-[a-z]+|clear|nowrap|summary|xml:lang"
)
"""Attributes that change no word; any other one is named, since it may."""
LOOKS = re.compile(
    r"color|background(-color)?|font(-[a-z]+)?|text-align|text-indent|line-height|letter-spacing|word-spacing"
    r"|margin(-[a-z]+)?|padding(-[a-z]+)?|border(-[a-z]+)*|width|height|max-width|min-width|vertical-align|orphans|widows"
    r"|text-decoration(-[a-z]+)?|float|clear|box-sizing|mso-[a-z-]+|-webkit-[a-z-]+|tab-stops|list-style-position"
)
EMPHATIC = re.compile(r"color|background(-color)?|font(-[a-z]+)?|text-decoration(-[a-z]+)?")
TELLING = re.compile(r"line-through|\bsuper\b|\bsub\b|small-caps")
"""Values of those properties that carry meaning."""

_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:-]*+)"""
    r"""(?P<rest>(?:\s++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'<>`=]++))?+)*+)\s*+/?>"""
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>`=]++))?+""")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_FORMULA = re.compile(r"\$\$.{1,500}?\$\$|\\\(.{1,500}?\\\)|\\\[.{1,500}?\\\]|\[tex\]|\\begin\{", re.DOTALL)
_LANGUAGES = re.compile(r"\{mlang\b|\bmultilang\b", re.IGNORECASE)
_MARKDOWN = re.compile(r"[*_`]\S|^\s{0,3}(#|>|[-+*]\s|[0-9]+\.\s|```)|^ {4}|\]\(|^\s*\|", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """The lines of a text, its table if it may have one, and whether emphasis was left out."""

    text: str
    exhibit: str | None = None
    lost: bool = False


def plain(text: str, form: str, where: str, *, table: bool = False) -> Plain:
    """A text in one of Moodle's formats as plain lines; `form`: html, moodle_auto_format, markdown or plain_text.

    `table`: one captioned table may stand in it and becomes the exhibit. ContentError names what cannot be kept.
    """
    if len(text) > MAX_LENGTH:
        raise ContentError(where, f"longer than {MAX_LENGTH} characters")
    if "@@PLUGINFILE@@" in text:
        raise ContentError(where, "refers to an image or a file (@@PLUGINFILE@@)")
    if _LANGUAGES.search(text):
        raise ContentError(where, "holds its text in several languages")
    if form in ("html", "moodle_auto_format"):
        found = _Reduced(text, where, table=table, breaks=form == "moodle_auto_format").plain()
    elif form == "plain_text":
        found = Plain(text=_lines(text))
    elif form == "markdown":
        if _MARKDOWN.search(text) or "<" in text:
            raise ContentError(where, "holds Markdown, which carries meaning that plain text does not keep")
        found = Plain(text=_lines(re.sub(r"(?<=\S)\n(?=\S)", " ", text)))
    else:
        raise ContentError(where, f"has the text format {form[:20]!r}, which is not known")
    if formula := _FORMULA.search(found.text):
        raise ContentError(where, f"holds the formula {formula.group(0)[:40]}")
    return found


def _lines(text: str) -> str:
    """Lines without outer blanks; runs of empty lines become one."""
    lines = [line.replace("\t", " ").strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reduced:
    """The walk through one text: words, tags and what is open."""

    def __init__(self, html: str, where: str, *, table: bool, breaks: bool) -> None:
        self.where, self.table_allowed, self.breaks = where, table, breaks
        self.out: list[str] = []
        self.cells: list[str] = []  # the table, written anew with allowed markup only
        self.begun = False  # whether the line that is being written holds words, the mark of a list aside
        self.lists: list[int] = []  # per open list the last number, -1 for bullets
        self.raised: list[str] = []
        self.tables = 0
        self.in_table = self.lost = False
        self._walk(html)

    def plain(self) -> Plain:
        """What was found."""
        lines = ("".join(self.out)).split("\n")
        text = "\n".join(line for line in (_BLANKS.sub(" ", one).strip() for one in lines) if line)
        exhibit = sanitised("".join(self.cells), self.where) if self.tables else None
        return Plain(text=text, exhibit=exhibit, lost=self.lost)

    def fault(self, what: str) -> ContentError:
        """The error for something that cannot be kept."""
        return ContentError(self.where, f"holds {what}, which an item cannot keep")

    def _walk(self, html: str) -> None:
        at = 0
        while at < len(html):
            tag = html.find("<", at)
            if tag < 0:
                tag = len(html)
            self._words(unescape(html[at:tag]))
            if html.startswith("<!--", tag):
                end = html.find("-->", tag)
                if end < 0:
                    raise self.fault("a comment without an end")
                at = end + 3
            elif found := _TAG.match(html, tag):
                self._tag(found["name"].lower(), found["rest"], closing=bool(found["end"]))
                at = found.end()
            elif re.match(r"<[a-zA-Z/!?]", html[tag : tag + 2]):
                raise self.fault(f"markup that is not complete ({html[tag : tag + 20]!r})")
            else:
                self._words(html[tag : tag + 1])  # a comparison: 2 < 3
                at = tag + 1
        if self.raised or self.in_table:
            raise self.fault("markup that is not closed")

    def _words(self, text: str) -> None:
        if self.raised:
            raised = text.translate(RAISED[self.raised[-1]])
            if any(one in raised for one in text if not one.isspace()):
                raise self.fault(f"the {'superscript' if self.raised[-1] == 'sup' else 'subscript'} {text[:20]!r}")
            text = raised
        if self.in_table:
            self.cells.append(escape(text, quote=False))
        else:
            self.out.append(text if self.breaks else _BLANKS.sub(" ", text))
            self.begun = self.begun or bool(text.strip())

    def _tag(self, name: str, rest: str, *, closing: bool) -> None:
        attributes = {} if closing else self._attributes(name, rest)
        if name in RAISED:
            self._raise(name, closing=closing)
        elif name in TABLE:
            self._table(name, attributes, closing=closing)
        elif name in EMPHASIS or name in NEUTRAL:
            self.lost = self.lost or name in EMPHASIS
        elif name in LINES:
            self._line(name, attributes, closing=closing)
        else:
            raise self.fault(NAMES.get(name, f"<{name}>"))

    def _attributes(self, name: str, rest: str) -> dict[str, str]:
        found = {key.lower(): unescape(value.strip("\"'")) for key, value in _ATTRIBUTE.findall(rest)}
        for key, value in found.items():
            if not HARMLESS.fullmatch(key) and name not in NAMES and not (name == "ol" and key in ("start", "type")):
                raise self.fault(f"the attribute {key[:20]!r} of <{name}>")
            if key == "class" and (hidden := UNSEEN.intersection(value.split())):
                raise self.fault(f"words that are not seen (class {min(hidden)})")
            if key == "style":
                self._style(value)
        return found

    def _style(self, style: str) -> None:
        for declaration in style.split(";"):
            name, _, value = (part.strip().lower() for part in declaration.partition(":"))
            if name and (not LOOKS.fullmatch(name) or TELLING.search(value)):
                raise self.fault(f"the style {declaration.strip()[:40]!r}")
            self.lost = self.lost or bool(EMPHATIC.fullmatch(name))

    def _raise(self, name: str, *, closing: bool) -> None:
        if closing != bool(self.raised) or (closing and self.raised.pop() != name):
            raise self.fault(f"<{name}> that is nested or not closed")
        if not closing:
            self.raised.append(name)

    def _line(self, name: str, attributes: Mapping[str, str], *, closing: bool) -> None:
        if self.in_table:
            self.cells.append(" ")
            self.lost = True
            return
        if self.begun or name == "li":
            self.out.append("\n")
            self.begun = False
        if name in ("ul", "ol"):
            if set(attributes) & {"start", "type"}:
                raise self.fault("a list with a numbering of its own")
            if not closing and self.lists:
                raise self.fault("a list inside a list")
            if closing and self.lists:
                self.lists.pop()
            elif not closing:
                self.lists.append(0 if name == "ol" else -1)
        elif name == "li" and not closing:
            numbered = bool(self.lists) and self.lists[-1] >= 0
            if numbered:
                self.lists[-1] += 1
            self.out.append(f"{self.lists[-1]}. " if numbered else "- ")

    def _table(self, name: str, attributes: Mapping[str, str], *, closing: bool) -> None:
        if name == "table" and not closing:
            self.tables += 1
            if not self.table_allowed or self.tables > 1:
                raise self.fault("a table" if not self.table_allowed else "more than one table")
            self.in_table = True
            self.out.append("\n")
            self.begun = False
        if not self.in_table:
            raise self.fault(f"<{name}> outside a table")
        if name not in ("colgroup", "col"):
            scope = attributes.get("scope", "").lower()
            self.cells.append(f"<{'/' if closing else ''}{name}{f' scope={scope!r}' if scope in SCOPES else ''}>")
        if name == "table" and closing:
            self.in_table = False

"""The words of a QTI item as plain lines, and its table as an exhibit: all that is shown, or a refusal that names what.

Rules:
- a block is a line, white space folds as in a browser, `pre` is kept to the letter;
- what a plain text cannot show (pictures, formulas, media, hidden or conditional words) is refused by its name;
- what it shows less well (emphasis, links, styles) is noted in `lost`;
- raised and lowered characters keep their meaning as Unicode characters (m², H₂O) or are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from xml.etree.ElementTree import Element

from itembank.exchange.qti_dialects import line, local, shown
from itembank.exchange.qti_values import fault
from itembank.exhibits import ATTRIBUTES, TAGS, sanitised

GAP = "____"
"""A place to fill in, as a line shows it."""
RATIONALE = "kriteria-rationale"
"""Class of the rubric block that holds why the key is right, in our own packages."""

_BLOCKS = frozenset(
    {
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "address",
        "section",
        "article",
        "header",
        "footer",
        "hr",
        "br",
        "contentBody",
    }
)
_PLAIN = frozenset({"span", "abbr", "acronym", "bdo", "bdi", "label"})
_EMPHASIS = frozenset(
    {"em", "strong", "b", "i", "u", "big", "small", "tt", "code", "kbd", "samp", "var", "cite", "dfn", "mark", "ins"}
)
_RAISED = dict(zip("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
_LOWERED = dict(zip("0123456789+-−=()aeoxhklmnpst", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜ", strict=True))
_FOREIGN = {
    "img": "a picture",
    "picture": "a picture",
    "figure": "a picture",
    "svg": "a picture",
    "gapImg": "a picture",
    "object": "an embedded object",
    "embed": "an embedded object",
    "iframe": "an embedded page",
    "audio": "sound",
    "video": "a video",
    "math": "a formula (MathML)",
    "include": "another file (XInclude)",
    "templateInline": "words made by a template",
    "templateBlock": "words made by a template",
    "printedVariable": "words made by a template",
    "stimulusBody": "a shared stimulus",
}
_SPACE = re.compile(r"[ \t\r\n]+")
_HIDING = re.compile(r"display|visibility|content|opacity")
_HIDDEN = frozenset({"qti-hidden", "qti-visually-hidden", "visually-hidden", "sr-only"})


def folded(text: str) -> str:
    """A text with its white space as a browser shows it; no-break spaces stay."""
    return _SPACE.sub(" ", text).strip(" ")


class Words:
    """The lines read so far; `lost` collects what they do not show, `met` handles the elements it names by itself."""

    def __init__(self, where: str, lost: set[str], met: Callable[[Element, Words], bool] = lambda *_: False) -> None:
        self.where, self.lost, self.met = where, lost, met
        self.lines: list[str] = []
        self.exhibit: str | None = None
        self.rationale: str | None = None
        self._open: list[str] = []

    def text(self) -> str:
        """All lines."""
        self.end_line()
        return "\n".join(self.lines)

    def write(self, words: str | None) -> None:
        """Add words to the open line."""
        if words:
            self._open.append(words)

    def end_line(self) -> None:
        """Close the open line; an empty one is none."""
        if found := folded("".join(self._open)):
            self.lines.append(found)
        self._open.clear()

    def inside(self, parent: Element) -> Words:
        """Read what an element holds."""
        self.write(parent.text)
        for child in parent:
            self._element(child)
            self.write(child.tail)
        return self

    def _element(self, element: Element) -> None:
        self._refuse_hidden(element)
        if self.met(element, self):
            return
        tag = element.tag
        if tag in _BLOCKS:
            self._block(element)
        elif tag in _PLAIN or tag in _EMPHASIS or tag == "a":
            if tag not in _PLAIN:
                self.lost.add("links" if tag == "a" else "emphasis")
            self.inside(element)
        elif tag == "q":
            self.write("“")
            self.inside(element).write("”")
        elif tag in ("sup", "sub"):
            self._shifted(element, _RAISED if tag == "sup" else _LOWERED)
        elif tag == "pre":
            self._verbatim(element)
        elif tag == "table":
            self._table(element)
        elif tag in ("feedbackInline", "feedbackBlock"):
            self._feedback(element)
        elif tag == "rubricBlock":
            self._rubric(element)
        elif tag in ("stylesheet", "catalogInfo"):
            self.lost.add("styles" if tag == "stylesheet" else "catalogue of alternatives")
        else:
            raise fault(element, self.where, f"shows {_FOREIGN.get(local(tag), 'what is not text')} ({shown(tag)})")

    def _block(self, element: Element) -> None:
        if element.tag == "ol" and any(name in element.attrib for name in ("start", "type", "reversed")):
            raise fault(element, self.where, "shows a list with a numbering of its own (ol)")
        self.end_line()
        if element.tag in ("ul", "ol"):
            for number, child in enumerate((one for one in element if one.tag == "li"), 1):
                self.end_line()
                self.write(f"{number}. " if element.tag == "ol" else "- ")
                self._refuse_hidden(child)
                self.inside(child)
            if any(one.tag != "li" for one in element):
                raise fault(element, self.where, f"holds in a list what is not li ({shown(element.tag)})")
        else:
            self.inside(element)
        self.end_line()

    def _shifted(self, element: Element, characters: dict[str, str]) -> None:
        words = element.text or ""
        if len(element) or not words or any(one not in characters for one in words):
            raise fault(element, self.where, f"shows raised or lowered words that plain text cannot ({element.tag})")
        self.write("".join(characters[one] for one in words))

    def _verbatim(self, element: Element) -> None:
        if len(element):
            raise fault(element, self.where, "shows marked words within pre")
        self.end_line()
        self.lines.extend((element.text or "").expandtabs(4).split("\n"))

    def _feedback(self, element: Element) -> None:
        if element.get("showHide", "show") != "show":
            raise fault(element, self.where, f"shows words that an answer takes away ({element.tag})")
        self.lost.add("feedback")

    def _rubric(self, element: Element) -> None:
        if RATIONALE in element.get("class", "").split():
            self.rationale = Words(self.where, self.lost).inside(element).text()
        elif "candidate" in element.get("view", "").split():
            self.end_line()
            self.inside(element)
            self.end_line()
        else:
            self.lost.add("rubric for others than the candidate")

    def _refuse_hidden(self, element: Element) -> None:
        style = element.get("style", "")
        if "hidden" in element.attrib or _HIDING.search(style) or _HIDDEN & set(element.get("class", "").split()):
            raise fault(element, self.where, f"holds words that are not shown, or not always ({shown(element.tag)})")
        if style:
            self.lost.add("styles")

    def _table(self, element: Element) -> None:
        if self.exhibit is not None:
            raise fault(element, self.where, "shows more than one table")
        self.end_line()
        self.exhibit = sanitised(self._markup(element), f"{self.where}, line {line(element)}")

    def _markup(self, element: Element) -> str:
        """A table as the markup of an exhibit: its structure, its words, nothing of its looks."""
        self._refuse_hidden(element)
        tag = element.tag
        if tag in ("col", "colgroup"):
            return ""
        if tag not in TAGS:
            raise fault(element, self.where, f"shows in a table what an exhibit cannot ({shown(tag)})")
        if any(element.get(name, "1") != "1" for name in ("colspan", "rowspan")):
            raise fault(element, self.where, "shows a table with merged cells")
        scope = "".join(
            f' {name}="{escape(element.get(name, ""))}"' for name in ATTRIBUTES.get(tag, ()) if element.get(name)
        )
        if tag in ("td", "th", "caption"):
            return f"<{tag}{scope}>{_level(element.text) if not len(element) else self._cell(element)}</{tag}>"
        inner = "".join(self._markup(child) + _level(child.tail) for child in element)
        return f"<{tag}>{_level(element.text)}{inner}</{tag}>"

    def _cell(self, element: Element) -> str:
        inside = Words(self.where, self.lost).inside(element)
        if inside.exhibit is not None:
            raise fault(element, self.where, "shows a table within a table")
        return escape(inside.text().replace("\n", " "), quote=False)


def _level(text: str | None) -> str:
    """Words between tags; a tab is a blank in a table."""
    return escape((text or "").replace("\t", " ").replace("\r", " "), quote=False)

"""The lines of a standard's text file, read strictly: what is no text is refused with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from itembank.errors import ContentError

MAX_BYTES = 5_000_000
MAX_LINE = 100_000
"""Characters; the longest paragraph of a published standard has some 7,000."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line with its number in the file; white space folded."""

    number: int
    text: str


def lines_of(data: bytes, place: str) -> tuple[Line, ...]:
    """The lines that hold anything, folded; ContentError names `place` and the line."""
    if len(data) > MAX_BYTES:
        raise ContentError(place, f"larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError(f"{place}, line {data[: error.start].count(10) + 1}", "is not UTF-8 text") from error
    lines = []
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if len(raw) > MAX_LINE:
            raise ContentError(f"{place}, line {number}", f"longer than {MAX_LINE} characters")
        if _CONTROL.search(raw):
            raise ContentError(f"{place}, line {number}", "holds a control character, the file is not text")
        if folded := fold(raw):
            lines.append(Line(number=number, text=folded))
    if not lines:
        raise ContentError(place, "the file is empty")
    return tuple(lines)


def fold(text: str) -> str:
    """White space folded to single blanks (no-break spaces, zero-width marks and soft hyphens too)."""
    return " ".join(re.sub(r"[\u200b\u200c\u200d\u2060\ufeff\u00ad]", "", text).split())

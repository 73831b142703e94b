"""Items as JSON Lines: one object per line, the authors' own format; null is a gap (items.GAPS)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from itembank.errors import ContentError
from itembank.items import Item
from itembank.reading import NOTHING, Given, Reading, collect

MAX_BYTES = 50_000_000
MAX_LINE = 200_000
"""Characters of one item."""


def read(data: bytes, place: str, given: Given = NOTHING) -> Reading:
    """Every item of a file; a bad line is rejected with its number. ContentError when the file itself is no text."""
    lines = _lines(data, place)
    reading = collect(_rows(lines, place), given)
    if not reading.items and not reading.rejected:
        raise ContentError(place, "holds no items")
    return reading


def write(items: Iterable[Item]) -> str:
    """One line per item; reading it back gives equal items."""
    return "".join(json.dumps(item.as_json(), ensure_ascii=False) + "\n" for item in items)


def _lines(data: bytes, place: str) -> list[str]:
    if len(data) > MAX_BYTES:
        raise ContentError(place, f"larger than {MAX_BYTES} bytes")
    try:
        return data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ContentError(f"{place}, line {data[: error.start].count(10) + 1}", "is not UTF-8 text") from error


def _rows(lines: Iterable[str], place: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield f"{place}, line {number}", _decoded(line, f"{place}, line {number}")


def _decoded(line: str, where: str) -> Any:
    if len(line) > MAX_LINE:
        return ContentError(where, f"longer than {MAX_LINE} characters")
    try:
        return json.loads(line, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return ContentError(f"{where}, column {error.colno}", f"is not JSON: {error.msg}")
    except (ValueError, RecursionError) as error:
        return ContentError(where, str(error) if isinstance(error, ValueError) else "is nested too deeply")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field occurs twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")

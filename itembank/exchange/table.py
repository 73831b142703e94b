"""Items as a CSV table: one row per item, readable in a spreadsheet, exact on the way back.

Rules:
- lists (criteria, enemies) are separated by "|"; options, key and law are JSON in one cell, as in the JSONL format;
- an empty cell is null for exhibit, options, law and the gaps of an item, "" nowhere else;
- a cell that a spreadsheet would take for a formula leaves with an apostrophe before it and loses it on the way in.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from itembank.errors import ContentError
from itembank.items import GAPS, Item
from itembank.reading import NOTHING, Given, Reading, collect

COLUMNS = (
    "id",
    "version",
    "standard",
    "outcome",
    "criteria",
    "language",
    "interaction",
    "stem",
    "exhibit",
    "options",
    "key",
    "rationale",
    "expected_difficulty",
    "law",
    "enemies",
    "seconds",
)
LISTS = frozenset({"criteria", "enemies"})
DOCUMENTS = frozenset({"options", "key", "law"})
WHOLE = frozenset({"version", "seconds"})
EMPTY_IS_NULL = frozenset({"exhibit", "options", "key", "law", *GAPS})
MAX_BYTES = 50_000_000
MAX_CELL = 100_000
"""Characters."""
_FORMULA = ("=", "+", "-", "@", "\t", "'")


def read(data: bytes, place: str, given: Given = NOTHING) -> Reading:
    """Every item of a table; a bad row is rejected with its line. ContentError when the file or its header is wrong."""
    if len(data) > MAX_BYTES:
        raise ContentError(place, f"larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError(f"{place}, line {data[: error.start].count(10) + 1}", "is not UTF-8 text") from error
    if "\x00" in text:
        raise ContentError(place, "holds a zero character, the file is not text")
    reading = collect(_rows(text, place), given)
    if not reading.items and not reading.rejected:
        raise ContentError(place, "holds no items")
    return reading


def write(items: Iterable[Item]) -> str:
    """The table of these items with its header; reading it back gives equal items."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for item in items:
        row = item.as_json()
        table.writerow([_cell(name, row[name]) for name in COLUMNS])
    return out.getvalue()


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in LISTS:
        return "|".join(value)
    if name in DOCUMENTS:
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def _rows(text: str, place: str) -> Iterator[tuple[str, Any]]:
    delimiter = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(table, [])
        if wrong := sorted(set(COLUMNS) ^ set(header)) or (["a column"] if len(header) != len(COLUMNS) else []):
            raise ContentError(
                f"{place}, line 1", f"{wrong[0][:40]!r} is missing in the header or does not belong there"
            )
        for cells in table:
            if cells:
                yield f"{place}, line {table.line_num}", _row(header, cells, f"{place}, line {table.line_num}")
    except csv.Error as error:
        raise ContentError(f"{place}, line {table.line_num}", f"is not CSV: {error}") from error


def _row(header: list[str], cells: list[str], where: str) -> Any:
    if len(cells) != len(header):
        return ContentError(where, f"{len(cells)} cells, the header has {len(header)}")
    row: dict[str, Any] = {}
    for name, cell in zip(header, cells, strict=True):
        try:
            row[name] = _value(name, cell)
        except (ValueError, RecursionError):
            return ContentError(f"{where}, field {name}", "cannot be read in this cell")
    return row


def _value(name: str, cell: str) -> Any:
    if len(cell) > MAX_CELL:
        raise ValueError(name)
    if not cell and name in EMPTY_IS_NULL:
        return None
    if name in LISTS:
        return cell.split("|") if cell else []
    if name in DOCUMENTS:
        return json.loads(cell)
    if name in WHOLE:
        return int(cell) if cell.isascii() and cell.isdecimal() else cell
    return cell[1:] if cell.startswith("'") else cell

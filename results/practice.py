"""The practical part as the committee entered it: one decision per criterion, with method, assessor and date."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from results.rules import Value
from results.scheme import Unit

COLUMNS = ("criterion", "decision", "method", "assessor", "date")
METHODS: Mapping[str, str] = {"simulation": "practice", "interview": "practice"}
"""Methods a practical criterion may be verified by; analysis of evidence belongs to renewal and is refused here."""
LARGEST = 1_000_000


class PracticeError(ValueError):
    """An entry of the practical part that cannot be taken; the message names the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeEntry:
    """One criterion, decided by a person."""

    criterion: str
    decision: Value
    method: str
    assessor: str
    on: date


def read_csv(text: str, qualification: Unit, today: date) -> tuple[PracticeEntry, ...]:
    """Entries of a CSV with the header criterion, decision, method, assessor, date (order free, `#` lines skipped).

    `PracticeError` for an unknown criterion, one that is not allocated to the practical part, a repeated one, an
    unknown decision or method, an empty assessor, a date that is none or lies ahead.
    """
    if len(text) > LARGEST:
        raise PracticeError(f"the file is larger than {LARGEST} characters")
    lines = [(n, line) for n, line in enumerate(text.lstrip("﻿").splitlines(), start=1) if line.strip()]
    lines = [(n, line) for n, line in lines if not line.lstrip().startswith("#")]
    if not lines:
        raise PracticeError("line 1: the file is empty")
    rows = list(csv.reader(io.StringIO("\n".join(line for _, line in lines)), strict=True))
    header = [cell.strip() for cell in rows[0]]
    if sorted(header) != sorted(COLUMNS):
        raise PracticeError(f"line {lines[0][0]}: the columns {', '.join(COLUMNS)} are expected, found {header}")
    entries: dict[str, PracticeEntry] = {}
    for (number, _), row in zip(lines[1:], rows[1:], strict=True):
        if len(row) != len(header):
            raise PracticeError(f"line {number}: {len(row)} cells where the header has {len(header)}")
        entry = check(
            dict(zip(header, (cell.strip() for cell in row), strict=True)), qualification, today, f"line {number}"
        )
        if entry.criterion in entries:
            raise PracticeError(f"line {number}: criterion {entry.criterion} is entered twice")
        entries[entry.criterion] = entry
    return tuple(entries.values())


def check(cells: Mapping[str, str], qualification: Unit, today: date, place: str) -> PracticeEntry:
    """One entry, whether typed into the committee's form or read from a file."""
    leaf = next((unit for unit in qualification.leaves() if unit.id == cells["criterion"]), None)
    if leaf is None:
        raise PracticeError(f"{place}: criterion {cells['criterion']!r} is not in the standard")
    if "practice" not in leaf.parts:
        raise PracticeError(f"{place}: criterion {leaf.id} is not verified in the practical part")
    if cells["decision"] not in (Value.MET, Value.NOT_MET):
        raise PracticeError(f"{place}: met or not_met is expected, found {cells['decision']!r}")
    if cells["method"] not in METHODS:
        raise PracticeError(f"{place}: one of {', '.join(METHODS)} is expected as method, found {cells['method']!r}")
    if not cells["assessor"] or len(cells["assessor"]) > 120:
        raise PracticeError(f"{place}: the assessor is missing or longer than 120 characters")
    try:
        on = date.fromisoformat(cells["date"])
    except ValueError:
        raise PracticeError(f"{place}: {cells['date']!r} is not a date like 2026-11-22") from None
    if on > today:
        raise PracticeError(f"{place}: {on.isoformat()} lies ahead")
    return PracticeEntry(
        criterion=leaf.id, decision=Value(cells["decision"]), method=cells["method"], assessor=cells["assessor"], on=on
    )

"""The practical part as the committee entered it: one decision per criterion, with method, assessor and date."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from results.phrasing import Say, english, mark
from results.rules import Value
from results.scheme import Unit

COLUMNS = ("criterion", "decision", "method", "assessor", "date")
METHODS: Mapping[str, str] = {"simulation": "practice", "interview": "practice"}
"""Methods a practical criterion may be verified by; analysis of evidence belongs to renewal and is refused here."""
LARGEST = 1_000_000
LONGEST = 120


class PracticeError(ValueError):
    """An entry of the practical part that cannot be taken: in English as text, in any language by `said`."""

    def __init__(self, text: str, *, line: int | None = None, **values: str | int) -> None:
        self.text, self.line, self.values = text, line, values
        super().__init__(self.said(english))

    def said(self, say: Say) -> str:
        """What is wrong, with the line of the file where there is one."""
        what = say(self.text, **self.values)
        return what if self.line is None else say("line {n}: {what}", n=self.line, what=what)


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
        raise PracticeError(mark("the file is larger than {n} characters"), n=LARGEST)
    lines = [(n, line) for n, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1) if line.strip()]
    lines = [(n, line) for n, line in lines if not line.lstrip().startswith("#")]
    if not lines:
        raise PracticeError(mark("the file is empty"), line=1)
    rows = [_cells(line, number) for number, line in lines]
    header = rows[0]
    if sorted(header) != sorted(COLUMNS):
        expected, found = ", ".join(COLUMNS), ", ".join(header)
        raise PracticeError(
            mark("the columns {expected} are expected, found: {found}"),
            line=lines[0][0], expected=expected, found=found,
        )  # fmt: skip
    entries: dict[str, PracticeEntry] = {}
    for (number, _), row in zip(lines[1:], rows[1:], strict=True):
        if len(row) != len(header):
            raise PracticeError(
                mark("{n} cells where the header has {expected}"), line=number, n=len(row), expected=len(header)
            )
        entry = check(dict(zip(header, row, strict=True)), qualification, today, number)
        if entry.criterion in entries:
            raise PracticeError(mark("criterion {criterion} is entered twice"), line=number, criterion=entry.criterion)
        entries[entry.criterion] = entry
    return tuple(entries.values())


def check(cells: Mapping[str, str], qualification: Unit, today: date, line: int | None = None) -> PracticeEntry:
    """One entry, whether typed into the committee's form or read from a line of a file."""
    criterion, decision, method = cells["criterion"], cells["decision"], cells["method"]
    leaf = next((unit for unit in qualification.leaves() if unit.id == criterion), None)
    if leaf is None:
        raise PracticeError(mark("criterion {criterion} is not in the standard"), line=line, criterion=criterion)
    if "practice" not in leaf.parts:
        raise PracticeError(
            mark("criterion {criterion} is not verified in the practical part"), line=line, criterion=criterion
        )
    if decision not in (Value.MET, Value.NOT_MET):
        raise PracticeError(mark("the decision is met or not_met, found: {found}"), line=line, found=decision)
    if method not in METHODS:
        known = ", ".join(METHODS)
        raise PracticeError(mark("the method is one of {known}, found: {found}"), line=line, known=known, found=method)
    if not cells["assessor"] or len(cells["assessor"]) > LONGEST:
        raise PracticeError(mark("the assessor is missing or longer than {n} characters"), line=line, n=LONGEST)
    try:
        on = date.fromisoformat(cells["date"])
    except ValueError:
        raise PracticeError(mark("{found} is not a date like 2026-11-22"), line=line, found=cells["date"]) from None
    if on > today:
        raise PracticeError(mark("the date {found} lies ahead"), line=line, found=on.isoformat())
    return PracticeEntry(
        criterion=leaf.id, decision=Value(decision), method=method, assessor=cells["assessor"], on=on
    )  # fmt: skip


def _cells(line: str, number: int) -> list[str]:
    try:
        (row,) = csv.reader([line], strict=True)
    except csv.Error:
        raise PracticeError(mark("the quotation marks do not match"), line=number) from None
    return [cell.strip() for cell in row]

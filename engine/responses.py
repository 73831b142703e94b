"""Answers: one scored response of a sitting, and the response matrix of many persons with its mask.

Rules: persons are rows, items are columns; "not presented" is the mask `presented`, an omitted answer is a response
scored 0.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.parameters import FloatArray

HIGHEST_CATEGORY = 100  # scores are held in int8


class ResponsesError(ValueError):
    """A response file or matrix that cannot be read; the message names file and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One scored answer: `item` is an item version id, `score` 0 or 1 (omitted is scored 0)."""

    item: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResponseMatrix:
    """Scores of N persons on J items: `scores` (N, J) int8, 0 where `presented` (N, J) is False; read-only.

    `group` and `weight` are per person or None; `notes` says what reading changed (shifted categories).
    """

    persons: tuple[str, ...]
    items: tuple[str, ...]
    scores: NDArray[np.int8]
    presented: NDArray[np.bool_]
    group: tuple[str, ...] | None = None
    weight: FloatArray | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the shapes, blank what was not presented and lock the arrays."""
        shape = (len(self.persons), len(self.items))
        if self.scores.shape != shape or self.presented.shape != shape:
            raise ResponsesError(f"scores {self.scores.shape} and mask {self.presented.shape} do not fit {shape}")
        if len(set(self.items)) != len(self.items):
            raise ResponsesError("an item stands twice among the columns")
        presented = np.array(self.presented, dtype=np.bool_)
        scores = np.where(presented, self.scores, 0).astype(np.int8)
        for array in (presented, scores):
            array.setflags(write=False)
        object.__setattr__(self, "presented", presented)
        object.__setattr__(self, "scores", scores)


def read_responses(path: str | Path, omitted: str | None = None, group: str = "group") -> ResponseMatrix:
    """Read RESPONSES.csv: a header of item ids with optional columns person, group, weight; blank = not presented.

    `omitted` is the code of an omitted answer, scored 0; `group` names the column of groups. Items whose lowest
    category is above 0 are shifted, and `notes` says so. Raises ResponsesError naming file and line.
    """
    lines = _lines(path)
    header = next(lines, None)
    if header is None:
        raise ResponsesError(f"{path}: the file holds no header")
    names = [name.strip() for name in header[1]]
    columns = _columns(path, names, group)
    place = {name: names.index(name) for name in ("person", "group", "weight", group) if name in names}
    cells_of = [names.index(name) for name in columns]
    persons: list[str] = []
    scores: list[list[int]] = []
    extra: dict[str, list[str]] = {name: [] for name in ("group", "weight")}
    known = {"": ABSENT} | {str(k): k for k in range(HIGHEST_CATEGORY + 1)}
    if omitted is not None:
        known[omitted] = OMITTED
    for number, cells in lines:
        if len(cells) != len(header[1]):
            raise ResponsesError(f"{path}, line {number}: {len(cells)} cells under {len(header[1])} columns")
        persons.append(cells[place["person"]].strip() if "person" in place else "")
        persons[-1] = persons[-1] or str(len(persons))
        for name, column in (("group", group), ("weight", "weight")):
            if column in place:
                extra[name].append(cells[place[column]].strip())
        try:
            scores.append([known[cells[at]] for at in cells_of])
        except KeyError:
            given = zip(columns, (cells[at].strip() for at in cells_of), strict=True)
            scores.append([_score(path, number, item, cell, known) for item, cell in given])
    table = np.array(scores, dtype=np.int16).reshape(len(persons), len(columns))
    return _matrix(path, persons, columns, table, extra)


ABSENT, OMITTED = -1, -2  # marks inside the table while reading


def _matrix(
    path: str | Path,
    persons: list[str],
    columns: Sequence[str],
    table: NDArray[np.int16],
    extra: dict[str, list[str]],
) -> ResponseMatrix:
    if len(set(persons)) != len(persons):
        met: set[str] = set()
        twice = next(p for p in persons if p in met or met.add(p))  # type: ignore[func-returns-value]
        raise ResponsesError(f"{path}: person {twice!r} stands twice")
    notes = []
    for place, item in enumerate(columns):
        column = np.where(table[:, place] == OMITTED, 0, table[:, place])
        given = column[column != ABSENT]
        if given.max(initial=0) > 1 and given.min() > 0:  # a column of nothing but 1 means: everybody was right
            notes.append(f"{item}: the lowest category is {given.min()}; all its categories were shifted down to 0")
            column = np.where(column != ABSENT, column - given.min(), ABSENT)
        table[:, place] = column
    presented = table != ABSENT
    return ResponseMatrix(
        persons=tuple(persons),
        items=tuple(columns),
        scores=np.where(presented, table, 0).astype(np.int8),
        presented=presented,
        group=tuple(extra["group"]) if extra["group"] else None,
        weight=_weights(path, extra["weight"]) if extra["weight"] else None,
        notes=tuple(notes),
    )


def _lines(path: str | Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file with their line numbers, without blank lines and lines that start with `#`."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        yield from csv_rows(file)


def csv_rows(text: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of CSV lines; blank lines and lines that start with `#` are skipped.

    Raises ResponsesError naming the file when it is not UTF-8.
    """
    number = 0
    try:
        for number, line in enumerate(text, start=1):
            if line.strip() and not line.startswith("#"):
                yield number, next(csv.reader([line]))
    except UnicodeDecodeError as error:
        name = getattr(text, "name", "the text")
        raise ResponsesError(f"{name}: not UTF-8 somewhere after line {number}") from error


def _columns(path: str | Path, names: list[str], group: str) -> tuple[str, ...]:
    if group != "group" and group not in names:
        raise ResponsesError(f"{path}: the header names no column {group!r}")
    for name in names:
        if not name or names.count(name) > 1:
            raise ResponsesError(f"{path}: column {name!r} is {'named twice' if name else 'without a name'}")
    items = tuple(name for name in names if name not in ("person", "group", "weight", group))
    if not items:
        raise ResponsesError(f"{path}: the header names no item")
    return items


def _score(path: str | Path, number: int, item: str, text: str, known: dict[str, int]) -> int:
    if text in known:
        return known[text]
    if text.isascii() and text.isdigit() and int(text) <= HIGHEST_CATEGORY:
        return int(text)
    raise ResponsesError(f"{path}, line {number}, item {item}: {text!r} is not a score (a whole number from 0)")


def _weights(path: str | Path, cells: list[str]) -> FloatArray:
    try:
        weights = np.array([float(cell) for cell in cells])
    except ValueError as error:
        raise ResponsesError(f"{path}: a weight is not a number: {error}") from error
    if not np.all(np.isfinite(weights)) or np.any(weights < 0):
        raise ResponsesError(f"{path}: a weight is negative or not finite")
    weights.setflags(write=False)
    return weights

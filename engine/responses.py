"""Answers: one scored response of a sitting, and the response matrix of many persons with its mask.

Rules: persons are rows, items are columns; "not presented" is the mask `presented`, an omitted answer is a response
scored 0. What a matrix may hold is checked once, when it is made, whoever makes it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

    Made from numbers of any kind: presented scores are whole numbers from 0 to 100; what stands elsewhere (NaN, -1)
    never counts. `group` (none blank) and `weight` (finite, >= 0, one of them above 0) are per person or None; `notes`
    says what reading changed (shifted categories). Raises ResponsesError naming the person and the item otherwise.
    """

    persons: tuple[str, ...]
    items: tuple[str, ...]
    scores: NDArray[np.int8]
    presented: NDArray[np.bool_]
    group: tuple[str, ...] | None = None
    weight: FloatArray | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check everything, blank what was not presented and lock the arrays."""
        shape = (len(self.persons), len(self.items))
        scores, presented = np.asarray(self.scores), np.asarray(self.presented)
        if scores.shape != shape or presented.shape != shape:
            raise ResponsesError(f"scores {scores.shape} and mask {presented.shape} do not fit {shape}")
        for kind, names in (("an item", self.items), ("person", self.persons)):
            if len(set(names)) != len(names):
                met: set[str] = set()
                twice = next(n for n in names if n in met or met.add(n))  # type: ignore[func-returns-value]
                where = " among the columns" if kind == "an item" else ""
                raise ResponsesError(f"{kind} {twice!r} stands twice{where}")
        if presented.dtype != np.bool_ and not np.isin(presented, (0, 1)).all():
            raise ResponsesError("the mask of what was presented must be True or False")
        mask = np.array(presented, dtype=np.bool_)
        held = {"presented": mask, "scores": self._scores(scores, mask)}
        if self.weight is not None:
            held["weight"] = self._weights()
        for name, array in held.items():
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.group is not None:
            if len(self.group) != shape[0]:
                raise ResponsesError(f"{len(self.group)} groups for {shape[0]} persons")
            if "" in self.group:
                raise ResponsesError(f"person {self.persons[self.group.index('')]!r}: the group is blank")

    def _scores(self, given: NDArray[Any], mask: NDArray[np.bool_]) -> NDArray[np.int8]:
        """The presented scores as int8, 0 elsewhere; one copy where they come as int8."""
        if given.dtype.kind not in "biuf":
            raise ResponsesError(f"scores are numbers, not {given.dtype}")
        held = np.where(mask, given, given.dtype.type(0))
        inside = not held.size or bool(held.min() >= 0 and held.max() <= HIGHEST_CATEGORY)  # False for NaN
        if inside:
            scores = held.astype(np.int8, copy=False)
            if held.dtype.kind != "f" or np.array_equal(scores, held):
                return scores
        row, column = np.argwhere(~np.isin(held, np.arange(HIGHEST_CATEGORY + 1)))[0]
        raise ResponsesError(
            f"person {self.persons[row]!r} (row {row + 1}), item {self.items[column]!r} (column {column + 1}): "
            f"{held[row, column]} is not a score (a whole number from 0 to {HIGHEST_CATEGORY})"
        )

    def _weights(self) -> FloatArray:
        weight = np.array(self.weight, dtype=np.float64)
        if weight.shape != (len(self.persons),):
            raise ResponsesError(f"weights {weight.shape} do not fit {len(self.persons)} persons")
        wrong = np.flatnonzero(~np.isfinite(weight) | (weight < 0))
        if wrong.size:
            person, value = self.persons[wrong[0]], weight[wrong[0]]
            raise ResponsesError(f"person {person!r}: the weight {value:g} is negative or not finite")
        if weight.size and not weight.any():
            raise ResponsesError("every weight is 0; nobody counts")
        return weight


def read_responses(path: str | Path, omitted: str | None = None, group: str | None = None) -> ResponseMatrix:
    """Read RESPONSES.csv: a header of item ids with optional columns person, group, weight; blank = not presented.

    `omitted` is the code of an omitted answer, scored 0; `group` names the column of groups, which must be there then
    (None: the column group, if there is one); a blank group is refused. Items whose lowest category is above 0 are
    shifted, and `notes` says so. Raises ResponsesError naming file and line.
    """
    lines = _lines(path)
    header = next(lines, None)
    if header is None:
        raise ResponsesError(f"{path}: the file holds no header")
    names = [name.strip() for name in header[1]]
    columns = _columns(path, names, group)
    groups = group or "group"
    place = {name: names.index(name) for name in ("person", "group", "weight", groups) if name in names}
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
        for name, column in (("group", groups), ("weight", "weight")):
            if column in place:
                extra[name].append(cells[place[column]].strip())
                if not extra[name][-1]:
                    raise ResponsesError(f"{path}, line {number}: the {name} is blank")
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
    notes = []
    for place, item in enumerate(columns):
        column = np.where(table[:, place] == OMITTED, 0, table[:, place])
        given = column[column != ABSENT]
        if given.max(initial=0) > 1 and given.min() > 0:  # a column of nothing but 1 means: everybody was right
            notes.append(f"{item}: the lowest category is {given.min()}; all its categories were shifted down to 0")
            column = np.where(column != ABSENT, column - given.min(), ABSENT)
        table[:, place] = column
    try:
        return ResponseMatrix(
            persons=tuple(persons),
            items=tuple(columns),
            scores=table.astype(np.int8),
            presented=table != ABSENT,
            group=tuple(extra["group"]) if extra["group"] else None,
            weight=read_weights(path, extra["weight"]) if extra["weight"] else None,
            notes=tuple(notes),
        )
    except ResponsesError as error:
        raise ResponsesError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error


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


def _columns(path: str | Path, names: list[str], group: str | None) -> tuple[str, ...]:
    if group is not None and group not in names:
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


def read_weights(path: str | Path, cells: list[str]) -> FloatArray:
    """The weights in these cells. Raises ResponsesError naming the file."""
    try:
        return np.array([float(cell) for cell in cells])
    except ValueError as error:
        raise ResponsesError(f"{path}: a weight is not a number: {error}") from error

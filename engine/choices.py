"""Options persons chose, the key that scores them, and the distractor curves of a whole test.

Rules: a cell holds the option as it was recorded (`A`, `3`); blank = not presented; the code of an omitted answer is a
response scored 0, shown as the option "". KEY.csv: item, key. An option's curve is over bands of the mean score on the
other items a person met; who met nothing else is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.classical import OptionCurves, option_curves
from engine.parameters import FloatArray
from engine.responses import ResponseMatrix, ResponsesError, csv_rows, read_weights

PERSON_COLUMNS = ("person", "group", "weight")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChosenOptions:
    """The scored `matrix`, `options` (N rows of J) as chosen, "" where omitted or not presented, `key` (J)."""

    matrix: ResponseMatrix
    options: tuple[tuple[str, ...], ...]
    key: tuple[str, ...]


def read_choices(path: str | Path, key_path: str | Path, omitted: str | None = None) -> ChosenOptions:
    """Read chosen options and score them by the key. Raises ResponsesError naming file and line."""
    known = read_key(key_path)
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        lines = [(number, [cell.strip() for cell in cells]) for number, cells in csv_rows(file)]
    if len(lines) < 2:
        raise ResponsesError(f"{path}: the file holds no header and answers")
    names = lines[0][1]
    items = tuple(name for name in names if name not in PERSON_COLUMNS)
    for item in items:
        if item not in known:
            raise ResponsesError(f"{path}: item {item!r} has no key")
    for number, cells in lines:
        if len(cells) != len(names):
            raise ResponsesError(f"{path}, line {number}: {len(cells)} cells under {len(names)} columns")
    places = [names.index(item) for item in items]
    chosen = [[cells[place] for place in places] for _, cells in lines[1:]]
    key = tuple(known[item] for item in items)
    presented = np.array([[cell != "" for cell in row] for row in chosen])
    scores = np.array([[cell == right for cell, right in zip(row, key, strict=True)] for row in chosen])
    persons = [cells[names.index("person")] if "person" in names else "" for _, cells in lines[1:]]
    try:
        matrix = ResponseMatrix(
            persons=tuple(person or str(n) for n, person in enumerate(persons, start=1)),
            items=items,
            scores=scores.astype(np.int8),
            presented=presented,
            group=tuple(cells[names.index("group")] for _, cells in lines[1:]) if "group" in names else None,
            weight=read_weights(path, [cells[names.index("weight")] for _, cells in lines[1:]])
            if "weight" in names
            else None,
        )
    except ResponsesError as error:
        raise ResponsesError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error
    return ChosenOptions(
        matrix=matrix,
        options=tuple(tuple("" if cell == omitted else cell for cell in row) for row in chosen),
        key=key,
    )


def read_key(path: str | Path) -> dict[str, str]:
    """item -> right option, from a file of the columns item and key."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        lines = [(number, [cell.strip() for cell in cells]) for number, cells in csv_rows(file)]
    if not lines or lines[0][1] != ["item", "key"]:
        raise ResponsesError(f"{path}: the columns of a key are item, key")
    found: dict[str, str] = {}
    for number, cells in lines[1:]:
        if len(cells) != 2 or not all(cells):
            raise ResponsesError(f"{path}, line {number}: an item and its key are needed")
        if cells[0] in found:
            raise ResponsesError(f"{path}, line {number}: item {cells[0]} stands twice")
        found[cells[0]] = cells[1]
    return found


def distractors(chosen: ChosenOptions) -> tuple[OptionCurves | None, ...]:
    """The option curves of every item; None where nobody who met it chose the key."""
    matrix = chosen.matrix
    others = matrix.presented.sum(axis=1)[:, None] - matrix.presented
    points = matrix.scores.sum(axis=1, dtype=np.intp)[:, None] - matrix.scores
    rest: FloatArray = np.divide(points, others, out=np.full(points.shape, np.nan), where=others > 0)
    found: list[OptionCurves | None] = []
    for j, key in enumerate(chosen.key):
        there = matrix.presented[:, j] & (others[:, j] > 0)
        if not (there & (matrix.scores[:, j] == 1)).any():
            found.append(None)
            continue
        found.append(option_curves([row[j] for row in chosen.options], there, rest[:, j], key))
    return tuple(found)

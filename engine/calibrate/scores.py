"""The complete-data score of a person as a function of theta: how it follows from the indicator columns of the answers.

Rules:
- S(theta) = sum over the person's columns of slopes at theta, plus an offset that everybody has. The order here is
  place by place (all a, then all d, ...), so that each product writes into one slice; `order` gives the packed one.
- Columns stand category by category, so that what several categories add to one value are slices, not gathered cells.
- Single precision: six digits of a matrix whose terms end at three.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.calibrate.families import Table
from engine.calibrate.problem import Problem
from engine.parameters import FloatArray

Indexes = NDArray[np.intp]
Single = NDArray[np.float32]
Places = slice | Indexes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Piece:
    """One place of the values: its columns, their slopes (Q, columns), and which of them are added where."""

    columns: Places
    slopes: Single
    parts: tuple[tuple[slice, Places], ...]


class Design:
    """Scores of `size` free values of some estimated items, place by place.

    order (size,) is the packed index of each; `chosen` are places among the estimated items, all unless given.
    """

    def __init__(self, problem: Problem, table: Table, chosen: Indexes | None = None) -> None:
        answers, free = problem.answers, problem.free_items.copy()
        number = np.full(free.shape, -1)
        number[free] = np.arange(int(free.sum()))
        if chosen is not None:
            free[np.setdiff1d(np.arange(len(free)), chosen)] = False
        place_of = np.full(len(answers.categories), -1)
        place_of[problem.estimated[free.any(axis=1)]] = np.flatnonzero(free.any(axis=1))
        mine = np.flatnonzero(place_of[answers.item] >= 0)
        self.columns = mine[np.lexsort((answers.item[mine], answers.category[mine]))]
        item, category = place_of[answers.item[self.columns]], answers.category[self.columns]
        owner, place = np.nonzero(free.T)[::-1]
        self.size = len(owner)
        self.order = number[owner, place]
        zero = table.slopes[:, :, 0]
        own = table.slopes[:, item, category] - np.where((category > 0)[:, None], zero[:, item], 0.0)
        self.pieces = [_piece(own[..., p], item, category, owner, place == p) for p in np.unique(place)]
        all_met = answers.everybody[problem.estimated]
        self.rest = np.where(all_met[owner], zero[:, owner, place], 0.0).astype(np.float32)

    def rows(self, columns: FloatArray) -> Single:
        """The columns of these items in the order the pieces want."""
        return np.asarray(columns[:, self.columns], dtype=np.float32)

    def expected(self, rows: Single, weighted: FloatArray) -> Single:
        """Sum over nodes of weighted (rows, Q) times the score, (rows, size)."""
        weights = weighted.astype(np.float32)
        found: Single = weights @ self.rest
        for piece in self.pieces:
            part = weights @ piece.slopes
            part *= rows[:, piece.columns]
            for source, target in piece.parts:
                found[:, target] += part[:, source]
        return found


def _piece(slopes: FloatArray, item: Indexes, category: Indexes, owner: Indexes, mine: NDArray[np.bool_]) -> _Piece:
    """The columns (of `item` and `category`) that bear on one place of the values, whose items are owner[mine]."""
    targets = np.flatnonzero(mine)
    there = np.flatnonzero(np.isin(item, owner[mine]) & np.any(slopes != 0, axis=0))
    target_of = np.full(int(owner.max()) + 1, -1)
    target_of[owner[targets]] = targets
    starts = np.flatnonzero(np.diff(category[there], prepend=-1)).tolist()
    parts = [slice(a, b) for a, b in zip(starts, [*starts[1:], len(there)], strict=True)]
    return _Piece(
        columns=_places(there),
        slopes=np.ascontiguousarray(slopes[:, there], dtype=np.float32),
        parts=tuple((part, _places(target_of[item[there[part]]])) for part in parts),
    )


def _places(numbers: Indexes) -> Places:
    """A slice where the numbers follow each other."""
    if numbers.size and np.all(np.diff(numbers) == 1):
        return slice(int(numbers[0]), int(numbers[-1]) + 1)
    return numbers

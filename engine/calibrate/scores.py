"""The complete-data score of a person as a function of theta: how it follows from the indicator columns of the answers.

Rules: S(theta) = sum over the person's columns of slopes at theta, plus an offset that everybody has. The order here
is place by place (all a, then all d, ...), so that each product writes into one slice; `order` gives the packed one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.calibrate.families import Table
from engine.calibrate.problem import Problem
from engine.parameters import FloatArray

Indexes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Piece:
    """One place of the values: its columns (None: all), their slopes (Q, columns), where it writes, item ends."""

    columns: Indexes | None
    slopes: FloatArray
    target: slice
    starts: Indexes | None


class Design:
    """Scores of `size` free values: those of the estimated items place by place, then those of the population.

    order (size,) is the packed index of each; owner is the estimated item of each item value.
    """

    def __init__(self, problem: Problem, table: Table) -> None:
        answers, free = problem.answers, problem.free_items
        place_of = np.full(len(answers.categories), -1)
        place_of[problem.estimated] = np.arange(len(problem.estimated))
        self.columns = np.flatnonzero(place_of[answers.item] >= 0)
        item, category = place_of[answers.item[self.columns]], answers.category[self.columns]
        number = np.full(free.shape, -1)
        number[free] = np.arange(int(free.sum()))
        owner, place = np.nonzero(free.T)[::-1]
        self.owner = owner
        self.item_values = len(owner)
        self.population = problem.free_population
        self.size = self.item_values + int(self.population.sum())
        self.order = np.concatenate((number[owner, place], np.arange(self.item_values, self.size)))
        zero = table.slopes[:, :, 0]
        own = table.slopes[:, item, category] - np.where((category > 0)[:, None], zero[:, item], 0.0)
        self.pieces = [_piece(own[..., p], item, owner, place == p) for p in range(free.shape[1]) if free[:, p].any()]
        self.rest = np.zeros((len(problem.nodes), self.size))
        all_met = answers.everybody[problem.estimated]
        self.rest[:, : self.item_values] = np.where(all_met[owner], zero[:, owner, place], 0.0)

    def packed(self, matrix: FloatArray) -> FloatArray:
        """A matrix of this order in the packed one."""
        back = np.argsort(self.order)
        return np.asarray(matrix[np.ix_(back, back)])

    def rows(self, columns: FloatArray) -> FloatArray:
        """The columns of the estimated items."""
        return columns if self.columns.size == columns.shape[1] else columns[:, self.columns]

    def offset(self, slopes: FloatArray, group: int) -> FloatArray:
        """What every person of the group has at each node, (Q, size); slopes (Q, 2) of the population's log weight."""
        whole = self.rest.copy()
        numbers = np.full(self.population.shape, -1)
        numbers[self.population] = np.arange(self.item_values, self.size)
        for place in np.flatnonzero(self.population[group]):
            whole[:, numbers[group, place]] = slopes[:, place]
        return whole

    def expected(self, rows: FloatArray, post: FloatArray) -> FloatArray:
        """Sum over nodes of post times the score without its offset, (rows, size)."""
        found = np.zeros((len(rows), self.size))
        for piece in self.pieces:
            part = post @ piece.slopes
            part *= rows if piece.columns is None else rows[:, piece.columns]
            found[:, piece.target] = part if piece.starts is None else np.add.reduceat(part, piece.starts, axis=1)
        return found


def _piece(slopes: FloatArray, item: Indexes, owner: Indexes, mine: NDArray[np.bool_]) -> _Piece:
    """The columns (items `item`) that bear on one place of the values, whose items are owner[mine]."""
    targets = np.flatnonzero(mine)
    there = np.flatnonzero(np.isin(item, owner[mine]) & np.any(slopes != 0, axis=0))
    starts = np.flatnonzero(np.diff(item[there], prepend=-1))
    return _Piece(
        columns=None if len(there) == len(item) else there,
        slopes=np.ascontiguousarray(slopes[:, there]),
        target=slice(int(targets[0]), int(targets[-1]) + 1),
        starts=None if len(starts) == len(there) else starts,
    )

"""Families of forms that keep a limit on exposure: whether one can exist, and one that does.

Rules:
- A limit r can be kept just when a mixture of forms exists (each form with its share of sittings) in which no item has
  more than the share r. That is a matrix game: t is the least, over mixtures, of the greatest share of an item. For any
  weights of the items that sum to 1, the lightest form weighs at most t (weak duality).
- So forms are looked for one at a time (column generation, Gilmore & Gomory 1961): the best mixture of the forms known
  gives weights, and HiGHS the lightest form under them. A mixture within r says yes; a lightest form above r says no;
  when no form is lighter than the mixture's greatest share, that share is t.
- Items that stand in the same bounds with the same weights are one class: a mixture can be spread evenly over them, so
  the search counts by class.
- Work is bounded by counts, never by a clock: what they do not decide is None, not a guess.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from engine.assembly import ROUNDING, Bound, shares_exist, silent_solver, solved
from engine.parameters import FloatArray

EXACT = 1e-7  # of shares
SMOOTHING = 0.5  # of the weights that proved most so far, against the mixture's own (Wentges 1997)
ROUNDS = 300  # forms looked for before a question is left open
NODES = 5000  # of the search for one form
FAMILY = 12  # forms to draw from: more would spread exposure of the forms' own items further, for longer plan checks
LARGER = (24, 60, 120, 240)  # forms, where no family of FAMILY keeps the proportions
LARGEST = 5000  # forms, where only the mixture's own proportions do

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """Whether a mixture of forms keeps the limit; None when the work allowed did not decide it.

    Where it exists: forms (F, J) of 0 and 1, their shares (F,), which sum to 1, and class_of (J,), within which items
    may change places; else all are empty.
    """

    exists: bool | None
    forms: Counts
    shares: FloatArray
    class_of: Counts


class Question:
    """Whether mixtures of forms keep a limit, of some of these bounds; forms and weights found once are tried again.

    size: number of items J; limit: the greatest share of sittings any item may be in, above 0 and below 1.
    """

    def __init__(self, size: int, bounds: Sequence[Bound], limit: float) -> None:
        self.limit = limit
        self._size = size
        self._row_of = {id(bound): row for row, bound in enumerate(bounds)}
        self._matrix = np.zeros((len(bounds), size))
        for bound, row in zip(bounds, self._matrix, strict=True):
            row[list(bound.items)] = 1.0 if bound.weights is None else bound.weights
        self._lower = np.array([bound.lower for bound in bounds])
        self._upper = np.array([bound.upper for bound in bounds])
        self._outside = ~self._matrix.any(axis=0)  # items of no bound are not the plan's
        self._known: Counts = np.zeros((0, size), dtype=np.int64)
        self._weights = np.full(size, 1.0 / max(size, 1))

    def answer(self, bounds: Sequence[Bound]) -> Answer:
        """Whether a mixture of forms that keep these bounds keeps the limit."""
        if not shares_exist(self._size, bounds, self.limit):
            return self._without(False)
        rows = [self._row_of[id(bound)] for bound in bounds]
        part, lower, upper = self._matrix[rows], self._lower[rows], self._upper[rows]
        _, class_of = np.unique(np.vstack((part, self._outside)), axis=1, return_inverse=True)
        search = _Forms(part, lower, upper, class_of.reshape(-1), self._outside)
        sums = self._known @ part.T
        fitting = ((sums >= lower - ROUNDING) & (sums <= upper + ROUNDING)).all(axis=1)
        mixture = _Mixture(search.sizes)
        for form in self._known[fitting]:
            mixture.add(form, search.counts(form))
        best, reached, pull = self._weights, 0.0, 1.0
        for _ in range(ROUNDS):
            if mixture.share <= self.limit + EXACT:
                return Answer(
                    exists=True, forms=np.array(mixture.forms), shares=mixture.shares, class_of=search.class_of
                )
            own = search.spread(mixture.weights) if mixture.forms else best
            weights = pull * best + (1 - pull) * own  # smoothed: the mixture's own weights swing from round to round
            form, weight, least = search.lightest(weights)
            if least > self.limit + EXACT:
                self._weights = weights
                return self._without(False)
            if form is None:
                return self._without(None)
            if least > reached:
                best, reached = weights, least
            if not mixture.forms or own @ form < mixture.share - EXACT:
                self._known = np.vstack((self._known, form))
                mixture.add(form, search.counts(form))
                pull = SMOOTHING
            elif pull:
                pull = 0.0
            else:
                return self._without(False if least >= weight - EXACT else None)
        return self._without(None)

    def _without(self, exists: bool | None) -> Answer:
        none = np.zeros(0, dtype=np.int64)
        return Answer(exists=exists, forms=none.reshape(0, self._size), shares=none.astype(float), class_of=none)


def equal_forms(answer: Answer, sizes: Sequence[int], limit: float) -> list[tuple[int, ...]] | None:
    """A family of forms, each drawn as often as any other, that keeps the limit as the mixture does.

    sizes: numbers of forms to try, in this order; then larger ones. None when no number tried has the proportions.
    """
    members = [np.flatnonzero(answer.class_of == c) for c in range(int(answer.class_of.max()) + 1)]
    counts = np.stack([answer.forms[:, own].sum(axis=1) for own in members], axis=1)
    room = np.array([len(own) for own in members])
    for size in (*sizes, *LARGER):
        times = _times(counts, size, math.floor(limit * size + EXACT) * room)
        if times is not None:
            return _spread(members, np.repeat(counts, times, axis=0))
    exact = [Fraction(share).limit_denominator(LARGEST) for share in answer.shares.tolist()]
    least = math.lcm(*(share.denominator for share in exact))
    for size in range(least, LARGEST + 1, least):
        times = np.array([int(share * size) for share in exact])
        if times.sum() == size and (times @ counts <= math.floor(limit * size + EXACT) * room).all():
            return _spread(members, np.repeat(counts, times, axis=0))
    return None


def _times(counts: Counts, size: int, most: Counts) -> Counts | None:
    """How often each form (F, C) is in a family of this size that has no class (C,) more than `most`; None: no way."""
    solver = silent_solver()
    solver.setOptionValue("mip_max_nodes", NODES)
    rows = np.vstack((counts.T, np.ones(len(counts)))).astype(np.float64)
    least = np.append(np.zeros(len(most)), size)
    solver.passModel(_whole_numbers(rows, least, np.append(most, size), np.full(len(counts), size)))
    if not solved(solver, or_stopped=True) or not _found(solver):
        return None
    return _numbers(solver)


def _whole_numbers(matrix: FloatArray, lower: Any, upper: Any, most: Counts) -> highspy.HighsLp:
    """Whole numbers (C,) from 0 to `most` with lower <= matrix (R, C) @ numbers <= upper, at no cost yet."""
    height, width = matrix.shape
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = width, height
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.zeros(width), np.zeros(width), most.astype(np.float64)
    lp.row_lower_, lp.row_upper_ = np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * width
    rows, columns = np.nonzero(matrix)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=height))))
    lp.a_matrix_.index_, lp.a_matrix_.value_ = columns.astype(np.int32), matrix[rows, columns]
    return lp


def _found(solver: Any) -> bool:
    """Whether a stopped search has a solution."""
    return bool(solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible)


def _numbers(solver: Any) -> Counts:
    return np.asarray(np.rint(np.asarray(solver.getSolution().col_value)), dtype=np.int64)


def _spread(members: Sequence[NDArray[np.intp]], counts: Counts) -> list[tuple[int, ...]]:
    """Forms with these counts by class (F, C); the items of a class take turns."""
    after = np.cumsum(counts, axis=0)
    return [
        tuple(
            sorted(int(own[n % len(own)]) for own, a, b in zip(members, start, end, strict=True) for n in range(a, b))
        )
        for start, end in zip(after - counts, after, strict=True)
    ]


class _Forms:
    """The forms that keep some bounds, as counts of items by class (C,)."""

    def __init__(
        self, part: FloatArray, lower: FloatArray, upper: FloatArray, class_of: NDArray[np.intp], outside: Any
    ) -> None:
        self.class_of = class_of
        self.sizes = np.bincount(class_of)
        first = np.unique(class_of, return_index=True)[1]
        self._place = np.zeros(len(class_of), dtype=np.int64)  # of each item in its class
        for members in (np.flatnonzero(class_of == c) for c in range(len(first))):
            self._place[members] = np.arange(len(members))
        self._solver = silent_solver()
        for option, value in (("mip_rel_gap", 0.0), ("mip_abs_gap", EXACT), ("mip_max_nodes", NODES)):
            self._solver.setOptionValue(option, value)
        most = np.where(outside[first], 0, self.sizes)
        self._solver.passModel(_whole_numbers(part[:, first], lower, upper, most))

    def counts(self, form: Counts) -> Counts:
        """How many items of each class the form has."""
        return np.bincount(self.class_of, weights=form, minlength=len(self.sizes)).astype(np.int64)

    def spread(self, by_class: FloatArray) -> FloatArray:
        """Weights of classes, shared out evenly among their items."""
        return np.asarray((by_class / self.sizes)[self.class_of])

    def lightest(self, weights: FloatArray) -> tuple[Counts | None, float, float]:
        """A form of least weight (None: none found), its weight, and the least any form can have (inf: no form)."""
        classes = len(self.sizes)
        by_class = np.bincount(self.class_of, weights=weights, minlength=classes) / self.sizes
        scale = 1.0 / by_class.max()  # HiGHS works to absolute tolerances
        self._solver.changeColsCost(classes, np.arange(classes, dtype=np.int32), by_class * scale)
        if not solved(self._solver, or_stopped=True):
            return None, np.inf, np.inf
        least = float(self._solver.getInfo().mip_dual_bound) / scale
        if not _found(self._solver):
            return None, np.inf, least
        counts = _numbers(self._solver)
        return (self._place < counts[self.class_of]).astype(np.int64), float(by_class @ counts), least


class _Mixture:
    """The mixture of the forms added so far whose greatest share of an item is least; sizes (C,) of the classes."""

    def __init__(self, sizes: Counts) -> None:
        self._sizes = sizes
        self._solver = silent_solver()
        self._solver.addCol(1.0, 0.0, highspy.kHighsInf, 0, np.zeros(0, np.int32), np.zeros(0))
        for _ in sizes:
            self._solver.addRow(-highspy.kHighsInf, 0.0, 1, np.zeros(1, np.int32), np.array([-1.0]))
        self._solver.addRow(1.0, 1.0, 0, np.zeros(0, np.int32), np.zeros(0))
        self.forms: list[Counts] = []
        self._stale = False

    def add(self, form: Counts, counts: Counts) -> None:
        """Take in a form (J,) with these counts by class (C,)."""
        self.forms.append(form)
        here = np.flatnonzero(counts)
        index = np.append(here, len(counts)).astype(np.int32)
        self._solver.addCol(
            0.0, 0.0, highspy.kHighsInf, len(index), index, np.append(counts[here] / self._sizes[here], 1.0)
        )
        self._stale = True

    @property
    def share(self) -> float:
        """The greatest share of an item; infinite without forms."""
        return float(self._solution().col_value[0]) if self.forms else np.inf

    @property
    def shares(self) -> FloatArray:
        """Of each form."""
        found = np.maximum(np.asarray(self._solution().col_value)[1:], 0.0)
        return np.asarray(found / found.sum())

    @property
    def weights(self) -> FloatArray:
        """Of each class, summing to 1: how much it stands in the way of a lesser share."""
        found = np.maximum(-np.asarray(self._solution().row_dual)[:-1], 0.0)
        return np.asarray(found / found.sum())

    def _solution(self) -> Any:
        if self._stale:
            solved(self._solver)
            self._stale = False
        return self._solver.getSolution()

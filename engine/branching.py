"""Whole solutions of a 0/1 programme near its relaxation: branch and bound (Land & Doig 1960) to a gap.

Rules:
- A solution worth what is wanted ends the search. Branches that cannot be worth the floor, or not more than the best
  solution so far by the gap, are given up; what is given up or left open bounds the worth of every solution.
- The fractional column with the most value in the relaxation is taken whole first; when a branch ends, the open one of
  greatest worth is next. Each step is one relaxation, solved from the one before by the dual simplex.
- Now and then a relaxation is rounded and mended: up to two exchanges that bring the budgets down again.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from engine.assembly import ROUNDING, silent_solver, solved
from engine.parameters import FloatArray

WHOLE = 1e-6  # a column of the relaxation nearer than this to 0 or 1 is whole
MOST_FRACTIONAL = 7  # columns; all roundings of up to so many are looked at
ROUNDINGS = 4  # of a relaxation that are mended
TRIED = 20  # pairs of exchanges that keep the budgets, as to the other rows
LOOKED_AT = 1000  # exchanges, the best ones, of which
EXCHANGES = 300  # that keep all rows but the budgets are paired
LESS_OFTEN = 3  # each attempt to mend waits this many times as long as the one before

Fixed = dict[int, float]
Columns = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Programme:
    """Columns (C,) of 0 or 1 with lower <= matrix (R, C) @ columns <= upper, of greatest value in all.

    held (C,): columns that stay 1; budgets: the rows that an exchange may break and the next one mend.
    """

    matrix: FloatArray
    lower: FloatArray
    upper: FloatArray
    values: FloatArray
    held: NDArray[np.bool_]
    budgets: Columns

    def holds(self, whole: FloatArray) -> bool:
        """Whether this whole solution keeps every row."""
        sums = self.matrix @ whole
        return bool(((sums >= self.lower - ROUNDING) & (sums <= self.upper + ROUNDING)).all())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Branched:
    """The best whole solution (C,) found, None if none was; `most` bounds the worth of every one (-inf: there is none).

    nodes: relaxations solved.
    """

    solution: FloatArray | None
    most: float
    nodes: int


def branch(programme: Programme, *, wanted: float, floor: float, gap: float, known: float, nodes: int) -> Branched:
    """The first whole solution worth `wanted`, or the best there is above `floor` and `known`, to a gap.

    known: the worth of a solution at hand, -inf without one. Branches worth less than (1 + gap) times the best so far
    are given up. With more than `nodes` relaxations needed, the search stops where it is.
    """
    tree = _Tree(programme)
    best: FloatArray | None = None
    given_up, waiting, attempt = -np.inf, list[tuple[float, int, Fixed]](), 1
    following: Fixed = {}
    bound = np.inf  # of the branch that follows
    for count in range(1, nodes + 1):
        worth, fractional = tree.relax(following), None
        if worth > -np.inf and worth >= max(floor, (1 + gap) * known):
            shares = tree.shares()
            fractional = np.flatnonzero(np.minimum(shares, 1 - shares) > WHOLE)
            found = None
            if not len(fractional):
                found = np.rint(shares)
                if not programme.holds(found):
                    break  # it holds only within a tolerance of the relaxation
            elif count >= attempt:  # ever less often: what could not be mended so far hardly can be later
                attempt *= LESS_OFTEN
                found = exchanged(programme, shares, fractional, known, wanted)
            if found is not None and programme.values @ found > known:
                best, known = found, float(programme.values @ found)
                if known >= wanted:
                    return Branched(solution=best, most=np.inf, nodes=count)
        if fractional is not None and len(fractional):
            column = int(fractional[np.argmax(shares[fractional] * programme.values[fractional])])
            heapq.heappush(waiting, (-worth, count, {**following, column: 0.0}))
            following, bound = {**following, column: 1.0}, worth
        else:
            given_up = max(given_up, worth)
            if not waiting:
                return Branched(solution=best, most=given_up, nodes=count)
            least, _, following = heapq.heappop(waiting)
            bound = -least
    return Branched(solution=best, most=max(given_up, bound, *(-least for least, _, _ in waiting)), nodes=nodes)


class _Tree:
    """The relaxation, with some columns fixed at 0 or 1."""

    def __init__(self, programme: Programme) -> None:
        rows, columns = np.nonzero(programme.matrix)
        height, width = programme.matrix.shape
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = width, height
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = -programme.values, programme.held.astype(float), np.ones(width)
        lp.row_lower_, lp.row_upper_ = programme.lower, programme.upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=height))))
        lp.a_matrix_.index_, lp.a_matrix_.value_ = columns.astype(np.int32), programme.matrix[rows, columns]
        self._solver = silent_solver()
        self._solver.setOptionValue("presolve", "off")
        self._solver.passModel(lp)
        self._fixed: Fixed = {}

    def relax(self, fixed: Fixed) -> float:
        """The greatest value with these columns fixed; -inf when there is no solution."""
        for column in self._fixed.keys() - fixed.keys():
            self._solver.changeColBounds(column, 0.0, 1.0)
        for column, share in fixed.items():
            if self._fixed.get(column) != share:
                self._solver.changeColBounds(column, share, share)
        self._fixed = fixed
        return -float(self._solver.getInfo().objective_function_value) if solved(self._solver) else -np.inf

    def shares(self) -> FloatArray:
        """How much of each column (C,) the relaxation takes."""
        return np.asarray(self._solver.getSolution().col_value)


def exchanged(
    programme: Programme, shares: FloatArray, fractional: Columns, known: float, wanted: float
) -> FloatArray | None:
    """A whole solution two exchanges or fewer from a rounding of the shares (C,); None unless above `known`.

    The best one, if none is worth `wanted`.
    """
    if len(fractional) > MOST_FRACTIONAL:
        return None
    roundings = np.repeat(np.rint(shares)[None, :], 2 ** len(fractional), axis=0)
    roundings[:, fractional] = np.indices((2,) * len(fractional)).reshape(len(fractional), len(roundings)).T
    sums = roundings @ programme.matrix.T
    kept = (sums >= programme.lower - ROUNDING) & (sums <= programme.upper + ROUNDING)
    kept[:, programme.budgets] = True
    roundings, best = roundings[kept.all(axis=1)], None
    for rounding in roundings[np.argsort(-(roundings @ programme.values), kind="stable")[:ROUNDINGS]]:
        mended = _mended(programme, rounding, known)
        if mended is not None:
            best, known = mended, float(programme.values @ mended)
            if known >= wanted:
                break
    return best


def _mended(programme: Programme, whole: FloatArray, known: float) -> FloatArray | None:
    """The best of what two exchanges or fewer make of it within all rows; None unless that is worth more than `known`.

    Each exchange alone keeps all rows but the budgets.
    """
    matrix, values, need = programme.matrix, programme.values, known - programme.values @ whole
    outs, ins = np.flatnonzero((whole > 0) & ~programme.held), np.flatnonzero(whole == 0)
    gain = values[ins][None, :] - values[outs][:, None]
    a, b = np.nonzero(gain + max(gain.max(initial=0.0), 0.0) > need)
    order = np.argsort(-gain[a, b], kind="stable")[:LOOKED_AT]
    out, into, gain = outs[a[order]], ins[b[order]], gain[a[order], b[order]]
    change = matrix[:, into] - matrix[:, out]
    sums = (matrix @ whole)[:, None] + change
    fits = (sums >= programme.lower[:, None] - ROUNDING) & (sums <= programme.upper[:, None] + ROUNDING)
    fits[programme.budgets] = True
    few = np.flatnonzero(fits.all(axis=0))[:EXCHANGES]
    out, into, gain = np.append(out[few], -1), np.append(into[few], -1), np.append(gain[few], 0.0)  # the last: none
    room = programme.upper[programme.budgets] - matrix[programme.budgets] @ whole + ROUNDING
    both = gain[:, None] + gain[None, :]
    good = (both > need) & ((out[:, None] != out) & (into[:, None] != into) | (out < 0))
    for cost, left in zip(np.pad(change[programme.budgets][:, few], ((0, 0), (0, 1))), room, strict=True):
        good &= cost[:, None] + cost[None, :] <= left
    first, second = np.nonzero(good)
    for n in np.argsort(-both[first, second], kind="stable")[:TRIED]:
        mended = whole.copy()
        for m in (first[n], second[n]):
            if out[m] >= 0:
                mended[out[m]], mended[into[m]] = 0.0, 1.0
        if programme.holds(mended):
            return mended
    return None

"""Choosing sets of items under linear constraints: 0/1 programmes solved exactly by HiGHS (Huangfu & Hall 2018)."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import numpy as np

from engine.parameters import FloatArray

ROUNDING = 1e-6  # of sums of seconds
TAKEN = 0.5  # a solved 0/1 variable is within 1e-6 of 0 or 1
STOPPED = (highspy.HighsModelStatus.kSolutionLimit, highspy.HighsModelStatus.kIterationLimit)


class SolverError(RuntimeError):
    """HiGHS ended without saying whether the programme has a solution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """At least `lower` and at most `upper` of these items, each counted `weights` times (None: once).

    `name` says whose wish it is; `kind` "limit" marks what is not counted per outcome or as a criterion's minimum.
    """

    name: str
    items: tuple[int, ...]
    lower: float = 0.0
    upper: float = float("inf")
    weights: tuple[float, ...] | None = None
    kind: Literal["content", "limit", "enemies", "set"] = "content"

    def of(self, items: Container[int]) -> float:
        """What these items come to under the bound."""
        if self.weights is None:
            return sum(item in items for item in self.items)
        return sum(w for item, w in zip(self.items, self.weights, strict=True) if item in items)

    def holds(self, items: Container[int]) -> bool:
        """Whether these items keep the bound."""
        return self.lower - ROUNDING <= self.of(items) <= self.upper + ROUNDING

    @property
    def hopeless(self) -> bool:
        """Whether no items at all could keep it."""
        most = len(self.items) if self.weights is None else sum(w for w in self.weights if w > 0)
        return self.lower > min(self.upper, most)


def solve(size: int, bounds: Sequence[Bound], cost: FloatArray, fixed: Sequence[int] = ()) -> tuple[int, ...] | None:
    """The cheapest set of items 0..size-1 within all bounds that holds `fixed`, sorted; None when there is none.

    The search is exact, on one thread and without a time limit, so the same programme gives the same set.
    """
    if any(bound.hopeless for bound in bounds):
        return None
    if not size:
        return ()
    solver = silent_solver()
    solver.passModel(_programme(size, bounds, cost, fixed))
    return taken(solver) if solved(solver) else None


def shares_exist(size: int, bounds: Sequence[Bound], most: float) -> bool:
    """Whether shares of items from 0 to `most`, instead of whole ones, keep all bounds: any average of forms does."""
    if not size:
        return not any(bound.hopeless for bound in bounds)
    programme = _programme(size, bounds, np.zeros(size), ())
    programme.col_upper_, programme.integrality_ = np.full(size, most), []
    solver = silent_solver()
    solver.passModel(programme)
    return solved(solver)


def silent_solver() -> Any:
    """HiGHS without output, on one thread, with a fixed seed."""
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("random_seed", 1)):
        solver.setOptionValue(option, value)
    return solver


def solved(solver: Any, or_stopped: bool = False) -> bool:
    """Run it: whether there is a solution (no variable is unbounded), or it stopped at its limit of nodes.

    Raises SolverError when HiGHS does not say.
    """
    solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return False
    if status != highspy.HighsModelStatus.kOptimal and not (or_stopped and status in STOPPED):
        raise SolverError(f"HiGHS ended with {solver.modelStatusToString(status)}")
    return True


def taken(solver: Any) -> tuple[int, ...]:
    """The columns a solved 0/1 programme sets to 1."""
    return tuple(np.flatnonzero(np.asarray(solver.getSolution().col_value) > TAKEN).tolist())


def _programme(size: int, bounds: Sequence[Bound], cost: FloatArray, fixed: Sequence[int]) -> highspy.HighsLp:
    least = np.zeros(size)
    least[list(fixed)] = 1.0
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = size, len(bounds)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, least, np.ones(size)
    lp.row_lower_ = np.array([bound.lower for bound in bounds])
    lp.row_upper_ = np.array([bound.upper for bound in bounds])
    lp.integrality_ = [highspy.HighsVarType.kInteger] * size
    index = [item for bound in bounds for item in bound.items]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0] + [len(bound.items) for bound in bounds])
    lp.a_matrix_.index_ = np.array(index, dtype=np.int32)
    lp.a_matrix_.value_ = np.array([w for bound in bounds for w in bound.weights or (1.0,) * len(bound.items)])
    return lp

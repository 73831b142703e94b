"""Choosing sets of items under linear constraints: 0/1 programmes solved exactly by HiGHS (Huangfu & Hall 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from engine.parameters import FloatArray

TAKEN = 0.5  # a solved 0/1 variable is within 1e-6 of 0 or 1


class SolverError(RuntimeError):
    """HiGHS ended without saying whether the programme has a solution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """At least `lower` and at most `upper` of these items; `name` says whose wish it is."""

    name: str
    items: tuple[int, ...]
    lower: float = 0.0
    upper: float = float("inf")


def solve(size: int, bounds: Sequence[Bound], cost: FloatArray, fixed: Sequence[int] = ()) -> tuple[int, ...] | None:
    """The cheapest set of items 0..size-1 within all bounds that holds `fixed`, sorted; None when there is none.

    The search is exact, on one thread and without a time limit, so the same programme gives the same set.
    """
    if any(bound.lower > min(bound.upper, len(bound.items)) for bound in bounds):
        return None
    if not size:
        return ()
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("random_seed", 1)):
        solver.setOptionValue(option, value)
    solver.passModel(_programme(size, bounds, cost, fixed))
    solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return None  # 0/1 variables are bounded
    if status != highspy.HighsModelStatus.kOptimal:
        raise SolverError(f"HiGHS ended with {solver.modelStatusToString(status)}")
    values = np.asarray(solver.getSolution().col_value)
    return tuple(int(item) for item in np.flatnonzero(values > TAKEN))


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
    lp.a_matrix_.value_ = np.ones(len(index))
    return lp

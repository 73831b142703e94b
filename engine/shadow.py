"""The shadow test (van der Linden & Reese 1998): at every step the best full-length form that holds all items used.

Rules:
- The next item is taken from the form, so every constraint is kept to the end. Sets are all or none, of enemies at
  most one, minimums, maximums and seconds hold for the full length.
- The form is a function of the answers, never of their order or of an earlier form: two workers find the same. Theta
  enters it rounded to steps of .2, so the programme changes only when theta has moved by more than .1 from a step.
- Pruned without loss: of items of an outcome that stand in the same bounds (with the same seconds, where those are
  bounded) no form needs more than the best `most`, the greatest number the outcome can have. Items with enemies are
  kept as long as better free items do not fill that number, items of sets always. Criteria without a minimum divide
  nothing.
- Solved exactly by HiGHS, on one thread, without a time limit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.assembly import SolverError, silent_solver, taken
from engine.blueprint import Blueprint
from engine.parameters import FloatArray

THETA_STEP = 0.2  # theta moves by at most half of it before the form is made anew
FLOOR = 0.05  # added to values whose least is 0: every place of the form is worth filling
GAP = 1e-3  # of the sum of values between the form found and the best there is


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shadow:
    """The plan's programme as a matrix (R, J), and the cells within which items differ by their value alone.

    cell_of (J,), -1 for items outside the plan; most (cells,) the greatest number of a cell's items in a form;
    special (J,): items with enemies; whole (J,): items of sets.
    """

    matrix: Any
    lower: FloatArray
    upper: FloatArray
    cell_of: NDArray[np.intp]
    most: NDArray[np.intp]
    special: NDArray[np.bool_]
    whole: NDArray[np.bool_]

    @classmethod
    def of(cls, blueprint: Blueprint, outcome_of: Sequence[int], most: Sequence[int]) -> Shadow:
        """The programme of a blueprint; `most` is the greatest number of each outcome's items in a form."""
        bounds = [bound for bound in blueprint.bounds if bound.lower > 0 or np.isfinite(bound.upper)]
        rows = np.repeat(np.arange(len(bounds)), [len(bound.items) for bound in bounds])
        columns = np.array([j for bound in bounds for j in bound.items], dtype=np.intp)
        weights = np.array([w for bound in bounds for w in bound.weights or (1.0,) * len(bound.items)])
        special, whole = np.zeros(blueprint.size, dtype=np.bool_), np.zeros(blueprint.size, dtype=np.bool_)
        profiles: list[list[tuple[int, float]]] = [[] for _ in range(blueprint.size)]
        for row, bound in enumerate(bounds):
            if bound.kind == "enemies":
                special[list(bound.items)] = True
            elif bound.kind == "set":
                whole[list(bound.items)] = True
            else:
                for j, weight in zip(bound.items, bound.weights or (1.0,) * len(bound.items), strict=True):
                    profiles[j].append((row, weight))
        cell_of = np.full(blueprint.size, -1, dtype=np.intp)
        cells: dict[tuple[int, tuple[tuple[int, float], ...]], int] = {}
        for j in blueprint.usable:
            cell_of[j] = cells.setdefault((outcome_of[j], tuple(profiles[j])), len(cells))
        return cls(
            matrix=sparse.csc_array((weights, (rows, columns)), shape=(len(bounds), blueprint.size)),
            lower=np.array([bound.lower for bound in bounds]),
            upper=np.array([bound.upper for bound in bounds]),
            cell_of=cell_of,
            most=np.array([most[outcome] for outcome, _ in cells], dtype=np.intp),
            special=special,
            whole=whole,
        )

    def form(self, values: FloatArray, used: Collection[int], closed: NDArray[np.bool_]) -> tuple[int, ...] | None:
        """The form of greatest value that holds the used items and no other closed one; None when there is none.

        values (J,): of each item, more is better, none negative; closed (J,): items not open to the sitting.
        """
        held = np.zeros(len(values), dtype=np.bool_)
        held[list(used)] = True
        keep = np.flatnonzero(self._kept(values, held, closed))
        solver = silent_solver()
        solver.setOptionValue("mip_rel_gap", GAP)
        solver.passModel(self._programme(keep, values[keep], held[keep]))
        solver.run()
        status = solver.getModelStatus()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(f"HiGHS ended with {solver.modelStatusToString(status)}")
        return tuple(keep[list(taken(solver))].tolist())

    def _kept(self, values: FloatArray, held: NDArray[np.bool_], closed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The items a best form may need."""
        open_items = np.flatnonzero((self.cell_of >= 0) & ~closed & ~held)
        order = open_items[np.lexsort((open_items, -values[open_items], self.cell_of[open_items]))]
        cell = self.cell_of[order]
        free = ~(self.special[order] | self.whole[order])
        better: NDArray[np.int64] = np.cumsum(free) - free  # free items before this one, over all cells
        starts = np.flatnonzero(np.concatenate(([True], cell[1:] != cell[:-1]))) if len(cell) else np.zeros(0, np.intp)
        lengths = np.diff(np.concatenate((starts, [len(cell)])))
        within: NDArray[np.int64] = better - np.repeat(better[starts], lengths)
        kept = held.copy()
        kept[order[(within < self.most[cell]) | self.whole[order]]] = True
        return kept

    def _programme(self, keep: NDArray[np.intp], values: FloatArray, held: NDArray[np.bool_]) -> Any:
        part = self.matrix[:, keep].tocsr()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(keep), len(self.lower)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = -values, held.astype(np.float64), np.ones(len(keep))
        lp.row_lower_, lp.row_upper_ = self.lower, self.upper
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(keep)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = part.indptr.astype(np.int32), part.indices.astype(np.int32)
        lp.a_matrix_.value_ = part.data
        return lp


def rounded(theta: float) -> float:
    """Theta at the nearest step."""
    return round(theta / THETA_STEP) * THETA_STEP


def worth(keys: FloatArray) -> FloatArray:
    """Values without negatives, for criteria whose keys may be: their order and distances stay."""
    least = float(keys.min(initial=0.0))
    spread = float(keys.max(initial=0.0)) - least
    return np.asarray(keys - least + FLOOR * (spread or 1.0)) if least < 0 else keys + FLOOR * (spread or 1.0)

"""The shadow test (van der Linden & Reese 1998): at every step the best full-length form that holds all items used.

Rules:
- The next item is taken from the form, so every constraint is kept to the end. Sets are all or none, of enemies at
  most one, minimums, maximums and seconds hold for the full length.
- The form is a function of the answers, never of their order or of an earlier form: two workers find the same. Theta
  enters it rounded to steps of .2, so the programme changes only when theta has moved by more than .1 from a step.
- Pruned without loss, by cell: of items of an outcome that stand in the same bounds (with the same seconds and words,
  where those are bounded) no form needs more than the best `most`, the greatest number a form can have of them. Items
  with enemies are kept as long as better free items do not fill that number, items of sets always. Criteria without a
  minimum or maximum divide nothing.
- Pruned without loss, by reduced cost: where more than `FEW` items are left, the relaxation is solved first (its
  columns come in while one improves it). It bounds every form; only items that a form near that bound can take or
  leave are branched on, in bands below it, each twice as wide as the one before. The first form within `GAP` of the
  bound, which comes down with each band, is the form.
- Where `NODES` relaxations do not settle it, and up to `FEW` items, HiGHS finds the form to within `GAP`. All on one
  thread, without a time limit: the same programme gives the same form.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.assembly import silent_solver, solved, taken
from engine.blueprint import Blueprint
from engine.branching import Programme, branch
from engine.parameters import FloatArray

THETA_STEP = 0.2  # within a step the form stays; a move over a border makes it anew, however small (decision 5)
FLOOR = 0.05  # added to values whose least is 0: every place of the form is worth filling
GAP = 5e-3  # of the sum of values, between the form found and the best there could be
FEW = 64  # items; up to here HiGHS searches them as they stand
NODES = 800  # relaxations that look for a form before HiGHS does
TOLERANCE = 1e-9  # of reduced costs
CLOSE = 1e-6  # of a form's value, in units of the best item's


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shadow:
    """The plan's programme as a matrix (R, J), and the cells within which items differ by their value alone.

    cell_of (J,), -1 for items outside the plan; most (cells,) the greatest number of a cell's items in a form;
    kind_of (J,) and most_of_kind: the same where seconds and words divide nothing; special (J,): items with enemies;
    whole (J,): items of sets; budgets: the rows of seconds and words.
    """

    matrix: Any
    lower: FloatArray
    upper: FloatArray
    cell_of: NDArray[np.intp]
    most: NDArray[np.intp]
    kind_of: NDArray[np.intp]
    most_of_kind: NDArray[np.intp]
    special: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    budgets: NDArray[np.intp]

    @classmethod
    def of(cls, blueprint: Blueprint, outcome_of: Sequence[int], most: Sequence[int]) -> Shadow:
        """The programme of a blueprint; `most` is the greatest number of each outcome's items in a form."""
        bounds = [bound for bound in blueprint.bounds if bound.lower > 0 or np.isfinite(bound.upper)]
        rows = np.repeat(np.arange(len(bounds)), [len(bound.items) for bound in bounds])
        columns = np.array([j for bound in bounds for j in bound.items], dtype=np.intp)
        weights = np.array([w for bound in bounds for w in bound.weights or (1.0,) * len(bound.items)])
        special, whole = np.zeros(blueprint.size, dtype=np.bool_), np.zeros(blueprint.size, dtype=np.bool_)
        counted: list[list[int]] = [[] for _ in range(blueprint.size)]
        weighed: list[list[tuple[int, float]]] = [[] for _ in range(blueprint.size)]
        budgets: list[int] = []
        for row, bound in enumerate(bounds):
            if bound.kind == "enemies":
                special[list(bound.items)] = True
            elif bound.kind == "set":
                whole[list(bound.items)] = True
            elif bound.weights is None:
                for j in bound.items:
                    counted[j].append(row)
            else:
                budgets.append(row)
                for j, weight in zip(bound.items, bound.weights, strict=True):
                    weighed[j].append((row, weight))
        kinds, cells = _Cells(blueprint.size), _Cells(blueprint.size)
        for j in blueprint.usable:
            highest = min([most[outcome_of[j]], *(bounds[row].upper for row in counted[j])])
            kinds.put(j, (outcome_of[j], tuple(counted[j])), int(highest))
            cells.put(j, (outcome_of[j], tuple(counted[j]), tuple(weighed[j])), int(highest))
        return cls(
            matrix=sparse.csc_array((weights, (rows, columns)), shape=(len(bounds), blueprint.size)),
            lower=np.array([bound.lower for bound in bounds]),
            upper=np.array([bound.upper for bound in bounds]),
            cell_of=cells.of,
            most=np.array(cells.most, dtype=np.intp),
            kind_of=kinds.of,
            most_of_kind=np.array(kinds.most, dtype=np.intp),
            special=special,
            whole=whole,
            budgets=np.array(budgets, dtype=np.intp),
        )

    def form(self, values: FloatArray, used: Collection[int], closed: NDArray[np.bool_]) -> tuple[int, ...] | None:
        """The form of greatest value that holds the used items and no other closed one; None when there is none.

        values (J,): of each item, more is better, none negative; closed (J,): items not open to the sitting.
        """
        held = np.zeros(len(values), dtype=np.bool_)
        held[list(used)] = True
        values = np.where(held, 0.0, values)  # the gap is one of what is still to be chosen
        values = values / (values.max(initial=0.0) or 1.0)  # HiGHS works to absolute tolerances
        kept = np.flatnonzero(self._kept(self.cell_of, self.most, values, held, closed))
        if not len(kept):  # every plan asks for an item, and HiGHS has no answer to an empty programme
            return None
        if len(kept) <= FEW:
            return self._searched(kept, values, held)[0]
        start = held | self._kept(self.kind_of, self.most_of_kind, values, held, closed)
        relaxed = self._relaxed(kept, start[kept], values, held)
        if relaxed is None:
            return None
        return self._near(kept, values, held, relaxed)

    def _near(
        self, kept: NDArray[np.intp], values: FloatArray, held: NDArray[np.bool_], relaxed: _Relaxed
    ) -> tuple[int, ...] | None:
        """A form within `GAP` of the most any form can be worth, which starts as the relaxation's and comes down."""
        most, nodes, best, value = relaxed.value, NODES, None, -np.inf
        # what a form loses against the relaxation when it takes, or leaves, an item against the reduced cost
        lost = np.where(held[kept], 0.0, np.abs(relaxed.reduced))
        step = 1 + GAP
        while nodes > 0:
            floor = most / step - TOLERANCE
            small = lost <= relaxed.value - floor + TOLERANCE
            left_out = relaxed.value - lost[~small].min(initial=np.inf)
            inside = small | (relaxed.share > TOLERANCE)
            items = kept[inside]
            programme = Programme(
                matrix=self.matrix[:, items].toarray(),
                lower=self.lower,
                upper=self.upper,
                values=values[items],
                held=held[items] | ~small[inside],
                budgets=self.budgets,
            )
            wanted = most / (1 + GAP) - TOLERANCE
            found = branch(programme, wanted=wanted, floor=floor, gap=GAP, known=value, nodes=nodes)
            if found.solution is not None:
                best, value = items[found.solution > 0], float(programme.values @ found.solution)
            most, nodes = min(most, max(found.most, left_out)), nodes - found.nodes
            if best is not None and value >= most / (1 + GAP) - CLOSE:
                return tuple(best.tolist())
            if most == -np.inf:
                return None
            step *= step
        needed = (relaxed.reduced <= relaxed.value - value + TOLERANCE) | (relaxed.share > 0) | held[kept]
        form, found_value = self._searched(kept[needed], values, held)
        return form if best is None or found_value > value else tuple(best.tolist())

    def _kept(
        self,
        cell_of: NDArray[np.intp],
        most: NDArray[np.intp],
        values: FloatArray,
        held: NDArray[np.bool_],
        closed: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """The items a best form may need, if items of a cell differ by their value alone."""
        open_items = np.flatnonzero((cell_of >= 0) & ~closed & ~held)
        order = open_items[np.lexsort((open_items, -values[open_items], cell_of[open_items]))]
        cell = cell_of[order]
        free = ~(self.special[order] | self.whole[order])
        better: NDArray[np.int64] = np.cumsum(free) - free  # free items before this one, over all cells
        starts = np.flatnonzero(np.concatenate(([True], cell[1:] != cell[:-1]))) if len(cell) else np.zeros(0, np.intp)
        lengths = np.diff(np.concatenate((starts, [len(cell)])))
        within: NDArray[np.int64] = better - np.repeat(better[starts], lengths)
        kept = held.copy()
        kept[order[(within < most[cell]) | self.whole[order]]] = True
        return kept

    def _searched(
        self, items: NDArray[np.intp], values: FloatArray, held: NDArray[np.bool_]
    ) -> tuple[tuple[int, ...] | None, float]:
        """The best form of these items and its value; (None, 0) when there is none."""
        solver = silent_solver()
        solver.setOptionValue("mip_rel_gap", GAP)
        solver.setOptionValue("mip_heuristic_run_feasibility_jump", False)  # never finds the form, costs a third
        solver.passModel(self._programme(items, values[items], held[items]))
        if not solved(solver):
            return None, 0.0
        form = items[list(taken(solver))]
        return tuple(form.tolist()), float(values[form].sum())

    def _relaxed(
        self, items: NDArray[np.intp], start: NDArray[np.bool_], values: FloatArray, held: NDArray[np.bool_]
    ) -> _Relaxed | None:
        """The relaxation over these items; None when it has no solution.

        It begins with the items marked in `start` (I,) and takes in others while one would improve it.
        """
        inside, part = start, self.matrix[:, items]
        while True:
            places = np.flatnonzero(inside)
            solver = silent_solver()
            programme = self._programme(items[places], values[items[places]], held[items[places]])
            programme.integrality_ = []
            solver.passModel(programme)
            if not solved(solver):
                if inside.all():
                    return None
                inside = np.ones_like(inside)
                continue
            solution = solver.getSolution()
            reduced = -values[items] - part.T @ np.asarray(solution.row_dual)
            entering = ~inside & (reduced < -TOLERANCE)
            if not entering.any():
                share = np.zeros(len(items))
                share[places] = solution.col_value
                value = -float(solver.getInfo().objective_function_value)
                return _Relaxed(value=value, share=share, reduced=reduced)
            inside = inside | entering

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Relaxed:
    """A relaxation's value, how much of each item it takes (I,), and each item's reduced cost (I,)."""

    value: float
    share: FloatArray
    reduced: FloatArray


class _Cells:
    """Items by key: the cell of each (-1: none) and the greatest number of each cell's items in a form."""

    def __init__(self, size: int) -> None:
        self.of = np.full(size, -1, dtype=np.intp)
        self.most: list[int] = []
        self._known: dict[object, int] = {}

    def put(self, item: int, key: object, most: int) -> None:
        self.of[item] = self._known.setdefault(key, len(self._known))
        if len(self._known) > len(self.most):
            self.most.append(most)


def rounded(theta: float) -> float:
    """Theta at the nearest step."""
    return round(theta / THETA_STEP) * THETA_STEP


def worth(keys: FloatArray) -> FloatArray:
    """Values without negatives, for criteria whose keys may be: their order and distances stay."""
    least = float(keys.min(initial=0.0))
    spread = float(keys.max(initial=0.0)) - least
    return np.asarray(keys - least + FLOOR * (spread or 1.0)) if least < 0 else keys + FLOOR * (spread or 1.0)

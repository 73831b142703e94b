"""Forms that do not adapt: parallel fixed forms for paper, and a form of its own for each candidate (LOFT).

Rules:
- The blueprint is the plan's: minimums, maximums, levels, enemies, sets, seconds and words hold in every form.
- Scored by the same posterior on the same scale: `decisions(test, responses, ended=True)`.
- Parallel: for each outcome the information at its cut differs between forms, and from its target, by as little as can
  be (van der Linden 2005, ch. 5-6): the greatest relative deviation is minimised by HiGHS to within `GAP`.
- LOFT (Luecht 1998): of the forms open to the sitting one is drawn, by weighing the items' information at the cut with
  draws of the sitting; a function of the sitting's secret, so a retry gives the same form in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from engine.assembly import Bound, SolverError, silent_solver, solve, taken
from engine.blueprint import Blueprint, check_plan, conflict
from engine.compiled import CompiledTest
from engine.draws import SeededDraw
from engine.models import information
from engine.parameters import FloatArray
from engine.plan import Plan
from engine.planreading import PlanError
from engine.pool import ItemPool

GAP = 0.002  # of the greatest relative deviation: beyond it a longer search matches nothing anybody could notice
NODES = 2_000  # the search stops after so many branches, not after a time, so that every machine finds the same forms
LEAST_WEIGHT = 0.5  # of an item's information in LOFT: the worst draw halves it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forms:
    """F forms (item indexes) and their information at the cut of each outcome, (F, K); `target` (K,)."""

    forms: tuple[tuple[int, ...], ...]
    information: FloatArray
    target: FloatArray

    @property
    def spread(self) -> float:
        """The greatest relative difference of information at a cut between two forms."""
        widest = self.information.max(axis=0) - self.information.min(axis=0)
        return float((widest / self.target).max(initial=0.0))


def parallel_forms(
    pool: ItemPool, plan: Plan, forms: int, items: int, target: Sequence[float] | None = None, shared: int = 1
) -> Forms:
    """`forms` forms of `items` items each; an item is in at most `shared` of them.

    `target`: information wanted at the cut of each outcome; by default what the pool can give to all forms alike.
    Raises PlanError when the plan cannot be met, or not so often, and ValueError for impossible numbers.
    """
    if forms < 1 or items < 1 or not 1 <= shared <= forms:
        raise ValueError(f"needed: at least one form and item, shared from 1 to forms; not {forms}, {items}, {shared}")
    check_plan(pool, plan)
    blueprint = Blueprint.of(pool, plan)
    length = Bound(name=f"{items} items in a form", items=blueprint.usable, lower=items, upper=items)
    bounds = (*blueprint.bounds, length)
    if solve(len(pool), bounds, np.ones(len(pool))) is None:
        named = conflict(replace(blueprint, bounds=bounds))
        raise PlanError(f"no form of {items} items can meet the plan; in conflict: {'; '.join(named)}")
    at_cut = _at_cut(pool, plan, blueprint)
    wanted = _reachable(blueprint, bounds, at_cut, forms, shared) if target is None else np.array(target, dtype=float)
    if wanted.shape != (len(plan.outcomes),) or not (wanted > 0).all():
        raise ValueError(f"the target needs an information above 0 for each of {len(plan.outcomes)} outcomes")
    found = _matched(blueprint, bounds, at_cut, wanted, forms, shared)
    return Forms(forms=found, information=np.array([at_cut[:, list(f)].sum(axis=1) for f in found]), target=wanted)


def loft(test: CompiledTest, draw: SeededDraw, items: int) -> tuple[str, ...]:
    """A form of `items` items for one sitting, of items open to it, in the order of presentation (sets together).

    Raises PlanError when no form of that length is open to the sitting.
    """
    usable = test.blueprint.usable
    lottery = test.exposure.open_to(draw)
    numbers = {j: draw.uniform(f"loft:{test.pool.items[j]}") for j in usable}
    cost = np.zeros(len(test.pool))
    for j in usable:
        cost[j] = -test.ranking.at_cut[j] * (LEAST_WEIGHT + (1 - LEAST_WEIGHT) * numbers[j])
    length = Bound(name=f"{items} items in a form", items=usable, lower=items, upper=items)
    closed = tuple(j for j in usable if not lottery.eligible(j))
    shut = (Bound(name="closed", items=closed, upper=0),) if closed else ()
    form = solve(len(test.pool), (*test.blueprint.bounds, length, *shut), cost)
    if form is None:
        of_plan = replace(test.blueprint, bounds=(*test.blueprint.bounds, length))
        if solve(len(test.pool), of_plan.bounds, cost) is None:
            raise PlanError(f"no form of {items} items can meet the plan; in conflict: {'; '.join(conflict(of_plan))}")
        raise PlanError(f"no form of {items} items that meets the plan is open to the sitting")
    ordered = sorted(form, key=lambda j: (numbers[test.units[j][0]], test.units[j], j))
    return tuple(test.pool.items[j] for j in ordered)


def _at_cut(pool: ItemPool, plan: Plan, blueprint: Blueprint) -> FloatArray:
    """Information of each item at the cut of its outcome, (K, J), 0 elsewhere."""
    found = np.zeros((len(plan.outcomes), len(pool)))
    for k, outcome in enumerate(plan.outcomes):
        mine = [j for j in blueprint.usable if pool.outcomes[pool.outcome_of[j]] == outcome.outcome]
        found[k, mine] = information(pool.parameters.take(mine), outcome.cut)
    return found


def _reachable(
    blueprint: Blueprint, bounds: Sequence[Bound], at_cut: FloatArray, forms: int, shared: int
) -> FloatArray:
    """What each outcome has in the most informative forms that can be made together, shared out evenly."""
    size = blueprint.size
    found = solve(size * forms, _copies(blueprint, bounds, forms, shared), -np.tile(at_cut.sum(axis=0), forms))
    if found is None:
        raise PlanError(f"the pool holds no {forms} forms of this plan with an item in at most {shared} of them")
    held: NDArray[np.int64] = np.bincount(np.array(found) % size, minlength=size)
    return np.asarray(at_cut @ held / forms)


def _copies(blueprint: Blueprint, bounds: Sequence[Bound], forms: int, shared: int) -> list[Bound]:
    """The constraints of every form, variable f * size + j for item j in form f, and of the items' use."""
    size = blueprint.size
    copied = [
        Bound(
            name=bound.name,
            items=tuple(f * size + j for j in bound.items),
            lower=bound.lower,
            upper=bound.upper,
            weights=bound.weights,
        )
        for f in range(forms)
        for bound in bounds
    ]
    left_out = sorted(set(range(size)) - set(blueprint.usable))
    if left_out:
        outside = tuple(f * size + j for f in range(forms) for j in left_out)
        copied.append(Bound(name="items outside the plan", items=outside, upper=0))
    use = [Bound(name="use", items=tuple(f * size + j for f in range(forms)), upper=shared) for j in blueprint.usable]
    return copied + use


def _matched(
    blueprint: Blueprint, bounds: Sequence[Bound], at_cut: FloatArray, target: FloatArray, forms: int, shared: int
) -> tuple[tuple[int, ...], ...]:
    """Forms whose greatest relative deviation from the target is least: one further variable holds it."""
    size, outcomes = blueprint.size, len(target)
    columns = size * forms
    copied = _copies(blueprint, bounds, forms, shared)
    rows = [(np.array(b.items), np.array(b.weights or (1.0,) * len(b.items)), b.lower, b.upper) for b in copied]
    for f in range(forms):
        for k in range(outcomes):
            items = np.flatnonzero(at_cut[k])
            share = np.append(at_cut[k, items] / target[k], 0.0)
            place = np.append(f * size + items, columns)
            share[-1] = -1.0
            rows.append((place, share.copy(), -np.inf, 1.0))
            share[-1] = 1.0
            rows.append((place, share.copy(), 1.0, np.inf))
    matrix = sparse.csr_array(
        (
            np.concatenate([weights for _, weights, _, _ in rows]),
            np.concatenate([place for place, _, _, _ in rows]),
            np.cumsum([0] + [len(place) for place, _, _, _ in rows]),
        ),
        shape=(len(rows), columns + 1),
    )
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns + 1, len(rows)
    lp.col_cost_ = np.append(np.zeros(columns), 1.0)
    lp.col_lower_, lp.col_upper_ = np.zeros(columns + 1), np.append(np.ones(columns), np.inf)
    lp.row_lower_ = np.array([lower for _, _, lower, _ in rows])
    lp.row_upper_ = np.array([upper for _, _, _, upper in rows])
    lp.integrality_ = [highspy.HighsVarType.kInteger] * columns + [highspy.HighsVarType.kContinuous]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data
    solver = silent_solver()
    solver.setOptionValue("mip_abs_gap", GAP)
    solver.setOptionValue("mip_max_nodes", NODES)
    solver.passModel(lp)
    solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        raise PlanError(f"the pool holds no {forms} forms of this plan with an item in at most {shared} of them")
    found = np.array([j for j in taken(solver) if j < columns], dtype=np.int64)
    if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kSolutionLimit) or not len(found):
        raise SolverError(f"HiGHS ended with {solver.modelStatusToString(status)}")
    return tuple(tuple((found[found // size == f] % size).tolist()) for f in range(forms))

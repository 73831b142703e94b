"""A plan checked against a pool, with every table a step needs: a step only adds vectors and walks ranked lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.blueprint import UNLIMITED, Blueprint, Witness, check_plan
from engine.criteria import Ranking
from engine.exposure import Exposure
from engine.models import information
from engine.parameters import FloatArray
from engine.plan import Plan
from engine.planreading import PlanError
from engine.pool import ItemPool
from engine.posterior import Rows, SecondOrder, likelihood_rows
from engine.stopping import ClosingRule, closing_rules


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompiledTest:
    """A plan on a pool. Items are indexed as in the pool, outcomes as in the plan; `outcome_of` is -1 outside the plan.

    `place` finds the index of an item of the plan's outcomes.
    rows (2 J, Q): row 2 j + score is the fixed-point log-likelihood of that answer to item j.
    """

    pool: ItemPool
    plan: Plan
    blueprint: Blueprint
    witness: Witness
    model: SecondOrder
    rules: tuple[ClosingRule, ...]
    exposure: Exposure
    ranking: Ranking
    rows: Rows
    place: dict[str, int]
    outcomes: tuple[str, ...]
    outcome_of: tuple[int, ...]
    measured: tuple[tuple[int, ...], ...]
    enemies: tuple[tuple[int, ...], ...]
    criteria_of: tuple[tuple[int, ...], ...]
    criterion_least: tuple[int, ...]
    outcome_least: tuple[int, ...]
    outcome_most: tuple[int, ...]
    most: int
    needs_joint: bool


def compile(pool: ItemPool, plan: Plan) -> CompiledTest:
    """Check a plan against a pool and prepare its tables; about a second for 10,000 items.

    Raises PlanError when no form can meet the plan, naming the constraints that conflict, or when the pool holds
    item sets.
    """
    _refuse_sets(pool)
    witness = check_plan(pool, plan)
    outcomes = tuple(outcome.outcome for outcome in plan.outcomes)
    number = {outcome: k for k, outcome in enumerate(outcomes)}
    outcome_of = tuple(number.get(pool.outcomes[o], -1) for o in pool.outcome_of)
    measured = tuple(tuple(int(c) for c in np.flatnonzero(row)) for row in pool.measures)
    model = SecondOrder.of([o.cut for o in plan.outcomes], [o.loading for o in plan.outcomes])
    least = {criterion.criterion: criterion.min_items for criterion in plan.criteria}
    ranking = Ranking.of(
        plan.selection.criterion, pool.parameters, _at_cut(pool, plan, outcome_of), outcome_of, measured, model.nodes
    )
    rows = likelihood_rows(pool.parameters, model.nodes)
    return CompiledTest(
        pool=pool,
        plan=plan,
        blueprint=Blueprint.of(pool, plan),
        witness=witness,
        model=model,
        rules=closing_rules(plan),
        exposure=Exposure.of(
            pool.items, _cells(ranking, measured, len(outcomes)), witness, plan.selection.max_exposure
        ),
        ranking=ranking,
        rows=rows.reshape(-1, len(model.nodes)),
        place={item: j for j, item in enumerate(pool.items) if outcome_of[j] >= 0},
        outcomes=outcomes,
        outcome_of=outcome_of,
        measured=measured,
        enemies=pool.enemies,
        criteria_of=_criteria_of(outcome_of, measured, len(outcomes)),
        criterion_least=tuple(least.get(criterion, 0) for criterion in pool.criteria),
        outcome_least=tuple(o.min_items for o in plan.outcomes),
        outcome_most=tuple(UNLIMITED if o.max_items is None else o.max_items for o in plan.outcomes),
        most=UNLIMITED if plan.max_items is None else plan.max_items,
        needs_joint=_needs_joint(plan),
    )


def _refuse_sets(pool: ItemPool) -> None:
    for item, group in zip(pool.items, pool.sets, strict=True):
        if group is not None:
            raise PlanError(f"pool item {item} belongs to set {group}; item sets are not available in this version")


def _needs_joint(plan: Plan) -> bool:
    """Whether the joint posterior can change anything: it decides, or it gives the theta at which items are chosen."""
    tied = any(outcome.loading > 0 for outcome in plan.outcomes)
    return tied and (plan.evidence != "own" or plan.selection.criterion == "information")


def _at_cut(pool: ItemPool, plan: Plan, outcome_of: Sequence[int]) -> FloatArray:
    """Information of each item at its outcome's cut, (J,); 0 for items outside the plan."""
    values = np.zeros(len(pool))
    for k, outcome in enumerate(plan.outcomes):
        mine = np.flatnonzero(np.asarray(outcome_of) == k)
        values[mine] = information(pool.parameters.take(mine), outcome.cut)
    return values


def _cells(ranking: Ranking, measured: Sequence[tuple[int, ...]], outcomes: int) -> list[list[int]]:
    """Items of one outcome that measure the same criteria, best at the cut first."""
    cells: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for k in range(outcomes):
        for j in ranking.by_outcome[k]:
            cells.setdefault((k, measured[j]), []).append(j)
    return list(cells.values())


def _criteria_of(
    outcome_of: Sequence[int], measured: Sequence[tuple[int, ...]], outcomes: int
) -> tuple[tuple[int, ...], ...]:
    found: list[set[int]] = [set() for _ in range(outcomes)]
    for j, k in enumerate(outcome_of):
        if k >= 0:
            found[k].update(measured[j])
    return tuple(tuple(sorted(criteria)) for criteria in found)

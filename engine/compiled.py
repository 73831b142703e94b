"""A plan checked against a pool, with every table a step needs: a step only adds vectors and walks ranked lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.blueprint import UNLIMITED, Blueprint, Witness, check_plan, sets_of
from engine.exposure import Exposure
from engine.limits import Limits
from engine.models import information
from engine.parameters import FloatArray
from engine.plan import Plan
from engine.planreading import PlanError
from engine.pool import ItemPool
from engine.posterior import Rows, SecondOrder, likelihood_rows
from engine.ranking import Ranking
from engine.sequential import Curtailment, Sequential
from engine.shadow import Shadow
from engine.stopping import ClosingRule, closing_rules


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompiledTest:
    """A plan on a pool. Items are indexed as in the pool, outcomes as in the plan.

    `outcome_of` is -1 for pretest items and outside the plan; `place` finds the index of an item of the plan's
    outcomes. rows (levels J + 1, Q): row levels j + score is the fixed-point log-likelihood of that answer to item j,
    the last row is zero.
    `units`: the items presented together with each item (itself alone, or its set in pool order); `limits`: levels,
    greatest numbers per criterion, seconds and words; `lightest`: each outcome's items by what they take of these;
    `criteria_least`: the least numbers of each outcome's criteria,
    added up.
    """

    pool: ItemPool
    plan: Plan
    blueprint: Blueprint
    witness: Witness
    model: SecondOrder
    rules: tuple[ClosingRule, ...]
    sequential: Sequential | None
    curtailment: Curtailment | None
    exposure: Exposure
    ranking: Ranking
    shadow: Shadow | None
    rows: Rows
    levels: int
    categories: tuple[int, ...]
    place: dict[str, int]
    pretest: tuple[int, ...]
    outcomes: tuple[str, ...]
    outcome_of: tuple[int, ...]
    measured: tuple[tuple[int, ...], ...]
    enemies: tuple[tuple[int, ...], ...]
    units: tuple[tuple[int, ...], ...]
    has_sets: bool
    limits: Limits
    lightest: tuple[tuple[int, ...], ...]
    criteria_of: tuple[tuple[int, ...], ...]
    criterion_least: tuple[int, ...]
    criteria_least: tuple[int, ...]
    outcome_least: tuple[int, ...]
    outcome_most: tuple[int, ...]
    lengths: tuple[int, ...]
    most: int
    needs_joint: bool


def compile(pool: ItemPool, plan: Plan) -> CompiledTest:
    """Check a plan against a pool and prepare its tables; about a second for 10,000 items.

    Raises PlanError when no form can meet the plan, naming the constraints that conflict, and when the pool lacks what
    the plan counts (words, seconds).
    """
    witness = check_plan(pool, plan)
    blueprint = Blueprint.of(pool, plan)
    outcomes = tuple(outcome.outcome for outcome in plan.outcomes)
    number = {outcome: k for k, outcome in enumerate(outcomes)}
    planned = [number.get(pool.outcomes[o], -1) for o in pool.outcome_of]
    outcome_of = tuple(-1 if pool.pretest[j] else k for j, k in enumerate(planned))
    measured = tuple(tuple(int(c) for c in np.flatnonzero(row)) for row in pool.measures)
    sets = tuple(s for s in sets_of(pool, blueprint.usable).values() if len(s) > 1)
    model = SecondOrder.of([o.cut for o in plan.outcomes], [o.loading for o in plan.outcomes])
    least = {criterion.criterion: criterion.min_items for criterion in plan.criteria}
    at_cut = _at_cut(pool, plan, outcome_of)
    ranking = Ranking.of(
        plan.selection.criterion,
        pool.parameters,
        at_cut,
        outcome_of,
        measured,
        model,
        sets,
        _pace(pool, plan, outcome_of),
    )
    rows = likelihood_rows(pool.parameters, model.nodes)
    limits = Limits.among(len(pool), blueprint.bounds)
    pretest = _pretest(pool, plan, planned)
    criterion_least = tuple(least.get(criterion, 0) for criterion in pool.criteria)
    criteria_of = _criteria_of(outcome_of, measured, len(outcomes))
    return CompiledTest(
        pool=pool,
        plan=plan,
        blueprint=blueprint,
        witness=witness,
        model=model,
        rules=closing_rules(plan),
        sequential=Sequential.of(plan, model.nodes),
        curtailment=Curtailment.of(
            plan, [sorted((ranking.at_cut[j] for j in best), reverse=True) for best in ranking.by_outcome]
        ),
        exposure=Exposure.of(
            pool.items,
            _cells(ranking, measured, len(outcomes)),
            witness,
            plan.selection.max_exposure,
            _eligibility(pool, plan, outcome_of),
            sets,
        ),
        ranking=ranking,
        shadow=_shadow(blueprint, plan, outcome_of),
        rows=_with_blank(rows),
        levels=rows.shape[1],
        categories=tuple(pool.parameters.categories.tolist()),
        place={item: j for j, item in enumerate(pool.items) if outcome_of[j] >= 0 or j in pretest},
        pretest=pretest,
        outcomes=outcomes,
        outcome_of=outcome_of,
        measured=measured,
        enemies=pool.enemies,
        units=_units(len(pool), sets),
        has_sets=bool(sets),
        limits=limits,
        lightest=tuple(limits.lightest(items) for items in ranking.by_outcome) if limits else (),
        criteria_of=criteria_of,
        criterion_least=criterion_least,
        criteria_least=tuple(sum(criterion_least[c] for c in criteria) for criteria in criteria_of),
        outcome_least=tuple(o.min_items for o in plan.outcomes),
        outcome_most=tuple(UNLIMITED if o.max_items is None else o.max_items for o in plan.outcomes),
        lengths=tuple(o.max_items or 0 for o in plan.outcomes),
        most=UNLIMITED if plan.max_items is None else plan.max_items,
        needs_joint=_needs_joint(plan),
    )


def _needs_joint(plan: Plan) -> bool:
    """Whether the joint posterior can change anything: it decides, or it weighs items as they are chosen."""
    tied = any(outcome.loading > 0 for outcome in plan.outcomes)
    return tied and (plan.evidence != "own" or plan.selection.criterion not in ("information_at_cut", "random", "mlwi"))


def _at_cut(pool: ItemPool, plan: Plan, outcome_of: Sequence[int]) -> FloatArray:
    """Information of each item at its outcome's cut, (J,); 0 for items outside the plan."""
    values = np.zeros(len(pool))
    for k, outcome in enumerate(plan.outcomes):
        mine = np.flatnonzero(np.asarray(outcome_of) == k)
        values[mine] = information(pool.parameters.take(mine), outcome.cut)
    return values


def _pace(pool: ItemPool, plan: Plan, outcome_of: Sequence[int]) -> FloatArray | None:
    """The expected seconds of each item, (J,), where the plan chooses per second; 1 for items outside the plan."""
    if not plan.selection.per_second:
        return None
    seconds = np.ones(len(pool))
    for j, k in enumerate(outcome_of):
        expected = pool.seconds[j] if k >= 0 else 1.0
        if expected is None:
            raise PlanError(f"plan.selection.per_second: item {pool.items[j]} of the pool has no seconds")
        seconds[j] = expected
    return seconds


def _cells(ranking: Ranking, measured: Sequence[tuple[int, ...]], outcomes: int) -> list[list[int]]:
    """Items of one outcome that measure the same criteria, best at the cut first."""
    cells: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for k in range(min(outcomes, len(ranking.by_outcome))):
        for j in ranking.by_outcome[k]:
            cells.setdefault((k, measured[j]), []).append(j)
    return list(cells.values())


def _shadow(blueprint: Blueprint, plan: Plan, outcome_of: Sequence[int]) -> Shadow | None:
    if plan.selection.strategy != "shadow":
        return None
    all_least = sum(outcome.min_items for outcome in plan.outcomes)
    most = []
    for outcome in plan.outcomes:
        of_outcome = UNLIMITED if outcome.max_items is None else outcome.max_items
        of_test = UNLIMITED if plan.max_items is None else plan.max_items - all_least + outcome.min_items
        most.append(min(of_outcome, of_test))
    return Shadow.of(blueprint, outcome_of, most)


def _with_blank(rows: Rows) -> Rows:
    """(J, levels, Q) as one row per answer, and a last row that adds nothing; read-only."""
    nodes = rows.shape[2]
    table = np.concatenate((rows.reshape(-1, nodes), np.zeros((1, nodes), dtype=np.int64)))
    table.setflags(write=False)
    return table


def _units(size: int, sets: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    units: list[tuple[int, ...]] = [(j,) for j in range(size)]
    for together in sets:
        for j in together:
            units[j] = together
    return tuple(units)


def _eligibility(pool: ItemPool, plan: Plan, outcome_of: Sequence[int]) -> Mapping[int, float]:
    place = {item: j for j, item in enumerate(pool.items) if outcome_of[j] >= 0}
    given = {}
    for item, chance in plan.selection.eligibility:
        if item not in place:
            raise PlanError(f"plan.selection.eligibility.{item}: no scored item of the plan's outcomes has this id")
        given[place[item]] = chance
    return given


def _pretest(pool: ItemPool, plan: Plan, planned: Sequence[int]) -> tuple[int, ...]:
    found = tuple(j for j in range(len(pool)) if pool.pretest[j] and planned[j] >= 0)
    if plan.pretest > len(found):
        raise PlanError(f"plan.pretest.items: {plan.pretest} wanted, {len(found)} pretest items in the pool")
    return found if plan.pretest else ()


def _criteria_of(
    outcome_of: Sequence[int], measured: Sequence[tuple[int, ...]], outcomes: int
) -> tuple[tuple[int, ...], ...]:
    found: list[set[int]] = [set() for _ in range(outcomes)]
    for j, k in enumerate(outcome_of):
        if k >= 0:
            found[k].update(measured[j])
    return tuple(tuple(sorted(criteria)) for criteria in found)

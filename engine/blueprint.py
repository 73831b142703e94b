"""What a form must hold (minimums, maximums, enemies of a plan on a pool), and feasible forms (witnesses) that do.

Rules:
- A plan that no form can meet is refused, with the constraints that conflict: leave any one of them out and a form
  exists.
- A limit on exposure is kept by a family of forms: each item is in at most the allowed share of them, every sitting
  draws one form and may use all of it. So each sitting has a feasible completion from the start, and no item is
  open to more than its share.
- A set of items with a common stimulus is in a form as a whole or not at all; its items measure one outcome.
- The plan's seconds bound the expected seconds of a form where every item of its outcomes has them; where one has
  none, they are the clock's alone. Words have no clock: a plan that bounds them needs those of every item.
- Levels are counted over the whole test, whatever the outcome.
- Pretest items never belong to a form.
- Counting alone would not do: with enemies, "enough items" is an independent-set problem; HiGHS decides it exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.assembly import Bound, solve
from engine.conflicts import irreducible
from engine.families import FAMILY, LARGEST, Question, equal_forms
from engine.plan import Plan
from engine.planreading import PlanError
from engine.pool import ItemPool

SMALLEST_FAMILY = 4
REUSE_COST = 10.0  # against 1 for any item: a form takes fresh items before it takes one of an earlier form
UNLIMITED = 10**9  # stands for "no maximum" where counting needs a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """The plan's constraints on the items of the pool that belong to its outcomes."""

    size: int
    usable: tuple[int, ...]
    bounds: tuple[Bound, ...]

    @classmethod
    def of(cls, pool: ItemPool, plan: Plan) -> Blueprint:
        """The constraints of this plan on this pool.

        Raises PlanError when a criterion's outcome is not in the plan, a maximum has no item, or an item no words.
        """
        mine = {outcome.outcome for outcome in plan.outcomes}
        usable = tuple(j for j in range(len(pool)) if pool.outcomes[pool.outcome_of[j]] in mine and not pool.pretest[j])
        return cls(size=len(pool), usable=usable, bounds=tuple(_bounds(pool, plan, usable)))

    def form(self, cost: np.ndarray, fixed: Sequence[int], barred: Sequence[int] = ()) -> tuple[int, ...] | None:
        """The cheapest form that holds `fixed` and none of `barred`; None when there is none."""
        return solve(self.size, (*self.bounds, *_without(barred)), cost, fixed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Feasible forms of a plan: every sitting draws one; `share` is the greatest share of forms any item is in."""

    forms: tuple[tuple[int, ...], ...]
    share: float


def check_plan(pool: ItemPool, plan: Plan) -> Witness:
    """Feasible forms for this plan on this pool. Raises PlanError naming the constraints that conflict."""
    blueprint = Blueprint.of(pool, plan)
    cost = np.ones(len(pool))
    first = blueprint.form(cost, ())
    if first is None:
        raise PlanError(f"no form can meet the plan; in conflict: {'; '.join(conflict(blueprint))}")
    limit = plan.selection.max_exposure
    if limit >= 1:
        return Witness(forms=(first,), share=1.0)
    return _family(blueprint, limit)


def _bounds(pool: ItemPool, plan: Plan, usable: tuple[int, ...]) -> list[Bound]:
    bounds = []
    for outcome in plan.outcomes:
        own = tuple(j for j in usable if pool.outcomes[pool.outcome_of[j]] == outcome.outcome)
        bounds += _range(f"outcome {outcome.outcome}", own, outcome.min_items, outcome.max_items)
    column = {criterion: i for i, criterion in enumerate(pool.criteria)}
    allowed = set(usable)
    planned = {outcome.outcome for outcome in plan.outcomes}
    for criterion in plan.criteria:
        place = column.get(criterion.criterion)
        tagged = [] if place is None else [int(j) for j in np.flatnonzero(pool.measures[:, place])]
        having = tuple(j for j in tagged if j in allowed)
        owner = pool.outcomes[pool.outcome_of[tagged[0]]] if tagged else None
        if owner is not None and owner not in planned:
            raise PlanError(f"plan.criteria.{criterion.criterion}: it belongs to outcome {owner}, which the plan lacks")
        at_least, *at_most = _range(
            f"criterion {criterion.criterion}", having, criterion.min_items, criterion.max_items
        )
        bounds += [at_least, *(replace(bound, kind="limit") for bound in at_most)]
    for level in plan.levels:
        having = tuple(j for j in usable if pool.levels[j] == level.level)
        both = _range(f"level {level.level}", having, level.min_items, level.max_items)
        bounds += [replace(bound, kind="limit") for bound in both]
    for j in usable:
        for enemy in pool.enemies[j]:
            if j < enemy and enemy in allowed:
                name = f"enemies {pool.items[j]} and {pool.items[enemy]}"
                bounds.append(Bound(name=name, items=(j, enemy), upper=1, kind="enemies"))
    bounds += [_whole(pool, name, members) for name, members in sets_of(pool, usable).items() if len(members) > 1]
    if plan.max_items is not None:
        bounds.append(Bound(name=f"plan max_items {plan.max_items}", items=usable, upper=plan.max_items))
    for name, most, each in (
        ("seconds", plan.seconds, seconds_of(pool, usable)),
        ("words", plan.words, None if plan.words is None else _words_of(pool, usable)),
    ):
        if most is not None and each is not None:
            bounds.append(Bound(name=f"plan {name} {most}", items=usable, upper=most, weights=each, kind="limit"))
    return bounds


def _range(name: str, items: tuple[int, ...], least: int, most: int | None) -> list[Bound]:
    """At least `least` of these items, and at most `most` where there is such a limit."""
    if most is not None and not items:
        raise PlanError(f"plan: {name} has max_items {most}, but no item of the plan's outcomes belongs to it")
    named = f"{name} ({len(items)} items in the pool)"
    bounds = [Bound(name=f"{named} min_items {least}", items=items, lower=least)]
    if most is not None:
        bounds.append(Bound(name=f"{named} max_items {most}", items=items, upper=most))
    return bounds


def sets_of(pool: ItemPool, usable: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """The items of each set, in the pool's order. Raises PlanError for a set of several outcomes."""
    found: dict[str, list[int]] = {}
    for j in usable:
        name = pool.sets[j]
        if name is not None:
            found.setdefault(name, []).append(j)
    for j in range(len(pool)):
        members = found.get(pool.sets[j] or "")
        if members is None:
            continue
        if pool.outcome_of[j] != pool.outcome_of[members[0]]:
            raise PlanError(f"pool item {pool.items[j]}: set {pool.sets[j]} belongs to another outcome as well")
        if pool.pretest[j]:
            raise PlanError(f"pool item {pool.items[j]}: a pretest item cannot belong to set {pool.sets[j]}")
    return {name: tuple(members) for name, members in found.items()}


def seconds_of(pool: ItemPool, usable: Sequence[int]) -> tuple[float, ...] | None:
    """The expected seconds of these items, to the millisecond; None when one of them has none."""
    known = [pool.seconds[j] for j in usable]
    return None if None in known else tuple(round(float(s), 3) for s in known if s is not None)


def _words_of(pool: ItemPool, usable: Sequence[int]) -> tuple[float, ...]:
    for j in usable:
        if pool.words[j] is None:
            raise PlanError(f"plan.words: item {pool.items[j]} of the pool does not say how many it has")
    return tuple(float(pool.words[j] or 0) for j in usable)


def _whole(pool: ItemPool, name: str, members: tuple[int, ...]) -> Bound:
    """All items of a set or none: with the first all others come, without it none."""
    weights = (1.0 - len(members), *(1.0,) * (len(members) - 1))
    return Bound(name=f"set {name} as a whole", items=members, lower=0.0, upper=0.0, weights=weights, kind="set")


def _without(barred: Sequence[int]) -> tuple[Bound, ...]:
    return (Bound(name="barred", items=tuple(barred), upper=0),) if barred else ()


def conflict(blueprint: Blueprint) -> list[str]:
    """The names of constraints of an infeasible blueprint that cannot hold together, none of them superfluous."""
    cost = np.ones(blueprint.size)
    named, _ = irreducible(blueprint.bounds, lambda bounds: solve(blueprint.size, bounds, cost) is not None)
    return [bound.name for bound in named]


def _family(blueprint: Blueprint, limit: float) -> Witness:
    """Forms of which no item is in more than the share `limit`: one by one, else as a mixture has them."""
    fewest = math.ceil(1 / limit)
    sizes = range(max(SMALLEST_FAMILY, fewest), max(FAMILY, fewest) + 1)
    count = max(sizes, key=lambda m: (math.floor(limit * m + 1e-9) / m, m))
    forms = _one_by_one(blueprint, count, math.floor(limit * count + 1e-9))
    if forms is None:
        forms = _mixed(blueprint, limit, range(fewest, sizes.stop))
    used = np.bincount([j for form in forms for j in form], minlength=blueprint.size)
    return Witness(forms=tuple(forms), share=float(used.max(initial=0)) / len(forms))


def _one_by_one(blueprint: Blueprint, count: int, most: int) -> list[tuple[int, ...]] | None:
    used = np.zeros(blueprint.size, dtype=np.int64)
    forms = []
    for _ in range(count):
        spent = [int(j) for j in np.flatnonzero(used >= most)]
        form = blueprint.form(1.0 + REUSE_COST * used, (), spent)
        if form is None:
            return None
        used[list(form)] += 1
        forms.append(form)
    return forms


def _mixed(blueprint: Blueprint, limit: float, sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """A family in the proportions of a mixture of forms that keeps the limit. Raises PlanError when there is none."""
    key = f"plan.selection.max_exposure: {limit:g}"
    question = Question(blueprint.size, blueprint.bounds, limit)
    answer = question.answer(blueprint.bounds)
    if answer.exists is None:
        raise PlanError(f"{key} was neither met nor shown to be impossible with this pool; try a greater one")
    if not answer.exists:
        raise PlanError(f"{key} cannot be kept with this pool; {_exposure_conflict(blueprint, question)}")
    forms = equal_forms(answer, sorted(sizes, key=lambda m: (-math.floor(limit * m + 1e-9) / m, m)), limit)
    if forms is None:
        raise PlanError(
            f"{key} cannot be kept with this pool by up to {LARGEST} forms of equal chance; a greater one can"
        )
    return forms


def _exposure_conflict(blueprint: Blueprint, question: Question) -> str:
    """What forbids the limit: bounds that each do so alone, else an irreducible set of bounds."""
    short = [b.name for b in blueprint.bounds if b.lower > question.limit * len(b.items) and b.weights is None]
    if short:
        return f"each of these alone is in conflict with it: {'; '.join(short)}"
    bounds, unsure = irreducible(blueprint.bounds, lambda bounds: question.answer(bounds).exists)
    named = f"in conflict with it: {'; '.join(bound.name for bound in bounds)}"
    return f"{named}; not shown to be needed: {'; '.join(bound.name for bound in unsure)}" if unsure else named

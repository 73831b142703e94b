"""A plan is refused only where no form exists, and what is named is irreducible: found by trying every set of items."""

from itertools import chain, combinations

import numpy as np
from engine_builders import a_plan, an_item
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine import ItemPool, PlanError
from engine.blueprint import Blueprint


def every_set(size):
    return [set(items) for items in chain.from_iterable(combinations(range(size), n) for n in range(size + 1))]


def some_form_keeps(bounds, size):
    return any(all(bound.holds(items) for bound in bounds) for items in every_set(size))


@st.composite
def tight_plans(draw):
    """Up to seven items with criteria, enemies, sets, levels and budgets, and a plan that often asks for too much."""
    size = draw(st.integers(3, 7))
    pool = ItemPool.build(
        an_item(
            f"i{n}",
            outcome=f"o{n % 2}",
            criteria=tuple(f"o{n % 2}.c{t}" for t in sorted(draw(st.sets(st.integers(0, 1), max_size=2)))),
            enemies=(f"i{draw(st.integers(0, n - 1))}",) if n and draw(st.booleans()) else (),
            set=draw(st.sampled_from([None, None, f"o{n % 2}.s"])),
            seconds=float(draw(st.integers(30, 90))),
            level="apply" if n == 0 or draw(st.booleans()) else "recall",
            words=draw(st.integers(3, 9)),
        )
        for n in range(size)
    )
    limits = {"least": draw(st.integers(1, 3)), "most": draw(st.none() | st.integers(3, 4))}
    budget = draw(st.sampled_from([{}, {"seconds": 200}, {"max_items": 3}, {"words": 20}]))
    levels = draw(
        st.sampled_from([{}, {"apply": {"max_items": 1}}, {"recall": {"min_items": 2}, "apply": {"min_items": 1}}])
    )
    fewest, most = draw(st.integers(0, 2)), draw(st.sampled_from([{}, {"max_items": 2}]))
    criteria = {criterion: {"min_items": fewest, **most} for criterion in pool.criteria}
    return pool, a_plan(pool, criteria=criteria, levels=levels, **limits, **budget)


def is_refused_with_reason(pool, plan):
    """Whether the plan is refused; the conflict named must be one, and each part of it needed."""
    bounds = Blueprint.of(pool, plan).bounds
    try:
        test = engine.compile(pool, plan)
    except PlanError as refusal:
        known = {bound.name: bound for bound in bounds}
        named = [known[name] for name in str(refusal).split("in conflict: ")[1].split("; ")]
        assert not some_form_keeps(named, len(pool))
        assert all(some_form_keeps([b for b in named if b is not left_out], len(pool)) for left_out in named)
        return True
    assert all(bound.holds(test.witness.forms[0]) for bound in bounds)
    return False


@given(tight_plans())
def test_a_plan_is_refused_only_with_a_conflict_that_leaves_nothing_out_and_names_nothing_more(given):
    pool, plan = given
    assert is_refused_with_reason(pool, plan) != some_form_keeps(Blueprint.of(pool, plan).bounds, len(pool))


def test_twenty_plans_with_enemies_and_sets_that_no_form_can_meet_are_refused_so():
    refused = 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        pool = ItemPool.build(
            an_item(
                f"i{n}",
                criteria=(f"c{n % 2}",),
                enemies=tuple(f"i{m}" for m in range(n) if draw.random() < 0.3),
                set="s" if n in (2, 3) else None,
            )
            for n in range(7)
        )
        plan = a_plan(pool, least=3, most=5, per_criterion=2)
        refused += is_refused_with_reason(pool, plan)
    assert refused >= 20

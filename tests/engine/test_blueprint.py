"""Blueprint, completion, exposure: no plan is broken, infeasible ones are refused by name, exposure is bounded."""

import itertools

import numpy as np
import pytest
from content_builders import faults
from engine_builders import a_draw, a_plan, a_pool, a_test, an_item, walk
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import engine
from engine import ItemPool, PlanError, check_plan


@st.composite
def some_tests(draw):
    """Random pools with enemies, overlapping criteria, levels and words, and a plan that may be tight."""
    outcomes = draw(st.integers(1, 3))
    rows = []
    for k in range(outcomes):
        for n in range(draw(st.integers(3, 8))):
            tags = draw(st.sets(st.integers(0, 2), max_size=2))
            rows.append(
                an_item(
                    f"o{k}.{n}",
                    outcome=f"o{k}",
                    criteria=tuple(f"o{k}.c{t}" for t in sorted(tags)),
                    b=draw(st.floats(-2, 2)),
                    enemies=(f"o{k}.{draw(st.integers(0, n - 1))}",) if n and draw(st.booleans()) else (),
                    level=draw(st.sampled_from(["apply", "recall"])),
                    words=draw(st.integers(1, 9)),
                )
            )
    pool = ItemPool.build(rows)
    fewest = draw(st.integers(0, 2))
    levels = draw(st.fixed_dictionaries({}, optional={name: st.integers(1, 4) for name in ("apply", "recall")}))
    plan = a_plan(
        pool,
        least=draw(st.integers(1, 3)),
        most=draw(st.none() | st.integers(3, 5)),
        criteria={c: {"min_items": fewest} | draw(st.sampled_from([{}, {"max_items": 3}])) for c in pool.criteria},
        levels={name: {"min_items": draw(st.integers(0, n)), "max_items": n + 1} for name, n in levels.items()},
        selection={
            "criterion": draw(st.sampled_from(["information_at_cut", "information", "random"])),
            "randomesque": draw(st.integers(1, 4)),
            "max_exposure": draw(st.sampled_from([1, 0.7, 0.5])),
        },
        **draw(st.sampled_from([{}, {"max_items": 8}, {"max_items": 5}, {"words": 30}, {"words": 60, "max_items": 9}])),
    )
    try:
        return engine.compile(pool, plan)
    except PlanError:
        assume(False)


@pytest.mark.slow
@settings(max_examples=100)
@given(some_tests(), st.integers(0, 2**16), st.integers(0, 9))
def test_no_sitting_of_a_feasible_plan_breaks_a_constraint(test, answers, name):
    steps, _, _ = walk(test, lambda step, n: answers >> (n % 16) & 1, a_draw(str(name)))

    assert faults(test.pool, test.plan, [s.item for s in steps]) == []


def test_a_plan_that_asks_for_more_than_the_pool_has_names_the_criterion():
    pool = a_pool(outcomes=2, criteria=2, each=3)
    with pytest.raises(PlanError, match=r"in conflict: criterion o0\.c0 \(3 items in the pool\) min_items 4$"):
        engine.compile(pool, a_plan(pool, criteria={"o0.c0": {"min_items": 4}}))


def test_conflicting_constraints_are_named_and_no_others():
    pool = a_pool(outcomes=2, criteria=2, each=3)
    plan = a_plan(
        pool, most=3, criteria={"o0.c0": {"min_items": 2}, "o0.c1": {"min_items": 2}, "o1.c0": {"min_items": 1}}
    )
    with pytest.raises(PlanError) as refusal:
        engine.compile(pool, plan)

    named = str(refusal.value).split("in conflict: ")[1].split("; ")
    assert [name.split(" (")[0] for name in named] == ["outcome o0", "criterion o0.c0", "criterion o0.c1"]
    assert "max_items 3" in named[0]


def test_enemies_that_leave_no_form_are_found_where_counting_would_not():
    # three items, two wanted, every pair are enemies: each count is fine, the independent set is not there
    pool = ItemPool.build([an_item("a", enemies=("b", "c")), an_item("b", enemies=("c",)), an_item("c")])
    with pytest.raises(
        PlanError, match=r"outcome o0 .* min_items 2; enemies a and b; enemies a and c; enemies b and c"
    ):
        engine.compile(pool, a_plan(pool))


def test_a_criterion_without_items_and_one_of_an_unplanned_outcome_are_named():
    pool = a_pool(outcomes=2)
    with pytest.raises(PlanError, match=r"criterion nowhere \(0 items in the pool\) min_items 1"):
        engine.compile(pool, a_plan(pool, criteria={"nowhere": {"min_items": 1}}))
    with pytest.raises(PlanError, match=r"plan\.criteria\.o1\.c0: it belongs to outcome o1"):
        engine.compile(pool, a_plan(pool, outcomes={"o0": {"cut": 0}}, **{"lambda": {}}))


def test_an_item_that_would_block_a_minimum_is_passed_over():
    # "best" is the most informative, but its enemies are the only items of criterion c
    pool = ItemPool.build(
        [
            an_item("best", a=3.0, enemies=("c1", "c2")),
            an_item("c1", a=0.5, criteria=("c",)),
            an_item("c2", a=0.5, criteria=("c",)),
            an_item("other", a=1.0),
            an_item("more", a=0.9),
        ]
    )
    plan = a_plan(pool, per_criterion=0, criteria={"c": {"min_items": 0}}, most=3)
    free = walk(engine.compile(pool, plan), lambda s, n: n % 2)[0]
    bound = a_plan(pool, criteria={"c": {"min_items": 1}}, most=3)
    steps = walk(engine.compile(pool, bound), lambda s, n: n % 2)[0]

    assert free[0].item == "best"
    assert "best" not in [s.item for s in steps]
    assert {"c1", "c2"} & {s.item for s in steps}


def a_tempting_pool(**enemies):
    """Item x is the most informative of criterion c; d1 and d2 are the items of criterion d."""
    return ItemPool.build(
        an_item(name, a=a, criteria=(name[0].replace("x", "c"),), enemies=enemies.get(name, ()))
        for name, a in (("x", 3.0), ("c2", 0.5), ("d1", 0.7), ("d2", 0.6))
    )


def test_an_item_whose_enemies_are_all_a_criterion_has_is_passed_over_by_exact_search():
    test = a_test(a_tempting_pool(x=("d1", "d2")))
    items = [s.item for s in walk(test, lambda s, n: n % 2)[0]]

    assert items[0] == "d1"
    assert "x" not in items


@pytest.mark.parametrize("enemy", ["d1", "d2"])
def test_a_form_with_an_enemy_of_the_choice_is_repaired_by_a_swap(enemy):
    test = a_test(a_tempting_pool(x=(enemy,)), stopping={"alpha": 0.001})
    items = [s.item for s in walk(test, lambda s, n: n % 2)[0]]

    assert items[0] == "x"
    assert enemy not in items
    assert faults(test.pool, test.plan, items) == []


def test_a_criterion_that_two_items_share_is_swapped_into_a_tight_form():
    # three places; c, d and e need one each: only items of two criteria leave room for a free choice
    pool = ItemPool.build(
        [
            an_item("c", a=2.0, criteria=("c",)),
            an_item("d", a=0.5, criteria=("d",)),
            an_item("e", a=0.5, criteria=("e",)),
            an_item("de", a=0.4, criteria=("d", "e")),
            an_item("c'", a=1.9, criteria=("c",)),
        ]
    )
    test = a_test(pool, least=3, most=3, stopping={"alpha": 0.001})
    items = [s.item for s in walk(test, lambda s, n: n % 2)[0]]

    assert len(items) == 3
    assert faults(test.pool, test.plan, items) == []


def test_forms_that_one_by_one_would_get_stuck_are_found_together():
    # of four items only ab, cd and ac go together; a family that takes ac cannot be completed at exposure 1/2
    for names in itertools.permutations("abcd"):
        pool = ItemPool.build(an_item(n, enemies={"a": ("d",), "b": ("c", "d")}.get(n, ())) for n in names)
        witness = check_plan(pool, a_plan(pool, selection={"max_exposure": 0.5}))
        assert {frozenset(pool.items[j] for j in form) for form in witness.forms} >= {
            frozenset("ab"),
            frozenset("cd"),
        }
        assert witness.share <= 0.5


def test_a_limit_on_exposure_that_leaves_no_form_is_refused_with_what_is_short():
    pool = a_pool(outcomes=1, criteria=2, each=3)
    with pytest.raises(
        PlanError,
        match=r"max_exposure: 0\.5 cannot be kept .* alone .* criterion o0\.c0 \(3 items .* criterion o0\.c1 \(3",
    ):
        engine.compile(pool, a_plan(pool, per_criterion=2, selection={"max_exposure": 0.5}))


def test_constraints_that_only_together_leave_no_form_within_the_exposure_are_named_and_no_others():
    # x serves both criteria in one place, but only half of the sittings may have it; the others need two of level r
    rows = [an_item("x", criteria=("c", "d"), level="r"), an_item("y", criteria=("c",), level="r")]
    pool = ItemPool.build([*rows, an_item("z", criteria=("d",), level="r"), an_item("w")])
    content = {"least": 1, "levels": {"r": {"max_items": 1}}}

    assert engine.compile(pool, a_plan(pool, **content)).witness.forms == ((0,),)
    with pytest.raises(PlanError) as refusal:
        engine.compile(pool, a_plan(pool, **content, selection={"max_exposure": 0.5}))
    named = str(refusal.value).split("in conflict with it: ")[1].split("; ")
    assert [" ".join(name.split(" (")[0].split()[:2]) for name in named] == ["criterion c", "criterion d", "level r"]


def test_a_limit_that_only_whole_forms_cannot_keep_is_refused_by_name_too():
    # every form holds d and one of three enemies; halves of all four would do, halves of forms do not
    rows = [an_item(n, enemies=tuple(other for other in "abc" if other != n)) for n in "abc"]
    pool = ItemPool.build([*rows, an_item("d")])
    with pytest.raises(PlanError) as refusal:
        engine.compile(pool, a_plan(pool, least=2, selection={"max_exposure": 0.6}))
    named = str(refusal.value).split("in conflict with it: ")[1].split("; ")

    assert named == [
        "outcome o0 (4 items in the pool) min_items 2",
        "enemies a and b",
        "enemies a and c",
        "enemies b and c",
    ]


@pytest.mark.parametrize("limit", [0.3, 0.5, 0.75])
def test_every_form_of_a_family_is_feasible_and_no_item_is_in_too_many(limit):
    pool = a_pool(outcomes=2, criteria=2, each=7)
    witness = check_plan(pool, a_plan(pool, per_criterion=2, selection={"max_exposure": limit}))
    test = a_test(pool, per_criterion=2)

    assert all(faults(test.pool, test.plan, [pool.items[j] for j in form]) == [] for form in witness.forms)
    assert witness.share <= limit


@pytest.mark.parametrize("limit", [0.3, 0.5, 0.75])
def test_every_item_is_open_to_just_the_allowed_share_of_sittings(limit):
    pool = a_pool(outcomes=2, criteria=2, each=9)
    test = a_test(pool, selection={"max_exposure": limit})
    n = 4000
    lotteries = [test.exposure.open_to(a_draw(str(i))) for i in range(n)]
    share = np.array([[lottery.eligible(j) for j in range(len(pool))] for lottery in lotteries])

    assert np.abs(share.mean(axis=0) - limit).max() < 4 * np.sqrt(limit * (1 - limit) / n)
    cells = share.reshape(n, 4, 9).sum(axis=2)
    assert cells.min() >= np.floor(9 * limit) - 2
    assert all(set(lottery.form) <= set(np.flatnonzero(row)) for lottery, row in zip(lotteries, share, strict=True))


def test_a_limit_of_one_opens_everything():
    test = a_test()
    lottery = test.exposure.open_to(a_draw())

    assert all(lottery.eligible(j) for j in range(len(test.pool)))

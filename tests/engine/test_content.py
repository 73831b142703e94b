"""Sets, seconds, pretest items and the shadow test: what a sitting holds, counted from pool and plan alone."""

import functools
import itertools
from dataclasses import replace

import numpy as np
import pytest
from content_builders import a_rich_plan, a_rich_pool, faults
from engine_builders import a_draw, a_plan, a_pool, a_test, an_item, walk

import engine
from engine import ItemPool, PlanError, Population, Response, check_plan, report, shadow, simulate
from engine.blueprint import Blueprint
from engine.pretest import slots
from engine.shadow import GAP, Shadow, rounded


def by_turns(step, position):
    return position % 2


@functools.cache
def blueprints():
    """The first 20 random blueprints that are feasible, as (seed, pool, plan), and the refusals before them."""
    feasible, refused, seeds = [], [], itertools.count()
    while len(feasible) < 20:
        seed = next(seeds)
        pool = a_rich_pool(seed)
        plan = a_rich_plan(pool, seed)
        try:
            check_plan(pool, plan)
        except PlanError as refusal:
            refused.append(str(refusal))
            continue
        feasible.append((seed, pool, plan))
    return feasible, refused


@pytest.mark.parametrize("strategy", ["witness", "shadow"])
@pytest.mark.parametrize("number", range(20))
def test_no_sitting_of_a_random_feasible_blueprint_breaks_a_constraint(number, strategy):
    seed, pool, plan = blueprints()[0][number]
    test = engine.compile(pool, a_rich_plan(pool, seed, selection={"strategy": strategy}))
    found = simulate(test, Population(), 12, seed)
    held = [[pool.items[j] for j in items] for items in found.presented]
    steps, _, _ = walk(test, lambda step, n: (n * 3) % 5 % 2, a_draw(str(number)))

    assert [faults(pool, plan, items) for items in held] == [[]] * 12
    assert report(test, found).violations == 0
    assert faults(pool, plan, [step.item for step in steps]) == []


def test_some_random_blueprints_are_refused_by_name():
    assert {refusal.split(";")[0].split(":")[0] for refusal in blueprints()[1]} >= {
        "no form can meet the plan",
        "plan.selection.max_exposure",
    }


def test_a_set_is_presented_whole_and_together_even_when_its_outcome_is_decided():
    pool = ItemPool.build(
        [an_item(f"s{n}", set="s", a=2.0) for n in range(4)] + [an_item(f"i{n}", a=0.5) for n in range(6)]
    )
    test = a_test(pool, least=1, stopping={"alpha": 0.3})
    steps, _, stop = walk(test, lambda step, n: 1)

    assert [step.item for step in steps][:4] == ["s0", "s1", "s2", "s3"]
    assert stop.decisions[0].items == len(steps)


def test_a_set_too_large_for_what_is_left_is_passed_over():
    pool = ItemPool.build(
        [an_item(f"s{n}", set="s", a=2.0) for n in range(4)] + [an_item(f"i{n}", a=0.5) for n in range(6)]
    )
    steps, _, _ = walk(a_test(pool, most=3, stopping={"alpha": 1e-6}), by_turns)

    assert [step.item[0] for step in steps] == ["i", "i", "i"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            [an_item("x", set="s"), an_item("y", outcome="o1", set="s")],
            "item y: set s belongs to another outcome as well",
        ),
        ([an_item("x", set="s"), an_item("y", set="s", pretest=True)], "item y: a pretest item cannot belong to set s"),
    ],
)
def test_a_set_of_two_outcomes_or_with_a_pretest_item_is_refused(rows, reason):
    with pytest.raises(PlanError, match=reason):
        engine.compile(ItemPool.build(rows), a_plan(least=1))


def test_conflicts_with_sets_and_seconds_are_named_and_no_others():
    pool = ItemPool.build(
        [
            an_item(f"i{n}", seconds=60.0, set="long" if n < 3 else None, criteria=("c",) if n < 2 else ())
            for n in range(8)
        ]
    )
    with pytest.raises(PlanError) as refusal:
        engine.compile(pool, a_plan(pool, least=1, criteria={"c": {"min_items": 1}}, seconds=170, max_items=5))
    named = str(refusal.value).split("in conflict: ")[1].split("; ")

    assert [name.split(" (")[0] for name in named] == ["criterion c", "set long as a whole", "plan seconds 170"]
    engine.compile(pool, a_plan(pool, least=1, criteria={"c": {"min_items": 1}}, seconds=180, max_items=5))


def test_the_expected_seconds_end_a_test_as_its_length_does():
    pool = ItemPool.build(an_item(f"i{n}", seconds=50.0) for n in range(9))
    _, responses, stop = walk(a_test(pool, seconds=220, stopping={"alpha": 1e-6}), by_turns)

    assert (len(responses), stop.reason) == (4, "maximum_length")


def test_seconds_that_one_item_lacks_are_the_clocks_alone():
    pool = ItemPool.build([*(an_item(f"i{n}", seconds=50.0) for n in range(5)), an_item("x")])
    _, responses, stop = walk(a_test(pool, seconds=120, stopping={"alpha": 1e-6}), by_turns)

    assert (len(responses), stop.reason) == (6, "pool_exhausted")


def a_seeded_test(**given):
    rows = [an_item(f"i{n}", b=n / 5 - 1) for n in range(10)] + [
        an_item(f"p{n}", b=3.0, pretest=True) for n in range(6)
    ]
    return a_test(ItemPool.build(rows), least=5, most=8, pretest={"items": 2}, **given)


def test_pretest_items_come_at_their_slots_and_change_nothing():
    test = a_seeded_test(stopping={"alpha": 0.001})
    places = set()
    for name in range(12):
        draw = a_draw(str(name))
        steps, responses, stop = walk(test, lambda step, n: int(step.item[0] == "p"), draw)
        seeded = [n for n, step in enumerate(steps) if step.item[0] == "p"]
        assert tuple(seeded) == slots(test, draw)
        assert {steps[n].why.criterion for n in seeded} == {"pretest"}
        without = [r for r in responses if r.item[0] != "p"]
        assert engine.decisions(test, responses, True) == engine.decisions(test, without, True)
        assert stop.decisions[0].items == len(without)
        places.update(seeded)
    assert len(places) >= 5


def test_an_early_decision_waits_for_no_longer_than_the_slots_and_simulation_seeds_too():
    test = a_seeded_test(stopping={"alpha": 0.4})
    found = simulate(test, Population(), 40, 2)

    assert all(sum(test.pool.pretest[j] for j in items) == 2 for items in found.presented)
    assert report(test, found).violations == 0


def test_more_pretest_items_than_the_pool_holds_are_refused_and_none_asked_for_are_never_shown():
    pool = ItemPool.build([an_item("i0"), an_item("i1"), an_item("p", pretest=True)])
    with pytest.raises(PlanError, match=r"plan\.pretest\.items: 2 wanted, 1 pretest items in the pool"):
        engine.compile(pool, a_plan(pool, pretest={"items": 2}))
    steps, _, _ = walk(a_test(pool, stopping={"alpha": 1e-6}), by_turns)
    assert {step.item for step in steps} == {"i0", "i1"}


def test_the_digest_of_a_pool_without_pretest_items_does_not_know_them():
    assert ItemPool.build([an_item("x")]).digest == ItemPool.build([an_item("x", pretest=False)]).digest
    assert ItemPool.build([an_item("x")]).digest != ItemPool.build([an_item("x", pretest=True)]).digest


def a_shadow_test(pool=None, **given):
    chosen = {"strategy": "shadow", "criterion": "information", "randomesque": 1, "max_exposure": 1}
    return a_test(
        a_pool() if pool is None else pool, selection=chosen | given.pop("selection", {}), **{"most": 5, **given}
    )


def test_the_shadow_test_finds_the_best_form_where_greed_would_not():
    # the best single item is worth less than the pair it keeps out
    rows = [
        an_item("greedy", a=1.30, enemies=("x", "y")), an_item("x", a=1.25), an_item("y", a=1.25),
        an_item("z", a=0.2), an_item("w", a=0.1),
    ]  # fmt: skip
    common = {"least": 3, "most": 3, "stopping": {"alpha": 1e-6}}
    greedy = {step.item for step in walk(a_test(ItemPool.build(rows), **common), by_turns)[0]}
    chosen = {step.item for step in walk(a_shadow_test(ItemPool.build(rows), **common), by_turns)[0]}

    assert greedy == {"greedy", "z", "w"}
    assert chosen == {"x", "y", "z"}


def test_the_shadow_test_knows_no_order_of_answers():
    test = a_shadow_test(a_pool(each=12), selection={"max_exposure": 0.6, "randomesque": 3})
    _, responses, _ = walk(test, by_turns)

    assert engine.next_step(test, responses[:7][::-1], a_draw()) == engine.next_step(test, responses[:7], a_draw())


@pytest.mark.parametrize("nodes", [80, 6, 1])
@pytest.mark.parametrize("budgets", [{"seconds": 2000, "words": 2000}, {"seconds": 1100, "words": 700}])
@pytest.mark.parametrize("each", [14, 40, 110])
def test_pruning_loses_no_more_than_the_gap_of_what_is_still_to_be_chosen(each, budgets, nodes, monkeypatch):
    monkeypatch.setattr(shadow, "FEW", 0 if nodes < 80 else shadow.FEW)
    monkeypatch.setattr(shadow, "NODES", nodes)
    pool = a_rich_pool(4, each=each)
    test = engine.compile(pool, a_rich_plan(pool, 4, selection={"strategy": "shadow"}, **budgets))
    draw = np.random.default_rng(0)
    for _ in range(5):
        values = draw.random(len(pool))
        used = draw.permutation(test.witness.forms[0])[:3]
        form = test.shadow.form(values, used, np.zeros(len(pool), dtype=bool))
        left = np.where(np.isin(np.arange(len(pool)), used), 0.0, values)
        best = test.blueprint.form(-left, used)
        assert left[list(form)].sum() >= left[list(best)].sum() / (1 + GAP) - 1e-6
        assert set(used) <= set(form)
        assert faults(pool, test.plan, [pool.items[j] for j in form]) == []


def test_a_large_pool_whose_shares_keep_the_plan_but_no_form_does_has_no_shadow_test():
    # one item of the pair is wanted, but they come together: half of each would do
    pair = [an_item(n, outcome="o1", set="pair", words=9) for n in "xy"]
    pool = ItemPool.build(pair + [an_item(f"i{n}", words=n + 1) for n in range(90)])
    blueprint = Blueprint.of(pool, a_plan(pool, least=1, most=2, words=300))
    only_one = [replace(b, upper=1) if b.items == (0, 1) and b.kind == "content" else b for b in blueprint.bounds]
    programme = Shadow.of(replace(blueprint, bounds=tuple(only_one)), pool.outcome_of, [2, 2])

    assert programme.form(np.ones(len(pool)), (), np.zeros(len(pool), dtype=bool)) is None


def test_a_large_pool_without_a_shadow_test_is_noticed_before_the_search(monkeypatch):
    monkeypatch.setattr(shadow, "FEW", 0)
    pool = a_rich_pool(4, each=110)
    test = engine.compile(pool, a_rich_plan(pool, 4, selection={"strategy": "shadow"}))
    closed = np.array([level == "apply" for level in pool.levels]) | ~np.isin(pool.levels, ["judge", "recall"])
    closed |= pool.measures[:, pool.criteria.index("o0.c0")]

    assert test.shadow.form(np.ones(len(pool)), (), np.ones(len(pool), dtype=bool)) is None
    assert (test.shadow.form(np.ones(len(pool)), (), closed) is None) == (
        test.blueprint.form(np.ones(len(pool)), (), np.flatnonzero(closed).tolist()) is None
    )


def test_theta_enters_the_form_in_steps():
    assert (rounded(0.09), rounded(0.11), rounded(-0.31)) == pytest.approx((0.0, 0.2, -0.4))


def test_answers_that_leave_no_shadow_test_do_not_stop_the_test():
    pool = ItemPool.build([an_item("a", enemies=("b",)), an_item("b"), *(an_item(f"i{n}") for n in range(5))])
    test = a_shadow_test(pool, most=4, least=2, stopping={"alpha": 1e-6})
    step = engine.next_step(test, [Response(item="a", score=1), Response(item="b", score=0)], a_draw())

    assert step.item.startswith("i")

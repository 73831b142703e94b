"""Levels, greatest numbers per criterion, words, and choosing per second: each rule by itself."""

import pytest
from engine_builders import a_draw, a_plan, a_pool, a_test, an_item, walk
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine import ItemPool, PlanError, Population, Response, simulate
from engine.forms import loft, parallel_forms
from engine.limits import Limits
from engine.simulation_report import broken

NEVER = {"alpha": 1e-6}


def by_turns(step, position):
    return position % 2


def a_levelled_pool(outcomes=2, each=8, every=4):
    """One item in `every` asks for judgement and tells least; the others ask for recall."""
    return ItemPool.build(
        an_item(
            f"o{k}.{n}",
            outcome=f"o{k}",
            level="judge" if n % every == 0 else "recall",
            a=0.5 if n % every == 0 else 1.5,
            b=n / 10,
            words=10 * (n + 1),
        )
        for k in range(outcomes)
        for n in range(each)
    )


def levels_of(test, steps):
    return [test.pool.levels[test.pool.items.index(step.item)] for step in steps]


def test_a_level_that_lacks_items_comes_first_and_then_the_best():
    test = a_test(a_levelled_pool(), levels={"judge": {"min_items": 3}}, least=3, most=5, stopping=NEVER)
    steps, _, _ = walk(test, by_turns)

    assert levels_of(test, steps) == ["judge"] * 3 + ["recall"] * 7


def test_a_test_whose_outcomes_are_all_decided_goes_on_until_its_levels_are_met():
    pool = a_levelled_pool()
    plan = {"least": 1, "stopping": {"alpha": 0.45}}
    short, _, _ = walk(a_test(pool, **plan), lambda step, n: 1)
    long, _, stop = walk(a_test(pool, levels={"judge": {"min_items": 4}}, **plan), lambda step, n: 1)

    assert len(short) == 2
    assert levels_of(a_test(pool), long) == ["judge"] * 4
    assert (stop.reason, [d.closed for d in stop.decisions]) == ("stop_rule", ["early", "early"])


def test_the_greatest_number_of_a_level_is_kept_and_ends_the_test_where_nothing_else_is_left():
    test = a_test(a_levelled_pool(outcomes=1, every=2), levels={"recall": {"max_items": 1}}, stopping=NEVER)
    steps, _, stop = walk(test, by_turns)

    assert levels_of(test, steps).count("recall") == 1
    assert (len(steps), stop.reason) == (5, "maximum_length")


def test_the_greatest_number_of_a_criterion_is_kept():
    pool = a_pool(outcomes=1, criteria=2, each=6)
    criteria = {"o0.c0": {"min_items": 1, "max_items": 2}, "o0.c1": {"max_items": 3}}
    _, responses, stop = walk(a_test(pool, criteria=criteria, stopping=NEVER), by_turns)

    assert [n for _, n in stop.decisions[0].criteria] == [2, 3]
    assert (len(responses), stop.reason) == (5, "maximum_length")


def test_an_item_of_two_criteria_that_would_use_up_a_place_another_needs_is_passed_over():
    # of d one item is allowed and one of e is needed: cd would fill d, and then e has no item that fits
    pool = ItemPool.build(
        [
            an_item("cd", a=2.0, criteria=("c", "d")),
            an_item("c", a=1.0, criteria=("c",)),
            an_item("de", a=0.5, criteria=("d", "e")),
        ]
    )
    criteria = {"c": {"min_items": 1}, "d": {"max_items": 1}, "e": {"min_items": 1}}
    steps, _, _ = walk(a_test(pool, criteria=criteria, stopping=NEVER), by_turns)

    assert {step.item for step in steps} == {"c", "de"}


def test_words_bound_the_test():
    test = a_test(a_levelled_pool(outcomes=1), least=1, words=100, stopping=NEVER)
    steps, _, stop = walk(test, by_turns)

    assert sum(test.pool.words[test.pool.items.index(step.item)] for step in steps) <= 100
    assert stop.reason == "maximum_length"


def test_words_that_one_item_lacks_are_refused_for_no_clock_counts_them():
    pool = ItemPool.build([an_item("x", words=5), an_item("y")])
    with pytest.raises(PlanError, match=r"plan\.words: item y of the pool does not say how many it has"):
        engine.compile(pool, a_plan(pool, words=50))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"levels": {"apply": {"max_items": 3}}}, "level apply has max_items 3, but no item"),
        ({"criteria": {"c": {"max_items": 3}}}, "criterion c has max_items 3, but no item"),
        ({"levels": {"apply": {"min_items": 1}}}, r"in conflict: level apply \(0 items in the pool\) min_items 1$"),
        (
            {"levels": {"recall": {"max_items": 1}, "judge": {"max_items": 2}}, "least": 2},
            r"o0 .* min_items 2; outcome o1 .* min_items 2; level judge .* max_items 2; level recall .* max_items 1$",
        ),
        (
            {"words": 30, "least": 2},
            r"in conflict: outcome o0 .* min_items 2; outcome o1 .* min_items 2; plan words 30$",
        ),
    ],
)
def test_levels_and_words_that_cannot_be_kept_are_refused_by_name(change, reason):
    pool = a_levelled_pool()
    with pytest.raises(PlanError, match=reason):
        engine.compile(pool, a_plan(pool, **change))


def test_a_sitting_that_broke_a_level_or_the_words_is_counted():
    test = a_test(a_levelled_pool(outcomes=1), levels={"judge": {"min_items": 1, "max_items": 1}}, words=60)

    assert broken(test, (0, 1)) == 0
    assert broken(test, (1, 2)) == 1
    assert broken(test, (0, 4)) == 1
    assert broken(test, (0, 5, 6)) == 1


def test_forms_that_do_not_adapt_keep_levels_words_and_greatest_numbers():
    pool = a_levelled_pool(outcomes=1, each=16)
    plan = a_plan(pool, levels={"judge": {"min_items": 2, "max_items": 2}}, words=560)
    found = parallel_forms(pool, plan, 2, 6)
    drawn = loft(engine.compile(pool, plan), a_draw(), 6)

    for form in (*found.forms, [pool.items.index(item) for item in drawn]):
        assert [pool.levels[j] for j in form].count("judge") == 2
        assert sum(pool.words[j] for j in form) <= 560
    with pytest.raises(
        PlanError, match=r"no form of 6 items can meet the plan; in conflict: plan words 200; 6 items in a form$"
    ):
        parallel_forms(pool, a_plan(pool, words=200), 1, 6)
    with pytest.raises(
        PlanError, match=r"no form of 6 items can meet the plan; in conflict: plan words 200; 6 items in a form$"
    ):
        loft(a_test(pool, words=200), a_draw(), 6)


def test_pretest_items_count_for_no_level_and_no_words():
    rows = [an_item(f"i{n}", level="recall", words=10) for n in range(6)]
    pool = ItemPool.build([*rows, an_item("p", pretest=True)])
    test = a_test(pool, most=4, levels={"recall": {"max_items": 4}}, words=40, pretest={"items": 1}, stopping=NEVER)
    steps, _, _ = walk(test, by_turns)

    assert sorted(step.item[0] for step in steps) == ["i"] * 4 + ["p"]


def a_paced_pool():
    return ItemPool.build(
        [
            an_item("slow", a=2.0, seconds=100.0),
            an_item("fast", a=1.0, seconds=20.0),
            an_item("poor", a=0.5, seconds=20.0),
        ]
    )


@pytest.mark.parametrize("criterion", ["information_at_cut", "information", "mutual_information", "kl", "mlwi", "mpwi"])
def test_per_second_an_item_that_tells_less_in_far_less_time_comes_first(criterion):
    chosen = {"criterion": criterion, "randomesque": 1, "max_exposure": 1}
    by_item = engine.next_step(a_test(a_paced_pool(), selection=chosen), [], a_draw())
    by_second = engine.next_step(a_test(a_paced_pool(), selection=chosen | {"per_second": True}), [], a_draw())

    assert (by_item.item, by_second.item) == ("slow", "fast")
    first = engine.next_step(
        a_test(ItemPool.build([an_item("fast", a=1.0), an_item("x", a=0.1)]), selection=chosen), [], a_draw()
    )
    assert by_second.why.value == pytest.approx(first.why.value / 20.0)


def test_a_set_counts_by_what_its_seconds_bring_together():
    rows = [an_item("s0", a=2.0, seconds=10.0, set="s"), an_item("s1", a=0.1, seconds=190.0, set="s")]
    chosen = {"criterion": "information_at_cut", "randomesque": 1, "max_exposure": 1, "per_second": True}
    test = a_test(ItemPool.build([*rows, an_item("x", a=1.0, seconds=40.0)]), selection=chosen)

    assert engine.next_step(test, [], a_draw()).item == "x"


def test_per_second_needs_the_seconds_of_every_item():
    pool = ItemPool.build([an_item("x", seconds=9.0), an_item("y")])
    with pytest.raises(PlanError, match=r"plan\.selection\.per_second: item y of the pool has no seconds"):
        engine.compile(pool, a_plan(pool, least=1, selection={"per_second": True}))


def test_curtailment_foresees_by_information_whatever_the_order_of_choice():
    fixed = {"outcomes": {"o0": {"cut": 0, "max_items": 2}}, "stopping": {"rule": "fixed", "curtailment": 0.9}}
    plain = a_test(a_paced_pool(), **fixed)
    paced = a_test(a_paced_pool(), **fixed, selection={"per_second": True})

    assert paced.curtailment.left == plain.curtailment.left


@given(st.permutations(range(10)))
def test_the_order_of_answers_changes_nothing_that_is_held(order):
    test = a_test(a_levelled_pool(outcomes=1, each=10), levels={"judge": {"min_items": 3}}, words=400, least=1)
    responses = [Response(item=test.pool.items[j], score=j % 2) for j in (0, 1, 2, 5)]
    shuffled = sorted(responses, key=lambda r: order[test.pool.items.index(r.item)])

    assert engine.next_step(test, shuffled, a_draw()) == engine.next_step(test, responses, a_draw())


def test_a_plan_without_limits_has_none_and_one_that_nothing_can_break_is_left_out():
    pool = a_levelled_pool()
    assert not a_test(pool).limits
    assert not a_test(pool, levels={"judge": {"min_items": 0}}).limits
    assert Limits.among(0, []).lacking([]) == frozenset()


def test_an_open_outcome_gets_the_places_a_shadow_test_could_give_to_decided_ones():
    # o1 is decided at once; if its items, which tell far more, still counted, the form would have no place left for o0
    pool = ItemPool.build(
        [an_item(f"a{n}", outcome="o0", a=0.4) for n in range(8)]
        + [an_item(f"b{n}", outcome="o1", a=3.0) for n in range(8)]
    )
    chosen = {"strategy": "shadow", "criterion": "information_at_cut", "randomesque": 1, "max_exposure": 1}
    test = a_test(pool, least=1, max_items=8, selection=chosen, stopping={"alpha": 0.2})
    steps, _, stop = walk(test, lambda step, n: int(step.item[0] == "b") or n % 2)

    assert (len(steps), stop.reason) == (8, "maximum_length")
    assert [d.items for d in stop.decisions] == [7, 1]


@pytest.mark.parametrize("strategy", ["witness", "shadow"])
def test_simulated_sittings_of_a_plan_with_level_minimums_meet_them(strategy):
    pool = a_levelled_pool(outcomes=2, each=12)
    test = a_test(
        pool,
        least=2,
        most=6,
        levels={"judge": {"min_items": 4, "max_items": 5}},
        selection={"strategy": strategy, "max_exposure": 1, "randomesque": 3},
        stopping={"alpha": 0.3},
    )
    found = simulate(test, Population(), 40, 3)

    assert {sum(pool.levels[j] == "judge" for j in items) for items in found.presented} <= {4, 5}

"""The adaptive test: purity, turns, coverage, closing and its edges."""

import numpy as np
import pytest
from engine_builders import a_draw, a_plan, a_pool, a_test, an_item, walk
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine import ItemPool, Plan, PlanError, Present, Response, ResponsesError, Stop
from engine.models import information


def right(step, position):
    return 1


def wrong(step, position):
    return 0


def by_turns(step, position):
    return position % 2


def test_the_first_item_is_the_most_informative_at_the_cut_and_says_why():
    pool = a_pool(outcomes=1, criteria=1, each=12)
    step = engine.next_step(a_test(pool, cut=0.4), (), a_draw())
    values = information(pool.parameters, 0.4)

    assert isinstance(step, Present)
    assert step.item == pool.items[values.argmax()]
    assert (step.outcome, step.criterion) == ("o0", "o0.c0")
    assert step.why.value == values.max()
    assert (step.why.criterion, step.why.eligible) == ("information_at_cut", 1)
    assert step.why.theta == pytest.approx(0, abs=1e-9)
    assert step.why.standard_error == pytest.approx(1, abs=1e-6)
    assert step.why.mastery == pytest.approx(0.3446, abs=1e-3)


@given(st.permutations(range(8)), st.integers(0, 255))
def test_the_order_of_answers_changes_no_step(order, answers):
    test = a_test(selection={"randomesque": 3, "max_exposure": 0.6}, per_criterion=1, least=3)
    _, responses, _ = walk(test, lambda step, n: answers >> (n % 8) & 1)
    first = responses[:8]
    again = [first[i] for i in order if i < len(first)]

    assert engine.next_step(test, again, a_draw()) == engine.next_step(test, first, a_draw())
    assert engine.decisions(test, again, True) == engine.decisions(test, first, True)


def test_another_sitting_draws_other_items_and_the_same_sitting_the_same():
    test = a_test(a_pool(each=10), selection={"randomesque": 5, "max_exposure": 0.5})
    walks = {name: [s.item for s in walk(test, by_turns, a_draw(name))[0]] for name in ("one", "two", "three")}

    assert len({tuple(items) for items in walks.values()}) == 3
    assert walks["one"] == [s.item for s in walk(test, by_turns, a_draw("one"))[0]]


def test_outcomes_of_the_same_answers_take_turns_in_the_plans_order():
    draw = np.random.default_rng(5)
    items = [(float(draw.uniform(0.7, 1.8)), float(draw.normal())) for _ in range(25)]
    pool = ItemPool.build(an_item(f"o{k}.{n}", f"o{k}", a=a, b=b) for k in range(7) for n, (a, b) in enumerate(items))
    for luck in range(6):
        right = np.random.default_rng(luck).integers(2, size=20).tolist()
        steps, _, _ = walk(a_test(pool, least=20, most=20), lambda _, position, right=right: right[position // 7])

        assert [step.outcome for step in steps] == [f"o{k}" for k in range(7)] * 20


def test_outcomes_take_turns_and_lacking_criteria_come_first():
    steps, _, _ = walk(a_test(a_pool(outcomes=3, criteria=2), most=6, per_criterion=2), by_turns)

    assert sorted(s.outcome for s in steps[:3]) == ["o0", "o1", "o2"]
    assert sorted(s.outcome for s in steps[3:6]) == ["o0", "o1", "o2"]
    for outcome in ("o0", "o1", "o2"):
        assert sorted(s.criterion for s in steps if s.outcome == outcome)[:4].count(f"{outcome}.c0") >= 2


@pytest.mark.parametrize(("answer", "decision"), [(right, "met"), (wrong, "not_met")])
def test_a_clear_candidate_is_decided_early_everywhere(answer, decision):
    _, responses, stop = walk(a_test(a_pool(each=12), least=3), answer)

    assert stop.reason == "stop_rule"
    assert [d.decision for d in stop.decisions] == [decision] * 3
    assert [d.closed for d in stop.decisions] == ["early"] * 3
    assert all(d.items >= 3 for d in stop.decisions)
    assert engine.areas_done(a_test(a_pool(each=12), least=3), responses) == 3


def test_an_outcome_closes_only_after_its_minimums():
    test = a_test(a_pool(outcomes=1, criteria=2, each=8), least=9, per_criterion=4, stopping={"alpha": 0.4})
    _, responses, stop = walk(test, right)

    assert len(responses) == 9
    assert dict(stop.decisions[0].criteria)["o0.c0"] >= 4
    assert engine.decisions(test, responses[:8], ended=False)[0].closed == "open"
    assert engine.decisions(test, responses[:8], ended=True)[0].decision == "undetermined"


@pytest.mark.parametrize(("at_limit", "decided"), [("forced", {"met", "not_met"}), ("undetermined", {"undetermined"})])
def test_the_limit_of_an_outcome_closes_it_as_the_plan_says(at_limit, decided):
    test = a_test(a_pool(outcomes=1), most=4, stopping={"alpha": 0.001}, at_limit=at_limit)
    _, responses, stop = walk(test, by_turns)

    assert len(responses) == 4
    assert (stop.reason, stop.decisions[0].closed) == ("maximum_length", "limit")
    assert stop.decisions[0].decision in decided
    assert engine.areas_done(test, responses) == 1


def test_the_greatest_length_ends_the_test():
    _, responses, stop = walk(a_test(max_items=7, stopping={"alpha": 0.001}), by_turns)

    assert (len(responses), stop.reason) == (7, "maximum_length")
    assert {d.closed for d in stop.decisions} == {"limit"}


def test_a_pool_that_runs_dry_ends_the_test():
    _, responses, stop = walk(a_test(a_pool(outcomes=1, criteria=1, each=3), stopping={"alpha": 0.001}), by_turns)

    assert (len(responses), stop.reason) == (3, "pool_exhausted")


def test_one_item_is_a_test():
    test = a_test(ItemPool.build([an_item("only")]), least=1, stopping={"alpha": 0.01})
    steps, _, stop = walk(test, right)

    assert [s.item for s in steps] == ["only"]
    assert (stop.reason, stop.decisions[0].items) == ("pool_exhausted", 1)


def test_an_empty_pool_cannot_meet_any_plan():
    with pytest.raises(PlanError, match=r"outcome o0 \(0 items in the pool\) min_items 2"):
        engine.compile(ItemPool.build([]), a_plan())


@pytest.mark.parametrize(
    ("responses", "reason"),
    [
        ([Response(item="nobody", score=1)], "item nobody is not part of this test"),
        ([Response(item="o0.c0.0", score=2)], "score 2 is not 0 or 1"),
        ([Response(item="o0.c0.0", score=1), Response(item="o0.c0.0", score=1)], "o0.c0.0 is answered twice"),
    ],
)
def test_answers_of_another_test_are_refused(responses, reason):
    with pytest.raises(ResponsesError, match=reason):
        engine.next_step(a_test(), responses, a_draw())


def test_items_of_outcomes_outside_the_plan_are_never_presented():
    pool = a_pool(outcomes=2)
    plan = Plan.parse({"outcomes": {"o1": {"cut": 0}}, "at_limit": "forced", "selection": {"max_exposure": 1}})
    steps, _, _ = walk(engine.compile(pool, plan), by_turns)

    assert {s.outcome for s in steps} == {"o1"}


def test_information_at_theta_follows_the_candidate():
    pool = ItemPool.build(an_item(f"i{n}", b=(n - 100) / 30) for n in range(200))
    test = a_test(pool, selection={"criterion": "information", "randomesque": 1, "max_exposure": 1}, most=20)
    step = engine.next_step(test, [Response(item="i0", score=1), Response(item="i150", score=1)], a_draw())
    exact = information(pool.parameters, step.why.theta)

    assert step.why.theta > 0.3
    assert step.why.value == pytest.approx(exact[pool.items.index(step.item)], abs=1e-12)
    assert step.why.value == pytest.approx(exact.max(), abs=1e-4)


def test_information_at_theta_uses_up_a_large_outcome_in_order():
    pool = ItemPool.build(an_item(f"i{n}", b=(n % 97) / 30 - 1) for n in range(150))
    test = a_test(
        pool, selection={"criterion": "information", "randomesque": 1, "max_exposure": 1}, stopping={"alpha": 1e-9}
    )
    steps, _, stop = walk(test, by_turns)

    assert len({s.item for s in steps}) == 150
    assert stop.reason == "pool_exhausted"


def test_random_selection_draws_from_all_open_items():
    pool = a_pool(outcomes=1, criteria=1, each=9)
    test = a_test(pool, selection={"criterion": "random", "max_exposure": 1})
    firsts = [engine.next_step(test, (), a_draw(str(n))) for n in range(200)]

    assert {f.item for f in firsts} == set(pool.items)
    assert {f.why.eligible for f in firsts} == {9}


def test_guarded_evidence_waits_until_own_evidence_agrees():
    pool = a_pool(outcomes=3, each=15, criteria=1)
    answers = {"o0": 0, "o1": 1, "o2": 1}
    common = {"loading": 0.9, "least": 1, "stopping": {"alpha": 0.15}}
    joint, guarded, own = (a_test(pool, evidence=mode, **common) for mode in ("joint", "guarded", "own"))
    responses = [
        Response(item=item, score=answers[item[:2]])
        for item in pool.items
        if item.startswith(("o1", "o2")) or item == "o0.c0.0"
    ]

    by_mode = {t.plan.evidence: engine.decisions(t, responses, ended=False)[0] for t in (joint, guarded, own)}
    assert by_mode["joint"].decision == "met"
    assert by_mode["guarded"].decision == "undetermined"
    assert by_mode["own"].mastery < 0.5 < by_mode["joint"].mastery
    assert engine.decisions(guarded, responses, ended=True)[0].decision == "not_met"


def test_an_answer_outside_the_reach_of_the_lottery_does_not_stop_the_test():
    test = a_test(a_pool(each=10), selection={"randomesque": 1, "max_exposure": 0.5}, max_items=12)
    taken = [Response(item=item, score=1) for item in test.pool.items if item.startswith("o0.c0")]
    step = engine.next_step(test, taken, a_draw())

    assert isinstance(step, Present)
    assert step.outcome in ("o1", "o2")


def test_a_stop_holds_the_decisions_of_the_end():
    test = a_test(max_items=6)
    _, responses, stop = walk(test, by_turns)

    assert isinstance(stop, Stop)
    assert stop.decisions == engine.decisions(test, responses, ended=True)
    assert [d.outcome for d in stop.decisions] == ["o0", "o1", "o2"]

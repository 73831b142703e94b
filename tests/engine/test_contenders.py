"""Choosing by information at theta from short lists: the same items in the same order as from whole outcomes."""

from itertools import islice

import numpy as np
import pytest
from engine_builders import a_pool, a_test, an_item, assert_each_step_is_next_step, some_answers
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import ItemPool, SeededDraw
from engine.contenders import REACHES, Contenders, drawn
from engine.criteria import Tables
from engine.grid import theta_nodes
from engine.lockstep import uniform, walk
from engine.ranking import Situation

EVERYBODY = {"criterion": "information", "randomesque": 1, "max_exposure": 1}


def a_graded_item(name, outcome, criterion, draw):
    steps = np.sort(draw.normal(0, 1.2, 3))
    return an_item(
        name, outcome, criteria=(criterion,), model="GRM", a=float(draw.uniform(0.5, 1.5)), steps=tuple(steps)
    )


def a_mixed_pool(outcomes, each, seed, kinds=None):
    """Items scored 0/1 and graded ones; `kinds`: from how few different parameters, None: all of an outcome differ."""
    draw, items = np.random.default_rng(seed), []
    a, b = draw.uniform(0.6, 2, kinds or each), draw.normal(size=kinds or each)
    for k in range(outcomes):
        for i in range(each):
            name, criterion, kind = f"o{k}.{i}", f"o{k}.c{i % 3}", i % (kinds or each)
            if i % 7 == 3 and kinds is None:
                items.append(a_graded_item(name, f"o{k}", criterion, draw))
            else:
                items.append(
                    an_item(name, f"o{k}", criteria=(criterion,), model="2PL", a=float(a[kind]), b=float(b[kind]))
                )
    return ItemPool.build(items)


def a_situation(test, outcome, theta):
    nobody = np.zeros((len(test.outcomes), test.rows.shape[1]), dtype=np.int64)
    return Situation(
        outcome=outcome,
        theta=theta,
        log_likelihood=nobody,
        tied=None,
        position=1,
        length=0,
        wanted=(outcome,),
        draw=SeededDraw(secret=b"any"),
        label="any",
    )


@settings(max_examples=12, deadline=None)
@given(
    outcomes=st.integers(1, 3),
    each=st.sampled_from([12, 70, 150]),
    kinds=st.sampled_from([None, 3, 40]),
    randomesque=st.sampled_from([1, 5]),
    exposure=st.sampled_from([1, 0.5]),
    per_criterion=st.integers(0, 2),
    seed=st.integers(0, 1000),
)
def test_a_round_at_theta_chooses_what_next_step_chooses(
    outcomes, each, kinds, randomesque, exposure, per_criterion, seed
):
    test = a_test(
        a_mixed_pool(outcomes, each, seed, kinds),
        least=6,
        most=6 if exposure < 1 else 9,
        per_criterion=per_criterion,
        selection={"criterion": "information", "randomesque": randomesque, "max_exposure": exposure},
    )
    assert_each_step_is_next_step(test, 6, seed)


def test_it_does_so_where_the_lists_run_dry():
    longest = REACHES[-1] + 30
    test = a_test(
        a_pool(outcomes=1, criteria=1, each=longest),
        least=REACHES[0] + 10,
        most=REACHES[0] + 10,
        selection={"criterion": "information", "randomesque": 5, "max_exposure": 0.4},
        stopping={"rule": "fixed"},
    )
    assert_each_step_is_next_step(test, 3, 8)


@pytest.mark.parametrize("each", [5, REACHES[0], REACHES[0] + 1, REACHES[1] + 1])
def test_identical_items_come_in_pool_order(each):
    pool = ItemPool.build(an_item(f"i{n}", a=1.2, b=0.3) for n in range(each))
    test = a_test(pool, least=5, most=5, selection=EVERYBODY)
    walked = walk(test, [b"one", b"two"], some_answers(test, 2, 1))

    assert walked.presented == ((0, 1, 2, 3, 4),) * 2
    assert_each_step_is_next_step(test, 2, 1)


def test_an_outcome_shorter_than_its_neighbour_has_no_more_items_than_its_own():
    items = [
        an_item(f"o{k}.{n}", f"o{k}", a=1 + n / 50, b=n / 9 - 2) for k, own in ((0, 3), (1, 90)) for n in range(own)
    ]
    test = a_test(ItemPool.build(items), least=2, selection=EVERYBODY, stopping={"alpha": 0.001})

    assert_each_step_is_next_step(test, 4, 2)
    assert sorted(test.ranking.valued(a_situation(test, 0, 0.4), [])[0]) == [0, 1, 2]


@settings(max_examples=40, deadline=None)
@given(
    each=st.sampled_from([1, 10, 64, 65, 150, 400]),
    kinds=st.sampled_from([None, 2, 30]),
    theta=st.floats(-6, 6),
    unmet=st.booleans(),
    seed=st.integers(0, 50),
)
def test_items_come_by_falling_information_and_then_in_pool_order(each, kinds, theta, unmet, seed):
    test = a_test(a_mixed_pool(1, each, seed, kinds), least=1, per_criterion=0, selection=EVERYBODY)
    lacking = list(test.criteria_of[0][:1]) if unmet else []
    ranked, value = test.ranking.valued(a_situation(test, 0, theta), lacking)
    worth = test.ranking.tables[0].information_at(theta)
    whole = [j for j in np.argsort(-worth, kind="stable") if not unmet or lacking[0] in test.measured[j]]

    assert list(ranked) == whole
    assert value(whole[0]) == pytest.approx(worth[whole[0]], rel=0.02)


@settings(max_examples=40, deadline=None)
@given(theta=st.floats(-6, 6), seed=st.integers(0, 50), count=st.integers(1, 6))
def test_a_list_that_is_sure_names_the_best_of_the_outcome(theta, seed, count):
    table = Tables("information", a_mixed_pool(1, 300, seed).parameters, theta_nodes())
    place, value, beyond = Contenders([table], REACHES[0]).at(np.array([0]), np.array([theta]))
    worth = table.information_at(theta)
    off = np.setdiff1d(np.arange(300), place[0])
    column, found, least = drawn(value.copy(), count, np.array([(count - 0.5) / count]))

    assert np.array_equal(value[0], worth[place[0]])
    assert worth[off].max() <= beyond[0]
    assert found[0] == count
    assert value[0, column[0]] == least[0] == np.sort(value[0])[-count]
    if least[0] > beyond[0]:
        assert place[0, column[0]] == np.argsort(-worth, kind="stable")[count - 1]


def test_what_is_drawn_from_is_no_more_than_there_is():
    values = np.array([[1.0, -np.inf, 3.0], [-np.inf] * 3])
    column, found, least = drawn(values, 5, np.array([0.99, 0.5]))

    assert found.tolist() == [2, 0]
    assert column[0] == 0
    assert least.tolist() == [-np.inf, -np.inf]


def test_an_item_set_or_a_choice_per_second_makes_no_lists():
    timed = ItemPool.build(an_item(f"i{n}", a=1.0, b=n / 5, seconds=30.0 + n) for n in range(8))
    tied = ItemPool.build(an_item(f"i{n}", a=1.0, b=n / 5, set="s" if n < 2 else None) for n in range(8))
    for test in (a_test(timed, selection=EVERYBODY | {"per_second": True}), a_test(tied, selection=EVERYBODY)):
        assert test.ranking.contenders == ()
        assert not uniform(test)
        assert len(list(islice(test.ranking.valued(a_situation(test, 0, 0.0), [])[0], 3))) == 3

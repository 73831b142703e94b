"""Rounds by arrays under enemies, budgets and maximums: the items, ends and decisions of the sittings one by one."""

import numpy as np
import pytest
from engine_builders import a_test, an_item, assert_each_step_is_next_step, some_answers
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import ItemPool
from engine.lockstep import walk

WORDS, SECONDS = 40, 60


def a_hostile_pool(outcomes, each, share, seed):
    """Items of three criteria per outcome with words and seconds; about this share of them has an enemy somewhere."""
    draw = np.random.default_rng(seed)
    names = [f"o{k}.{i}" for k in range(outcomes) for i in range(each)]
    return ItemPool.build(
        an_item(
            name,
            name.split(".")[0],
            criteria=(f"{name.split('.')[0]}.c{n % 3}",),
            a=float(draw.uniform(0.6, 2)),
            b=float(draw.normal()),
            words=int(draw.integers(10, 2 * WORDS - 10)),
            seconds=float(draw.integers(20, 2 * SECONDS - 20)),
            level=("recall", "apply")[n % 2],
            enemies=tuple({names[m] for m in draw.integers(0, len(names), 2)} - {name})
            if draw.random() < share
            else (),
        )
        for n, name in enumerate(names)
    )


@settings(max_examples=25, deadline=None)
@given(
    outcomes=st.integers(1, 3),
    share=st.sampled_from([0, 0.1, 0.4]),
    budget=st.sampled_from([None, 0.8, 1.2]),
    most=st.sampled_from([None, 1, 1.5]),
    randomesque=st.sampled_from([1, 4]),
    exposure=st.sampled_from([1, 0.5]),
    criterion=st.sampled_from(["information_at_cut", "information"]),
    recalled=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_a_round_chooses_what_next_step_chooses(
    outcomes, share, budget, most, randomesque, exposure, criterion, recalled, seed
):
    shortest = outcomes * 4
    limits = {} if budget is None else {"words": int(budget * WORDS * shortest), "seconds": 30 + SECONDS * shortest}
    if most is not None:
        limits["max_items"] = int(most * shortest)
    if recalled:
        limits["levels"] = {"recall": {"max_items": 2 * outcomes}}
    test = a_test(
        a_hostile_pool(outcomes, 24, share, seed),
        least=4,
        most=9,
        stopping={"alpha": 0.02},
        selection={"criterion": criterion, "randomesque": randomesque, "max_exposure": exposure},
        **limits,
    )
    assert_each_step_is_next_step(test, 5, seed)


def test_an_outcome_whose_items_are_all_barred_gives_its_turn_to_the_next():
    items = [an_item(f"o0.{n}", "o0", a=1 + n / 9, enemies=("o1.0",) if n else ()) for n in range(5)]
    items += [an_item(f"o1.{n}", "o1", a=2.0) for n in range(2)]
    test = a_test(ItemPool.build(items), least=1, stopping={"rule": "fixed"}, most=6)
    walked = walk(test, [b"one", b"two"], some_answers(test, 2, 1))

    assert set(walked.reasons) == {"pool_exhausted"}
    assert all(len(presented) == 6 for presented in walked.presented)
    assert_each_step_is_next_step(test, 2, 1)


@pytest.mark.parametrize(("words", "reason"), [(100, "maximum_length"), (10_000, "pool_exhausted")])
def test_the_end_by_a_budget_is_told_from_the_end_of_the_pool(words, reason):
    items = [an_item(f"i{n}", a=1 + n / 9, words=30) for n in range(8)]
    test = a_test(ItemPool.build(items), least=1, stopping={"alpha": 1e-6}, words=words)
    walked = walk(test, [b"one"], some_answers(test, 1, 1))

    assert walked.reasons == (reason,)
    assert_each_step_is_next_step(test, 3, 1)


def test_levels_that_a_test_must_have_are_served_one_sitting_at_a_time():
    levels = {"recall": {"min_items": 3}}
    test = a_test(a_hostile_pool(2, 12, 0.2, 5), least=2, most=5, levels=levels)
    walked = walk(test, [b"one", b"two"], some_answers(test, 2, 1))

    for presented in walked.presented:
        assert sum(test.pool.levels[j] == "recall" for j in presented) >= 3

"""Post-hoc simulation: real answers only, agreement with the decision on all of them."""

import numpy as np
import pytest
from engine_builders import a_matrix, a_pool, a_test

from engine import ResponsesError, report
from engine.posthoc import replay


def answers(pool, n=80, seed=2, missing=0.0):
    draw = np.random.default_rng(seed)
    theta = draw.standard_normal((n, len(pool.outcomes)))[:, pool.outcome_of]
    right = draw.random(theta.shape) < 1 / (1 + np.exp(-pool.parameters.a * (theta - pool.parameters.b)))
    gone = draw.random(theta.shape) < missing
    return [[None if g else int(r) for r, g in zip(*row, strict=True)] for row in zip(right, gone, strict=True)]


def test_a_replayed_sitting_presents_only_what_the_person_answered():
    pool = a_pool(outcomes=2, criteria=1, each=12)
    matrix = a_matrix(answers(pool, missing=0.3), pool.items)
    found = replay(a_test(pool, most=6), matrix, None, seed=1)

    assert found.left_out == 0
    assert len(found.sittings.presented) == 80
    assert all(matrix.presented[i, list(items)].all() for i, items in enumerate(found.sittings.presented))


def test_the_whole_bank_agrees_with_itself():
    pool = a_pool(outcomes=2, criteria=1, each=10)
    test = a_test(pool, least=10, most=10, stopping={"alpha": 1e-9})
    found = report(test, replay(test, a_matrix(answers(pool), pool.items), None, seed=1).sittings)

    assert [o["accuracy"] for o in found.outcomes.values()] == [1.0, 1.0]


def test_persons_are_drawn_by_the_seed_and_those_without_an_outcome_left_out():
    pool = a_pool(outcomes=2, criteria=1, each=8)
    rows = answers(pool, 30)
    rows[4] = [None if pool.outcome_of[j] == 1 else x for j, x in enumerate(rows[4])]
    test, matrix = a_test(pool, most=4), a_matrix(rows, pool.items)
    one, two = (replay(test, matrix, 50, seed=3) for _ in range(2))

    assert one.left_out == 1
    assert one.sittings.presented == two.sittings.presented
    assert len(one.sittings.presented) == 50


def test_responses_that_do_not_fit_the_pool_are_refused():
    pool = a_pool(outcomes=1, criteria=1, each=4)
    test = a_test(pool)
    with pytest.raises(ResponsesError, match="item nobody of the responses is not in the pool"):
        replay(test, a_matrix([[1, 0]], ["o0.c0.0", "nobody"]), None, 1)
    with pytest.raises(ResponsesError, match=r"item o0\.c0\.0 has a score of 2; its parameters know 0 to 1"):
        replay(test, a_matrix([[2]], ["o0.c0.0"]), None, 1)
    with pytest.raises(ResponsesError, match="no person of the matrix"):
        replay(test, a_matrix([[None, None]], ["o0.c0.0", "o0.c0.1"]), None, 1)

"""Branch and bound finds whole solutions to its gap, and bounds all others: found by trying every one of them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.branching import Programme, branch, exchanged


def every_solution(programme):
    wholes = np.array(list(itertools.product((0.0, 1.0), repeat=len(programme.values))))
    return [whole for whole in wholes if programme.holds(whole) and (whole >= programme.held).all()]


@st.composite
def programmes(draw):
    """Up to nine columns of two kinds under counts, a pair that excludes each other, and two budgets, often tight."""
    size = draw(st.integers(4, 9))
    numbers = np.random.default_rng(draw(st.integers(0, 10**6)))
    kinds = numbers.integers(0, 2, size)
    count = draw(st.integers(1, size - 1))
    words, seconds = numbers.integers(5, 60, size), numbers.integers(20, 90, size)
    pair = np.zeros(size)
    pair[:2] = 1
    tight = draw(st.sampled_from([0.7, 0.9, 1.0, 1.3]))
    held = np.zeros(size, dtype=bool)
    held[2] = draw(st.booleans())
    return Programme(
        matrix=np.array([np.ones(size), kinds == 0, pair, words, seconds], dtype=float),
        lower=np.array([count, draw(st.integers(0, 1)), 0, 0, 0], dtype=float),
        upper=np.array([count, size, 1, tight * count * words.mean(), tight * count * seconds.mean()]),
        values=numbers.random(size),
        held=held,
        budgets=np.array([3, 4]),
    )


@given(programmes(), st.sampled_from([0.0, 0.005, 0.1]), st.sampled_from([1, 3, 1000]))
def test_what_is_found_is_whole_and_the_best_to_the_gap_or_bounded(programme, gap, nodes):
    best = max((float(programme.values @ whole) for whole in every_solution(programme)), default=-np.inf)
    found = branch(programme, wanted=np.inf, floor=-np.inf, gap=gap, known=-np.inf, nodes=nodes)
    worth = -np.inf if found.solution is None else float(programme.values @ found.solution)

    assert found.nodes <= nodes
    assert best <= max(worth, found.most) + 1e-6
    if found.solution is not None:
        assert programme.holds(found.solution)
        assert (found.solution >= programme.held).all()
    if found.nodes < nodes:
        assert worth >= best / (1 + gap) - 1e-6
        assert (found.most == -np.inf) == (best == -np.inf)


@given(programmes(), st.floats(0.3, 1.2))
def test_the_first_solution_worth_what_is_wanted_ends_the_search(programme, part):
    best = max((float(programme.values @ whole) for whole in every_solution(programme)), default=-np.inf)
    wanted = part * best if np.isfinite(best) else part
    found = branch(programme, wanted=wanted, floor=wanted, gap=0.005, known=-np.inf, nodes=1000)

    assert (found.solution is not None and programme.values @ found.solution >= wanted) == (best >= wanted)
    if best < wanted:
        assert found.most >= best - 1e-6


@given(programmes())
def test_nothing_is_returned_that_is_not_better_than_what_is_known(programme):
    best = max((float(programme.values @ whole) for whole in every_solution(programme)), default=0.0)
    found = branch(programme, wanted=np.inf, floor=-np.inf, gap=0.0, known=best, nodes=1000)

    assert found.solution is None or programme.values @ found.solution > best


@given(programmes(), st.integers(0, 10**6))
def test_what_exchanges_make_of_shares_keeps_every_row_and_what_is_held(programme, seed):
    shares = np.random.default_rng(seed).integers(0, 3, len(programme.values)) / 2
    shares = np.maximum(shares, programme.held)
    mended = exchanged(programme, shares, np.flatnonzero(shares == 0.5), 0.1, np.inf)

    if mended is not None:
        assert programme.holds(mended)
        assert (mended >= programme.held).all()
        assert programme.values @ mended > 0.1


def test_two_exchanges_bring_two_budgets_down():
    # the four best break both budgets; for two of them there is one alike that is cheaper in words, or in seconds
    programme = Programme(
        matrix=np.array([[1.0] * 6, [9, 9, 5, 5, 4, 9], [9, 9, 5, 5, 9, 4]]),
        lower=np.array([4.0, 0, 0]),
        upper=np.array([4.0, 24, 24]),
        values=np.array([1.0, 1, 1, 1, 0.9, 0.9]),
        held=np.array([False, False, True, True, False, False]),
        budgets=np.array([1, 2]),
    )
    mended = exchanged(programme, np.array([1.0, 1, 1, 1, 0, 0]), np.zeros(0, dtype=int), -np.inf, np.inf)

    assert mended.tolist() == [0, 0, 1, 1, 1, 1]


def test_too_many_fractional_columns_are_not_rounded():
    programme = Programme(
        matrix=np.ones((1, 8)), lower=np.array([4.0]), upper=np.array([4.0]), values=np.ones(8),
        held=np.zeros(8, dtype=bool), budgets=np.zeros(0, dtype=int),
    )  # fmt: skip
    assert exchanged(programme, np.full(8, 0.5), np.arange(8), -np.inf, np.inf) is None


@pytest.mark.parametrize("nodes", [1, 50])
def test_a_solution_only_within_a_tolerance_of_the_relaxation_is_none(nodes):
    programme = Programme(
        matrix=np.array([[1e4]]), lower=np.array([0.0]), upper=np.array([1e4 - 0.005]), values=np.ones(1),
        held=np.zeros(1, dtype=bool), budgets=np.zeros(0, dtype=int),
    )  # fmt: skip
    found = branch(programme, wanted=np.inf, floor=-np.inf, gap=0.005, known=-np.inf, nodes=nodes)

    assert found.solution is None
    assert found.most >= 1

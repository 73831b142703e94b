"""Preknowledge and answer similarity."""

import itertools

import numpy as np
import pytest
from check_builders import answers, graded, matrix_of, other_scores_outside_the_mask, two_pl
from scipy.stats import binom

from engine import Parameters, ResponsesError
from engine.models import category_probabilities
from engine.preknowledge import adjusted, preknowledge
from engine.similarity import _at_least, k_index, option_chances, similarity

ITEMS, OPTIONS = 40, 4


def options_test(n=120, seed=1, shown=1.0):
    """Choices from a nominal model with four options, the last one being the key."""
    draw = np.random.default_rng(seed)
    slopes = np.column_stack((draw.uniform(-1, 0.2, (ITEMS, 3)), np.full(ITEMS, 1.0)))
    parameters = Parameters.of(
        slopes=slopes.tolist(), intercepts=draw.normal(0, 0.7, (ITEMS, 4)).tolist(), model="nominal"
    )
    theta = draw.normal(size=n)
    chances = category_probabilities(parameters, theta)
    choices = (draw.random((n, ITEMS))[..., None] > np.cumsum(chances, axis=-1)).sum(axis=-1).astype(np.int8)
    return np.where(draw.random(choices.shape) < shown, choices, -1).astype(np.int8), chances


def test_the_tail_of_unequal_trials_is_exact():
    p = np.array([[0.2, 0.7, 0.5, 0.05]])
    for count in range(5):
        exact = sum(
            np.prod(np.where(outcome, p[0], 1 - p[0]))
            for outcome in itertools.product([0, 1], repeat=4)
            if sum(outcome) >= count
        )
        assert _at_least(p, np.array([count]))[0] == pytest.approx(exact, rel=1e-12)


def test_honest_pairs_are_flagged_about_as_often_as_alpha_says():
    choices, chances = options_test()
    found = similarity(choices, chances)

    assert 0.03 < (found.omega_p < 0.05).mean() < 0.07
    assert (found.gbt_p < 0.05).mean() < 0.06
    assert (found.gbt_adjusted < 0.05).mean() < 0.001


def test_a_copier_is_found_by_all_three():
    choices, chances = options_test()
    choices = choices.copy()
    choices[7, :30] = choices[3, :30]
    found = similarity(choices, chances)
    pair = int(np.flatnonzero((found.pairs == [3, 7]).all(axis=1))[0])
    key = np.full(ITEMS, OPTIONS - 1, dtype=np.int8)

    assert found.gbt_p.argmin() == pair
    assert found.gbt_adjusted[pair] < 0.001
    assert found.omega_adjusted[pair].max() < 0.001
    index = k_index(choices, key)
    assert index.p[7, 3] < 0.01 or index.p[3, 7] < 0.01


def test_omega_and_the_k_index_are_their_formulas_pair_by_pair():
    choices, chances = options_test(n=60, seed=4)
    key, found = np.full(ITEMS, OPTIONS - 1, dtype=np.int8), similarity(choices, chances)
    index = k_index(choices, key)
    wrong = choices != key
    for pair in (0, 17, 333):
        one, other = found.pairs[pair]
        for column, (copier, source) in enumerate(((one, other), (other, one))):
            p = np.array([chances[copier, j, choices[source, j]] for j in range(ITEMS)])
            matches = (choices[copier] == choices[source]).sum()
            assert found.omega[pair, column] == pytest.approx((matches - p.sum()) / np.sqrt((p * (1 - p)).sum()))

            same = (choices == choices[source]) & wrong & wrong[source]
            alike = [n for n in range(60) if wrong[n].sum() == wrong[copier].sum() and n not in (copier, source)]
            if alike:
                share = np.mean([same[n].sum() for n in alike]) / wrong[source].sum()
                wanted = binom.sf(same[copier].sum() - 1, wrong[source].sum(), share)
                assert index.p[copier, source] == pytest.approx(wanted, rel=1e-9)
            else:
                assert np.isnan(index.p[copier, source])


def test_fewer_than_twenty_common_items_are_not_estimable():
    choices, chances = options_test(n=6)
    choices = choices.copy()
    choices[0, 19:] = -1
    choices[1, 20:] = -1
    found = similarity(choices, chances)

    assert found.common[0] == 19
    assert np.isnan(found.gbt_p[:5]).all()
    assert np.isnan(found.omega[:5]).all()
    assert np.isfinite(found.gbt_p[5:]).all()
    assert np.isnan(found.gbt_adjusted[0])
    assert np.isnan(k_index(np.zeros((4, 19), dtype=np.int8), np.ones(19, dtype=np.int8)).p).all()


def test_items_only_one_met_change_nothing():
    choices, chances = options_test(n=10, shown=0.9)
    whole = similarity(choices, chances, np.array([[0, 1]]))
    both = (choices[0] >= 0) & (choices[1] >= 0)
    part = similarity(choices[:, both], chances[:, both], np.array([[0, 1]]))

    assert whole.gbt_p == pytest.approx(part.gbt_p, rel=1e-12)
    assert whole.omega == pytest.approx(part.omega, rel=1e-12)
    assert (whole.common[0], whole.matches[0]) == (part.common[0], part.matches[0])


def test_shared_out_chances_are_chances():
    choices, chances = options_test()
    key = np.full(ITEMS, 3, dtype=np.int8)
    found = option_chances(chances[..., 3], choices, key, OPTIONS)

    assert found.sum(axis=2) == pytest.approx(1)
    assert found[..., 3] == pytest.approx(chances[..., 3])
    assert (found > 0).all()
    assert (similarity(choices, found).gbt_p < 0.05).mean() < 0.08


def test_the_k_index_counts_identical_wrong_answers():
    choices, _ = options_test(n=300)
    key = np.full(ITEMS, 3, dtype=np.int8)
    found = k_index(choices, key)
    by_hand = ((choices[0] == choices[1]) & (choices[0] != 3)).sum()

    assert found.identical_wrong[0, 1] == by_hand
    assert np.isnan(np.diag(found.p)).all()
    honest = found.p[np.isfinite(found.p)]
    assert (honest < 0.05).mean() < 0.08
    with pytest.raises(ResponsesError, match="everybody must have met"):
        k_index(np.where(choices == 0, -1, choices).astype(np.int8), key)


def test_nobody_to_compare_is_an_empty_answer_and_bad_options_are_refused():
    choices, chances = options_test(n=1)
    assert similarity(choices, chances).pairs.shape == (0, 2)
    with pytest.raises(ResponsesError, match="do not fit choices"):
        similarity(choices[:, :3], chances)
    with pytest.raises(ResponsesError, match="numbers from 0 to 1"):
        similarity(choices, chances[..., :2])
    with pytest.raises(ResponsesError, match="do not fit together"):
        option_chances(np.zeros((2, 2)), choices, np.zeros(ITEMS, dtype=np.int8), 4)


def test_adjusted_p_are_those_of_the_ordered_list():
    p = np.array([0.01, np.nan, 0.04, 0.03])

    assert adjusted(p)[[0, 2, 3]] == pytest.approx([0.03, 0.04, 0.04])
    assert np.isnan(adjusted(p)[1])
    assert np.isnan(adjusted(np.array([np.nan]))).all()


@pytest.mark.parametrize("shown", [1.0, 0.7])
def test_the_signed_likelihood_ratio_is_standard_normal_without_preknowledge(shown):
    parameters = two_pl(40, seed=2)
    matrix = answers(parameters, np.random.default_rng(2).normal(0, 0.8, size=3000), shown=shown)
    found = preknowledge(parameters, matrix, np.arange(40) < 15)

    there = found.statistic[np.isfinite(found.statistic)]
    assert there.size > 2900
    assert there.mean() == pytest.approx(0, abs=0.08)
    assert there.std() == pytest.approx(1, abs=0.06)
    assert (there > 1.645).mean() == pytest.approx(0.05, abs=0.02)


def test_who_knew_the_suspected_items_is_found():
    parameters = two_pl(40, seed=3)
    matrix = answers(parameters, np.random.default_rng(3).normal(-0.5, 0.7, size=500))
    scores = matrix.scores.copy()
    scores[:10, :15] = 1
    found = preknowledge(parameters, matrix_of(scores), np.arange(40) < 15)

    assert (found.adjusted[:10] < 0.05).mean() > 0.7
    assert (found.adjusted[10:] < 0.05).mean() < 0.02
    assert (found.suspected_theta[:10] > found.other_theta[:10]).all()


def test_too_few_answers_on_either_side_are_not_estimable_and_masks_change_nothing():
    parameters = two_pl(20, seed=4)
    matrix = answers(parameters, np.zeros(50), shown=0.8)
    presented = matrix.presented.copy()
    presented[0, :8] = False
    matrix = matrix_of(matrix.scores, presented)
    suspected = np.arange(20) < 10
    found = preknowledge(parameters, matrix, suspected)

    assert np.isnan(found.statistic[0])
    assert np.isfinite(found.statistic[1:]).sum() > 40
    again = preknowledge(parameters, other_scores_outside_the_mask(matrix), suspected)
    assert np.array_equal(found.statistic, again.statistic, equal_nan=True)
    with pytest.raises(ResponsesError, match="both suspected items and others"):
        preknowledge(parameters, matrix, np.ones(20, dtype=bool))
    assert len(graded(2)) == 2

"""Local dependence: Q3 and LD-X2."""

import numpy as np
import pytest
from check_builders import (
    answers,
    eap,
    graded,
    matrix_of,
    other_scores_outside_the_mask,
    two_pl,
    with_fitted_margins,
)

from engine import Parameters, ResponsesError
from engine.local_dependence import ld_x2, q3, q3_adjusted


@pytest.mark.parametrize("parameters", [two_pl(20, seed=2), graded(12)], ids=["2PL", "GRM"])
def test_a_pair_that_copies_each_other_stands_out(parameters):
    matrix = answers(parameters, np.random.default_rng(1).normal(size=1500), shown=0.8)
    scores = matrix.scores.copy()
    scores[:, 7] = np.where(np.random.default_rng(2).random(1500) < 0.6, scores[:, 3], scores[:, 7])
    copied = matrix_of(scores, matrix.presented & matrix.presented[:, [3]])
    residual = q3_adjusted(q3(parameters, copied, eap(parameters, copied)))
    pairs = ld_x2(parameters, copied)

    assert np.unravel_index(np.nanargmax(residual), residual.shape) in ((3, 7), (7, 3))
    assert residual[3, 7] > 0.2
    assert pairs.cramer_v[3, 7] > 0.2
    assert pairs.p[3, 7] < 1e-10


def test_the_size_counts_the_fewer_levels_and_the_sign_knows_the_margins():
    """Difficulties that are wrong for everybody are not dependence: about as many signs below as above."""
    mixed = Parameters.of(
        model=["2PL", "GRM"] * 6, a=1.2, b=0.0, steps=[None, [-1, 0, 1]] * 6
    )  # fmt: skip
    matrix = answers(mixed, np.random.default_rng(6).normal(size=800))
    found = ld_x2(mixed, matrix)
    assert found.df[0, 1] == 3
    assert np.abs(found.cramer_v[0, 1]) == pytest.approx(np.sqrt(found.x2[0, 1] / 800))
    assert np.abs(found.cramer_v[1, 3]) == pytest.approx(np.sqrt(found.x2[1, 3] / (3 * 800)))

    truth = two_pl(20, seed=8)
    shifted = Parameters.of(a=truth.a, b=truth.b + 0.7, model="2PL")
    signs = ld_x2(shifted, answers(truth, np.random.default_rng(7).normal(size=2000))).cramer_v
    assert 0.2 < (signs[np.triu_indices(20, 1)] > 0).mean() < 0.8


def test_independent_items_have_the_expected_q3():
    parameters = two_pl(20, seed=5)
    matrix = answers(parameters, np.random.default_rng(3).normal(size=4000))
    found = q3(parameters, matrix, eap(parameters, matrix))[np.triu_indices(20, 1)]

    assert found.mean() == pytest.approx(-1 / 19, abs=0.02)
    assert np.abs(found - found.mean()).max() < 0.1


def test_independent_pairs_are_rejected_about_as_often_as_alpha_says():
    """Its degrees of freedom count on margins that fit, so difficulties are estimated from the margins first."""
    truth = Parameters.of(b=np.linspace(-1.5, 1.5, 20), model="Rasch")
    matrix = answers(truth, np.random.default_rng(4).normal(size=2000))
    fitted = with_fitted_margins(truth, matrix)
    p = ld_x2(fitted, matrix).p[np.triu_indices(20, 1)]

    assert (p < 0.05).mean() < 0.12


def test_what_was_not_presented_changes_nothing_and_rare_pairs_are_said():
    parameters = two_pl(6)
    matrix = answers(parameters, np.random.default_rng(5).normal(size=200), shown=0.7)
    presented = matrix.presented.copy()
    presented[:, 5] = False
    matrix = matrix_of(matrix.scores, presented)
    noisy, theta = other_scores_outside_the_mask(matrix), eap(parameters, matrix)
    residual = q3(parameters, matrix, theta)

    assert np.array_equal(residual, q3(parameters, noisy, theta), equal_nan=True)
    assert np.array_equal(ld_x2(parameters, matrix).x2, ld_x2(parameters, noisy).x2, equal_nan=True)
    assert np.isnan(residual[5, :5]).all()
    assert np.isfinite(q3_adjusted(residual)[0, 1])


def test_what_has_no_pairs_is_refused():
    one = two_pl(1)
    with pytest.raises(ResponsesError, match="at least two items"):
        q3(one, answers(one, np.zeros(20)), np.zeros(20))
    with pytest.raises(ResponsesError, match="no pair of items"):
        q3_adjusted(np.eye(2) + np.array([[0, np.nan], [np.nan, 0]]))

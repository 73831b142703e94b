"""Person fit: lz, Zh and lz*."""

import numpy as np
import pytest
from check_builders import (
    answers,
    graded,
    matrix_of,
    other_scores_outside_the_mask,
    two_pl,
)

from engine import ParameterTable, ResponsesError, score
from engine.models import category_probabilities, category_slopes
from engine.person_fit import lz, lz_star


def estimates(parameters, matrix, method):
    found = score(ParameterTable(items=matrix.items, parameters=parameters), matrix, method)
    return np.where(found.at_bound, np.nan, found.theta)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["mle", "wle", "map"])
@pytest.mark.parametrize(
    "parameters", [two_pl(40, seed=3), two_pl(40, seed=4, c=0.15), graded(25)], ids=["2PL", "3PL", "GRM"]
)
def test_lz_star_is_standard_normal_with_an_estimated_theta(parameters, method):
    matrix = answers(parameters, np.random.default_rng(5).normal(size=4000), shown=0.8)
    found = lz_star(parameters, matrix, estimates(parameters, matrix, method), method)
    there = found[np.isfinite(found)]

    assert there.size > 3800
    assert there.mean() == pytest.approx(0, abs=0.15)
    assert there.std() == pytest.approx(1, abs=0.06)
    assert 0.03 < (there < -1.645).mean() < 0.07


@pytest.mark.parametrize("method", ["mle", "wle", "map"])
def test_lz_star_is_the_standardised_sum_of_the_corrected_weights(method):
    """Each estimate solves r_0 + sum r_x = 0, so what lz* adds for it is what correcting every weight adds up to."""
    parameters = two_pl(15, seed=9)
    matrix = answers(parameters, np.random.default_rng(9).normal(size=30))
    theta = estimates(parameters, matrix, method)
    found = lz_star(parameters, matrix, theta, method)
    for person in np.flatnonzero(np.isfinite(theta)):
        p = category_probabilities(parameters, theta[person])
        slopes, weights = category_slopes(parameters, theta[person]), np.log(p)
        rates = slopes / p
        corrected = weights - (slopes * weights).sum() / (slopes * rates).sum() * rates
        mean = (p * corrected).sum(axis=1)
        variance = (p * (corrected - mean[:, None]) ** 2).sum()
        gap = (corrected[np.arange(15), matrix.scores[person]] - mean).sum()
        assert found[person] == pytest.approx(gap / np.sqrt(variance), abs=1e-6)


def test_lz_at_an_estimate_is_too_narrow_and_at_the_truth_right():
    parameters, theta = two_pl(30, seed=6), np.random.default_rng(6).normal(size=4000)
    matrix = answers(parameters, theta)

    assert lz(parameters, matrix, theta).std() == pytest.approx(1, abs=0.05)
    assert np.nanstd(lz(parameters, matrix, estimates(parameters, matrix, "wle"))) < 0.95


def test_a_turned_pattern_is_suspicious():
    parameters = two_pl(30, seed=7)
    order = np.argsort(parameters.b)
    plausible, turned = np.zeros((2, 30), dtype=np.int8)
    plausible[order[:15]], turned[order[15:]] = 1, 1
    matrix = matrix_of([plausible, turned])
    found = lz_star(parameters, matrix, estimates(parameters, matrix, "wle"), "wle")

    assert found[0] > 0
    assert found[1] < -4


def test_what_was_not_presented_changes_nothing():
    parameters = two_pl(20)
    matrix = answers(parameters, np.random.default_rng(8).normal(size=200), shown=0.6)
    noisy, theta = other_scores_outside_the_mask(matrix), estimates(parameters, matrix, "wle")

    assert np.array_equal(lz(parameters, matrix, theta), lz(parameters, noisy, theta))
    assert np.array_equal(lz_star(parameters, matrix, theta, "wle"), lz_star(parameters, noisy, theta, "wle"))


def test_a_person_without_estimate_or_answers_is_not_estimable():
    parameters = two_pl(5)
    matrix = matrix_of([[1, 0, 1, 0, 1], [0, 0, 0, 0, 0]], np.array([[True] * 5, [False] * 5]))
    found = lz_star(parameters, matrix, np.array([np.nan, 0.0]), "mle")

    assert np.isnan(found).all()


def test_lz_star_knows_no_correction_for_eap():
    parameters = two_pl(5)
    with pytest.raises(ResponsesError, match="not for eap"):
        lz_star(parameters, matrix_of([[1, 0, 1, 0, 1]]), np.zeros(1), "eap")

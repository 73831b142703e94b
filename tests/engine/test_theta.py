"""Ability estimates against outside references and against independent integration."""

import json
from pathlib import Path

import numpy as np
import pytest
from engine_builders import a_matrix, a_table
from scipy.integrate import quad

from engine import ResponsesError, score

REPOSITORY = Path(__file__).resolve().parents[2]
CASES = json.loads((REPOSITORY / "tests" / "golden" / "theta_reference.json").read_text())["cases"]


def one(rows, answers, method):
    scores = score(a_table(rows), a_matrix([answers]), method)
    return scores.theta[0], scores.standard_error[0], scores.at_bound[0]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"case{c['case']}")
@pytest.mark.parametrize("method", ["mle", "map", "eap"])
def test_estimates_and_their_errors_meet_the_reference(case, method):
    theta, error, bound = one(case["items"], case["answers"], method)

    assert theta == pytest.approx(case[method][0], abs=1e-6)
    assert error == pytest.approx(case[method][1], abs=1e-6)
    assert not bound


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"case{c['case']}")
def test_weighted_likelihood_meets_the_reference(case):
    assert one(case["items"], case["answers"], "wle")[0] == pytest.approx(case["wle"], abs=1e-6)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"case{c['case']}")
def test_the_posterior_mean_is_the_integral(case):
    def density(t):
        value = np.exp(-t * t / 2)
        for (a, b, c, d), x in zip(case["items"], case["answers"], strict=True):
            p = c + (d - c) / (1 + np.exp(-a * (t - b)))
            value *= p if x else 1 - p
        return value

    def integral(power):
        return quad(lambda t: t**power * density(t), -8, 8, epsabs=1e-14, epsrel=1e-12, limit=400)[0]

    mean = integral(1) / integral(0)
    spread = np.sqrt(integral(2) / integral(0) - mean**2)
    theta, error, _ = one(case["items"], case["answers"], "eap")

    assert theta == pytest.approx(mean, abs=1e-9)
    assert error == pytest.approx(spread, abs=1e-9)


@pytest.mark.parametrize(("x", "end"), [(1, 8.0), (0, -8.0)])
def test_all_right_and_all_wrong_end_at_the_bound_under_maximum_likelihood(x, end):
    rows = [(1.0, -1.0, 0.0, 1.0), (1.2, 0.5, 0.0, 1.0)]
    theta, error, bound = one(rows, [x, x], "mle")

    assert (theta, bool(bound)) == (end, True)
    assert error > 10
    for method in ("map", "eap", "wle"):
        inner, _, at_bound = one(rows, [x, x], method)
        assert abs(inner) < 8
        assert not at_bound


def test_a_person_who_met_no_item_keeps_the_prior_and_has_no_likelihood_estimate():
    rows = [(1.0, 0.0, 0.0, 1.0)]
    for method in ("map", "eap"):
        theta, error, _ = one(rows, [None], method)
        assert theta == pytest.approx(0, abs=1e-9)
        assert error == pytest.approx(1, abs=1e-6)
    for method in ("mle", "wle"):
        theta, error, bound = one(rows, [None], method)
        assert np.isnan(theta)
        assert np.isnan(error)
        assert bound


def test_items_that_were_not_presented_change_nothing():
    rows = [(1.0, -1.0, 0.0, 1.0), (1.2, 0.0, 0.1, 1.0), (0.8, 1.0, 0.0, 0.9)]
    for method in ("eap", "map", "mle", "wle"):
        whole = one([rows[0], rows[2]], [1, 0], method)
        masked = one(rows, [1, None, 0], method)
        assert masked[:2] == pytest.approx(whole[:2], abs=1e-9)


def test_a_long_precise_test_gets_a_grid_fine_enough_for_its_posterior():
    draw = np.random.default_rng(4)
    rows = [(2.5, float(b), 0.0, 1.0) for b in draw.normal(size=400)]
    answers = [int(draw.random() < 1 / (1 + np.exp(-2.5 * (0.3 - b)))) for _, b, _, _ in rows]
    theta, error, _ = one(rows, answers, "eap")
    mode, spread, _ = one(rows, answers, "map")

    assert error < 0.07
    assert theta == pytest.approx(mode, abs=0.01)
    assert error == pytest.approx(spread, rel=0.02)


def test_a_column_without_parameters_and_an_unknown_method_are_refused():
    table = a_table([(1.0, 0.0, 0.0, 1.0)])
    with pytest.raises(ResponsesError, match="item x has no parameters"):
        score(table, a_matrix([[1]], items=["x"]), "eap")
    with pytest.raises(ResponsesError, match="'best' is not one of"):
        score(table, a_matrix([[1]]), "best")
    with pytest.raises(ResponsesError, match="item i0 has scores above 1"):
        score(table, a_matrix([[2]]), "eap")


def test_the_json_of_scores_has_null_for_what_does_not_exist():
    document = score(a_table([(1.0, 0.0, 0.0, 1.0)]), a_matrix([[None]]), "mle").as_json()

    assert document == {"persons": [{"person": "1", "theta": None, "se": None, "at_bound": True}]}

"""Ability estimates against outside references and against independent integration."""

import json
from pathlib import Path

import numpy as np
import pytest
from engine_builders import a_matrix, a_table
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import logsumexp

from engine import AbilityPrior, ParameterError, ResponseMatrix, ResponsesError, plausible_values, score

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


@pytest.mark.parametrize(
    ("mean", "deviation", "answers", "mode"),
    [(30.0, 1.0, [None, None], 30.0), (-40.0, 0.2, [None, None], -40.0), (0.0, 5.0, [None, None], 0.0)],
)
def test_a_prior_far_away_takes_the_mode_along(mean, deviation, answers, mode):
    table = a_table([(1.0, -1.0, 0.0, 1.0), (1.2, 0.0, 0.0, 1.0)])
    found = score(table, a_matrix([answers]), "map", AbilityPrior(mean=mean, deviation=deviation))

    assert found.theta[0] == pytest.approx(mode, abs=1e-9)
    assert found.standard_error[0] == pytest.approx(deviation)
    assert not found.at_bound[0]


def test_mode_and_mean_agree_under_a_narrow_prior_far_away():
    """The mode solves l'(theta) = (theta - 9) / .25; the posterior is so nearly normal that its mean is near."""
    table, prior = a_table([(1.0, -1.0, 0.0, 1.0), (1.2, 0.0, 0.0, 1.0)]), AbilityPrior(mean=9.0, deviation=0.5)
    mode, mean = (score(table, a_matrix([[1, 0]]), method, prior) for method in ("map", "eap"))
    theta = mode.theta[0]
    slope = 1.0 / (1 + np.exp(theta + 1)) - 1.2 / (1 + np.exp(-1.2 * theta))

    assert slope == pytest.approx((theta - 9) / 0.25, abs=1e-8)
    assert theta == pytest.approx(mean.theta[0], abs=1e-3)
    assert not mode.at_bound[0]


@pytest.mark.parametrize(
    ("mean", "deviation"),
    [(0, -1), (0, 0), (np.nan, 1), (0, np.inf), (np.inf, 1), (0, np.nan), (1e300, 1), (0, 1e-300)],
)
def test_a_prior_that_is_none_is_refused(mean, deviation):
    with pytest.raises(ParameterError, match=r"needed are finite numbers, .* the deviation from 1e-6 to 1e6"):
        AbilityPrior(mean=mean, deviation=deviation)


@pytest.mark.parametrize("method", ["eap", "map", "mle", "wle"])
def test_slopes_that_no_grid_resolves_are_refused_by_item(method):
    table, matrix = a_table([(1.0, 0.0, 0.0, 1.0), (1e8, 0.0, 0.0, 1.0)]), a_matrix([[1, 0]])

    with pytest.raises(ParameterError, match=r"under N\(0, 1\^2\): the steepest item is i1, a 1e\+08"):
        score(table, matrix, method)
    if method == "eap":
        with pytest.raises(ParameterError, match="under N"):
            plausible_values(table, matrix, np.full((1, 2), 0.5))
        with pytest.raises(ParameterError, match="100000"):
            score(a_table([(1.0, 0.0, 0.0, 1.0)]), a_matrix([[1]]), method, AbilityPrior(deviation=1e5))


def test_a_narrow_maximum_is_found():
    """A step at -1 within an easy and a hard one: the weighted likelihood peaks beside the step."""
    theta, _, bound = one([(1000.0, -1.0, 0.0, 1.0), (1.0, 0.0, 0.0, 1.0)], [0, 0], "wle")

    assert theta == pytest.approx(-1.00109933, abs=1e-7)
    assert not bound


@given(
    st.lists(st.tuples(st.floats(0.0, 8.0), st.floats(-2, 2), st.booleans()), min_size=2, max_size=5),
)
@settings(max_examples=30)
def test_the_weighted_likelihood_is_highest_there_whatever_the_slopes(items):
    """log L + log I / 2 of 2PL items on a grid 40 times as fine around every item, slopes from 1 to 3,000."""
    a, b, right = (np.array(column) for column in zip(*items, strict=True))
    a = np.exp(a)
    theta = one([(*pair, 0.0, 1.0) for pair in zip(a, b, strict=True)], right.astype(int).tolist(), "wle")[0]
    around = [middle + np.linspace(-40, 40, 3201) / slope for slope, middle in zip(a, b, strict=True)]
    places = np.concatenate([np.linspace(-8, 8, 3201), *around, [theta]])
    z = np.outer(places[np.abs(places) <= 8], a) - a * b
    up, down = -np.logaddexp(0, -z), -np.logaddexp(0, z)
    objective = np.where(right, up, down).sum(axis=1) + logsumexp(2 * np.log(a) + up + down, axis=1) / 2

    assert objective[-1] >= objective.max() - 1e-6


def test_nobody_is_scored_as_nobody():
    table = a_table([(1.0, 0.0, 0.0, 1.0)])
    nobody = ResponseMatrix(persons=(), items=("i0",), scores=np.empty((0, 1)), presented=np.empty((0, 1), dtype=bool))

    for method in ("eap", "map", "mle", "wle"):
        assert score(table, nobody, method).theta.shape == (0,)
    assert plausible_values(table, nobody, np.empty((0, 3))).shape == (0, 3)

"""Response functions and parameters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models import curvature, information, log_probabilities, probability, slope, warm_correction
from engine.parameters import ParameterError, Parameters

slopes = st.floats(0.2, 4)
difficulties = st.floats(-4, 4)
lower = st.floats(0, 0.5)
upper = st.floats(0.6, 1)
places = st.floats(-6, 6)


def four(a, b, c, d):
    return Parameters.of(a=[a], b=[b], c=[c], d=[d])


@given(slopes, difficulties, lower, upper, places, places)
def test_a_probability_lies_between_its_asymptotes_and_rises(a, b, c, d, one, other):
    low, high = probability(four(a, b, c, d), np.sort([one, other]))[:, 0]

    assert c - 1e-15 <= low <= high <= d + 1e-15


@given(slopes, difficulties, lower, upper, places)
def test_derivatives_and_information_equal_numeric_ones(a, b, c, d, theta):
    item, h = four(a, b, c, d), 1e-4

    def at(x):
        return float(probability(item, x)[0])

    first = (at(theta + h) - at(theta - h)) / (2 * h)
    second = (at(theta + h) - 2 * at(theta) + at(theta - h)) / h**2
    p = at(theta)

    assert slope(item, theta)[0] == pytest.approx(first, rel=1e-5, abs=1e-9)
    assert curvature(item, theta)[0] == pytest.approx(second, rel=1e-3, abs=1e-6)
    assert information(item, theta)[0] == pytest.approx(first**2 / (p * (1 - p)), rel=1e-4, abs=1e-9)
    assert warm_correction(item, theta)[0] == pytest.approx(first * second / (p * (1 - p)), rel=1e-3, abs=1e-5)


def test_information_knows_the_upper_asymptote():
    assert information(four(1.5, 0, 0.2, 0.9), 2.0)[0] == pytest.approx(0.0195, abs=5e-5)


@given(slopes, difficulties, lower, upper, places)
def test_the_two_probabilities_add_up_to_one(a, b, c, d, theta):
    right, wrong = log_probabilities(four(a, b, c, d), theta)

    assert np.exp(right[0]) + np.exp(wrong[0]) == pytest.approx(1, abs=1e-14)


def test_logarithms_survive_the_far_tails():
    right, wrong = log_probabilities(four(2, 0, 0, 1), [-1000.0, 1000.0])

    assert right[0, 0] == -2000
    assert wrong[1, 0] == -2000
    assert information(four(2, 0, 0, 1), [-1000.0, 1000.0]).max() == 0


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"a": 0.0}, "item 1: a is 0"),
        ({"a": -1.0}, "discrimination must be above 0"),
        ({"b": float("nan")}, "b is not a finite number"),
        ({"c": 0.5, "d": 0.4}, "0 <= c < d <= 1"),
        ({"c": -0.1}, "0 <= c < d <= 1"),
        ({"d": 1.1}, "0 <= c < d <= 1"),
        ({"c": 0.2, "model": "2PL"}, "the 2PL has c = 0"),
        ({"d": 0.9, "model": "3PL"}, "the 3PL has d = 1"),
        ({"a": 1.2, "model": "Rasch"}, "the Rasch model has a = 1"),
        ({"model": "5PL"}, "'5PL' is not one of"),
        ({"a": [1.0, 1.0], "c": [0.0, 0.0, 0.0]}, "do not describe the same number"),
        ({"model": ["2PL", "2PL"]}, "2 models for 1 items"),
    ],
)
def test_impossible_parameters_are_refused_by_name(values, reason):
    with pytest.raises(ParameterError, match=reason):
        Parameters.of(**({"b": 0.0} | values))


def test_parameters_cannot_be_changed():
    parameters = Parameters.of(b=[0.0, 1.0])

    with pytest.raises(ValueError, match="read-only"):
        parameters.b[0] = 3

"""Every category of the graded, partial credit and nominal models."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.models import (
    category_curvatures,
    category_probabilities,
    category_score_slopes,
    category_slopes,
    expected_score,
    information,
    log_terms,
    probability,
    warm_correction,
)
from engine.parameters import ParameterError, Parameters, difficulty_form, intercept_form
from engine.poolfile import parameters_text, read_parameters

GOLDEN = json.loads((Path(__file__).resolve().parents[1] / "golden" / "calibration_reference.json").read_text())

slopes = st.floats(0.2, 3)
places = st.floats(-5, 5)
falls = st.lists(st.floats(0.05, 1.5), min_size=1, max_size=5)
models = st.sampled_from(["GRM", "GPCM", "PCM"])
linear = st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=2, max_size=5)


def a_mixture():
    return Parameters.of(
        model=["3PL", "GRM", "PCM", "GPCM", "nominal"],
        a=[1.5, 1.2, 1, 0.8, 1],
        b=[0.5, 0, 0, 0, 0],
        c=[0.2, 0, 0, 0, 0],
        steps=[None, (-1, 0, 1), (-1, 0.5), (-0.5, 0.5, 1.5), None],
        slopes=[None, None, None, None, (-1, 0.2, 0.8)],
        intercepts=[None, None, None, None, (0.1, -0.3, 0.2)],
    )


def stepped(model, a, first, gaps):
    a = 1.0 if model == "PCM" else a
    return Parameters.of(model=model, a=a, steps=[np.cumsum([first, *gaps]).tolist()])


@given(models, slopes, st.floats(-3, 1), falls, places)
def test_categories_add_up_and_derivatives_equal_numeric_ones(model, a, first, gaps, theta):
    item, h = stepped(model, a, first, gaps), 1e-5
    p = category_probabilities(item, theta)
    numeric = (category_probabilities(item, theta + h) - category_probabilities(item, theta - h)) / (2 * h)
    bend = (category_slopes(item, theta + h) - category_slopes(item, theta - h)) / (2 * h)

    assert p.sum() == pytest.approx(1, abs=1e-12)
    assert p.min() >= 0
    assert category_slopes(item, theta) == pytest.approx(numeric, abs=1e-7)
    assert category_curvatures(item, theta) == pytest.approx(bend, abs=1e-7)
    assert category_slopes(item, theta).sum() == pytest.approx(0, abs=1e-12)


@given(models, slopes, st.floats(-3, 1), falls, places)
def test_information_is_that_of_the_numeric_derivative(model, a, first, gaps, theta):
    item, h = stepped(model, a, first, gaps), 1e-5
    p = category_probabilities(item, theta)[0]
    first_derivative = (category_probabilities(item, theta + h) - category_probabilities(item, theta - h))[0] / (2 * h)
    second = category_curvatures(item, theta)[0]

    assert information(item, theta)[0] == pytest.approx((first_derivative**2 / p).sum(), rel=1e-4, abs=1e-8)
    assert warm_correction(item, theta)[0] == pytest.approx((first_derivative * second / p).sum(), rel=1e-3, abs=1e-6)


@given(linear, places)
def test_information_of_a_nominal_item_is_that_of_the_numeric_derivative(pairs, theta):
    own_slopes, intercepts = zip(*pairs, strict=True)
    item, h = Parameters.of(model="nominal", slopes=[own_slopes], intercepts=[intercepts]), 1e-5
    p = category_probabilities(item, theta)[0]
    first = (category_probabilities(item, theta + h) - category_probabilities(item, theta - h))[0] / (2 * h)
    second = (category_slopes(item, theta + h) - category_slopes(item, theta - h))[0] / (2 * h)

    assert p.sum() == pytest.approx(1, abs=1e-12)
    assert information(item, theta)[0] == pytest.approx((first**2 / p).sum(), rel=1e-4, abs=1e-8)
    assert warm_correction(item, theta)[0] == pytest.approx((first * second / p).sum(), rel=1e-3, abs=1e-6)


@given(models, slopes, st.floats(-3, 1), falls, places, places)
def test_a_higher_theta_never_expects_a_lower_score(model, a, first, gaps, one, other):
    low, high = expected_score(stepped(model, a, first, gaps), np.sort([one, other]))[:, 0]

    assert low <= high + 1e-12


@pytest.mark.parametrize("model", ["GRM", "GPCM"])
def test_two_categories_are_the_two_parameter_model(model):
    theta = np.linspace(-4, 4, 9)
    two = stepped(model, 1.3, 0.4, [])

    plain = Parameters.of(a=1.3, b=0.4, model="2PL")
    assert category_probabilities(two, theta)[..., 1] == pytest.approx(probability(plain, theta), abs=1e-14)
    assert information(two, theta) == pytest.approx(information(plain, theta), abs=1e-14)


def test_a_mixture_is_each_item_alone():
    mixture, theta = a_mixture(), np.linspace(-3, 3, 5)
    for j in range(len(mixture)):
        alone = mixture.take([j])
        count = int(mixture.categories[j])
        for function in (category_probabilities, category_slopes, category_score_slopes):
            whole = function(mixture, theta)[:, j]
            assert whole[:, :count] == pytest.approx(function(alone, theta)[:, 0, :count], abs=1e-15)
            assert not whole[:, count:].any()
        assert information(mixture, theta)[:, j] == pytest.approx(information(alone, theta)[:, 0], abs=1e-15)
        assert warm_correction(mixture, theta)[:, j] == pytest.approx(warm_correction(alone, theta)[:, 0], abs=1e-15)


def test_beyond_an_items_categories_nothing_can_happen():
    terms = log_terms(a_mixture(), [0.0])

    assert np.isneginf(terms.log_p[0, 0, 2:]).all()
    assert not terms.first[0, 0, 2:].any()


@pytest.mark.parametrize("item", GOLDEN["log_product_of_information"]["items"], ids=lambda i: i["model"])
def test_the_logarithms_of_information_meet_the_reference(item):
    given_ = {name: value for name, value in item.items() if name != "value"}

    found = np.log(information(Parameters.of(**given_), np.arange(-3, 4.0))).sum()
    assert found == pytest.approx(item["value"], abs=6e-6)


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        ({"model": "GRM", "steps": [(0, 0)]}, "must rise"),
        ({"model": "GRM"}, "needs steps, not nothing"),
        ({"model": "2PL", "b": 0.0, "steps": [(0, 1)]}, "needs a, b, c and d only"),
        ({"model": "2PL"}, "b is missing"),
        ({"model": "PCM", "a": 1.2, "steps": [(0, 1)]}, "PCM model has a = 1"),
        ({"model": "nominal", "slopes": [(0, 1)], "intercepts": [(0, 1, 2)]}, "2 slopes and 3 intercepts"),
        ({"model": "GPCM", "steps": [(0, float("nan"))]}, "not a finite number"),
    ],
)
def test_impossible_steps_are_refused_by_name(given_, reason):
    with pytest.raises(ParameterError, match=reason):
        Parameters.of(**given_)


def test_a_polytomous_item_has_no_single_probability():
    with pytest.raises(ParameterError, match="item 2: the GRM"):
        probability(a_mixture(), 0.0)


@given(slopes, places, st.sampled_from([1.0, 1.7]))
def test_slope_and_intercept_turn_back_into_difficulty(a, b, scaling):
    found = difficulty_form(*intercept_form(a, b, scaling=scaling), scaling=scaling)

    assert found[0] == pytest.approx(a, abs=1e-12)
    assert found[1] == pytest.approx(b, abs=1e-9)


@given(st.floats(0.2, 2), st.floats(-3, 3), places, st.sampled_from([1.0, 1.7]))
def test_the_metric_of_slope_and_intercept_changes_no_probability(slope, intercept, theta, scaling):
    a, b = difficulty_form(slope, intercept, scaling=scaling)
    found = probability(Parameters.of(a=a, b=b, model="2PL"), theta)[0]

    assert found == pytest.approx(1 / (1 + np.exp(-scaling * (slope * theta + intercept))), abs=1e-12)


def test_intercepts_are_those_of_the_linear_form():
    mixture = a_mixture()

    assert mixture.intercepts_of(0) == (-0.75,)
    assert mixture.intercepts_of(1) == pytest.approx((1.2, 0.0, -1.2))
    assert mixture.intercepts_of(3) == pytest.approx((0.0, 0.4, 0.0, -1.2))


def test_a_parameter_file_reads_back_what_was_written(tmp_path):
    mixture, path = a_mixture(), tmp_path / "PARAMS.csv"
    items = [f"i{j}" for j in range(5)]
    path.write_text(parameters_text(items, mixture), encoding="utf-8")
    table = read_parameters(path)

    assert table.items == tuple(items)
    assert table.parameters.model == mixture.model
    theta = np.linspace(-3, 3, 7)
    assert np.array_equal(category_probabilities(table.parameters, theta), category_probabilities(mixture, theta))

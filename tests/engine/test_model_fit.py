"""Model fit: M2 and the indices derived from it."""

import numpy as np
import pytest
from check_builders import (
    answers,
    column,
    graded,
    matrix_of,
    needs_shared,
    reference,
    reference_parameters,
    reference_responses,
    two_pl,
    with_fitted_margins,
)
from scipy.stats import kstest

from engine import Parameters, ResponsesError
from engine.item_curves import ThetaDistribution
from engine.model_fit import _covariance, _expected, _moments, m2
from engine.models import category_probabilities


@needs_shared
def test_the_rasch_model_with_free_variance_is_the_one_parameter_model():
    """Two ways to write one model: theta of variance s^2 with slope 1, or variance 1 with the common slope s."""
    matrix = reference_responses("LSAT7")
    rasch = Parameters.of(b=column(reference("LSAT7_Rasch_items"), "IRT_b"), model="Rasch")
    common = reference_parameters("LSAT7_1PL_equal_a", "1PL")
    one = m2(rasch, matrix, ThetaDistribution.normal(sd=np.sqrt(1.022647)), free_population=True)
    other = m2(common, matrix)

    assert (one.df, other.df) == (9, 9)
    assert one.m2 == pytest.approx(other.m2, abs=1e-3)


@pytest.mark.parametrize("parameters", [two_pl(4, seed=2), graded(3)], ids=["2PL", "GRM"])
def test_the_covariance_of_the_moments_is_that_of_all_patterns(parameters):
    """Every pattern listed with its probability: the slow way to the same covariance."""
    population = ThetaDistribution.normal()
    probabilities = category_probabilities(parameters, population.nodes)
    levels, items = probabilities.shape[2], len(parameters)
    patterns = np.stack(np.meshgrid(*[np.arange(levels)] * items, indexing="ij"), axis=-1).reshape(-1, items)
    chance = np.array(
        [population.weights @ np.prod(probabilities[:, np.arange(items), row], axis=1) for row in patterns]
    )
    one, other = np.triu_indices(items, 1)
    terms = np.column_stack((patterns, patterns[:, one] * patterns[:, other])).astype(float)
    mean = chance @ terms
    model = _moments(probabilities, population.weights)

    assert _expected(model) == pytest.approx(mean, abs=1e-12)
    assert _covariance(model) == pytest.approx((terms * chance[:, None]).T @ terms - np.outer(mean, mean), abs=1e-12)


@pytest.mark.slow
def test_m2_follows_its_chi_square_when_nothing_was_estimated_wrongly():
    """Rasch difficulties estimated by matching facilities are close enough to maximum likelihood for this law."""
    truth = Parameters.of(b=np.linspace(-1.5, 1.5, 8), model="Rasch")
    draw = np.random.default_rng(3)
    p = []
    for seed in range(150):
        matrix = answers(truth, draw.normal(size=800), seed)
        p.append(m2(with_fitted_margins(truth, matrix), matrix).p)

    assert kstest(p, "uniform").pvalue > 0.01


def test_two_dimensions_under_one_theta_are_found():
    parameters = two_pl(12, seed=4)
    draw = np.random.default_rng(5)
    first, second = (answers(parameters, draw.normal(size=1500), seed) for seed in (1, 2))
    mixed = matrix_of(np.column_stack((first.scores[:, :6], second.scores[:, 6:])))

    good, bad = m2(parameters, first), m2(parameters, mixed)
    assert good.rmsea < 0.03
    assert good.cfi > 0.97
    assert bad.p < 1e-10
    assert bad.rmsea > 0.05
    assert bad.rmsea_interval[0] < bad.rmsea < bad.rmsea_interval[1]
    assert bad.as_json()["df"] == bad.df


def test_m2_takes_items_of_several_levels():
    parameters = graded(10)
    found = m2(parameters, answers(parameters, np.random.default_rng(6).normal(size=2000)))

    assert found.df == 55 - 40
    assert found.p > 0.001


@pytest.mark.parametrize(
    ("parameters", "matrix", "reason"),
    [
        (two_pl(6), answers(two_pl(6), np.zeros(50), shown=0.8), "M2 needs complete answers"),
        (two_pl(3), answers(two_pl(3), np.zeros(50)), "6 moments of 3 items do not exceed the 6 parameters"),
        (two_pl(121), answers(two_pl(121), np.zeros(5)), "the most is 120"),
    ],
)
def test_m2_that_does_not_exist_is_refused(parameters, matrix, reason):
    with pytest.raises(ResponsesError, match=reason):
        m2(parameters, matrix)

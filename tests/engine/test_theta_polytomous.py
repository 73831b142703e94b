"""Ability from graded answers, other priors and plausible values."""

import json
from pathlib import Path

import numpy as np
import pytest
from engine_builders import a_matrix, a_table

from engine import Parameters, ParameterTable, ResponsesError, score
from engine.models import category_log_probabilities, category_probabilities
from engine.theta import Prior, plausible_values

GOLDEN = json.loads((Path(__file__).resolve().parents[1] / "golden" / "calibration_reference.json").read_text())
GRADED = GOLDEN["graded_theta"]


def a_graded_table(model):
    return ParameterTable(
        items=("i0", "i1"), parameters=Parameters.of(a=GRADED["a"], steps=GRADED["steps"], model=model)
    )


@pytest.mark.parametrize("model", ["GRM", "GPCM"])
@pytest.mark.parametrize("method", ["mle", "map", "wle", "eap"])
def test_graded_answers_are_scored_as_catr_scores_them(model, method):
    found = score(a_graded_table(model), a_matrix([GRADED["answers"]]), method)

    assert found.theta[0] == pytest.approx(GRADED[model][method], abs=1e-4)


def test_all_in_the_highest_category_ends_at_the_bound():
    scores = score(a_graded_table("GRM"), a_matrix([[3, 3], [0, 0]]), "mle")

    assert scores.theta.tolist() == [8, -8]
    assert scores.at_bound.all()


def test_the_posterior_mean_of_a_mixture_is_a_sum_over_a_fine_grid():
    table = ParameterTable(
        items=("i0", "i1"),
        parameters=Parameters.of(a=[1.2, 1.5], b=[0, 0.3], model=["GRM", "2PL"], steps=[(-1, 0.5), None]),
    )
    found = score(table, a_matrix([[1, 0]]), "eap", Prior(mean=0.5, deviation=1.5))
    theta = np.linspace(-11.5, 12.5, 20001)
    p = category_probabilities(table.parameters, theta)
    density = np.exp(-0.5 * ((theta - 0.5) / 1.5) ** 2) * p[:, 0, 1] * p[:, 1, 0]

    assert found.theta[0] == pytest.approx((density @ theta) / density.sum(), abs=1e-8)


@pytest.mark.parametrize("model", ["GRM", "GPCM"])
def test_a_long_graded_test_gets_a_grid_fine_enough_for_its_posterior(model):
    draw = np.random.default_rng(6)
    steps = [(shift + np.array([-0.6, -0.2, 0.2, 0.6])).tolist() for shift in draw.normal(0, 0.3, 60)]
    items = Parameters.of(a=3.0, steps=steps, model=model)
    reached = np.cumsum(category_probabilities(items, 0.13), axis=-1)
    answers = (draw.random(60)[:, None] > reached).sum(axis=1).tolist()
    table = ParameterTable(items=tuple(f"i{j}" for j in range(60)), parameters=items)
    found = score(table, a_matrix([answers]), "eap")
    theta = np.linspace(-2, 2, 20001)
    logs = category_log_probabilities(items, theta)[:, np.arange(60), answers].sum(axis=1) - theta**2 / 2
    density = np.exp(logs - logs.max())

    assert found.standard_error[0] < 0.09
    assert found.theta[0] == pytest.approx((density @ theta) / density.sum(), abs=1e-8)


def test_a_score_beyond_the_parameters_is_refused():
    with pytest.raises(ResponsesError, match="item i0 has scores above 3"):
        score(a_graded_table("GRM"), a_matrix([[4, 0]]), "eap")


def test_plausible_values_follow_the_posterior():
    table, matrix = a_table([(1.0, -1.0, 0.0, 1.0), (1.2, 0.5, 0.0, 1.0)]), a_matrix([[1, 0], [1, 1]])
    draws = np.tile((np.arange(4000) + 0.5) / 4000, (2, 1))
    values = plausible_values(table, matrix, draws)
    eap = score(table, matrix, "eap")

    assert values.mean(axis=1) == pytest.approx(eap.theta, abs=1e-3)
    assert values.std(axis=1) == pytest.approx(eap.standard_error, abs=2e-3)
    assert (np.diff(values, axis=1) > 0).all()
    with pytest.raises(ResponsesError, match="one row for each of 2 persons"):
        plausible_values(table, matrix, draws[:1])

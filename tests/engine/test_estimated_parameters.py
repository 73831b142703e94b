"""Item and model fit with parameters estimated from the same answers, as they are used: errors about nominal."""

import time

import numpy as np
import pytest
from check_builders import answers, eap, graded, two_pl
from scipy.stats import kstest

from engine import Parameters
from engine.calibrate import calibrate
from engine.item_curves import ThetaDistribution
from engine.item_fit import grouped_chi_square, s_x2
from engine.model_fit import m2

STEPS = [graded(8).steps_of(j) for j in range(8)]
TRUTHS = {
    "rasch": Parameters.of(b=np.linspace(-2, 2, 8), model="Rasch"),
    "2pl": two_pl(8, seed=5),
    "grm": graded(8),
    "pcm": Parameters.of(steps=STEPS, model="PCM"),
    "gpcm": Parameters.of(a=graded(8).a, steps=STEPS, model="GPCM"),
    "nominal": Parameters.of(
        slopes=[[0, 0.5, 1.2]] * 8, intercepts=[[0, x, x / 2] for x in np.linspace(-1, 1, 8)], model="nominal"
    ),
}
REPLICATIONS = 20


@pytest.mark.parametrize("model", TRUTHS)
def test_s_x2_and_m2_reject_about_as_often_as_alpha_says(model):
    """20 calibrations of 8 items: 160 values of S-X2's p, of which 16 +- 3.8 lie below .1, and 20 of M2's."""
    draw, of_items, of_model = np.random.default_rng(77), [], []
    for seed in range(REPLICATIONS):
        matrix = answers(TRUTHS[model], draw.normal(size=1000), seed)
        found = calibrate(matrix, model, time.process_time)
        population = ThetaDistribution.normal(found.groups[0].mean, found.groups[0].deviation)
        of_items += s_x2(found.parameters, matrix, population).p.tolist()
        of_model.append(m2(found.parameters, matrix, population, model in ("rasch", "pcm")).p)

    assert 0.03 < np.mean(np.array(of_items) < 0.1) < 0.18
    assert 0.4 < np.mean(of_items) < 0.6
    assert kstest(of_model, "uniform").pvalue > 0.005


def test_groups_of_estimated_theta_serve_long_tests_only():
    """X2 and G2 count the error of theta as misfit: on 10 items nearly every good item is rejected, on 60 few."""
    rejected = {}
    for items in (10, 60):
        matrix = answers(two_pl(items, seed=6), np.random.default_rng(items).normal(size=1000))
        found = calibrate(matrix, "2pl", time.process_time).parameters
        tests = [grouped_chi_square(found, matrix, eap(found, matrix), likelihood_ratio=g2) for g2 in (False, True)]
        rejected[items] = [(each.p < 0.05).mean() for each in tests]

    assert min(rejected[10]) > 0.5
    assert max(rejected[60]) < 0.15

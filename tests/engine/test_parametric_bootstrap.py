"""PV-Q1*: the p of PV-Q1 by simulated answers."""

import time

import numpy as np
import pytest
from check_builders import answers, graded, matrix_of, other_scores_outside_the_mask, two_pl

from engine import Parameters, ResponsesError
from engine.calibrate import calibrate
from engine.item_curves import ThetaDistribution
from engine.parametric_bootstrap import bootstrapped_pv_q1

FEWEST = 19


def refitted(model):
    def again(matrix):
        found = calibrate(matrix, model, time.process_time)
        group = found.groups[0]
        return found.parameters, ThetaDistribution.normal(group.mean, group.deviation)

    return again


def draws(matrix, seed=1):
    return np.random.default_rng(seed).random((5, len(matrix.persons)))


def test_items_that_fit_are_rejected_about_as_often_as_alpha_says():
    """8 matrices of 10 items, calibrated each: 80 values of p, of which 8 +- 2.7 lie at or below .1.

    Against its chi-square, or without calibrating the replications again, the same statistic hardly ever rejects.
    """
    truth, draw = two_pl(10, seed=21), np.random.default_rng(22)
    found, as_known = [], []
    for seed in range(8):
        matrix = answers(truth, draw.normal(size=400), seed)
        parameters, population = refitted("2pl")(matrix)
        given = (parameters, matrix, draws(matrix, seed), FEWEST, seed, population)
        found += bootstrapped_pv_q1(*given, refitted("2pl")).p.tolist()
        as_known += bootstrapped_pv_q1(*given).p.tolist()

    assert 0.025 <= np.mean(np.array(found) <= 0.1) <= 0.2
    assert 0.4 < np.mean(found) < 0.65
    assert np.mean(as_known) > np.mean(found) + 0.05


def test_known_parameters_need_no_second_calibration():
    truth, draw = graded(6), np.random.default_rng(23)
    p = []
    for seed in range(10):
        matrix = answers(truth, draw.normal(size=300), seed, shown=0.8)
        p += bootstrapped_pv_q1(truth, matrix, draws(matrix, seed), FEWEST, seed).p.tolist()

    assert 0.02 <= np.mean(np.array(p) <= 0.1) <= 0.2
    assert 0.4 < np.mean(p) < 0.6


def test_an_item_with_another_curve_is_found():
    truth = two_pl(12, seed=3)
    wrong = Parameters.of(a=np.where(np.arange(12) == 4, 0.25, truth.a), b=truth.b, model="2PL")
    matrix = answers(wrong, np.random.default_rng(5).normal(size=1500), seed=6)
    found = bootstrapped_pv_q1(truth, matrix, draws(matrix), FEWEST, seed=7)

    assert found.p[4] == 1 / (FEWEST + 1)
    assert found.as_json()[4]["replications"] == FEWEST


def test_the_same_seed_gives_the_same_p_and_the_mask_is_kept():
    parameters, told = two_pl(6), []
    matrix = answers(parameters, np.random.default_rng(9).normal(size=200), shown=0.7)
    given = (draws(matrix), 10, 3)
    one = bootstrapped_pv_q1(parameters, matrix, *given, progress=told.append)
    two = bootstrapped_pv_q1(parameters, other_scores_outside_the_mask(matrix), *given)

    assert np.array_equal(one.p, two.p)
    assert told == list(range(1, 11))
    assert not np.array_equal(one.p, bootstrapped_pv_q1(parameters, matrix, draws(matrix), 10, 4).p)


def test_replications_that_cannot_be_calibrated_are_counted_and_too_many_are_refused():
    parameters = two_pl(6)
    matrix = answers(parameters, np.random.default_rng(9).normal(size=100))
    turns = iter(range(100))

    def every_third_fails(simulated):
        number = next(turns)
        if number % 3 == 0:
            raise ResponsesError("nobody reached a level")
        return None if number % 10 == 5 else (parameters, ThetaDistribution.normal())

    found = bootstrapped_pv_q1(parameters, matrix, draws(matrix), 10, 1, refit=every_third_fails)

    assert (found.used, found.lost) == (5, 5)
    with pytest.raises(ResponsesError, match="10 of 10 replications could not be calibrated"):
        bootstrapped_pv_q1(parameters, matrix, draws(matrix), 10, 1, refit=lambda simulated: None)


@pytest.mark.parametrize(
    ("matrix", "number", "reason"),
    [(answers(two_pl(4), np.zeros(30)), 0, "0 replications"), (matrix_of([[2, 0, 0, 0]] * 20), 3, "scores above 1")],
)
def test_what_cannot_be_simulated_is_refused(matrix, number, reason):
    with pytest.raises(ResponsesError, match=reason):
        bootstrapped_pv_q1(two_pl(4), matrix, draws(matrix), number, 1)

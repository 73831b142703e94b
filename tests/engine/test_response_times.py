"""Response times and rapid guessing."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import kstest, multivariate_normal

from engine import ResponsesError
from engine.rapid_guessing import normative_thresholds, rapid_guessing
from engine.response_times import TimeModel, expected_seconds, fit_times, residuals, speeds, time_fit

ALPHA, BETA, SIGMA = np.array([1.5, 2.0, 1.2, 2.5, 1.8, 1.4]), np.array([3.5, 4.0, 3.2, 4.5, 3.8, 4.1]), 0.4


def times(n=3000, seed=1, shown=1.0, items=1):
    draw = np.random.default_rng(seed)
    alpha, beta = np.tile(ALPHA, items), np.tile(BETA, items)
    speed = SIGMA * draw.normal(size=n)
    seconds = np.exp(beta - speed[:, None] + draw.normal(size=(n, len(beta))) / alpha)
    return seconds, draw.random(seconds.shape) < shown, speed


def test_parameters_are_recovered_with_and_without_missing_times():
    for shown in (1.0, 0.6):
        seconds, presented, _ = times(shown=shown)
        found = fit_times(seconds, presented)

        assert found.beta == pytest.approx(BETA, abs=0.06)
        assert found.alpha == pytest.approx(ALPHA, rel=0.08)
        assert found.sigma == pytest.approx(SIGMA, rel=0.08)


def test_the_maximum_is_that_of_the_multivariate_normal():
    """Log times are jointly normal: covariance sigma^2 everywhere plus 1 / alpha^2 on the diagonal."""
    seconds, presented, _ = times(n=400, seed=2)
    found = fit_times(seconds, presented)
    logs = np.log(seconds)

    def negative(point):
        cover = np.exp(2 * point[-1]) + np.diag(np.exp(-2 * point[6:12]))
        return -multivariate_normal(point[:6], cover).logpdf(logs).sum()

    best = minimize(negative, np.concatenate((logs.mean(axis=0), np.zeros(6), [-1.0])), method="BFGS")
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-3)
    assert found.alpha == pytest.approx(np.exp(best.x[6:12]), rel=5e-3)
    assert found.sigma == pytest.approx(np.exp(best.x[-1]), rel=5e-3)


def test_residuals_are_standard_normal_and_one_odd_time_stands_out():
    seconds, presented, _ = times(shown=0.8)
    model = fit_times(seconds, presented)
    found = residuals(model, seconds, presented)

    assert np.isnan(found[~presented]).all()
    assert kstest(found[presented][:4000], "norm").pvalue > 0.001
    seconds[0, presented[0].argmax()] = 1.0
    assert residuals(model, seconds, presented)[0, presented[0].argmax()] < -3


def test_a_residual_is_the_distance_from_the_conditional_normal_of_the_other_times():
    """Log times of one person are jointly normal: mean beta, covariance sigma^2 + 1 / alpha^2 on the diagonal."""
    alpha, beta, sigma = np.array([1.5, 2.0, 3.0]), np.array([3.0, 3.5, 4.0]), 0.4
    model = TimeModel(alpha=alpha, beta=beta, sigma=sigma, log_likelihood=0.0, cycles=1)
    logs = np.array([3.4, 3.1, 4.2])
    covariance = np.full((3, 3), sigma**2) + np.diag(alpha**-2.0)
    found = residuals(model, np.exp(logs)[None], np.ones((1, 3), dtype=bool))[0]

    for j in range(3):
        rest = [k for k in range(3) if k != j]
        weight = np.linalg.solve(covariance[np.ix_(rest, rest)], covariance[rest, j])
        mean, variance = beta[j] + weight @ (logs - beta)[rest], covariance[j, j] - weight @ covariance[rest, j]
        assert found[j] == pytest.approx((logs[j] - mean) / np.sqrt(variance))


def test_speed_is_shrunk_and_fit_of_persons_is_uniform():
    seconds, presented, truth = times(n=1500, items=4)
    model = fit_times(seconds, presented)
    speed, error = speeds(model, seconds, presented)

    assert np.corrcoef(speed, truth)[0, 1] > 0.9
    assert ((speed - truth) / error).std() == pytest.approx(1, abs=0.06)
    assert kstest(time_fit(model, seconds, presented)[1], "uniform").pvalue > 0.001


def test_expected_seconds_are_the_mean_of_the_lognormal():
    seconds, presented, _ = times()
    model = fit_times(seconds, presented)
    draw = np.random.default_rng(3).normal(size=200_000)

    assert expected_seconds(model, 0.3)[0] == pytest.approx(
        np.exp(model.beta[0] - 0.3 + draw / model.alpha[0]).mean(), rel=0.01
    )


def test_times_that_were_not_presented_change_nothing():
    seconds, presented, _ = times(n=200, shown=0.7)
    noisy = np.where(presented, seconds, -5.0)
    one, other = fit_times(seconds, presented), fit_times(noisy, presented)

    assert np.array_equal(one.beta, other.beta)
    assert np.array_equal(residuals(one, seconds, presented), residuals(one, noisy, presented), equal_nan=True)
    nobody = speeds(one, noisy[:1], np.zeros((1, 6), dtype=bool))
    assert (nobody[0][0], nobody[1][0]) == (0, pytest.approx(one.sigma))
    assert np.isnan(time_fit(one, noisy[:1], np.zeros((1, 6), dtype=bool))[0][0])


def test_bad_times_are_refused_by_place():
    with pytest.raises(ResponsesError, match="person 2, item 1"):
        fit_times(np.array([[1.0], [0.0]]), np.ones((2, 1), dtype=bool))
    with pytest.raises(ResponsesError, match="at least two persons"):
        fit_times(np.ones((1, 1)), np.ones((1, 1), dtype=bool))
    with pytest.raises(ResponsesError, match="have no scatter"):
        fit_times(np.exp(np.arange(8.0))[:, None] * np.ones((1, 3)), np.ones((8, 3), dtype=bool))
    with pytest.raises(ResponsesError, match="differ"):
        fit_times(np.ones((2, 2)), np.ones((2, 1), dtype=bool))


def test_the_normative_threshold_is_ten_percent_and_ten_seconds_at_most():
    seconds = np.array([[30.0, 300.0, 1.0], [50.0, 100.0, 1.0]])
    presented = np.array([[True, True, False], [True, True, False]])
    found = normative_thresholds(seconds, presented)

    assert found[:2].tolist() == pytest.approx([4.0, 10.0])
    assert np.isnan(found[2])
    assert normative_thresholds(seconds, presented, share=0.2, longest=60)[1] == 40
    with pytest.raises(ResponsesError, match="makes no sense"):
        normative_thresholds(seconds, presented, share=1.5)


def test_rapid_answers_are_marked_and_their_accuracy_told_apart():
    draw = np.random.default_rng(4)
    seconds, presented, _ = times(n=1000, shown=0.9)
    guessing = draw.random(1000) < 0.1
    seconds[guessing] = draw.uniform(0.5, 2.0, (guessing.sum(), 6))
    chance = np.where(guessing[:, None], 0.25, 0.8)
    scores = (draw.random(seconds.shape) < chance).astype(np.int8)
    found = rapid_guessing(seconds, scores, presented, normative_thresholds(seconds, presented))

    assert np.nanmean(found.effort[guessing]) < 0.1
    assert np.nanmean(found.effort[~guessing]) > 0.99
    assert found.right_rapid.mean() == pytest.approx(0.25, abs=0.06)
    assert found.right_solving.mean() == pytest.approx(0.8, abs=0.03)
    assert not found.rapid[~presented].any()


def test_custom_thresholds_are_used_and_checked():
    seconds, ones, scores = np.array([[2.0, 6.0]]), np.ones((1, 2), dtype=bool), np.ones((1, 2), dtype=np.int8)

    assert rapid_guessing(seconds, scores, ones, np.array([3.0, 3.0])).rapid.tolist() == [[True, False]]
    assert rapid_guessing(seconds, scores, ones, np.array([0.0, 0.0])).effort[0] == 1
    with pytest.raises(ResponsesError, match="one number of seconds"):
        rapid_guessing(seconds, scores, ones, np.array([-1.0, 3.0]))
    with pytest.raises(ResponsesError, match="item 2 has no threshold"):
        rapid_guessing(seconds, scores, ones, np.array([3.0, np.nan]))

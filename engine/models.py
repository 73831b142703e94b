"""The response functions: probability of a right answer, its derivatives in theta, and what follows from them.

Rules: P(theta) = c + (d - c) / (1 + exp(-a (theta - b))), D = 1. Everything else is derived from P and its
derivatives, never typed a second time: information = P'^2 / (P Q). Logarithms are taken before anything can
underflow. Shapes: theta (...,) against J items gives (..., J).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.parameters import FloatArray, Parameters


def probability(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """P(right | theta), shape (..., J): within [c, d] and rising in theta."""
    log_s, _ = _log_logistic(parameters, theta)
    return np.asarray(parameters.c + (parameters.d - parameters.c) * np.exp(log_s))


def slope(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """P' = dP / dtheta = a (d - c) s (1 - s), with s the logistic function; shape (..., J)."""
    return np.asarray(np.exp(_log_slope(parameters, *_log_logistic(parameters, theta))))


def curvature(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """P'' = a (1 - 2 s) P'; shape (..., J)."""
    log_s, log_r = _log_logistic(parameters, theta)
    return np.asarray(parameters.a * (np.exp(log_r) - np.exp(log_s)) * np.exp(_log_slope(parameters, log_s, log_r)))


def log_probabilities(parameters: Parameters, theta: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """log P and log Q = log(1 - P), each (..., J), exact far into both tails."""
    return _log_outcomes(parameters, *_log_logistic(parameters, theta))


def information(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """Fisher information of each item, P'^2 / (P Q) (Lord 1980), shape (..., J)."""
    log_s, log_r = _log_logistic(parameters, theta)
    log_p, log_q = _log_outcomes(parameters, log_s, log_r)
    return np.asarray(np.exp(2 * _log_slope(parameters, log_s, log_r) - log_p - log_q))


def score_slopes(parameters: Parameters, theta: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """d log P / dtheta = P'/P and d log Q / dtheta = -P'/Q, each (..., J)."""
    log_s, log_r = _log_logistic(parameters, theta)
    log_p, log_q = _log_outcomes(parameters, log_s, log_r)
    log_slope = _log_slope(parameters, log_s, log_r)
    return np.asarray(np.exp(log_slope - log_p)), np.asarray(-np.exp(log_slope - log_q))


def warm_correction(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """Each item's part of J(theta) = sum P' P'' / (P Q) (Warm 1989), shape (..., J)."""
    log_s, log_r = _log_logistic(parameters, theta)
    log_p, log_q = _log_outcomes(parameters, log_s, log_r)
    log_slope = _log_slope(parameters, log_s, log_r)
    bend = parameters.a * (np.exp(log_r) - np.exp(log_s))  # P'' / P'
    return np.asarray(bend * np.exp(2 * log_slope - log_p - log_q))


def _log_logistic(parameters: Parameters, theta: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """log s and log(1 - s), s the logistic function of a (theta - b)."""
    x = parameters.a * (np.asarray(theta, dtype=np.float64)[..., None] - parameters.b)
    log_s = -np.logaddexp(0.0, -x)
    return log_s, log_s - x


def _log_outcomes(parameters: Parameters, log_s: FloatArray, log_r: FloatArray) -> tuple[FloatArray, FloatArray]:
    """log P and log Q: P = c + (d - c) s and Q = (1 - d) + (d - c)(1 - s) are both sums of what is not negative."""
    with np.errstate(divide="ignore"):  # log 0 = -inf is meant where c = 0 or d = 1
        log_c, log_rest = np.log(parameters.c), np.log1p(-parameters.d)
    log_span = np.log(parameters.d - parameters.c)
    return np.logaddexp(log_c, log_span + log_s), np.logaddexp(log_rest, log_span + log_r)


def _log_slope(parameters: Parameters, log_s: FloatArray, log_r: FloatArray) -> FloatArray:
    return np.asarray(np.log(parameters.a) + np.log(parameters.d - parameters.c) + log_s + log_r)

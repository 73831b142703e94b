"""The formulas of the response models in logarithms: log P of every category and its derivatives in theta.

Rules:
- Graded (Samejima 1969), with s_k the logistic function of a (theta - b_k), s_0 = 1, s_K = 0:
  P_k = s_k - s_k+1 = s_k (1 - s_k+1) (1 - exp(-a (b_k+1 - b_k))): no difference of nearly equal numbers is taken.
- Partial credit (Masters 1982), generalised (Muraki 1992), nominal (Bock 1972): P_k in proportion to exp(z_k),
  z_k = slope_k theta + intercept_k.
Theta derivatives, information and calibration all start from these: `engine.models`, `engine.calibrate.families`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.parameters import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogTerms:
    """log P, d log P / dtheta and d2 log P / dtheta2 of every category, each (..., J, K).

    Beyond an item's own categories log P is -inf and both derivatives are 0.
    """

    log_p: FloatArray
    first: FloatArray
    second: FloatArray


def logistic_logs(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """log s and log(1 - s), s the logistic function of x."""
    log_s = -np.logaddexp(0.0, -x)
    return log_s, log_s - x


def between_asymptotes(
    c: FloatArray, d: FloatArray, log_s: FloatArray, log_r: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """log P and log Q: P = c + (d - c) s and Q = (1 - d) + (d - c)(1 - s) are both sums of what is not negative."""
    with np.errstate(divide="ignore", invalid="ignore"):  # log 0 = -inf is meant where c = 0 or d = 1; NaN: d < c
        log_c, log_rest, log_span = np.log(c), np.log1p(-d), np.log(d - c)
    return np.logaddexp(log_c, log_span + log_s), np.logaddexp(log_rest, log_span + log_r)


def graded_logs(log_s: FloatArray, log_r: FloatArray, width: FloatArray) -> FloatArray:
    """log (s_k (1 - s_k+1) (1 - exp(-width_k))), shape (..., K): s of K - 1 steps, width (J, K) = x_k - x_k+1 >= 0.

    width is infinite for the first and the last category; a negative one (steps out of order) gives NaN.
    """
    edge = np.zeros((*log_s.shape[:-1], 1))
    above = np.concatenate((edge, log_s), axis=-1)  # log s_k of category k
    below = np.concatenate((log_r, edge), axis=-1)  # log (1 - s_k+1) of category k
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(above + below + np.log(-np.expm1(-width)))


def step_widths(x_falls: FloatArray, there: NDArray[np.bool_]) -> FloatArray:
    """x_k - x_k+1 of each category, (J, S + 1), from the falls x_k - x_k+1 between steps (J, S - 1)."""
    ends = np.full((len(there), 1), np.inf)
    falls = np.where(there[:, 1:], x_falls, np.inf)
    return np.concatenate((ends, falls, ends), axis=1)


def graded(a: FloatArray, steps: FloatArray, theta: ArrayLike) -> LogTerms:
    """The graded response model; a (J,) of either sign, steps (J, S) rising (falling where a < 0), NaN-padded."""
    there = np.isfinite(steps)
    x = a[:, None] * (np.asarray(theta, dtype=np.float64)[..., None, None] - steps)  # (..., J, S); falls with k
    x = np.where(there, x, -np.inf)  # an absent step is never passed
    log_s = -np.logaddexp(0.0, -x)
    log_r = -np.logaddexp(0.0, x)
    own = np.concatenate((np.ones((len(steps), 1), dtype=np.bool_), there), axis=1)
    log_p = np.where(own, graded_logs(log_s, log_r, step_widths(a[:, None] * np.diff(steps), there)), -np.inf)
    edge = np.zeros((*x.shape[:-1], 1))
    s = np.concatenate((edge + 1, np.exp(log_s), edge), axis=-1)
    r = np.concatenate((edge, np.exp(log_r), edge + 1), axis=-1)
    spread = s * r
    first = np.where(own, a[:, None] * (r[..., :-1] - s[..., 1:]), 0.0)
    second = np.where(own, -(a[:, None] ** 2) * (spread[..., :-1] + spread[..., 1:]), 0.0)
    return LogTerms(log_p=log_p, first=first, second=second)


def divided_logs(z: FloatArray) -> FloatArray:
    """log of exp(z_k) / sum exp(z), along the last axis; -inf stays -inf."""
    top = z.max(axis=-1, keepdims=True)
    return np.asarray(z - top - np.log(np.exp(z - top).sum(axis=-1, keepdims=True)))


def divided(slopes: FloatArray, intercepts: FloatArray, theta: ArrayLike) -> LogTerms:
    """PCM, GPCM and nominal; slopes and intercepts (J, K), NaN-padded."""
    own = np.isfinite(slopes)
    at = np.asarray(theta, dtype=np.float64)[..., None, None]
    held = np.where(own, slopes, 0.0)
    z = np.where(own, held * at + np.where(own, intercepts, 0.0), -np.inf)
    log_p = divided_logs(z)
    p = np.exp(log_p)
    mean = (p * held).sum(axis=-1, keepdims=True)
    first = np.where(own, held - mean, 0.0)
    variance = (p * first * first).sum(axis=-1, keepdims=True)
    return LogTerms(log_p=log_p, first=first, second=np.where(own, -variance, 0.0))

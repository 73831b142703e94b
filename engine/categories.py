"""The formulas of the polytomous models: log P of every category and its first two derivatives in theta.

Rules:
- Graded (Samejima 1969), with s_k the logistic function of a (theta - b_k), s_0 = 1, s_K = 0:
  P_k = s_k - s_k+1 = s_k (1 - s_k+1) (1 - exp(-a (b_k+1 - b_k))): no difference of nearly equal numbers is taken.
- Partial credit (Masters 1982), generalised (Muraki 1992), nominal (Bock 1972): P_k in proportion to exp(z_k),
  z_k = slope_k theta + intercept_k.
Everything else (P', P'', information) is derived from these in `engine.models`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from engine.parameters import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogTerms:
    """log P, d log P / dtheta and d2 log P / dtheta2 of every category, each (..., J, K).

    Beyond an item's own categories log P is -inf and both derivatives are 0.
    """

    log_p: FloatArray
    first: FloatArray
    second: FloatArray


def graded(a: FloatArray, steps: FloatArray, theta: ArrayLike) -> LogTerms:
    """The graded response model; a (J,) of either sign, steps (J, S) rising (falling where a < 0), NaN-padded."""
    x = a[:, None] * (np.asarray(theta, dtype=np.float64)[..., None, None] - steps)  # (..., J, S); falls with k
    there = np.isfinite(steps)
    x = np.where(there, x, -np.inf)  # an absent step is never passed
    log_s = -np.logaddexp(0.0, -x)
    log_r = -np.logaddexp(0.0, x)
    edge = np.zeros((*x.shape[:-1], 1))
    gap = np.where(there, np.concatenate((np.full_like(steps[:, :1], -np.inf), np.diff(steps)), axis=1), np.inf)
    gap[:, 0] = np.inf
    ends = np.full((len(steps), 1), np.inf)
    between = np.concatenate((gap[:, 1:], ends, ends), axis=1)[:, : steps.shape[1]]
    between = np.concatenate((ends, between), axis=1)  # of category k: b_k+1 - b_k, infinite at both ends
    width = np.where(np.isfinite(between), a[:, None] * between, np.inf)
    above = np.concatenate((edge, log_s), axis=-1)  # log s_k of category k
    below = np.concatenate((log_r, edge), axis=-1)  # log (1 - s_k+1) of category k
    own = np.concatenate((np.ones((len(steps), 1), dtype=np.bool_), there), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):  # steps out of order have no log P: NaN tells the caller
        log_p = np.where(own, above + below + np.log(-np.expm1(-width)), -np.inf)
    s = np.concatenate((edge + 1, np.exp(log_s), edge), axis=-1)
    r = np.concatenate((edge, np.exp(log_r), edge + 1), axis=-1)
    spread = s * r
    first = np.where(own, a[:, None] * (r[..., :-1] - s[..., 1:]), 0.0)
    second = np.where(own, -(a[:, None] ** 2) * (spread[..., :-1] + spread[..., 1:]), 0.0)
    return LogTerms(log_p=log_p, first=first, second=second)


def divided(slopes: FloatArray, intercepts: FloatArray, theta: ArrayLike) -> LogTerms:
    """PCM, GPCM and nominal; slopes and intercepts (J, K), NaN-padded."""
    own = np.isfinite(slopes)
    at = np.asarray(theta, dtype=np.float64)[..., None, None]
    held = np.where(own, slopes, 0.0)
    z = np.where(own, held * at + np.where(own, intercepts, 0.0), -np.inf)
    top = z.max(axis=-1, keepdims=True)
    log_p = z - top - np.log(np.exp(z - top).sum(axis=-1, keepdims=True))
    p = np.exp(log_p)
    mean = (p * held).sum(axis=-1, keepdims=True)
    first = np.where(own, held - mean, 0.0)
    variance = (p * first * first).sum(axis=-1, keepdims=True)
    return LogTerms(log_p=log_p, first=first, second=np.where(own, -variance, 0.0))

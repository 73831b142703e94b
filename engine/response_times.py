"""Response times: the lognormal model, its estimation, residuals, and what a time limit means.

Rules:
- ln t_ij = beta_j - tau_i + e / alpha_j, e ~ N(0, 1): time intensity beta, time discrimination alpha of an item, speed
  tau of a person (van der Linden 2006). Speeds have mean 0 and standard deviation sigma.
- Marginal maximum likelihood by EM: given the items, speed is normal, so every step is exact. Missing times are masked.
- Residuals are predictive: each time against the speed shown on the *other* items (van der Linden & Guo 2008), so
  under the model they are N(0, 1) and one odd time does not hide in its own estimate.
- Times are in seconds and above 0; anything else is refused, not dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.parameters import FloatArray
from engine.responses import ResponsesError
from engine.tails import chi2

MOST_CYCLES, TOLERANCE = 5_000, 1e-10
LEAST_VARIANCE = 1e-8  # an item whose log times follow speed without any scatter has no discrimination


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeModel:
    """Time discrimination `alpha` and intensity `beta` (J,), standard deviation of speed `sigma`; read-only."""

    alpha: FloatArray
    beta: FloatArray
    sigma: float
    log_likelihood: float
    cycles: int


def fit_times(seconds: FloatArray, presented: NDArray[np.bool_]) -> TimeModel:
    """The lognormal model from seconds (N, J); `presented` masks what was not seen.

    Raises ResponsesError for a time that is not positive, an item met by fewer than two persons, times without
    scatter, or no convergence.
    """
    logs = log_times(seconds, presented)
    seen = presented.astype(np.float64)
    count = seen.sum(axis=0)
    if not seen.size or count.min() < 2:
        raise ResponsesError("every item needs response times of at least two persons")
    beta = logs.sum(axis=0) / count
    variance = np.maximum(((logs - beta) ** 2 * seen).sum(axis=0) / count, LEAST_VARIANCE)
    spread = 0.5 * float(variance.mean())
    last = -np.inf
    for cycles in range(1, MOST_CYCLES + 1):
        value, speed, doubt = _speeds(logs, seen, beta, variance, spread)
        if value - last < TOLERANCE * abs(value):
            return _model(beta, variance, spread, value, cycles)
        last = value
        beta = ((logs + speed[:, None]) * seen).sum(axis=0) / count
        gap = logs - beta + speed[:, None]
        variance = ((gap**2 + doubt[:, None]) * seen).sum(axis=0) / count
        if variance.min() < LEAST_VARIANCE:
            raise ResponsesError(f"the times of item {int(variance.argmin()) + 1} have no scatter of their own")
        spread = float((speed**2 + doubt).mean())
    raise ResponsesError(f"the response time model did not converge in {MOST_CYCLES} cycles")


def _model(beta: FloatArray, variance: FloatArray, spread: float, value: float, cycles: int) -> TimeModel:
    alpha = 1 / np.sqrt(variance)
    for array in (alpha, beta):
        array.setflags(write=False)
    return TimeModel(alpha=alpha, beta=beta, sigma=float(np.sqrt(spread)), log_likelihood=value, cycles=cycles)


def log_times(seconds: FloatArray, presented: NDArray[np.bool_]) -> FloatArray:
    """ln seconds (N, J), 0 where nothing was presented. Raises ResponsesError naming a time that is not positive."""
    if seconds.shape != presented.shape:
        raise ResponsesError(f"seconds {seconds.shape} and mask {presented.shape} differ")
    bad = presented & ~(np.isfinite(seconds) & (seconds > 0))
    if bad.any():
        person, item = np.argwhere(bad)[0] + 1
        raise ResponsesError(f"person {person}, item {item}: a response time must be above 0 seconds")
    return np.log(np.where(presented, seconds, 1.0))


def _speeds(
    logs: FloatArray, seen: FloatArray, beta: FloatArray, variance: FloatArray, spread: float
) -> tuple[float, FloatArray, FloatArray]:
    """Marginal log-likelihood, posterior mean and variance of each person's speed (N,)."""
    precision = seen @ (1 / variance)
    doubt = 1 / (1 / spread + precision)
    gap = (beta - logs) * seen
    pull = gap @ (1 / variance)
    square = (gap**2) @ (1 / variance) - doubt * pull**2
    constant = seen @ np.log(2 * np.pi * variance) + np.log(spread / doubt)
    return float(-0.5 * (square + constant).sum()), doubt * pull, doubt


def speeds(model: TimeModel, seconds: FloatArray, presented: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Posterior mean and standard deviation of each person's speed, each (N,); without times 0 and sigma."""
    logs, seen = log_times(seconds, presented), presented.astype(np.float64)
    _, speed, doubt = _speeds(logs, seen, model.beta, model.alpha**-2.0, model.sigma**2)
    return speed, np.sqrt(doubt)


def residuals(model: TimeModel, seconds: FloatArray, presented: NDArray[np.bool_]) -> FloatArray:
    """(ln t - predicted) / its standard deviation, predicted from the person's other times, (N, J); NaN if not met.

    N(0, 1) under the model: beyond -1.96 faster than the person's own speed explains.
    """
    logs, seen = log_times(seconds, presented), presented.astype(np.float64)
    weight = model.alpha**2
    precision = 1 / model.sigma**2 + (seen @ weight)[:, None] - seen * weight
    gap = (model.beta - logs) * seen
    speed = ((gap @ weight)[:, None] - gap * weight) / precision
    spread = np.sqrt(1 / weight + 1 / precision)
    return np.where(presented, (logs - (model.beta - speed)) / spread, np.nan)


def time_fit(model: TimeModel, seconds: FloatArray, presented: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Chi-square of each person's log times about his own pace and its p, each (N,); NaN below two times.

    sum alpha^2 (ln t - beta + tau)^2 at the maximum likelihood tau, df = times - 1 (Marianti et al. 2014).
    """
    logs, seen = log_times(seconds, presented), presented.astype(np.float64)
    weight = model.alpha**2
    total = seen @ weight
    gap = (model.beta - logs) * seen
    speed = np.divide(gap @ weight, total, out=np.zeros(len(total)), where=total > 0)
    statistic = ((gap - speed[:, None] * seen) ** 2) @ weight
    df = seen.sum(axis=1) - 1
    statistic = np.where(df > 0, statistic, np.nan)
    return statistic, np.asarray(chi2.sf(statistic, np.where(df > 0, df, np.nan)))


def expected_seconds(model: TimeModel, speed: ArrayLike) -> FloatArray:
    """E(t) = exp(beta - tau + 1 / (2 alpha^2)) of each item at each speed (...,), shape (..., J)."""
    return np.asarray(np.exp(model.beta - np.asarray(speed, dtype=np.float64)[..., None] + 0.5 / model.alpha**2))

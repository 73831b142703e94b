"""The response functions: probability of every category, its derivatives in theta, and what follows from them.

Rules:
- Dichotomous: P(theta) = c + (d - c) / (1 + exp(-a (theta - b))), D = 1 (Birnbaum 1968; Barton & Lord 1981).
- Graded (Samejima 1969): P_k = s(a (theta - b_k)) - s(a (theta - b_k+1)), s the logistic function.
- Partial credit (Masters 1982), generalised (Muraki 1992), nominal (Bock 1972): P_k in proportion to
  exp(slope_k theta + intercept_k).
- A model gives log P of every category and its first two derivatives in theta, nothing else. P' = P (log P)',
  P'' = P ((log P)'' + (log P)'^2), information = sum P'^2 / P: derived from them here, never typed a second time.
- Logarithms are taken before anything can underflow.

Shapes: theta (...,) against J items gives (..., J), or (..., J, K) over K categories, K the most any item has.
Beyond an item's own categories log P is -inf and everything else 0. `probability`, `paired_probability`, `slope`,
`curvature`, `log_probabilities`, `score_slopes` are of a right answer and refuse polytomous items; `category_*`,
`information`, `warm_correction` and `expected_score` take every model and any mixture of them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.categories import LogTerms, between_asymptotes, divided, graded, logistic_logs
from engine.parameters import DICHOTOMOUS, FloatArray, ParameterError, Parameters


def probability(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """P(right | theta), shape (..., J): within [c, d] and rising in theta."""
    return _right(parameters, np.asarray(theta, dtype=np.float64)[..., None])


def paired_probability(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """P(right | theta_j) of item j, shape (J,): each item at a theta of its own, theta (J,)."""
    return _right(parameters, np.asarray(theta, dtype=np.float64))


def slope(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """P' = dP / dtheta = a (d - c) s (1 - s), with s the logistic function; shape (..., J)."""
    size = np.exp(_log_slope(parameters, *_log_logistic(_right_or_wrong(parameters), theta)))
    return np.asarray(np.sign(parameters.a) * size)


def curvature(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """P'' = a (1 - 2 s) P'; shape (..., J)."""
    log_s, log_r = _log_logistic(_right_or_wrong(parameters), theta)
    size = np.exp(_log_slope(parameters, log_s, log_r))
    return np.asarray(np.abs(parameters.a) * (np.exp(log_r) - np.exp(log_s)) * size)


def log_probabilities(parameters: Parameters, theta: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """log P and log Q = log(1 - P), each (..., J), exact far into both tails."""
    return _log_outcomes(parameters, *_log_logistic(_right_or_wrong(parameters), theta))


def score_slopes(parameters: Parameters, theta: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """d log P / dtheta = P'/P and d log Q / dtheta = -P'/Q, each (..., J)."""
    log_s, log_r = _log_logistic(_right_or_wrong(parameters), theta)
    log_p, log_q = _log_outcomes(parameters, log_s, log_r)
    log_slope, sign = _log_slope(parameters, log_s, log_r), np.sign(parameters.a)
    return np.asarray(sign * np.exp(log_slope - log_p)), np.asarray(-sign * np.exp(log_slope - log_q))


def log_terms(parameters: Parameters, theta: ArrayLike) -> LogTerms:
    """log P of every category of every item and its first two derivatives in theta, each (..., J, K)."""
    if parameters.polytomous is None:
        return _dichotomous_terms(parameters, theta)
    shape = (*np.shape(theta), len(parameters), int(parameters.categories.max(initial=2)))
    terms = LogTerms(log_p=np.full(shape, -np.inf), first=np.zeros(shape), second=np.zeros(shape))
    for index, part in _by_family(parameters, theta):
        width = part.log_p.shape[-1]
        for whole, piece in ((terms.log_p, part.log_p), (terms.first, part.first), (terms.second, part.second)):
            whole[..., index, :width] = piece[..., : shape[-1]]
    return terms


def category_probabilities(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """P(category k | theta), shape (..., J, K); sums to 1 over each item's categories."""
    return np.asarray(np.exp(log_terms(parameters, theta).log_p))


def category_log_probabilities(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """log P(category k | theta), shape (..., J, K), exact far into the tails."""
    return log_terms(parameters, theta).log_p


def category_slopes(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """dP_k / dtheta, shape (..., J, K); sums to 0 over each item's categories."""
    terms = log_terms(parameters, theta)
    return np.asarray(np.exp(terms.log_p) * terms.first)


def category_curvatures(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """d2 P_k / dtheta2 = P_k ((log P_k)'' + (log P_k)'^2), shape (..., J, K)."""
    terms = log_terms(parameters, theta)
    return np.asarray(np.exp(terms.log_p) * (terms.second + terms.first**2))


def category_score_slopes(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """d log P_k / dtheta, shape (..., J, K)."""
    return log_terms(parameters, theta).first


def expected_score(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """sum_k k P_k, the score an item gives on average, shape (..., J)."""
    p = category_probabilities(parameters, theta)
    return np.asarray(p @ np.arange(p.shape[-1], dtype=np.float64))


def information(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """Fisher information of each item, sum_k P'_k^2 / P_k = P'^2 / (P Q) for 0/1 (Lord 1980), shape (..., J)."""
    if parameters.polytomous is None:
        log_s, log_r = _log_logistic(parameters, theta)
        log_p, log_q = _log_outcomes(parameters, log_s, log_r)
        return np.asarray(np.exp(2 * _log_slope(parameters, log_s, log_r) - log_p - log_q))
    return _gathered(parameters, theta, information, lambda t: (np.exp(t.log_p) * t.first**2).sum(axis=-1))


def warm_correction(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """Each item's part of J(theta) = sum_k P'_k P''_k / P_k = P' P'' / (P Q) for 0/1 (Warm 1989), shape (..., J)."""
    if parameters.polytomous is None:
        log_s, log_r = _log_logistic(parameters, theta)
        log_p, log_q = _log_outcomes(parameters, log_s, log_r)
        log_slope = _log_slope(parameters, log_s, log_r)
        bend = parameters.a * (np.exp(log_r) - np.exp(log_s))  # P'' / P'
        return np.asarray(bend * np.exp(2 * log_slope - log_p - log_q))
    return _gathered(
        parameters,
        theta,
        warm_correction,
        lambda t: (np.exp(t.log_p) * t.first * (t.second + t.first**2)).sum(axis=-1),
    )


def _right(parameters: Parameters, theta: FloatArray) -> FloatArray:
    log_s, _ = logistic_logs(_right_or_wrong(parameters).a * (theta - parameters.b))
    return np.asarray(parameters.c + (parameters.d - parameters.c) * np.exp(log_s))


def _right_or_wrong(parameters: Parameters) -> Parameters:
    if parameters.polytomous is not None:
        for place, model in enumerate(parameters.model, start=1):
            if model not in DICHOTOMOUS:
                raise ParameterError(f"item {place}: the {model} has no single probability of a right answer")
    return parameters


def _dichotomous_terms(parameters: Parameters, theta: ArrayLike) -> LogTerms:
    """Categories wrong and right, from the same pieces as `log_probabilities` and `score_slopes`."""
    log_s, log_r = _log_logistic(parameters, theta)
    log_p, log_q = _log_outcomes(parameters, log_s, log_r)
    log_slope, sign = _log_slope(parameters, log_s, log_r), np.sign(parameters.a)
    up, down = sign * np.exp(log_slope - log_p), -sign * np.exp(log_slope - log_q)
    bend = parameters.a * (np.exp(log_r) - np.exp(log_s))  # P'' / P'
    return LogTerms(
        log_p=np.stack((log_q, log_p), axis=-1),
        first=np.stack((down, up), axis=-1),
        second=np.stack((down * (bend - down), up * (bend - up)), axis=-1),
    )


def _by_family(parameters: Parameters, theta: ArrayLike) -> list[tuple[NDArray[np.intp], LogTerms]]:
    """The items of each family of models, with their terms."""
    more = parameters.polytomous
    assert more is not None
    family = np.array([0 if m in DICHOTOMOUS else 1 if m == "GRM" else 2 for m in parameters.model])
    zero, one, two = (np.flatnonzero(family == number) for number in range(3))
    found = []
    if len(zero):
        found.append((zero, _dichotomous_terms(_plain(parameters, zero), theta)))
    if len(one):
        found.append((one, graded(parameters.a[one], more.steps[one], theta)))
    if len(two):
        found.append((two, divided(more.slopes[two], more.intercepts[two], theta)))
    return found


def _plain(parameters: Parameters, index: NDArray[np.intp]) -> Parameters:
    """Dichotomous items of a mixture, as a set of their own."""
    picked = parameters.take(index)
    return Parameters(model=picked.model, a=picked.a, b=picked.b, c=picked.c, d=picked.d)


def _gathered(
    parameters: Parameters,
    theta: ArrayLike,
    of_plain: Callable[[Parameters, ArrayLike], FloatArray],
    of_terms: Callable[[LogTerms], FloatArray],
) -> FloatArray:
    """One value per item of a mixture: dichotomous items as if alone, the others from their terms."""
    found = np.zeros((*np.shape(theta), len(parameters)))
    for index, terms in _by_family(parameters, theta):
        plain = parameters.model[index[0]] in DICHOTOMOUS
        found[..., index] = of_plain(_plain(parameters, index), theta) if plain else of_terms(terms)
    return found


def _log_logistic(parameters: Parameters, theta: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """log s and log(1 - s), s the logistic function of a (theta - b)."""
    return logistic_logs(parameters.a * (np.asarray(theta, dtype=np.float64)[..., None] - parameters.b))


def _log_outcomes(parameters: Parameters, log_s: FloatArray, log_r: FloatArray) -> tuple[FloatArray, FloatArray]:
    return between_asymptotes(parameters.c, parameters.d, log_s, log_r)


def _log_slope(parameters: Parameters, log_s: FloatArray, log_r: FloatArray) -> FloatArray:
    """log |P'|."""
    return np.asarray(np.log(np.abs(parameters.a)) + np.log(parameters.d - parameters.c) + log_s + log_r)

"""Logistic regression for two or more ordered levels, by Fisher scoring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from engine.parameters import FloatArray

MOST_STEPS, TOLERANCE, MOST_HALVINGS = 60, 1e-10, 30
SEPARATED = 15.0  # a standardised coefficient beyond it means the answers are separated


class NoConvergence(ArithmeticError):
    """A regression whose likelihood has no maximum, or whose search did not find it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regression:
    """A fitted proportional-odds model: `thresholds` (K - 1,) fall with k, one coefficient per column of the design."""

    log_likelihood: float
    thresholds: FloatArray
    coefficients: FloatArray
    covariance: FloatArray


def proportional_odds(design: FloatArray, scores: NDArray[np.intp]) -> Regression:
    """Maximum likelihood of logit P(x >= k) = t_k + design coefficients by Fisher scoring, (N, p) against (N,) scores.

    Scores are 0 .. K - 1 with every level present (McCullagh 1980); K = 2 is logistic regression. `covariance` is the
    inverse expected information of (thresholds, coefficients). Raises NoConvergence.
    """
    levels = int(scores.max(initial=0)) + 1
    above = (scores[:, None] >= np.arange(1, levels)).mean(axis=0)
    if levels < 2 or above.max() >= 1 or above.min() <= 0 or np.any(np.diff(above) >= 0):
        raise NoConvergence("a score level never occurs")
    point = np.concatenate((np.log(above / (1 - above)), np.zeros(design.shape[1])))
    value, gradient, information = _likelihood(point, design, scores, levels)
    for _ in range(MOST_STEPS):
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError as error:
            raise NoConvergence("the columns of the design depend on each other") from error
        if gradient @ step < TOLERANCE:
            break
        for _ in range(MOST_HALVINGS):
            moved = _likelihood(point + step, design, scores, levels)
            if moved[0] >= value:
                break
            step = step / 2
        else:
            raise NoConvergence("the likelihood does not rise")
        point, (value, gradient, information) = point + step, moved
        if np.abs(point[levels - 1 :]).max(initial=0) > SEPARATED:
            raise NoConvergence("the answers are separated")
    else:
        raise NoConvergence("the search did not end")
    return Regression(
        log_likelihood=value,
        thresholds=point[: levels - 1],
        coefficients=point[levels - 1 :],
        covariance=np.asarray(np.linalg.inv(information), dtype=np.float64),
    )


def _likelihood(
    point: FloatArray, design: FloatArray, scores: NDArray[np.intp], levels: int
) -> tuple[float, FloatArray, FloatArray]:
    """Log-likelihood, gradient and expected information; -inf where thresholds do not fall."""
    line = design @ point[levels - 1 :]
    above = expit(point[: levels - 1] + line[:, None])
    reach = np.column_stack((np.ones(len(line)), above, np.zeros(len(line))))
    chance = reach[:, :-1] - reach[:, 1:]
    if chance.min() <= 0:
        return -np.inf, np.zeros_like(point), np.eye(len(point))
    density = np.column_stack((np.zeros(len(line)), above * (1 - above), np.zeros(len(line))))
    slopes = np.zeros((len(line), levels, len(point)))  # dP_k / d(thresholds, coefficients)
    for level in range(1, levels):
        slopes[:, level, level - 1] += density[:, level]
        slopes[:, level - 1, level - 1] -= density[:, level]
    slopes[:, :, levels - 1 :] = (density[:, :-1] - density[:, 1:])[:, :, None] * design[:, None, :]
    rows = np.arange(len(line))
    own = chance[rows, scores]
    scaled = slopes / np.sqrt(chance)[:, :, None]
    flat = scaled.reshape(-1, len(point))
    return float(np.log(own).sum()), (slopes[rows, scores] / own[:, None]).sum(axis=0), flat.T @ flat

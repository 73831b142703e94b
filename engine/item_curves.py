"""Items as curves over theta: category probabilities, expected scores and their moments, likelihoods of answers.

Rules:
- The one place where the checks meet the response functions: everything is taken from `engine.models`, nothing typed.
- Shapes: Q places on theta, J items, M score levels; a level an item does not have has probability 0.
- What was not presented adds nothing: no check reads a cell outside the mask.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.grid import normal_weights, theta_nodes
from engine.models import log_probabilities, slope
from engine.parameters import FloatArray, Parameters
from engine.responses import ResponseMatrix, ResponsesError

POPULATION_NODES, POPULATION_LIMIT = 121, 6.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """Theta of a population as `nodes` (Q,) with `weights` (Q,) that sum to 1; read-only."""

    nodes: FloatArray
    weights: FloatArray

    @classmethod
    def normal(
        cls, mean: float = 0.0, sd: float = 1.0, nodes: int = POPULATION_NODES, limit: float = POPULATION_LIMIT
    ) -> Population:
        """N(mean, sd^2) on equally spaced nodes within `limit` standard deviations of the mean."""
        if not sd > 0:
            raise ResponsesError(f"a population's standard deviation is {sd:g}; it must be above 0")
        unit = theta_nodes(limit, nodes)
        places, weights = mean + sd * unit, normal_weights(unit)
        for array in (places, weights):
            array.setflags(write=False)
        return cls(nodes=places, weights=weights)


def category_logs(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """log P(score = k | theta), shape (..., J, M); -inf for a level the item does not have."""
    right, wrong = log_probabilities(parameters, theta)
    return np.stack((wrong, right), axis=-1)


def category_probabilities(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """P(score = k | theta), shape (..., J, M), each row of levels sums to 1."""
    return np.asarray(np.exp(category_logs(parameters, theta)))


def category_slopes(parameters: Parameters, theta: ArrayLike) -> FloatArray:
    """dP(score = k | theta) / dtheta, shape (..., J, M); each row of levels sums to 0."""
    up = slope(parameters, theta)
    return np.stack((-up, up), axis=-1)


def highest_scores(parameters: Parameters) -> NDArray[np.intp]:
    """The highest score of each item, (J,)."""
    return np.ones(len(parameters), dtype=np.intp)


def expected_scores(probabilities: FloatArray) -> FloatArray:
    """E(score) from category probabilities (..., J, M), shape (..., J)."""
    return np.asarray(probabilities @ np.arange(probabilities.shape[-1], dtype=np.float64))


def central_moments(probabilities: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, variance and fourth central moment of each item's score, each (..., J)."""
    mean = expected_scores(probabilities)
    gap = np.arange(probabilities.shape[-1]) - mean[..., None]
    return mean, (gap**2 * probabilities).sum(axis=-1), (gap**4 * probabilities).sum(axis=-1)


def check_scores(parameters: Parameters, matrix: ResponseMatrix) -> None:
    """Raise ResponsesError unless the matrix has one column per item and no score above the item's highest."""
    if len(parameters) != len(matrix.items):
        raise ResponsesError(f"{len(parameters)} items have parameters, the matrix has {len(matrix.items)} columns")
    top = highest_scores(parameters)
    for column, item in enumerate(matrix.items):
        if matrix.scores[:, column].max(initial=0) > top[column]:
            raise ResponsesError(f"item {item} has scores above {top[column]}, the highest its parameters know")


def answer_logs(logs: FloatArray, matrix: ResponseMatrix) -> FloatArray:
    """log-likelihood of each person at each place: category logs (Q, J, M) against the matrix, shape (N, Q)."""
    total = np.zeros((len(matrix.persons), logs.shape[0]))
    for level in range(logs.shape[-1]):
        given = matrix.presented & (matrix.scores == level)
        used = np.flatnonzero(given.any(axis=0))
        if used.size:
            total += given[:, used].astype(np.float64) @ logs[:, used, level].T
    return total


def posterior(parameters: Parameters, matrix: ResponseMatrix, population: Population) -> FloatArray:
    """p(theta_q | answers) of each person, (N, Q), rows sum to 1; without answers the population's weights."""
    terms = answer_logs(category_logs(parameters, population.nodes), matrix) + np.log(population.weights)
    density = np.exp(terms - terms.max(axis=1, keepdims=True))
    return np.asarray(density / density.sum(axis=1, keepdims=True))


def at_each_person(parameters: Parameters, theta: FloatArray) -> FloatArray:
    """Category probabilities at each person's theta (N,), shape (N, J, M); ResponsesError for a theta that is not."""
    if not np.all(np.isfinite(theta)):
        place = int(np.flatnonzero(~np.isfinite(theta))[0]) + 1
        raise ResponsesError(f"person {place} has no finite theta")
    return category_probabilities(parameters, theta)


def spread_of(scores: FloatArray, presented: NDArray[np.bool_]) -> FloatArray:
    """Scores as floats with 0 where nothing was presented, (N, J)."""
    return np.where(presented, scores, 0.0)


_FREE = {"Rasch": 1, "1PL": 1, "2PL": 2, "3PL": 3, "4PL": 4}


def free_parameters(parameters: Parameters) -> NDArray[np.intp]:
    """How many parameters of its own each item has, (J,): the Rasch model and the 1PL one, the 2PL two, and so on."""
    return np.array([_FREE[model] for model in parameters.model], dtype=np.intp)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveSlope:
    """dP(score = k | theta) / d one parameter of each item (Q, J, M); `free` (J,) says whose parameter it is.

    `shared`: the parameter is one and the same for all these items (the slope of the 1PL).
    """

    name: str
    slopes: FloatArray
    free: NDArray[np.bool_]
    shared: bool = False


PARAMETER_STEP = 1e-5  # numeric derivatives in a parameter: error about 1e-10
_OWN = {"Rasch": "b", "1PL": "b", "2PL": "ab", "3PL": "abc", "4PL": "abcd"}


def curve_slopes(parameters: Parameters, theta: ArrayLike) -> tuple[CurveSlope, ...]:
    """Derivatives of the category probabilities in every free item parameter, by central differences of the curves."""
    found = []
    for name in "abcd":
        own = np.array([name in _OWN[model] for model in parameters.model])
        common = np.array([name == "a" and model == "1PL" for model in parameters.model])
        if not (own | common).any():
            continue
        slopes = _difference(parameters, theta, name)
        found += [CurveSlope(name=name, slopes=slopes, free=own)] if own.any() else []
        found += [CurveSlope(name=name, slopes=slopes, free=common, shared=True)] if common.any() else []
    return tuple(found)


def _difference(parameters: Parameters, theta: ArrayLike, name: str) -> FloatArray:
    """(curves a step up - curves a step down) / the distance, one-sided where the range of c or d ends."""
    value: FloatArray = getattr(parameters, name)
    low = np.where((name == "c") & (value < PARAMETER_STEP), value, value - PARAMETER_STEP)
    high = np.where((name == "d") & (value > 1 - PARAMETER_STEP), value, value + PARAMETER_STEP)
    down, up = (
        category_probabilities(replace(parameters, model=("4PL",) * len(value), **{name: moved}), theta)
        for moved in (low, high)
    )
    return np.asarray((up - down) / (high - low)[:, None])

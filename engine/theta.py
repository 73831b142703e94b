"""Ability estimates with standard errors: EAP, MAP, MLE and WLE of every person of a response matrix.

Rules:
- Prior of EAP and MAP: N(0, 1). Range of every method: [-8, 8].
- MLE maximises the log-likelihood, MAP adds the log prior, WLE solves l'(theta) + J / (2 I) = 0, J = sum P'P''/(PQ)
  (Warm 1989).
- Several maxima (3PL, 4PL): the highest one on a grid of spacing .05 is refined to 1e-10.
- Standard errors: posterior SD for EAP; else 1 / sqrt(I) at the estimate, I the expected information (MAP: I + 1).
- Where the objective still rises at the end of the range (all right, all wrong) the estimate is that end and
  `at_bound` is True.
- A person without any presented item: EAP and MAP return the prior; MLE and WLE are NaN with `at_bound` True.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise

from engine.grid import normal_weights, theta_nodes
from engine.models import information, log_probabilities, score_slopes, warm_correction
from engine.parameters import FloatArray, Parameters
from engine.responses import ResponseMatrix, ResponsesError

Method = Literal["eap", "map", "mle", "wle"]
METHODS: tuple[Method, ...] = ("eap", "map", "mle", "wle")

RANGE = 8.0
SEARCH_NODES = 321
COARSEST = 161  # EAP nodes, spacing .1
NODES_PER_SD = 1.6  # spacing of at most SD / 1.6: the sum over nodes then misses the integral by less than 1e-10
TOLERANCE = 1e-10


class Calibrated(Protocol):
    """Items with parameters: an ItemPool or a ParameterTable."""

    @property
    def items(self) -> tuple[str, ...]:
        """Item ids."""

    @property
    def parameters(self) -> Parameters:
        """Their parameters, in the same order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """Estimates of N persons: theta, standard_error (N,) and at_bound (N,) bool."""

    persons: tuple[str, ...]
    method: Method
    theta: FloatArray
    standard_error: FloatArray
    at_bound: NDArray[np.bool_]

    def as_json(self) -> dict[str, object]:
        """The document of `kriteria score --json`; a value that does not exist is null."""
        rows = zip(self.persons, self.theta.tolist(), self.standard_error.tolist(), self.at_bound.tolist(), strict=True)
        return {
            "persons": [
                {"person": p, "theta": _or_null(theta), "se": _or_null(se), "at_bound": bound}
                for p, theta, se, bound in rows
            ]
        }


def score(calibrated: Calibrated, matrix: ResponseMatrix, method: Method) -> Scores:
    """Theta of every person of the matrix.

    Raises ResponsesError for a column without parameters, a score above 1 or an unknown method.
    """
    if method not in METHODS:
        raise ResponsesError(f"method {method!r} is not one of {', '.join(METHODS)}")
    place = {item: j for j, item in enumerate(calibrated.items)}
    for column, item in enumerate(matrix.items):
        if item not in place:
            raise ResponsesError(f"item {item} has no parameters")
        if matrix.scores[:, column].max(initial=0) > 1:
            raise ResponsesError(f"item {item} has scores above 1; its parameters are those of an item scored 0 or 1")
    parameters = calibrated.parameters.take([place[item] for item in matrix.items])
    marks = np.where(matrix.presented, matrix.scores, -1).astype(np.int8)
    patterns, inverse = np.unique(marks, axis=0, return_inverse=True)
    right, wrong = (patterns == 1).astype(np.float64), (patterns == 0).astype(np.float64)
    theta, error, bound = _eap(parameters, right, wrong) if method == "eap" else _peak(parameters, right, wrong, method)
    back = inverse.reshape(-1)
    return Scores(
        persons=matrix.persons, method=method, theta=theta[back], standard_error=error[back], at_bound=bound[back]
    )


Estimate = tuple[FloatArray, FloatArray, NDArray[np.bool_]]


def _eap(parameters: Parameters, right: FloatArray, wrong: FloatArray) -> Estimate:
    """Posterior mean and SD on a grid at least as fine as the narrowest posterior these items can give."""
    steepest = float((0.25 * parameters.a**2).sum())  # information never exceeds a^2 / 4 per item
    spacing = min(2 * RANGE / (COARSEST - 1), 1 / np.sqrt(1 + steepest) / NODES_PER_SD)
    nodes = theta_nodes(RANGE, int(np.ceil(2 * RANGE / spacing)) + 1)
    log_p, log_q = log_probabilities(parameters, nodes)
    log_likelihood = right @ log_p.T + wrong @ log_q.T
    density = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True)) * normal_weights(nodes)
    density /= density.sum(axis=1, keepdims=True)
    mean = density @ nodes
    variance = ((nodes - mean[:, None]) ** 2 * density).sum(axis=1)
    return mean, np.sqrt(variance), np.zeros(len(mean), dtype=np.bool_)


def _peak(parameters: Parameters, right: FloatArray, wrong: FloatArray, method: Method) -> Estimate:
    """The highest zero of the method's derivative, refined between its neighbours on the search grid."""
    nodes = theta_nodes(RANGE, SEARCH_NODES)
    derivative = _derivative(parameters, method)
    on_grid = np.stack([derivative(np.full(len(right), node), right, wrong) for node in nodes], axis=1)
    # the objective, up to a constant: the derivative summed by trapezoids (exact enough to tell maxima apart)
    rise = (on_grid[:, 1:] + on_grid[:, :-1]) / 2 * (nodes[1] - nodes[0])
    objective = np.concatenate((np.zeros((len(right), 1)), np.cumsum(rise, axis=1)), axis=1)
    top = objective.argmax(axis=1)
    theta = nodes[top].copy()
    low, high = nodes[np.maximum(top - 1, 0)], nodes[np.minimum(top + 1, SEARCH_NODES - 1)]
    inside = (derivative(low, right, wrong) > 0) & (derivative(high, right, wrong) < 0)
    if inside.any():
        theta[inside] = _root(derivative, low[inside], high[inside], right[inside], wrong[inside])
    presented = right + wrong
    expected = (information(parameters, theta) * presented).sum(axis=1) + (method == "map")
    empty = presented.sum(axis=1) == 0
    if method != "map":
        theta[empty] = np.nan
        expected[empty] = np.nan
    error = 1 / np.sqrt(expected)
    return theta, error, (~inside & ~((method == "map") & empty))


def _derivative(parameters: Parameters, method: Method) -> Callable[[FloatArray, FloatArray, FloatArray], FloatArray]:
    """d objective / d theta at one theta (N,) per person, for rights and wrongs (N, J)."""

    def of(theta: FloatArray, right: FloatArray, wrong: FloatArray) -> FloatArray:
        up, down = score_slopes(parameters, theta)
        slope = (right * up + wrong * down).sum(axis=1)
        if method == "map":
            return np.asarray(slope - theta)
        if method == "wle":
            seen = right + wrong
            total = (information(parameters, theta) * seen).sum(axis=1)
            bend = (warm_correction(parameters, theta) * seen).sum(axis=1)
            return np.asarray(slope + np.divide(bend, 2 * total, out=np.zeros_like(bend), where=total > 0))
        return np.asarray(slope)

    return of


def _root(
    derivative: Callable[[FloatArray, FloatArray, FloatArray], FloatArray],
    low: FloatArray,
    high: FloatArray,
    right: FloatArray,
    wrong: FloatArray,
) -> FloatArray:
    def of(theta: FloatArray, row: FloatArray) -> FloatArray:
        which = row.astype(np.intp)
        return derivative(theta, right[which], wrong[which])

    rows = np.arange(len(low), dtype=np.float64)
    found = elementwise.find_root(of, (low, high), args=(rows,), tolerances={"xatol": TOLERANCE, "xrtol": 0.0})
    return np.asarray(found.x)


def _or_null(value: float) -> float | None:
    return value if np.isfinite(value) else None

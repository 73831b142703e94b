"""Ability estimates with standard errors: EAP, MAP, MLE, WLE and plausible values of every person of a response matrix.

Rules:
- Prior of EAP, MAP and plausible values: N(0, 1) unless said otherwise. Range: [-8, 8] for MLE and WLE, 8 SD around the
  prior's mean for EAP, MAP and plausible values.
- MLE maximises the log-likelihood, MAP adds the log prior, WLE solves l'(theta) + J / (2 I) = 0, J = sum P'P''/P over
  the categories (Warm 1989; polytomous: Penfield & Bergeron 2005).
- Several maxima (3PL, 4PL, nominal; WLE of steep items): the highest one on a grid is refined to 1e-10. Its spacing is
  .05, or 2 / a where a slope is above 40: no maximum is narrower.
- A grid of more than 50,000 nodes is refused: a slope above about 3,900 under N(0, 1), a prior too wide for its slopes.
- Standard errors: posterior SD for EAP; else 1 / sqrt(I) at the estimate, I the expected information (MAP: plus
  1 / prior variance).
- Where the objective still rises at the end of the range (all right, all wrong, all in an end category) the estimate is
  that end and `at_bound` is True.
- A person without any presented item: EAP and MAP return the prior; MLE and WLE are NaN with `at_bound` True.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise

from engine.grid import normal_weights, theta_nodes
from engine.item_curves import drawn
from engine.models import category_log_probabilities, category_score_slopes, information, warm_correction
from engine.parameters import NOMINAL, FloatArray, ParameterError, Parameters
from engine.responses import ResponseMatrix, ResponsesError

Method = Literal["eap", "map", "mle", "wle"]
METHODS: tuple[Method, ...] = ("eap", "map", "mle", "wle")

RANGE = 8.0
SEARCH_SPACING = 0.05
FEWEST_NODES = 41  # of a search within a narrow prior
SPACING_BY_SLOPE = 2.0  # of the search, times 1 / the steepest slope
MOST_NODES = 50_000
LARGEST_PRIOR = 1e6  # beyond it squares and differences of nodes lose their digits
BLOCK = 2**24  # numbers of a table of persons by nodes held at once
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """The normal distribution of theta before any answer: |mean| <= 1e6, deviation 1e-6 to 1e6, else ParameterError."""

    mean: float = 0.0
    deviation: float = 1.0

    def __post_init__(self) -> None:
        """Check both numbers."""
        if not (abs(self.mean) <= LARGEST_PRIOR and 1 / LARGEST_PRIOR <= self.deviation <= LARGEST_PRIOR):
            raise ParameterError(
                f"a prior N({self.mean:g}, {self.deviation:g}^2) of theta is none: needed are finite numbers, the mean "
                "within 1e6 of 0, the deviation from 1e-6 to 1e6"
            )


STANDARD = Prior()


def score(calibrated: Calibrated, matrix: ResponseMatrix, method: Method, prior: Prior = STANDARD) -> Scores:
    """Theta of every person of the matrix.

    Raises ResponsesError for a column without parameters, a score its item cannot have or an unknown method,
    ParameterError for slopes too steep for any grid.
    """
    if method not in METHODS:
        raise ResponsesError(f"method {method!r} is not one of {', '.join(METHODS)}")
    parameters, patterns, back = _patterns(calibrated, matrix)
    theta, error = np.empty((2, len(patterns)))
    bound = np.zeros(len(patterns), dtype=np.bool_)
    fine = _posterior_nodes if method == "eap" else _search_nodes
    nodes = fine(parameters, matrix.items, prior if method in ("eap", "map") else STANDARD)
    size = max(1, BLOCK // len(nodes))
    for start in range(0, len(patterns), size):
        rows = slice(start, start + size)
        if method == "eap":
            theta[rows], error[rows] = _moments(nodes, _posterior(parameters, patterns[rows], nodes))
        else:
            theta[rows], error[rows], bound[rows] = _peak(parameters, patterns[rows], method, nodes, prior)
    return Scores(
        persons=matrix.persons, method=method, theta=theta[back], standard_error=error[back], at_bound=bound[back]
    )


def plausible_values(
    calibrated: Calibrated, matrix: ResponseMatrix, draws: FloatArray, prior: Prior = STANDARD
) -> FloatArray:
    """Draws from each person's posterior (Mislevy 1991), shape of `draws` (N, M): uniform numbers in [0, 1).

    The posterior is that of EAP, its density taken as constant within the cell around each node. Raises ResponsesError
    as `score` does, and for draws that are not one row per person in [0, 1).
    """
    wanted = np.asarray(draws, dtype=np.float64)
    if wanted.ndim != 2 or len(wanted) != len(matrix.persons) or np.any((wanted < 0) | (wanted >= 1)):
        raise ResponsesError(f"draws must be numbers in [0, 1), one row for each of {len(matrix.persons)} persons")
    parameters, patterns, back = _patterns(calibrated, matrix)
    nodes = _posterior_nodes(parameters, matrix.items, prior)
    return drawn(_posterior(parameters, patterns, nodes), nodes, wanted, back)


def _patterns(calibrated: Calibrated, matrix: ResponseMatrix) -> tuple[Parameters, NDArray[np.int8], NDArray[np.intp]]:
    """The parameters of the columns, the distinct rows of scores (-1: not presented), and each person's row."""
    place = {item: j for j, item in enumerate(calibrated.items)}
    for item in matrix.items:
        if item not in place:
            raise ResponsesError(f"item {item} has no parameters")
    parameters = calibrated.parameters.take([place[item] for item in matrix.items])
    highest = matrix.scores.max(axis=0, initial=0)
    for item, most, count in zip(matrix.items, highest.tolist(), parameters.categories.tolist(), strict=True):
        if most >= count:
            kind = "0 or 1" if count == 2 else f"0 to {count - 1}"
            raise ResponsesError(
                f"item {item} has scores above {count - 1}; its parameters are those of an item scored {kind}"
            )
    marks = np.where(matrix.presented, matrix.scores, -1).astype(np.int8)
    patterns, inverse = np.unique(marks, axis=0, return_inverse=True)
    return parameters, patterns, inverse.reshape(-1)


Estimate = tuple[FloatArray, FloatArray, NDArray[np.bool_]]


def _summed(patterns: NDArray[np.int8], table: FloatArray) -> FloatArray:
    """Sum over the presented items of what the table (Q, J, K) holds for the score given, (N, Q)."""
    return np.asarray(sum((patterns == k) @ table[:, :, k].T for k in range(table.shape[2])))


def _posterior_nodes(parameters: Parameters, items: Sequence[str], prior: Prior) -> FloatArray:
    """Nodes (Q,) within 8 SD of the prior's mean, fine enough for the narrowest posterior these items can give."""
    narrowest = 1 / np.sqrt(1 / prior.deviation**2 + _most_information(parameters).sum())
    reach = RANGE * prior.deviation
    spacing = min(2 * reach / (COARSEST - 1), float(narrowest) / NODES_PER_SD)
    return _spread(prior, 2 * reach / spacing, parameters, items)


def _search_nodes(parameters: Parameters, items: Sequence[str], prior: Prior) -> FloatArray:
    """Nodes (Q,) on which the highest maximum is looked for."""
    steepest = 2 * float(np.sqrt(_most_information(parameters).max(initial=0.0)))
    spacing = min(SEARCH_SPACING, SPACING_BY_SLOPE / max(steepest, 1.0))
    return _spread(prior, max(2 * RANGE * prior.deviation / spacing, FEWEST_NODES - 1), parameters, items)


def _spread(prior: Prior, spaces: float, parameters: Parameters, items: Sequence[str]) -> FloatArray:
    """At least so many equal spaces over 8 SD to either side of the prior's mean."""
    if not spaces < MOST_NODES:
        steepest = int(_most_information(parameters).argmax())
        raise ParameterError(
            f"theta cannot be held on {MOST_NODES} nodes under N({prior.mean:g}, {prior.deviation:g}^2): the steepest "
            f"item is {items[steepest]}, a {parameters.a[steepest]:g}"
        )
    return np.asarray(prior.mean + prior.deviation * theta_nodes(RANGE, int(np.ceil(spaces - TOLERANCE)) + 1))


def _posterior(parameters: Parameters, patterns: NDArray[np.int8], nodes: FloatArray) -> FloatArray:
    """Posterior (N, Q) on nodes that lie symmetrically about the prior's mean, 8 SD to either side."""
    log_p = category_log_probabilities(parameters, nodes)
    log_likelihood = _summed(patterns, np.where(np.isfinite(log_p), log_p, 0.0))
    density = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    density *= normal_weights(theta_nodes(RANGE, len(nodes)))
    density /= density.sum(axis=1, keepdims=True)
    return np.asarray(density)


def _most_information(parameters: Parameters) -> FloatArray:
    """A bound on the information each item can give, (J,).

    a^2 / 4 (0/1), a^2 / 3 (GRM, however many categories), a quarter of the squared range of the slopes.
    """
    each = 0.25 * parameters.a**2
    if parameters.polytomous is not None:
        slopes = parameters.polytomous.slopes
        for j, model in enumerate(parameters.model):
            if model == "GRM":
                each[j] *= 4 / 3
            elif model in ("PCM", "GPCM", NOMINAL):
                each[j] = 0.25 * float(np.nanmax(slopes[j]) - np.nanmin(slopes[j])) ** 2
    return np.asarray(each)


def _moments(nodes: FloatArray, density: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Posterior mean and SD."""
    mean = density @ nodes
    variance = ((nodes - mean[:, None]) ** 2 * density).sum(axis=1)
    return mean, np.sqrt(variance)


def _peak(
    parameters: Parameters, patterns: NDArray[np.int8], method: Method, nodes: FloatArray, prior: Prior
) -> Estimate:
    """The highest zero of the method's derivative, refined between its neighbours on the search grid."""
    on_grid = _on_grid(parameters, patterns, method, nodes, prior)
    # the objective, up to a constant: the derivative summed by trapezoids (exact enough to tell maxima apart)
    rise = (on_grid[:, 1:] + on_grid[:, :-1]) / 2 * (nodes[1] - nodes[0])
    objective = np.concatenate((np.zeros((len(patterns), 1)), np.cumsum(rise, axis=1)), axis=1)
    top = objective.argmax(axis=1)
    theta = nodes[top].copy()
    left, right = np.maximum(top - 1, 0), np.minimum(top + 1, len(nodes) - 1)
    who = np.arange(len(patterns))
    inside = (on_grid[who, left] > 0) & (on_grid[who, right] < 0)
    if inside.any():
        derivative = _derivative(parameters, method, prior)
        theta[inside] = _root(derivative, nodes[left[inside]], nodes[right[inside]], patterns[inside])
    presented = patterns >= 0
    expected = (information(parameters, theta) * presented).sum(axis=1)
    expected += prior.deviation**-2 if method == "map" else 0.0
    empty = ~presented.any(axis=1)
    if method != "map":
        theta[empty] = np.nan
        expected[empty] = np.nan
    error = 1 / np.sqrt(expected)
    return theta, error, (~inside & ~((method == "map") & empty))


def _on_grid(
    parameters: Parameters, patterns: NDArray[np.int8], method: Method, nodes: FloatArray, prior: Prior
) -> FloatArray:
    """d objective / d theta of every pattern at every node, (N, Q)."""
    slope = _summed(patterns, category_score_slopes(parameters, nodes))
    if method == "map":
        return np.asarray(slope - (nodes - prior.mean) / prior.deviation**2)
    if method == "wle":
        seen = (patterns >= 0).astype(np.float64)
        slope = _weighted(slope, seen @ information(parameters, nodes).T, seen @ warm_correction(parameters, nodes).T)
    return slope


def _derivative(
    parameters: Parameters, method: Method, prior: Prior
) -> Callable[[FloatArray, NDArray[np.int8]], FloatArray]:
    """d objective / d theta at one theta (N,) per pattern (N, J)."""

    def of(theta: FloatArray, patterns: NDArray[np.int8]) -> FloatArray:
        seen = patterns >= 0
        first = category_score_slopes(parameters, theta)
        chosen = np.take_along_axis(first, np.maximum(patterns, 0)[..., None].astype(np.intp), axis=-1)[..., 0]
        slope = (chosen * seen).sum(axis=1)
        if method == "map":
            return np.asarray(slope - (theta - prior.mean) / prior.deviation**2)
        if method == "wle":
            total = (information(parameters, theta) * seen).sum(axis=1)
            return _weighted(slope, total, (warm_correction(parameters, theta) * seen).sum(axis=1))
        return np.asarray(slope)

    return of


def _weighted(slope: FloatArray, total: FloatArray, bend: FloatArray) -> FloatArray:
    """l' + J / (2 I); l' alone where there is no information."""
    return np.asarray(slope + np.divide(bend, 2 * total, out=np.zeros_like(bend), where=total > 0))


def _root(
    derivative: Callable[[FloatArray, NDArray[np.int8]], FloatArray],
    low: FloatArray,
    high: FloatArray,
    patterns: NDArray[np.int8],
) -> FloatArray:
    def of(theta: FloatArray, row: FloatArray) -> FloatArray:
        return derivative(theta, patterns[row.astype(np.intp)])

    rows = np.arange(len(low), dtype=np.float64)
    found = elementwise.find_root(of, (low, high), args=(rows,), tolerances={"xatol": TOLERANCE, "xrtol": 0.0})
    return np.asarray(found.x)


def _or_null(value: float) -> float | None:
    return value if np.isfinite(value) else None

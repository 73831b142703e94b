"""What the checks need of items: score moments, likelihoods of answers, slopes of the curves in their parameters.

Rules:
- Every probability is taken from `engine.models`, nothing is typed a second time.
- Shapes: Q places on theta, J items, K score categories; a category an item does not have has probability 0.
- What was not presented adds nothing: no check reads a cell outside the mask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.grid import normal_weights, theta_nodes
from engine.models import category_log_probabilities, category_probabilities
from engine.parameters import DICHOTOMOUS, NOMINAL, STEPPED, FloatArray, Parameters
from engine.responses import ResponseMatrix, ResponsesError

POPULATION_NODES, POPULATION_LIMIT = 121, 6.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ThetaDistribution:
    """Theta of a population as equally spaced `nodes` (Q,) with `weights` (Q,) that sum to 1; read-only."""

    nodes: FloatArray
    weights: FloatArray

    @classmethod
    def normal(
        cls, mean: float = 0.0, sd: float = 1.0, nodes: int = POPULATION_NODES, limit: float = POPULATION_LIMIT
    ) -> ThetaDistribution:
        """N(mean, sd^2) on nodes within `limit` standard deviations of the mean."""
        if not (np.isfinite(mean) and 0 < sd < np.inf):
            raise ResponsesError(
                f"a population's mean {mean:g} and SD {sd:g} must be finite, the standard deviation above 0"
            )
        unit = theta_nodes(limit, nodes)
        places, weights = mean + sd * unit, normal_weights(unit)
        for array in (places, weights):
            array.setflags(write=False)
        return cls(nodes=places, weights=weights)


def mean_scores(probabilities: FloatArray) -> FloatArray:
    """E(score) from category probabilities (..., J, K), shape (..., J)."""
    return np.asarray(probabilities @ np.arange(probabilities.shape[-1], dtype=np.float64))


def central_moments(probabilities: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, variance and fourth central moment of each item's score, each (..., J)."""
    mean = mean_scores(probabilities)
    gap = np.arange(probabilities.shape[-1]) - mean[..., None]
    return mean, (gap**2 * probabilities).sum(axis=-1), (gap**4 * probabilities).sum(axis=-1)


def check_scores(parameters: Parameters, matrix: ResponseMatrix) -> None:
    """Raise ResponsesError unless the matrix has one column per item and no score above the item's highest."""
    if len(parameters) != len(matrix.items):
        raise ResponsesError(f"{len(parameters)} items have parameters, the matrix has {len(matrix.items)} columns")
    for column, (item, levels) in enumerate(zip(matrix.items, parameters.categories, strict=True)):
        if matrix.scores[:, column].max(initial=0) >= levels:
            raise ResponsesError(f"item {item} has scores above {levels - 1}, the highest its parameters know")


def check_theta(theta: FloatArray, matrix: ResponseMatrix) -> None:
    """Raise ResponsesError unless there is one finite theta per person."""
    if theta.shape != (len(matrix.persons),):
        raise ResponsesError(f"theta {theta.shape} does not fit {len(matrix.persons)} persons")
    if not np.all(np.isfinite(theta)):
        who = matrix.persons[int(np.flatnonzero(~np.isfinite(theta))[0])]
        raise ResponsesError(f"person {who} has no finite theta")


def answer_logs(logs: FloatArray, matrix: ResponseMatrix) -> FloatArray:
    """log-likelihood of each person at each place: category logs (Q, J, K) against the matrix, shape (N, Q)."""
    total = np.zeros((len(matrix.persons), logs.shape[0]))
    for level in range(logs.shape[-1]):
        given = matrix.presented & (matrix.scores == level)
        used = np.flatnonzero(given.any(axis=0))
        if used.size:
            total += given[:, used].astype(np.float64) @ logs[:, used, level].T
    return total


def posterior(parameters: Parameters, matrix: ResponseMatrix, population: ThetaDistribution) -> FloatArray:
    """p(theta_q | answers) of each person, (N, Q), rows sum to 1; without answers the population's weights."""
    terms = answer_logs(category_log_probabilities(parameters, population.nodes), matrix)
    terms += np.log(population.weights)
    density = np.exp(terms - terms.max(axis=1, keepdims=True))
    return np.asarray(density / density.sum(axis=1, keepdims=True))


def drawn(
    density: FloatArray, nodes: FloatArray, draws: FloatArray, rows: NDArray[np.intp] | None = None
) -> FloatArray:
    """Theta at which each density (N, Q) over equally spaced nodes reaches its draws (N, M) in [0, 1), shape (N, M).

    The density is taken as constant within the cell around each node. `rows` says which density each row of draws is
    from, by default the one in its place.
    """
    step = nodes[1] - nodes[0]
    edges = np.append(nodes - step / 2, nodes[-1] + step / 2)
    reached = np.concatenate((np.zeros((len(density), 1)), np.cumsum(density, axis=1)), axis=1)
    reached /= reached[:, -1:]
    places = np.arange(len(density)) if rows is None else rows
    found = np.empty(np.shape(draws))
    for row, place in enumerate(places):
        found[row] = np.interp(draws[row], reached[place], edges)
    return found


def free_parameters(parameters: Parameters) -> NDArray[np.intp]:
    """How many parameters of its own each item has, (J,); the common slope of the 1PL belongs to none."""
    kinds = [kind for kind in _KINDS if kind != "a"]
    own = sum(_own(parameters, kind, place) for kind in kinds for place in range(_places(parameters, kind)))
    slopes = _own(parameters, "a", 0) & np.array([model != "1PL" for model in parameters.model])
    return np.asarray(own + slopes, dtype=np.intp)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveSlope:
    """dP(score = k | theta) / d one parameter of each item (Q, J, K); `free` (J,) says which items have it.

    `shared`: the parameter is one and the same for all these items (the slope of the 1PL).
    """

    slopes: FloatArray
    free: NDArray[np.bool_]
    shared: bool


PARAMETER_STEP = 1e-5  # numeric derivatives in a parameter: error about 1e-10
_KINDS = ("a", "b", "c", "d", "steps", "slopes", "intercepts")
_MODEL_KINDS: Mapping[str, tuple[str, ...]] = {
    "Rasch": ("b",),
    "1PL": ("a", "b"),
    "2PL": ("a", "b"),
    "3PL": ("a", "b", "c"),
    "4PL": ("a", "b", "c", "d"),
    "GRM": ("a", "steps"),
    "GPCM": ("a", "steps"),
    "PCM": ("steps",),
    NOMINAL: ("slopes", "intercepts"),
}


def curve_slopes(parameters: Parameters, theta: ArrayLike) -> tuple[CurveSlope, ...]:
    """Derivatives of the category probabilities in every free item parameter, by central differences of the curves."""
    found = []
    one_slope = np.array([model == "1PL" for model in parameters.model])
    for kind in _KINDS:
        for place in range(_places(parameters, kind)):
            own = _own(parameters, kind, place)
            for free, shared in (
                ((own & one_slope, True), (own & ~one_slope, False)) if kind == "a" else ((own, False),)
            ):
                if free.any():
                    slopes = _difference(parameters, theta, kind, place, free)
                    found.append(CurveSlope(slopes=slopes, free=free, shared=shared))
    return tuple(found)


def rebuilt(parameters: Parameters, values: Mapping[str, FloatArray]) -> Parameters:
    """The same items with other values of a, b, c, d (J,), steps (J, S), slopes and intercepts (J, K).

    Models that fix a value give way to the one that frees it: Rasch .. 3PL become the 4PL, PCM the GPCM.
    """
    freer = {**dict.fromkeys(DICHOTOMOUS, "4PL"), "PCM": "GPCM"}
    more = parameters.polytomous
    rows: dict[str, list[list[float] | None] | None] = {"steps": None, "slopes": None, "intercepts": None}
    if more is not None:
        kinds = {"steps": (STEPPED, more.steps, 1), "slopes": ((NOMINAL,), more.slopes, 0)}
        kinds["intercepts"] = ((NOMINAL,), more.intercepts, 0)
        for kind, (models, old, fewer) in kinds.items():
            held = values.get(kind, old)
            rows[kind] = [
                held[j, : levels - fewer].tolist() if model in models else None
                for j, (model, levels) in enumerate(zip(parameters.model, parameters.categories, strict=True))
            ]
    return Parameters.of(
        model=[freer.get(model, model) for model in parameters.model],
        **{name: values.get(name, getattr(parameters, name)) for name in "abcd"},
        steps=rows["steps"],
        slopes=rows["slopes"],
        intercepts=rows["intercepts"],
        signed=True,
    )


def values_of(parameters: Parameters, kind: str) -> FloatArray:
    """All values of one kind of parameter: (J,) for a, b, c, d, else (J, places) with NaN where there is none."""
    if kind in "abcd":
        return np.asarray(getattr(parameters, kind))
    assert parameters.polytomous is not None
    return np.asarray(getattr(parameters.polytomous, kind))


def _places(parameters: Parameters, kind: str) -> int:
    """How many parameters of this kind an item can have."""
    if kind in "abcd":
        return 1
    return 0 if parameters.polytomous is None else values_of(parameters, kind).shape[1]


def _own(parameters: Parameters, kind: str, place: int) -> NDArray[np.bool_]:
    """Which items have this parameter free; the first slope and intercept of a nominal item set its scale."""
    has = np.array([kind in _MODEL_KINDS[model] for model in parameters.model])
    if kind == "steps":
        return np.asarray(has & (place < parameters.categories - 1))
    if kind in ("slopes", "intercepts"):
        return np.asarray(has & (place > 0) & (place < parameters.categories))
    return has


def _difference(parameters: Parameters, theta: ArrayLike, kind: str, place: int, free: NDArray[np.bool_]) -> FloatArray:
    """(curves a step up - curves a step down) / the distance, one-sided where the range of c or d ends."""
    value = values_of(parameters, kind)
    moving = free if value.ndim == 1 else free[:, None] & (np.arange(value.shape[1]) == place)
    low = np.where(moving & ~((kind == "c") & (value < PARAMETER_STEP)), value - PARAMETER_STEP, value)
    high = np.where(moving & ~((kind == "d") & (value > 1 - PARAMETER_STEP)), value + PARAMETER_STEP, value)
    down, up = (category_probabilities(rebuilt(parameters, {kind: moved}), theta) for moved in (low, high))
    distance = (high - low) if value.ndim == 1 else (high - low)[:, place]
    return np.asarray((up - down) / np.where(free, distance, 1.0)[:, None])

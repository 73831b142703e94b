"""Bringing two calibrations to one scale: theta_to = A theta_from + B from the items both hold.

Rules:
- mean_mean: A = mean(a_from) / mean(a_to) (Loyd & Hoover 1980); mean_sigma: A = sd(b_to) / sd(b_from) (Marco 1977);
  both with B = mean(b_to) - A mean(b_from). All steps of a polytomous item count as difficulties; nominal items have
  none and are refused by these two.
- haebara (1980): A, B minimise the squared distances of all category curves; stocking_lord (1983): of the expected
  total score. Weighted over theta by `population`, on the target scale; with `symmetric` also the other way round.
- An all-Rasch (or PCM) link has A = 1 unless A is asked to be free.
- Standard errors: the delta method from the parameters' covariances, the spread over given draws of them, or a
  jackknife over the anchors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from engine.item_curves import ThetaDistribution, mean_scores, rebuilt
from engine.models import category_probabilities
from engine.parameters import DICHOTOMOUS, NOMINAL, FloatArray, Parameters

Method = Literal["mean_mean", "mean_sigma", "haebara", "stocking_lord"]
METHODS: tuple[Method, ...] = ("mean_mean", "mean_sigma", "haebara", "stocking_lord")
SLOPE_ONE = ("Rasch", "PCM")
PARAMETER_STEP = 1e-4
LEAST_SPREAD = 1e-6


class LinkingError(ValueError):
    """Two calibrations that cannot be brought to one scale; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """theta_to = A theta_from + B; `errors` are the standard errors of A and B or None, `items` how many anchored."""

    method: Method
    slope: float
    shift: float
    items: int
    errors: tuple[float, float] | None = None

    def theta(self, theta: FloatArray) -> FloatArray:
        """Theta of the source scale on the target scale."""
        return np.asarray(self.slope * theta + self.shift)

    def parameters(self, parameters: Parameters) -> Parameters:
        """Items of the source scale on the target scale: a / A, A b + B; asymptotes stay."""
        return rescaled(parameters, self.slope, self.shift)

    def as_json(self) -> dict[str, object]:
        """The part of `kriteria link --json` about the constants."""
        errors = None if self.errors is None else {"A": self.errors[0], "B": self.errors[1]}
        return {"method": self.method, "A": self.slope, "B": self.shift, "se": errors, "anchors": self.items}


def rescaled(parameters: Parameters, slope: float, shift: float) -> Parameters:
    """The same curves on the scale slope * theta + shift; models that fix a slope give way to freer ones."""
    if not (np.isfinite(slope) and np.isfinite(shift) and slope > 0):
        raise LinkingError(f"A is {slope:g} and B is {shift:g}; A must be above 0 and both finite")
    values = {"a": parameters.a / slope, "b": slope * parameters.b + shift}
    nominal = np.array([model == NOMINAL for model in parameters.model])
    values["a"], values["b"] = np.where(nominal, 1.0, values["a"]), np.where(nominal, 0.0, values["b"])
    if parameters.polytomous is not None:
        more = parameters.polytomous
        values["steps"] = slope * more.steps + shift
        values["slopes"] = more.slopes / slope
        values["intercepts"] = more.intercepts - values["slopes"] * shift
    return _named(parameters, rebuilt(parameters, values), slope)


def _named(old: Parameters, new: Parameters, slope: float) -> Parameters:
    """Give the freer models their narrowest name back: a Rasch item stays one only where A is 1."""
    wider = {} if slope == 1 else {"Rasch": "1PL", "PCM": "GPCM"}
    names = tuple(wider.get(model, model) for model in old.model)
    return Parameters(model=names, a=new.a, b=new.b, c=new.c, d=new.d, polytomous=new.polytomous)


def link(
    source: Parameters,
    target: Parameters,
    method: Method = "stocking_lord",
    population: ThetaDistribution | None = None,
    symmetric: bool = True,
    free_slope: bool | None = None,
) -> Link:
    """The constants that bring `source` to the scale of `target`, both the anchor items in the same order.

    `free_slope` None frees A unless every item is Rasch or PCM. Raises LinkingError for an unknown method, different
    items, too few of them, difficulties without spread (mean_sigma), or a search that does not converge.
    """
    _check(source, target, method)
    if free_slope is None:
        free_slope = not all(model in SLOPE_ONE for model in (*source.model, *target.model))
    slope, shift = _moments(source, target, "mean_mean" if method != "mean_sigma" else method, free_slope)
    if method in ("haebara", "stocking_lord"):
        population = ThetaDistribution.normal() if population is None else population
        slope, shift = _curves(source, target, method, population, symmetric, free_slope, (slope, shift))
    return Link(method=method, slope=slope, shift=shift, items=len(source))


def _check(source: Parameters, target: Parameters, method: str) -> None:
    if method not in METHODS:
        raise LinkingError(f"method {method!r} is not one of {', '.join(METHODS)}")
    if len(source) != len(target) or not len(source):
        raise LinkingError(f"{len(source)} and {len(target)} anchor items; needed are the same, at least one")
    if np.any(source.categories != target.categories):
        place = int(np.flatnonzero(source.categories != target.categories)[0]) + 1
        raise LinkingError(f"anchor item {place} has another number of score levels in the two calibrations")
    if NOMINAL in source.model and method not in ("haebara", "stocking_lord"):
        raise LinkingError(f"{method} needs difficulties; nominal items are linked by haebara or stocking_lord")


def difficulties(parameters: Parameters) -> FloatArray:
    """b of the dichotomous and all steps of the stepped items, item after item; nominal items have none."""
    return np.array([step for item in range(len(parameters)) for step in parameters.steps_of(item)])


def _moments(source: Parameters, target: Parameters, method: str, free_slope: bool) -> tuple[float, float]:
    old, new = difficulties(source), difficulties(target)
    if not old.size:  # nominal items only: a start for the search
        return 1.0, 0.0
    slope = 1.0
    if free_slope and method == "mean_mean":
        slope = float(source.a.mean() / target.a.mean())
    elif free_slope:
        if old.size < 2 or old.std() < LEAST_SPREAD or new.std() < LEAST_SPREAD:
            raise LinkingError("mean_sigma needs difficulties that differ")
        slope = float(new.std() / old.std())
    return slope, float(new.mean() - slope * old.mean())


def _curves(
    source: Parameters,
    target: Parameters,
    method: str,
    population: ThetaDistribution,
    symmetric: bool,
    free_slope: bool,
    start: tuple[float, float],
) -> tuple[float, float]:
    """Minimise the weighted squared distance of the curves over (log A, B) by Levenberg and Marquardt."""
    nodes, root = population.nodes, np.sqrt(population.weights)

    def shape(parameters: Parameters, theta: FloatArray) -> FloatArray:
        chances = category_probabilities(parameters, theta)
        if method == "haebara":
            return np.asarray(chances[..., 1:].reshape(len(theta), -1))
        return np.asarray(mean_scores(chances).sum(axis=1, keepdims=True))

    fixed_target, fixed_source = shape(target, nodes), shape(source, nodes)

    def distance(point: FloatArray) -> FloatArray:
        slope, shift = (np.exp(point[0]), point[1]) if free_slope else (1.0, point[0])
        gaps = [fixed_target - shape(source, (nodes - shift) / slope)]
        if symmetric:
            gaps.append(fixed_source - shape(target, slope * nodes + shift))
        return np.concatenate([(root[:, None] * gap).ravel() for gap in gaps])

    first = [np.log(start[0]), start[1]] if free_slope else [start[1]]
    found = least_squares(distance, first, method="lm", xtol=1e-12, ftol=1e-15, gtol=1e-15)
    if not found.success:
        raise LinkingError(f"{method} did not converge: {found.message}")
    slope, shift = (float(np.exp(found.x[0])), float(found.x[1])) if free_slope else (1.0, float(found.x[0]))
    return slope, shift


def delta_errors(
    source: Parameters,
    target: Parameters,
    source_covariance: FloatArray,
    target_covariance: FloatArray,
    method: Method = "stocking_lord",
    population: ThetaDistribution | None = None,
) -> Link:
    """The link with standard errors of A and B by the delta method (Ogasawara 2000, 2001), dichotomous anchors.

    Covariances (J, P, P) of each item's (a, b), or (a, b, c) with P = 3; items are taken as independent of each other,
    which leaves out the small covariances between items of one calibration.
    """
    names = "abc"[: source_covariance.shape[-1]]
    for form, covariance in ((source, source_covariance), (target, target_covariance)):
        if any(model not in DICHOTOMOUS for model in form.model):
            raise LinkingError("the delta method is for items scored 0 and 1; give draws instead")
        if covariance.shape != (len(source), len(names), len(names)):
            raise LinkingError(f"covariances {covariance.shape} do not fit {len(source)} items")
    found = link(source, target, method, population)
    spread = np.zeros((2, 2))
    for item in range(len(source)):
        for side, covariance in ((0, source_covariance[item]), (1, target_covariance[item])):
            slopes = np.stack(
                [_constant_slope((source, target), side, item, name, method, population) for name in names]
            )
            spread += slopes.T @ covariance @ slopes
    errors = (float(np.sqrt(spread[0, 0])), float(np.sqrt(spread[1, 1])))
    return Link(method=method, slope=found.slope, shift=found.shift, items=found.items, errors=errors)


def _constant_slope(
    sides: tuple[Parameters, Parameters],
    side: int,
    item: int,
    name: str,
    method: Method,
    population: ThetaDistribution | None,
) -> FloatArray:
    """d(A, B) / d one parameter, by central differences (one-sided at c = 0)."""
    value: FloatArray = getattr(sides[side], name)
    results, places = [], []
    for step in (-PARAMETER_STEP, PARAMETER_STEP):
        moved = value.copy()
        moved[item] = max(moved[item] + step, 0.0) if name == "c" else moved[item] + step
        pair = [rebuilt(each, {name: moved}) if number == side else each for number, each in enumerate(sides)]
        found = link(pair[0], pair[1], method, population, free_slope=_free(sides))
        results.append((found.slope, found.shift))
        places.append(moved[item])
    return np.asarray((np.array(results[1]) - np.array(results[0])) / (places[1] - places[0]))


def _free(sides: tuple[Parameters, Parameters]) -> bool:
    return not all(model in SLOPE_ONE for side in sides for model in side.model)


def draw_errors(
    source: Parameters,
    target: Parameters,
    draws: Iterable[tuple[Parameters, Parameters]],
    method: Method = "stocking_lord",
    population: ThetaDistribution | None = None,
) -> Link:
    """The link with standard errors of A and B as their spread over draws of (source, target), at least two."""
    constants = [link(*pair, method, population) for pair in draws]
    if len(constants) < 2:
        raise LinkingError(f"{len(constants)} draws; a standard error needs at least two")
    found = link(source, target, method, population)
    table = np.array([(each.slope, each.shift) for each in constants])
    errors = tuple(table.std(axis=0, ddof=1).tolist())
    return Link(method=method, slope=found.slope, shift=found.shift, items=found.items, errors=(errors[0], errors[1]))


def jackknife_errors(
    source: Parameters,
    target: Parameters,
    method: Method = "stocking_lord",
    population: ThetaDistribution | None = None,
) -> Link:
    """The link with errors of A and B from leaving out one anchor at a time: how much the choice of anchors matters.

    Another question than the delta method's: anchors as a sample of items, parameters as exact (Michaelides & Haertel
    2014). Raises LinkingError for fewer than three anchors.
    """
    found = link(source, target, method, population)
    count = len(source)
    if count < 3:
        raise LinkingError(f"{count} anchors; a jackknife needs at least three")
    table = np.empty((count, 2))
    for item in range(count):
        rest = np.delete(np.arange(count), item)
        one = link(source.take(rest), target.take(rest), method, population)
        table[item] = one.slope, one.shift
    errors = np.sqrt((count - 1) * table.var(axis=0)).tolist()
    return Link(method=method, slope=found.slope, shift=found.shift, items=count, errors=(errors[0], errors[1]))


def common_items(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of the items both calibrations hold, in the order of the first; LinkingError when none."""
    where = {item: place for place, item in enumerate(second)}
    both = [place for place, item in enumerate(first) if item in where]
    if not both:
        raise LinkingError("the two calibrations have no item in common")
    return np.array(both, dtype=np.intp), np.array([where[first[place]] for place in both], dtype=np.intp)

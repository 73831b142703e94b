"""Does an item follow its curve: S-X2, grouped chi-square and G2, PV-Q1, infit and outfit.

Rules:
- S-X2 (Orlando & Thissen 2000; more score levels: Kang & Chen 2008) compares within groups of equal total score and
  is the test of choice for a form that everybody answered; it needs complete answers.
- X2 and G2 (Yen 1981; McKinley & Mills 1985) compare within groups of estimated theta. The estimate's error goes into
  the statistic: on a test of few items both reject far too often, read them from about 20 items a person.
- PV-Q1 (Chalmers & Ng 2017) is X2 over plausible values, averaged over draws; it allows answers missing by design.
  Its p from simulated answers, PV-Q1*, is in `engine.parametric_bootstrap`.
- Infit and outfit (Wright & Masters 1982) are mean squares of residuals at a given theta, 1 when the model holds.
- A statistic without degrees of freedom has p NaN in the array and null in JSON; nothing else is ever NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.item_curves import (
    ThetaDistribution,
    central_moments,
    check_scores,
    check_theta,
    drawn,
    free_parameters,
    posterior,
)
from engine.models import category_probabilities
from engine.parameters import FloatArray, Parameters
from engine.responses import ResponseMatrix, ResponsesError
from engine.summed_scores import rest_score_distributions, summed_score_distribution
from engine.tails import chi2

LEAST_EXPECTED = 1.0  # S-X2: cells expected to hold fewer persons are merged (Orlando & Thissen 2000)
LEAST_EXPECTED_IN_BIN = 2.0  # the same for groups of theta
BINS = 10
WIDEST_SPREAD = np.sqrt(2.0)  # q of the cube-root transformation loses its meaning above it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChiSquares:
    """One chi-square test per item: `statistic`, `df`, `p`, `rmsea`, each (J,); p and rmsea NaN where df is 0."""

    items: tuple[str, ...]
    statistic: FloatArray
    df: NDArray[np.intp]
    p: FloatArray
    rmsea: FloatArray

    def as_json(self) -> list[dict[str, object]]:
        """One object per item; what does not exist is null."""
        rows = zip(self.items, self.statistic, self.df, self.p, self.rmsea, strict=True)
        return [
            {"item": item, "statistic": _or_null(value), "df": int(df), "p": _or_null(p), "rmsea": _or_null(error)}
            for item, value, df, p, error in rows
        ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeanSquares:
    """Infit and outfit with their standardised forms, each one value per item or per person; NaN without answers."""

    outfit: FloatArray
    outfit_z: FloatArray
    infit: FloatArray
    infit_z: FloatArray


def s_x2(
    parameters: Parameters,
    matrix: ResponseMatrix,
    population: ThetaDistribution | None = None,
    free: Sequence[int] | None = None,
    least_expected: float = LEAST_EXPECTED,
) -> ChiSquares:
    """S-X2 of every item: sum over score groups s and levels k of (O - E)^2 / E.

    E_sk = N_s P(x_i = k | sum = s) under the model, by the summed-score recursion. Sums 0 and S are left out; score
    groups that make a level impossible go to the nearest group that allows all. Cells with E < `least_expected` are
    merged: within a score group the sparsest level joins its smaller neighbour while more than two cells are left;
    a group that still holds a sparse cell joins the neighbour with fewer persons, each cell to the one that holds
    its highest level (the rule R's mirt follows, found from its results). df = free cells minus `free` (default: the
    item's own parameters). Raises ResponsesError when an answer is missing.
    """
    check_scores(parameters, matrix)
    if not matrix.presented.all():
        raise ResponsesError("S-X2 compares persons of equal total score: everybody must have met every item")
    population = ThetaDistribution.normal() if population is None else population
    probabilities = category_probabilities(parameters, population.nodes)
    top = parameters.categories - 1
    best = int(top.sum())
    totals = matrix.scores.sum(axis=1, dtype=np.intp)
    persons = np.bincount(totals, minlength=best + 1)[: best + 1].astype(np.float64)
    of_sum = population.weights @ summed_score_distribution(probabilities)
    rest = rest_score_distributions(probabilities)
    own = free_parameters(parameters) if free is None else np.asarray(free, dtype=np.intp)
    statistic, df = np.zeros(len(top)), np.zeros(len(top), dtype=np.intp)
    for item, levels in enumerate(top + 1):
        observed, expected = np.zeros((best + 1, levels)), np.zeros((best + 1, levels))
        np.add.at(observed, (totals, matrix.scores[:, item].astype(np.intp)), 1.0)
        for level in range(levels):
            joint = (population.weights * probabilities[:, item, level]) @ rest[item]
            expected[level:, level] = (joint[: best + 1 - level] / of_sum[level : best + 1]) * persons[level:]
        statistic[item], df[item] = _pearson(*_merge(observed[1:-1], expected[1:-1], least_expected), int(own[item]))
    return _tests(matrix.items, statistic, df, len(matrix.persons))


def _merge(observed: FloatArray, expected: FloatArray, least: float) -> tuple[FloatArray, FloatArray]:
    """Merge sparse cells; a level that was merged into a higher one is NaN in both tables."""
    groups, levels = observed.shape
    outside = levels - 2  # this many groups at either end make a level impossible
    tables = [observed.copy(), expected.copy()]
    if outside and groups > 2 * outside:
        for table in tables:
            table[outside] += table[:outside].sum(axis=0)
            table[-outside - 1] += table[-outside:].sum(axis=0)
        tables = [table[outside:-outside] for table in tables]
    elif outside:
        tables = [table.sum(axis=0, keepdims=True) for table in tables]
    for row in range(len(tables[0])):
        _merge_levels(tables[0][row], tables[1][row], least)
    return _merge_groups(tables[0], tables[1], least)


def _merge_levels(observed: FloatArray, expected: FloatArray, least: float) -> None:
    """Within one score group, in place: the sparsest cell joins its smaller neighbour while more than two are left.

    A cell stands in the column of its highest level, the columns of its other levels are NaN.
    """
    while (cells := np.flatnonzero(~np.isnan(expected))).size > 2 and np.nanmin(expected) < least:
        place = int(expected[cells].argmin())
        beside = [near for near in (place - 1, place + 1) if 0 <= near < cells.size]
        other = min(beside, key=lambda near: float(expected[cells[near]]))
        low, high = cells[min(place, other)], cells[max(place, other)]
        for row in (observed, expected):
            row[high] += row[low]
            row[low] = np.nan


def _merge_groups(observed: FloatArray, expected: FloatArray, least: float) -> tuple[FloatArray, FloatArray]:
    """While a cell is sparse, its score group joins the neighbour with fewer persons, cell by cell."""
    while len(expected) > 1:
        sparse = np.flatnonzero((np.nan_to_num(expected, nan=np.inf) < least).any(axis=1))
        if not sparse.size:
            break
        place = int(sparse[0])
        if place in (0, len(expected) - 1):
            into = 1 if place == 0 else place - 1
        else:
            below, above = np.nansum(observed[place - 1]), np.nansum(observed[place + 1])
            into = place - 1 if below <= above else place + 1
        there, mine = (np.flatnonzero(~np.isnan(expected[group])) for group in (into, place))
        target = there[np.searchsorted(there, mine)]  # the neighbour's cell that holds the highest level of each
        observed, expected = observed.copy(), expected.copy()
        for table in (observed, expected):
            np.add.at(table[into], target, table[place, mine])
        observed, expected = np.delete(observed, place, axis=0), np.delete(expected, place, axis=0)
    return observed, expected


def _pearson(observed: FloatArray, expected: FloatArray, free: int) -> tuple[float, int]:
    held = np.nan_to_num(expected) > 0
    cells = int(np.isfinite(expected).sum())
    statistic = ((observed[held] - expected[held]) ** 2 / expected[held]).sum()
    return float(statistic), max(cells - len(expected) - free, 0)


def grouped_chi_square(
    parameters: Parameters, matrix: ResponseMatrix, theta: FloatArray, bins: int = BINS, likelihood_ratio: bool = False
) -> ChiSquares:
    """Pearson's X2, or G2 with `likelihood_ratio`, over groups of persons with neighbouring theta (N,).

    Persons in the order of theta are cut into `bins` groups of equal size (what is left over goes to the two ends);
    the curve is taken at the group's mean theta. Levels with fewer than 2 expected persons are merged. df = free
    cells minus the item's parameters.
    """
    check_scores(parameters, matrix)
    check_theta(theta, matrix)
    return _grouped(parameters, matrix, theta, bins, likelihood_ratio)


def pv_q1(
    parameters: Parameters,
    matrix: ResponseMatrix,
    draws: FloatArray,
    population: ThetaDistribution | None = None,
    bins: int = BINS,
) -> ChiSquares:
    """PV-Q1: X2 at plausible values of theta, averaged over draws (Chalmers & Ng 2017).

    `draws` (D, N) are uniform on (0, 1) and choose each person's plausible value by the inverse of his posterior,
    linear within a node's cell. Statistic and df are means over the draws, df rounded down.
    """
    check_scores(parameters, matrix)
    if draws.ndim != 2 or draws.shape[1] != len(matrix.persons):
        raise ResponsesError(f"draws {draws.shape} do not fit {len(matrix.persons)} persons")
    population = ThetaDistribution.normal() if population is None else population
    values = drawn(posterior(parameters, matrix, population), population.nodes, draws.T).T
    found = [_grouped(parameters, matrix, value, bins, likelihood_ratio=False) for value in values]
    statistic = np.mean([each.statistic for each in found], axis=0)
    df = np.floor(np.mean([each.df for each in found], axis=0)).astype(np.intp)
    return _tests(matrix.items, statistic, df, len(matrix.persons))


def _grouped(
    parameters: Parameters, matrix: ResponseMatrix, theta: FloatArray, bins: int, likelihood_ratio: bool
) -> ChiSquares:
    if bins < 2 or len(theta) < bins:
        raise ResponsesError(f"{len(theta)} persons do not make {bins} groups")
    size, left = divmod(len(theta), bins)
    group = np.empty(len(theta), dtype=np.intp)
    group[np.argsort(theta, kind="stable")] = np.clip((np.arange(len(theta)) - left // 2) // size, 0, bins - 1)
    member = group == np.arange(bins)[:, None]
    seen = member.astype(np.float64) @ matrix.presented
    place = np.divide((member * theta) @ matrix.presented, seen, out=np.zeros_like(seen), where=seen > 0)
    probabilities = np.stack(
        [category_probabilities(parameters.take([j]), place[:, j])[:, 0] for j in range(len(matrix.items))], axis=1
    )
    top, own = parameters.categories - 1, free_parameters(parameters)
    statistic, df = np.zeros(len(top)), np.zeros(len(top), dtype=np.intp)
    for item, levels in enumerate(top + 1):
        given = np.stack([matrix.presented[:, item] & (matrix.scores[:, item] == k) for k in range(levels)], axis=1)
        observed = member.astype(np.float64) @ given
        for row in range(bins):
            if seen[row, item] > 1:
                counts = _no_sparse_level(observed[row], seen[row, item] * probabilities[row, item, :levels])
                statistic[item] += _distance(*counts, likelihood_ratio)
                df[item] += len(counts[0]) - 1
    return _tests(matrix.items, statistic, np.maximum(df - own, 0), len(matrix.persons))


def _no_sparse_level(observed: FloatArray, expected: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Merge levels from the sparsest until every one is expected to hold 2 persons or one level is left."""
    while len(expected) > 1 and expected.min() < LEAST_EXPECTED_IN_BIN:
        place = int(expected.argmin())
        into = place - 1 if place else 1
        for row in (observed, expected):
            row[into] += row[place]
        observed, expected = np.delete(observed, place), np.delete(expected, place)
    return observed, expected


def _distance(observed: FloatArray, expected: FloatArray, likelihood_ratio: bool) -> float:
    if not likelihood_ratio:
        return float(((observed - expected) ** 2 / expected).sum()) if len(observed) > 1 else 0.0
    some = observed > 0
    return float(2 * (observed[some] * np.log(observed[some] / expected[some])).sum()) if len(observed) > 1 else 0.0


def mean_squares(parameters: Parameters, matrix: ResponseMatrix, theta: FloatArray, axis: int = 0) -> MeanSquares:
    """Outfit mean((x - E)^2 / V) and infit sum((x - E)^2) / sum(V) at theta (N,), per item (axis 0) or person (axis 1).

    The standardised forms use the cube-root transformation with the fourth moment of the score (Wright & Masters
    1982, p. 100).
    """
    check_scores(parameters, matrix)
    check_theta(theta, matrix)
    mean, variance, fourth = central_moments(category_probabilities(parameters, theta))
    seen = matrix.presented.astype(np.float64)
    squared = (matrix.scores - mean) ** 2 * seen
    count, spread = seen.sum(axis=axis), (variance * seen).sum(axis=axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        outfit, infit = (squared / variance).sum(axis=axis) / count, squared.sum(axis=axis) / spread
        of_outfit = np.sqrt((fourth / variance**2 * seen).sum(axis=axis) / count**2 - 1 / count)
        of_infit = np.sqrt(((fourth - variance**2) * seen).sum(axis=axis) / spread**2)
        return MeanSquares(
            outfit=outfit, outfit_z=_cube_root(outfit, of_outfit), infit=infit, infit_z=_cube_root(infit, of_infit)
        )


def _cube_root(mean_square: FloatArray, spread: FloatArray) -> FloatArray:
    q = np.minimum(spread, WIDEST_SPREAD)
    return np.asarray((np.cbrt(mean_square) - 1) * (3 / q) + q / 3)


def _tests(items: tuple[str, ...], statistic: FloatArray, df: NDArray[np.intp], persons: int) -> ChiSquares:
    free = np.where(df > 0, df, np.nan)
    excess = np.maximum(statistic - df, 0)
    return ChiSquares(
        items=items,
        statistic=statistic,
        df=df,
        p=np.asarray(chi2.sf(statistic, free)),
        rmsea=np.sqrt(excess / (free * (persons - 1))),
    )


def _or_null(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

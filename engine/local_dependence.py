"""Do answers depend on each other beyond theta: Q3 and LD-X2 for pairs of items.

Rules:
- Q3 (Yen 1984) correlates residuals at the estimated theta over the persons who met both items. Its mean under the
  model is about -1 / (J - 1), not 0, because theta was estimated from the same answers: `q3_adjusted` subtracts the
  mean of all pairs (Marais 2013; Christensen, Makransky & Horton 2017), and is what flags are put on.
- LD-X2 (Chen & Thissen 1997) compares the table of two items with the model's margins; its sign is that of the
  residual association, and V = sqrt(X2 / (N (min(levels) - 1))) its size (Cramer).
- A pair met together by fewer than `LEAST_TOGETHER` persons is NaN in the array and null in JSON.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.item_curves import (
    ThetaDistribution,
    check_scores,
    check_theta,
    mean_scores,
)
from engine.models import category_probabilities
from engine.parameters import FloatArray, Parameters
from engine.responses import ResponseMatrix, ResponsesError
from engine.tails import chi2

LEAST_TOGETHER = 10
Q3_FLAG = 0.2  # above the mean of all pairs (Christensen, Makransky & Horton 2017)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalDependence:
    """LD-X2 (J, J) symmetric with NaN on the diagonal, its signed Cramer V, degrees of freedom and p."""

    items: tuple[str, ...]
    x2: FloatArray
    cramer_v: FloatArray
    df: FloatArray
    p: FloatArray


def q3(parameters: Parameters, matrix: ResponseMatrix, theta: FloatArray) -> FloatArray:
    """Q3 of all pairs, (J, J) with 1 on the diagonal: correlation of x - E(x | theta) at each person's theta (N,).

    A person whose theta is NaN is refused, as is a matrix of one item.
    """
    check_scores(parameters, matrix)
    check_theta(theta, matrix)
    if len(matrix.items) < 2:
        raise ResponsesError("Q3 needs at least two items")
    seen = matrix.presented.astype(np.float64)
    residual = (matrix.scores - mean_scores(category_probabilities(parameters, theta))) * seen
    together = seen.T @ seen
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (residual.T @ seen) / together  # [j, l]: mean residual of j among those who also met l
        square = (residual**2).T @ seen / together - mean**2
        found = (residual.T @ residual / together - mean * mean.T) / np.sqrt(square * square.T)
    found[together < LEAST_TOGETHER] = np.nan
    np.fill_diagonal(found, 1.0)
    return found


def q3_adjusted(values: FloatArray) -> FloatArray:
    """Q3 minus the mean over all pairs that have one, NaN on the diagonal."""
    found = values.copy()
    np.fill_diagonal(found, np.nan)
    if np.isnan(found).all():
        raise ResponsesError("no pair of items was met together by enough persons")
    return np.asarray(found - np.nanmean(found))


def ld_x2(
    parameters: Parameters, matrix: ResponseMatrix, population: ThetaDistribution | None = None
) -> LocalDependence:
    """LD-X2 of all pairs: sum (O - E)^2 / E over the table of two items, E = N sum_q w_q P_j P_l.

    df = (levels_j - 1)(levels_l - 1). Uses the persons who met both items; where answers are missing because of
    earlier answers (adaptive tests) E is that of a random sample and the statistic only describes.
    """
    check_scores(parameters, matrix)
    population = ThetaDistribution.normal() if population is None else population
    probabilities = category_probabilities(parameters, population.nodes)
    levels = probabilities.shape[-1]
    answers = [(matrix.presented & (matrix.scores == k)).astype(np.float64) for k in range(levels)]
    seen = matrix.presented.astype(np.float64)
    together = seen.T @ seen
    x2 = np.zeros_like(together)
    association = np.zeros_like(together)
    weighted = population.weights[:, None, None] * probabilities
    for k in range(levels):
        for m in range(levels):
            observed = answers[k].T @ answers[m]
            expected = together * (weighted[..., k].T @ probabilities[..., m])
            gap = observed - expected
            x2 += np.divide(gap**2, expected, out=np.zeros_like(gap), where=expected > 0)
            association += k * m * gap  # the residual of the sum of products
    association -= _from_means(answers, weighted, together, seen)
    top = parameters.categories - 1
    df = np.outer(top, top).astype(np.float64)
    sparse = (together < LEAST_TOGETHER) | np.eye(len(top), dtype=bool)
    for array in (x2, df):
        array[sparse] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.sqrt(x2 / (together * np.minimum.outer(top, top)))
    return LocalDependence(
        items=matrix.items, x2=x2, cramer_v=np.sign(association) * size, df=df, p=np.asarray(chi2.sf(x2, df))
    )


def _from_means(answers: list[FloatArray], weighted: FloatArray, together: FloatArray, seen: FloatArray) -> FloatArray:
    """What the residual sum of products owes to the items' means alone: N (m_j m_l - e_j e_l)."""
    sums = sum(k * (answer.T @ seen) for k, answer in enumerate(answers))
    observed = np.divide(sums, together, out=np.zeros_like(together), where=together > 0)
    expected = mean_scores(weighted.sum(axis=0))
    return np.asarray(together * (observed * observed.T - np.outer(expected, expected)))

"""Mantel-Haenszel DIF: a common odds ratio over matched groups, with the ETS classes.

Rules:
- Items scored 0 and 1: MH chi-square with continuity correction, odds ratio, delta = -2.35 ln(odds ratio)
  (Mantel & Haenszel 1959; Holland & Thayer 1988), standard error by Phillips & Holland (1987).
- ETS classes (Zieky 1993; Dorans & Holland 1993): A when |delta| < 1 or not significant at .05; C when |delta| >= 1.5
  and significantly above 1; B in between.
- More levels: Mantel's (1963) chi-square and the standardised mean difference (Dorans & Schmitt 1991) divided by the
  item's standard deviation; B from .17, C from .25, both only when significant (Zwick, Thayer & Mazzeo 1997).
- A stratum with one group, or with one score only, adds nothing. Delta is in `effect` for two levels, the
  standardised mean difference in units of the standard deviation for more; `more` holds both where they exist.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.dif import ALPHA, DifTable, check_groups, given_matching, matching_score, purified
from engine.parameters import FloatArray
from engine.responses import ResponseMatrix
from engine.tails import chi2

DELTA_PER_LOG_ODDS = -2.35  # 4 / 1.7: the ETS delta scale has a standard deviation of 4
MODERATE, LARGE = 1.0, 1.5
ONE_SIDED = 1.6448536269514722
MODERATE_MEAN, LARGE_MEAN = 0.17, 0.25


def mantel_haenszel(
    matrix: ResponseMatrix,
    focal: NDArray[np.bool_],
    matching: FloatArray | None = None,
    purify: bool = True,
    alpha: float = ALPHA,
) -> DifTable:
    """MH or Mantel test of every item between the reference and the focal group (N,).

    `matching` replaces the sum of the anchors and is used as strata as it is; it rules purification out. Raises
    ResponsesError for an empty group, or without `matching` when not everybody met every anchor.
    """
    check_groups(matrix, focal)
    outside = given_matching(matrix, matching)

    def analyse(anchors: NDArray[np.bool_]) -> DifTable:
        return _table(matrix, focal, anchors, outside, alpha)

    if purify and outside is None:
        return purified(analyse, len(matrix.items))
    return analyse(np.ones(len(matrix.items), dtype=np.bool_))


def _table(
    matrix: ResponseMatrix,
    focal: NDArray[np.bool_],
    anchors: NDArray[np.bool_],
    outside: FloatArray | None,
    alpha: float,
) -> DifTable:
    rows = []
    for item in range(len(matrix.items)):
        matched = matching_score(matrix, anchors, item) if outside is None else outside
        counts = _strata(matched, focal, matrix.scores[:, item], matrix.presented[:, item])
        rows.append(_binary(counts, alpha) if counts.shape[-1] <= 2 else _ordered(counts, alpha))
    statistic, effect, error, odds, difference = (
        np.array(column) for column in zip(*(r[:5] for r in rows), strict=True)
    )
    return DifTable(
        method="mantel_haenszel",
        items=matrix.items,
        statistic=statistic,
        df=np.ones(len(rows), dtype=np.intp),
        p=np.asarray(chi2.sf(statistic, 1)),
        effect=effect,
        standard_error=error,
        classes=tuple(r[5] for r in rows),
        more={"odds_ratio": odds, "standardised_mean_difference": difference},
        anchors=anchors,
    )


def _strata(
    matched: FloatArray, focal: NDArray[np.bool_], scores: NDArray[np.int8], presented: NDArray[np.bool_]
) -> FloatArray:
    """Persons by stratum, group (reference, focal) and score, (T, 2, K), strata with both groups only."""
    levels = max(int(scores[presented].max(initial=0)) + 1, 2)
    _, stratum = np.unique(matched[presented], return_inverse=True)
    cell = (stratum * 2 + focal[presented]) * levels + scores[presented]
    size = (int(stratum.max(initial=-1)) + 1) * 2 * levels
    counts = np.bincount(cell, minlength=size).reshape(-1, 2, levels).astype(np.float64)
    return np.asarray(counts[(counts.sum(axis=2) > 0).all(axis=1)])


Row = tuple[float, float, float, float, float, str]
NOT_ESTIMABLE: Row = (np.nan, np.nan, np.nan, np.nan, np.nan, "")


def _binary(counts: FloatArray, alpha: float) -> Row:
    """Chi-square, delta, its standard error, odds ratio and class; A, B of the reference, C, D of the focal group."""
    a, b, c, d = counts[:, 0, 1], counts[:, 0, 0], counts[:, 1, 1], counts[:, 1, 0]
    total = a + b + c + d
    right = a + c
    usable = (right > 0) & (right < total)
    a, b, c, d, total, right = (column[usable] for column in (a, b, c, d, total, right))
    expected = (a + b) * right / total
    variance = (a + b) * (c + d) * right * (total - right) / (total**2 * (total - 1))
    agree, differ = a * d / total, b * c / total
    if not variance.sum() > 0 or agree.sum() == 0 or differ.sum() == 0:
        return NOT_ESTIMABLE
    statistic = max(abs(a.sum() - expected.sum()) - 0.5, 0.0) ** 2 / variance.sum()
    odds = agree.sum() / differ.sum()
    # Phillips & Holland (1987), eq. 8: the variance of ln(odds ratio)
    spread = ((a * d + odds * b * c) * (a + d + odds * (b + c)) / total**2).sum() / (2 * agree.sum() ** 2)
    delta, error = DELTA_PER_LOG_ODDS * np.log(odds), -DELTA_PER_LOG_ODDS * np.sqrt(spread)
    weight = (c + d) / (c + d).sum()
    difference = float((weight * (c / (c + d) - a / (a + b))).sum())
    significant = chi2.sf(statistic, 1) < alpha
    size = abs(delta)
    if not significant or size < MODERATE:
        name = "A"
    else:
        name = "C" if size >= LARGE and (size - MODERATE) / error > ONE_SIDED else "B"
    return float(statistic), float(delta), float(error), float(odds), difference, name


def _ordered(counts: FloatArray, alpha: float) -> Row:
    """Mantel's chi-square of the focal group's score sum, and the mean difference in standard deviations."""
    score = np.arange(counts.shape[2], dtype=np.float64)
    size = counts.sum(axis=2)
    sums, squares = counts.sum(axis=1) @ score, counts.sum(axis=1) @ score**2
    total = size.sum(axis=1)
    focal_sum = counts[:, 1] @ score
    expected = size[:, 1] * sums / total
    variance = size[:, 0] * size[:, 1] * (total * squares - sums**2) / (total**2 * (total - 1))
    whole = counts.sum(axis=(0, 1))
    mean = whole @ score / whole.sum()
    deviation = np.sqrt(whole @ (score - mean) ** 2 / whole.sum())
    if not variance.sum() > 0:
        return NOT_ESTIMABLE
    statistic = (focal_sum - expected).sum() ** 2 / variance.sum()
    weight = size[:, 1] / size[:, 1].sum()
    difference = float((weight * (focal_sum / size[:, 1] - counts[:, 0] @ score / size[:, 0])).sum())
    error = float(np.sqrt(_difference_variance(counts, variance, size)))
    effect = difference / deviation
    name = "A"
    if chi2.sf(statistic, 1) < alpha and abs(effect) >= MODERATE_MEAN:
        name = "C" if abs(effect) >= LARGE_MEAN else "B"
    return float(statistic), effect, error / float(deviation), np.nan, difference, name


def _difference_variance(counts: FloatArray, variance: FloatArray, size: FloatArray) -> float:
    """Variance of the standardised mean difference under no DIF (Zwick & Thayer 1996): from Mantel's variances."""
    weight = size[:, 1] / size[:, 1].sum()
    per_focal = weight * (1 / size[:, 1] + 1 / size[:, 0])
    return float((per_focal**2 * variance).sum())

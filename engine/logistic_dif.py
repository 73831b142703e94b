"""DIF by logistic regression: uniform and non-uniform, for two or more score levels.

Rules:
- logit P(x >= k) = t_k + m z (+ g group (+ i z group)), z the standardised matching value (Swaminathan & Rogers 1990;
  more levels by proportional odds: Zumbo 1999; French & Miller 1996).
- Likelihood-ratio tests: uniform (g, df 1), non-uniform (i, df 1), both together (df 2, the statistic of the table).
- Size: growth of Nagelkerke's (1991) R2 from the first to the last model; A below .035, B below .070, C from there,
  A when not significant (Jodoin & Gierl 2001).
- Answers a straight line separates have no estimate: the item is not estimable, not silently fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.dif import ALPHA, DifTable, check_groups, given_matching, matching_score, purified
from engine.logistic_regression import NoConvergence, proportional_odds
from engine.parameters import FloatArray
from engine.responses import ResponseMatrix
from engine.tails import chi2

SMALL, LARGE = 0.035, 0.070


def logistic(
    matrix: ResponseMatrix,
    focal: NDArray[np.bool_],
    matching: FloatArray | None = None,
    purify: bool = True,
    alpha: float = ALPHA,
) -> DifTable:
    """Logistic DIF of every item; `effect` is the focal group's coefficient (log odds) of the uniform model.

    `matching` replaces the sum of the anchors (theta as it is, no strata needed) and rules purification out. Raises
    ResponsesError for an empty group, or without `matching` when not everybody met every anchor.
    """
    check_groups(matrix, focal)
    outside = given_matching(matrix, matching)

    def analyse(anchors: NDArray[np.bool_]) -> DifTable:
        rows = []
        for item in range(len(matrix.items)):
            matched = matching_score(matrix, anchors, item) if outside is None else outside
            there = matrix.presented[:, item]
            rows.append(_item(matched[there], focal[there], matrix.scores[there, item].astype(np.intp), alpha))
        return _table(matrix, anchors, rows)

    if purify and outside is None:
        return purified(analyse, len(matrix.items))
    return analyse(np.ones(len(matrix.items), dtype=np.bool_))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    both: float = np.nan
    uniform: float = np.nan
    nonuniform: float = np.nan
    effect: float = np.nan
    error: float = np.nan
    growth: float = np.nan
    name: str = ""


def _item(matched: FloatArray, focal: NDArray[np.bool_], scores: NDArray[np.intp], alpha: float) -> _Row:
    """The three nested models of one item; levels nobody reached are closed up."""
    if not len(scores) or matched.std() == 0 or focal.all() or not focal.any():
        return _Row()
    _, closed = np.unique(scores, return_inverse=True)
    place = (matched - matched.mean()) / matched.std()
    group = focal.astype(np.float64)
    columns = (place, group, place * group)
    try:
        fits = [proportional_odds(np.column_stack(columns[:count]), closed) for count in (1, 2, 3)]
    except NoConvergence:
        return _Row()
    first, second, third = (fit.log_likelihood for fit in fits)
    shares = np.bincount(closed) / len(closed)
    empty = float(len(closed) * (shares * np.log(shares)).sum())
    growth = _nagelkerke(third, empty, len(closed)) - _nagelkerke(first, empty, len(closed))
    both = 2 * (third - first)
    name = "A"
    if chi2.sf(both, 2) < alpha and growth >= SMALL:
        name = "C" if growth >= LARGE else "B"
    return _Row(
        both=both,
        uniform=2 * (second - first),
        nonuniform=2 * (third - second),
        effect=float(fits[1].coefficients[1]),
        error=float(np.sqrt(fits[1].covariance[-1, -1])),
        growth=growth,
        name=name,
    )


def _nagelkerke(log_likelihood: float, empty: float, persons: int) -> float:
    return float(-np.expm1(2 * (empty - log_likelihood) / persons) / -np.expm1(2 * empty / persons))


def _table(matrix: ResponseMatrix, anchors: NDArray[np.bool_], rows: list[_Row]) -> DifTable:
    both, uniform, nonuniform = (
        np.array([getattr(row, name) for row in rows]) for name in ("both", "uniform", "nonuniform")
    )
    return DifTable(
        method="logistic",
        items=matrix.items,
        statistic=both,
        df=np.full(len(rows), 2, dtype=np.intp),
        p=np.asarray(chi2.sf(both, 2)),
        effect=np.array([row.effect for row in rows]),
        standard_error=np.array([row.error for row in rows]),
        classes=tuple(row.name for row in rows),
        more={
            "uniform": uniform,
            "uniform_p": np.asarray(chi2.sf(uniform, 1)),
            "nonuniform": nonuniform,
            "nonuniform_p": np.asarray(chi2.sf(nonuniform, 1)),
            "r2_growth": np.array([row.growth for row in rows]),
        },
        anchors=anchors,
    )

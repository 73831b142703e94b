"""Did a person know items before the test: the signed likelihood-ratio test on items suspected of disclosure.

Rules:
- Theta is estimated on the suspected items, on the others, and on both together; under no preknowledge one theta
  explains both sets. L_s = sign(theta_suspected - theta_others) sqrt(2 (l_s + l_o - l_both)) is about N(0, 1)
  (Sinharay 2017); large positive values: better on the suspected items. One-sided p.
- The suspected set must come from outside (a leak, a web search), never from the same answers.
- Fewer than `LEAST_ITEMS` answers in either set is not estimable: NaN. Maxima lie within theta's range [-8, 8].
- Several persons are several tests: `adjusted` p control the false discovery rate (Benjamini & Hochberg 1995).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.item_curves import check_scores
from engine.models import category_log_probabilities
from engine.parameters import FloatArray, Parameters
from engine.poolfile import ParameterTable
from engine.responses import ResponseMatrix, ResponsesError
from engine.tails import false_discovery_control, norm
from engine.theta import score

LEAST_ITEMS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Preknowledge:
    """Per person (N,): the signed statistic, its one-sided p, p adjusted over all persons, theta on either set."""

    statistic: FloatArray
    p: FloatArray
    adjusted: FloatArray
    suspected_theta: FloatArray
    other_theta: FloatArray


def preknowledge(
    parameters: Parameters, matrix: ResponseMatrix, suspected: NDArray[np.bool_], least: int = LEAST_ITEMS
) -> Preknowledge:
    """The signed likelihood-ratio statistic of every person; `suspected` (J,) marks the items.

    Raises ResponsesError when no item or every item is suspected.
    """
    check_scores(parameters, matrix)
    if suspected.shape != (len(parameters),) or suspected.all() or not suspected.any():
        raise ResponsesError("needed are both suspected items and others")
    usable = (matrix.presented[:, suspected].sum(axis=1) >= least) & (
        matrix.presented[:, ~suspected].sum(axis=1) >= least
    )
    theta_in, in_set = _maximum(parameters, matrix, suspected)
    theta_out, out_set = _maximum(parameters, matrix, ~suspected)
    _, together = _maximum(parameters, matrix, np.ones(len(suspected), dtype=np.bool_))
    ratio = np.maximum(2 * (in_set + out_set - together), 0.0)
    statistic = np.where(usable, np.sign(theta_in - theta_out) * np.sqrt(ratio), np.nan)
    p = np.asarray(norm.sf(statistic))
    return Preknowledge(
        statistic=statistic,
        p=p,
        adjusted=adjusted(p),
        suspected_theta=np.where(usable, theta_in, np.nan),
        other_theta=np.where(usable, theta_out, np.nan),
    )


def adjusted(p: FloatArray) -> FloatArray:
    """p with the false discovery rate controlled over those that exist (Benjamini & Hochberg 1995); NaN stays."""
    found = np.full(p.shape, np.nan)
    there = np.isfinite(p)
    if there.any():
        found[there] = false_discovery_control(p[there])
    return found


def _maximum(parameters: Parameters, matrix: ResponseMatrix, used: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
    """Theta and log-likelihood at its maximum over some items, each (N,); theta 0 for a person who met none."""
    places = np.flatnonzero(used)
    part = ResponseMatrix(
        persons=matrix.persons,
        items=tuple(matrix.items[j] for j in places),
        scores=matrix.scores[:, places],
        presented=matrix.presented[:, places],
    )
    items = parameters.take(places)
    theta = np.nan_to_num(score(ParameterTable(items=part.items, parameters=items), part, "mle").theta, nan=0.0)
    logs = category_log_probabilities(items, theta)
    own = np.take_along_axis(logs, part.scores[..., None].astype(np.intp), axis=-1)[..., 0]
    return theta, np.where(part.presented, own, 0.0).sum(axis=1)

"""Does a person's answer pattern fit the model: lz, Zh, lz* and mean squares.

Rules:
- lz (Drasgow, Levine & Williams 1985) standardises the log-likelihood at a given theta. It is N(0, 1) at the true
  theta only; at an estimate its variance is below 1, so it accuses too rarely.
- Zh is lz for any number of score levels, at the EAP; reported because other programs report it.
- lz* (Snijders 2001; more levels: Sinharay 2016) corrects for the estimate of theta: N(0, 1) for MLE, WLE and MAP
  (EAP has no correction). It is the statistic to decide on.
- Large negative values are the suspicious ones: hard items right, easy items wrong.
- A person without a finite estimate, or without variance of the statistic, is not estimable: NaN, null in JSON.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.item_curves import check_scores
from engine.models import category_log_probabilities, category_slopes, information, warm_correction
from engine.parameters import FloatArray, Parameters
from engine.responses import ResponseMatrix, ResponsesError

Corrected = Literal["mle", "wle", "map"]


def lz(parameters: Parameters, matrix: ResponseMatrix, theta: FloatArray) -> FloatArray:
    """(l - E l) / sqrt(Var l) of each person's log-likelihood at theta (N,): lz, or Zh with EAP estimates; (N,)."""
    check_scores(parameters, matrix)
    usable, place = _places(theta)
    probabilities = np.exp(category_log_probabilities(parameters, place))
    return _standardised(*_gap_and_variance(_finite_logs(parameters, place), probabilities, matrix), usable)


def lz_star(parameters: Parameters, matrix: ResponseMatrix, theta: FloatArray, method: Corrected) -> FloatArray:
    """lz* at the MLE, WLE or MAP estimates theta (N,); about N(0, 1) under the model, also on short tests; (N,).

    With w_k = log P_k and r_k = P'_k / P_k: c = sum P'_k w_k / sum P'_k r_k, w* = w - c r,
    lz* = (sum (w_x - E w) + c r_0) / sqrt(sum Var w*). r_0 = 0 (MLE), J / (2 I) (WLE), -theta (MAP, N(0, 1) prior):
    the estimate solves r_0 + sum r_x = 0. Not for an estimate at the bound of its range, which solves nothing: give
    NaN there. Raises ResponsesError for another method.
    """
    check_scores(parameters, matrix)
    usable, place = _places(theta)
    seen = matrix.presented.astype(np.float64)
    if method == "mle":
        start = np.zeros(len(place))
    elif method == "wle":
        total = (information(parameters, place) * seen).sum(axis=1)
        bend = (warm_correction(parameters, place) * seen).sum(axis=1)
        start = np.divide(bend, 2 * total, out=np.zeros_like(bend), where=total > 0)
    elif method == "map":
        start = -place
    else:
        raise ResponsesError(f"lz* is defined for mle, wle and map, not for {method}")
    logs = _finite_logs(parameters, place)
    probabilities, slopes = np.exp(category_log_probabilities(parameters, place)), category_slopes(parameters, place)
    rates = np.divide(slopes, probabilities, out=np.zeros_like(slopes), where=probabilities > 0)
    up = ((slopes * logs).sum(axis=-1) * seen).sum(axis=1)
    down = ((slopes * rates).sum(axis=-1) * seen).sum(axis=1)
    share = np.divide(up, down, out=np.zeros_like(up), where=down > 0)
    surprise, _ = _gap_and_variance(logs, probabilities, matrix)
    _, variance = _gap_and_variance(logs - share[:, None, None] * rates, probabilities, matrix)
    return _standardised(surprise + share * start, variance, usable)


def _gap_and_variance(
    weights: FloatArray, probabilities: FloatArray, matrix: ResponseMatrix
) -> tuple[FloatArray, FloatArray]:
    """Weight of the given levels minus its expectation, and its variance, summed over presented items, each (N,)."""
    chosen = np.take_along_axis(weights, matrix.scores[..., None].astype(np.intp), axis=-1)[..., 0]
    mean = (weights * probabilities).sum(axis=-1)
    variance = ((weights - mean[..., None]) ** 2 * probabilities).sum(axis=-1)
    return ((chosen - mean) * matrix.presented).sum(axis=1), (variance * matrix.presented).sum(axis=1)


def _standardised(gap: FloatArray, variance: FloatArray, usable: NDArray[np.bool_]) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(usable & (variance > 0), gap / np.sqrt(variance), np.nan)


def _places(theta: FloatArray) -> tuple[NDArray[np.bool_], FloatArray]:
    usable = np.isfinite(theta)
    return usable, np.where(usable, theta, 0.0)


def _finite_logs(parameters: Parameters, theta: FloatArray) -> FloatArray:
    """Category logs with 0 for a level that does not exist: it is never chosen and has probability 0 in every sum."""
    logs = category_log_probabilities(parameters, theta)
    return np.where(np.isfinite(logs), logs, 0.0)

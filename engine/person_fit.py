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

from engine.item_curves import category_logs, category_slopes, check_scores
from engine.models import information, warm_correction
from engine.parameters import FloatArray, Parameters
from engine.responses import ResponseMatrix, ResponsesError

Corrected = Literal["mle", "wle", "map"]


def lz(parameters: Parameters, matrix: ResponseMatrix, theta: FloatArray) -> FloatArray:
    """(l - E l) / sqrt(Var l) of each person's log-likelihood at theta (N,): lz, or Zh with EAP estimates; (N,)."""
    check_scores(parameters, matrix)
    usable, place = _places(theta)
    logs = _finite_logs(parameters, place)
    return _standardised(logs, np.exp(logs), matrix, usable, shift=np.zeros(len(place)))


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
    probabilities, slopes = np.exp(logs), category_slopes(parameters, place)
    rates = np.divide(slopes, probabilities, out=np.zeros_like(slopes), where=probabilities > 0)
    up = ((slopes * logs).sum(axis=-1) * seen).sum(axis=1)
    down = ((slopes * rates).sum(axis=-1) * seen).sum(axis=1)
    share = np.divide(up, down, out=np.zeros_like(up), where=down > 0)
    weights = logs - share[:, None, None] * rates
    # sum r_x = -r_0 at the estimate, so the corrected weights already hold c r_0 when it is added back
    fitted = _standardised(weights, probabilities, matrix, usable, shift=_exact(share, start, rates, matrix))
    return fitted


def _exact(share: FloatArray, start: FloatArray, rates: FloatArray, matrix: ResponseMatrix) -> FloatArray:
    """c (r_0 + sum r_x) makes the corrected weights give W + c r_0, whatever the estimate's last digits."""
    chosen = np.take_along_axis(rates, matrix.scores[..., None].astype(np.intp), axis=-1)[..., 0]
    return np.asarray(share * (start + (chosen * matrix.presented).sum(axis=1)))


def _standardised(
    weights: FloatArray, probabilities: FloatArray, matrix: ResponseMatrix, usable: FloatArray, shift: FloatArray
) -> FloatArray:
    """(sum of the weight of the given level - its expectation + shift) / its standard deviation, (N,)."""
    chosen = np.take_along_axis(weights, matrix.scores[..., None].astype(np.intp), axis=-1)[..., 0]
    mean = (weights * probabilities).sum(axis=-1)
    variance = ((weights - mean[..., None]) ** 2 * probabilities).sum(axis=-1)
    gap = ((chosen - mean) * matrix.presented).sum(axis=1) + shift
    spread = (variance * matrix.presented).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(usable & (spread > 0), gap / np.sqrt(spread), np.nan)


def _places(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    usable = np.isfinite(theta)
    return usable, np.where(usable, theta, 0.0)


def _finite_logs(parameters: Parameters, theta: FloatArray) -> FloatArray:
    """Category logs with 0 for a level that does not exist: it is never chosen and has probability 0 in every sum."""
    logs = category_logs(parameters, theta)
    return np.asarray(logs)

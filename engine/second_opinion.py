"""A second opinion on a calibration: girth's marginal maximum likelihood on the same response matrix.

Rules:
- The only file that imports girth; its items-by-persons orientation and its code for missing answers stay inside.
- girth fits theta ~ N(0, 1). `rasch` fixes a = 1, `1pl` fits one common a, `2pl` an a per item within [0.2, 5]; `grm`
  and `gpcm` (girth's pcm_mml) an a per item and its steps.
- What girth does not tell is None: whether it converged, its cycles, its gradient, standard errors.
- The log-likelihood is computed here, from girth's parameters, by quadrature on 201 nodes over [-8, 8].
- girth matches each item's share of right answers among those who met it, which is biased when who met it depended
  on earlier answers: items not presented to everybody are flagged `not_presented_to_all`. It cannot find a negative
  slope: an item whose correlation with the rest is negative is flagged `negative_slope`. A slope at the end of
  girth's range is flagged `slope_at_bound`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import girth
import numpy as np
from numpy.typing import NDArray

from engine.calibrate.evaluation import marginal_log_likelihood
from engine.parameters import FloatArray, Parameters
from engine.responses import ResponseMatrix, ResponsesError

Model = Literal["rasch", "1pl", "2pl", "grm", "gpcm"]
MODELS: tuple[Model, ...] = ("rasch", "1pl", "2pl", "grm", "gpcm")
_ENGINE_MODEL = {"rasch": "Rasch", "1pl": "1PL", "2pl": "2PL", "grm": "GRM", "gpcm": "GPCM"}
_STEPPED = ("grm", "gpcm")

OPTIONS = {"quadrature_bounds": (-6.0, 6.0), "quadrature_n": 61, "max_iteration": 200}
SLOPE_RANGE = (0.2, 5.0)  # where girth's 2PL looks for a slope
AT_BOUND = 1e-2  # girth's search stops this near to the end of the range


def calibrate_with_girth(matrix: ResponseMatrix, model: Model, clock: Callable[[], float]) -> dict[str, object]:
    """Item parameters by girth, as the document of `kriteria calibrate --backend girth --json`.

    `clock` gives CPU seconds. Raises ResponsesError for another model, scores above 1, weights, or an item without
    both answers.
    """
    _check(matrix, model)
    started = clock()
    parameters = _fit(matrix, model)
    seconds = clock() - started
    flags = flags_with_girth(matrix, parameters, model)
    items = [_item(matrix, parameters, flags[j], j, model) for j in range(len(matrix.items))]
    return {
        "backend": "girth",
        "log_likelihood": log_likelihood(parameters, matrix),
        "log_prior": 0.0,
        "converged": None,
        "cycles": None,
        "gradient_max": None,
        "cpu_seconds": seconds,
        "n_persons": len(matrix.persons),
        "items": items,
        "lambda": {},
    }


def fit_with_girth(matrix: ResponseMatrix, model: Model) -> Parameters:
    """girth's parameters alone. Raises ResponsesError as `calibrate_with_girth` does."""
    _check(matrix, model)
    return _fit(matrix, model)


def log_likelihood(parameters: Parameters, matrix: ResponseMatrix) -> float:
    """Marginal log-likelihood of the matrix for theta ~ N(0, 1); persons who met no item add nothing."""
    return marginal_log_likelihood(parameters, matrix)


def _check(matrix: ResponseMatrix, model: str) -> None:
    if model not in MODELS:
        raise ResponsesError(f"girth is asked for {', '.join(MODELS)} only, not for {model}")
    if matrix.weight is not None:
        raise ResponsesError("girth knows no person weights; leave the weight column out or use another backend")
    if matrix.group is not None and len(set(matrix.group)) > 1:
        raise ResponsesError("girth knows no groups; leave the group column out or use another backend")
    for j, item in enumerate(matrix.items):
        given = matrix.scores[matrix.presented[:, j], j]
        if given.max(initial=0) > 1 and model not in _STEPPED:
            raise ResponsesError(f"item {item} has scores above 1; girth is asked for items scored 0 or 1")
        if not given.size or given.min() == given.max():
            reason = "answered alike by everybody" if given.size else "never presented"
            raise ResponsesError(f"item {item} is {reason}; no parameters can be found for it")
        if model in _STEPPED and len(np.unique(given)) <= given.max():
            raise ResponsesError(f"item {item} has a score nobody was given; merge it with a neighbour")


def _fit(matrix: ResponseMatrix, model: Model) -> Parameters:
    marked = np.where(matrix.presented, matrix.scores, -1).T.astype(np.int64)
    if model in _STEPPED:
        return _fit_steps(marked, model)
    data = girth.tag_missing_data(marked, [0, 1])
    if model == "rasch":
        found = girth.rasch_mml(data, options=dict(OPTIONS))
    elif model == "1pl":
        found = girth.onepl_mml(data, options=dict(OPTIONS))
    else:
        found = girth.twopl_mml(data, options=dict(OPTIONS))
    return Parameters.of(
        a=np.asarray(found["Discrimination"], dtype=np.float64),
        b=np.atleast_1d(np.asarray(found["Difficulty"], dtype=np.float64)),
        model=_ENGINE_MODEL[model],
    )


def _fit_steps(marked: NDArray[np.int64], model: Model) -> Parameters:
    """Graded and generalised partial credit; girth counts categories from 1."""
    data = girth.tag_missing_data(marked + 1, list(range(1, int(marked.max()) + 2)))
    found = (girth.grm_mml if model == "grm" else girth.pcm_mml)(data, options=dict(OPTIONS))
    steps = [[float(b) for b in row if np.isfinite(b)] for row in np.atleast_2d(found["Difficulty"])]
    return Parameters.of(
        a=np.asarray(found["Discrimination"], dtype=np.float64), steps=steps, model=_ENGINE_MODEL[model]
    )


def _item_rest(matrix: ResponseMatrix) -> FloatArray:
    """Correlation of each item with the share right on the other items, (J,); NaN where one does not vary."""
    seen = matrix.presented.astype(np.float64)
    right = matrix.scores * seen
    found = np.full(len(matrix.items), np.nan)
    for j in range(len(matrix.items)):
        others = seen.sum(axis=1) - seen[:, j]
        who = matrix.presented[:, j] & (others > 0)
        rest = (right.sum(axis=1) - right[:, j])[who] / others[who]
        item = matrix.scores[who, j].astype(np.float64)
        if rest.size and rest.std() > 0 and item.std() > 0:
            found[j] = float(np.corrcoef(rest, item)[0, 1])
    return found


def flags_with_girth(matrix: ResponseMatrix, parameters: Parameters, model: Model) -> tuple[tuple[str, ...], ...]:
    """What somebody should look at in each of girth's items, (J,); the flags are explained at the top."""
    correlation = _item_rest(matrix)
    found = []
    for j in range(len(matrix.items)):
        slope, flags = float(parameters.a[j]), []
        if correlation[j] < 0:
            flags.append("negative_slope")
        if model == "2pl" and (slope - SLOPE_RANGE[0] < AT_BOUND or SLOPE_RANGE[1] - slope < AT_BOUND):
            flags.append("slope_at_bound")
        if not matrix.presented[:, j].all():
            flags.append("not_presented_to_all")
        found.append(tuple(flags))
    return tuple(found)


def _item(
    matrix: ResponseMatrix, parameters: Parameters, flags: tuple[str, ...], j: int, model: str
) -> dict[str, object]:
    return {
        "item": matrix.items[j],
        "model": _ENGINE_MODEL[model],
        "a": float(parameters.a[j]),
        "b": list(parameters.steps_of(j)),
        "c": 0.0,
        "d": 1.0,
        "se": {},
        "flags": list(flags),
    }

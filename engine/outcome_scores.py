"""Abilities of every outcome from a response matrix: by its own answers, or by all answers in the second-order model.

Rules:
- own: each outcome by itself, by EAP, MAP, MLE or WLE of `engine.theta` (prior N(0, 1) where one counts).
- joint: theta_k = lambda_k g + sqrt(1 - lambda_k^2) e_k; posterior mean and SD of each theta_k given all answers
  (Sheng & Wikle 2008; de la Torre & Song 2009), exact over the nodes of `engine.posterior`.
- guarded: as joint; own mastery stands beside it and says which decision it would allow (beyond .80 / .20).
- Mastery, P(theta_k >= cut_k), is a posterior probability whatever the method of theta.
- Plausible values are drawn together: the general factor first, every theta_k given it, so that their correlations over
  persons are those of the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.item_curves import check_scores, drawn
from engine.parameters import FloatArray, Parameters
from engine.plan import EVIDENCE, Evidence
from engine.posterior import Rows, SecondOrder, Standing, likelihood_rows, normalised
from engine.responses import ResponseMatrix, ResponsesError
from engine.stopping import GUARD_MET, GUARD_NOT_MET
from engine.theta import Calibrated, Method, score

LARGEST_LOADING = 0.98
BLOCK = 512  # persons whose vectors are held in memory at once


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OutcomeScores:
    """Of N persons on K outcomes, each (N, K): items met, theta, standard_error, at_bound; mastery NaN without a cut.

    `own_mastery` is the one from the outcome's own answers: under `guarded` it may hold a decision back.
    """

    persons: tuple[str, ...]
    outcomes: tuple[str, ...]
    method: Method
    evidence: Evidence
    loadings: tuple[float, ...]
    items: NDArray[np.intp]
    theta: FloatArray
    standard_error: FloatArray
    at_bound: NDArray[np.bool_]
    mastery: FloatArray
    own_mastery: FloatArray

    def as_json(self) -> dict[str, object]:
        """The document of `kriteria score --q-matrix --json`; what does not exist is null."""
        return {
            "evidence": self.evidence,
            "lambda": dict(zip(self.outcomes, self.loadings, strict=True)),
            "persons": [
                {"person": person, "outcomes": {name: self._of(n, k) for k, name in enumerate(self.outcomes)}}
                for n, person in enumerate(self.persons)
            ],
        }

    def _of(self, n: int, k: int) -> dict[str, object]:
        found: dict[str, object] = {
            "theta": _or_null(self.theta[n, k]),
            "se": _or_null(self.standard_error[n, k]),
            "at_bound": bool(self.at_bound[n, k]),
            "items": int(self.items[n, k]),
            "p_mastery": _or_null(self.mastery[n, k]),
        }
        if self.evidence == "guarded":
            own = self.own_mastery[n, k]
            allowed = "met" if own >= GUARD_MET else "not_met" if own <= GUARD_NOT_MET else None
            found |= {"own_p_mastery": _or_null(own), "own_allows": allowed}
        return found


def score_outcomes(
    calibrated: Calibrated,
    matrix: ResponseMatrix,
    outcomes: Mapping[str, str],
    method: Method = "eap",
    evidence: Evidence = "own",
    loadings: Mapping[str, float] | None = None,
    cuts: Mapping[str, float] | None = None,
) -> OutcomeScores:
    """Theta of every person on every outcome; `outcomes` is the Q matrix (item -> outcome), in the order reported.

    `loadings` (outcome -> lambda, 0 where none is given) and `cuts` (outcome -> cut on theta). Raises ResponsesError
    for a column without parameters or outcome, a loading outside [0, .98], a name that is no outcome, or a method
    other than EAP with guarded or joint evidence.
    """
    if evidence not in EVIDENCE:
        raise ResponsesError(f"evidence {evidence!r} is not one of {', '.join(EVIDENCE)}")
    if evidence != "own" and method != "eap":
        raise ResponsesError(f"{evidence} evidence is a posterior over all answers: its theta is the eap, not {method}")
    names, of_column = _columns(matrix, outcomes)
    weights = _given("lambda", names, loadings, 0.0)
    limits = _given("cut", names, cuts, np.nan)
    model = SecondOrder.of(np.nan_to_num(limits).tolist(), _checked(names, weights))
    theta, error = np.empty((2, len(matrix.persons), len(names)))
    bound = np.zeros(theta.shape, dtype=np.bool_)
    own_mastery, mastery = np.empty((2, *theta.shape))
    for block, vectors in _vectors(_parameters(calibrated, matrix), matrix, of_column, len(names), model):
        alone = model.own(vectors)
        deciding: Standing = alone if evidence == "own" else model.joint_of(vectors)
        own_mastery[block], mastery[block] = alone.mastery, deciding.mastery
        theta[block], error[block] = deciding.theta, deciding.standard_error
    if evidence == "own":
        for k in range(len(names)):
            found = score(calibrated, _part(matrix, of_column == k), method)
            theta[:, k], error[:, k], bound[:, k] = found.theta, found.standard_error, found.at_bound
    without = np.isnan(limits)
    own_mastery[:, without], mastery[:, without] = np.nan, np.nan
    return OutcomeScores(
        persons=matrix.persons,
        outcomes=names,
        method=method,
        evidence=evidence,
        loadings=tuple(weights.tolist()),
        items=np.stack([matrix.presented[:, of_column == k].sum(axis=1) for k in range(len(names))], axis=1),
        theta=theta,
        standard_error=error,
        at_bound=bound,
        mastery=mastery,
        own_mastery=own_mastery,
    )


def plausible_outcomes(
    calibrated: Calibrated,
    matrix: ResponseMatrix,
    outcomes: Mapping[str, str],
    draws: FloatArray,
    loadings: Mapping[str, float] | None = None,
) -> FloatArray:
    """Plausible values of all outcomes together, (N, M, K), from draws (N, M, K + 1) in [0, 1) (Mislevy 1991).

    The first draw takes the general factor, at one of its nodes, from its posterior given all answers; the others take
    each theta_k from its posterior given that factor and the outcome's own answers. Raises ResponsesError as
    `score_outcomes` does, and for draws of another shape.
    """
    names, of_column = _columns(matrix, outcomes)
    loading = _checked(names, _given("lambda", names, loadings, 0.0))
    wanted = np.asarray(draws, dtype=np.float64)
    shape = (len(matrix.persons), len(names) + 1)
    if wanted.ndim != 3 or (wanted.shape[0], wanted.shape[2]) != shape or np.any((wanted < 0) | (wanted >= 1)):
        raise ResponsesError(f"draws must be numbers in [0, 1), (persons, values, outcomes + 1), not {wanted.shape}")
    model = SecondOrder.of([0.0] * len(names), loading)
    found = np.empty((*wanted.shape[:2], len(names)))
    for block, vectors in _vectors(_parameters(calibrated, matrix), matrix, of_column, len(names), model):
        likelihood = normalised(vectors)
        with np.errstate(divide="ignore"):  # a factor that the answers rule out
            message = np.log(np.einsum("nkq,kgq->nkg", likelihood, model.link))
        general = message.sum(axis=1) + np.log(model.weight)
        general = np.exp(general - general.max(axis=1, keepdims=True))
        reached = np.cumsum(general / general.sum(axis=1, keepdims=True), axis=1)
        for row, person in enumerate(range(*block.indices(len(matrix.persons)))):
            at = np.minimum(np.searchsorted(reached[row], wanted[person, :, 0], "right"), len(model.weight) - 1)
            for k in range(len(names)):
                density = likelihood[row, k] * model.link[k, at]
                found[person, :, k] = drawn(density, model.nodes, wanted[person, :, k + 1, None])[:, 0]
    return found


def _columns(matrix: ResponseMatrix, outcomes: Mapping[str, str]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """The outcomes of the matrix in the order of the Q matrix, and each column's number among them."""
    for item in matrix.items:
        if item not in outcomes:
            raise ResponsesError(f"item {item} has no outcome")
    used = {outcomes[item] for item in matrix.items}
    names = tuple(name for name in dict.fromkeys(outcomes.values()) if name in used)
    return names, np.array([names.index(outcomes[item]) for item in matrix.items], dtype=np.intp)


def _given(what: str, names: tuple[str, ...], values: Mapping[str, float] | None, default: float) -> FloatArray:
    for name in values or {}:
        if name not in names:
            raise ResponsesError(f"{what} of {name}: no item measures that outcome")
    return np.array([(values or {}).get(name, default) for name in names], dtype=np.float64)


def _checked(names: tuple[str, ...], loadings: FloatArray) -> list[float]:
    for name, value in zip(names, loadings.tolist(), strict=True):
        if not 0 <= value <= LARGEST_LOADING:
            raise ResponsesError(f"lambda of {name} is {value:g}; it must lie between 0 and {LARGEST_LOADING}")
    return [float(value) for value in loadings]


def _parameters(calibrated: Calibrated, matrix: ResponseMatrix) -> Parameters:
    place = {item: j for j, item in enumerate(calibrated.items)}
    for item in matrix.items:
        if item not in place:
            raise ResponsesError(f"item {item} has no parameters")
    parameters = calibrated.parameters.take([place[item] for item in matrix.items])
    check_scores(parameters, matrix)
    return parameters


def _part(matrix: ResponseMatrix, mine: NDArray[np.bool_]) -> ResponseMatrix:
    """The columns of one outcome."""
    return ResponseMatrix(
        persons=matrix.persons,
        items=tuple(item for item, here in zip(matrix.items, mine, strict=True) if here),
        scores=matrix.scores[:, mine],
        presented=matrix.presented[:, mine],
    )


def _vectors(
    parameters: Parameters, matrix: ResponseMatrix, of_column: NDArray[np.intp], outcomes: int, model: SecondOrder
) -> Iterator[tuple[slice, Rows]]:
    """Fixed-point log-likelihood vectors (n, K, Q), block of persons by block."""
    rows = likelihood_rows(parameters, model.nodes)
    for start in range(0, len(matrix.persons), BLOCK):
        block = slice(start, min(start + BLOCK, len(matrix.persons)))
        vectors = np.zeros((block.stop - start, outcomes, len(model.nodes)), dtype=np.int64)
        for column, outcome in enumerate(of_column.tolist()):
            seen = matrix.presented[block, column]
            vectors[seen, outcome] += rows[column][matrix.scores[block, column][seen]]
        yield block, vectors


def _or_null(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

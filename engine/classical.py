"""The classical table: facility, corrected item-total correlation, reliability, and curves of the options.

Rules:
- Facility is the mean score over the highest score, among those who met the item; omitted counts as 0.
- A person of weight w counts as w persons, as in a calibration; `persons` and the least number of 10 count heads.
- The corrected point-biserial correlates an item with the mean share of points on the other items a person met.
- alpha (Cronbach 1951) and omega total (McDonald 1999: one factor, unweighted least squares) come from the covariances
  of pairs of items met together. Where answers are missing because of earlier answers (adaptive tests) all classical
  numbers describe who met the item, not the item: `complete` is False then.
- What is not estimable is NaN in an array and null in JSON, and so said in `notes`; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.parameters import FloatArray
from engine.responses import ResponseMatrix, ResponsesError

LEAST_TOGETHER = 10
MOST_CYCLES, TOLERANCE = 10_000, 1e-12
BANDS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassicalTable:
    """Per item (J,): persons who met it, facility, standard deviation, corrected point-biserial, alpha without it."""

    items: tuple[str, ...]
    persons: NDArray[np.intp]
    facility: FloatArray
    deviation: FloatArray
    point_biserial: FloatArray
    alpha_without: FloatArray
    alpha: float
    omega: float
    standard_error: float
    complete: bool
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The part "classical" of `kriteria fit --json`."""
        columns = (self.facility, self.deviation, self.point_biserial, self.alpha_without)
        names = ("facility", "sd", "point_biserial", "alpha_without")
        rows = [
            {"item": item, "persons": int(self.persons[j])}
            | {name: _or_null(column[j]) for name, column in zip(names, columns, strict=True)}
            for j, item in enumerate(self.items)
        ]
        whole = {name: _or_null(getattr(self, name)) for name in ("alpha", "omega", "standard_error")}
        return whole | {"complete": self.complete, "notes": list(self.notes), "items": rows}


def classical(matrix: ResponseMatrix, highest: Sequence[int] | None = None) -> ClassicalTable:
    """The classical table of a response matrix; `highest` is each item's best score (default: the best one seen).

    `standard_error` is that of the total score, sd sqrt(1 - alpha). Raises ResponsesError for an empty matrix or a best
    score below one that was given.
    """
    if not matrix.persons or not matrix.items:
        raise ResponsesError("the response matrix is empty")
    seen = matrix.presented
    top = np.maximum(matrix.scores.max(axis=0), 1) if highest is None else np.asarray(highest, dtype=np.float64)
    for j, item in enumerate(matrix.items):
        if matrix.scores[:, j].max() > top[j]:
            raise ResponsesError(f"item {item} has scores above its highest, {top[j]:g}")
    weight = np.ones(len(matrix.persons)) if matrix.weight is None else matrix.weight
    size = weight @ seen
    scores = matrix.scores.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = weight @ scores / size
        deviation = np.sqrt(weight @ ((scores - mean) ** 2 * seen) / (size - 1))
    covariance, notes = pair_covariances(matrix)
    alpha, without = cronbach_alpha(covariance)
    try:
        omega = omega_total(covariance)
    except ResponsesError as error:
        omega, notes = np.nan, [*notes, str(error)]
    return ClassicalTable(
        items=matrix.items,
        persons=seen.sum(axis=0),
        facility=mean / top,
        deviation=deviation,
        point_biserial=_item_rest(scores / top, seen, weight),
        alpha_without=without,
        alpha=alpha,
        omega=omega,
        standard_error=float(np.sqrt(covariance.sum() * (1 - alpha))) if alpha <= 1 else np.nan,
        complete=bool(seen.all()),
        notes=tuple(notes),
    )


def pair_covariances(matrix: ResponseMatrix) -> tuple[FloatArray, list[str]]:
    """Weighted covariances (J, J) over the persons who met both items, NaN below 10 of them, and a note saying so."""
    seen = matrix.presented.astype(np.float64)
    scores = matrix.scores * seen
    together = seen.T @ seen
    sparse = together < LEAST_TOGETHER
    counted, points = seen, scores
    if matrix.weight is not None:
        counted, points = seen * matrix.weight[:, None], scores * matrix.weight[:, None]
        together = seen.T @ counted
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = points.T @ seen / together
        found = (points.T @ scores - together * mean * mean.T) / (together - 1)
    sparse |= together <= 1
    found[sparse] = np.nan
    pairs = int(np.triu(sparse).sum())
    notes = [f"{pairs} pairs of items were met together by fewer than {LEAST_TOGETHER} persons"] if pairs else []
    return found, notes


def cronbach_alpha(covariance: FloatArray) -> tuple[float, FloatArray]:
    """alpha = J / (J - 1) (1 - trace / sum) of covariances (J, J), and alpha without each item (J,).

    NaN for fewer than two items, a covariance that is NaN, or a total without variance.
    """
    items = len(covariance)
    without = np.full(items, np.nan)
    if items < 2 or np.isnan(covariance).any():
        return float("nan"), without
    trace, total = float(np.trace(covariance)), float(covariance.sum())
    alpha = items / (items - 1) * (1 - trace / total) if total > 0 else float("nan")
    if items > 2:
        own = np.diag(covariance)
        rest = total - 2 * covariance.sum(axis=1) + own
        with np.errstate(invalid="ignore", divide="ignore"):
            without = np.where(rest > 0, (items - 1) / (items - 2) * (1 - (trace - own) / rest), np.nan)
    return alpha, without


def omega_total(covariance: FloatArray) -> float:
    """omega = (sum of loadings)^2 / (that + sum of uniquenesses), one factor by unweighted least squares.

    Loadings are signed; the factor points where their sum is positive. Raises ResponsesError for fewer than three
    items, a covariance that is missing, an item without variance, or a factor that explains more than an item's whole
    variance (Heywood case).
    """
    spread = np.diag(covariance)
    if len(covariance) < 3 or np.isnan(covariance).any() or not np.all(spread > 0):
        raise ResponsesError("omega needs at least three items that vary and were all met together")
    correlation = covariance / np.sqrt(np.outer(spread, spread))
    others = correlation - np.eye(len(spread))
    size = np.full(len(spread), 0.5)
    for _ in range(MOST_CYCLES):
        values, vectors = np.linalg.eigh(others + np.diag(size))
        loadings = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
        before, size = size, loadings**2
        if size.max() >= 1:
            raise ResponsesError("omega is not estimable: one item's whole variance would be common (Heywood case)")
        if np.abs(size - before).max() < TOLERANCE:
            break
    else:
        raise ResponsesError("omega is not estimable: the one-factor solution did not converge")
    common = float((loadings * np.sqrt(spread)).sum() ** 2)
    return common / (common + float(((1 - size) * spread).sum()))


def _item_rest(shares: FloatArray, seen: NDArray[np.bool_], weight: FloatArray) -> FloatArray:
    """Correlation of each item with the mean share on the person's other items, (J,); NaN where one does not vary."""
    there = shares * seen
    others = seen.sum(axis=1)[:, None] - seen
    used = (seen & (others > 0)) * weight[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = np.where(others > 0, (there.sum(axis=1)[:, None] - there) / np.maximum(others, 1), 0.0)
        count = used.sum(axis=0)
        one, other = (used * there).sum(axis=0) / count, (used * rest).sum(axis=0) / count
        together = (used * (there - one) * (rest - other)).sum(axis=0)
        spread = (used * (there - one) ** 2).sum(axis=0) * (used * (rest - other) ** 2).sum(axis=0)
        return np.where(spread > 0, together / np.sqrt(spread), np.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptionCurves:
    """Of one item: who chose which option, by ability band. `shares` (bands, options), rows sum to 1.

    `point_biserial` (options,) correlates choosing the option with the rest score; a distractor above 0 or above the
    key is a warning sign of a wrong key. `places` (bands,) is the mean rest score of each band.
    """

    options: tuple[str, ...]
    key: str
    share: FloatArray
    point_biserial: FloatArray
    places: FloatArray
    shares: FloatArray

    @property
    def suspicious(self) -> tuple[str, ...]:
        """Distractors that attract the able more than the key does."""
        key = self.point_biserial[self.options.index(self.key)]
        return tuple(
            option
            for option, value in zip(self.options, self.point_biserial, strict=True)
            if option != self.key and value > max(key, 0.0)
        )

    def as_json(self) -> dict[str, object]:
        """The part "options" of an item in `kriteria fit --json`; `curve` is the option's share in each band."""
        rows = zip(self.options, self.share, self.point_biserial, self.shares.T, strict=True)
        return {
            "key": self.key,
            "bands": self.places.tolist(),
            "suspicious": list(self.suspicious),
            "options": [
                {"option": option, "share": float(share), "point_biserial": _or_null(value), "curve": curve.tolist()}
                for option, share, value, curve in rows
            ],
        }


def option_curves(
    choices: Sequence[str], presented: NDArray[np.bool_], rest: FloatArray, key: str, bands: int = BANDS
) -> OptionCurves:
    """Distractor curves of one item: the option each person chose (N,), against a rest score or theta (N,).

    An empty choice of somebody who met the item counts as the option "" (omitted). Bands hold equally many persons,
    persons of equal rest score in the lower one. Raises ResponsesError when nobody met the item or chose the key.
    """
    chosen = np.array(choices, dtype=np.str_)[presented]
    place = rest[presented]
    if not chosen.size:
        raise ResponsesError("nobody met the item")
    if not np.all(np.isfinite(place)):
        raise ResponsesError("a rest score is not finite")
    options = tuple(sorted({*chosen.tolist(), key}))
    picked = chosen[:, None] == np.array(options)
    if not picked[:, options.index(key)].any():
        raise ResponsesError(f"nobody chose the key {key!r}")
    edges = np.unique(np.quantile(place, np.arange(1, bands) / bands))
    _, band = np.unique(np.searchsorted(edges, place, side="left"), return_inverse=True)
    member = (band == np.arange(band.max() + 1)[:, None]).astype(np.float64)
    size = member.sum(axis=1, keepdims=True)
    gap = place - place.mean()
    spread = picked.std(axis=0) * place.std()
    together = (picked * gap[:, None]).mean(axis=0)
    return OptionCurves(
        options=options,
        key=key,
        share=picked.mean(axis=0),
        point_biserial=np.divide(together, spread, out=np.full(len(options), np.nan), where=spread > 0),
        places=(member @ place) / size[:, 0],
        shares=member @ picked / size,
    )


def _or_null(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

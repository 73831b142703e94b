"""DIF between two calibrations: areas between curves (Raju) and the likelihood-ratio test.

Rules:
- Both sets of parameters lie on one scale (link them first). Signed areas keep Raju's sign, reference curve minus
  focal curve: positive means harder for the focal group. Units: theta for items scored 0 and 1, else score times theta.
- Exact areas need equal c and d in both groups: with different asymptotes they are infinite (Raju 1988).
- The likelihood-ratio test (Thissen, Steinberg & Wainer 1993) frees one item at a time against a model in which all
  other unflagged items are equal in both groups; the calibration is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.dif import ALPHA, LEAST_ANCHORS, MOST_ROUNDS, DifTable
from engine.models import expected_score
from engine.parameters import DICHOTOMOUS, FloatArray, ParameterError, Parameters
from engine.responses import ResponseMatrix, ResponsesError
from engine.tails import chi2, norm

AREA_STEP = 1e-6
AREA_NODES = 2001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Areas:
    """Signed and unsigned area of each item (J,); standard errors and two-sided p are NaN without covariances."""

    signed: FloatArray
    unsigned: FloatArray
    signed_error: FloatArray
    unsigned_error: FloatArray
    signed_p: FloatArray
    unsigned_p: FloatArray


def raju_areas(
    reference: Parameters,
    focal: Parameters,
    reference_covariance: FloatArray | None = None,
    focal_covariance: FloatArray | None = None,
) -> Areas:
    """Exact areas between two logistic curves over the whole line (Raju 1988, 1990).

    Signed: (d - c)(b_F - b_R). Unsigned: |H|, H = (d - c)(2 (a_F - a_R) / (a_F a_R) ln(1 + exp(a_F a_R (b_F - b_R) /
    (a_F - a_R))) - (b_F - b_R)), and H = (d - c)(b_F - b_R) for equal slopes. Covariances (J, 2, 2) are of (a, b); the
    errors follow by the delta method, with H before its absolute value as Raju does. Where both slopes are below 0 the
    curves fall and the signed area changes its sign. Raises ParameterError for polytomous items, different numbers of
    items, or asymptotes or signs of the slopes that differ.
    """
    _comparable(reference, focal)
    for place, (model, other) in enumerate(zip(reference.model, focal.model, strict=True), start=1):
        if model not in DICHOTOMOUS or other not in DICHOTOMOUS:
            raise ParameterError(f"item {place}: exact areas are for items scored 0 and 1; use bounded areas")
    unequal = np.flatnonzero((reference.c != focal.c) | (reference.d != focal.d))
    if unequal.size:
        raise ParameterError(f"item {unequal[0] + 1}: c or d differs between the groups; the exact area is infinite")
    turned = np.flatnonzero(reference.a * focal.a < 0)
    if turned.size:
        raise ParameterError(
            f"item {turned[0] + 1}: its curve rises in one group and falls in the other; the area is infinite"
        )
    span = reference.d - reference.c
    point = np.stack((reference.a, reference.b, focal.a, focal.b))
    signed, height = np.sign(point[0]) * span * (point[3] - point[1]) + 0.0, span * _height(point)
    signed_error = unsigned_error = np.full(len(span), np.nan)
    if reference_covariance is not None and focal_covariance is not None:
        slopes = span * _gradient(point)
        signed_error = span * np.sqrt(reference_covariance[:, 1, 1] + focal_covariance[:, 1, 1])
        parts = (
            np.einsum("ij,jik,kj->j", slopes[rows], covariance, slopes[rows])
            for rows, covariance in ((slice(0, 2), reference_covariance), (slice(2, 4), focal_covariance))
        )
        unsigned_error = np.sqrt(sum(parts))
    return Areas(
        signed=signed,
        unsigned=np.abs(height),
        signed_error=signed_error,
        unsigned_error=unsigned_error,
        signed_p=2 * norm.sf(np.abs(signed / signed_error)),
        unsigned_p=2 * norm.sf(np.abs(height / unsigned_error)),
    )


def _height(point: FloatArray) -> FloatArray:
    a_reference, b_reference, a_focal, b_focal = point
    gap, shift = a_focal - a_reference, b_focal - b_reference
    product = a_focal * a_reference
    safe = np.where(gap == 0, 1.0, gap)
    bent = 2 * safe / product * np.logaddexp(0.0, product * shift / safe) - shift
    return np.asarray(np.where(gap == 0, shift, bent))


def _gradient(point: FloatArray) -> FloatArray:
    """dH in a_R, b_R, a_F, b_F, (4, J), by central differences."""
    slopes = np.empty_like(point)
    for row in range(4):
        step = np.zeros((4, 1))
        step[row] = AREA_STEP
        slopes[row] = (_height(point + step) - _height(point - step)) / (2 * AREA_STEP)
    return slopes


def bounded_areas(reference: Parameters, focal: Parameters, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """Signed and unsigned area between expected scores on [low, high], each (J,), any model (Kim & Cohen 1991)."""
    _comparable(reference, focal)
    if not low < high:
        raise ParameterError(f"the range from {low:g} to {high:g} is empty")
    theta = np.linspace(low, high, AREA_NODES)
    gap = expected_score(reference, theta) - expected_score(focal, theta)
    weight = np.full(AREA_NODES, theta[1] - theta[0])
    weight[[0, -1]] /= 2  # trapezoids
    return np.asarray(weight @ gap), np.asarray(weight @ np.abs(gap))


def _comparable(reference: Parameters, focal: Parameters) -> None:
    if len(reference) != len(focal):
        raise ParameterError(f"{len(reference)} items of the reference and {len(focal)} of the focal group")


class TwoGroupFit(Protocol):
    """What the likelihood-ratio test needs of a calibration of two groups."""

    @property
    def log_likelihood(self) -> float:
        """At the maximum."""

    @property
    def free_parameters(self) -> int:
        """How many parameters were estimated."""


Calibrate = Callable[[frozenset[str]], TwoGroupFit]
"""Items held equal in both groups -> the fit; mean and variance of the focal group are always free."""


def split_by_group(matrix: ResponseMatrix, focal: NDArray[np.bool_], equal: frozenset[str]) -> ResponseMatrix:
    """The matrix in which every item outside `equal` is two columns, one met by either group only: how a calibration of
    several groups lets an item differ. The group is "reference" or "focal".
    """
    names, scores, masks = [], [], []
    for j, item in enumerate(matrix.items):
        seen = matrix.presented[:, j]
        parts = (
            [(item, seen)] if item in equal else [(f"{item}|reference", seen & ~focal), (f"{item}|focal", seen & focal)]
        )
        for name, mask in parts:
            names.append(name)
            masks.append(mask)
            scores.append(matrix.scores[:, j])
    order = np.argsort(focal, kind="stable")  # the reference group comes first: its theta is N(0, 1)
    return ResponseMatrix(
        persons=tuple(matrix.persons[i] for i in order),
        items=tuple(names),
        scores=np.column_stack(scores)[order],
        presented=np.column_stack(masks)[order],
        group=tuple("focal" if focal[i] else "reference" for i in order),
        weight=None if matrix.weight is None else matrix.weight[order],
    )


def likelihood_ratio(
    items: tuple[str, ...], calibrate: Calibrate, purify: bool = True, alpha: float = ALPHA
) -> DifTable:
    """2 (log L with the item free - log L with it equal) of each item, given the other anchors.

    One calibration per item and round and one for the base model. Purification: items significant at `alpha` are free
    in the next round's base model, until the set stands still. The class is "C" for a flagged item, "A" otherwise:
    this test knows significance only, read areas for the size. Raises ResponsesError when fewer than 4 anchors are left
    or when freeing an item lowers the likelihood (a calibration that did not converge).
    """
    anchors = frozenset(items)
    seen: set[frozenset[str]] = set()
    stable, number = True, 0
    for number in range(1, MOST_ROUNDS + 1):
        statistic, df = _ratios(items, anchors, calibrate)
        p = np.asarray(chi2.sf(statistic, df))
        kept = frozenset(item for item, chance in zip(items, p, strict=True) if chance >= alpha)
        if not purify or kept == anchors:
            break
        if len(kept) < LEAST_ANCHORS:
            raise ResponsesError(f"only {len(kept)} items are left equal in both groups; needed are {LEAST_ANCHORS}")
        stable = kept not in seen and number < MOST_ROUNDS
        if not stable:
            break
        seen.add(kept)
        anchors = kept
    nothing = np.full(len(items), np.nan)
    return DifTable(
        method="likelihood_ratio",
        items=items,
        statistic=statistic,
        df=df.astype(np.intp),
        p=p,
        effect=nothing,
        standard_error=nothing,
        classes=tuple("A" if chance >= alpha else "C" for chance in p),
        more={},
        anchors=np.array([item in anchors for item in items]),
        rounds=number,
        stable=stable,
    )


def _ratios(items: tuple[str, ...], anchors: frozenset[str], calibrate: Calibrate) -> tuple[FloatArray, FloatArray]:
    """Statistic and degrees of freedom of each item: an anchor is freed, an item that was free is held equal."""
    base = calibrate(anchors)
    statistic, df = np.empty(len(items)), np.empty(len(items))
    for place, item in enumerate(items):
        other = calibrate(anchors ^ {item})
        free, equal = (other, base) if item in anchors else (base, other)
        statistic[place] = 2 * (free.log_likelihood - equal.log_likelihood)
        df[place] = free.free_parameters - equal.free_parameters
        if statistic[place] < -TOLERATED or df[place] <= 0:
            raise ResponsesError(
                f"item {item}: freeing it did not raise the likelihood; the calibration is not at its maximum"
            )
    return np.maximum(statistic, 0.0), df


TOLERATED = 0.02  # twice what two calibrations may each stop short of their maximum

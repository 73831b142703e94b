"""Cut scores from judgement: modified Angoff, bookmark and contrasting groups, each as a cut on theta with its error.

Rules:
- modified Angoff (Angoff 1971; on theta: Kane 1987): a rater's cut is where the expected score of the items he rated
  equals the sum of his ratings; the cut is the mean over raters, its standard error their spread / sqrt(raters).
- bookmark (Mitzel, Lewis, Patz & Green 2001): items in the order of the theta at which they are answered with the
  response probability; the cut lies between the last item before the bookmark and the marked one.
- contrasting groups (Livingston & Zieky 1982): logistic regression of the outside judgement on theta; the cut is where
  both judgements are equally likely, or as likely as the losses ask; its error, of persons, by the delta method.
- The error of Angoff and bookmark counts raters only: items are taken as calibrated. Two raters are the least; a rater
  whose ratings have no theta is named and refused. The basis of a cut (method, raters, rounds) is the caller's to keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from engine.logistic_regression import NoConvergence, proportional_odds
from engine.models import category_probabilities, expected_score
from engine.parameters import FloatArray, Parameters

RANGE = 8.0  # cuts are looked for on [-8, 8], the range of every estimate of theta
RESPONSE_PROBABILITY = 2 / 3


class StandardSettingError(ValueError):
    """Judgements that give no cut; the message names the rater and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cut:
    """A cut on theta with its standard error, each rater's own cut (R,), and how the raters agreed.

    `consistency` (R,) is each rater's agreement with the items (NaN where the method has none), `reliability` the
    intraclass correlation of the raters' mean, or None.
    """

    method: str
    cut: float
    standard_error: float
    rater_cuts: FloatArray
    consistency: FloatArray
    reliability: float | None

    def as_json(self) -> dict[str, object]:
        """The document of `kriteria standard-set --json`."""
        return {
            "method": self.method,
            "cut": self.cut,
            "se": self.standard_error,
            "rater_cuts": self.rater_cuts.tolist(),
            "consistency": [float(value) if np.isfinite(value) else None for value in self.consistency],
            "reliability": self.reliability,
        }


def angoff(parameters: Parameters, ratings: FloatArray, rated: NDArray[np.bool_] | None = None) -> Cut:
    """Modified Angoff from ratings (R, J): the score the barely qualified person is expected to get on each item.

    `rated` masks what a rater did not judge. `consistency` is van der Linden's (1982) index: 1 - mean |rating -
    P(cut)| / mean of the largest error possible. `reliability` is ICC(2, k) (Shrout & Fleiss 1979), only for complete
    ratings. Raises StandardSettingError for fewer than two raters, a rating outside the item's scores, or a sum no
    theta within [-8, 8] reaches.
    """
    rated = np.ones(ratings.shape, dtype=np.bool_) if rated is None else rated
    top = (parameters.categories - 1).astype(np.float64)
    if ratings.ndim != 2 or ratings.shape[1] != len(parameters) or rated.shape != ratings.shape:
        raise StandardSettingError(f"ratings {ratings.shape} do not fit {len(parameters)} items")
    _enough(len(ratings))
    wrong = rated & ~(np.isfinite(ratings) & (ratings >= 0) & (ratings <= top))
    if wrong.any():
        rater, item = np.argwhere(wrong)[0]
        raise StandardSettingError(
            f"rater {rater + 1}, item {item + 1}: a rating must lie between 0 and {top[item]:g}, "
            f"not {ratings[rater, item]:g}"
        )
    cuts, agreement = np.empty(len(ratings)), np.empty(len(ratings))
    for rater, row in enumerate(ratings):
        mine = np.flatnonzero(rated[rater])
        if not mine.size:
            raise StandardSettingError(f"rater {rater + 1} rated no item")
        items = parameters.take(mine)
        cuts[rater] = _theta_of_sum(items, float(row[mine].sum()), rater)
        expected = expected_score(items, cuts[rater])
        largest = np.maximum(expected, top[mine] - expected)
        agreement[rater] = 1 - np.abs(row[mine] - expected).mean() / largest.mean()
    return Cut(
        method="angoff",
        cut=float(cuts.mean()),
        standard_error=_error(cuts),
        rater_cuts=cuts,
        consistency=agreement,
        reliability=rater_reliability(ratings) if rated.all() else None,
    )


def _theta_of_sum(items: Parameters, total: float, rater: int) -> float:
    low, high = (float(expected_score(items, end).sum()) for end in (-RANGE, RANGE))
    if not low < total < high:
        raise StandardSettingError(
            f"rater {rater + 1}: no theta within {-RANGE:g} and {RANGE:g} gives an expected sum of {total:g}; "
            f"these items give {low:.2f} to {high:.2f}"
        )
    return float(brentq(lambda theta: float(expected_score(items, theta).sum()) - total, -RANGE, RANGE, xtol=1e-12))


def rater_reliability(ratings: FloatArray) -> float | None:
    """ICC(2, k) of the raters' mean rating of an item (R, J) (Shrout & Fleiss 1979); None without spread of items."""
    raters, items = ratings.shape
    if items < 2:
        return None
    mean = ratings.mean()
    of_items = raters * ((ratings.mean(axis=0) - mean) ** 2).sum() / (items - 1)
    of_raters = items * ((ratings.mean(axis=1) - mean) ** 2).sum() / (raters - 1)
    gap = ratings - ratings.mean(axis=0) - ratings.mean(axis=1)[:, None] + mean
    error = (gap**2).sum() / ((items - 1) * (raters - 1))
    below = of_items + (of_raters - error) / items
    return float((of_items - error) / below) if below > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Booklet:
    """Score points in the order of difficulty: place of the item, score to reach (from 1), theta; each (B,)."""

    item: NDArray[np.intp]
    score: NDArray[np.intp]
    location: FloatArray


def ordered_booklet(
    parameters: Parameters, response_probability: float = RESPONSE_PROBABILITY, adjust_for_guessing: bool = False
) -> Booklet:
    """Every score point at the theta where P(score >= k) reaches the response probability; ties in item order.

    `adjust_for_guessing` asks for c + (d - c) rp instead. Raises StandardSettingError for a response probability
    outside (0, 1), or a point that reaches it nowhere on [-8, 8].
    """
    if not 0 < response_probability < 1:
        raise StandardSettingError(f"a response probability of {response_probability:g} is not between 0 and 1")
    points = []
    for item in range(len(parameters)):
        one = parameters.take([item])
        for score in range(1, int(one.categories[0])):
            wanted = response_probability
            if adjust_for_guessing:
                wanted = float(one.c[0] + (one.d[0] - one.c[0]) * wanted)
            points.append((_reached(one, score, wanted, item), item, score))
    points.sort(key=lambda point: point[0])
    location, items, scores = zip(*points, strict=True)
    return Booklet(item=np.array(items), score=np.array(scores), location=np.array(location))


def _reached(one: Parameters, score: int, wanted: float, item: int) -> float:
    def gap(theta: float) -> float:
        return float(category_probabilities(one, theta)[0, score:].sum()) - wanted

    if not gap(-RANGE) < 0 < gap(RANGE):
        raise StandardSettingError(
            f"item {item + 1}, score {score}: a response probability of {wanted:.3g} is not reached within "
            f"{-RANGE:g} and {RANGE:g}"
        )
    return float(brentq(gap, -RANGE, RANGE, xtol=1e-12))


def bookmark(booklet: Booklet, bookmarks: Sequence[int], tables: Sequence[str] | None = None) -> Cut:
    """Bookmarks (R,): place, from 1, of the first score point a barely qualified person would not master.

    A rater's cut is the middle between that point and the one before. With `tables` (raters who discussed together) the
    error is that of the tables' means. Raises StandardSettingError for a bookmark outside 2 .. B, which leaves no point
    on one side, or fewer than two raters or tables.
    """
    places = np.asarray(bookmarks)
    _enough(len(places))
    for rater, place in enumerate(places, start=1):
        if not 2 <= place <= len(booklet.location):
            raise StandardSettingError(f"rater {rater}: bookmark {place} is not between 2 and {len(booklet.location)}")
    cuts = (booklet.location[places - 1] + booklet.location[places - 2]) / 2
    groups = cuts
    if tables is not None:
        if len(tables) != len(cuts):
            raise StandardSettingError(f"{len(tables)} tables for {len(cuts)} raters")
        groups = np.array([cuts[np.array(tables) == name].mean() for name in sorted(set(tables))])
        if len(groups) < 2:
            raise StandardSettingError("a standard error over tables needs at least two")
    return Cut(
        method="bookmark",
        cut=float(cuts.mean()),
        standard_error=_error(groups),
        rater_cuts=cuts,
        consistency=np.full(len(cuts), np.nan),
        reliability=None,
    )


def contrasting_groups(
    theta: FloatArray, qualified: NDArray[np.bool_], loss_ratio: float = 1.0, equal_groups: bool = True
) -> Cut:
    """The theta at which P(qualified) = r / (1 + r), r = loss of a false pass / loss of a false fail.

    `equal_groups` takes the sizes of the two groups out, as they were chosen and not drawn. Raises StandardSettingError
    when a group is empty, theta does not rise with the judgement, or the groups do not overlap (no maximum).
    """
    if theta.shape != qualified.shape or not np.all(np.isfinite(theta)):
        raise StandardSettingError("needed is one finite theta for each judged person")
    if not 0 < loss_ratio < np.inf:
        raise StandardSettingError(f"a loss ratio of {loss_ratio:g} is not a finite number above 0")
    if qualified.all() or not qualified.any():
        raise StandardSettingError("one of the two groups is empty")
    try:
        fit = proportional_odds(theta[:, None], qualified.astype(np.intp))
    except NoConvergence as error:
        raise StandardSettingError(f"the two groups give no cut: {error}") from error
    slope = float(fit.coefficients[0])
    if slope <= 0:
        raise StandardSettingError("those judged qualified do not have the higher theta")
    odds, covariance = np.log(loss_ratio), fit.covariance.copy()
    if equal_groups:
        yes, no = int(qualified.sum()), int((~qualified).sum())
        odds += np.log(yes / no)
        covariance[0, 0] -= 1 / yes + 1 / no  # sizes that were chosen do not vary (Prentice & Pyke 1979)
    cut = float((odds - fit.thresholds[0]) / slope)
    gradient = np.array([-1 / slope, -cut / slope])
    standard_error = float(np.sqrt(gradient @ covariance @ gradient))
    nothing = np.empty(0)
    return Cut(
        method="contrasting_groups", cut=cut, standard_error=standard_error, rater_cuts=nothing, consistency=nothing,
        reliability=None,
    )  # fmt: skip


def _enough(raters: int) -> None:
    if raters < 2:
        raise StandardSettingError(f"{raters} rater; a standard error needs at least two")


def _error(cuts: FloatArray) -> float:
    return float(cuts.std(ddof=1) / np.sqrt(len(cuts)))

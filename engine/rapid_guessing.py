"""Answers given too fast to be solutions: thresholds, effort, and what they did to the score.

Rules:
- Normative threshold NT10 (Wise & Ma 2012): 10 % of the item's mean time, at most 10 seconds. Any other threshold per
  item can be given instead; the choice is the institution's and is reported.
- Response time effort (Wise & Kong 2005): the share of a person's answers at or above the threshold.
- An answer is rapid when its time is below the threshold; what was not presented is neither.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.parameters import FloatArray
from engine.response_times import log_times
from engine.responses import ResponsesError

NORMATIVE_SHARE = 0.10
LONGEST_THRESHOLD = 10.0
LEAST_EFFORT = 0.90  # below it a person's score is usually not interpreted (Wise & Kong 2005)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RapidGuessing:
    """`rapid` (N, J) bool, `thresholds` (J,) seconds, effort (N,) and rapid share (J,) NaN where nothing was met.

    `right_rapid` and `right_solving` (J,) are the shares right of either kind of answer: rapid guesses at about chance
    confirm the threshold.
    """

    rapid: NDArray[np.bool_]
    thresholds: FloatArray
    effort: FloatArray
    share: FloatArray
    right_rapid: FloatArray
    right_solving: FloatArray


def normative_thresholds(
    seconds: FloatArray,
    presented: NDArray[np.bool_],
    share: float = NORMATIVE_SHARE,
    longest: float = LONGEST_THRESHOLD,
) -> FloatArray:
    """NT10, or another share of the mean time: min(share * mean seconds, longest), (J,); NaN for an item nobody met."""
    if not 0 < share < 1 or not longest > 0:
        raise ResponsesError(f"a threshold of {share:g} of the mean time up to {longest:g} seconds makes no sense")
    log_times(seconds, presented)
    count = presented.sum(axis=0)
    total = np.where(presented, seconds, 0.0).sum(axis=0)
    mean = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return np.asarray(np.minimum(share * mean, longest))


def rapid_guessing(
    seconds: FloatArray, scores: NDArray[np.int8], presented: NDArray[np.bool_], thresholds: FloatArray
) -> RapidGuessing:
    """Mark answers below their item's threshold (J,). Raises ResponsesError for a threshold below 0 or a bad time."""
    log_times(seconds, presented)
    if thresholds.shape != (seconds.shape[1],) or np.any(thresholds < 0):
        raise ResponsesError("thresholds are not one number of seconds from 0 per item")
    met = presented.any(axis=0)
    if np.any(np.isnan(thresholds) & met):
        raise ResponsesError(f"item {int(np.flatnonzero(np.isnan(thresholds) & met)[0]) + 1} has no threshold")
    rapid = presented & (seconds < np.where(np.isnan(thresholds), 0.0, thresholds))
    solving = presented & ~rapid
    right = scores > 0
    return RapidGuessing(
        rapid=rapid,
        thresholds=thresholds,
        effort=_share(solving, presented, axis=1),
        share=_share(rapid, presented, axis=0),
        right_rapid=_share(rapid & right, rapid, axis=0),
        right_solving=_share(solving & right, solving, axis=0),
    )


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_], axis: int) -> FloatArray:
    count = whole.sum(axis=axis)
    found = np.full(len(count), np.nan)
    np.divide(part.sum(axis=axis), count, out=found, where=count > 0)
    return found

"""Have anchor items moved since the last calibration: robust z, and screening of anchors before a link is trusted.

Rules:
- Robust z (Huynh & Meyer 2010): (d - median d) / (0.74 IQR d), d = ln(a_to / a_from) for slopes, d = b_to - (A b_from
  + B) for difficulties (polytomous: the mean step). It looks at the bulk of the items, so that a few that moved cannot
  hide each other.
- Screening drops the item with the largest |z| above the limit, links again and repeats, down to a least number of
  anchors. Huynh & Meyer's limit of 1.645 is for one item: repeated over all of them it drops half of the sound anchors.
  The limit here is for the largest z of all together (`family_limit`).
- Then the link's own checks are reported: correlation of difficulties and ratio of their spreads.
- Without spread (IQR 0) an item that differs from the median is infinite, one that does not is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import tails
from engine.item_curves import ThetaDistribution
from engine.linking import SLOPE_ONE, Link, LinkingError, Method, link
from engine.parameters import NOMINAL, FloatArray, Parameters

FAMILY_ERROR = 0.10  # chance that a sound set of anchors loses one
SPREAD_OF_NORMAL = 0.74  # IQR of a normal distribution times this is its standard deviation
LEAST_ANCHORS = 5
LEAST_CORRELATION = 0.95
SPREAD_RATIO = (0.9, 1.1)
NOISE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Screening:
    """The link over the kept anchors, robust z of all items against it, and what fails the link's own checks.

    `dropped` lists the items in the order they left. `correlation` of b, `spread_ratio` sd(b_to) / (A sd(b_from)).
    """

    link: Link
    kept: NDArray[np.bool_]
    dropped: tuple[int, ...]
    slope_z: FloatArray
    difficulty_z: FloatArray
    correlation: float
    spread_ratio: float
    warnings: tuple[str, ...]


def robust_z(differences: FloatArray) -> FloatArray:
    """(d - median) / (0.74 IQR) of each difference (J,). Raises LinkingError for fewer than three."""
    if differences.size < 3:
        raise LinkingError(f"{differences.size} items; a robust z needs at least three")
    gap = differences - np.median(differences)
    low, high = np.quantile(differences, (0.25, 0.75))
    spread = SPREAD_OF_NORMAL * (high - low)
    if spread > NOISE:
        return np.asarray(gap / spread)
    return np.where(np.abs(gap) <= NOISE, 0.0, np.copysign(np.inf, gap))


def family_limit(anchors: int, tests: int, error: float = FAMILY_ERROR) -> float:
    """The |z| that the largest of `tests` robust z of sound anchors exceeds with probability about `error`.

    Bonferroni over the tests; Student's t with anchors / 2 degrees of freedom, because the IQR of few items varies (for
    5 to 80 normal differences the largest |z| then exceeds it in 7 to 10 % of sets at an error of 10 %).
    """
    return float(tails.student.isf(error / (2 * tests), anchors / 2))


def drift(source: Parameters, target: Parameters, found: Link) -> tuple[FloatArray, FloatArray]:
    """Robust z of the slopes and of the difficulties of each anchor, each (J,), given a link; nominal items refused."""
    if NOMINAL in source.model:
        raise LinkingError("drift is measured on slopes and difficulties; nominal items have none")
    same = all(model in SLOPE_ONE for model in (*source.model, *target.model))
    slopes = np.zeros(len(source)) if same else robust_z(np.log(target.a / source.a))
    return slopes, robust_z(target.b - (found.slope * source.b + found.shift))


def screen_anchors(
    source: Parameters,
    target: Parameters,
    method: Method = "stocking_lord",
    population: ThetaDistribution | None = None,
    limit: float | None = None,
    least: int = LEAST_ANCHORS,
) -> Screening:
    """Link, drop the anchor that drifted most, link again, until no |z| is above `limit` or `least` anchors are left.

    `limit` None is `family_limit` over the slopes and difficulties of the anchors that are left. z of the kept anchors
    decides; the reported z of every item is against the last link. Raises LinkingError for fewer than `least` anchors.
    """
    if len(source) < max(least, 3):
        raise LinkingError(f"{len(source)} anchors; at least {max(least, 3)} are needed")
    kept = np.ones(len(source), dtype=np.bool_)
    dropped: list[int] = []
    warnings = []
    while True:
        places = np.flatnonzero(kept)
        found = link(source.take(places), target.take(places), method, population)
        slopes, difficulties = drift(source.take(places), target.take(places), found)
        size = np.maximum(np.abs(slopes), np.abs(difficulties))
        worst = int(size.argmax())
        tests = len(places) * (2 if slopes.any() else 1)
        if size[worst] <= (family_limit(len(places), tests) if limit is None else limit):
            break
        if len(places) <= least:
            warnings.append(f"drift is left: only {least} anchors remain and one has a robust z of {size[worst]:.2f}")
            break
        kept[places[worst]] = False
        dropped.append(int(places[worst]))
    slopes, difficulties = drift(source, target, found)
    old, new = source.b[kept], target.b[kept]
    correlation = float(np.corrcoef(old, new)[0, 1]) if old.std() > 0 and new.std() > 0 else float("nan")
    ratio = float(new.std() / (found.slope * old.std())) if old.std() > 0 else float("nan")
    if not correlation >= LEAST_CORRELATION:
        warnings.append(f"difficulties correlate {correlation:.3f}, below {LEAST_CORRELATION}")
    if not SPREAD_RATIO[0] <= ratio <= SPREAD_RATIO[1]:
        warnings.append(
            f"difficulties spread {ratio:.3f} times as wide, outside {SPREAD_RATIO[0]} to {SPREAD_RATIO[1]}"
        )
    return Screening(
        link=found,
        kept=kept,
        dropped=tuple(dropped),
        slope_z=slopes,
        difficulty_z=difficulties,
        correlation=correlation,
        spread_ratio=ratio,
        warnings=tuple(warnings),
    )

"""What every analysis of differential item functioning shares: groups, matching, flags and purification.

Rules:
- Two groups: reference and focal. Effects are from the focal group's side: negative means harder for it.
- Persons are matched before they are compared: on the sum over the anchors and the studied item (everybody must have
  met them), or on values given for each person, for example theta cut into strata.
- Purification: flagged items leave the matching sum and everything is repeated until the flags stand still. Flags
  that keep alternating, or too few anchors left, end it and are said.
- Size and significance are both needed: A negligible, B moderate, C large, "" where the item is not estimable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.parameters import FloatArray
from engine.responses import ResponseMatrix, ResponsesError

ALPHA = 0.05
LEAST_ANCHORS = 4
MOST_ROUNDS = 10
STRATA = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DifTable:
    """One test per item, each (J,): `statistic` with `df`, `p`, `effect` with its `standard_error`, and the class.

    `anchors` says which items matched the groups, `rounds` how often the analysis ran, `stable` whether the flags
    stood still. NaN where an item is not estimable. `more` holds what only this method gives, per item.
    """

    method: str
    items: tuple[str, ...]
    statistic: FloatArray
    df: NDArray[np.intp]
    p: FloatArray
    effect: FloatArray
    standard_error: FloatArray
    classes: tuple[str, ...]
    more: Mapping[str, FloatArray]
    anchors: NDArray[np.bool_]
    rounds: int = 1
    stable: bool = True

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Items of class B or C, (J,)."""
        return np.array([name in ("B", "C") for name in self.classes])

    def as_json(self) -> dict[str, object]:
        """The document of `kriteria dif --json`."""
        columns = {"statistic": self.statistic, "p": self.p, "effect": self.effect, "se": self.standard_error}
        rows = []
        for j, item in enumerate(self.items):
            row: dict[str, object] = {"item": item, "class": self.classes[j], "anchor": bool(self.anchors[j])}
            row |= {"df": int(self.df[j])}
            for name, column in (columns | dict(self.more)).items():
                row[name] = float(column[j]) if np.isfinite(column[j]) else None
            rows.append(row)
        return {"method": self.method, "rounds": self.rounds, "stable": self.stable, "items": rows}


Analysis = Callable[[NDArray[np.bool_]], DifTable]


def focal_group(matrix: ResponseMatrix, focal: str) -> NDArray[np.bool_]:
    """Who is in the focal group, (N,). Raises ResponsesError unless the matrix holds it and exactly one other group."""
    if matrix.group is None:
        raise ResponsesError("the responses hold no group")
    names = sorted(set(matrix.group))
    if focal not in names or len(names) != 2:
        raise ResponsesError(f"two groups are compared, one of them {focal!r}; found: {', '.join(names)}")
    return np.array([name == focal for name in matrix.group])


def check_groups(matrix: ResponseMatrix, focal: NDArray[np.bool_]) -> None:
    """Raise ResponsesError unless `focal` fits the persons and both groups have somebody."""
    if focal.shape != (len(matrix.persons),):
        raise ResponsesError(f"the focal group {focal.shape} does not fit {len(matrix.persons)} persons")
    if focal.all() or not focal.any():
        raise ResponsesError("one of the two groups is empty")


def matching_score(matrix: ResponseMatrix, anchors: NDArray[np.bool_], item: int) -> FloatArray:
    """The sum over the anchors and the studied item of each person, (N,) (Holland & Thayer 1988)."""
    used = anchors.copy()
    used[item] = True
    if not matrix.presented[:, used].all():
        raise ResponsesError("not everybody met every anchor: sums cannot match; give theta to match on instead")
    return np.asarray(matrix.scores[:, used].sum(axis=1, dtype=np.float64))


def strata_of(theta: FloatArray, strata: int = STRATA) -> FloatArray:
    """Theta cut at its quantiles into `strata` classes, numbered from 0, (N,)."""
    if not np.all(np.isfinite(theta)):
        raise ResponsesError("a theta to match on is not finite")
    return np.searchsorted(np.quantile(theta, np.arange(1, strata) / strata), theta, side="right").astype(np.float64)


def given_matching(matrix: ResponseMatrix, matching: FloatArray | None) -> FloatArray | None:
    """The matching values given from outside, checked: one finite number per person."""
    if matching is not None and (matching.shape != (len(matrix.persons),) or not np.all(np.isfinite(matching))):
        raise ResponsesError("the matching values are not one finite number per person")
    return matching


def purified(analyse: Analysis, items: int, rounds: int = MOST_ROUNDS) -> DifTable:
    """Repeat an analysis without the flagged items among the anchors until the flags stand still.

    Raises ResponsesError when fewer than 4 anchors would be left.
    """
    anchors = np.ones(items, dtype=np.bool_)
    seen: set[bytes] = set()
    for number in range(1, rounds + 1):
        table = analyse(anchors)
        kept = ~table.flagged
        if np.array_equal(kept, anchors):
            return replace(table, rounds=number, stable=True)
        if kept.sum() < LEAST_ANCHORS:
            raise ResponsesError(
                f"only {kept.sum()} items are left to match the groups; at least {LEAST_ANCHORS} are needed"
            )
        if kept.tobytes() in seen:
            break
        seen.add(kept.tobytes())
        anchors = kept
    return replace(analyse(anchors), rounds=number, stable=False)

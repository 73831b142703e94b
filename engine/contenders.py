"""The few items of an outcome that can be the most informative near a theta, so that a choice need not value all.

Rules:
- Information at theta lies on a line between two neighbouring nodes (criteria.py), so between them no item is worth
  more than the greater of its values there, its bound. Where the n-th best of a list is worth more than the bound of
  every item off the list, the n best of the list are the n best of the outcome; else the list says nothing.
- A list holds the items of greatest bound, in pool order: the first of equals is the one that stands first in the pool.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.criteria import Tables, between, segment
from engine.parameters import FloatArray

REACHES = (64, 256)  # items on a list; the longer one serves where many of the best are used or closed
ROUNDING = 1e-9  # of a bound: interpolating may pass the greater end by a few roundings, never by this much
Ints = NDArray[np.int64]


class Contenders:
    """The lists of K outcomes for each of S segments between nodes, R items each.

    `place` (K, S, R): where the items stand among their outcome's; low, high (K, S, R): their information at the
    segment's ends; beyond (K, S): the greatest bound off the list, -inf where nothing is off it. An outcome of fewer
    than R items has places beyond its end.
    """

    __slots__ = ("beyond", "high", "low", "nodes", "place")

    def __init__(self, tables: Sequence[Tables], reach: int) -> None:
        self.nodes = tables[0].nodes
        shape = (len(tables), len(self.nodes) - 1)
        reach = min(reach, max(table.information.shape[1] for table in tables))
        self.place = np.empty((*shape, reach), dtype=np.int32)
        self.place[:] = np.arange(reach)
        self.low, self.high = np.zeros((2, *shape, reach))
        self.beyond = np.full(shape, -np.inf)
        for k, table in enumerate(tables):
            low, high = table.information[:-1], table.information[1:]
            own = low.shape[1]
            if own > reach:
                bound = np.maximum(low, high)
                order = np.argpartition(-bound, reach, axis=1)
                self.place[k] = np.sort(order[:, :reach], axis=1)
                self.beyond[k] = np.take_along_axis(bound, order[:, reach:], axis=1).max(axis=1) * (1 + ROUNDING)
            listed = self.place[k, :, :own]
            self.low[k, :, :own] = np.take_along_axis(low, listed, axis=1)
            self.high[k, :, :own] = np.take_along_axis(high, listed, axis=1)

    @classmethod
    def of(cls, tables: Sequence[Tables]) -> tuple[Contenders, ...]:
        """Short lists, then long ones where an outcome has more items than a short one holds."""
        widest = max((table.information.shape[1] for table in tables), default=0)
        return tuple(cls(tables, reach) for n, reach in enumerate(REACHES) if n == 0 or widest > REACHES[n - 1])

    def at(self, outcome: int | Ints, theta: float | FloatArray) -> tuple[Ints, FloatArray, FloatArray]:
        """Places (N, R) and information (N, R) of what is listed at theta (N,) of outcome (N,); beyond (N,).

        (R,), (R,) and one bound for one theta of one outcome.
        """
        left, share = segment(self.nodes, theta)
        value = between(self.low[outcome, left], self.high[outcome, left], share[..., None])
        return self.place[outcome, left], value, self.beyond[outcome, left]


def drawn(values: FloatArray, count: int, luck: FloatArray) -> tuple[Ints, Ints, FloatArray]:
    """Column drawn by luck (N,) in [0, 1) from the `count` best of values (N, R), from how many, and the least of them.

    -inf marks what cannot be chosen, and is the least where there are fewer than `count`. `values` is used up.
    """
    rows, found = np.arange(len(values)), np.zeros(len(values), dtype=np.int64)
    best, last = np.zeros((count, len(values)), dtype=np.int64), np.full(len(values), -np.inf)
    for n in range(min(count, values.shape[1])):
        best[n] = values.argmax(axis=1)
        last = values[rows, best[n]]
        found += last > -np.inf
        values[rows, best[n]] = -np.inf
    if values.shape[1] < count:
        last = np.full(len(values), -np.inf)
    return best[(luck * found).astype(np.int64), rows], found, last

"""Whether a calibration asks for more than its answers can tell: free parameters against independent cells.

Rules: the answers of those who met the items of a set S tell the joint distribution of their scores. Its independent
numbers are, over every set of items somebody met together, the product of (categories - 1), group by group; all of
them for J items of two categories met together are 2^J - 1. More free parameters than that cannot be told apart
(Goodman 1974). Items that nobody met together with others stand for themselves. A parameter
with a prior is told by its prior and does not count. Enough cells do not prove that the parameters are identified.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from engine.calibrate.families import Dichotomous
from engine.calibrate.problem import Problem
from engine.parameters import FloatArray
from engine.responses import ResponseMatrix

Mask = NDArray[np.bool_]
LONG = 60  # items: no calibration has 2^60 parameters


def more_than_can_be_told(problem: Problem, matrix: ResponseMatrix) -> bool:
    """Whether the free parameters outnumber the cells, of all items or of items met apart from all others."""
    of_items = _of_items(problem)
    shared = int(problem.free_population.sum()) + len(problem.start.links)
    presented = matrix.presented if matrix.weight is None else matrix.presented[matrix.weight > 0]
    met = presented.sum(axis=1, dtype=np.int32)
    most = met.min() if presented.all() else np.where(presented, met[:, None], 0).max(axis=0).min()
    if 2.0 ** min(int(most), LONG) - 1 >= of_items.sum() + shared:  # the rule: somebody met many, with every item
        return False
    group = np.unique(np.array(matrix.group or [""] * len(matrix.persons)), return_inverse=True)[1].astype(np.int64)
    group = group if matrix.weight is None else group[matrix.weight > 0]
    packed = np.column_stack((group[:, None].view(np.uint8), np.packbits(presented, axis=1)))
    first = np.unique(packed, axis=0, return_index=True)[1]
    masks, groups = presented[first], group[first].tolist()
    total = 0
    for items in _apart(masks):
        own = int(of_items[items].sum())
        there = np.flatnonzero(masks[:, items].any(axis=1))
        met_together = ((groups[row], np.flatnonzero(masks[row]).tolist()) for row in there)
        cells = _cells(met_together, problem.answers.categories, own + shared)
        if cells < own:
            return True
        total += cells
    return total < int(of_items.sum()) + shared


def _of_items(problem: Problem) -> NDArray[np.intp]:
    """How many free parameters without a prior each item has, (J,)."""
    free, priors = problem.free_items.copy(), problem.priors
    if priors.a is not None:
        free[:, 0] = False
    if priors.b is not None:
        free[:, 1 : 2 if isinstance(problem.family, Dichotomous) else None] = False
    if priors.c is not None:
        free[:, 2] = False
    found = np.zeros(len(problem.answers.categories), dtype=np.intp)
    found[problem.estimated] = free.sum(axis=1)
    return found


def _apart(masks: Mask) -> Iterator[NDArray[np.intp]]:
    """Sets of items that nobody met together with items of another set."""
    left = masks.any(axis=0)
    while left.any():
        mine: Mask = np.arange(masks.shape[1]) == int(left.argmax())
        size = 0
        while int(mine.sum()) > size:
            size = int(mine.sum())
            mine = np.asarray(mine | masks[(masks & mine).any(axis=1)].any(axis=0))
        yield np.flatnonzero(mine)
        left = np.asarray(left & ~mine)


def _cells(rows: Iterable[tuple[int, list[int]]], categories: NDArray[np.intp], enough: int) -> int:
    """Independent cells of these rows, each a group and the items it met together, counted as far as `enough`."""
    free: FloatArray = np.asarray(categories, dtype=np.float64) - 1
    seen: set[tuple[int, ...]] = set()
    total = 0.0
    for group, items in rows:
        if np.prod(free[items] + 1) - 1 >= enough:
            return enough
        for size in range(1, len(items) + 1):
            for chosen in combinations(items, size):
                if (group, *chosen) not in seen:
                    seen.add((group, *chosen))
                    total += float(np.prod(free[list(chosen)]))
        if total >= enough:
            return enough
    return int(total)

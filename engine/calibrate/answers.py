"""The response matrix as calibration uses it: equal rows together, one indicator column per category that counts.

Rules:
- An item everybody met has a column for each category above 0; category 0 is what is left. An item some did not meet
  has one more column, "presented": a cell that was not presented is 0 in all of them and so adds nothing.
- Equal rows are collapsed to one with their weights added, where a sample shows that rows repeat.
- Rows stand group by group, so that a group is a slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.parameters import FloatArray
from engine.responses import ResponseMatrix, ResponsesError

SAMPLE = 2000  # rows looked at before all rows are sorted
REPEATED = 0.2  # share of repeated rows in the sample that makes collapsing worth while

Indexes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """Distinct rows: `columns` (N, C) 0/1, `weights` (N,), `groups` slices of rows.

    Column c belongs to item `item` (C,) and category `category` (C,); category 0 means "presented". `everybody` (J,)
    marks items without such a column; `shares` (J, K) are weighted; `given` (J,) counts the answers, `smallest` (J,)
    those of the rarest category; `longest` is the share of the items met by whoever met most.
    """

    columns: FloatArray
    weights: FloatArray
    names: tuple[str, ...]
    groups: tuple[slice, ...]
    item: Indexes
    category: Indexes
    everybody: NDArray[np.bool_]
    categories: Indexes
    shares: FloatArray
    given: FloatArray
    smallest: FloatArray
    longest: float

    @property
    def total(self) -> float:
        """The sum of all weights."""
        return float(self.weights.sum())


def prepare(matrix: ResponseMatrix, categories: Indexes, estimated: Indexes) -> Answers:
    """Collapse and code a matrix; `categories` (J,) is how many each item has, `estimated` the items to be estimated.

    Raises ResponsesError for one of these that was never presented, was answered alike by everybody or has a category
    nobody was scored.
    """
    names, groups = _groups(matrix)
    weights = np.ones(len(matrix.persons)) if matrix.weight is None else np.asarray(matrix.weight)
    marks = np.where(matrix.presented, matrix.scores, -1).astype(np.int8) if not matrix.presented.all() else None
    marks = matrix.scores if marks is None else marks
    if not np.all(weights > 0):  # who has no weight is as if not there
        there = weights > 0
        marks, weights, groups = marks[there], weights[there], groups[there]
    counts = _counts(marks, int(categories.max()))
    _refuse([matrix.items[j] for j in estimated], counts[estimated], categories[estimated])
    rows, weights, groups = _collapsed(np.asarray(marks, dtype=np.int8), weights, groups)
    order = np.argsort(groups, kind="stable") if len(names) > 1 else None
    if order is not None:
        rows, weights, groups = rows[order], weights[order], groups[order]
    ends = np.searchsorted(groups, np.arange(len(names) + 1))
    everybody = counts.sum(axis=1) == len(marks)
    pairs = [(j, k) for j, most in enumerate(categories.tolist()) for k in range(int(everybody[j]), most)]
    columns = np.empty((len(rows), len(pairs)))
    for place, (j, k) in enumerate(pairs):
        np.greater_equal(rows[:, j], 0, out=columns[:, place]) if k == 0 else np.equal(
            rows[:, j], k, out=columns[:, place]
        )
    weighted = _counts(rows, int(categories.max()), weights)
    presented = weighted.sum(axis=1)
    return Answers(
        columns=columns,
        weights=weights,
        names=names,
        groups=tuple(slice(int(a), int(b)) for a, b in pairwise(ends)),
        item=np.array([j for j, _ in pairs], dtype=np.intp),
        category=np.array([k for _, k in pairs], dtype=np.intp),
        everybody=everybody,
        categories=categories,
        given=counts.sum(axis=1),
        shares=weighted / np.maximum(presented, 1e-300)[:, None],
        smallest=np.where(np.arange(counts.shape[1]) < categories[:, None], counts, counts.max()).min(axis=1),
        longest=float((rows >= 0).sum(axis=1).max(initial=0)) / max(len(categories), 1),
    )


def _groups(matrix: ResponseMatrix) -> tuple[tuple[str, ...], Indexes]:
    """Names of the groups in the order they first appear, and each person's group."""
    if matrix.group is None:
        return ("",), np.zeros(len(matrix.persons), dtype=np.intp)
    names = tuple(dict.fromkeys(matrix.group))
    place = {name: i for i, name in enumerate(names)}
    return names, np.array([place[name] for name in matrix.group], dtype=np.intp)


def _counts(marks: NDArray[np.int8], most: int, weights: FloatArray | None = None) -> FloatArray:
    """How often each category of each item was given, (J, K), weighted where weights are given."""
    if weights is None:
        return np.stack([(marks == k).sum(axis=0) for k in range(most)], axis=1).astype(np.float64)
    return np.stack([weights @ (marks == k) for k in range(most)], axis=1)


def _refuse(items: Sequence[str], counts: FloatArray, categories: Indexes) -> None:
    for item, row, most in zip(items, counts, categories.tolist(), strict=True):
        if row.sum() == 0:
            raise ResponsesError(f"item {item} is never presented; no parameters can be found for it")
        given = np.flatnonzero(row)
        if len(given) == 1:
            raise ResponsesError(f"item {item} is answered alike by everybody; no parameters can be found for it")
        if len(given) < most:
            missing = sorted(set(range(most)) - set(given.tolist()))[0]
            raise ResponsesError(
                f"item {item}: nobody was scored {missing}; merge it with a neighbour before calibrating"
            )


def _collapsed(
    rows: NDArray[np.int8], weights: FloatArray, groups: Indexes
) -> tuple[NDArray[np.int8], FloatArray, Indexes]:
    """Equal rows of one group as one row; the rows as they are where a sample shows hardly any repetition."""
    keys = np.ascontiguousarray(np.column_stack((groups.astype(np.int16).view(np.int8).reshape(len(rows), -1), rows)))
    lines = keys.view(np.dtype((np.void, keys.shape[1]))).reshape(-1)
    sample = lines[:: max(1, len(lines) // SAMPLE)]
    if len(np.unique(sample)) > (1 - REPEATED) * len(sample):
        return rows, weights, groups
    _, first, inverse = np.unique(lines, return_index=True, return_inverse=True)
    together = np.bincount(inverse.reshape(-1), weights=weights, minlength=len(first)).astype(np.float64)
    return rows[first], together, groups[first]

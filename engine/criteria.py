"""What makes an item the best next one: the selection criteria, as an order over the items of one outcome.

Rules:
- information_at_cut: Fisher information at the outcome's cut (Spray & Reckase 1994; Eggen 1999): one order for
  everybody, ranked once.
- information: Fisher information at the current theta (Lord 1980), ordered on the grid by linear interpolation,
  reported exactly.
- random: no order; every open item is as good (for comparison). Its value is 0.
Ties go to the item that stands first in the pool.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from engine.models import information
from engine.parameters import FloatArray, Parameters

SHORT_LIST = 64  # best items sorted first; a choice rarely needs more, and sorting all of a large outcome is slow


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """Items by criterion: `by_outcome` and `by_criterion` are ranked by information at the cut, ties in pool order."""

    name: str
    parameters: Parameters
    at_cut: tuple[float, ...]
    rank: tuple[int, ...]
    by_outcome: tuple[tuple[int, ...], ...]
    by_criterion: tuple[tuple[int, ...], ...]
    nodes: FloatArray
    on_grid: tuple[FloatArray, ...]
    members: tuple[NDArray[np.intp], ...]

    @classmethod
    def of(
        cls,
        name: str,
        parameters: Parameters,
        at_cut: FloatArray,
        outcome_of: Sequence[int],
        measured: Sequence[tuple[int, ...]],
        nodes: FloatArray,
    ) -> Ranking:
        """Rank J items; tables on the grid are made only for the criterion that needs them."""
        order = np.argsort(-at_cut, kind="stable")
        rank = np.empty(len(order), dtype=np.intp)
        rank[order] = np.arange(len(order))
        by_outcome: list[list[int]] = [[] for _ in range(max(outcome_of, default=-1) + 1)]
        by_criterion: list[list[int]] = [[] for _ in range(max((c for m in measured for c in m), default=-1) + 1)]
        for j in order.tolist():
            if outcome_of[j] >= 0:
                by_outcome[outcome_of[j]].append(j)
                for criterion in measured[j]:
                    by_criterion[criterion].append(j)
        members = tuple(np.array(sorted(items), dtype=np.intp) for items in by_outcome)
        tables = [np.ascontiguousarray(information(parameters.take(m), nodes)) for m in members]
        return cls(
            name=name,
            parameters=parameters,
            at_cut=tuple(at_cut.tolist()),
            rank=tuple(rank.tolist()),
            by_outcome=tuple(tuple(items) for items in by_outcome),
            by_criterion=tuple(tuple(items) for items in by_criterion),
            nodes=nodes,
            on_grid=tuple(tables) if name == "information" else (),
            members=members,
        )

    def best_first(self, outcome: int, criteria: Sequence[int], theta: float) -> Iterator[int]:
        """The outcome's items that measure one of `criteria` (all of its items when empty), best first."""
        if self.name == "information":
            return self._at_theta(outcome, criteria, theta)
        if not criteria:
            return iter(self.by_outcome[outcome])
        if len(criteria) == 1:
            return iter(self.by_criterion[criteria[0]])
        return _merged((self.by_criterion[c] for c in criteria), self.rank)

    def value(self, item: int, theta: float) -> float:
        """The criterion's value of one item."""
        if self.name == "random":
            return 0.0
        if self.name == "information_at_cut":
            return self.at_cut[item]
        return float(information(self.parameters.take([item]), theta)[0])

    def _at_theta(self, outcome: int, criteria: Sequence[int], theta: float) -> Iterator[int]:
        spacing = float(self.nodes[1] - self.nodes[0])
        offset = (theta - float(self.nodes[0])) / spacing
        left = min(max(int(offset), 0), len(self.nodes) - 2)
        table = self.on_grid[outcome]
        values = table[left] + (offset - left) * (table[left + 1] - table[left])
        members = self.members[outcome]
        if criteria:
            wanted = np.unique(np.concatenate([np.asarray(self.by_criterion[c], dtype=np.intp) for c in criteria]))
            keep = np.searchsorted(members, wanted)
            members, values = wanted, values[keep]
        return _descending(members, values)


def _descending(members: NDArray[np.intp], values: FloatArray) -> Iterator[int]:
    """Members by falling value, ties in pool order; the best few are sorted first, the rest only when asked for."""
    bound = -np.inf
    if len(values) > SHORT_LIST:
        bound = -float(np.partition(-values, SHORT_LIST)[SHORT_LIST])
        head = np.flatnonzero(values > bound)
        yield from members[head[np.argsort(-values[head], kind="stable")]].tolist()
        rest = np.flatnonzero(values <= bound)
        yield from members[rest[np.argsort(-values[rest], kind="stable")]].tolist()
    else:
        yield from members[np.argsort(-values, kind="stable")].tolist()


def _merged(lists: Iterable[tuple[int, ...]], rank: Sequence[int]) -> Iterator[int]:
    """Ranked lists as one ranked list; an item that stands in several comes once."""
    return map(itemgetter(0), groupby(heapq.merge(*lists, key=rank.__getitem__)))

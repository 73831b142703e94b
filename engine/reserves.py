"""What the drawn forms of many sittings still keep in reserve: whether each of them fills every need by itself.

Rules: as the count in `can_complete`, by arrays. A form does where no unused item of it is barred in an outcome that
lacks items, and those items together fit into every limit left. Where it does not, another form may.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.compiled import CompiledTest
from engine.limits import Limits

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Enemies:
    """The enemies of J items as one list: those of item j stand from start[j] to start[j + 1]."""

    def __init__(self, test: CompiledTest) -> None:
        usable = set(test.blueprint.usable)
        against = [[j for j in test.enemies[i] if j in usable] for i in range(len(test.pool))]
        self._items = np.array([j for enemies in against for j in enemies], dtype=np.int64)
        self._start = np.concatenate(([0], np.cumsum([len(enemies) for enemies in against], dtype=np.int64)))

    def __bool__(self) -> bool:
        return len(self._items) > 0

    def of(self, items: Ints) -> tuple[Ints, Ints]:
        """Every enemy of items (N,): which of the N it belongs to, and the enemy."""
        start = self._start[items]
        many = self._start[items + 1] - start
        row = np.repeat(np.arange(len(items)), many)
        return row, self._items[np.arange(len(row)) + np.repeat(start - np.cumsum(many) + many, many)]


class Reserves:
    """The drawn forms of N sittings; `held` (N, L) is what the answers come to under each of L limits."""

    def __init__(self, test: CompiledTest, drawn: Ints) -> None:
        size, outcomes = len(test.pool), len(test.outcomes)
        self._outcome_of = np.array(test.outcome_of)
        self._enemies = Enemies(test)
        form = np.zeros((len(test.exposure.forms), size), dtype=np.bool_)
        self._amount, self._most = amounts(test.limits, size)
        kept = np.zeros((len(form), outcomes, len(self._most)), dtype=np.int64)
        for number, items in enumerate(test.exposure.forms):
            members = np.array(sorted(items), dtype=np.int64)
            form[number, members] = True
            np.add.at(kept[number], self._outcome_of[members], self._amount[members])
        self._unused, self._kept = form[drawn], kept[drawn]
        self._broken = np.zeros((len(drawn), outcomes), dtype=np.bool_)
        self.held = np.zeros((len(drawn), len(self._most)), dtype=np.int64)
        self._largest = self._amount.max(axis=0, initial=0)

    def admit(self, who: Ints, items: Ints, admissible: Bools) -> None:
        """Take from `admissible` (N, R) what does not fit into the limits of sittings (N,)."""
        room = self._most - self.held[who]
        tight = np.flatnonzero((room < self._largest).any(axis=1))
        if len(tight):
            admissible[tight] &= (self._amount[items[tight]] <= room[tight, None, :]).all(axis=2)

    def fill(self, who: Ints, items: Ints, lacking: Bools) -> Bools:
        """Whether the forms fill what outcomes (N, K) lack after these items (N,)."""
        enough = np.ones(len(who), dtype=np.bool_)
        if self._enemies:
            broken = self._broken[who]
            row, enemy = self._enemies.of(items)
            hit = self._unused[who[row], enemy]
            broken[row[hit], self._outcome_of[enemy[hit]]] = True
            enough &= ~(broken & lacking).any(axis=1)
        if len(self._most):
            outcome, own = self._outcome_of[items], self._amount[items]
            kept = np.matmul(lacking[:, None, :].astype(np.int64), self._kept[who])[:, 0]
            twice = lacking[np.arange(len(who)), outcome] & self._unused[who, items]
            enough &= (self.held[who] + own * ~twice[:, None] + kept <= self._most).all(axis=1)
        return enough

    def use(self, who: Ints, items: Ints) -> tuple[Ints, Ints]:
        """Take in that sittings (N,) answered items (N,); which sittings and items, pair by pair, that bars."""
        outcome, own = self._outcome_of[items], self._amount[items]
        self.held[who] += own
        self._kept[who, outcome] -= own * self._unused[who, items, None]
        self._unused[who, items] = False
        row, enemy = self._enemies.of(items)
        hit = self._unused[who[row], enemy]
        self._broken[who[row[hit]], self._outcome_of[enemy[hit]]] = True
        return who[row], enemy


def amounts(limits: Limits, size: int) -> tuple[Ints, Ints]:
    """What each of J items comes to under each limit, (J, L), and the most of each, (L,)."""
    found = np.zeros((size, len(limits.most)), dtype=np.int64)
    for j, pairs in enumerate(limits.of):
        for number, amount in pairs:
            found[j, number] += amount
    return found, np.array(limits.most, dtype=np.int64)

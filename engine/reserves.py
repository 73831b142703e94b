"""What the drawn forms of many sittings still keep in reserve: whether each of them fills every need by itself.

Rules: as the count in `can_complete`, by arrays. A form does where none of its unused items that a need may take is
barred, and all of these fit into every limit left. Where it does not, another form may.
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
    """The drawn forms of N sittings; `held` (N, L) is what the answers come to under each of L limits.

    Items stand in cells: one for each criterion of their outcome that they measure, and the last one for all.
    """

    def __init__(self, test: CompiledTest, drawn: Ints) -> None:
        size, outcomes, cells = len(test.pool), len(test.outcomes), max(map(len, test.criteria_of)) + 1
        self._outcome_of = np.array(test.outcome_of)
        self._enemies = Enemies(test)
        self._amount, self._most = amounts(test.limits, size)
        self._largest = self._amount.max(axis=0, initial=0)
        self._cells = np.zeros((size, cells), dtype=np.bool_)
        for j in test.blueprint.usable:
            criteria = test.criteria_of[test.outcome_of[j]]
            self._cells[j, [criteria.index(c) for c in test.measured[j]] + [cells - 1]] = True
        form = np.zeros((len(test.exposure.forms), size), dtype=np.bool_)
        kept = np.zeros((len(form), outcomes, cells, len(self._most)), dtype=np.int64)
        for number, items in enumerate(test.exposure.forms):
            members = np.array(sorted(items), dtype=np.int64)
            form[number, members] = True
            np.add.at(kept[number], self._outcome_of[members], self._in_cells(members, self._cells[members]))
        self._unused, self._kept = form[drawn], kept[drawn]
        self._broken = np.zeros((len(drawn), outcomes, cells), dtype=np.bool_)
        self.held = np.zeros((len(drawn), len(self._most)), dtype=np.int64)

    def admit(self, who: Ints, items: Ints, admissible: Bools) -> None:
        """Take from `admissible` (N, R) what does not fit into the limits of sittings (N,)."""
        room = self._most - self.held[who]
        tight = np.flatnonzero((room < self._largest).any(axis=1))
        if len(tight):
            admissible[tight] &= (self._amount[items[tight]] <= room[tight, None, :]).all(axis=2)

    def fill(self, who: Ints, items: Ints, wanted: Bools) -> Bools:
        """Whether the forms fill the cells (N, K, C + 1) that lack something after these items (N,)."""
        enough = np.ones(len(who), dtype=np.bool_)
        if self._enemies:
            broken = self._broken[who]
            row, enemy = self._enemies.of(items)
            hit = self._unused[who[row], enemy]
            self._break(broken, row[hit], enemy[hit])
            enough &= ~(broken & wanted).any(axis=(1, 2))
        if len(self._most):
            every = (len(who), 1, wanted.shape[1] * wanted.shape[2])
            kept = np.matmul(wanted.reshape(every).astype(np.int64), self._kept[who].reshape(len(who), every[2], -1))
            mine = wanted[np.arange(len(who)), self._outcome_of[items]] & self._cells[items]
            counted = 1 - (mine & self._unused[who, items, None]).sum(axis=1)  # the item is no more in reserve
            held = self.held[who] + self._amount[items] * counted[:, None] + kept[:, 0]
            enough &= (held <= self._most).all(axis=1)
        return enough

    def use(self, who: Ints, items: Ints) -> tuple[Ints, Ints]:
        """Take in that sittings (N,) answered items (N,); which sittings and items, pair by pair, that bars."""
        self.held[who] += self._amount[items]
        in_reserve = self._cells[items] & self._unused[who, items, None]
        self._kept[who, self._outcome_of[items]] -= self._in_cells(items, in_reserve)
        self._unused[who, items] = False
        row, enemy = self._enemies.of(items)
        hit = self._unused[who[row], enemy]
        self._break(self._broken, who[row[hit]], enemy[hit])
        return who[row], enemy

    def _in_cells(self, items: Ints, cells: Bools) -> Ints:
        """What items (N,) come to in these of their cells, (N, C + 1, L)."""
        return np.asarray(self._amount[items][:, None, :] * cells[:, :, None])

    def _break(self, broken: Bools, rows: Ints, items: Ints) -> None:
        pair, cell = np.nonzero(self._cells[items])
        broken[rows[pair], self._outcome_of[items[pair]], cell] = True


def amounts(limits: Limits, size: int) -> tuple[Ints, Ints]:
    """What each of J items comes to under each limit, (J, L), and the most of each, (L,)."""
    found = np.zeros((size, len(limits.most)), dtype=np.int64)
    for j, pairs in enumerate(limits.of):
        for number, amount in pairs:
            found[j, number] += amount
    return found, np.array(limits.most, dtype=np.int64)

"""The lotteries of many sittings by arrays: the blocks, words and sums of `Lottery`, drawn when first asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.draws import SeededDraw, words_of
from engine.exposure import BLOCK, Exposure

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Lotteries:
    """What is open to N sittings of a test of J items; block -1 stands for no block and closes nothing."""

    def __init__(self, tables: Exposure, size: int, draws: Sequence[SeededDraw]) -> None:
        self._draws, self._labels = draws, tables.labels
        self._blocks = np.full((len(tables.blocks), BLOCK), -1, dtype=np.int64)
        for number, block in enumerate(tables.blocks):
            self._blocks[number, : len(block)] = block
        self._chance = np.append(np.array(tables.chance), 0.0)
        forms = np.zeros((len(tables.forms), size + 1), dtype=np.bool_)
        for number, form in enumerate(tables.forms):
            forms[number, list(form)] = True
        self.drawn = np.array([tables.form_of(draw) for draw in draws], dtype=np.int64)
        self._in_form = forms[self.drawn]
        self._undrawn = np.ones((len(draws), len(tables.blocks) + 1), dtype=np.bool_)
        self._undrawn[:, -1] = False

    def closed_by(self, who: Ints, blocks: Ints) -> tuple[Ints, Ints]:
        """Sittings and items, pair by pair, closed by those of the blocks (N, R) of sittings (N,) not drawn before."""
        fresh = self._undrawn[who[:, None], blocks]
        if not fresh.any():
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        row, column = np.nonzero(fresh)
        asked = np.zeros_like(self._undrawn)
        asked[who[row], blocks[row, column]] = True
        self._undrawn &= ~asked
        sitting, number = np.nonzero(asked)
        items, is_open = self._drawn(sitting, number)
        pair, column = np.nonzero(~is_open & (items >= 0))
        return sitting[pair], items[pair, column]

    def open(self) -> Bools:
        """Which items are open to each sitting, (N, J), all blocks drawn."""
        sitting, number = (index.reshape(-1) for index in np.indices((len(self._draws), len(self._blocks))))
        items, is_open = self._drawn(sitting, number)
        found = self._in_form.copy()
        found[sitting[:, None], items] |= is_open
        return found[:, :-1]

    def _drawn(self, sitting: Ints, number: Ints) -> tuple[Ints, Bools]:
        """The items (P, BLOCK) of blocks (P,), -1 beyond their end, and which are open to the sittings (P,)."""
        words = words_of(self._draws, self._labels, sitting, number)
        items = self._blocks[number]
        order = np.argsort(np.where(items >= 0, words[:, 1:], np.inf), axis=1, kind="stable")
        items = np.take_along_axis(items, order, axis=1)
        is_open = self._in_form[sitting[:, None], items]
        reached = words[:, 0].copy()
        step = np.where(is_open, 0.0, self._chance[items])
        for n in range(BLOCK):
            reached += step[:, n]
            chosen = reached >= 1.0
            reached -= chosen
            is_open[:, n] |= chosen
        return items, is_open

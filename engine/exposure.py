"""Who may see which item: a lottery per sitting that bounds every item's exposure, and randomesque choice.

Rules:
- Stateless: the lottery is a function of the sitting's secret; nothing is counted across sittings.
- Each sitting draws one form of the plan's family (label "form"), all of it is open to that sitting. An item that
  is in the share p of the forms is open with probability (r - p) / (1 - p) when its form was not drawn, so every
  item is open with probability exactly r = max_exposure, and can be presented in at most the share r of sittings:
  P(presented) <= P(open) = r. (The idea of eligibility is van der Linden & Veldkamp 2004; here no counts are kept,
  and the forms replace their infeasibility rule.)
- Stratified: within an outcome and set of criteria, neighbours in the order of information at the cut form blocks
  of up to seven; each block draws by systematic sampling in random order (label "eligible:<first item of the
  block>"), so about the share r of every block is open, and no sitting is left with the worse half of a cell.
- Items may have a chance r of their own instead (`selection.eligibility`): the result of Sympson-Hetter or of
  eligibility control. Items of the drawn form stay open, so that a feasible form always exists: r is at least p.
- A set is open or closed as a whole: its first item stands for it.
- Randomesque (Kingsbury & Zara 1989): one of the n best open items, each with the same probability.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.blueprint import Witness
from engine.draws import WORD, SeededDraw
from engine.parameters import FloatArray

BLOCK = 7  # items that share one hash: one of its eight words is the start, seven order the items


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """The lottery's tables: the block of each item, its chance outside the drawn form, and the forms as sets."""

    limited: bool
    forms: tuple[frozenset[int], ...]
    blocks: tuple[tuple[int, ...], ...]
    block_of: tuple[int, ...]
    labels: tuple[str, ...]
    chance: tuple[float, ...]
    stands_for: tuple[int, ...] | None

    @classmethod
    def of(
        cls,
        items: Sequence[str],
        cells: Sequence[Sequence[int]],
        witness: Witness,
        limit: float,
        given: Mapping[int, float] | None = None,
        sets: Sequence[tuple[int, ...]] = (),
    ) -> Exposure:
        """Tables for these cells (item indexes, best first) and forms; `limit` is max_exposure, 1 opens everything.

        `given`: the chance of some items to be open to a sitting; a set takes its least.
        """
        size = len(items)
        stands_for = list(range(size))
        for together in sets:
            for j in together:
                stands_for[j] = together[0]
        cells = [[j for j in cell if stands_for[j] == j] for cell in cells]
        chance = _chances(size, witness, np.full(size, limit)) if limit < 1 else np.ones(size)
        if given:
            wanted, asked = np.full(size, limit), set[int]()
            for j, own in sorted(given.items()):
                wanted[stands_for[j]] = min(own, wanted[stands_for[j]]) if stands_for[j] in asked else own
                asked.add(stands_for[j])
            chance = _chances(size, witness, wanted)
        blocks = tuple(tuple(cell[i : i + BLOCK]) for cell in cells for i in range(0, len(cell), BLOCK))
        block_of = [-1] * size
        for number, block in enumerate(blocks):
            for j in block:
                block_of[j] = number
        return cls(
            limited=limit < 1 or bool(given),
            forms=tuple(frozenset(form) for form in witness.forms),
            blocks=blocks,
            block_of=tuple(block_of),
            labels=tuple(f"eligible:{items[block[0]]}" for block in blocks),
            chance=tuple(chance.tolist()),
            stands_for=tuple(stands_for) if sets else None,
        )

    def open_to(self, draw: SeededDraw) -> Lottery:
        """The lottery of one sitting."""
        return Lottery(self, self.forms[self.form_of(draw)], draw)

    def form_of(self, draw: SeededDraw) -> int:
        """Which of the forms a sitting draws."""
        return int(draw.uniform("form") * len(self.forms)) if len(self.forms) > 1 else 0


class Lottery:
    """Which items are open to one sitting; blocks are drawn when first asked for."""

    __slots__ = ("_draw", "_open", "_tables", "eligible", "form")

    def __init__(self, tables: Exposure, form: frozenset[int], draw: SeededDraw) -> None:
        self._tables = tables
        self._draw = draw
        self._open: dict[int, frozenset[int]] = {}
        self.form = form
        drawn = self._drawn if tables.stands_for is None else self._drawn_as_set
        self.eligible: Callable[[int], bool] = drawn if tables.limited else _everything

    def _drawn(self, item: int) -> bool:
        """True when the item is open to this sitting."""
        number = self._tables.block_of[item]
        block = self._open.get(number)
        if block is None:
            block = self._open[number] = self._draw_block(number)
        return item in block

    def _drawn_as_set(self, item: int) -> bool:
        assert self._tables.stands_for is not None
        return self._drawn(self._tables.stands_for[item])

    def _draw_block(self, number: int) -> frozenset[int]:
        """Systematic sampling in random order: each item's chance is met exactly, the count varies by less than one."""
        start, *keys = self._draw.integers(self._tables.labels[number])
        form, chance = self.form, self._tables.chance
        chosen, reached = [], start / WORD
        for _, j in sorted(zip(keys, self._tables.blocks[number], strict=False)):
            if j in form:
                chosen.append(j)
                continue
            reached += chance[j]
            if reached >= 1.0:  # chances are at most 1 and start is below 1: one whole number at most is passed
                reached -= 1.0
                chosen.append(j)
        return frozenset(chosen)


def randomesque(draw: SeededDraw, position: int, count: int) -> int:
    """Which of `count` equally good items is taken as the item at `position` (answers so far)."""
    return int(draw.uniform(f"randomesque:{position}") * count) if count > 1 else 0


def _everything(item: int) -> bool:
    return True


def _chances(size: int, witness: Witness, wanted: FloatArray) -> FloatArray:
    """(r - p) / (1 - p) for each item, p its share of the forms; 0 where p is above r."""
    used = np.bincount([j for form in witness.forms for j in form], minlength=size) / len(witness.forms)
    rest = np.maximum(1 - used, np.finfo(float).tiny)  # an item of every form is never drawn by its own chance
    return np.asarray(np.minimum(np.maximum(wanted - used, 0.0) / rest, 1.0))

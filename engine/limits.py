"""What a test may hold beyond its counts per outcome: levels, greatest numbers per criterion, seconds, words.

Rules: amounts are whole thousandths (of an item, a second, a word), so their sums do not depend on the order of the
answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import le

import numpy as np

from engine.assembly import Bound

THOUSANDTHS = 1000
NOTHING: frozenset[int] = frozenset()
NO_LIMIT = 10**15  # stands for "no greatest amount" where comparing needs a number


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """L limits: `of` holds each item's (limit, amount) pairs, `least` and `most` what a form holds of each.

    `lower` are the limits with a least amount above 0.
    """

    of: tuple[tuple[tuple[int, int], ...], ...]
    least: tuple[int, ...]
    most: tuple[int, ...]
    lower: tuple[int, ...]

    @classmethod
    def among(cls, size: int, bounds: Iterable[Bound]) -> Limits:
        """The bounds of the kind "limit", for `size` items; bounds that nothing can break are left out."""
        kept = [bound for bound in bounds if bound.kind == "limit" and (bound.lower > 0 or np.isfinite(bound.upper))]
        of: list[list[tuple[int, int]]] = [[] for _ in range(size)]
        for number, bound in enumerate(kept):
            for j, weight in zip(bound.items, bound.weights or (1.0,) * len(bound.items), strict=True):
                of[j].append((number, round(THOUSANDTHS * weight)))
        least = tuple(round(THOUSANDTHS * bound.lower) for bound in kept)
        return cls(
            of=tuple(tuple(pairs) for pairs in of),
            least=least,
            most=tuple(round(THOUSANDTHS * bound.upper) if np.isfinite(bound.upper) else NO_LIMIT for bound in kept),
            lower=tuple(number for number, amount in enumerate(least) if amount > 0),
        )

    def lightest(self, items: Iterable[int]) -> tuple[int, ...]:
        """Items in the order of the greatest share of any limit that they take, the least first; ties stay in order."""
        shares = {j: max((amount / max(self.most[n], 1) for n, amount in self.of[j]), default=0.0) for j in items}
        return tuple(sorted(shares, key=shares.__getitem__))

    def __bool__(self) -> bool:
        return bool(self.least)

    def admit(self, held: Sequence[int], item: int) -> bool:
        """Whether the item fits on top of what is held of each limit."""
        most = self.most
        # a loop, not a generator: this runs for every candidate of every step
        for number, amount in self.of[item]:  # noqa: SIM110  (see above)
            if held[number] + amount > most[number]:
                return False
        return True

    def room(self, held: Sequence[int], items: Iterable[int]) -> bool:
        """Whether these items fit together on top of what is held of each limit."""
        return all(map(le, self.with_items(held, items), self.most))

    def with_items(self, held: Sequence[int], items: Iterable[int]) -> list[int]:
        """What is held of each limit with these items added."""
        found = list(held)
        for j in items:
            for number, amount in self.of[j]:
                found[number] += amount
        return found

    def lacking(self, held: Sequence[int]) -> frozenset[int]:
        """The limits whose least amount is not reached."""
        if not self.lower:
            return NOTHING
        return frozenset(number for number in self.lower if held[number] < self.least[number])

    def serves(self, item: int, lacking: frozenset[int]) -> bool:
        """Whether the item adds to one of these limits."""
        return any(number in lacking for number, _ in self.of[item])

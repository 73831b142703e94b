"""What of a plan cannot hold together: an irreducible set of bounds, by the deletion filter (Chinneck 2008)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.assembly import Bound


def irreducible(
    bounds: Sequence[Bound], feasible: Callable[[Sequence[Bound]], bool | None]
) -> tuple[list[Bound], list[Bound]]:
    """Bounds that conflict, and without any one of them do not; and those for which this is not known.

    Bounds are left out by halves, then one by one. `feasible` says whether bounds can hold together, None where it does
    not know: a bound is kept then. The bounds given must conflict, and fewer bounds never more than all of them.
    """
    kept, unsure = list(bounds), set[int]()
    step = max(1, len(kept) // 2)
    while step:
        start = 0
        while start < len(kept):
            fewer = kept[:start] + kept[start + step :]
            answer = feasible(fewer)
            if answer is False:
                kept = fewer
                continue
            if answer is None and step == 1:
                unsure.add(id(kept[start]))
            start += step
        step //= 2
    return kept, [bound for bound in kept if id(bound) in unsure]

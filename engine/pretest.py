"""Pretest items: seeded into a sitting at drawn places, answered like any other item, never counted.

Rules:
- The slots are drawn among the first places that every sitting of the plan reaches, so each sitting gets all of them
  and their place tells nothing.
- Each slot draws among the pretest items left, all with the same chance. An item with an enemy among the used items
  or in the sitting's drawn form is passed over.
"""

from __future__ import annotations

from engine.compiled import CompiledTest
from engine.draws import SeededDraw
from engine.progress import Progress


def due(
    test: CompiledTest, progress: Progress, draw: SeededDraw, form: frozenset[int]
) -> tuple[int, float, int] | None:
    """(item, 0, number of items it was drawn from) when a slot has come; None when none has."""
    if progress.pretest >= test.plan.pretest:
        return None
    place = progress.answered + progress.pretest
    if sum(slot <= place for slot in slots(test, draw)) <= progress.pretest:
        return None
    free = [j for j in test.pretest if j not in progress.used and form.isdisjoint(test.enemies[j])]
    free = [j for j in free if progress.used.isdisjoint(test.enemies[j])]
    if not free:
        return None
    return free[int(draw.uniform(f"pretest:item:{progress.pretest}") * len(free))], 0.0, len(free)


def slots(test: CompiledTest, draw: SeededDraw) -> tuple[int, ...]:
    """The places (from 0) of the sitting's pretest items, sorted."""
    count = test.plan.pretest
    left = list(range(shortest(test) + count))
    drawn = [left.pop(int(draw.uniform(f"pretest:slot:{i}") * len(left))) for i in range(count)]
    return tuple(sorted(drawn))


def shortest(test: CompiledTest) -> int:
    """The least number of scored items a complete sitting has."""
    return sum(test.outcome_least)

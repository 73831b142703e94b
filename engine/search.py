"""Looking for the next item: the best open one that leaves a form to complete, or the best of the shadow test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np

from engine.compiled import CompiledTest
from engine.completion import can_complete, fits
from engine.draws import SeededDraw
from engine.exposure import Lottery, randomesque
from engine.parameters import FloatArray
from engine.progress import Belief, Progress
from engine.ranking import SELF_DRAWN, Situation
from engine.shadow import rounded, worth

Choice = tuple[int, float, int]
"""The item, its criterion value, the number of items it was drawn from."""


class Search:
    """One step's search; `open_outcomes` in the order of their turns.

    With `closing` the outcomes need no more: only what the test's limits still lack is looked for.
    """

    __slots__ = ("_belief", "_closing", "_draw", "_lacking", "_lottery", "_open", "_progress", "_test", "_values")

    def __init__(
        self,
        test: CompiledTest,
        progress: Progress,
        belief: Belief,
        draw: SeededDraw,
        lottery: Lottery,
        open_outcomes: Sequence[int],
        closing: bool = False,
    ) -> None:
        self._test, self._progress, self._belief = test, progress, belief
        self._draw, self._lottery, self._open = draw, lottery, open_outcomes
        self._lacking, self._closing = test.limits.lacking(progress.held), closing
        self._values: FloatArray | None = None

    def first(self) -> Choice | None:
        """The choice of the first outcome that has one."""
        if not self._open:
            return None
        form = self.shadow_form() if self._test.shadow is not None else None
        for outcome in self._open:
            chosen = self.best(outcome) if form is None else self.best_of(form, outcome)
            if chosen is not None:
                return chosen
        return None

    def best(self, outcome: int) -> Choice | None:
        """One of the outcome's best items, drawn among those that leave a form to complete; None without any.

        Items of what the test's limits lack come first.
        """
        found = self._best(outcome, self._serves) if self._lacking else None
        return found if found is not None or self._closing else self._best(outcome)

    def _best(self, outcome: int, wanted: Callable[[int], bool] | None = None) -> Choice | None:
        test, progress, lottery, draw = self._test, self._progress, self._lottery, self._draw
        ranked, value = self._ranked(outcome)
        if wanted is not None:
            ranked = filter(wanted, ranked)
        used, barred, eligible = progress.used, progress.barred, lottery.eligible
        held, admit = progress.held, test.limits.admit
        admissible: Iterator[int]
        if test.limits and not test.has_sets:  # what does not fit need not be drawn
            admissible = (j for j in ranked if j not in used and j not in barred and admit(held, j) and eligible(j))
        else:
            admissible = (j for j in ranked if j not in used and j not in barred and eligible(j))
        if test.has_sets:
            admissible = self._one_per_set(admissible)
            if test.limits:
                admissible = (j for j in admissible if admit(held, j))
        count = self._drawn_from()
        best = list(islice(admissible, count))
        while best:
            at = randomesque(draw, progress.answered, len(best))
            item = best[at]
            if can_complete(test, progress, item, lottery):
                return test.units[item][0], value(item), len(best)
            del best[at]
            best.extend(islice(admissible, 1))
        return None

    def shadow_form(self) -> tuple[int, ...] | None:
        """The shadow test of this step; None when the used items leave no form (then `best` goes as far as it can).

        Items of closed outcomes are worth nothing in it: they are there for the constraints alone.
        """
        test, progress = self._test, self._progress
        assert test.shadow is not None
        values = np.zeros(len(test.pool))
        for k in self._open:
            members = test.ranking.members[k]
            if test.ranking.fixed:
                keys = np.array([test.ranking.value(j) for j in members.tolist()])
            else:
                keys = test.ranking.keys(self._situation(k, rounded(self._belief.aim[k])))
            values[members] = worth(keys)
        self._values = values
        closed = np.zeros(len(values), dtype=np.bool_)
        if test.exposure.limited:
            closed[list(test.blueprint.usable)] = [not self._lottery.eligible(j) for j in test.blueprint.usable]
        closed[list(progress.barred)] = True
        scored = [j for j in progress.used if test.outcome_of[j] >= 0]
        return test.shadow.form(values, scored, closed)

    def best_of(self, form: Sequence[int], outcome: int) -> Choice | None:
        """One of the best unused items of the outcome in the shadow test, those of unmet minimums first."""
        test, progress, values = self._test, self._progress, self._values
        assert values is not None
        free = [j for j in form if test.outcome_of[j] == outcome and j not in progress.used]
        unmet = set(progress.unmet(test, outcome))
        free = [j for j in free if not unmet.isdisjoint(test.measured[j])] or free
        if self._lacking:
            serving = [j for j in free if self._serves(j)]
            free = serving if self._closing else serving or free
        if test.has_sets:
            free = list(self._one_per_set(iter(free)))
        free.sort(key=lambda j: (-values[j], j))
        best = free[: self._drawn_from()]
        if not best:
            return None
        item = best[randomesque(self._draw, progress.answered, len(best))]
        _, value = self._ranked(outcome)  # the criterion's own value, not what the form is weighed by
        return test.units[item][0], value(item), len(best)

    def _serves(self, item: int) -> bool:
        """Whether the item, or its set, adds to what the test's limits lack."""
        return any(self._test.limits.serves(j, self._lacking) for j in self._test.units[item])

    def any_left(self) -> bool:
        """Whether an open item is left that only a maximum or a limit forbids."""
        test, progress = self._test, self._progress
        return any(
            j not in progress.used and self._lottery.eligible(j) and not fits(test, progress, j)
            for k in self._open
            for j in test.ranking.by_outcome[k]
            if j not in progress.barred
        )

    def _ranked(self, outcome: int) -> tuple[Iterator[int], Callable[[int], float]]:
        ranking, unmet = self._test.ranking, self._progress.unmet(self._test, outcome)
        if ranking.fixed:
            return ranking.best_first(outcome, unmet), ranking.value
        return ranking.valued(self._situation(outcome, self._belief.aim[outcome]), unmet)

    def _situation(self, outcome: int, theta: float) -> Situation:
        progress, belief = self._progress, self._belief
        return Situation(
            outcome=outcome,
            theta=theta,
            log_likelihood=belief.log_likelihood,
            tied=belief.tied,
            position=progress.by_outcome[outcome] + 1,
            length=self._test.lengths[outcome],
            wanted=self._open,
            draw=self._draw,
            label=f"{self._test.ranking.name}:{progress.answered}",
        )

    def _one_per_set(self, items: Iterator[int]) -> Iterator[int]:
        """The first of each set stands for it, unless an item of the set cannot be presented."""
        seen: set[tuple[int, ...]] = set()
        for j in items:
            unit = self._test.units[j]
            if len(unit) == 1:
                yield j
            elif unit not in seen and self._progress.barred.isdisjoint(unit):
                seen.add(unit)
                yield j

    def _drawn_from(self) -> int | None:
        name = self._test.ranking.name
        if name == "random":
            return None
        return 1 if name in SELF_DRAWN else self._test.plan.selection.randomesque

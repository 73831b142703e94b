"""How far a sitting has come: the answers counted per outcome and criterion, and what each outcome's answers say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from engine.compiled import CompiledTest
from engine.posterior import Rows, Standing
from engine.responses import Response, ResponsesError


class Progress:
    """Counts of one sitting; `add` is the only change. Nothing in it depends on the order of the answers."""

    __slots__ = ("answered", "barred", "by_criterion", "by_outcome", "used")

    def __init__(self, test: CompiledTest, items: Iterable[int] = ()) -> None:
        self.answered = 0
        self.used: set[int] = set()
        self.barred: set[int] = set()
        self.by_outcome = [0] * len(test.outcomes)
        self.by_criterion = [0] * len(test.criterion_least)
        self.add(test, items)

    def add(self, test: CompiledTest, items: Iterable[int]) -> None:
        """Count answers to these items. Raises ResponsesError for an item answered before."""
        used, by_outcome, by_criterion = self.used, self.by_outcome, self.by_criterion
        outcome_of, measured, enemies = test.outcome_of, test.measured, test.enemies
        for item in items:
            if item in used:
                raise ResponsesError(f"item {test.pool.items[item]} is answered twice")
            used.add(item)
            by_outcome[outcome_of[item]] += 1
            for criterion in measured[item]:
                by_criterion[criterion] += 1
            if enemies[item]:
                self.barred.update(enemies[item])
        self.answered = len(used)

    def unmet(self, test: CompiledTest, outcome: int) -> list[int]:
        """The criteria of the outcome whose minimum is not reached."""
        return [c for c in test.criteria_of[outcome] if self.by_criterion[c] < test.criterion_least[c]]

    def covered(self, test: CompiledTest, outcome: int) -> bool:
        """Whether the outcome's minimums, its own and those of its criteria, are met."""
        if self.by_outcome[outcome] < test.outcome_least[outcome]:
            return False
        # a list, not a generator: the criteria of an outcome are few, and this runs for every outcome at every step
        least, reached = test.criterion_least, self.by_criterion
        return all([reached[c] >= least[c] for c in test.criteria_of[outcome]])  # noqa: C419  (see above)


class Belief:
    """What the answers say about each outcome, as plain lists: own and joint mastery, theta and standard error.

    theta, standard_error and mastery follow the plan's evidence mode; `aim` is the theta at which items are
    chosen. Where nothing needs the joint posterior, the joint lists are the own ones.
    """

    __slots__ = ("aim", "joint", "mastery", "own", "standard_error", "theta")

    def __init__(self, test: CompiledTest, own: Standing, joint: Standing | None) -> None:
        counted = own if joint is None or test.plan.evidence == "own" else joint
        self.own: list[float] = own.mastery.tolist()
        self.joint: list[float] = self.own if joint is None else joint.mastery.tolist()
        self.mastery = self.own if counted is own else self.joint
        self.theta: list[float] = counted.theta.tolist()
        self.standard_error: list[float] = counted.standard_error.tolist()
        self.aim: list[float] = self.theta if joint is None else joint.theta.tolist()


def read(test: CompiledTest, responses: Sequence[Response]) -> tuple[Progress, Rows]:
    """Count the answers and add up their log-likelihoods, (K, Q).

    Raises ResponsesError for an item outside the test, an item answered twice or a score other than 0 and 1.
    """
    place, outcome_of = test.place, test.outcome_of
    items: list[int] = []
    chosen: list[list[int]] = [[] for _ in test.outcomes]
    for response in responses:
        item, score = place.get(response.item, -1), response.score
        if item < 0 or score not in (0, 1):
            raise ResponsesError(_fault(item, response))
        items.append(item)
        chosen[outcome_of[item]].append(2 * item + score)
    return Progress(test, items), _added(test, chosen)


def _fault(item: int, response: Response) -> str:
    if item < 0:
        return f"item {response.item} is not part of this test"
    return f"item {response.item}: score {response.score!r} is not 0 or 1"


def _added(test: CompiledTest, chosen: list[list[int]]) -> Rows:
    """The sum of these rows for each outcome, (K, Q)."""
    total = np.zeros((len(chosen), test.rows.shape[1]), dtype=np.int64)
    gathered: list[int] = []
    reached, starts = [], []
    for k, rows in enumerate(chosen):
        if rows:
            reached.append(k)
            starts.append(len(gathered))
            gathered += rows
    if reached:
        total[reached] = np.add.reduceat(test.rows[gathered], starts, axis=0)
    return total


def believe(test: CompiledTest, log_likelihood: Rows) -> Belief:
    """What these log-likelihoods (K, Q) say."""
    own = test.model.own(log_likelihood)
    return Belief(test, own, test.model.joint(log_likelihood) if test.needs_joint else None)

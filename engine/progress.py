"""How far a sitting has come: the answers counted per outcome and criterion, and what each outcome's answers say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TypeVar

import numpy as np

from engine.compiled import CompiledTest
from engine.parameters import FloatArray
from engine.posterior import Rows, Standing, Tied, normalised
from engine.responses import Response, ResponsesError

SCORES = {0, 1}
COARSE = 2.0**22  # added to a number below 1 leaves 30 of a float64's 53 bits behind the point
Mastery = TypeVar("Mastery", float, FloatArray)


class Progress:
    """Counts of one sitting; `add` is the only change. Nothing in it depends on the order of the answers.

    `held`: what the answered items come to under each of the test's limits; `short`: what the criteria of each outcome
    lack, added up.
    """

    __slots__ = ("answered", "barred", "by_criterion", "by_outcome", "held", "pretest", "short", "used")

    def __init__(self, test: CompiledTest, items: Iterable[int] = ()) -> None:
        self.answered = 0
        self.pretest = 0
        self.used: set[int] = set()
        self.barred: set[int] = set()
        self.by_outcome = [0] * len(test.outcomes)
        self.by_criterion = [0] * len(test.criterion_least)
        self.short = list(test.criteria_least)
        self.held = [0] * len(test.limits.least)
        self.add(test, items)

    def scored(self, test: CompiledTest) -> Progress:
        """The same counts, to be gone on with; items that do not count are left out, but the items they bar are not."""
        copy = Progress.__new__(Progress)
        copy.answered, copy.pretest, copy.barred = self.answered, 0, self.barred.copy()
        copy.used = {j for j in self.used if test.outcome_of[j] >= 0} if self.pretest else self.used.copy()
        copy.by_outcome, copy.by_criterion = self.by_outcome.copy(), self.by_criterion.copy()
        copy.short, copy.held = self.short.copy(), self.held.copy()
        return copy

    def add(self, test: CompiledTest, items: Iterable[int]) -> None:
        """Count answers to these items. Raises ResponsesError for an item answered before."""
        added, used = list(items), self.used
        fresh = set(added)
        if len(fresh) != len(added) or not used.isdisjoint(fresh):
            twice = next(j for n, j in enumerate(added) if j in used or j in added[:n])
            raise ResponsesError(f"item {test.pool.items[twice]} is answered twice")
        used |= fresh
        by_outcome, by_criterion, short = self.by_outcome, self.by_criterion, self.short
        outcome_of, measured, enemies, least = test.outcome_of, test.measured, test.enemies, test.criterion_least
        held, limits = self.held, test.limits.of
        for item in added:
            outcome = outcome_of[item]
            by_outcome[outcome] += 1
            for criterion in measured[item]:
                if by_criterion[criterion] < least[criterion]:
                    short[outcome] -= 1
                by_criterion[criterion] += 1
            if enemies[item]:
                self.barred.update(enemies[item])
        for item in added if held else ():
            for number, amount in limits[item]:
                held[number] += amount
        self.answered = len(used) - self.pretest

    def seed(self, test: CompiledTest, item: int) -> None:
        """Count an answer to a pretest item: it only keeps its enemies away."""
        self.used.add(item)
        self.barred.update(test.enemies[item])
        self.pretest += 1

    def unmet(self, test: CompiledTest, outcome: int) -> list[int]:
        """The criteria of the outcome whose minimum is not reached."""
        if not self.short[outcome]:
            return []
        return [c for c in test.criteria_of[outcome] if self.by_criterion[c] < test.criterion_least[c]]

    def covered(self, test: CompiledTest, outcome: int) -> bool:
        """Whether the outcome's minimums, its own and those of its criteria, are met."""
        return not self.short[outcome] and self.by_outcome[outcome] >= test.outcome_least[outcome]

    def serves(self, test: CompiledTest, item: int) -> bool:
        """Whether the item adds to what its outcome's minimums lack; criteria come first."""
        outcome = test.outcome_of[item]
        if not self.short[outcome]:
            return self.by_outcome[outcome] < test.outcome_least[outcome]
        reached, least = self.by_criterion, test.criterion_least
        # a list, not a generator: items measure few criteria, and this runs for every item of a walk
        return any([reached[c] < least[c] for c in test.measured[item]])  # noqa: C419  (see above)


class Belief:
    """What the answers say about each outcome, as plain lists: own and joint mastery, theta and standard error.

    theta, standard_error and mastery follow the plan's evidence mode; `aim` is the theta at which items are
    chosen. Where nothing needs the joint posterior, the joint lists are the own ones. `signal` is what a sequential
    rule says; log_likelihood (K, Q) and `tied` (None where own posteriors choose) are what criteria weigh.
    """

    __slots__ = ("aim", "joint", "log_likelihood", "mastery", "own", "signal", "standard_error", "theta", "tied")

    def __init__(
        self,
        test: CompiledTest,
        log_likelihood: Rows,
        own: Standing,
        joint: Standing | None = None,
        tied: Tied | None = None,
        signal: list[int] | None = None,
    ) -> None:
        self.log_likelihood = log_likelihood
        self.tied = tied
        self.signal = signal if signal is not None else [0] * len(test.outcomes)
        counted = own if joint is None or test.plan.evidence == "own" else joint
        self.own: list[float] = own.mastery.tolist()
        self.joint: list[float] = self.own if joint is None else joint.mastery.tolist()
        self.mastery = self.own if counted is own else self.joint
        self.theta: list[float] = counted.theta.tolist()
        self.standard_error: list[float] = counted.standard_error.tolist()
        self.aim: list[float] = self.theta if joint is None else joint.theta.tolist()


def unsettled(mastery: Mastery) -> Mastery:
    """How far mastery is from .5, rounded to 2^-30 and moved by a constant: the nearest outcome is served first.

    Outcomes of the same answers may differ by a rounding of their sums, and must be equals here.
    """
    return abs(mastery - 0.5) + COARSE


def read(test: CompiledTest, responses: Sequence[Response]) -> tuple[Progress, Rows]:
    """Count the answers and add up their log-likelihoods, (K, Q); answers to pretest items are counted apart.

    Raises ResponsesError for an item outside the test, an item answered twice or a score the item does not have.
    """
    place, outcome_of, levels = test.place, test.outcome_of, test.levels
    items = [place.get(response.item, -1) for response in responses]
    scores = [response.score for response in responses]
    if items and (min(items) < 0 or not _possible(test, items, scores)):
        raise ResponsesError(_fault(test, items, responses))
    if test.pretest:
        items, scores, seeded = _without_pretest(test, items, scores)
    progress = Progress(test, items)
    if test.pretest:
        for item in seeded:
            progress.seed(test, item)
    chosen: list[list[int]] = [[] for _ in test.outcomes]
    for item, score in zip(items, scores, strict=True):
        chosen[outcome_of[item]].append(levels * item + score)
    return progress, _added(test, chosen)


def _possible(test: CompiledTest, items: list[int], scores: list[int]) -> bool:
    if test.levels == 2:
        return set(scores).issubset(SCORES)
    categories = test.categories
    return all(score in range(categories[item]) for item, score in zip(items, scores, strict=True))


def _without_pretest(test: CompiledTest, items: list[int], scores: list[int]) -> tuple[list[int], list[int], set[int]]:
    """The scored items and their scores, and the pretest items among the answers."""
    seeded = {item for item in items if test.outcome_of[item] < 0}
    if len(seeded) != sum(item in seeded for item in items):
        raise ResponsesError("a pretest item is answered twice")
    kept = [(item, score) for item, score in zip(items, scores, strict=True) if item not in seeded]
    return [item for item, _ in kept], [score for _, score in kept], seeded


def _fault(test: CompiledTest, items: Sequence[int], responses: Sequence[Response]) -> str:
    for item, response in zip(items, responses, strict=True):
        if item < 0:
            return f"item {response.item} is not part of this test"
        if response.score not in range(test.categories[item]):
            levels = test.categories[item]
            known = "0 or 1" if levels == 2 else f"0 to {levels - 1}"
            return f"item {response.item}: score {response.score!r} is not {known}"
    return "the answers do not fit this test"


def _added(test: CompiledTest, chosen: list[list[int]]) -> Rows:
    """The sum of these rows for each outcome, (K, Q): shorter lists are filled with the row of zeros at the end."""
    blank, nodes = len(test.rows) - 1, test.rows.shape[1]
    by_turns = [row for turn in zip_longest(*chosen, fillvalue=blank) for row in turn]
    if not by_turns:
        return np.zeros((len(chosen), nodes), dtype=np.int64)
    gathered = test.rows.take(by_turns, axis=0).reshape(-1, len(chosen) * nodes)
    return np.asarray(np.add.reduce(gathered, axis=0).reshape(len(chosen), nodes))


def believe(test: CompiledTest, log_likelihood: Rows) -> Belief:
    """What these log-likelihoods (K, Q) say."""
    model, likelihood = test.model, normalised(log_likelihood)
    density = likelihood * model.prior
    own = model.standing(density)
    joint, tied = None, None
    if test.needs_joint:
        message = model.messages(likelihood)
        tied = Tied(likelihood, message, model.tied_density(log_likelihood, likelihood, message))
        joint = model.standing(tied.density)
    signal = None
    if test.sequential is not None:
        if joint is None or tied is None or test.plan.evidence == "own":
            found = test.sequential.signals(log_likelihood, density, own)
        else:
            found = test.sequential.signals(log_likelihood, tied.density, joint)
        signal = found.tolist()
    return Belief(test, log_likelihood, own, joint, tied, signal)

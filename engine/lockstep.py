"""Many sittings going forward together: one item each per round, the posteriors of all in one array operation.

Rules:
- Every choice is the one `step` makes. Where the plan allows it (`uniform`), whole rounds are chosen by arrays; a
  sitting for which that has no answer, or which a count cannot clear, is handed to `step` itself.
- Answers are given beforehand, (N, J), so the same candidate meets two plans with the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.cat import Reason, step, verdicts
from engine.compiled import CompiledTest
from engine.draws import SeededDraw
from engine.exposure import Lottery
from engine.parameters import FloatArray
from engine.progress import Belief, Progress, believe
from engine.rounds import Rounds, Scored
from engine.stopping import Closed, Decision


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Walked:
    """What happened to N sittings: items in order, decisions, why each ended, theta and SE (N, K) at the end."""

    presented: tuple[tuple[int, ...], ...]
    verdicts: tuple[tuple[tuple[Decision, Closed], ...], ...]
    reasons: tuple[Reason, ...]
    estimate: FloatArray
    standard_error: FloatArray


def walk(
    test: CompiledTest, secrets: Sequence[bytes], answers: Scored, presentable: NDArray[np.bool_] | None = None
) -> Walked:
    """Let N candidates with these secrets and answers (N, J) sit the test.

    presentable (N, J): items that have an answer; an item without one is closed to that candidate.
    """
    batch = _Batch(test, secrets, presentable)
    if presentable is None and uniform(test):
        batch.take_over(Rounds(test, batch.draws).play(answers))
    else:
        batch.beliefs = [believe(test, row) for row in batch.log_likelihood]
    active = [i for i in range(len(secrets)) if i not in batch.reasons]
    while active:
        active = batch.advance(active, answers)
    ended = [verdicts(test, p, b, ended=True) for p, b in zip(batch.progress, batch.beliefs, strict=True)]
    return Walked(
        presented=tuple(tuple(items) for items in batch.presented),
        verdicts=tuple(tuple(row) for row in ended),
        reasons=tuple(batch.reasons[i] for i in range(len(secrets))),
        estimate=np.array([b.theta for b in batch.beliefs]).reshape(len(secrets), -1),
        standard_error=np.array([b.standard_error for b in batch.beliefs]).reshape(len(secrets), -1),
    )


def uniform(test: CompiledTest) -> bool:
    """Whether rounds can be chosen by arrays: one order of items for everybody, single items, own evidence."""
    free = not test.limits and not any(test.enemies[j] for j in test.blueprint.usable)
    plain = test.ranking.name == "information_at_cut" and test.shadow is None and test.curtailment is None
    return free and plain and not test.has_sets and not test.pretest and not test.needs_joint


class _Batch:
    """Sittings that go forward one item at a time, each choice made by `step`."""

    def __init__(self, test: CompiledTest, secrets: Sequence[bytes], presentable: NDArray[np.bool_] | None) -> None:
        size, nodes = len(secrets), test.rows.shape[1]
        self.test = test
        self.draws = [SeededDraw(secret=secret) for secret in secrets]
        self.lotteries = [test.exposure.open_to(draw) for draw in self.draws]
        if presentable is not None:
            for lottery, row in zip(self.lotteries, presentable, strict=True):
                _close(lottery, row)
        self.log_likelihood = np.zeros((size, len(test.outcomes), nodes), dtype=np.int64)
        self.progress = [Progress(test) for _ in secrets]
        self.beliefs: list[Belief] = []
        self.presented: list[list[int]] = [[] for _ in secrets]
        self.reasons: dict[int, Reason] = {}

    def take_over(self, rounds: Rounds) -> None:
        """Go on where the rounds have come to."""
        self.log_likelihood = rounds.log_likelihood
        for i, items in enumerate(rounds.presented()):
            self.presented[i] = items
            self.progress[i].add(self.test, items)
            self.beliefs.append(rounds.belief(i))
            reason = rounds.reasons[i]
            if reason is not None:
                self.reasons[i] = reason

    def advance(self, active: Sequence[int], answers: Scored) -> list[int]:
        """One step of every active sitting; those that go on."""
        test, chosen = self.test, []
        for i in active:
            found = step(test, self.progress[i], self.beliefs[i], self.draws[i], self.lotteries[i])
            if isinstance(found, str):
                self.reasons[i] = found
                continue
            item = found[0]
            self.presented[i].append(item)
            if test.outcome_of[item] < 0:
                self.progress[i].seed(test, item)
            else:
                self.progress[i].add(test, (item,))
                chosen.append((i, item))
        if chosen:
            self._learn(np.array(chosen), answers)
        return [i for i in active if i not in self.reasons]

    def _learn(self, pairs: NDArray[np.int_], answers: Scored) -> None:
        """Take in one answer of each (sitting, item)."""
        test, who, items = self.test, pairs[:, 0], pairs[:, 1]
        outcome = np.asarray(test.outcome_of)[items]
        now = self.log_likelihood[who, outcome] + test.rows[test.levels * items + answers[who, items]]
        self.log_likelihood[who, outcome] = now
        if test.needs_joint or test.sequential is not None:
            for i in who.tolist():
                self.beliefs[i] = believe(test, self.log_likelihood[i])
            return
        standing = test.model.own_of(outcome, now)
        columns = (standing.mastery.tolist(), standing.theta.tolist(), standing.standard_error.tolist())
        for i, k, mastery, theta, error in zip(who.tolist(), outcome.tolist(), *columns, strict=True):
            belief = self.beliefs[i]
            belief.own[k], belief.theta[k], belief.standard_error[k] = mastery, theta, error


def _close(lottery: Lottery, row: NDArray[np.bool_]) -> None:
    """Open to the sitting is only what has an answer."""
    drawn, there = lottery.eligible, row.tolist()
    lottery.eligible = lambda item: there[item] and drawn(item)
    lottery.form = frozenset(j for j in lottery.form if there[j])

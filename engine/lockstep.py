"""Many sittings going forward together: one item each per round, the posteriors of all in one array operation.

Rules:
- Every choice is the one `step` makes. Where the plan allows it (`uniform`), whole rounds are chosen by arrays
  (rounds.py); else `step` itself chooses for one sitting after the other.
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
    draws = [SeededDraw(secret=secret) for secret in secrets]
    if presentable is None and uniform(test):
        return _by_rounds(Rounds(test, draws).play(answers))
    batch = _Batch(test, draws, presentable)
    active = sorted(batch.progress)
    while active:
        active = batch.advance(active, answers)
    return batch.walked()


def uniform(test: CompiledTest) -> bool:
    """Whether rounds can be chosen by arrays: by information at the cut or at theta, single items, own evidence.

    Enemies and greatest amounts do not stand in the way; least amounts of levels do.
    """
    free = not test.limits.lower
    listed = test.ranking.name == "information_at_cut" or bool(test.ranking.contenders)
    plain = listed and test.shadow is None and test.curtailment is None
    return free and plain and not test.has_sets and not test.pretest and not test.needs_joint


class _Batch:
    """Sittings that go forward one item at a time, each choice made by `step`."""

    def __init__(self, test: CompiledTest, draws: Sequence[SeededDraw], presentable: NDArray[np.bool_] | None) -> None:
        self.test, self.draws = test, draws
        self.log_likelihood = np.zeros((len(draws), len(test.outcomes), test.rows.shape[1]), dtype=np.int64)
        self.lotteries: dict[int, Lottery] = {}
        self.progress: dict[int, Progress] = {}
        self.beliefs: dict[int, Belief] = {}
        self.presented: list[list[int]] = [[] for _ in draws]
        self.reasons: dict[int, Reason] = {}
        for i, draw in enumerate(draws):
            self.lotteries[i] = test.exposure.open_to(draw)
            if presentable is not None:
                _close(self.lotteries[i], presentable[i])
            self.progress[i], self.beliefs[i] = Progress(test), believe(test, self.log_likelihood[i])

    def walked(self) -> Walked:
        """What happened, when all have ended."""
        size = len(self.draws)
        estimate, error = np.zeros((2, size, len(self.test.outcomes)))
        ended: list[tuple[tuple[Decision, Closed], ...]] = [()] * size
        for i, belief in self.beliefs.items():
            ended[i] = tuple(verdicts(self.test, self.progress[i], belief, ended=True))
            estimate[i], error[i] = belief.theta, belief.standard_error
        return Walked(
            presented=tuple([tuple(items) for items in self.presented]),
            verdicts=tuple(ended),
            reasons=tuple([self.reasons[i] for i in range(size)]),
            estimate=estimate,
            standard_error=error,
        )

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


def _by_rounds(rounds: Rounds) -> Walked:
    return Walked(
        presented=tuple([tuple(items) for items in rounds.presented()]),
        verdicts=tuple(rounds.verdicts()),
        reasons=tuple([reason for reason in rounds.reasons if reason is not None]),
        estimate=rounds.theta,
        standard_error=rounds.error,
    )


def _close(lottery: Lottery, row: NDArray[np.bool_]) -> None:
    """Open to the sitting is only what has an answer."""
    drawn, there = lottery.eligible, row.tolist()
    lottery.eligible = lambda item: there[item] and drawn(item)
    lottery.form = frozenset(j for j in lottery.form if there[j])

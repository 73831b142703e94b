"""Simulated sittings: what a plan on a pool does to many candidates whose true theta is known.

Rules:
- Every choice is made by the same `step` as in a real sitting; the sittings of a batch go forward together, so that
  the posteriors of all of them are one array operation.
- A simulee is a vector of answers to all items, drawn before the test: the same seed meets two plans with the same
  answers.
- Batches of fixed size have their own seeds, so the result does not depend on how `run` spreads them over
  processes.
- Shares count all simulees: accuracy + false_pass + false_fail + undetermined = 1. False_pass: decided met below
  the cut.
- The qualification is met when every outcome is met, not met when any is not met, otherwise undetermined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.cat import Reason, step, verdicts
from engine.compiled import CompiledTest
from engine.draws import SeededDraw
from engine.exposure import Lottery
from engine.models import probability
from engine.parameters import FloatArray
from engine.posterior import Rows
from engine.progress import Belief, Progress, believe
from engine.stopping import Closed, Decision

BATCH = 256  # sittings that go forward together


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Who sits the test: theta_k = mean + lambda_k g + sqrt(1 - lambda_k^2) e_k; `loadings` None: those of the plan."""

    mean: float = 0.0
    loadings: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sittings:
    """What happened to N simulees: true theta (N, K), decision and state per outcome, the items of each sitting."""

    theta: FloatArray
    decisions: tuple[tuple[Decision, ...], ...]
    closed: tuple[tuple[Closed, ...], ...]
    presented: tuple[tuple[int, ...], ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One batch: everything a process needs to run it."""

    test: CompiledTest
    population: Population
    seed: int
    number: int
    size: int


def simulate(
    test: CompiledTest,
    population: Population,
    n: int,
    seed: int,
    run: Callable[[Callable[[Work], Sittings], Iterable[Work]], Iterable[Sittings]] = map,
    progress: Callable[[int, int], None] | None = None,
) -> Sittings:
    """Let n simulees sit the test. `run` maps batches (a pool's or a cluster's map); `progress` gets (done, n).

    Raises ValueError when n is below 1 or the population's loadings do not fit the outcomes.
    """
    loadings = population.loadings
    if n < 1:
        raise ValueError(f"a simulation needs at least one simulee, not {n}")
    if loadings is not None and (len(loadings) != len(test.outcomes) or not all(0 <= x <= 1 for x in loadings)):
        raise ValueError(f"the population needs {len(test.outcomes)} loadings from 0 to 1, not {loadings}")
    sizes = [min(BATCH, n - start) for start in range(0, n, BATCH)]
    batches = []
    work = [Work(test=test, population=population, seed=seed, number=i, size=size) for i, size in enumerate(sizes)]
    for batch in run(sit, work):
        batches.append(batch)
        if progress is not None:
            progress(sum(len(b.reasons) for b in batches), n)
    return Sittings(
        theta=np.concatenate([b.theta for b in batches]),
        decisions=tuple(d for b in batches for d in b.decisions),
        closed=tuple(c for b in batches for c in b.closed),
        presented=tuple(p for b in batches for p in b.presented),
        reasons=tuple(r for b in batches for r in b.reasons),
    )


def sit(work: Work) -> Sittings:
    """Run one batch."""
    test = work.test
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence((work.seed, work.number))))
    theta = _abilities(test, work.population, work.size, rng)
    answers = _answers(test, theta, rng)
    batch = _Batch(test, [f"simulee:{work.seed}:{work.number}:{i}".encode() for i in range(work.size)])
    active = list(range(work.size))
    while active:
        active = batch.advance(active, answers)
    ended = [verdicts(test, p, b, ended=True) for p, b in zip(batch.progress, batch.beliefs, strict=True)]
    return Sittings(
        theta=theta,
        decisions=tuple(tuple(decision for decision, _ in row) for row in ended),
        closed=tuple(tuple(closed for _, closed in row) for row in ended),
        presented=tuple(tuple(items) for items in batch.presented),
        reasons=tuple(batch.reasons[i] for i in range(work.size)),
    )


class _Batch:
    """Sittings that go forward together."""

    def __init__(self, test: CompiledTest, secrets: Sequence[bytes]) -> None:
        size, shape = len(secrets), (len(test.outcomes), test.rows.shape[1])
        self.test = test
        self.log_likelihood: Rows = np.zeros((size, *shape), dtype=np.int64)
        self.draws = [SeededDraw(secret=secret) for secret in secrets]
        self.lotteries: list[Lottery] = [test.exposure.open_to(draw) for draw in self.draws]
        self.progress = [Progress(test) for _ in secrets]
        self.beliefs: list[Belief] = [believe(test, self.log_likelihood[0]) for _ in secrets]
        self.presented: list[list[int]] = [[] for _ in secrets]
        self.reasons: dict[int, Reason] = {}

    def advance(self, active: Sequence[int], answers: NDArray[np.bool_]) -> list[int]:
        """One step of every active sitting; those that go on."""
        chosen: list[list[tuple[int, int]]] = [[] for _ in self.test.outcomes]
        for i in active:
            found = step(self.test, self.progress[i], self.beliefs[i], self.draws[i], self.lotteries[i])
            if isinstance(found, str):
                self.reasons[i] = found
            else:
                chosen[self.test.outcome_of[found[0]]].append((i, found[0]))
                self.presented[i].append(found[0])
                self.progress[i].add(self.test, found[:1])
        for outcome, pairs in enumerate(chosen):
            if pairs:
                self._learn(outcome, np.array(pairs), answers)
        return [i for pairs in chosen for i, _ in pairs]

    def _learn(self, outcome: int, pairs: NDArray[np.int_], answers: NDArray[np.bool_]) -> None:
        """Take in one answer on this outcome of each (sitting, item)."""
        who, items = pairs[:, 0], pairs[:, 1]
        now = self.log_likelihood[who, outcome] + self.test.rows[2 * items + answers[who, items]]
        self.log_likelihood[who, outcome] = now
        if self.test.needs_joint:
            for i in who.tolist():
                self.beliefs[i] = believe(self.test, self.log_likelihood[i])
            return
        standing = self.test.model.own_of(outcome, now)
        columns = (standing.mastery.tolist(), standing.theta.tolist(), standing.standard_error.tolist())
        for i, mastery, theta, error in zip(who.tolist(), *columns, strict=True):
            belief = self.beliefs[i]
            belief.own[outcome], belief.theta[outcome], belief.standard_error[outcome] = mastery, theta, error


def _abilities(test: CompiledTest, population: Population, size: int, rng: np.random.Generator) -> FloatArray:
    """True theta of each simulee, (N, K)."""
    given = population.loadings
    loading = np.array([o.loading for o in test.plan.outcomes] if given is None else given)
    general = rng.standard_normal((size, 1))
    own = rng.standard_normal((size, len(loading)))
    return np.asarray(population.mean + loading * general + np.sqrt(1 - loading**2) * own)


def _answers(test: CompiledTest, theta: FloatArray, rng: np.random.Generator) -> NDArray[np.bool_]:
    """What each simulee would answer to each item, (N, J)."""
    luck = rng.random((len(theta), len(test.pool)))
    answers = np.zeros(luck.shape, dtype=np.bool_)
    outcome_of = np.asarray(test.outcome_of)
    for k in range(theta.shape[1]):
        mine = np.flatnonzero(outcome_of == k)
        answers[:, mine] = luck[:, mine] < probability(test.pool.parameters.take(mine), theta[:, k])
    return answers

"""Simulated sittings: what a plan on a pool does to many candidates whose true theta is known.

Rules:
- Every choice is the one `step` makes in a real sitting; the sittings of a batch go forward together (lockstep.py).
- A simulee is a vector of answers to all items, drawn before the test: the same seed meets two plans with the same
  answers.
- Batches of fixed size have their own seeds, so the result does not depend on how `run` spreads them over
  processes or machines.
- Shares count all simulees: accuracy + false_pass + false_fail + undetermined = 1. False_pass: decided met below
  the cut.
- The qualification is what the certifying rule makes of the outcomes; without one it is met when every outcome is met,
  not met when any is not met, otherwise undetermined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.cat import Reason
from engine.compiled import CompiledTest
from engine.grid import THETA_LIMIT
from engine.lockstep import Walked, walk
from engine.models import category_probabilities, paired_probability, probability
from engine.parameters import DICHOTOMOUS, FloatArray, Parameters
from engine.stopping import Closed, Decision

BATCH = 512  # sittings that go forward together
SMALL_OUTCOME = 100  # items; up to here all answers are worked out at once, beyond it only those asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Who sits the test: theta_k = mean + lambda_k g + sqrt(1 - lambda_k^2) e_k; `loadings` None: those of the plan.

    Where the truth departs from what the test believes: `parameters` (of all items of the pool) by which answers are
    really given, `guessing` the chance that a wrong answer becomes right by luck, `at` the theta of each outcome that
    every simulee has. `mean` and `at` lie within the grid of theta, -6 to 6.
    """

    mean: float = 0.0
    loadings: tuple[float, ...] | None = None
    parameters: Parameters | None = None
    guessing: float = 0.0
    at: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sittings:
    """What happened to N simulees: true theta (N, K), decision and state per outcome, the items of each sitting.

    estimate and standard_error (N, K) are the posterior mean and SD of theta at the end; met (N, K) is the truth.
    """

    theta: FloatArray
    met: NDArray[np.bool_]
    decisions: tuple[tuple[Decision, ...], ...]
    closed: tuple[tuple[Closed, ...], ...]
    presented: tuple[tuple[int, ...], ...]
    reasons: tuple[Reason, ...]
    estimate: FloatArray
    standard_error: FloatArray


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

    Raises ValueError when n is below 1 or the population does not fit the outcomes or the pool.
    """
    if n < 1:
        raise ValueError(f"a simulation needs at least one simulee, not {n}")
    _check(test, population)
    sizes = [min(BATCH, n - start) for start in range(0, n, BATCH)]
    batches: list[Sittings] = []
    done = 0
    work = [Work(test=test, population=population, seed=seed, number=i, size=size) for i, size in enumerate(sizes)]
    for batch in run(sit, work):
        batches.append(batch)
        done += len(batch.reasons)
        if progress is not None:
            progress(done, n)
    return joined(batches)


def sit(work: Work) -> Sittings:
    """Run one batch."""
    test = work.test
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence((work.seed, work.number))))
    theta = _abilities(test, work.population, work.size, rng)
    answers = Answers(test, theta, work.population, rng.random((work.size, len(test.pool))))
    walked = walk(test, secrets_of(work.seed, work.number, work.size), answers)
    return summed_up(walked, theta, theta >= np.array([outcome.cut for outcome in test.plan.outcomes]))


def secrets_of(seed: int, number: int, size: int) -> list[bytes]:
    """The secrets of a batch's sittings."""
    return [f"simulee:{seed}:{number}:{i}".encode() for i in range(size)]


def summed_up(walked: Walked, theta: FloatArray, met: NDArray[np.bool_]) -> Sittings:
    """Walked sittings beside the truth about them."""
    return Sittings(
        theta=theta,
        met=met,
        decisions=tuple([tuple([decision for decision, _ in row]) for row in walked.verdicts]),
        closed=tuple([tuple([closed for _, closed in row]) for row in walked.verdicts]),
        presented=walked.presented,
        reasons=walked.reasons,
        estimate=walked.estimate,
        standard_error=walked.standard_error,
    )


def joined(batches: Sequence[Sittings]) -> Sittings:
    """Batches as one."""
    return Sittings(
        theta=np.concatenate([b.theta for b in batches]),
        met=np.concatenate([b.met for b in batches]),
        decisions=tuple(d for b in batches for d in b.decisions),
        closed=tuple(c for b in batches for c in b.closed),
        presented=tuple(p for b in batches for p in b.presented),
        reasons=tuple(r for b in batches for r in b.reasons),
        estimate=np.concatenate([b.estimate for b in batches]),
        standard_error=np.concatenate([b.standard_error for b in batches]),
    )


def _check(test: CompiledTest, population: Population) -> None:
    outcomes, loadings = len(test.outcomes), population.loadings
    if loadings is not None and (len(loadings) != outcomes or not all(0 <= x <= 1 for x in loadings)):
        raise ValueError(f"the population needs {outcomes} loadings from 0 to 1, not {loadings}")
    if population.at is not None and len(population.at) != outcomes:
        raise ValueError(f"the population needs a theta for each of {outcomes} outcomes, not {population.at}")
    for theta in (population.mean, *(population.at or ())):
        if not -THETA_LIMIT <= theta <= THETA_LIMIT:  # NaN too
            raise ValueError(
                f"a theta of the population lies within {-THETA_LIMIT:g} to {THETA_LIMIT:g}, not at {theta}"
            )
    if population.parameters is not None:
        true = population.parameters
        if len(true) != len(test.pool) or (true.categories > test.pool.parameters.categories).any():
            raise ValueError("the population's parameters are not those of the pool's items and their scores")
    if not 0 <= population.guessing < 1:
        raise ValueError(f"guessing is a chance from 0 to below 1, not {population.guessing:g}")


def _abilities(test: CompiledTest, population: Population, size: int, rng: np.random.Generator) -> FloatArray:
    """True theta of each simulee, (N, K)."""
    given = population.loadings
    loading = np.array([o.loading for o in test.plan.outcomes] if given is None else given)
    general = rng.standard_normal((size, 1))
    own = rng.standard_normal((size, len(loading)))
    if population.at is not None:
        return np.tile(np.array(population.at, dtype=np.float64), (size, 1))
    return np.asarray(population.mean + loading * general + np.sqrt(1 - loading**2) * own)


class Answers:
    """What each simulee scores on each item, (N, J), worked out where it is asked for: `answers[who, items]`."""

    def __init__(self, test: CompiledTest, theta: FloatArray, population: Population, luck: FloatArray) -> None:
        outcome_of = [test.outcomes.index(o) if o in test.outcomes else 0 for o in test.pool.outcomes]
        self._outcome_of = np.array(outcome_of, dtype=np.intp)[test.pool.outcome_of]  # outside the plan: never asked
        self._parameters = test.pool.parameters if population.parameters is None else population.parameters
        self._plain = np.array([model in DICHOTOMOUS for model in self._parameters.model], dtype=np.bool_)
        self._theta, self._luck, self._guessing = theta, luck, population.guessing
        self._ready: NDArray[np.int8] | None = None
        if luck.shape[1] <= SMALL_OUTCOME * len(test.outcomes):
            self._ready = np.zeros(luck.shape, dtype=np.int8)
            everybody = np.arange(len(theta))
            for j in np.flatnonzero([o in test.outcomes for o in test.pool.outcomes]).tolist():
                for plain in (False, True):
                    items = np.flatnonzero((test.pool.outcome_of == j) & (self._plain == plain))
                    if len(items):
                        self._ready[:, items] = self._scores(everybody, items, plain)

    def __getitem__(self, asked: tuple[NDArray[np.int64], NDArray[np.int64]]) -> NDArray[np.int8]:
        """The score of simulee `who[n]` on item `items[n]`."""
        who, items = asked
        if self._ready is not None:
            return np.asarray(self._ready[who, items])
        scores = np.zeros(len(who), dtype=np.int8)
        kind = np.where(self._plain[items], -1, self._outcome_of[items])
        for one in np.unique(kind).tolist():
            here = np.flatnonzero(kind == one)
            scores[here] = self._right(who[here], items[here]) if one < 0 else self._graded(who[here], items[here])
        return scores

    def _right(self, who: NDArray[np.int64], items: NDArray[np.int64]) -> NDArray[np.int8]:
        """The score of simulee `who[n]` on item `items[n]`, scored 0/1."""
        chance = paired_probability(self._parameters.take(items), self._theta[who, self._outcome_of[items]])
        return self._reached(chance[:, None], self._luck[who, items])

    def _graded(self, who: NDArray[np.int64], items: NDArray[np.int64]) -> NDArray[np.int8]:
        """The same on polytomous items of one outcome."""
        different, which = np.unique(items, return_inverse=True)
        return np.asarray(self._scores(who, different, False)[np.arange(len(who)), which])

    def _scores(self, who: NDArray[np.int64], items: NDArray[np.int64], plain: bool) -> NDArray[np.int8]:
        """Scores of simulees (N,) on items (M,) of one outcome, all scored 0/1 or all polytomous, (N, M)."""
        chance = self._chances(items, plain, self._theta[who, self._outcome_of[items[0]]])
        return self._reached(chance, self._luck[np.ix_(who, items)])

    def _reached(self, chance: FloatArray, luck: FloatArray) -> NDArray[np.int8]:
        """How many of the chances of "at least x" (..., C - 1) the luck (...,) is below."""
        lucky = self._guessing + (1 - self._guessing) * chance
        return np.asarray(((luck[..., None] < lucky) & (chance > 0)).sum(axis=-1), dtype=np.int8)

    def _chances(self, items: NDArray[np.int64], plain: bool, theta: FloatArray) -> FloatArray:
        """P(score at least x) for x = 1, 2, ... of items all scored 0/1 (plain) or all polytomous, (N, M, C - 1)."""
        parameters = self._parameters.take(items)
        if plain:
            return probability(parameters, theta)[..., None]
        p = category_probabilities(parameters, theta)
        return np.asarray(np.cumsum(p[..., ::-1], axis=2)[..., ::-1][..., 1:])

"""The E-step of the second-order model: sums over one general factor and, given it, over one outcome at a time.

Rules (Gibbons & Hedeker 1992; Sheng & Wikle 2008): in group h, theta_k = m_hk + s_hk (lambda_k g + sqrt(1 - lambda_k^2)
e_k) with g and e_k ~ N(0, 1): every outcome has its mean and SD in every group, lambda is the same in all groups.
Given g the outcomes are independent, so the cost is K products of persons x nodes, never nodes^K. lambda = .98 s(u), s
the logistic function of an unbounded u: 0 <= lambda <= .98. Means and log SDs stand group by group, outcome by outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from engine.calibrate.answers import Answers
from engine.calibrate.expectation import Cancelled, coded, spread
from engine.grid import normal_weights
from engine.parameters import FloatArray

LARGEST = 0.98  # lambda of 1 would make two outcomes one
START = 0.6
BLOCK_CELLS = 48_000
TINY = 1e-290


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linked:
    """p(theta_q | g) by group and outcome, (H, K, G, Q), rows normalised, and the derivatives of its log in mean,
    log SD and u, (H, K, G, Q, 3).
    """

    link: FloatArray
    slopes: FloatArray

    @classmethod
    def of(cls, unbounded: FloatArray, population: FloatArray, general: FloatArray, nodes: FloatArray) -> Linked:
        """For u (K,), means and log SDs (H K, 2), nodes of the general factor (G,) and of theta (Q,)."""
        loading = loadings(unbounded)[:, None, None]
        mean, log_deviation = np.moveaxis(population.reshape(-1, len(unbounded), 2), 2, 0)[..., None, None]
        deviation, left = np.exp(log_deviation), 1 - loading**2
        z = (nodes - mean) / deviation
        gap = z - loading * general[:, None]
        log_link = -0.5 * gap * gap / left
        link = np.exp(log_link - log_link.max(axis=-1, keepdims=True))
        link /= link.sum(axis=-1, keepdims=True)
        of_loading = gap * general[:, None] / left - gap * gap * loading / left**2
        turn = loading * (1 - loading / LARGEST)  # d lambda / d u
        raw = np.stack((gap / (left * deviation), gap * z / left, of_loading * turn), axis=-1)
        return cls(link=link, slopes=raw - (link[..., None] * raw).sum(axis=-2, keepdims=True))


def loadings(unbounded: FloatArray) -> FloatArray:
    """lambda (K,) of u (K,)."""
    return np.asarray(LARGEST * expit(unbounded))


def unbounded_start(outcomes: int) -> FloatArray:
    """u to begin with."""
    return np.full(outcomes, logit(START / LARGEST))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Persons:
    """A block of persons of one group: per outcome the likelihood over theta (rows, Q), up to a factor, and what it
    says about g, (rows, G); the posterior of g (rows, G) and the log-likelihood (rows,).
    """

    rows: slice
    group: int
    likelihood: tuple[FloatArray, ...]
    message: tuple[FloatArray, ...]
    general: FloatArray
    log_likelihood: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExpectedByOutcome:
    """log-likelihood, expected counts (Q, J, K), expected persons at (g, theta_q), (groups, outcomes, G, Q)."""

    log_likelihood: float
    counts: FloatArray
    pairs: FloatArray


def persons_by_outcome(
    answers: Answers, outcome: NDArray[np.intp], log_p: FloatArray, linked: Linked, general: FloatArray
) -> Iterator[Persons]:
    """Block by block, for log P (Q, J, K), items of `outcome` (J,) and general nodes (G,)."""
    prior = normal_weights(general)
    outcomes = linked.link.shape[1]
    columns = [np.flatnonzero(outcome[answers.item] == k) for k in range(outcomes)]
    of_columns, _ = coded(answers, log_p)
    tables = [of_columns[c] for c in columns]
    rest = [log_p[:, answers.everybody & (outcome == k), 0].sum(axis=1) for k in range(outcomes)]
    size = max(64, BLOCK_CELLS // log_p.shape[0])
    for group, whole in enumerate(answers.groups):
        for start in range(whole.start, whole.stop, size):
            rows = slice(start, min(start + size, whole.stop))
            answered = answers.columns[rows]
            likelihood, message, tops = [], [], np.zeros(len(answered))
            for k in range(outcomes):
                at = answered[:, columns[k]] @ tables[k] + rest[k]
                top = at.max(axis=1)
                likelihood.append(np.exp(at - top[:, None]))
                message.append(np.maximum(likelihood[k] @ linked.link[group, k].T, TINY))
                tops += top
            together = prior * np.exp(np.sum([np.log(m) for m in message], axis=0))
            total = together.sum(axis=1)
            together /= total[:, None]
            yield Persons(
                rows=rows,
                group=group,
                likelihood=tuple(likelihood),
                message=tuple(message),
                general=together,
                log_likelihood=np.log(total) + tops,
            )


class Gathered:
    """Expected counts, added up block by block."""

    def __init__(
        self, answers: Answers, outcome: NDArray[np.intp], linked: Linked, shape: tuple[int, int, int]
    ) -> None:
        """Nothing yet; counts will have `shape` (Q, J, K)."""
        self.answers, self.outcome, self.linked, self.shape = answers, outcome, linked, shape
        self.columns = [np.flatnonzero(outcome[answers.item] == k) for k in range(linked.link.shape[1])]
        self.by_column = np.zeros((len(answers.item), shape[0]))
        self.everyone = np.zeros((len(self.columns), shape[0]))
        self.pairs = np.zeros(linked.link.shape)
        self.log_likelihood = 0.0

    def add(self, persons: Persons) -> None:
        """Note one block."""
        weight, answered = self.answers.weights[persons.rows], self.answers.columns[persons.rows]
        self.log_likelihood += float(weight @ persons.log_likelihood)
        together = persons.general * weight[:, None]
        for k, columns in enumerate(self.columns):
            cavity = together / persons.message[k]
            posterior = persons.likelihood[k] * (cavity @ self.linked.link[persons.group, k])
            self.by_column[columns] += answered[:, columns].T @ posterior
            self.everyone[k] += posterior.sum(axis=0)
            self.pairs[persons.group, k] += cavity.T @ persons.likelihood[k]

    def expected(self) -> ExpectedByOutcome:
        """What was added up."""
        counts = spread(self.answers, self.by_column, self.everyone[0], self.shape)
        for k in range(1, len(self.columns)):
            mine = self.answers.everybody & (self.outcome == k)
            counts[:, mine, 0] += (self.everyone[k] - self.everyone[0])[:, None]
        return ExpectedByOutcome(log_likelihood=self.log_likelihood, counts=counts, pairs=self.pairs * self.linked.link)


def expect_by_outcome(
    answers: Answers,
    outcome: NDArray[np.intp],
    log_p: FloatArray,
    linked: Linked,
    general: FloatArray,
    cancelled: Callable[[], bool] | None = None,
) -> ExpectedByOutcome:
    """Expected counts for log P (Q, J, K), items of `outcome` (J,) and general nodes (G,).

    Raises Cancelled as soon as `cancelled` says so.
    """
    gathered = Gathered(answers, outcome, linked, (log_p.shape[0], log_p.shape[1], log_p.shape[2]))
    for persons in persons_by_outcome(answers, outcome, log_p, linked, general):
        if cancelled is not None and cancelled():
            raise Cancelled
        gathered.add(persons)
    return gathered.expected()

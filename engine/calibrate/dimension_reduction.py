"""The E-step of the second-order model: sums over one general factor and, given it, over one outcome at a time.

Rules (Gibbons & Hedeker 1992; Sheng & Wikle 2008): theta_k = lambda_k g + sqrt(1 - lambda_k^2) e_k; given g the
outcomes are independent, so the cost is K products of persons x nodes, never nodes^K. lambda = .98 s(u), s the
logistic function of an unbounded u: 0 <= lambda <= .98.
"""

from __future__ import annotations

from collections.abc import Callable
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
    """p(theta_q | g) of each outcome, (K, G, Q), rows normalised, with the derivative of its log in u."""

    link: FloatArray
    slopes: FloatArray

    @classmethod
    def of(cls, unbounded: FloatArray, general: FloatArray, nodes: FloatArray) -> Linked:
        """For u (K,), nodes of the general factor (G,) and of theta (Q,)."""
        loading = loadings(unbounded)[:, None, None]
        left = 1 - loading**2
        gap = nodes - loading * general[:, None]
        log_link = -0.5 * gap * gap / left
        link = np.exp(log_link - log_link.max(axis=2, keepdims=True))
        link /= link.sum(axis=2, keepdims=True)
        raw = gap * general[:, None] / left - gap * gap * loading / left**2
        raw *= loading * (1 - loading / LARGEST)  # d lambda / d u
        return cls(link=link, slopes=raw - (link * raw).sum(axis=2, keepdims=True))


def loadings(unbounded: FloatArray) -> FloatArray:
    """lambda (K,) of u (K,)."""
    return np.asarray(LARGEST * expit(unbounded))


def unbounded_start(outcomes: int) -> FloatArray:
    """u to begin with."""
    return np.full(outcomes, logit(START / LARGEST))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExpectedByOutcome:
    """log-likelihood, expected counts (Q, J, K), expected persons at (g, theta_q) of each outcome (outcomes, G, Q)."""

    log_likelihood: float
    counts: FloatArray
    pairs: FloatArray


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
    nodes = log_p.shape[0]
    prior = normal_weights(general)
    columns = [np.flatnonzero(outcome[answers.item] == k) for k in range(len(linked.link))]
    parts = [np.ascontiguousarray(answers.columns[:, c]) for c in columns]
    of_columns, _ = coded(answers, log_p)
    rest = [log_p[:, answers.everybody & (outcome == k), 0].sum(axis=1) for k in range(len(parts))]
    by_column = np.zeros((len(answers.item), nodes))
    everyone = np.zeros((len(parts), nodes))
    pairs = np.zeros(linked.link.shape)
    log_likelihood = 0.0
    size = max(64, BLOCK_CELLS // nodes)
    for start in range(0, len(answers.weights), size):
        if cancelled is not None and cancelled():
            raise Cancelled
        block = slice(start, start + size)
        weight = answers.weights[block]
        likelihood, message, tops = [], [], np.zeros(len(weight))
        for k, part in enumerate(parts):
            at = part[block] @ of_columns[columns[k]] + rest[k]
            top = at.max(axis=1)
            likelihood.append(np.exp(at - top[:, None]))
            message.append(np.maximum(likelihood[k] @ linked.link[k].T, TINY))
            tops += top
        together = prior * np.exp(np.sum([np.log(m) for m in message], axis=0))
        total = together.sum(axis=1)
        log_likelihood += float(weight @ (np.log(total) + tops))
        together *= (weight / total)[:, None]
        for k, part in enumerate(parts):
            cavity = together / message[k]
            posterior = likelihood[k] * (cavity @ linked.link[k])
            by_column[columns[k]] += part[block].T @ posterior
            everyone[k] += posterior.sum(axis=0)
            pairs[k] += cavity.T @ likelihood[k]
    counts = spread(answers, by_column, everyone[0], log_p.shape)
    for k in range(1, len(parts)):
        mine = answers.everybody & (outcome == k)
        counts[:, mine, 0] += (everyone[k] - everyone[0])[:, None]
    return ExpectedByOutcome(log_likelihood=log_likelihood, counts=counts, pairs=pairs * linked.link)

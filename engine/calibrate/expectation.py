"""The E-step: two matrix products over blocks of persons give the log-likelihood and all expected counts.

Rules: blocks are small enough to stay in cache while they are exponentiated; nothing of the size persons x nodes is
kept. Expected counts are r[q, j, k] = sum over persons of weight * P(theta_q | answers) * [answer to j is k].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.calibrate.answers import Answers
from engine.parameters import FloatArray

BLOCK_CELLS = 48_000  # persons x nodes at a time: 384 kB


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expected:
    """log-likelihood, expected counts (Q, J, K) and persons per node and group (G, Q)."""

    log_likelihood: float
    counts: FloatArray
    persons: FloatArray


def coded(answers: Answers, log_p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """log P (Q, J, K) as weights of the columns (C, Q) and the sum for the answers no column stands for (Q,)."""
    zero = log_p[..., 0]
    of_columns = log_p[:, answers.item, answers.category]
    of_columns = np.where(answers.category > 0, of_columns - zero[:, answers.item], of_columns)
    return np.ascontiguousarray(of_columns.T), zero[:, answers.everybody].sum(axis=1)


def posteriors(
    answers: Answers, log_p: FloatArray, log_weight: FloatArray
) -> Iterator[tuple[slice, int, FloatArray, FloatArray]]:
    """Block by block: rows, group, posterior over the nodes (rows, Q) and log-likelihood (rows,)."""
    of_columns, of_rest = coded(answers, log_p)
    size = max(64, BLOCK_CELLS // log_p.shape[0])
    for group, rows in enumerate(answers.groups):
        base = of_rest + log_weight[group]
        for start in range(rows.start, rows.stop, size):
            block = slice(start, min(start + size, rows.stop))
            post = answers.columns[block] @ of_columns
            post += base
            top = post.max(axis=1, keepdims=True)
            post -= top
            np.exp(post, out=post)
            total = post.sum(axis=1, keepdims=True)
            post /= total
            yield block, group, post, (np.log(total) + top)[:, 0]


def expect(
    answers: Answers, log_p: FloatArray, log_weight: FloatArray, cancelled: Callable[[], bool] | None = None
) -> Expected:
    """The expected counts for these log probabilities (Q, J, K) and log population weights (G, Q).

    Raises Cancelled as soon as `cancelled` says so.
    """
    nodes = log_p.shape[0]
    by_column = np.zeros((len(answers.item), nodes))
    persons = np.zeros((len(answers.groups), nodes))
    log_likelihood = 0.0
    single = bool(np.all(answers.weights == 1.0))
    for block, group, post, logs in posteriors(answers, log_p, log_weight):
        if cancelled is not None and cancelled():
            raise Cancelled
        weight = answers.weights[block]
        log_likelihood += float(logs.sum() if single else weight @ logs)
        if not single:
            post *= weight[:, None]
        by_column += answers.columns[block].T @ post
        persons[group] += post.sum(axis=0)
    return Expected(
        log_likelihood=log_likelihood,
        counts=spread(answers, by_column, persons.sum(axis=0), log_p.shape),
        persons=persons,
    )


def spread(answers: Answers, by_column: FloatArray, everyone: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """Expected counts of the columns (C, Q) as counts of every category (Q, J, K): category 0 is what is left."""
    counts = np.zeros(shape)
    counts[:, answers.item, answers.category] = by_column.T
    counts[:, answers.everybody, 0] = everyone[:, None]
    counts[..., 0] -= counts[..., 1:].sum(axis=-1)
    return counts


class Cancelled(Exception):
    """The calibration was cancelled; nothing was changed."""

"""Polynomials orthonormal under each person's posterior: what turns a posterior covariance into a few products.

Rules: with p_0 = 1, p_1, p_2, ... orthonormal under a person's posterior over the nodes, Cov(f, g) is the sum over
m >= 1 of E[f p_m] E[g p_m] (Parseval). A posterior is narrow and f nearly linear within it: a few terms do, each one
product of persons x values, where a sum over nodes would need one product per node.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.parameters import FloatArray

MOST_TERMS = 20
NEGLIGIBLE = 5e-4  # of the complete-data information
VANISHING = 1e-12
NOTHING = 1e-14  # a share of the posterior held to be 0: single precision would slow down on what is left of it


def weighted_polynomials(post: FloatArray, nodes: FloatArray) -> Iterator[FloatArray]:
    """post p_m for m = 1, 2, ... by the three-term recurrence (Stieltjes 1884), each (persons, Q).

    post (persons, Q) sums to 1 over the nodes (Q,). A posterior of fewer points than terms has no more to give: 0.
    """
    post = np.where(post > NOTHING, post, 0.0)
    alpha = post @ nodes
    before, now = np.zeros_like(post), np.ones_like(post)
    beta = np.zeros_like(alpha)
    for _ in range(MOST_TERMS):
        later = nodes - alpha[:, None]
        later *= now
        later -= beta[:, None] * before
        weighted = post * later
        square = np.einsum("nq,nq->n", weighted, later)
        there = square > VANISHING**2
        root = np.sqrt(np.where(there, square, 1.0))
        scale = np.where(there, 1 / root, 0.0)[:, None]
        later *= scale
        weighted *= scale
        yield weighted
        beta = np.where(there, root, 0.0)
        alpha = np.einsum("nq,nq->n", weighted, later * nodes)
        before, now = now, later


class Tail:
    """Decides when the terms no longer count: the next one, were it to fall as this one did, is below the limit."""

    def __init__(self, limit: FloatArray) -> None:
        """`limit` (size,) is what may be missing of each variance."""
        self.limit = limit
        self.before: FloatArray | None = None

    def ends_with(self, added: FloatArray) -> bool:
        """Note what a term added to each variance, (size,)."""
        before, self.before = self.before, added
        if np.all(added <= self.limit):
            return True
        if before is None:
            return False
        with np.errstate(divide="ignore", invalid="ignore"):
            fall = np.where(before > 0, np.minimum(added / before, 1.0), 1.0)
        return bool(np.all(added * fall <= self.limit))

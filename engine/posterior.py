"""What the answers say: one log-likelihood vector per outcome, and the second-order posterior over all outcomes.

Rules:
- theta_k = lambda_k g + sqrt(1 - lambda_k^2) e_k; g, e_k ~ N(0, 1) (Sheng & Wikle 2008; de la Torre & Song 2009).
- Rows are int64 fixed-point log-likelihoods in units of 2^-40: their sums do not depend on the order of the
  answers.
- The own posterior of an outcome uses the answers on that outcome alone, the joint posterior all answers; both are
  exact marginals (one general factor makes the outcomes independent given g).
- mastery = P(theta_k >= cut_k): the cell that the cut divides counts in part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.grid import general_nodes, normal_weights, share_above, theta_nodes
from engine.models import category_log_probabilities
from engine.parameters import FloatArray, Parameters

UNIT = 2.0**-40  # of the fixed-point log-likelihood
SUM_LIMIT = 2.0**62  # sums of rows must stay below, so that int64 never wraps
SMALLEST = 1e-280  # products below it have lost digits: the sums are then taken over logarithms

Rows = NDArray[np.int64]


class LikelihoodRangeError(ValueError):
    """Parameters so extreme that the fixed-point log-likelihood of a test could overflow."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """Where each of K outcomes stands: mastery in [0, 1], posterior mean and SD of theta, each (..., K)."""

    mastery: FloatArray
    theta: FloatArray
    standard_error: FloatArray


class Tied(NamedTuple):
    """All answers together: likelihood (K, Q), each outcome's message to the general factor (K, G), density (K, Q)."""

    likelihood: FloatArray
    message: FloatArray
    density: FloatArray


def likelihood_rows(parameters: Parameters, nodes: FloatArray) -> Rows:
    """Fixed-point log-likelihood of every score of every item, shape (J, K, Q), read-only; K = 2 for items scored 0/1.

    Rows beyond an item's own categories are 0: a score that high must be refused before.
    Raises LikelihoodRangeError, naming the place of the most extreme item, when the sum over all could leave int64.
    """
    log_p = np.moveaxis(category_log_probabilities(parameters, nodes), 0, -1)
    own = np.arange(log_p.shape[1]) < parameters.categories[:, None]
    exact = np.where(own[:, :, None], log_p, 0.0) / UNIT
    largest = np.abs(exact).max(axis=(1, 2), initial=0.0)
    if largest.sum() >= SUM_LIMIT:
        raise LikelihoodRangeError(
            f"item {int(largest.argmax()) + 1} of the test: its parameters are too extreme, a test of all items would "
            "overflow"
        )
    rows = np.ascontiguousarray(np.rint(exact).astype(np.int64))  # a row must lie in one piece to be added fast
    rows.setflags(write=False)
    return rows


def normalised(log_likelihood: Rows) -> FloatArray:
    """exp of the log-likelihood above its own peak, along the last axis; 1 at the peak."""
    peak = log_likelihood.max(axis=-1, keepdims=True)
    excess = (log_likelihood - peak) * UNIT
    return np.asarray(np.exp(excess, out=excess))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SecondOrder:
    """The second-order model of K outcomes on a grid.

    nodes (Q,); weight (G,) of the general factor; link (K, G, Q) = p(theta_q | g), rows normalised; prior (K, Q);
    above (K, Q) the share of each cell above the outcome's cut.
    """

    nodes: FloatArray
    weight: FloatArray
    link: FloatArray
    log_link: FloatArray
    prior: FloatArray
    above: FloatArray
    powers: FloatArray

    @classmethod
    def of(cls, cuts: Sequence[float], loadings: Sequence[float]) -> SecondOrder:
        """The model for these cuts and loadings (0 <= lambda <= .98), one of each per outcome."""
        nodes = theta_nodes()
        loading = np.asarray(loadings, dtype=np.float64)
        general = general_nodes(loading)
        weight = normal_weights(general)
        across = (nodes - loading[:, None, None] * general[:, None]) / np.sqrt(1 - loading**2)[:, None, None]
        log_link = -0.5 * across * across
        log_link -= _log_sum(log_link, axis=2)[..., None]
        link = np.exp(log_link)
        above = np.array([share_above(nodes, cut) for cut in cuts]).reshape(len(cuts), len(nodes))
        return cls(
            nodes=nodes,
            weight=weight,
            link=link,
            log_link=log_link,
            prior=np.einsum("g,kgq->kq", weight, link),
            above=above,
            powers=np.stack((np.ones_like(nodes), nodes, nodes * nodes), axis=1),
        )

    def own(self, log_likelihood: Rows) -> Standing:
        """Each outcome from its own answers; log_likelihood (..., K, Q)."""
        return self.standing(self.own_density(log_likelihood))

    def own_density(self, log_likelihood: Rows) -> FloatArray:
        """The own posterior of every outcome up to a factor, (..., K, Q)."""
        return normalised(log_likelihood) * self.prior

    def own_of(self, outcome: int | NDArray[np.int64], log_likelihood: Rows) -> Standing:
        """One outcome of each of many sittings from its own answers; log_likelihood (N, Q), results (N,)."""
        density = normalised(log_likelihood)
        density *= self.prior[outcome]
        return self._standing(density, self.above[outcome])

    def joint(self, log_likelihood: Rows) -> Standing:
        """Each outcome from the answers on all outcomes; log_likelihood (K, Q)."""
        return self.standing(self.joint_density(log_likelihood))

    def joint_density(self, log_likelihood: Rows) -> FloatArray:
        """The joint posterior of every outcome up to a factor; log_likelihood and result (K, Q)."""
        likelihood = normalised(log_likelihood)
        return self.tied_density(log_likelihood, likelihood, self.messages(likelihood))

    def messages(self, likelihood: FloatArray) -> FloatArray:
        """What each outcome's answers say about the general factor: p(answers on k | g) up to a factor, (K, G)."""
        return np.asarray(np.matmul(self.link, likelihood[:, :, None])[:, :, 0])

    def tied_density(self, log_likelihood: Rows, likelihood: FloatArray, message: FloatArray) -> FloatArray:
        """`joint_density` where the normalised likelihood (K, Q) and the messages (K, G) are known already."""
        if message.min(initial=1.0) > SMALLEST:
            others = _without_own(np.log(message), self.weight)
            cavity = np.exp(others - others.max(axis=1, keepdims=True))
            density = likelihood * np.matmul(cavity[:, None, :], self.link)[:, 0]
            if density.max(axis=1).min(initial=1.0) > SMALLEST:
                return np.asarray(density)
        return self._joint_in_logs(log_likelihood)

    def standing(self, density: FloatArray) -> Standing:
        """Mastery, mean and SD of densities (..., K, Q) over the nodes, up to a factor each."""
        return self._standing(density, self.above)

    def joint_of(self, log_likelihood: Rows) -> Standing:
        """Each outcome of many sittings from the answers on all outcomes; log_likelihood (N, K, Q), results (N, K)."""
        likelihood = np.ascontiguousarray(np.swapaxes(normalised(log_likelihood), 0, 1))  # (K, N, Q)
        message = np.matmul(likelihood, np.swapaxes(self.link, 1, 2))  # (K, N, G)
        with np.errstate(divide="ignore", invalid="ignore"):  # a message that vanished is taken over logarithms below
            logs = np.log(message)
            others = logs.sum(axis=0) - logs + np.log(self.weight)
        cavity = np.exp(others - others.max(axis=2, keepdims=True))
        density = np.swapaxes(likelihood * np.matmul(cavity, self.link), 0, 1)
        lost = (message.min(axis=(0, 2)) <= SMALLEST) | (density.max(axis=2).min(axis=1) <= SMALLEST)
        for row in np.flatnonzero(lost):
            density[row] = self._joint_in_logs(log_likelihood[row])
        return self._standing(density, self.above)

    def _joint_in_logs(self, log_likelihood: Rows) -> FloatArray:
        """The joint posterior of outcomes that contradict each other so wildly that products would underflow."""
        excess = (log_likelihood - log_likelihood.max(axis=1, keepdims=True)) * UNIT
        others = _without_own(_log_sum(self.log_link + excess[:, None, :], axis=2), self.weight)
        log_density = excess + _log_sum(self.log_link + others[:, :, None], axis=1)
        return np.asarray(np.exp(log_density - log_density.max(axis=1, keepdims=True)))

    def _standing(self, density: FloatArray, above: FloatArray) -> Standing:
        moments = density @ self.powers
        mass = moments[..., 0]
        mean = moments[..., 1] / mass
        variance = moments[..., 2] / mass - mean * mean
        mastery = (density * above).sum(axis=-1) / mass
        return Standing(
            mastery=np.minimum(mastery, 1.0),  # a sum over all cells may exceed its own total by one rounding
            theta=mean,
            standard_error=np.sqrt(np.maximum(variance, 0.0)),
        )


def _without_own(log_message: FloatArray, weight: FloatArray) -> FloatArray:
    """Log of what the other outcomes say about g: p(g) times the product of their messages, (K, G)."""
    return np.asarray(log_message.sum(axis=0) - log_message + np.log(weight))


def _log_sum(values: FloatArray, axis: int) -> FloatArray:
    """log sum exp along an axis."""
    peak = values.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(values - peak).sum(axis=axis)) + peak.squeeze(axis))

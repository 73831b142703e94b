"""The sequential rules' verdict on each outcome: 1 pass, -1 fail, 0 go on, for one sitting or many at once.

What each rule bounds, and when the bound is lost. alpha and beta are shares of wrong decisions; "on average" means over
the population of the prior, with true item parameters. An outcome decided at the limit is covered by none of them.
- zone (posterior with an indifference zone): pass at P(theta > cut - eps) >= 1 - alpha and mastery > .5, fail mirrored.
  Bounds, on average, the wrong decisions among early ones whose true theta lies outside cut +- eps; inside the zone
  it bounds nothing.
- sprt (Wald 1947; Reckase 1983): log L(cut + delta) - log L(cut - delta) against log((1 - beta) / alpha) and
  log(beta / (1 - alpha)). Bounds the pass rate at theta = cut - delta by about alpha, the fail rate at cut + delta by
  about beta, and what lies beyond them; between the two points nothing. Lost by truncation and, a little, by the
  overshoot of the last answer.
- glr (Thompson 2009): the same bounds on max L above cut + delta against max L below cut - delta. No proven bound: near
  the SPRT's in simulations, with fewer items far from the cut.
- interval (the confidence-interval rule of licensing tests): mean +- z(1 - alpha) SD of the posterior on one side of
  the cut. Bounds, on average and as far as the posterior is normal, wrong decisions among early ones by alpha; looser
  than the plain posterior after few answers.
- standard_error: stops when the posterior SD has fallen to the given value and decides at mastery .5. Bounds the
  uncertainty of theta, no error of a decision: near the cut half of them may be wrong.
- fixed: never stops early; every outcome is decided at its length. Bounds nothing.
- curtailment (after Finkelman 2008), on top of any rule: stops when the probability that the forced decision at the
  outcome's max_items would be the same, given the answers so far, reaches the given value. Bounds, on average, how
  often curtailed and full-length decisions differ, by 1 - curtailment; not how often either is wrong. The forecast is
  normal and takes the information of the best items left, so it is too hesitant rather than too bold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from engine.grid import share_above
from engine.parameters import FloatArray
from engine.plan import OutcomePlan, Plan
from engine.posterior import UNIT, Rows, Standing

Signals = NDArray[np.int8]
Outcome = int | slice | NDArray[np.int64]
PASS, FAIL = 1, -1
LEAST_VARIANCE = 1e-12  # of what later answers can still move; below it the forecast is the present


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sequential:
    """A rule other than the plain posterior, its tables per outcome.

    low, high (K, Q): shares of cells above cut - eps and cut + eps; below, above (K, Q): weights that read the
    log-likelihood at cut - delta and cut + delta; beneath, beyond (K, Q): nodes outside them.
    """

    rule: str
    upper: float
    lower: float
    quantile: float
    precision: float
    cuts: FloatArray
    low: FloatArray
    high: FloatArray
    below: FloatArray
    above: FloatArray
    beneath: NDArray[np.bool_]
    beyond: NDArray[np.bool_]

    @classmethod
    def of(cls, plan: Plan, nodes: FloatArray) -> Sequential | None:
        """The rule of this plan; None for the plain posterior, which mastery alone decides."""
        stopping = plan.stopping
        if stopping.rule == "posterior":
            return None
        alpha, beta = stopping.alpha, stopping.alpha if stopping.beta is None else stopping.beta
        eps, delta = stopping.eps or 0.0, stopping.delta or 0.0
        cuts = np.array([outcome.cut for outcome in plan.outcomes])
        zone = stopping.rule == "zone"
        return cls(
            rule=stopping.rule,
            upper=1 - alpha if zone else math.log((1 - beta) / alpha),
            lower=alpha if zone else math.log(beta / (1 - alpha)),
            quantile=float(ndtri(1 - alpha)),
            precision=stopping.standard_error or 0.0,
            cuts=cuts,
            low=np.array([share_above(nodes, cut - eps) for cut in cuts]),
            high=np.array([share_above(nodes, cut + eps) for cut in cuts]),
            below=np.array([reading(nodes, cut - delta) for cut in cuts]),
            above=np.array([reading(nodes, cut + delta) for cut in cuts]),
            beneath=nodes < (cuts - delta)[:, None],
            beyond=nodes > (cuts + delta)[:, None],
        )

    def signals(
        self, log_likelihood: Rows, density: FloatArray, standing: Standing, outcome: Outcome = slice(None)
    ) -> Signals:
        """1, -1 or 0 per outcome. log_likelihood, density (..., K, Q) and standing (..., K) of the deciding posterior.

        With `outcome` the arrays hold the state of one outcome of many sittings, (N, Q) and (N,).
        """
        if self.rule == "zone":
            mass = density.sum(axis=-1)
            low, high = (density * self.low[outcome]).sum(axis=-1), (density * self.high[outcome]).sum(axis=-1)
            passed = (low >= self.upper * mass) & (standing.mastery > 0.5)
            return _signs(passed, (high <= self.lower * mass) & (standing.mastery < 0.5))
        if self.rule in ("sprt", "glr"):
            ratio = self._log_ratio(log_likelihood, outcome)
            return _signs(ratio >= self.upper, ratio <= self.lower)
        if self.rule == "interval":
            reach, off = self.quantile * standing.standard_error, standing.theta - self.cuts[outcome]
            return _signs(off > reach, off < -reach)
        if self.rule == "standard_error":
            precise = standing.standard_error <= self.precision
            return _signs(precise & (standing.mastery >= 0.5), precise & (standing.mastery < 0.5))
        return np.zeros(standing.mastery.shape, dtype=np.int8)

    def _log_ratio(self, log_likelihood: Rows, outcome: Outcome) -> FloatArray:
        excess = (log_likelihood - log_likelihood.max(axis=-1, keepdims=True)) * UNIT
        up, down = (excess * self.above[outcome]).sum(axis=-1), (excess * self.below[outcome]).sum(axis=-1)
        if self.rule == "glr":
            up = np.maximum(up, np.where(self.beyond[outcome], excess, -np.inf).max(axis=-1))
            down = np.maximum(down, np.where(self.beneath[outcome], excess, -np.inf).max(axis=-1))
        return np.asarray(up - down)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curtailment:
    """Forecast of the forced decision; `left[k][n]` is the information at the cut still to come after n answers."""

    certainty: float
    cuts: tuple[float, ...]
    left: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, plan: Plan, ranked: Sequence[Sequence[float]]) -> Curtailment | None:
        """The plan's curtailment; `ranked` holds each outcome's information at the cut, best first."""
        certainty = plan.stopping.curtailment
        if certainty is None:
            return None
        left = tuple(_left(outcome, best) for outcome, best in zip(plan.outcomes, ranked, strict=True))
        return cls(certainty=certainty, cuts=tuple(o.cut for o in plan.outcomes), left=left)

    def signal(self, outcome: int, items: int, theta: float, standard_error: float, mastery: float) -> int:
        """1, -1 or 0: whether the mean's later wandering, normal with the variance to be lost, can still cross."""
        left, variance = self.left[outcome], standard_error * standard_error
        coming = left[min(items, len(left) - 1)]
        wandering = variance - 1 / (1 / max(variance, LEAST_VARIANCE) + coming)
        off = abs(theta - self.cuts[outcome]) / math.sqrt(2 * max(wandering, LEAST_VARIANCE))
        if 1 - math.erfc(off) / 2 < self.certainty:
            return 0
        return PASS if mastery >= 0.5 else FAIL


def reading(nodes: FloatArray, point: float) -> FloatArray:
    """Weights that read a smooth function given on equally spaced nodes at a point: the cubic through four nodes."""
    spacing = float(nodes[1] - nodes[0])
    first = int(np.clip(np.floor((point - nodes[0]) / spacing) - 1, 0, len(nodes) - 4))
    near = nodes[first : first + 4]
    weights = np.zeros(len(nodes))
    for i, node in enumerate(near):
        others = np.delete(near, i)
        weights[first + i] = np.prod((point - others) / (node - others))
    return weights


def _left(outcome: OutcomePlan, best: Sequence[float]) -> tuple[float, ...]:
    most = outcome.max_items or 0  # the plan refuses curtailment without it
    sums = np.concatenate(([0.0], np.cumsum(best[:most])))
    return tuple((sums[-1] - sums).tolist())


def _signs(passed: NDArray[np.bool_], failed: NDArray[np.bool_]) -> Signals:
    return np.asarray(passed, dtype=np.int8) - np.asarray(failed, dtype=np.int8)

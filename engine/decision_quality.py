"""How right and how repeatable pass-fail decisions are: Rudner's and Lee's accuracy and consistency.

Rules:
- Rudner (2001, 2005): from each person's estimate and standard error on theta, for any test, adaptive too.
- Lee (2010): for a form with cuts on the summed score, from the score's distribution at each theta.
- A decision made of several outcomes by a rule: Rudner's chances of each outcome, independent given the estimates, over
  all patterns of met and not met.
- Accuracy: the chance that the decision is the true one; consistency: that two parallel tests decide alike; kappa:
  consistency beyond chance (Cohen 1960). False positive: decided above the true category, false negative: below.
- Both assume the model and its parameters are right: they are upper ends, not promises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from engine.item_curves import ThetaDistribution
from engine.models import category_probabilities, expected_score
from engine.parameters import FloatArray, Parameters
from engine.responses import ResponsesError
from engine.summed_scores import summed_score_distribution
from engine.tails import norm

MOST_TOGETHER = 12  # outcomes of one decision: 4,096 patterns of met and not met
BLOCK = 512  # persons whose chances of every pattern are held at once


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionQuality:
    """Shares of all decisions; kappa is NaN where everybody falls into one category."""

    accuracy: float
    consistency: float
    kappa: float
    false_positive: float
    false_negative: float

    def as_json(self) -> dict[str, float | None]:
        """The five numbers; a kappa that does not exist is null."""
        names = ("accuracy", "consistency", "false_positive", "false_negative")
        kappa = self.kappa if np.isfinite(self.kappa) else None
        return {name: getattr(self, name) for name in names} | {"kappa": kappa}


def rudner(theta: FloatArray, standard_error: FloatArray, cuts: Sequence[float]) -> DecisionQuality:
    """From estimates and standard errors (N,): the true theta is N(estimate, error^2), the decision is the estimate's.

    Consistency takes a second estimate as N(estimate, error^2) as well. Raises ResponsesError for cuts that do not
    rise, no person, or an estimate without a positive finite error.
    """
    edges = _edges(cuts)
    _check(theta, standard_error)
    below = norm.cdf((edges - theta[:, None]) / standard_error[:, None])
    chance = np.diff(below, axis=1)
    decided = np.searchsorted(edges[1:-1], theta, side="right").astype(np.intp)
    return _quality(_shares(chance, decided), chance, np.full(len(theta), 1 / len(theta)), swap=True)


def rudner_together(
    theta: FloatArray,
    standard_error: FloatArray,
    cuts: Sequence[float],
    rule: Callable[[NDArray[np.int_]], NDArray[np.int_]],
) -> DecisionQuality:
    """One decision made of K outcomes, from estimates and standard errors (N, K) and the cut of each outcome.

    `rule` takes patterns (M, K), 1 for met and 0 for not met, to decisions (M,), whole numbers from 0 that rise from
    worst to best. Given the estimates the outcomes' true thetas are independent. Raises ResponsesError as `rudner`,
    and for another number of cuts or more than 12 outcomes.
    """
    _check(theta, standard_error)
    outcomes = len(cuts)
    if theta.ndim != 2 or theta.shape[1] != outcomes or not np.all(np.isfinite(cuts)):
        raise ResponsesError("needed is one finite cut for each outcome")
    if outcomes > MOST_TOGETHER:
        raise ResponsesError(f"at most {MOST_TOGETHER} outcomes make one decision here, not {outcomes}")
    patterns = np.array(list(product((0, 1), repeat=outcomes)), dtype=np.int_)
    values = rule(patterns)
    decided = np.eye(int(values.max()) + 1)[values]
    met = norm.cdf((theta - np.asarray(cuts)) / standard_error)
    chance = np.concatenate([_patterns(met[n : n + BLOCK]) @ decided for n in range(0, len(met), BLOCK)])
    place = (theta >= np.asarray(cuts)) @ (1 << np.arange(outcomes)[::-1])
    return _quality(_shares(chance, values[place]), chance, np.full(len(theta), 1 / len(theta)), swap=True)


def lee(
    parameters: Parameters,
    score_cuts: Sequence[int],
    population: ThetaDistribution | None = None,
    true_cuts: Sequence[float] | None = None,
) -> DecisionQuality:
    """From a fixed form: passed are summed scores from each cut on; truth is the category of theta.

    `true_cuts` on theta; by default where the expected summed score reaches the cut. Weighted over `population` (Lee's
    D method); give persons' estimates with equal weights for his P method. Raises ResponsesError for cuts that do not
    rise or lie outside the score range.
    """
    population = ThetaDistribution.normal() if population is None else population
    probabilities = category_probabilities(parameters, population.nodes)
    scores = summed_score_distribution(probabilities)
    best = int((parameters.categories - 1).sum())
    if list(score_cuts) != sorted(set(score_cuts)) or not score_cuts or not 0 < score_cuts[0] <= score_cuts[-1] <= best:
        raise ResponsesError(f"score cuts must rise within 1 and {best}")
    bounds = [0, *score_cuts, scores.shape[1]]
    chance = np.stack([scores[:, low:high].sum(axis=1) for low, high in pairwise(bounds)], axis=1)
    if true_cuts is None:
        truth = np.searchsorted(np.array(score_cuts), expected_score(parameters, population.nodes).sum(axis=1), "right")
    else:
        inner = _edges(true_cuts)[1:-1]
        if len(inner) != len(score_cuts):
            raise ResponsesError(f"{len(inner)} cuts on theta for {len(score_cuts)} cuts on the score")
        truth = np.searchsorted(inner, population.nodes, side="right")
    return _quality(_shares(chance, truth.astype(np.intp)), chance, population.weights, swap=False)


def _check(theta: FloatArray, standard_error: FloatArray) -> None:
    if not theta.size or theta.shape != standard_error.shape:
        raise ResponsesError("needed is one standard error for each of at least one theta")
    if not np.all(np.isfinite(theta) & np.isfinite(standard_error) & (standard_error > 0)):
        raise ResponsesError("an estimate is not finite or its standard error is not above 0")


def _patterns(met: FloatArray) -> FloatArray:
    """The chance of each pattern of met and not met, (N, 2^K), from that of each outcome, (N, K); last turns first."""
    found = np.ones((len(met), 1))
    for one in met.T:
        found = (found[:, :, None] * np.stack([1 - one, one], axis=1)[:, None, :]).reshape(len(met), -1)
    return found


def _edges(cuts: Sequence[float]) -> FloatArray:
    edges = np.array([-np.inf, *cuts, np.inf])
    if len(edges) < 3 or not np.all(np.isfinite(edges[1:-1])) or np.any(np.diff(edges[1:-1]) <= 0):
        raise ResponsesError("cuts must be finite and rise, at least one is needed")
    return edges


def _shares(chance: FloatArray, category: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Chance of the same, a lower and a higher category than the given one, each (N,)."""
    places = np.arange(chance.shape[1])
    here = category[:, None]
    return (
        (chance * (places == here)).sum(axis=1),
        (chance * (places < here)).sum(axis=1),
        (chance * (places > here)).sum(axis=1),
    )


def _quality(
    shares: tuple[FloatArray, FloatArray, FloatArray], chance: FloatArray, weights: FloatArray, *, swap: bool
) -> DecisionQuality:
    """Average the shares; `swap`: the given category is the decision and the chances are those of the truth."""
    same, lower, higher = (float(weights @ share) for share in shares)
    consistency = float(weights @ (chance**2).sum(axis=1))
    margin = weights @ chance
    by_chance = float((margin**2).sum())
    return DecisionQuality(
        accuracy=same,
        consistency=consistency,
        kappa=(consistency - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan"),
        false_positive=lower if swap else higher,
        false_negative=higher if swap else lower,
    )

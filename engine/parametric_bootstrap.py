"""PV-Q1*: the reference distribution of PV-Q1 by answers simulated from the model (Chalmers & Ng 2017).

Rules:
- The chi-square of PV-Q1 is an approximation that is too cautious on short tests; here every replication draws theta
  from the population and answers from the curves, calibrates them again and computes the same statistic.
- Calibrating again (`refit`) is what makes parameters estimated from these answers and simulated ones comparable.
  Without it the parameters count as known: right for a bank calibrated on other persons, too cautious otherwise.
- Who met what is kept. Where an answer decided what was met next (adaptive tests) the replications keep the mask of
  the real answers, which is only nearly what the model would have asked for.
- Each replication has a random state of its own, made of seed and number: the same seed gives the same p.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.item_curves import ThetaDistribution, check_scores, drawn
from engine.item_fit import BINS, pv_q1
from engine.models import category_probabilities
from engine.parameters import FloatArray, ParameterError, Parameters
from engine.responses import ResponseMatrix, ResponsesError

Refit = Callable[[ResponseMatrix], tuple[Parameters, ThetaDistribution] | None]
"""Calibrates a matrix as the parameters under test were: parameters and population, None when it did not converge."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BootstrappedFit:
    """PV-Q1 of each item (J,) with p (J,) over the replications that were `used`; `lost` could not be calibrated."""

    items: tuple[str, ...]
    statistic: FloatArray
    p: FloatArray
    used: int
    lost: int

    def as_json(self) -> list[dict[str, object]]:
        """One object per item."""
        rows = zip(self.items, self.statistic.tolist(), self.p.tolist(), strict=True)
        return [{"item": item, "statistic": value, "p": p, "replications": self.used} for item, value, p in rows]


def bootstrapped_pv_q1(
    parameters: Parameters,
    matrix: ResponseMatrix,
    draws: FloatArray,
    replications: int,
    seed: int,
    population: ThetaDistribution | None = None,
    refit: Refit | None = None,
    bins: int = BINS,
    progress: Progress | None = None,
) -> BootstrappedFit:
    """PV-Q1 of every item against `replications` simulated matrices; `draws` (D, N) as for `pv_q1`.

    p = (1 + number of replications with at least the observed statistic) / (used + 1), never 0 (Davison & Hinkley
    1997, eq. 4.11): 19 replications are the fewest that can reject at .05. Raises ResponsesError for fewer than one
    replication, or when more than half of them could not be calibrated.
    """
    check_scores(parameters, matrix)
    if replications < 1:
        raise ResponsesError(f"{replications} replications; at least 1 is needed")
    population = ThetaDistribution.normal() if population is None else population
    observed = pv_q1(parameters, matrix, draws, population, bins).statistic
    above, used = np.zeros(len(matrix.items)), 0
    for number in range(replications):
        random = np.random.default_rng([seed, number])
        simulated = _simulated(parameters, matrix, population, random)
        found = _again(simulated, parameters, population, refit)
        if found is not None:
            statistic = pv_q1(found[0], simulated, random.random(draws.shape), found[1], bins).statistic
            above += statistic >= observed
            used += 1
        if progress is not None:
            progress(number + 1)
    if 2 * used < replications:
        raise ResponsesError(f"PV-Q1*: {replications - used} of {replications} replications could not be calibrated")
    return BootstrappedFit(
        items=matrix.items, statistic=observed, p=(1 + above) / (used + 1), used=used, lost=replications - used
    )


def _simulated(
    parameters: Parameters, matrix: ResponseMatrix, population: ThetaDistribution, random: np.random.Generator
) -> ResponseMatrix:
    """Answers the model gives to the same persons' items."""
    places = random.random((1, len(matrix.persons)))
    theta = drawn(population.weights[None], population.nodes, places)[0]
    reached = np.cumsum(category_probabilities(parameters, theta), axis=-1)[..., :-1]
    scores: NDArray[np.int8] = (random.random(matrix.scores.shape)[..., None] > reached).sum(axis=-1).astype(np.int8)
    return replace(matrix, scores=np.where(matrix.presented, scores, 0).astype(np.int8))


def _again(
    matrix: ResponseMatrix, parameters: Parameters, population: ThetaDistribution, refit: Refit | None
) -> tuple[Parameters, ThetaDistribution] | None:
    """The parameters of a replication; None where its answers cannot be calibrated (a level nobody reached)."""
    if refit is None:
        return parameters, population
    try:
        return refit(matrix)
    except (ParameterError, ResponsesError):
        return None

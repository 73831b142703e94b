"""Exposure control by each item's chance to be open to a sitting: found by simulation, or kept up as sittings end.

Rules:
- Sympson & Hetter (1985): an item chosen is presented with the chance k, else passed over for this sitting. One draw
  per item and sitting, made beforehand, is the same thing; k = min(1, r / P(chosen)), iterated over simulated sittings
  until no item stands above the limit r.
- Eligibility control without simulation (van der Linden & Veldkamp 2004): after each exam session
  P(open) = min(1, r open / presented) for every item, from the counts of all sittings so far. Exposure comes down to
  the limit over several sessions: what is closed more often sends candidates to its neighbours, whose counts follow.
- Both give `selection.eligibility` of the next plan: chances are data, signed with the plan, never a hidden counter.
- The drawn form of a sitting stays open whatever the chances, for a feasible form must exist; the plan's family of
  forms keeps each item within the limit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.compiled import CompiledTest, compile
from engine.draws import SeededDraw
from engine.lotteries import Lotteries
from engine.parameters import FloatArray
from engine.plan import Plan
from engine.pool import ItemPool
from engine.simulate import BATCH, Population, Sittings, secrets_of, simulate

LEAST_CHANCE = 0.01  # an item is never shut out for good: its counts would never speak again


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counts:
    """Over all sittings so far, per item of the pool: how many it was open to, how many it was presented in."""

    sittings: int
    opened: FloatArray
    presented: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Controlled:
    """The chances found (item: chance), and the greatest exposure after each round."""

    eligibility: Mapping[str, float]
    history: tuple[float, ...]


def counts_of(test: CompiledTest, secrets: Sequence[bytes], presented: Sequence[Sequence[int]]) -> Counts:
    """What these sittings show: the lotteries are drawn again from their secrets."""
    opened, shown = np.zeros(len(test.pool)), np.zeros(len(test.pool))
    for start in range(0, len(secrets), BATCH):
        draws = [SeededDraw(secret=secret) for secret in secrets[start : start + BATCH]]
        if test.exposure.limited:
            opened += Lotteries(test.exposure, len(test.pool), draws).open().sum(axis=0)
        else:
            opened += len(draws)
    for items in presented:
        shown[list(items)] += 1
    return Counts(sittings=len(secrets), opened=opened, presented=shown)


def updated(counts: Counts, limit: float) -> FloatArray:
    """The next chance of each item to be open, (J,): min(1, r open / presented); 1 while it was never presented."""
    ratio = np.divide(
        counts.opened, counts.presented, out=np.full_like(counts.opened, np.inf), where=counts.presented > 0
    )
    return np.asarray(np.clip(limit * ratio, LEAST_CHANCE, 1.0))


def with_eligibility(plan: Plan, eligibility: Mapping[str, float], limit: float) -> Plan:
    """The plan with these chances (item: chance) and, for the drawn forms and all other items, this limit."""
    document = json.loads(json.dumps(plan.as_json()))
    document["selection"] |= {"max_exposure": limit, "eligibility": dict(eligibility)}
    return Plan.parse(document)


def sympson_hetter(
    pool: ItemPool,
    plan: Plan,
    limit: float,
    *,
    n: int,
    seed: int,
    rounds: int = 10,
    population: Population | None = None,
) -> Controlled:
    """Chances that keep every item's exposure near or below `limit` in simulated sittings of the population.

    n simulees per round; the round with the least greatest exposure is returned, at the latest after `rounds`.
    """
    if not 0 < limit <= 1 or rounds < 1:
        raise ValueError(f"needed: a limit above 0 up to 1 and at least one round; not {limit:g}, {rounds}")
    people = Population() if population is None else population
    planned = {outcome.outcome for outcome in plan.outcomes}
    scored = [j for j, o in enumerate(pool.outcome_of) if pool.outcomes[o] in planned and not pool.pretest[j]]
    chance: FloatArray = np.ones(len(pool))
    best, least, history = chance, np.inf, []
    for number in range(rounds):
        test = compile(pool, with_eligibility(plan, _named(pool, scored, chance), limit))
        counts = _counted(test, simulate(test, people, n, seed + number), seed + number)
        highest = float(counts.presented.max(initial=0.0)) / n
        history.append(highest)
        if highest < least:
            best, least = chance, highest
        if highest <= limit:
            break
        chance = updated(counts, limit)
    return Controlled(eligibility=_named(pool, scored, best), history=tuple(history))


def _named(pool: ItemPool, scored: Sequence[int], chance: FloatArray) -> dict[str, float]:
    return {pool.items[j]: float(chance[j]) for j in scored}


def _counted(test: CompiledTest, sittings: Sittings, seed: int) -> Counts:
    sizes = [min(BATCH, len(sittings.presented) - start) for start in range(0, len(sittings.presented), BATCH)]
    secrets = [secret for number, size in enumerate(sizes) for secret in secrets_of(seed, number, size)]
    return counts_of(test, secrets, sittings.presented)

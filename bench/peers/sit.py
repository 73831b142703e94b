"""Time catsim on one 2PL bank and print milliseconds per step and candidates per CPU second as one JSON document.

Runs in the peers' own interpreter and imports nothing of ours: `python sit.py DATA.npz CALLS LENGTH CANDIDATES`.
DATA.npz holds `a`, `b` of the bank, and `items`, `scores` of the answers given so far. One step is estimate + select
(maximum information at the maximum-likelihood theta, catsim's usual pair); a candidate answers LENGTH items.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import numpy as np
from catsim.estimation import NumericalSearchEstimator
from catsim.initialization import FixedPointInitializer
from catsim.item_bank import ItemBank
from catsim.selection import MaxInfoSelector
from catsim.simulation import Simulator
from catsim.stopping import TestLengthStopper

RUNS = 5


def step_ms(bank: ItemBank, items: list[int], scores: list[bool], calls: int) -> float:
    """CPU milliseconds of one step after these answers: median over RUNS of the mean of so many calls."""
    estimator, selector, taken = NumericalSearchEstimator(), MaxInfoSelector(), []
    for _ in range(RUNS):
        start = time.process_time()
        for _ in range(calls):
            theta = estimator.estimate(item_bank=bank, administered_items=items, response_vector=scores, est_theta=0.0)
            selector.select(item_bank=bank, administered_items=items, est_theta=theta)
        taken.append((time.process_time() - start) / calls)
    return 1000 * statistics.median(taken)


def candidates_per_second(bank: ItemBank, length: int, candidates: int) -> float:
    """Median over RUNS of whole simulated tests per CPU second."""
    theta, found = np.random.default_rng(1).standard_normal(candidates), []
    for _ in range(RUNS):
        simulator = Simulator(bank, theta, seed=1)
        start = time.process_time()
        simulator.simulate(
            FixedPointInitializer(0.0),
            MaxInfoSelector(),
            NumericalSearchEstimator(),
            TestLengthStopper(max_items=length),
        )
        found.append(candidates / (time.process_time() - start))
        assert all(len(items) == length for items in simulator.administered_items)
    return statistics.median(found)


def main(data: str, calls: str, length: str, candidates: str) -> None:
    """Measure and print."""
    given = np.load(data)
    plain = np.zeros(len(given["a"]))
    bank = ItemBank(np.column_stack([given["a"], given["b"], plain, plain + 1]))
    step = step_ms(bank, given["items"].tolist(), given["scores"].astype(bool).tolist(), int(calls))
    pace = candidates_per_second(bank, int(length), int(candidates))
    print(json.dumps({"step_ms": step, "candidates_per_second": pace}))


if __name__ == "__main__":
    main(*sys.argv[1:])

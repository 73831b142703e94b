"""Benchmark of the engine: one adaptive step, compiling a test, and simulated candidates per CPU second.

Run from the repository: `python bench/engine.py`. CPU time of this process; medians over many calls.
"""

import platform
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import engine
from engine import ItemPool, Plan, PoolItem, Population, Present, Response, SeededDraw, simulate

POOLS = ((6, 150), (8, 150), (6, 10_000), (8, 10_000))
ANSWERS = (10, 25, 40)
CALLS = 400
CEILING_MS = 0.1


def a_test(outcomes, items, criteria=4, **plan):
    """A 2PL pool with four criteria per outcome, and the default plan for it."""
    draw = np.random.default_rng(items)
    pool = ItemPool.build(
        PoolItem(
            item=f"item-{j}",
            outcome=f"o{j % outcomes}",
            criteria=(f"o{j % outcomes}.c{j // outcomes % criteria}",),
            model="2PL",
            a=float(draw.lognormal(0, 0.3)),
            b=float(draw.normal()),
        )
        for j in range(items)
    )
    document = {
        "outcomes": {name: {"cut": -0.3, "min_items": 4, "max_items": 30} for name in pool.outcomes},
        "criteria": {name: {"min_items": 1} for name in pool.criteria},
        "stopping": {"rule": "posterior", "alpha": 0.05},
        "at_limit": "forced",
    }
    return pool, Plan.parse(document | plan)


def a_sitting(test, answers):
    """The first answers of a candidate whose outcomes stay open."""
    draw, responses = SeededDraw(secret=b"bench"), []
    while len(responses) < answers:
        step = engine.next_step(test, responses, draw)
        if not isinstance(step, Present):
            break
        responses.append(Response(item=step.item, score=len(responses) // len(test.outcomes) % 2))
    return responses, draw


def step_ms(test, responses, draw):
    """Median CPU milliseconds of one `next_step`."""
    times = []
    for _ in range(CALLS):
        start = time.process_time_ns()
        engine.next_step(test, responses, draw)
        times.append(time.process_time_ns() - start)
    return statistics.median(times) / 1e6


def steps():
    """One adaptive step for each selection and pool, with the ceiling the project set."""
    print(f"one step (update + choose + why), median CPU ms of {CALLS} calls;")
    print(f"the ceiling for the first plan is {CEILING_MS} ms\n")
    columns = ["plan", "outcomes", "items", *(f"{n} answers" for n in ANSWERS), "compile s"]
    print(f"| {' | '.join(columns)} |")
    print("|" + "---|" * len(columns))
    plans = {
        "own evidence, information at the cut": {},
        "the same, no exposure limit": {"selection": {"max_exposure": 1}},
        "joint evidence, lambda .7": {"evidence": "joint", "lambda": "all"},
        "own evidence, information at theta": {"selection": {"criterion": "information"}},
    }
    for name, change in plans.items():
        for outcomes, items in POOLS:
            given = dict(change)
            if given.get("lambda") == "all":
                given["lambda"] = {f"o{k}": 0.7 for k in range(outcomes)}
            pool, plan = a_test(outcomes, items, **given)
            start = time.process_time()
            test = engine.compile(pool, plan)
            compiled = time.process_time() - start
            cells = []
            for answers in ANSWERS:
                responses, draw = a_sitting(test, answers)
                mark = "" if len(responses) == answers else f" (after {len(responses)})"
                cells.append(f"{step_ms(test, responses, draw):.3f}{mark}")
            print(f"| {name} | {outcomes} | {items} | {' | '.join(cells)} | {compiled:.2f} |")


def simulation():
    """Candidates per CPU second, one process."""
    print("\nsimulated candidates per CPU second, own evidence, information at the cut, no exposure limit\n")
    print("| outcomes | items | mean length | candidates / s |")
    print("|---|---|---|---|")
    for outcomes, items, limit in ((1, 500, 30), (8, 500, None)):
        document = {"selection": {"max_exposure": 1}} | ({} if limit is None else {"max_items": limit})
        test = engine.compile(*a_test(outcomes, items, **document))
        start = time.process_time()
        sittings = simulate(test, Population(), 1000, seed=1)
        seconds = time.process_time() - start
        length = statistics.fmean(len(p) for p in sittings.presented)
        print(f"| {outcomes} | {items} | {length:.1f} | {1000 / seconds:.0f} |")


if __name__ == "__main__":
    print(f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}\n")
    steps()
    simulation()

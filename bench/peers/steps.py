"""One adaptive step and whole simulated tests beside catsim: the same 2PL bank, the same ten answers, one outcome.

Run from the repository: `python -m bench.peers.steps`. CPU time, one thread. catsim takes the most informative item at
the maximum-likelihood theta; ours is shown with the same criterion (at the posterior mean) and with the default one,
information at the cut. Our step starts from the answers alone and also works out the decision and the reasons.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded

import statistics
import time

import numpy as np

import engine
from bench.peers import environment
from engine import ItemPool, Plan, PoolItem, Population, Present, Response, SeededDraw

ANSWERS, CALLS, LENGTH, SIMULEES, RUNS = 10, 400, 30, 512, 5
BANKS = {500: 40, 5_000: 8}
"""Items of the bank, and how many candidates catsim simulates on it."""
CRITERIA = {"information": "information at theta", "information_at_cut": "information at the cut"}


def a_pool(items: int) -> ItemPool:
    """A 2PL bank of one outcome."""
    draw = np.random.default_rng(items)
    a, b = draw.lognormal(0, 0.3, items), draw.normal(size=items)
    return ItemPool.build(
        PoolItem(item=f"item-{j}", outcome="o", criteria=("o.c",), model="2PL", a=float(a[j]), b=float(b[j]))
        for j in range(items)
    )


def a_test(pool: ItemPool, criterion: str) -> engine.CompiledTest:
    """Thirty items on one outcome, no exposure limit: what catsim does."""
    plan = {
        "outcomes": {"o": {"cut": 0.0, "min_items": LENGTH, "max_items": LENGTH}},
        "selection": {"criterion": criterion, "max_exposure": 1, "randomesque": 1},
        "stopping": {"rule": "fixed"},
        "at_limit": "forced",
    }
    return engine.compile(pool, Plan.parse(plan))


def some_answers(test: engine.CompiledTest) -> list[Response]:
    """The first answers of a candidate, right and wrong in turn."""
    responses: list[Response] = []
    for number in range(ANSWERS):
        step = engine.next_step(test, responses, SeededDraw(secret=b"peers"))
        assert isinstance(step, Present)
        responses.append(Response(item=step.item, score=number % 2))
    return responses


def step_ms(test: engine.CompiledTest, responses: list[Response]) -> float:
    """CPU milliseconds of our step: median over RUNS of the mean of CALLS calls."""
    taken, draw = [], SeededDraw(secret=b"peers")
    for _ in range(RUNS):
        start = time.process_time()
        for _ in range(CALLS):
            engine.next_step(test, responses, draw)
        taken.append((time.process_time() - start) / CALLS)
    return 1000 * statistics.median(taken)


def candidates_per_second(test: engine.CompiledTest) -> float:
    """Our simulated candidates per CPU second, median."""
    found = []
    for _ in range(RUNS):
        start = time.process_time()
        engine.simulate(test, Population(), SIMULEES, seed=1)
        found.append(SIMULEES / (time.process_time() - start))
    return statistics.median(found)


def table() -> list[str]:
    """The whole table, row by row."""
    columns = [
        "items", "ours chooses by", "catsim, ms per step", "ours", "catsim / ours",
        f"catsim, candidates per CPU s ({LENGTH} items)", "ours", "ours / catsim",
    ]  # fmt: skip
    rows = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    for size, candidates in BANKS.items():
        pool = a_pool(size)
        tests = {name: a_test(pool, name) for name in CRITERIA}
        given = some_answers(tests["information"])
        theirs = environment.ask(
            "sit", ..., CALLS // 8, LENGTH, candidates, a=pool.parameters.a, b=pool.parameters.b,
            items=np.array([pool.items.index(response.item) for response in given]),
            scores=np.array([response.score for response in given]),
        )  # fmt: skip
        for name, test in tests.items():
            step, pace = step_ms(test, given), candidates_per_second(test)
            cells = [f"{size:,}", CRITERIA[name]]
            if theirs.found is None:
                cells += [theirs.reason, f"{step:.3f}", "-", theirs.reason, f"{pace:,.0f}", "-"]
            else:
                slow, few = theirs.found["step_ms"], theirs.found["candidates_per_second"]
                cells += [f"{slow:.2f}", f"{step:.3f}", f"{slow / step:.0f}"]
                cells += [f"{few:.1f}", f"{pace:,.0f}", f"{pace / few:.0f}"]
            rows.append(f"| {' | '.join(cells)} |")
    return rows


if __name__ == "__main__":
    print("\n".join(table()))

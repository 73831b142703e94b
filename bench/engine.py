"""Benchmark of the engine: one adaptive step by plan and criterion, the shadow test, candidates per CPU second.

Run from the repository: `python bench/engine.py`. CPU time of this process; medians over many calls.
"""

import itertools
import platform
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import engine
from engine import ItemPool, Plan, PoolItem, Population, Present, Response, SeededDraw, simulate
from engine.plan import CRITERIA

POOLS = ((6, 500), (8, 500), (6, 10_000), (8, 10_000))
ANSWERS = (10, 25, 40)
CALLS = 400
CEILING_MS = 0.1
LEVELS = ("recall", "apply", "judge")
BUDGETS = {
    "none": {},
    "words": {"words": 1900},
    "levels, words, seconds": {
        "levels": {"recall": {"max_items": 12}, "apply": {"min_items": 12}, "judge": {"min_items": 8, "max_items": 16}},
        "words": 1900,
        "seconds": 2600,
    },
}


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
            level=LEVELS[j % 7 % 3],
            words=15 + j * 37 % 75,
            seconds=30.0 + j * 53 % 90,
        )
        for j in range(items)
    )
    return pool, a_plan_of(pool, plan)


def a_plan_of(pool, change):
    """The default plan for a pool; `change` replaces whole keys."""
    document = {
        "outcomes": {name: {"cut": -0.3, "min_items": 4, "max_items": 30} for name in pool.outcomes},
        "criteria": {name: {"min_items": 1} for name in pool.criteria},
        "stopping": {"rule": "posterior", "alpha": 0.05},
        "at_limit": "forced",
    }
    return Plan.parse(document | change)


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


def criteria():
    """One step for each selection criterion on eight outcomes."""
    print("\none step by selection criterion, 8 outcomes, 25 answers, own evidence; median CPU ms\n")
    print("| criterion | lambda | 500 items | 10000 items |")
    print("|---|---|---|---|")
    for name in CRITERIA:
        for loading in (0.0, 0.7) if name in ("mutual_information", "mepv") else (0.0,):
            cells = []
            for items in (500, 10_000):
                given = {"selection": {"criterion": name}, "lambda": {f"o{k}": loading for k in range(8)}}
                test = engine.compile(*a_test(8, items, **given))
                cells.append(f"{step_ms(test, *a_sitting(test, 25)):.3f}")
            print(f"| {name} | {loading} | {' | '.join(cells)} |")


def shadow():
    """Every step of a sitting of 40 items by shadow test."""
    print("\nshadow test, 8 outcomes, 40 items, information at theta; CPU ms of a step\n")
    print("| items | budgets | rows | median | p95 |")
    print("|---|---|---|---|---|")
    for (items, kinds), budgets in itertools.product(((500, 2), (5000, 24)), BUDGETS):
        pool, _ = a_test(8, items, kinds)
        plan = {
            "outcomes": {name: {"cut": -0.3, "min_items": 3, "max_items": 8} for name in pool.outcomes},
            "criteria": {name: {"min_items": int(name.endswith((".c0", ".c1")))} for name in pool.criteria},
            "selection": {"strategy": "shadow", "criterion": "information", "max_exposure": 1, "randomesque": 1},
            "stopping": {"alpha": 0.001},
            "max_items": 40,
            "at_limit": "forced",
        }
        test = engine.compile(pool, Plan.parse(plan | BUDGETS[budgets]))
        times, responses, draw = [], [], SeededDraw(secret=b"bench")
        while len(responses) < 40:
            start = time.process_time_ns()
            step = engine.next_step(test, responses, draw)
            times.append((time.process_time_ns() - start) / 1e6)
            if not isinstance(step, Present):
                break
            responses.append(Response(item=step.item, score=len(responses) // 8 % 2))
        p95 = statistics.quantiles(times, n=20)[-1]
        rows = len(test.blueprint.bounds)
        print(f"| {items} | {budgets} | {rows} | {statistics.median(times):.1f} | {p95:.1f} |")


def simulation():
    """Candidates per CPU second, one process."""
    print("\nsimulated candidates per CPU second, median of 5, own evidence, information at the cut or at theta\n")
    print("| outcomes | items | plan | mean length | candidates / s |")
    print("|---|---|---|---|---|")
    open_all, at_theta = (
        {"selection": {"max_exposure": 1}},
        {"selection": {"max_exposure": 1, "criterion": "information"}},
    )
    thirty = {"outcomes": {"o0": {"cut": -0.3, "min_items": 4, "max_items": 30}}, "stopping": {"rule": "fixed"}}
    for outcomes, items, name, change in (
        (1, 500, "fixed at 30", open_all | thirty),
        (1, 5000, "fixed at 30", open_all | thirty),
        (1, 500, "fixed at 30, at theta", at_theta | thirty),
        (1, 5000, "fixed at 30, at theta", at_theta | thirty),
        (1, 500, "default, 30 at most", open_all | {"max_items": 30}),
        (8, 500, "default, 40 at most", open_all | {"max_items": 40}),
        (8, 500, "default, 30 per outcome", open_all),
        (8, 500, "default, exposure .5, 40 at most", {"max_items": 40}),
    ):
        pool, _ = a_test(outcomes, items)
        plan = a_plan_of(pool, change)
        test = engine.compile(pool, plan)
        times = []
        for _ in range(5):
            start = time.process_time()
            sittings = simulate(test, Population(), 1024, seed=1)
            times.append(time.process_time() - start)
        seconds = statistics.median(times)
        length = statistics.fmean(len(p) for p in sittings.presented)
        print(f"| {outcomes} | {items} | {name} | {length:.1f} | {1024 / seconds:.0f} |")


if __name__ == "__main__":
    print(f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}\n")
    steps()
    criteria()
    shadow()
    simulation()

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
from engine.lockstep import uniform
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


def a_test(outcomes, items, criteria=4, content=(), **plan):
    """A 2PL pool with four criteria per outcome, and the default plan for it.

    `content`: "enemies" gives a third of the items one enemy, "pairs" four pairs of items, "sets" a quarter a stimulus
    for three.
    """
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
            enemies=enemies_of(j, items, content),
            set=f"s{j % outcomes}.{j // outcomes // 12}" if "sets" in content and j // outcomes % 12 < 3 else None,
        )
        for j in range(items)
    )
    return pool, a_plan_of(pool, plan)


def enemies_of(j, items, content):
    """The enemy of every sixth item stands three items on; of the pairs, eight items on."""
    if "enemies" in content and j % 6 == 0 and j + 3 < items:
        return (f"item-{j + 3}",)
    return (f"item-{j + 8}",) if "pairs" in content and j in (0, 16, 32, 48) else ()


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


def step_ms(sittings):
    """Median CPU milliseconds of one `next_step` for each (test, answers, draw), asked in turns."""
    times = [[] for _ in sittings]
    for _ in range(CALLS):
        for found, (test, responses, draw) in zip(times, sittings, strict=True):
            start = time.process_time_ns()
            engine.next_step(test, responses, draw)
            found.append(time.process_time_ns() - start)
    return [statistics.median(found) / 1e6 for found in times]


OPEN = {"max_exposure": 1}
STEPS = (
    ("own evidence, information at the cut", (), {}),
    ("the same, no exposure limit", (), {"selection": OPEN}),
    ("enemies on a third of the items", ("enemies",), {}),
    ("enemies, sets of three", ("enemies", "sets"), {}),
    ("words, seconds", (), {"words": 5000, "seconds": 8000}),
    ("words, seconds, 40 items", (), {"words": 1900, "seconds": 2600, "max_items": 40}),
    ("guarded evidence, lambda .7", (), {"evidence": "guarded", "lambda": 0.7}),
    ("joint evidence, lambda .7", (), {"evidence": "joint", "lambda": 0.7}),
    ("own evidence, information at theta", (), {"selection": {"criterion": "information"}}),
)
"""Plans whose step is measured: what is said of them, the content of the pool, what differs from the default plan."""


def tied(change, outcomes):
    """A plan's changes with the loading of all outcomes written out."""
    return change | ({"lambda": {f"o{k}": change["lambda"] for k in range(outcomes)}} if "lambda" in change else {})


def steps():
    """One adaptive step for each plan and pool, with the ceiling the project set."""
    print(f"one step (update + choose + why), median CPU ms of {CALLS} calls, each beside a call of the first plan")
    print(f"(in turns; the ratio is that of 25 answers); the ceiling is {CEILING_MS} ms; exposure .5 unless said\n")
    columns = ["plan", "outcomes", "items", *(f"{n} answers" for n in ANSWERS), "to the first", "compile s"]
    print(f"| {' | '.join(columns)} |")
    print("|" + "---|" * len(columns))
    for outcomes, items in POOLS:
        first = engine.compile(*a_test(outcomes, items))
        for name, content, change in STEPS:
            pool, plan = a_test(outcomes, items, content=content, **tied(change, outcomes))
            start = time.process_time()
            test = engine.compile(pool, plan)
            compiled = time.process_time() - start
            cells, ratios = [], []
            for answers in ANSWERS:
                responses, draw = a_sitting(test, answers)
                mark = "" if len(responses) == answers else f" (after {len(responses)})"
                own, of_first = step_ms([(test, responses, draw), (first, *a_sitting(first, answers))])
                cells.append(f"{own:.3f}{mark}")
                ratios.append(own / of_first)
            ratio = f"{ratios[ANSWERS.index(25)]:.2f}"
            print(f"| {name} | {outcomes} | {items} | {' | '.join(cells)} | {ratio} | {compiled:.2f} |")


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
                cells.append(f"{step_ms([(test, *a_sitting(test, 25))])[0]:.3f}")
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
    print("\nsimulated candidates per CPU second, median of 5; own evidence, information at the cut unless said\n")
    print("| outcomes | items | plan | max_exposure | mean length | candidates / s |")
    print("|---|---|---|---|---|---|")
    at_theta = {"criterion": "information"}
    thirty = {"outcomes": {"o0": {"cut": -0.3, "min_items": 4, "max_items": 30}}, "stopping": {"rule": "fixed"}}
    forty, budget = {"max_items": 40}, {"max_items": 40, "words": 1900}
    for outcomes, items, name, content, change in (
        (1, 500, "fixed at 30", (), thirty | {"selection": OPEN}),
        (1, 5000, "fixed at 30", (), thirty | {"selection": OPEN}),
        (1, 500, "fixed at 30, at theta", (), thirty | {"selection": OPEN | at_theta}),
        (1, 5000, "fixed at 30, at theta", (), thirty | {"selection": OPEN | at_theta}),
        (1, 500, "fixed at 30", (), thirty),
        (1, 500, "30 at most", (), {"max_items": 30, "selection": OPEN}),
        (1, 500, "30 at most", (), {"max_items": 30}),
        (8, 500, "40 at most", (), forty | {"selection": OPEN}),
        (8, 500, "40 at most", (), forty),
        (8, 500, "30 per outcome", (), {"selection": OPEN}),
        (8, 500, "30 per outcome (the default plan)", (), {}),
        (8, 500, "30 per outcome, at theta", (), {"selection": at_theta}),
        (8, 500, "four pairs of enemies", ("pairs",), {}),
        (8, 500, "enemies on a third of the items", ("enemies",), {}),
        (8, 500, "40 at most, words", (), budget),
        (8, 500, "40 at most, words, seconds", (), budget | {"seconds": 2600}),
        (8, 500, "sets of three", ("sets",), {}),
        (8, 500, "joint evidence, lambda .7", (), {"evidence": "joint", "lambda": 0.7}),
        (
            8,
            500,
            "mutual information, lambda .7",
            (),
            {"selection": {"criterion": "mutual_information"}, "lambda": 0.7},
        ),
    ):
        pool, _ = a_test(outcomes, items, content=content)
        plan = a_plan_of(pool, tied(change, outcomes))
        test = engine.compile(pool, plan)
        times, n = [], 1024 if uniform(test) else 256
        for _ in range(5 if uniform(test) else 1):
            start = time.process_time()
            sittings = simulate(test, Population(), n, seed=1)
            times.append(time.process_time() - start)
        length = statistics.fmean(len(p) for p in sittings.presented)
        rate = f"{n / statistics.median(times):.0f}{'' if uniform(test) else ' (one sitting at a time)'}"
        print(f"| {outcomes} | {items} | {name} | {plan.selection.max_exposure} | {length:.1f} | {rate} |")


if __name__ == "__main__":
    print(f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}\n")
    steps()
    criteria()
    shadow()
    simulation()

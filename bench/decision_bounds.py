"""What the stopping rules keep: 100,000 simulated decisions against each rule's bound, and length at equal accuracy.

Run from the repository: `python bench/decision_bounds.py [decisions]`. True parameters, theta from the prior, own
evidence unless said. Exit 1 when a bound is broken by more than .005.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

import engine
from engine import ItemPool, Plan, PoolItem, Population, simulate
from engine.models import information, log_probabilities
from engine.posterior import SecondOrder, likelihood_rows

OUTCOMES, CUT, RHO, EPS = 6, -0.3, 0.7, 0.25
DECISIONS, TOLERANCE = 100_000, 0.005
RULES = (
    ("plain", 0.05, {"rule": "posterior"}),
    ("plain", 0.1, {"rule": "posterior"}),
    ("zone", 0.05, {"rule": "zone", "eps": EPS}),
    ("zone", 0.1, {"rule": "zone", "eps": EPS}),
)


def a_bank(each=60):
    """A 2PL bank of six outcomes: log a ~ N(0, .3), b ~ N(0, 1)."""
    draw = np.random.default_rng(1)
    return ItemPool.build(
        PoolItem(item=f"o{k}.{n}", outcome=f"o{k}", a=float(draw.lognormal(0, 0.3)), b=float(draw.normal()))
        for k in range(OUTCOMES)
        for n in range(each)
    )


def a_plan(stopping, evidence="own", loading=0.0, most=30):
    """At least three items, at most `most`; the best item first, no exposure limit."""
    return Plan.parse(
        {
            "outcomes": {f"o{k}": {"cut": CUT, "min_items": 3, "max_items": most} for k in range(OUTCOMES)},
            "lambda": {f"o{k}": loading for k in range(OUTCOMES)},
            "evidence": evidence,
            "selection": {"randomesque": 1, "max_exposure": 1},
            "stopping": stopping,
            "at_limit": "forced",
        }
    )


def people():
    """Outcomes correlated by rho."""
    return Population(loadings=(RHO**0.5,) * OUTCOMES)


def bounds(decisions):
    """One row per rule; the number of bounds broken."""
    bank, broken = a_bank(), 0
    n = -(-decisions // OUTCOMES)
    print(f"{n * OUTCOMES} decisions per rule: share of wrong decisions among outcomes closed early\n")
    print("| rule | alpha | early | wrong, all | wrong, outside the zone | bounded is | accuracy | items | CPU s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, alpha, rule in RULES:
        start = time.process_time()
        sittings = simulate(engine.compile(bank, a_plan({"alpha": alpha, **rule})), people(), n, seed=1)
        early = np.array([[closed == "early" for closed in row] for row in sittings.closed])
        wrong = (np.array(sittings.decisions) == "met") != sittings.met
        outside = early & (np.abs(sittings.theta - CUT) > EPS)
        counted = early if name == "plain" else outside
        rate = float(wrong[counted].mean())
        broken += rate > alpha + TOLERANCE
        items = np.mean([len(p) for p in sittings.presented])
        what = "all" if name == "plain" else "outside"
        print(
            f"| {name} | {alpha} | {early.mean():.3f} | {wrong[early].mean():.4f} | {wrong[outside].mean():.4f} "
            f"| {what} | {1 - wrong.mean():.3f} | {items:.1f} | {time.process_time() - start:.1f} |"
        )
    return broken


def lengths(n=3000):
    """Mean items at equal accuracy: the best fixed form scored own and joint, against the adaptive rules."""
    bank = a_bank(150)
    fixed = {mode: fixed_accuracy(bank, mode) for mode in ("own", "joint")}
    print("\nmean items of six outcomes together at equal accuracy (fixed: the most informative items at the cut)\n")
    print("| evidence | rule | accuracy | items | best fixed form, own scoring | share of it |")
    print("|---|---|---|---|---|---|")
    cases = (
        ("own", {"rule": "posterior", "alpha": 0.1}), ("own", {"rule": "posterior", "alpha": 0.2}),
        ("own", {"rule": "zone", "alpha": 0.05}), ("own", {"rule": "zone", "alpha": 0.1}),
        ("guarded", {"rule": "posterior", "alpha": 0.15}), ("joint", {"rule": "posterior", "alpha": 0.1}),
        ("joint", {"rule": "zone", "alpha": 0.1}), ("joint", {"rule": "zone", "alpha": 0.15}),
    )  # fmt: skip
    for evidence, rule in cases:
        loading = 0.0 if evidence == "own" else RHO**0.5
        test = engine.compile(bank, a_plan(rule, evidence, loading, most=60 if rule["rule"] == "zone" else 30))
        found = simulate(test, people(), n if evidence == "own" else n // 3, seed=2)
        accuracy = float(((np.array(found.decisions) == "met") == found.met).mean())
        items = np.mean([len(p) for p in found.presented])
        needed = float(np.interp(accuracy, fixed["own"], np.arange(len(fixed["own"])) * OUTCOMES))
        print(
            f"| {evidence} | {rule['rule']} {rule['alpha']} | {accuracy:.3f} | {items:.1f} | {needed:.0f} "
            f"| {items / needed:.2f} |"
        )


def fixed_accuracy(bank, mode, n=4000, most=40):
    """Accuracy of fixed forms of 0..most items per outcome, rising by construction (running maximum)."""
    draw = np.random.default_rng(3)
    loading = RHO**0.5
    theta = loading * draw.standard_normal((n, 1)) + (1 - RHO) ** 0.5 * draw.standard_normal((n, OUTCOMES))
    model = SecondOrder.of([CUT] * OUTCOMES, [loading if mode == "joint" else 0.0] * OUTCOMES)
    rows = likelihood_rows(bank.parameters, model.nodes)
    total = np.zeros((n, OUTCOMES, len(model.nodes)), dtype=np.int64)
    ranked = []
    for k in range(OUTCOMES):
        mine = np.flatnonzero(bank.outcome_of == k)
        ranked.append(mine[np.argsort(-information(bank.parameters.take(mine), CUT))])
    found = []
    for length in range(most + 1):
        mastery = model.own(total).mastery if mode == "own" else np.array([model.joint(t).mastery for t in total[:800]])
        found.append(((mastery >= 0.5) == (theta[: len(mastery)] >= CUT)).mean())
        if length < most:
            for k in range(OUTCOMES):
                item = ranked[k][length]
                log_p, _ = log_probabilities(bank.parameters.take([item]), theta[:, k])
                total[:, k] += rows[item][(draw.random(n) < np.exp(log_p[:, 0])).astype(int)]
        if mode == "joint" and length >= 20:
            break
    return np.maximum.accumulate(found)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DECISIONS
    failed = bounds(count)
    lengths()
    sys.exit(failed > 0)

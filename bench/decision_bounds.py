"""What the stopping rules keep: 100,000 simulated decisions against each rule's bound, and length at equal accuracy.

Run from the repository: `python -m bench.decision_bounds [decisions]`. True parameters, theta from the prior, own
evidence unless said. Exit 1 when a bound is broken by more than .005 or a test is longer than its share of the best
fixed form.
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
AVERAGE = "alpha bounds them on average over the population of the prior, with true parameters, not for one theta"
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


def a_plan(stopping, evidence="own", most=30, least=3):
    """At least three items of each outcome, at most `most`; the best item first, no exposure limit."""
    loading = 0.0 if evidence == "own" else RHO**0.5
    return Plan.parse(
        {
            "outcomes": {f"o{k}": {"cut": CUT, "min_items": least, "max_items": most} for k in range(OUTCOMES)},
            "lambda": {f"o{k}": loading for k in range(OUTCOMES)},
            "evidence": evidence,
            "selection": {"randomesque": 1, "max_exposure": 1},
            "stopping": stopping,
            "at_limit": "forced",
        }
    )


def people(at=None):
    """Outcomes correlated by rho; `at`: everybody has this theta instead."""
    return Population(loadings=(RHO**0.5,) * OUTCOMES, at=None if at is None else (at,) * OUTCOMES)


def kept(name, alpha, rule, decisions=DECISIONS, population=None):
    """What a rule does in that many decisions; `bounded`: the share that alpha bounds, `broken`: it does not."""
    n = -(-decisions // OUTCOMES)
    test = engine.compile(a_bank(), a_plan({"alpha": alpha, **rule}))
    sittings = simulate(test, people() if population is None else population, n, seed=1)
    early = np.array([[closed == "early" for closed in row] for row in sittings.closed])
    wrong = (np.array(sittings.decisions) == "met") != sittings.met
    outside = early & (np.abs(sittings.theta - CUT) > EPS)
    counted = early if name == "plain" else outside
    bounded = float(wrong[counted].mean())
    return {
        "decisions": wrong.size,
        "early": early.mean(),
        "wrong": wrong[early].mean(),
        "outside": wrong[outside].mean() if outside.any() else 0.0,
        "bounded": bounded,
        "broken": bounded > alpha + TOLERANCE,
        "accuracy": 1 - wrong.mean(),
        "items": np.mean([len(p) for p in sittings.presented]),
    }


def bounds(decisions):
    """One row per rule; the number of bounds broken."""
    print(f"{decisions} decisions per rule: share of wrong decisions among outcomes closed early; {AVERAGE}\n")
    print("| rule | alpha | early | wrong, all | wrong, outside the zone | bounded is | accuracy | items | CPU s |")
    print("|---|---|---|---|---|---|---|---|---|")
    broken = 0
    for name, alpha, rule in RULES:
        start = time.process_time()
        found = kept(name, alpha, rule, decisions)
        broken += found["broken"]
        print(
            f"| {name} | {alpha} | {found['early']:.3f} | {found['wrong']:.4f} | {found['outside']:.4f} "
            f"| {'all' if name == 'plain' else 'outside'} | {found['accuracy']:.3f} | {found['items']:.1f} "
            f"| {time.process_time() - start:.1f} |"
        )
    return broken


LENGTHS = (
    ("own", {"rule": "posterior", "alpha": 0.1}, 3, None),
    ("own", {"rule": "posterior", "alpha": 0.2}, 3, None),
    ("own", {"rule": "zone", "alpha": 0.05}, 3, 0.5),
    ("own", {"rule": "zone", "alpha": 0.1}, 3, 0.5),
    ("own", {"rule": "sprt", "alpha": 0.15}, 1, None),
    ("own", {"rule": "sprt", "alpha": 0.1}, 1, None),
    ("own", {"rule": "standard_error", "standard_error": 0.4}, 1, None),
    ("own", {"rule": "standard_error", "standard_error": 0.35}, 1, None),
    ("guarded", {"rule": "posterior", "alpha": 0.15}, 3, None),
    ("joint", {"rule": "posterior", "alpha": 0.1}, 3, None),
    ("joint", {"rule": "zone", "alpha": 0.1}, 3, 0.35),
    ("joint", {"rule": "zone", "alpha": 0.15}, 3, None),
    ("joint", {"rule": "zone", "alpha": 0.1}, 1, 0.35),
    ("joint", {"rule": "zone", "alpha": 0.15}, 1, 0.35),
)
"""Evidence, rule, least items of an outcome, the share of the fixed form not to be exceeded (None: only shown).

Own evidence with the SPRT per outcome and a stop at a standard error per outcome are the rules of other programs.
"""


def lengths(n=6000):
    """Mean items of six outcomes at the accuracy of a fixed form scored by own evidence; how many are too long."""
    bank, long = a_bank(150), 0
    fixed = fixed_accuracy(bank)
    print("\nmean items of six outcomes together at equal accuracy (fixed: the most informative items at the cut)")
    print(f"beside each rule its alpha; of wrong early decisions, {AVERAGE}\n")
    print("| evidence | rule and alpha | least items | accuracy | items | fixed form, own scoring | share | at most |")
    print("|---|---|---|---|---|---|---|---|")
    for evidence, rule, least, limit in LENGTHS:
        test = engine.compile(bank, a_plan(rule, evidence, 30 if rule["rule"] == "posterior" else 60, least))
        found = simulate(test, people(), n if evidence == "own" else n // 3, seed=2)
        accuracy = float(((np.array(found.decisions) == "met") == found.met).mean())
        items = np.mean([len(p) for p in found.presented])
        needed = float(np.interp(accuracy, fixed, np.arange(len(fixed)) * OUTCOMES))
        long += limit is not None and items / needed > limit
        named = " ".join(map(str, rule.values()))
        print(
            f"| {evidence} | {named} | {least} | {accuracy:.3f} | {items:.1f} | {needed:.0f} "
            f"| {items / needed:.2f} | {'' if limit is None else limit} |"
        )
    return long


def fixed_accuracy(bank, n=20_000, most=40):
    """Accuracy of fixed forms of 0..most items per outcome, own scoring, rising by construction (running maximum)."""
    draw = np.random.default_rng(3)
    theta = RHO**0.5 * draw.standard_normal((n, 1)) + (1 - RHO) ** 0.5 * draw.standard_normal((n, OUTCOMES))
    model = SecondOrder.of([CUT] * OUTCOMES, [0.0] * OUTCOMES)
    rows = likelihood_rows(bank.parameters, model.nodes)
    right = np.zeros((most + 1, OUTCOMES))
    for k in range(OUTCOMES):
        mine = np.flatnonzero(bank.outcome_of == k)
        best = mine[np.argsort(-information(bank.parameters.take(mine), CUT))]
        total = np.zeros((n, len(model.nodes)), dtype=np.int64)
        for length in range(most + 1):
            right[length, k] = ((model.own_of(k, total).mastery >= 0.5) == (theta[:, k] >= CUT)).mean()
            if length < most:
                log_p, _ = log_probabilities(bank.parameters.take(best[length : length + 1]), theta[:, k])
                total += rows[best[length]][(draw.random(n) < np.exp(log_p[:, 0])).astype(int)]
    return np.maximum.accumulate(right.mean(axis=1))


if __name__ == "__main__":
    failed = bounds(int(sys.argv[1]) if len(sys.argv) > 1 else DECISIONS)
    sys.exit(int(failed + lengths() > 0))

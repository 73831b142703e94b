"""2,000 simulated sittings on the CRM pool through the real `next_step`: docs/crm-simulation.json and the page of it.

Parameters are the provisional ones of the bank, taken as true: the study shows what the plan and a bank of this size
can decide if the authors' difficulties were right, not how good the items are.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import engine
from engine import ItemPool, Plan, Present, Response, SeededDraw, Stop
from itembank import allocations, blueprints, content, institution, pools, provisional
from itembank.exchange import jsonl
from itembank.standards import zsk

FOLDER, CODE = "pl-crm", "CRM"
N, SEED = 2000, 13881
PROFILES, PROFILE_SIZE = (-1.0, 0.0, 0.5, 1.0, 1.5, 2.0), 300
DOCS = Path(__file__).resolve().parents[1] / "docs"
NUMBERS, PAGE = DOCS / "crm-simulation.json", DOCS / "crm-simulation.md"
"""What the script found, and the page that is made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One simulated sitting: true thetas by outcome, items in the order presented, and how it ended."""

    theta: dict[str, float]
    items: tuple[str, ...]
    stop: Stop


def compiled() -> tuple[engine.CompiledTest, ItemPool]:
    """The CRM bank and the proposed plan as an exam session would freeze them."""
    text = content.standard_file(FOLDER)
    tree = zsk.read(text.read_bytes(), CODE, text.name)
    proposal = content.institution_file(FOLDER)
    data = institution.read(proposal.read_text(encoding="utf-8"), tree, proposal.name)
    allocation = allocations.sign(tree, data.default_parts, version=1, basis="proposal", by="simulation", at=0)
    items = [item for file in content.item_files(FOLDER) for item in jsonl.read(file.read_bytes(), file.name).items]
    pool = ItemPool.build(pools.rows(items, allocation, provisional.parameters_of(items)))
    return engine.compile(pool, Plan.parse(blueprints.plan(data, allocation))), pool


def sit(test: engine.CompiledTest, pool: ItemPool, number: int, seed: int, even: float | None = None) -> Sitting:
    """One sitting from the first item to the stop; `even`: this theta in every outcome instead of the prior's."""
    rng = np.random.default_rng([seed, number])
    draw = SeededDraw(secret=b"crm sittings %d/%d" % (seed, number))
    drawn = {outcome.outcome: float(rng.standard_normal()) for outcome in test.plan.outcomes}
    theta = drawn if even is None else dict.fromkeys(drawn, even)
    at = {item: j for j, item in enumerate(pool.items)}
    responses: list[Response] = []
    while isinstance(step := engine.next_step(test, responses, draw), Present):
        j, p = at[step.item], pool.parameters
        core = 1 / (1 + math.exp(-p.a[j] * (theta[step.outcome] - p.b[j])))
        right = rng.random() < p.c[j] + (p.d[j] - p.c[j]) * core
        responses.append(Response(item=step.item, score=int(right)))
    return Sitting(theta=theta, items=tuple(response.item for response in responses), stop=step)


def broken_rules(test: engine.CompiledTest, pool: ItemPool, sitting: Sitting) -> list[str]:
    """Every demand of the plan this sitting does not keep, counted from its items alone."""
    at = {item: j for j, item in enumerate(pool.items)}
    used = [at[item] for item in sitting.items]
    broken = ["an item twice"] if len(set(used)) < len(used) else []
    if test.plan.max_items is not None and len(used) > test.plan.max_items:
        broken.append("too long")
    for outcome in test.plan.outcomes:
        n = sum(pool.outcomes[pool.outcome_of[j]] == outcome.outcome for j in used)
        if n < outcome.min_items or (outcome.max_items is not None and n > outcome.max_items):
            broken.append(f"{outcome.outcome}: {n} items")
    for criterion in test.plan.criteria:
        n = sum(bool(pool.measures[j, pool.criteria.index(criterion.criterion)]) for j in used)
        if n < criterion.min_items:
            broken.append(f"{criterion.criterion}: {n} items")
    names = set(sitting.items)
    broken += [f"enemies {set(pair)}" for pair in enemy_pairs(pool) if set(pair) <= names]
    return broken


def enemy_pairs(pool: ItemPool) -> list[tuple[str, str]]:
    """Pairs of items that never meet in one sitting."""
    return [(pool.items[i], pool.items[j]) for i, enemies in enumerate(pool.enemies) for j in enemies if i < j]


def shares(truth: np.ndarray, decision: np.ndarray) -> tuple[float, float, float, float]:
    """Accuracy, false pass, false fail, undetermined, as shares of all sittings."""
    return (
        float(np.mean(((decision == "met") & truth) | ((decision == "not_met") & ~truth))),
        float(np.mean((decision == "met") & ~truth)),
        float(np.mean((decision == "not_met") & truth)),
        float(np.mean(decision == "undetermined")),
    )


def whole_part(sittings: list[Sitting]) -> np.ndarray:
    """The decision on all outcomes in conjunction: any not met decides, any undetermined leaves it open."""
    table = np.array([[decision.decision for decision in sitting.stop.decisions] for sitting in sittings])
    return np.where((table == "not_met").any(1), "not_met", np.where((table == "met").all(1), "met", "undetermined"))


def outcome_figures(test: engine.CompiledTest, sittings: list[Sitting]) -> dict[str, list[float]]:
    """By outcome: mean items, share closed early, and the four shares of its decisions."""
    found = {}
    for k, outcome in enumerate(test.plan.outcomes):
        decided = [sitting.stop.decisions[k] for sitting in sittings]
        truth = np.array([sitting.theta[outcome.outcome] >= outcome.cut for sitting in sittings])
        early = float(np.mean([decision.closed == "early" for decision in decided]))
        items = float(np.mean([decision.items for decision in decided]))
        found[outcome.outcome] = [
            items, early, *shares(truth, np.array([decision.decision for decision in decided]))
        ]  # fmt: skip
    return found


def profile_figures(sittings: list[Sitting]) -> list[float]:
    """Candidates with the same ability in every outcome: mean length, shares met, undetermined and not met."""
    found = whole_part(sittings)
    decided = [float(np.mean(found == value)) for value in ("met", "undetermined", "not_met")]
    return [float(np.mean([len(sitting.items) for sitting in sittings])), *decided]


def figures(test: engine.CompiledTest, pool: ItemPool, sittings: list[Sitting]) -> dict[str, Any]:
    """What docs/crm-simulation.md says of these sittings, as numbers; the profiles are added by `main`."""
    lengths = np.array([len(sitting.items) for sitting in sittings])
    counts = dict.fromkeys(pool.items, 0)
    for sitting in sittings:
        for item in sitting.items:
            counts[item] += 1
    exposure = np.array(list(counts.values())) / len(sittings)
    cuts = {outcome.outcome: outcome.cut for outcome in test.plan.outcomes}
    truth = np.array([all(sitting.theta[name] >= cut for name, cut in cuts.items()) for sitting in sittings])
    whole = whole_part(sittings)
    every = [decision.decision for sitting in sittings for decision in sitting.stop.decisions]
    return {
        "sittings": len(sittings),
        "seed": SEED,
        "items": len(pool.items),
        "plan_digest": test.plan.digest,
        "pool_digest": pool.digest,
        "max_items": test.plan.max_items,
        "max_exposure": test.plan.selection.max_exposure,
        "alpha": test.plan.stopping.alpha,
        "length": {
            "mean": float(lengths.mean()),
            "median": float(np.median(lengths)),
            "p90": float(np.quantile(lengths, 0.9)),
            "longest": int(lengths.max()),
        },
        "broken": sum(bool(broken_rules(test, pool, sitting)) for sitting in sittings),
        "exposure": {"highest": float(exposure.max()), "never": int((exposure == 0).sum())},
        "outcomes": outcome_figures(test, sittings),
        "all": list(shares(truth, whole)),
        "masters": {value: float(np.mean(whole[truth] == value)) for value in ("met", "undetermined", "not_met")},
        "undetermined": every.count("undetermined") / len(every),
    }


def report(found: Mapping[str, Any]) -> str:
    """docs/crm-simulation.md from docs/crm-simulation.json."""
    rows = [
        f"| {name} | {items:.1f} | {early:.2f} | " + " | ".join(f"{one:.3f}" for one in four) + " |"
        for name, (items, early, *four) in found["outcomes"].items()
    ]
    profiles = [
        f"| {float(theta):+.1f} | {length:.1f} | " + " | ".join(f"{one:.2f}" for one in parts) + " |"
        for theta, (length, *parts) in found["profiles"].items()
    ]
    length, masters = found["length"], found["masters"]
    return DOCUMENT.format(
        n=found["sittings"],
        items=found["items"],
        seed=found["seed"],
        mean=length["mean"],
        median=length["median"],
        most=length["p90"],
        longest=length["longest"],
        limit=found["max_items"],
        broken=found["broken"],
        exposed=found["exposure"]["highest"],
        allowed=found["max_exposure"],
        never=found["exposure"]["never"],
        rows="\n".join(rows),
        whole=f"| **all six** | {length['mean']:.1f} | | " + " | ".join(f"{one:.3f}" for one in found["all"]) + " |",
        met=masters["met"],
        undetermined=masters["undetermined"],
        failed=masters["not_met"],
        profiles="\n".join(profiles),
        size=found["profile_size"],
        open=found["undetermined"],
        early=1 - found["alpha"],
        alpha=found["alpha"],
    )


DOCUMENT = """# What the CRM bank can decide

{n} simulated sittings through the real `next_step` on the CRM pool ({items} items, six outcomes) with the
proposed plan, made by `python -m bench.crm_sittings` (seed {seed}). Abilities are drawn from the plan's prior,
a standard normal for each outcome, independent of each other. The item parameters are the *provisional* ones of
the bank, taken as true.

- Length: mean {mean:.1f}, median {median:.0f}, 90 % at most {most:.0f}, longest {longest} of {limit} items.
- Sittings that broke a demand of the blueprint (minimums, maximums, enemies, a criterion not sampled): **{broken}**.
- Exposure: highest {exposed:.3f} (limit {allowed}); {never} items were never used.

| outcome | items | closed early | right | false pass | false fail | undetermined |
|---|---|---|---|---|---|---|
{rows}
{whole}

The last row is the theory part: met when all six outcomes are met, not met when any is not met. It is also the whole
qualification of a candidate whose practical part is met: the rule of the standard asks for both parts, so the theory
part then decides alone (a test evaluates the rule on all 729 combinations). The practical part is a committee's and is
not simulated; where it is not met the qualification is not met whatever the test says, and where it is missing nobody
passes, so the qualification is never passed wrongly more often than the theory part. The row looks accurate because
most simulated candidates fail at least one of six independent outcomes. Of the candidates who
truly lie above all six cuts, {met:.0%} are declared so, {undetermined:.0%} are left undetermined and
{failed:.0%} are failed.

Candidates of even ability, {size} sittings each, the cut being 0 in every outcome:

| theta in all six | items | theory met | undetermined | not met |
|---|---|---|---|---|
{profiles}

**In plain words.** With about 24 items for an outcome, half of them open to one sitting and at most ten asked,
the bank tells clear masters of an outcome from clear non-masters. It cannot decide candidates near a cut:
{open:.0%} of the outcome decisions stay undetermined. That is not a fail; a continuation with fresh items or an
oral complement settles it. Early decisions stop at a posterior probability of {early:g}: on average over the
population of the prior, with true parameters, at most {alpha:.0%} of them are wrong; nothing is bounded for one
given ability. Six such decisions in conjunction are hard on candidates who know the subject but not by much.
Sharper decisions need calibrated items, about 22 to 35 informative ones for each outcome at an error of
5 %, or evidence borrowed across outcomes, which treats uneven profiles worse and is therefore not the default.

None of this says anything about real candidates before the items are calibrated on their answers.
"""


def main() -> int:
    """Run, write the report, exit 1 if any sitting broke its blueprint."""
    test, pool = compiled()
    began = time.process_time()
    sittings = [sit(test, pool, number, SEED) for number in range(N)]
    spent = time.process_time() - began
    found = figures(test, pool, sittings) | {"profile_size": PROFILE_SIZE}
    found["profiles"] = {
        str(theta): profile_figures([sit(test, pool, number, SEED, even=theta) for number in range(PROFILE_SIZE)])
        for theta in PROFILES
    }
    NUMBERS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(report(json.loads(NUMBERS.read_text(encoding="utf-8"))), encoding="utf-8")
    print(f"{N} sittings, {found['broken']} broke the blueprint, {spent:.1f} s CPU")
    return int(found["broken"] > 0)


if __name__ == "__main__":
    sys.exit(main())

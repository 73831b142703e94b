"""Pools and plans with every content constraint there is, and what a sitting breaks, counted from them alone."""

import numpy as np
from engine_builders import an_item

from engine import ItemPool, Plan

LEVELS = ("apply", "judge", "recall")


def faults(pool, plan, items):
    """Constraints that a finished sitting broke, counted independently of the engine's bounds."""
    scored = [j for j in (pool.items.index(item) for item in items) if not pool.pretest[j]]
    found = ["repeat"] * (len(set(items)) != len(items))
    for outcome in plan.outcomes:
        count = sum(pool.outcomes[pool.outcome_of[j]] == outcome.outcome for j in scored)
        found += [outcome.outcome] * (not within(outcome, count))
    for criterion in plan.criteria:
        count = pool.measures[scored, pool.criteria.index(criterion.criterion)].sum()
        found += [criterion.criterion] * (not within(criterion, count))
    for level in plan.levels:
        found += [level.level] * (not within(level, sum(pool.levels[j] == level.level for j in scored)))
    found += ["enemies" for j in scored if set(pool.enemies[j]) & set(scored)]
    for name in {s for s in pool.sets if s is not None}:
        members = {j for j in range(len(pool)) if pool.sets[j] == name}
        if members & set(scored) and not members <= set(scored):
            found.append(f"set {name}")
    if plan.max_items is not None and len(scored) > plan.max_items:
        found.append("max_items")
    for name, most, each in (("seconds", plan.seconds, pool.seconds), ("words", plan.words, pool.words)):
        if most is not None and sum(each[j] or 0 for j in scored) > most:
            found.append(name)
    return found


def within(part, count):
    """Whether a count keeps the minimum and maximum of a part of the plan."""
    return part.min_items <= count and (part.max_items is None or count <= part.max_items)


def a_rich_pool(seed, outcomes=3, each=14):
    """Items with criteria, enemies, sets of three, seconds, levels and words."""
    draw, rows = np.random.default_rng(seed), []
    for k in range(outcomes):
        for n in range(each):
            rows.append(
                an_item(
                    f"o{k}.{n}",
                    outcome=f"o{k}",
                    criteria=(f"o{k}.c{n % 3}", *((f"o{k}.extra",) if draw.random() < 0.3 else ())),
                    a=float(draw.uniform(0.7, 1.8)),
                    b=float(draw.normal()),
                    enemies=(f"o{k}.{n - 3}",) if n >= 8 and draw.random() < 0.5 else (),
                    set=f"o{k}.s{n // 3}" if n < 6 and k != 1 else None,
                    seconds=float(draw.integers(30, 90)),
                    level=str(draw.choice(LEVELS)),
                    words=int(draw.integers(10, 80)),
                )
            )
    return ItemPool.build(rows)


def a_rich_plan(pool, seed, **given):
    """A plan that uses all of it, often tight; of `given` mappings are merged into those of the plan."""
    draw = np.random.default_rng(1000 + seed)
    least = int(draw.integers(2, 5))
    levels = draw.permutation(LEVELS).tolist()
    document = {
        "outcomes": {
            o: {"cut": 0.0, "min_items": least, "max_items": least + int(draw.integers(1, 5))} for o in pool.outcomes
        },
        "criteria": {
            c: {"min_items": int(draw.integers(0, 2)), "max_items": int(draw.integers(2, 5))} for c in pool.criteria
        },
        "levels": {
            levels[0]: {"min_items": int(draw.integers(2, 8))},
            levels[1]: {"max_items": int(draw.integers(1, 5))},
        },
        "selection": {
            "criterion": str(draw.choice(["information_at_cut", "information", "random"])),
            "max_exposure": float(draw.choice([1.0, 0.7])),
        },
        "stopping": {"alpha": float(draw.choice([0.001, 0.1, 0.3]))},
        "max_items": 3 * least + int(draw.integers(1, 8)),
        "seconds": int(draw.integers(58, 75)) * (3 * least + 4),
        "words": int(draw.integers(38, 60)) * (3 * least + 4),
        "at_limit": "forced",
    }
    for key, value in given.items():
        document[key] = {**document[key], **value} if isinstance(value, dict) else value
    return Plan.parse(document)

"""Pools, plans and sittings for the engine's tests: name only what matters to the test."""

import numpy as np
import pytest

import engine
from engine import (
    ItemPool,
    Parameters,
    ParameterTable,
    Plan,
    PoolItem,
    Present,
    Response,
    ResponseMatrix,
    SeededDraw,
    lockstep,
)


def an_item(name, outcome="o0", **given):
    return PoolItem(item=name, outcome=outcome, **given)


def a_pool(outcomes=3, criteria=2, each=6, seed=1, **given):
    """`each` items for every criterion of every outcome: ids like o0.c1.3."""
    draw = np.random.default_rng(seed)
    return ItemPool.build(
        an_item(
            f"o{k}.c{c}.{i}",
            outcome=f"o{k}",
            criteria=(f"o{k}.c{c}",),
            a=float(draw.uniform(0.7, 1.8)),
            b=float(draw.normal(0, 1)),
            **given,
        )
        for k in range(outcomes)
        for c in range(criteria)
        for i in range(each)
    )


def a_plan(pool=None, *, cut=0.0, least=2, most=None, per_criterion=1, loading=0.0, **given):
    """A plan for all outcomes and criteria of the pool; `given` replaces whole keys of PLAN.json."""
    outcomes = pool.outcomes if pool is not None else ("o0",)
    criteria = pool.criteria if pool is not None else ()
    limits = {"cut": cut, "min_items": least} | ({} if most is None else {"max_items": most})
    document = {
        "outcomes": {outcome: dict(limits) for outcome in outcomes},
        "criteria": {criterion: {"min_items": per_criterion} for criterion in criteria},
        "lambda": dict.fromkeys(outcomes, loading),
        "selection": {"criterion": "information_at_cut", "randomesque": 1, "max_exposure": 1},
        "stopping": {"rule": "posterior", "alpha": 0.1},
        "at_limit": "forced",
    }
    return Plan.parse(document | given)


def a_test(pool=None, **given):
    pool = a_pool() if pool is None else pool
    return engine.compile(pool, a_plan(pool, **given))


def a_draw(name="one"):
    return SeededDraw(secret=name.encode())


def walk(test, answer, draw=None):
    """Sit a test: `answer(step, position)` gives each score. Returns the steps, the responses and the final Stop."""
    draw = a_draw() if draw is None else draw
    steps, responses = [], []
    while isinstance(step := engine.next_step(test, responses, draw), Present):
        steps.append(step)
        responses.append(Response(item=step.item, score=answer(step, len(responses))))
    return steps, responses, step


def some_answers(test, size, seed):
    categories = np.array(test.categories)
    return (np.random.default_rng(seed).random((size, len(categories))) * categories).astype(np.int8)


def assert_each_step_is_next_step(test, size, seed):
    """Whole rounds were possible, and every sitting is what next_step makes of the same answers."""
    secrets, answers = [f"{seed}:{i}".encode() for i in range(size)], some_answers(test, size, seed)
    assert lockstep.uniform(test)
    walked = lockstep.walk(test, secrets, answers)
    for i, secret in enumerate(secrets):
        draw, responses = SeededDraw(secret=secret), []
        for j in walked.presented[i]:
            step = engine.next_step(test, responses, draw)
            assert (step.item, len(responses)) == (test.pool.items[j], len(responses))
            responses.append(Response(item=step.item, score=int(answers[i, j])))
        stop = engine.next_step(test, responses, draw)
        assert not isinstance(stop, Present)
        assert stop.reason == walked.reasons[i]
        assert tuple((d.decision, d.closed) for d in stop.decisions) == walked.verdicts[i]
        assert [d.theta for d in stop.decisions] == pytest.approx(walked.estimate[i], abs=1e-12)


def a_table(rows):
    """A parameter table of (a, b, c, d) rows."""
    a, b, c, d = zip(*rows, strict=True)
    return ParameterTable(items=tuple(f"i{j}" for j in range(len(rows))), parameters=Parameters.of(a=a, b=b, c=c, d=d))


def a_matrix(rows, items=None):
    """A response matrix; None is not presented."""
    marks = np.array([[-1 if x is None else x for x in row] for row in rows])
    return ResponseMatrix(
        persons=tuple(str(n) for n in range(1, len(rows) + 1)),
        items=tuple(f"i{j}" for j in range(marks.shape[1])) if items is None else tuple(items),
        scores=np.maximum(marks, 0).astype(np.int8),
        presented=marks >= 0,
    )

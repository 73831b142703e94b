"""Exposure control by chances: found by simulation, and kept up from counts."""

import numpy as np
import pytest
from engine_builders import a_draw, a_plan, a_pool, a_test

import engine
from engine import PlanError, Population, report, simulate
from engine.eligibility import Counts, counts_of, sympson_hetter, updated, with_eligibility
from engine.lotteries import Lotteries
from engine.simulate import secrets_of


def a_greedy_plan(pool, **given):
    return a_plan(pool, most=6, selection={"criterion": "information", "randomesque": 1, "max_exposure": 1}, **given)


@pytest.mark.slow
def test_sympson_hetter_brings_the_most_exposed_items_down_to_the_limit():
    pool = a_pool(outcomes=1, criteria=1, each=30)
    plan = a_greedy_plan(pool, stopping={"alpha": 0.001})
    free = engine.compile(pool, plan)
    found = sympson_hetter(pool, plan, 0.4, n=500, seed=1, rounds=8)
    held = engine.compile(pool, with_eligibility(plan, found.eligibility, 0.4))
    before, after = (report(test, simulate(test, Population(), 500, 9)).exposure for test in (free, held))

    assert before["max"] > 0.9
    assert after["max"] <= 0.4 + 0.07
    assert found.history[-1] < found.history[0]
    assert set(found.eligibility) == set(pool.items)


def test_the_next_chances_follow_the_published_rule():
    counts = Counts(sittings=100, opened=np.array([100.0, 50, 80, 90]), presented=np.array([60.0, 5, 0, 89.99]))

    assert updated(counts, 0.3) == pytest.approx([0.5, 1.0, 1.0, 0.3 * 90 / 89.99])


def test_control_without_simulation_brings_exposure_down_from_session_to_session():
    pool = a_pool(outcomes=1, criteria=1, each=30)
    plan, limit = a_greedy_plan(pool, stopping={"alpha": 0.001}), 0.4
    total = Counts(sittings=0, opened=np.zeros(30), presented=np.zeros(30))
    free = report(a_free := engine.compile(pool, plan), simulate(a_free, Population(), 300, 0)).exposure["max"]
    highest, late = [], np.zeros(30)
    for session in range(8):
        chances = dict(zip(pool.items, updated(total, limit).tolist(), strict=True))
        test = engine.compile(pool, with_eligibility(plan, chances, limit))
        found = simulate(test, Population(), 128, session)
        seen = counts_of(test, secrets_of(session, 0, 128), found.presented)
        total = Counts(
            sittings=total.sittings + 128, opened=total.opened + seen.opened, presented=total.presented + seen.presented
        )
        highest.append(float((total.presented / total.sittings).max()))
        late += seen.presented if session >= 4 else 0.0

    assert free > 0.9
    assert highest == sorted(highest, reverse=True)
    assert (late / (4 * 128)).max() <= limit + 0.13


def test_counts_are_taken_from_the_sittings_secrets():
    pool = a_pool(outcomes=1, criteria=1, each=20)
    test = a_test(pool, selection={"max_exposure": 0.5})
    secrets = [str(n).encode() for n in range(300)]
    counts = counts_of(test, secrets, [(0, 1), (1, 2)])

    assert counts.opened / 300 == pytest.approx(np.full(20, 0.5), abs=0.12)
    assert counts.presented[:4].tolist() == [1, 2, 1, 0]


@pytest.mark.parametrize("limit", [0.3, 0.8])
def test_lotteries_drawn_together_are_those_drawn_one_by_one(limit):
    pool = a_pool(outcomes=2, criteria=2, each=9)
    test = a_test(pool, selection={"max_exposure": limit})
    draws = [a_draw(str(n)) for n in range(40)]
    single = np.array([[test.exposure.open_to(d).eligible(j) for j in range(len(pool))] for d in draws])

    assert (Lotteries(test.exposure, len(pool), draws).open() == single).all()


def test_an_item_of_its_own_chance_is_open_that_often():
    pool = a_pool(outcomes=1, criteria=1, each=20)
    test = a_test(pool, selection={"max_exposure": 1, "eligibility": {pool.items[5]: 0.25}})
    open_items = Lotteries(test.exposure, len(pool), [a_draw(str(n)) for n in range(2000)]).open()

    assert 5 not in test.witness.forms[0]
    assert open_items[:, 5].mean() == pytest.approx(0.25, abs=0.03)
    assert np.delete(open_items, 5, axis=1).all()
    with pytest.raises(PlanError, match=r"plan\.selection\.eligibility\.nobody: no scored item"):
        a_test(pool, selection={"eligibility": {"nobody": 0.5}})

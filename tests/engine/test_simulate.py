"""Simulated sittings: repeatable, honest about errors, without broken constraints."""

import itertools

import numpy as np
import pytest
from engine_builders import a_pool, a_test

import engine
from engine import Population, SeededDraw, Stop, report, simulate
from engine.contenders import REACHES
from engine.rounds import NEAR
from engine.simulate import BATCH


def a_simulation(test, n=300, seed=1, **given):
    return simulate(test, given.pop("population", Population()), n, seed, **given)


def a_limited_test(**given):
    pool = a_pool(outcomes=3, criteria=2, each=10)
    return a_test(pool, most=8, selection={"randomesque": 3, "max_exposure": 0.5}, **given)


def test_the_same_seed_gives_the_same_sittings_however_they_are_spread():
    test = a_limited_test()
    one = a_simulation(test, BATCH + 40)
    other = a_simulation(test, BATCH + 40, run=lambda f, work: [f(w) for w in list(work)])

    assert one.presented == other.presented
    assert one.decisions == other.decisions
    assert (one.theta == other.theta).all()
    assert a_simulation(test, BATCH + 40, seed=2).presented != one.presented


def test_the_report_adds_up_and_breaks_nothing():
    test = a_limited_test(per_criterion=2)
    found = report(test, a_simulation(test, 400)).as_json(1.5)

    assert found["violations"] == 0
    assert found["cpu_seconds"] == 1.5
    assert sum(found["reasons"].values()) == 400
    for rates in (*found["outcomes"].values(), found["qualification"]):
        shares = [rates[name] for name in ("accuracy", "false_pass", "false_fail", "undetermined")]
        assert sum(shares) == pytest.approx(1)
    assert found["length"]["mean"] == pytest.approx(sum(o["items"] for o in found["outcomes"].values()))
    assert sum(found["exposure"]["items"].values()) == pytest.approx(found["length"]["mean"])


def test_exposure_stays_under_its_limit():
    test = a_limited_test()
    found = report(test, a_simulation(test, 1500)).exposure

    assert found["max"] <= 0.5 + 3 * np.sqrt(0.25 / 1500)
    assert 0 < found["overlap"] < 1


def test_exposure_and_overlap_are_told_for_each_band_of_theta_as_counted_pair_by_pair():
    test = a_limited_test()
    sittings = a_simulation(test, 300)
    found = report(test, sittings).exposure
    band = np.clip(np.floor(sittings.theta.mean(axis=1) * 2), -6, 5)

    def overlap(of):
        held = [set(items) for items, inside in zip(sittings.presented, of, strict=True) if inside]
        pairs = list(itertools.combinations(held, 2))
        common = sum(len(one & other) for one, other in pairs)
        return common / len(pairs) / np.mean([len(one) for one in held]) if pairs else 0.0

    assert sum(row["n"] for row in found["by_theta"]) == 300
    for row in found["by_theta"]:
        here = band == row["theta"] * 2 - 0.5
        assert row["n"] == here.sum()
        assert row["overlap"] == pytest.approx(overlap(here))
    assert found["overlap"] == pytest.approx(overlap(np.ones(300, dtype=bool)))
    assert max(row["max"] for row in found["by_theta"]) >= found["max"]


def test_evidence_left_undetermined_is_not_counted_as_right():
    test = a_limited_test(at_limit="undetermined", stopping={"alpha": 0.001})
    found = report(test, a_simulation(test, 200))

    assert all(o["undetermined"] > 0.9 for o in found.outcomes.values())
    assert found.qualification["accuracy"] < 0.2


def test_correlated_outcomes_are_drawn_as_the_loadings_say():
    test = a_limited_test()
    theta = a_simulation(test, 3000, population=Population(mean=0.5, loadings=(0.9, 0.8, 0.0))).theta

    assert np.corrcoef(theta.T)[0, 1] == pytest.approx(0.72, abs=0.04)
    assert np.corrcoef(theta.T)[0, 2] == pytest.approx(0.0, abs=0.06)
    assert theta.mean(axis=0) == pytest.approx(0.5, abs=0.07)
    assert theta.std(axis=0) == pytest.approx(1, abs=0.05)


def test_progress_is_told_batch_by_batch():
    told = []
    a_simulation(a_limited_test(), BATCH + 1, progress=lambda done, n: told.append((done, n)))

    assert told == [(BATCH, BATCH + 1), (BATCH + 1, BATCH + 1)]


def test_an_impossible_population_is_refused():
    test = a_limited_test()
    with pytest.raises(ValueError, match="at least one simulee"):
        a_simulation(test, 0)
    with pytest.raises(ValueError, match="3 loadings from 0 to 1"):
        a_simulation(test, 5, population=Population(loadings=(0.5,)))


@pytest.mark.parametrize("mode", [{}, {"loading": 0.6, "evidence": "guarded"}, {"loading": 0.6, "evidence": "joint"}])
def test_a_simulated_sitting_is_what_next_step_would_have_done(mode):
    test = a_limited_test(**mode)
    sittings = a_simulation(test, 30, seed=9)
    for i in range(30):
        draw = SeededDraw(secret=f"simulee:9:0:{i}".encode())
        stop = _replay(test, sittings, i, draw)
        assert stop.reason == sittings.reasons[i]
        assert tuple(d.decision for d in stop.decisions) == sittings.decisions[i]


@pytest.mark.parametrize("criterion", ["information_at_cut", "information"])
@pytest.mark.parametrize("at_limit", ["forced", "undetermined"])
def test_it_is_so_where_open_items_stand_far_down_the_list(at_limit, criterion):
    pool = a_pool(outcomes=2, criteria=2, each=90)
    assert len(pool) / 2 > max(NEAR, REACHES[0])
    selection = {"criterion": criterion, "randomesque": 3, "max_exposure": 0.1}
    test = a_test(pool, least=4, most=12, per_criterion=2, at_limit=at_limit, selection=selection)
    sittings = a_simulation(test, 30, seed=9)
    for i in range(30):
        stop = _replay(test, sittings, i, SeededDraw(secret=f"simulee:9:0:{i}".encode()))
        assert stop.reason == sittings.reasons[i]
        assert tuple((d.decision, d.closed) for d in stop.decisions) == tuple(
            zip(sittings.decisions[i], sittings.closed[i], strict=True)
        )
        assert [d.theta for d in stop.decisions] == pytest.approx(sittings.estimate[i], abs=1e-12)


def _replay(test, sittings, i, draw):
    """Sit the test again through next_step; the answers are those that lead to the same items."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence((9, 0))))
    rng.standard_normal((30, 1))
    rng.standard_normal((30, len(test.outcomes)))
    luck = rng.random((30, len(test.pool)))
    parameters, responses = test.pool.parameters, []
    for position, j in enumerate(sittings.presented[i]):
        step = engine.next_step(test, responses, draw)
        assert (position, step.item) == (position, test.pool.items[j])
        z = parameters.a[j] * (sittings.theta[i, test.outcome_of[j]] - parameters.b[j])
        chance = parameters.c[j] + (parameters.d[j] - parameters.c[j]) / (1 + np.exp(-z))
        responses.append(engine.Response(item=step.item, score=int(luck[i, j] < chance)))
    stop = engine.next_step(test, responses, draw)
    assert isinstance(stop, Stop)
    return stop

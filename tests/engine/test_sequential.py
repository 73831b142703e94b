"""The sequential rules: where each turns, and what the bounds bound."""

import math

import numpy as np
import pytest
from engine_builders import a_plan, a_pool, a_test

import engine
from engine import Population, Response, simulate
from engine.grid import theta_nodes
from engine.lockstep import walk
from engine.models import log_probabilities
from engine.sequential import Curtailment, reading

NODES = theta_nodes()


def a_rule_test(stopping, pool=None, **given):
    return a_test(a_pool(outcomes=1, criteria=1, each=30) if pool is None else pool, stopping=stopping, **given)


def state(test, answers):
    """Decision and state of the only outcome after these answers to the first items."""
    responses = [Response(item=test.pool.items[n], score=score) for n, score in enumerate(answers)]
    found = engine.decisions(test, responses, ended=False)[0]
    return found.decision, found.closed


def test_the_reading_weights_read_a_cubic_exactly_between_nodes():
    for point in (-5.97, -0.33, 0.0, 1.234, 5.99):
        assert reading(NODES, point) @ (NODES**3 - 2 * NODES) == pytest.approx(point**3 - 2 * point, abs=1e-9)


def test_sprt_decides_where_the_exact_likelihood_ratio_crosses_walds_bounds():
    test = a_rule_test({"rule": "sprt", "alpha": 0.1, "beta": 0.05, "delta": 0.4}, cut=0.2, least=1)
    log_p, log_q = log_probabilities(test.pool.parameters, [0.2 - 0.4, 0.2 + 0.4])
    for score, table, bound, decision in (
        (1, log_p, math.log((1 - 0.05) / 0.1), "met"),
        (0, log_q, math.log(0.05 / (1 - 0.1)), "not_met"),
    ):
        ratio = np.cumsum(table[1] - table[0])
        crossed = int(np.argmax(ratio >= bound if score else ratio <= bound)) + 1
        assert crossed > 1
        assert state(test, [score] * crossed) == (decision, "early")
        assert state(test, [score] * (crossed - 1)) == ("undetermined", "open")


def test_the_generalised_ratio_is_never_later_than_the_simple_one():
    simple, general = (a_rule_test({"rule": rule, "alpha": 0.1, "delta": 0.3}, least=1) for rule in ("sprt", "glr"))

    def first(test, score):
        return next(n for n in range(1, 31) if state(test, [score] * n)[1] == "early")

    assert first(general, 1) <= first(simple, 1)
    assert first(general, 0) < first(simple, 0)


def test_the_zone_rule_passes_above_half_and_only_where_the_cut_less_eps_is_passed():
    test = a_rule_test({"rule": "zone", "alpha": 0.1, "eps": 0.25}, least=1)
    plain = a_rule_test({"alpha": 0.1}, least=1)
    answers = [1, 1, 0, 1, 1, 1]
    early = [n for n in range(1, 7) if state(test, answers[:n])[1] == "early"]

    assert early
    assert state(test, [1, 0, 1, 0])[1] == "open"
    assert all(state(plain, answers[:n])[1] == "open" for n in range(1, early[0]))


def test_the_zone_never_closes_what_the_certifying_rule_leaves_open():
    cut = {"cut": {"scope": "self", "measure": "p_mastery", "value": 0.97}}
    free = a_rule_test({"rule": "zone", "alpha": 0.1}, least=1)
    held = a_rule_test({"rule": "zone", "alpha": 0.1}, least=1, decision_rule=cut)
    n = next(n for n in range(1, 31) if state(free, [1] * n)[1] == "early")

    assert state(held, [1] * n) == ("undetermined", "open")
    assert state(held, [1] * 30) == ("met", "early")


def test_an_interval_on_one_side_of_the_cut_decides_and_a_small_error_stops():
    interval = a_rule_test({"rule": "interval", "alpha": 0.05}, least=1)
    n = next(n for n in range(1, 31) if state(interval, [1] * n)[1] == "early")
    one = engine.decisions(interval, [Response(item=interval.pool.items[i], score=1) for i in range(n)], ended=False)[0]
    assert one.theta - 1.6448536 * one.standard_error > 0

    precise = a_rule_test({"rule": "standard_error", "standard_error": 0.6}, least=1)
    m = next(m for m in range(1, 31) if state(precise, [i % 2 for i in range(m)])[1] == "early")
    responses = [Response(item=precise.pool.items[i], score=i % 2) for i in range(m)]
    assert engine.decisions(precise, responses, ended=False)[0].standard_error <= 0.6
    assert engine.decisions(precise, responses[:-1], ended=False)[0].standard_error > 0.6


def test_a_fixed_test_runs_its_length_and_curtailment_cuts_it_where_nothing_can_change():
    fixed = a_rule_test({"rule": "fixed"}, most=12)
    cut_short = a_rule_test({"rule": "fixed", "curtailment": 0.99}, most=12)

    assert state(fixed, [1] * 11) == ("undetermined", "open")
    assert state(fixed, [1] * 12) == ("met", "limit")
    assert state(cut_short, [1] * 8) == ("met", "early")
    assert state(cut_short, [1, 0] * 4) == ("undetermined", "open")


def test_curtailment_is_certain_once_no_answer_is_left():
    foreseen = Curtailment.of(a_plan(most=2, stopping={"curtailment": 1.0}), [[0.5, 0.4, 0.3]])

    assert foreseen.left[0] == pytest.approx((0.9, 0.4, 0.0))
    assert foreseen.signal(0, 2, 0.1, 0.5, 0.55) == 1
    assert foreseen.signal(0, 2, -0.1, 0.5, 0.45) == -1
    assert foreseen.signal(0, 1, 0.1, 0.5, 0.55) == 0


@pytest.mark.slow
def test_curtailed_decisions_rarely_differ_from_those_at_full_length():
    pool = a_pool(outcomes=1, criteria=1, each=24)
    full = simulate(a_rule_test({"rule": "fixed"}, pool, most=20), Population(), 1500, 3)
    short = simulate(a_rule_test({"rule": "fixed", "curtailment": 0.95}, pool, most=20), Population(), 1500, 3)
    differ = np.mean([a != b for a, b in zip(full.decisions, short.decisions, strict=True)])

    assert differ <= 0.05
    assert np.mean([len(p) for p in short.presented]) < 14


@pytest.mark.parametrize("rule", ["zone", "sprt", "glr", "interval", "standard_error", "fixed"])
def test_rounds_of_arrays_and_single_steps_give_the_same_sittings(rule):
    stopping = {"rule": rule, "alpha": 0.1} | ({"standard_error": 0.5} if rule == "standard_error" else {})
    given = {"most": 12, "stopping": stopping, "selection": {"randomesque": 3, "max_exposure": 0.6}}
    test = a_test(a_pool(outcomes=2, criteria=2, each=9), **given)
    answers = np.random.default_rng(7).integers(0, 2, (60, len(test.pool))).astype(np.int8)
    secrets = [f"sitting {i}".encode() for i in range(60)]
    by_rounds = walk(test, secrets, answers)
    one_by_one = walk(test, secrets, answers, np.ones(answers.shape, dtype=bool))

    assert by_rounds.presented == one_by_one.presented
    assert by_rounds.verdicts == one_by_one.verdicts
    assert by_rounds.reasons == one_by_one.reasons
    assert by_rounds.estimate == pytest.approx(one_by_one.estimate, abs=1e-9)


@pytest.mark.parametrize("rule", ["posterior", "zone"])
def test_the_bounds_of_the_two_posterior_rules_hold_on_average(rule):
    pool = a_pool(outcomes=4, criteria=1, each=30, seed=3)
    test = a_test(pool, cut=-0.3, least=3, most=30, stopping={"rule": rule, "alpha": 0.05})
    sittings = simulate(test, Population(), 1500, 1)
    early = np.array([[closed == "early" for closed in row] for row in sittings.closed])
    wrong = (np.array(sittings.decisions) == "met") != sittings.met
    counted = early & (np.abs(sittings.theta + 0.3) > 0.25) if rule == "zone" else early

    assert wrong[counted].mean() <= 0.05 + 0.005
    assert early.mean() > 0.5

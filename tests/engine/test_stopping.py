"""The closing rule at its edges."""

import pytest

from engine.stopping import ClosingRule


def a_rule(**given):
    common = {
        "evidence": "own", "met_at": 0.9, "not_met_at": 0.1, "limit_met_at": 0.8, "limit_not_met_at": 0.2,
        "min_items": 3, "max_items": 10, "at_limit": "forced",
    }  # fmt: skip
    return ClosingRule(**(common | given))


@pytest.mark.parametrize(
    ("own", "outcome"),
    [(0.9, "met"), (0.8999, "undetermined"), (0.1001, "undetermined"), (0.1, "not_met")],
)
def test_the_bounds_themselves_decide(own, outcome):
    assert a_rule().close(5, True, own, own, False)[0] == outcome


def test_unmet_minimums_keep_an_outcome_open_and_at_the_end_undetermined():
    assert a_rule().close(5, False, 1.0, 1.0, False) == ("undetermined", "open")
    assert a_rule().close(5, False, 1.0, 1.0, True) == ("undetermined", "limit")
    assert a_rule().close(10, False, 1.0, 1.0, False) == ("undetermined", "limit")


@pytest.mark.parametrize(("own", "decision"), [(0.5, "met"), (0.4999, "not_met")])
def test_a_forced_decision_turns_at_one_half(own, decision):
    assert a_rule().close(10, True, own, own, False) == (decision, "limit")
    assert a_rule(at_limit="undetermined").close(10, True, own, own, False) == ("undetermined", "limit")


@pytest.mark.parametrize(
    ("own", "decision"),
    [(0.8, "met"), (0.7999, "undetermined"), (0.2001, "undetermined"), (0.2, "not_met")],
)
def test_at_the_limit_the_certifying_rule_alone_has_the_last_word(own, decision):
    assert a_rule(at_limit="undetermined").close(10, True, own, own, False) == (decision, "limit")
    assert a_rule(at_limit="undetermined").close(6, True, own, own, True) == (decision, "limit")


def test_an_early_decision_at_the_last_item_is_early():
    assert a_rule().close(10, True, 0.95, 0.95, False) == ("met", "early")


def test_guarded_evidence_needs_both_and_falls_back_on_own_at_the_limit():
    rule = a_rule(evidence="guarded")

    assert rule.close(5, True, 0.80, 0.95, False) == ("met", "early")
    assert rule.close(5, True, 0.79, 0.95, False) == ("undetermined", "open")
    assert rule.close(5, True, 0.21, 0.05, False) == ("undetermined", "open")
    assert rule.close(5, True, 0.20, 0.05, False) == ("not_met", "early")
    assert rule.close(10, True, 0.3, 0.95, False) == ("not_met", "limit")


def test_joint_evidence_decides_alone():
    assert a_rule(evidence="joint").close(5, True, 0.2, 0.95, False) == ("met", "early")

"""The bounds of the stopping rules in 100,000 simulated decisions: theta from the prior, true parameters."""

import pytest

from bench.decision_bounds import CUT, DECISIONS, RULES, bounds, kept, people


@pytest.mark.parametrize(("name", "alpha", "rule"), RULES, ids=[f"{name}-{alpha}" for name, alpha, _ in RULES])
def test_early_decisions_are_wrong_no_more_often_than_the_rule_promises(name, alpha, rule):
    found = kept(name, alpha, rule)

    assert found["decisions"] >= DECISIONS == 100_000
    assert found["early"] > 0.6
    assert found["bounded"] <= alpha + 0.005
    assert not found["broken"]


def test_the_promise_is_about_the_average_of_the_prior_and_is_not_kept_at_one_theta():
    found = kept("plain", 0.05, {"rule": "posterior"}, 6000, people(at=CUT))

    assert found["bounded"] > 0.2
    assert found["broken"]


def test_no_table_prints_alpha_without_what_it_means(capsys):
    bounds(600)
    heading, _, table = capsys.readouterr().out.partition("\n\n")

    assert "alpha" in table
    assert "on average over the population of the prior, with true parameters, not for one theta" in heading

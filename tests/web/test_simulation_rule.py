"""The certifying rule of a plan over decisions made by hand; what a simulation cannot know stays open."""

import itertools
import json

import numpy as np
import pytest

from engine import ItemPool, Plan, PoolItem, compile
from engine.simulation_report import ALL_MET
from itembank import content
from results.rules import RuleError
from web.simulation_rule import certifying_rule

ROWS = "MMM MMN MNN NNN MMu Muu uuu NNu uNN"  # decisions on A, B and C
CODE = {"M": 1, "N": 0, "u": -1}


def cut(outcome="self", **given):
    return {"cut": {"scope": outcome, "measure": "p_mastery", "value": 0.8, **given}}


A, B, C = (cut(outcome) for outcome in "ABC")


def rule_of(rule, criteria=()):
    pool = ItemPool.build(PoolItem(item=f"{o}{n}", outcome=o, criteria=criteria) for o in "ABC" for n in range(3))
    plan = {"outcomes": {o: {"cut": 0} for o in "ABC"}, "at_limit": "forced"}
    return certifying_rule(compile(pool, Plan.parse(plan if rule is None else plan | {"decision_rule": rule})))


def decided(rule):
    rows = np.array([[CODE[mark] for mark in row] for row in ROWS.split()])
    return " ".join("NMu"[code] for code in rule.decide(rows))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        #                          MMM MMN MNN NNN MMu Muu uuu NNu uNN
        ({"all_of": [A, B, C]}, "   M   N   N   N   u   u   u   N   N"),
        ({"any_of": [A, B, C]}, "   M   M   M   N   M   M   u   u   u"),
        ({"min_k_of": {"k": 2, "of": [A, B, C]}}, "M M N N M u u N N"),
        ({"any_of": [{"all_of": [A, B]}, C]}, "   M   M   N   N   M   u   u   u   N"),
        ({"met": "B"}, "M M N N M u u N N"),
        ({"part": "theory", "rule": {"for_each": {"level": "outcome", "rule": cut(min_items=3)}}}, "M N N N u u u N N"),
        ({"for_each": {"level": "outcome", "k": 1, "rule": cut(every_criterion_sampled=True)}}, "M M M N M M u u u"),
    ],
)
def test_a_rule_decides_each_row_as_by_hand(rule, expected):
    found = rule_of(rule)

    assert decided(found) == " ".join(expected.split())
    assert (found.name, found.unknown) == ("decision_rule", ())


def test_without_a_rule_every_outcome_has_to_be_met():
    assert rule_of(None) is ALL_MET
    rows = np.array(list(itertools.product((1, 0, -1), repeat=3)))
    assert (ALL_MET.decide(rows) == rule_of({"all_of": [A, B, C]}).decide(rows)).all()


@pytest.mark.parametrize(
    ("rule", "unknown", "expected"),
    [
        ({"all_of": [A, {"part": "practice", "rule": B}]}, ["part practice"], "u u u N u u u N u"),
        ({"any_of": [A, {"evidence": {"type": "employment", "min_months": 12}}]}, ["employment"], "M M M u M M u u u"),
        ({"all_of": [A, {"when": "renewal", "rule": B}]}, ["renewal"], "u u u N u u u N u"),
        (cut("A", measure="percent", value=60), ["a cut on percent"], "u u u u u u u u u"),
        ({"all_of": [A, cut("D")]}, ["D"], "u u u N u u u N u"),
        ({"all_of": [A, {"met": "interview"}]}, ["interview"], "u u u N u u u N u"),
        ({"for_each": {"level": "criterion", "rule": {"met": "self"}}}, ["criterion"], "u u u u u u u u u"),
        ({"for_each": {"level": "set", "rule": cut()}}, ["set"], "u u u u u u u u u"),
        (cut(), ["qualification"], "u u u u u u u u u"),
        (
            {"for_each": {"level": "outcome", "where": {"binding": False}, "rule": cut()}},
            ["units that the plan does not hold"],
            "u u u u u u u u u",
        ),
    ],
)
def test_what_a_simulation_cannot_know_is_named_and_open(rule, unknown, expected):
    found = rule_of(rule)

    assert list(found.unknown) == unknown
    assert decided(found) == expected


def test_the_rule_of_a_proposed_plan_is_read_whole():
    rule = json.loads(content.institution_file("pl-crm").read_text(encoding="utf-8"))["decision_rule"]["rule"]
    found = rule_of(rule)

    assert found.unknown == ("part practice",)
    assert decided(found) == "u N N N u u u N N"


@pytest.mark.parametrize(
    "rule", [{"all_of": [A, B, C]}, {"any_of": [{"all_of": [A, B]}, C]}, {"min_k_of": {"k": 2, "of": [A, B, C]}}]
)
def test_what_is_decided_with_outcomes_open_is_decided_so_however_they_end(rule):
    found = rule_of(rule)
    for row in itertools.product((1, 0, -1), repeat=3):
        endings = np.array(list(itertools.product(*((1, 0) if one == -1 else (one,) for one in row))))
        ends, now = set(found.decide(endings).tolist()), int(found.decide(np.array([row]))[0])

        assert ends == {now} if now != -1 else ends == {0, 1}


@pytest.mark.parametrize("rule", [{"nonsense": True}, {"any_of": []}, {**A, "part": "theory"}])
def test_a_bad_rule_is_refused(rule):
    with pytest.raises(RuleError, match="decision_rule"):
        rule_of(rule)

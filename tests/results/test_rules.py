"""The rule vocabulary: what it reads, and what it refuses."""

import json
from pathlib import Path

import pytest

from results.rules import Cut, ForEach, MinKOf, Part, RuleError, parse

STANDARDS = Path(__file__).resolve().parents[3] / "shared" / "standards"
NAMES = ("pl-crm", "pl-marketing-automation", "cz-66-056-M-email-marketing", "pl-infodoradca-243108", "kz-smm")


@pytest.mark.parametrize("name", NAMES)
def test_every_encoding_of_the_source_standards_is_read(name):
    path = STANDARDS / f"{name}.json"
    if not path.exists():
        pytest.skip("../shared/standards is not beside this repository")

    rule = parse(json.loads(path.read_text(encoding="utf-8"))["decision_rule"]["rule"])

    assert rule is not None


def test_a_cut_of_mastery_without_lower_border_mirrors_its_value():
    cut = parse({"cut": {"scope": "self", "measure": "p_mastery", "value": 0.8}})

    assert isinstance(cut, Cut)
    assert cut.not_met_at == pytest.approx(0.2)


def test_all_of_needs_all_and_any_of_needs_one():
    both = [{"met": "a"}, {"met": "b"}]
    all_of, any_of = parse({"all_of": both}), parse({"any_of": both})

    assert isinstance(all_of, MinKOf)
    assert isinstance(any_of, MinKOf)
    assert (all_of.k, any_of.k) == (2, 1)


def test_a_basis_stands_on_the_node_it_was_written_on():
    rule = parse(
        {"part": "theory", "basis": "stated", "rule": {"for_each": {"level": "outcome", "rule": {"met": "self"}}}}
    )

    assert isinstance(rule, Part)
    assert rule.basis == "stated"
    assert isinstance(rule.rule, ForEach)
    assert rule.rule.basis is None


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "decision_rule: an object"),
        ({}, "decision_rule: exactly one of"),
        ({"met": "a", "cut": {}}, "decision_rule: exactly one of"),
        ({"met": ""}, "decision_rule.met"),
        ({"met": "a", "colour": 1}, "decision_rule: unknown key 'colour'"),
        ({"all_of": []}, "decision_rule.all_of"),
        ({"all_of": [{"met": "a"}, {"meet": "b"}]}, r"decision_rule.all_of\[1\]"),
        ({"min_k_of": {"k": 3, "of": [{"met": "a"}]}}, "decision_rule.min_k_of.k: 3 of 1"),
        ({"for_each": {"level": "galaxy", "rule": {"met": "self"}}}, "decision_rule.for_each.level"),
        (
            {"for_each": {"level": "outcome", "where": {"part": 1}, "rule": {"met": "self"}}},
            "decision_rule.for_each.where",
        ),
        ({"part": "swimming", "rule": {"met": "self"}}, "decision_rule.part"),
        ({"cut": {"measure": "p_mastery", "value": 1.2}}, "decision_rule.cut"),
        ({"cut": {"measure": "p_mastery", "value": 0.5, "not_met_at": 0.6}}, "decision_rule.cut.not_met_at"),
        ({"cut": {"measure": "p_mastery", "value": True}}, "decision_rule.cut.value"),
        ({"when": "x", "rule": {"met": "self"}, "else": "met"}, "decision_rule.else"),
        ({"met": "a", "basis": "hearsay"}, "decision_rule.basis"),
    ],
)
def test_a_rule_outside_the_vocabulary_is_refused_with_its_place(data, place):
    with pytest.raises(RuleError, match=place):
        parse(data)

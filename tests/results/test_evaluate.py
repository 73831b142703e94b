"""Evaluation: three values, unreached is undetermined, theory alone decides nothing."""

from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itembank import content, institution
from itembank.standards import zsk
from results import scheme
from results.evaluate import at_least, evaluate
from results.evidence import Evidence, EvidenceError, OutcomeEvidence, read
from results.rules import Value, parse
from results.scheme import Unit

MET, NOT_MET, OPEN = Value.MET, Value.NOT_MET, Value.UNDETERMINED
CRM_RULE = {
    "all_of": [
        {
            "part": "theory",
            "basis": "stated",
            "rule": {
                "for_each": {
                    "level": "outcome",
                    "where": {"part": "theory"},
                    "rule": {
                        "cut": {
                            "measure": "p_mastery",
                            "value": 0.8,
                            "not_met_at": 0.2,
                            "min_items": 3,
                            "every_criterion_sampled": True,
                            "basis": "institution_default",
                        }
                    },
                }
            },
        },
        {
            "part": "practice",
            "basis": "stated",
            "rule": {
                "for_each": {
                    "level": "outcome",
                    "where": {"part": "practice"},
                    "rule": {
                        "for_each": {
                            "level": "criterion",
                            "where": {"part": "practice", "binding": True},
                            "rule": {"met": "self"},
                        }
                    },
                }
            },
        },
    ]
}


SIX = ("CRM.1.1", "CRM.1.2", "CRM.1.3", "CRM.2.1", "CRM.2.3", "CRM.2.5")
MASTERY = {MET: 0.9, NOT_MET: 0.1, OPEN: 0.5}


@cache
def packaged_crm():
    """The rule of the package's institution data and the units of the CRM standard under its proposed allocation."""
    text, proposal = content.standard_file("pl-crm"), content.institution_file("pl-crm")
    tree = zsk.read(text.read_bytes(), "CRM", text.name)
    data = institution.read(proposal.read_text(encoding="utf-8"), tree, proposal.name)
    return parse(data.decision_rule["rule"]), scheme.read(
        tree.as_json()["tree"], data.default_parts, tree.code, tree.title
    )


@pytest.mark.parametrize("practice", [MET, NOT_MET, None])
def test_the_crm_qualification_is_the_conjunction_of_its_theory_outcomes_when_the_practical_part_is_met(practice):
    """What docs/crm-simulation.md says of its row for all six, over all 3^6 combinations of their decisions."""
    rule, units = packaged_crm()
    criteria = [unit for unit in units.walk() if unit.level == "criterion"]
    by_hand = {one.id: practice for one in criteria if "practice" in one.parts and practice is not None}
    asked = {
        outcome: {one.id: 1 for one in criteria if one.id.startswith(f"{outcome}.") and "theory" in one.parts}
        for outcome in SIX
    }
    assert sum(map(len, asked.values())) == sum("theory" in one.parts for one in criteria)
    for values in product((MET, NOT_MET, OPEN), repeat=len(SIX)):
        measured = {
            outcome: OutcomeEvidence(p_mastery=MASTERY[value], items=7, criteria=asked[outcome])
            for outcome, value in zip(SIX, values, strict=True)
        }
        theory = NOT_MET if NOT_MET in values else OPEN if OPEN in values else MET
        found = evaluate(rule, units, Evidence(outcomes=measured, criteria=by_hand)).value
        expected = {MET: theory, NOT_MET: NOT_MET, None: NOT_MET if theory is NOT_MET else OPEN}
        assert found is expected[practice]


def leaf(name, *parts):
    return Unit(id=name, level="criterion", title=name, parts=parts)


QUALIFICATION = Unit(
    id="Q",
    level="qualification",
    title="Q",
    children=(
        Unit(id="Q.1", level="outcome", title="knows", children=(leaf("Q.1.1", "theory"), leaf("Q.1.2", "theory"))),
        Unit(
            id="Q.2",
            level="outcome",
            title="knows and does",
            children=(leaf("Q.2.1", "theory", "practice"), leaf("Q.2.2", "practice")),
        ),
        Unit(id="Q.3", level="outcome", title="does", children=(leaf("Q.3.1", "practice"),)),
    ),
)
THEORY = {
    "Q.1": OutcomeEvidence(p_mastery=0.9, items=6, criteria={"Q.1.1": 3, "Q.1.2": 3}),
    "Q.2": OutcomeEvidence(p_mastery=0.85, items=4, criteria={"Q.2.1": 4}),
}
PRACTICE = {"Q.2.1": MET, "Q.2.2": MET, "Q.3.1": MET}


def decide(outcomes, criteria):
    return evaluate(parse(CRM_RULE), QUALIFICATION, Evidence(outcomes=outcomes, criteria=criteria))


def test_theory_passed_and_practice_missing_is_undetermined_never_positive():
    assert decide(THEORY, {}).value is OPEN


def test_importing_the_practice_turns_the_decision_positive():
    assert decide(THEORY, PRACTICE).value is MET


def test_one_practice_criterion_not_met_turns_it_negative():
    assert decide(THEORY, {**PRACTICE, "Q.3.1": NOT_MET}).value is NOT_MET


def test_a_theory_outcome_below_the_cut_makes_it_negative_even_without_practice():
    low = {**THEORY, "Q.2": OutcomeEvidence(p_mastery=0.1, items=4, criteria={"Q.2.1": 4})}

    assert decide(low, {}).value is NOT_MET


def test_between_the_borders_an_outcome_is_undetermined():
    unsure = {**THEORY, "Q.1": OutcomeEvidence(p_mastery=0.5, items=6, criteria={"Q.1.1": 3, "Q.1.2": 3})}

    found = decide(unsure, PRACTICE)

    assert found.of("Q.1", "theory") is OPEN
    assert found.value is OPEN


@pytest.mark.parametrize(
    "poor",
    [
        OutcomeEvidence(p_mastery=0.01, items=2, criteria={"Q.1.1": 1, "Q.1.2": 1}),
        OutcomeEvidence(p_mastery=0.01, items=6, criteria={"Q.1.1": 6}),
    ],
    ids=["too few items", "a criterion not sampled"],
)
def test_unreached_minimums_leave_an_outcome_undetermined_not_failed(poor):
    found = decide({**THEORY, "Q.1": poor}, PRACTICE)

    assert found.of("Q.1", "theory") is OPEN


def test_a_plan_that_decides_at_its_limit_puts_both_borders_at_one_half():
    forced = OutcomeEvidence(p_mastery=0.55, items=6, criteria={"Q.1.1": 3, "Q.1.2": 3}, forced=True)

    found = decide({**THEORY, "Q.1": forced}, PRACTICE)

    assert found.of("Q.1", "theory") is MET
    assert any("decided at the limit" in node.why for node in found.nodes)


def test_every_node_carries_its_basis_and_reason():
    found = decide(THEORY, PRACTICE)
    cuts = [node for node in found.nodes if node.rule == "cut"]

    assert {node.basis for node in cuts} == {"institution_default"}
    assert {node.id for node in cuts} == {"Q.1", "Q.2"}
    assert {node.basis for node in found.nodes if node.rule.startswith("part:")} == {"stated"}
    assert all(node.why for node in found.nodes)


def test_an_empty_for_each_is_undetermined_never_met():
    nothing = parse({"for_each": {"level": "task", "rule": {"met": "self"}}})

    assert evaluate(nothing, QUALIFICATION, Evidence()).value is OPEN


def test_a_profile_reports_states_and_gives_no_decision():
    profile = parse({"profile": {"level": "outcome", "rule": {"cut": {"measure": "p_mastery", "value": 0.8}}}})

    found = evaluate(profile, QUALIFICATION, Evidence(outcomes=THEORY))

    assert found.value is None
    assert [node.value for node in found.nodes if node.rule == "profile.unit"] == [MET, MET, OPEN]


def test_renewal_accepts_evidence_with_both_marks_or_a_new_validation():
    renewal = parse(
        {
            "any_of": [
                {
                    "all_of": [
                        {"evidence": {"type": "tasks", "min_months": 12}},
                        {"met": "formal"},
                        {"met": "substantive"},
                    ]
                },
                {"met": "new_validation"},
            ]
        }
    )

    def value(**facts):
        return evaluate(renewal, QUALIFICATION, Evidence(facts=facts)).value

    assert value(tasks=12, formal=True, substantive=True) is MET
    assert value(tasks=11, formal=True, substantive=True, new_validation=False) is NOT_MET
    assert value(tasks=11, formal=True, substantive=True) is OPEN
    assert value(new_validation=True) is MET


def test_a_condition_that_does_not_hold_takes_its_rule_out_of_the_conjunction():
    rule = parse({"all_of": [{"met": "a"}, {"when": "drives", "rule": {"met": "b"}}]})

    assert evaluate(rule, QUALIFICATION, Evidence(facts={"a": True, "drives": False})).value is MET
    assert evaluate(rule, QUALIFICATION, Evidence(facts={"a": True, "drives": True})).value is OPEN
    assert evaluate(rule, QUALIFICATION, Evidence(facts={"a": True})).value is OPEN


@given(st.lists(st.sampled_from([MET, NOT_MET, OPEN]), min_size=1, max_size=6), st.data())
def test_at_least_k_agrees_with_every_way_the_open_ones_can_turn_out(values, data):
    k = data.draw(st.integers(1, len(values)))
    worlds = [
        [world.pop(0) if value is OPEN else value for value in values]
        for world in map(list, product([MET, NOT_MET], repeat=values.count(OPEN)))
    ]
    outcomes = {world.count(MET) >= k for world in worlds}

    expected = OPEN if len(outcomes) == 2 else (MET if outcomes == {True} else NOT_MET)

    assert at_least(k, values) is expected


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "evidence"),
        ({"outcome": {}}, "unknown key 'outcome'"),
        ({"outcomes": {"Q.1": {"p_mastery": 1.5, "items": 3, "criteria": {}}}}, "outcomes.Q.1.p_mastery"),
        ({"outcomes": {"Q.1": {"p_mastery": 0.5, "items": -1, "criteria": {}}}}, "outcomes.Q.1.items"),
        ({"criteria": {"Q.1.1": "maybe"}}, "criteria.Q.1.1"),
        ({"facts": {"x": "yes"}}, "facts.x"),
    ],
)
def test_evidence_that_cannot_be_read_is_refused_with_its_place(data, place):
    with pytest.raises(EvidenceError, match=place):
        read(data)

"""From the bank to the engine: priors, what may be drawn, the pool and the plan."""

import json
from datetime import date
from math import comb, factorial

import pytest
from bank_builders import GAPS, SHARED, crm, item, proposal, signed

from engine.plan import Plan
from itembank import blueprints, pools
from itembank.errors import Refused
from itembank.lifecycle import BankItem, State
from itembank.provisional import blind_chance, parameters, parameters_of

DAY = date(2026, 11, 22)
NOT_IN_THEORY = {"id": "CRM.1.2.2-01", "outcome": "CRM.1.2", "criteria": ["CRM.1.2.2"]}


def record(state=State.RELEASED, **changed):
    return BankItem(item=item(**changed), state=state, added_by="author", added_at=1)


def drawable(*records, day=DAY, language="pl"):
    return pools.drawable(records, signed(), language=language, day=day)


@pytest.mark.parametrize(
    ("interaction", "chance"),
    [
        ("single", 1 / 4),
        ("multiple", 1 / sum(comb(5, k) for k in range(1, 6))),
        ("order", 1 / factorial(4)),
        ("match", 1 / (4 * 3 * 2)),
        ("numeric", 0.0),
    ],
)
def test_guessing_is_the_chance_of_a_blind_response(interaction, chance):
    assert blind_chance(item(interaction)) == pytest.approx(chance)


def test_priors_follow_the_author_and_say_that_they_are_priors():
    easy, medium, hard = (parameters(item(expected_difficulty=word)) for word in ("easy", "medium", "hard"))

    assert easy.b < medium.b < hard.b
    assert all(one.provisional and one.a > 0 and 0 <= one.c < one.d for one in (easy, medium, hard))


@pytest.mark.parametrize("gap", ["criteria", "rationale", "seconds", "expected_difficulty"])
def test_a_draft_with_a_gap_is_in_no_pool(gap):
    draft = record(State.DRAFT, **{gap: None})
    complete = parameters_of([item()])

    assert [one.reason for one in drawable(draft).left_out] == ["not_released"]
    with pytest.raises(Refused, match="incomplete"):
        pools.build([draft.item], signed(), complete)


def test_an_item_nobody_judged_has_no_prior():
    with pytest.raises(Refused, match="incomplete"):
        parameters(item(expected_difficulty=None))
    assert blind_chance(item(**GAPS)) == blind_chance(item())


@pytest.mark.parametrize("state", State)
def test_only_released_or_used_versions_are_drawn(state):
    found = drawable(record(state))

    expected = () if state in (State.RELEASED, State.USED) else (("CRM.1.1.1-01@1", "not_released"),)
    assert tuple((one.version_id, one.reason) for one in found.left_out) == expected
    assert len(found.items) + len(found.left_out) == 1


def test_the_newest_released_version_is_drawn_and_a_newer_draft_does_not_hide_it():
    found = drawable(record(), record(version=2, stem="Druga?"), record(State.DRAFT, version=3, stem="Trzecia?"))

    assert [one.version_id for one in found.items] == ["CRM.1.1.1-01@2"]
    assert {one.version_id: one.reason for one in found.left_out} == {
        "CRM.1.1.1-01@3": "not_released",
        "CRM.1.1.1-01@1": "older_version",
    }


def test_an_item_is_not_drawn_after_its_law_has_lapsed_and_no_older_version_steps_in():
    law = {"act": "RODO art. 33", "as_of": "2026-01-01", "valid_to": "2026-11-22"}
    records = (record(), record(version=2, law=law))

    assert [one.version_id for one in drawable(*records).items] == ["CRM.1.1.1-01@2"]
    assert drawable(*records, day=date(2026, 11, 23)).items == ()


def test_items_of_practice_or_another_language_are_left_out_by_name():
    found = drawable(record(**NOT_IN_THEORY), record(language="en"))

    assert {one.reason for one in found.left_out} == {"not_in_theory", "other_language"}


@pytest.mark.parametrize(
    "tags",
    [
        {"criteria": ["CRM.1.1.9"]},
        {"id": "KZ.A.1-01", "standard": "KZ", "outcome": "KZ.A", "criteria": ["KZ.A.1"]},
    ],
)
def test_an_item_without_a_tag_to_the_qualification_is_refused(tags):
    with pytest.raises(Refused, match="untagged"):
        drawable(record(**tags))
    with pytest.raises(Refused, match="untagged"):
        pools.build([item(**tags)], signed(), parameters_of([item(**tags)]))


def test_a_pool_carries_parameters_tags_enemies_and_times():
    items = [item(enemies=["CRM.1.1.1-02", "CRM.1.1.1-99"]), item("numeric", id="CRM.1.1.1-02", seconds=90)]

    pool = pools.build(items, signed(), parameters_of(items))

    assert pool.items == ("CRM.1.1.1-01@1", "CRM.1.1.1-02@1")
    assert pool.enemies == ((1,), (0,))
    assert pool.seconds == (60.0, 90.0)
    assert pool.provisional.all()
    assert pool.parameters.c.tolist() == [0.25, 0.0]


def test_only_criteria_of_the_theory_part_are_measured():
    both = item(id="CRM.1.2.4-01", outcome="CRM.1.2", criteria=["CRM.1.2.4", "CRM.1.2.2"])

    pool = pools.build([both], signed(), parameters_of([both]))

    assert pool.criteria == ("CRM.1.2.4",)


def test_another_allocation_makes_another_pool():
    parts = dict(proposal().default_parts) | {"CRM.1.1.1": ("practice",)}

    with pytest.raises(Refused, match="untagged"):
        pools.build([item()], signed(parts=parts), parameters_of([item()]))


def test_a_pool_without_items_or_without_parameters_is_refused():
    with pytest.raises(Refused, match="empty_pool"):
        pools.build([], signed(), {})
    with pytest.raises(Refused, match="parameters_missing"):
        pools.build([item()], signed(), {})


def test_the_plan_is_one_the_engine_reads_and_covers_every_theory_criterion():
    plan = blueprints.plan(proposal(), signed())

    parsed = Plan.parse(plan)

    assert sorted(plan["criteria"]) == sorted(signed().criteria_in("theory"))
    assert len(plan["criteria"]) == 21
    assert [one.outcome for one in parsed.outcomes] == [
        "CRM.1.1",
        "CRM.1.2",
        "CRM.1.3",
        "CRM.2.1",
        "CRM.2.3",
        "CRM.2.5",
    ]
    assert {one.cut_basis for one in parsed.outcomes} == {proposal().cut_basis}
    assert (parsed.evidence, parsed.at_limit, parsed.max_items, parsed.seconds) == ("own", "undetermined", 60, 4500)


def test_the_plan_stops_no_earlier_than_its_decision_rule_decides():
    plan = blueprints.plan(proposal(), signed())

    cut = plan["decision_rule"]["all_of"][0]["rule"]["for_each"]["rule"]["cut"]

    assert cut["value"] == pytest.approx(1 - plan["stopping"]["alpha"])
    assert cut["not_met_at"] == pytest.approx(plan["stopping"]["alpha"])
    assert all(one["min_items"] >= cut["min_items"] for one in plan["outcomes"].values())


def test_outcomes_left_to_practice_are_not_in_the_plan_and_a_missing_cut_is_refused():
    assert "CRM.2.2" not in blueprints.plan(proposal(), signed())["outcomes"]

    parts = dict(proposal().default_parts) | {"CRM.2.2.1": ("theory",)}
    with pytest.raises(Refused, match=r"cut_missing CRM\.2\.2"):
        blueprints.plan(proposal(), signed(parts=parts))


def test_the_proposal_covers_the_standard():
    data = proposal()

    assert set(data.default_parts) == {criterion.id for criterion in crm().criteria()}
    assert set(data.glosses) >= set(data.default_parts)
    assert data.status == "proposal"


def test_the_proposed_rule_is_the_published_encoding():
    path = SHARED / "standards" / "pl-crm.json"
    if not path.exists():
        pytest.skip("../shared/standards is not beside this repository")

    assert dict(proposal().decision_rule) == json.loads(path.read_text(encoding="utf-8"))["decision_rule"]

"""Checks of the bank as a whole, and the bank at a glance."""

from datetime import date

import pytest
from bank_builders import GAPS, OPTIONS, crm, item

from itembank.checks import Least, check, check_writing
from itembank.lifecycle import BankItem, State
from itembank.overview import overview

DAY = date(2026, 11, 22)
CRITERIA = [criterion.id for criterion in crm().criteria()]


def found(items, **changed):
    arguments = {
        "criteria": CRITERIA,
        "theory": ["CRM.1.1.1"],
        "day": DAY,
        "least": Least(per_outcome=1, per_criterion=1),
    }
    return [(one.level, one.code, one.subject) for one in check(items, **(arguments | changed))]


def test_a_bank_that_has_what_it_needs_has_no_findings():
    assert found([item()]) == []


def test_too_few_items_of_a_criterion_or_outcome_are_an_error():
    few = found([item()], least=Least(per_outcome=3, per_criterion=2))

    assert few == [("error", "too_few_items", "CRM.1.1.1"), ("error", "too_few_items", "CRM.1.1")]


def law(valid_to):
    return {"act": "RODO", "as_of": "2026-01-01", "valid_to": valid_to}


def test_an_item_with_lapsed_law_does_not_count_and_its_author_hears_of_it():
    assert found([item(law=law("2026-11-21"))]) == [
        ("warning", "law_lapsed", "CRM.1.1.1-01@1"),
        ("error", "too_few_items", "CRM.1.1.1"),
        ("error", "too_few_items", "CRM.1.1"),
    ]


def test_law_that_lapses_soon_is_told_beforehand():
    assert found([item(law=law("2026-11-22"))]) == [("warning", "law_lapses", "CRM.1.1.1-01@1")]
    assert found([item(law=law("2027-06-01"))]) == []


def test_a_one_sided_or_unknown_enemy_is_found():
    one_sided = [item(enemies=["CRM.1.1.1-02"]), item(id="CRM.1.1.1-02", stem="Inny?")]

    assert found(one_sided) == [("error", "one_sided_enemy", "CRM.1.1.1-01@1")]
    assert found([item(enemies=["CRM.1.1.1-09"])]) == [("warning", "unknown_enemy", "CRM.1.1.1-01@1")]


def test_a_criterion_the_standard_lacks_is_found():
    assert found([item(criteria=["CRM.1.1.1", "CRM.1.1.8"])]) == [("error", "untagged", "CRM.1.1.1-01@1")]


def test_a_draft_with_gaps_is_named_and_covers_nothing():
    assert found([item(id="Q1", rationale=None), item(**GAPS, id="Q2")]) == [
        ("warning", "incomplete", "Q1@1"),
        ("warning", "incomplete", "Q2@1"),
        ("error", "too_few_items", "CRM.1.1.1"),
        ("error", "too_few_items", "CRM.1.1"),
    ]


def test_habits_of_items_without_a_tag_are_told_together():
    untagged = [item(**GAPS, id=f"Q{n}", key="A") for n in range(8)]

    assert [(one.code, one.subject) for one in check_writing(untagged)] == [("key_position", "not tagged")]


def test_options_outside_the_house_format_are_found():
    three = OPTIONS["single"][:3]

    assert found([item(options=three)]) == [("warning", "house_format", "CRM.1.1.1-01@1")]


def singles(keys, long_key=False):
    for n, key in enumerate(keys, 1):
        options = [
            {"id": name, "text": f"Odpowiedź {name}" + (" bardzo długa" if long_key and name == key else "")}
            for name in "ABCD"
        ]
        yield item(id=f"CRM.1.1.1-{n:02}", key=key, options=options)


@pytest.mark.parametrize(
    ("keys", "long_key", "codes"),
    [
        ("ABCDABCD", False, []),
        ("AAAADBCD", False, ["key_position"]),
        ("ABCDABCD", True, ["key_length"]),
        ("AAAAAAA", True, []),
    ],
    ids=["spread", "one place", "longest", "too few to say"],
)
def test_habits_of_keys_are_found(keys, long_key, codes):
    assert [one.code for one in check_writing(list(singles(keys, long_key)))] == codes


def record(state=State.RELEASED, **changed):
    return BankItem(item=item(**changed), state=state, added_by="a", added_at=1)


def test_the_overview_has_every_criterion_in_order():
    rows = overview(crm(), [], {}, 0)

    assert [one.criterion for one in rows] == CRITERIA
    assert {(one.items, one.difficulty, one.most_seen) for one in rows} == {(0, None, 0.0)}


def test_an_item_nobody_judged_counts_as_an_item_and_not_as_a_difficulty():
    records = [record(State.DRAFT, expected_difficulty=None), record(State.DRAFT, **GAPS, id="Q2")]

    first = overview(crm(), records, {}, 0)[0]

    assert (first.items, first.difficulties, first.difficulty) == (1, (), None)


def test_the_overview_counts_newest_versions_and_adds_up_what_was_seen():
    records = [
        record(version=1, expected_difficulty="hard"),
        record(State.DRAFT, version=2, expected_difficulty="easy"),
        record(id="CRM.1.1.1-02", interaction="order", key=["A", "B", "C", "D"]),
    ]

    first = overview(crm(), records, {"CRM.1.1.1-01@1": 30, "CRM.1.1.1-01@2": 10, "CRM.1.1.1-02@1": 5}, 80)[0]

    assert (first.items, first.drawable) == (2, 1)
    assert first.states == (("draft", 1), ("released", 1))
    assert first.interactions == (("single", 1), ("order", 1))
    assert first.difficulties == (("easy", 1), ("medium", 1))
    assert first.difficulty == pytest.approx((-0.8, -0.4, 0.0))
    assert (first.presented, first.most_seen) == (45, 0.5)

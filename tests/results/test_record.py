"""The result of one candidate: decisions with their evidence, part by part, and a digest to sign under."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.rules import Value
from tests.results.records import (
    ENTRY,
    FAILED_3,
    LAST_ENTRY,
    MET_1,
    MET_2,
    MET_3,
    MET_5,
    MIXED,
    OPEN_5,
    PASSED,
    record_of,
)

MET, NOT_MET, OPEN = Value.MET, Value.NOT_MET, Value.UNDETERMINED


def of(record, name):
    return next(row for row in record.outcomes() if row.id == name)


def test_one_outcome_not_met_makes_theory_and_qualification_negative():
    assert (MIXED.theory, MIXED.decision, MIXED.label) == (NOT_MET, NOT_MET, "negatywny")


def test_all_outcomes_and_the_committee_make_it_positive():
    assert (PASSED.theory, PASSED.practice, PASSED.decision, PASSED.label) == (MET, MET, MET, "pozytywny")


def test_theory_alone_decides_nothing():
    record = record_of(MET_1, MET_2, MET_3, MET_5, practice=())

    assert (record.theory, record.practice, record.decision, record.label) == (MET, OPEN, OPEN, "")


def test_an_outcome_that_was_never_reached_is_undetermined():
    row = of(record_of(MET_1, MET_2, MET_3), "CRM.2.2")

    assert (row.theory, row.p_mastery, row.items, row.sampled) == (OPEN, None, 0, (0, 1))


def test_an_outcome_without_an_item_on_one_criterion_is_undetermined():
    row = of(record_of(replace(MET_1, criteria={"CRM.1.1.1": 6})), "CRM.1.1")

    assert (row.theory, row.sampled) == (OPEN, (1, 2))


def test_an_outcome_of_the_practical_part_alone_has_no_theory_decision():
    row = of(MIXED, "CRM.2.1")

    assert (row.theory, row.met_at, row.practice, row.in_practice) == (None, None, OPEN, True)


def test_evidence_and_cut_stand_beside_the_decision():
    row = of(MIXED, "CRM.1.3")

    assert (row.theory, row.p_mastery, row.items, row.closed, row.evidence) == (NOT_MET, 0.06, 10, "early", "guarded")
    assert (row.met_at, row.not_met_at, row.basis) == (0.8, 0.2, "institution_default")


def test_a_plan_that_decides_at_its_limit_decides_only_there():
    forced = record_of(MET_1, MET_2, FAILED_3, OPEN_5, at_limit="forced")

    assert of(forced, "CRM.2.2").theory is MET
    assert of(MIXED, "CRM.2.2").theory is OPEN


def test_criteria_count_items_only_where_the_test_covers_them():
    rows = {row.id: (row.items, row.practice, row.in_practice) for row in of(MIXED, "CRM.1.2").criteria}

    assert rows == {"CRM.1.2.1": (4, None, False), "CRM.1.2.2": (None, MET, True)}


def test_the_digest_is_the_same_for_the_same_result_and_whatever_the_order_of_evidence():
    again = record_of(OPEN_5, FAILED_3, MET_2, MET_1)

    assert again.digest == MIXED.digest
    assert len(MIXED.digest) == 64


@pytest.mark.parametrize(
    "other",
    [
        record_of(MET_1, MET_2, FAILED_3, OPEN_5, provisional=False),
        record_of(MET_1, MET_2, FAILED_3, OPEN_5, practice=()),
        record_of(MET_1, MET_2, FAILED_3, OPEN_5, practice=(replace(ENTRY, assessor="Asesor 03"),)),
        record_of(MET_1, MET_2, replace(FAILED_3, mastery_micro=60_001), OPEN_5),
    ],
    ids=["calibrated", "no committee", "another assessor", "another number"],
)
def test_any_change_of_the_result_changes_the_digest(other):
    assert other.digest != MIXED.digest


@given(mastery=st.integers(0, 1_000_000), items=st.integers(0, 20))
def test_an_outcome_is_decided_by_certainty_and_evidence_alone(mastery, items):
    tested = replace(OPEN_5, mastery_micro=mastery, items=items, criteria={"CRM.2.2.1": items})
    row = of(record_of(MET_1, MET_2, MET_3, tested, practice=(ENTRY, LAST_ENTRY)), "CRM.2.2")

    if items < 3 or 200_000 < mastery < 800_000:
        assert row.theory is OPEN
    else:
        assert row.theory is (MET if mastery >= 800_000 else NOT_MET)

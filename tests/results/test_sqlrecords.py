"""Practice entries and signatures: nothing is overwritten, and no provisional result is confirmed by accident."""

from dataclasses import replace

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from results import tables
from results.rules import Value
from results.sqlrecords import Kind, SigningError, SqlRecords
from tests.results.records import ENTRY, LAST_ENTRY
from web.sqlwriter import DirectWriter

DIGEST, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def records():
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    tables.metadata.create_all(engine)
    yield SqlRecords(engine, DirectWriter(engine))
    engine.dispose()


def sign(records, kind, *, digest=DIGEST, reason="", provisional=False, decided=True, at=5):
    return records.sign(
        "s1", kind, digest, account="a1", at=at, reason=reason, provisional=provisional, decided=decided
    )


def code_of(error):
    return error.value.code


def test_what_is_entered_is_read_back(records):
    records.enter("s1", (ENTRY, LAST_ENTRY), "a1", 1)

    assert records.practice("s1") == (ENTRY, LAST_ENTRY)
    assert records.practice("s2") == ()


def test_the_last_entry_on_a_criterion_counts_and_the_first_is_kept(records):
    corrected = replace(ENTRY, decision=Value.NOT_MET, assessor="Asesor 02")
    records.enter("s1", (ENTRY,), "a1", 1)
    records.enter("s1", (corrected,), "a2", 2)

    assert records.practice("s1") == (corrected,)
    assert [(found.entry, found.account, found.at) for found in records.history("s1")] == [
        (ENTRY, "a1", 1),
        (corrected, "a2", 2),
    ]


def test_entering_nothing_changes_nothing(records):
    records.enter("s1", (), "a1", 1)

    assert records.history("s1") == ()


def test_a_calibrated_decided_result_is_confirmed(records):
    sign(records, Kind.CONFIRMATION)

    (signed,) = records.signatures("s1")
    assert (signed.kind, signed.digest, signed.account, signed.at) == (Kind.CONFIRMATION, DIGEST, "a1", 5)


def test_an_undecided_result_is_never_confirmed(records):
    with pytest.raises(SigningError) as error:
        sign(records, Kind.CONFIRMATION, decided=False)

    assert code_of(error) == "undecided"
    assert records.signatures("s1") == ()


def test_provisional_parameters_need_the_exception_first(records):
    with pytest.raises(SigningError) as error:
        sign(records, Kind.CONFIRMATION, provisional=True)
    sign(records, Kind.EXCEPTION, reason="Pilotaż, uchwała 4/2026", provisional=True)
    sign(records, Kind.CONFIRMATION, provisional=True)

    assert code_of(error) == "exception_missing"
    assert set(records.standing("s1", DIGEST)) == {Kind.EXCEPTION, Kind.CONFIRMATION}


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_an_exception_needs_a_reason(records, reason):
    with pytest.raises(SigningError) as error:
        sign(records, Kind.EXCEPTION, reason=reason, provisional=True)

    assert code_of(error) == "reason_missing"


def test_a_reason_too_long_is_refused_not_cut(records):
    with pytest.raises(SigningError) as error:
        sign(records, Kind.EXCEPTION, reason="x" * 2001, provisional=True)

    assert code_of(error) == "reason_too_long"


def test_an_exception_for_one_result_does_not_cover_another(records):
    sign(records, Kind.EXCEPTION, reason="Pilotaż", provisional=True)

    with pytest.raises(SigningError) as error:
        sign(records, Kind.CONFIRMATION, digest=OTHER, provisional=True)

    assert code_of(error) == "exception_missing"
    assert records.standing("s1", OTHER) == {}


def test_a_result_is_signed_once(records):
    sign(records, Kind.CONFIRMATION)

    with pytest.raises(SigningError) as error:
        sign(records, Kind.CONFIRMATION, at=6)

    assert code_of(error) == "signed_before"
    assert len(records.signatures("s1")) == 1

"""Results for the staff and for the candidate: the same decisions, the practical part, signatures, protocol."""

import io
import re
from functools import cache

import pytest
from hall import Hall, short_plan
from pypdf import PdfReader
from test_pages import HTML, page, send

from results.sqlrecords import Kind
from web import records
from web.roles import Role

STAFF = {"member": Role.COMMITTEE_MEMBER, "head": Role.COMMITTEE_CHAIR, "office": Role.ADMINISTRATOR}


@pytest.fixture(scope="module")
def module_hall(tmp_path_factory):
    opened = Hall(tmp_path_factory.mktemp("results"), plan=short_plan(outcomes=("CRM.1.1", "CRM.1.3"), least=3, most=4))
    for login, role in STAFF.items():
        opened.staff(login, role)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def at_desk(module_hall):
    return module_hall.desk()


@pytest.fixture
def sat(module_hall, at_desk):
    """A candidate whose test is over."""
    seat = f"s{len(module_hall.wiring.sessions.sittings(module_hall.exam_session))}"
    candidate = module_hall.candidate(name=f"Kandydat {seat}", seat=seat).started(at_desk)
    while candidate.view["phase"] == "item":
        module_hall.clock.pass_(4)
        candidate.answer()
    return candidate


@cache
def browser(hall, login):
    """A browser signed in once for the whole module: checking a password is slow on purpose."""
    return hall.desk(login).client


def sheet(hall, candidate):
    return records.sheet(hall.wiring, candidate.sitting)


def decisions(hall, candidate, value="met"):
    rows = [row for outcome in sheet(hall, candidate).record.outcomes() for row in outcome.criteria if row.in_practice]
    return {f"criterion:{row.id}": value for row in rows}


def enter(hall, candidate, value="met"):
    here = f"/results/{candidate.sitting}"
    shared = {"method": "simulation", "assessor": "Asesor 01", "date": "2026-11-22"}
    return send(browser(hall, "member"), f"{here}/practice", here, **shared, **decisions(hall, candidate, value))


def test_the_staff_see_every_decision_with_its_evidence(module_hall, sat):
    text = page(browser(module_hall, "member"), f"/results/{sat.sitting}")
    record = sheet(module_hall, sat).record
    assert "Provisional item parameters." in text
    for row in record.outcomes():
        assert row.title in text
        if row.p_mastery is not None:
            assert f"{row.p_mastery:.2f}" in text
            sampled, total = row.sampled
            assert f"Items: {row.items}, criteria covered: {sampled} of {total}." in text


def test_the_protocol_holds_name_decisions_and_digest_in_both_languages(module_hall, sat):
    client = browser(module_hall, "head")
    for language, word in (("en", "Learning outcome"), ("pl", "Efekt uczenia się")):
        reply = client.get(f"/results/{sat.sitting}/protocol.pdf?language={language}")
        assert reply.mimetype == "application/pdf"
        text = " ".join("".join(one.extract_text() for one in PdfReader(io.BytesIO(reply.data)).pages).split())
        assert word in text
        assert sheet(module_hall, sat).course.candidate in text
        assert sheet(module_hall, sat).record.digest[:8] in text


def test_a_protocol_in_a_language_without_words_is_refused(module_hall, sat):
    client = browser(module_hall, "head")
    assert client.get(f"/results/{sat.sitting}/protocol.pdf?language=xx").status_code == 400


def test_the_practical_part_is_entered_with_who_and_when(module_hall, sat):
    reply = enter(module_hall, sat)
    assert reply.status_code == 200
    entered = module_hall.wiring.records.history(sat.sitting)
    member = module_hall.wiring.accounts.by_login("member")[0]
    assert {one.account for one in entered} == {member.id}
    assert {one.at for one in entered} == {module_hall.clock.ms}
    assert sheet(module_hall, sat).record.practice.value == "met"


def test_the_same_decision_twice_is_stored_once(module_hall, sat):
    enter(module_hall, sat)
    stored = len(module_hall.wiring.records.history(sat.sitting))
    assert "Nothing was changed" in enter(module_hall, sat).text
    assert len(module_hall.wiring.records.history(sat.sitting)) == stored


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"date": "2026-11-23"}, "date"),
        ({"date": "x"}, "date"),
        ({"assessor": ""}, "assessor"),
        ({"method": "x"}, "method"),
    ],
)
def test_an_entry_that_cannot_be_taken_names_its_field(module_hall, sat, changed, field):
    here = f"/results/{sat.sitting}"
    given = {"method": "simulation", "assessor": "Asesor 01", "date": "2026-11-22", **decisions(module_hall, sat)}
    reply = send(browser(module_hall, "member"), f"{here}/practice", here, **{**given, **changed})
    assert reply.status_code == 422
    assert f'id="{field}-error"' in reply.text
    assert module_hall.wiring.records.history(sat.sitting) == ()


def test_a_file_of_decisions_is_taken_whole_or_named_by_line(module_hall, sat):
    here, client = f"/results/{sat.sitting}", browser(module_hall, "member")
    head = "criterion,decision,method,assessor,date\n"
    names = [name.removeprefix("criterion:") for name in decisions(module_hall, sat)]
    bad = head + f"{names[0]},met,simulation,A,2026-11-22\nCRM.9.9,met,simulation,A,2026-11-22\n"
    reply = send(client, f"{here}/practice/file", here, file=(io.BytesIO(bad.encode()), "practice.csv"))
    assert reply.status_code == 422
    assert "line 3" in reply.text
    assert module_hall.wiring.records.history(sat.sitting) == ()
    good = head + "".join(f"{name},not_met,interview,A,2026-11-22\n" for name in names)
    reply = send(client, f"{here}/practice/file", here, file=(io.BytesIO(good.encode()), "practice.csv"))
    assert reply.status_code == 200
    assert sheet(module_hall, sat).record.practice.value == "not_met"


def digest_on(text):
    return re.search(r'name="digest" value="(\w+)"', text)[1]


def test_nothing_provisional_is_confirmed_without_the_signed_exception(module_hall, sat):
    enter(module_hall, sat, "not_met")  # decides the qualification, whatever the theory part said
    here, head, office = f"/results/{sat.sitting}", browser(module_hall, "head"), browser(module_hall, "office")
    digest = sheet(module_hall, sat).record.digest
    refused = send(head, f"{here}/confirmation", here, digest=digest)
    assert "has to sign an exception" in refused.text
    empty = send(office, f"{here}/exception", here, digest=digest, reason=" ")
    assert empty.status_code == 422
    assert digest_on(page(office, here)) == digest
    send(office, f"{here}/exception", here, digest=digest, reason="Pilotaż, uchwała 4/2026")
    assert "Pilotaż, uchwała 4/2026" in page(head, here)
    send(head, f"{here}/confirmation", here, digest=digest)
    standing = module_hall.wiring.records.standing(sat.sitting, digest)
    assert set(standing) == {Kind.EXCEPTION, Kind.CONFIRMATION}
    assert "Confirmed." in page(head, here)


def test_a_correction_takes_the_result_out_from_under_its_signatures(module_hall, sat):
    enter(module_hall, sat, "not_met")
    here, office = f"/results/{sat.sitting}", browser(module_hall, "office")
    digest = sheet(module_hall, sat).record.digest
    send(office, f"{here}/exception", here, digest=digest, reason="Pilotaż")
    enter(module_hall, sat, "met")
    assert sheet(module_hall, sat).exception is None
    stale = send(browser(module_hall, "head"), f"{here}/confirmation", here, digest=digest)
    assert "has changed" in stale.text
    assert "corrected" in page(office, here)


def test_the_candidate_sees_decisions_and_coverage_and_no_number_of_the_measurement(module_hall, sat):
    text = sat.client.get("/exam/result", headers=HTML).text
    record = sheet(module_hall, sat).record
    for row in record.outcomes():
        assert row.title in text
        if row.p_mastery is not None:
            assert f"{row.p_mastery:.2f}" not in text
    assert "theta" not in text.lower()
    assert "This result is preliminary." in text


def test_the_candidate_sees_no_result_before_the_end_and_nobody_elses(module_hall, at_desk):
    running = module_hall.candidate(name="Kandydat R", seat="running").started(at_desk)
    assert running.client.get("/exam/result", headers=HTML).status_code == 409
    assert module_hall.app.test_client().get("/exam/result", headers=HTML).status_code == 401


def test_the_list_of_results_names_who_has_ended(module_hall, sat):
    assert f"/results/{sat.sitting}" in page(browser(module_hall, "member"), "/results")


def test_a_sitting_nobody_booked_has_no_result(module_hall):
    assert page(browser(module_hall, "member"), "/results/none", 404)


def test_a_supervisor_voids_a_result_with_a_reason_and_nothing_is_signed_after_it(module_hall, sat):
    if module_hall.wiring.accounts.by_login("overseer") is None:
        module_hall.staff("overseer", Role.SUPERVISOR)
    here, overseer = f"/results/{sat.sitting}", browser(module_hall, "overseer")
    digest = sheet(module_hall, sat).record.digest
    assert send(overseer, f"{here}/void", here, digest=digest, void_reason="").status_code == 422
    assert send(overseer, f"{here}/void", here, digest="old", void_reason="x", follow=False).status_code == 303
    assert sheet(module_hall, sat).void is None
    send(overseer, f"{here}/void", here, digest=digest, void_reason="Somebody else sat the test.")
    text = page(browser(module_hall, "member"), here)
    assert "Void." in text
    assert "Somebody else sat the test." in text
    send(browser(module_hall, "office"), f"{here}/exception", here, digest=digest, reason="pilot")
    assert [one.kind for one in sheet(module_hall, sat).signatures] == [Kind.VOID]
    printed = PdfReader(io.BytesIO(overseer.get(f"{here}/protocol.pdf?language=en").data))
    assert "counts for nothing" in " ".join(printed.pages[0].extract_text().split())
    assert sat.get("result").json["void"] is True
    assert "This result does not count." in page(sat.client, "/exam/result")

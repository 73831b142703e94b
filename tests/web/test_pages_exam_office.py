"""The exam office: sessions, candidates, operators, seat codes, opening and closing; and the signed allocation."""

import re

import pytest
from hall import NINE, Hall
from test_pages import page, send

from proctor.state import Lifecycle
from web import administration
from web.language import t
from web.pages.candidates import ListError, read_list
from web.roles import Role

GOOD = {
    "standard": "CRM",
    "title": "CRM w grudniu",
    "room": "sala 3",
    "starts_at": "2026-12-04T09:30",
    "language": "pl",
}


@pytest.fixture
def office(hall):
    hall.staff("office", Role.ADMINISTRATOR)
    return hall.desk("office").client


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A hall that only refused requests are sent to, with a browser of the office and one of the chair."""
    opened = Hall(tmp_path_factory.mktemp("quiet"))
    opened.staff("office", Role.ADMINISTRATOR)
    opened.staff("head", Role.COMMITTEE_CHAIR)
    yield opened, opened.desk("office").client, opened.desk("head").client
    opened.close()


def made(hall):
    return next(session for session in hall.wiring.sessions.all() if session.title == GOOD["title"])


def test_a_session_is_created_staffed_opened_and_closed(hall, office):
    assert send(office, "/exam-sessions/new", "/exam-sessions/new", **GOOD).status_code == 200
    session = made(hall)
    here = f"/exam-sessions/{session.id}"
    assert (session.room, session.status, session.language) == ("sala 3", "planned", "pl")
    assert session.starts_at == 1_796_373_000_000, "half past nine in Warsaw"
    refused = send(office, f"{here}/open", here)
    assert "needs an operator" in refused.text
    assert made(hall).status == "planned"
    send(office, f"{here}/operators", here, operator=f"{hall.chief.id}/operator")
    send(office, f"{here}/open", here)
    assert made(hall).status == "open"
    send(office, f"{here}/close", here)
    assert made(hall).status == "closed"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"standard": "XYZ"}, "standard"),
        ({"title": ""}, "title"),
        ({"room": "x" * 81}, "room"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00"}, "starts_at"),
        ({"starts_at": "1999-12-31T23:59"}, "starts_at"),
        ({"starts_at": "2101-01-01T00:00"}, "starts_at"),
        ({"starts_at": "9999-12-31T23:59"}, "starts_at"),
        ({"language": "xx"}, "language"),
        ({"language": "en"}, "standard"),
    ],
    ids=[
        "unknown standard",
        "no title",
        "long room",
        "no day",
        "year 1",
        "year 1999",
        "year 2101",
        "year 9999",
        "unknown language",
        "no items in English",
    ],
)
def test_a_session_that_cannot_be_created_names_its_field(quiet, changed, field):
    hall, office, _ = quiet
    before = len(hall.wiring.sessions.all())
    reply = send(office, "/exam-sessions/new", "/exam-sessions/new", **{**GOOD, **changed})
    assert reply.status_code == 422
    assert f'id="{field}-error"' in reply.text
    assert len(hall.wiring.sessions.all()) == before


def test_delivery_settings_are_the_standards_unless_they_are_written_and_are_frozen_with_the_session(hall, office):
    written = {"operator_grant_limit_ms": "20", "outage_sittings": "2", "free_drops": ""}
    assert send(office, "/exam-sessions/new", "/exam-sessions/new", **GOOD, **written).status_code == 200
    frozen = made(hall).delivery
    assert (frozen.operator_grant_limit_ms, frozen.outage_sittings, frozen.free_drops) == (20 * 60_000, 2, 3)
    assert re.search(r"an outage of the room</dt><dd>2</dd>", page(office, f"/exam-sessions/{made(hall).id}"))


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"free_drops": "two"}, "free_drops", "from 0 to 1000"),
        ({"heartbeat_ms": "9"}, "heartbeat_ms", "from 1 to 5"),
        ({"heartbeat_ms": "5"}, "unstable_after_ms", "at least 8 "),
        ({"heartbeat_ms": "5", "unstable_after_ms": "8"}, "offline_after_ms", "at least 10 "),
        ({"outage_window_ms": "25"}, "incident_after_ms", "at least 35 "),
    ],
)
def test_delivery_settings_that_cannot_be_name_their_field(quiet, changed, field, told):
    hall, office, _ = quiet
    before = len(hall.wiring.sessions.all())
    reply = send(office, "/exam-sessions/new", "/exam-sessions/new", **GOOD, **changed)
    assert reply.status_code == 422
    assert told in reply.text.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert len(hall.wiring.sessions.all()) == before


def test_a_session_with_a_running_test_is_not_closed(hall, office):
    hall.candidate().started(hall.desk())
    here = f"/exam-sessions/{hall.exam_session}"
    assert "still under way" in send(office, f"{here}/close", here).text
    assert hall.wiring.sessions.get(hall.exam_session).status == "open"


def test_only_an_operator_can_be_assigned(hall, office):
    author = hall.staff("author", Role.AUTHOR)
    here = f"/exam-sessions/{hall.exam_session}"
    assert send(office, f"{here}/operators", here, operator=f"{author.id}/operator").status_code == 403
    assert send(office, f"{here}/operators", here, operator=f"{hall.chief.id}/emperor").status_code == 422


def test_a_candidate_is_registered_and_seen(hall, office):
    here = f"/exam-sessions/{hall.exam_session}"
    reply = send(office, f"{here}/candidates", here, name="Jan Kowal", reference="K/1", seat="12")
    assert "Jan Kowal" in reply.text
    (entry,) = hall.wiring.sessions.sittings(hall.exam_session)
    assert entry.seat == "12"
    again = send(office, f"{here}/candidates", here, name="Ewa Nowak", reference="K/2", seat="12")
    assert again.status_code == 422
    assert 'id="seat-error"' in again.text


def test_a_list_is_registered_whole(hall, office):
    here = f"/exam-sessions/{hall.exam_session}"
    text = 'name,reference,seat\nJan Kowal,K/1,1\n"Nowak, Ewa";K/2;2\n'
    reply = send(office, f"{here}/candidates/list", here, list=text.replace('"Nowak, Ewa"', "Nowak Ewa"))
    assert reply.status_code == 200
    assert [entry.seat for entry in hall.wiring.sessions.sittings(hall.exam_session)] == ["1", "2"]


def test_a_bad_line_is_named_and_nobody_is_registered(hall, office):
    here = f"/exam-sessions/{hall.exam_session}"
    reply = send(office, f"{here}/candidates/list", here, list="Jan Kowal,K/1,1\nEwa Nowak,K/2\n")
    assert reply.status_code == 422
    assert "Line 2" in reply.text
    assert "Ewa Nowak,K/2" in reply.text, "what was typed is still there"
    assert hall.wiring.sessions.sittings(hall.exam_session) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("A,1,1\n\nB,2,1\n", "Line 3: seat 1 is taken already in line 1"),
        ("A,1,9", "Line 1: seat 9 is taken already in this exam session"),
        ("A,1", "Line 1: name, reference and seat are expected, found 2 cells"),
        ("A,,1", "Line 1: reference is missing"),
        (f"{'x' * 121},1,1", "Line 1: name is longer than 120"),
        ('"A,1,1', "Line 1: the quotation marks do not match"),
        ("\n".join(f"A,{n},s{n}" for n in range(1001)), "1001 lines"),
    ],
)
def test_a_list_that_cannot_be_taken_says_where(text, said):
    with pytest.raises(ListError, match=re.escape(said)):
        read_list(text, taken=["9"])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_list_is_read_with_any_usual_separator(separator):
    (found,) = read_list(f"\ufeffJan Kowal{separator}K/1{separator} 7 ", taken=[])
    assert (found.name, found.reference, found.seat) == ("Jan Kowal", "K/1", "7")


def test_slips_show_codes_that_open_and_that_are_shown_once(hall, office):
    candidate = hall.candidate(name="Jan Kowal", seat="7")
    here = f"/exam-sessions/{hall.exam_session}"
    reply = send(office, f"{here}/seat-codes", here)
    code = re.search(r'k-mono">([\d ]+)<', reply.text)[1]
    assert "Jan Kowal" in reply.text
    assert code not in page(office, here)
    hall.desk().check_in(candidate)
    assert candidate.enter().status_code == 404, "the code made before is gone"
    assert candidate.enter(code).status_code == 200


def test_nobody_who_has_begun_gets_a_slip(hall, office):
    hall.candidate().started(hall.desk())
    here = f"/exam-sessions/{hall.exam_session}"
    assert "Nobody needs a seat code" in send(office, f"{here}/seat-codes", here).text


def test_whoever_did_not_come_is_a_no_show_after_the_close(hall, office):
    candidate = hall.candidate()
    here = f"/exam-sessions/{hall.exam_session}"
    send(office, f"{here}/close", here)
    state = hall.state(candidate)
    assert (state.lifecycle, state.end_reason) == (Lifecycle.CANCELLED, "no_show")
    assert "/results/" not in page(office, here)


def test_an_operator_sees_only_the_sessions_assigned(hall):
    hall.staff("other", Role.OPERATOR)
    assert f"/console/{hall.exam_session}" in page(hall.desk().client, "/console")
    assert f"/console/{hall.exam_session}" not in page(hall.desk("other").client, "/console")
    hall.staff("watch", Role.SUPERVISOR)
    assert f"/console/{hall.exam_session}" in page(hall.desk("watch").client, "/console")


def test_an_address_of_no_session_is_not_found(hall, office):
    assert page(office, "/exam-sessions/none", 404)


# ---- the allocation
def boxes(hall):
    parts = hall.wiring.bank.allocation("CRM").parts
    return {f"{part}:{criterion}": "on" for criterion, named in parts.items() for part in named}


def test_the_chair_signs_the_next_version(hall):
    chair = hall.staff("head", Role.COMMITTEE_CHAIR)
    client, here = hall.desk("head").client, "/standards/CRM/allocation"
    changed = {**boxes(hall), "practice:CRM.1.1.1": "on"}
    reply = send(client, here, here, basis="Uchwała 7/2026", sign="on", **changed)
    signed = hall.wiring.bank.allocation("CRM")
    assert (signed.version, signed.signed_by, signed.basis) == (2, chair.id, "Uchwała 7/2026")
    assert signed.signed_at == NINE
    assert signed.parts["CRM.1.1.1"] == ("theory", "practice")
    assert "head at work" in reply.text


@pytest.mark.parametrize(("without", "field"), [("sign", "sign"), ("basis", "basis"), ("theory:CRM.1.1.1", "parts")])
def test_an_incomplete_allocation_is_not_signed(quiet, without, field):
    hall, _, head = quiet
    here = "/standards/CRM/allocation"
    given = {**boxes(hall), "basis": "Uchwała", "sign": "on"}
    del given[without]
    reply = send(head, here, here, **given)
    assert reply.status_code == 422
    assert f'id="{field}-error"' in reply.text
    assert hall.wiring.bank.allocation("CRM").version == 1


def test_others_see_the_allocation_and_cannot_sign(hall, office):
    text = page(office, "/standards/CRM/allocation")
    assert t("Sign the allocation") not in text
    assert "checkbox" not in text


def test_a_booking_is_taken_back_before_the_test_and_not_after(hall, desk, office):
    early, late = hall.candidate(seat="1"), hall.candidate(seat="2").started(desk)
    here = f"/exam-sessions/{hall.exam_session}/candidates"
    assert "Take this booking back" in page(office, f"{here}/{early.sitting}")
    assert "Take this booking back" not in page(office, f"{here}/{late.sitting}")
    send(office, f"{here}/{early.sitting}/cancel", f"{here}/{early.sitting}")
    assert hall.state(early).lifecycle is Lifecycle.CANCELLED
    send(office, f"{here}/{late.sitting}/cancel", f"{here}/{late.sitting}")
    assert hall.state(late).lifecycle is Lifecycle.RUNNING
    assert early.enter().status_code in (404, 409)
    page(office, f"{here}/nobody", status=404)


def test_a_person_is_erased_after_the_exam_session_and_the_log_stays(hall, desk, office):
    candidate = hall.candidate(name="Jan Kowal").started(desk)
    here = f"/exam-sessions/{hall.exam_session}/candidates/{candidate.sitting}"
    desk.do("report_incident", candidate, reason="health", note="Felt unwell.")
    send(office, f"{here}/erase", here, confirmed="erase")
    assert "Jan Kowal" in page(office, here), "not while the exam session is open"
    candidate.wish("end")
    administration.close_exam_session(hall.wiring, hall.exam_session)
    head = hall.wiring.desk.head(candidate.sitting)
    send(office, f"{here}/erase", here)
    assert "Jan Kowal" in page(office, here), "not without the confirmation"
    send(office, f"{here}/erase", here, confirmed="erase")
    assert "Jan Kowal" not in page(office, here)
    assert hall.wiring.persons.texts(hall.state(candidate).candidate) == {}
    assert hall.wiring.desk.head(candidate.sitting) == head

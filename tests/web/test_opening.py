"""Before an exam session opens nobody sits a test in it, and after it closes nobody takes a seat."""

from dataclasses import replace

import pytest
from hall import NINE, short_plan

from web import administration
from web.opening import PAPERWORK, PREPARATION, obstacle

LATER = NINE + 7 * 86_400_000
WISHES = {
    "check_in": {"document": {"kind": "id_card", "last": "123A"}, "station": "PC-7"},
    "authorise": {},
    "pause": {"reason": "other"},
    "resume": {"reason": "other"},
    "terminate": {"reason": "other", "note": "n"},
    "answer_hand": {},
    "message": {"template": "keep_silence"},
}


@pytest.fixture
def planned(hall):
    """The hall, whose exam session is one of next week."""
    hall.exam_session = administration.create_exam_session(
        hall.wiring,
        standard="CRM",
        title="next week",
        language="pl",
        room="Room 1",
        starts_at=LATER,
        plan=short_plan(),
    )
    administration.assign(hall.wiring, hall.exam_session, hall.chief.id, "chief_operator")
    return hall


def refusal(desk, action, *candidates, **more):
    wish = {"command_id": f"{action}-early", "action": action, "sittings": [one.sitting for one in candidates], **more}
    reply = desk.post("/commands", wish)
    return reply.status_code, reply.json.get("error")


@pytest.mark.parametrize("action", WISHES)
def test_the_console_begins_nothing_before_the_opening(planned, desk, action):
    candidate = planned.candidate()
    before = planned.state(candidate).version
    assert refusal(desk, action, candidate, **WISHES[action]) == (409, "not_open")
    assert planned.state(candidate).version == before


def test_a_seat_code_opens_nothing_before_the_opening_and_is_good_after_it(planned, desk):
    candidate = planned.candidate()
    early = candidate.enter()
    assert (early.status_code, early.json["error"]) == (409, "not_open_yet")
    assert early.json["message"] == "This exam session is not open yet. See the operator."
    assert candidate.client.get_cookie("kriteria_device") is None
    assert planned.state(candidate).lease is None
    administration.open_exam_session(planned.wiring, planned.exam_session)
    candidate.started(desk)
    assert candidate.view["phase"] == "item"


def test_seat_codes_and_extra_time_are_prepared_before_the_opening(planned, desk):
    candidate = planned.candidate()
    assert desk.do("add_time", candidate, minutes=30, reason="accommodation")[0]["outcome"] == "done"
    code = desk.do("new_seat_code", candidate, reason="other")[0]["seat_code"]
    administration.open_exam_session(planned.wiring, planned.exam_session)
    desk.check_in(candidate)
    assert candidate.enter(code).status_code == 200


def test_the_console_shows_what_waits_for_the_opening_and_is_told_when_it_comes(planned, desk):
    candidate = planned.candidate()
    console = planned.wiring.console
    assert desk.row(candidate)["can"]["check_in"] == "not_open"
    assert desk.row(candidate)["can"]["add_time"] is None
    console.tick(planned.exam_session)
    assert console.tick(planned.exam_session).rows == ()
    administration.open_exam_session(planned.wiring, planned.exam_session)
    (row,) = console.tick(planned.exam_session).rows
    assert row.can["check_in"] is None


def test_a_seated_candidate_cannot_begin_where_nothing_is_open(hall, desk):
    """However it came about (a database put back by hand): a test is begun in an open exam session only."""
    candidate = hall.candidate().seated(desk)
    real = hall.wiring.sessions.get
    for status, code in (("planned", "not_open_yet"), ("closed", "session_over")):
        hall.wiring.sessions.get = lambda one, status=status: replace(real(one), status=status)
        assert candidate.wish("start").json["error"] == code
    hall.wiring.sessions.get = real
    assert candidate.wish("start").status_code == 200


def test_a_seat_code_of_a_closed_exam_session_opens_nothing(hall, desk):
    candidate = hall.candidate()
    administration.close_exam_session(hall.wiring, hall.exam_session)
    late = candidate.enter()
    assert (late.status_code, late.json["error"]) == (409, "session_over")
    assert late.json["message"] == "This exam session is over. See the operator."


@pytest.mark.parametrize("status", ["planned", "open", "closed"])
def test_every_action_is_taken_or_refused_by_the_status_alone(status):
    actions = {*WISHES, *PREPARATION, "reopen"}
    taken = {action for action in actions if obstacle(status, action) is None}
    assert taken == {"planned": PREPARATION, "open": actions, "closed": PAPERWORK}[status]

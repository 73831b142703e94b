"""Incidents, notes, kinds of stop and reopening over the console's interface."""

import pytest

from web.roles import Role


@pytest.fixture
def started(hall, desk):
    return hall.candidate().started(desk)


@pytest.fixture
def supervisor(hall):
    """A supervisor, who works in no exam session and sees all of them."""
    hall.staff("supervisor", Role.SUPERVISOR)
    return hall.desk("supervisor")


def told(desk, candidate, kind):
    entries = desk.get(f"/sittings/{candidate.sitting}/timeline")["entries"]
    return [(entry["facts"], entry["note"]) for entry in entries if entry["kind"] == kind]


def reopen(desk, candidate, number, **more):
    wish = {"command_id": f"r{number}", "action": "reopen", "sittings": [candidate.sitting], **more}
    return desk.post("/reopen", wish)


def test_an_incident_is_noted_waits_in_the_queue_and_is_closed_with_what_was_done(hall, desk, started):
    assert desk.do("report_incident", started, reason="disturbance")[0]["code"] == "note_missing"
    assert desk.do("report_incident", started, reason="disturbance", note="Fire alarm.")[0]["outcome"] == "done"
    row = desk.row(started)
    assert [(one["kind"], one["number"]) for one in row["attention"]] == [("incident", 1)]
    assert row["can"]["close_incident"] is None
    assert desk.do("close_incident", started, reason="time_given")[0]["code"] == "field_missing"
    done = desk.do("close_incident", started, incident="incident-1", reason="time_given", note="Five minutes.")
    assert done[0]["outcome"] == "done"
    assert desk.row(started)["attention"] == []
    assert told(desk, started, "IncidentDrafted")[0][1] == "Fire alarm."
    assert told(desk, started, "IncidentClosed")[0][0]["action"] == "time_given"


def test_a_matter_is_accepted_with_a_note(hall, desk, started):
    started.wish("hand", category="item")
    subject = desk.row(started)["attention"][0]["subject"]
    assert desk.do("acknowledge", started, subject=subject, note="Explained the table.")[0]["outcome"] == "done"
    assert told(desk, started, "AttentionAcknowledged") == [({"subject": subject}, "Explained the table.")]


def test_a_stop_can_be_a_break_or_a_lock_that_only_the_chief_takes_away(hall, desk, started):
    operator = hall.staff("operator", Role.OPERATOR)
    hall.wiring.sessions.assign(hall.exam_session, operator.id, "operator")
    helper = hall.desk("operator")
    assert helper.do("pause", started, reason="health", hold="break")[0]["outcome"] == "done"
    assert desk.row(started)["holds"] == ["break"]
    assert helper.do("pause", started, reason="rules_violation", hold="locked")[0]["outcome"] == "done"
    assert helper.do("resume", started, reason="other", note="n")[0]["code"] == "not_allowed"
    assert desk.do("resume", started, reason="other", note="Talked it over.")[0]["outcome"] == "done"
    assert desk.row(started)["lifecycle"] == "running"


def test_a_supervisor_reopens_what_the_chief_ended_and_an_operator_resumes_it(hall, desk, started, supervisor):
    stem = started.view["item"]["stem"]
    desk.do("terminate", started, reason="identity", note="Wrong person, it seemed.")
    first = started.get("view").json["receipt"]
    assert desk.post("/reopen", {"command_id": "x", "action": "reopen", "sittings": ["y"]}).status_code == 403
    assert reopen(supervisor, started, 1, reason="identity").json["results"][0]["code"] == "note_missing"
    assert reopen(supervisor, started, 2, reason="identity", note="It was the right one.").json["results"][0][
        "outcome"
    ] == ("done")
    view = started.get("view").json
    assert (view["phase"], view["cover"]["reasons"], view["receipt"]) == ("covered", ["reopened"], None)
    assert desk.do("resume", started, reason="identity")[0]["outcome"] == "done"
    started.get("view")
    assert started.view["item"]["stem"] == stem
    while started.view["phase"] == "item":
        hall.clock.pass_(4)
        started.answer()
    assert started.view["receipt"]["chain_head"] == hall.wiring.desk.head(started.sitting)
    assert started.view["receipt"]["code"] != first["code"]
    assert reopen(supervisor, started, 3, reason="other", note="n").json["results"][0]["code"] == "test_complete"


def test_reopening_is_a_request_of_its_own(hall, desk, started, supervisor):
    reply = supervisor.post("/reopen", {"command_id": "x", "action": "pause", "sittings": [started.sitting]})
    assert (reply.status_code, reply.json["error"]) == (400, "bad_request")
    wish = {"command_id": "y", "action": "reopen", "sittings": [started.sitting], "reason": "other", "note": "n"}
    assert desk.post("/commands", wish).status_code == 400


def test_the_console_is_told_what_its_reader_may_do(hall, desk, supervisor):
    rights = ("operates", "chief", "supervises")
    assert [desk.get("/snapshot")["exam_session"][right] for right in rights] == [True, True, False]
    assert [supervisor.get("/snapshot")["exam_session"][right] for right in rights] == [False, False, True]

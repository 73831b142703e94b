"""Incidents, notes, kinds of stop and reopening over the console's interface."""

import pytest

from proctor import checkpoints, verify
from web import administration, records
from web.roles import Role
from web.sqlleader import Leader
from web.ticking import ENDING_MS, Ticker


@pytest.fixture
def started(hall, desk):
    return hall.candidate().started(desk)


@pytest.fixture
def supervisor(hall):
    """A supervisor, who works in no exam session and sees all of them."""
    hall.staff("supervisor", Role.SUPERVISOR)
    return hall.desk("supervisor")


def test_the_timeline_names_who_did_it(hall, desk, started):
    desk.do("report_incident", started, reason="disturbance", note="Fire alarm.")
    entries = desk.get(f"/sittings/{started.sitting}/timeline")["entries"]
    names = {entry["kind"]: entry["name"] for entry in entries}
    assert (names["IncidentDrafted"], names["Authorised"]) == (hall.chief.name, hall.chief.name)
    assert names["SittingStarted"] is None


def told(desk, candidate, kind):
    entries = desk.get(f"/sittings/{candidate.sitting}/timeline")["entries"]
    return [(entry["facts"], entry["note"]) for entry in entries if entry["kind"] == kind]


def uncovered(hall, candidate):
    """How many events of a sitting rest on the database alone."""
    kept, public = checkpoints.read_from(hall.settings.checkpoint_file), checkpoints.public_key(hall.wiring.log_seed)
    return verify.report(candidate.sitting, hall.wiring.log.rows(candidate.sitting), kept, public).uncovered


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


def test_a_room_without_network_is_one_incident_and_one_action(hall, desk):
    room = [hall.candidate(seat=str(seat)).started(desk) for seat in range(1, 6)]
    for one in room:
        one.beat()
    hall.pass_(33)
    subjects = {one["subject"] for candidate in room for one in desk.row(candidate)["attention"]}
    (subject,) = subjects
    assert subject.startswith("outage:")
    for one in room:
        one.beat()
    (over,) = {one["subject"] for candidate in room for one in desk.row(candidate)["attention"]}
    incident = over.removeprefix("after_outage:")
    assert {
        result["outcome"] for result in desk.do("close_incident", *room, incident=incident, reason="restarted")
    } == {"done"}
    assert [desk.row(candidate)["attention"] for candidate in room] == [[]] * 5
    drafts = {told(desk, candidate, "IncidentDrafted")[0][0]["incident"] for candidate in room}
    assert drafts == {incident}


def test_who_is_back_before_the_sweep_looked_again_has_the_incident_of_the_room(hall, desk):
    room = [hall.candidate(seat=str(seat)).started(desk) for seat in range(1, 6)]
    for one in room:
        one.beat()
    hall.pass_(29)
    hall.clock.pass_(1.5)
    hall.wiring.lateness.swept()
    hall.clock.pass_(0.6)
    for one in room:
        one.beat()
    hall.pass_(1)
    assert len({told(desk, one, "IncidentDrafted")[0][0]["incident"] for one in room}) == 1
    assert [desk.row(one)["lifecycle"] for one in room] == ["running"] * 5


@pytest.mark.parametrize("note", [None, "", "   ", "\n\t", "\u00a0\u2003"])
def test_a_note_of_blanks_is_none_where_one_is_required(hall, desk, supervisor, started, note):
    kept = hall.wiring.persons.texts(hall.state(started).candidate)
    for action in ("report_incident", "terminate"):
        (refused,) = desk.do(action, started, reason="other", note=note)
        assert (refused["outcome"], refused["code"]) == ("refused", "note_missing")
    started.wish("end")
    (refused,) = reopen(supervisor, started, 1, reason="other", note=note).json["results"]
    assert (refused["outcome"], refused["code"]) == ("refused", "note_missing")
    assert hall.wiring.persons.texts(hall.state(started).candidate) == kept


def test_a_note_is_kept_without_the_blanks_around_it(hall, desk, started):
    desk.do("report_incident", started, reason="other", note="  Fire alarm. \n")
    assert desk.get(f"/sittings/{started.sitting}/timeline")["entries"][-1]["note"] == "Fire alarm."


def test_incidents_can_be_noted_and_closed_when_the_exam_session_is_closed_and_are_signed(hall, desk, started):
    desk.do("report_incident", started, reason="disturbance", note="Fire alarm.")
    started.wish("end")
    administration.close_exam_session(hall.wiring, hall.exam_session)
    signed = hall.wiring.checkpoints.last(hall.exam_session)
    done = desk.do("close_incident", started, incident="incident-1", reason="reported", note="To the fire brigade.")
    assert done[0]["outcome"] == "done"
    assert desk.do("report_incident", started, reason="health", note="Fainted afterwards.")[0]["outcome"] == "done"
    refused = desk.post("/commands", {"command_id": "x", "action": "add_time", "sittings": [started.sitting]})
    assert (refused.status_code, refused.json["error"]) == (409, "not_open")
    assert hall.wiring.checkpoints.last(hall.exam_session) == signed
    hall.pass_(ENDING_MS / 1000 + 1)
    assert uncovered(hall, started) == 0
    assert len(list(checkpoints.read_from(hall.settings.checkpoint_file))) == 2
    last = hall.wiring.checkpoints.last(hall.exam_session)
    assert records.sheet(hall.wiring, started.sitting).course.checkpoint == last.signature.hex()


def test_refused_paperwork_in_a_closed_exam_session_signs_nothing(hall, desk, started):
    started.wish("end")
    administration.close_exam_session(hall.wiring, hall.exam_session)
    assert desk.do("acknowledge", started, subject="hand_raised:9")[0]["outcome"] == "refused"
    hall.pass_(60)
    assert len(list(checkpoints.read_from(hall.settings.checkpoint_file))) == 1


def test_a_late_answer_to_a_closed_exam_session_is_signed_within_seconds(hall, desk, started):
    item = started.view["item"]
    started.wish("end")
    administration.close_exam_session(hall.wiring, hall.exam_session)
    for _ in range(3):
        assert started.answer(item).json["outcome"] == "quarantined"
    assert records.sheet(hall.wiring, started.sitting).course.checkpoint == ""
    hall.pass_(ENDING_MS / 1000 + 1)
    assert uncovered(hall, started) == 0
    assert records.sheet(hall.wiring, started.sitting).course.checkpoint != ""
    for _ in range(4):
        started.answer(item)
        hall.pass_(1)
    hall.pass_(ENDING_MS / 1000)
    assert uncovered(hall, started) == 0
    assert len(list(checkpoints.read_from(hall.settings.checkpoint_file))) == 4  # the first at once, three together


def test_a_restart_signs_what_came_before_it_and_nothing_twice(hall, desk, started):
    item = started.view["item"]
    started.wish("end")
    administration.close_exam_session(hall.wiring, hall.exam_session)
    started.answer(item)
    for _ in range(2):
        Ticker(hall.wiring, Leader(hall.wiring.engine)).begin()
        assert uncovered(hall, started) == 0
        assert len(list(checkpoints.read_from(hall.settings.checkpoint_file))) == 2


def test_the_exam_office_sees_an_outage_as_one_line(hall, desk):
    room = [hall.candidate(seat=str(seat)).started(desk) for seat in range(1, 6)]
    for one in room:
        one.beat()
    hall.pass_(33)
    hall.staff("office", Role.ADMINISTRATOR)
    page = f"/exam-sessions/{hall.exam_session}"
    assert "it lasts" in hall.desk("office").client.get(page).text
    for one in room:
        one.beat()
    assert "to be said in the console for 5 tests" in hall.desk("office").client.get(page).text
    (over,) = {one["subject"] for candidate in room for one in desk.row(candidate)["attention"]}
    desk.do("close_incident", *room, incident=over.removeprefix("after_outage:"), reason="restarted")
    text = hall.desk("office").client.get(page).text
    assert "computer or browser was restarted" in text
    assert "1 outage of the room" in text


def test_a_lease_heard_from_another_network_is_a_signal_once_per_change_and_names_no_address(hall, desk, started):
    def beat_from(address):
        started.client.environ_base["REMOTE_ADDR"] = address
        started.beat()
        return desk.row(started)["flags"]["notice"]

    assert [beat_from(one) for one in ("10.0.0.7", "10.0.0.7", "10.0.0.8", "10.0.0.8", "10.0.0.7")] == [0, 0, 1, 1, 2]
    assert beat_from("10.0.0.8") == 2, "the same change again is the same command"
    assert [facts["kind"] for facts, _ in told(desk, started, "SignalNoted")] == ["network_change"] * 2
    assert "10.0.0" not in str([row.event for row in hall.wiring.log.read(started.sitting)])

"""The operator's side: snapshot, feed, ticks that heal, commands one by one, and what a chief may."""

import pytest
from hall import Hall, short_plan

from proctor.delivery import Delivery


@pytest.fixture
def started(hall, desk):
    return hall.candidate().started(desk)


def watch(hall, desk):
    return hall.socketio.test_client(
        hall.app, namespace="/console", auth={"exam_session": hall.exam_session}, flask_test_client=desk.client
    )


def ticks(socket):
    return [message["args"][0] for message in socket.get_received("/console") if message["name"] == "tick"]


def test_the_snapshot_has_names_beside_the_rows(hall, desk, started):
    snapshot = desk.get("/snapshot")
    assert snapshot["exam_session"]["operator"] == "chief at work"
    assert snapshot["exam_session"]["chief"] is True
    row = snapshot["rows"][0]
    assert (row["name"], row["reference"], row["seat"], row["station"]) == ("Jan Kowal", "K-7", "7", "PC-7")
    assert (row["lifecycle"], row["item_number"], row["clock_running"]) == ("running", 1, True)
    assert snapshot["feed"] == hall.wiring.log.head(hall.exam_session)


def test_the_feed_tells_what_happened_after_a_number_and_the_rows_it_touched(hall, desk, started):
    before = desk.get("/snapshot")["feed"]
    hall.candidate(seat="8")
    started.answer()
    told = desk.get(f"/feed?after={before}")
    assert [entry["feed"] for entry in told["entries"]] == list(range(before + 1, told["head"] + 1))
    assert {entry["kind"] for entry in told["entries"]} == {
        "SittingRegistered", "SeatCodeIssued", "AnswerRecorded", "ItemPresented",
    }  # fmt: skip
    assert {row["seat"] for row in told["rows"]} == {"7", "8"}
    assert desk.get(f"/feed?after={told['head']}")["entries"] == []
    assert desk.client.get(f"{desk.root}/feed?after=-1").status_code == 400


def test_a_console_that_has_just_come_is_told_everything_and_then_only_what_is_new(hall, desk, started):
    quiet = hall.candidate(seat="8")
    socket = watch(hall, desk)
    first = ticks(socket)[0]
    assert {row["seat"] for row in first["rows"]} == {"7", "8"}
    hall.pass_(1)
    ticks(socket)
    started.answer()
    hall.ticker.step()
    told = ticks(socket)
    assert [row["seat"] for tick in told for row in tick["rows"]] == ["7"]
    assert told[-1]["feed"] == hall.wiring.log.head(hall.exam_session)
    desk.check_in(quiet)
    hall.ticker.step()
    assert [row["seat"] for tick in ticks(socket) for row in tick["rows"]] == ["8"]


def test_a_tick_comes_every_second_also_when_nothing_happens(hall, desk):
    socket = watch(hall, desk)
    ticks(socket)
    hall.pass_(3)
    assert len(ticks(socket)) == 3


def test_a_lost_tick_is_noticed_by_its_number_and_healed_by_the_feed(hall, desk, started):
    socket = watch(hall, desk)
    known = ticks(socket)[-1]["feed"]
    started.answer()
    hall.ticker.step()
    ticks(socket)  # this one is lost on the way
    hall.pass_(1)
    last = ticks(socket)[-1]
    assert last["rows"] == []
    assert last["feed"] > known
    healed = desk.get(f"/feed?after={known}")
    assert healed["head"] == last["feed"]
    assert healed["rows"][0]["item_number"] == 2


def test_heartbeats_received_are_counted_against_those_expected(hall, desk, started):
    socket = watch(hall, desk)
    hall.pass_(1)
    ticks(socket)
    for _ in range(2):
        hall.clock.pass_(2)
        started.beat()
        hall.ticker.step()
    told = ticks(socket)
    assert sum(tick["received"] for tick in told) == 2
    assert sum(tick["expected"] for tick in told) == 2


def test_a_silent_candidate_turns_unstable_then_lost_and_comes_back_with_the_time(hall, desk, started):
    started.beat()
    hall.pass_(6)
    assert desk.row(started)["link"] == "unstable"
    hall.pass_(4)
    row = desk.row(started)
    assert (row["link"], row["lifecycle"], row["holds"]) == ("offline", "suspended", ["disconnected"])
    assert row["attention"][0]["kind"] == "connection_lost"
    hall.pass_(80)
    left = desk.row(started)["remaining_ms"]
    reply = started.beat(uncovered_ms=3_000).json
    assert (reply["running"], started.view["phase"]) == (True, "item")
    assert reply["remaining_ms"] == left - 3_000
    assert desk.row(started)["holds"] == []


def test_a_heartbeat_that_was_under_way_since_before_the_cut_ends_nothing(hall, desk, started):
    started.beat()
    late = started.heartbeat(uncovered_ms=3_000)
    hall.pass_(20)
    reply = started.post("heartbeat", late)
    assert (reply.json["running"], reply.json["view"]["cover"]["reasons"]) == (False, ["disconnected"])
    hall.pass_(4)
    assert desk.row(started)["holds"] == ["disconnected"]
    left = desk.row(started)["remaining_ms"]
    assert started.beat(uncovered_ms=3_000).json["remaining_ms"] == left - 3_000
    assert desk.row(started)["holds"] == []


def test_an_operator_pauses_and_the_candidate_is_told_at_once(hall, desk, started):
    socket = hall.socketio.test_client(
        hall.app,
        namespace="/candidate",
        auth={"tab": started.tab, "epoch": started.epoch},
        flask_test_client=started.client,
    )
    assert desk.do("pause", started, reason="health")[0]["outcome"] == "done"
    pushed = [one["args"][0] for one in socket.get_received("/candidate") if one["name"] == "view"]
    assert pushed[-1]["phase"] == "covered"
    assert pushed[-1]["cover"]["reasons"] == ["paused"]
    hall.pass_(5)
    assert desk.do("resume", started, reason="health")[0]["outcome"] == "done"
    assert started.get("view").json["clock"]["remaining_ms"] == 1_800_000


def test_a_fenced_tab_is_told_by_its_socket_and_can_beat_no_more(hall, desk, started):
    socket = hall.socketio.test_client(
        hall.app,
        namespace="/candidate",
        auth={"tab": started.tab, "epoch": started.epoch},
        flask_test_client=started.client,
    )
    desk.do("new_seat_code", started, reason="technical_fault")
    names = [(one["name"], one["args"][0].get("error")) for one in socket.get_received("/candidate")]
    assert ("fenced", "old_lease") in names
    reply = socket.emit("beat", started.heartbeat(), namespace="/candidate", callback=True)
    assert reply["error"] == "old_lease"
    assert started.beat().json["error"] == "old_lease"


def test_a_socket_without_the_lease_is_refused_with_the_code(hall, desk, started):
    socket = hall.socketio.test_client(
        hall.app,
        namespace="/candidate",
        auth={"tab": "another", "epoch": started.epoch},
        flask_test_client=started.client,
    )
    assert not socket.is_connected("/candidate")


def test_nobody_watches_a_console_without_signing_in(hall):
    stranger = hall.socketio.test_client(
        hall.app,
        namespace="/console",
        auth={"exam_session": hall.exam_session},
        flask_test_client=hall.app.test_client(),
    )
    assert not stranger.is_connected("/console")


def test_one_command_for_many_says_for_each_what_became_of_it(hall, desk, started):
    other = hall.candidate(seat="8")
    results = desk.do("pause", started, other, reason="disturbance")
    assert [(one["outcome"], one["code"]) for one in results] == [("done", None), ("refused", "not_running")]
    assert results[1]["message"]


def test_repeating_a_command_with_its_id_changes_nothing(hall, desk, started):
    wish = {"command_id": "once", "action": "add_time", "sittings": [started.sitting], "minutes": 5, "reason": "health"}
    for _ in range(3):
        assert desk.post("/commands", wish).json["results"][0]["outcome"] == "done"
    assert desk.row(started)["incident_ms"] == 300_000


def test_time_above_the_limit_and_the_end_of_a_test_are_the_chiefs(hall, desk, started):
    from web.roles import Role

    account = hall.staff("operator", Role.OPERATOR)
    hall.wiring.sessions.assign(hall.exam_session, account.id, "operator")
    operator = hall.desk("operator")
    assert operator.do("add_time", started, minutes=10, reason="health")[0]["outcome"] == "done"
    assert operator.do("add_time", started, minutes=10, reason="health")[0]["code"] == "above_limit"
    wish = {"command_id": "t", "action": "terminate", "sittings": [started.sitting], "reason": "other", "note": "x"}
    assert operator.post("/commands", wish).status_code == 403
    assert desk.do("terminate", started, reason="other")[0]["code"] == "note_missing"
    assert desk.do("terminate", started, reason="other", note="left the room")[0]["outcome"] == "done"
    assert started.get("view").json["phase"] == "finished"


def test_a_note_is_read_back_on_the_timeline_and_is_gone_with_the_person(hall, desk, started):
    from web import administration

    desk.do("pause", started, reason="other", note="felt unwell")
    entries = desk.get(f"/sittings/{started.sitting}/timeline")["entries"]
    assert [entry["note"] for entry in entries if entry["kind"] == "HoldPlaced"] == ["felt unwell"]
    administration.erase_person(hall.wiring, hall.state(started).candidate)
    after = desk.get(f"/sittings/{started.sitting}/timeline")["entries"]
    assert {entry["note"] for entry in after} == {None}
    assert desk.row(started)["name"] == "–"


def test_a_long_silence_is_reviewed_and_the_part_that_counts_is_charged(tmp_path):
    hall = Hall(tmp_path, short_plan(), Delivery(credit_limit_ms=60_000))
    desk = hall.desk()
    candidate = hall.candidate().started(desk)
    candidate.beat()
    hall.pass_(120)
    candidate.beat()
    row = desk.row(candidate)
    assert (row["holds"], row["review_ms"]) == (["review"], 120_000)
    assert desk.do("resume", candidate, reason="other", note="n")[0]["code"] == "field_missing"
    assert desk.do("resume", candidate, reason="other", note="n", charge_ms=60_000)[0]["outcome"] == "done"
    assert desk.row(candidate)["remaining_ms"] == 1_800_000 - 60_000
    hall.close()


def test_the_time_runs_out_by_itself(tmp_path):
    hall = Hall(tmp_path, short_plan(seconds=300))
    desk = hall.desk()
    candidate = hall.candidate().started(desk)
    for _ in range(76):
        hall.pass_(4)
        candidate.beat()
    assert desk.row(candidate)["lifecycle"] == "timed_out"
    assert candidate.view["receipt"]["reason"] == "time"
    hall.close()


def test_a_sitting_of_another_exam_session_is_not_touched(hall, desk, started):
    results = desk.do("pause", started, reason="health", sittings=["elsewhere"])
    assert results[0]["code"] == "sitting_elsewhere"

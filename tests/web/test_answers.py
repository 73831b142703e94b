"""Answers over HTTP: recorded once, repeated for free, quarantined with a reason, never lost."""

import pytest
from hall import Hall, short_plan

from proctor.delivery import Delivery
from proctor.events import AnswerQuarantined


@pytest.fixture
def started(hall, desk):
    return hall.candidate().started(desk)


def test_the_same_answer_again_gives_the_same_outcome_and_the_present_view(hall, started):
    item = started.view["item"]
    first = started.answer(item, answer_id="a-1").json
    again = started.answer(item, answer_id="a-1", response=None).json
    assert (again["outcome"], again["reason"]) == (first["outcome"], first["reason"]) == ("recorded", None)
    assert again["view"]["item"] == first["view"]["item"]
    assert len(hall.state(started).responses) == 1


def test_the_reply_of_an_answer_is_the_next_item(started):
    before = started.view["item"]
    after = started.answer(before).json["view"]["item"]
    assert after["number"] == before["number"] + 1
    assert after["attempt"] != before["attempt"]


def test_another_answer_to_an_answered_item_is_quarantined(hall, started):
    item = started.view["item"]
    started.answer(item)
    late = started.answer(item).json
    assert (late["outcome"], late["reason"]) == ("quarantined", "already_answered")
    assert hall.state(started).quarantined == 1


def test_an_answer_to_an_item_that_was_never_shown_is_quarantined(started):
    reply = started.answer({**started.view["item"], "attempt": "never-shown"}).json
    assert (reply["outcome"], reply["reason"]) == ("quarantined", "unknown_attempt")


def test_an_answer_that_does_not_fit_is_refused_and_can_be_sent_again(hall, started):
    item = started.view["item"]
    reply = started.answer(item, response=["zz"], answer_id="a-1")
    assert (reply.status_code, reply.json["error"]) == (422, "invalid_response")
    assert started.answer(item, answer_id="a-1").json["outcome"] == "recorded"


def test_leaving_an_item_unanswered_is_an_answer(hall, started):
    assert started.answer(response=None).json["outcome"] == "recorded"
    assert hall.state(started).responses[0].omitted


def test_an_answer_long_after_the_time_ran_out_is_kept_with_its_reason(tmp_path):
    hall = Hall(tmp_path, short_plan(seconds=300), Delivery(late_grace_ms=2_000))
    candidate = hall.candidate().started(hall.desk())
    for _ in range(95):
        hall.clock.pass_(3.2)
        candidate.beat()
    reply = candidate.answer(candidate.view["item"] or {"attempt": "x", "interaction": "numeric"}).json
    assert (reply["outcome"], reply["reason"]) == ("quarantined", "time_is_up")
    assert reply["view"]["phase"] == "finished"
    hall.close()


def test_the_old_tab_keeps_its_late_answer_but_sees_no_item(hall, desk, started):
    item = started.view["item"]
    code = desk.do("new_seat_code", started, reason="technical_fault")[0]["seat_code"]
    other = hall.candidate(seat="8")
    other.sitting, other.code = started.sitting, code
    assert other.enter().json["view"]["phase"] == "item"
    late = started.answer(item).json
    assert (late["outcome"], late["reason"]) == ("quarantined", "old_lease")
    assert late["view"]["item"] is None
    assert late["view"]["phase"] == "covered"
    assert late["view"]["person"] is None
    assert started.get("view").json["error"] == "old_lease"
    assert other.answer().json["outcome"] == "recorded"


def test_a_stranger_with_another_sittings_cookie_cannot_answer(hall, desk, started):
    other = hall.candidate(seat="8").started(desk)
    other.epoch = started.epoch
    reply = other.answer(started.view["item"]).json
    assert (reply["outcome"], reply["reason"]) == ("quarantined", "unknown_attempt")
    assert len(hall.state(started).responses) == 0


def test_what_was_quarantined_is_in_the_log_as_it_was_sent(hall, started):
    item = started.view["item"]
    started.answer(item)
    started.answer(item, response=["2"] if item["interaction"] == "single" else None, answer_id="late-1")
    kept = [row.event for row in hall.wiring.log.read(started.sitting) if isinstance(row.event, AnswerQuarantined)]
    assert [one.answer_id for one in kept] == ["late-1"]


def test_a_candidate_cannot_use_up_the_command_ids_of_the_server(hall, started):
    hall.pass_(1)
    started.wish("hand", category="item")
    causes = {row.event.cause.split(":")[0] for row in hall.wiring.log.read(started.sitting)}
    assert causes == {"candidate", "staff", "seat", "register", "first-code"}


def test_the_code_typed_twice_by_the_same_tab_is_the_same_lease_and_another_tab_is_too_late(hall, desk):
    candidate = hall.candidate()
    desk.check_in(candidate)
    first = candidate.enter().json
    assert candidate.enter().json["epoch"] == first["epoch"]
    other = hall.candidate(seat="8")
    other.code = candidate.code
    assert other.enter().json["error"] == "seat_code_spent"


def test_a_second_tab_waits_until_the_first_is_silent(hall, started):
    started.beat()
    started.tab = "second-tab"
    reply = started.reopen()
    assert (reply.status_code, reply.json["error"]) == (409, "open_elsewhere")
    assert 0 < reply.json["retry_after_ms"] <= 5_000
    hall.clock.pass_(6)
    assert started.reopen().json["view"]["phase"] == "item"
    assert started.epoch == 2

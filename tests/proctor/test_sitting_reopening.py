"""What a person says about an incident, and an ended test that goes on."""

import pytest
from room import ALLOWED_MS, OPERATOR, Room

from proctor import attention
from proctor.clock import remaining_ms
from proctor.state import Hold, Lifecycle


@pytest.fixture
def room():
    return Room().running()


def refused(handled, code):
    assert handled.recorded == ()
    return handled.refused == code


def test_an_incident_that_lasts_is_not_closed_before_its_end(room):
    room.lose(ms=40_000)
    room.silence()
    assert refused(room.close_incident(), "incident_lasts")
    room.reconnect()
    assert room.close_incident().state.incidents[0].action == "reported"


def test_what_nobody_has_answered_for_waits_in_the_queue(room):
    assert room.kinds(room.report_incident()) == ["IncidentDrafted"]
    assert [one.kind for one in attention.entries(room.state(), room.clock.now, room.exam.delivery)] == ["incident"]
    room.close_incident()
    assert attention.entries(room.state(), room.clock.now, room.exam.delivery) == ()


def test_an_incident_needs_a_note_and_somebody_booked(room):
    assert refused(room.report_incident(note=None), "note_missing")
    assert refused(room.report_incident(category=""), "reason_missing")
    assert room.report_incident().recorded[0].event.actor == OPERATOR
    assert refused(Room().report_incident(), "not_registered")


def test_an_ended_test_goes_on_where_it_stood(room):
    room.clock.wait(5_000)
    room.terminate()
    shown, used = room.state().presented, room.state().charged_ms
    room.clock.wait(3_600_000)

    assert room.kinds(room.reopen()) == ["SittingReopened", "HoldPlaced"]
    state = room.state()
    assert (state.lifecycle, state.holds) == (Lifecycle.SUSPENDED, (Hold.REOPENED,))
    assert (state.decisions, state.ended_at, state.end_reason) == ((), None, None)
    assert room.kinds(room.lift("reopened")) == ["HoldLifted", "Resumed"]
    assert (room.state().presented, room.state().charged_ms) == (shown, used)
    assert room.answer().answer.outcome == "recorded"
    room.end()
    assert len(room.state().decisions) == 2


def test_nobody_reopens_what_they_ended_themselves(room):
    room.terminate()
    assert refused(room.reopen(actor=OPERATOR), "four_eyes")
    assert refused(room.reopen(note=None), "note_missing")
    assert refused(room.reopen(reason=""), "reason_missing")
    assert room.reopen().refused is None


def test_a_test_that_came_to_its_own_end_or_has_not_ended_is_not_reopened(room):
    assert refused(room.reopen(), "wrong_phase")
    while not room.state().closed:
        room.answer()
    assert refused(room.reopen(), "test_complete")


def test_what_was_out_of_time_goes_on_with_time_added(room):
    room.clock.wait(ALLOWED_MS + 2_000)
    room.end_time()
    room.reopen()
    room.grant(60_000)
    room.lift("reopened")
    assert room.state().lifecycle is Lifecycle.RUNNING
    assert remaining_ms(room.state(), room.clock.now) == 60_000


def test_the_time_between_end_and_reopening_is_no_silence(room):
    room.lose(ms=10_000)
    room.terminate()
    room.clock.wait(3_600_000)
    room.reopen()
    room.clock.wait(4_000)

    back = room.reconnect(uncovered_ms=4_000)

    assert back.state.holds == (Hold.REOPENED,)
    assert back.recorded[0].event.gap_ms == 4_000
    assert back.recorded[0].event.charged_ms == 0

"""The clock, holds, lost connections, and what a silence costs."""

import pytest
from room import ALLOWED_MS, NOTE, Room

from proctor import commands as c
from proctor import incidents
from proctor.clock import charged_ms, deadline_ms, remaining_ms, running_charge_ms
from proctor.delivery import Delivery
from proctor.ids import Commitment
from proctor.state import Hold, Lifecycle


@pytest.fixture
def room():
    return Room().running()


def left(room):
    return remaining_ms(room.state(), room.clock.now)


def refused(handled, code):
    assert handled.recorded == ()
    return handled.refused == code


def test_the_clock_runs_from_the_start(room):
    room.clock.wait(7_000)

    assert left(room) == ALLOWED_MS - 7_000
    assert charged_ms(room.state(), room.clock.now) == 7_000


def test_before_the_start_no_clock_runs():
    room = Room().authorised()
    room.clock.wait(60_000)

    assert left(room) == ALLOWED_MS
    assert deadline_ms(room.state()) is None
    assert running_charge_ms(room.state(), room.clock.now) == 0


def test_a_pause_stops_the_clock_and_lifting_it_goes_on(room):
    room.clock.wait(1_000)
    room.place("paused")
    room.clock.wait(50_000)
    assert left(room) == ALLOWED_MS - 1_000

    assert room.kinds(room.lift("paused")) == ["HoldLifted", "Resumed"]
    room.clock.wait(1_000)
    assert left(room) == ALLOWED_MS - 2_000


def test_the_sitting_resumes_only_when_no_hold_is_left(room):
    room.place("paused")
    room.place("break")
    room.lift("paused")
    assert room.state().lifecycle is Lifecycle.SUSPENDED

    assert room.lift("break").state.lifecycle is Lifecycle.RUNNING


def test_a_hold_is_placed_and_lifted_for_a_reason(room):
    assert refused(room.place(reason=""), "reason_missing")
    room.place()
    assert refused(room.lift(reason=""), "reason_missing")


def test_unlocking_needs_a_note(room):
    room.place("locked")

    assert refused(room.lift("locked"), "note_missing")
    assert room.lift("locked", note=NOTE).state.lifecycle is Lifecycle.RUNNING


@pytest.mark.parametrize("hold", ["disconnected", "review", "transfer", "reopened", "lunch"])
def test_holds_that_come_by_rule_are_not_placed_by_hand(room, hold):
    assert refused(room.place(hold), "wrong_hold")


@pytest.mark.parametrize("hold", ["disconnected", "transfer", "lunch"])
def test_holds_that_go_by_rule_are_not_lifted_by_hand(room, hold):
    room.lose()

    assert refused(room.lift(hold), "wrong_hold")


def test_a_hold_is_placed_once_and_lifted_where_it_stands(room):
    assert refused(room.lift(), "not_suspended")
    room.place("paused")
    assert refused(room.place("paused"), "hold_present")
    assert refused(room.lift("break"), "hold_absent")


def test_nothing_is_paused_before_the_start():
    assert refused(Room().authorised().place(), "not_running")


def test_only_a_review_charges_time(room):
    room.place("paused")

    assert refused(room.lift("paused", charge_ms=1), "wrong_amount")
    assert refused(room.lift("paused", charge_ms=-1), "wrong_amount")


# ---- losing and coming back
def test_a_drop_gives_back_the_silence(room):
    room.clock.wait(5_000)
    room.lose(ms=10_000)
    room.clock.wait(20_000)

    handled = room.reconnect()

    assert room.kinds(handled) == ["ConnectionRestored", "Resumed"]
    assert left(room) == ALLOWED_MS - 5_000
    assert handled.state.presented is not None


def test_what_the_item_was_visible_in_the_gap_is_charged(room):
    room.lose(ms=10_000)
    room.clock.wait(20_000)
    room.reconnect(uncovered_ms=8_000)

    assert left(room) == ALLOWED_MS - 8_000


def test_a_page_that_claims_too_much_is_charged_the_gap(room):
    room.lose(ms=10_000)
    room.reconnect(uncovered_ms=10**9)

    assert left(room) == ALLOWED_MS - 10_000


def test_a_page_cannot_give_time_back_to_itself(room):
    room.lose()

    assert refused(room.reconnect(uncovered_ms=-1), "wrong_amount")


def test_a_silence_of_eight_seconds_is_no_loss_and_a_longer_one_is(room):
    room.clock.wait(8_000)
    assert room.silence(last_seen_ms=room.clock.now - 8_000).recorded == ()
    room.clock.wait(1)
    assert room.kinds(room.silence(last_seen_ms=room.clock.now - 8_001)) == ["ConnectionLost"]


def test_the_last_act_in_the_log_outweighs_an_older_heartbeat(room):
    seen = room.clock.now
    room.clock.wait(10_000)
    room.answer()

    assert room.silence(last_seen_ms=seen).recorded == ()
    room.clock.wait(9_000)
    lost = room.silence(last_seen_ms=seen)
    assert lost.recorded[0].event.effective_ms == room.clock.now - 9_000


def test_a_loss_never_begins_before_the_clock_ran(room):
    room.place()
    room.clock.wait(60_000)
    room.lift()
    room.clock.wait(1_000)

    lost = room.silence(last_seen_ms=room.clock.now - 61_000).recorded[0].event

    assert lost.effective_ms == room.clock.now - 1_000
    assert lost.charged_ms == 0


def test_the_silence_of_an_older_lease_means_nothing(room):
    room.clock.wait(60_000)

    assert room.silence(last_seen_ms=0, epoch=7).recorded == ()


def test_silence_before_the_start_is_no_event():
    room = Room().authorised()
    room.clock.wait(60_000)

    assert room.silence(last_seen_ms=0).recorded == ()


def test_nobody_reconnects_who_was_not_lost(room):
    assert refused(room.reconnect(), "not_suspended")


def test_a_drop_under_a_pause_stands_beside_it_and_costs_nothing(room):
    room.clock.wait(1_000)
    room.place("paused")
    room.lose(ms=20_000)
    assert room.state().holds == (Hold.DISCONNECTED, Hold.PAUSED)

    room.lift("paused")
    assert room.state().lifecycle is Lifecycle.SUSPENDED
    room.reconnect(uncovered_ms=15_000)
    assert left(room) == ALLOWED_MS - 1_000


def test_a_silence_past_the_limit_waits_for_the_operator(room):
    room.lose(ms=10_000)
    room.clock.wait(10 * 60_000 - 10_000 + 1)

    handled = room.reconnect(uncovered_ms=8_000)

    assert room.kinds(handled) == ["ConnectionRestored", "IncidentDrafted", "IncidentClosed", "HoldPlaced"]
    assert handled.state.holds == (Hold.REVIEW,)
    assert handled.state.review_ms == 10 * 60_000 + 1 - 8_000


def test_a_silence_of_exactly_the_limit_is_forgiven(room):
    room.lose(ms=10 * 60_000)

    assert room.reconnect().state.lifecycle is Lifecycle.RUNNING


def test_the_operator_charges_at_most_the_silence_under_review(room):
    room.lose(ms=11 * 60_000)
    room.reconnect(uncovered_ms=60_000)

    assert refused(room.lift("review", charge_ms=10 * 60_000 + 1), "above_limit")
    handled = room.lift("review", charge_ms=4 * 60_000)

    assert room.kinds(handled) == ["TimeCharged", "HoldLifted", "Resumed"]
    assert left(room) == ALLOWED_MS - 5 * 60_000
    assert handled.state.review_ms == 0


def test_the_operator_may_charge_nothing(room):
    room.lose(ms=11 * 60_000)
    room.reconnect()

    assert room.kinds(room.lift("review")) == ["HoldLifted", "Resumed"]
    assert left(room) == ALLOWED_MS


def test_the_fourth_drop_waits_for_the_operator(room):
    for _ in range(3):
        room.lose()
        assert room.reconnect().state.lifecycle is Lifecycle.RUNNING
    room.lose()

    assert room.reconnect().recorded[-1].event.reason == "many_drops"
    assert room.state().drops == 4


def test_no_silence_is_charged_beyond_what_is_left():
    """The page showed the item through most of the time; what a review adds cannot be more than the rest."""
    room = Room().running(allowed_ms=300_000)
    room.lose(ms=9_000)
    room.clock.wait(700_000)
    restored = room.reconnect(uncovered_ms=200_000)
    assert (restored.state.charged_ms, restored.state.review_ms) == (200_000, 509_000)
    lifted = room.lift("review", charge_ms=400_000)
    assert room.kinds(lifted) == ["TimeCharged", "HoldLifted", "Resumed"]
    assert lifted.state.charged_ms == 300_000
    assert remaining_ms(lifted.state, room.clock.now) == 0


def test_a_page_that_was_visible_longer_than_was_left_uses_up_the_rest():
    room = Room().running(allowed_ms=300_000)
    room.lose(ms=9_000)
    room.clock.wait(700_000)
    assert room.reconnect(uncovered_ms=700_000).state.charged_ms == 300_000


def test_a_drop_under_review_adds_to_what_is_reviewed(room):
    room.lose(ms=11 * 60_000)
    room.reconnect()
    room.lose(ms=20_000)
    handled = room.reconnect()

    assert handled.state.review_ms == 11 * 60_000 + 20_000
    assert room.kinds(handled) == ["ConnectionRestored"]


def test_a_long_gap_gets_an_incident_when_it_ends(room):
    room.lose(ms=30_000)
    room.reconnect()
    assert room.state().incidents == ()

    room.lose(ms=30_001)
    (incident,) = room.reconnect().state.incidents
    assert incident.ended_ms - incident.began_ms == 30_001


def test_a_lasting_gap_gets_its_incident_from_the_sweep_and_its_end_from_the_return(room):
    room.lose(ms=10_000)
    assert room.silence().recorded == ()
    room.clock.wait(25_000)
    assert room.kinds(room.silence()) == ["IncidentDrafted"]
    assert room.silence().recorded == ()

    handled = room.reconnect()

    assert room.kinds(handled) == ["ConnectionRestored", "IncidentClosed", "Resumed"]
    assert handled.state.incidents[0].action == incidents.RESTORED


def test_without_a_loss_there_is_no_incident_of_one(room):
    assert incidents.of_ended_silence(room.state(), room.clock.now, Delivery(), "x") == []


def test_a_page_opened_again_after_a_loss_reconnects_as_the_new_lease(room):
    room.lose(ms=60_000)
    room.open_lease(tab=Commitment("tab-b"))
    assert room.state().holds == (Hold.DISCONNECTED,)

    assert room.reconnect().state.lifecycle is Lifecycle.RUNNING
    assert room.state().lease.epoch == 2


# ---- the end of time
def test_time_ends_after_the_grace_and_charges_up_to_the_deadline(room):
    room.clock.wait(ALLOWED_MS + 1_999)
    assert room.end_time().recorded == ()
    room.clock.wait(1)

    handled = room.end_time()

    assert room.kinds(handled) == ["OutcomeDecided", "OutcomeDecided", "SittingTimedOut"]
    assert handled.recorded[-1].event.charged_ms == ALLOWED_MS
    assert handled.state.end_reason == "time"


def test_time_granted_meanwhile_defers_the_end(room):
    room.clock.wait(ALLOWED_MS + 2_000)
    room.grant(60_000)

    assert room.end_time().recorded == ()
    assert left(room) == 58_000


def test_time_does_not_end_while_the_clock_stands(room):
    room.place()
    room.clock.wait(10 * ALLOWED_MS)

    assert room.end_time().recorded == ()


def test_a_pause_in_the_grace_charges_up_to_the_deadline(room):
    room.clock.wait(ALLOWED_MS + 1_000)

    assert room.place().recorded[0].event.charged_ms == ALLOWED_MS
    room.lift()
    room.clock.wait(2_000)
    assert room.end_time().state.lifecycle is Lifecycle.TIMED_OUT


def test_a_silence_that_began_after_the_deadline_is_the_end_of_time(room):
    seen = room.clock.now + ALLOWED_MS
    room.clock.wait(ALLOWED_MS + 9_000)

    assert room.silence(last_seen_ms=seen).state.lifecycle is Lifecycle.TIMED_OUT


def test_a_cut_in_the_last_seconds_keeps_them(room):
    room.clock.wait(ALLOWED_MS - 5_000)
    room.lose(ms=12_000)
    room.clock.wait(60_000)
    room.reconnect()

    assert left(room) == 5_000


def test_time_does_not_go_back_within_a_sitting(room):
    room.clock.wait(5_000)
    room.place()
    room.clock.wait(-3_000)

    handled = room.lift()

    assert handled.recorded[0].at == room.clock.now + 3_000


def test_reconnecting_needs_the_lease(room):
    room.lose()
    stranger = c.Tenure(device=Commitment("d"), tab=Commitment("t"), epoch=1)

    assert refused(room.send(c.Reconnect, tenure=stranger, uncovered_ms=0), "old_lease")

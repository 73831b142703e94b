"""From the booking to the receipt: who may do what, and when."""

import pytest
from room import ALLOWED_MS, CANDIDATE, DEVICE, NOTE, OPERATOR, SESSION, SITTING, TAB, Room

from proctor import commands as c
from proctor.clock import remaining_ms
from proctor.ids import SERVER, Commitment
from proctor.state import Hold, Lifecycle


@pytest.fixture
def room():
    return Room()


def refused(handled, code):
    assert handled.recorded == ()
    return handled.refused == code


def test_a_candidate_goes_from_booking_to_the_first_item(room):
    room.running()

    assert room.kinds() == [
        "SittingRegistered", "CheckedIn", "SeatCodeIssued", "LeaseGranted", "BrowserChecked", "IdentityConfirmed",
        "Authorised", "SittingStarted", "ItemPresented",
    ]  # fmt: skip
    assert room.state().lifecycle is Lifecycle.RUNNING


def test_nothing_happens_to_a_sitting_nobody_booked(room):
    assert refused(room.check_in(), "not_registered")


def test_a_sitting_is_booked_once(room):
    room.registered()

    again = room.send(
        c.Register, actor=OPERATOR, sitting=SITTING, exam_session=SESSION, candidate="x", seat="2", plan_digest="",
        pool_digest="", secret_commitment="", allowed_ms=1,
    )  # fmt: skip

    assert refused(again, "already_registered")


def test_identity_is_verified_once(room):
    assert refused(room.checked_in().check_in(), "already_checked_in")


def test_before_check_in_a_seat_code_sends_to_the_operator(room):
    room.registered()
    room.seat_code()

    assert refused(room.open_lease(code_epoch=1), "see_operator")
    room.check_in()
    assert room.open_lease(code_epoch=1).refused is None


def test_a_seat_code_opens_once(room):
    room.leased()

    assert refused(room.open_lease(device=Commitment("other"), code_epoch=1), "seat_code_spent")


def test_no_code_opens_before_one_was_issued(room):
    assert refused(room.checked_in().open_lease(code_epoch=0), "seat_code_spent")


def test_an_older_seat_code_does_not_open(room):
    room.checked_in()
    room.seat_code()
    room.seat_code(reason="lost")

    assert refused(room.open_lease(code_epoch=1), "seat_code_spent")
    assert room.open_lease(code_epoch=2).refused is None


def test_a_device_that_never_held_the_lease_cannot_take_it_without_a_code(room):
    room.leased()

    assert refused(room.open_lease(device=Commitment("other"), tab=Commitment("t")), "old_lease")


def test_a_second_tab_is_refused_while_the_first_is_heard(room):
    room.running()
    room.clock.wait(60_000)

    seen = room.clock.now - 4_999
    assert refused(room.open_lease(tab=Commitment("tab-b"), previous_seen_ms=seen), "open_elsewhere")


def test_a_second_tab_takes_over_once_the_first_is_silent(room):
    room.running()
    room.clock.wait(60_000)

    handled = room.open_lease(tab=Commitment("tab-b"), previous_seen_ms=room.clock.now - 5_000)

    assert handled.refused is None
    assert handled.state.lease.epoch == 2
    assert handled.state.lifecycle is Lifecycle.RUNNING


def test_the_last_act_in_the_log_counts_as_being_heard(room):
    room.running()
    room.clock.wait(4_000)

    assert refused(room.open_lease(tab=Commitment("tab-b")), "open_elsewhere")
    room.clock.wait(1_000)
    assert room.open_lease(tab=Commitment("tab-b")).refused is None


def test_a_reloaded_tab_takes_its_own_lease_over_at_once(room):
    room.running()

    handled = room.open_lease(previous_seen_ms=room.clock.now)

    assert handled.state.lease.epoch == 2


def test_a_fenced_tab_can_do_nothing_but_leave_its_answers(room):
    room.running()
    old = room.tenure()
    room.open_lease()

    assert refused(room.send(c.EndExam, tenure=old), "old_lease")
    assert room.answer(tenure=old).answer.reason == "old_lease"


def test_identity_needs_the_browser_check(room):
    assert refused(room.leased().identity(), "browser_check_missing")


def test_a_failed_browser_check_leaves_the_decision_to_the_operator(room):
    room.leased()
    room.browser(failed=("websocket",))

    assert room.identity().refused is None


def test_identity_is_confirmed_once(room):
    assert refused(room.awaiting().identity(), "wrong_phase")


def test_another_device_is_checked_anew(room):
    room.leased()
    room.browser()
    room.seat_code("moved")
    room.open_lease(device=Commitment("device-b"), code_epoch=2)

    assert room.state().check_failed is None
    assert room.state().browser is None


def test_only_who_waits_is_let_in(room):
    assert refused(room.leased().authorise(), "not_awaiting")
    room.browser()
    room.identity()
    room.seat_code("lost")
    assert refused(room.authorise(), "not_awaiting")


def test_nobody_begins_without_authorisation(room):
    assert refused(room.awaiting().start(), "wrong_phase")


def test_an_authorisation_lasts_fifteen_minutes(room):
    room.authorised()
    room.clock.wait(15 * 60_000)

    assert room.start().state.lifecycle is Lifecycle.RUNNING


def test_a_lapsed_authorisation_sends_back_to_waiting(room):
    room.authorised()
    room.clock.wait(15 * 60_000 + 1)

    assert room.kinds(room.start()) == ["AuthorisationExpired"]
    assert room.state().lifecycle is Lifecycle.AWAITING


def test_the_sweep_takes_a_lapsed_authorisation_back_and_only_a_lapsed_one(room):
    room.authorised()
    assert room.kinds(room.send(c.ExpireAuthorisation, actor=SERVER)) == []
    room.clock.wait(15 * 60_000 + 1)
    assert room.kinds(room.send(c.ExpireAuthorisation, actor=SERVER)) == ["AuthorisationExpired"]
    assert room.kinds(room.send(c.ExpireAuthorisation, actor=SERVER)) == []


@pytest.mark.parametrize("reason", ["cancelled", "no_show"])
def test_a_booking_is_taken_back_before_the_test(room, reason):
    room.authorised()

    handled = room.send(c.Cancel, actor=OPERATOR, reason=reason)

    assert room.kinds(handled) == ["SittingCancelled"]
    assert handled.state.end_reason == reason


def test_a_test_under_way_is_not_cancelled(room):
    assert refused(room.running().send(c.Cancel, actor=OPERATOR, reason="cancelled"), "wrong_phase")


def test_a_cancellation_says_why(room):
    assert refused(room.registered().send(c.Cancel, actor=OPERATOR, reason="whim"), "reason_missing")


def test_a_new_seat_code_stops_the_clock_until_the_new_place_is_taken(room):
    room.running()
    room.clock.wait(60_000)

    assert room.kinds(room.seat_code("broken keyboard")) == ["SeatCodeIssued", "HoldPlaced"]
    room.clock.wait(90_000)
    taken = room.open_lease(device=Commitment("device-b"), tab=Commitment("tab-b"), code_epoch=2)

    assert room.kinds(taken) == ["LeaseGranted", "HoldLifted", "Resumed"]
    assert remaining_ms(taken.state, room.clock.now) == ALLOWED_MS - 60_000


def test_a_move_under_a_pause_resumes_only_when_both_are_over(room):
    room.running()
    room.place("paused")
    room.seat_code("moved")
    assert room.state().holds == (Hold.PAUSED, Hold.TRANSFER)

    room.lift("paused")
    assert room.state().lifecycle is Lifecycle.SUSPENDED
    assert room.open_lease(code_epoch=2).state.lifecycle is Lifecycle.RUNNING


def test_a_second_code_while_moving_places_no_second_hold(room):
    room.running()
    room.seat_code("moved")

    assert room.kinds(room.seat_code("lost it")) == ["SeatCodeIssued"]


def test_a_closed_sitting_can_be_looked_at_by_its_device_and_changed_by_nobody(room):
    room.running()
    room.end()

    looked = room.open_lease(device=DEVICE, tab=TAB)
    assert looked.refused is None
    assert looked.recorded == ()
    assert refused(room.open_lease(device=Commitment("other")), "closed")
    assert refused(room.open_lease(code_epoch=1), "closed")
    for again in (room.check_in(), room.authorise(), room.seat_code(), room.place(), room.lift(), room.terminate()):
        assert refused(again, "closed")
    assert refused(room.grant(1), "closed")
    assert refused(room.browser(), "closed")
    assert refused(room.end(), "closed")
    assert refused(room.reconnect(), "closed")
    assert refused(room.send(c.RaiseHand, tenure=room.tenure(), category="item"), "closed")


def test_the_candidate_ends_the_test(room):
    room.running()
    room.clock.wait(5_000)

    handled = room.end()

    assert room.kinds(handled) == ["OutcomeDecided", "OutcomeDecided", "SittingSubmitted"]
    assert handled.state.end_reason == "candidate"
    assert handled.recorded[-1].event.charged_ms == 5_000
    assert {one.decision for one in handled.state.decisions} == {"undetermined"}


def test_the_candidate_may_end_while_the_clock_stands(room):
    room.running()
    room.place()

    assert room.end().state.lifecycle is Lifecycle.SUBMITTED


def test_nobody_ends_what_has_not_begun(room):
    assert refused(room.authorised().end(), "wrong_phase")


def test_a_termination_needs_reason_and_note_and_drafts_an_incident(room):
    room.running()

    assert refused(room.terminate(reason=""), "reason_missing")
    assert refused(room.terminate(note=""), "note_missing")
    handled = room.terminate(note=NOTE)

    assert room.kinds(handled) == ["IncidentDrafted", "OutcomeDecided", "OutcomeDecided", "SittingTerminated"]
    assert handled.recorded[-1].event.incident == handled.state.incidents[0].incident


def test_before_the_authorisation_nothing_is_terminated(room):
    assert refused(room.awaiting().terminate(), "wrong_phase")
    room.authorise()
    assert room.terminate().state.lifecycle is Lifecycle.TERMINATED


def test_an_incident_is_closed_by_what_was_done(room):
    room.running()
    room.terminate()

    assert refused(close(room, "incident-9", "reported"), "unknown_incident")
    assert refused(close(room, "incident-1", ""), "reason_missing")
    assert close(room, "incident-1", "reported").state.incidents[0].action == "reported"


def close(room, incident, action):
    return room.send(c.CloseIncident, actor=OPERATOR, incident=incident, action=action, note=None)


def test_time_is_granted_up_to_the_operators_limit(room):
    room.running()

    assert room.grant(10 * 60_000).refused is None
    assert refused(room.grant(5 * 60_000 + 1), "above_limit")
    assert room.grant(5 * 60_000, kind="planned").refused is None
    assert room.grant(1, beyond_limit=True).refused is None
    assert remaining_ms(room.state(), room.clock.now) == ALLOWED_MS + 15 * 60_000 + 1


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"granted_ms": 1, "reason": ""}, "reason_missing"),
        ({"granted_ms": 0}, "wrong_amount"),
        ({"granted_ms": -5}, "wrong_amount"),
        ({"granted_ms": 5, "kind": "gift"}, "wrong_amount"),
    ],
)
def test_a_grant_says_how_much_and_why(room, wish, code):
    assert refused(room.registered().grant(**wish), code)


def test_a_call_is_raised_changed_answered_and_withdrawn(room):
    room.running()

    def raise_hand(category):
        return room.send(c.RaiseHand, tenure=room.tenure(), category=category)

    assert raise_hand("item").state.hand.category == "item"
    assert raise_hand("item").recorded == ()
    assert raise_hand("health").state.hand.category == "health"
    assert room.send(c.AnswerHand, actor=OPERATOR).state.hand is None
    assert refused(room.send(c.AnswerHand, actor=OPERATOR), "hand_absent")
    assert refused(room.send(c.WithdrawHand, tenure=room.tenure()), "hand_absent")
    raise_hand("other")
    assert room.send(c.WithdrawHand, tenure=room.tenure(), actor=CANDIDATE).state.hand is None


@pytest.mark.parametrize(
    ("signals", "levels"),
    [
        ([("hidden", 5_000), ("hidden", 5_001), ("hidden", 1)], ["notice", "alert", "alert"]),
        ([("blur", 60_000), ("second_tab", 0), ("copy", 0)], ["info", "alert", "notice"]),
    ],
)
def test_a_signal_gets_a_level_and_nothing_follows(room, signals, levels):
    room.running()
    for kind, duration in signals:
        handled = room.send(c.ReportSignal, tenure=room.tenure(), kind=kind, duration_ms=duration)

    assert [one.level for one in handled.state.signals] == levels
    assert handled.state.lifecycle is Lifecycle.RUNNING


def test_another_network_address_is_noticed_by_the_server_and_by_no_page(room):
    room.running()
    epoch = room.state().lease.epoch
    handled = room.send(c.NoteSignal, actor=SERVER, epoch=epoch, kind="network_change")
    assert [(one.kind, one.level) for one in handled.state.signals] == [("network_change", "notice")]
    assert handled.recorded[0].event.actor == SERVER
    assert room.send(c.NoteSignal, actor=SERVER, epoch=epoch + 1, kind="network_change").recorded == ()
    assert refused(room.send(c.NoteSignal, actor=SERVER, epoch=epoch, kind="blur"), "wrong_signal")
    claimed = room.send(c.ReportSignal, tenure=room.tenure(), kind="network_change", duration_ms=0)
    assert refused(claimed, "wrong_signal")


@pytest.mark.parametrize("signal", [("telepathy", 0), ("blur", -1)])
def test_a_signal_nobody_knows_is_refused(room, signal):
    kind, duration = signal

    handled = room.running().send(c.ReportSignal, tenure=room.tenure(), kind=kind, duration_ms=duration)

    assert refused(handled, "wrong_signal")


def test_signals_before_the_test_mean_nothing(room):
    room.authorised()

    assert refused(room.send(c.ReportSignal, tenure=room.tenure(), kind="blur", duration_ms=0), "not_running")


def test_a_hand_that_was_up_is_down_when_the_booking_is_taken_back(room):
    room.awaiting()
    assert room.send(c.RaiseHand, tenure=room.tenure(), category="item").refused is None
    assert room.send(c.Cancel, actor=OPERATOR, reason="no_show").state.hand is None
    assert refused(room.send(c.AnswerHand, actor=OPERATOR), "hand_absent")

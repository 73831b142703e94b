"""Answers: counted once, in time, under the lease; everything else is kept with its reason."""

import pytest
from room import ALLOWED_MS, Room

import engine
from proctor import adaptive
from proctor.clock import remaining_ms
from proctor.ids import Commitment
from proctor.state import Lifecycle


@pytest.fixture
def room():
    return Room().running()


def became(handled):
    return handled.answer.outcome, handled.answer.reason


def test_an_answer_is_scored_and_the_next_item_comes_in_the_same_append(room):
    presented = room.state().presented
    place = str(presented.choices.index("A") + 1)

    handled = room.answer(response=(place,), visible_ms=1234)

    assert room.kinds(handled) == ["AnswerRecorded", "ItemPresented"]
    recorded = handled.recorded[0].event
    assert (recorded.response, recorded.score, recorded.visible_ms) == (("A",), 1, 1234)
    assert became(handled) == ("recorded", None)
    assert handled.state.presented.position == 2


def test_leaving_unanswered_is_an_explicit_omission_scored_zero(room):
    recorded = room.answer(response=None).recorded[0].event

    assert (recorded.response, recorded.omitted, recorded.score) == ((), True, 0)


def test_the_same_answer_sent_twice_is_recorded_once_and_answered_alike(room):
    attempt = room.state().presented.attempt
    first = room.answer(answer_id="a1", attempt=attempt)
    second = room.answer(answer_id="a1", attempt=attempt, response=("2",))

    assert became(second) == became(first) == ("recorded", None)
    assert second.repeated
    assert len(second.state.responses) == 1


def test_a_quarantined_answer_keeps_its_first_outcome(room):
    assert became(room.answer(answer_id="a1", attempt="other")) == ("quarantined", "unknown_attempt")
    assert became(room.answer(answer_id="a1")) == ("quarantined", "unknown_attempt")
    assert room.state().quarantined == 1


def test_a_second_answer_to_an_answered_attempt_is_quarantined(room):
    attempt = room.state().presented.attempt
    room.answer()

    assert became(room.answer(attempt=attempt)) == ("quarantined", "already_answered")


def test_an_answer_under_an_old_lease_is_quarantined_as_it_was_sent(room):
    old = room.tenure()
    room.open_lease()
    handled = room.answer(tenure=old, response=("2",))

    assert became(handled) == ("quarantined", "old_lease")
    assert handled.recorded[0].event.response == ("2",)
    assert handled.state.presented is not None


def test_an_unanswered_quarantined_answer_is_kept_empty(room):
    assert room.answer(attempt="other", response=None).recorded[0].event.response == ()


def test_an_answer_of_a_device_that_never_held_the_lease_is_refused(room):
    handled = room.answer(tenure=room.tenure(device=Commitment("stranger")))

    assert handled.refused == "old_lease"
    assert handled.answer is None
    assert handled.recorded == ()


def test_before_the_start_there_is_nothing_to_answer():
    assert became(Room().authorised().answer()) == ("quarantined", "unknown_attempt")


@pytest.mark.parametrize("response", [(), ("9",), ("1", "2")])
def test_an_answer_that_does_not_fit_the_item_changes_nothing(room, response):
    handled = room.answer(response=response)

    assert handled.refused == "invalid_response"
    assert handled.recorded == ()


def test_an_answer_on_its_way_when_time_ran_out_still_counts_and_is_the_last(room):
    room.clock.wait(ALLOWED_MS + 2_000)

    handled = room.answer()

    assert room.kinds(handled) == ["AnswerRecorded", "OutcomeDecided", "OutcomeDecided", "SittingTimedOut"]
    assert handled.recorded[-1].event.charged_ms == ALLOWED_MS


def test_an_answer_after_the_grace_is_quarantined_and_the_time_ends(room):
    room.clock.wait(ALLOWED_MS + 2_001)

    handled = room.answer()

    assert became(handled) == ("quarantined", "time_is_up")
    assert handled.state.lifecycle is Lifecycle.TIMED_OUT


def test_after_the_close_answers_are_kept_for_review(room):
    attempt = room.state().presented.attempt
    room.clock.wait(ALLOWED_MS + 2_000)
    room.end_time()

    assert became(room.answer(attempt=attempt)) == ("quarantined", "time_is_up")


def test_after_the_candidates_own_end_answers_are_kept_too(room):
    attempt = room.state().presented.attempt
    room.end()

    assert became(room.answer(attempt=attempt)) == ("quarantined", "closed")


# ---- the outbox comes before the Reconnect
def test_an_answer_of_the_outbox_reconnects_first(room):
    attempt = room.state().presented.attempt
    room.lose(ms=20_000)

    handled = room.answer(attempt=attempt)

    assert room.kinds(handled) == ["ConnectionRestored", "Resumed", "AnswerRecorded", "ItemPresented"]
    assert remaining_ms(handled.state, room.clock.now) == ALLOWED_MS


def test_such_an_answer_charges_what_its_item_was_visible_beyond_what_is_charged(room):
    room.clock.wait(5_000)
    room.lose(ms=20_000)

    handled = room.answer(visible_ms=9_000)

    assert handled.recorded[0].event.charged_ms == 4_000
    assert remaining_ms(handled.state, room.clock.now) == ALLOWED_MS - 9_000


def test_an_item_visible_for_less_than_was_charged_charges_nothing_more(room):
    room.clock.wait(5_000)
    room.lose(ms=20_000)

    assert room.answer(visible_ms=3_000).recorded[0].event.charged_ms == 0


def test_an_unusable_answer_does_not_reconnect(room):
    room.lose()

    assert became(room.answer(attempt="other")) == ("quarantined", "unknown_attempt")
    assert room.state().loss is not None


def test_an_outbox_answer_past_the_limit_counts_and_the_next_item_waits(room):
    room.lose(ms=11 * 60_000)

    handled = room.answer()

    assert became(handled) == ("recorded", None)
    assert handled.state.lifecycle is Lifecycle.SUSPENDED
    assert handled.state.presented is None
    assert room.kinds(room.lift("review")) == ["HoldLifted", "Resumed", "ItemPresented"]


def test_an_answer_confirmed_before_a_pause_counts_and_the_next_item_waits(room):
    room.place("paused")

    handled = room.answer()

    assert room.kinds(handled) == ["AnswerRecorded"]
    assert room.kinds(room.lift("paused")) == ["HoldLifted", "Resumed", "ItemPresented"]


# ---- the test itself
def test_the_engine_ends_the_test_and_every_outcome_is_decided_before_the_close(room):
    while not room.state().closed:
        handled = room.answer(response=(str(room.state().presented.choices.index("A") + 1),))

    kinds = room.kinds(handled)
    assert kinds == ["AnswerRecorded", "OutcomeDecided", "OutcomeDecided", "SittingSubmitted"]
    final = engine.next_step(room.exam.plan, adaptive.responses(handled.state), engine.SeededDraw(secret=b"any"))
    assert handled.state.end_reason == final.reason
    assert [one.outcome for one in handled.state.decisions] == ["X.0", "X.1"]
    assert {one.decision for one in handled.state.decisions} == {"met"}


def test_the_same_secret_and_answers_give_the_same_items_on_another_worker(room):
    other = Room().running()
    for response in ("1", "2", "3", "1"):
        room.answer(response=(response,))
        other.answer(response=(response,))

    assert room.state().presented.item == other.state().presented.item
    assert room.state().presented.attempt == other.state().presented.attempt
    assert room.state().responses == other.state().responses


def test_finished_areas_are_told_at_every_fifth_item_only():
    room = Room(outcomes=3, items=8, least=1, most=7).running()
    told = []
    while not room.state().closed:
        told.append(room.state().areas_done)
        presented = room.state().presented
        sure = presented.item.startswith("O0") or presented.position % 2
        room.answer(response=(str(presented.choices.index("A" if sure else "B") + 1),))

    changes = [place for place in range(1, len(told)) if told[place] != told[place - 1]]
    assert len(told) > 10
    assert changes
    assert all(place % 5 == 0 for place in changes)
    assert told == sorted(told)

"""The table of transitions, and events that do not follow from one another."""

from dataclasses import replace
from pathlib import Path

import pytest
from room import SITTING, Room
from test_sitting_codec import sample_event

from proctor import events as e
from proctor import fold as folding
from proctor.errors import BrokenLog
from proctor.fold import NEW, evolve, fold
from proctor.ids import CANDIDATE, SERVER
from proctor.state import CLOSED, Hold, Lifecycle
from proctor.transitions import TRANSITIONS, render

BY = {"cause": "c", "actor": SERVER}


def test_the_documented_table_is_the_one_the_program_obeys():
    text = (Path(__file__).parents[2] / "docs" / "sitting.md").read_text(encoding="utf-8")

    assert render() in text


@pytest.mark.parametrize("lifecycle", Lifecycle)
def test_what_is_not_in_the_table_cannot_happen(lifecycle):
    state = replace(Room().running().state(), lifecycle=lifecycle)
    for kind in e.EVENTS:
        if (lifecycle, kind) not in TRANSITIONS:
            with pytest.raises(BrokenLog, match=f"seq {state.version + 1}: {kind.__name__} while {lifecycle}"):
                evolve(state, replace(sample_event(kind), at=state.last_at))


def test_every_event_is_legal_somewhere_and_only_a_supervisor_opens_a_closed_sitting():
    assert {kind for _, kind in TRANSITIONS} == set(e.EVENTS)
    leaving = {kind for (source, kind), target in TRANSITIONS.items() if source in CLOSED and target is not source}
    assert leaving == {e.SittingReopened}


def test_an_event_the_fold_does_not_know_is_an_error():
    with pytest.raises(NotImplementedError, match="Event"):
        folding._apply(e.Event(at=0, **BY), NEW)


def broken(state, event, reason):
    with pytest.raises(BrokenLog, match=reason):
        evolve(state, event)


def test_an_instant_never_goes_back():
    state = Room().registered().state()

    broken(state, e.HandLowered(at=state.last_at, **BY), "while registered")
    broken(state, e.SittingCancelled(at=state.last_at - 1, reason="no_show", **BY), "instant before")


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        (e.SeatCodeIssued, {"epoch": 3}, "not the next"),
        (e.LeaseGranted, {"epoch": 1}, "not due"),
        (e.LeaseGranted, {"epoch": 3}, "not due"),
        (e.ItemPresented, {"position": 1}, "not due"),
        (e.AnswerRecorded, {"attempt": "other"}, "not presented"),
        (e.AnswerRecorded, {"item": "other"}, "not presented"),
        (e.HoldPlaced, {"hold": "lunch", "charged_ms": 0}, "nobody knows"),
        (e.HoldPlaced, {"hold": "paused", "charged_ms": 1_000_000}, "than the clock ran"),
        (e.HoldPlaced, {"hold": "paused", "charged_ms": -1}, "than the clock ran"),
        (e.ConnectionLost, {"effective_ms": 10**15}, "outside the time"),
        (e.SittingTimedOut, {"charged_ms": 10**12}, "than the clock ran"),
    ],
)
def test_a_running_sitting_does_not_take_what_contradicts_it(kind, change, reason):
    room = Room().running()
    presented = room.state().presented
    event = replace(sample_event(kind), at=room.state().last_at)
    names = {"attempt": presented.attempt, "item": presented.item}
    known = {name: value for name, value in names.items() if hasattr(event, name)}

    broken(room.state(), replace(event, **{**known, **change}), reason)


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        (e.HoldPlaced, {"hold": "paused", "charged_ms": 0}, "placed twice"),
        (e.HoldPlaced, {"hold": "break", "charged_ms": 1}, "while the clock stood"),
        (e.HoldLifted, {"hold": "break"}, "not placed"),
        (e.Resumed, {}, "while a hold stands"),
        (e.ConnectionRestored, {}, "does not fit its loss"),
        (e.TimeCharged, {"charged_ms": 1}, "under review"),
        (e.TimeCharged, {"charged_ms": -1}, "under review"),
    ],
)
def test_a_standing_sitting_does_not_take_what_contradicts_it(kind, change, reason):
    room = Room().running()
    room.place("paused")

    broken(room.state(), replace(sample_event(kind), at=room.state().last_at, **change), reason)


def test_a_gap_is_charged_at_most_once_over():
    room = Room().running()
    room.lose(ms=10_000)
    event = e.ConnectionRestored(at=room.clock.now, epoch=1, gap_ms=10_000, charged_ms=10_001, **BY)

    broken(room.state(), event, "more charged than the gap")
    broken(room.state(), replace(event, gap_ms=9_999, charged_ms=0), "does not fit its loss")


def test_no_attempt_answer_outcome_or_incident_comes_twice():
    room = Room().running()
    answered = next(row.event for row in room.answer(answer_id="a1").recorded if row.type == "AnswerRecorded")
    state = room.state()
    again = replace(answered, at=state.last_at, attempt=state.presented.attempt, item=state.presented.item)
    presented = replace(sample_event(e.ItemPresented), at=state.last_at, position=2, attempt=answered.attempt)
    drafted = replace(sample_event(e.IncidentDrafted), at=state.last_at)
    decided = replace(sample_event(e.OutcomeDecided), at=state.last_at)

    broken(state, again, "two outcomes")
    broken(replace(state, presented=None), presented, "presented twice")
    broken(evolve(state, drafted), drafted, "drafted twice")
    broken(evolve(state, decided), decided, "decided twice")
    broken(state, replace(sample_event(e.IncidentClosed), at=state.last_at), "unknown incident")


def test_closing_one_incident_leaves_the_others_alone():
    room = Room().running()
    state = room.state()
    for name in ("i1", "i2"):
        state = evolve(state, replace(sample_event(e.IncidentDrafted), at=state.last_at, incident=name, ended_ms=0))
    closed = evolve(state, replace(sample_event(e.IncidentClosed), at=state.last_at, incident="i2", action="done"))

    assert [one.action for one in closed.incidents] == [None, "done"]


def test_placing_holds_commutes():
    def placed(order):
        room = Room().running()
        for hold in order:
            room.place(hold)
        return room.state().holds

    assert placed(["break", "paused", "locked"]) == placed(["locked", "break", "paused"])
    assert set(placed(["break", "paused"])) == {Hold.BREAK, Hold.PAUSED}


def test_the_sitting_folds_to_the_same_state_from_its_stored_events():
    room = Room().running()
    room.answer()
    room.lose()
    room.answer()

    assert fold(row.event for row in room.log.read(SITTING)) == room.state()


def test_a_quarantined_answer_is_no_sign_of_the_lease_holder():
    room = Room().running()
    heard = room.state().heard_ms
    room.clock.wait(1_000)
    room.answer(attempt="other")

    assert room.state().heard_ms == heard
    assert room.log.read(SITTING)[-1].event.actor == CANDIDATE


def test_the_first_event_books_the_sitting():
    broken(NEW, sample_event(e.CheckedIn), "CheckedIn while unregistered")

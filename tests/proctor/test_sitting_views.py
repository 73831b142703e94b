"""What the candidate, the operator and the protocol get to see."""

import dataclasses
import json
import re

import pytest
from room import ALLOWED_MS, OPERATOR, SITTING, START_OF_DAY, Room

from proctor import attention, candidate_view, permitted, protocol, responses, roster, timeline
from proctor import commands as c
from proctor.codec import canonical
from proctor.delivery import Delivery
from proctor.events import EVENTS
from proctor.link import Link, Presence, of
from proctor.state import Hold

ACTIONS = {
    "check_in", "authorise", "pause", "resume", "add_time", "new_seat_code", "terminate", "acknowledge", "answer_hand",
    "report_incident", "close_incident", "reopen", "message",
}  # fmt: skip


def view(room):
    return candidate_view.view(room.state(), room.clock.now, room.exam)


def row(room, presence=None):
    return roster.row(room.state(), presence, room.clock.now, room.exam)


# ---- the candidate
def test_the_phase_follows_the_road():
    room = Room()
    phases = [view(room).phase]
    for step in (room.registered, room.check_in, lambda: (room.seat_code(), room.open_lease(code_epoch=1)),
                 room.browser, room.identity, room.authorise, room.start, room.place, room.end):  # fmt: skip
        step()
        phases.append(view(room).phase)

    assert phases == [
        "see_operator", "see_operator", "check", "check", "identity",
        "waiting", "briefing", "item", "covered", "finished",
    ]  # fmt: skip


def test_the_item_is_there_only_while_it_may_be_read():
    room = Room().running()
    assert view(room).shown.attempt == room.state().presented.attempt
    room.place()

    assert view(room).shown is None
    assert view(room).cover.reasons == ("paused",)


def test_between_two_items_a_covered_view_still_counts():
    room = Room().running()
    room.place()
    room.answer()

    assert view(room).progress.number == 1


def test_the_receipt_says_what_is_stored():
    room = Room().running()
    room.answer()
    room.end()

    receipt = view(room).receipt
    assert (receipt.answered, receipt.reason, receipt.ended_at) == (1, "candidate", room.clock.now)
    assert re.fullmatch(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", candidate_view.receipt_code(room.desk.head(SITTING)))


def test_a_cancelled_sitting_is_finished_for_the_candidate():
    room = Room().registered()
    room.send(c.Cancel, actor=OPERATOR, reason="no_show")

    assert view(room).phase == "finished"


def test_the_count_of_areas_can_be_hidden():
    room = Room(delivery=Delivery(show_progress=False)).running()

    assert view(room).progress.areas_done is None


def test_an_item_lost_between_states_is_not_shown():
    room = Room().running()
    state = dataclasses.replace(room.state(), presented=None)

    assert candidate_view.view(state, room.clock.now, room.exam).shown is None


FORBIDDEN = re.compile(r"outcome|criterion|criteria|theta|mastery|score|key|difficulty|item|X\.\d|@1|\"A\"", re.I)


def test_a_candidates_view_names_no_outcome_item_theta_or_key():
    room = Room()
    seen = []
    room.running()
    while not room.state().closed:
        seen.append(json.dumps(dataclasses.asdict(view(room))).replace('"phase": "item"', ""))
        room.answer(response=("1",))
    seen.append(json.dumps(dataclasses.asdict(view(room))))

    assert len(seen) > 4
    assert [text for text in seen if FORBIDDEN.search(text)] == []


# ---- the operator
def test_a_row_tells_how_far_and_how_connected():
    room = Room().running()
    room.answer()
    room.clock.wait(3_000)
    presence = Presence(last_seen_ms=room.clock.now - 1_000, epoch=1, outbox_depth=2)

    shown = row(room, presence)

    assert (shown.item_number, shown.item_maximum, shown.areas_total) == (2, 8, 2)
    assert (shown.link, shown.outbox_depth, shown.remaining_ms) == (Link.ONLINE, 2, ALLOWED_MS - 3_000)
    assert shown.can.keys() == ACTIONS
    assert [action for action, why in shown.can.items() if why is None] == [
        "pause", "add_time", "new_seat_code", "terminate", "message", "report_incident",
    ]  # fmt: skip


def test_the_presence_of_an_older_lease_says_nothing():
    room = Room().running()
    room.clock.wait(60_000)
    old = Presence(last_seen_ms=room.clock.now, epoch=9, outbox_depth=3)

    assert row(room, old).link is Link.OFFLINE
    assert row(room, old).outbox_depth is None


def test_a_sitting_without_a_lease_was_never_heard():
    assert row(Room().registered()).link is Link.NEVER
    assert row(Room().registered()).last_seen is None


def test_a_cancelled_row_has_no_end_of_a_test():
    room = Room().registered()
    room.send(c.Cancel, actor=OPERATOR, reason="no_show")

    assert row(room).end_reason is None


@pytest.mark.parametrize(
    ("silence", "link"),
    [(0, "online"), (5_000, "online"), (5_001, "unstable"), (8_000, "unstable"), (8_001, "offline")],
)
def test_the_link_follows_the_silence(silence, link):
    assert of(1_000_000 - silence, 1_000_000, Delivery()) == link
    assert of(None, 1_000_000, Delivery()) is Link.NEVER


def test_what_the_console_offers_is_what_the_rules_allow():
    """Every action that is greyed out is refused with the same code, the others go through."""
    acts = {
        "check_in": Room.check_in, "authorise": Room.authorise, "pause": Room.place, "add_time": lambda r: r.grant(1),
        "new_seat_code": Room.seat_code, "terminate": Room.terminate, "resume": Room.lift,
        "answer_hand": lambda r: r.send(c.AnswerHand, actor=OPERATOR), "reopen": Room.reopen,
        "report_incident": Room.report_incident, "close_incident": Room.close_incident,
        "message": Room.message,
    }  # fmt: skip
    stages = [
        Room.registered,
        Room.checked_in,
        Room.leased,
        Room.awaiting,
        Room.authorised,
        Room.running,
        paused,
        ended,
    ]
    for stage in stages:
        for action, act in acts.items():
            room = Room()
            stage(room)
            why = row(room).can[action]
            assert act(room).refused == why, (stage, action)


def paused(room):
    room.running()
    room.place()


def ended(room):
    room.running()
    room.end()


def test_who_cannot_be_resumed_by_hand_is_greyed_out():
    room = Room().running()
    room.lose()

    assert permitted.resume(room.state()) == "hold_absent"


def test_the_attention_queue_puts_the_worst_first_and_forgets_what_was_acknowledged():
    room = Room().running()
    room.send(c.RaiseHand, tenure=room.tenure(), category="item")
    room.send(c.ReportSignal, tenure=room.tenure(), kind="second_tab", duration_ms=0)
    room.lose()
    kinds = [entry.kind for entry in row(room).attention]
    assert kinds == ["connection_lost", "hand", "signals"]

    for entry in row(room).attention:
        assert room.send(c.Acknowledge, actor=OPERATOR, subject=entry.subject, note=None).refused is None
    assert row(room).attention == ()
    again = room.send(c.Acknowledge, actor=OPERATOR, subject="hand:1", note=None)
    assert again.refused == "nothing_to_acknowledge"


def test_a_new_occurrence_comes_back_after_an_acknowledgement():
    room = Room().running()
    for _ in range(2):
        room.clock.wait(10)
        room.send(c.ReportSignal, tenure=room.tenure(), kind="second_tab", duration_ms=0)
        (entry,) = row(room).attention
        room.send(c.Acknowledge, actor=OPERATOR, subject=entry.subject, note=None)

    assert row(room).attention == ()


def test_waiting_failed_checks_quarantine_review_and_little_time_are_in_the_queue():
    room = Room().leased()
    room.browser(failed=("websocket", "screen"))
    room.identity()
    assert [(one.kind, one.number) for one in row(room).attention] == [("check_failed", 2), ("waiting", 0)]
    room.authorise()
    room.start()
    room.answer(attempt="other")
    room.lose(ms=11 * 60_000)
    room.reconnect(uncovered_ms=11 * 60_000)
    room.grant(60_000)
    kinds = [one.kind for one in row(room).attention]
    assert kinds == ["check_failed", "quarantine", "review"]

    room.lift("review")
    room.clock.wait(16 * 60_000)
    low = row(room).attention[-1]
    assert (low.kind, low.number) == ("time_low", 4 * 60_000)
    assert low.since == room.clock.now - 60_000


def test_a_closed_sitting_still_shows_its_quarantine():
    room = Room().running()
    room.answer(attempt="other")
    room.end()

    assert [one.kind for one in attention.entries(room.state(), room.clock.now, room.exam.delivery)] == ["quarantine"]


# ---- the timeline and the protocol
def lively():
    """A sitting in which much happens."""
    room = Room().running()
    room.clock.wait(10_000)
    room.answer()
    room.answer(attempt="other")
    room.place("paused", reason="fire_alarm")
    room.clock.wait(60_000)
    room.lift("paused")
    room.lose(ms=40_000)
    room.reconnect(uncovered_ms=8_000)
    room.grant(60_000)
    room.answer(response=None)
    room.send(c.ReportSignal, tenure=room.tenure(), kind="blur", duration_ms=10)
    room.lose(ms=20_000)
    room.terminate()
    return room


def test_every_event_has_its_line_in_the_timeline():
    assert set(timeline.TOLD) == set(EVENTS)


def test_the_timeline_tells_no_theta_no_score_and_no_item():
    told = timeline.entries(lively().log.read(SITTING))

    assert [entry.seq for entry in told] == list(range(1, len(told) + 1))
    text = canonical([dict(entry.facts) for entry in told]).decode()
    assert not re.search(r"theta|score|@1|X\.\d|mastery|criterion", text)
    assert {entry.note for entry in told} == {None, "note-commitment"}


def test_failed_checks_are_told_as_words():
    room = Room().leased()
    room.browser(failed=("storage", "screen"))

    assert timeline.entries(room.log.read(SITTING))[-1].facts["failed"] == "storage screen"


def test_the_protocol_holds_times_gaps_stops_grants_and_who_acted():
    room = lively()

    found = protocol.facts(room.log.read(SITTING))

    assert found.started_at == START_OF_DAY
    assert found.used_ms == 10_000 + 8_000
    assert [(gap.ended_ms is None, gap.charged_ms) for gap in found.gaps] == [(False, 8_000), (True, 0)]
    assert [(stop.hold, stop.reason, stop.lifted_by) for stop in found.stops] == [("paused", "fire_alarm", OPERATOR)]
    assert [grant.granted_ms for grant in found.grants] == [60_000]
    assert (found.answered, found.omitted, found.quarantined) == (2, 1, 1)
    assert [one.score for one in found.items][-1] is None
    assert sum(count for _, count in found.criteria) == 2
    assert found.operators == (OPERATOR,)
    assert found.terminated_reason == "misconduct"
    assert [one.category for one in found.incidents] == ["connection", "termination"]
    assert (found.events, found.head) == (room.state().version, room.desk.head(SITTING))
    assert len(found.decisions) == 2


def test_a_hold_that_stood_at_the_close_has_no_end():
    room = Room().running()
    room.place()
    room.end()

    (stop,) = protocol.facts(room.log.read(SITTING)).stops
    assert (stop.hold, stop.ended_ms, stop.lifted_by) == (Hold.PAUSED, None, None)


def test_a_sitting_without_events_has_no_facts():
    with pytest.raises(ValueError, match="without events"):
        protocol.facts(())


def test_the_matrix_holds_what_was_answered_and_masks_the_rest():
    room = Room()
    for sitting in ("s1", "s2"):
        room.running(sitting)
        for _ in range(3):
            room.answer(sitting, response=(str(room.state(sitting).presented.choices.index("A") + 1),))
    logs = [room.log.read(sitting) for sitting in ("s1", "s2")]

    table = responses.matrix(logs, items=room.exam.plan.pool.items)
    long = responses.rows(logs)

    assert table.persons == ("person of s1", "person of s2")
    assert table.presented.sum(axis=1).tolist() == [3, 3]
    assert table.scores.sum() == 6
    assert len(long) == 6
    assert responses.matrix(logs).items == tuple(sorted({one.item for one in long}))
    assert [one.position for one in long] == [1, 2, 3, 1, 2, 3]

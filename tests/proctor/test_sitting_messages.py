"""What the operator tells a candidate: it waits until it is read, comes back with receipts, and moves nothing."""

from dataclasses import replace

import pytest
from room import NOTE, OPERATOR, SITTING, Room

from proctor import candidate_view, messaging, protocol, roster, timeline
from proctor import commands as c
from proctor.clock import charged_ms, remaining_ms
from proctor.errors import BrokenLog
from proctor.events import MessageRead, MessageShown
from proctor.fold import evolve
from proctor.ids import CANDIDATE, Commitment


def view(room):
    return candidate_view.view(room.state(), room.clock.now, room.exam)


def unread(room):
    return [one.message for one in view(room).messages]


def row(room):
    return roster.row(room.state(), None, room.clock.now, room.exam)


def test_a_message_is_in_the_view_until_it_is_read_and_its_receipts_have_their_instants():
    room = Room().running()
    sent = room.clock.now
    assert room.kinds(room.message(template="free", text=NOTE)) == ["MessageSent"]
    (there,) = view(room).messages
    assert (there.template, there.text, there.sender, there.sent_at) == ("free", NOTE, OPERATOR, sent)
    room.clock.wait(400)
    assert room.kinds(room.shown()) == ["MessageShown"]
    assert unread(room) == ["message-1"]
    room.clock.wait(5_000)
    assert room.kinds(room.read()) == ["MessageRead"]
    assert unread(room) == []
    (done,) = room.state().messages
    assert (done.shown_at, done.read_at) == (sent + 400, sent + 5_400)


def test_messages_wait_in_their_order_and_each_is_read_by_its_name():
    room = Room().running()
    room.message(template="operator_comes")
    room.message(template="keep_silence")
    room.read("message-2")

    assert unread(room) == ["message-1"]
    assert (row(room).unread, row(room).message.message) == (1, "message-2")


@pytest.mark.parametrize(
    "stage", [Room.checked_in, Room.leased, Room.awaiting, Room.authorised, Room.running], ids=lambda one: one.__name__
)
def test_whoever_is_at_a_station_can_be_told_something(stage):
    room = Room()
    stage(room)

    assert room.message().refused is None
    assert unread(room) == ["message-1"]


@pytest.mark.parametrize(("stage", "code"), [("registered", "see_operator"), ("ended", "closed")])
def test_who_has_not_come_or_is_done_cannot(stage, code):
    room = Room().registered() if stage == "registered" else Room().running()
    if stage == "ended":
        room.end()

    handled = room.message()
    assert (handled.refused, handled.recorded) == (code, ())
    assert row(room).can["message"] == code


def test_a_message_survives_a_lost_connection_a_new_station_and_a_new_lease():
    room = Room().running()
    room.lose()
    room.message()
    room.seat_code(reason="moved")
    room.open_lease(device=Commitment("device-b"), tab=Commitment("tab-b"), code_epoch=room.state().epoch)
    room.reconnect()

    assert unread(room) == ["message-1"]
    assert room.read().refused is None


def test_receipts_repeated_or_out_of_order_change_nothing_more():
    room = Room().running()
    room.message()
    assert room.read().refused is None
    for again in (room.read(), room.shown()):
        assert (again.refused, again.recorded) == (None, ())
    (done,) = room.state().messages
    assert done.shown_at == done.read_at


def test_the_same_wish_sends_one_message():
    room = Room().running()
    for _ in range(2):
        room.send(c.SendMessage, command_id="once", actor=OPERATOR, template="keep_silence", text=None)

    assert unread(room) == ["message-1"]


def test_only_the_lease_holder_gives_receipts_and_only_for_what_was_sent():
    room = Room().running()
    old = room.tenure()
    room.message()
    room.open_lease()
    assert room.shown(tenure=old).refused == "old_lease"
    assert room.read(tenure=old).refused == "old_lease"
    assert room.read("message-2").refused == "unknown_message"
    room.end()
    assert room.read().refused == "closed"


def test_a_test_reopened_shows_what_was_not_read_at_its_end():
    room = Room().running()
    room.message()
    room.end()
    assert unread(room) == []
    room.reopen()

    assert unread(room) == ["message-1"]


@pytest.mark.parametrize(
    ("template", "text", "code"),
    [
        ("free", None, "text_missing"),
        ("keep_silence", NOTE, "wrong_message"),
        ("hello", None, "wrong_message"),
        ("", None, "wrong_message"),
    ],
)
def test_a_message_is_a_known_template_or_has_a_text(template, text, code):
    assert Room().running().message(template=template, text=text).refused == code


@pytest.mark.parametrize("stands", [False, True])
def test_neither_clock_nor_item_nor_hold_is_touched(stands):
    room = Room().running()
    if stands:
        room.place()
    room.clock.wait(7_000)
    before, now = room.state(), room.clock.now
    room.message()
    room.shown()
    after = room.read().state

    assert (charged_ms(after, now), remaining_ms(after, now)) == (charged_ms(before, now), remaining_ms(before, now))
    assert (after.presented, after.held, after.running_since) == (before.presented, before.held, before.running_since)


def test_every_template_goes_through():
    room = Room().running()
    for template in messaging.TEMPLATES:
        assert room.message(template=template, text=NOTE if template == "free" else None).refused is None

    assert len(unread(room)) == len(messaging.TEMPLATES)


@pytest.mark.parametrize(
    "event",
    [
        MessageShown(at=9, cause="x", actor=CANDIDATE, message="message-1"),
        MessageRead(at=9, cause="x", actor=CANDIDATE, message="message-2"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_log_with_a_receipt_that_is_not_due_is_broken(event):
    room = Room().running()
    room.message()
    room.shown()

    with pytest.raises(BrokenLog, match="receipt"):
        evolve(room.state(), replace(event, at=room.clock.now))


def test_a_log_with_the_same_message_twice_is_broken():
    room = Room().running()
    (sent,) = room.message().recorded

    with pytest.raises(BrokenLog, match="twice"):
        evolve(room.state(), sent.event)


def test_timeline_and_protocol_have_the_message_with_its_receipts():
    room = Room().running()
    room.message(template="free", text=NOTE)
    room.clock.wait(1_000)
    room.read()
    told = [(one.kind, dict(one.facts), one.note) for one in timeline.entries(room.log.read(SITTING))[-2:]]
    assert told == [
        ("MessageSent", {"message": "message-1", "template": "free"}, NOTE),
        ("MessageRead", {"message": "message-1"}, None),
    ]
    (kept,) = protocol.facts(room.log.read(SITTING)).messages
    assert (kept.sender, kept.text, kept.read_at - kept.sent_at) == (OPERATOR, NOTE, 1_000)

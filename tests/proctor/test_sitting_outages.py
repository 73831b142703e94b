"""A room that loses its connection has one incident, in every log under the same name."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room import OPERATOR, SESSION, START_OF_DAY, Room

from proctor import attention, incidents, outages, sweep
from proctor.commands import Acknowledge
from proctor.delivery import Delivery
from proctor.ids import SittingId
from proctor.link import Presence
from proctor.state import Incident, Lifecycle, Loss, SittingState

DELIVERY = Delivery()
AT = START_OF_DAY


def lost(name, seconds, incident=None):
    """A sitting lost so many seconds after the start; `incident` is the outage it is written under."""
    at = AT + round(seconds * 1000)
    part = Incident(incident=incident or "", category="outage", began_ms=at, ended_ms=0, action=None)
    return replace(
        SittingState(),
        sitting=SittingId(name),
        lifecycle=Lifecycle.SUSPENDED,
        loss=Loss(effective_ms=at, clock_ran=True, incident=incident),
        incidents=(part,) if incident else (),
    )


def named(*states, **delivery):
    return outages.named(states, replace(DELIVERY, **delivery))


@pytest.fixture
def room():
    """Five tests under way and one that only waits, a sweep by hand."""
    made = Room()
    made.sittings = [SittingId(f"s{n}") for n in range(5)]
    for sitting in made.sittings:
        made.running(sitting)
    made.awaiting(SittingId("s9"))
    return made


def swept(room):
    _, states = room.desk.states(SESSION)
    for sitting, command in sweep.due(states, {}, room.clock.now, room.exam.delivery):
        assert room.desk.handle(sitting, command).refused is None
    return room.desk.states(SESSION)[1]


def queue(room, sitting):
    return [
        (one.kind, one.subject) for one in attention.entries(room.state(sitting), room.clock.now, room.exam.delivery)
    ]


def test_four_losses_at_once_are_an_outage_named_after_the_first_and_three_are_not():
    three = [lost("a", 0), lost("b", 6), lost("c", 12)]
    assert named(*three) == {}
    assert named(*three, lost("d", 15)) == dict.fromkeys("abcd", f"outage-{AT}")
    assert named(*three, lost("d", 15.001)) == {}, "after fifteen seconds begins something else"
    assert set(named(*three, outage_sittings=3)) == set("abc")


def test_who_is_lost_soon_after_belongs_to_the_outage_that_is_written_already():
    written = [lost(one, n, "outage-1") for n, one in enumerate("abcd")]
    assert named(*written, lost("e", 15)) == {"e": "outage-1"}
    assert named(*written, lost("e", 16)) == {}
    assert named(*written) == {}


@given(
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from([None, "outage-1", "outage-2"])), max_size=9),
    st.randoms(use_true_random=False),
)
def test_names_do_not_depend_on_the_order_of_the_sittings(losses, random):
    states = [lost(f"s{n}", at, incident) for n, (at, incident) in enumerate(losses)]
    mixed = random.sample(states, len(states))
    found = named(*states)
    assert named(*mixed) == found
    open_ones = {state.sitting for state in states if state.loss.incident is None}
    assert set(found) <= open_ones
    for name in set(found.values()) - {"outage-1", "outage-2"}:
        assert sum(one == name for one in found.values()) >= DELIVERY.outage_sittings


def test_an_outage_is_one_incident_in_every_log_it_strikes_and_in_no_other(room):
    room.clock.wait(9_000)
    swept(room)
    room.clock.wait(22_000)
    states = swept(room)
    struck = [states[one].incidents for one in room.sittings]
    assert {(one.incident, one.category) for parts in struck for one in parts} == {(f"outage-{AT}", "outage")}
    assert states["s9"].incidents == ()
    assert {tuple(queue(room, one)) for one in room.sittings} == {(("outage", f"outage:outage-{AT}"),)}
    assert swept(room) == states, "sweeping again drafts nothing twice"


@pytest.mark.parametrize(("apart_ms", "outages_found"), [(0, 1), (5_000, 1), (6_000, 0)])
def test_losses_one_after_the_other_are_an_outage_as_far_as_the_window_reaches(room, apart_ms, outages_found):
    heard = {sitting: room.clock.now + apart_ms * n for n, sitting in enumerate(room.sittings)}
    for _ in range(60):
        room.clock.wait(1_000)
        _, states = room.desk.states(SESSION)
        seen = {
            one: Presence(last_seen_ms=min(heard[one], room.clock.now), epoch=states[one].epoch)
            for one in room.sittings
        }
        for sitting, command in sweep.due(states, seen, room.clock.now, room.exam.delivery):
            room.desk.handle(sitting, command)
    states = room.desk.states(SESSION)[1]
    assert len(outages.of_room(states.values())) == outages_found
    assert {len(states[one].incidents) for one in room.sittings} == {1}


def test_a_return_ends_the_part_of_a_sitting_and_a_person_settles_it(room):
    room.clock.wait(9_000)
    swept(room)
    room.clock.wait(22_000)
    swept(room)
    name = f"outage-{AT}"
    back, *away = room.sittings
    room.reconnect(back)
    (outage,) = outages.of_room(room.desk.states(SESSION)[1].values())
    assert (outage.incident, outage.began_ms, outage.ended_ms, len(outage.sittings)) == (name, AT, None, 5)
    assert queue(room, back) == [("after_outage", f"after_outage:{name}")]
    room.clock.wait(5_000)
    for sitting in away:
        room.reconnect(sitting)
    for sitting in room.sittings:
        assert room.close_incident(sitting, incident=name, action="restarted").refused is None
        assert queue(room, sitting) == []
    (outage,) = outages.of_room(room.desk.states(SESSION)[1].values())
    assert (outage.ended_ms, outage.actions, outage.waiting) == (room.clock.now, ("restarted",), 0)


def test_an_outage_that_ends_the_test_is_over_with_it(room):
    room.clock.wait(9_000)
    swept(room)
    room.clock.wait(22_000)
    swept(room)
    for sitting in room.sittings:
        room.terminate(sitting)
    (outage,) = outages.of_room(room.desk.states(SESSION)[1].values())
    assert (outage.ended_ms, outage.waiting) == (room.clock.now, 5)


def test_who_accepted_the_loss_is_not_asked_again_when_it_becomes_an_outage(room):
    room.clock.wait(9_000)
    swept(room)
    first = room.sittings[0]
    (loss,) = attention.entries(room.state(first), room.clock.now, room.exam.delivery)
    room.send(Acknowledge, first, actor=OPERATOR, subject=loss.subject, note=None)
    room.clock.wait(22_000)
    swept(room)
    assert queue(room, first) == []
    assert queue(room, room.sittings[1])[0][0] == "outage"


def test_two_outages_of_one_sitting_are_two_incidents(room):
    for wait in (9_000, 22_000):
        room.clock.wait(wait)
        swept(room)
    for sitting in room.sittings:
        room.reconnect(sitting)
    for wait in (9_000, 22_000):
        room.clock.wait(wait)
        swept(room)
    found = outages.of_room(room.desk.states(SESSION)[1].values())
    assert [len(one.sittings) for one in found] == [5, 5]
    assert [one.incident for one in room.state(room.sittings[0]).incidents] == [one.incident for one in found]


def test_a_return_says_nothing_of_what_was_done_about_an_outage():
    part = Incident(incident="outage-1", category="outage", began_ms=1, ended_ms=2, action=incidents.RESTORED)
    assert not incidents.answered(part)
    assert incidents.answered(replace(part, category="connection"))
    assert incidents.answered(replace(part, action="reported"))

"""The desk: races between workers, repetitions, announcements, following an exam session; and the sweep."""

import threading

import pytest
from room import ALLOWED_MS, OPERATOR, SESSION, SITTING, Room, mark

from proctor import commands as c
from proctor import decide as deciding
from proctor import sweep
from proctor.delivery import Delivery
from proctor.desk import ATTEMPTS
from proctor.errors import LogConflict, Refused
from proctor.exam import Context
from proctor.fold import NEW
from proctor.ids import Commitment
from proctor.link import Presence
from proctor.state import Lifecycle


class Contested:
    """A log where other workers, who use the log beneath it, get in first."""

    def __init__(self, log):
        self.log, self.rivals = log, []

    def __getattr__(self, name):
        return getattr(self.log, name)

    def append(self, sitting, expected_version, events):
        if self.rivals:
            self.rivals.pop()()
        return self.log.append(sitting, expected_version, events)


def test_every_command_has_its_rule():
    kinds = {kind for kind in vars(c).values() if isinstance(kind, type) and issubclass(kind, c.Command)}

    assert set(deciding.RULES) == kinds - {c.Command}


def test_a_command_on_nothing_is_refused_by_the_rules_themselves():
    context = Context(now=1, exam=Room().exam, secret=b"s")

    with pytest.raises(Refused, match="not_registered"):
        deciding.decide(NEW, c.Authorise(command_id="c", actor=OPERATOR), context)


def test_a_repeated_command_gives_the_first_outcome_and_is_announced_once():
    room = Room().running()
    first = room.send(c.PlaceHold, command_id="twice", actor=OPERATOR, hold="paused", reason="r", note=None)
    announced = len(room.announced)
    second = room.send(c.PlaceHold, command_id="twice", actor=OPERATOR, hold="paused", reason="r", note=None)

    assert second.recorded == first.recorded
    assert (first.repeated, second.repeated) == (False, True)
    assert len(room.announced) == announced


def test_a_refusal_writes_and_announces_nothing():
    room = Room().running()
    before = (room.state(), len(room.announced))

    assert room.lift().refused == "not_suspended"
    assert (room.state(), len(room.announced)) == before


def test_who_lost_the_race_decides_again():
    room = Room().running()
    contested = Contested(room.log)
    attempt = room.state().presented.attempt
    contested.rivals = [lambda: room.answer(answer_id="rival")]

    handled = room.answer(answer_id="mine", attempt=attempt, desk=room.another_desk(contested))

    assert handled.answer.reason == "already_answered"
    assert len(handled.state.responses) == 1


def test_a_race_that_is_never_won_ends_in_a_conflict():
    room = Room().running()
    contested = Contested(room.log)

    def call(category):
        return lambda: room.send(c.RaiseHand, tenure=room.tenure(), category=category)

    contested.rivals = [call(f"number {number}") for number in range(2 * ATTEMPTS)]
    mine = room.another_desk(contested)

    with pytest.raises(LogConflict):
        room.send(c.PlaceHold, actor=OPERATOR, hold="paused", reason="r", note=None, desk=mine)
    assert len(contested.rivals) == ATTEMPTS


def test_two_workers_never_record_one_attempt_twice():
    room = Room().running()
    desks = [room.another_desk() for _ in range(4)]
    attempt = room.state().presented.attempt
    tenure = room.tenure()
    results = []

    def work(desk, number):
        results.append(room.answer(desk=desk, answer_id=f"a{number}", attempt=attempt, tenure=tenure).answer.outcome)

    threads = [threading.Thread(target=work, args=(desk, number)) for number, desk in enumerate(desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["quarantined"] * 3 + ["recorded"]


def test_a_desk_with_little_memory_reads_again():
    room = Room()
    small = type(room.desk)(
        log=room.log, exams=lambda session: room.exam, secrets=lambda sitting: b"s", now=room.clock, keep=1
    )
    for sitting in ("s1", "s2", "s3"):
        room.running(sitting)

    feed, states = small.states(SESSION)

    assert feed == room.log.head(SESSION)
    assert {one: state.lifecycle for one, state in states.items()} == dict.fromkeys(("s1", "s2", "s3"), "running")


def test_following_an_exam_session_reads_on_and_sees_other_workers():
    room = Room()
    for sitting in ("s1", "s2"):
        room.running(sitting)
    follower = room.another_desk()
    feed, states = follower.states(SESSION)
    assert states["s1"] == room.state("s1")

    room.answer("s1")
    follower.state("s1")
    room.place(sitting="s2")
    later, states = follower.states(SESSION)

    assert later == feed + 3
    assert states == {"s1": room.state("s1"), "s2": room.state("s2")}


def test_a_follower_that_forgot_the_beginning_reads_the_sitting_whole():
    room = Room()
    room.running("s1")
    follower = type(room.desk)(
        log=room.log, exams=lambda session: room.exam, secrets=lambda sitting: b"s", now=room.clock, keep=1
    )
    follower.states(SESSION)
    room.running("s2")
    follower.states(SESSION)
    room.answer("s1")

    assert follower.states(SESSION)[1]["s1"] == room.state("s1")


def test_an_unknown_exam_session_has_no_states():
    assert Room().desk.states("nothing") == (0, {})


def test_marking_is_the_exams_business():
    assert mark("i", ("B", "A"), (), ("2",)) == (("A",), False, 1)


# ---- the sweep
def due(room, presence=None, lateness_ms=0, delivery=None):
    presences = {SITTING: presence} if presence else {}
    _, states = room.desk.states(SESSION)
    return sweep.due(states, presences, room.clock.now, delivery or Delivery(), lateness_ms)


def run(room, commands):
    return [room.desk.handle(sitting, command) for sitting, command in commands]


def test_the_sweep_notes_a_silence_once_however_often_it_runs():
    room = Room().running()
    room.clock.wait(8_001)
    commands = due(room)

    assert [type(command) for _, command in commands] == [c.NoteSilence]
    assert [room.kinds(one) for one in run(room, commands + due(room))] == [["ConnectionLost"], ["ConnectionLost"]]
    assert room.state().drops == 1
    assert due(room) == []


def test_the_sweeps_own_lateness_accuses_nobody():
    room = Room().running()
    room.clock.wait(20_000)

    assert due(room, lateness_ms=12_000) == []
    assert len(due(room, lateness_ms=11_999)) == 1


def test_a_heartbeat_of_the_lease_is_a_sign_and_one_of_an_older_lease_is_not():
    room = Room().running()
    room.clock.wait(60_000)
    now = room.clock.now

    assert due(room, Presence(last_seen_ms=now - 1_000, epoch=1)) == []
    assert len(due(room, Presence(last_seen_ms=now - 1_000, epoch=0))) == 1


def test_a_lasting_silence_drafts_one_incident():
    room = Room().running()
    room.clock.wait(10_000)
    run(room, due(room))
    assert due(room) == []
    room.clock.wait(20_001)

    assert [room.kinds(one) for one in run(room, due(room))] == [["IncidentDrafted"]]
    assert due(room) == []


def test_nobody_is_silent_before_the_test_or_without_a_lease():
    room = Room().authorised()
    room.clock.wait(60_000)
    assert due(room) == []
    room.start()
    room.seat_code("moved")
    room.clock.wait(60_000)
    assert due(room) == []


def test_the_sweep_ends_the_time_of_who_was_heard_at_the_deadline():
    room = Room().running()
    room.clock.wait(ALLOWED_MS + 1_999)
    heard = Presence(last_seen_ms=room.clock.now, epoch=1)
    assert due(room, heard) == []
    room.clock.wait(1)
    commands = due(room, heard)

    assert [type(command) for _, command in commands] == [c.EndTime]
    run(room, commands)
    assert room.state().lifecycle is Lifecycle.TIMED_OUT


def test_the_seconds_of_who_fell_silent_before_the_deadline_are_kept():
    room = Room().running()
    room.clock.wait(ALLOWED_MS - 3_000)
    silent = Presence(last_seen_ms=room.clock.now, epoch=1)
    room.clock.wait(6_000)
    assert due(room, silent) == []
    room.clock.wait(2_001)

    commands = due(room, silent)
    assert [type(command) for _, command in commands] == [c.NoteSilence]
    run(room, commands)
    assert room.state().lifecycle is Lifecycle.SUSPENDED


def test_the_sweep_takes_lapsed_authorisations_back():
    room = Room().authorised()
    room.clock.wait(15 * 60_000)
    assert due(room) == []
    room.clock.wait(1)
    run(room, due(room))

    assert room.state().lifecycle is Lifecycle.AWAITING


def test_after_a_restart_the_silence_counts_from_the_last_heartbeat_that_was_kept():
    room = Room().running()
    room.clock.wait(60_000)
    kept = Presence(last_seen_ms=room.clock.now, epoch=1)
    room.clock.wait(3_600_000)

    (lost,) = run(room, due(room, kept))
    assert lost.recorded[0].event.charged_ms == 60_000
    assert lost.recorded[0].event.effective_ms == kept.last_seen_ms


def test_two_sweepers_make_the_same_commands():
    room = Room().running()
    room.clock.wait(10_000)

    assert due(room) == due(room)


def test_a_new_lease_is_a_new_silence():
    room = Room().running()
    room.clock.wait(10_000)
    (first,) = due(room)
    room.open_lease(tab=Commitment("tab-b"))
    room.clock.wait(10_000)
    (second,) = due(room)

    assert first[1].command_id != second[1].command_id

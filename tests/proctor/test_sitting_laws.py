"""What holds for a sitting whatever happens to it, in whatever order, on whichever of two workers."""

import ast
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from room import CANDIDATE, DEVICE, NOTE, OPERATOR, SESSION, SUPERVISOR, TAB, Room

from proctor import attention, candidate_view, protocol, roster, sweep
from proctor import commands as c
from proctor.clock import allowance_ms, charged_ms, remaining_ms
from proctor.delivery import Delivery
from proctor.fold import fold
from proctor.ids import SERVER, CommandId, Commitment
from proctor.link import Presence
from proctor.state import Lifecycle
from proctor.verify import first_break

SITTINGS = ("s1", "s2")
ALLOWED = 5 * 60_000
devices = st.sampled_from([DEVICE, Commitment("d2")])
tabs = st.sampled_from([TAB, Commitment("t2")])
sittings = st.sampled_from(SITTINGS)
workers = st.integers(0, 1)
durations = st.sampled_from([0, 1, 500, 3_000, 9_000, 40_000, 200_000, 700_000])
holds = st.sampled_from(["paused", "locked", "break", "technical", "review", "disconnected", "transfer", "reopened"])


class AnySitting(RuleBasedStateMachine):
    """Two sittings of one exam session, two workers with a memory of their own, one log, one clock."""

    def __init__(self):
        super().__init__()
        self.room = Room(
            delivery=Delivery(credit_limit_ms=20_000, free_drops=2, incident_after_ms=8_500, outage_sittings=1)
        )
        self.desks = [self.room.desk, self.room.another_desk()]
        self.sent, self.tenures, self.outcomes, self.used = [], {}, {}, {}
        self.seen, self.obeyed, self.at_the_end = dict.fromkeys(SITTINGS, 0), {}, {}

    # ---- how things are sent
    def handle(self, worker, sitting, command):
        before = self.room.log.read(sitting)
        handled = self.desks[worker].handle(sitting, command)
        after = self.room.log.read(sitting)
        assert after[: len(before)] == before
        if handled.refused is not None or handled.repeated:
            assert after == before
        assert handled.state == fold(row.event for row in after)
        for row in after[len(before) :]:
            if row.type == "LeaseGranted":
                event = row.event
                self.tenures.setdefault(sitting, []).append((event.device, event.tab, event.epoch))
        if isinstance(getattr(command, "tenure", None), c.Tenure):
            self.obey(sitting, command.tenure, before, after[len(before) :])
        if handled.answer is not None:
            first = self.outcomes.setdefault((sitting, handled.answer.answer_id), handled.answer)
            assert first == handled.answer
        self.sent.append((sitting, command))
        return handled

    def obey(self, sitting, tenure, before, written):
        """Whoever changes something as the candidate is the last whom the log let in, and nobody fenced before."""
        if not any(row.event.actor == CANDIDATE and row.type != "AnswerQuarantined" for row in written):
            return
        live = None
        for row in before:
            if row.type == "LeaseGranted":
                live = c.Tenure(device=row.event.device, tab=row.event.tab, epoch=row.event.epoch)
            elif row.type == "SeatCodeIssued":
                live = None
        assert tenure == live
        obeyed = self.obeyed.setdefault(sitting, [])
        if tenure not in obeyed:
            assert all(tenure.epoch > other.epoch for other in obeyed), "a fence was climbed"
            obeyed.append(tenure)
        assert obeyed[-1] == tenure, "somebody fenced was obeyed again"

    def send(self, worker, sitting, make, actor=CANDIDATE, **fields):
        command = make(command_id=CommandId(f"c{len(self.sent)}"), actor=actor, **fields)
        return self.handle(worker, sitting, command)

    def tenure(self, sitting, newest):
        held = self.tenures.get(sitting) or [(DEVICE, TAB, 0)]
        device, tab, epoch = held[-1 if newest else 0]
        return c.Tenure(device=device, tab=tab, epoch=epoch)

    # ---- what may happen
    @initialize()
    def book(self):
        """One sitting runs, the other is only booked and has its seat code."""
        self.room.running("s1", allowed_ms=ALLOWED)
        self.room.registered("s2", allowed_ms=ALLOWED).seat_code(sitting="s2")
        lease = self.room.state("s1").lease
        self.tenures = {"s1": [(lease.device, lease.tab, lease.epoch)], "s2": []}
        self.seen = dict.fromkeys(SITTINGS, self.room.clock.now)

    @rule(ms=durations)
    def wait(self, ms):
        states = [self.room.state(sitting) for sitting in SITTINGS]
        used = [charged_ms(state, self.room.clock.now) for state in states]
        self.room.clock.wait(ms)
        for state, before in zip(states, used, strict=True):
            running = state.lifecycle is Lifecycle.RUNNING
            assert charged_ms(state, self.room.clock.now) == before + (ms if running else 0)

    @rule(sitting=sittings, worker=workers)
    def admit(self, sitting, worker):
        self.send(worker, sitting, c.CheckIn, OPERATOR, document_kind="id_card", document=NOTE, station="S")
        self.open_lease(sitting, worker, DEVICE, TAB, True)
        self.send(worker, sitting, c.ReportBrowser, tenure=self.tenure(sitting, True), failed=(), browser="b")
        self.send(worker, sitting, c.ConfirmIdentity, tenure=self.tenure(sitting, True))
        self.send(worker, sitting, c.Authorise, OPERATOR)

    @rule(sitting=sittings, worker=workers)
    def be_lost(self, sitting, worker):
        self.room.clock.wait(9_000)
        self.silence(sitting, worker, 9_000)

    @rule(sitting=sittings, worker=workers)
    def answer_what_is_asked(self, sitting, worker):
        self.answer(sitting, worker, True, len(self.sent), False, ("1",), 0)

    @rule(sitting=sittings, worker=workers)
    def start(self, sitting, worker):
        self.send(worker, sitting, c.Start, tenure=self.tenure(sitting, True))

    @rule(sitting=sittings, worker=workers)
    def new_seat_code(self, sitting, worker):
        self.send(worker, sitting, c.IssueSeatCode, OPERATOR, reason="moved")

    @rule(sitting=sittings, worker=workers, device=devices, tab=tabs, coded=st.booleans())
    def open_lease(self, sitting, worker, device, tab, coded):
        epoch = self.room.state(sitting).epoch if coded else None
        self.send(
            worker, sitting, c.OpenLease, device=device, tab=tab, code_epoch=epoch, previous_seen_ms=self.seen[sitting]
        )

    @rule(sitting=sittings, worker=workers)
    def reload(self, sitting, worker):
        """The page is loaded again: the same device and tab, one epoch on."""
        newest = self.tenure(sitting, True)
        self.open_lease(sitting, worker, newest.device, newest.tab, False)

    @rule(sitting=sittings, worker=workers, device=devices, tab=tabs)
    def move(self, sitting, worker, device, tab):
        """A new seat code, and whoever opens it; what the old station still sends comes after."""
        self.new_seat_code(sitting, worker)
        self.open_lease(sitting, worker, device, tab, True)
        for make, more in (
            (c.RaiseHand, {"category": "item"}),
            (c.ReportBrowser, {"failed": (), "browser": "b"}),
            (c.Reconnect, {"uncovered_ms": 500}),
            (c.Start, {}),
            (c.EndExam, {}),
        ):
            self.send(worker, sitting, make, tenure=self.tenure(sitting, False), **more)
        self.answer(sitting, worker, False, len(self.sent), False, ("1",), 0)

    @rule(
        sitting=sittings, worker=workers, newest=st.booleans(), number=st.integers(0, 12), old=st.booleans(),
        response=st.sampled_from([("1",), ("2",), ("3",), ("9",), None]), visible=durations,
    )  # fmt: skip
    def answer(self, sitting, worker, newest, number, old, response, visible):
        state = self.room.state(sitting)
        attempt = state.presented.attempt if state.presented and not old else "unknown"
        if old and state.responses:
            attempt = state.responses[0].attempt
        self.send(
            worker, sitting, c.SubmitAnswer, tenure=self.tenure(sitting, newest), attempt=attempt,
            answer_id=f"a{number}", client_seq=1, response=response, visible_ms=visible,
        )  # fmt: skip

    @rule(sitting=sittings, worker=workers, ago=durations)
    def silence(self, sitting, worker, ago):
        epoch = self.room.state(sitting).epoch
        self.send(worker, sitting, c.NoteSilence, SERVER, epoch=epoch, last_seen_ms=self.room.clock.now - ago)

    @rule(sitting=sittings)
    def heartbeat(self, sitting):
        self.seen[sitting] = self.room.clock.now

    @rule(worker=workers, lateness=st.sampled_from([0, 20_000]))
    def sweep(self, worker, lateness):
        _, states = self.desks[worker].states(SESSION)
        presences = {
            sitting: Presence(last_seen_ms=self.seen[sitting], epoch=state.epoch) for sitting, state in states.items()
        }
        for sitting, command in sweep.due(states, presences, self.room.clock.now, self.room.exam.delivery, lateness):
            self.handle(worker, sitting, command)

    @rule(sitting=sittings, worker=workers, uncovered=durations, newest=st.booleans())
    def reconnect(self, sitting, worker, uncovered, newest):
        self.seen[sitting] = self.room.clock.now
        self.send(worker, sitting, c.Reconnect, tenure=self.tenure(sitting, newest), uncovered_ms=uncovered)

    @rule(sitting=sittings, worker=workers, hold=holds)
    def place(self, sitting, worker, hold):
        self.send(worker, sitting, c.PlaceHold, OPERATOR, hold=hold, reason="r", note=None)

    @rule(sitting=sittings, worker=workers, hold=holds, charge=durations)
    def lift(self, sitting, worker, hold, charge):
        charge = charge if hold == "review" else 0
        self.send(worker, sitting, c.LiftHold, OPERATOR, hold=hold, reason="r", note=NOTE, charge_ms=charge)

    @rule(sitting=sittings, worker=workers, ms=durations, charge=durations)
    def come_back(self, sitting, worker, ms, charge):
        self.be_lost(sitting, worker)
        self.room.clock.wait(ms)
        self.silence(sitting, worker, ms)
        self.reconnect(sitting, worker, charge, True)
        self.lift(sitting, worker, "review", min(charge, self.room.state(sitting).review_ms))

    @rule(sitting=sittings, worker=workers)
    def look_after(self, sitting, worker):
        state = self.room.state(sitting)
        self.send(worker, sitting, c.AnswerHand, OPERATOR)
        for entry in attention.entries(state, self.room.clock.now, self.room.exam.delivery)[:1]:
            self.send(worker, sitting, c.Acknowledge, OPERATOR, subject=entry.subject, note=NOTE)
        for incident in state.incidents[:1]:
            self.send(worker, sitting, c.CloseIncident, OPERATOR, incident=incident.incident, action="noted", note=NOTE)

    @rule(sitting=sittings, worker=workers, ms=durations)
    def grant(self, sitting, worker, ms):
        self.send(
            worker, sitting, c.GrantTime, OPERATOR, granted_ms=ms, kind="incident", reason="r", note=None,
            beyond_limit=False,
        )  # fmt: skip

    @rule(sitting=sittings, worker=workers, kind=st.sampled_from(["hidden", "blur", "second_tab"]))
    def call_and_signal(self, sitting, worker, kind):
        tenure = self.tenure(sitting, True)
        self.send(worker, sitting, c.RaiseHand, tenure=tenure, category="item")
        self.send(worker, sitting, c.ReportSignal, tenure=tenure, kind=kind, duration_ms=9)
        self.send(worker, sitting, c.NoteSignal, SERVER, epoch=tenure.epoch, kind="network_change")

    @rule(sitting=sittings, worker=workers, text=st.sampled_from([None, NOTE]))
    def message(self, sitting, worker, text):
        template = "free" if text else "keep_silence"
        self.unmoved(worker, sitting, c.SendMessage, OPERATOR, template=template, text=text)

    @rule(sitting=sittings, worker=workers, kind=st.sampled_from([c.ReportMessageShown, c.AcknowledgeMessage]),
          number=st.integers(1, 3), newest=st.booleans())  # fmt: skip
    def receive(self, sitting, worker, kind, number, newest):
        self.unmoved(worker, sitting, kind, tenure=self.tenure(sitting, newest), message=f"message-{number}")

    def unmoved(self, worker, sitting, make, actor=CANDIDATE, **fields):
        """Send what must leave clock, holds, lease and item alone."""
        before, now = self.room.state(sitting), self.room.clock.now
        after = self.send(worker, sitting, make, actor, **fields).state
        for part in ("lifecycle", "held", "presented", "lease", "running_since", "allowed_ms"):
            assert getattr(after, part) == getattr(before, part)
        assert (charged_ms(after, now), remaining_ms(after, now)) == (
            charged_ms(before, now),
            remaining_ms(before, now),
        )

    @precondition(lambda self: len(self.sent) > 8)
    @rule(sitting=sittings, worker=workers, how=st.sampled_from(["candidate", "operator", "clock", "cancel"]))
    def close(self, sitting, worker, how):
        if how == "candidate":
            self.send(worker, sitting, c.EndExam, tenure=self.tenure(sitting, True))
        elif how == "operator":
            self.send(worker, sitting, c.Terminate, OPERATOR, reason="r", note=NOTE)
        elif how == "clock":
            self.send(worker, sitting, c.EndTime, SERVER)
        else:
            self.send(worker, sitting, c.Cancel, OPERATOR, reason="no_show")

    @rule(sitting=sittings, worker=workers)
    def reopen(self, sitting, worker):
        self.send(worker, sitting, c.Reopen, SUPERVISOR, reason="r", note=NOTE)
        self.send(worker, sitting, c.ReportIncident, OPERATOR, category="health", note=NOTE)

    @precondition(lambda self: self.sent)
    @rule(worker=workers, which=st.integers(0, 10_000))
    def repeat(self, worker, which):
        """Whatever was sent may be sent again, late and to another worker."""
        self.handle(worker, *self.sent[which % len(self.sent)])

    # ---- what always holds
    @invariant()
    def both_workers_and_a_replay_see_the_same_state(self):
        for sitting in SITTINGS:
            rows = self.room.log.read(sitting)
            assert first_break(rows) is None
            states = [desk.state(sitting) for desk in self.desks]
            assert states[0] == states[1] == fold(row.event for row in rows)

    @invariant()
    def the_clock_runs_only_while_running_and_never_charges_more_than_passed(self):
        now = self.room.clock.now
        for sitting in SITTINGS:
            state = self.room.state(sitting)
            assert (state.running_since is not None) == (state.lifecycle is Lifecycle.RUNNING)
            assert (state.lifecycle is Lifecycle.SUSPENDED) == bool(state.held) or state.closed
            if state.started_at is not None:
                end = state.ended_at if state.closed else now
                assert 0 <= charged_ms(state, now) <= end - state.started_at

    @invariant()
    def no_event_charges_more_than_the_allowance_and_nothing_is_charged_after_the_close(self):
        now = self.room.clock.now
        for sitting in SITTINGS:
            state = self.room.state(sitting)
            assert state.charged_ms <= allowance_ms(state)
            if not state.closed:
                self.at_the_end.pop(sitting, None)
                continue
            used = charged_ms(state, now)
            assert used == charged_ms(state, now + 10**9) <= allowance_ms(state)
            assert self.at_the_end.setdefault(sitting, used) == used

    @invariant()
    def no_attempt_is_answered_twice(self):
        for sitting in SITTINGS:
            state = self.room.state(sitting)
            attempts = [one.attempt for one in state.responses]
            assert len(set(attempts)) == len(attempts)
            items = [one.item for one in state.responses]
            assert len(set(items)) == len(items)

    @invariant()
    def a_message_stays_in_the_view_until_it_is_read(self):
        for sitting in SITTINGS:
            state, log = self.room.state(sitting), self.room.log.read(sitting)
            sent = [row.event.message for row in log if row.type == "MessageSent"]
            read = {row.event.message for row in log if row.type == "MessageRead"}
            shown = candidate_view.view(state, self.room.clock.now, self.room.exam).messages
            assert [one.message for one in state.messages] == sent == list(dict.fromkeys(sent))
            assert [one.message for one in shown] == [one for one in sent if one not in read and not state.closed]
            for one in state.messages:
                instants = [at for at in (one.sent_at, one.shown_at, one.read_at) if at is not None]
                assert instants == sorted(instants)
                assert one.shown_at is not None or one.read_at is None

    @invariant()
    def the_feed_has_no_gap(self):
        rows = self.room.log.feed(SESSION, 0, 100_000)
        assert [row.feed for row in rows] == list(range(1, self.room.log.head(SESSION) + 1))
        assert len(rows) == sum(len(self.room.log.read(sitting)) for sitting in SITTINGS)

    @invariant()
    def a_close_has_every_decision_and_every_view_can_be_drawn(self):
        for sitting in SITTINGS:
            state = self.room.state(sitting)
            tested = state.closed and state.lifecycle is not Lifecycle.CANCELLED
            assert len(state.decisions) == (2 if tested else 0)
            now, exam = self.room.clock.now, self.room.exam
            candidate_view.view(state, now, exam)
            roster.row(state, None, now, exam)
            assert protocol.facts(self.room.log.read(sitting)).events == state.version


AnySitting.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestAnySitting = AnySitting.TestCase


def test_holds_placed_and_lifted_in_any_order_lead_to_the_same_state():
    def after(order):
        room = Room().running()
        for act, hold in order:
            room.clock.wait(1_000)
            (room.place if act == "place" else room.lift)(hold)
        state = room.state()
        return state.holds, state.charged_ms, remaining_ms(state, room.clock.now)

    one = [("place", "paused"), ("place", "break"), ("lift", "paused"), ("place", "technical")]
    other = [("place", "technical"), ("place", "paused"), ("place", "break"), ("lift", "paused")]
    assert after(one) == after(other)


def test_a_state_is_a_value():
    state = Room().running().state()

    assert replace(state) == state


IMPURE = {"time", "datetime", "random", "secrets", "uuid"}


def test_proctor_takes_time_and_chance_as_arguments():
    """Only checkpoints touch the world below: they are appended to a file."""
    users = []
    for path in sorted((Path(__file__).parents[2] / "proctor").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            users += [(path.name, name) for name in names if name.split(".")[0] in IMPURE or name == "os"]

    assert users == [("checkpoints.py", "os")]

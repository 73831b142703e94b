"""What happens by itself: the sweep of silent and overdue sittings, presence to disk, ticks to consoles, checkpoints.

Rules:
- one sweeper at a time (sqlleader); running twice would do no harm, its commands have ids that follow from their cause;
- the sweep's own lateness is measured and is nobody's silence;
- a failing round is written to the journal and the next one is tried; no timer ends by an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from proctor import checkpoints, sweep
from proctor.errors import LogConflict
from proctor.ids import ExamSessionId
from proctor.sqlsessions import CLOSED, OPEN
from web.journal import fault
from web.lateness import SWEEP_MS
from web.metrics import CHECKPOINTS, SWEEP_LATENESS, SWEPT
from web.push import console_room
from web.sqlleader import Leader
from web.wiring import Wiring

TICK_MS = 250
SECOND_MS = 1_000
CHECKPOINT_MS = 5 * 60_000
ENDING_MS = 5_000
"""Tests of one room end together, and late answers come in numbers: no checkpoint for them
comes sooner than this after the last one."""
PRESENCE_BATCH = 1_000
"""Rows of one upsert: below SQLite's limit of bound values."""


class Ticker:
    """The timers of one worker. `step` does what is due at this instant; `run` calls it for ever."""

    def __init__(self, wiring: Wiring, leader: Leader) -> None:
        self._wiring, self._leader = wiring, leader
        self._swept_at = self._flushed_at = self._told_at = self._checked_at = 0
        self._covered: dict[ExamSessionId, int] = {}  # the feed number up to which everything is signed
        self._ended: dict[ExamSessionId, int] = {}
        self._signed: dict[ExamSessionId, tuple[int, int]] = {}  # how many tests had ended, and when it was

    def begin(self) -> None:
        """Before the first request: take over what was heard before the restart, and judge the silence since."""
        for exam_session in self._open():
            self._wiring.board.merge(self._wiring.presence.of_session(exam_session).items())
        leads = self._leader.leads()
        if leads:
            self.sweep(0)
            self.sweep(0)  # the first notes the silences, the second their incidents: then the room's outage is known
        now = self._swept_at = self._checked_at = self._wiring.now()
        if leads:
            self._guarded("checkpoints", lambda: self.write_checkpoints(now))
        self._wiring.lateness.swept()

    def run(self, sleep: Callable[[float], None]) -> None:
        """Step after step, until the worker ends."""
        while True:
            self.step()
            sleep(TICK_MS / 1000)

    def step(self) -> None:
        """Do what is due."""
        now = self._wiring.now()
        if now - self._flushed_at >= SECOND_MS:
            self._flushed_at = now
            self._guarded("presence", self.flush_presence)
        if now - self._swept_at >= SWEEP_MS:
            self._swept_at = now
            late = self._wiring.lateness.swept()
            SWEEP_LATENESS.set(late / 1000)
            if self._leader.leads():
                self._guarded("sweep", lambda: self.sweep(late))
                self._guarded("checkpoints", lambda: self.write_checkpoints(now))
        self._guarded("ticks", lambda: self.tell(now))

    def flush_presence(self) -> None:
        """Write who was heard, and take over what other workers heard; what cannot be written waits."""
        board = self._wiring.board
        changed = board.take_changed()
        rest = iter(changed)
        try:
            while batch := dict(islice(rest, PRESENCE_BATCH)):
                self._wiring.presence.keep(batch)
        except Exception:
            board.put_back(sitting for sitting, _ in changed)
            raise
        if not self._wiring.settings.sqlite:
            for exam_session in self._open():
                self._wiring.board.merge(self._wiring.presence.of_session(exam_session).items())

    def sweep(self, late_ms: int) -> None:
        """Send the commands that silence and clocks bring about."""
        for exam_session in self._open():
            _, states = self._wiring.desk.states(exam_session)
            self._ended[exam_session] = sum(state.closed for state in states.values())
            delivery = self._wiring.exams.of(exam_session).exam.delivery
            now = self._wiring.now()
            for sitting, command in sweep.due(states, self._wiring.board.all(), now, delivery, late_ms):
                try:
                    self._wiring.desk.handle(sitting, command)
                except LogConflict:
                    continue  # somebody was faster; the next sweep looks again
                SWEPT.labels(type(command).__name__).inc()

    def write_checkpoints(self, now: int) -> None:
        """Sign the heads of exam sessions in which something was stored that their last checkpoint does not hold.

        Every five minutes; within seconds when a test ended, and of a closed exam session whatever it was: a late
        answer, an incident. What was signed elsewhere, or before a restart, is found in the kept checkpoints.
        """
        regular = now - self._checked_at >= CHECKPOINT_MS
        if regular:
            self._checked_at = now
        for exam_session, (status, feed) in self._wiring.sessions.feeds().items():
            if self._covered.get(exam_session) == feed:
                continue
            ended = self._ended.get(exam_session, 0)
            signed, at = self._signed.get(exam_session, (0, 0))
            urgent = status == CLOSED or ended != signed
            if not regular and not (urgent and now - at >= ENDING_MS):
                continue
            self._signed[exam_session] = (ended, now)
            heads, last = self._wiring.sessions.heads(exam_session), self._wiring.checkpoints.last(exam_session)
            if heads and (last is None or last.heads != heads):
                write_checkpoint(self._wiring, exam_session, now)
            self._covered[exam_session] = feed

    def tell(self, now: int) -> None:
        """Ticks to the consoles of this worker: at once where something was stored here, each second in any case."""
        dirty = self._wiring.push.take_dirty()
        every = now - self._told_at >= SECOND_MS
        if every:
            self._told_at = now
        for exam_session, consoles in list(self._wiring.watchers.items()):
            if consoles and (every or exam_session in dirty):
                tick = self._wiring.console.tick(exam_session)
                self._wiring.push.emit("tick", tick, console_room(exam_session), "/console", here_only=True)

    def _open(self) -> list[ExamSessionId]:
        return [session.id for session in self._wiring.sessions.all(OPEN)]

    @staticmethod
    def _guarded(what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            fault("timer failed", error, timer=what)


def write_checkpoint(wiring: Wiring, exam_session: ExamSessionId, now: int) -> None:
    """Sign the heads of an exam session: first into the file outside the database, then into its table."""
    heads = wiring.sessions.heads(exam_session)
    checkpoint = checkpoints.make(wiring.log_seed, exam_session, now, heads)
    checkpoints.append_to(wiring.settings.checkpoint_file, checkpoint)
    wiring.checkpoints.keep(checkpoint)
    CHECKPOINTS.inc()

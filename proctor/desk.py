"""The desk where every command arrives: read, fold, decide, append, announce.

Rules:
- what is answered is durable: the reply is made after the append returned;
- one command at a time per sitting within the process (a lock), and between processes the log decides: who lost
  the race reads again and decides again, at most `ATTEMPTS` times;
- the folded state is kept per sitting and read on from there; the expected version keeps that safe;
- a refusal writes nothing; a repeated command id changes nothing and gives the first outcome.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import reduce
from typing import Any

from proctor.commands import Command, Register, SubmitAnswer
from proctor.decide import decide
from proctor.errors import LogConflict, Refused
from proctor.exam import Context, Exam
from proctor.fold import NEW, evolve
from proctor.ids import ExamSessionId, SittingId
from proctor.log import Log, Recorded
from proctor.state import AnswerOutcome, SittingState

ATTEMPTS = 12
"""Lost races before the desk gives up: with one lock per process only other workers can win, and each wins once."""
FEED_PAGE = 1000
"""Rows read at a time when an exam session is followed."""

Lock = AbstractContextManager[Any]
Announce = Callable[[SittingState, tuple[Recorded, ...]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What a command led to.

    `recorded`: the events it brought about (for a repeated command id those of the first time); `refused`: the code of
    the refusal; `answer`: what became of the answer_id of a SubmitAnswer; `head`: the sitting's chain head.
    """

    state: SittingState
    recorded: tuple[Recorded, ...]
    refused: str | None
    answer: AnswerOutcome | None
    repeated: bool
    head: str


@dataclass(frozen=True, slots=True)
class _Folded:
    state: SittingState
    head: str


def _silent(state: SittingState, recorded: tuple[Recorded, ...]) -> None:
    """Nobody listens."""


class Desk:
    """Decides commands on sittings; `lock` makes locks (threading.Lock or gevent's), `now` gives the server's ms."""

    def __init__(
        self,
        *,
        log: Log,
        exams: Callable[[ExamSessionId], Exam],
        secrets: Callable[[SittingId], bytes],
        now: Callable[[], int],
        announce: Announce = _silent,
        lock: Callable[[], Lock] = threading.Lock,
        keep: int = 20_000,
    ) -> None:
        self._log, self._exams, self._secrets, self._now = log, exams, secrets, now
        self._announce, self._new_lock, self._keep = announce, lock, keep
        self._kept: OrderedDict[SittingId, _Folded] = OrderedDict()
        self._locks: dict[SittingId, Lock] = {}
        self._followed: dict[ExamSessionId, tuple[int, frozenset[SittingId]]] = {}
        self._guard = lock()

    def handle(self, sitting: SittingId, command: Command) -> Handled:
        """Decide one command; LogConflict when every attempt lost against other workers."""
        with self._lock_of(sitting):
            handled = self._decide(sitting, command)
        if handled.recorded and not handled.repeated:
            self._announce(handled.state, handled.recorded)
        return handled

    def state(self, sitting: SittingId) -> SittingState:
        """The sitting's state as of now; UNREGISTERED when nothing is stored."""
        return self._read_on(sitting).state

    def head(self, sitting: SittingId) -> str:
        """The sitting's chain head as of now, "" when nothing is stored."""
        return self._read_on(sitting).head

    def states(self, exam_session: ExamSessionId) -> tuple[int, Mapping[SittingId, SittingState]]:
        """The feed number up to which the exam session was followed, and the states of all its sittings.

        Costs one query when nothing happened; every event since the last call is folded once.
        """
        with self._guard:
            after, members = self._followed.get(exam_session, (0, frozenset()))
        while rows := self._log.feed(exam_session, after, FEED_PAGE):
            self._absorb(rows)
            after, members = rows[-1].feed, members | {row.sitting for row in rows}
        with self._guard:
            if after >= self._followed.get(exam_session, (0, frozenset()))[0]:
                self._followed[exam_session] = (after, members)
        return after, {one: self._kept_or_read(one).state for one in sorted(members)}

    def _decide(self, sitting: SittingId, command: Command) -> Handled:
        for _ in range(ATTEMPTS):
            before = self._read_on(sitting)
            try:
                events = decide(before.state, command, self._context(sitting, before.state, command))
            except Refused as refusal:
                return self._handled(before, command, (), refused=refusal.code)
            if not events:
                first = tuple(row for row in self._log.read(sitting) if row.event.cause == command.command_id)
                return self._handled(before, command, first, repeated=True)
            try:
                rows = self._log.append(sitting, before.state.version, events)
            except LogConflict:
                continue
            return self._handled(self._remember(sitting, _advance(before, rows)), command, rows)
        raise LogConflict(sitting)

    def _context(self, sitting: SittingId, state: SittingState, command: Command) -> Context:
        session = command.exam_session if isinstance(command, Register) else state.exam_session
        if not session:
            raise Refused("not_registered")
        return Context(now=self._now(), exam=self._exams(session), secret=self._secrets(sitting))

    def _handled(
        self,
        folded: _Folded,
        command: Command,
        rows: tuple[Recorded, ...],
        *,
        refused: str | None = None,
        repeated: bool = False,
    ) -> Handled:
        answer = folded.state.outcome_of(command.answer_id) if isinstance(command, SubmitAnswer) else None
        return Handled(
            state=folded.state, recorded=rows, refused=refused, answer=answer, repeated=repeated, head=folded.head
        )

    def _read_on(self, sitting: SittingId) -> _Folded:
        with self._guard:
            folded = self._kept.get(sitting, _Folded(NEW, ""))
        rows = self._log.read(sitting, folded.state.version)
        return self._remember(sitting, _advance(folded, rows)) if rows else folded

    def _kept_or_read(self, sitting: SittingId) -> _Folded:
        with self._guard:
            folded = self._kept.get(sitting)
        return folded if folded is not None else self._read_on(sitting)

    def _absorb(self, rows: Sequence[Recorded]) -> None:
        by_sitting: dict[SittingId, list[Recorded]] = {}
        for row in rows:
            by_sitting.setdefault(row.sitting, []).append(row)
        for sitting, some in by_sitting.items():
            with self._guard:
                folded = self._kept.get(sitting, _Folded(NEW, ""))
            news = [row for row in some if row.seq > folded.state.version]
            if news and news[0].seq == folded.state.version + 1:
                self._remember(sitting, _advance(folded, news))
            elif news:
                self._read_on(sitting)

    def _remember(self, sitting: SittingId, folded: _Folded) -> _Folded:
        with self._guard:
            known = self._kept.get(sitting)
            if known is None or known.state.version < folded.state.version:
                self._kept[sitting] = folded
            self._kept.move_to_end(sitting)
            while len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        return folded

    def _lock_of(self, sitting: SittingId) -> Lock:
        with self._guard:
            return self._locks.setdefault(sitting, self._new_lock())


def _advance(folded: _Folded, rows: Sequence[Recorded]) -> _Folded:
    return _Folded(reduce(evolve, (row.event for row in rows), folded.state), rows[-1].head)

"""Checking a sitting's stored rows: the first place where the log is broken, and what checkpoints cover.

Rules:
- the rows are judged as they lie there: numbers in order, each head follows from the bytes before it, the columns agree
  with the body, and the events are legal one after another;
- a sitting that a checkpoint names is judged even when nothing of it is stored any more;
- a chain proves order and integrity up to a head that is kept elsewhere; what no checkpoint covers is named as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from proctor.chain import link
from proctor.checkpoints import Checkpoint, verify
from proctor.codec import decode
from proctor.errors import BrokenLog
from proctor.events import SittingRegistered
from proctor.fold import NEW, evolve
from proctor.ids import ExamSessionId, SittingId
from proctor.log import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a verification found: events stored, how many of the first ones a checkpoint covers, the first break."""

    sitting: SittingId
    events: int
    covered: int
    broken_seq: int | None
    reason: str | None

    @property
    def uncovered(self) -> int:
        """How many of the last events rest on nothing but the database."""
        return self.events - self.covered


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What checkpoints state: of each sitting every (events, head) and its exam session; `forged` holds, by exam
    session, the instant (ms) of the first that the server did not sign."""

    heads: Mapping[SittingId, frozenset[tuple[int, str]]]
    named_in: Mapping[SittingId, ExamSessionId]
    forged: Mapping[ExamSessionId, int]


def first_break(rows: Sequence[Stored]) -> tuple[int, str] | None:
    """(seq, reason) of the first row that does not follow from those before it, None if all do."""
    head, state = "", NEW
    for seq, row in enumerate(rows, start=1):
        if row.seq != seq:
            return seq, f"row {row.seq} stands in its place"
        if row.sitting != rows[0].sitting:
            return seq, "the row is of another sitting"
        head = link(head, seq, row.body)
        if row.head != head:
            return seq, "the stored bytes do not give the stored head"
        try:
            event = decode(row.type, row.schema, row.body)
            state = evolve(state, event)
        except ValueError as error:
            return seq, f"the stored bytes are no event: {error}"
        except BrokenLog as error:
            return seq, error.reason
        if event.at != row.at:
            return seq, "the column of the instant differs from the event"
        if isinstance(event, SittingRegistered) and event.sitting != row.sitting:
            return seq, "the log belongs to another sitting"
    return None


def claims(kept: Iterable[Checkpoint], public: bytes) -> Claims:
    """What these checkpoints state, each verified once against `public`."""
    heads: dict[SittingId, set[tuple[int, str]]] = {}
    named_in: dict[SittingId, ExamSessionId] = {}
    forged: dict[ExamSessionId, int] = {}
    for checkpoint in kept:
        exam_session, at, stated = checkpoint.stated
        if not verify(public, checkpoint):
            forged.setdefault(exam_session, at)
        for sitting, head in stated.items():
            heads.setdefault(sitting, set()).add(head)
            named_in.setdefault(sitting, exam_session)
    return Claims(
        heads={sitting: frozenset(found) for sitting, found in heads.items()}, named_in=named_in, forged=forged
    )


def judge(sitting: SittingId, rows: Sequence[Stored], against: Claims, exam_session: ExamSessionId | None) -> Report:
    """The first break of the rows, also against the claims, and how far the checkpoints reach.

    A checkpoint of the sitting's exam session that is not signed by the server is a break of its own: seq 0. Rows that
    are gone altogether are a break where they began: seq 1.
    """
    for known in (exam_session, against.named_in.get(sitting)):
        if known is not None and known in against.forged:
            reason = f"the checkpoint of {against.forged[known]} is not signed by this server"
            return _report(sitting, rows, 0, (0, reason))
    found, stated = first_break(rows), sorted(against.heads.get(sitting, ()), reverse=True)
    for version, head in stated:
        broken = _against(rows, version, head)
        if broken is not None and (found is None or broken[0] < found[0]):
            found = broken
    covered = max((version for version, _ in stated), default=0)
    return _report(sitting, rows, covered if found is None else min(covered, found[0] - 1), found)


def report(sitting: SittingId, rows: Sequence[Stored], checkpoints: Iterable[Checkpoint], public: bytes) -> Report:
    """`judge` of one sitting by these checkpoints."""
    return judge(sitting, rows, claims(checkpoints, public), None)


def _against(rows: Sequence[Stored], version: int, head: str) -> tuple[int, str] | None:
    if version > len(rows):
        return len(rows) + 1, f"{version} events are in a checkpoint, {len(rows)} are stored"
    if version and rows[version - 1].head != head:
        return version, "the head differs from the one in a checkpoint"
    return None


def _report(sitting: SittingId, rows: Sequence[Stored], covered: int, found: tuple[int, str] | None) -> Report:
    seq, reason = found or (None, None)
    return Report(sitting=sitting, events=len(rows), covered=covered, broken_seq=seq, reason=reason)

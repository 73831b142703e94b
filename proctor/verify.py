"""Checking a sitting's stored rows: the first place where the log is broken, and what checkpoints cover.

Rules:
- the rows are judged as they lie there: numbers in order, each head follows from the bytes before it, the columns agree
  with the body, and the events are legal one after another;
- a chain proves order and integrity up to a head that is kept elsewhere; what no checkpoint covers is named as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proctor.chain import link
from proctor.checkpoints import Checkpoint, verify
from proctor.codec import decode
from proctor.errors import BrokenLog
from proctor.events import SittingRegistered
from proctor.fold import NEW, evolve
from proctor.ids import SittingId
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


def report(sitting: SittingId, rows: Sequence[Stored], checkpoints: Iterable[Checkpoint], public: bytes) -> Report:
    """The first break of the rows, also against the checkpoints, and how far the checkpoints reach.

    A checkpoint whose signature is not of `public` is a break of its own: seq 0.
    """
    found, covered = first_break(rows), 0
    for checkpoint in checkpoints:
        if not verify(public, checkpoint):
            return _report(sitting, rows, 0, (0, f"the checkpoint of {checkpoint.at} is not signed by this server"))
        version, head = checkpoint.heads.get(sitting, (0, ""))
        against = _against(rows, version, head)
        if against is not None and (found is None or against[0] < found[0]):
            found = against
        covered = max(covered, version)
    return _report(sitting, rows, covered if found is None else min(covered, found[0] - 1), found)


def _against(rows: Sequence[Stored], version: int, head: str) -> tuple[int, str] | None:
    if version > len(rows):
        return len(rows) + 1, f"a checkpoint has {version} events, {len(rows)} are stored"
    if version and rows[version - 1].head != head:
        return version, "the head differs from the one in a checkpoint"
    return None


def _report(sitting: SittingId, rows: Sequence[Stored], covered: int, found: tuple[int, str] | None) -> Report:
    seq, reason = found or (None, None)
    return Report(sitting=sitting, events=len(rows), covered=covered, broken_seq=seq, reason=reason)

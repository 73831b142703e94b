"""What verification walks: the sittings the database knows and those the checkpoints name, in table and file.

Rules:
- whoever can delete from the database can delete whole sittings, and their checkpoints there: so the file outside is
  asked as well, and what either names is judged;
- a sitting is judged against every checkpoint that names it, not only the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from proctor import checkpoints, verify
from proctor.checkpoints import Checkpoint, Heads
from proctor.ids import ExamSessionId, SittingId
from proctor.sqlsessions import ExamSession
from proctor.verify import Claims, Report
from web.wiring import Wiring


class Unreadable(ValueError):
    """Something that was kept as a checkpoint is none; the text names the line of the file."""


def kept(wiring: Wiring) -> Iterator[Checkpoint]:
    """The checkpoints of the table, then those of the file outside. Raises Unreadable."""
    outside = wiring.settings.checkpoint_file
    try:
        for checkpoint in wiring.checkpoints.all():
            _ = checkpoint.stated
            yield checkpoint
        if outside.exists():
            yield from checkpoints.read_from(outside)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def claims(wiring: Wiring, exam_session: ExamSessionId | None = None) -> Claims:
    """What the checkpoints (about this exam session) state."""
    found = (one for one in kept(wiring) if exam_session is None or one.exam_session == exam_session)
    return verify.claims(found, checkpoints.public_key(wiring.log_seed))


def named(wiring: Wiring, against: Claims) -> dict[SittingId, ExamSessionId]:
    """Every sitting that the registry, the stored events or a checkpoint names, with its exam session."""
    found: dict[SittingId, ExamSessionId] = {}
    for session in wiring.sessions.all():
        found |= dict.fromkeys((entry.id for entry in wiring.sessions.sittings(session.id)), session.id)
        found |= dict.fromkeys(wiring.log.stored(session.id), session.id)
    return found | {one: session for one, session in against.named_in.items() if one not in found}


def report(wiring: Wiring, sitting: SittingId, exam_session: ExamSessionId, against: Claims) -> Report:
    """The verification of one sitting."""
    return verify.judge(sitting, wiring.log.rows(sitting), against, exam_session)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sitting counted against the latest checkpoint: events stored and events the checkpoint holds."""

    sitting: SittingId
    seat: str
    stored: int
    signed: int

    @property
    def covered(self) -> int:
        """How many of the stored events are under the checkpoint."""
        return min(self.stored, self.signed)

    @property
    def gone(self) -> bool:
        """Whether the checkpoint holds events that are no longer stored."""
        return self.signed > self.stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One exam session counted; `session` is None when only a checkpoint still names it."""

    id: ExamSessionId
    session: ExamSession | None
    lines: tuple[Line, ...]
    signed_at: int | None

    @property
    def stored(self) -> int:
        """Events stored."""
        return sum(line.stored for line in self.lines)

    @property
    def covered(self) -> int:
        """Events stored and under the latest checkpoint."""
        return sum(line.covered for line in self.lines)

    @property
    def gone(self) -> Line | None:
        """The first sitting of which events are gone."""
        return next((line for line in self.lines if line.gone), None)


def overviews(wiring: Wiring) -> tuple[Overview, ...]:
    """Every exam session the database or a checkpoint names, the latest first: counted, no chain is walked."""
    last, counts = _latest(kept(wiring)), wiring.log.counts()
    known = [_overview(wiring, session.id, session, last.get(session.id), counts) for session in wiring.sessions.all()]
    there = {one.id for one in known}
    return (*(_overview(wiring, one, None, last[one], counts) for one in last if one not in there), *known)


def overview(wiring: Wiring, exam_session: ExamSessionId) -> Overview | None:
    """The same of one exam session; None when neither the database nor a checkpoint names it."""
    session = wiring.sessions.get(exam_session)
    last = _latest(one for one in kept(wiring) if one.exam_session == exam_session).get(exam_session)
    if session is None and last is None:
        return None
    return _overview(wiring, exam_session, session, last, wiring.log.stored(exam_session))


def _latest(found: Iterable[Checkpoint]) -> dict[ExamSessionId, tuple[int, Heads]]:
    """(instant, heads) of the newest checkpoint of each exam session; of one instant the last that was read."""
    last: dict[ExamSessionId, tuple[int, Heads]] = {}
    for checkpoint in found:
        exam_session, at, heads = checkpoint.stated
        if exam_session not in last or at >= last[exam_session][0]:
            last[exam_session] = at, heads
    return last


def _overview(
    wiring: Wiring,
    exam_session: ExamSessionId,
    session: ExamSession | None,
    last: tuple[int, Heads] | None,
    counts: Mapping[SittingId, int],
) -> Overview:
    at, heads = last if last is not None else (None, {})
    seats = {entry.id: entry.seat for entry in wiring.sessions.sittings(exam_session)}
    lines = [
        Line(sitting=one, seat=seats.get(one, ""), stored=counts.get(one, 0), signed=heads.get(one, (0, ""))[0])
        for one in {**seats, **dict.fromkeys(heads)}
    ]
    lines.sort(key=lambda line: (len(line.seat), line.seat, line.sitting))
    return Overview(id=exam_session, session=session, lines=tuple(lines), signed_at=at)

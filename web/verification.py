"""What verification walks: the sittings the database knows and those the checkpoints name, in table and file.

Rules:
- whoever can delete from the database can delete whole sittings, and their checkpoints there: so the file outside is
  asked as well, and what either names is judged;
- a sitting is judged against every checkpoint that names it, not only the last.
"""

from __future__ import annotations

from collections.abc import Iterator

from proctor import checkpoints, verify
from proctor.checkpoints import Checkpoint
from proctor.ids import ExamSessionId, SittingId
from proctor.verify import Claims, Report
from web.wiring import Wiring


def kept(wiring: Wiring) -> Iterator[Checkpoint]:
    """The checkpoints of the table, then those of the file outside; ValueError names a line that is none."""
    yield from wiring.checkpoints.all()
    outside = wiring.settings.checkpoint_file
    if outside.exists():
        yield from checkpoints.read_from(outside)


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

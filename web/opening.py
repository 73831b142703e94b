"""What may happen in an exam session before it opens and after it closes: the doors of the exam.

Rules:
- before it opens nobody is checked in, let in or seated: what watches over a test runs for open exam sessions only;
- prepared can be seat codes and extra time; paperwork (what changes no test) can be done at any time;
- its status never goes back, so whoever was seated in an open exam session needs no second look.
"""

from __future__ import annotations

from proctor.errors import Refused
from proctor.ids import SittingId
from proctor.sqlsessions import CLOSED, OPEN, PLANNED, SqlSessions
from web.errors import Problem

PAPERWORK = frozenset({"acknowledge", "report_incident", "close_incident"})
PREPARATION = PAPERWORK | {"add_time", "new_seat_code"}
TAKEN = {PLANNED: PREPARATION, CLOSED: PAPERWORK}
"""The console's actions that are taken in an exam session that is not open."""


def obstacle(status: str, action: str) -> str | None:
    """Why an action of the console is not taken in an exam session of this status; None: it is."""
    return None if status == OPEN or action in TAKEN[status] else "not_open"


def let_in(sessions: SqlSessions, sitting: SittingId) -> None:
    """Let a candidate to this sitting through.

    Raises:
        Problem: ``not_open_yet``, ``session_over``; Refused: ``not_registered`` for a sitting nobody booked.
    """
    entry = sessions.sitting(sitting)
    session = None if entry is None else sessions.get(entry.exam_session)
    if session is None:
        raise Refused("not_registered")
    if session.status != OPEN:
        raise Problem("not_open_yet" if session.status == PLANNED else "session_over")

"""Which exam sessions a member of staff may look into and act in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_login import current_user

from proctor.ids import ExamSessionId
from proctor.sqlsessions import ExamSession
from web.errors import Problem
from web.roles import Role, has, require

if TYPE_CHECKING:
    from web.wiring import Wiring

CHIEF = Role.CHIEF_OPERATOR.value
OPERATING = frozenset({Role.OPERATOR.value, CHIEF})
"""Capacities in which an account works in an exam session."""


def require_console(wiring: Wiring, exam_session: ExamSessionId) -> ExamSession:
    """The exam session, if the signed-in account may see its console; others are told it does not exist."""
    require("console.see")
    found = wiring.sessions.get(exam_session)
    if found is None:
        raise Problem("not_found")
    if not has("console.see_all") and not _capacities(wiring, exam_session):
        raise Problem("not_found")
    return found


def require_operating(wiring: Wiring, exam_session: ExamSessionId) -> ExamSession:
    """The exam session, if the signed-in account works in it as an operator."""
    require("console.operate")
    found = require_console(wiring, exam_session)
    if not operates(wiring, exam_session):
        raise Problem("not_allowed")
    return found


def operates(wiring: Wiring, exam_session: ExamSessionId) -> bool:
    """Whether the account works as an operator in this exam session."""
    return has("console.operate") and bool(_capacities(wiring, exam_session) & OPERATING)


def is_chief(wiring: Wiring, exam_session: ExamSessionId) -> bool:
    """Whether the account is chief operator by role and in this exam session."""
    return has("console.terminate") and CHIEF in _capacities(wiring, exam_session)


def _capacities(wiring: Wiring, exam_session: ExamSessionId) -> frozenset[str]:
    return wiring.sessions.capacities(exam_session, current_user.account.id)

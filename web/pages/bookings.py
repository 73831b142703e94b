"""One booking as the exam office keeps it: taking it back before the test, erasing the person after the exam session.

Rules:
- what happened stays in the log: a booking is cancelled by an event, a person is erased beside the log;
- nobody is erased while the exam session may still need the name; erasing cannot be taken back and is confirmed twice.
"""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from proctor import permitted
from proctor.ids import SittingId
from proctor.sqlsessions import CLOSED, ExamSession
from proctor.state import SittingState
from web import administration, wired
from web.errors import Problem, sentence
from web.language import t
from web.pages import exam_sessions, forms
from web.pages.frame import done, refused
from web.roles import permission
from web.wiring import Wiring

routes = Blueprint("bookings", __name__)
HERE = "/exam-sessions/<exam_session>/candidates/<sitting>"
CONFIRMED = "erase"


@routes.get(HERE)
@permission("exam_sessions.manage")
def booking(exam_session: str, sitting: str) -> ResponseReturnValue:
    """One booking and what can be done with it."""
    wiring = wired.wiring()
    session, state = _found(wiring, exam_session, sitting)
    person = wiring.names.one(state.candidate)
    return render_template(
        "booking.html",
        session=session,
        sitting=sitting,
        seat=state.seat,
        name=person.name if person is not None else t("(erased)"),
        reference=person.reference if person is not None else "",
        state=exam_sessions.lifecycle_word(state),
        can_cancel=session.status != CLOSED and permitted.cancel(state) is None,
        can_erase=person is not None and session.status == CLOSED and state.closed,
        erased=person is None,
    )


@routes.post(f"{HERE}/cancel")
@permission("exam_sessions.manage")
def cancel(exam_session: str, sitting: str) -> ResponseReturnValue:
    """Take a booking back before the test began."""
    wiring = wired.wiring()
    session, state = _found(wiring, exam_session, sitting)
    there = f"/exam-sessions/{session.id}/candidates/{sitting}"
    try:
        administration.cancel_booking(wiring, session.id, state.sitting, by=current_user.account.id)
    except Problem as problem:
        return refused(sentence(problem.code, problem.place), there)
    return done(t("The booking was taken back. The seat code is no longer good."), f"/exam-sessions/{session.id}")


@routes.post(f"{HERE}/erase")
@permission("exam_sessions.manage")
def erase(exam_session: str, sitting: str) -> ResponseReturnValue:
    """Erase name, reference, document digits, notes and messages of a person; log and statistics stay."""
    wiring = wired.wiring()
    session, state = _found(wiring, exam_session, sitting)
    there = f"/exam-sessions/{session.id}/candidates/{sitting}"
    if session.status != CLOSED or not state.closed:
        return refused(t("A person is erased when the exam session is closed."), there)
    if forms.sent().values.get("confirmed") != CONFIRMED:
        return refused(t("Confirm that the personal data are to be erased."), there)
    administration.erase_person(wiring, state.candidate)
    return done(t("The personal data were erased. The log and its proof stay."), there)


def _found(wiring: Wiring, exam_session: str, sitting: str) -> tuple[ExamSession, SittingState]:
    session = exam_sessions.get(wiring, exam_session)
    state = wiring.desk.state(SittingId(sitting))
    if state.exam_session != session.id:
        raise Problem("not_found")
    return session, state

"""Response matrices of exam sessions as CSV: wide for calibration, long for analysis."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from proctor import responses
from proctor.log import Recorded
from web import response_files, wired
from web.errors import Problem
from web.pages.exam_sessions import get
from web.roles import permission
from web.wiring import Wiring

routes = Blueprint("responses", __name__)


@routes.get("/responses")
@permission("responses.export")
def exam_sessions() -> ResponseReturnValue:
    """The exam sessions with answers."""
    wiring = wired.wiring()
    rows = [
        {"session": session, "persons": len(answered(wiring, session.id))}
        for session in wiring.sessions.all()
    ]  # fmt: skip
    return render_template("responses.html", rows=[row for row in rows if row["persons"]])


@routes.get("/exam-sessions/<exam_session>/responses.csv")
@permission("responses.export")
def matrix(exam_session: str) -> ResponseReturnValue:
    """The scored answers of an exam session; ``form=wide`` (one row per person) or ``long`` (one row per answer)."""
    wiring = wired.wiring()
    session = get(wiring, exam_session)
    forms = {"wide": response_files.wide, "long": response_files.long}
    form = request.args.get("form", "wide")
    if form not in forms:
        raise Problem("bad_request", place="form")
    headers = {"Content-Disposition": f'attachment; filename="responses-{session.id}-{form}.csv"'}
    text = forms[form](answered(wiring, session.id))
    return Response(text, mimetype="text/csv", headers=headers)


def answered(wiring: Wiring, exam_session: str) -> list[tuple[Recorded, ...]]:
    """The logs of all sittings of an exam session that hold at least one answer, by sitting."""
    logs = [wiring.log.read(sitting) for sitting in wiring.log.sittings(exam_session)]  # type: ignore[arg-type]
    return [log for log in logs if responses.rows([log])]

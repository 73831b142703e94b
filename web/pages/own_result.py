"""The candidate's own result after the end: decisions and coverage, never a probability."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from proctor.ids import SittingId
from results.rules import Value
from web import wired
from web.device import COOKIE
from web.errors import Problem
from web.pages.results import outcome_look, result_look
from web.roles import permission

routes = Blueprint("own_result", __name__)
PRACTICE_ONLY = "practice_only"


@routes.get("/exam/result")
@permission("public")
def result() -> ResponseReturnValue:
    """The decisions of the sitting that this browser's device cookie belongs to; only after its end."""
    wiring = wired.wiring()
    read = wiring.keys.read_cookie(request.cookies.get(COOKIE, ""))
    if read is None:
        raise Problem("no_device")
    sitting, device = SittingId(read[0]), read[1]
    state = wiring.desk.state(sitting)
    if wiring.keys.device(sitting, device) not in state.known_devices:
        raise Problem("no_device")
    if not state.closed or state.started_at is None:
        raise Problem("not_closed")
    found = wiring.result(state)
    rows = [
        (row, outcome_look(None if row.decision == PRACTICE_ONLY else Value(row.decision))) for row in found.outcomes
    ]
    return render_template(
        "candidate_result.html",
        found=found,
        rows=rows,
        theory=result_look(Value(found.theory)),
        qualification=result_look(Value(found.qualification)),
        person=wiring.names.one(state.candidate),
        state=state,
    )

"""The exam sessions an operator may open the console of."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from web import wired
from web.pages.exam_sessions import counts
from web.roles import has, permission

routes = Blueprint("console_list", __name__)


@routes.get("/console")
@permission("console.see")
def consoles() -> ResponseReturnValue:
    """One's own exam sessions, or all of them for supervisors and auditors."""
    wiring = wired.wiring()
    mine = wiring.sessions.all() if has("console.see_all") else wiring.sessions.of_account(current_user.account.id)
    rows = [{"session": session, "counts": counts(wiring, session)} for session in mine]
    return render_template("console_list.html", rows=rows)

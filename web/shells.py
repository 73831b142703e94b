"""The two pages that are programs: the candidate's player and the operator's console, as empty shells around them."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from proctor.ids import ExamSessionId
from web import scope, wired
from web.language import browser_catalogue, language
from web.roles import permission

THEMES = ("light", "dark", "contrast")
THEME_COOKIE = "kriteria_theme"

routes = Blueprint("shells", __name__)


def page_data(*, csrf: bool, exam_session: str | None = None) -> Markup:
    """What a page tells its scripts, as JSON that cannot end its script element."""
    data: dict[str, Any] = {
        "language": language(),
        "theme": theme(),
        "messages": browser_catalogue(language()),
        "csrf": generate_csrf() if csrf else None,
        "exam_session": exam_session,
        "static": "/static/build",
    }
    text = json.dumps(data, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 - JSON without a single "<"


def theme() -> str:
    """The reader's own choice of colours, else the light ones."""
    wanted = request.cookies.get(THEME_COOKIE, "")
    return wanted if wanted in THEMES else THEMES[0]


@routes.get("/exam")
@permission("public")
def exam() -> ResponseReturnValue:
    """The player: it finds out by itself whether this browser holds a sitting."""
    return _shell("player", page_data(csrf=False), dense=False)


@routes.get("/console/<exam_session>")
@permission("console.see")
def console(exam_session: str) -> ResponseReturnValue:
    """The console of one exam session."""
    found = scope.require_console(wired.wiring(), ExamSessionId(exam_session))
    return _shell("console", page_data(csrf=True, exam_session=found.id), dense=True)


def _shell(name: str, data: Markup, *, dense: bool) -> ResponseReturnValue:
    return render_template("shell.html", name=name, data=data, dense=dense)

"""The log for the auditor: what is stored, what is under a signed checkpoint, and whether every chain follows.

Rules:
- looking counts only; a chain is walked when somebody presses the button, for one exam session and `AT_ONCE` sittings;
- between two sittings the other requests of this worker have their turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import gevent
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from proctor.ids import ExamSessionId, SittingId
from proctor.verify import Report
from web import limits, verification, wired
from web.errors import Problem
from web.language import t
from web.pages import forms
from web.roles import permission
from web.verification import Overview

routes = Blueprint("log", __name__)
AT_ONCE = 200
"""Sittings of one request: about two seconds of work."""


@routes.get("/log")
@permission("log.verify")
def exam_sessions() -> ResponseReturnValue:
    """Every exam session: sittings, events, how many are under a checkpoint, and what is gone."""
    return _list(verification.overviews(wired.wiring()))


@routes.get("/log/<exam_session>")
@permission("log.verify")
def exam_session(exam_session: str) -> ResponseReturnValue:
    """One line per sitting."""
    return _page(_found(exam_session), 0, {})


@routes.post("/log/<exam_session>")
@permission("log.verify")
@limits.limiter.limit(limits.VERIFICATIONS, key_func=lambda: f"verify/{current_user.get_id()}")
def verify(exam_session: str) -> ResponseReturnValue:
    """Walk the chains of the next sittings and hold them against every checkpoint."""
    wiring, found = wired.wiring(), _found(exam_session)
    start = forms.sent().values.get("start", "0")
    if not (start.isascii() and start.isdigit() and len(start) <= 6):
        raise Problem("bad_request", place="start")
    against = verification.claims(wiring, found.id)
    reports = {}
    for line in found.lines[int(start) :][:AT_ONCE]:
        reports[line.sitting] = verification.report(wiring, line.sitting, found.id, against)
        gevent.sleep(0)  # the other requests of this worker come first
    return _page(found, int(start), reports)


@routes.errorhandler(verification.Unreadable)
def unreadable(error: verification.Unreadable) -> ResponseReturnValue:
    """Checkpoints that cannot be read: nothing is called whole."""
    return _list((), str(error))


def _list(rows: Sequence[Overview], fault: str = "") -> str:
    return render_template("log.html", rows=rows, gone=gone_sentence, unreadable=fault)


def _found(exam_session: str) -> Overview:
    found = verification.overview(wired.wiring(), ExamSessionId(exam_session))
    if found is None:
        raise Problem("not_found")
    return found


def _page(found: Overview, start: int, reports: Mapping[SittingId, Report]) -> str:
    broken = [line for line in found.lines if line.sitting in reports and reports[line.sitting].reason is not None]
    end = min(start + AT_ONCE, len(found.lines))
    return render_template(
        "log_session.html",
        found=found,
        reports=reports,
        broken=broken,
        start=start,
        end=end,
        more=bool(reports) and end < len(found.lines),
        gone=gone_sentence,
        break_sentence=break_sentence,
    )


def gone_sentence(signed: int, stored: int) -> str:
    """What a checkpoint holds and the database does not."""
    return t("{signed} events are in a checkpoint, {stored} are stored.", signed=signed, stored=stored)


MISSING = re.compile(r"(\d+) events are in a checkpoint, (\d+) are stored")


def break_sentence(report: Report) -> str:
    """Where the log is broken and why, in the reader's words."""
    reason = report.reason or ""
    if (missing := MISSING.fullmatch(reason)) is not None:
        return gone_sentence(int(missing[1]), int(missing[2]))
    if report.broken_seq == 0:
        return t("A checkpoint of this exam session is not signed by this server.")
    return t("Line {n}: {reason}", n=report.broken_seq or 0, reason=_why(reason))


def _why(reason: str) -> str:
    words: Sequence[tuple[str, Callable[[], str]]] = (
        ("row ", lambda: t("another line stands in its place.")),
        ("the row is of another", lambda: t("it belongs to another sitting.")),
        ("the stored bytes do not give", lambda: t("its content does not give its digest.")),
        ("the stored bytes are no event", lambda: t("its content is no event.")),
        ("the column of the instant", lambda: t("its instant differs from its content.")),
        ("the log belongs to another", lambda: t("the log belongs to another sitting.")),
        ("the head differs", lambda: t("its digest differs from the one in a checkpoint.")),
    )
    found = next((word for start, word in words if reason.startswith(start)), None)
    return found() if found is not None else t("it cannot follow the lines before it ({reason}).", reason=reason)

"""The operator's routes: the whole picture, what is new, one sitting's timeline, and commands."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_login import current_user

from proctor import timeline as timelines
from proctor.ids import ExamSessionId, SittingId
from proctor.sqlsessions import ExamSession
from web import opening, orders, parsing, scope, wired
from web.console_board import sitting_in
from web.errors import Problem
from web.journal import note
from web.messages import (
    CommandReply,
    ConsoleCommand,
    ExamSessionView,
    FeedReply,
    Message,
    Snapshot,
    Timeline,
    TimelineEntry,
)
from web.openapi import speaks
from web.parsing import CONSOLE_BODY
from web.records import account_names
from web.roles import has, permission

routes = Blueprint("console", __name__, url_prefix="/api/console")


def send(message: Message) -> Response:
    """A message as the answer."""
    return Response(message.model_dump_json(), mimetype="application/json")


@routes.get("/<exam_session>/snapshot")
@permission("console.see")
@speaks(gives=Snapshot)
def snapshot(exam_session: str) -> ResponseReturnValue:
    """Every row of the exam session, and the feed number it stands at."""
    wiring = wired.wiring()
    found = scope.require_console(wiring, ExamSessionId(exam_session))
    now = wiring.now()
    head, rows = wiring.console.rows(found.id, now)
    return send(Snapshot(exam_session=_session_view(found), feed=head, server_ms=now, rows=rows))


@routes.get("/<exam_session>/feed")
@permission("console.see")
@speaks(gives=FeedReply)
def feed(exam_session: str) -> ResponseReturnValue:
    """What happened after `?after=n`, at most 500 entries, and the rows it touched."""
    wiring = wired.wiring()
    found = scope.require_console(wiring, ExamSessionId(exam_session))
    return send(wiring.console.feed(found.id, parsing.query_number("after", 0)))


@routes.get("/<exam_session>/sittings/<sitting>/timeline")
@permission("console.see")
@speaks(gives=Timeline)
def timeline(exam_session: str, sitting: str) -> ResponseReturnValue:
    """What happened in one sitting, with the notes kept beside its log."""
    wiring = wired.wiring()
    found = scope.require_console(wiring, ExamSessionId(exam_session))
    state = sitting_in(wiring.desk, found.id, sitting)
    if state is None:
        raise Problem("sitting_elsewhere")
    note(sitting=state.sitting)
    notes, names = wiring.persons.texts(state.candidate), account_names(wiring)
    entries = tuple(
        TimelineEntry(
            seq=one.seq,
            at=one.at,
            kind=one.kind,
            actor=one.actor,
            name=names.get(one.actor.removeprefix("staff:")) if one.actor.startswith("staff:") else None,
            facts=dict(one.facts),
            note=None if one.note is None else notes.get(one.note),
        )
        for one in timelines.entries(wiring.log.read(SittingId(sitting)))
    )
    return send(Timeline(sitting=sitting, entries=entries))


@routes.post("/<exam_session>/commands")
@permission("console.operate")
@speaks(takes=ConsoleCommand, gives=CommandReply)
def commands(exam_session: str) -> ResponseReturnValue:
    """Do one thing to one or many sittings; every sitting gets its own outcome.

    Before the exam session opens seat codes and time can be prepared; of a closed one only incidents can still be
    noted and closed, and matters accepted.
    """
    return _carried_out(scope.require_operating(wired.wiring(), ExamSessionId(exam_session)), reopening=False)


@routes.post("/<exam_session>/reopen")
@permission("sitting.reopen")
@speaks(takes=ConsoleCommand, gives=CommandReply)
def reopen(exam_session: str) -> ResponseReturnValue:
    """Let ended tests go on: the supervisor's, with reason and note."""
    return _carried_out(scope.require_console(wired.wiring(), ExamSessionId(exam_session)), reopening=True)


def _carried_out(found: ExamSession, *, reopening: bool) -> Response:
    wiring = wired.wiring()
    wish = parsing.body(ConsoleCommand, CONSOLE_BODY)
    if (wish.action == "reopen") is not reopening:
        raise Problem("bad_request", place="action")
    note(command=wish.command_id, exam_session=found.id, account=current_user.account.id)
    refusal = opening.obstacle(found.status, wish.action)
    if refusal is not None:
        raise Problem(refusal)
    return send(CommandReply(results=orders.carry_out(wiring, found.id, wish)))


def _session_view(found: ExamSession) -> ExamSessionView:
    wiring = wired.wiring()
    delivery = found.delivery
    return ExamSessionView(
        id=found.id,
        title=found.title,
        room=found.room,
        starts_at=found.starts_at,
        status=found.status,  # type: ignore[arg-type]
        operator=current_user.account.name,
        operates=scope.operates(wiring, found.id),
        chief=scope.is_chief(wiring, found.id),
        supervises=has("sitting.reopen"),
        grant_limit_minutes=delivery.operator_grant_limit_ms // 60_000,
        offline_after_ms=delivery.offline_after_ms,
        unstable_after_ms=delivery.unstable_after_ms,
    )

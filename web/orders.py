"""What an operator's wish means for one sitting: the commands it becomes, the notes kept beside the log, its outcome.

Rules:
- one wish may name many sittings; each is decided alone, and its outcome says why it was not done;
- repeating a wish with the same id does nothing twice; a seat code asked for again is made anew for the same epoch;
- a note is kept under the candidate's key and is a commitment in the event; if nothing came of it, it is removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from secrets import token_bytes

from flask_login import current_user

from proctor import permitted
from proctor.commands import (
    Acknowledge,
    AnswerHand,
    Authorise,
    CheckIn,
    CloseIncident,
    Command,
    GrantTime,
    IssueSeatCode,
    LiftHold,
    PlaceHold,
    Reopen,
    ReportIncident,
    SendMessage,
    Terminate,
)
from proctor.errors import Refused
from proctor.ids import Actor, CommandId, Commitment, ExamSessionId, SittingId, staff
from proctor.state import Hold, SittingState
from web import scope
from web.console_board import sitting_in
from web.errors import Problem, sentence
from web.keys import grouped
from web.messages import CommandResult, ConsoleCommand
from web.roles import require
from web.sqlpersons import Erased
from web.wiring import Wiring

SEAT_CODE_LASTS_MS = 16 * 3_600_000
"""An exam day: codes are handed out before the candidates come."""
MINUTE_MS = 60_000
KINDS = ("note", "document", "message")
"""What is kept beside the log for a wish."""
PLANNED_REASON = "accommodation"
"""Time added for this reason is planned extra time, every other reason makes it time given back for an incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One wish on one sitting."""

    wiring: Wiring
    wish: ConsoleCommand
    state: SittingState
    actor: Actor
    chief: bool

    def stamp(self, part: str = "") -> tuple[CommandId, Actor]:
        """Id and sender of the command; a wish that becomes several commands names their parts."""
        return CommandId(f"staff:{self.wish.command_id}{part}"), self.actor

    def note(self) -> Commitment | None:
        """Keep the note beside the log; the same wish gives the same commitment again. Blanks are no note."""
        text = (self.wish.note or "").strip()
        return self.beside("note", text) if text else None

    def beside(self, kind: str, text: str) -> Commitment:
        """Keep a text under the candidate's key."""
        label = f"{self.wish.command_id}/{self.state.sitting}/{kind}"
        return self.wiring.persons.note(self.state.candidate, kind, text, self.wiring.now(), label)

    def forget(self) -> None:
        """Nothing came of the wish: what was kept for it goes."""
        for kind in KINDS:
            label = f"{self.wish.command_id}/{self.state.sitting}/{kind}"
            self.wiring.persons.forget_note(self.state.candidate, label)


def carry_out(wiring: Wiring, exam_session: ExamSessionId, wish: ConsoleCommand) -> tuple[CommandResult, ...]:
    """The outcome for every sitting the wish names.

    Raises:
        Problem: when the wish as such is not allowed or lacks a field.
    """
    if wish.action == "terminate":
        require("console.terminate")
    if wish.action == "reopen":
        require("sitting.reopen")
    chief = scope.is_chief(wiring, exam_session)
    if wish.action == "terminate" and not chief:
        raise Problem("not_allowed")
    actor = staff(current_user.account.id)
    results = []
    for sitting in dict.fromkeys(wish.sittings):
        state = sitting_in(wiring.desk, exam_session, sitting)
        if state is None:
            results.append(_refused(sitting, "sitting_elsewhere"))
            continue
        order = Order(wiring=wiring, wish=wish, state=state, actor=actor, chief=chief)
        results.append(_one(order))
    return tuple(results)


def _one(order: Order) -> CommandResult:
    """Carry the wish out on one sitting; the first refusal of its parts is the outcome."""
    sitting, anything_done = order.state.sitting, False
    try:
        for command in ACTIONS[order.wish.action](order):
            handled = order.wiring.desk.handle(sitting, command)
            if handled.refused is not None:
                if not anything_done:
                    order.forget()
                return _refused(sitting, handled.refused)
            anything_done = True
    except Refused as refused:
        return _refused(sitting, refused.code)
    except Problem as problem:
        return _refused(sitting, problem.code, problem.place)
    except Erased:
        return _refused(sitting, "person_erased")
    code = _seat_code(order) if order.wish.action == "new_seat_code" else None
    return CommandResult(sitting=sitting, outcome="done", code=None, message=None, seat_code=code)


def _refused(sitting: str, code: str, place: str = "") -> CommandResult:
    return CommandResult(sitting=sitting, outcome="refused", code=code, message=sentence(code, place))


def _check_in(order: Order) -> Iterator[Command]:
    if order.wish.document is None:
        raise Problem("field_missing", place="document")
    refusal = permitted.check_in(order.state)
    repeated = order.stamp()[0] in order.state.handled
    if refusal is not None and not repeated:
        raise Refused(refusal)
    command_id, actor = order.stamp()
    yield CheckIn(
        command_id=command_id,
        actor=actor,
        document_kind=order.wish.document.kind,
        document=order.beside("document", order.wish.document.last),
        station=order.wish.station or order.state.seat,
    )


def _plain(kind: type[Authorise] | type[AnswerHand], order: Order) -> Iterator[Command]:
    command_id, actor = order.stamp()
    yield kind(command_id=command_id, actor=actor)


def _pause(order: Order) -> Iterator[Command]:
    command_id, actor = order.stamp()
    yield PlaceHold(
        command_id=command_id,
        actor=actor,
        hold=order.wish.hold or Hold.PAUSED.value,
        reason=order.wish.reason or "",
        note=order.note(),
    )


def _resume(order: Order) -> Iterator[Command]:
    """Lift every hold a person may lift; a silence under review only with the part of it that counts as used."""
    refusal = permitted.resume(order.state)
    if refusal is not None and not _begun_before(order):
        raise Refused(refusal)
    holds = [hold for hold in order.state.holds if hold in permitted.LIFTABLE]
    if Hold.LOCKED in holds and not order.chief:
        raise Problem("not_allowed")
    if Hold.REVIEW in holds and order.wish.charge_ms is None:
        raise Problem("field_missing", place="charge_ms")
    for hold in holds:
        command_id, actor = order.stamp(f":{hold.value}")
        yield LiftHold(
            command_id=command_id,
            actor=actor,
            hold=hold.value,
            reason=order.wish.reason or "",
            note=order.note(),
            charge_ms=(order.wish.charge_ms or 0) if hold is Hold.REVIEW else 0,
        )


def _begun_before(order: Order) -> bool:
    """Whether this very wish has lifted something already."""
    return any(order.stamp(f":{hold.value}")[0] in order.state.handled for hold in permitted.LIFTABLE)


def _add_time(order: Order) -> Iterator[Command]:
    if order.wish.minutes is None:
        raise Problem("field_missing", place="minutes")
    command_id, actor = order.stamp()
    yield GrantTime(
        command_id=command_id,
        actor=actor,
        granted_ms=order.wish.minutes * MINUTE_MS,
        kind="planned" if order.wish.reason == PLANNED_REASON else "incident",
        reason=order.wish.reason or "",
        note=order.note(),
        beyond_limit=order.chief,
    )


def _new_seat_code(order: Order) -> Iterator[Command]:
    if not order.wish.reason:
        raise Refused("reason_missing")
    command_id, actor = order.stamp()
    yield IssueSeatCode(command_id=command_id, actor=actor, reason=order.wish.reason)


def _terminate(order: Order) -> Iterator[Command]:
    note = order.note()
    if note is None:
        raise Refused("note_missing")
    command_id, actor = order.stamp()
    yield Terminate(command_id=command_id, actor=actor, reason=order.wish.reason or "", note=note)


def _acknowledge(order: Order) -> Iterator[Command]:
    if order.wish.subject is None:
        raise Problem("field_missing", place="subject")
    command_id, actor = order.stamp()
    yield Acknowledge(command_id=command_id, actor=actor, subject=order.wish.subject, note=order.note())


def _report_incident(order: Order) -> Iterator[Command]:
    note = order.note()
    if note is None:
        raise Refused("note_missing")
    command_id, actor = order.stamp()
    yield ReportIncident(command_id=command_id, actor=actor, category=order.wish.reason or "", note=note)


def _close_incident(order: Order) -> Iterator[Command]:
    if order.wish.incident is None:
        raise Problem("field_missing", place="incident")
    command_id, actor = order.stamp()
    yield CloseIncident(
        command_id=command_id,
        actor=actor,
        incident=order.wish.incident,
        action=order.wish.reason or "",
        note=order.note(),
    )


def _message(order: Order) -> Iterator[Command]:
    """A template needs no words, free words are kept under each candidate's own key."""
    template, text = order.wish.template, (order.wish.text or "").strip()
    if template is None:
        raise Problem("field_missing", place="template")
    command_id, actor = order.stamp()
    kept = order.beside("message", text) if text else None
    yield SendMessage(command_id=command_id, actor=actor, template=template, text=kept)


def _reopen(order: Order) -> Iterator[Command]:
    """A test goes on only while nobody has signed anything under its result."""
    if order.wiring.records.final(order.state.sitting):
        raise Refused("result_final")
    note = order.note()
    if note is None:
        raise Refused("note_missing")
    command_id, actor = order.stamp()
    yield Reopen(command_id=command_id, actor=actor, reason=order.wish.reason or "", note=note)


ACTIONS: dict[str, Callable[[Order], Iterator[Command]]] = {
    "check_in": _check_in,
    "authorise": partial(_plain, Authorise),
    "pause": _pause,
    "resume": _resume,
    "add_time": _add_time,
    "new_seat_code": _new_seat_code,
    "terminate": _terminate,
    "acknowledge": _acknowledge,
    "answer_hand": partial(_plain, AnswerHand),
    "report_incident": _report_incident,
    "close_incident": _close_incident,
    "reopen": _reopen,
    "message": _message,
}


def _seat_code(order: Order) -> str | None:
    """The code for the epoch just issued; None when a browser has opened it meanwhile (the wish was repeated)."""
    state = order.wiring.desk.state(order.state.sitting)
    if state.lease is not None or state.closed:
        return None
    return new_seat_code(order.wiring, state.sitting, state.epoch)


def new_seat_code(wiring: Wiring, sitting: SittingId, epoch: int) -> str:
    """Make the code that opens this epoch of a sitting; earlier codes of the sitting are gone."""
    return grouped(wiring.seats.issue(sitting, epoch, wiring.now(), SEAT_CODE_LASTS_MS, token_bytes))

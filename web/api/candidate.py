"""The candidate's routes: parse, handle, answer with the view."""

from __future__ import annotations

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from proctor.commands import (
    AcknowledgeMessage,
    Command,
    ConfirmIdentity,
    EndExam,
    OpenLease,
    RaiseHand,
    ReportBrowser,
    ReportMessageShown,
    ReportSignal,
    Start,
    SubmitAnswer,
    WithdrawHand,
)
from proctor.desk import Handled
from proctor.errors import Refused
from proctor.ids import CANDIDATE, AttemptId, CommandId, SittingId
from proctor.lease import held_by, retry_after_ms
from proctor.state import Lifecycle, SittingState
from web import device, heartbeats, opening, parsing, wired
from web.candidate_page import entitled
from web.device import Holder
from web.errors import Problem
from web.journal import note
from web.limits import (
    ANSWERS_PER_SITTING,
    ARRIVALS_PER_SITTING,
    EVENTS_PER_SITTING,
    SEAT_CODE_TRIES,
    SEAT_CODE_TRIES_PER_ADDRESS,
    by_sitting,
    by_tab,
    limiter,
    was_wrong,
)
from web.messages import (
    AnswerReply,
    AnswerRequest,
    BrowserCheckRequest,
    CandidateResult,
    CandidateView,
    CommandOnly,
    HandRequest,
    Heartbeat,
    HeartbeatReply,
    LeaseReply,
    LeaseRequest,
    Message,
    MessageRequest,
    SeatRequest,
    SignalRequest,
)
from web.metrics import ANSWERS
from web.openapi import speaks
from web.roles import permission

routes = Blueprint("candidate", __name__, url_prefix="/api/candidate")
LONG_MS = 5_000
"""Only after such a silence is it worth asking whether the connection counts as lost."""


def send(message: Message) -> Response:
    """A message as the answer."""
    return Response(message.model_dump_json(), mimetype="application/json")


def holder() -> Holder:
    """Who the guard found behind the device cookie."""
    found: Holder = g.holder
    return found


def do(command: Command) -> Handled:
    """Send a command of the lease holder to the desk; a refusal becomes the answer."""
    wiring = wired.wiring()
    note(command=command.command_id)
    presence = wiring.board.get(holder().sitting)
    if presence is not None and wiring.now() - presence.last_seen_ms > LONG_MS:
        heartbeats.noticed(wiring, wiring.desk.state(holder().sitting))
    handled = wiring.desk.handle(holder().sitting, command)
    if handled.refused is not None:
        raise Refused(handled.refused)
    if held_by(handled.state, holder().tenure):
        wiring.board.touch(holder().sitting, holder().tenure.epoch, wiring.now())
    return handled


def answer_with_view(state: SittingState) -> Response:
    """The holder's view after a command."""
    return send(wired.wiring().view(state))


def stamp(command_id: str) -> dict[str, object]:
    """What every command of this candidate starts with."""
    return {"command_id": CommandId(f"candidate:{command_id}"), "actor": CANDIDATE, "tenure": holder().tenure}


@routes.post("/seat")
@permission("public")
@speaks(takes=SeatRequest, gives=LeaseReply)
@limiter.limit(SEAT_CODE_TRIES, key_func=by_tab, deduct_when=was_wrong)
@limiter.limit(SEAT_CODE_TRIES_PER_ADDRESS, deduct_when=was_wrong)
def seat() -> ResponseReturnValue:
    """Open a sitting with its seat code; sets the device cookie."""
    wiring = wired.wiring()
    parsing.same_origin(wiring.settings.public_origin)
    wanted = parsing.body(SeatRequest)
    digits = parsing.seat_code(wanted.code)
    found = wiring.seats.look_up(digits, wiring.now())
    note(sitting=found.sitting)
    opening.let_in(wiring.sessions, found.sitting)
    name = wiring.keys.device_of(digits, wanted.tab)
    command_id = f"seat:{wiring.keys.digest('seat command', digits, wanted.tab)[:40]}"
    state = open_lease(found.sitting, name, wanted.tab, command_id, found.epoch)
    return device.remember(leased(state), found.sitting, name)


@routes.post("/lease")
@permission("candidate")
@speaks(takes=LeaseRequest, gives=LeaseReply)
@limiter.limit(ARRIVALS_PER_SITTING, key_func=by_sitting)
def lease() -> ResponseReturnValue:
    """Take the sitting back in a page reopened on the same device."""
    wiring = wired.wiring()
    wanted = parsing.body(LeaseRequest)
    read = wiring.keys.read_cookie(request.cookies[device.COOKIE])
    assert read is not None
    sitting, name = SittingId(read[0]), read[1]
    state = wiring.desk.state(sitting)
    if state.lifecycle in (Lifecycle.UNREGISTERED, Lifecycle.REGISTERED):
        raise Refused("see_operator")
    return leased(open_lease(sitting, name, wanted.tab, f"lease:{wanted.tab}:{state.version}", None))


def open_lease(sitting: SittingId, name: str, tab: str, command_id: str, code_epoch: int | None) -> SittingState:
    """Ask the desk for the lease; tells a second tab how long to wait."""
    wiring = wired.wiring()
    presence = wiring.board.get(sitting)
    seen = presence.last_seen_ms if presence is not None else None
    command = OpenLease(
        command_id=CommandId(command_id),
        actor=CANDIDATE,
        device=wiring.keys.device(sitting, name),
        tab=wiring.keys.tab(sitting, tab),
        code_epoch=code_epoch,
        previous_seen_ms=seen,
    )
    handled = wiring.desk.handle(sitting, command)
    if handled.refused == "open_elsewhere":
        delivery = wiring.exams.of(handled.state.exam_session).exam.delivery
        wait = retry_after_ms(handled.state, seen, wiring.now(), delivery)
        raise Problem("open_elsewhere", retry_after_ms=wait)
    if handled.refused is not None:
        raise Refused(handled.refused)
    state = handled.state
    if not state.closed:
        if state.lease is None or (state.lease.device, state.lease.tab) != (command.device, command.tab):
            raise Refused("seat_code_spent")  # the code was used here, and then the sitting moved on
        wiring.board.touch(sitting, state.lease.epoch, wiring.now())
    return state


def leased(state: SittingState) -> Response:
    """The reply to whoever got the lease."""
    epoch = state.lease.epoch if state.lease is not None else state.epoch
    return send(LeaseReply(epoch=epoch, view=wired.wiring().view(state)))


@routes.get("/view")
@permission("candidate")
@speaks(gives=CandidateView)
def view() -> ResponseReturnValue:
    """Where the sitting stands."""
    wiring = wired.wiring()
    state = wiring.desk.state(holder().sitting)
    if not entitled(state, holder().tenure):
        raise Refused("old_lease")
    wiring.board.touch(holder().sitting, holder().tenure.epoch, wiring.now())
    return answer_with_view(state)


@routes.post("/browser-check")
@permission("candidate")
@speaks(takes=BrowserCheckRequest, gives=CandidateView)
@limiter.limit(ARRIVALS_PER_SITTING, key_func=by_sitting)
def browser_check() -> ResponseReturnValue:
    """Report what the browser can and cannot do."""
    wanted = parsing.body(BrowserCheckRequest)
    failed = tuple(sorted({check.name for check in wanted.checks if not check.ok}))
    handled = do(ReportBrowser(**stamp(wanted.command_id), failed=failed, browser=wanted.browser))  # type: ignore[arg-type]
    return answer_with_view(handled.state)


@routes.post("/identity")
@permission("candidate")
@speaks(takes=CommandOnly, gives=CandidateView)
@limiter.limit(EVENTS_PER_SITTING, key_func=by_sitting)
def identity() -> ResponseReturnValue:
    """Confirm name, exam and station."""
    return simple(ConfirmIdentity)


@routes.post("/start")
@permission("candidate")
@speaks(takes=CommandOnly, gives=CandidateView)
@limiter.limit(EVENTS_PER_SITTING, key_func=by_sitting)
def start() -> ResponseReturnValue:
    """Begin the test."""
    opening.let_in(wired.wiring().sessions, holder().sitting)
    return simple(Start)


@routes.post("/end")
@permission("candidate")
@speaks(takes=CommandOnly, gives=CandidateView)
@limiter.limit(EVENTS_PER_SITTING, key_func=by_sitting)
def end() -> ResponseReturnValue:
    """End the test now."""
    return simple(EndExam)


@routes.post("/hand/withdraw")
@permission("candidate")
@speaks(takes=CommandOnly, gives=CandidateView)
@limiter.limit(EVENTS_PER_SITTING, key_func=by_sitting)
def withdraw_hand() -> ResponseReturnValue:
    """Take the call back."""
    return simple(WithdrawHand)


def simple(kind: type[ConfirmIdentity] | type[Start] | type[EndExam] | type[WithdrawHand]) -> Response:
    """A command that is nothing but the wish itself."""
    wanted = parsing.body(CommandOnly)
    return answer_with_view(do(kind(**stamp(wanted.command_id))).state)  # type: ignore[arg-type]


@routes.post("/hand")
@permission("candidate")
@speaks(takes=HandRequest, gives=CandidateView)
@limiter.limit(EVENTS_PER_SITTING, key_func=by_sitting)
def hand() -> ResponseReturnValue:
    """Call the operator."""
    wanted = parsing.body(HandRequest)
    return answer_with_view(do(RaiseHand(**stamp(wanted.command_id), category=wanted.category)).state)  # type: ignore[arg-type]


@routes.post("/message")
@permission("candidate")
@speaks(takes=MessageRequest, gives=CandidateView)
@limiter.limit(EVENTS_PER_SITTING, key_func=by_sitting)
def message() -> ResponseReturnValue:
    """Give a receipt for an operator's message."""
    wanted = parsing.body(MessageRequest)
    kind = AcknowledgeMessage if wanted.receipt == "read" else ReportMessageShown
    return answer_with_view(do(kind(**stamp(wanted.command_id), message=wanted.message)).state)  # type: ignore[arg-type]


@routes.post("/signal")
@permission("candidate")
@speaks(takes=SignalRequest, gives=CandidateView)
@limiter.limit(EVENTS_PER_SITTING, key_func=by_sitting)
def signal() -> ResponseReturnValue:
    """Report an integrity signal of the page."""
    wanted = parsing.body(SignalRequest)
    command = ReportSignal(**stamp(wanted.command_id), kind=wanted.kind, duration_ms=wanted.duration_ms)  # type: ignore[arg-type]
    return answer_with_view(do(command).state)


@routes.post("/answer")
@permission("candidate")
@speaks(takes=AnswerRequest, gives=AnswerReply)
@limiter.limit(ANSWERS_PER_SITTING, key_func=by_sitting)
def answer() -> ResponseReturnValue:
    """Store an answer and give the next item; repeating it gives the first outcome again."""
    wiring = wired.wiring()
    wanted = parsing.body(AnswerRequest)
    command = SubmitAnswer(
        command_id=CommandId(f"answer:{wanted.answer_id}"),
        actor=CANDIDATE,
        tenure=holder().tenure,
        attempt=AttemptId(wanted.attempt),
        answer_id=wanted.answer_id,
        client_seq=wanted.client_seq,
        response=wanted.response,
        visible_ms=wanted.visible_ms,
    )
    handled = do(command)
    outcome = handled.answer
    assert outcome is not None
    ANSWERS.labels(outcome.outcome).inc()
    if not handled.repeated:
        wiring.board.answered(holder().sitting, holder().tenure.epoch)
    reply = AnswerReply(
        answer_id=outcome.answer_id,
        outcome="recorded" if outcome.outcome == "recorded" else "quarantined",
        reason=outcome.reason,
        view=wiring.view_for(handled.state, holder().tenure),
    )
    return send(reply)


@routes.post("/heartbeat")
@permission("candidate")
@speaks(takes=Heartbeat, gives=HeartbeatReply)
@limiter.limit(EVENTS_PER_SITTING, key_func=by_sitting)
def heartbeat() -> ResponseReturnValue:
    """A heartbeat where no socket gets through."""
    return send(heartbeats.heard(wired.wiring(), holder(), parsing.body(Heartbeat), "http", request.remote_addr or ""))


@routes.post("/left")
@permission("public")
def left() -> ResponseReturnValue:
    """The page is being left: no longer visible; whether it is gone the next heartbeats tell."""
    wiring = wired.wiring()
    parsing.same_origin(wiring.settings.public_origin)
    read = wiring.keys.read_cookie(request.cookies.get(device.COOKIE, ""))
    if read is None:
        raise Problem("no_device")
    state = wiring.desk.state(SittingId(read[0]))
    if state.lease is not None and state.lease.device == wiring.keys.device(*read):
        wiring.board.hidden(state.sitting, state.lease.epoch)
    return "", 204


@routes.get("/result")
@permission("candidate")
@speaks(gives=CandidateResult)
def result() -> ResponseReturnValue:
    """The decisions, once the sitting is over."""
    wiring = wired.wiring()
    state = wiring.desk.state(holder().sitting)
    if not entitled(state, holder().tenure):
        raise Refused("old_lease")
    if not state.closed:
        raise Problem("not_closed")
    return send(wiring.result(state))

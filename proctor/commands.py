"""The wishes that may change a sitting: imperative, may be refused, safe to send twice (same `command_id`)."""

from __future__ import annotations

from dataclasses import dataclass

from proctor.ids import Actor, AttemptId, CandidateId, CommandId, Commitment, ExamSessionId, SittingId


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A wish with its sender and an id made by the sender."""

    command_id: CommandId
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """What a candidate's request carries to show that it holds the lease."""

    device: Commitment
    tab: Commitment
    epoch: int


# ---- the exam office ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class Register(Command):
    """Book a candidate on a seat."""

    sitting: SittingId
    exam_session: ExamSessionId
    candidate: CandidateId
    seat: str
    plan_digest: str
    pool_digest: str
    secret_commitment: str
    allowed_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Command):
    """Take a booking back before it began: reason ``cancelled`` or ``no_show``."""

    reason: str


# ---- the candidate ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLease(Command):
    """Open the sitting on this device and tab: with a seat code of `code_epoch`, or (None) as the device that held it.

    `previous_seen_ms`: when the tab that holds the lease was last heard (None: never): a live tab is not thrown out.
    """

    device: Commitment
    tab: Commitment
    code_epoch: int | None
    previous_seen_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBrowser(Command):
    """Result of the browser check."""

    tenure: Tenure
    failed: tuple[str, ...]
    browser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmIdentity(Command):
    """Name, exam and station are right."""

    tenure: Tenure


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Command):
    """Begin: the briefing was read."""

    tenure: Tenure


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitAnswer(Command):
    """Answer the presented item; `response` in the ids shown to the candidate, None to leave it unanswered."""

    tenure: Tenure
    attempt: AttemptId
    answer_id: str
    client_seq: int
    response: tuple[str, ...] | None
    visible_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconnect(Command):
    """The lease holder is heard again after a loss; `uncovered_ms`: how long the item showed since the last reply."""

    tenure: Tenure
    uncovered_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseHand(Command):
    """Call the operator."""

    tenure: Tenure
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawHand(Command):
    """Take the call back."""

    tenure: Tenure


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMessageShown(Command):
    """The operator's message stands on the candidate's screen."""

    tenure: Tenure
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeMessage(Command):
    """The candidate says that the operator's message has been read."""

    tenure: Tenure
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSignal(Command):
    """An integrity signal seen by the page."""

    tenure: Tenure
    kind: str
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndExam(Command):
    """End my exam now."""

    tenure: Tenure


# ---- the operator -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn(Command):
    """Identity verified in the room."""

    document_kind: str
    document: Commitment
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorise(Command):
    """Let the candidate begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHold(Command):
    """Stop the clock for a reason: hold ``paused``, ``locked``, ``break`` or ``technical``."""

    hold: str
    reason: str
    note: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftHold(Command):
    """Take one hold away; `charge_ms` (hold ``review`` only) is the part of the silence that counts as used."""

    hold: str
    reason: str
    note: Commitment | None
    charge_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantTime(Command):
    """Add time; above the plan's operator limit only with `beyond_limit` (a permission web/ has checked)."""

    granted_ms: int
    kind: str
    reason: str
    note: Commitment | None
    beyond_limit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSeatCode(Command):
    """Fence the present lease and let a new one-time code open the next epoch."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHand(Command):
    """The operator has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage(Command):
    """Tell the candidate something: a `template`, or ``free`` with a commitment to the `text` kept beside the log."""

    template: str
    text: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(Command):
    """Take an entry off the attention queue."""

    subject: str
    note: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIncident(Command):
    """Write down something that happened and is over; the note says what."""

    category: str
    note: Commitment


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseIncident(Command):
    """Say what was done about an incident."""

    incident: str
    action: str
    note: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminate(Command):
    """End the sitting against the candidate's will; reason and note are mandatory."""

    reason: str
    note: Commitment


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Command):
    """Let an ended test go on: for a supervisor who is not the one who ended it; reason and note are mandatory."""

    reason: str
    note: Commitment


# ---- the server's timers ------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSilence(Command):
    """Nothing was heard from the lease holder since `last_seen_ms`; `outage` names the room's incident, if any."""

    epoch: int
    last_seen_ms: int
    outage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignal(Command):
    """An integrity signal the server saw itself, of the lease with this epoch."""

    epoch: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireAuthorisation(Command):
    """The authorisation granted at this event's instant has lapsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTime(Command):
    """The time is used up."""

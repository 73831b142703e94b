"""The facts a sitting is made of.

Rules:
- past tense, complete, never edited, readable in ten years;
- bodies hold pseudonymous ids, integers (milliseconds, micro-units) and codes only: no float, no name, no free text;
- every `*_ms` that is an instant is milliseconds since the epoch on the server's clock, every other a duration;
- every number that decided something (score, chosen item, theta, mastery, charged time) is written here;
- a new field or meaning is a new schema version (`SCHEMA`), read through an upcaster in codec.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from proctor.ids import Actor, AttemptId, CandidateId, CommandId, Commitment, ExamSessionId, ItemId, SittingId


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact, the instant the server wrote it, who brought it about and by which command."""

    SCHEMA: ClassVar[int] = 1

    at: int
    cause: CommandId
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingRegistered(Event):
    """A candidate was booked on a seat of an exam session; names every frozen input of the sitting."""

    sitting: SittingId
    exam_session: ExamSessionId
    candidate: CandidateId
    seat: str
    plan_digest: str
    pool_digest: str
    secret_commitment: str
    allowed_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedIn(Event):
    """The operator verified identity: kind of document, commitment to its last characters, station."""

    document_kind: str
    document: Commitment
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatCodeIssued(Event):
    """A new one-time seat code was made; it will open the lease with this epoch and fences all earlier ones."""

    epoch: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseGranted(Event):
    """One browser tab became the only writer of this sitting."""

    epoch: int
    device: Commitment
    tab: Commitment


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserChecked(Event):
    """The pre-exam check ran: codes of what failed (empty when all passed), browser family and major version."""

    failed: tuple[str, ...]
    browser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityConfirmed(Event):
    """The candidate confirmed name, exam and station and waits for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorised(Event):
    """The operator let the candidate begin; lapses at `expires_ms` if the test is not begun."""

    expires_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationExpired(Event):
    """Nobody began in time: the candidate waits for the operator again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingStarted(Event):
    """The candidate acknowledged the briefing; the clock runs from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPresented(Event):
    """The engine chose this item; the fields from `outcome` on explain why (micro = millionths)."""

    position: int
    attempt: AttemptId
    item: ItemId
    choices: tuple[str, ...]
    targets: tuple[str, ...]
    areas_done: int
    outcome: str
    criterion: str
    value_micro: int
    eligible: int
    theta_micro: int
    standard_error_micro: int
    mastery_micro: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecorded(Event):
    """An answer, final and scored. `response` holds authored option ids (empty: left unanswered, scored 0)."""

    position: int
    attempt: AttemptId
    item: ItemId
    answer_id: str
    client_seq: int
    epoch: int
    response: tuple[str, ...]
    omitted: bool
    score: int
    visible_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuarantined(Event):
    """An answer that could not count (late, superseded, old lease) was kept with its reason, for review."""

    attempt: AttemptId
    answer_id: str
    client_seq: int
    epoch: int
    response: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeDecided(Event):
    """The test's decision on one outcome; written when the sitting closes, for every outcome of the plan."""

    outcome: str
    decision: str
    closed: str
    evidence: str
    mastery_micro: int
    theta_micro: int
    standard_error_micro: int
    items: int
    criteria: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLost(Event):
    """No sign of the candidate since `effective_ms` (last acknowledged heartbeat); the clock stood from there."""

    epoch: int
    effective_ms: int
    charged_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRestored(Event):
    """The candidate is back. `charged_ms`: what the item was visible in the gap; `gap_ms` - `charged_ms` was not."""

    epoch: int
    gap_ms: int
    charged_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Event):
    """One more reason why the clock stands. `charged_ms`: running time closed by this event (0 if it stood)."""

    hold: str
    reason: str
    note: Commitment | None
    charged_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLifted(Event):
    """One reason fewer; the sitting resumes only when none is left."""

    hold: str
    reason: str
    note: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Event):
    """The last hold is gone and the clock runs again from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeGranted(Event):
    """The allowance grew by `granted_ms`; `kind` is ``planned`` (accommodation) or ``incident``."""

    granted_ms: int
    kind: str
    reason: str
    note: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCharged(Event):
    """The operator decided that part of a long silence counts as used time."""

    charged_ms: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandRaised(Event):
    """The candidate asks for the operator."""

    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandLowered(Event):
    """The call was answered or withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Event):
    """The operator told the candidate something: the code of a template, or ``free`` and a commitment to its text."""

    message: str
    template: str
    text: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageShown(Event):
    """The candidate's page reported that the message stands on a visible screen; not yet that anybody read it."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRead(Event):
    """The candidate said that the message has been read."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalNoted(Event):
    """An integrity signal: evidence with a level, never a verdict."""

    kind: str
    level: str
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDrafted(Event):
    """The server or an operator opened an incident; `ended_ms` 0 while it lasts."""

    incident: str
    category: str
    began_ms: int
    ended_ms: int
    note: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClosed(Event):
    """The end of an incident and what was done about it."""

    incident: str
    ended_ms: int
    action: str
    note: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionAcknowledged(Event):
    """An operator took an entry off the attention queue. Schema 1 had no note."""

    SCHEMA: ClassVar[int] = 2

    subject: str
    note: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingSubmitted(Event):
    """The end by the candidate or the engine: ``candidate``, ``stop_rule``, ``maximum_length``, ``pool_exhausted``."""

    reason: str
    charged_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingTimedOut(Event):
    """The end by the clock."""

    charged_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingTerminated(Event):
    """The end by a chief operator; never without reason and incident."""

    reason: str
    note: Commitment | None
    incident: str
    charged_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingReopened(Event):
    """A supervisor let an ended test go on; the decisions written at its end no longer stand."""

    reason: str
    note: Commitment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingCancelled(Event):
    """It never began: ``cancelled`` or ``no_show``."""

    reason: str


EVENTS: tuple[type[Event], ...] = (
    SittingRegistered,
    CheckedIn,
    SeatCodeIssued,
    LeaseGranted,
    BrowserChecked,
    IdentityConfirmed,
    Authorised,
    AuthorisationExpired,
    SittingStarted,
    ItemPresented,
    AnswerRecorded,
    AnswerQuarantined,
    OutcomeDecided,
    ConnectionLost,
    ConnectionRestored,
    HoldPlaced,
    HoldLifted,
    Resumed,
    TimeGranted,
    TimeCharged,
    HandRaised,
    HandLowered,
    MessageSent,
    MessageShown,
    MessageRead,
    SignalNoted,
    IncidentDrafted,
    IncidentClosed,
    AttentionAcknowledged,
    SittingSubmitted,
    SittingTimedOut,
    SittingTerminated,
    SittingReopened,
    SittingCancelled,
)
"""Every event there is; the codec and the documentation walk this list."""

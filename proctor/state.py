"""The state of one sitting: three regions' stored part (lifecycle and holds) and what the rules need to know.

Rules:
- the state is only ever made by `fold.evolve`; nothing else writes a field;
- every number in it was written in an event or follows from one by addition;
- the clock runs if and only if the lifecycle is RUNNING (`running_since` is set exactly then).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from proctor.ids import Actor, AttemptId, CandidateId, CommandId, Commitment, ExamSessionId, ItemId, SittingId


class Lifecycle(StrEnum):
    """Where the sitting stands; changed by events alone, see `transitions.TRANSITIONS`."""

    UNREGISTERED = "unregistered"
    REGISTERED = "registered"
    CHECKED_IN = "checked_in"
    AWAITING = "awaiting"
    AUTHORISED = "authorised"
    RUNNING = "running"
    SUSPENDED = "suspended"
    SUBMITTED = "submitted"
    TIMED_OUT = "timed_out"
    TERMINATED = "terminated"
    CANCELLED = "cancelled"


class Hold(StrEnum):
    """A reason why the clock stands; a sitting resumes only when none is left."""

    DISCONNECTED = "disconnected"
    PAUSED = "paused"
    LOCKED = "locked"
    BREAK = "break"
    TRANSFER = "transfer"
    TECHNICAL = "technical"
    REVIEW = "review"
    REOPENED = "reopened"


_NO_SITTING, _NO_SESSION, _NOBODY = SittingId(""), ExamSessionId(""), CandidateId("")

CLOSED = frozenset({Lifecycle.SUBMITTED, Lifecycle.TIMED_OUT, Lifecycle.TERMINATED, Lifecycle.CANCELLED})
BEGUN = frozenset({Lifecycle.RUNNING, Lifecycle.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The one browser tab that may write, and when it became so."""

    epoch: int
    device: Commitment
    tab: Commitment
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One hold and since when."""

    hold: Hold
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """The item on the candidate's screen; `used_ms` is the time used up when it appeared."""

    position: int
    attempt: AttemptId
    item: ItemId
    choices: tuple[str, ...]
    targets: tuple[str, ...]
    at: int
    used_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One presentation that was answered, with its score."""

    position: int
    attempt: AttemptId
    item: ItemId
    score: int
    omitted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOutcome:
    """What became of an answer_id, for ever: ``recorded``, or ``quarantined`` with the reason."""

    answer_id: str
    outcome: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """The connection is lost since `effective_ms`; `clock_ran` tells whether the loss stopped the clock."""

    effective_ms: int
    clock_ran: bool
    incident: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A raised hand."""

    category: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message of the operator; `shown_at` and `read_at` None until the candidate's page said so."""

    message: str
    template: str
    text: Commitment | None
    sender: Actor
    sent_at: int
    shown_at: int | None = None
    read_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """An integrity signal: evidence with a level."""

    kind: str
    level: str
    at: int
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that goes into the protocol; `ended_ms` 0 while it lasts, `action` None while nobody dealt with it."""

    incident: str
    category: str
    began_ms: int
    ended_ms: int
    action: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The test's decision on one outcome as it was written at the close."""

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
class SittingState:
    """Everything the rules need to know about one sitting after its events so far.

    `version` is the number of events; `last_at` the instant of the last; `heard_ms` the candidate's last act in the log
    (0: none); `epoch` the newest epoch that was issued; `lease` None while nobody may write; `known_devices` every
    device that ever held the lease; `charged_ms` the used time that is written in events, `running_since` None while
    the clock stands; `stopped_ms` when it last stopped; `credited_ms` the last silence that was not charged and
    `review_ms` the silence waiting for the operator's decision.
    """

    sitting: SittingId = _NO_SITTING
    exam_session: ExamSessionId = _NO_SESSION
    candidate: CandidateId = _NOBODY
    seat: str = ""
    plan_digest: str = ""
    pool_digest: str = ""
    secret_commitment: str = ""
    lifecycle: Lifecycle = Lifecycle.UNREGISTERED
    version: int = 0
    last_at: int = 0
    lifecycle_since: int = 0
    handled: frozenset[CommandId] = frozenset()

    station: str | None = None
    document_kind: str | None = None
    epoch: int = 0
    lease: Lease | None = None
    known_devices: frozenset[Commitment] = frozenset()
    heard_ms: int = 0
    browser: str | None = None
    check_failed: tuple[str, ...] | None = None
    checked_at: int = 0
    expires_ms: int | None = None

    allowed_ms: int = 0
    planned_ms: int = 0
    incident_ms: int = 0
    charged_ms: int = 0
    running_since: int | None = None
    started_at: int | None = None
    stopped_ms: int = 0

    held: tuple[Held, ...] = ()
    loss: Loss | None = None
    drops: int = 0
    credited_ms: int = 0
    review_ms: int = 0

    presented: Presented | None = None
    areas_done: int = 0
    responses: tuple[Answered, ...] = ()
    answers: tuple[AnswerOutcome, ...] = ()
    saved_at: int | None = None
    quarantined_at: int = 0
    decisions: tuple[Decision, ...] = ()

    hand: Hand | None = None
    messages: tuple[Sent, ...] = ()
    signals: tuple[Signal, ...] = ()
    incidents: tuple[Incident, ...] = ()
    acknowledged: frozenset[str] = frozenset()

    ended_at: int | None = None
    end_reason: str | None = None
    ended_by: Actor | None = None

    @property
    def holds(self) -> tuple[Hold, ...]:
        """The holds in the fixed order of `Hold`, whatever the order they came in."""
        return tuple(one.hold for one in self.held)

    @property
    def closed(self) -> bool:
        """True once nothing more may happen to the test itself."""
        return self.lifecycle in CLOSED

    @property
    def begun(self) -> bool:
        """True while the test is under way, running or standing."""
        return self.lifecycle in BEGUN

    @property
    def quarantined(self) -> int:
        """How many answers wait in quarantine."""
        return sum(one.outcome == "quarantined" for one in self.answers)

    @property
    def unread(self) -> tuple[Sent, ...]:
        """The operator's messages that the candidate has not acknowledged, oldest first."""
        return tuple(one for one in self.messages if one.read_at is None)

    def outcome_of(self, answer_id: str) -> AnswerOutcome | None:
        """What became of this answer, None if it never arrived."""
        return next((one for one in self.answers if one.answer_id == answer_id), None)

    def holds_since(self, hold: Hold) -> int | None:
        """Since when this hold stands, None if it does not."""
        return next((one.since for one in self.held if one.hold is hold), None)

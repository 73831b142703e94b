"""Every message that crosses the wire, HTTP and sockets alike; the front end's types are generated from here.

A candidate's messages hold no key, theta, difficulty, outcome or criterion id, and no item that is not due.
Instants are milliseconds since the epoch on the server's clock (`*_at`, `server_ms`), durations end in `_ms`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Opaque = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:@-]+$")]
Millis = Annotated[int, Field(ge=0, le=10**15)]
Short = Annotated[str, Field(max_length=120)]
ResponseCode = Annotated[str, Field(min_length=1, max_length=24, pattern=r"^[0-9A-Za-z.,:+-]+$")]

Interaction = Literal["single", "multiple", "order", "match", "numeric"]
Phase = Literal["see_operator", "check", "identity", "waiting", "briefing", "item", "covered", "finished"]
Hold = Literal["disconnected", "paused", "locked", "break", "transfer", "technical", "review", "reopened"]
HandCategory = Literal["technical", "item", "health", "other"]
EndReason = Literal["stop_rule", "maximum_length", "pool_exhausted", "candidate", "time", "terminated"]
Lifecycle = Literal[
    "registered", "checked_in", "awaiting", "authorised", "running", "suspended",
    "submitted", "timed_out", "terminated", "cancelled",
]  # fmt: skip
Link = Literal["never", "online", "unstable", "offline"]
Action = Literal[
    "check_in", "authorise", "pause", "resume", "add_time", "new_seat_code", "terminate", "acknowledge", "answer_hand",
]  # fmt: skip


class Message(BaseModel):
    """Strict, closed, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ErrorReply(Message):
    """Any refusal: a stable code and one clear sentence in the reader's language."""

    error: str
    message: str
    retry_after_ms: int | None = None


# ------------------------------------------------------------------------------ candidate: view
class ClockView(Message):
    """The clock that is charged."""

    remaining_ms: int
    allowed_ms: int
    running: bool


class ProgressView(Message):
    """Where the candidate is, without a hint of correctness."""

    number: int
    maximum: int
    areas_done: int
    areas_total: int


class Choice(Message):
    """One text a candidate can point at."""

    id: str
    text: str


class ItemView(Message):
    """One presented item. `choices`: options, rows to order, or left column; `targets`: right column of a match."""

    attempt: str
    number: int
    interaction: Interaction
    language: str
    stem: str
    exhibit: str | None
    choices: tuple[Choice, ...]
    targets: tuple[Choice, ...]
    unit: str | None


class CoverView(Message):
    """Why the item is covered, and since when."""

    reasons: tuple[Hold, ...]
    since: Millis


class PersonView(Message):
    """Who sits here: shown to be confirmed."""

    name: str
    reference: str
    seat: str
    station: str | None


class BriefingView(Message):
    """The numbers of the briefing."""

    minutes: int
    maximum: int
    areas_total: int


class ReceiptView(Message):
    """What the candidate takes away: the code and the head of the log."""

    code: str
    chain_head: str
    answered: int
    ended_at: Millis
    reason: EndReason
    result_available: bool


class PlayerSettings(Message):
    """Timings the server sets."""

    heartbeat_ms: int
    cover_after_ms: int


class CandidateView(Message):
    """All a candidate's page may know; the phase says which of the optional parts are there."""

    state_version: int
    phase: Phase
    title: str
    server_ms: Millis
    settings: PlayerSettings
    person: PersonView | None = None
    briefing: BriefingView | None = None
    clock: ClockView | None = None
    progress: ProgressView | None = None
    item: ItemView | None = None
    cover: CoverView | None = None
    receipt: ReceiptView | None = None
    hand: HandCategory | None = None
    saved_at: Millis | None = None


# -------------------------------------------------------------------------- candidate: requests
class SeatRequest(Message):
    """Open the sitting of this seat code in this tab."""

    code: Annotated[str, Field(min_length=4, max_length=20)]
    tab: Opaque


class LeaseRequest(Message):
    """Take the lease back on the same device."""

    tab: Opaque


class LeaseReply(Message):
    """The lease and where the sitting stands."""

    epoch: int
    view: CandidateView


class BrowserCheck(Message):
    """One check of the browser."""

    name: Literal["storage", "websocket", "clock", "screen", "single_tab"]
    ok: bool


class BrowserCheckRequest(Message):
    """All checks of the browser."""

    command_id: Opaque
    checks: tuple[BrowserCheck, ...]
    browser: Short


class CommandOnly(Message):
    """Confirm identity, start, withdraw a call, end the exam: nothing but the wish itself."""

    command_id: Opaque


class HandRequest(Message):
    """Call the operator."""

    command_id: Opaque
    category: HandCategory


class SignalRequest(Message):
    """Something happened to the page."""

    command_id: Opaque
    kind: Literal["hidden", "blur", "fullscreen_exit", "copy", "paste", "print", "second_tab"]
    duration_ms: Millis


class AnswerRequest(Message):
    """`response`: single ["2"]; multiple ["1","4"]; order all ids in order; match ["1:c","2:a"]; numeric ["15000.5"];
    None leaves the item unanswered (scored 0)."""

    answer_id: Opaque
    attempt: Opaque
    client_seq: Annotated[int, Field(ge=1, le=10**9)]
    response: tuple[ResponseCode, ...] | None = Field(max_length=32)
    mono_ms: Millis
    wall_ms: Millis
    visible_ms: Millis


class AnswerReply(Message):
    """What became of this answer (the same for every repetition of it), and where the sitting stands now."""

    answer_id: str
    outcome: Literal["recorded", "quarantined"]
    reason: str | None
    view: CandidateView


class Heartbeat(Message):
    """`uncovered_ms`: how long the item was visible since the last acknowledged heartbeat."""

    beat: Annotated[int, Field(ge=1)]
    mono_ms: Millis
    wall_ms: Millis
    state_version: int
    outbox_depth: Annotated[int, Field(ge=0, le=1000)]
    last_ack_seq: Annotated[int, Field(ge=0)]
    visible: bool
    covered: bool
    uncovered_ms: Millis
    rtt_ms: Millis | None


class HeartbeatReply(Message):
    """`view` comes only when the client's state_version is behind."""

    beat: int
    server_ms: Millis
    next_ms: int
    state_version: int
    remaining_ms: int | None
    running: bool
    view: CandidateView | None = None


class OutcomeResult(Message):
    """After the sitting is closed: the decision on one outcome, without probabilities."""

    outcome: str
    title: str
    decision: Literal["met", "not_met", "undetermined", "practice_only"]
    closed: Literal["early", "limit", "open", "none"]
    items: int
    criteria_sampled: int
    criteria_total: int


class CandidateResult(Message):
    """The decisions a candidate may see."""

    title: str
    theory: Literal["met", "not_met", "undetermined"]
    qualification: Literal["met", "not_met", "undetermined"]
    provisional: bool
    outcomes: tuple[OutcomeResult, ...]


# ------------------------------------------------------------------------------------ console
class Attention(Message):
    """One entry of the attention queue; `kind` is a code, its sentence is the console's."""

    subject: str
    kind: Literal["connection_lost", "review", "hand", "signals", "check_failed", "quarantine", "time_low", "waiting"]
    level: Literal["danger", "warn", "info"]
    since: Millis
    number: int


class Flags(Message):
    """Integrity signals by level."""

    info: int
    notice: int
    alert: int


class Row(Message):
    """One sitting on the console. `can` maps an action to None or to the code of why it cannot be done now."""

    sitting: str
    version: int
    seat: str
    name: str
    reference: str
    station: str | None
    lifecycle: Lifecycle
    holds: tuple[Hold, ...]
    link: Link
    last_seen: Millis | None
    item_number: int
    item_maximum: int
    item_since: Millis | None
    areas_done: int
    areas_total: int
    remaining_ms: int
    clock_running: bool
    planned_ms: int
    incident_ms: int
    saved_at: Millis | None
    outbox_depth: int | None
    browser: str | None
    check_failed: tuple[str, ...] | None
    flags: Flags
    hand: HandCategory | None
    drops: int
    review_ms: int
    end_reason: EndReason | None
    attention: tuple[Attention, ...]
    can: dict[Action, str | None]


class ExamSessionView(Message):
    """The exam session a console shows."""

    id: str
    title: str
    room: str
    starts_at: Millis
    status: Literal["planned", "open", "closed"]
    operator: str
    chief: bool
    grant_limit_minutes: int
    offline_after_ms: int
    unstable_after_ms: int


class Snapshot(Message):
    """Everything a console shows, at one instant."""

    exam_session: ExamSessionView
    feed: int
    server_ms: Millis
    rows: tuple[Row, ...]


class Tick(Message):
    """Pushed at most every 250 ms while something changes, and every second in any case."""

    feed: int
    server_ms: Millis
    rows: tuple[Row, ...]
    received: int
    expected: int


class FeedEntry(Message):
    """One event of an exam session, in the order all see it."""

    feed: int
    sitting: str
    seq: int
    at: Millis
    kind: str
    actor: str


class FeedReply(Message):
    """What was missed, with the rows it changed."""

    head: int
    server_ms: Millis
    entries: tuple[FeedEntry, ...]
    rows: tuple[Row, ...]


class TimelineEntry(Message):
    """One event of a sitting, for people."""

    seq: int
    at: Millis
    kind: str
    actor: str
    facts: dict[str, int | str]
    note: str | None


class Timeline(Message):
    """A sitting from its first event."""

    sitting: str
    entries: tuple[TimelineEntry, ...]


class Document(Message):
    """The identity document the operator saw: kind and last characters only."""

    kind: Literal["id_card", "passport", "residence_card", "driving_licence", "other"]
    last: Annotated[str, Field(min_length=2, max_length=4, pattern=r"^[0-9A-Za-z]+$")]


class ConsoleCommand(Message):
    """One wish for one or many sittings; repeating it with the same id changes nothing."""

    command_id: Opaque
    action: Action
    sittings: Annotated[tuple[Opaque, ...], Field(min_length=1, max_length=1000)]
    reason: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")] | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None
    document: Document | None = None
    station: Annotated[str, Field(max_length=40)] | None = None
    charge_ms: Millis | None = None
    subject: Opaque | None = None


class CommandResult(Message):
    """What became of a wish for one sitting."""

    sitting: str
    outcome: Literal["done", "refused"]
    code: str | None
    message: str | None
    seat_code: str | None = None


class CommandReply(Message):
    """What became of a wish, sitting by sitting."""

    results: tuple[CommandResult, ...]


PUBLISHED: tuple[type[Message], ...] = (
    ErrorReply, CandidateView, SeatRequest, LeaseRequest, LeaseReply, BrowserCheckRequest, CommandOnly, HandRequest,
    SignalRequest, AnswerRequest, AnswerReply, Heartbeat, HeartbeatReply, CandidateResult,
    Snapshot, Tick, FeedReply, Timeline, ConsoleCommand, CommandReply,
)  # fmt: skip
"""The messages of the public protocol; web/frontend/shared/protocol.ts is generated from them."""

"""What a candidate's page sends and gets: no key, theta, difficulty, outcome or criterion id before the end."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.messages.vocabulary import (
    Browser,
    Count,
    EndReason,
    HandCategory,
    Hold,
    Interaction,
    Message,
    Millis,
    Opaque,
    Phase,
    ResponseCode,
    Template,
)


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


class MessageView(Message):
    """A message of the operator that waits to be read: a `template` the page has words for, or ``free`` words.

    `text` is None for a template, and for free words that were erased. `shown`: the page has reported it.
    """

    message: str
    template: Template
    text: str | None
    sent_at: Millis
    shown: bool


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
    messages: tuple[MessageView, ...] = ()
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
    checks: Annotated[tuple[BrowserCheck, ...], Field(max_length=16)]
    browser: Browser


class CommandOnly(Message):
    """Confirm identity, start, withdraw a call, end the exam: nothing but the wish itself."""

    command_id: Opaque


class HandRequest(Message):
    """Call the operator."""

    command_id: Opaque
    category: HandCategory


class MessageRequest(Message):
    """A receipt for an operator's message: it stands on a visible screen, or the candidate says it was read."""

    command_id: Opaque
    message: Opaque
    receipt: Literal["shown", "read"]


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

    beat: Annotated[int, Field(ge=1, le=10**9)]
    mono_ms: Millis
    wall_ms: Millis
    state_version: Count
    outbox_depth: Annotated[int, Field(ge=0, le=1000)]
    last_ack_seq: Count
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
    void: bool
    outcomes: tuple[OutcomeResult, ...]

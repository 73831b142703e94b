"""What an operator's console sends and gets: no theta, no key, no reason why an item was chosen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from web.messages.vocabulary import (
    Action,
    EndReason,
    HandCategory,
    Hold,
    Lifecycle,
    Link,
    Message,
    Millis,
    Opaque,
    Station,
    Template,
)


# ------------------------------------------------------------------------------------ console
class Attention(Message):
    """One entry of the attention queue; `kind` is a code, its sentence is the console's."""

    subject: str
    kind: Literal[
        "connection_lost", "review", "hand", "signals", "check_failed", "quarantine", "time_low", "waiting",
        "incident", "outage", "after_outage",
    ]  # fmt: skip
    level: Literal["danger", "warn", "info"]
    since: Millis
    number: int


class Flags(Message):
    """Integrity signals by level."""

    info: int
    notice: int
    alert: int


class MessageReceipt(Message):
    """The last message sent to a candidate: when it was sent, stood on the screen, was read (None: not yet)."""

    template: Template
    sent_at: Millis
    shown_at: Millis | None
    read_at: Millis | None


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
    unread: int
    message: MessageReceipt | None
    drops: int
    review_ms: int
    end_reason: EndReason | None
    attention: tuple[Attention, ...]
    can: dict[Action, str | None]


class ExamSessionView(Message):
    """The exam session a console shows, and what its reader may do there: operate, decide as chief, reopen."""

    id: str
    title: str
    room: str
    starts_at: Millis
    status: Literal["planned", "open", "closed"]
    operator: str
    operates: bool
    chief: bool
    supervises: bool
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
    """One event of a sitting, for people; `name` of the member of staff who brought it about, else None."""

    seq: int
    at: Millis
    kind: str
    actor: str
    name: str | None
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
    """One wish for one or many sittings; repeating it with the same id changes nothing. Each action reads its fields.

    `hold`: what `pause` places, ``paused`` by default. `incident` and `subject`: names from the timeline and the queue.
    `text`: the words of a ``free`` message, plain, at most 500 characters.
    """

    command_id: Opaque
    action: Action
    sittings: Annotated[tuple[Opaque, ...], Field(min_length=1, max_length=1000)]
    reason: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")] | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None
    document: Document | None = None
    station: Station | None = None
    charge_ms: Millis | None = None
    subject: Opaque | None = None
    hold: Literal["paused", "locked", "break", "technical"] | None = None
    incident: Opaque | None = None
    template: Template | None = None
    text: Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] | None = None


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

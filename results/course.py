"""How a sitting went: times, interruptions, incidents and who supervised, as the protocol prints it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """One span in which the clock stood: why, from when to when, and how much of it was charged."""

    reason: str
    began_ms: int
    ended_ms: int | None
    charged_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLine:
    """One incident; `ended_ms` None while it is open."""

    id: str
    category: str
    began_ms: int
    ended_ms: int | None
    action: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """One message of the operator: by whom, what (`text` only where `template` is ``free``), and its receipts."""

    sender: str
    template: str
    text: str
    sent_ms: int
    shown_ms: int | None
    read_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """A person who acted on the sitting, in which capacity, and when first and last."""

    name: str
    capacity: str
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Everything about the sitting itself that the protocol prints; instants in ms since the epoch."""

    sitting: str
    exam_session: str
    room: str
    seat: str
    station: str
    candidate: str
    reference: str
    checked_in_ms: int | None
    authorised_ms: int | None
    started_ms: int | None
    ended_ms: int | None
    end_reason: str
    allowed_ms: int
    planned_ms: int
    incident_ms: int
    charged_ms: int
    answered: int
    omitted: int
    quarantined: int
    interruptions: tuple[Interruption, ...]
    incidents: tuple[IncidentLine, ...]
    messages: tuple[MessageLine, ...]
    supervisors: tuple[Supervisor, ...]
    chain_head: str
    events: int
    checkpoint: str

"""A sitting told event by event, for the operator: what happened, when, by whom.

Rules:
- only the fields named here are told; an event nobody listed tells its kind and nothing else;
- never a theta, a score, a key, an outcome, a criterion or an item: those belong to the protocol of results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proctor import events as e
from proctor.ids import Actor, Commitment
from proctor.log import Recorded

TOLD: Mapping[type[e.Event], tuple[str, ...]] = {
    e.SittingRegistered: ("seat", "allowed_ms"),
    e.CheckedIn: ("document_kind", "station"),
    e.SeatCodeIssued: ("epoch", "reason"),
    e.LeaseGranted: ("epoch",),
    e.BrowserChecked: ("browser", "failed"),
    e.IdentityConfirmed: (),
    e.Authorised: ("expires_ms",),
    e.AuthorisationExpired: (),
    e.SittingStarted: (),
    e.ItemPresented: ("position", "areas_done"),
    e.AnswerRecorded: ("position", "omitted", "visible_ms"),
    e.AnswerQuarantined: ("reason",),
    e.OutcomeDecided: (),
    e.ConnectionLost: ("effective_ms", "charged_ms"),
    e.ConnectionRestored: ("gap_ms", "charged_ms"),
    e.HoldPlaced: ("hold", "reason", "charged_ms"),
    e.HoldLifted: ("hold", "reason"),
    e.Resumed: (),
    e.TimeGranted: ("granted_ms", "kind", "reason"),
    e.TimeCharged: ("charged_ms", "reason"),
    e.HandRaised: ("category",),
    e.HandLowered: (),
    e.MessageSent: ("message", "template"),
    e.MessageShown: ("message",),
    e.MessageRead: ("message",),
    e.SignalNoted: ("kind", "level", "duration_ms"),
    e.IncidentDrafted: ("incident", "category", "began_ms", "ended_ms"),
    e.IncidentClosed: ("incident", "action", "ended_ms"),
    e.AttentionAcknowledged: ("subject",),
    e.SittingSubmitted: ("reason", "charged_ms"),
    e.SittingTimedOut: ("charged_ms",),
    e.SittingTerminated: ("reason", "incident", "charged_ms"),
    e.SittingReopened: ("reason",),
    e.SittingCancelled: ("reason",),
}
"""Which fields of each event an operator is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One event as the operator sees it; `note` is the commitment under which web/ keeps the free text."""

    seq: int
    at: int
    kind: str
    actor: Actor
    facts: Mapping[str, int | str]
    note: Commitment | None


def entries(recorded: Sequence[Recorded]) -> tuple[TimelineEntry, ...]:
    """The events in order, without what an operator must not see."""
    return tuple(
        TimelineEntry(
            seq=row.seq,
            at=row.at,
            kind=row.type,
            actor=row.event.actor,
            facts={name: _fact(getattr(row.event, name)) for name in TOLD[type(row.event)]},
            note=row.event.text if isinstance(row.event, e.MessageSent) else getattr(row.event, "note", None),
        )
        for row in recorded
    )


def _fact(value: int | str | tuple[str, ...]) -> int | str:
    if isinstance(value, tuple):
        return " ".join(value)
    return int(value) if isinstance(value, bool) else value

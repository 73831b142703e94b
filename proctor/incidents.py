"""Incidents of one sitting: when the server drafts one, its name, and how it ends.

Rules:
- every silence longer than `incident_after_ms` gets one, drafted while it lasts or when it ends;
- a draft made while it lasts is closed by the return; closing says what was done, a person may say more later;
- a termination always drafts one.
"""

from __future__ import annotations

from proctor.delivery import Delivery
from proctor.events import IncidentClosed, IncidentDrafted
from proctor.ids import SERVER, CommandId, Commitment
from proctor.state import Incident, SittingState

CONNECTION = "connection"
TERMINATION = "termination"
RESTORED = "connection_restored"


def next_name(state: SittingState) -> str:
    """The name of the sitting's next incident; unique within the sitting."""
    return f"incident-{len(state.incidents) + 1}"


def find(state: SittingState, incident: str) -> Incident | None:
    """The incident of this name, None if there is none."""
    return next((one for one in state.incidents if one.incident == incident), None)


def of_lasting_silence(state: SittingState, now: int, delivery: Delivery, cause: CommandId) -> list[IncidentDrafted]:
    """The draft for a connection that is lost too long and has none yet."""
    loss = state.loss
    if loss is None or loss.incident is not None or now - loss.effective_ms <= delivery.incident_after_ms:
        return []
    return [drafted(state, now, cause, CONNECTION, began_ms=loss.effective_ms, ended_ms=0, note=None)]


def of_ended_silence(
    state: SittingState, now: int, delivery: Delivery, cause: CommandId
) -> list[IncidentDrafted | IncidentClosed]:
    """What the return of the candidate (`state` is before it) means for the incident of the silence."""
    loss = state.loss
    if loss is None:
        return []
    if loss.incident is not None:
        return [
            IncidentClosed(
                at=now, cause=cause, actor=SERVER, incident=loss.incident, ended_ms=now, action=RESTORED, note=None
            )
        ]
    if now - loss.effective_ms <= delivery.incident_after_ms:
        return []
    return [drafted(state, now, cause, CONNECTION, began_ms=loss.effective_ms, ended_ms=now, note=None)]


def drafted(
    state: SittingState,
    now: int,
    cause: CommandId,
    category: str,
    *,
    began_ms: int,
    ended_ms: int,
    note: Commitment | None,
) -> IncidentDrafted:
    """A new incident of this sitting, opened by the server."""
    return IncidentDrafted(
        at=now, cause=cause, actor=SERVER, incident=next_name(state), category=category, began_ms=began_ms,
        ended_ms=ended_ms, note=note,
    )  # fmt: skip

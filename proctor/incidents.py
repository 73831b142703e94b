"""Incidents of one sitting: when the server drafts one, its name, and how it ends.

Rules:
- every silence longer than `incident_after_ms` gets one, drafted while it lasts or when it ends;
- the return closes it, with what became of it; what was done about any incident a person may say, also later;
- a silence that strikes the room at once is part of one incident of the room (outages.py), drafted under its name;
- what nobody has said anything about waits in the attention queue; an outage is not settled by everybody's return;
- a termination always drafts one.
"""

from __future__ import annotations

from dataclasses import replace

from proctor.delivery import Delivery
from proctor.events import IncidentClosed, IncidentDrafted
from proctor.ids import SERVER, Actor, CommandId, Commitment
from proctor.state import Incident, SittingState

CONNECTION = "connection"
OUTAGE = "outage"
TERMINATION = "termination"
OF_A_LOSS = frozenset({CONNECTION, OUTAGE})
RESTORED = "connection_restored"


def next_name(state: SittingState) -> str:
    """The name of the sitting's next incident; unique within the sitting."""
    return f"incident-{len(state.incidents) + 1}"


def find(state: SittingState, incident: str) -> Incident | None:
    """The incident of this name, None if there is none."""
    return next((one for one in state.incidents if one.incident == incident), None)


def lasts(state: SittingState, incident: Incident) -> bool:
    """Whether it is a loss of connection that has not ended; at the close of the test everything has."""
    return not state.closed and state.loss is not None and state.loss.incident == incident.incident


def answered(incident: Incident) -> bool:
    """Whether it has been said what was done; of an outage only a person can say it, the return says nothing."""
    return incident.action is not None and (incident.category, incident.action) != (OUTAGE, RESTORED)


def unanswered(state: SittingState) -> tuple[Incident, ...]:
    """The incidents that are over and of which it has not been said what was done."""
    return tuple(one for one in state.incidents if not answered(one) and not lasts(state, one))


def of_lasting_silence(
    state: SittingState, now: int, delivery: Delivery, cause: CommandId, outage: str | None
) -> list[IncidentDrafted]:
    """The draft for a connection that is lost too long and has none yet; under the room's name if it is an outage."""
    loss = state.loss
    if loss is None or loss.incident is not None or now - loss.effective_ms <= delivery.incident_after_ms:
        return []
    own = drafted(state, now, cause, CONNECTION, began_ms=loss.effective_ms, ended_ms=0, note=None)
    if outage is None or find(state, outage) is not None:
        return [own]
    return [replace(own, incident=outage, category=OUTAGE)]


def of_ended_silence(
    state: SittingState, now: int, delivery: Delivery, cause: CommandId
) -> list[IncidentDrafted | IncidentClosed]:
    """What the return of the candidate (`state` is before it) means for the incident of the silence."""
    loss = state.loss
    if loss is None or (loss.incident is None and now - loss.effective_ms <= delivery.incident_after_ms):
        return []
    closed = IncidentClosed(
        at=now, cause=cause, actor=SERVER, incident=loss.incident or next_name(state), ended_ms=now, action=RESTORED,
        note=None,
    )  # fmt: skip
    if loss.incident is not None:
        return [closed]
    return [drafted(state, now, cause, CONNECTION, began_ms=loss.effective_ms, ended_ms=now, note=None), closed]


def drafted(
    state: SittingState,
    now: int,
    cause: CommandId,
    category: str,
    *,
    began_ms: int,
    ended_ms: int,
    note: Commitment | None,
    by: Actor = SERVER,
) -> IncidentDrafted:
    """A new incident of this sitting, opened by the server or by a person."""
    return IncidentDrafted(
        at=now, cause=cause, actor=by, incident=next_name(state), category=category, began_ms=began_ms,
        ended_ms=ended_ms, note=note,
    )  # fmt: skip

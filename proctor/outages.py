"""An outage of the room: a loss of connection that strikes many at once is one incident, not one per sitting.

Rules:
- losses within `outage_window_ms` of the first belong together; from `outage_sittings` of them on it is an outage;
- the window is over before the first of them is due for an incident of its own (delivery.py), so nobody is forgotten;
- the incident has the same name in every log it touches; each log says when its own sitting was lost and back;
- an outage is over when the last of its sittings is back, and dealt with when a person has said what was done.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from proctor import incidents
from proctor.delivery import Delivery
from proctor.ids import SittingId
from proctor.state import Incident, SittingState


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One outage over all its sittings: from the first loss to the last return (`ended_ms` None while it lasts).

    `actions`: what persons said was done, each code once; `waiting`: sittings for which nobody has said it yet.
    """

    incident: str
    began_ms: int
    ended_ms: int | None
    sittings: tuple[SittingId, ...]
    actions: tuple[str, ...]
    waiting: int


@dataclass(frozen=True, slots=True)
class _Struck:
    """One sitting that lost its connection; `incident` is the outage it is written under, None if under none yet."""

    at: int
    sitting: SittingId
    incident: str | None


def named(states: Iterable[SittingState], delivery: Delivery) -> Mapping[SittingId, str]:
    """The outage each sitting that is lost and has no incident yet belongs to; who is lost alone is not named.

    `states`: all of one exam session.
    """
    struck = sorted(_struck(states), key=lambda one: (one.at, one.sitting))
    found: dict[SittingId, str] = {}
    for group in _groups(struck, delivery.outage_window_ms):
        known = next((one.incident for one in group if one.incident is not None), None)
        fresh = [one for one in group if one.incident is None]
        if known is not None or len(fresh) >= delivery.outage_sittings:
            name = known or f"outage-{group[0].at}"
            found.update((one.sitting, name) for one in fresh)
    return found


def of_room(states: Iterable[SittingState]) -> tuple[Outage, ...]:
    """The outages of one exam session, oldest first."""
    parts: dict[str, list[tuple[SittingState, Incident]]] = {}
    for state in states:
        for incident in state.incidents:
            if incident.category == incidents.OUTAGE:
                parts.setdefault(incident.incident, []).append((state, incident))
    outages = (_outage(name, touched) for name, touched in parts.items())
    return tuple(sorted(outages, key=lambda one: (one.began_ms, one.incident)))


def _outage(name: str, parts: Sequence[tuple[SittingState, Incident]]) -> Outage:
    lasts = any(incidents.lasts(state, incident) for state, incident in parts)
    said = [one.action for _, one in parts if incidents.answered(one)]
    return Outage(
        incident=name,
        began_ms=min(one.began_ms for _, one in parts),
        ended_ms=None if lasts else max(_ended_ms(state, one) for state, one in parts),
        sittings=tuple(state.sitting for state, _ in parts),
        actions=tuple(dict.fromkeys(action for action in said if action is not None)),
        waiting=len(parts) - len(said),
    )


def _ended_ms(state: SittingState, incident: Incident) -> int:
    """The return, or the end of a test whose candidate never came back."""
    return incident.ended_ms or state.ended_at or incident.began_ms


def _struck(states: Iterable[SittingState]) -> Iterator[_Struck]:
    for state in states:
        if state.begun and state.loss is not None and state.loss.incident is None:
            yield _Struck(state.loss.effective_ms, state.sitting, None)
        for incident in state.incidents:
            if incident.category == incidents.OUTAGE:
                yield _Struck(incident.began_ms, state.sitting, incident.incident)


def _groups(struck: Sequence[_Struck], window_ms: int) -> Iterator[Sequence[_Struck]]:
    """The sittings in order of their loss: who was lost within the window of the first, then the next first."""
    first = 0
    while first < len(struck):
        last = bisect_right(struck, struck[first].at + window_ms, key=lambda one: one.at)
        yield struck[first:last]
        first = last

"""What time itself asks for: silences to note, times to end, authorisations to take back.

Rules:
- the command ids are hashes of what they are about, so two sweepers, or one that runs twice, do no harm;
- the sweep's own lateness is no candidate's silence: it is subtracted before anybody is called silent;
- a silent candidate's time is not ended: first the silence is noted (the clock then stands from the last sign),
  and time is ended only for who was heard at or after the deadline.
Run `due` once before the first request after a restart, and `silence` before a heartbeat overwrites the presence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from proctor import outages
from proctor.clock import allowance_ms, deadline_ms
from proctor.commands import Command, EndTime, ExpireAuthorisation, NoteSilence
from proctor.delivery import Delivery
from proctor.ids import SERVER, CommandId, SittingId
from proctor.link import Presence
from proctor.roster import last_seen_ms
from proctor.state import Lifecycle, SittingState

ID_DIGITS = 32


def due(
    states: Mapping[SittingId, SittingState],
    presences: Mapping[SittingId, Presence],
    now: int,
    delivery: Delivery,
    lateness_ms: int = 0,
) -> list[tuple[SittingId, Command]]:
    """The commands these sittings (of one exam session) need now; `lateness_ms` is how late the sweep itself comes."""
    commands: list[tuple[SittingId, Command]] = []
    names = outages.named(states.values(), delivery)
    for sitting, state in states.items():
        presence = presences.get(sitting)
        for command in (
            silence(state, presence, now, delivery, lateness_ms, names.get(sitting)),
            _end_time(state, presence, now, delivery),
            _expiry(state, now),
        ):
            if command is not None:
                commands.append((sitting, command))
    return commands


def silence(
    state: SittingState,
    presence: Presence | None,
    now: int,
    delivery: Delivery,
    lateness_ms: int = 0,
    outage: str | None = None,
) -> NoteSilence | None:
    """The silence to note for a test under way, or the incident of one that lasts; None when there is none.

    `outage`: the incident of the room the silence is part of (outages.named).
    """
    seen = last_seen_ms(state, presence)
    if not state.begun or state.lease is None or seen is None:
        return None
    if state.loss is not None:
        lasts = now - lateness_ms - state.loss.effective_ms > delivery.incident_after_ms
        if state.loss.incident is not None or not lasts:
            return None
        seen = state.loss.effective_ms
    elif now - lateness_ms - seen <= delivery.offline_after_ms:
        return None
    what = "silence" if state.loss is None else "incident"
    return NoteSilence(
        command_id=_command_id(what, state.sitting, state.lease.epoch, seen),
        actor=SERVER,
        epoch=state.lease.epoch,
        last_seen_ms=seen,
        outage=outage,
    )


def _end_time(state: SittingState, presence: Presence | None, now: int, delivery: Delivery) -> EndTime | None:
    deadline, seen = deadline_ms(state), last_seen_ms(state, presence)
    if deadline is None or now < deadline + delivery.late_grace_ms:
        return None
    if seen is not None and seen < deadline:
        return None
    what = _command_id("end", state.sitting, deadline, allowance_ms(state))
    return EndTime(command_id=what, actor=SERVER)


def _expiry(state: SittingState, now: int) -> ExpireAuthorisation | None:
    if state.lifecycle is not Lifecycle.AUTHORISED or state.expires_ms is None or now <= state.expires_ms:
        return None
    what = _command_id("expire", state.sitting, state.expires_ms)
    return ExpireAuthorisation(command_id=what, actor=SERVER)


def _command_id(*about: str | int) -> CommandId:
    return CommandId(hashlib.sha256("|".join(map(str, about)).encode()).hexdigest()[:ID_DIGITS])

"""A sign of life: it is noted, ends a lost connection, and is answered with the clock, whichever way it came."""

from __future__ import annotations

from proctor import clock, outages, sweep
from proctor.commands import NoteSignal, Reconnect
from proctor.delivery import Delivery
from proctor.errors import Refused
from proctor.ids import CANDIDATE, SERVER, CommandId
from proctor.lease import held_by
from proctor.link import Presence
from proctor.state import Lifecycle, SittingState
from web.candidate_page import entitled
from web.device import Holder
from web.messages import Heartbeat, HeartbeatReply
from web.metrics import HEARTBEATS
from web.wiring import Wiring


def heard(wiring: Wiring, holder: Holder, beat: Heartbeat, way: str, address: str) -> HeartbeatReply:
    """Answer one heartbeat of the lease holder; `address` is where it came from on the network.

    Raises:
        Refused: ``old_lease`` when somebody else holds the sitting by now.
    """
    HEARTBEATS.labels(way).inc()
    now = wiring.now()
    state = wiring.desk.state(holder.sitting)
    if not entitled(state, holder.tenure):
        raise Refused("old_lease")
    state = noticed(wiring, state)
    presence = Presence(
        last_seen_ms=now,
        epoch=holder.tenure.epoch,
        beat=beat.beat,
        outbox_depth=beat.outbox_depth,
        visible=beat.visible,
    )
    if held_by(state, holder.tenure):
        wiring.board.beat(holder.sitting, presence)
    state = elsewhere(wiring, holder, reconnected(wiring, holder, state, beat), address)
    begun = state.begun
    return HeartbeatReply(
        beat=beat.beat,
        server_ms=now,
        next_ms=wiring.exams.of(state.exam_session).exam.delivery.heartbeat_ms,
        state_version=state.version,
        remaining_ms=clock.remaining_ms(state, now) if begun else None,
        running=state.lifecycle is Lifecycle.RUNNING,
        view=wiring.view(state) if beat.state_version != state.version else None,
    )


def noticed(wiring: Wiring, state: SittingState) -> SittingState:
    """The state after noting a silence that is just ending and that the sweep has not seen: else it never was.

    A long one has its incident as well before the candidate counts as back, in the name of the room if it is an outage.
    """
    delivery = wiring.exams.of(state.exam_session).exam.delivery
    for _ in range(2):
        presence, now = wiring.board.get(state.sitting), wiring.now()
        silence = sweep.silence(state, presence, now, delivery, wiring.lateness.ms(), _outage(wiring, state, delivery))
        if silence is None:
            return state
        state = wiring.desk.handle(state.sitting, silence).state
    return state


def elsewhere(wiring: Wiring, holder: Holder, state: SittingState, address: str) -> SittingState:
    """The state after noting that the lease is heard from another network; each change once, whoever notices it."""
    network = wiring.keys.digest("network", holder.sitting, address)
    before = wiring.board.moved(holder.sitting, holder.tenure.epoch, network)
    if before is None or not state.begun or not held_by(state, holder.tenure):
        return state
    change = wiring.keys.digest("network change", before, network)
    signal = NoteSignal(
        command_id=CommandId(f"network:{holder.tenure.epoch}:{change[:32]}"),
        actor=SERVER,
        epoch=holder.tenure.epoch,
        kind="network_change",
    )
    return wiring.desk.handle(holder.sitting, signal).state


def _outage(wiring: Wiring, state: SittingState, delivery: Delivery) -> str | None:
    """The outage an open loss without an incident is part of; the room is looked at only then."""
    if state.loss is None or state.loss.incident is not None:
        return None
    _, states = wiring.desk.states(state.exam_session)
    return outages.named(states.values(), delivery).get(state.sitting)


def reconnected(wiring: Wiring, holder: Holder, state: SittingState, beat: Heartbeat) -> SittingState:
    """The state after telling the sitting that its lease holder is back, if the connection counted as lost.

    A heartbeat that does not know of the loss may have been on its way since before the cut, from a page that hears
    nothing yet: it ends nothing, else the clock would run over a covered item. A live page asks again, knowing it.
    """
    if state.loss is None or state.closed or not held_by(state, holder.tenure):
        return state
    if beat.state_version != state.version:
        return state
    command = Reconnect(
        command_id=CommandId(f"reconnect:{holder.tenure.epoch}:{state.loss.effective_ms}"),
        actor=CANDIDATE,
        tenure=holder.tenure,
        uncovered_ms=beat.uncovered_ms,
    )
    return wiring.desk.handle(holder.sitting, command).state

"""The lease: the one device and tab that may write, and when another may take it over.

Rules:
- a seat code opens the epoch it was issued for, once; issuing one fences whoever held the lease;
- the same tab (a reload) takes its lease over at once, another tab of the same device only when the holder
  was not heard for `live_tab_ms`; every take-over is a new epoch;
- whoever does not show device, tab and epoch of the lease is not its holder.
"""

from __future__ import annotations

from proctor.commands import OpenLease, Tenure
from proctor.delivery import Delivery
from proctor.errors import Refused
from proctor.state import SittingState


def held_by(state: SittingState, tenure: Tenure) -> bool:
    """True if `tenure` is the live lease."""
    lease = state.lease
    return lease is not None and (lease.device, lease.tab, lease.epoch) == (tenure.device, tenure.tab, tenure.epoch)


def require(state: SittingState, tenure: Tenure) -> None:
    """Refused ``old_lease`` unless `tenure` is the live lease."""
    if not held_by(state, tenure):
        raise Refused("old_lease")


def retry_after_ms(state: SittingState, previous_seen_ms: int | None, now: int, delivery: Delivery) -> int:
    """How long another tab of the device has to wait until it may take the lease over; 0: at once."""
    seen = max(state.heard_ms, previous_seen_ms or 0)
    return max(0, seen + delivery.live_tab_ms - now)


def epoch_for(state: SittingState, command: OpenLease, now: int, delivery: Delivery) -> int:
    """The epoch this device and tab get; Refused when they may not have the lease."""
    if command.code_epoch is not None:
        if state.lease is not None or state.epoch == 0 or command.code_epoch != state.epoch:
            raise Refused("seat_code_spent")
        return state.epoch
    if state.lease is None or state.lease.device != command.device:
        raise Refused("old_lease")
    if state.lease.tab != command.tab and retry_after_ms(state, command.previous_seen_ms, now, delivery) > 0:
        raise Refused("open_elsewhere")
    return state.epoch + 1

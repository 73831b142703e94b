"""How a sitting is delivered: the timings and limits an exam plan fixes, frozen when the exam session opens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Delivery settings of an exam plan; all durations in milliseconds."""

    heartbeat_ms: int = 2_000
    unstable_after_ms: int = 5_000
    offline_after_ms: int = 8_000
    cover_after_ms: int = 8_000
    authorisation_ms: int = 15 * 60_000
    live_tab_ms: int = 5_000
    """A tab heard within this time keeps the lease against another tab of the same device."""
    late_grace_ms: int = 2_000
    """An answer that arrives this long after the clock ran out still counts: it was on its way."""
    credit_limit_ms: int = 10 * 60_000
    """A longer silence waits for the operator's decision (hold ``review``)."""
    free_drops: int = 3
    """More losses than this wait for the operator's decision."""
    incident_after_ms: int = 30_000
    outage_sittings: int = 4
    """From so many losses together on it is one incident of the room."""
    outage_window_ms: int = 15_000
    """Losses that follow one another by at most this belong together."""
    operator_grant_limit_ms: int = 15 * 60_000
    progress_step: int = 5
    """The count of finished areas is raised only at every so manyth item, so that it points at no single answer."""
    show_progress: bool = True

"""How a sitting is delivered: the timings and limits an exam plan fixes, frozen when the exam session opens.

Rules:
- every number here is a plan setting, proposed with the standard and open to change for an exam session;
- `read` takes no setting that contradicts another: nobody is called silent between two heartbeats, and an outage is
  known before the first of its incidents is drafted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

MINUTE_MS, DAY_MS = 60_000, 24 * 3_600_000
SWEPT_MS = 2_000
"""By so much later than due a silence is noted at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Delivery settings of an exam plan; all durations in milliseconds."""

    heartbeat_ms: int = 2_000
    unstable_after_ms: int = 5_000
    offline_after_ms: int = 8_000
    cover_after_ms: int = 8_000
    authorisation_ms: int = 15 * MINUTE_MS
    live_tab_ms: int = 5_000
    """A tab heard within this time keeps the lease against another tab of the same device."""
    late_grace_ms: int = 2_000
    """An answer that arrives this long after the clock ran out still counts: it was on its way."""
    credit_limit_ms: int = 10 * MINUTE_MS
    """A longer silence waits for the operator's decision (hold ``review``)."""
    free_drops: int = 3
    """More losses than this wait for the operator's decision."""
    incident_after_ms: int = 30_000
    outage_sittings: int = 4
    """From so many losses together on it is one incident of the room."""
    outage_window_ms: int = 15_000
    """Losses within this time of the first belong together."""
    operator_grant_limit_ms: int = 15 * MINUTE_MS
    time_low_ms: int = 5 * MINUTE_MS
    """From here on the operator keeps an eye on the clock."""
    long_hidden_ms: int = 5_000
    """A page hidden for longer was left, not brushed by a dialog of the operating system."""
    many_hidden: int = 3
    """From this occurrence on hiding is a pattern."""
    progress_step: int = 5
    """The count of finished areas is raised only at every so manyth item, so that it points at no single answer."""
    show_progress: bool = True


RANGES: Mapping[str, tuple[int, int]] = {
    "heartbeat_ms": (1_000, 5_000),
    "unstable_after_ms": (4_000, MINUTE_MS),
    "offline_after_ms": (8_000, MINUTE_MS),
    "cover_after_ms": (3_000, MINUTE_MS),
    "authorisation_ms": (MINUTE_MS, DAY_MS),
    "live_tab_ms": (2_000, MINUTE_MS),
    "late_grace_ms": (0, 2 * MINUTE_MS),
    "credit_limit_ms": (0, DAY_MS),
    "free_drops": (0, 1_000),
    "incident_after_ms": (10_000, DAY_MS),
    "outage_sittings": (2, 1_000),
    "outage_window_ms": (0, DAY_MS),
    "operator_grant_limit_ms": (0, DAY_MS),
    "time_low_ms": (0, DAY_MS),
    "long_hidden_ms": (0, DAY_MS),
    "many_hidden": (1, 1_000),
    "progress_step": (1, 1_000),
}
"""Least and greatest of each number."""


class DeliveryError(ValueError):
    """A setting that cannot be taken; `least` is what it must reach because of the others, None for any other fault."""

    def __init__(self, setting: str, reason: str, least: int | None = None) -> None:
        super().__init__(f"{setting}: {reason}")
        self.setting, self.least = setting, least


def read(settings: Mapping[str, Any]) -> Delivery:
    """These settings, the others as they are by default; DeliveryError names the setting and what is wrong with it."""
    kinds = {field.name: bool if field.name == "show_progress" else int for field in fields(Delivery)}
    for name, value in settings.items():
        if name not in kinds:
            raise DeliveryError(name, "there is no such delivery setting")
        if type(value) is not kinds[name]:
            raise DeliveryError(name, f"{'true or false' if kinds[name] is bool else 'a whole number'} is expected")
        low, high = RANGES.get(name, (0, 1))
        if not low <= value <= high:
            raise DeliveryError(name, f"{value} is not from {low} to {high}")
    delivery = Delivery(**settings)
    for name, least in _least(delivery).items():
        if asdict(delivery)[name] < least:
            raise DeliveryError(name, f"at least {least} with the other settings", least)
    return delivery


def _least(delivery: Delivery) -> Mapping[str, int]:
    """What a setting must reach because of the others."""
    return {
        "unstable_after_ms": delivery.heartbeat_ms + 3_000,
        "offline_after_ms": max(8_000, delivery.heartbeat_ms + 5_000),
        "incident_after_ms": delivery.outage_window_ms + delivery.offline_after_ms + SWEPT_MS,
    }

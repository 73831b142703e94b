"""Presence and link: whether a candidate's page is heard, derived from its last heartbeat and never stored as truth.

Rules:
- presence lives in a table of its own, outside the chain; only the gaps are events;
- a page heard within `unstable_after_ms` is online, within `offline_after_ms` unstable, later offline.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from proctor.delivery import Delivery


class Link(StrEnum):
    """How the page is heard at this instant."""

    NEVER = "never"
    ONLINE = "online"
    UNSTABLE = "unstable"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """The last heartbeat of the lease `epoch`; `last_seen_ms` is the server's instant of it."""

    last_seen_ms: int
    epoch: int
    beat: int = 0
    outbox_depth: int = 0
    visible: bool = True
    browser: str | None = None


def of(last_seen_ms: int | None, now: int, delivery: Delivery) -> Link:
    """The link of a page that was last heard at `last_seen_ms` (None: never)."""
    if last_seen_ms is None:
        return Link.NEVER
    silence = now - last_seen_ms
    if silence > delivery.offline_after_ms:
        return Link.OFFLINE
    if silence > delivery.unstable_after_ms:
        return Link.UNSTABLE
    return Link.ONLINE

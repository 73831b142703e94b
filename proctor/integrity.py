"""Integrity signals: what a page may report, and the level each one gets.

Rules:
- a signal is evidence with a level (info, notice, alert), never a verdict; nothing follows from it by itself;
- kind, duration and how often it came before decide the level by the plan's settings, nothing else.
"""

from __future__ import annotations

from proctor.delivery import Delivery
from proctor.state import SittingState

INFO, NOTICE, ALERT = "info", "notice", "alert"

LEVELS = {
    "hidden": NOTICE,
    "blur": INFO,
    "fullscreen_exit": NOTICE,
    "copy": NOTICE,
    "paste": NOTICE,
    "print": NOTICE,
    "second_tab": ALERT,
    "network_change": NOTICE,
}
"""What one signal of each kind is worth."""
OF_THE_SERVER = frozenset({"network_change"})
"""What no page reports: the same lease was heard from another network address."""


def level(state: SittingState, kind: str, duration_ms: int, delivery: Delivery) -> str | None:
    """The level of one more signal of this kind in this sitting; None for a kind nobody knows."""
    if kind == "hidden":
        before = sum(one.kind == "hidden" for one in state.signals)
        if duration_ms > delivery.long_hidden_ms or before + 1 >= delivery.many_hidden:
            return ALERT
    return LEVELS.get(kind)


def counts(state: SittingState) -> dict[str, int]:
    """How many signals of each level the sitting has."""
    return {name: sum(one.level == name for one in state.signals) for name in (INFO, NOTICE, ALERT)}

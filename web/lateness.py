"""How late the server's own timers are: what it missed itself is nobody's silence."""

from __future__ import annotations

from collections.abc import Callable

SWEEP_MS = 500
"""How often silence is looked for: with offline after 8 s, operators know within 9."""
JITTER_MS = 500
"""A delay this short hides no heartbeat: those that waited are taken before the next sweep."""
REMEMBERED_MS = 10_000
"""A stall is still subtracted this long after it: heartbeats that waited through it arrive only now."""


class Lateness:
    """Remembers the last sweep and recent stalls.

    What exceeds one period between sweeps is the server's own delay, unless it is the ordinary jitter of a busy
    machine: that comes with every sweep and would add up to seconds in which nobody is missed.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._swept: int | None = None
        self._stalls: list[tuple[int, int]] = []

    def swept(self) -> int:
        """A sweep begins; returns how much of a silence may be the server's own, in milliseconds."""
        now, stalled = self._now(), self._standing()
        if stalled:
            self._stalls.append((now, stalled))
        self._swept = now
        return self.ms()

    def ms(self) -> int:
        """The server's own delay within the last seconds, up to this instant; 0 before the first sweep."""
        since = self._now() - REMEMBERED_MS
        self._stalls = [(at, late) for at, late in self._stalls if at >= since]
        return self._standing() + sum(late for _, late in self._stalls)

    def _standing(self) -> int:
        if self._swept is None:
            return 0
        late = self._now() - self._swept - SWEEP_MS
        return late if late > JITTER_MS else 0

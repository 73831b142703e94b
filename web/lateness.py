"""How late the server's own timers are: what it missed itself is nobody's silence."""

from __future__ import annotations

from collections.abc import Callable

SWEEP_MS = 1_000


class Lateness:
    """Remembers the last sweep; everything beyond one period since then is the server's own delay."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._swept: int | None = None

    def swept(self) -> int:
        """A sweep begins; returns how late it comes in milliseconds."""
        late = self.ms()
        self._swept = self._now()
        return late

    def ms(self) -> int:
        """How far the server is behind at this instant; 0 before the first sweep."""
        if self._swept is None:
            return 0
        return max(0, self._now() - self._swept - SWEEP_MS)

"""The one place where the instant is read: milliseconds since the epoch, never going backwards in this process."""

from __future__ import annotations

import time


class Clock:
    """Wall-clock time fixed once and carried on by the monotonic clock, so a stepped system clock moves no deadline."""

    def __init__(self) -> None:
        self._began = time.time_ns()
        self._mark = time.monotonic_ns()

    def __call__(self) -> int:
        """Now, in milliseconds since the epoch."""
        return (self._began + time.monotonic_ns() - self._mark) // 1_000_000

"""Who was heard when: the presence of every sitting in memory, written to its table once a second by the ticker.

Rules:
- a heartbeat of an older lease epoch never overwrites a newer one;
- silence is counted from `last_seen_ms`, also across a restart: the board is filled from the table first;
- with several workers each keeps its own board and takes over what others wrote, newest instant first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from threading import Lock

from proctor.ids import SittingId
from proctor.link import Presence


class Board:
    """Presence of all sittings this process knows of."""

    def __init__(self) -> None:
        self._known: dict[SittingId, Presence] = {}
        self._changed: set[SittingId] = set()
        self._beats: dict[SittingId, int] = {}
        self._networks: dict[SittingId, tuple[int, str]] = {}
        self._lock = Lock()

    def get(self, sitting: SittingId) -> Presence | None:
        """When and how a sitting was last heard."""
        return self._known.get(sitting)

    def all(self) -> Mapping[SittingId, Presence]:
        """Everybody's presence at this instant."""
        with self._lock:
            return dict(self._known)

    def beat(self, sitting: SittingId, presence: Presence) -> None:
        """A heartbeat arrived."""
        with self._lock:
            known = self._known.get(sitting)
            if known is not None and known.epoch > presence.epoch:
                return
            kept = presence.browser or (known.browser if known is not None else None)
            self._put(sitting, replace(presence, browser=kept))
            self._beats[sitting] = self._beats.get(sitting, 0) + 1

    def moved(self, sitting: SittingId, epoch: int, network: str) -> str | None:
        """The network this lease was heard from before, if it was another one; None otherwise. Kept in memory only."""
        with self._lock:
            known = self._networks.get(sitting)
            self._networks[sitting] = (epoch, network)
            return known[1] if known is not None and known[0] == epoch and known[1] != network else None

    def touch(self, sitting: SittingId, epoch: int, now: int, browser: str | None = None) -> None:
        """Any other request of the lease holder arrived."""
        with self._lock:
            known = self._known.get(sitting)
            if known is None or known.epoch < epoch:
                self._put(sitting, Presence(last_seen_ms=now, epoch=epoch, browser=browser or _browser(known)))
            elif known.epoch == epoch:
                newer = replace(known, last_seen_ms=max(now, known.last_seen_ms), browser=browser or known.browser)
                self._put(sitting, newer)

    def answered(self, sitting: SittingId, epoch: int) -> None:
        """An answer reached the log: one fewer waits on the candidate's computer than the last heartbeat said."""
        with self._lock:
            known = self._known.get(sitting)
            if known is not None and known.epoch == epoch and known.outbox_depth > 0:
                self._put(sitting, replace(known, outbox_depth=known.outbox_depth - 1))

    def hidden(self, sitting: SittingId, epoch: int) -> None:
        """The page was left: it is no longer visible, and the next heartbeat decides whether it is gone."""
        with self._lock:
            known = self._known.get(sitting)
            if known is not None and known.epoch == epoch:
                self._put(sitting, replace(known, visible=False))

    def merge(self, stored: Iterable[tuple[SittingId, Presence]]) -> None:
        """Take over what is newer in the table."""
        with self._lock:
            for sitting, presence in stored:
                known = self._known.get(sitting)
                if known is None or _order(known) < _order(presence):
                    self._known[sitting] = presence

    def take_changed(self) -> list[tuple[SittingId, Presence]]:
        """What has to be written, once."""
        with self._lock:
            changed = [(sitting, self._known[sitting]) for sitting in sorted(self._changed)]
            self._changed.clear()
            return changed

    def put_back(self, sittings: Iterable[SittingId]) -> None:
        """What was taken could not be written: it is to be written the next time, as it is known then."""
        with self._lock:
            self._changed.update(sittings)

    def take_beats(self, sittings: Iterable[SittingId]) -> int:
        """Heartbeats that arrived from these sittings since this was last asked."""
        with self._lock:
            return sum(self._beats.pop(sitting, 0) for sitting in sittings)

    def _put(self, sitting: SittingId, presence: Presence) -> None:
        self._known[sitting] = presence
        self._changed.add(sitting)


def _order(presence: Presence) -> tuple[int, int]:
    return presence.epoch, presence.last_seen_ms


def _browser(known: Presence | None) -> str | None:
    return None if known is None else known.browser

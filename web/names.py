"""Names of candidates, kept in memory for a minute so that a console's second costs no decryption."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from threading import Lock

from web.sqlpersons import Person, SqlPersons

KEPT_MS = 60_000
"""How long an erased person's name may still be shown by another worker."""


class Names:
    """Persons by candidate id."""

    def __init__(self, persons: SqlPersons, now: Callable[[], int]) -> None:
        self._persons, self._now = persons, now
        self._kept: dict[str, tuple[int, Person | None]] = {}
        self._lock = Lock()

    def one(self, candidate: str) -> Person | None:
        """Who this is; None once erased."""
        return self.of((candidate,)).get(candidate)

    def of(self, candidates: Iterable[str]) -> Mapping[str, Person]:
        """Everybody of these who has not been erased."""
        wanted, now = tuple(candidates), self._now()
        with self._lock:
            fresh = {one: self._kept[one] for one in wanted if one in self._kept and self._kept[one][0] > now}
        missing = [one for one in wanted if one not in fresh]
        if missing:
            found = self._persons.many(missing)
            fresh.update((one, (now + KEPT_MS, found.get(one))) for one in missing)
            with self._lock:
                self._kept.update((one, fresh[one]) for one in missing)
        return {one: person for one, (_, person) in fresh.items() if person is not None}

    def forget(self, candidate: str) -> None:
        """Read this one again next time."""
        with self._lock:
            self._kept.pop(candidate, None)

"""The practical part and the signatures of results in the database.

Rules:
- nothing is ever changed or deleted: a correction is a new entry, and the last entry on a criterion counts;
- a signature is put under the digest of one result; when the result changes it no longer covers it;
- a supervisor's void covers whatever the result is or becomes; after it nothing is signed any more;
- a result with provisional parameters is confirmed only after the institution signed an exception for that result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine, Row, insert, select

from results.practice import PracticeEntry
from results.rules import Value
from results.tables import practice_entries, signatures

T = TypeVar("T")
REASON_LENGTH = 2000


class Writer(Protocol):
    """What the store writes through."""

    def write(self, unit: Callable[[Connection], T]) -> T:
        """Run `unit` in a transaction and return its result once that is durable."""
        ...


class Kind(StrEnum):
    """What was signed."""

    EXCEPTION = "exception"
    CONFIRMATION = "confirmation"
    VOID = "void"


class SigningError(ValueError):
    """A signature that cannot be given; `code` says why (see `SqlRecords.sign`)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """One decision of the committee with the account that entered it and when (ms)."""

    entry: PracticeEntry
    account: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature under the digest of a result."""

    sitting: str
    kind: Kind
    digest: str
    account: str
    at: int
    reason: str


class SqlRecords:
    """Practice entries and signatures, append-only."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine, self._writer = engine, writer

    def enter(self, sitting: str, entries: Sequence[PracticeEntry], account: str, at: int) -> None:
        """Store decisions of the committee, all or none."""
        rows = [
            {
                "sitting": sitting,
                "criterion": entry.criterion,
                "decision": entry.decision.value,
                "method": entry.method,
                "assessor": entry.assessor,
                "on_day": entry.on.isoformat(),
                "account": account,
                "at": at,
            }
            for entry in entries
        ]
        if rows:
            self._writer.write(lambda connection: connection.execute(insert(practice_entries), rows))

    def history(self, sitting: str) -> tuple[Entered, ...]:
        """Every decision ever entered for a sitting, the first one first."""
        query = (
            select(practice_entries).where(practice_entries.c.sitting == sitting).order_by(practice_entries.c.number)
        )
        with self._engine.connect() as connection:
            return tuple(_entered(row) for row in connection.execute(query))

    def practice(self, sitting: str) -> tuple[PracticeEntry, ...]:
        """The decisions that count: the last one on each criterion, by criterion."""
        last = {found.entry.criterion: found.entry for found in self.history(sitting)}
        return tuple(last[name] for name in sorted(last))

    def sign(
        self,
        sitting: str,
        kind: Kind,
        digest: str,
        *,
        account: str,
        at: int,
        reason: str,
        provisional: bool,
        decided: bool,
    ) -> Signature:
        """Put a signature under a result; the checks and the writing are one transaction.

        SigningError: ``reason_missing`` (an exception and a void need one), ``reason_too_long``, ``undecided`` (a
        confirmation of a result that is neither met nor not met), ``signed_before``, ``voided``, ``exception_missing``
        (provisional parameters).
        """
        if kind is not Kind.CONFIRMATION and not reason.strip():
            raise SigningError("reason_missing")
        if len(reason) > REASON_LENGTH:
            raise SigningError("reason_too_long")
        if kind is Kind.CONFIRMATION and not decided:
            raise SigningError("undecided")
        made = Signature(sitting=sitting, kind=kind, digest=digest, account=account, at=at, reason=reason.strip())

        def unit(connection: Connection) -> None:
            given = _signatures(connection, sitting)
            if any(found.kind is Kind.VOID for found in given):
                raise SigningError("signed_before" if kind is Kind.VOID else "voided")
            there = {found.kind for found in given if found.digest == digest}
            if kind in there:
                raise SigningError("signed_before")
            if kind is Kind.CONFIRMATION and provisional and Kind.EXCEPTION not in there:
                raise SigningError("exception_missing")
            connection.execute(
                insert(signatures).values(
                    sitting=sitting, kind=kind.value, digest=digest, account=account, at=at, reason=made.reason
                )
            )

        self._writer.write(unit)
        return made

    def signatures(self, sitting: str) -> tuple[Signature, ...]:
        """Every signature ever given on a sitting, the first one first."""
        with self._engine.connect() as connection:
            return _signatures(connection, sitting)

    def final(self, sitting: str) -> bool:
        """Whether a result of this sitting was ever confirmed or voided: then the test itself is over for good."""
        return any(found.kind is not Kind.EXCEPTION for found in self.signatures(sitting))

    def void(self, sitting: str) -> bool:
        """Whether no result of this sitting counts."""
        return any(found.kind is Kind.VOID for found in self.signatures(sitting))

    def standing(self, sitting: str, digest: str) -> dict[Kind, Signature]:
        """The signatures that cover the result with this digest."""
        return {found.kind: found for found in self.signatures(sitting) if found.digest == digest}


def _signatures(connection: Connection, sitting: str) -> tuple[Signature, ...]:
    query = select(signatures).where(signatures.c.sitting == sitting).order_by(signatures.c.number)
    return tuple(
        Signature(
            sitting=row.sitting,
            kind=Kind(row.kind),
            digest=row.digest,
            account=row.account,
            at=row.at,
            reason=row.reason,
        )
        for row in connection.execute(query)
    )


def _entered(row: Row[tuple[object, ...]]) -> Entered:
    entry = PracticeEntry(
        criterion=row.criterion,
        decision=Value(row.decision),
        method=row.method,
        assessor=row.assessor,
        on=date.fromisoformat(row.on_day),
    )
    return Entered(entry=entry, account=row.account, at=row.at)

"""Seat codes: one-time codes that open a sitting at a seat, kept as digests only.

Rules:
- a code is ten digits: four that locate it and six that prove it; both lie here as HMACs under the server's key;
- it is good until it has expired, was tried `TRIES` times with wrong proof, or a newer code was issued;
- that it opens only once is settled by the log alone (the epoch it was issued for): the device that opened by it may
  ask again when the reply was lost, and a mark kept here beside the log would turn it away.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from proctor.errors import Refused
from proctor.ids import SittingId
from proctor.sqlstore import Writer
from proctor.tables import seat_codes

LOCATOR_DIGITS, PROOF_DIGITS = 4, 6
DIGITS = LOCATOR_DIGITS + PROOF_DIGITS
TRIES = 5
PLACEMENTS = 200
"""Attempts to find a free locator: with half of them taken the chance to fail is 2^-200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatCode:
    """A code that is good: the sitting it opens and the epoch it was issued for."""

    sitting: SittingId
    epoch: int


class SqlSeats:
    """The seat codes; `key` is the server's, codes are worthless without it."""

    def __init__(self, writer: Writer, key: bytes) -> None:
        self._writer, self._key = writer, key

    def issue(self, sitting: SittingId, epoch: int, now: int, lasts_ms: int, entropy: Callable[[int], bytes]) -> str:
        """A new code for this epoch, its only copy; earlier ones of the sitting go. `entropy(n)` gives n bytes."""

        def unit(connection: Connection) -> str:
            connection.execute(delete(seat_codes).where(seat_codes.c.sitting == sitting))
            connection.execute(delete(seat_codes).where(seat_codes.c.expires_at < now))
            code = self._free_code(connection, entropy)
            connection.execute(
                insert(seat_codes).values(
                    locator=self._locator(code), digest=self._digest(code), sitting=sitting, epoch=epoch,
                    issued_at=now, expires_at=now + lasts_ms,
                )
            )  # fmt: skip
            return code

        return self._writer.write(unit)

    def look_up(self, code: str, now: int) -> SeatCode:
        """The sitting this code opens; a wrong proof counts as a try.

        Refused ``unknown_seat_code``, ``seat_code_spent`` (tried too often) or ``seat_code_expired``.
        """
        digits = "".join(one for one in code if one not in " -")
        if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
            raise Refused("unknown_seat_code")
        found = self._writer.write(lambda connection: self._found(connection, digits, now))
        if isinstance(found, str):
            raise Refused(found)
        return found

    def _found(self, connection: Connection, code: str, now: int) -> SeatCode | str:
        """The good code, or the refusal (returned, not raised: a counted try must be stored)."""
        where = seat_codes.c.locator == self._locator(code)
        row = connection.execute(select(seat_codes).where(where)).one_or_none()
        if row is None:
            return "unknown_seat_code"
        if row.tries >= TRIES:
            return "seat_code_spent"
        if not hmac.compare_digest(row.digest, self._digest(code)):
            connection.execute(update(seat_codes).where(where).values(tries=seat_codes.c.tries + 1))
            return "unknown_seat_code"
        if now > row.expires_at:
            return "seat_code_expired"
        return SeatCode(sitting=SittingId(row.sitting), epoch=row.epoch)

    def _free_code(self, connection: Connection, entropy: Callable[[int], bytes]) -> str:
        for _ in range(PLACEMENTS):
            code = f"{int.from_bytes(entropy(16)) % 10**DIGITS:0{DIGITS}d}"
            taken = select(seat_codes.c.sitting).where(seat_codes.c.locator == self._locator(code))
            if connection.execute(taken).first() is None:
                return code
        raise RuntimeError("every seat code is taken")

    def _locator(self, code: str) -> str:
        return self._hmac(f"locator:{code[:LOCATOR_DIGITS]}")

    def _digest(self, code: str) -> str:
        return self._hmac(f"code:{code}")

    def _hmac(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

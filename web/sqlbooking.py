"""Booking a seat, where only the database can say for sure that it is free."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from proctor.sqlsessions import SittingEntry, SqlSessions
from web.errors import Problem


def book(sessions: SqlSessions, entry: SittingEntry, secret: bytes) -> None:
    """Store a sitting before its first event. Problem: ``seat_taken``."""
    try:
        sessions.add_sitting(entry, secret)
    except IntegrityError:
        raise Problem("seat_taken") from None

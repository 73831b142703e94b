"""Names for the opaque identifiers that events and commands carry."""

from __future__ import annotations

from typing import NewType

SittingId = NewType("SittingId", str)
ExamSessionId = NewType("ExamSessionId", str)
CandidateId = NewType("CandidateId", str)
"""A pseudonym: who it is stands in web/tables.py under a key of that person."""
AttemptId = NewType("AttemptId", str)
"""Opaque name of one presentation of one item; derived from (sitting secret, position)."""
ItemId = NewType("ItemId", str)
"""One immutable item version, e.g. ``CRM.1.1.1-01@1``."""
CommandId = NewType("CommandId", str)
Commitment = NewType("Commitment", str)
"""Keyed digest (hex) of something that lies beside the log: a name, a note, a document number, a device."""
Actor = NewType("Actor", str)
"""``candidate``, ``server`` or ``staff:<account id>``."""

CANDIDATE = Actor("candidate")
SERVER = Actor("server")


def staff(account: str) -> Actor:
    """The actor name of a staff account."""
    return Actor(f"staff:{account}")

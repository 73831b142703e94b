"""What can go wrong with standards, items and responses, each naming its place."""

from __future__ import annotations


class ContentError(ValueError):
    """Bad input from outside: `where` names file, line and field, `reason` is one clear clause."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where, self.reason = where, reason


class InvalidResponse(ValueError):
    """A response that does not fit the interaction of its item; never scored."""


class Refused(Exception):
    """A wish the bank's rules turn down; `code` is stable, `subject` says what it was about (an id, never a text)."""

    def __init__(self, code: str, subject: str = "") -> None:
        super().__init__(f"{code} {subject}".rstrip())
        self.code, self.subject = code, subject

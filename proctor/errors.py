"""What can go wrong between a command and the log."""

from __future__ import annotations


class Refused(Exception):
    """A command the rules turn down; `code` is stable, the sentence for people is written in web/errors.py."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def refuse(code: str | None) -> None:
    """Raise Refused(code), or pass when there is no reason to."""
    if code is not None:
        raise Refused(code)


class LogConflict(Exception):
    """Somebody else appended to the sitting first; read again and decide again."""


class BrokenLog(Exception):
    """The stored events of a sitting do not follow from one another; names the first bad sequence number."""

    def __init__(self, sitting: str, seq: int, reason: str) -> None:
        super().__init__(f"sitting {sitting}, seq {seq}: {reason}")
        self.sitting, self.seq, self.reason = sitting, seq, reason

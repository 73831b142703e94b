"""Words and small types all messages share: ids, codes, the strict base message, the refusal."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Opaque = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:@-]+$")]
Millis = Annotated[int, Field(ge=0, le=10**15)]
Count = Annotated[int, Field(ge=0, le=10**9)]
"""Something a program counts: no column of a database is too narrow for it."""
Browser = Annotated[
    str,
    Field(
        max_length=40,
        pattern=r"^(\?|(Chrome|Chromium|Edge|Firefox|Opera|Safari|SEB|Other) [0-9]{1,4})"
        r"( / (\?|Windows|Android|iOS|ChromeOS|macOS|Linux))?$",
    ),
]
"""Family, major version, perhaps the system; ``?``: a browser of no known family, ``Other``: a program that is none."""
Station = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[\p{L}0-9][\p{L}0-9 _./-]*$")]
"""The short name of a seat or station; it stands in the log, which holds no free text."""
ResponseCode = Annotated[str, Field(min_length=1, max_length=24, pattern=r"^[0-9A-Za-z.,:+-]+$")]

Interaction = Literal["single", "multiple", "order", "match", "numeric"]
Phase = Literal["see_operator", "check", "identity", "waiting", "briefing", "item", "covered", "finished"]
Hold = Literal["disconnected", "paused", "locked", "break", "transfer", "technical", "review", "reopened"]
HandCategory = Literal["technical", "item", "health", "other"]
EndReason = Literal["stop_rule", "maximum_length", "pool_exhausted", "candidate", "time", "terminated"]
Template = Literal[
    "operator_comes", "connection_checked", "pause_soon", "break_soon", "keep_silence", "stay_at_station", "free",
]  # fmt: skip
Lifecycle = Literal[
    "registered", "checked_in", "awaiting", "authorised", "running", "suspended",
    "submitted", "timed_out", "terminated", "cancelled",
]  # fmt: skip
Link = Literal["never", "online", "unstable", "offline"]
Action = Literal[
    "check_in", "authorise", "pause", "resume", "add_time", "new_seat_code", "terminate", "acknowledge", "answer_hand",
    "report_incident", "close_incident", "reopen", "message",
]  # fmt: skip


class Message(BaseModel):
    """Strict, closed, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ErrorReply(Message):
    """Any refusal: a stable code and one clear sentence in the reader's language."""

    error: str
    message: str
    retry_after_ms: int | None = None

"""The server's own log: one JSON line per request, with ids and codes; never an answer, a name or a seat code."""

from __future__ import annotations

import logging
import sys
import traceback
from secrets import token_hex
from time import monotonic
from typing import Any

import structlog
from flask import Flask, Response, g, request

from web.metrics import REQUEST_SECONDS

journal: Any = structlog.get_logger("kriteria")
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(level: str) -> None:
    """JSON lines on standard error from `level` upwards."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def note(**facts: str | int | None) -> None:
    """Add ids (sitting, command, exam session, account) to the line of the running request."""
    g.setdefault("facts", {}).update({name: value for name, value in facts.items() if value is not None})


def fault(event: str, error: BaseException, **facts: str | None) -> None:
    """An exception nobody expected: its type and the places it went through, never its text or any value."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    journal.error(event, kind=type(error).__name__, where=where, **facts)


def install(app: Flask) -> None:
    """One line and one measurement per request."""

    @app.before_request
    def begin() -> None:
        g.began, g.request_id = monotonic(), token_hex(8)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        seconds = monotonic() - g.get("began", monotonic())
        route = request.url_rule.rule if request.url_rule else "none"
        REQUEST_SECONDS.labels(request.method, route, response.status_code).observe(seconds)
        if request.path not in QUIET:
            journal.info(
                "request",
                request=g.get("request_id"),
                method=request.method,
                route=route,
                status=response.status_code,
                ms=round(seconds * 1000, 1),
                **g.get("facts", {}),
            )
        return response

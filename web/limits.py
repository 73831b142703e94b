"""How often somebody may knock: the limiter and what it counts by."""

from __future__ import annotations

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from web.settings import Settings

ANSWERS_PER_SITTING = "5/second"
"""More is no person; the page keeps the answer in its outbox and sends it again."""
SEAT_CODE_TRIES = "5 per 10 minutes"
"""Wrong codes per browser tab."""
SEAT_CODE_TRIES_PER_ADDRESS = "40 per 10 minutes"
"""Wrong codes per network address: a whole room shares one, a guesser must not get far with many tabs."""
LOGIN_TRIES = "5/minute"
EVENTS_PER_SITTING = "20/second"
VERIFICATIONS = "10/minute"
"""Per account: each walks and hashes every event of up to a few hundred sittings."""
ARRIVALS_PER_SITTING = "30/minute"
"""Leases taken back and browser checks: a person does either a few times in a test."""

limiter = Limiter(get_remote_address, headers_enabled=True, strategy="fixed-window", key_prefix="kriteria")


def by_sitting() -> str:
    """The sitting whose device sends the request."""
    holder = g.get("holder")
    return holder.sitting if holder is not None else get_remote_address()


def by_tab() -> str:
    """The browser tab at this address."""
    return f"{get_remote_address()}/{request.headers.get('X-Kriteria-Tab', '')[:64]}"


def was_wrong(response: Response) -> bool:
    """Only wrong tries count."""
    return response.status_code == 404


def install(app: Flask, settings: Settings) -> None:
    """Count in this process, or in Redis when there are several."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url or "memory://"
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = settings.redis_url is not None
    limiter.init_app(app)

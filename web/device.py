"""The candidate's side of a lease: device cookie, tab and epoch of a request."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request

from proctor.commands import Tenure
from proctor.ids import SittingId
from web import parsing, wired
from web.errors import Problem
from web.journal import note
from web.keys import Keys

COOKIE = "kriteria_device"
COOKIE_AGE_S = 16 * 3600
"""Longer than any exam day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who a candidate's request claims to be; `tenure` is what proctor compares with the lease."""

    sitting: SittingId
    tenure: Tenure


def holder_of(keys: Keys, cookie: str, tab: str, epoch: int) -> Holder:
    """The holder a cookie, a tab and an epoch stand for, or ``no_device``."""
    read = keys.read_cookie(cookie)
    if read is None:
        raise Problem("no_device")
    sitting, device = read
    tenure = Tenure(device=keys.device(sitting, device), tab=keys.tab(sitting, tab), epoch=epoch)
    return Holder(sitting=SittingId(sitting), tenure=tenure)


def hold() -> Holder:
    """The holder of the running HTTP request; a changing one must come from our own page."""
    wiring = wired.wiring()
    if request.method != "GET":
        parsing.same_origin(wiring.settings.public_origin)
    cookie = request.cookies.get(COOKIE, "")
    if wiring.keys.read_cookie(cookie) is None:
        raise Problem("no_device")
    holder = holder_of(wiring.keys, cookie, parsing.tab(), parsing.epoch())
    note(sitting=holder.sitting)
    return holder


def remember(response: Response, sitting: SittingId, device: str) -> Response:
    """Give the browser its device cookie."""
    wiring = wired.wiring()
    response.set_cookie(
        COOKIE,
        wiring.keys.cookie(sitting, device),
        max_age=COOKIE_AGE_S,
        path="/",
        secure=wiring.settings.cookie_secure,
        httponly=True,
        samesite="Strict",
    )
    return response

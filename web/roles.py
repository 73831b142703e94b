"""Who may do what: roles, their permissions, and the guard before every route.

Rules:
- every route states one permission by `@permission("...")`; a route without one is refused to everybody;
- ``public`` needs nothing, ``candidate`` the device cookie, ``staff`` any login, all others a role that has it;
- console permissions hold for the exam sessions one is assigned to, unless the role has ``console.see_all``;
- the auditor reads exam sessions, console, results, answers, bank and log, and changes nothing.

Permissions in `WAITING` are stated for parts that are still to come: authoring and review of items, calibration in the
browser, appeals. No route asks for them yet.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from flask_login import current_user

from web.errors import Problem


class Role(StrEnum):
    """What an account may be; one account may be several."""

    OPERATOR = "operator"
    CHIEF_OPERATOR = "chief_operator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    PSYCHOMETRICIAN = "psychometrician"
    COMMITTEE_MEMBER = "committee_member"
    COMMITTEE_CHAIR = "committee_chair"
    APPEALS_PANEL = "appeals_panel"


PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.OPERATOR: frozenset({"console.see", "console.operate"}),
    Role.CHIEF_OPERATOR: frozenset({"console.see", "console.operate", "console.terminate"}),
    Role.SUPERVISOR: frozenset({"console.see", "console.see_all", "sitting.reopen", "sitting.void", "results.see"}),
    Role.AUDITOR: frozenset(
        {
            "console.see",
            "console.see_all",
            "exam_sessions.see",
            "log.verify",
            "results.see",
            "responses.export",
            "bank.see",
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {"accounts.manage", "exam_sessions.see", "exam_sessions.manage", "results.see", "results.except"}
    ),
    Role.AUTHOR: frozenset({"bank.see", "bank.write"}),
    Role.REVIEWER: frozenset({"bank.see", "bank.review"}),
    Role.PSYCHOMETRICIAN: frozenset({"bank.see", "calibration.run", "responses.export"}),
    Role.COMMITTEE_MEMBER: frozenset({"results.see", "practice.write"}),
    Role.COMMITTEE_CHAIR: frozenset({"results.see", "practice.write", "results.sign", "allocation.sign"}),
    Role.APPEALS_PANEL: frozenset({"results.see", "appeals.decide"}),
}
OPEN = frozenset({"public", "candidate", "staff"})
WAITING = frozenset({"bank.write", "bank.review", "calibration.run", "appeals.decide"})
KNOWN = OPEN.union(*PERMISSIONS.values())

View = TypeVar("View", bound=Callable[..., Any])


def permission(name: str) -> Callable[[View], View]:
    """State what a route needs; the guard reads it."""
    if name not in KNOWN:
        raise ValueError(f"unknown permission {name!r}")

    def mark(view: View) -> View:
        view.permission = name  # type: ignore[attr-defined]
        return view

    return mark


def stated(app: Flask, endpoint: str) -> str | None:
    """The permission a route states, or None."""
    return getattr(app.view_functions[endpoint], "permission", None)


def has(name: str) -> bool:
    """Whether the signed-in account has this permission."""
    return current_user.is_authenticated and name in current_user.permissions


def require(name: str) -> None:
    """Refuse unless the signed-in account has this permission."""
    if not current_user.is_authenticated:
        raise Problem("login_required")
    if name != "staff" and name not in current_user.permissions:
        raise Problem("not_allowed")


def install(app: Flask, hold: Callable[[], Any]) -> None:
    """Put the guard before every request; `hold` reads the candidate's device cookie or refuses."""
    setattr(app.view_functions["static"], "permission", "public")  # noqa: B010 - the type of a view has no such field

    @app.before_request
    def guard() -> None:
        if request.endpoint is None:
            return
        needed = stated(current_app, request.endpoint)
        if needed is None:
            raise Problem("not_allowed")
        if needed == "candidate":
            g.holder = hold()
        elif needed != "public":
            require(needed)

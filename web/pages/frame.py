"""What every page carries: language, theme, the tabs one may use, versions of built files, and how to come back.

Rules:
- the server writes language and theme, from the reader's cookie; no script is needed and nothing flashes;
- a tab is shown exactly to those whose role has its permission;
- `back` addresses are paths of this server, never another site.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from results.phrasing import Manner
from web import roles, wired
from web.language import COMPLETE, language, t
from web.shells import theme

STATIC = Path(__file__).parents[1] / "static"
LANGUAGE_NAMES: Mapping[str, str] = {"pl": "Polski", "en": "English"}
COOKIE_AGE_S = 365 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One area of work in the bar at the top."""

    href: str
    text: str
    current: bool


class Frame:
    """The `page` of the templates; everything is looked up only when a template asks."""

    @property
    def language(self) -> str:
        """The language of this page."""
        return language()

    @property
    def theme(self) -> str:
        """The reader's colours; light until chosen."""
        return theme()

    @property
    def languages(self) -> tuple[tuple[str, str], ...]:
        """Languages to choose from, each in its own words."""
        return tuple((code, LANGUAGE_NAMES[code]) for code in COMPLETE)

    @property
    def themes(self) -> tuple[tuple[str, str], ...]:
        """Colours to choose from."""
        return (("light", t("Light")), ("dark", t("Dark")), ("contrast", t("High contrast")))

    @property
    def here(self) -> str:
        """The path to come back to; of a form that was sent, the page it stands on."""
        return request.path if request.method == "GET" else "/"

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """The areas of work of this account."""
        areas = (
            ("console.see", "/console", t("Console")),
            ("exam_sessions.see", "/exam-sessions", t("Exam sessions")),
            ("results.see", "/results", t("Results")),
            ("bank.see", "/bank", t("Item bank")),
            ("responses.export", "/responses", t("Response matrices")),
            ("log.verify", "/log", t("Log")),
            ("accounts.manage", "/accounts", t("Accounts")),
        )
        mine = [(href, text) for needed, href, text in areas if roles.has(needed)]
        return tuple(Tab(href=href, text=text, current=request.path.startswith(href)) for href, text in mine)

    @property
    def account_name(self) -> str:
        """Who is signed in."""
        return str(current_user.account.name)

    @property
    def account_roles(self) -> tuple[str, ...]:
        """The roles of who is signed in, in words."""
        return tuple(role_word(role) for role in sorted(current_user.account.roles))

    def asset(self, path: str) -> str:
        """The address of a static file, with its version."""
        return f"/static/{path}?v={version(path)}"


@cache
def version(path: str) -> str:
    """A short digest of a static file; ``missing`` when it has not been built."""
    file = STATIC / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.exists() else "missing"


def manner() -> Manner:
    """How this page writes numbers, instants and words."""
    return Manner(language=language(), say=t, zone=ZoneInfo(wired.wiring().settings.time_zone))


def local(path: str, otherwise: str = "/") -> str:
    """A path of this server as it stands, anything else replaced."""
    safe = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if safe else otherwise


def done(sentence: str, to: str) -> ResponseReturnValue:
    """Say what was done and show the page `to`."""
    flash(sentence, "ok")
    return redirect(to, 303)


def refused(sentence: str, to: str) -> ResponseReturnValue:
    """Say why nothing was done and show the page `to`."""
    flash(sentence, "error")
    return redirect(to, 303)


def role_word(role: str) -> str:
    """A role in words."""
    words: Mapping[str, Callable[[], str]] = {
        "operator": lambda: t("Exam-system operator"),
        "chief_operator": lambda: t("Chief operator"),
        "supervisor": lambda: t("Supervisor"),
        "auditor": lambda: t("Auditor"),
        "administrator": lambda: t("Administrator"),
        "author": lambda: t("Item author"),
        "reviewer": lambda: t("Reviewer"),
        "psychometrician": lambda: t("Psychometrician"),
        "committee_member": lambda: t("Member of the committee"),
        "committee_chair": lambda: t("Chair of the committee"),
        "appeals_panel": lambda: t("Appeals panel"),
    }
    return words[role]()


def install(routes: Blueprint) -> None:
    """Give the templates of the whole application their frame and the ways to write numbers and instants."""

    @routes.record_once
    def speak(state: Any) -> None:
        app: Flask = state.app
        app.jinja_env.trim_blocks = True
        app.jinja_env.lstrip_blocks = True
        app.jinja_env.globals["page"] = Frame()
        app.jinja_env.globals["allowed"] = roles.has
        app.jinja_env.filters.update(
            instant=lambda ms: manner().instant(ms),
            minute=lambda ms: manner().minute(ms),
            moment=lambda ms: manner().moment(ms),
            day=lambda when: manner().day(when),
            span=lambda ms: manner().span(ms),
            number=lambda value, digits=2: manner().number(value, digits),
        )

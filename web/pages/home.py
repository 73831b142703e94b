"""The start page: what this account can do here."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from web.language import t
from web.pages import frame
from web.roles import has, permission

routes = Blueprint("home", __name__)
frame.install(routes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do, in words, and where."""

    href: str
    title: str
    text: str


def tasks() -> tuple[Task, ...]:
    """What the signed-in account can do."""
    possible = (
        ("console.see", _console()),
        ("exam_sessions.see", _exam_sessions()),
        (
            "results.see",
            Task(
                href="/results",
                title=t("See results"),
                text=t("Decisions on learning outcomes with their evidence, the practical part and the protocol."),
            ),
        ),
        (
            "allocation.sign",
            Task(
                href="/standards",
                title=t("Allocate criteria to the parts"),
                text=t("Decide which verification criteria the theory test covers, and sign the decision."),
            ),
        ),
        (
            "bank.see",
            Task(
                href="/bank",
                title=t("Look at the item bank"),
                text=t("Items per verification criterion, their difficulty against the cut, and every single item."),
            ),
        ),
        (
            "responses.export",
            Task(
                href="/responses",
                title=t("Download response matrices"),
                text=t("The scored answers of an exam session, wide for calibration or long for analysis."),
            ),
        ),
        (
            "log.verify",
            Task(
                href="/log",
                title=t("Verify the log"),
                text=t("Whether every exam session is whole and under a signed checkpoint, down to each sitting."),
            ),
        ),
        (
            "accounts.manage",
            Task(
                href="/accounts", title=t("Manage accounts"), text=t("Create accounts for staff and give them roles.")
            ),
        ),
    )
    return tuple(task for needed, task in possible if has(needed))


def _console() -> Task:
    if has("console.operate"):
        title = t("Supervise an exam session")
        text = t("Check candidates in, let them begin, see who needs help and help.")
    else:
        title = t("Look into an exam session")
        text = t("Where every candidate stands, who needs help, and what was done.")
    return Task(href="/console", title=title, text=text)


def _exam_sessions() -> Task:
    if has("exam_sessions.manage"):
        title = t("Prepare exam sessions")
        text = t("Create a session, register candidates, assign operators, print seat codes, open and close.")
    else:
        title = t("Look at exam sessions")
        text = t("What was planned, who supervises, who sat, and the outages of the room.")
    return Task(href="/exam-sessions", title=title, text=text)


@routes.get("/")
@permission("staff")
def home() -> ResponseReturnValue:
    """The start page."""
    return render_template("home.html", tasks=tasks())

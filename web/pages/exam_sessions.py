"""Exam sessions for the exam office: the list, a new one, its page, who supervises, opening and closing.

Auditors see the list and the pages without any form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from itembank import blueprints
from itembank.errors import Refused as BankRefused
from proctor import outages
from proctor.ids import ExamSessionId
from proctor.sqlsessions import ExamSession
from proctor.state import Lifecycle, SittingState
from results.phrasing import action_word
from web import administration, records, wired
from web.errors import Problem, sentence
from web.language import COMPLETE, language, t
from web.pages import delivery_settings, forms, standards
from web.pages.forms import Form
from web.pages.frame import done, refused, role_word
from web.roles import Role, permission
from web.wiring import Wiring

routes = Blueprint("exam_sessions", __name__)
CAPACITIES = (Role.OPERATOR, Role.CHIEF_OPERATOR)


@routes.get("/exam-sessions")
@permission("exam_sessions.see")
def exam_sessions() -> ResponseReturnValue:
    """Every exam session with how many sit, wait and have ended."""
    wiring = wired.wiring()
    rows = [
        {
            "session": session,
            "counts": counts(wiring, session),
            "operators": len(wiring.sessions.assigned(session.id)),
        }
        for session in wiring.sessions.all()
    ]
    return render_template("exam_sessions.html", rows=rows)


@routes.get("/exam-sessions/new")
@permission("exam_sessions.manage")
def new() -> ResponseReturnValue:
    """The form of a new exam session."""
    return _new_page(forms.filled({"language": language()}))


@routes.post("/exam-sessions/new")
@permission("exam_sessions.manage")
def create() -> ResponseReturnValue:
    """Create an exam session with the default plan of its standard; its pool is frozen now."""
    wiring = wired.wiring()
    form = forms.sent()
    known = {one.tree.code: one for one in standards.known(wiring)}
    code, spoken = form.one_of("standard", known), form.one_of("language", COMPLETE)
    title, room = form.line("title"), form.line("room", longest=80)
    starts_at = form.instant("starts_at", ZoneInfo(wiring.settings.time_zone))
    settings = delivery_settings.chosen(form, known[code].data.delivery if code in known else {})
    if form.good:
        try:
            allocation = standards.in_force(wiring, code)
            if allocation is None:
                raise Problem("allocation_unsigned")
            created = administration.create_exam_session(
                wiring,
                standard=code,
                title=title,
                language=spoken,
                room=room,
                starts_at=starts_at,
                plan=blueprints.plan(known[code].data, allocation),
                delivery=settings,
            )
            return done(
                t("The exam session was created. Register candidates and assign operators."),
                f"/exam-sessions/{created}",
            )
        except Problem as problem:
            form.errors["standard"] = sentence(problem.code, problem.place)
        except BankRefused as error:
            form.errors["standard"] = bank_sentence(error)
    return _new_page(form), 422


@routes.get("/exam-sessions/<exam_session>")
@permission("exam_sessions.see")
def exam_session(exam_session: str) -> ResponseReturnValue:
    """One exam session: its facts, staff and sittings."""
    return page(wired.wiring(), exam_session)


@routes.post("/exam-sessions/<exam_session>/operators")
@permission("exam_sessions.manage")
def assign(exam_session: str) -> ResponseReturnValue:
    """Let an account supervise the exam session."""
    wiring = wired.wiring()
    session = get(wiring, exam_session)
    account, _, capacity = forms.sent().values.get("operator", "").partition("/")
    if capacity not in CAPACITIES:
        raise Problem("field_missing", place=t("choose a person"))
    administration.assign(wiring, session.id, account, capacity)
    name = records.account_names(wiring).get(account, account)
    said = t("{name} works in this exam session as: {role}.", name=name, role=role_word(capacity))
    return done(said, f"/exam-sessions/{exam_session}")


@routes.post("/exam-sessions/<exam_session>/open")
@permission("exam_sessions.manage")
def open_session(exam_session: str) -> ResponseReturnValue:
    """Open the exam session; refused without an operator."""
    return _change(
        exam_session, administration.open_exam_session, t("The exam session is open. Seat codes are good from now on.")
    )


@routes.post("/exam-sessions/<exam_session>/close")
@permission("exam_sessions.manage")
def close_session(exam_session: str) -> ResponseReturnValue:
    """Close the exam session; refused while a test is running."""

    def close(wiring: Wiring, found: ExamSessionId) -> None:
        administration.close_exam_session(wiring, found, by=current_user.account.id)

    return _change(exam_session, close, t("The exam session is closed and its log is signed."))


def _change(exam_session: str, change: Callable[[Wiring, ExamSessionId], None], said: str) -> ResponseReturnValue:
    wiring, here = wired.wiring(), f"/exam-sessions/{exam_session}"
    found = get(wiring, exam_session)
    try:
        change(wiring, found.id)
    except Problem as problem:
        return refused(sentence(problem.code, problem.place), here)
    return done(said, here)


def get(wiring: Wiring, exam_session: str) -> ExamSession:
    """The exam session of this id; Problem ``not_found``."""
    found = wiring.sessions.get(ExamSessionId(exam_session))
    if found is None:
        raise Problem("not_found")
    return found


def page(wiring: Wiring, exam_session: str, candidate: Form | None = None, listed: Form | None = None) -> str:
    """The page of an exam session, with the forms as they stand."""
    session = get(wiring, exam_session)
    plan = wiring.exams.of(session.id).exam.plan
    accounts = wiring.accounts.all()
    names = {account.id: account.name for account in accounts}
    assigned = [
        (names.get(account, account), role_word(capacity)) for account, capacity in wiring.sessions.assigned(session.id)
    ]
    possible = [
        (f"{account.id}/{role.value}", f"{account.name}: {role_word(role)}")
        for account in accounts
        for role in CAPACITIES
        if role in account.roles
    ]
    return render_template(
        "exam_session.html",
        session=session,
        rows=sittings(wiring, session),
        outages=room_outages(wiring, session),
        assigned=assigned,
        possible=possible,
        plan=plan.plan,
        delivery=delivery_settings.shown(session.delivery),
        pool_size=len(plan.pool),
        provisional=bool(plan.pool.provisional.any()),
        candidate=candidate or forms.filled(),
        listed=listed or forms.filled(),
        operator=forms.filled(),
    )


def sittings(wiring: Wiring, session: ExamSession) -> Sequence[Mapping[str, object]]:
    """The booked sittings by seat, with names and where they stand."""
    entries = wiring.sessions.sittings(session.id)
    persons = wiring.names.of([entry.candidate for entry in entries])
    _, states = wiring.desk.states(session.id)
    rows = []
    for entry in entries:
        state, person = states.get(entry.id), persons.get(entry.candidate)
        rows.append(
            {
                "id": entry.id,
                "seat": entry.seat,
                "name": person.name if person is not None else t("(erased)"),
                "reference": person.reference if person is not None else "",
                "state": lifecycle_word(state),
                "closed": state is not None and state.closed and state.started_at is not None,
                "answered": len(state.responses) if state is not None else 0,
            }
        )
    return sorted(rows, key=lambda row: (len(str(row["seat"])), str(row["seat"])))


def room_outages(wiring: Wiring, session: ExamSession) -> Sequence[Mapping[str, object]]:
    """The outages of the room, oldest first: one line each, whatever the number of tests they struck."""
    _, states = wiring.desk.states(session.id)
    return [
        {
            "began": one.began_ms,
            "ended": one.ended_ms,
            "struck": len(one.sittings),
            "waiting": one.waiting,
            "actions": [action_word(t, action) for action in one.actions],
        }
        for one in outages.of_room(states.values())
    ]


def counts(wiring: Wiring, session: ExamSession) -> Mapping[str, int]:
    """How many are booked, waiting, sitting and through."""
    _, states = wiring.desk.states(session.id)
    found = Counter(_stage(state) for state in states.values())
    return {"booked": len(states), "waiting": found["waiting"], "sitting": found["sitting"], "ended": found["ended"]}


def _stage(state: SittingState) -> str:
    if state.closed:
        return "ended"
    if state.begun:
        return "sitting"
    return "booked" if state.lifecycle is Lifecycle.REGISTERED else "waiting"


def lifecycle_word(state: SittingState | None) -> str:
    """Where a sitting stands, in words."""
    words: Mapping[Lifecycle, Callable[[], str]] = {
        Lifecycle.UNREGISTERED: lambda: t("not booked"),
        Lifecycle.REGISTERED: lambda: t("booked"),
        Lifecycle.CHECKED_IN: lambda: t("checked in"),
        Lifecycle.AWAITING: lambda: t("waits for the operator"),
        Lifecycle.AUTHORISED: lambda: t("let in"),
        Lifecycle.RUNNING: lambda: t("test in progress"),
        Lifecycle.SUSPENDED: lambda: t("clock stopped"),
        Lifecycle.SUBMITTED: lambda: t("ended"),
        Lifecycle.TIMED_OUT: lambda: t("time used up"),
        Lifecycle.TERMINATED: lambda: t("ended early"),
        Lifecycle.CANCELLED: lambda: t("cancelled"),
    }
    return words[state.lifecycle if state is not None else Lifecycle.UNREGISTERED]()


def bank_sentence(error: BankRefused) -> str:
    """Why the bank cannot serve an exam session."""
    words: Mapping[str, Callable[[], str]] = {
        "empty_pool": lambda: t("The bank has no released item in this language for the theory part."),
        "cut_missing": lambda: t("There is no cut for the outcome {outcome}.", outcome=error.subject),
        "untagged": lambda: t("The item {item} names a criterion that the standard does not have.", item=error.subject),
    }
    found = words.get(error.code)
    return (
        found()
        if found is not None
        else t("The bank refuses: {reason}.", reason=f"{error.code} {error.subject}".strip())
    )


def _new_page(form: Form) -> str:
    wiring = wired.wiring()
    known = standards.known(wiring)
    unsigned = [one.tree.code for one in known if standards.in_force(wiring, one.tree.code) is None]
    options = [(one.tree.code, f"{one.tree.code}: {one.tree.title}") for one in known]
    return render_template(
        "exam_session_new.html", form=form, options=options, unsigned=unsigned, settings=delivery_settings.SETTINGS
    )

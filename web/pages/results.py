"""Results for the staff: decisions with their evidence, the practical part, exception, confirmation, and the protocol.

Rules:
- what one sees is the record the protocol prints, and what one signs is that record's digest;
- nothing provisional is confirmed without the institution's signed exception;
- probabilities are for the staff; the candidate's own page shows decisions and coverage only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from results import bases
from results.phrasing import Manner, basis_word, outcome_word, result_word
from results.protocol_pdf import closing_note, evidence_note, mastery_note, render, verdict_note
from results.record import OutcomeRow
from results.rules import Basis, Value
from results.sqlrecords import Kind, SigningError
from web import records, wired
from web.errors import Problem
from web.language import COMPLETE, t, within
from web.pages import exam_sessions, forms
from web.pages.forms import Form
from web.pages.frame import done, manner, refused
from web.records import Sheet
from web.roles import permission

routes = Blueprint("results", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A decision as a page shows it: status, icon and word together."""

    status: str
    icon: str
    text: str


LOOKS: Mapping[Value, tuple[str, str]] = {
    Value.MET: ("ok", "check"),
    Value.NOT_MET: ("danger", "x"),
    Value.UNDETERMINED: ("open", "help"),
}
BASIS_ICONS: Mapping[str | None, str] = {
    Basis.STATED: "doc",
    Basis.DERIVED: "move",
    Basis.INSTITUTION_DEFAULT: "user",
    None: "minus",
}


def outcome_look(value: Value | None) -> Shown:
    """The decision on an outcome; None: the practical part alone verifies it."""
    if value is None:
        return Shown(status="idle", icon="minus", text=outcome_word(t, None))
    status, icon = LOOKS[value]
    return Shown(status=status, icon=icon, text=outcome_word(t, value))


def result_look(value: Value) -> Shown:
    """The result of a part or of the qualification."""
    status, icon = LOOKS[value]
    return Shown(status=status, icon=icon, text=result_word(t, value))


@routes.get("/results")
@permission("results.see")
def results() -> ResponseReturnValue:
    """The sittings that have ended, by exam session."""
    wiring = wired.wiring()
    groups = []
    for session in wiring.sessions.all():
        ended = [row for row in exam_sessions.sittings(wiring, session) if row["closed"]]
        if ended:
            groups.append({"session": session, "rows": ended})
    return render_template("results.html", groups=groups)


@routes.get("/results/<sitting>")
@permission("results.see")
def result(sitting: str) -> ResponseReturnValue:
    """The result of one sitting."""
    return page(records.sheet(wired.wiring(), sitting))


@routes.get("/results/<sitting>/protocol.pdf")
@permission("results.see")
def protocol(sitting: str) -> ResponseReturnValue:
    """The protocol of one sitting in Polish or English."""
    wiring = wired.wiring()
    language = request.args.get("language", "pl")
    if language not in COMPLETE:
        raise Problem("bad_request", place="language")
    sheet = records.sheet(wiring, sitting)
    spoken = Manner(language=language, say=partial(within, language), zone=ZoneInfo(wiring.settings.time_zone))
    name = f"protocol-{sheet.course.seat}-{language}.pdf"
    safe = "".join(one if one.isascii() and (one.isalnum() or one in ".-") else "_" for one in name)
    headers = {"Content-Disposition": f'attachment; filename="{safe}"'}
    return Response(render(records.protocol(wiring, sheet), spoken), mimetype="application/pdf", headers=headers)


@routes.post("/results/<sitting>/exception")
@permission("results.except")
def sign_exception(sitting: str) -> ResponseReturnValue:
    """Sign the institution's exception for provisional item parameters, with a reason."""
    form = forms.sent()
    reason = form.line("reason", longest=2000)
    if not form.good:
        return page(records.sheet(wired.wiring(), sitting), exception=form), 422
    return _sign(sitting, Kind.EXCEPTION, form, reason, t("The exception is signed."))


@routes.post("/results/<sitting>/void")
@permission("sitting.void")
def void(sitting: str) -> ResponseReturnValue:
    """Declare that the result does not count, with a reason; what happened in the sitting stays on record."""
    form = forms.sent()
    reason = form.line("void_reason", longest=2000)
    if not form.good:
        return page(records.sheet(wired.wiring(), sitting), void=form), 422
    return _sign(sitting, Kind.VOID, form, reason, t("The result is void."))


@routes.post("/results/<sitting>/confirmation")
@permission("results.sign")
def confirm(sitting: str) -> ResponseReturnValue:
    """Confirm the result as it stands."""
    return _sign(sitting, Kind.CONFIRMATION, forms.sent(), "", t("The result is confirmed."))


def _sign(sitting: str, kind: Kind, form: Form, reason: str, said: str) -> ResponseReturnValue:
    wiring, here = wired.wiring(), f"/results/{sitting}"
    sheet = records.sheet(wiring, sitting)
    if form.values.get("digest") != sheet.record.digest:
        return refused(t("The result has changed since you opened the page. Look at it again before you sign."), here)
    try:
        wiring.records.sign(
            sheet.state.sitting,
            kind,
            sheet.record.digest,
            account=current_user.account.id,
            at=wiring.now(),
            reason=reason,
            provisional=sheet.record.provisional,
            decided=sheet.state.closed and sheet.decided,
        )
    except SigningError as error:
        return refused(signing_sentence(error.code), here)
    return done(said, here)


def signing_sentence(code: str) -> str:
    """Why a signature is refused."""
    words: Mapping[str, Callable[[], str]] = {
        "reason_missing": lambda: t("Write the reason."),
        "reason_too_long": lambda: t("The reason is too long."),
        "undecided": lambda: t("The result is not decided yet: only a positive or a negative result is confirmed."),
        "voided": lambda: t("The result is void: nothing is signed under it any more."),
        "signed_before": lambda: t("This result carries this signature already."),
        "exception_missing": lambda: t(
            "The item parameters are provisional: the institution has to sign an exception before the confirmation."
        ),
    }
    return words[code]()


def page(
    sheet: Sheet,
    *,
    practice: Form | None = None,
    upload: str = "",
    exception: Form | None = None,
    void: Form | None = None,
) -> str:
    """The staff's page of a result, with the forms as they stand."""
    wiring, spoken, record = wired.wiring(), manner(), sheet.record
    practice_rows = [row for outcome in record.outcomes() for row in outcome.criteria if row.in_practice]
    typed = practice or forms.filled(
        {"assessor": current_user.account.name, "date": records.today(wiring).isoformat(), "method": "simulation"}
    )
    return render_template(
        "result.html",
        sheet=sheet,
        record=record,
        course=sheet.course,
        sitting=sheet.state.sitting,
        closed=sheet.state.closed,
        verdict=result_look(record.theory),
        verdict_note=verdict_note(record, spoken),
        practice_look=result_look(record.practice),
        decision_look=result_look(record.decision),
        mastery_note=mastery_note(record, spoken),
        rows=[(row, outcome_look(row.theory), _practice_look(row), _note(row, spoken)) for row in record.outcomes()],
        evidence=partial(evidence_note, manner=spoken),
        basis=[
            (line.text, BASIS_ICONS[line.basis], basis_word(t, line.basis) if line.basis is not None else "")
            for line in bases.standing(sheet.rule, str(sheet.allocation), spoken, sheet.outcomes)
        ],
        practice_rows=practice_rows,
        entries={one.criterion: one for one in record.practice_entries},
        corrected=len(sheet.history) - len(record.practice_entries),
        practice=typed,
        upload_error=upload,
        exception_form=exception or forms.filled(),
        void_form=void or forms.filled(),
        names=sheet.names,
    )


def _practice_look(row: OutcomeRow) -> Shown | None:
    return outcome_look(row.practice) if row.practice is not None else None


def _note(row: OutcomeRow, spoken: Manner) -> str:
    if row.theory is None:
        return t("Verified by the committee only.")
    if row.p_mastery is None:
        return t("The test did not reach this outcome. This is not a negative result.")
    return closing_note(row, spoken)

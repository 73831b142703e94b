"""Entering the practical part: the committee's decisions from a form or from a CSV file, taken whole or not at all."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from results.practice import METHODS, PracticeEntry, PracticeError, check, read_csv
from results.rules import Value
from web import records, wired
from web.errors import Problem, sentence
from web.language import t, tn
from web.pages import forms
from web.pages.frame import done, refused
from web.pages.results import page
from web.records import Sheet
from web.roles import permission

routes = Blueprint("practice", __name__)
FIELD = "criterion:"


@routes.post("/results/<sitting>/practice")
@permission("practice.write")
def enter(sitting: str) -> ResponseReturnValue:
    """Enter the decisions chosen in the form, all with the same method, assessor and date."""
    wiring = wired.wiring()
    sheet = records.sheet(wiring, sitting)
    form = forms.sent()
    shared = {"method": form.one_of("method", METHODS), "assessor": form.line("assessor", longest=120)}
    shared["date"] = form.values.get("date", "")
    chosen = {
        name.removeprefix(FIELD): value for name, value in form.values.items() if name.startswith(FIELD) and value
    }
    entries: list[PracticeEntry] = []
    try:
        for criterion, decision in chosen.items():
            cells = {"criterion": criterion, "decision": decision, **shared}
            entries.append(check(cells, sheet.units, records.today(wiring)))
    except PracticeError:
        form.errors.setdefault("date", t("Write a day that is not in the future, like 2026-11-22."))
    if not chosen:
        form.errors["decisions"] = t("Choose a decision for at least one criterion.")
    if not form.good:
        return page(sheet, practice=form), 422
    return _store(sheet, entries)


@routes.post("/results/<sitting>/practice/file")
@permission("practice.write")
def upload(sitting: str) -> ResponseReturnValue:
    """Enter the decisions of a CSV file."""
    wiring = wired.wiring()
    sheet = records.sheet(wiring, sitting)
    try:
        entries = read_csv(forms.uploaded("file"), sheet.units, records.today(wiring))
    except PracticeError as error:
        return page(sheet, upload=t("The file was not taken: {reason}.", reason=error.said(t))), 422
    except Problem as problem:
        return page(sheet, upload=sentence(problem.code, problem.place)), 422
    return _store(sheet, entries)


def _store(sheet: Sheet, entries: list[PracticeEntry] | tuple[PracticeEntry, ...]) -> ResponseReturnValue:
    wiring, here = wired.wiring(), f"/results/{sheet.state.sitting}"
    known = {one.criterion: one for one in sheet.record.practice_entries}
    changed = [entry for entry in entries if known.get(entry.criterion) != entry]
    if not changed:
        return refused(t("Nothing was changed: these decisions are there already."), here)
    wiring.records.enter(sheet.state.sitting, changed, current_user.account.id, wiring.now())
    unmet = sum(entry.decision is Value.NOT_MET for entry in changed)
    said = tn(
        "{n} decision was entered, not fulfilled: {unmet}.",
        "{n} decisions were entered, not fulfilled: {unmet}.",
        len(changed),
        unmet=unmet,
    )
    return done(said, here)

"""The allocation of criteria to the parts of the validation: proposal, reasons, and the decision that is signed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from itembank import content, institution
from itembank.allocations import AllocationDecision
from itembank.errors import Refused
from itembank.institution import InstitutionData
from itembank.standards import zsk
from itembank.standards.tree import StandardTree
from web import administration, records, wired
from web.errors import Problem
from web.language import language, t
from web.pages import forms
from web.pages.forms import Form
from web.pages.frame import done
from web.roles import permission
from web.wiring import Wiring

routes = Blueprint("standards", __name__)
THEORY, PRACTICE = "theory", "practice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A standard of the bank with the institution data that come with the package."""

    tree: StandardTree
    data: InstitutionData


@cache
def packaged() -> dict[str, InstitutionData]:
    """Institution data by the code of its standard, for every standard in the package that has some."""
    found = {}
    for folder in sorted(path.name for path in content.FOLDER.iterdir() if path.is_dir()):
        file = content.institution_file(folder)
        if file.exists():
            name = folder.split("-")[-1].upper()
            tree = zsk.read(content.standard_file(folder).read_text(encoding="utf-8"), name)
            found[tree.code] = institution.read(file.read_text(encoding="utf-8"), tree, file.name)
    return found


def known(wiring: Wiring) -> tuple[Known, ...]:
    """The standards that are in the bank."""
    there = []
    for code, data in packaged().items():
        try:
            there.append(Known(tree=wiring.bank.standard(code), data=data))
        except Refused:
            continue
    return tuple(there)


def one(wiring: Wiring, code: str) -> Known:
    """The standard of this code; Problem ``not_found``."""
    found = next((standard for standard in known(wiring) if standard.tree.code == code), None)
    if found is None:
        raise Problem("not_found")
    return found


def in_force(wiring: Wiring, code: str) -> AllocationDecision | None:
    """The signed allocation, None while there is none."""
    try:
        return wiring.bank.allocation(code)
    except Refused:
        return None


@routes.get("/standards")
@permission("staff")
def standards() -> ResponseReturnValue:
    """The standards of the bank, each with the state of its allocation."""
    wiring = wired.wiring()
    rows = [
        {
            "code": standard.tree.code,
            "title": standard.tree.title,
            "criteria": sum(1 for _ in standard.tree.criteria()),
            "signed": in_force(wiring, standard.tree.code),
        }
        for standard in known(wiring)
    ]
    return render_template("standards.html", standards=rows, names=records.account_names(wiring))


@routes.get("/standards/<code>/allocation")
@permission("staff")
def allocation(code: str) -> ResponseReturnValue:
    """Every criterion with its proposal and reason, and the decision in force."""
    return _page(one(wired.wiring(), code), forms.filled())


@routes.post("/standards/<code>/allocation")
@permission("allocation.sign")
def sign_allocation(code: str) -> ResponseReturnValue:
    """Sign an allocation as the next version."""
    wiring = wired.wiring()
    standard = one(wiring, code)
    form = forms.sent()
    basis = form.line("basis", longest=1000)
    parts = {
        criterion.id: tuple(part for part in (THEORY, PRACTICE) if f"{part}:{criterion.id}" in request.form)
        for criterion in standard.tree.criteria()
    }
    empty = [criterion for criterion, named in parts.items() if not named]
    if empty:
        form.errors["parts"] = t(
            "Every criterion needs at least one part. Missing: {criteria}.", criteria=", ".join(empty)
        )
    if "sign" not in request.form:
        form.errors["sign"] = t("Tick the box: a signature is never given by accident.")
    if not form.good:
        return _page(standard, form, parts), 422
    signed = administration.sign_allocation(wiring, code, parts, basis=basis, by=current_user.account.id)
    said = t("Version {version} of the allocation is signed and in force.", version=signed.version)
    return done(said, f"/standards/{code}/allocation")


def _page(standard: Known, form: Form, typed: dict[str, tuple[str, ...]] | None = None) -> str:
    wiring = wired.wiring()
    signed = in_force(wiring, standard.tree.code)
    spoken = language() if language() in standard.data.reasons else "en"
    parts = typed or (signed.parts if signed is not None else standard.data.default_parts)
    form.values.setdefault("basis", standard.data.bases.get(language(), standard.data.allocation_basis))
    return render_template(
        "allocation.html",
        standard=standard.tree,
        data=standard.data,
        reasons_language=spoken,
        reasons=standard.data.reasons[spoken],
        parts_of=parts,
        signed=signed,
        names=records.account_names(wiring),
        form=form,
    )

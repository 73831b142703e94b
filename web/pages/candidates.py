"""Registering candidates for an exam session, one by one or as a pasted list, and the slips with their seat codes.

Rules:
- a list is taken whole or not at all: every line is checked first, and a bad one is named;
- a seat code exists in plain digits only on the page that is printed; showing the page again makes new codes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from proctor.sqlsessions import ExamSession
from web import administration, wired
from web.errors import Problem, sentence
from web.language import t, tn
from web.pages import exam_sessions, forms
from web.pages.frame import done, refused
from web.roles import permission
from web.wiring import Wiring

routes = Blueprint("candidates", __name__)
NAME_LENGTH, REFERENCE_LENGTH = 120, 60
HEADER = ("name", "reference", "seat")
MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One line of a list of candidates."""

    name: str
    reference: str
    seat: str


class ListError(ValueError):
    """A list of candidates that cannot be taken; the text names the line."""


@routes.post("/exam-sessions/<exam_session>/candidates")
@permission("exam_sessions.manage")
def register(exam_session: str) -> ResponseReturnValue:
    """Register one candidate."""
    wiring = wired.wiring()
    session = exam_sessions.get(wiring, exam_session)
    form = forms.sent()
    booking = Booking(
        name=form.line("name", longest=NAME_LENGTH),
        reference=form.line("reference", longest=REFERENCE_LENGTH),
        seat=form.station("seat"),
    )
    if form.good:
        try:
            _book(wiring, session, booking)
        except Problem as problem:
            form.errors["seat"] = sentence(problem.code, problem.place)
    if not form.good:
        return exam_sessions.page(wiring, exam_session, candidate=form), 422
    return done(
        t("{name} was registered for seat {seat}.", name=booking.name, seat=booking.seat),
        f"/exam-sessions/{exam_session}",
    )


@routes.post("/exam-sessions/<exam_session>/candidates/list")
@permission("exam_sessions.manage")
def register_list(exam_session: str) -> ResponseReturnValue:
    """Register everybody on a pasted list."""
    wiring = wired.wiring()
    session = exam_sessions.get(wiring, exam_session)
    form = forms.sent()
    try:
        taken = {entry.seat for entry in wiring.sessions.sittings(session.id)}
        bookings = read_list(form.values.get("list", ""), taken)
        for booking in bookings:
            _book(wiring, session, booking)
    except ListError as error:
        form.errors["list"] = str(error)
    except Problem as problem:
        form.errors["list"] = sentence(problem.code, problem.place)
    if not form.good:
        return exam_sessions.page(wiring, exam_session, listed=form), 422
    said = tn("{n} candidate was registered.", "{n} candidates were registered.", len(bookings))
    return done(said, f"/exam-sessions/{exam_session}")


@routes.post("/exam-sessions/<exam_session>/seat-codes")
@permission("exam_sessions.manage")
def seat_codes(exam_session: str) -> ResponseReturnValue:
    """Make a new code for everybody who has not begun, and show the slips to print."""
    wiring = wired.wiring()
    session = exam_sessions.get(wiring, exam_session)
    slips = []
    for row in exam_sessions.sittings(wiring, session):
        code = administration.fresh_seat_code(wiring, row["id"])  # type: ignore[arg-type]
        if code is not None:
            slips.append({**row, "code": code})
    if not slips:
        return refused(
            t("Nobody needs a seat code: all have begun or nobody is registered."), f"/exam-sessions/{exam_session}"
        )
    return render_template("seat_codes.html", session=session, slips=slips, origin=wiring.settings.public_origin)


def read_list(text: str, taken: Iterable[str]) -> tuple[Booking, ...]:
    """The candidates of a list: name, reference, seat between commas, semicolons or tabs; ListError names a line."""
    seats = dict.fromkeys(taken, 0)
    found = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        if not line.strip():
            continue
        booking = _line(line, number)
        if number == 1 and (booking.name.lower(), booking.reference.lower(), booking.seat.lower()) == HEADER:
            continue
        if booking.seat in seats:
            before = seats[booking.seat]
            where = t("in line {n}", n=before) if before else t("in this exam session")
            raise ListError(
                t("Line {n}: seat {seat} is taken already {where}.", n=number, seat=booking.seat, where=where)
            )
        seats[booking.seat] = number
        found.append(booking)
    if not found:
        raise ListError(t("The list is empty."))
    if len(found) > MOST:
        raise ListError(t("The list has {n} lines; at most {most} can be registered at once.", n=len(found), most=MOST))
    return tuple(found)


def _line(line: str, number: int) -> Booking:
    separator = next((one for one in ("\t", ";", ",") if one in line), ",")
    try:
        (cells,) = csv.reader(io.StringIO(line), delimiter=separator, strict=True)
    except (csv.Error, ValueError):
        raise ListError(t("Line {n}: the quotation marks do not match.", n=number)) from None
    cells = [cell.strip() for cell in cells]
    if len(cells) != len(HEADER):
        raise ListError(
            t("Line {n}: name, reference and seat are expected, found {found} cells.", n=number, found=len(cells))
        )
    for cell, word, longest in zip(
        cells,
        (t("name"), t("reference"), t("seat")),
        (NAME_LENGTH, REFERENCE_LENGTH, forms.STATION_LENGTH),
        strict=True,
    ):
        if not cell:
            raise ListError(t("Line {n}: {what} is missing.", n=number, what=word))
        if len(cell) > longest or not cell.isprintable():
            raise ListError(
                t(
                    "Line {n}: {what} is longer than {longest} characters or cannot be shown.",
                    n=number,
                    what=word,
                    longest=longest,
                )
            )
    if not forms.is_station(cells[2]):
        raise ListError(t("Line {n}: a seat has only letters, digits, spaces and - _ . /.", n=number))
    return Booking(name=cells[0], reference=cells[1], seat=cells[2])


def _book(wiring: Wiring, session: ExamSession, booking: Booking) -> None:
    administration.register_candidate(
        wiring,
        session.id,
        name=booking.name,
        reference=booking.reference,
        seat=booking.seat,
        by=current_user.account.id,
    )

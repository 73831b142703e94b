"""A result is read by the allocation its exam session was made with, whatever the committee signs later."""

import io
import re

import pytest
from hall import Hall, short_plan
from pypdf import PdfReader
from test_pages import page, send

from results.rules import Value
from web import administration, records, result_files
from web.roles import Role

STAFF = {"head": Role.COMMITTEE_CHAIR, "office": Role.ADMINISTRATOR}


@pytest.fixture
def hall(tmp_path):
    opened = Hall(tmp_path, plan=short_plan(least=1, most=1))
    for login, role in STAFF.items():
        opened.staff(login, role)
    yield opened
    opened.close()


def sat(hall, desk, seat="7"):
    """A candidate whose test is over."""
    candidate = hall.candidate(seat=seat).started(desk)
    while candidate.view["phase"] == "item":
        hall.clock.pass_(4)
        candidate.answer()
    return candidate


def confirmed(hall, candidate):
    """Practical part, exception and confirmation, entered through the pages."""
    here, head, office = f"/results/{candidate.sitting}", hall.desk("head").client, hall.desk("office").client
    sheet = records.sheet(hall.wiring, candidate.sitting)
    rows = [row for outcome in sheet.record.outcomes() for row in outcome.criteria if row.in_practice]
    decisions = {f"criterion:{row.id}": "not_met" for row in rows}
    send(head, f"{here}/practice", here, method="simulation", assessor="Asesor 01", date="2026-11-22", **decisions)
    digest = records.sheet(hall.wiring, candidate.sitting).record.digest
    send(office, f"{here}/exception", here, digest=digest, reason="Pilot")
    send(head, f"{here}/confirmation", here, digest=digest)
    assert records.sheet(hall.wiring, candidate.sitting).confirmation is not None


def without_token(text):
    """A page as it reads whoever asks and whenever."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text)


def everything_said(hall, candidate):
    """Every reading of the result of one sitting."""
    client, here = hall.desk("head").client, f"/results/{candidate.sitting}"
    sheet = records.sheet(hall.wiring, candidate.sitting)
    ended, _ = result_files.ended(hall.wiring, [candidate.sitting])
    printed = PdfReader(io.BytesIO(client.get(f"{here}/protocol.pdf?language=en").data))
    return {
        "record": sheet.record,
        "signatures": (sheet.allocation, sheet.exception, sheet.confirmation),
        "page": without_token(page(client, here)),
        "pdf": [one.extract_text() for one in printed.pages],
        "own": candidate.get("result").json,
        "own page": without_token(page(candidate.client, "/exam/result")),
        "export": [result_files.by_sitting(ended), result_files.by_outcome(ended)],
    }


def moved(hall, **to):
    """Sign the next version, in which these criteria belong to other parts."""
    parts = {**hall.wiring.bank.allocation("CRM").parts, **to}
    return administration.sign_allocation(hall.wiring, "CRM", parts, basis="new minutes", by="head")


def test_a_later_allocation_changes_nothing_of_a_finished_result(hall, desk):
    candidate = sat(hall, desk)
    confirmed(hall, candidate)
    before = everything_said(hall, candidate)
    parts = hall.wiring.bank.allocation("CRM").parts
    theory = next(one for one, named in parts.items() if named == ("theory",))
    practice = next(one for one, named in parts.items() if named == ("practice",))

    for change in ({theory: ("theory", "practice")}, {theory: ("practice",), practice: ("theory",)}):
        moved(hall, **change)
        assert everything_said(hall, candidate) == before
    assert before["signatures"][0] == 1
    assert before["record"].decision is Value.NOT_MET


def test_a_new_exam_session_is_made_with_the_new_allocation(hall, desk):
    parts = hall.wiring.bank.allocation("CRM").parts
    theory = next(one for one, named in parts.items() if named == ("theory",) and not one.startswith("CRM.1.1."))
    first = sat(hall, desk)
    version = moved(hall, **{theory: ("theory", "practice")}).version
    hall.exam_session = administration.create_exam_session(
        hall.wiring,
        standard="CRM",
        title="After the decision",
        language="pl",
        room="Room 1",
        starts_at=hall.clock.ms,
        plan=short_plan(least=1, most=1),
    )
    administration.assign(hall.wiring, hall.exam_session, hall.chief.id, "chief_operator")
    administration.open_exam_session(hall.wiring, hall.exam_session)
    second = sat(hall, desk)

    def in_practice(candidate):
        outcomes = records.sheet(hall.wiring, candidate.sitting).record.outcomes()
        return {row.id for outcome in outcomes for row in outcome.criteria if row.in_practice}

    assert records.sheet(hall.wiring, second.sitting).allocation == version == 2
    assert in_practice(second) - in_practice(first) == {theory}


def test_a_session_opened_after_a_new_decision_keeps_what_it_was_planned_with(hall, desk):
    booked = hall.candidate(seat="9")
    parts = hall.wiring.bank.allocation("CRM").parts
    moved(hall, **{next(iter(parts)): ("theory", "practice")})
    booked.started(desk)
    while booked.view["phase"] == "item":
        booked.answer()
    assert records.sheet(hall.wiring, booked.sitting).allocation == 1

"""A room loses its network: one matter in the console, one word about it, also when the exam session is over."""

import pytest
from people import Candidate, Operator, seated
from playwright.sync_api import expect

from proctor.delivery import Delivery
from proctor.events import IncidentClosed, IncidentDrafted
from web import administration

pytestmark = pytest.mark.browser


def test_a_room_without_network_is_one_matter_and_one_word(centre, browsers, cable):
    delivery = Delivery(outage_sittings=2, incident_after_ms=9_000)
    exam_session = centre.exam_session(centre.boss, delivery=delivery)
    context = browsers.context
    room = [Candidate(context(proxy={"server": cable.server}).new_page(), centre.book(exam_session)) for _ in range(2)]
    away = Candidate(context().new_page(), centre.book(exam_session))
    operator = Operator(context().new_page(), exam_session)
    queue = operator.page.locator(".k-queue")
    seated(operator, *room, away)
    stems = [candidate.stem.inner_text() for candidate in room]

    cable.cut()
    expect(queue).to_contain_text("The room has lost the connection: 2 stations")
    expect(queue.locator(".k-queue__row")).to_have_count(1)
    cable.mend()
    expect(queue).to_contain_text("The room had no connection: 2 stations")
    for candidate, stem in zip(room, stems, strict=True):
        expect(candidate.stem).to_have_text(stem)

    for candidate in (*room, away):
        candidate.finish()
    administration.close_exam_session(centre.wiring, exam_session)
    operator.page.reload()
    queue.get_by_role("button", name="Say what was done").click()
    expect(operator.dialog).to_contain_text("It is written for 2 candidates.")
    operator.dialog.get_by_label("What was done").select_option(label="Computer or browser was restarted")
    operator.send("Say what was done 2")
    expect(operator.page.locator(".k-queue--none")).to_be_visible()
    names = {centre.events(one.sitting, IncidentDrafted)[0].incident for one in room}
    assert len(names) == 1
    assert {centre.events(one.sitting, IncidentClosed)[-1].action for one in room} == {"restarted"}
    assert centre.events(away.sitting, IncidentDrafted) == []

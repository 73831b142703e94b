"""The operator's console in a real browser: its dialogs and what the candidate sees of them, its own health."""

import re

import pytest
from people import Candidate, Operator, seated
from playwright.sync_api import expect

from proctor.delivery import Delivery
from proctor.events import CheckedIn, HoldPlaced, IncidentDrafted, Resumed, SittingTerminated, TimeGranted
from web.roles import Role

pytestmark = pytest.mark.browser


def test_pause_add_time_and_terminate_through_the_dialogs_are_seen_by_the_candidate(centre, browsers, exam_session):
    candidate = Candidate(browsers.context().new_page(), centre.book(exam_session))
    operator = Operator(browsers.context().new_page(), exam_session)
    seated(operator, candidate)
    stem = candidate.stem.inner_text()

    operator.ask(candidate, "Pause")
    operator.dialog.get_by_role("button", name="Pause", exact=True).click()
    expect(operator.dialog.get_by_text("Choose a reason.")).to_be_visible()
    operator.reason("Disturbance in the room")
    operator.send("Pause")
    candidate.sees("The operator has paused the test")
    expect(candidate.stem).to_have_count(0)
    assert stem not in candidate.page.content()
    expect(candidate.page.locator(".k-clock")).to_have_attribute("data-state", "stopped")
    shown = candidate.page.locator(".k-clock__time").inner_text()
    operator.shows(candidate, "by the operator")

    operator.ask(candidate, "Add time")
    operator.dialog.get_by_label("Minutes to add").fill("0")
    operator.reason("Disturbance in the room")
    operator.dialog.get_by_role("button", name="Add time", exact=True).click()
    expect(operator.dialog.get_by_text("Enter whole minutes from 1 to 600.")).to_be_visible()
    operator.dialog.get_by_label("Minutes to add").fill("7")
    operator.send("Add time")
    expect(candidate.page.locator(".k-clock__time")).not_to_have_text(shown)
    assert seconds(candidate.page.locator(".k-clock__time").inner_text()) == seconds(shown) + 7 * 60

    operator.ask(candidate, "Resume")
    operator.reason("Disturbance in the room")
    operator.send("Resume")
    expect(candidate.stem).to_have_text(stem)
    expect(candidate.page.locator(".k-clock")).to_have_attribute("data-state", "running")

    operator.ask(candidate, "End early")
    operator.reason("Breach of the rules")
    operator.dialog.get_by_role("button", name="End early", exact=True).click()
    expect(operator.dialog.get_by_text("Write what happened; the note goes to the protocol.")).to_be_visible()
    operator.reason("Breach of the rules", note="A second telephone on the desk.")
    operator.send("End early")
    candidate.sees("The test is over")
    expect(candidate.page.get_by_text("The test was ended by the operator.")).to_be_visible()
    operator.shows(candidate, "Ended early")
    told = (HoldPlaced, TimeGranted, Resumed, IncidentDrafted, SittingTerminated)
    assert tuple(type(event) for event in centre.events(candidate.sitting, *told)) == told
    (granted,) = centre.events(candidate.sitting, TimeGranted)
    assert granted.granted_ms == 7 * 60_000


def seconds(face):
    """What a clock shows, such as 29:58 or 1:05:00, in seconds."""
    total = 0
    for part in re.findall(r"\d+", face):
        total = 60 * total + int(part)
    return total


def test_two_are_checked_in_at_once_and_an_incident_is_noted_accepted_and_answered_for(centre, browsers, exam_session):
    candidates = [Candidate(browsers.context().new_page(), centre.book(exam_session)) for _ in range(2)]
    operator = Operator(browsers.context().new_page(), exam_session)
    for candidate in candidates:
        operator.row(candidate).get_by_role("checkbox").click()
    operator.bulk.get_by_role("button", name="Check in 2", exact=True).click()
    operator.dialog.get_by_role("button", name="Check in 2", exact=True).click()
    expect(operator.dialog.get_by_text("Enter for everybody the last 2 to 4")).to_be_visible()
    for place, field in enumerate(operator.dialog.get_by_label(re.compile("^Last 2 to 4 characters")).all()):
        field.fill(f"12A{place}")
    operator.dialog.get_by_role("button", name="Check in 2", exact=True).click()
    expect(operator.dialog).to_have_count(0)
    for candidate in candidates:
        operator.shows(candidate, "Checked in")
    documents = {centre.events(candidate.sitting, CheckedIn)[0].document for candidate in candidates}
    assert len(documents) == 2

    first, queue = candidates[0], operator.page.locator(".k-queue")
    operator.note_incident(first, "Disturbance in the room", "Fire alarm next door.")
    expect(queue).to_contain_text("1 incident without a word on what was done")
    operator.panel.get_by_role("tab", name="Incidents").click()
    expect(operator.panel).to_contain_text("Fire alarm next door.")
    operator.panel.get_by_role("button", name="Say what was done").click()
    operator.dialog.get_by_label("What was done").select_option(label="The candidate was told")
    operator.send("Say what was done")
    expect(operator.panel).to_contain_text("Done: The candidate was told")
    expect(operator.page.locator(".k-queue--none")).to_be_visible()
    operator.note_incident(first, "Health", "Felt unwell.")
    queue.get_by_role("button", name="Accept:").click()
    operator.dialog.get_by_label(re.compile("^Note")).fill("A glass of water.")
    operator.send("Accept matter")
    expect(operator.page.locator(".k-queue--none")).to_be_visible()
    operator.panel.get_by_role("tab", name="Timeline").click()
    expect(operator.panel).to_contain_text("A glass of water.")


def test_a_supervisor_reopens_a_test_and_the_candidate_goes_on_at_the_same_item(centre, browsers, exam_session):
    candidate = Candidate(browsers.context().new_page(), centre.book(exam_session))
    operator = Operator(browsers.context().new_page(), exam_session)
    seated(operator, candidate)
    candidate.answer()
    stem = candidate.stem.inner_text()
    operator.ask(candidate, "End early")
    operator.reason("Doubt about identity", note="Seemed to be somebody else.")
    operator.send("End early")
    candidate.sees("The test is over")
    operator.open(candidate)
    expect(operator.panel.get_by_role("button", name="Reopen the test")).to_have_count(0)

    centre.account("overseer", Role.SUPERVISOR)
    supervisor = Operator(browsers.context().new_page(), exam_session, login="overseer")
    supervisor.ask(candidate, "Reopen the test")
    supervisor.reason("Doubt about identity", note="It was the right person.")
    supervisor.send("Reopen the test")
    supervisor.shows(candidate, "reopened")
    expect(supervisor.panel.get_by_role("button", name="Resume", exact=True)).to_have_count(0)
    candidate.page.goto("/exam")
    candidate.sees("The test has been reopened")
    operator.ask(candidate, "Resume")
    operator.reason("Doubt about identity")
    operator.send("Resume")
    expect(candidate.stem).to_have_text(stem)
    candidate.answer()


def test_an_operator_who_is_not_chief_cannot_end_a_test(centre, browsers):
    helper = centre.account("plain-operator", Role.OPERATOR)
    exam_session = centre.exam_session(centre.boss)
    centre.wiring.sessions.assign(exam_session, helper.id, "operator")
    candidate = Candidate(browsers.context().new_page(), centre.book(exam_session))
    operator = Operator(browsers.context().new_page(), exam_session, login="plain-operator")
    seated(operator, candidate)
    operator.open(candidate)
    expect(operator.panel.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(operator.panel.get_by_role("button", name="End early", exact=True)).to_have_count(0)
    expect(operator.panel.get_by_text(re.compile("^End early: no, because"))).to_be_visible()


def test_the_operator_sees_console_health(centre, browsers, exam_session):
    candidate = Candidate(browsers.context().new_page(), centre.book(exam_session))
    context = browsers.context()
    network = Sockets()
    context.route_web_socket(re.compile(r"/socket\.io/"), network.ask)
    operator = Operator(context.new_page(), exam_session)
    table = operator.page.locator("table.k-live")

    network.block()
    operator.health("Polling", seconds=8)
    operator.check_in(candidate)
    expect(table).not_to_have_attribute("data-stale", "")

    centre.kill()
    operator.health("Reconnecting", seconds=15)
    expect(operator.page.locator(".k-health")).to_contain_text("no data since")
    expect(table).to_have_attribute("data-stale", "")
    operator.shows(candidate, "Checked in")

    centre.start()
    operator.health("Polling", seconds=15)
    network.blocked = False
    operator.health("Live data", seconds=40)
    operator.shows(candidate, "Checked in")


class Sockets:
    """A proxy that lets web sockets through until it is told not to."""

    def __init__(self):
        self.blocked, self._through = False, []

    def ask(self, socket):
        if self.blocked:
            socket.close()
        else:
            socket.connect_to_server()
            self._through.append(socket)

    def block(self):
        self.blocked = True
        for socket in self._through:
            socket.close()


def test_a_restarted_server_is_live_again_without_a_reload(centre, browsers, exam_session):
    candidate = Candidate(browsers.context().new_page(), centre.book(exam_session))
    operator = Operator(browsers.context().new_page(), exam_session)
    seated(operator, candidate)
    stem = candidate.stem.inner_text()
    candidate.fill()
    centre.kill()
    operator.health("Reconnecting", seconds=15)
    banner = candidate.page.locator(".pl-banner")
    expect(banner.or_(candidate.page.get_by_text("The clock stands")).first).to_be_visible()
    centre.start()
    operator.health("Live data", seconds=20)
    expect(candidate.stem).to_have_text(stem, timeout=20_000)
    expect(banner).to_have_count(0, timeout=20_000)
    candidate.confirm()
    expect(candidate.heading).to_contain_text("Item 2")


def test_a_call_reaches_the_queue_and_its_answer_comes_back(centre, browsers):
    exam_session = centre.exam_session(centre.boss, delivery=Delivery(show_progress=False))
    candidate = Candidate(browsers.context().new_page(), centre.book(exam_session))
    operator = Operator(browsers.context().new_page(), exam_session)
    seated(operator, candidate)
    candidate.press("Call the operator")
    dialog = candidate.page.locator("dialog[open]")
    dialog.get_by_label("Something is wrong with the item").check()
    dialog.get_by_role("button", name="Call the operator", exact=True).click()
    expect(candidate.page.get_by_text("The operator has been called.")).to_be_visible()
    expect(operator.page.locator(".k-queue")).to_contain_text("Raised hand")
    operator.page.locator(".k-queue").get_by_role("button", name="Answer the call", exact=True).click()
    expect(operator.page.locator(".k-queue")).not_to_contain_text("Raised hand")
    expect(candidate.page.get_by_text("The operator has been called.")).to_have_count(0)

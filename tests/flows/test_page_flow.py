"""Every page by machine: accessibility, reflow, focus and content policy; no page is left out."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from browsers import Browsers
from centre import PASSWORD
from inspection import Inspector
from people import MARKS, Candidate, Operator, seated, sign_in
from playwright.sync_api import expect

from web.app import create_app
from web.roles import Role, stated
from web.serving import page_blueprints

pytestmark = pytest.mark.browser
NO_PAGE = frozenset({"static", "results.protocol", "responses.matrix", "service.health", "service.ready"})
"""Answers that are files or words for machines."""


def test_axe_reports_no_violation(candidate_walk, staff_walk, console_walk):
    assert len(candidate_walk.seen) >= 17
    found = candidate_walk.axe + staff_walk.axe + console_walk.axe
    assert not found, "\n".join(found)


def test_pages_do_not_scroll_sideways(candidate_walk, staff_walk, console_walk):
    found = candidate_walk.wide + staff_walk.wide + console_walk.wide
    assert not found, "\n".join(found)


def test_the_focus_is_never_under_a_bar(candidate_walk, console_walk):
    found = candidate_walk.hidden + console_walk.hidden
    assert not found, "\n".join(found)


def test_csp_is_never_violated_and_no_page_has_an_error(candidate_walk, staff_walk, console_walk):
    found = candidate_walk.wrong + staff_walk.wrong + console_walk.wrong
    assert not found, "\n".join(found)


def test_every_page_was_looked_at(centre, staff_walk, candidate_walk, console_walk):
    app = create_app(centre.wiring.settings, centre.wiring, pages=page_blueprints())
    pages = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods
        and not rule.rule.startswith(("/api/", "/static/", "/healthz", "/readyz", "/metrics"))
        and rule.endpoint not in NO_PAGE
        and stated(app, rule.endpoint) is not None
    }
    assert pages - {"/exam", "/exam/result", "/console/<exam_session>", "/login"} == set(STAFF_PAGES)


def opened(chromium, centre):
    """Browsers of a walk, with an inspector."""
    browsers, inspector = Browsers(chromium.browser, chromium.playwright, centre.origin), Inspector()
    inspector.wrong = browsers.wrong
    return browsers, inspector


@pytest.fixture(scope="module")
def room(chromium, centre):
    """An exam session, its operator at the console, and the candidate who ended in it."""
    browsers, _ = opened(chromium, centre)
    exam_session = centre.exam_session(centre.boss)
    operator = Operator(browsers.context().new_page(), exam_session)
    yield SimpleNamespace(exam_session=exam_session, operator=operator)
    browsers.close()


@pytest.fixture(scope="module")
def candidate_walk(chromium, centre, room):
    """The candidate's road with a look at every page of it."""
    browsers, inspector = opened(chromium, centre)
    context, operator = browsers.context(), room.operator
    candidate = Candidate(
        context.new_page(), centre.book(room.exam_session, "Candidate Whose Name-Takes-Forty Letters")
    )
    page = candidate.page

    def look(name):
        inspector.look(page, name)

    page.goto("/exam")
    expect(page.get_by_role("textbox", name="Seat code")).to_be_visible()
    look("seat code")
    candidate.press("Open the exam")
    expect(page.locator("#code-error")).to_be_visible()
    look("seat code refused")
    candidate.enter()
    candidate.sees("Go to the operator's desk first")
    look("see the operator")
    operator.check_in(candidate)
    page.set_viewport_size({"width": 300, "height": 480})
    candidate.press("Check again")
    expect(page.get_by_role("button", name="Go on anyway")).to_be_visible()
    look("browser check with a fault")
    candidate.press("Go on anyway")
    candidate.sees("Is this you?")
    look("identity")
    candidate.press("That is not me")
    candidate.sees("Please do not go on")
    look("identity denied")
    operator.page.locator(".k-queue").get_by_role("button", name="Answer the call", exact=True).click()
    candidate.press("Show the details again")
    candidate.confirm_identity()
    look("waiting")
    operator.authorise(candidate)
    candidate.sees("The rules of the test")
    look("briefing")
    candidate.start()
    second = context.new_page()
    second.goto("/exam")
    expect(second.get_by_role("heading", name="The exam is open in another tab")).to_be_visible()
    inspector.look(second, "second tab")
    second.close()
    page.bring_to_front()
    left = set(MARKS)
    while left:
        kind = candidate.interaction()
        if kind in left:
            look(f"item, {kind}")
            candidate.fill()
            inspector.tab_through(page, f"item, {kind}")
            look(f"item, {kind}, chosen")
            left.remove(kind)
        else:
            candidate.fill()
        candidate.go_on()
    operator.ask(candidate, "Send a message")
    operator.write("The window stays closed until the end of the test. " * 9)
    operator.send("Send a message")
    expect(candidate.message).to_be_visible()
    look("item, message")
    inspector.tab_through(page, "item, message")
    candidate.press("I have read it")
    expect(candidate.message).to_have_count(0)
    for button in ("Leave unanswered", "Call the operator", "End the test"):
        candidate.press(button)
        dialog = page.locator("dialog[open]")
        expect(dialog).to_be_visible()
        look(f"dialog, {button}")
        dialog.get_by_role("button", name="Back to the item").click()
    context.set_offline(True)
    candidate.sees("Waiting for the connection")
    look("offline")
    context.set_offline(False)
    expect(candidate.stem).to_be_visible(timeout=20_000)
    operator.ask(candidate, "Pause")
    operator.reason("Health")
    operator.send("Pause")
    candidate.sees("The operator has paused the test")
    look("covered")
    operator.ask(candidate, "Send a message")
    operator.dialog.get_by_label("Five minutes until the break.").check()
    operator.send("Send a message")
    expect(candidate.message).to_be_visible()
    look("covered, message")
    candidate.press("I have read it")
    operator.ask(candidate, "Resume")
    operator.reason("Health")
    operator.send("Resume")
    expect(candidate.stem).to_be_visible()
    candidate.finish()
    look("receipt")
    page.get_by_role("link", name="See the result").click()
    expect(page.locator("h1")).to_be_visible()
    look("own result")
    room.ended = candidate
    yield inspector
    browsers.close()


STAFF_PAGES = {
    "/": "/",
    "/accounts": "/accounts",
    "/bank": "/bank",
    "/bank/<code>": "/bank/CRM",
    "/bank/<code>/incomplete": "/bank/CRM/incomplete",
    "/bank/<code>/criteria/<criterion>": "/bank/CRM/criteria/CRM.1.1.1",
    "/bank/items/<version_id>": "/bank/items/{item}",
    "/responses": "/responses",
    "/log": "/log",
    "/log/<exam_session>": "/log/{exam_session}",
    "/results": "/results",
    "/results/<sitting>": "/results/{sitting}",
    "/exam-sessions": "/exam-sessions",
    "/exam-sessions/new": "/exam-sessions/new",
    "/exam-sessions/<exam_session>": "/exam-sessions/{exam_session}",
    "/exam-sessions/<exam_session>/candidates/<sitting>": "/exam-sessions/{exam_session}/candidates/{sitting}",
    "/password": "/password",
    "/standards": "/standards",
    "/standards/<code>/allocation": "/standards/CRM/allocation",
    "/console": "/console",
}


@pytest.fixture(scope="module")
def staff_walk(chromium, centre, room, candidate_walk):
    """Every page of the staff, by an account that may see everything, and the start page of every role."""
    browsers, inspector = opened(chromium, centre)
    page = browsers.context().new_page()
    page.goto("/login")
    inspector.look(page, "sign in")
    page.get_by_label("Login").fill("nobody")
    page.get_by_label("Password").fill("nothing")
    page.get_by_role("button", name="Sign in", exact=True).click()
    inspector.look(page, "sign in refused")
    everything = centre.account("everything", *Role)
    centre.wiring.sessions.assign(room.exam_session, everything.id, "chief_operator")
    sign_in(page, "everything")
    known = {
        "item": sorted(item for item in centre.wiring.exams.of(room.exam_session).items)[0],
        "sitting": room.ended.sitting,
        "exam_session": room.exam_session,
    }
    whole = centre.wiring.bank.item(known["item"]).item
    draft = replace(whole, id="Q1", outcome="", criteria=(), rationale="", expected_difficulty=None, seconds=None)
    centre.wiring.bank.add_items([draft], "author", 1)
    for address in (*STAFF_PAGES.values(), "/bank/items/Q1@1"):
        reply = page.goto(address.format(**known))
        assert reply.status == 200, address
        inspector.look(page, address)
    page.goto(f"/log/{room.exam_session}")
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("The log is whole.")).to_be_visible()
    inspector.look(page, "a verified log")
    page.goto("/no-such-page")
    inspector.look(page, "page not found")
    for role in Role:
        centre.account(f"only-{role.value}", role)
        context = browsers.context()
        home = context.new_page()
        home.goto("/login")
        home.get_by_label("Login").fill(f"only-{role.value}")
        home.get_by_label("Password").fill(PASSWORD)
        home.get_by_role("button", name="Sign in", exact=True).click()
        expect(home.get_by_role("button", name="Sign in", exact=True)).to_have_count(0)
        inspector.look(home, f"home of {role.value}")
        context.close()
    yield inspector
    browsers.close()


@pytest.fixture(scope="module")
def console_walk(chromium, centre, candidate_walk):
    """The console with trouble in it, its panel, every dialog, and an exam session nobody is booked for."""
    browsers, inspector = opened(chromium, centre)
    exam_session = centre.exam_session(centre.boss)
    page = browsers.context().new_page()
    operator = Operator(page, exam_session)
    inspector.look(page, "console, empty")
    booked = [Candidate(browsers.context().new_page(), centre.book(exam_session)) for _ in range(4)]
    seated(operator, *booked[:2])
    calling, lost, absent, absent_too = booked
    calling.press("Call the operator")
    calling.page.locator("dialog[open]").get_by_role("button", name="Call the operator", exact=True).click()
    lost.page.context.set_offline(True)
    operator.shows(lost, "disconnected")
    expect(page.locator(".k-queue")).to_contain_text("Raised hand")
    inspector.look(page, "console with trouble")
    operator.open(lost)
    expect(operator.panel.locator(".k-timeline li").first).to_be_visible()
    inspector.look(page, "console, panel")
    inspector.tab_through(page, "console, panel")
    operator.panel.get_by_role("tab", name="Incidents").click()
    inspector.look(page, "console, incidents")
    for candidate, actions in (
        (absent, ("Check in",)),
        (calling, ("Pause", "Add time", "Send a message", "New seat code", "Note an incident", "End early")),
    ):
        for action in actions:
            operator.ask(candidate, action)
            inspector.look(page, f"console, dialog {action}")
            page.keyboard.press("Escape")
            expect(operator.dialog).to_have_count(0)
    operator.note_incident(calling, "Disturbance in the room", "Fire alarm next door.")
    inspector.look(page, "console, an incident that waits")
    operator.panel.get_by_role("tab", name="Incidents").click()
    operator.panel.get_by_role("button", name="Say what was done").click()
    expect(operator.dialog).to_be_visible()
    inspector.look(page, "console, dialog Say what was done")
    page.keyboard.press("Escape")
    page.locator(".k-queue").get_by_role("button", name="Accept:").first.click()
    expect(operator.dialog).to_be_visible()
    inspector.look(page, "console, dialog Accept matter")
    page.keyboard.press("Escape")
    for candidate in (absent, absent_too):
        operator.row(candidate).get_by_role("checkbox").click()
    operator.bulk.get_by_role("button", name="Check in 2", exact=True).click()
    operator.dialog.get_by_role("button", name="Check in 2", exact=True).click()
    inspector.look(page, "console, check-in of two with a fault")
    page.keyboard.press("Escape")
    operator.bulk.get_by_role("button", name="Deselect").click()
    operator.ask(calling, "Send a message")
    operator.write(" ")
    operator.dialog.get_by_role("button", name="Send a message", exact=True).click()
    inspector.look(page, "console, message with a fault")
    operator.write("Somebody is on the way to you.")
    operator.send("Send a message")
    inspector.look(page, "console, message sent")
    operator.ask(calling, "Pause")
    operator.dialog.get_by_role("button", name="Pause", exact=True).click()
    inspector.look(page, "console, dialog with a fault")
    operator.reason("Health")
    operator.send("Pause")
    operator.ask(calling, "Resume")
    inspector.look(page, "console, dialog Resume")
    page.keyboard.press("Escape")
    operator.ask(calling, "New seat code")
    operator.reason("Technical fault")
    operator.dialog.get_by_role("button", name="New seat code", exact=True).click()
    expect(operator.dialog.locator(".k-slip__code")).to_be_visible()
    inspector.look(page, "console, seat codes")
    operator.send("Handed over, close")
    calling.sees("The exam is running somewhere else")
    inspector.look(calling.page, "candidate, fenced")
    operator.row(absent).get_by_role("checkbox").click()
    operator.row(lost).get_by_role("checkbox").click()
    inspector.look(page, "console, two selected")
    page.get_by_role("button", name="Keyboard").click()
    expect(operator.dialog).to_be_visible()
    inspector.look(page, "console, keyboard")
    yield inspector
    browsers.close()

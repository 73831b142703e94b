"""What the operator says reaches the page, is read by keyboard, and its receipt comes back to the console."""

import re

import pytest
from inspection import DESIGNED
from people import Candidate, Operator, seated
from playwright.sync_api import expect

from proctor.events import MessageRead, MessageSent, MessageShown

pytestmark = pytest.mark.browser
FOCUS = "() => [document.activeElement.id, document.activeElement.innerText]"
RING = "() => getComputedStyle(document.activeElement).boxShadow"
OWN = "Please close the window on your left.\nThank you."


def back_to(page, name, steps=12):
    """Go backwards by keyboard until the button of this name has the focus."""
    for _ in range(steps):
        page.keyboard.press("Shift+Tab")
        if page.evaluate(FOCUS)[1] == name:
            return
    raise AssertionError(f"{name} was not reached")


def rectangle(locator):
    box = locator.bounding_box()
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def test_a_message_is_read_by_keyboard_in_an_item_and_the_console_shows_the_receipt(centre, browsers, exam_session):
    candidate = Candidate(browsers.context().new_page(), centre.book(exam_session))
    operator = Operator(browsers.context().new_page(), exam_session)
    seated(operator, candidate)
    while candidate.interaction() != "single":
        candidate.answer()
    page, stem = candidate.page, candidate.stem.inner_text()
    page.locator("#item input[type=radio]").first.focus()
    page.keyboard.press("Space")
    kept = page.evaluate(FOCUS)[0]
    clock = centre.state(candidate.sitting)

    operator.ask(candidate, "Send a message")
    operator.dialog.get_by_role("button", name="Send a message", exact=True).click()
    expect(operator.dialog.get_by_text("Choose a sentence or write your own.")).to_be_visible()
    operator.write(OWN)
    operator.send("Send a message")
    expect(candidate.message).to_contain_text("Please close the window on your left.")
    expect(page.locator("[aria-live=polite]", has_text="Message from the operator: Please close")).to_have_count(1)
    expect(operator.panel).to_contain_text("on the screen since")
    operator.shows(candidate, "message not read yet")

    # It covers neither the options nor the bar that confirms, and takes the focus from nobody.
    _, _, _, bottom = rectangle(candidate.message)
    assert bottom <= rectangle(page.locator(".k-option").first)[1]
    assert bottom <= rectangle(page.locator(".p-player__foot"))[1]
    assert page.evaluate(FOCUS)[0] == kept
    page.set_viewport_size({"width": 1000, "height": 600})
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert page.evaluate("scrollY") > 0
    top, bottom = rectangle(candidate.message)[1::2]
    assert 0 <= top < bottom < rectangle(page.locator(".k-option").last)[1]
    page.set_viewport_size(DESIGNED)

    page.reload()
    expect(candidate.message).to_contain_text("Thank you.")
    expect(page.locator("#item input[type=radio]").first).to_be_checked()
    page.locator("#item input[type=radio]").first.focus()
    back_to(page, "I have read it")
    assert page.evaluate(RING) != "none"
    page.keyboard.press("Enter")
    expect(candidate.message).to_have_count(0)
    assert page.evaluate(FOCUS)[0] == kept
    expect(candidate.stem).to_have_text(stem)
    expect(page.locator("#item input[type=radio]").first).to_be_checked()

    expect(operator.row(candidate)).not_to_contain_text("not read yet")
    operator.shows(candidate, "read at")
    expect(operator.panel.locator(".k-timeline")).to_contain_text("Message read")
    expect(operator.panel.locator(".k-timeline")).to_contain_text("Please close the window on your left.")
    kinds = (MessageSent, MessageShown, MessageRead)
    assert tuple(type(one) for one in centre.events(candidate.sitting, *kinds)) == kinds
    after = centre.state(candidate.sitting)
    assert (after.running_since, after.charged_ms, after.held) == (clock.running_since, clock.charged_ms, ())


def test_one_sentence_for_the_room_is_read_in_each_language_and_says_who_could_not_be_told(
    centre, browsers, exam_session
):
    english = Candidate(browsers.context().new_page(), centre.book(exam_session))
    polish = Candidate(browsers.context(locale="pl-PL").new_page(), centre.book(exam_session))
    absent = Candidate(browsers.context().new_page(), centre.book(exam_session))
    operator = Operator(browsers.context().new_page(), exam_session)
    for candidate in (english, polish):
        operator.check_in(candidate)
    english.enter().confirm_identity()
    polish.page.goto("/exam")
    polish.page.locator("#code").fill(polish.booked.seat_code)
    polish.page.keyboard.press("Enter")
    polish.page.get_by_role("button", name="Tak, to ja").click()
    operator.authorise(english, polish)
    english.sees("The rules of the test")

    for candidate in (english, polish, absent):
        operator.row(candidate).get_by_role("checkbox").click()
    operator.bulk.get_by_role("button", name="Send a message", exact=True).click()
    expect(operator.dialog).to_contain_text("2 candidates get the message.")
    expect(operator.dialog).to_contain_text("no, because the candidate has not checked in")
    operator.dialog.get_by_label("Please keep silence in the room.").check()
    operator.send("Send a message 2")
    expect(operator.page.get_by_text("Sent a message to 2 candidates.").first).to_be_visible()

    expect(english.message).to_contain_text("Please keep silence in the room.")
    expect(polish.page.get_by_role("region", name="Wiadomość od operatora")).to_contain_text("Prosimy o ciszę na sali.")
    english.press("I have read it")
    english.sees("The rules of the test")
    polish.page.get_by_role("button", name="Potwierdzam przeczytanie").click()
    for candidate in (english, polish):
        operator.shows(candidate, "read at")
    assert centre.events(absent.sitting, MessageSent) == []


def test_what_is_read_without_a_connection_is_told_when_it_is_back(centre, browsers, exam_session):
    candidate = Candidate(browsers.context().new_page(), centre.book(exam_session))
    operator = Operator(browsers.context().new_page(), exam_session)
    seated(operator, candidate)
    operator.row(candidate).locator(".k-live__open").focus()
    operator.page.keyboard.press("m")
    operator.dialog.get_by_label(re.compile("^Your connection is being looked at")).check()
    operator.send("Send a message")
    expect(candidate.message).to_be_visible()
    operator.shows(candidate, "on the screen since")
    candidate.page.context.set_offline(True)
    candidate.sees("Waiting for the connection")
    candidate.press("I have read it")
    expect(candidate.message).to_have_count(0)
    operator.shows(candidate, "disconnected")
    assert centre.events(candidate.sitting, MessageRead) == []
    candidate.page.context.set_offline(False)
    expect(candidate.stem).to_be_visible(timeout=20_000)
    operator.shows(candidate, "read at", seconds=20)
    assert len(centre.events(candidate.sitting, MessageRead)) == 1
    expect(candidate.message).to_have_count(0)

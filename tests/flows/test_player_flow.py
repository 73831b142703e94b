"""The candidate's page in a real browser: the outbox, one writer at a time, the keyboard alone."""

import pytest
from centre import until
from people import OVER, Candidate, Operator, seated
from playwright.sync_api import expect

from proctor.events import AnswerQuarantined, AnswerRecorded, LeaseGranted

pytestmark = pytest.mark.browser
COUNTS_THE_MOUSE = """
window.mouse = 0;
for (const kind of ["mousedown", "mousemove", "pointerdown", "touchstart"])
  addEventListener(kind, () => { window.mouse += 1; }, true);
"""


def test_an_answer_given_offline_is_saved_here_and_sent_later(centre, browsers, exam_session):
    context = browsers.context()
    candidate = Candidate(context.new_page(), centre.book(exam_session))
    seated(Operator(browsers.context().new_page(), exam_session), candidate)
    first = candidate.stem.inner_text()
    context.set_offline(True)
    candidate.fill()
    candidate.confirm()
    saved = candidate.page.get_by_text("Saved on this computer at")
    expect(saved).to_be_visible()
    expect(candidate.stem).to_have_text(first)
    assert centre.events(candidate.sitting, AnswerRecorded) == []

    # The page is reloaded before anything could be sent: the shell comes, the programming interface does not.
    context.route("**/api/candidate/answer", lambda route: route.abort())
    context.set_offline(False)
    candidate.page.reload()
    expect(candidate.page.get_by_text("Saved on this computer at")).to_be_visible()
    assert centre.events(candidate.sitting, AnswerRecorded) == []

    context.unroute("**/api/candidate/answer")
    expect(candidate.heading).to_contain_text("Item 2")
    expect(candidate.page.get_by_text("Previous answer saved on the server at").or_(
        candidate.page.get_by_text("Saved on the server at")
    )).to_be_visible()  # fmt: skip
    (answer,) = centre.events(candidate.sitting, AnswerRecorded)
    assert (answer.position, answer.omitted) == (1, False)
    assert centre.events(candidate.sitting, AnswerQuarantined) == []
    stored = candidate.page.evaluate(
        """() => new Promise((found) => {
          const opening = indexedDB.open("kriteria-player");
          opening.onsuccess = () => {
            const asked = opening.result.transaction("answers").objectStore("answers").count();
            asked.onsuccess = () => found(asked.result);
          };
        })"""
    )
    assert stored == 0


def test_a_second_tab_is_told_to_wait(centre, browsers, exam_session):
    context = browsers.context()
    candidate = Candidate(context.new_page(), centre.book(exam_session))
    seated(Operator(browsers.context().new_page(), exam_session), candidate)
    stem = candidate.stem.inner_text()
    second = context.new_page()
    second.goto("/exam")
    told = second.get_by_role("heading", name="The exam is open in another tab")
    expect(told).to_be_visible()
    expect(second.locator("#stem")).to_have_count(0)
    expect(candidate.stem).to_have_text(stem)
    candidate.answer()
    assert len(centre.events(candidate.sitting, LeaseGranted)) == 1


def test_a_new_seat_code_fences_the_first_browser(centre, browsers, exam_session):
    candidate = Candidate(browsers.context().new_page(), centre.book(exam_session))
    operator = Operator(browsers.context().new_page(), exam_session)
    seated(operator, candidate)
    candidate.answer()
    stem = candidate.stem.inner_text()
    operator.ask(candidate, "New seat code")
    operator.reason("Technical fault")
    operator.dialog.get_by_role("button", name="New seat code", exact=True).click()
    code = operator.dialog.locator(".k-slip__code").inner_text()
    operator.send("Handed over, close")
    expect(candidate.stem).to_have_count(0)

    elsewhere = Candidate(browsers.context().new_page(), candidate.booked)
    elsewhere.enter(code)
    expect(candidate.page.get_by_role("heading", name="The exam is running somewhere else")).to_be_visible()
    until(lambda: elsewhere.page.locator("h1").inner_text() != "Enter your seat code", 15, "the code was taken")
    if elsewhere.heading.inner_text().startswith("Is this you"):
        elsewhere.press("Yes, this is me")
    expect(elsewhere.stem).to_have_text(stem)
    elsewhere.answer()
    recorded = centre.events(candidate.sitting, AnswerRecorded)
    assert [answer.position for answer in recorded] == [1, 2]
    assert recorded[0].epoch < recorded[1].epoch


def test_a_keyboard_only_run_finishes_a_test(centre, browsers, exam_session):
    context = browsers.context()
    context.add_init_script(COUNTS_THE_MOUSE)
    page = context.new_page()
    candidate = Candidate(page, centre.book(exam_session))
    operator = Operator(browsers.context().new_page(), exam_session)
    operator.check_in(candidate)
    page.goto("/exam")
    expect(page.get_by_role("textbox", name="Seat code")).to_be_focused()
    page.keyboard.type(candidate.booked.seat_code)
    page.keyboard.press("Enter")
    choose(page, "Yes, this is me")
    candidate.sees("Everything is ready, you are waiting for the operator")
    operator.authorise(candidate)
    choose(page, "I have read the rules, start the test")
    met = []
    expect(candidate.stem).to_be_focused()
    while candidate.heading.inner_text() != OVER:
        before, kind = candidate.heading.inner_text(), candidate.interaction()
        expect(candidate.stem).to_be_focused()
        KEYS[kind](page)
        page.keyboard.press("Control+Enter")
        expect(candidate.heading).not_to_have_text(before)
        met.append(kind)
    assert len(met) == 10
    assert set(met) == set(KEYS)
    assert [answer.omitted for answer in centre.events(candidate.sitting, AnswerRecorded)] == [False] * 10
    assert candidate.receipt_head == centre.wiring.closing_head(centre.state(candidate.sitting))
    assert page.evaluate("window.mouse") == 0


def choose(page, name):
    """Tab to a button and press it; its focus must be seen on the way."""
    expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    tab_to(page, f"document.activeElement.textContent.trim() === {name!r}")
    page.keyboard.press("Enter")


def tab_to(page, condition):
    for _ in range(30):
        if page.evaluate(condition):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach it: {condition}")


def by_letter(page):
    tab_to(page, "document.activeElement.matches('#item input')")
    page.keyboard.press("b")
    assert page.evaluate("document.activeElement.checked && document.activeElement.id") == "choice-2"


def by_space(page):
    tab_to(page, "document.activeElement.matches('#item input')")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.evaluate("document.querySelectorAll('#item input:checked').length") == 2


def by_buttons(page):
    tab_to(page, "document.activeElement.id.startsWith('down-')")
    moved = page.evaluate("document.activeElement.id")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == moved
    assert page.evaluate(f"[...document.querySelectorAll('[id^=down-]')].findIndex((one) => one.id === {moved!r})") == 1


def by_arrows(page):
    rows = page.evaluate("document.querySelectorAll('.k-match select').length")
    for row in range(rows):
        tab_to(page, f"document.activeElement === document.querySelectorAll('.k-match select')[{row}]")
        for _ in range(row + 1):
            page.keyboard.press("ArrowDown")
    assert page.evaluate("[...document.querySelectorAll('.k-match select')].every((one) => one.value !== '')")


def by_typing(page):
    tab_to(page, "document.activeElement.id === 'number'")
    page.keyboard.type("12,5")


KEYS = {"single": by_letter, "multiple": by_space, "order": by_buttons, "match": by_arrows, "numeric": by_typing}

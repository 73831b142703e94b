"""What an operator and a candidate do with their pages, in the words they see."""

import re

from centre import PASSWORD
from playwright.sync_api import expect

OVER = "The test is over"
LOST = "Waiting for the connection"


class Candidate:
    """Somebody at a page of the player."""

    def __init__(self, page, booked):
        self.page, self.booked, self.sitting = page, booked, booked.sitting

    def enter(self, code=None):
        """Open the page and type the seat code."""
        self.page.goto("/exam")
        self.page.get_by_role("textbox", name="Seat code").fill(code or self.booked.seat_code)
        self.press("Open the exam")
        return self

    def confirm_identity(self):
        """As far as the waiting room."""
        self.press("Yes, this is me")
        self.sees("Everything is ready, you are waiting for the operator")
        return self

    def start(self):
        """From the briefing to the first item."""
        self.press("I have read the rules, start the test")
        expect(self.stem).to_be_visible()
        return self

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def sees(self, title, seconds=15):
        expect(self.page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=seconds * 1000)

    @property
    def message(self):
        """What the operator says, while it waits to be read."""
        return self.page.get_by_role("region", name="Message from the operator")

    @property
    def stem(self):
        return self.page.locator("#stem")

    @property
    def heading(self):
        return self.page.locator("h1")

    def interaction(self):
        """The interaction on the screen."""
        expect(self.stem).to_be_visible()
        for name, mark in MARKS.items():
            if self.page.locator(mark).count():
                return name
        raise AssertionError(self.page.locator("#item").inner_html())

    def fill(self):
        """Make some choice without confirming it; returns the interaction."""
        kind = self.interaction()
        if kind in {"single", "multiple"}:
            self.page.locator(".k-option").nth(1).click()
        elif kind == "order":
            self.page.locator("button[id^=down-]").first.click()
        elif kind == "match":
            for index in range(self.page.locator(".k-match select").count()):
                self.page.locator(".k-match select").nth(index).select_option(index=1 + index)
        else:
            self.page.locator("#number").fill("12,5")
        return kind

    def confirm(self):
        self.press("Confirm the answer")

    def answer(self):
        """Answer the item on the screen and wait for what comes next; returns the interaction."""
        kind = self.fill()
        self.go_on()
        return kind

    def go_on(self):
        """Confirm what is chosen and wait for what comes next."""
        before = self.heading.inner_text()
        self.confirm()
        expect(self.heading).not_to_have_text(before)

    def finish(self):
        """Answer everything that is left; returns the interactions met."""
        met = []
        while self.heading.inner_text() != OVER:
            met.append(self.answer())
        return met

    @property
    def receipt_head(self):
        """The seal on the receipt."""
        return self.page.locator(".pl-head").inner_text()


MARKS = {
    "single": "#item input[type=radio]",
    "multiple": "#item input[type=checkbox]",
    "order": "#item .k-order",
    "match": "#item .k-match",
    "numeric": "#item #number",
}


def sign_in(page, login, password=PASSWORD):
    """Through the sign-in page."""
    page.goto("/login")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("link", name="Console", exact=True).first).to_be_visible()


class Operator:
    """The operator at the console of one exam session."""

    def __init__(self, page, exam_session, login="chief"):
        self.page = page
        sign_in(page, login)
        page.goto(f"/console/{exam_session}")
        self.health("Live data")

    def health(self, words, seconds=15):
        expect(self.page.locator(".k-health strong")).to_have_text(words, timeout=seconds * 1000)

    def row(self, candidate):
        return self.page.locator(f'tr[data-sitting="{candidate.sitting}"]')

    def shows(self, candidate, words, seconds=15):
        """Wait until the row of a candidate says this."""
        expect(self.row(candidate)).to_contain_text(words, timeout=seconds * 1000)

    def open(self, candidate):
        """Open the panel of a candidate."""
        if self.row(candidate).get_attribute("aria-current") != "true":
            self.row(candidate).locator(".k-live__open").click()
        expect(self.panel).to_be_visible()

    @property
    def panel(self):
        return self.page.locator("aside.k-panel")

    @property
    def dialog(self):
        return self.page.locator("dialog[open]")

    def ask(self, candidate, action):
        """Open the dialog of an action by the panel."""
        self.open(candidate)
        self.panel.get_by_role("button", name=action, exact=True).click()
        expect(self.dialog).to_be_visible()

    def send(self, action):
        """Send what the dialog says, and see it done."""
        self.dialog.get_by_role("button", name=action, exact=True).click()
        expect(self.dialog).to_have_count(0)

    def check_in(self, candidate):
        self.ask(candidate, "Check in")
        self.dialog.get_by_label("Document", exact=True).select_option(label="Identity card")
        self.dialog.get_by_label(re.compile("^Last 2 to 4")).fill("12A4")
        self.dialog.get_by_label(re.compile("^Station")).fill(f"PC-{candidate.booked.seat_code[:2]}")
        self.send("Check in")
        self.shows(candidate, "Checked in")

    def authorise(self, *candidates):
        """Authorise all of them with one command of the bulk bar."""
        for candidate in candidates:
            self.shows(candidate, "To be authorised")
            box = self.row(candidate).get_by_role("checkbox")
            box.click()
            expect(box).to_be_checked()
        bar = self.bulk
        bar.get_by_role("button", name=re.compile("^Authorise")).first.click()
        for candidate in candidates:
            self.shows(candidate, "Authorised")
        if len(candidates) > 1:
            expect(bar).to_have_count(0)  # who was let in is no longer selected, so the bar goes by itself
        else:
            bar.get_by_role("button", name="Deselect").click()

    @property
    def bulk(self):
        """The bar of actions on the selected."""
        return self.page.get_by_role("region", name="Actions on the selected")

    def note_incident(self, candidate, words, note):
        """Write an incident of a candidate."""
        self.ask(candidate, "Note an incident")
        self.dialog.get_by_label("What it was about").select_option(label=words)
        self.dialog.get_by_label(re.compile("^Note")).fill(note)
        self.send("Note an incident")

    def write(self, text):
        """Fill the open dialog of a message with words of one's own."""
        self.dialog.get_by_role("radio", name="In your own words").check()
        self.dialog.get_by_label("Your message").fill(text)

    def reason(self, words, note=None):
        self.dialog.get_by_label("Reason").select_option(label=words)
        if note:
            self.dialog.get_by_label(re.compile("^Note")).fill(note)


def seated(operator, *candidates):
    """Bring candidates from the seat code to the first item."""
    for candidate in candidates:
        operator.check_in(candidate)
        candidate.enter().confirm_identity()
    operator.authorise(*candidates)
    for candidate in candidates:
        candidate.start()

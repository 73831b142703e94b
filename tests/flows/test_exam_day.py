"""An exam day in real browsers: one operator, three candidates, a cut cable and a killed browser."""

import json
import os
import signal
from itertools import pairwise
from pathlib import Path
from time import monotonic

import pytest
from centre import until
from people import LOST, OVER, Candidate, Operator
from playwright.sync_api import Error, expect

from proctor.events import (
    AnswerQuarantined,
    AnswerRecorded,
    ConnectionLost,
    ConnectionRestored,
    IncidentDrafted,
    ItemPresented,
)

pytestmark = pytest.mark.browser
CUT_S = 60
NOTICED_S = 10
WATCHES_THE_ITEM = """
window.shown = [];
new MutationObserver(() => {
  const present = document.getElementById("stem") !== null;
  if (present !== (window.shown.at(-1)?.[1] ?? false)) window.shown.push([performance.now(), present]);
}).observe(document, { childList: true, subtree: true });
"""


@pytest.fixture
def told(request, centre, browsers):
    """What helps to understand a failure: each sitting's events, each page as it stood, the server's last words."""
    people = []
    yield people
    if getattr(request.node, "failed", False):
        for one in people:
            print(f"\n--- {one.booked.sitting}")
            for row in centre.wiring.log.read(one.sitting):
                print(f"{row.at} {row.type} {row.event}"[:300])
        for context in browsers.contexts:
            for page in context.pages:
                print(f"\n--- page {page.url}\n{seen(page)}")
        print("\n--- wrong on pages:", browsers.wrong)
        print("\n--- server\n", Path(centre.log.name).read_text()[-6000:])


def seen(page):
    """The text of a page, or why there is none."""
    try:
        return page.evaluate("document.body.innerText")[:1500]
    except Error as error:
        return f"not to be seen: {error.message}"


def test_one_operator_and_three_candidates(centre, browsers, exam_session, cable, tmp_path, told):
    operator = Operator(browsers.context().new_page(), exam_session)
    on_cable = browsers.context(proxy={"server": cable.server})
    on_cable.add_init_script(WATCHES_THE_ITEM)
    kept = browsers.kept(tmp_path / "profile")
    straight = Candidate(browsers.context().new_page(), centre.book(exam_session, "Straight Through"))
    cut_off = Candidate(on_cable.new_page(), centre.book(exam_session, "Cut Off"))
    killed = Candidate(kept.pages[0], centre.book(exam_session, "Killed Browser"))
    everybody = (straight, cut_off, killed)
    told.extend(everybody)

    # Check-in: the code alone opens nothing before the operator has seen the document.
    straight.enter()
    straight.sees("Go to the operator's desk first")
    for candidate in everybody:
        operator.check_in(candidate)
    straight.press("Check again")
    straight.confirm_identity()
    for candidate in (cut_off, killed):
        candidate.enter().confirm_identity()
    operator.authorise(*everybody)
    for candidate in everybody:
        candidate.start()
        candidate.answer()

    # B: the cable is cut in the middle of an item, with a choice made and not confirmed.
    item, stem = cut_off.heading.inner_text(), cut_off.stem.inner_text()
    cut_off.fill()
    draft = drafted(cut_off.page)
    cable.cut()
    at = monotonic()
    cut_off.sees(LOST, seconds=NOTICED_S)
    assert monotonic() - at <= NOTICED_S
    assert cut_off.stem.count() == 0
    assert stem not in cut_off.page.content()
    stood = cut_off.page.locator(".k-clock__time").inner_text()
    expect(operator.row(cut_off)).to_contain_text("disconnected", timeout=1000 * (NOTICED_S - (monotonic() - at)))
    expect(operator.page.locator(".k-queue")).to_contain_text("No connection. The clock stands.")
    assert monotonic() - at <= NOTICED_S
    assert centre.state(cut_off.sitting).running_since is None

    # Meanwhile A goes straight through and C's browser dies in the middle of an item.
    met = straight.finish()
    assert {*met} == {"single", "multiple", "order", "match", "numeric"}
    assert not cable.whole
    killed_stem, before = killed.stem.inner_text(), len(centre.events(killed.sitting, AnswerRecorded))
    expect(cut_off.page.locator(".k-clock__time")).to_have_text(stood)
    cookie_is_on_the_disk(tmp_path / "profile")
    kill(tmp_path / "profile")

    # B is back at the same item with the same draft, by itself; the cut lasts its minute however fast the others are.
    cut_off.page.wait_for_timeout(max(0, 1000 * (CUT_S - (monotonic() - at))))
    assert cut_off.stem.count() == 0
    cable.mend()
    expect(cut_off.stem).to_have_text(stem, timeout=30_000)
    assert cut_off.heading.inner_text() == item
    assert drafted(cut_off.page) == draft
    operator.shows(cut_off, "In progress")
    (lost,), (restored,) = (centre.events(cut_off.sitting, kind) for kind in (ConnectionLost, ConnectionRestored))
    assert restored.gap_ms > 1000 * (CUT_S - 5), (lost, restored)
    (incident,) = centre.events(cut_off.sitting, IncidentDrafted)
    assert incident.began_ms == lost.effective_ms

    # C opens the same profile again: same item, nothing lost.
    reopened = browsers.kept(tmp_path / "profile")
    again = Candidate(reopened.pages[0], killed.booked)
    again.page.goto("/exam")
    expect(again.stem).to_have_text(killed_stem, timeout=30_000)
    assert len(centre.events(killed.sitting, AnswerRecorded)) == before

    cut_off.finish()
    again.finish()
    for candidate in (straight, cut_off, again):
        candidate.sees(OVER)
        operator.shows(candidate, "Ended")
        nothing_lost_or_doubled(centre, candidate.sitting)
        assert candidate.receipt_head == centre.wiring.closing_head(centre.state(candidate.sitting))

    # B was charged what the item was on the screen, to a second.
    charged = sum(getattr(event, "charged_ms", 0) for event in centre.events(cut_off.sitting))
    assert charged == centre.state(cut_off.sitting).charged_ms
    shown = visible_ms(cut_off.page)
    assert abs(charged - shown) <= 1000, f"charged {charged} ms, on the screen {shown} ms"

    checked = centre.command_line("verify-log", "--json")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    reports = {one["sitting"]: one for one in json.loads(checked.stdout)}
    assert {candidate.sitting for candidate in everybody} <= set(reports)
    assert all(report["broken_seq"] is None for report in reports.values())


def drafted(page):
    """What is chosen on the page and not confirmed, whatever the interaction."""
    return page.evaluate(
        """() => [...document.querySelectorAll("#item input, #item select, #item .k-order__row")].map((one) => {
             if (one.matches("li")) return one.textContent;
             return one.matches("[type=radio], [type=checkbox]") ? one.checked : one.value;
           })"""
    )


def visible_ms(page):
    """How long an item stood on the page, by the page's own clock."""
    shown = page.evaluate("window.shown")
    assert shown[0][1] is True
    assert shown[-1][1] is False
    return sum(end - begin for (begin, on), (end, _) in pairwise(shown) if on)


def nothing_lost_or_doubled(centre, sitting):
    """Every presented item has exactly one answer, in order, and none was set aside."""
    presented = [event.attempt for event in centre.events(sitting, ItemPresented)]
    answered = [event.attempt for event in centre.events(sitting, AnswerRecorded)]
    assert len(presented) == 10
    assert answered == presented
    assert centre.events(sitting, AnswerQuarantined) == []


def cookie_is_on_the_disk(profile):
    """Chromium writes cookies in batches of half a minute; only what is committed on the disk survives a kill."""
    file, journal = (profile / "Default" / name for name in ("Cookies", "Cookies-journal"))

    def committed():
        under_way = journal.exists() and any(journal.read_bytes()[:8])
        return file.exists() and b"kriteria_device" in file.read_bytes() and not under_way

    until(committed, 45, "the cookie is on the disk")


def kill(profile):
    """kill -9 of the browser whose profile lies here; its other processes then end by themselves."""
    everybody = processes()
    wanted = f"--user-data-dir={profile}"
    (browser,) = (
        pid
        for pid, (_, words) in everybody.items()
        if wanted in words and not any(word.startswith("--type=") for word in words)
    )
    family = {browser}
    while grown := {pid for pid, (parent, _) in everybody.items() if parent in family} - family:
        family |= grown
    os.kill(browser, signal.SIGKILL)
    # A child that still writes would keep the profile locked for the next browser.
    until(lambda: not family & processes().keys(), 15, "the browser and its children are gone")
    (profile / "SingletonLock").unlink(missing_ok=True)


def processes():
    """Parent and command line of every process that runs (one that nobody has waited for yet has no command line)."""
    running = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has just ended
        if words != [""]:
            running[int(folder.name)] = (parent, words)
    return running

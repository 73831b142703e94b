"""One Chromium per run and one exam centre per module; skips with the reason where there is no Chromium."""

from types import SimpleNamespace

import pytest
from browsers import ARGUMENTS, Browsers, executable
from cable import Cable
from centre import Centre
from playwright.sync_api import expect, sync_playwright

PATIENCE_MS = 15_000


@pytest.fixture(scope="session")
def chromium():
    """The running browser and the Playwright it belongs to."""
    path = executable()
    if path is None:
        pytest.skip("Chromium is not installed: apt install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield SimpleNamespace(browser=browser, playwright=playwright)
        browser.close()


@pytest.fixture(scope="module")
def centre(tmp_path_factory, chromium):
    """A running centre with a chief operator; asks for Chromium first, so that nothing starts in vain."""
    opened = Centre(tmp_path_factory.mktemp("centre"))
    try:
        opened.boss = opened.chief()
        opened.start()
        yield opened
    finally:
        opened.stop()


@pytest.fixture
def browsers(chromium, centre):
    """Contexts of this test; afterwards no page may have had an error or broken its content policy."""
    made = Browsers(chromium.browser, chromium.playwright, centre.origin)
    yield made
    made.close()
    assert made.wrong == []


@pytest.fixture
def exam_session(centre):
    """A fresh exam session of ten items, open."""
    return centre.exam_session(centre.boss)


@pytest.fixture
def cable():
    """A network cable that can be cut; a context is laid on it by `proxy={"server": cable.server}`."""
    laid = Cable()
    yield laid
    laid.close()

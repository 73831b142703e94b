"""The pictures of docs/pictures: console, player and overlay of the demo centre, in Polish, at the design size.

    python -m bench.pictures

Chromium has to be installed; the demo runs in a folder of its own and is thrown away.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from web.demo_centre import ROBOT
from web.rehearsal import Operator

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
SIZE = {"width": 1366, "height": 768}
LARGEST_BYTES = 200_000
PATIENCE_MS = 120_000
READY = "Ctrl-C"


@contextlib.contextmanager
def demo(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """A running demo centre: its address, and what it remembers (passwords, seats, exam session)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "web.cli", "demo", "--port", str(port), "--folder", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if READY in line:
                break
        else:
            raise RuntimeError("".join(said))
        yield f"http://localhost:{port}", json.loads((folder / "centre.json").read_text(encoding="utf-8"))
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=90)


def page(browser: Browser, origin: str, **more: Any) -> Page:
    """A page of a browser of its own, in Polish."""
    context = browser.new_context(
        base_url=origin, locale="pl-PL", timezone_id="Europe/Warsaw", viewport=SIZE, reduced_motion="reduce", **more
    )
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def sign_in(on: Page, login: str, centre: dict[str, Any]) -> None:
    """Through the sign-in page."""
    on.goto("/login")
    on.locator("input[name=login]").fill(login)
    on.locator("input[name=password]").fill(centre["passwords"][login])
    on.locator("form[action='/login'] button[type=submit]").click()
    expect(on.locator("form[action='/login']")).to_have_count(0)


def sit(on: Page, operator: Operator, centre: dict[str, Any], seat: dict[str, Any], waiting: str | None = None) -> None:
    """Bring a free seat of the demo to a single-choice item; `waiting`: file for a picture of the waiting room."""
    exam_session, sitting = centre["exam_session"], seat["sitting"]
    document = {"kind": "id_card", "last": "12A4"}
    operator.order(exam_session, "check_in", sitting, document=document, station=f"S{seat['seat']}")
    on.goto("/exam")
    on.locator("#code").fill(seat["code"])
    on.locator("form button[type=submit]").click()
    on.locator("dl.k-dl ~ .k-row .k-btn--primary").click()
    expect(on.locator("dl.k-dl ~ .k-row .k-btn--primary")).to_have_count(0)
    expect(on.locator("dl.k-dl")).to_be_visible()
    if waiting:
        on.screenshot(path=waiting)
    operator.order(exam_session, "authorise", sitting)
    expect(on.locator("dl.k-dl")).to_have_count(0)
    on.locator(".k-btn--large").click()
    expect(on.locator("#stem")).to_be_visible()
    while on.locator("#item input[type=radio]").count() < 4:
        heading = on.locator("h1").inner_text()
        on.locator(".pl-actions button").first.click()
        on.locator("dialog[open] .k-dialog__actions button").first.click()
        expect(on.locator("h1")).not_to_have_text(heading)
        expect(on.locator("#stem")).to_be_visible()


def main() -> None:
    """Take the pictures."""
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("Chromium is not installed: apt install chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=PATIENCE_MS)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder)) as (origin, centre),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        operator = Operator(origin, ROBOT, centre["passwords"][ROBOT])
        operator.sign_in()
        free = [seat for seat in centre["seats"] if not seat["simulated"]]
        player = page(browser, origin)
        sit(player, operator, centre, free[0])
        player.locator(".k-option").nth(1).click()
        player.screenshot(path=PICTURES / "player.png")
        player.context.set_offline(True)
        console = page(browser, origin)
        sign_in(console, "chief_operator", centre)
        console.goto(f"/console/{centre['exam_session']}")
        expect(player.locator("#stem")).to_have_count(0)
        player.screenshot(path=PICTURES / "overlay.png")
        lost = console.locator(f'tr[data-sitting="{free[0]["sitting"]}"]')
        expect(lost).to_have_attribute("data-level", "danger")
        expect(console.locator(".k-queue__row")).to_be_visible()
        lost.locator(".k-live__open").click()
        expect(console.locator(".k-timeline li").first).to_be_visible()
        console.screenshot(path=PICTURES / "console.png")
        browser.close()
    for name in ("console", "player", "overlay"):
        size = (PICTURES / f"{name}.png").stat().st_size
        print(f"{name}.png {size // 1000} kB")
        if size > LARGEST_BYTES:
            raise SystemExit(f"{name}.png is larger than {LARGEST_BYTES // 1000} kB")


if __name__ == "__main__":
    main()

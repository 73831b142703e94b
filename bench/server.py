"""One worker on SQLite under a room of candidates: live sittings with heartbeats, and answers at a fixed rate.

Open loop: an answer is due every 1/rate seconds whatever the server does, and its latency counts from the due time,
so a backlog shows. The load generator shares the machine with the server, whose CPU time is read from /proc.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.candidates import Candidate
from proctor.commands import CheckIn
from proctor.ids import CommandId, Commitment, SittingId, staff
from web import demo_centre, schema
from web.settings import Settings
from web.wiring import wire

ROOT = Path(__file__).resolve().parents[1]
PORT = 8765
SITTINGS, RATE, SECONDS = 200, 50, 60


@dataclass
class Figures:
    """What one run gave; latencies in ms."""

    sittings: int
    rate: int
    answers: int
    errors: int
    p50: float
    p99: float
    worst: float
    beats: int
    beats_unanswered: int
    beat_p50: float
    beat_p99: float
    cpu_share: float
    memory_mb: float


def quantile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank)."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def prepare(folder: Path, sittings: int) -> demo_centre.Centre:
    """A fresh centre with this many candidates registered and checked in."""
    centre = demo_centre.Centre()
    os.environ.update(demo_centre.environment(centre, folder, PORT))
    os.environ["KRITERIA_LOG_LEVEL"] = "warning"
    settings = Settings.model_validate({})
    schema.upgrade(settings.database_url)
    wiring = wire(settings)
    demo_centre.make_accounts(centre, wiring)
    demo_centre.make_bank(wiring)
    demo_centre.open_exam_session(centre, wiring, simulated=sittings, free=0)
    operator = staff(demo_centre.account_id(wiring, demo_centre.ROBOT))
    for seat in centre.seats:
        check_in = CheckIn(
            command_id=CommandId(uuid.uuid4().hex),
            actor=operator,
            document_kind="id_card",
            document=Commitment("0" * 64),
            station=seat.seat,
        )
        wiring.desk.handle(SittingId(seat.sitting), check_in)
    wiring.close()
    return centre


async def authorise_all(origin: str, http: aiohttp.ClientSession, centre: demo_centre.Centre) -> None:
    """The operator signs in and lets everybody begin with one command."""
    headers = {"Origin": origin}
    async with http.get(f"{origin}/api/csrf") as reply:
        headers["X-CSRFToken"] = (await reply.json())["csrf"]
    login = {"login": demo_centre.ROBOT, "password": centre.passwords[demo_centre.ROBOT]}
    async with http.post(f"{origin}/api/login", json=login, headers=headers) as reply:
        headers["X-CSRFToken"] = (await reply.json())["csrf"]
    wish = {
        "command_id": uuid.uuid4().hex,
        "action": "authorise",
        "sittings": [seat.sitting for seat in centre.seats],
    }
    url = f"{origin}/api/console/{centre.exam_session}/commands"
    async with http.post(url, json=wish, headers=headers) as reply:
        results = (await reply.json())["results"]
    refused = [result for result in results if result["outcome"] != "done"]
    if refused:
        raise RuntimeError(f"not authorised: {refused[:3]}")


async def one_answer(candidate: Candidate, due: float, latencies: list[float], errors: list[str]) -> None:
    """Answer and note the latency from the due time."""
    try:
        await candidate.answer()
        latencies.append(1000 * (time.perf_counter() - due))
    except Exception as error:  # every failure of a run is counted and shown
        errors.append(repr(error)[:200])


async def drive(origin: str, centre: demo_centre.Centre, rate: int, seconds: int, pid: int) -> Figures:
    """Bring everybody into the test, then answer at the rate for the time."""
    browsers: list[aiohttp.ClientSession] = []
    candidates: list[Candidate] = []
    connector = aiohttp.TCPConnector(limit=0)
    for number, seat in enumerate(centre.seats):
        http = aiohttp.ClientSession(
            connector=connector, connector_owner=False, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )
        browsers.append(http)
        candidate = Candidate(origin=origin, http=http, rng=random.Random(number))
        await candidate.enter(seat.code)
        candidates.append(candidate)
    hearts = [asyncio.create_task(candidate.beat_for_ever()) for candidate in candidates]
    operator = aiohttp.ClientSession(
        connector=connector, connector_owner=False, cookie_jar=aiohttp.CookieJar(unsafe=True)
    )
    await authorise_all(origin, operator, centre)
    for candidate in candidates:
        await candidate.wish("start")
    latencies: list[float] = []
    errors: list[str] = []
    cpu_before, began = cpu_seconds(pid), time.perf_counter()
    beats_before = sum(candidate.acknowledged for candidate in candidates)
    for candidate in candidates:
        candidate.late_beats.clear()
    tasks = []
    for number in range(rate * seconds):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one_answer(candidates[number % len(candidates)], due, latencies, errors)))
    await asyncio.gather(*tasks)
    spent = time.perf_counter() - began
    cpu = cpu_seconds(pid) - cpu_before
    beats = [1000 * late for candidate in candidates for late in candidate.late_beats]
    acknowledged = sum(candidate.acknowledged for candidate in candidates) - beats_before
    unanswered = sum(max(0, candidate.beats - candidate.acknowledged - 1) for candidate in candidates)
    errors += [error for candidate in candidates for error in candidate.errors]
    errors += [repr(heart.exception()) for heart in hearts if heart.done() and not heart.cancelled()]
    figures = Figures(
        sittings=len(candidates),
        rate=rate,
        answers=len(latencies),
        errors=len(errors),
        p50=statistics.median(latencies),
        p99=quantile(latencies, 0.99),
        worst=max(latencies),
        beats=acknowledged,
        beats_unanswered=unanswered,
        beat_p50=statistics.median(beats),
        beat_p99=quantile(beats, 0.99),
        cpu_share=cpu / spent,
        memory_mb=memory_mb(pid),
    )
    for error in errors[:5]:
        print(error, file=sys.stderr)
    for heart in hearts:
        heart.cancel()
    await asyncio.gather(*hearts, return_exceptions=True)
    for browser in (*browsers, operator):
        await browser.close()
    await connector.close()
    return figures


def worker_of(parent: int) -> int:
    """The worker process of a gunicorn master."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        fields = status.read_text().rsplit(")", 1)[1].split()
        if int(fields[1]) == parent:
            return int(status.parent.name)
    raise RuntimeError("gunicorn has no worker")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def wait_until_ready(origin: str) -> None:
    """Until /readyz answers, a minute at most."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{origin}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not come up")


def run(sittings: int = SITTINGS, rate: int = RATE, seconds: int = SECONDS) -> Figures:
    """One run on a fresh SQLite file with the real gunicorn and gevent worker."""
    with tempfile.TemporaryDirectory(prefix="kriteria-bench-") as folder:
        centre = prepare(Path(folder), sittings)
        command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "deploy" / "gunicorn.conf.py")]
        server = subprocess.Popen(command, cwd=ROOT)
        try:
            origin = f"http://localhost:{PORT}"
            wait_until_ready(origin)
            return asyncio.run(drive(origin, centre, rate, seconds, worker_of(server.pid)))
        finally:
            server.terminate()
            server.wait(30)


def table(figures: Figures) -> list[str]:
    """The run as a table for RESULTS.md."""
    rows: list[tuple[str, Any]] = [
        ("live sittings, each with a socket and a heartbeat every 2 s", figures.sittings),
        ("answers offered per second", figures.rate),
        ("answers recorded", figures.answers),
        ("errors", figures.errors),
        ("answer latency p50 / p99 / max", f"{figures.p50:.1f} / {figures.p99:.1f} / {figures.worst:.1f} ms"),
        ("heartbeats acknowledged / unanswered", f"{figures.beats} / {figures.beats_unanswered}"),
        ("heartbeat round trip p50 / p99", f"{figures.beat_p50:.1f} / {figures.beat_p99:.1f} ms"),
        ("server CPU", f"{100 * figures.cpu_share:.0f} % of one core"),
        ("server memory", f"{figures.memory_mb:.0f} MB"),
    ]
    return ["| what | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]


if __name__ == "__main__":
    print("\n".join(table(run(*(int(word) for word in sys.argv[1:])))))

"""`kriteria demo`: a whole exam centre on this machine, with simulated candidates already sitting."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import click

from itembank import interactions, scoring
from proctor.ids import SittingId
from web import demo_centre
from web.cli_exits import CHECK_FAILED, stop
from web.cli_server import CONFIG, ROOT
from web.demo_centre import ROBOT, Centre
from web.rehearsal import Candidate, Operator
from web.settings import Settings
from web.wiring import Wiring

PATIENCE_S = 60


@click.command()
@click.option("--port", default=8000, show_default=True, help="Port of the server on this machine.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("var") / "demo", help="Where the demo is kept.")
def demo(port: int, folder: Path) -> None:
    """Open an exam session with simulated candidates and serve it; Ctrl-C stops, a second run resumes."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone_in(folder):
        _require_free(port)
        _run(port, folder)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Two demos in one folder would take the seats from each other's candidates."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stop(f"{folder}: a demo is running there; stop it with Ctrl-C or give another --folder and --port")
        yield


def _require_free(port: int) -> None:
    """A port that is taken would answer in our server's place."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn binds
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            stop(f"port {port} {why}; give another one with --port")


def _run(port: int, folder: Path) -> None:
    file = folder / "centre.json"
    centre = demo_centre.load(file)
    settings_env = demo_centre.environment(centre, folder.resolve(), port)
    os.environ.update(settings_env)
    click.echo("Preparing the demo centre ...", err=True)
    wiring = demo_centre.prepare(centre, Settings.model_validate({}))
    demo_centre.save(centre, file)
    command = [sys.executable, "-m", "gunicorn", "-c", str(CONFIG)]
    with (folder / "server.log").open("ab") as log:
        # In a session of its own, so that Ctrl-C reaches us alone and we stop the server after the candidates.
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)  # noqa: S603
    ending = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ending.set())
    try:
        _wait_until_ready(port, server)
        _print(centre, file, port)
        _rehearse(centre, wiring, f"http://localhost:{port}", ending, server)
        demo_centre.save(centre, file)
        if server.poll() is not None:
            stop(f"the server ended by itself; {folder / 'server.log'} says why", CHECK_FAILED)
    finally:
        server.terminate()
        server.wait(PATIENCE_S)
        wiring.close()


def _wait_until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    pause, until = threading.Event(), monotonic() + PATIENCE_S
    while monotonic() < until and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        pause.wait(0.2)
    stop(f"the server did not come up on port {port}; the server's log says why", CHECK_FAILED)


def _print(centre: Centre, file: Path, port: int) -> None:
    origin = f"http://localhost:{port}"
    click.echo(f"\n  candidate        {origin}/exam")
    click.echo(f"  operator         {origin}/console/{centre.exam_session}")
    click.echo(f"  psychometrician  {origin}/bank/CRM")
    click.echo(f"  everybody else   {origin}/\n")
    click.echo("  free seats (the operator checks in, then the code opens the page):")
    for seat in centre.seats:
        if not seat.simulated:
            click.echo(f"    seat {seat.seat}   code {seat.code}")
    click.echo("\n  accounts:")
    for login, password in centre.passwords.items():
        if login != ROBOT:
            click.echo(f"    {login:18} {password}")
    click.echo(f"\n  Kept in {file} (readable by you only); the server's log lies beside it. Ctrl-C stops.\n")


def _rehearse(
    centre: Centre, wiring: Wiring, origin: str, ending: threading.Event, server: subprocess.Popen[bytes]
) -> None:
    operator = Operator(origin, ROBOT, centre.passwords[ROBOT])
    operator.sign_in()
    mine = {seat.sitting: seat for seat in centre.seats if seat.simulated}
    threads = []
    for number, row in enumerate(operator.rows(centre.exam_session)):
        seat = mine.get(row["sitting"])
        if seat is None or row["end_reason"] or row["lifecycle"] == "cancelled":
            continue
        if row["lifecycle"] == "registered":
            document = {"kind": "id_card", "last": f"{number:04}"}
            operator.order(centre.exam_session, "check_in", seat.sitting, document=document, station=f"S{seat.seat}")
        else:
            seat.code = operator.order(centre.exam_session, "new_seat_code", seat.sitting, reason="technical_fault")[
                "seat_code"
            ]
        candidate = Candidate(
            origin=origin,
            sitting=seat.sitting,
            seat_code=seat.code,
            right=lambda sitting: _right(wiring, sitting),
            chance=0.35 + 0.08 * number,
            pace_s=14 + 2 * number,
            drops=number == SILENT_SEAT,
            rng=random.Random(seat.sitting),  # noqa: S311 - a rehearsal, not a secret
            stop=ending,
        )
        threads.append(threading.Thread(target=candidate.run, name=f"seat {seat.seat}", daemon=True))
    for thread in threads:
        thread.start()
    while not ending.wait(2.0) and server.poll() is None:
        try:
            _supervise(operator, centre.exam_session, set(mine))
        except OSError:
            continue  # the server is restarting
    ending.set()
    for thread in threads:
        thread.join(5)


def _supervise(operator: Operator, exam_session: str, mine: set[str]) -> None:
    """Let simulated candidates begin, and let those go on whose silence waits for a decision."""
    for row in operator.rows(exam_session):
        if row["sitting"] not in mine:
            continue
        if row["can"].get("authorise", "no") is None:
            operator.order(exam_session, "authorise", row["sitting"])
        elif "review" in row["holds"]:
            operator.order(exam_session, "resume", row["sitting"], reason="technical_fault", charge_ms=0)


SILENT_SEAT = 2
"""Which simulated candidate drops and returns every minute (counted from 0)."""


def _right(wiring: Wiring, sitting: str) -> list[str] | None:
    """The right response to what is presented in a sitting, read from the demo's own log and bank."""
    state = wiring.desk.state(SittingId(sitting))
    if state.presented is None:
        return None
    item = wiring.exams.of(state.exam_session).items[state.presented.item]
    arrangement = interactions.Arrangement(choices=state.presented.choices, targets=state.presented.targets)
    return scoring.right_response(item, arrangement)

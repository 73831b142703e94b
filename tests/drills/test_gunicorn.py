"""The real server: gunicorn with gevent over a fresh SQLite file, a real client, and kill -9 in the middle."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from itembank import content, institution
from itembank.exchange import jsonl
from itembank.standards import zsk
from proctor.commands import Authorise, CheckIn
from proctor.events import AnswerRecorded
from proctor.ids import CommandId, Commitment, staff
from web import administration, schema
from web.roles import Role
from web.settings import Settings
from web.wiring import wire

pytestmark = pytest.mark.drill
ROOT = Path(__file__).resolve().parents[2]
READY_S = 60


def client_module():
    spec = importlib.util.spec_from_file_location("candidate_client", ROOT / "docs/examples/candidate_client.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Centre:
    """One server process that may die and be started again over the same file."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "KRITERIA_DATABASE_URL": f"sqlite:///{folder}/drill.db",
            "KRITERIA_SECRET_KEY": "d" * 40,
            "KRITERIA_LOG_KEY": "0f" * 32,
            "KRITERIA_PERSON_KEY": "a1" * 32,
            "KRITERIA_PUBLIC_ORIGIN": self.origin,
            "KRITERIA_BIND": f"127.0.0.1:{self.port}",
            "KRITERIA_CHECKPOINT_FILE": f"{folder}/checkpoints.jsonl",
        }
        named = {key.removeprefix("KRITERIA_").lower(): value for key, value in self.environment.items()}
        schema.upgrade(named["database_url"])
        self.wiring = wire(Settings(**named))
        self.log = (folder / "server.log").open("ab")
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "web.cli", "serve"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **self.environment}, stderr=self.log, start_new_session=True
        )
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            try:
                if requests.get(f"{self.origin}/readyz", timeout=2).status_code == 200:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise AssertionError(Path(self.log.name).read_text()[-3000:])

    def kill(self):
        """kill -9 of the parent and its worker."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.wiring.close()
        self.log.close()


@pytest.fixture
def centre(tmp_path):
    opened = Centre(tmp_path)
    yield opened
    opened.stop()


@pytest.fixture
def booked(centre):
    """A candidate on a seat of an open exam session, whose plan is over after a dozen answers."""
    wiring = centre.wiring
    tree = zsk.read(content.standard_file("pl-crm").read_bytes(), "CRM")
    wiring.bank.add_standard(tree, 1)
    for file in content.item_files("pl-crm"):
        wiring.bank.add_items(jsonl.read(file.read_bytes(), file.name).items, "author", 1)
    administration.release_items(wiring, "CRM", reviewer="reviewer", releaser="releaser")
    data = institution.read(content.institution_file("pl-crm").read_text(encoding="utf-8"), tree, "institution.json")
    administration.sign_allocation(wiring, "CRM", data.default_parts, basis=data.allocation_basis, by="chair")
    plan = {
        "outcomes": {name: {"cut": 0.0, "min_items": 6, "max_items": 6} for name in ("CRM.1.1", "CRM.1.2")},
        "selection": {"criterion": "information_at_cut", "randomesque": 3, "max_exposure": 1},
        "stopping": {"rule": "posterior", "alpha": 0.05},
        "at_limit": "forced",
        "seconds": 1800,
    }
    exam_session = administration.create_exam_session(
        wiring, standard="CRM", title="Drill", language="pl", room="1", starts_at=wiring.now(), plan=plan
    )
    chief = administration.create_account(
        wiring, login="chief", name="Chief", password="correct horse battery", roles=[Role.CHIEF_OPERATOR]
    )
    administration.assign(wiring, exam_session, chief.id, "chief_operator")
    administration.open_exam_session(wiring, exam_session)
    return administration.register_candidate(wiring, exam_session, name="A", reference="1", seat="1")


def let_in(wiring, sitting):
    """The operator's part, written to the log by another process than the server: it must notice."""
    actor = staff("op")
    check_in = CheckIn(
        command_id=CommandId("d1"), actor=actor, document_kind="id_card", document=Commitment("c"), station="1"
    )
    assert wiring.desk.handle(sitting, check_in).refused is None
    return Authorise(command_id=CommandId("d2"), actor=actor)


def finish(centre, booked, on_answer=lambda client: None):
    authorise = let_in(centre.wiring, booked.sitting)
    client = client_module().Client(centre.origin)
    client.enter(booked.seat_code)
    client.prepare()
    assert centre.wiring.desk.handle(booked.sitting, authorise).refused is None
    receipt = client.sit(pace_s=0.05, on_answer=on_answer)
    connected = client.socket.connected
    client.socket.disconnect()
    return client, receipt, connected


def recorded(centre, sitting):
    return [row.event.answer_id for row in centre.wiring.log.read(sitting) if isinstance(row.event, AnswerRecorded)]


def test_the_example_client_finishes_a_sitting_by_socket_and_http(centre, booked):
    centre.start()
    client, receipt, connected = finish(centre, booked)
    assert connected
    assert receipt["answered"] == 12
    assert receipt["chain_head"] == centre.wiring.desk.head(booked.sitting)
    assert [answer for answer, _ in client.acknowledged] == recorded(centre, booked.sitting)
    metrics = requests.get(f"{centre.origin}/metrics", timeout=5).text
    assert 'kriteria_answers_total{outcome="recorded"} 12.0' in metrics


def test_kill_9_between_answers_loses_nothing_that_was_acknowledged(centre, booked):
    centre.start()
    deaths = []

    def die(client):
        if len(client.acknowledged) in (4, 8):
            deaths.append(list(client.acknowledged))
            centre.kill()
            again = threading.Thread(target=centre.start)
            again.start()
            again.join()

    client, receipt, _ = finish(centre, booked, die)
    stored = recorded(centre, booked.sitting)
    assert len(deaths) == 2
    assert receipt["answered"] == 12
    assert [answer for answer, outcome in client.acknowledged if outcome == "recorded"] == stored
    for before in deaths:
        assert stored[: len(before)] == [answer for answer, _ in before]
    shown = subprocess.run(
        [sys.executable, "-m", "web.cli", "verify-log", "--sitting", booked.sitting],
        cwd=ROOT, env={**os.environ, **centre.environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "events hold" in shown.stdout

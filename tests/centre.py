"""An exam centre for tests: the real gunicorn with its gevent worker over a fresh SQLite file, and its bookings."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from itertools import count
from pathlib import Path
from time import monotonic

from itembank import content, institution, lifecycle
from itembank.exchange import jsonl
from itembank.standards import zsk
from proctor.delivery import Delivery
from proctor.ids import ExamSessionId
from web import administration, schema
from web.roles import Role
from web.settings import Settings
from web.wiring import wire

ROOT = Path(__file__).resolve().parents[1]
READY_S = 60
PASSWORD = "correct horse battery"
OUTCOMES = ("CRM.1.1", "CRM.1.2")
INTERACTIONS = ("single", "multiple", "numeric", "order", "match")


def until(condition, seconds, what):
    """The first true value of a condition that is asked again and again; fails when the time is up."""
    pause, end = threading.Event(), monotonic() + seconds
    while monotonic() < end:
        found = condition()
        if found:
            return found
        pause.wait(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def free_port():
    """A free port below those the system gives to outgoing connections, so that none of them takes it meanwhile."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def one_of_each(items):
    """Version ids: for both outcomes one item of every interaction, none the enemy of another."""
    chosen = []
    for outcome in OUTCOMES:
        for interaction in INTERACTIONS:
            enemies = {enemy for item in chosen for enemy in item.enemies}
            fitting = (
                item
                for item in items
                if item.outcome == outcome
                and item.interaction == interaction
                and item.version_id.split("@")[0] not in enemies
            )
            chosen.append(next(fitting))
    return [item.version_id for item in chosen]


class Centre:
    """One server process over one database; it may die and be started again."""

    def __init__(self, folder, *, every_item=False, **settings):
        """`every_item`: release the whole bank; otherwise ten items, one of each interaction for two outcomes.

        `settings`: more of them, by name without prefix (database_url, redis_url, workers).
        """
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self.environment = {
            "KRITERIA_DATABASE_URL": f"sqlite:///{folder}/centre.db",
            "KRITERIA_SECRET_KEY": "d" * 40,
            "KRITERIA_LOG_KEY": "0f" * 32,
            "KRITERIA_PERSON_KEY": "a1" * 32,
            "KRITERIA_PUBLIC_ORIGIN": self.origin,
            "KRITERIA_BIND": f"127.0.0.1:{self.port}",
            "KRITERIA_CHECKPOINT_FILE": f"{folder}/checkpoints.jsonl",
            **{f"KRITERIA_{name.upper()}": str(value) for name, value in settings.items()},
        }
        named = {key.removeprefix("KRITERIA_").lower(): value for key, value in self.environment.items()}
        schema.upgrade(named["database_url"])
        self.wiring = wire(Settings(**named))
        self.log = (folder / "server.log").open("ab")
        self.process = None
        self._numbers = count(1)
        self._furnish(every_item)

    def _furnish(self, every_item):
        bank = self.wiring.bank
        tree = zsk.read(content.standard_file("pl-crm").read_bytes(), "CRM")
        bank.add_standard(tree, 1)
        for file in content.item_files("pl-crm"):
            bank.add_items(jsonl.read(file.read_bytes(), file.name).items, "author", 1)
        items = [one.item for one in sorted(bank.items("CRM"), key=lambda one: one.item.version_id)]
        ids = [item.version_id for item in items] if every_item else one_of_each(items)
        bank.move(ids, lifecycle.State.REVIEWED, "reviewer", 1)
        bank.move(ids, lifecycle.State.RELEASED, "releaser", 1)
        place = content.institution_file("pl-crm")
        data = institution.read(place.read_text(encoding="utf-8"), tree, place.name)
        administration.sign_allocation(self.wiring, "CRM", data.default_parts, basis=data.allocation_basis, by="chair")

    def plan(self, **more):
        """A plan that shows ten items, each interaction twice."""
        rule = json.loads(content.institution_file("pl-crm").read_text(encoding="utf-8"))["decision_rule"]["rule"]
        return {
            "outcomes": {outcome: {"cut": 0.0, "min_items": 5, "max_items": 5} for outcome in OUTCOMES},
            "selection": {"criterion": "information_at_cut", "randomesque": 3, "max_exposure": 1},
            "stopping": {"rule": "posterior", "alpha": 0.05},
            "at_limit": "forced",
            "seconds": 1800,
            "decision_rule": rule,
            **more,
        }

    def account(self, login, *roles, language="en"):
        """An account whose password is PASSWORD."""
        return administration.create_account(
            self.wiring, login=login, name=f"{login} at work", password=PASSWORD, roles=roles, language=language
        )

    def exam_session(self, chief, *, plan=None, delivery=None):
        """An open exam session this chief operator supervises."""
        exam_session = administration.create_exam_session(
            self.wiring,
            standard="CRM",
            title="CRM systems",
            language="pl",
            room="Room 2",
            starts_at=self.wiring.now(),
            plan=plan or self.plan(),
            delivery=delivery or Delivery(),
        )
        administration.assign(self.wiring, exam_session, chief.id, "chief_operator")
        administration.open_exam_session(self.wiring, exam_session)
        return exam_session

    def chief(self, login="chief"):
        """A chief operator."""
        return self.account(login, Role.OPERATOR, Role.CHIEF_OPERATOR)

    def book(self, exam_session, name=None):
        """A candidate on the next seat: sitting, seat code."""
        number = next(self._numbers)
        return administration.register_candidate(
            self.wiring,
            ExamSessionId(exam_session),
            name=name or f"Candidate {number:02}",
            reference=f"K-{number:02}",
            seat=f"{number:02}",
        )

    def state(self, sitting):
        return self.wiring.desk.state(sitting)

    def events(self, sitting, *kinds):
        """The facts of a sitting, of these kinds only when any are named."""
        events = [row.event for row in self.wiring.log.read(sitting)]
        return [event for event in events if isinstance(event, kinds)] if kinds else events

    def command_line(self, *words):
        """Run `kriteria` in this centre's environment."""
        return subprocess.run(
            [sys.executable, "-m", "web.cli", *words],
            cwd=ROOT, env={**os.environ, **self.environment}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def start(self):
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "web.cli", "serve"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **self.environment}, stderr=self.log, start_new_session=True
        )
        try:
            until(self.ready, READY_S, "the server is ready")
        except AssertionError as error:
            raise AssertionError(Path(self.log.name).read_text()[-3000:]) from error

    def ready(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            try:
                connection.request("GET", "/readyz")
                return connection.getresponse().status == 200
            finally:
                connection.close()
        except (OSError, http.client.HTTPException):
            return False

    def kill(self):
        """kill -9 of the parent and its worker."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """End the server if it runs and close the files."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.wiring.close()
        self.log.close()

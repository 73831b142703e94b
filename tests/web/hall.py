"""An exam hall for tests: the application over a real SQLite file, a clock turned by hand, candidates and staff."""

import json
import re
import shutil
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

from argon2 import PasswordHasher

from itembank import content, institution
from itembank.exchange import jsonl
from itembank.standards import zsk
from itembank.tables import metadata as bank_tables
from proctor.tables import metadata as proctor_tables
from results.tables import metadata as result_tables
from web import administration, auth
from web.app import create_app
from web.limits import limiter
from web.roles import Role
from web.serving import page_blueprints
from web.settings import Settings
from web.sqlleader import Leader
from web.tables import metadata as web_tables
from web.ticking import Ticker
from web.wiring import wire

REAL_HASHER = auth.hasher
auth.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # a test signs in hundreds of times
ORIGIN = "http://localhost:8000"
PASSWORD = "correct horse battery"
NINE = 1_795_334_400_000
TITLE = "CRM, theory"
ids = (f"id-{number}" for number in count(1))


class FakeClock:
    """Milliseconds that pass only when told to."""

    def __init__(self):
        self.ms = NINE

    def __call__(self):
        return self.ms

    def pass_(self, seconds):
        self.ms += round(seconds * 1000)


def short_plan(outcomes=("CRM.1.1", "CRM.1.2"), least=2, most=3, **more):
    """A plan that is over after a few answers."""
    rule = json.loads(content.institution_file("pl-crm").read_text(encoding="utf-8"))["decision_rule"]["rule"]
    return {
        "outcomes": {outcome: {"cut": 0.0, "min_items": least, "max_items": most} for outcome in outcomes},
        "selection": {"criterion": "information_at_cut", "randomesque": 3, "max_exposure": 1},
        "stopping": {"rule": "posterior", "alpha": 0.05},
        "at_limit": "forced",
        "seconds": 1800,
        "decision_rule": rule,
        **more,
    }


@cache
def furnished():
    """A database file with the CRM standard, its released items and a signed allocation; made once, copied per test."""
    path = Path(mkdtemp(prefix="kriteria-hall-")) / "furnished.db"
    wiring = wire(settings_for(path), now=FakeClock())
    for tables in (bank_tables, proctor_tables, result_tables, web_tables):
        tables.create_all(wiring.writer._engine)
    tree = zsk.read(content.standard_file("pl-crm").read_bytes(), "CRM")
    wiring.bank.add_standard(tree, NINE)
    for file in content.item_files("pl-crm"):
        wiring.bank.add_items(jsonl.read(file.read_bytes(), file.name).items, "author", NINE)
    administration.release_items(wiring, "CRM", reviewer="reviewer", releaser="releaser")
    data = institution.read(content.institution_file("pl-crm").read_text(encoding="utf-8"), tree, "institution.json")
    administration.sign_allocation(wiring, "CRM", data.default_parts, basis=data.allocation_basis, by="chair")
    wiring.close()
    return path


def in_words(response):
    """Fails for a page that prints something of Python's instead of a word, such as a method nobody called."""
    if response.mimetype == "text/html":
        text = response.get_data(as_text=True)
        found = re.search(r"\bat 0x[0-9a-f]+|built-in|(&lt;|<)(function|bound method|class )", text)
        assert found is None, text[max(0, found.start() - 80) : found.end() + 80]
    return response


def settings_for(path, **more):
    """Settings of a hall over this database file."""
    return Settings(
        database_url=f"sqlite:///{path}",
        secret_key="s" * 40,
        log_key="0f" * 32,
        person_key="a1" * 32,
        public_origin=ORIGIN,
        checkpoint_file=path.parent / "checkpoints.jsonl",
        **more,
    )


class Hall:
    """One application with one open exam session."""

    def __init__(self, folder, plan=None, delivery=None, limited=False, **more):
        path = folder / "hall.db"
        shutil.copy(furnished(), path)
        self.clock = FakeClock()
        self.settings = settings_for(path, **more)
        self.wiring = wire(self.settings, now=self.clock)
        limiter.enabled = True  # while it is installed
        self.app = create_app(self.settings, self.wiring, pages=page_blueprints())
        self.app.after_request(in_words)
        limiter.enabled = limited  # it counts by the real clock, which tests do not wait for
        limiter.reset()
        self.socketio = self.app.extensions["socketio"]
        self.ticker = Ticker(self.wiring, Leader(self.wiring.engine))
        self.exam_session = administration.create_exam_session(
            self.wiring,
            standard="CRM",
            title=TITLE,
            language="pl",
            room="Room 1",
            starts_at=NINE,
            plan=plan or short_plan(),
            delivery=delivery,
        )
        self.chief = self.staff("chief", Role.OPERATOR, Role.CHIEF_OPERATOR)
        administration.assign(self.wiring, self.exam_session, self.chief.id, "chief_operator")
        administration.open_exam_session(self.wiring, self.exam_session)

    def close(self):
        self.wiring.close()

    def staff(self, login, *roles):
        """An account; its password is PASSWORD."""
        return administration.create_account(
            self.wiring, login=login, name=f"{login} at work", password=PASSWORD, roles=roles
        )

    def desk(self, login="chief"):
        """A signed-in browser of a member of staff."""
        return Desk(self, self.app.test_client()).sign_in(login)

    def candidate(self, name="Jan Kowal", seat="7"):
        """Somebody booked on a seat."""
        booked = administration.register_candidate(
            self.wiring, self.exam_session, name=name, reference=f"K-{seat}", seat=seat
        )
        return Candidate(self, self.app.test_client(), booked.sitting, booked.seat_code)

    def state(self, candidate):
        return self.wiring.desk.state(candidate.sitting)

    def pass_(self, seconds, step=1.0):
        """Let time go by with the timers running."""
        while seconds > 0:
            self.clock.pass_(min(step, seconds))
            self.ticker.step()
            seconds -= step


@dataclass
class Desk:
    """A member of staff at a browser."""

    hall: Hall
    client: object
    csrf: str = ""

    def sign_in(self, login, password=PASSWORD):
        headers = {"X-CSRFToken": self.client.get("/api/csrf").json["csrf"]}
        reply = self.client.post("/api/login", json={"login": login, "password": password}, headers=headers)
        assert reply.status_code == 200, reply.text
        self.csrf = reply.json["csrf"]
        return self

    @property
    def root(self):
        return f"/api/console/{self.hall.exam_session}"

    def get(self, path):
        reply = self.client.get(self.root + path)
        assert reply.status_code == 200, reply.text
        return reply.json

    def post(self, path, body):
        return self.client.post(self.root + path, json=body, headers={"X-CSRFToken": self.csrf})

    def do(self, action, *candidates, **more):
        """A command; the list of its outcomes."""
        wish = {"command_id": next(ids), "action": action, "sittings": [one.sitting for one in candidates], **more}
        reply = self.post("/commands", wish)
        assert reply.status_code == 200, reply.text
        return reply.json["results"]

    def check_in(self, candidate):
        return self.do("check_in", candidate, document={"kind": "id_card", "last": "123A"}, station="PC-7")

    def row(self, candidate):
        return next(row for row in self.get("/snapshot")["rows"] if row["sitting"] == candidate.sitting)


@dataclass
class Candidate:
    """A candidate at a browser tab."""

    hall: Hall
    client: object
    sitting: str
    code: str
    tab: str = field(default_factory=lambda: next(ids))
    epoch: int = 0
    view: dict = field(default_factory=dict)
    beats: int = 0
    sent: int = 0
    payloads: list = field(default_factory=list)

    def headers(self):
        return {"Origin": ORIGIN, "X-Kriteria-Tab": self.tab, "X-Kriteria-Epoch": str(self.epoch)}

    def post(self, path, body=None):
        reply = self.client.post(f"/api/candidate/{path}", json=body, headers=self.headers())
        self._keep(reply)
        return reply

    def get(self, path):
        reply = self.client.get(f"/api/candidate/{path}", headers=self.headers())
        self._keep(reply)
        return reply

    def _keep(self, reply):
        self.payloads.append(reply.text)

    def enter(self, code=None):
        """Type the seat code."""
        reply = self.post("seat", {"code": code or self.code, "tab": self.tab})
        if reply.status_code == 200:
            self.epoch, self.view = reply.json["epoch"], reply.json["view"]
        return reply

    def reopen(self):
        reply = self.post("lease", {"tab": self.tab})
        if reply.status_code == 200:
            self.epoch, self.view = reply.json["epoch"], reply.json["view"]
        return reply

    def wish(self, path, **body):
        reply = self.post(path, {"command_id": next(ids), **body})
        if reply.status_code == 200:
            self.view = reply.json
        return reply

    def check(self, **failed):
        checks = [{"name": name, "ok": name not in failed} for name in ("storage", "websocket", "clock")]
        return self.wish("browser-check", checks=checks, browser="Chromium 156")

    def first_response(self, item):
        """Some response that fits the item."""
        if item["interaction"] == "numeric":
            return ["12"]
        if item["interaction"] == "order":
            return [row["id"] for row in item["choices"]]
        if item["interaction"] == "match":
            return [f"{row['id']}:{side['id']}" for row, side in zip(item["choices"], item["targets"], strict=False)]
        return [item["choices"][0]["id"]]

    def answer(self, item=None, response="some", answer_id=None, **more):
        """Answer the item on the screen."""
        item = item or self.view["item"]
        self.sent += 1
        body = {
            "answer_id": answer_id or next(ids),
            "attempt": item["attempt"],
            "client_seq": self.sent,
            "response": self.first_response(item) if response == "some" else response,
            "mono_ms": 1,
            "wall_ms": 1,
            "visible_ms": 1000,
            **more,
        }
        reply = self.post("answer", body)
        if reply.status_code == 200:
            self.view = reply.json["view"]
        return reply

    def heartbeat(self, uncovered_ms=0, **more):
        self.beats += 1
        return {
            "beat": self.beats,
            "mono_ms": 1,
            "wall_ms": 1,
            "state_version": self.view.get("state_version", 0),
            "outbox_depth": 0,
            "last_ack_seq": self.sent,
            "visible": True,
            "covered": False,
            "uncovered_ms": uncovered_ms,
            "rtt_ms": None,
            **more,
        }

    def beat(self, uncovered_ms=0, **more):
        reply = self.post("heartbeat", self.heartbeat(uncovered_ms, **more))
        if reply.status_code == 200 and reply.json["view"]:
            self.view = reply.json["view"]
            if "disconnected" in (self.view["cover"] or {}).get("reasons", ()):
                return self.beat(uncovered_ms, **more)  # now this page knows of the loss
        return reply

    def seated(self, desk):
        """Come as far as the briefing."""
        desk.check_in(self)
        assert self.enter().status_code == 200
        self.check()
        self.wish("identity")
        assert desk.do("authorise", self)[0]["outcome"] == "done"
        return self

    def started(self, desk):
        """Come as far as the first item."""
        self.seated(desk)
        assert self.wish("start").status_code == 200
        return self

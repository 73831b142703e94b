"""Simulated candidates and their operator for the demo: they speak the public protocol and nothing else.

Each candidate answers from a key the demo hands in (its own bank), right with the chance of its ability; one of them
goes silent for a while every minute, so that the console has something to show.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

BEAT_S = 2.0
SILENCE_S = 14.0
SILENCE_EVERY_S = 60.0
CHECKS = ("storage", "websocket", "clock", "screen", "single_tab")
MOVES_ON = frozenset({"identity", "waiting", "briefing", "item"})


class Unexpected(Exception):
    """The server answered something this client cannot go on from."""


@dataclass
class Browser:
    """One HTTP client with its cookies; every call opens its own connection, so a restarted server is no matter."""

    origin: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Status and decoded JSON of one request. OSError when the server cannot be reached."""
        parts = urlsplit(self.origin)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        headers = {"Origin": self.origin, "Content-Type": "application/json", **self.headers}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            reply = connection.getresponse()
            text = reply.read().decode()
            for line in reply.headers.get_all("Set-Cookie") or ():
                self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        finally:
            connection.close()
        return reply.status, json.loads(text) if text.startswith(("{", "[")) else None


@dataclass
class Operator:
    """The demo's operator: signs in and sends console commands."""

    origin: str
    login: str
    password: str
    browser: Browser = field(init=False)

    def sign_in(self) -> None:
        """Get a token, sign in, keep the new token."""
        self.browser = Browser(self.origin)
        _, before = self.browser.call("GET", "/api/csrf")
        self.browser.headers["X-CSRFToken"] = before["csrf"]
        status, account = self.browser.call("POST", "/api/login", {"login": self.login, "password": self.password})
        if status != 200:
            raise Unexpected(f"login: {status}")
        self.browser.headers["X-CSRFToken"] = account["csrf"]

    def order(self, exam_session: str, action: str, sitting: str, **more: Any) -> Mapping[str, Any]:
        """One action on one sitting; the result the console would show."""
        wish = {"command_id": uuid.uuid4().hex, "action": action, "sittings": [sitting], **more}
        status, reply = self.browser.call("POST", f"/api/console/{exam_session}/commands", wish)
        if status != 200:
            raise Unexpected(f"{action}: {status} {reply}")
        return dict(reply["results"][0])

    def rows(self, exam_session: str) -> list[Mapping[str, Any]]:
        """The console's rows."""
        status, reply = self.browser.call("GET", f"/api/console/{exam_session}/snapshot")
        if status != 200:
            raise Unexpected(f"snapshot: {status}")
        return list(reply["rows"])


Right = Callable[[str], list[str] | None]
"""Sitting -> the right response to its presented item in shown ids, None when nothing is presented."""


@dataclass
class Candidate:
    """One simulated candidate from the seat code to the receipt."""

    origin: str
    sitting: str
    seat_code: str
    right: Right
    chance: float
    pace_s: float
    drops: bool
    rng: random.Random
    stop: threading.Event
    view: dict[str, Any] = field(default_factory=dict)
    browser: Browser = field(init=False)
    beat: int = 0
    answered: int = 0

    def run(self) -> None:
        """Sit the whole test; comes back when it is over, when the demo stops, or when the seat was given away."""
        self.browser = Browser(self.origin, headers={"X-Kriteria-Tab": uuid.uuid4().hex})
        clock = 0.0
        next_answer, silent_until, next_silence = self.pace_s, 0.0, SILENCE_EVERY_S
        self._enter()
        while not self.stop.wait(BEAT_S) and self.view["phase"] != "finished":
            clock += BEAT_S
            if self.drops and clock >= next_silence:
                silent_until, next_silence = clock + SILENCE_S, next_silence + SILENCE_EVERY_S
            if clock < silent_until:
                continue
            try:
                self._heartbeat()
                self._hear()
                if self.view["phase"] == "briefing":
                    self._wish("start")
                elif self.view["phase"] == "item" and clock >= next_answer:
                    self._answer()
                    next_answer = clock + self.rng.uniform(0.6, 1.4) * self.pace_s
            except OSError:
                continue  # the server is restarting: keep beating, as a page would
            except Unexpected:
                return

    def _enter(self) -> None:
        seat = {"code": self.seat_code, "tab": self.browser.headers["X-Kriteria-Tab"]}
        status, reply = self.browser.call("POST", "/api/candidate/seat", seat)
        if status != 200:
            raise Unexpected(f"seat: {status} {reply}")
        self.browser.headers["X-Kriteria-Epoch"] = str(reply["epoch"])
        self.view = reply["view"]
        if self.view["phase"] == "check":
            checks = [{"name": name, "ok": True} for name in CHECKS]
            self._post("browser-check", {"command_id": uuid.uuid4().hex, "checks": checks, "browser": "Other 1"})
        if self.view["phase"] == "identity":
            self._wish("identity")

    def _wish(self, path: str) -> None:
        self._post(path, {"command_id": uuid.uuid4().hex})

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        status, reply = self.browser.call("POST", f"/api/candidate/{path}", body)
        if status != 200:
            raise Unexpected(f"{path}: {status} {reply}")
        view = reply.get("view") if "state_version" not in reply or "view" in reply else reply
        self.view = dict(view) if view else self.view
        return dict(reply)

    def _heartbeat(self) -> None:
        self.beat += 1
        now = self.beat * int(BEAT_S * 1000)
        on_screen = self.view["phase"] == "item"
        self._post(
            "heartbeat",
            {
                "beat": self.beat,
                "mono_ms": now,
                "wall_ms": now,
                "state_version": self.view["state_version"],
                "outbox_depth": 0,
                "last_ack_seq": self.answered,
                "visible": True,
                "covered": not on_screen,
                "uncovered_ms": int(BEAT_S * 1000) if on_screen else 0,
                "rtt_ms": None,
            },
        )

    def _hear(self) -> None:
        """What the operator says is on the screen at once and read one beat later."""
        for said in self.view["messages"][:1]:
            receipt = "read" if said["shown"] else "shown"
            wish = {"command_id": uuid.uuid4().hex, "message": said["message"], "receipt": receipt}
            self._post("message", wish)

    def _answer(self) -> None:
        right = self.right(self.sitting)
        if right is None:
            return
        response = right if self.rng.random() < self.chance else self._some_response()
        self.answered += 1
        self._post(
            "answer",
            {
                "answer_id": uuid.uuid4().hex,
                "attempt": self.view["item"]["attempt"],
                "client_seq": self.answered,
                "response": response,
                "mono_ms": self.beat * 2000,
                "wall_ms": self.beat * 2000,
                "visible_ms": int(self.pace_s * 1000),
            },
        )

    def _some_response(self) -> list[str]:
        item = self.view["item"]
        ids = [choice["id"] for choice in item["choices"]]
        if item["interaction"] == "single":
            return [self.rng.choice(ids)]
        if item["interaction"] == "multiple":
            return sorted(self.rng.sample(ids, 2))
        if item["interaction"] == "order":
            return self.rng.sample(ids, len(ids))
        if item["interaction"] == "match":
            targets = self.rng.sample([target["id"] for target in item["targets"]], len(ids))
            return [f"{left}:{target}" for left, target in zip(ids, targets, strict=True)]
        return [str(self.rng.randint(1, 500))]

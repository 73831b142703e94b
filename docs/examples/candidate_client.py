"""Finish a sitting as a candidate: a client of Kriteria's protocol in one file (docs/protocol.md).

    python candidate_client.py http://localhost:8000 1234567890

Needs requests and python-socketio[client]. Answers are kept in a list until the server has acknowledged them, and
every request is repeated until it is answered, so a restart of the server is no more than a pause.
"""

import sys
import time
import uuid

import requests
import socketio

AGAIN_S = 0.5


class Fenced(Exception):
    """Somebody else holds the sitting now."""


class Client:
    """One browser tab, so to speak."""

    def __init__(self, origin, choose=None, patience_s=120):
        self.origin, self.api, self.patience_s = origin, f"{origin}/api/candidate/", patience_s
        self.choose = choose or first_that_fits
        self.http = requests.Session()
        self.tab, self.epoch, self.view = uuid.uuid4().hex, 0, None
        self.acknowledged, self.sent, self.beats, self.shown = [], 0, 0, time.monotonic()
        self.socket = socketio.Client(reconnection=False)

    def call(self, method, path, body=None):
        """One request, repeated until there is an answer; the ids in it make the repetition harmless."""
        until = time.monotonic() + self.patience_s
        while True:
            headers = {"Origin": self.origin, "X-Kriteria-Tab": self.tab, "X-Kriteria-Epoch": str(self.epoch)}
            try:
                reply = self.http.request(method, self.api + path, json=body, headers=headers, timeout=10)
                if reply.status_code < 429:
                    break
            except requests.RequestException:
                reply = None
            if time.monotonic() > until:
                raise TimeoutError(f"no answer from {path}")
            time.sleep(AGAIN_S)
        if reply.status_code >= 400:
            error = reply.json()
            kind = Fenced if error["error"] == "old_lease" else RuntimeError
            raise kind(f"{error['error']}: {error['message']}")
        return reply.json()

    def wish(self, path, **body):
        """A command of the candidate."""
        self.see(self.call("POST", path, {"command_id": uuid.uuid4().hex, **body}))

    def see(self, view):
        """Take in a view unless a newer one is known."""
        if self.view is None or view["state_version"] >= self.view["state_version"]:
            if (view["item"] or {}).get("attempt") != ((self.view or {}).get("item") or {}).get("attempt"):
                self.shown = time.monotonic()
            self.view = view

    def enter(self, seat_code):
        """Open the sitting."""
        reply = self.call("POST", "seat", {"code": seat_code, "tab": self.tab})
        self.epoch = reply["epoch"]
        self.see(reply["view"])

    def prepare(self):
        """Browser check and identity."""
        if self.view["phase"] == "check":
            checks = [{"name": name, "ok": True} for name in ("storage", "websocket", "clock", "screen", "single_tab")]
            self.wish("browser-check", checks=checks, browser="Other 1")
        if self.view["phase"] == "identity":
            self.wish("identity")

    def sit(self, pace_s=0.3, on_answer=lambda client: None):
        """Wait for the operator, begin, answer until it is over; gives the receipt."""
        while self.view["phase"] != "finished":
            self.beat()
            self.hear()
            if self.view["phase"] == "briefing":
                self.wish("start")
            elif self.view["phase"] == "item":
                self.answer(self.view["item"])
                on_answer(self)
            time.sleep(pace_s)
        return self.view["receipt"]

    def hear(self):
        """Print what the operator says and acknowledge it; a template comes as its code."""
        for said in self.view["messages"]:
            print("Operator:", said["text"] or said["template"], flush=True)
            self.wish("message", message=said["message"], receipt="read")

    def answer(self, item):
        """Send one answer; its id stays the same, however often it takes."""
        self.sent += 1
        answer = {
            "answer_id": uuid.uuid4().hex, "attempt": item["attempt"], "client_seq": self.sent,
            "response": self.choose(item), "mono_ms": time.monotonic_ns() // 10**6,
            "wall_ms": time.time_ns() // 10**6, "visible_ms": int((time.monotonic() - self.shown) * 1000),
        }  # fmt: skip
        reply = self.call("POST", "answer", answer)
        self.acknowledged.append((reply["answer_id"], reply["outcome"]))
        self.see(reply["view"])

    def beat(self):
        """A heartbeat: by socket, by HTTP where no socket gets through."""
        self.beats += 1
        beat = {
            "beat": self.beats, "mono_ms": time.monotonic_ns() // 10**6, "wall_ms": time.time_ns() // 10**6,
            "state_version": self.view["state_version"], "outbox_depth": 0, "last_ack_seq": self.sent,
            "visible": True, "covered": self.view["phase"] != "item", "uncovered_ms": 0, "rtt_ms": None,
        }  # fmt: skip
        reply = self.beat_by_socket(beat) or self.call("POST", "heartbeat", beat)
        if reply.get("error") == "old_lease":
            raise Fenced(reply["message"])
        if reply.get("view"):
            self.see(reply["view"])

    def beat_by_socket(self, beat):
        """The acknowledgement, or None when there is no socket."""
        try:
            if not self.socket.connected:
                cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies)
                self.socket.on("view", self.see, namespace="/candidate")
                self.socket.connect(
                    self.origin, namespaces=["/candidate"], transports=["websocket"],
                    auth={"tab": self.tab, "epoch": self.epoch}, headers={"Cookie": cookies},
                )  # fmt: skip
            return self.socket.call("beat", beat, namespace="/candidate", timeout=3)
        except (socketio.exceptions.SocketIOError, OSError):
            return None


def first_that_fits(item):
    """The first choices there are; an answer, not a good one."""
    kind, choices = item["interaction"], [choice["id"] for choice in item["choices"]]
    if kind == "numeric":
        return ["1"]
    if kind == "order":
        return choices
    if kind == "match":
        return [f"{left}:{right['id']}" for left, right in zip(choices, item["targets"], strict=False)]
    return choices[:1]


if __name__ == "__main__":
    client = Client(sys.argv[1])
    client.enter(sys.argv[2])
    client.prepare()
    print("Receipt", client.sit()["code"])
    client.socket.disconnect()

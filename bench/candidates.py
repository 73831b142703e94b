"""Simulated candidates that speak only the public protocol: HTTP for commands, a raw websocket each for heartbeats."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp

HEARTBEAT = 2.0
CHECKS = ("storage", "websocket", "clock", "screen", "single_tab")


class ProtocolError(Exception):
    """The server answered something the protocol does not foresee."""


@dataclass
class Candidate:
    """One browser: a cookie jar, a tab id, an epoch, the last view and a websocket that beats every two seconds."""

    origin: str
    http: aiohttp.ClientSession
    rng: random.Random
    tab: str = field(default_factory=lambda: uuid.uuid4().hex)
    epoch: int = 0
    view: dict[str, Any] = field(default_factory=dict)
    beats: int = 0
    acknowledged: int = 0
    late_beats: list[float] = field(default_factory=list)
    client_seq: int = 0
    errors: list[str] = field(default_factory=list)

    def headers(self) -> dict[str, str]:
        """What shows that this tab holds the lease."""
        return {"X-Kriteria-Tab": self.tab, "X-Kriteria-Epoch": str(self.epoch), "Origin": self.origin}

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """One command; anything but 200 is an error of the run."""
        async with self.http.post(f"{self.origin}/api/candidate/{path}", json=body, headers=self.headers()) as reply:
            text = await reply.text()
            if reply.status != 200:
                raise ProtocolError(f"{path}: {reply.status} {text[:200]}")
            return dict(json.loads(text))

    async def wish(self, path: str) -> None:
        """A command that carries nothing but itself."""
        self.view = await self.post(path, {"command_id": uuid.uuid4().hex})

    async def enter(self, code: str) -> None:
        """Seat code, browser check, identity: up to the waiting room."""
        reply = await self.post("seat", {"code": code, "tab": self.tab})
        self.epoch, self.view = reply["epoch"], reply["view"]
        checks = [{"name": name, "ok": True} for name in CHECKS]
        body = {"command_id": uuid.uuid4().hex, "checks": checks, "browser": "Other 1"}
        self.view = await self.post("browser-check", body)
        await self.wish("identity")

    def response(self) -> list[str]:
        """Some well-formed response to the presented item."""
        item = self.view["item"]
        ids = [choice["id"] for choice in item["choices"]]
        kind = item["interaction"]
        if kind == "single":
            return [self.rng.choice(ids)]
        if kind == "multiple":
            return sorted(self.rng.sample(ids, 2))
        if kind == "order":
            return self.rng.sample(ids, len(ids))
        if kind == "match":
            targets = self.rng.sample([target["id"] for target in item["targets"]], len(ids))
            return [f"{left}:{right}" for left, right in zip(ids, targets, strict=True)]
        return [str(self.rng.randint(1, 50_000))]

    async def answer(self) -> None:
        """Answer the item on the screen and take the next one."""
        self.client_seq += 1
        now = time.time_ns() // 1_000_000
        body = {
            "answer_id": uuid.uuid4().hex,
            "attempt": self.view["item"]["attempt"],
            "client_seq": self.client_seq,
            "response": self.response(),
            "mono_ms": now,
            "wall_ms": now,
            "visible_ms": 1000,
        }
        reply = await self.post("answer", body)
        if reply["outcome"] != "recorded":
            raise ProtocolError(f"answer {reply['outcome']}: {reply['reason']}")
        self.view = reply["view"]

    async def beat_for_ever(self) -> None:
        """Hold the websocket and beat; a beat that is not acknowledged within five seconds is an error of the run."""
        address = self.origin.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        async with self.http.ws_connect(address, headers={"Origin": self.origin}, heartbeat=None) as socket:
            await socket.receive_str()
            await socket.send_str(f"40/candidate,{json.dumps({'tab': self.tab, 'epoch': self.epoch})}")
            sent: dict[int, float] = {}
            reader = asyncio.create_task(self._read(socket, sent))
            await asyncio.sleep(self.rng.random() * HEARTBEAT)
            try:
                for beat in itertools.count(1):
                    self.beats = beat
                    sent[beat] = time.perf_counter()
                    await socket.send_str(f"42/candidate,{beat}{json.dumps(['beat', self._beat(beat)])}")
                    await asyncio.sleep(HEARTBEAT)
            finally:
                reader.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reader

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, sent: dict[int, float]) -> None:
        async for message in socket:
            text = str(message.data)
            if text == "2":
                await socket.send_str("3")
            elif text.startswith("43/candidate,"):
                number = int(text[13 : text.index("[")])
                self.late_beats.append(time.perf_counter() - sent.pop(number))
                self.acknowledged += 1
                (reply,) = json.loads(text[text.index("[") :])
                self.take(reply.get("view"))
            elif text.startswith("44"):
                self.errors.append(f"socket refused: {text[:120]}")
            elif text.startswith("42/candidate,"):
                name, payload = json.loads(text[13:])
                self.take(payload if name == "view" else None)

    def take(self, view: dict[str, Any] | None) -> None:
        """Keep a view unless a newer one is known."""
        if view is not None and view["state_version"] > self.view["state_version"]:
            self.view = view

    def _beat(self, beat: int) -> dict[str, Any]:
        now = time.time_ns() // 1_000_000
        return {
            "beat": beat,
            "mono_ms": now,
            "wall_ms": now,
            "state_version": self.view["state_version"],
            "outbox_depth": 0,
            "last_ack_seq": self.client_seq,
            "visible": True,
            "covered": self.view["phase"] != "item",
            "uncovered_ms": 0,
            "rtt_ms": None,
        }

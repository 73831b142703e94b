"""Whole websocket frames: simple-websocket writes with `send`, which gevent may cut short for a slow reader."""

from __future__ import annotations

from typing import Any

import simple_websocket.ws
from gevent.lock import RLock


class WholeSends:
    """A socket whose `send` writes everything, one writer at a time; all else is the socket's own."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._turn = socket, RLock()

    def send(self, data: bytes) -> int:
        """Write all of `data`."""
        with self._turn:
            self._socket.sendall(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)


def install() -> None:
    """Make every websocket opened from now on send whole frames; doing it twice changes nothing."""
    connection = simple_websocket.ws.Base
    original = connection.__init__
    if getattr(original, "whole_sends", False):
        return

    def __init__(self: Any, sock: Any = None, *arguments: Any, **options: Any) -> None:
        original(self, WholeSends(sock) if sock is not None else None, *arguments, **options)

    __init__.whole_sends = True  # type: ignore[attr-defined]
    connection.__init__ = __init__

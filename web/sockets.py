"""Socket.IO namespaces: candidates' heartbeats and operators' ticks; parse, handle, acknowledge, nothing else."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import request
from flask_login import current_user
from flask_socketio import ConnectionRefusedError as SocketRefused
from flask_socketio import Namespace, join_room

from proctor.errors import Refused
from proctor.ids import ExamSessionId
from proctor.lease import held_by
from web import device, heartbeats, parsing, scope
from web.device import Holder
from web.errors import Problem, sentence
from web.messages import ErrorReply, Heartbeat
from web.metrics import SOCKETS
from web.push import candidate_room, console_room
from web.wiring import Wiring


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]


def _refusal(code: str, place: str = "") -> dict[str, Any]:
    return ErrorReply(error=code, message=sentence(code, place)).model_dump(mode="json")


class CandidateNamespace(Namespace):  # type: ignore[misc]
    """`beat` in, HeartbeatReply as acknowledgement; `view` and `fenced` out."""

    def __init__(self, namespace: str, wiring: Wiring) -> None:
        super().__init__(namespace)
        self._wiring = wiring
        self._holders: dict[str, Holder] = {}

    def on_connect(self, auth: Any = None) -> None:
        """Only the lease holder gets a socket; the refusal carries the code."""
        holder = self._holder(auth)
        state = self._wiring.desk.state(holder.sitting)
        if not held_by(state, holder.tenure):
            raise SocketRefused("old_lease")
        self._holders[_sid()] = holder
        join_room(candidate_room(holder.sitting, holder.tenure.epoch))
        SOCKETS.labels("candidate").inc()

    def on_disconnect(self, _reason: Any = None) -> None:
        """Says nothing about the candidate: silence is counted from heartbeats."""
        if self._holders.pop(_sid(), None) is not None:
            SOCKETS.labels("candidate").dec()

    def on_beat(self, *data: Any) -> dict[str, Any]:
        """A heartbeat: one message, whatever else was sent is refused."""
        holder = self._holders.get(_sid())
        if holder is None:
            return _refusal("no_device")
        try:
            beat = parsing.socket_message(Heartbeat, data[0] if len(data) == 1 else list(data))
            address = request.remote_addr or ""
            return heartbeats.heard(self._wiring, holder, beat, "socket", address).model_dump(mode="json")
        except Problem as problem:
            return _refusal(problem.code, problem.place)
        except Refused as refused:
            if refused.code == "old_lease":
                self.emit("fenced", _refusal("old_lease"), room=_sid())
            return _refusal(refused.code)

    def _holder(self, auth: Any) -> Holder:
        try:
            tab = parsing.opaque(str(auth["tab"]), "tab")
            epoch = parsing.whole(str(auth["epoch"]), "epoch")
            return device.holder_of(self._wiring.keys, request.cookies.get(device.COOKIE, ""), tab, epoch)
        except (KeyError, TypeError):
            raise SocketRefused("bad_request") from None
        except Problem as problem:
            raise SocketRefused(problem.code) from None


class ConsoleNamespace(Namespace):  # type: ignore[misc]
    """`tick` out; a console only listens."""

    def __init__(self, namespace: str, wiring: Wiring) -> None:
        super().__init__(namespace)
        self._wiring = wiring
        self._watched: dict[str, ExamSessionId] = {}

    def on_connect(self, auth: Any = None) -> None:
        """Whoever may see the exam session may watch it; the first tick has every row."""
        if not current_user.is_authenticated:
            raise SocketRefused("login_required")
        try:
            exam_session = ExamSessionId(parsing.opaque(str(auth["exam_session"]), "exam_session"))
            scope.require_console(self._wiring, exam_session)
        except (KeyError, TypeError):
            raise SocketRefused("bad_request") from None
        except Problem as problem:
            raise SocketRefused(problem.code) from None
        self._watched[_sid()] = exam_session
        join_room(console_room(exam_session))
        SOCKETS.labels("console").inc()
        self._wiring.watchers = Counter(self._watched.values())
        tick = self._wiring.console.everything(exam_session)
        self.emit("tick", tick.model_dump(mode="json"), room=_sid())

    def on_disconnect(self, _reason: Any = None) -> None:
        """The console is gone."""
        exam_session = self._watched.pop(_sid(), None)
        if exam_session is None:
            return
        SOCKETS.labels("console").dec()
        self._wiring.watchers = Counter(self._watched.values())
        if not self._wiring.watchers[exam_session]:
            self._wiring.console.forget(exam_session)

"""What the server tells browsers unasked: a candidate's view when somebody else changed it, and that a lease is gone.

Rules:
- a push is a hint; whatever is lost on the way is noticed by its version and asked for over HTTP;
- a candidate's own command is answered by its reply, not by a push;
- rooms are per lease epoch, so that a fenced tab is told so and gets nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from proctor.events import LeaseGranted, SeatCodeIssued
from proctor.ids import CANDIDATE, ExamSessionId, SittingId
from proctor.log import Recorded
from proctor.state import SittingState
from web.errors import sentence
from web.messages import CandidateView, ErrorReply, Message


class Push:
    """The one who speaks to sockets; silent until a Socket.IO server is attached."""

    def __init__(self, view: Callable[[SittingState], CandidateView]) -> None:
        self._view = view
        self._socketio: Any = None
        self._dirty: set[ExamSessionId] = set()
        self._lock = Lock()

    def attach(self, socketio: Any) -> None:
        """From now on speak through this server."""
        self._socketio = socketio

    def announce(self, state: SittingState, recorded: tuple[Recorded, ...]) -> None:
        """The desk has stored new events of a sitting."""
        with self._lock:
            self._dirty.add(state.exam_session)
        if self._socketio is None:
            return
        for row in recorded:
            if isinstance(row.event, LeaseGranted | SeatCodeIssued):
                self._fence(state.sitting, row.event.epoch)
        if recorded[0].event.actor != CANDIDATE and state.lease is not None:
            room = candidate_room(state.sitting, state.lease.epoch)
            self.emit("view", self._view(state), room, "/candidate")

    def take_dirty(self) -> frozenset[ExamSessionId]:
        """The exam sessions in which something was stored since this was last asked."""
        with self._lock:
            dirty = frozenset(self._dirty)
            self._dirty.clear()
            return dirty

    def emit(self, event: str, message: Message, room: str, namespace: str, *, here_only: bool = False) -> None:
        """Send a message to everybody in a room; `here_only`: to the sockets of this worker."""
        if self._socketio is not None:
            payload = message.model_dump(mode="json")
            self._socketio.server.emit(event, payload, room=room, namespace=namespace, ignore_queue=here_only)

    def _fence(self, sitting: SittingId, epoch: int) -> None:
        message = ErrorReply(error="old_lease", message=sentence("old_lease"))
        self.emit("fenced", message, candidate_room(sitting, epoch - 1), "/candidate")


def candidate_room(sitting: SittingId, epoch: int) -> str:
    """The room of the one tab that holds a lease epoch."""
    return f"sitting/{sitting}/{epoch}"


def console_room(exam_session: ExamSessionId) -> str:
    """The room of the consoles that watch an exam session."""
    return f"console/{exam_session}"

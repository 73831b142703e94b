"""A decision being written: the events so far and the state after them, so that a rule sees what the last one did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict

from proctor.commands import Command
from proctor.events import Event
from proctor.exam import Context
from proctor.fold import evolve
from proctor.ids import SERVER, Actor, CommandId
from proctor.state import SittingState


class Stamp(TypedDict):
    """What every event starts with."""

    at: int
    cause: CommandId
    actor: Actor


@dataclass(slots=True, kw_only=True)
class Draft:
    """The events one command brings about, in the making; `state` is always the state after `events`."""

    state: SittingState
    command: Command
    context: Context
    events: list[Event] = field(default_factory=list)

    @property
    def now(self) -> int:
        """The instant of the decision."""
        return self.context.now

    def by_sender(self) -> Stamp:
        """The stamp of an event the sender of the command brings about."""
        return Stamp(at=self.now, cause=self.command.command_id, actor=self.command.actor)

    def by_server(self) -> Stamp:
        """The stamp of an event that follows by rule."""
        return Stamp(at=self.now, cause=self.command.command_id, actor=SERVER)

    def add(self, event: Event) -> None:
        """Write one more event and move the state on."""
        self.state = evolve(self.state, event)
        self.events.append(event)

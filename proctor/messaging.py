"""What the operator tells a candidate, and the two receipts that come back.

Rules:
- a message is state, not a call into the air: it stands in the candidate's view until it is acknowledged, also after
  a reload, on another station or for whoever has no page open when it is sent;
- *sent* is written by the operator's command, *shown* by the page once the message stands on a visible screen, *read*
  by the candidate's own word; shown says nothing about reading, and a missing receipt nothing about the person;
- a template goes as its code and is put into words where it is read; free text lies beside the log, the event holds
  a commitment to it;
- messages and receipts leave the clock, the holds and the item as they are.
"""

from __future__ import annotations

from proctor import permitted
from proctor.commands import AcknowledgeMessage, ReportMessageShown, SendMessage
from proctor.drafting import Draft
from proctor.errors import Refused, refuse
from proctor.events import MessageRead, MessageSent, MessageShown
from proctor.lease import require
from proctor.state import Sent, SittingState

FREE = "free"
"""The operator's own words."""
TEMPLATES = (
    "operator_comes", "connection_checked", "pause_soon", "break_soon", "keep_silence", "stay_at_station", FREE,
)  # fmt: skip
"""What can be said; the words of each are in web/frontend/shared/templates.ts and results/phrasing.py."""


def send(draft: Draft, command: SendMessage) -> None:
    """Tell the candidate something; its name is unique within the sitting."""
    refuse(permitted.message(draft.state))
    refuse("wrong_message" if command.template not in TEMPLATES else None)
    refuse("text_missing" if command.template == FREE and command.text is None else None)
    refuse("wrong_message" if command.template != FREE and command.text is not None else None)
    name = f"message-{len(draft.state.messages) + 1}"
    draft.add(MessageSent(**draft.by_sender(), message=name, template=command.template, text=command.text))


def report_shown(draft: Draft, command: ReportMessageShown) -> None:
    """Note that the page shows the message; nothing the second time, or when it has been read already."""
    require(draft.state, command.tenure)
    sent = _found(draft.state, command.message)
    if sent.shown_at is None:
        draft.add(MessageShown(**draft.by_sender(), message=sent.message))


def acknowledge(draft: Draft, command: AcknowledgeMessage) -> None:
    """Note that the candidate has read the message; nothing the second time."""
    require(draft.state, command.tenure)
    sent = _found(draft.state, command.message)
    if sent.read_at is None:
        draft.add(MessageRead(**draft.by_sender(), message=sent.message))


def _found(state: SittingState, message: str) -> Sent:
    refuse(permitted.still_open(state))
    sent = next((one for one in state.messages if one.message == message), None)
    if sent is None:
        raise Refused("unknown_message")
    return sent

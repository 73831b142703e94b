"""The facts a command brings about: one rule per command, pure, and one place where they all start.

Rules:
- the decision looks at the state, the command and the context, and at nothing else;
- a command id that was handled before brings about nothing;
- time does not go back within a sitting: an instant before the last event's counts as that event's;
- refused or not, the state itself is never changed: it follows from the events alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from proctor import admission, answering, commands, connection, messaging, supervising
from proctor.drafting import Draft
from proctor.errors import Refused
from proctor.events import Event
from proctor.exam import Context
from proctor.state import Lifecycle, SittingState

Rule = Callable[[Draft, Any], None]

RULES: Mapping[type[commands.Command], Rule] = {
    commands.Register: admission.register,
    commands.Cancel: admission.cancel,
    commands.CheckIn: admission.check_in,
    commands.IssueSeatCode: admission.issue_seat_code,
    commands.OpenLease: admission.open_lease,
    commands.ReportBrowser: admission.report_browser,
    commands.ConfirmIdentity: admission.confirm_identity,
    commands.Authorise: admission.authorise,
    commands.ExpireAuthorisation: admission.expire_authorisation,
    commands.Start: admission.start,
    commands.SubmitAnswer: answering.submit_answer,
    commands.EndExam: answering.end_exam,
    commands.NoteSilence: connection.note_silence,
    commands.Reconnect: connection.reconnect,
    commands.PlaceHold: supervising.place_hold,
    commands.LiftHold: supervising.lift_hold,
    commands.GrantTime: supervising.grant_time,
    commands.Terminate: supervising.terminate,
    commands.ReportIncident: supervising.report_incident,
    commands.CloseIncident: supervising.close_incident,
    commands.Reopen: supervising.reopen,
    commands.Acknowledge: supervising.acknowledge,
    commands.RaiseHand: supervising.raise_hand,
    commands.WithdrawHand: supervising.withdraw_hand,
    commands.AnswerHand: supervising.answer_hand,
    commands.SendMessage: messaging.send,
    commands.ReportMessageShown: messaging.report_shown,
    commands.AcknowledgeMessage: messaging.acknowledge,
    commands.ReportSignal: supervising.report_signal,
    commands.NoteSignal: supervising.note_signal,
    commands.EndTime: supervising.end_time,
}


def decide(state: SittingState, command: commands.Command, context: Context) -> list[Event]:
    """The events this command brings about, [] if it changes nothing (or was handled before), or Refused(code)."""
    if command.command_id in state.handled:
        return []
    if state.lifecycle is Lifecycle.UNREGISTERED and not isinstance(command, commands.Register):
        raise Refused("not_registered")
    at = max(context.now, state.last_at)
    draft = Draft(state=state, command=command, context=replace(context, now=at))
    RULES[type(command)](draft, command)
    return draft.events

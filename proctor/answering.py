"""Answers: recorded once, scored at once, never lost.

Rules:
- an answer counts for the presented attempt, under the live lease, until `late_grace_ms` after the time ran out;
- the outbox may come before the Reconnect: a lost sitting is reconnected first, in the same decision;
- an answer that arrives under another hold was confirmed before it: it counts, the next item waits for the hold's end;
- an answer_id that came before changes nothing; every other answer of a device that held the lease is quarantined
  with its reason (as it was sent, in the ids shown), also after the close.
"""

from __future__ import annotations

from proctor import conduct, connection
from proctor.clock import deadline_ms
from proctor.commands import EndExam, SubmitAnswer
from proctor.drafting import Draft
from proctor.errors import Refused
from proctor.events import AnswerQuarantined, AnswerRecorded
from proctor.lease import held_by, require
from proctor.state import Hold, Lifecycle, SittingState


def submit_answer(draft: Draft, command: SubmitAnswer) -> None:
    """Record the answer and present the next item, or say for ever why it does not count."""
    if draft.state.outcome_of(command.answer_id) is not None:
        return
    if command.tenure.device not in draft.state.known_devices:
        raise Refused("old_lease")
    reason = _unusable(draft.state, command)
    if reason is not None:
        _quarantine(draft, command, reason)
        return
    if Hold.DISCONNECTED in draft.state.holds:
        visible = connection.visible_uncharged_ms(draft.state, command.visible_ms)
        connection.restore(draft, visible, command.tenure.epoch)
    deadline = deadline_ms(draft.state)
    if deadline is not None and draft.now > deadline + draft.context.exam.delivery.late_grace_ms:
        _quarantine(draft, command, "time_is_up")
        conduct.time_out(draft)
        return
    _record(draft, command)
    conduct.advance(draft)


def end_exam(draft: Draft, command: EndExam) -> None:
    """The candidate ends the test, also while the clock stands."""
    require(draft.state, command.tenure)
    if not draft.state.begun:
        raise Refused("closed" if draft.state.closed else "wrong_phase")
    conduct.submit(draft, "candidate")


def _unusable(state: SittingState, command: SubmitAnswer) -> str | None:
    if not held_by(state, command.tenure):
        return "old_lease"
    if state.closed:
        return "time_is_up" if state.lifecycle is Lifecycle.TIMED_OUT else "closed"
    if any(one.attempt == command.attempt for one in state.responses):
        return "already_answered"
    if state.presented is None or state.presented.attempt != command.attempt:
        return "unknown_attempt"
    return None


def _record(draft: Draft, command: SubmitAnswer) -> None:
    presented = draft.state.presented
    assert presented is not None
    try:
        response, omitted, score = draft.context.exam.mark(
            presented.item, presented.choices, presented.targets, command.response
        )
    except ValueError as error:
        raise Refused("invalid_response") from error
    draft.add(
        AnswerRecorded(
            **draft.by_sender(), position=presented.position, attempt=presented.attempt, item=presented.item,
            answer_id=command.answer_id, client_seq=command.client_seq, epoch=command.tenure.epoch,
            response=response, omitted=omitted, score=score, visible_ms=command.visible_ms,
        )
    )  # fmt: skip


def _quarantine(draft: Draft, command: SubmitAnswer, reason: str) -> None:
    draft.add(
        AnswerQuarantined(
            **draft.by_sender(), attempt=command.attempt, answer_id=command.answer_id, client_seq=command.client_seq,
            epoch=command.tenure.epoch, response=command.response or (), reason=reason,
        )
    )  # fmt: skip

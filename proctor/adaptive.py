"""Where the sitting meets the engine: responses in, the next item or the stop out, as integers for the log.

Rules:
- draws and attempt ids are derived from (sitting secret, position): a retry or another worker presents the same item;
- numbers of the engine enter events as micro-units (millionths, rounded half to even);
- the count of finished areas is raised only at every `progress_step`th item, so that it points at no single answer.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

import engine
from engine import OutcomeDecision, Present, Response, SeededDraw, Stop
from proctor.drafting import Stamp
from proctor.events import ItemPresented, OutcomeDecided
from proctor.exam import Context, Exam
from proctor.ids import AttemptId, ItemId
from proctor.state import SittingState

MICRO = 1_000_000
ATTEMPT_DIGITS = 32
"""Hexadecimal digits of an attempt id: 128 bits, nothing to guess and nothing to recognise elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The engine ends the test: ``stop_rule``, ``maximum_length`` or ``pool_exhausted``."""

    reason: str


def next_step(state: SittingState, context: Context) -> Present | Stopped:
    """The engine's choice after the answers so far."""
    step = engine.next_step(context.exam.plan, responses(state), SeededDraw(secret=context.secret))
    return Stopped(reason=step.reason) if isinstance(step, Stop) else step


def presented(state: SittingState, context: Context, step: Present, stamp: Stamp) -> ItemPresented:
    """The fact that this choice is put on the candidate's screen, with its why."""
    position = len(state.responses) + 1
    item, why = ItemId(step.item), step.why
    choices, targets = context.exam.arrange(item, SeededDraw(secret=_derived(context.secret, f"arrange:{position}")))
    return ItemPresented(
        **stamp, position=position, attempt=attempt_id(context.secret, position), item=item, choices=choices,
        targets=targets, areas_done=_areas_done(state, context), outcome=step.outcome, criterion=step.criterion,
        value_micro=micro(why.value), eligible=why.eligible, theta_micro=micro(why.theta),
        standard_error_micro=micro(why.standard_error), mastery_micro=micro(why.mastery),
    )  # fmt: skip


def decided(state: SittingState, context: Context, stamp: Stamp) -> list[OutcomeDecided]:
    """The decision on every outcome of the plan, no more answers coming."""
    found: tuple[OutcomeDecision, ...] = engine.decisions(context.exam.plan, responses(state), ended=True)
    return [
        OutcomeDecided(
            **stamp, outcome=one.outcome, decision=one.decision, closed=one.closed, evidence=one.evidence,
            mastery_micro=micro(one.mastery), theta_micro=micro(one.theta),
            standard_error_micro=micro(one.standard_error), items=one.items, criteria=one.criteria,
        )
        for one in found
    ]  # fmt: skip


def responses(state: SittingState) -> tuple[Response, ...]:
    """The scored answers of the sitting, as the engine takes them."""
    return tuple(Response(item=one.item, score=one.score) for one in state.responses)


def attempt_id(secret: bytes, position: int) -> AttemptId:
    """The opaque name of the presentation at this position."""
    return AttemptId(_derived(secret, f"attempt:{position}").hex()[:ATTEMPT_DIGITS])


def maximum_items(exam: Exam) -> int:
    """The most items a sitting of this exam can have."""
    plan, size = exam.plan.plan, len(exam.plan.pool.items)
    by_outcome = [size if one.max_items is None else one.max_items for one in plan.outcomes]
    operational = min(sum(by_outcome), size if plan.max_items is None else plan.max_items)
    return min(size, operational + plan.pretest)


def areas(exam: Exam) -> int:
    """How many outcomes the plan decides."""
    return len(exam.plan.plan.outcomes)


def micro(value: float) -> int:
    """A number of the engine in millionths; ValueError or OverflowError unless it is finite."""
    return round(value * MICRO)


def _areas_done(state: SittingState, context: Context) -> int:
    answered = len(state.responses)
    if answered == 0 or answered % context.exam.delivery.progress_step:
        return state.areas_done
    return max(state.areas_done, engine.areas_done(context.exam.plan, responses(state)))


def _derived(secret: bytes, label: str) -> bytes:
    return hmac.new(secret, label.encode(), hashlib.sha256).digest()

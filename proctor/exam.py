"""The frozen exam a sitting is an instance of, and all that a decision may look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine import CompiledTest, SeededDraw
from proctor.delivery import Delivery
from proctor.ids import ItemId

Arrange = Callable[[ItemId, SeededDraw], tuple[tuple[str, ...], tuple[str, ...]]]
"""(item, draw) -> (choices, targets): authored ids in the order shown."""
Mark = Callable[[ItemId, tuple[str, ...], tuple[str, ...], tuple[str, ...] | None], tuple[tuple[str, ...], bool, int]]
"""(item, choices, targets, response in shown ids) -> (response in authored ids, omitted, score).

ValueError if the response does not fit the interaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """Pool and plan compiled, delivery settings, how items are arranged and marked; frozen when the session opens."""

    plan: CompiledTest
    delivery: Delivery
    arrange: Arrange
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a decision may look at besides the state: the server's instant (ms), the exam, the sitting's secret."""

    now: int
    exam: Exam
    secret: bytes

"""Climbing to the maximum: EM steps made superlinear by what the last steps taught about the curvature.

Rules:
- One evaluation is one E-step. It gives the log-likelihood, its exact gradient (Fisher's identity) and the
  complete-data information of every item; dividing by that is the M-step, a Newton step over all items at once.
- That step is the initial metric of a limited-memory quasi-Newton direction (Lange 1995; Jamshidian & Jennrich 1997),
  which needs about half the E-steps of squared extrapolation (SQUAREM) and never goes down: a step that does is halved.
- Converged: the gain the direction still promises, and that of the plain EM step, are below the tolerance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import numpy as np

from engine.parameters import FloatArray

MEMORY = 24
LONGEST_STEP = 2.0  # of any one value in one cycle
HALVINGS = 30
ROUNDING = 1e-11  # of the log-likelihood: a sum over many persons is not more exact


class Point(Protocol):
    """The objective at one place."""

    @property
    def value(self) -> float:
        """The log posterior."""

    @property
    def gradient(self) -> FloatArray:
        """Its gradient (P,)."""

    def em_step(self, direction: FloatArray) -> FloatArray:
        """The inverse of the complete-data information times a vector."""


P = TypeVar("P", bound=Point)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ascent(Generic[P]):
    """Where the climb ended."""

    values: FloatArray
    point: P
    cycles: int
    converged: bool
    gain: float
    history: tuple[float, ...]


@dataclass(slots=True)
class Memory:
    """The last steps and how much the gradient fell along each."""

    steps: list[FloatArray] = field(default_factory=list)
    falls: list[FloatArray] = field(default_factory=list)

    def add(self, step: FloatArray, fall: FloatArray) -> None:
        """Note one step, unless the hill was not concave along it."""
        if step @ fall > 1e-12 * float(np.linalg.norm(step) * np.linalg.norm(fall)):
            self.steps.append(step)
            self.falls.append(fall)
            del self.steps[:-MEMORY], self.falls[:-MEMORY]

    def forget(self) -> None:
        """Begin again with plain EM steps."""
        self.steps.clear()
        self.falls.clear()

    def direction(self, point: Point) -> FloatArray:
        """The quasi-Newton direction from the EM step (two-loop recursion, Nocedal 1980)."""
        left, shares = point.gradient.copy(), []
        for step, fall in zip(reversed(self.steps), reversed(self.falls), strict=True):
            shares.append((step @ left) / (step @ fall))
            left -= shares[-1] * fall
        right = point.em_step(left)
        for step, fall, share in zip(self.steps, self.falls, reversed(shares), strict=True):
            right = right + step * (share - (fall @ right) / (step @ fall))
        return right


def climb(
    evaluate: Callable[[FloatArray], P],
    values: FloatArray,
    *,
    tolerance: float,
    most: int,
    memory: Memory | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Ascent[P]:
    """Climb from `values` until the promised gain is below `tolerance` or `most` evaluations are made.

    `memory` carries what a former climb of nearly the same hill learned; it is added to. `progress` gets (cycle, log
    posterior) after every evaluation. Raises FloatingPointError when the start has no value.
    """
    point = evaluate(values)
    if not np.isfinite(point.value):
        raise FloatingPointError("the log-likelihood has no value at the start")
    history, cycles = [point.value], 1
    memory = memory or Memory()
    while True:
        plain = point.em_step(point.gradient)
        direction = memory.direction(point)
        promised = float(point.gradient @ direction)
        if not np.isfinite(promised) or promised <= 0:
            memory.forget()
            direction, promised = plain, float(point.gradient @ plain)
        gain = max(promised, float(point.gradient @ plain)) / 2
        if progress is not None:
            progress(cycles, point.value)
        if gain < tolerance or cycles >= most:
            return Ascent(
                values=values, point=point, cycles=cycles, converged=gain < tolerance, gain=gain, history=tuple(history)
            )
        bounded = direction.clip(-LONGEST_STEP, LONGEST_STEP)  # one runaway value must not shorten the others' steps
        if point.gradient @ bounded <= 0:
            bounded = direction * min(1.0, LONGEST_STEP / max(float(np.abs(direction).max()), 1e-300))
        scale = 1.0
        found: P | None = None
        for _ in range(HALVINGS):
            cycles += 1
            there = evaluate(values + scale * bounded)
            if there.value >= point.value - ROUNDING * abs(point.value) and np.all(np.isfinite(there.gradient)):
                found = there
                break
            scale /= 2
        if found is None:
            if not memory.steps:
                return Ascent(
                    values=values, point=point, cycles=cycles, converged=False, gain=gain, history=tuple(history)
                )
            memory.forget()
            continue
        memory.add(scale * bounded, point.gradient - found.gradient)
        values, point = values + scale * bounded, found
        history.append(point.value)

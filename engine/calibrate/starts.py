"""Several starts of one calibration: whether different beginnings end on the same maximum.

Rules: the first start is the ordinary one; the others perturb it, each drawn from (seed, its number) and so the same
on every machine. The highest end is kept; the ordinary one unless another is higher by more than rounding. Local
maxima are possible in the 3PL, 4PL, nominal and second-order models, and in any model whose items measure two things:
each of the two then has a maximum of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.calibrate.families import Graded
from engine.calibrate.problem import Problem, State
from engine.parameters import FloatArray

ALIKE = 0.01  # log posteriors nearer than this are one maximum: far less than any standard error moves it
SLOPE, LEVEL, POPULATION, LINK = 0.4, 0.7, 0.2, 1.0  # SD of log slope; intercepts and logits; means and log SDs; u


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where one start ended: its log posterior, whether it converged, and whether it is the one reported."""

    log_posterior: float
    converged: bool
    kept: bool


def perturbed(problem: Problem, seed: int, number: int) -> FloatArray:
    """The packed values of start `number` (0: the ordinary one)."""
    if number == 0:
        return problem.pack(problem.start)
    draw = np.random.default_rng((seed, number))
    start, free = problem.start, problem.free_items
    levels = LEVEL * draw.standard_normal(start.items.shape).clip(-2, 2)  # asymptotes must not cross
    if isinstance(problem.family, Graded):
        levels[:] = levels[:, :1]  # intercepts of an item move together and stay in order
    slopes = start.items * np.exp(SLOPE * draw.standard_normal(start.items.shape))
    places = np.arange(start.items.shape[1]) < problem.family.slope_places
    items = np.where(free, np.where(places, slopes, np.where(free, start.items, 0.0) + levels), start.items)
    return problem.pack(
        State(
            items=items,
            population=start.population + POPULATION * draw.standard_normal(start.population.shape),
            links=start.links + LINK * draw.standard_normal(start.links.shape),
        )
    )


def judged(ends: Sequence[tuple[float, bool]]) -> tuple[int, tuple[Start, ...], bool]:
    """Which start to keep, all of them, and whether a converged one ended lower: (log posterior, converged) each."""
    best = max(range(len(ends)), key=lambda n: ends[n])
    if ends[0][0] >= ends[best][0] - ALIKE and ends[0][1] >= ends[best][1]:
        best = 0
    top = ends[best][0]
    differ = any(done and value < top - ALIKE for value, done in ends)
    return best, tuple(Start(log_posterior=v, converged=c, kept=n == best) for n, (v, c) in enumerate(ends)), differ

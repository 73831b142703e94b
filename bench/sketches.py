"""The product beside the sketches of its design: one adaptive step, and a calibration, in the same run.

Run from the repository: `python -m bench.sketches`. The sketches stand beside the repository (../shared/sketch); where
they are absent, this says so and measures nothing. The sketch of the step keeps its state from answer to answer and
knows no constraints, lotteries or reasons; ours reads all answers anew.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded

import importlib.util
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np

import engine
from bench.engine import a_sitting, a_test, tied
from engine import ItemPool, ResponseMatrix
from engine.calibrate import calibrate

SKETCHES = Path(__file__).resolve().parents[2] / "shared" / "sketch"
CALLS, FITS = 400, 5
LOADING, CUT = 0.7, -0.3
SIZES = ((5_000, 50), (20_000, 100))


def sketch(name: str) -> ModuleType | None:
    """One of the sketches, None where it is absent."""
    path = SKETCHES / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path) if path.exists() else None
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def in_turns(calls: int, *does: Callable[[], object]) -> list[float]:
    """Median CPU milliseconds of each, called in turns."""
    times: list[list[int]] = [[] for _ in does]
    for _ in range(calls):
        for found, do in zip(times, does, strict=True):
            start = time.process_time_ns()
            do()
            found.append(time.process_time_ns() - start)
    return [statistics.median(found) / 1e6 for found in times]


class SketchedStep:
    """The sketch's step after these (item, score) pairs: take in the last answer, both masteries, the next item."""

    def __init__(self, second_order: ModuleType, pool: ItemPool, answered: list[tuple[int, int]]) -> None:
        parameters, outcomes = pool.parameters, len(pool.outcomes)
        self._model = second_order.SecondOrder(
            parameters.a, parameters.b, pool.outcome_of, np.full(outcomes, CUT), np.full(outcomes, LOADING)
        )
        self._state, self._used, self._last = self._model.start(), {item for item, _ in answered}, answered[-1]
        for item, score in answered[:-1]:
            self._model.answer(self._state, item, score)
        self._before = [part.copy() for part in self._state]

    def __call__(self) -> int:
        """The next item, from the same state every time."""
        for part, before in zip(self._state, self._before, strict=True):
            part[:] = before
        self._model.answer(self._state, *self._last)
        joint, _ = self._model.mastery(self._state)
        return next(int(j) for j in self._model.ranked[int(np.abs(joint - 0.5).argmin())] if j not in self._used)


def steps(second_order: ModuleType) -> None:
    """A step of the default plan and of joint evidence beside the sketch's, after 25 answers on 8 outcomes."""
    print("one step, 8 outcomes, 25 answers, median CPU ms, called in turns\n")
    print("| items | sketch: one answer, joint and own mastery, next item | default plan | joint evidence, lambda .7 |")
    print("|---|---|---|---|")
    for items in (500, 10_000):
        pool, plan = a_test(8, items)
        _, joint = a_test(8, items, **tied({"evidence": "joint", "lambda": LOADING}, 8))
        asked = [(test, *a_sitting(test, 25)) for test in (engine.compile(pool, plan), engine.compile(pool, joint))]
        place = {item: j for j, item in enumerate(pool.items)}
        sketched = SketchedStep(second_order, pool, [(place[answer.item], answer.score) for answer in asked[0][1]])
        found = in_turns(CALLS, sketched, *(partial(engine.next_step, *one) for one in asked))
        print(f"| {items} | {' | '.join(f'{ms:.3f}' for ms in found)} |")


def calibrations(mml_em: ModuleType) -> None:
    """2PL calibration without standard errors beside the sketch's."""
    print("\n2PL calibration, median CPU seconds, called in turns\n")
    print("| N x J | sketch | ours |")
    print("|---|---|---|")
    for persons, items in SIZES:
        draw = np.random.default_rng(persons)
        a, b = draw.lognormal(0, 0.3, items), draw.normal(size=items)
        chance = 1 / (1 + np.exp(-a * (draw.standard_normal((persons, 1)) - b)))
        scores = (draw.random((persons, items)) < chance).astype(np.int8)
        matrix = ResponseMatrix(
            persons=tuple(map(str, range(persons))),
            items=tuple(f"i{j}" for j in range(items)),
            scores=scores,
            presented=np.ones(scores.shape, dtype=np.bool_),
        )
        found = in_turns(
            FITS,
            partial(mml_em.fit_2pl, scores),
            partial(calibrate, matrix, "2PL", time.process_time),
        )
        print(f"| {persons} x {items} | {' | '.join(f'{ms / 1000:.3f}' for ms in found)} |")


if __name__ == "__main__":
    second_order, mml_em = sketch("second_order"), sketch("mml_em")
    if second_order is None or mml_em is None:
        print("not measured: the sketches of the design do not stand beside the repository (../shared/sketch)")
        sys.exit(0)
    steps(second_order)
    calibrations(mml_em)

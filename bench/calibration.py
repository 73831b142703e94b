"""Benchmark of calibration: CPU seconds beside girth (and the Python package mirt where it is installed).

Run from the repository: `python -m bench.calibration [--quick]`. One thread; medians of five; every log-likelihood is
re-evaluated on one grid of 201 nodes, so that speed is compared at equal quality. "floor" is the two matrix products of
one EM cycle on 41 nodes.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded

import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from engine import Parameters, ResponseMatrix
from engine.calibrate import Prior, Priors, calibrate, marginal_log_likelihood
from engine.models import category_probabilities

RUNS = 5
SLOWEST = 20_000 * 100  # cells above which peers run once, or not at all under --quick
TARGETS = {
    "2PL 5,000 x 50": 0.06,
    "2PL 20,000 x 100": 0.4,
    "2PL 100,000 x 100": 2.0,
    "2PL 5,000 x 50, 30 % missing": 0.12,
    "GRM-5 5,000 x 40": 0.4,
    "3PL 5,000 x 40, Beta(5,17)": 0.6,
}
BETA = Priors(c=Prior.parse("beta:5,17", "c"))


@dataclass(frozen=True)
class Case:
    """One simulated data set."""

    name: str
    model: str
    persons: int
    items: int
    hidden: float = 0.0
    priors: Priors | None = None


CASES = (
    Case("2PL 5,000 x 50", "2PL", 5_000, 50),
    Case("2PL 20,000 x 100", "2PL", 20_000, 100),
    Case("2PL 100,000 x 100", "2PL", 100_000, 100),
    Case("2PL 5,000 x 50, 30 % missing", "2PL", 5_000, 50, hidden=0.3),
    Case("GRM-5 5,000 x 40", "GRM", 5_000, 40),
    Case("3PL 5,000 x 40, Beta(5,17)", "3PL", 5_000, 40, priors=BETA),
)


def simulated(case: Case, seed: int = 1) -> tuple[ResponseMatrix, Parameters]:
    """Answers and the parameters behind them."""
    draw = np.random.default_rng(seed)
    a, b = draw.lognormal(0, 0.3, case.items), draw.normal(size=case.items)
    if case.model == "GRM":
        truth = Parameters.of(model="GRM", a=a, steps=[np.linspace(-1.6, 1.6, 4) + 0.7 * x for x in b])
    else:
        guessing = draw.uniform(0.1, 0.3, case.items) if case.model == "3PL" else 0.0
        truth = Parameters.of(model=case.model, a=a, b=b, c=guessing)
    parts = []
    for start in range(0, case.persons, 5000):
        theta = draw.standard_normal(min(5000, case.persons - start))
        above = category_probabilities(truth, theta).cumsum(axis=-1)[..., :-1]
        parts.append((draw.random((len(theta), case.items))[..., None] > above).sum(axis=-1).astype(np.int8))
    scores = np.concatenate(parts)
    shown = np.ones(scores.shape, dtype=bool) if not case.hidden else draw.random(scores.shape) >= case.hidden
    names = tuple(f"i{j}" for j in range(case.items))
    return ResponseMatrix(
        persons=tuple(map(str, range(case.persons))), items=names, scores=scores, presented=shown
    ), truth


def seconds(work: Callable[[], object], runs: int) -> float:
    """Median CPU seconds."""
    taken = []
    for _ in range(runs):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def floor_ms(case: Case) -> float:
    """CPU milliseconds of the two products of one cycle: persons x items @ items x 41, and its transpose."""
    draw = np.random.default_rng(0)
    answers, table = draw.random((case.persons, case.items)), draw.random((case.items, 41))
    post = draw.random((case.persons, 41))
    return 1000 * seconds(lambda: (answers @ table, answers.T @ post), RUNS)


def line(case: Case, quick: bool) -> str:
    """One row of the table."""
    matrix, truth = simulated(case)
    runs = 1 if quick else RUNS
    found = calibrate(matrix, case.model, time.process_time, priors=case.priors)
    ours = seconds(lambda: calibrate(matrix, case.model, time.process_time, priors=case.priors), runs)
    errors = seconds(
        lambda: calibrate(matrix, case.model, time.process_time, priors=case.priors, standard_errors=True), runs
    )
    value = marginal_log_likelihood(found.parameters, matrix)
    cells = [
        case.name,
        f"{floor_ms(case):.1f} ms",
        f"{ours:.3f}",
        f"{TARGETS[case.name]:g}",
        f"{found.cycles}",
        f"{(errors - ours) / ours:.2f}",
        f"{value:.4f}",
        f"{np.sqrt(np.mean((found.parameters.a - truth.a) ** 2)):.4f}",
        f"{np.sqrt(np.mean((found.parameters.b - truth.b) ** 2)):.4f}",
        *girth_cells(case, matrix, ours, value, quick),
        *mirt_cells(case, matrix, quick),
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def girth_cells(case: Case, matrix: ResponseMatrix, ours: float, value: float, quick: bool) -> list[str]:
    """girth's CPU seconds, how many times ours that is, and its log-likelihood minus ours."""
    if case.model == "3PL" or (quick and matrix.scores.size > SLOWEST):
        return ["-", "-", "-"]
    opinion = import_module("engine.second_opinion")
    model = case.model.lower()
    theirs = opinion.fit_with_girth(matrix, model)
    runs = 1 if quick or matrix.scores.size >= SLOWEST else RUNS
    taken = seconds(lambda: opinion.fit_with_girth(matrix, model), runs)
    return [f"{taken:.2f}", f"{taken / ours:.0f}", f"{marginal_log_likelihood(theirs, matrix) - value:.4f}"]


def mirt_cells(case: Case, matrix: ResponseMatrix, quick: bool) -> list[str]:
    """CPU seconds of the Python package mirt on 61 nodes, where it is installed."""
    if find_spec("mirt") is None or (quick and matrix.scores.size > SLOWEST):
        return ["-"]
    package = import_module("mirt")
    marks = np.where(matrix.presented, matrix.scores, -1)
    return [f"{seconds(lambda: package.fit_mirt(marks, model=case.model, n_quadpts=61), 1):.2f}"]


def table(quick: bool) -> list[str]:
    """The whole table, row by row."""
    columns = [
        "data", "floor", "ours, CPU s", "target", "E-steps", "errors / fit", "log-likelihood (201 nodes)", "RMSE a",
        "RMSE b", "girth, CPU s", "times ours", "girth - ours", "Python mirt, CPU s", "peak MB so far",
    ]  # fmt: skip
    rows = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    for case in CASES:
        rows.append(line(case, quick))
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


if __name__ == "__main__":
    print("\n".join(table("--quick" in sys.argv)))

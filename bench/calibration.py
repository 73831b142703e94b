"""Benchmark of calibration: CPU seconds beside girth and the Python package mirt, each in the peers' environment.

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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.peers import environment
from engine import Parameters, ResponseMatrix
from engine.calibrate import Calibration, Prior, Priors, calibrate, marginal_log_likelihood
from engine.models import category_probabilities

RUNS = 5
PEERS = ("mirt", "girth")
LARGE = 20_000 * 100  # cells from which peers are left out under --quick
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


@dataclass(frozen=True)
class Ours:
    """What our calibration of a case gives and takes."""

    matrix: ResponseMatrix
    truth: Parameters
    found: Calibration
    seconds: float
    errors_over_fit: float
    value: float
    megabytes: float


def ours(case: Case, quick: bool) -> Ours:
    """Calibrate without and with standard errors."""
    matrix, truth = simulated(case)
    runs = 1 if quick else RUNS
    found = calibrate(matrix, case.model, time.process_time, priors=case.priors)
    taken = seconds(lambda: calibrate(matrix, case.model, time.process_time, priors=case.priors), runs)
    errors = seconds(
        lambda: calibrate(matrix, case.model, time.process_time, priors=case.priors, standard_errors=True), runs
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    value = marginal_log_likelihood(found.parameters, matrix)
    return Ours(
        matrix=matrix, truth=truth, found=found, seconds=taken, errors_over_fit=(errors - taken) / taken, value=value,
        megabytes=peak,
    )  # fmt: skip


def our_row(case: Case, fit: Ours) -> str:
    """One row of our own table."""
    cells = [
        case.name,
        f"{floor_ms(case):.1f} ms",
        f"{fit.seconds:.3f}",
        f"{TARGETS[case.name]:g}",
        f"{fit.found.cycles}",
        f"{fit.errors_over_fit:.2f}",
        f"{fit.value:.4f}",
        *rmse(fit.found.parameters, fit.truth),
        f"{fit.megabytes:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def peer_row(case: Case, fit: Ours, package: str, quick: bool) -> str:
    """One row of the peers' table: CPU seconds, how many times ours that is, and the quality of what was found."""
    marks = np.where(fit.matrix.presented, fit.matrix.scores, -1).astype(np.int8)
    runs, limit = 1 if quick else RUNS, environment.LIMIT
    reply = environment.ask("fit", package, case.model, ..., runs, limit, limit=(runs + 1) * limit, scores=marks)
    if reply.found is None:
        times = f">= {environment.LIMIT / fit.seconds:.0f}" if reply.reason.startswith(environment.UNFINISHED) else "-"
        cells = [case.name, package, reply.reason, "-", times, *["-"] * 3]
    else:
        given = reply.found
        parameters = as_parameters(case.model, given)
        taken = statistics.median(given["cpu_seconds"])
        cells = [
            case.name,
            package,
            f"{taken:.2f}",
            f"{len(given['cpu_seconds'])}",
            f"{taken / fit.seconds:.0f}",
            f"{marginal_log_likelihood(parameters, fit.matrix) - fit.value:+.4f}",
            *rmse(parameters, fit.truth),
        ]
    return f"| {' | '.join(cells)} |"


def as_parameters(model: str, given: dict[str, Any]) -> Parameters:
    """A peer's parameters as ours."""
    if model == "GRM":
        return Parameters.of(model=model, a=given["a"], steps=[np.array(row) for row in given["b"]])
    return Parameters.of(model=model, a=given["a"], b=[row[0] for row in given["b"]], c=given["c"])


def rmse(found: Parameters, truth: Parameters) -> tuple[str, str]:
    """Root mean squared errors of slopes and of difficulties (steps, where there are several)."""
    steps = [np.subtract(found.steps_of(j), truth.steps_of(j)) for j in range(len(truth))]
    return tuple(f"{np.sqrt(np.mean(error**2)):.4f}" for error in (found.a - truth.a, np.concatenate(steps)))


OUR_COLUMNS = (
    "data", "floor", "ours, CPU s", "target", "E-steps", "errors / fit", "log-likelihood (201 nodes)", "RMSE a",
    "RMSE b", "peak MB so far",
)  # fmt: skip
PEER_COLUMNS = (
    "data", "package", "CPU s", "runs", "times ours", "log-likelihood - ours", "RMSE a", "RMSE b",
)  # fmt: skip


def tables(quick: bool) -> list[str]:
    """Both tables, row by row; under --quick peers are left out of the large cases."""
    mine, peers = head(OUR_COLUMNS), head(PEER_COLUMNS)
    for case in CASES:
        fit = ours(case, quick)
        mine.append(our_row(case, fit))
        print(mine[-1], file=sys.stderr, flush=True)
        for package in PEERS:
            if quick and fit.matrix.scores.size >= LARGE:
                continue
            peers.append(peer_row(case, fit, package, quick))
            print(peers[-1], file=sys.stderr, flush=True)
    said = (
        f"Peers fit alone (no standard errors), 61 nodes, one thread, at most {environment.LIMIT} CPU seconds a fit; "
        "the median of the runs."
    )
    return [*mine, "", said, "", *peers]


def head(columns: Sequence[str]) -> list[str]:
    """The first two lines of a Markdown table."""
    return [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]


if __name__ == "__main__":
    print("\n".join(tables("--quick" in sys.argv)))

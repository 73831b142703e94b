"""Recovery of known parameters by the native calibration: bias, RMSE and coverage of 95 % intervals.

Run from the repository: `python -m bench.recovery [REPLICATIONS] > docs/recovery.md`. Each replication has its seed.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from engine import Parameters, ParameterTable, ResponseMatrix
from engine.calibrate import Calibration, Prior, Priors, calibrate
from engine.models import category_probabilities, information
from engine.parameters import FloatArray

REPLICATIONS = 60
HALF_WIDTH = 1.959964  # of a 95 % interval, in standard errors


@dataclass
class Tally:
    """Errors and standard errors of one kind of parameter, added up over replications."""

    errors: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)

    def add(self, found: FloatArray, truth: FloatArray, size: FloatArray) -> None:
        """Note one replication."""
        self.errors += (np.asarray(found) - truth).reshape(-1).tolist()
        self.sizes += np.asarray(size).reshape(-1).tolist()

    def cells(self) -> list[str]:
        """Intervals, bias, RMSE, mean standard error, coverage."""
        error, size = np.array(self.errors), np.array(self.sizes)
        covered = np.abs(error) <= HALF_WIDTH * size
        return [
            f"{len(error)}", f"{error.mean():+.4f}", f"{np.sqrt((error**2).mean()):.4f}", f"{np.median(size):.4f}",
            f"{covered.mean():.3f}",
        ]  # fmt: skip


Tallies = dict[str, Tally]


def answered(truth: Parameters, theta: FloatArray, draw: np.random.Generator) -> FloatArray:
    """One score per person and item; theta (N,)."""
    above = category_probabilities(truth, theta).cumsum(axis=-1)[..., :-1]
    return np.asarray((draw.random((len(theta), len(truth)))[..., None] > above).sum(axis=-1))


def a_matrix(scores: FloatArray, shown: FloatArray | None = None) -> ResponseMatrix:
    """The answers as a matrix."""
    everything = np.ones(scores.shape, dtype=bool) if shown is None else shown
    return ResponseMatrix(
        persons=tuple(map(str, range(len(scores)))),
        items=tuple(f"i{j}" for j in range(scores.shape[1])),
        scores=scores.astype(np.int8),
        presented=everything,
    )


def of_items(found: Calibration, truth: Parameters, tallies: Tallies, items: range | None = None) -> None:
    """Note a, b and, where estimated, c of these items."""
    for j in items or range(len(truth)):
        error = found.errors[j]
        tallies.setdefault("a", Tally()).add(found.parameters.a[[j]], truth.a[[j]], np.array([error["a"]]))
        steps = np.array(truth.steps_of(j))
        sizes = np.array([error[f"b{k + 1}"] for k in range(len(steps))])
        tallies.setdefault("b", Tally()).add(np.array(found.parameters.steps_of(j)), steps, sizes)
        if "c" in error:
            tallies.setdefault("c", Tally()).add(found.parameters.c[[j]], truth.c[[j]], np.array([error["c"]]))


def drawn(model: str, items: int, draw: np.random.Generator) -> Parameters:
    """True parameters; for the 3PL c comes from the prior it is estimated with."""
    a, b = draw.lognormal(0, 0.3, items), draw.normal(size=items)
    if model in ("2PL", "3PL"):
        return Parameters.of(model=model, a=a, b=b, c=draw.beta(5, 17, items) if model == "3PL" else 0.0)
    return Parameters.of(model=model, a=a, steps=[np.linspace(-1.2, 1.2, 4) + 0.6 * x for x in b])


def complete(model: str, persons: int, items: int, priors: Priors | None = None) -> Callable[[int, Tallies], None]:
    """Everybody answers everything."""

    def run(seed: int, tallies: Tallies) -> None:
        draw = np.random.default_rng(seed)
        truth = drawn(model, items, draw)
        matrix = a_matrix(answered(truth, draw.standard_normal(persons), draw))
        found = calibrate(matrix, model, time.process_time, priors=priors, standard_errors=True)
        if found.flags:
            raise RuntimeError(f"{model}, seed {seed}: {found.flags}")
        of_items(found, truth, tallies)

    return run


def correlated(
    truth: Parameters,
    loading: FloatArray,
    theta_of: Callable[[FloatArray], FloatArray],
    draw: np.random.Generator,
    persons: int,
) -> tuple[FloatArray, dict[str, str]]:
    """Scores on one outcome per loading, equally many items each, and the Q matrix; `theta_of` moves theta (N, K)."""
    general, own = draw.standard_normal((persons, 1)), draw.standard_normal((persons, len(loading)))
    theta = theta_of(loading * general + np.sqrt(1 - loading**2) * own)
    each = len(truth) // len(loading)
    places = [range(each * k, each * k + each) for k in range(len(loading))]
    parts = [answered(truth.take(place), theta[:, k], draw) for k, place in enumerate(places)]
    return np.concatenate(parts, axis=1), {f"i{j}": f"o{j // each}" for j in range(len(truth))}


def second_order(seed: int, tallies: Tallies) -> None:
    """Four outcomes of 12 items, 1,500 persons."""
    draw = np.random.default_rng(seed)
    loading = np.array([0.9, 0.75, 0.6, 0.4])
    truth = drawn("2PL", 48, draw)
    scores, outcomes = correlated(truth, loading, lambda theta: theta, draw, 1500)
    found = calibrate(a_matrix(scores), "2PL", time.process_time, outcomes=outcomes, standard_errors=True)
    of_items(found, truth, tallies)
    of_loadings(found, loading, tallies)


def of_loadings(found: Calibration, loading: FloatArray, tallies: Tallies) -> None:
    """Note lambda."""
    values = np.array(list(found.loadings.values()))
    errors = np.array([found.loading_errors.get(outcome, np.nan) for outcome in found.loadings])
    tallies.setdefault("lambda", Tally()).add(values, loading, errors)


def second_order_groups(seed: int, tallies: Tallies) -> None:
    """Three outcomes of 12 items, two groups of 1,000; 4 items of the first outcome are fixed."""
    draw = np.random.default_rng(seed)
    loading = np.array([0.85, 0.7, 0.5])
    mean = np.array([[0.3, 0.0, 0.0], [0.6, -0.3, 0.2]])
    deviation = np.array([[1.1, 1.0, 1.0], [0.9, 1.2, 1.0]])
    truth = drawn("2PL", 36, draw)
    group = np.arange(2000) % 2
    scores, outcomes = correlated(truth, loading, lambda theta: mean[group] + deviation[group] * theta, draw, 2000)
    matrix = replace(a_matrix(scores), group=tuple("ab"[g] for g in group))
    fixed = ParameterTable(items=tuple(f"i{j}" for j in range(4)), parameters=truth.take(range(4)))
    found = calibrate(matrix, "2PL", time.process_time, outcomes=outcomes, fixed=fixed, standard_errors=True)
    of_items(found, truth, tallies, range(4, 36))
    of_loadings(found, loading, tallies)
    for row, m, s in zip(found.groups, mean.reshape(-1), deviation.reshape(-1), strict=True):
        if np.isfinite(row.mean_error):
            tallies.setdefault("mean", Tally()).add(np.array([row.mean]), np.array([m]), np.array([row.mean_error]))
            size = np.array([row.deviation_error])
            tallies.setdefault("sd", Tally()).add(np.array([row.deviation]), np.array([s]), size)


def adaptive(seed: int, tallies: Tallies) -> None:
    """160 operational items chosen by information at a running estimate, 40 pretest items at random, 15 % answered."""
    draw = np.random.default_rng(seed)
    operational, pretest, persons = 160, 40, 4000
    truth = drawn("2PL", operational + pretest, draw)
    theta = 0.3 + 1.1 * draw.standard_normal(persons)
    scores = answered(truth, theta, draw)
    near = theta[:, None] + draw.normal(0, 0.4, (persons, 1))
    worth = information(truth.take(range(operational)), near[:, 0]) * draw.uniform(0.5, 1, (persons, operational))
    shown = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(shown, np.argsort(-worth, axis=1)[:, :24], True, axis=1)
    chance = draw.random((persons, pretest)).argsort(axis=1)[:, :6]
    np.put_along_axis(shown, operational + chance, True, axis=1)
    fixed = ParameterTable(items=tuple(f"i{j}" for j in range(operational)), parameters=truth.take(range(operational)))
    found = calibrate(a_matrix(scores, shown), "2PL", time.process_time, fixed=fixed, standard_errors=True)
    of_items(found, truth, tallies, range(operational, operational + pretest))
    group = found.groups[0]
    tallies.setdefault("mean", Tally()).add(np.array([group.mean]), np.array([0.3]), np.array([group.mean_error]))
    tallies.setdefault("sd", Tally()).add(
        np.array([group.deviation]), np.array([1.1]), np.array([group.deviation_error])
    )


STUDIES: dict[str, Callable[[int, Tallies], None]] = {
    "2PL, 2,000 x 30": complete("2PL", 2000, 30),
    "3PL, 4,000 x 40, prior Beta(5, 17) on c": complete("3PL", 4000, 40, Priors(c=Prior.parse("beta:5,17", "c"))),
    "GRM, 5 categories, 2,000 x 20": complete("GRM", 2000, 20),
    "GPCM, 5 categories, 2,000 x 20": complete("GPCM", 2000, 20),
    "second-order 2PL, 1,500 x 48, lambda .9 .75 .6 .4": second_order,
    "second-order 2PL, two groups, 2,000 x 36, 4 items fixed": second_order_groups,
    "fixed items, adaptive, 4,000 x 200, 85 % not presented": adaptive,
}


def main(replications: int) -> None:
    """Print the page."""
    print("# Recovery of known parameters\n")
    print(
        f"{replications} replications of each study, true parameters drawn anew in each (a lognormal(0, .3), b normal),"
    )
    print("all estimates counted. Standard errors are from the observed information (Oakes 1999).")
    print(
        "Coverage is the share of 95 % intervals (estimate +- 1.96 standard errors) that hold the true value; for the"
    )
    print("3PL it is that of a Bayes mode over the prior. Made by `python -m bench.recovery`.\n")
    print("| study | parameter | intervals | bias | RMSE | median standard error | coverage |")
    print("|---|---|---|---|---|---|---|")
    for name, run in STUDIES.items():
        tallies: Tallies = {}
        for seed in range(replications):
            run(seed, tallies)
        for parameter, tally in tallies.items():
            print(f"| {name} | {parameter} | {' | '.join(tally.cells())} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else REPLICATIONS)

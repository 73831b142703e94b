"""What a plan does when the truth is not what it believes: other loadings, estimated parameters, guessing, people.

Rules:
- Each case is a population; the plan and the pool's parameters stay. Nothing here is asserted by the engine: the
  numbers say how far a rule's bound is lost.
- A case says in its notes what of its departure could not be made; one that departs in nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compiled import CompiledTest
from engine.grid import normal_weights, theta_nodes
from engine.models import probability, slope
from engine.parameters import DICHOTOMOUS, FloatArray, Parameters
from engine.simulate import Population, Sittings, Work, simulate
from engine.simulation_report import ALL_MET, CertifyingRule, Report, report

DISTANCES = (0.0, 0.1, 0.25, 0.5)  # of theta from the cut
LOADING_ERROR = 0.2
CALIBRATED_ON = 500
SHIFT = 0.5
GUESSING = 0.2
LEAST_SLOPE = 0.1  # share of the slope that was found; below it no item would have been admitted
RATES = ("accuracy", "false_pass", "false_fail", "undetermined", "early_wrong")
STUDIES = ("lambda", "population", "calibrated", "guessing", "cut")
ENDED = "lambda of {n} outcomes ends at 0 or 1"
FLOORED = "slopes of {n} items end at a tenth of the one found"
EXACT = "{n} items of more than two scores keep their parameters: their errors are not simulated"
NOTES = (ENDED, FLOORED, EXACT)
Note = tuple[str, int]
"""One of NOTES and its {n}."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One departure from what the plan believes, the study it belongs to ("" for none), and what it does.

    `notes`: what of the departure could not be made.
    """

    name: str
    study: str
    population: Population
    report: Report
    notes: tuple[Note, ...] = ()


def cases(
    test: CompiledTest, seed: int, studies: Collection[str] = STUDIES
) -> tuple[tuple[str, str, Population, tuple[Note, ...]], ...]:
    """What the plan believes, then the departures of these studies: (name, study, population, notes).

    A shift of lambda that moves no outcome is left out (0 less .2). Raises ValueError for a study that does not exist.
    """
    for name in studies:
        if name not in STUDIES:
            raise ValueError(f"{name} is no study; there are {', '.join(STUDIES)}")
    loadings = tuple(outcome.loading for outcome in test.plan.outcomes)
    cuts = [outcome.cut for outcome in test.plan.outcomes]
    found: list[tuple[str, str, Population, tuple[Note, ...]]] = [("as the plan believes", "", Population(), ())]
    for sign in (-1, 1):
        wanted = [x + sign * LOADING_ERROR for x in loadings]
        loading = tuple(min(max(x, 0.0), 1.0) for x in wanted)
        if loading != loadings:
            ended = _counted((ENDED, sum(not 0 <= x <= 1 for x in wanted)))
            found.append((f"lambda {sign * LOADING_ERROR:+g}", "lambda", Population(loadings=loading), ended))
    for sign in (-1, 1):
        found.append((f"population mean {sign * SHIFT:+g}", "population", Population(mean=sign * SHIFT), ()))
    found.append((f"parameters calibrated on {CALIBRATED_ON} persons", "calibrated", *_calibrated(test, seed)))
    found.append((f"guessing {GUESSING:g}", "guessing", Population(guessing=GUESSING), ()))
    for distance in DISTANCES:
        for sign in (1,) if distance == 0 else (-1, 1):
            name = f"theta at cut {sign * distance:+g}" if distance else "theta at the cut"
            found.append((name, "cut", Population(at=tuple(cut + sign * distance for cut in cuts)), ()))
    return tuple(case for case in found if case[1] in ("", *studies))


def _calibrated(test: CompiledTest, seed: int) -> tuple[Population, tuple[Note, ...]]:
    """Who answers by what a small calibration may have missed, and what stays exact."""
    believed = test.pool.parameters
    true = misjudged(believed, CALIBRATED_ON, seed)
    floored = int((true.a[_plain(believed)] == LEAST_SLOPE * believed.a[_plain(believed)]).sum())
    return Population(parameters=true), _counted((FLOORED, floored), (EXACT, int((~_plain(believed)).sum())))


def _counted(*notes: Note) -> tuple[Note, ...]:
    """Those that count anything."""
    return tuple(note for note in notes if note[1])


def study(
    test: CompiledTest,
    n: int,
    seed: int,
    run: Callable[[Callable[[Work], Sittings], Iterable[Work]], Iterable[Sittings]] = map,
    progress: Callable[[int, int], None] | None = None,
    studies: Collection[str] = STUDIES,
    rule: CertifyingRule = ALL_MET,
) -> tuple[Case, ...]:
    """Every case of these studies with n simulees of the same seed; `progress` gets (simulees done, simulees).

    Raises ValueError for a study that does not exist.
    """
    found, wanted = [], cases(test, seed, studies)
    for number, (name, kind, population, notes) in enumerate(wanted):

        def told(done: int, _: int, before: int = number * n) -> None:
            if progress is not None:
                progress(before + done, len(wanted) * n)

        sittings = simulate(test, population, n, seed, run=run, progress=told)
        told_of = report(test, sittings, rule)
        found.append(Case(name=name, study=kind, population=population, report=told_of, notes=notes))
    return tuple(found)


def study_row(case: Case) -> dict[str, float]:
    """A case in one line: mean length, mean rates over the outcomes, rates of the qualification."""
    outcomes = case.report.outcomes.values()
    row = {"items": case.report.length["mean"]}
    row |= {name.replace("_", " "): sum(one[name] for one in outcomes) / len(outcomes) for name in RATES}
    return row | {f"qualification {name.replace('_', ' ')}": case.report.qualification[name] for name in RATES[1:4]}


def study_document(found: Sequence[Case], cpu_seconds: float) -> dict[str, object]:
    """The document of `kriteria simulate --study ... --json`: the report of each case, without its items."""
    kept = ("length", "outcomes", "qualification", "uneven", "violations")
    told = []
    for case in found:
        document = case.report.as_json(0.0)
        notes = [note.format(n=n) for note, n in case.notes]
        told.append(
            {"case": case.name, "study": case.study or None, "notes": notes, **{name: document[name] for name in kept}}
        )
    return {"cases": told, **found[0].report.grounds(), "cpu_seconds": cpu_seconds}


def misjudged(parameters: Parameters, persons: int, seed: int) -> Parameters:
    """True parameters from which a calibration on so many persons could have found these.

    Slope and intercept of each dichotomous item are drawn around the given ones with the covariance of their maximum
    likelihood estimates, the inverse of persons x the expected information over N(0, 1) (Lord 1980, 12.3; theta taken
    as known, so a little too small). A slope that would fall below a tenth of the given one ends there. Asymptotes, the
    slopes of Rasch and 1PL items and whole items of more than two scores stay.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    a, b = parameters.a.copy(), parameters.b.copy()
    which = np.flatnonzero(_plain(parameters))
    noise = _estimation_noise(parameters.take(which), persons, rng)
    slopes = np.maximum(a[which] + noise[:, 0], LEAST_SLOPE * a[which])
    b[which] = -(-a[which] * b[which] + noise[:, 1]) / slopes
    a[which] = slopes
    fixed = np.array([model in ("Rasch", "1PL") for model in parameters.model], dtype=np.bool_)
    a[fixed] = parameters.a[fixed]
    more = parameters.polytomous
    found = Parameters(model=parameters.model, a=a, b=b, c=parameters.c, d=parameters.d, polytomous=more)
    a.setflags(write=False)
    b.setflags(write=False)
    return found


def _estimation_noise(parameters: Parameters, persons: int, rng: np.random.Generator) -> FloatArray:
    """Errors of slope and intercept, (M, 2): normal, covariance the inverse expected information."""
    nodes = theta_nodes()
    p, rise = probability(parameters, nodes), slope(parameters, nodes) / parameters.a
    weight = (rise**2 / (p * (1 - p))).T * normal_weights(nodes) * persons  # d P / d intercept is P' / a
    spread = np.stack([weight @ nodes**2, weight @ nodes, weight.sum(axis=1)], axis=1)
    draws = rng.standard_normal((len(parameters), 2))
    found = np.empty_like(draws)
    for j, (aa, ad, dd) in enumerate(spread):
        found[j] = np.linalg.cholesky(np.linalg.inv(np.array([[aa, ad], [ad, dd]]))) @ draws[j]
    return found


def _plain(parameters: Parameters) -> NDArray[np.bool_]:
    """Which items are scored 0/1."""
    return np.array([model in DICHOTOMOUS for model in parameters.model], dtype=np.bool_)

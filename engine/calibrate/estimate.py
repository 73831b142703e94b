"""Calibration: item parameters by marginal maximum likelihood or Bayes modal estimation (Bock & Aitkin 1981).

Rules:
- Rasch and PCM fix a = 1 and free the variance of theta; every other model has theta ~ N(0, 1) in the first group, the
  other groups' means and variances are free. The 1PL is the Rasch model on the scale where that variance is 1.
- Fixed items keep their parameters and so their scale: then mean and variance of every group are free (Kim 2006).
- A Q matrix gives each item its outcome: the second-order model with lambda per outcome, and all of the above outcome
  by outcome: each has its own mean and SD in each group, N(0, 1) in the first group unless it has fixed items.
- "Not presented" adds nothing to the likelihood; nothing is imputed. Nothing is clipped: what looks wrong is flagged.
- The nodes follow the posterior width: a first climb on coarse nodes, the next on what its estimates ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.calibrate.answers import prepare
from engine.calibrate.ascent import Ascent, Memory, climb
from engine.calibrate.dimension_reduction import loadings, unbounded_start
from engine.calibrate.families import family_of
from engine.calibrate.identification import FREE_VARIANCE, FixedItemsError, refuse
from engine.calibrate.population import free_values
from engine.calibrate.priors import Priors
from engine.calibrate.problem import Place, Problem, State
from engine.calibrate.quadrature import adequate, first_nodes
from engine.calibrate.reporting import report
from engine.calibrate.result import Calibration
from engine.calibrate.starts import judged, perturbed
from engine.grid import general_nodes
from engine.parameters import DICHOTOMOUS, FloatArray, ParameterError, Parameters, model_name
from engine.poolfile import ParameterTable
from engine.responses import ResponseMatrix, ResponsesError

TOLERANCE = 1e-8  # log posterior still to be gained: parameters within .0002 of their standard errors
FIRST_TOLERANCE = 1.0
MOST_CYCLES = 1000
MOST_STAGES = 5

Progress = Callable[[int, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the climb is run: nodes None follows the posterior width; `tolerance` is in units of the log posterior."""

    tolerance: float = TOLERANCE
    most_cycles: int = MOST_CYCLES
    nodes: FloatArray | None = None


def calibrate(
    matrix: ResponseMatrix,
    model: str,
    clock: Callable[[], float],
    *,
    priors: Priors | None = None,
    fixed: ParameterTable | None = None,
    outcomes: Mapping[str, str] | None = None,
    standard_errors: bool = False,
    starts: int = 1,
    seed: int = 0,
    settings: Settings | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Calibration:
    """Estimate the parameters of the items that are not fixed.

    `clock` gives CPU seconds, `outcomes` the Q matrix (item -> outcome), `starts` how often to begin, each beginning
    but the first drawn from `seed` (see `starts`); `progress` gets (cycle, log posterior), `cancelled` is asked during
    every E-step. Raises ResponsesError for data the model cannot take, ParameterError for
    options that contradict each other, expectation.Cancelled when cancelled.
    """
    started = clock()
    settings = settings or Settings()
    name = model_name(model)
    priors = priors or Priors()
    if starts < 1 or seed < 0:
        raise ParameterError(f"starts is {starts} and seed {seed}; needed are 1 or more starts and a seed from 0")
    refuse(matrix, name, priors, fixed, outcomes)
    problem, common = _problem(matrix, name, priors, fixed, outcomes, cancelled)
    if settings.nodes is not None:
        problem = problem.on(settings.nodes)
    ends = []
    done = 0
    for number in range(starts):
        told = None if progress is None else _counted(progress, done)
        ends.append(_climbed(problem, perturbed(problem, seed, number), settings, told))
        done += ends[-1][1].cycles
    kept, found_starts, differ = judged([(ascent.point.value, ascent.converged) for _, ascent in ends])
    found = report(*ends[kept], matrix, name, common, _names_of(matrix, outcomes), standard_errors)
    if starts > 1:
        flags = (*found.flags, "local_maximum") if differ else found.flags
        found = replace(found, starts=found_starts, flags=flags)
    return replace(found, cpu_seconds=clock() - started)


def _counted(progress: Progress, done: int) -> Progress:
    """The same progress, cycles counted on from `done`."""
    return lambda cycle, value: progress(done + cycle, value)


def _climbed(
    problem: Problem, values: FloatArray, settings: Settings, progress: Progress | None
) -> tuple[Problem, Ascent[Place]]:
    """Climb from `values` on nodes that follow what the climb finds."""
    history: list[float] = []
    done, memory = 0, Memory()

    def told(cycle: int, value: float) -> None:
        if progress is not None:
            progress(done + cycle, value)

    for stage in range(MOST_STAGES):
        rough = stage == 0 and settings.nodes is None
        ascent = climb(
            problem.evaluate,
            values,
            tolerance=max(FIRST_TOLERANCE, settings.tolerance) if rough else settings.tolerance,
            most=settings.most_cycles - done,
            memory=memory,
            progress=told,
        )
        values, done = ascent.values, done + ascent.cycles
        history += ascent.history
        if settings.nodes is not None or (done >= settings.most_cycles and not rough):
            break
        wanted = problem.nodes_for(values)
        if adequate(problem.nodes, wanted) and not rough:
            break
        problem = problem.on(problem.nodes if adequate(problem.nodes, wanted) else wanted)
        if problem.outcome is not None:
            problem = replace(problem, general=general_nodes(loadings(problem.unpack(values).links)))
        if done >= settings.most_cycles:
            ascent = replace(ascent, converged=False)  # on rough nodes only
            break
    return problem, replace(ascent, cycles=done, history=tuple(history))


def _problem(
    matrix: ResponseMatrix,
    model: str,
    priors: Priors,
    fixed: ParameterTable | None,
    outcomes: Mapping[str, str] | None,
    cancelled: Callable[[], bool] | None,
) -> tuple[Problem, float | None]:
    """The problem and, for the 1PL with fixed items, the common slope they have."""
    known = {item: j for j, item in enumerate(fixed.items)} if fixed is not None else {}
    columns = [j for j, item in enumerate(matrix.items) if item in known]
    estimated = np.array([j for j, item in enumerate(matrix.items) if item not in known], dtype=np.intp)
    kept = fixed.parameters.take([known[matrix.items[j]] for j in columns]) if fixed is not None and columns else None
    common = _common_slope(model, kept)
    categories = _categories(matrix, model, estimated, columns, kept)
    answers = prepare(matrix, categories, estimated)
    name = "Rasch" if model == "1PL" and common is None else model
    family = family_of(name, categories[estimated])
    start = family.start(answers.shares[estimated][:, : int(categories[estimated].max())])
    if common is not None:
        start[:, 0] = common
    names = _names_of(matrix, outcomes)
    outcome = np.array([names.index(outcomes[item]) for item in matrix.items]) if outcomes is not None else None
    anchored = np.unique(outcome[columns]) if outcome is not None else np.zeros(min(len(columns), 1), dtype=np.intp)
    free = free_values(len(answers.groups), max(1, len(names)), anchored, deviation=model in FREE_VARIANCE)
    problem = Problem(
        answers=answers,
        family=family,
        estimated=estimated,
        fixed=kept,
        nodes=first_nodes(),
        start=State(items=start, population=np.zeros((len(free), 2)), links=unbounded_start(len(names))),
        free_population=free,
        priors=priors,
        outcome=outcome,
        general=general_nodes(np.zeros(1)) if outcomes is not None else None,
        cancelled=cancelled,
    )
    return problem, common


def _names_of(matrix: ResponseMatrix, outcomes: Mapping[str, str] | None) -> tuple[str, ...]:
    """The outcomes these items have, in the order of the Q matrix."""
    there = set(matrix.items)
    return tuple(dict.fromkeys(outcome for item, outcome in (outcomes or {}).items() if item in there))


def _common_slope(model: str, kept: Parameters | None) -> float | None:
    """The slope that fixed items of the 1PL share."""
    if model != "1PL" or kept is None:
        return None
    slopes = np.unique(kept.a)
    if len(slopes) > 1:
        raise FixedItemsError("the fixed items have different slopes; the 1PL has one for all")
    return float(slopes[0])


def _categories(
    matrix: ResponseMatrix,
    model: str,
    estimated: NDArray[np.intp],
    columns: Sequence[int],
    kept: Parameters | None,
) -> NDArray[np.intp]:
    """How many categories each item has: what was given (polytomous), 2, or what its fixed parameters say."""
    highest = matrix.scores.max(axis=0, initial=0).astype(np.intp)
    found: NDArray[np.intp] = np.maximum(highest + 1, 2).astype(np.intp)
    if model in DICHOTOMOUS:
        for j in estimated:
            if highest[j] > 1:
                raise ResponsesError(
                    f"item {matrix.items[j]} has scores above 1; the {model} is for items scored 0 or 1"
                )
    for j, count in zip(columns, [] if kept is None else kept.categories.tolist(), strict=True):
        if highest[j] >= count:
            raise FixedItemsError(
                f"item {matrix.items[j]} is scored {highest[j]}; its fixed parameters end at {count - 1}"
            )
        found[j] = count
    return found

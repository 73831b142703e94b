"""Calibration: item parameters by marginal maximum likelihood or Bayes modal estimation (Bock & Aitkin 1981).

Rules:
- Rasch and PCM fix a = 1 and free the variance of theta; every other model has theta ~ N(0, 1) in the first group, the
  other groups' means and variances are free. The 1PL is the Rasch model on the scale where that variance is 1.
- Fixed items keep their parameters and so their scale: then mean and variance of every group are free (Kim 2006).
- A Q matrix gives each item its outcome: the second-order model with lambda per outcome; N(0, 1), no groups.
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
from engine.calibrate.population import free_values
from engine.calibrate.priors import Priors
from engine.calibrate.problem import Place, Problem, State
from engine.calibrate.quadrature import adequate, first_nodes
from engine.calibrate.reporting import report
from engine.calibrate.result import Calibration
from engine.grid import general_nodes
from engine.parameters import DICHOTOMOUS, FloatArray, ParameterError, Parameters, model_name
from engine.poolfile import ParameterTable
from engine.responses import ResponseMatrix, ResponsesError

TOLERANCE = 1e-8  # log posterior still to be gained: parameters within .0002 of their standard errors
FIRST_TOLERANCE = 1.0
MOST_CYCLES = 1000
MOST_STAGES = 5
FREE_VARIANCE = ("Rasch", "1PL", "PCM")

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
    settings: Settings | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Calibration:
    """Estimate the parameters of the items that are not fixed.

    `clock` gives CPU seconds, `outcomes` the Q matrix (item -> outcome), `progress` gets (cycle, log posterior),
    `cancelled` is asked during every E-step. Raises ResponsesError for data the model cannot take, ParameterError for
    options that contradict each other, expectation.Cancelled when cancelled.
    """
    started = clock()
    settings = settings or Settings()
    name = model_name(model)
    priors = priors or Priors()
    _refuse(matrix, name, priors, fixed, outcomes)
    problem, common = _problem(matrix, name, priors, fixed, outcomes, cancelled)
    if settings.nodes is not None:
        problem = problem.on(settings.nodes)
    problem, ascent = _climbed(problem, settings, progress)
    found = report(
        problem, ascent, matrix, name, common, tuple(dict.fromkeys((outcomes or {}).values())), standard_errors
    )
    return replace(found, cpu_seconds=clock() - started)


def _climbed(problem: Problem, settings: Settings, progress: Progress | None) -> tuple[Problem, Ascent[Place]]:
    """Climb on nodes that follow what the climb finds."""
    values = problem.pack(problem.start)
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
    free = free_values(
        len(answers.groups),
        mean=kept is not None,
        deviation=kept is not None or (model in FREE_VARIANCE and outcomes is None),
    )
    names = tuple(dict.fromkeys(outcomes.values())) if outcomes else ()
    if outcomes is not None:
        free = np.zeros_like(free)
    problem = Problem(
        answers=answers,
        family=family,
        estimated=estimated,
        fixed=kept,
        nodes=first_nodes(),
        start=State(items=start, population=np.zeros((len(answers.groups), 2)), links=unbounded_start(len(names))),
        free_population=free,
        priors=priors,
        outcome=_outcome_of(matrix, outcomes, names),
        general=general_nodes(np.zeros(1)) if outcomes is not None else None,
        cancelled=cancelled,
    )
    return problem, common


def _outcome_of(
    matrix: ResponseMatrix, outcomes: Mapping[str, str] | None, names: Sequence[str]
) -> NDArray[np.intp] | None:
    if outcomes is None:
        return None
    found: NDArray[np.intp] = np.array([list(names).index(outcomes[item]) for item in matrix.items], dtype=np.intp)
    return found


def _common_slope(model: str, kept: Parameters | None) -> float | None:
    """The slope that fixed items of the 1PL share."""
    if model != "1PL" or kept is None:
        return None
    slopes = np.unique(kept.a)
    if len(slopes) > 1:
        raise ParameterError("the fixed items have different slopes; the 1PL has one for all")
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
            raise ResponsesError(
                f"item {matrix.items[j]} is scored {highest[j]}; its fixed parameters end at {count - 1}"
            )
        found[j] = count
    return found


def _refuse(
    matrix: ResponseMatrix,
    model: str,
    priors: Priors,
    fixed: ParameterTable | None,
    outcomes: Mapping[str, str] | None,
) -> None:
    """Options that contradict each other or the data."""
    if not matrix.persons or (matrix.weight is not None and float(matrix.weight.sum()) <= 0):
        raise ResponsesError("there is nobody to calibrate on")
    if fixed is not None:
        both = [item for item in matrix.items if item in set(fixed.items)]
        if not both:
            raise ParameterError("none of the fixed items is among the responses")
        if len(both) == len(matrix.items):
            raise ParameterError("every item is fixed; there is nothing to estimate")
    if priors.c is not None and model not in ("3PL", "4PL"):
        raise ParameterError(f"the {model} has no c to put a prior on")
    if priors.a is not None and model in (*FREE_VARIANCE, "nominal"):
        raise ParameterError(f"the {model} has no a per item to put a prior on")
    if priors.b is not None and model == "nominal":
        raise ParameterError("the nominal model has no b to put a prior on")
    if outcomes is None:
        return
    if model in FREE_VARIANCE:
        raise ParameterError(f"with a Q matrix theta is N(0, 1): the {model}, which frees its variance, is not offered")
    if matrix.group is not None or fixed is not None:
        raise ParameterError("groups and fixed items are not offered together with a Q matrix")
    for item in matrix.items:
        if item not in outcomes:
            raise ParameterError(f"the Q matrix gives item {item} no outcome")
    if len({outcomes[item] for item in matrix.items}) < 3:
        raise ParameterError("lambda cannot be told apart with fewer than three outcomes")

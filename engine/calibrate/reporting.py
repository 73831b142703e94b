"""From the end of the climb to a `Calibration`: readable parameters, standard errors by the delta method, flags."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from engine.calibrate.ascent import Ascent
from engine.calibrate.counting import more_than_can_be_told
from engine.calibrate.dimension_reduction import LARGEST, loadings
from engine.calibrate.families import Dichotomous, Nominal
from engine.calibrate.information import observed_information
from engine.calibrate.problem import Place, Problem, State
from engine.calibrate.result import EDGE, STEEP, Calibration, Group, item_flags
from engine.calibrate.scale import jacobian, joined, parameters_of, readable
from engine.calibrate.second_order import second_order_information
from engine.parameters import FloatArray
from engine.responses import ResponseMatrix

COARSER = 1.6  # spacing of the nodes for standard errors: a matrix of averages needs fewer
# Eigenvalues of the observed information are in units of the complete-data one: the share of it that was observed. Our
# series for it is cut off at 5e-4, so that below SUSPECT the curvature is measured by two gradients. Measured on flat
# likelihoods: up to 5e-6; on the reference data sets and simulated ones: from 6e-4.
SUSPECT = 5e-3
FLAT = 3e-5
SMALLEST_EIGENVALUE = 1e-10
LONGEST = 1e-3  # step of those gradients, of any one value
VANISHING = 1e-20  # a variance of what was not estimated


def report(
    problem: Problem,
    ascent: Ascent[Place],
    matrix: ResponseMatrix,
    model: str,
    common: float | None,
    outcomes: Sequence[str],
    standard_errors: bool,
) -> Calibration:
    """Everything about where the climb ended; cpu_seconds is left 0 for the caller to fill in."""
    place = ascent.point
    state = problem.unpack(ascent.values)
    numbers = readable(problem.family, state.items)
    rescale = float(np.exp(state.population[0, 1])) if model == "1PL" and common is None else 1.0
    if rescale != 1.0:
        numbers[:, 0], numbers[:, 1] = rescale, numbers[:, 1] / rescale
    own = parameters_of(problem.family, numbers, "1PL" if model == "1PL" else None)
    told = not more_than_can_be_told(problem, matrix)
    covariance = _covariance(problem, ascent.values, place.complete) if standard_errors and told else None
    flags = [] if ascent.converged else ["not_converged"]
    if not told:
        flags.append("not_identified")
    if np.any(np.abs(state.links) >= logit(1 - EDGE)):
        flags.append("lambda_at_bound")
    if standard_errors and told and covariance is None:
        flags.append("not_a_maximum")
    answers, count = problem.answers, len(matrix.items)
    order = np.empty(count, dtype=np.intp)
    others = np.setdiff1d(np.arange(count), problem.estimated)
    order[problem.estimated] = np.arange(len(own))
    order[others] = len(own) + np.arange(len(others))
    parameters = own if problem.fixed is None else joined((own, problem.fixed), order)
    errors: list[dict[str, float]] = [{} for _ in range(count)]
    value_errors = None
    if covariance is not None:
        value_errors = _value_errors(problem, covariance)
        for j, found in zip(
            problem.estimated, _errors(problem, state, covariance, numbers, rescale, model), strict=True
        ):
            errors[j] = found
    value = loadings(state.links)
    return Calibration(
        items=matrix.items,
        parameters=parameters,
        fixed=tuple(bool(j in set(others.tolist())) for j in range(count)),
        errors=tuple(errors),
        item_flags=tuple(
            () if j in set(others.tolist()) else item_flags(parameters, j, answers.given[j], answers.smallest[j])
            for j in range(count)
        ),
        values=state.items,
        value_errors=value_errors,
        covariance=covariance,
        loadings=dict(zip(outcomes, value.tolist(), strict=True)),
        loading_errors=_loading_errors(outcomes, value, covariance),
        groups=_groups(problem, state, covariance, rescale, outcomes),
        log_likelihood=place.log_likelihood,
        log_prior=place.value - place.log_likelihood,
        converged=ascent.converged,
        cycles=ascent.cycles,
        gradient_max=float(np.abs(place.gradient).max()),
        history=ascent.history,
        free=len(ascent.values),
        persons=len(matrix.persons),
        nodes=len(problem.nodes),
        flags=tuple(flags),
        cpu_seconds=0.0,
    )


def _covariance(problem: Problem, values: FloatArray, complete: FloatArray) -> FloatArray | None:
    """Inverse of the observed information, 0 for values at the end of their range; None if flat or not definite."""
    of_fit = problem
    if problem.outcome is None:
        problem = problem.on(problem.nodes_for(values, COARSER))
    observed = observed_information if problem.outcome is None else second_order_information
    inner = _inner(problem, values)
    information = observed(problem, values, complete)[np.ix_(inner, inner)]
    if not np.all(np.isfinite(information)):
        return None
    scale = np.sqrt(complete[inner])
    if not np.all(scale > 0):
        return None
    observed_share = information / scale / scale[:, None]
    try:
        np.linalg.cholesky(observed_share - SUSPECT * np.eye(len(scale)))
    except np.linalg.LinAlgError:
        if _is_flat(of_fit, values, inner, scale, observed_share):
            return None
    covariance = np.zeros((len(values), len(values)))
    covariance[np.ix_(inner, inner)] = np.linalg.inv(observed_share) / scale / scale[:, None]
    return covariance


def _is_flat(
    problem: Problem, values: FloatArray, inner: NDArray[np.bool_], scale: FloatArray, observed_share: FloatArray
) -> bool:
    """Whether the log posterior is flat, or not at a maximum, along a direction other than that of a runaway slope.

    A slope that runs away is flagged `boundary`: the others have their errors all the same.
    """
    shares, directions = np.linalg.eigh(observed_share)
    if shares[0] < SMALLEST_EIGENVALUE:
        return True
    items = problem.unpack(values).items
    steep = np.abs(readable(problem.family, items)[:, 0]) > STEEP
    runaway = np.zeros(len(values), dtype=np.bool_)
    runaway[: int(problem.free_items.sum())] = np.repeat(steep, problem.free_items.sum(axis=1))
    for direction in directions[:, shares < SUSPECT].T:
        if (direction[runaway[inner]] ** 2).sum() > 0.5:
            continue
        step = np.zeros(len(values))
        step[inner] = direction / scale
        length = LONGEST / float(np.abs(step).max())
        before, after = (problem.evaluate(values + sign * length * step).gradient for sign in (-1, 1))
        if float(step @ (before - after)) / (2 * length) < FLAT:
            return True
    return False


def _inner(problem: Problem, values: FloatArray) -> NDArray[np.bool_]:
    """Which values are inside their range: a c, d or lambda at its end has no error, and the others' are given it."""
    state = problem.unpack(values)
    items = state.items
    inner = np.ones(items.shape, dtype=np.bool_)
    if isinstance(problem.family, Dichotomous):
        inner[:, 2:] = np.abs(items[:, 2:]) < logit(1 - EDGE)
    moving = np.ones(int(problem.free_population.sum()), dtype=np.bool_)
    return np.concatenate((inner[problem.free_items], moving, np.abs(state.links) < logit(1 - EDGE)))


def _blocks(problem: Problem, covariance: FloatArray) -> FloatArray:
    """The covariance of each item's values with each other, (J, P, P); 0 where fixed."""
    free = problem.free_items
    number = np.full(free.shape, -1)
    number[free] = np.arange(int(free.sum()))
    both = free[:, :, None] & free[:, None, :]
    row, column = np.broadcast_to(number[:, :, None], both.shape), np.broadcast_to(number[:, None, :], both.shape)
    blocks = np.zeros(both.shape)
    blocks[both] = covariance[row[both], column[both]]
    return blocks


def _value_errors(problem: Problem, covariance: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.einsum("jpp->jp", _blocks(problem, covariance))))


def _errors(
    problem: Problem, state: State, covariance: FloatArray, numbers: FloatArray, rescale: float, model: str
) -> list[dict[str, float]]:
    """Standard errors of the readable parameters by the delta method, item by item."""
    turned = jacobian(problem.family, state.items)
    variance = np.einsum("jmp,jpr,jmr->jm", turned, _blocks(problem, covariance), turned)
    if model == "1PL" and problem.free_population[0, 1]:
        first = problem.free_items.sum() + problem.free_population[0, 0]
        own, shared = np.arange(len(numbers)), int(first)
        variance[:, 0] = rescale**2 * covariance[shared, shared]
        b = numbers[:, 1]
        variance[:, 1] = (
            np.diag(covariance)[own] / rescale**2
            + b * b * covariance[shared, shared]
            + 2 * b * covariance[own, shared] / rescale
        )
    error = np.sqrt(np.maximum(variance, 0.0))
    found = []
    for j, row in enumerate(error):
        found.append({name: float(value) for name, value in zip(_names(problem, j), row, strict=False) if value > 0})
    return found


def _names(problem: Problem, j: int) -> list[str]:
    family = problem.family
    if isinstance(family, Dichotomous):
        return ["a", "b1", "c", "d"]
    count = int(family.categories[j])
    if isinstance(family, Nominal):
        width = int(family.categories.max())
        blank = [""] * (width - count)
        return [*(f"a{k + 1}" for k in range(count)), *blank, *(f"c{k + 1}" for k in range(count))]
    return ["a", *(f"b{k + 1}" for k in range(count - 1))]


def _groups(
    problem: Problem, state: State, covariance: FloatArray | None, rescale: float, outcomes: Sequence[str]
) -> tuple[Group, ...]:
    free = problem.free_population
    number = np.full(free.shape, -1)
    number[free] = np.arange(int(problem.free_items.sum()), int(problem.free_items.sum()) + int(free.sum()))
    size = int(problem.free_items.sum()) + int(free.sum())
    scaled = rescale != 1.0  # the 1PL: every mean and SD in units of the first group's SD
    found = []
    rows = [(h, name, outcome) for h, name in enumerate(problem.answers.names) for outcome in outcomes or ("",)]
    for g, (h, name, outcome) in enumerate(rows):
        mean, deviation = float(state.population[g, 0]) / rescale, float(np.exp(state.population[g, 1])) / rescale
        turned = np.zeros((2, size))  # d mean and d SD / d value
        turned[0, number[g, 0]] = 1 / rescale if free[g, 0] else 0.0
        turned[1, number[g, 1]] = deviation if free[g, 1] else 0.0
        if scaled:
            turned[:, number[0, 1]] -= mean, deviation
        variance = np.zeros(2) if covariance is None else np.diag(turned @ covariance[:size, :size] @ turned.T)
        error = np.where(variance > VANISHING, np.sqrt(np.maximum(variance, 0.0)), np.nan)
        found.append(
            Group(
                group=name,
                outcome=outcome,
                weight=float(problem.answers.weights[problem.answers.groups[h]].sum()),
                mean=mean,
                deviation=deviation,
                mean_error=float(error[0]),
                deviation_error=float(error[1]),
            )
        )
    return tuple(found)


def _loading_errors(outcomes: Sequence[str], value: FloatArray, covariance: FloatArray | None) -> dict[str, float]:
    if covariance is None or not outcomes:
        return {}
    errors = np.sqrt(np.diag(covariance)[-len(outcomes) :]) * value * (1 - value / LARGEST)
    return {outcome: error for outcome, error in zip(outcomes, errors.tolist(), strict=True) if error > 0}

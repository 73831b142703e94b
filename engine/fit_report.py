"""All checks of one response matrix against its parameters, as one document.

Rules: what cannot be computed from these data (S-X2 and M2 of incomplete answers, alpha of pairs never met) is null
and its reason stands in `notes`. An item is flagged `misfit` when its S-X2, or where there is none PV-Q1 (PV-Q1* if
replications were asked for), is significant after control of the false discovery rate over the items;
`negative_point_biserial` and `attractive_distractor` point to a wrong key. G2 stands there for long tests and flags
nothing. Pairs are flagged by Q3 above the mean of all pairs, persons by lz*
with the false discovery rate over the persons.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np

from engine.choices import ChosenOptions, distractors
from engine.classical import classical
from engine.item_curves import ThetaDistribution, check_scores, posterior
from engine.item_fit import ChiSquares, grouped_chi_square, mean_squares, pv_q1, s_x2
from engine.local_dependence import Q3_FLAG, ld_x2, q3, q3_adjusted
from engine.model_fit import m2
from engine.parameters import FloatArray
from engine.parametric_bootstrap import BootstrappedFit, Progress, Refit, bootstrapped_pv_q1
from engine.person_fit import lz_star
from engine.poolfile import ParameterTable
from engine.preknowledge import adjusted
from engine.responses import ResponseMatrix, ResponsesError
from engine.tails import norm
from engine.theta import score

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replications:
    """How PV-Q1* is computed: the number of simulated matrices, their seed, and what calibrates them again."""

    number: int
    seed: int
    refit: Refit | None = None
    progress: Progress | None = None


def matched_table(table: ParameterTable, matrix: ResponseMatrix) -> ParameterTable:
    """The parameters of the matrix's columns, in their order. Raises ResponsesError for a column without any."""
    place = {item: j for j, item in enumerate(table.items)}
    for item in matrix.items:
        if item not in place:
            raise ResponsesError(f"item {item} has no parameters")
    return ParameterTable(items=matrix.items, parameters=table.parameters.take([place[item] for item in matrix.items]))


def slope_notes(table: ParameterTable) -> list[str]:
    """What to say of items whose slope is below 0: the flag negative_slope of a calibration."""
    return [
        f"item {item} has a slope of {a:g} (negative_slope): look for a wrong key"
        for item, a in zip(table.items, table.parameters.a.tolist(), strict=True)
        if a < 0
    ]


def fit_report(
    table: ParameterTable,
    matrix: ResponseMatrix,
    draws: FloatArray,
    population: ThetaDistribution | None = None,
    free_population: bool = False,
    alpha: float = 0.01,
    replications: Replications | None = None,
    chosen: ChosenOptions | None = None,
) -> dict[str, object]:
    """The document of `kriteria fit --json`; `draws` (D, N) uniform on (0, 1) choose the plausible values of PV-Q1.

    `replications` adds PV-Q1*, the p of PV-Q1 by simulation; `chosen`, the options behind the matrix, the distractor
    curves. Raises ResponsesError for nobody, a column without parameters or a score its parameters do not know.
    """
    if not matrix.persons:
        raise ResponsesError("there is nobody to compare the parameters with")
    table = matched_table(table, matrix)
    parameters = table.parameters
    check_scores(parameters, matrix)
    population = ThetaDistribution.normal() if population is None else population
    notes: list[str] = [*matrix.notes, *slope_notes(table)]
    if matrix.weight is not None:
        notes.append("weight: the classical table counts with it; every other statistic counts each person once")
    theta = posterior(parameters, matrix, population) @ population.nodes
    by_sums = _or_note(lambda: s_x2(parameters, matrix, population), notes)
    by_groups = _or_note(lambda: grouped_chi_square(parameters, matrix, theta, likelihood_ratio=True), notes)
    by_values = _or_note(lambda: pv_q1(parameters, matrix, draws, population), notes)
    simulated = _or_note(lambda: _simulated(table, matrix, draws, population, replications), notes)
    whole = _or_note(lambda: m2(parameters, matrix, population, free_population), notes)
    numbers = classical(matrix, (parameters.categories - 1).tolist())
    deciding = by_sums or simulated or by_values
    chance = np.full(len(matrix.items), np.nan) if deciding is None else deciding.p
    items = _items(table, matrix, theta, chance, numbers.point_biserial, alpha)
    for name, tests in (("s_x2", by_sums), ("g2", by_groups), ("pv_q1", by_values), ("pv_q1_star", simulated)):
        for row, one in zip(items, _rows(tests, items), strict=True):
            row[name] = one
    if chosen is not None:
        _add_options(items, chosen)
    pairs = _or_note(lambda: _pairs(table, matrix, theta, population), notes) or []
    persons = _persons(table, matrix, alpha)
    return {
        "n_persons": len(matrix.persons),
        "classical": numbers.as_json(),
        "items": items,
        "model": None if whole is None else whole.as_json(),
        "pairs": pairs,
        "persons": persons,
        "notes": notes,
        "flagged": {
            "items": [row["item"] for row in items if row["flags"]],
            "pairs": [row["items"] for row in pairs if row["flags"]],
            "persons": [row["person"] for row in persons if row["flags"]],
        },
    }


def _or_note(compute: Callable[[], Result], notes: list[str]) -> Result | None:
    """The result, or None and the reason among the notes: what these data cannot tell is not a fault of the file."""
    try:
        return compute()
    except ResponsesError as error:
        if str(error) not in notes:
            notes.append(str(error))
        return None


def _add_options(items: list[dict[str, object]], chosen: ChosenOptions) -> None:
    for row, curves in zip(items, distractors(chosen), strict=True):
        row["options"] = None if curves is None else curves.as_json()
        if curves is not None and curves.suspicious:
            row["flags"] = [*cast("list[str]", row["flags"]), "attractive_distractor"]


def _simulated(
    table: ParameterTable,
    matrix: ResponseMatrix,
    draws: FloatArray,
    population: ThetaDistribution,
    asked: Replications | None,
) -> BootstrappedFit | None:
    if asked is None:
        return None
    return bootstrapped_pv_q1(
        table.parameters, matrix, draws, asked.number, asked.seed, population, asked.refit, progress=asked.progress
    )


def _rows(found: ChiSquares | BootstrappedFit | None, items: list[dict[str, object]]) -> list[dict[str, object] | None]:
    if found is None:
        return [None] * len(items)
    return [{name: value for name, value in row.items() if name != "item"} for row in found.as_json()]


def _items(
    table: ParameterTable,
    matrix: ResponseMatrix,
    theta: FloatArray,
    p: FloatArray,
    point_biserial: FloatArray,
    alpha: float,
) -> list[dict[str, object]]:
    squares = mean_squares(table.parameters, matrix, theta)
    chance = adjusted(p)
    rows: list[dict[str, object]] = []
    for j, item in enumerate(matrix.items):
        flags = ["misfit"] if chance[j] < alpha else []
        flags += ["negative_point_biserial"] if point_biserial[j] < 0 else []
        row: dict[str, object] = {"item": item}
        for name in ("infit", "infit_z", "outfit", "outfit_z"):
            row[name] = _or_null(getattr(squares, name)[j])
        rows.append(row | {"adjusted_p": _or_null(chance[j]), "flags": flags})
    return rows


def _pairs(
    table: ParameterTable, matrix: ResponseMatrix, theta: FloatArray, population: ThetaDistribution
) -> list[dict[str, object]]:
    residual = q3(table.parameters, matrix, theta)
    above = q3_adjusted(residual)
    tests = ld_x2(table.parameters, matrix, population)
    rows: list[dict[str, object]] = []
    for one, other in zip(*np.triu_indices(len(matrix.items), 1), strict=True):
        numbers = {"q3": residual, "q3_above_mean": above, "ld_x2": tests.x2, "cramer_v": tests.cramer_v, "p": tests.p}
        row: dict[str, object] = {"items": [matrix.items[one], matrix.items[other]]}
        row |= {name: _or_null(values[one, other]) for name, values in numbers.items()}
        rows.append(row | {"flags": ["dependent"] if above[one, other] > Q3_FLAG else []})
    return rows


def _persons(table: ParameterTable, matrix: ResponseMatrix, alpha: float) -> list[dict[str, object]]:
    estimate = score(table, matrix, "wle")
    theta = np.where(estimate.at_bound, np.nan, estimate.theta)
    fit = lz_star(table.parameters, matrix, theta, "wle")
    chance = adjusted(np.asarray(norm.cdf(fit)))
    return [
        {
            "person": person,
            "theta": _or_null(theta[n]),
            "lz_star": _or_null(fit[n]),
            "flags": ["unlikely_pattern"] if chance[n] < alpha else [],
        }
        for n, person in enumerate(matrix.persons)
    ]


def _or_null(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

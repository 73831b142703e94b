"""Does the model as a whole reproduce the data: M2, RMSEA, SRMSR, CFI and TLI.

Rules:
- M2 (Maydeu-Olivares & Joe 2005, 2006) compares first and second moments only, so it keeps its chi-square
  distribution where the table of all patterns is empty. Items with more than two levels enter by the means of their
  scores and of the products (M2*, Cai & Hansen 2013); for items scored 0 and 1 both are the same.
- Everybody must have met every item: moments of answers missing by design follow another law.
- RMSEA divides by N - 1 and has a 90 % interval from the noncentral chi-square (Browne & Cudeck 1993).
- CFI and TLI compare with independent items (Cai, Chung & Lee 2023), SRMSR averages residual correlations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve, solve
from scipy.optimize import brentq

from engine.item_curves import ThetaDistribution, check_scores, curve_slopes, mean_scores
from engine.models import category_probabilities
from engine.parameters import FloatArray, Parameters
from engine.responses import ResponseMatrix, ResponsesError
from engine.tails import chi2, ncx2

MOST_ITEMS = 120  # the moments' covariance matrix has J^4 / 4 cells: 400 MB at 120 items
POPULATION_STEP = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFit:
    """M2 with its degrees of freedom and the indices derived from it; `rmsea_interval` is the 90 % one."""

    m2: float
    df: int
    p: float
    rmsea: float
    rmsea_interval: tuple[float, float]
    srmsr: float
    cfi: float
    tli: float

    def as_json(self) -> dict[str, object]:
        """The part "model" of `kriteria fit --json`."""
        names = ("m2", "df", "p", "rmsea", "srmsr", "cfi", "tli")
        return {name: getattr(self, name) for name in names} | {"rmsea_interval": list(self.rmsea_interval)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Moments:
    """Weights of the nodes (Q,), E(x) and E(x^2) of each item at each node (Q, J)."""

    weights: FloatArray
    first: FloatArray
    second: FloatArray


def m2(
    parameters: Parameters,
    matrix: ResponseMatrix,
    population: ThetaDistribution | None = None,
    free_population: bool = False,
) -> ModelFit:
    """M2 = N e' (X^-1 - X^-1 D (D' X^-1 D)^-1 D' X^-1) e, e the residual moments, X their covariance, D their slopes.

    The items' parameters must be the maximum likelihood estimates from this matrix. `free_population`: mean and
    standard deviation of the population were fixed except the deviation, which was estimated (Rasch with free
    variance). Raises ResponsesError for missing answers, more than 120 items, fewer moments than parameters, or
    moments that are not independent.
    """
    check_scores(parameters, matrix)
    items = len(matrix.items)
    if not matrix.presented.all():
        raise ResponsesError("M2 needs complete answers: everybody must have met every item")
    if items > MOST_ITEMS:
        raise ResponsesError(f"M2 of {items} items needs too much memory; the most is {MOST_ITEMS}")
    population = ThetaDistribution.normal() if population is None else population
    probabilities = category_probabilities(parameters, population.nodes)
    model = _moments(probabilities, population.weights)
    slopes = _slopes(parameters, model, population)
    if free_population:
        slopes = np.column_stack((slopes, _spread_slope(parameters, population)))
    data = matrix.scores.astype(np.float64)
    observed = _stacked(data.mean(axis=0), data.T @ data / len(data))
    statistic, df = _quadratic_form(model, observed, slopes, len(data))
    null, null_df = _independence(data, observed)
    excess, null_excess = max(statistic - df, 0.0), max(null - null_df, 0.0)
    return ModelFit(
        m2=statistic,
        df=df,
        p=float(chi2.sf(statistic, df)),
        rmsea=float(np.sqrt(excess / (df * (len(data) - 1)))),
        rmsea_interval=_rmsea_interval(statistic, df, len(data)),
        srmsr=_srmsr(model, data),
        cfi=1 - excess / max(null_excess, excess) if max(null_excess, excess) > 0 else 1.0,
        tli=(null / null_df - statistic / df) / (null / null_df - 1),
    )


def _moments(probabilities: FloatArray, weights: FloatArray) -> _Moments:
    squares = np.arange(probabilities.shape[-1], dtype=np.float64) ** 2
    return _Moments(weights=weights, first=mean_scores(probabilities), second=probabilities @ squares)


def _stacked(means: FloatArray, products: FloatArray) -> FloatArray:
    """Means, then the products above the diagonal: the order of all moments here."""
    return np.concatenate((means, products[np.triu_indices(len(means), 1)]))


def _expected(model: _Moments) -> FloatArray:
    weighted = model.weights[:, None] * model.first
    return _stacked(weighted.sum(axis=0), weighted.T @ model.first)


def _slopes(parameters: Parameters, model: _Moments, population: ThetaDistribution) -> FloatArray:
    """Derivative of the moments in each free parameter, (moments, parameters)."""
    items = model.first.shape[1]
    one, other = np.triu_indices(items, 1)
    columns = []
    for curve in curve_slopes(parameters, population.nodes):
        moved = mean_scores(curve.slopes) * population.weights[:, None]
        crossed = moved.T @ model.first  # [j, l]: the slope of E(x_j x_l) in j's parameter
        table = np.zeros((items + len(one), items))
        table[np.arange(items), np.arange(items)] = moved.sum(axis=0)
        pairs = np.arange(len(one)) + items
        table[pairs, one] = crossed[one, other]
        table[pairs, other] = crossed[other, one]
        table = table[:, curve.free]
        columns.append(table.sum(axis=1, keepdims=True) if curve.shared else table)
    return np.concatenate(columns, axis=1)


def _spread_slope(parameters: Parameters, population: ThetaDistribution) -> FloatArray:
    """Derivative of the moments in the logarithm of the population's standard deviation, around its mean."""
    centre = float(population.weights @ population.nodes)
    moved = []
    for step in (POPULATION_STEP, -POPULATION_STEP):
        nodes = centre + (population.nodes - centre) * np.exp(step)
        moved.append(_expected(_moments(category_probabilities(parameters, nodes), population.weights)))
    return np.asarray((moved[0] - moved[1]) / (2 * POPULATION_STEP))


def _covariance(model: _Moments) -> FloatArray:
    """Covariance of the moments of one person: E(x_i x_j x_k x_l) - E(x_i x_j) E(x_k x_l) and its lower orders."""
    items = model.first.shape[1]
    one, other = np.triu_indices(items, 1)
    weights, first, second = model.weights[:, None], model.first, model.second
    product = first[:, one] * first[:, other]
    terms = np.concatenate((first, product), axis=1)
    raw = (weights * terms).T @ terms  # right wherever the two moments share no item
    pair_of = np.zeros((items, items), dtype=np.intp)
    pair_of[one, other] = pair_of[other, one] = np.arange(len(one)) + items
    for item in range(items):
        rest = np.delete(np.arange(items), item)
        mine = pair_of[item, rest]
        raw[item, item] = (model.weights * second[:, item]).sum()
        raw[item, mine] = raw[mine, item] = (weights * second[:, [item]] * first[:, rest]).sum(axis=0)
        raw[np.ix_(mine, mine)] = (weights * second[:, [item]] * first[:, rest]).T @ first[:, rest]
    raw[np.arange(items, len(raw)), np.arange(items, len(raw))] = (weights * second[:, one] * second[:, other]).sum(
        axis=0
    )
    expected = _expected(model)
    return np.asarray(raw - np.outer(expected, expected))


def _quadratic_form(model: _Moments, observed: FloatArray, slopes: FloatArray, persons: int) -> tuple[float, int]:
    df = len(observed) - slopes.shape[1]
    if df <= 0:
        raise ResponsesError(
            f"M2 is not estimable: {len(observed)} moments of {model.first.shape[1]} items do not exceed the "
            f"{slopes.shape[1]} parameters"
        )
    try:
        factor = cho_factor(_covariance(model), lower=True)
        gap = observed - _expected(model)
        weighted, turned = cho_solve(factor, gap), cho_solve(factor, slopes)
        along = slopes.T @ weighted
        explained = along @ solve(slopes.T @ turned, along, assume_a="pos")
    except LinAlgError as error:
        raise ResponsesError("M2 is not estimable: the items' moments are not independent of each other") from error
    return float(persons * (gap @ weighted - explained)), df


def _independence(data: FloatArray, observed: FloatArray) -> tuple[float, int]:
    """M2 of independent items with their observed moments: what CFI and TLI compare with."""
    items = data.shape[1]
    means, squares = data.mean(axis=0), (data**2).mean(axis=0)
    model = _Moments(weights=np.ones(1), first=means[None], second=squares[None])
    one, other = np.triu_indices(items, 1)
    pairs = np.arange(len(one))
    crossed = np.zeros((len(one), items))
    crossed[pairs, one], crossed[pairs, other] = means[other], means[one]
    return _quadratic_form(model, observed, np.concatenate((np.eye(items), crossed)), len(data))


def _srmsr(model: _Moments, data: FloatArray) -> float:
    weighted = model.weights[:, None] * model.first
    mean = weighted.sum(axis=0)
    spread = np.sqrt(model.weights @ model.second - mean**2)
    expected = (weighted.T @ model.first - np.outer(mean, mean)) / np.outer(spread, spread)
    gap = (np.corrcoef(data, rowvar=False) - expected)[np.triu_indices(len(mean), 1)]
    return float(np.sqrt((gap**2).mean()))


def _rmsea_interval(statistic: float, df: int, persons: int) -> tuple[float, float]:
    """RMSEA at the noncentralities that put the statistic at its 95th and 5th percentile."""

    def bound(share: float) -> float:
        if chi2.cdf(statistic, df) < share:
            return 0.0
        above = 2 * statistic + 50.0
        centre = brentq(lambda value: ncx2.cdf(statistic, df, value) - share, 1e-9, above)
        return float(np.sqrt(centre / (df * (persons - 1))))

    return bound(0.95), bound(0.05)

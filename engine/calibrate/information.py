"""Observed information of the marginal likelihood, hence standard errors, for about the cost of the fit.

Rules:
- I = E[-d2 complete] - Cov(S), summed over persons (Louis 1982; the same matrix as Oakes 1999), with S the
  complete-data score of a person as a function of theta, E and Cov over the person's posterior.
- Cov(S) = sum over m >= 1 of E[S p_m] E[S p_m]' (`polynomials`); terms are added until they no longer count.
- E[-d2 complete] is the difference of the gradient at fixed expected counts, item by item.
- The second-order model has its own file, `second_order`, and shares the part of the items.
"""

from __future__ import annotations

import numpy as np

from engine.calibrate.expectation import posteriors, spread
from engine.calibrate.polynomials import NEGLIGIBLE, Tail, weighted_polynomials
from engine.calibrate.population import Population
from engine.calibrate.problem import Problem, State
from engine.calibrate.scores import Design
from engine.parameters import FloatArray

DIFFERENCE = 1e-5
ONE_SIDED = 1e-6  # six digits for half the work


def observed_information(problem: Problem, values: FloatArray, complete: FloatArray) -> FloatArray:
    """The observed information of the free values, prior included, (P, P); complete (P,) is their complete-data one."""
    state = problem.unpack(values)
    table = problem.family.table(state.items, problem.nodes)
    log_p = problem.log_p(table.log_p)
    population = Population.of(state.population, problem.nodes)
    answers = problem.answers
    design = Design(problem, table)
    free = problem.free_population
    number = np.full(free.shape, -1)
    number[free] = design.size + np.arange(int(free.sum()))
    size = design.size + int(free.sum())
    order = np.concatenate((design.order, np.arange(design.size, size)))
    by_column = np.zeros((len(answers.item), len(problem.nodes)))
    persons = np.zeros((len(answers.groups), len(problem.nodes)))
    covariance = np.zeros((size, size))
    for block, group, post, _ in posteriors(answers, log_p, population.log_weight):
        rows, weight = design.rows(answers.columns[block]), answers.weights[block][:, None]
        root = np.sqrt(weight).astype(np.float32)
        tail = Tail(NEGLIGIBLE * float(weight.sum()) / answers.total * complete[order])
        term = np.zeros((len(rows), size), dtype=np.float32)
        for weighted in weighted_polynomials(post, problem.nodes):
            term[:, : design.size] = design.expected(rows, weighted)
            for place in np.flatnonzero(free[group]):
                term[:, number[group, place]] = weighted @ population.slopes[group, :, place]
            term *= root
            added = term.T @ term
            covariance += added
            if tail.ends_with(np.diag(added)):
                break
        post *= weight
        by_column += answers.columns[block].T @ post
        persons[group] += post.sum(axis=0)
    counts = spread(answers, by_column, persons.sum(axis=0), log_p.shape)
    back = np.argsort(order)
    complete_part = items_information(problem, state, counts) + _population_information(problem, state, persons)
    return np.asarray(complete_part - covariance[np.ix_(back, back)])


def items_information(problem: Problem, state: State, counts: FloatArray) -> FloatArray:
    """-d2 of the expected complete-data log posterior in the free item values, item by item, (P, P); 0 elsewhere.

    `counts` (Q, J, K) are the expected ones.
    """
    free, size = problem.free_items, len(problem.pack(state))

    def slope(items: FloatArray) -> FloatArray:
        slopes = problem.family.table(items, problem.nodes).slopes
        own = counts[:, problem.estimated, : slopes.shape[2]]
        return np.asarray(np.einsum("qjk,qjkp->jp", own, slopes) + problem.prior(items)[1])

    number = np.full(free.shape, -1)
    number[free] = np.arange(int(free.sum()))
    whole, here = np.zeros((size, size)), slope(state.items)
    for place in np.flatnonzero(free.any(axis=0)):
        shift = np.zeros(free.shape[1])
        shift[place] = ONE_SIDED
        fall = (here - slope(state.items + shift)) / ONE_SIDED
        row, column = np.nonzero(free & free[:, place, None])
        whole[number[row, column], number[row, place]] = fall[row, column]
    return (whole + whole.T) / 2


def _population_information(problem: Problem, state: State, persons: FloatArray) -> FloatArray:
    """-d2 of the expected log density of the groups' theta in its free values, (P, P); 0 elsewhere."""
    free = problem.free_population

    def slope(values: FloatArray) -> FloatArray:
        return np.asarray((persons[..., None] * Population.of(values, problem.nodes).slopes).sum(axis=1))

    number = np.full(free.shape, -1)
    number[free] = int(problem.free_items.sum()) + np.arange(int(free.sum()))
    whole = np.zeros((len(problem.pack(state)),) * 2)
    for place in range(2):
        shift = np.zeros(2)
        shift[place] = DIFFERENCE
        fall = (slope(state.population - shift) - slope(state.population + shift)) / (2 * DIFFERENCE)
        row, column = np.nonzero(free & free[:, place, None])
        whole[number[row, column], number[row, place]] = fall[row, column]
    return (whole + whole.T) / 2

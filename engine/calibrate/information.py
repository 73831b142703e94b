"""Observed information of the marginal likelihood, hence standard errors, for about the cost of the fit.

Rules:
- I = E[-d2 complete] - Cov(S), summed over persons (Louis 1982; the same matrix as Oakes 1999), with S the
  complete-data score of a person as a function of theta, E and Cov over the person's posterior.
- Cov(S) = sum over m >= 1 of E[S p_m] E[S p_m]', with p_m the polynomials orthonormal under that posterior (Parseval).
  A posterior is narrow, S nearly linear within it: a few terms do, each one product of persons x values, where a sum
  over nodes would need one product per node. Terms are added until they no longer count.
- E[-d2 complete] is the central difference of the gradient at fixed expected counts, item by item.
- Second-order model: the cross product of the persons' scores, sum E[S] E[S]', whose expectation is the same.
"""

from __future__ import annotations

import numpy as np

from engine.calibrate.dimension_reduction import TINY, Linked
from engine.calibrate.expectation import coded, posteriors, spread
from engine.calibrate.families import Table
from engine.calibrate.population import Population
from engine.calibrate.problem import Problem, State
from engine.calibrate.scores import Design
from engine.grid import normal_weights
from engine.parameters import FloatArray

DIFFERENCE = 1e-5
MOST_TERMS = 20
NEGLIGIBLE = 1e-3  # of the complete-data information: half of it in a standard error
VANISHING = 1e-12
BLOCK = 2048  # rows per product


def observed_information(problem: Problem, values: FloatArray, complete: FloatArray) -> FloatArray:
    """The observed information of the free values, prior included, (P, P); complete (P,) is their complete-data one."""
    state = problem.unpack(values)
    table = problem.family.table(state.items, problem.nodes)
    if problem.outcome is not None:
        return _cross_product(problem, state, table) + _prior_information(problem, state)
    log_p = problem.log_p(table.log_p)
    population = Population.of(state.population, problem.nodes)
    answers = problem.answers
    design = Design(problem, table)
    offsets = [design.offset(slopes, group) for group, slopes in enumerate(population.slopes)]
    by_column = np.zeros((len(answers.item), len(problem.nodes)))
    persons = np.zeros((len(answers.groups), len(problem.nodes)))
    spread_of_scores = np.zeros((design.size, design.size))
    for block, group, post, _ in posteriors(answers, log_p, population.log_weight):
        rows = design.rows(answers.columns[block])
        weight = answers.weights[block][:, None]
        limit = NEGLIGIBLE * float(weight.sum()) / answers.total * complete[design.order]
        spread_of_scores += _covariance(design, rows, post, np.sqrt(weight), offsets[group], problem.nodes, limit)
        post *= weight
        by_column += answers.columns[block].T @ post
        persons[group] += post.sum(axis=0)
    counts = spread(answers, by_column, persons.sum(axis=0), log_p.shape)
    return _complete(problem, state, counts, persons) - design.packed(spread_of_scores)


def _covariance(
    design: Design,
    rows: FloatArray,
    post: FloatArray,
    root: FloatArray,
    offset: FloatArray,
    nodes: FloatArray,
    limit: FloatArray,
) -> FloatArray:
    """Sum over persons of the posterior covariance of their scores: sum over m >= 1 of E[S p_m] E[S p_m]'.

    Ends where a term adds less than `limit` (size,) to any variance. In the order of `design`.
    """
    total = np.zeros((design.size, design.size))
    alpha = post @ nodes
    before, now = np.zeros_like(post), np.ones_like(post)
    beta = np.zeros_like(alpha)
    for _ in range(MOST_TERMS):
        later = (nodes - alpha[:, None]) * now - beta[:, None] * before
        beta = np.sqrt((post * later * later).sum(axis=1))
        if not np.all(beta > VANISHING):  # a posterior of fewer points than terms has no more to give
            beta = np.where(beta > VANISHING, beta, np.inf)
        before, now = now, later / beta[:, None]
        beta = np.where(np.isfinite(beta), beta, 0.0)
        weighted = post * now
        term = (design.expected(rows, weighted) + weighted @ offset) * root
        added = term.T @ term
        total += added
        if np.all(np.diag(added) <= limit):
            break
        alpha = (weighted * now) @ nodes
    return total


def _complete(problem: Problem, state: State, counts: FloatArray, persons: FloatArray) -> FloatArray:
    """-d2 of the expected complete-data log posterior, block by block, in the order of the packed values."""
    free, population = problem.free_items, problem.free_population

    def of_items(items: FloatArray) -> FloatArray:
        slopes = problem.family.table(items, problem.nodes).slopes
        own = counts[:, problem.estimated, : slopes.shape[2]]
        return np.asarray(np.einsum("qjk,qjkp->jp", own, slopes) + problem.prior(items)[1])

    def of_population(values: FloatArray) -> FloatArray:
        return np.asarray((persons[..., None] * Population.of(values, problem.nodes).slopes).sum(axis=1))

    size = int(free.sum()) + int(population.sum())
    whole = np.zeros((size, size))
    for function, at, mask, first in (
        (of_items, state.items, free, 0),
        (of_population, state.population, population, int(free.sum())),
    ):
        number = np.full(mask.shape, -1)
        number[mask] = np.arange(first, first + int(mask.sum()))
        for place in range(mask.shape[1]):
            shift = np.zeros(mask.shape[1])
            shift[place] = DIFFERENCE
            fall = (function(at - shift) - function(at + shift)) / (2 * DIFFERENCE)
            row, column = np.nonzero(mask & mask[:, place, None])
            whole[number[row, column], number[row, place]] = fall[row, column]
    return (whole + whole.T) / 2


def _prior_information(problem: Problem, state: State) -> FloatArray:
    """-d2 of the log prior in the order of the packed values."""
    nothing = np.zeros((len(problem.nodes), len(problem.answers.categories), int(problem.answers.categories.max())))
    of_items = _complete(problem, state, nothing, np.zeros((len(state.population), len(problem.nodes))))
    size = of_items.shape[0] + len(state.links)
    whole = np.zeros((size, size))
    whole[: of_items.shape[0], : of_items.shape[0]] = of_items
    return whole


def _cross_product(problem: Problem, state: State, table: Table) -> FloatArray:
    """sum over persons of E[S] E[S]' for the second-order model."""
    answers, general, outcome = problem.answers, problem.general, problem.outcome
    assert general is not None
    assert outcome is not None
    design = Design(problem, table)
    linked = Linked.of(state.links, general, problem.nodes)
    turned = linked.link * linked.slopes
    of_columns, _ = coded(answers, table.log_p)
    outcomes = len(linked.link)
    columns = [np.flatnonzero(outcome[answers.item] == k) for k in range(outcomes)]
    rest = [table.log_p[:, answers.everybody & (outcome == k), 0].sum(axis=1) for k in range(outcomes)]
    owner = outcome[design.owner]
    whole = np.zeros((design.size + outcomes, design.size + outcomes))
    for start in range(0, len(answers.weights), BLOCK):
        block = slice(start, start + BLOCK)
        rows, weight = answers.columns[block], answers.weights[block]
        at = [rows[:, c] @ of_columns[c] + r for c, r in zip(columns, rest, strict=True)]
        likelihood = [np.exp(a - a.max(axis=1, keepdims=True)) for a in at]
        message = [np.maximum(part @ link.T, TINY) for part, link in zip(likelihood, linked.link, strict=True)]
        together = normal_weights(general) * np.exp(np.sum([np.log(m) for m in message], axis=0))
        together /= together.sum(axis=1, keepdims=True)
        score = np.zeros((len(weight), design.size + outcomes))
        for k in range(outcomes):
            cavity = together / message[k]
            post = likelihood[k] * (cavity @ linked.link[k])
            mine = np.flatnonzero(owner == k)
            score[:, mine] = (design.expected(rows, post) + post @ design.rest)[:, mine]
            score[:, design.size + k] = (likelihood[k] * (cavity @ turned[k])).sum(axis=1)
        whole += (score * weight[:, None]).T @ score
    order = np.concatenate((np.argsort(design.order), design.size + np.arange(outcomes)))
    return whole[np.ix_(order, order)]

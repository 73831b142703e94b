"""Observed information of the second-order model: the same law as `information`, one outcome at a time.

Rules (Louis 1982; Oakes 1999): I = E[-d2 complete] - Cov(S), S = sum over outcomes of the scores A_k of its items and
B_k of its lambda, means and SDs. Given g the outcomes are independent, hence
- between two outcomes Cov(A_k, A_l) is that of E[A_k | g] and E[A_l | g] over the posterior of g: polynomials in g;
- within an outcome the items' scores depend on theta_k alone: polynomials in theta_k under its marginal posterior, and
  Cov(A_k, B_k) = Cov(A_k, E[B_k | theta_k]) with them;
- Cov(B_k, B_k) is summed over the nodes of (g, theta_k), of which the E-step holds the expected persons.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.calibrate.dimension_reduction import Gathered, Linked, Persons, persons_by_outcome
from engine.calibrate.information import DIFFERENCE, items_information
from engine.calibrate.polynomials import NEGLIGIBLE, Tail, weighted_polynomials
from engine.calibrate.problem import Problem, State
from engine.calibrate.scores import Design, Single
from engine.parameters import FloatArray

CLOSER = 0.05  # of what the one-dimensional case may leave out: there are two expansions, and the fit is dearer
LEAST = 1e-300


def second_order_information(problem: Problem, values: FloatArray, complete: FloatArray) -> FloatArray:
    """The observed information of the free values, prior included, (P, P); complete (P,) is their complete-data one."""
    outcome, general = problem.outcome, problem.general
    assert outcome is not None
    assert general is not None
    state = problem.unpack(values)
    table = problem.family.table(state.items, problem.nodes)
    log_p = problem.log_p(table.log_p)
    linked = Linked.of(state.links, state.population, general, problem.nodes)
    gathered = Gathered(problem.answers, outcome, linked, (log_p.shape[0], log_p.shape[1], log_p.shape[2]))
    scores = _Scores(problem, state, linked, [
        Design(problem, table, np.flatnonzero(outcome[problem.estimated] == k)) for k in range(len(state.links))
    ])  # fmt: skip
    within, between = np.zeros((2, len(values), len(values)))
    for persons in persons_by_outcome(problem.answers, outcome, log_p, linked, general):
        gathered.add(persons)
        weight = problem.answers.weights[persons.rows]
        limit = CLOSER * NEGLIGIBLE * float(weight.sum()) / problem.answers.total * complete
        scores.add_between(persons, general, weight, limit, between)
        for k in range(len(state.links)):
            scores.add_within(persons, k, weight, limit, within)
    expected = gathered.expected()
    covariance = np.where(scores.owner[:, None] == scores.owner, within, between)
    return items_information(problem, state, expected.counts) + scores.of_links(expected.pairs) - covariance


class _Scores:
    """Scores of a block of persons: of the items by `designs`, of the links by `linked`.

    owner (P,) is the outcome of each packed value; links (H, K, 3) the packed places of mean, log SD and u, -1 where
    they are not free.
    """

    def __init__(self, problem: Problem, state: State, linked: Linked, designs: list[Design]) -> None:
        self.problem, self.state, self.linked, self.designs = problem, state, linked, designs
        groups, outcomes = linked.link.shape[:2]
        free = problem.free_population.reshape(groups, outcomes, 2)
        items, moving = int(problem.free_items.sum()), int(free.sum())
        self.links: NDArray[np.intp] = np.full((groups, outcomes, 3), -1)
        self.links[..., :2][free] = items + np.arange(moving)
        self.links[..., 2] = items + moving + np.arange(outcomes)
        self.owner = np.full(items + moving + outcomes, -1)
        for k, design in enumerate(designs):
            self.owner[design.order] = k
            self.owner[self.links[:, k][self.links[:, k] >= 0]] = k

    def add_between(
        self, persons: Persons, general: FloatArray, weight: FloatArray, limit: FloatArray, whole: FloatArray
    ) -> None:
        """Cov(E[S | g]) over the posterior of g, summed over the persons, added to `whole` (P, P)."""
        tail, root = Tail(limit), np.sqrt(weight).astype(np.float32)[:, None]
        rows = [design.rows(self.problem.answers.columns[persons.rows]) for design in self.designs]
        term: Single = np.zeros((len(weight), len(limit)), dtype=np.float32)
        for weighted in weighted_polynomials(persons.general, general):
            for k, design in enumerate(self.designs):
                cavity, likelihood = weighted / persons.message[k], persons.likelihood[k]
                link = self.linked.link[persons.group, k]
                term[:, design.order] = design.expected(rows[k], likelihood * (cavity @ link))
                for place, slope in self._free_links(persons.group, k):
                    term[:, place] = (likelihood * (cavity @ (link * slope))).sum(axis=1)
            term *= root
            added = term.T @ term
            whole += added
            if tail.ends_with(np.diag(added)):
                break

    def add_within(self, persons: Persons, k: int, weight: FloatArray, limit: FloatArray, whole: FloatArray) -> None:
        """Cov(A_k + E[B_k | theta_k]) over the posterior of theta_k, but E[B_k]^2 in place of what B_k has alone."""
        design, likelihood = self.designs[k], persons.likelihood[k]
        cavity, link = persons.general / persons.message[k], self.linked.link[persons.group, k]
        post = likelihood * (cavity @ link)
        links = self._free_links(persons.group, k)
        given = [likelihood * (cavity @ (link * slope)) for _, slope in links]  # post E[B_k | theta_k]
        share = [part / np.maximum(post, LEAST) for part in given]
        order = np.concatenate((design.order, np.array([place for place, _ in links], dtype=np.intp)))
        tail, root = Tail(limit[order]), np.sqrt(weight).astype(np.float32)[:, None]
        rows = design.rows(self.problem.answers.columns[persons.rows])
        term: Single = np.zeros((len(weight), len(order)), dtype=np.float32)
        total = np.zeros((len(order), len(order)))
        for weighted in weighted_polynomials(post, self.problem.nodes):
            term[:, : design.size] = design.expected(rows, weighted)
            for n, part in enumerate(share):
                term[:, design.size + n] = (weighted * part).sum(axis=1)
            term *= root
            added = term.T @ term
            total += added
            if tail.ends_with(np.diag(added)):
                break
        means = np.array([part.sum(axis=1) for part in given]).reshape(len(links), -1)
        total[design.size :, design.size :] = -(means * weight) @ means.T
        whole[np.ix_(order, order)] += total

    def of_links(self, pairs: FloatArray) -> FloatArray:
        """E[-d2 log p(theta | g)] less E[B B'], in the places of the links, (P, P), for expected persons `pairs`."""
        problem, state = self.problem, self.state
        assert problem.general is not None
        slopes = self.linked.slopes
        block = -np.einsum("hkgq,hkgqe,hkgqf->hkef", pairs, slopes, slopes)
        for place in range(3):
            moved = []
            for step in (-DIFFERENCE, DIFFERENCE):
                population = state.population + step * (np.arange(2) == place)
                links = state.links + step * (place == 2)
                there = Linked.of(links, population, problem.general, problem.nodes)
                moved.append(np.einsum("hkgq,hkgqe->hke", pairs, there.slopes))
            block[..., place] += (moved[0] - moved[1]) / (2 * DIFFERENCE)
        whole = np.zeros((len(self.owner),) * 2)
        for number, part in zip(self.links.reshape(-1, 3), block.reshape(-1, 3, 3), strict=True):
            free = np.flatnonzero(number >= 0)
            whole[np.ix_(number[free], number[free])] += part[np.ix_(free, free)]
        return (whole + whole.T) / 2

    def _free_links(self, group: int, k: int) -> list[tuple[int, FloatArray]]:
        """Packed place and slopes (G, Q) of what is free in the links of a group and outcome."""
        numbers = self.links[group, k].tolist()
        return [(number, self.linked.slopes[group, k, :, :, e]) for e, number in enumerate(numbers) if number >= 0]

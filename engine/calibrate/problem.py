"""One calibration as a function to climb: values in; log posterior, gradient and complete-data information out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from engine.calibrate.answers import Answers
from engine.calibrate.dimension_reduction import Linked, expect_by_outcome, loadings
from engine.calibrate.expectation import expect
from engine.calibrate.families import Dichotomous, Family, Nominal, PartialCredit
from engine.calibrate.population import Population
from engine.calibrate.priors import Priors
from engine.calibrate.quadrature import nodes_for
from engine.calibrate.scale import joined, parameters_of, readable
from engine.models import category_log_probabilities
from engine.parameters import FloatArray, Parameters

RIDGE = 1e-6  # of the complete-data information: keeps a step finite where an item tells nothing about a value

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State:
    """Values in their places: items (J, P), mean and log SD of each group (groups, 2) and u (outcomes,).

    In the second-order model mean and log SD stand group by group, outcome by outcome: (groups x outcomes, 2).
    """

    items: FloatArray
    population: FloatArray
    links: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """The objective at one place: see `ascent.Point`."""

    value: float
    gradient: FloatArray
    log_likelihood: float
    inverse: FloatArray
    population_inverse: FloatArray
    link_inverse: FloatArray
    shifts: FloatArray
    shift_inverse: FloatArray
    complete: FloatArray
    problem: Problem

    def em_step(self, direction: FloatArray) -> FloatArray:
        """Solve item by item, group by group, and along the shifts of the scale."""
        given = self.problem.unpack(direction, fill=0.0)
        items = np.matmul(self.inverse, given.items[..., None])[..., 0]
        population = np.matmul(self.population_inverse, given.population[..., None])[..., 0]
        links = given.links * self.link_inverse
        plain = self.problem.pack(State(items=items, population=population, links=links))
        return np.asarray(plain + (self.shift_inverse * (self.shifts @ direction)) @ self.shifts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """What is estimated from which answers. `estimated` are the items with free values, `fixed` holds the others.

    `start` gives the values that are not free; `outcome` (J,) and `general` belong to the second-order model.
    """

    answers: Answers
    family: Family
    estimated: NDArray[np.intp]
    fixed: Parameters | None
    nodes: FloatArray
    start: State
    free_population: Mask
    priors: Priors
    outcome: NDArray[np.intp] | None = None
    general: FloatArray | None = None
    cancelled: Callable[[], bool] | None = None

    @property
    def free_items(self) -> Mask:
        """Which item values are free, (J, P)."""
        return self.family.free

    def on(self, nodes: FloatArray) -> Problem:
        """The same problem on other nodes."""
        return replace(self, nodes=nodes)

    def pack(self, state: State) -> FloatArray:
        """The free values in one vector."""
        return np.concatenate(
            (state.items[self.free_items], state.population[self.free_population], state.links.reshape(-1))
        )

    def unpack(self, values: FloatArray, fill: float | None = None) -> State:
        """A vector in its places; elsewhere the start or `fill`."""
        base = self.start
        items = base.items.copy() if fill is None else np.full(base.items.shape, fill)
        population = base.population.copy() if fill is None else np.full(base.population.shape, fill)
        first = int(self.free_items.sum())
        second = first + int(self.free_population.sum())
        items[self.free_items] = values[:first]
        population[self.free_population] = values[first:second]
        return State(items=items, population=population, links=values[second:].copy())

    def nodes_for(self, values: FloatArray, coarser: float = 1.0) -> FloatArray:
        """The nodes these values ask for."""
        state = self.unpack(values)
        own = parameters_of(self.family, readable(self.family, state.items))
        whole = own if self.fixed is None else joined((own, self.fixed), range(len(own) + len(self.fixed)))
        narrowest, longest = np.inf, self.answers.longest
        if self.outcome is not None:
            deviation = np.exp(state.population[:, 1]).reshape(-1, len(state.links))
            narrowest = float((deviation * np.sqrt(1 - loadings(state.links) ** 2)).min())
            longest *= float(np.bincount(self.outcome).max()) / len(whole)
        return nodes_for(whole, state.population, longest, narrowest, coarser)

    def log_p(self, of_estimated: FloatArray) -> FloatArray:
        """log P of all items, (Q, J, K), from that of the estimated ones."""
        if self.fixed is None:
            return of_estimated
        whole = np.full((len(self.nodes), len(self.answers.categories), int(self.answers.categories.max())), -np.inf)
        known = category_log_probabilities(self.fixed, self.nodes)
        others = np.setdiff1d(np.arange(whole.shape[1]), self.estimated)
        whole[:, others, : known.shape[2]] = known[..., : whole.shape[2]]
        whole[:, self.estimated, : of_estimated.shape[2]] = of_estimated
        return whole

    def evaluate(self, values: FloatArray) -> Place:
        """One E-step."""
        state = self.unpack(values)
        table = self.family.table(state.items, self.nodes)
        log_p = self.log_p(table.log_p)
        if self.outcome is None or self.general is None:
            population = Population.of(state.population, self.nodes)
            found = expect(self.answers, log_p, population.log_weight, self.cancelled)
            log_likelihood, counts, persons = found.log_likelihood, found.counts, found.persons
            weighted = persons[..., None] * population.slopes
            of_population = weighted.sum(axis=1)
            population_information = np.matmul(np.swapaxes(weighted, 1, 2), population.slopes)
            of_links = link_information = np.zeros(0)
        else:
            linked = Linked.of(state.links, state.population, self.general, self.nodes)
            by_outcome = expect_by_outcome(self.answers, self.outcome, log_p, linked, self.general, self.cancelled)
            log_likelihood, counts = by_outcome.log_likelihood, by_outcome.counts
            weighted = by_outcome.pairs[..., None] * linked.slopes
            of_population = weighted[..., :2].sum(axis=(2, 3)).reshape(-1, 2)
            of_links = weighted[..., 2].sum(axis=(0, 2, 3))
            both = np.einsum("hkgqe,hkgqf->hkef", weighted, linked.slopes)
            population_information = both[..., :2, :2].reshape(-1, 2, 2)
            link_information = both[..., 2, 2].sum(axis=0) + _bend(of_links, state.links)
        counts = counts[:, self.estimated, : table.log_p.shape[2]]
        gradient = np.einsum("qjk,qjkp->jp", counts, table.slopes)
        log_prior, of_prior, prior_information = self.prior(state.items)
        information = self._information(counts, table.log_p, table.slopes) + prior_information
        information += _asymptote_bend(self.family, state.items, gradient)
        return Place(
            value=log_likelihood + log_prior,
            gradient=self.pack(State(items=gradient + of_prior, population=of_population, links=of_links)),
            log_likelihood=log_likelihood,
            inverse=_inverse(information, self.free_items),
            population_inverse=_inverse(population_information, self.free_population),
            link_inverse=1 / np.maximum(link_information, 1e-6),
            **self._shifts(state),
            complete=self.pack(
                State(
                    items=np.einsum("jpp->jp", information),
                    population=np.einsum("gpp->gp", population_information),
                    links=link_information,
                )
            ),
            problem=self,
        )

    def _information(self, counts: FloatArray, log_p: FloatArray, slopes: FloatArray) -> FloatArray:
        """Expected complete-data information of each item, (J, P, P): sum n P (log P)' (log P)'."""
        weight = np.sqrt(np.maximum(counts.sum(axis=2), 0.0)[..., None] * np.exp(log_p))
        rooted = np.moveaxis(slopes * weight[..., None], 1, 0)
        flat = rooted.reshape(len(rooted), -1, rooted.shape[-1])
        return np.asarray(np.matmul(np.swapaxes(flat, 1, 2), flat))

    def _shifts(self, state: State) -> dict[str, FloatArray]:
        """How the values move when theta of the first group is shifted or stretched, (m, P), and 1 / information.

        The likelihood only resists through the population's distribution, whose information is N and 2 N: without
        these directions the steps along them are too short by the reliability (parameter expansion: Liu, Rubin & Wu
        1998).
        """
        of_shift, of_stretch = self.family.moved(state.items)
        people = float(self.answers.weights[self.answers.groups[0]].sum())
        groups, outcomes = len(self.answers.groups), max(1, len(state.links))
        outcome = np.zeros(len(self.answers.categories), dtype=np.intp) if self.outcome is None else self.outcome
        anchored = set(outcome[np.setdiff1d(np.arange(len(outcome)), self.estimated)].tolist())
        rows, inverse = [], []
        for k in range(outcomes):
            if k in anchored:  # its scale is that of the fixed items
                continue
            mine = (outcome[self.estimated] == k)[:, None]
            others = np.arange(1, groups) * outcomes + k
            population = np.zeros_like(state.population)
            population[others, 0] = -1.0
            rows.append(self.pack(State(items=of_shift * mine, population=population, links=0 * state.links)))
            inverse.append(1 / people)
            if self.free_items[:, 0].any() and not self.free_population[k, 1]:
                population = np.zeros_like(state.population)
                population[others, 0], population[others, 1] = -state.population[others, 0], -1.0
                rows.append(self.pack(State(items=of_stretch * mine, population=population, links=0 * state.links)))
                inverse.append(0.5 / people)
        if not rows:
            return {"shifts": np.zeros((0, len(self.pack(state)))), "shift_inverse": np.zeros(0)}
        return {"shifts": np.array(rows), "shift_inverse": np.array(inverse)}

    def prior(self, items: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """log prior, its gradient (J, P) and a positive curvature (J, P, P) of the item values."""
        gradient = np.zeros_like(items)
        curvature = np.zeros((*items.shape, items.shape[1]))
        total, priors = 0.0, self.priors
        if not priors or isinstance(self.family, Nominal):
            return total, gradient, curvature
        a = items[:, 0]
        if priors.a is not None:
            logs, slope = priors.a.of(a)
            total += float(logs.sum())
            gradient[:, 0] += slope
            curvature[:, 0, 0] += 1 / priors.a.second**2 / (a * a if priors.a.kind == "lognormal" else 1.0)
        if priors.b is not None:
            last = 2 if isinstance(self.family, Dichotomous) else items.shape[1]
            for place in range(1, last):
                there = self.free_items[:, place]
                before = items[:, place - 1] if isinstance(self.family, PartialCredit) and place > 1 else 0.0
                b = (before - items[:, place]) / a
                logs, slope = priors.b.of(b)
                total += float(logs[there].sum())
                chain = np.zeros_like(items)
                chain[:, 0], chain[:, place] = -b / a, -1 / a
                if isinstance(self.family, PartialCredit) and place > 1:
                    chain[:, place - 1] = 1 / a
                chain[~there] = 0.0
                gradient += slope[:, None] * chain
                curvature += chain[:, :, None] * chain[:, None, :] / priors.b.second**2
        if priors.c is not None:
            c = expit(items[:, 2])
            logs, slope = priors.c.of(c if priors.c.kind == "beta" else items[:, 2])
            total += float(logs.sum())
            if priors.c.kind == "beta":
                gradient[:, 2] += slope * c * (1 - c)
                curvature[:, 2, 2] += max(priors.c.first + priors.c.second - 2, 0.0) * c * (1 - c)
            else:
                gradient[:, 2] += slope
                curvature[:, 2, 2] += 1 / priors.c.second**2
        return total, gradient, curvature


def _asymptote_bend(family: Family, items: FloatArray, gradient: FloatArray) -> FloatArray:
    """`_bend` of c and u on the diagonal of each item's information, (J, P, P)."""
    whole = np.zeros((*items.shape, items.shape[1]))
    if isinstance(family, Dichotomous):
        for place in np.flatnonzero(family.free[0, 2:]) + 2:
            whole[:, place, place] = _bend(gradient[:, place], items[:, place])
    return whole


def _bend(gradient: FloatArray, logits: FloatArray) -> FloatArray:
    """What the logit scale adds to the information of a share that the likelihood drives to the end of its range.

    There the expected information vanishes as the square of the gradient: without this a step would be endless.
    """
    return np.maximum(-gradient * (1 - 2 * expit(logits)), 0.0)


def _inverse(blocks: FloatArray, free: Mask) -> FloatArray:
    """Inverse of each block over its free values; 0 elsewhere. A block that is no number stays one: it is refused."""
    size = blocks.shape[-1]
    both = free[:, :, None] & free[:, None, :]
    held = np.where(both, blocks, 0.0)
    if not np.all(np.isfinite(held)):
        return np.full(held.shape, np.nan)
    diagonal = np.einsum("jpp->jp", held)
    held = held + np.eye(size) * np.where(free, RIDGE * diagonal + 1e-9, 1.0)[:, None, :]
    return np.where(both, np.linalg.inv(held), 0.0)

"""What makes an item a good next one: the selection criteria as formulas over the items of one outcome.

Rules:
- information_at_cut: Fisher information at the outcome's cut (Spray & Reckase 1994; Eggen 1999).
- information: Fisher information at the current theta (Lord 1980); read from the grid by linear interpolation.
- mutual_information: what the answer tells about the mastery states, in nats: I(X_j; M_l) summed over the open outcomes
  l, from the joint posterior of theta_k and the general factor (Cover & Thomas 2006, 2.4). With lambda 0 only the
  item's own outcome counts.
- kl: posterior-weighted Kullback-Leibler information between the current theta and every other (Chang & Ying 1996).
- mepv: least expected posterior variance (van der Linden 1998), answers foreseen by the posterior; its value is the
  variance, so less is better.
- mlwi, mpwi: Fisher information weighted by the likelihood (Veerkamp & Berger 1997) or the posterior (van der Linden
  1998).
- progressive: (1 - w) u max I + w I, u uniform per item and step, w rising from 0 to 1 along the outcome's max_items as
  sum (f - 1) (Revuelta & Ponsoda 1998). It draws by itself: randomesque does not apply.
- proportional: drawn with a chance in proportion to I^h, h = M w, M the outcome's max_items (Barrada, Olea, Ponsoda &
  Abad 2008). It draws by itself; its value is the information.
- a_stratified: strata of rising discrimination, blocked by difficulty, one after the other along the outcome's
  max_items; within a stratum the difficulty nearest to theta (Chang & Ying 1999; Chang, Qian & Ying 2001). Its value
  is minus that distance, less 100 for each stratum further on when the stratum has run dry.
- random: every open item is as good (for comparison). Its value is 0.
Density: the joint posterior where outcomes are tied, else the own one. Shapes: M items, C categories, Q nodes.
Items come last: what is read for one node lies in one piece, and all of an outcome are weighed by one matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from engine.models import category_log_probabilities, category_probabilities, information
from engine.parameters import DICHOTOMOUS, FloatArray, Parameters
from engine.posterior import SMALLEST, SecondOrder, Tied

STRATA = 4  # of a_stratified; fewer where an outcome has fewer items
NEXT_STRATUM = 100.0  # further than any difficulty is from any theta
EXACT = 2e-14  # of a probability: so that information summed over ten outcomes keeps 1e-12
TINIEST = 1e-300  # a uniform draw may be 0, its logarithm may not


def weighted_information(table: FloatArray, weight: FloatArray) -> FloatArray:
    """Information (Q, M) averaged over nodes with these weights (Q,), (M,)."""
    return np.asarray((weight / weight.sum()) @ table)


def kullback_leibler(log_p: FloatArray, p_at_theta: FloatArray, weight: FloatArray) -> FloatArray:
    """sum_q w_q sum_x P_x(theta) log(P_x(theta) / P_x(q)), (M,); log_p (C, Q, M), p_at_theta (C, M), weight (Q,)."""
    expected = np.matmul(weight / weight.sum(), log_p)
    return np.asarray((xlogy(p_at_theta, p_at_theta) - p_at_theta * expected).sum(axis=0))


def expected_variance(
    p: FloatArray, density: FloatArray, nodes: FloatArray, p_at_theta: FloatArray | None = None
) -> FloatArray:
    """Posterior variance expected after the answer, (M,); p (C - 1, Q, M) of all categories but the first.

    Answers are foreseen by the posterior, or with `p_at_theta` (C, M) by one theta (as catR does).
    """
    powers = np.stack((np.ones_like(nodes), nodes, nodes * nodes)) * (density / density.sum())
    later = np.matmul(powers, p)
    moments = np.concatenate((powers.sum(axis=1)[None, :, None] - later.sum(axis=0), later))
    mass = moments[:, 0]
    seen = np.where(mass > 0, mass, 1.0)  # a category an item does not have: its chance is 0
    variance = np.maximum(moments[:, 2] - moments[:, 1] ** 2 / seen, 0.0)  # mass times variance
    if p_at_theta is None:
        return np.asarray(variance.sum(axis=0))
    return np.asarray((p_at_theta * variance / seen).sum(axis=0))


def mutual_information(p: FloatArray, states: FloatArray, basis: FloatArray | None = None) -> FloatArray:
    """sum_l I(X_j; M_l), (M,); p (C - 1, Q, M) of all categories but the first, or (C - 1, R, M) on a basis (Q, R).

    states (1 + L, Q): the density of the items' theta, summing to 1, then that density times P(outcome l met | theta).
    """
    known = len(states)
    cells = np.empty((len(p) + 1, 2 * known - 1, p.shape[2]))  # P(x), P(x, l met), P(x, l not met)
    np.matmul(states if basis is None else states @ basis, p, out=cells[1:, :known])
    first, totals = cells[0, :known], states.sum(axis=1)
    first[:] = totals[:, None]
    for later in cells[1:, :known]:
        first -= later
    np.subtract(cells[:, :1], cells[:, 1:known], out=cells[:, known:])
    np.maximum(cells, TINIEST, out=cells)  # a difference may fall below 0 by a rounding
    cells *= np.log(cells)
    signs, met = np.ones(2 * known - 1), totals[1:]
    signs[0] = 1 - known
    return np.asarray(np.matmul(signs, cells).sum(axis=0) - (xlogy(met, met) + xlogy(1 - met, 1 - met)).sum())


def states_given_theta(model: SecondOrder, tied: Tied, outcome: int, wanted: Sequence[int]) -> FloatArray:
    """(1 + L, Q): density of the outcome's theta, and that density times P(outcome l met | it), for wanted outcomes.

    Through the general factor: p(theta_k = q, l met) = sum_g pi(g) p(q | g, answers on k) p(l met | g, answers on l).
    """
    likelihood, message = tied.likelihood, np.maximum(tied.message, SMALLEST)
    log_pi = np.log(message).sum(axis=0) + np.log(model.weight)
    pi = np.exp(log_pi - log_pi.max())
    pi /= pi.sum()
    within = model.link[outcome] * (likelihood[outcome] / message[outcome][:, None])
    others = list(wanted)
    met = np.matmul(model.link, (likelihood * model.above)[:, :, None])[:, :, 0] / message
    found = np.concatenate((pi[None], pi * met[others])) @ within
    if outcome in others:  # its own state is no matter of the general factor: it is known from theta itself
        found[1 + others.index(outcome)] = found[0] * model.above[outcome]
    return np.asarray(found)


def pace(position: int, length: int) -> float:
    """w of progressive and proportional for the item at `position` (from 1) of `length`: sum (f - 1), of all."""
    whole = length * (length - 1)
    return 1.0 if whole == 0 else min(position, length) * (min(position, length) - 1) / whole


def progressive(values: FloatArray, uniform: FloatArray, weight: float) -> FloatArray:
    """(1 - w) u max I + w I."""
    return np.asarray((1 - weight) * uniform * values.max(initial=0.0) + weight * values)


def proportional(values: FloatArray, uniform: FloatArray, power: float) -> FloatArray:
    """Keys whose descending order draws without replacement in proportion to I^h (Efraimidis 2006)."""
    return np.asarray(power * np.log(np.maximum(values, TINIEST)) - np.log(-np.log(np.maximum(uniform, TINIEST))))


def locations(parameters: Parameters, table: FloatArray, nodes: FloatArray) -> FloatArray:
    """Where each item is most use, (M,): b of dichotomous items, the node of greatest information of others."""
    plain = np.array([model in DICHOTOMOUS for model in parameters.model], dtype=np.bool_)
    return np.where(plain, parameters.b, nodes[table.argmax(axis=0)])


def strata(parameters: Parameters, table: FloatArray, location: FloatArray) -> NDArray[np.intp]:
    """Stratum of each item, (M,), by rising discrimination within blocks of neighbouring difficulty."""
    plain = np.array([model in DICHOTOMOUS for model in parameters.model], dtype=np.bool_)
    steep = np.where(plain, parameters.a, 2 * np.sqrt(table.max(axis=0)))  # of a 2PL, a = 2 sqrt(max I)
    count = max(min(STRATA, len(steep)), 1)
    stratum = np.empty(len(steep), dtype=np.intp)
    order = np.argsort(location, kind="stable")
    for start in range(0, len(order), count):
        block = order[start : start + count]
        stratum[block[np.argsort(steep[block], kind="stable")]] = np.arange(len(block))
    return stratum


def stratified(stratum: NDArray[np.intp], location: FloatArray, theta: float, position: int, length: int) -> FloatArray:
    """Minus the distance to theta; strata other than the current one stand behind, the next ones first."""
    count = int(stratum.max(initial=0)) + 1
    now = min((position - 1) * count // length, count - 1)
    return np.asarray(-np.abs(location - theta) - NEXT_STRATUM * ((stratum - now) % count))


def segment(nodes: FloatArray, theta: float | FloatArray) -> tuple[Any, Any]:
    """The node left of theta (of each theta) and how far theta is on the way to the next one, in [0, 1]."""
    offset = (theta - nodes[0]) / (nodes[1] - nodes[0])
    left = np.minimum(np.maximum(offset.astype(np.intp), 0), len(nodes) - 2)
    return left, offset - left


def between(low: FloatArray, high: FloatArray, share: FloatArray) -> FloatArray:
    """What lies this share of the way from low to high."""
    return np.asarray(low + share * (high - low))


def condensed(p: FloatArray) -> tuple[FloatArray | None, FloatArray]:
    """An orthonormal basis (Q, R) and P on it, (C, R, M), if R <= Q / 2 functions of theta hold P (C, Q, M) to EXACT.

    Response curves are smooth, so those of many items span few functions; None and P itself where they do not.
    """
    nodes = p.shape[1]
    curves = np.swapaxes(p, 0, 1).reshape(nodes, -1)
    if curves.shape[1] <= nodes:
        return None, p
    basis = np.linalg.svd(curves, full_matrices=False)[0][:, : nodes // 2]
    held = np.matmul(basis.T, p)
    if np.abs(np.matmul(basis, held) - p).max() > EXACT:
        return None, p
    return np.ascontiguousarray(basis), held


class Tables:
    """What the criteria look up: information (Q, M), P and log P (C, Q, M) of one outcome's items, made when needed.

    mepv and mutual_information keep no first category; the latter's p is (C - 1, R, M) where there is a `basis` (Q, R).
    """

    __slots__ = ("basis", "information", "location", "log_p", "nodes", "p", "stratum")

    def __init__(self, name: str, parameters: Parameters, nodes: FloatArray) -> None:
        self.nodes = nodes
        none = np.zeros((0, 0))
        self.information = self.location = self.p = self.log_p = none
        self.basis: FloatArray | None = None
        self.stratum: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        if name in ("information", "mlwi", "mpwi", "progressive", "proportional", "a_stratified"):
            self.information = np.ascontiguousarray(information(parameters, nodes))
        if name == "a_stratified":
            self.location = locations(parameters, self.information, nodes)
            self.stratum = strata(parameters, self.information, self.location)
        if name in ("kl", "mepv", "mutual_information"):
            self.p = np.ascontiguousarray(np.moveaxis(category_probabilities(parameters, nodes), -1, 0))
        if name in ("mepv", "mutual_information"):
            self.p = np.ascontiguousarray(self.p[1:])
        if name == "mutual_information":
            self.basis, self.p = condensed(self.p)
        if name == "kl":
            log_p = np.moveaxis(category_log_probabilities(parameters, nodes), -1, 0)
            self.log_p = np.ascontiguousarray(np.where(np.isfinite(log_p), log_p, 0.0))

    def information_at(self, theta: float | FloatArray) -> FloatArray:
        """Information at theta by linear interpolation, (M,); (N, M) for theta (N,)."""
        left, share = segment(self.nodes, theta)
        return between(self.information[left], self.information[left + 1], share[..., None])

    def p_at(self, theta: float) -> FloatArray:
        """P at theta by linear interpolation, (C, M)."""
        left, share = segment(self.nodes, theta)
        return between(self.p[:, left], self.p[:, left + 1], share)

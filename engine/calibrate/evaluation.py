"""The marginal log-likelihood of any parameters on any nodes: one ruler for estimates from different programs."""

from __future__ import annotations

import numpy as np

from engine.grid import normal_weights, theta_nodes
from engine.models import category_log_probabilities
from engine.parameters import FloatArray, Parameters
from engine.responses import ResponseMatrix

NODES, LIMIT = 201, 8.0
BLOCK = 4096  # persons at a time


def marginal_log_likelihood(
    parameters: Parameters, matrix: ResponseMatrix, mean: float = 0.0, deviation: float = 1.0, nodes: int = NODES
) -> float:
    """Log-likelihood of the matrix for theta ~ N(mean, deviation^2), weighted; who met no item adds nothing.

    Equally spaced nodes over 8 standard deviations either way.
    """
    standard = theta_nodes(LIMIT, nodes)
    log_p = category_log_probabilities(parameters, mean + deviation * standard)
    tables = np.where(np.isfinite(log_p), log_p, 0.0)
    prior = np.log(normal_weights(standard))
    total = 0.0
    for start in range(0, len(matrix.persons), BLOCK):
        rows = slice(start, start + BLOCK)
        terms: FloatArray = np.tile(prior, (len(matrix.scores[rows]), 1))
        for k in range(tables.shape[2]):
            terms += (matrix.presented[rows] & (matrix.scores[rows] == k)).astype(np.float64) @ tables[:, :, k].T
        peak = terms.max(axis=1)
        each = peak + np.log(np.exp(terms - peak[:, None]).sum(axis=1))
        total += float(each.sum() if matrix.weight is None else matrix.weight[rows] @ each)
    return total

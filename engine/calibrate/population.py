"""The distribution of theta in each group, normal on the nodes, and its derivatives.

Rules: values (G, 2) hold mean and log standard deviation; weights are the normal density on the nodes, summing to 1,
and the derivatives are those of these weights, so that the gradient is exact on the grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.parameters import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """log weights (G, Q) and their derivatives in mean and log SD, (G, Q, 2)."""

    log_weight: FloatArray
    slopes: FloatArray

    @classmethod
    def of(cls, values: FloatArray, nodes: FloatArray) -> Population:
        """The groups' distributions on these nodes."""
        mean, deviation = values[:, :1], np.exp(values[:, 1:])
        z = (nodes - mean) / deviation
        log_weight = -0.5 * z * z
        top = log_weight.max(axis=1, keepdims=True)
        log_weight = log_weight - top - np.log(np.exp(log_weight - top).sum(axis=1, keepdims=True))
        weight = np.exp(log_weight)
        raw = np.stack((z / deviation, z * z), axis=-1)
        return cls(log_weight=log_weight, slopes=raw - (weight[..., None] * raw).sum(axis=1, keepdims=True))


def free_values(groups: int, outcomes: int, anchored: NDArray[np.intp], *, deviation: bool) -> NDArray[np.bool_]:
    """Which means and SDs are estimated, (groups x outcomes, 2): all but those of the first group.

    There the outcomes with fixed items (`anchored`) have both, the others their SD where the model frees it.
    """
    free = np.ones((groups, outcomes, 2), dtype=np.bool_)
    free[0] = False, deviation
    free[0, anchored] = True
    return free.reshape(-1, 2)

"""The grids on which ability is held: theta of an outcome, and the general factor that ties outcomes together."""

from __future__ import annotations

import numpy as np

from engine.parameters import FloatArray

THETA_LIMIT = 6.0  # the prior holds 2e-9 of its mass beyond
THETA_NODES = 121  # spacing .1: mastery within .004 of the integral for a posterior SD of .25 or more
GENERAL_NODES = 31  # spacing .4
FINE_GENERAL_NODES = 61  # spacing .2
# p(theta | g) is a ridge of width sqrt(1 - lambda^2) / lambda in g: the sum over g is good to 1e-8 while the ridge is
# at least one spacing wide
COARSE_WIDTH = 0.4


def theta_nodes(limit: float = THETA_LIMIT, nodes: int = THETA_NODES) -> FloatArray:
    """Equally spaced nodes on [-limit, limit], read-only, shape (nodes,)."""
    grid = np.linspace(-limit, limit, nodes)
    grid.setflags(write=False)
    return grid


def general_nodes(loadings: FloatArray) -> FloatArray:
    """Nodes of the general factor, fine enough for the largest of these loadings."""
    largest = float(np.max(loadings, initial=0.0))
    narrow = largest > 0 and np.sqrt(1 - largest**2) / largest < COARSE_WIDTH
    return theta_nodes(nodes=FINE_GENERAL_NODES if narrow else GENERAL_NODES)


def normal_weights(nodes: FloatArray) -> FloatArray:
    """The standard normal density on equally spaced nodes, summing to 1."""
    weight = np.exp(-0.5 * nodes * nodes)
    return np.asarray(weight / weight.sum())


def share_above(nodes: FloatArray, cut: float) -> FloatArray:
    """How much of each node's cell lies above the cut, in [0, 1]: clip((theta + h/2 - cut) / h), h the spacing."""
    spacing = float(nodes[1] - nodes[0])
    return np.asarray(np.clip((nodes + spacing / 2 - cut) / spacing, 0.0, 1.0))

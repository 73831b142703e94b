"""Which nodes a calibration needs: as wide as the population, as fine as the narrowest posterior of a person.

Rules: equally spaced nodes integrate a smooth density with an error of about 2 exp(-2 pi^2 (sd / spacing)^2): 2e-7 at
1.1 standard deviations. The narrowest posterior is that of whoever met the most items, all of them the most informative
ones. A logistic curve of slope a has its poles pi / a from the real line: exp(-2 pi^2 / (a spacing)) bounds that error.
"""

from __future__ import annotations

import numpy as np

from engine.models import information
from engine.parameters import FloatArray, Parameters

SPACING_IN_SD = 1.1
SPACING_BY_SLOPE = 1.4
WIDEST = 0.5
REACH = 6.0  # standard deviations of the population
FIRST_SPACING = 0.5
MOST_NODES = 241  # spacing .05 on [-6, 6]: a slope of 28, which is a step and flagged, asks for no more


def first_nodes() -> FloatArray:
    """Nodes to begin with, before anything is known."""
    return spaced(-REACH, REACH, FIRST_SPACING)


def spaced(low: float, high: float, spacing: float) -> FloatArray:
    """Equally spaced nodes from low to high, at most `spacing` apart unless that were more than MOST_NODES."""
    return np.linspace(low, high, min(int(np.ceil((high - low) / spacing)) + 1, MOST_NODES))


def nodes_for(
    parameters: Parameters, population: FloatArray, longest: float, narrowest: float = np.inf, coarser: float = 1.0
) -> FloatArray:
    """Nodes for these items and groups (G, 2: mean, log SD); `narrowest` bounds the SD of theta given all else."""
    deviation = np.exp(population[:, 1])
    low = float((population[:, 0] - REACH * deviation).min())
    high = float((population[:, 0] + REACH * deviation).max())
    each = np.sort(information(parameters, np.linspace(low, high, 61)), axis=1)
    most = max(1, round(longest * len(parameters)))
    peak = float(each[:, -most:].sum(axis=1).max())
    spread = 1 / np.sqrt(peak + 1 / min(float(deviation.min()), narrowest) ** 2)
    steepest = float(_steepest(parameters))
    return spaced(low, high, min(WIDEST, coarser * SPACING_IN_SD * spread, SPACING_BY_SLOPE / steepest))


def _steepest(parameters: Parameters) -> float:
    """The largest slope between neighbouring categories."""
    largest = float(np.abs(parameters.a).max())
    if parameters.polytomous is not None:
        falls = np.diff(parameters.polytomous.slopes, axis=1)
        largest = max(largest, float(np.nanmax(np.abs(falls), initial=0.0)))
    return largest


def adequate(used: FloatArray, wanted: FloatArray) -> bool:
    """Whether nodes chosen for slightly other parameters still do."""
    margin = 0.1 * (wanted[-1] - wanted[0]) / 2
    fine = (used[1] - used[0]) <= 1.1 * (wanted[1] - wanted[0])
    return bool(fine and used[0] <= wanted[0] + margin and used[-1] >= wanted[-1] - margin)

"""The distribution of the sum of item scores at given theta.

Source: Lord & Wingersky (1984), with score levels by Thissen, Pommerich, Billeaud & Williams (1995).
"""

from __future__ import annotations

import numpy as np

from engine.parameters import FloatArray


def summed_score_distribution(probabilities: FloatArray) -> FloatArray:
    """P(sum = s | theta_q), shape (Q, S + 1), from category probabilities (Q, J, M); S = J (M - 1).

    Without items the sum is 0 with probability 1.
    """
    places, items, levels = probabilities.shape
    total = np.zeros((places, items * (levels - 1) + 1))
    total[:, 0] = 1.0
    for item in range(items):
        total = _with(total, probabilities[:, item], item * (levels - 1))
    return total


def rest_score_distributions(probabilities: FloatArray) -> FloatArray:
    """P(sum over the other items = s | theta_q) for each item left out, shape (J, Q, S + 1).

    The items before and after the one left out are combined once each, so the cost is that of J folds of two sums.
    """
    places, items, levels = probabilities.shape
    width = items * (levels - 1) + 1
    before, after = np.zeros((items + 1, places, width)), np.zeros((items + 1, places, width))
    before[0, :, 0] = after[items, :, 0] = 1.0
    for item in range(items):
        before[item + 1] = _with(before[item], probabilities[:, item], item * (levels - 1))
        back = items - 1 - item
        after[back] = _with(after[back + 1], probabilities[:, back], item * (levels - 1))
    rest = np.zeros((items, places, width))
    for item in range(items):
        low, high = before[item], after[item + 1]
        for score in range(item * (levels - 1) + 1):
            rest[item, :, score:] += low[:, score, None] * high[:, : width - score]
    return rest


def _with(total: FloatArray, item: FloatArray, reached: int) -> FloatArray:
    """The distribution after one more item; `reached` is the highest sum so far."""
    grown = np.zeros_like(total)
    for level in range(item.shape[1]):
        grown[:, level : level + reached + 1] += total[:, : reached + 1] * item[:, level, None]
    return grown

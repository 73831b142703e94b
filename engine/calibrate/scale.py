"""From the values of the search to the parameters people read: difficulty form, D = 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from engine.calibrate.families import Dichotomous, Family, Nominal, PartialCredit
from engine.parameters import NOMINAL, STEPPED, FloatArray, Parameters

DIFFERENCE = 1e-5


def readable(family: Family, items: FloatArray) -> FloatArray:
    """Each item's parameters, (J, M): a, b, c, d; a, b1 .. bS; or a1 .. aK, c1 .. cK summing to 0 (nominal)."""
    if isinstance(family, Nominal):
        half = items.shape[1] // 2
        own = np.arange(half + 1) < family.categories[:, None]
        parts = []
        for part in (items[:, :half], items[:, half:]):
            whole = np.concatenate((np.zeros((len(items), 1)), part), axis=1)
            mean = np.where(own, whole, 0.0).sum(axis=1, keepdims=True) / family.categories[:, None]
            parts.append(np.where(own, whole - mean, 0.0))
        return np.concatenate(parts, axis=1)
    a = items[:, :1]
    if isinstance(family, Dichotomous):
        return np.concatenate((a, -items[:, 1:2] / a, expit(items[:, 2:])), axis=1)
    before = np.zeros_like(items[:, 1:])
    if isinstance(family, PartialCredit):
        before[:, 1:] = items[:, 1:-1]
    return np.concatenate((a, (before - items[:, 1:]) / a), axis=1)


def jacobian(family: Family, items: FloatArray) -> FloatArray:
    """d readable / d value by central differences, (J, M, P)."""
    parts = []
    for place in range(items.shape[1]):
        shift = np.zeros(items.shape[1])
        shift[place] = DIFFERENCE
        change = readable(family, items + shift) - readable(family, items - shift)
        parts.append(np.where(np.isfinite(change), change, 0.0) / (2 * DIFFERENCE))
    return np.stack(parts, axis=-1)


def parameters_of(family: Family, numbers: FloatArray, model: str | None = None) -> Parameters:
    """Parameters of the estimated items, under another model's name if given; slopes of either sign, as found."""
    if isinstance(family, Dichotomous):
        a, b, c, d = numbers.T
        return Parameters.of(a=a, b=b, c=c, d=d, model=model or family.model, signed=True)
    counts = family.categories.tolist()
    if isinstance(family, Nominal):
        width = numbers.shape[1] // 2
        return Parameters.of(
            model="nominal",
            slopes=[row[:k].tolist() for row, k in zip(numbers, counts, strict=True)],
            intercepts=[row[width : width + k].tolist() for row, k in zip(numbers, counts, strict=True)],
        )
    steps = [row[1:k].tolist() for row, k in zip(numbers, counts, strict=True)]
    name = family.model if isinstance(family, PartialCredit) else "GRM"
    return Parameters.of(a=numbers[:, 0], steps=steps, model=name, signed=True)


def joined(parts: Sequence[Parameters], order: Sequence[int] | NDArray[np.intp]) -> Parameters:
    """Several sets of items as one, then in the order asked for."""
    steps: list[Sequence[float] | None] = []
    slopes: list[Sequence[float] | None] = []
    intercepts: list[Sequence[float] | None] = []
    for part in parts:
        for j, model in enumerate(part.model):
            free = model == NOMINAL and part.polytomous is not None
            count = int(part.categories[j])
            steps.append(part.steps_of(j) if model in STEPPED else None)
            slopes.append(part.polytomous.slopes[j, :count].tolist() if free and part.polytomous else None)
            intercepts.append(part.polytomous.intercepts[j, :count].tolist() if free and part.polytomous else None)
    whole = Parameters.of(
        a=np.concatenate([part.a for part in parts]),
        b=np.concatenate([part.b for part in parts]),
        c=np.concatenate([part.c for part in parts]),
        d=np.concatenate([part.d for part in parts]),
        model=[model for part in parts for model in part.model],
        steps=steps,
        slopes=slopes,
        intercepts=intercepts,
        signed=True,
    )
    return whole.take(list(order))

"""Simulated answers for the tests of calibration."""

import itertools

import numpy as np

from engine import Parameters, ResponseMatrix
from engine.models import category_probabilities


def a_clock():
    return itertools.count().__next__


def items_of(model, count=8, seed=3, categories=4):
    draw = np.random.default_rng(seed)
    a, b = draw.lognormal(0, 0.25, count), np.linspace(-1.5, 1.5, count)
    if model == "2PL":
        return Parameters.of(a=a, b=b, model=model)
    if model == "3PL":
        return Parameters.of(a=a * 1.3, b=b, c=draw.uniform(0.1, 0.3, count), model=model)
    if model == "nominal":
        rows = [np.sort(draw.normal(size=categories)) for _ in range(count)]
        levels = [draw.normal(size=categories) * 0.5 for _ in range(count)]
        return Parameters.of(
            model=model, slopes=[r - r.mean() for r in rows], intercepts=[r - r.mean() for r in levels]
        )
    steps = [np.linspace(-1.2, 1.2, categories - 1) + x for x in b * 0.6]
    return Parameters.of(model=model, a=1.0 if model == "PCM" else a, steps=steps)


def answers_to(parameters, n=800, seed=2, hidden=0.0, theta=None, group=None, weight=None):
    draw = np.random.default_rng(seed)
    theta = draw.standard_normal(n) if theta is None else theta
    above = category_probabilities(parameters, theta).cumsum(axis=-1)[..., :-1]
    scores = (draw.random((len(theta), len(parameters)))[..., None] > above).sum(axis=-1)
    return ResponseMatrix(
        persons=tuple(map(str, range(len(theta)))),
        items=tuple(f"i{j}" for j in range(len(parameters))),
        scores=scores.astype(np.int8),
        presented=draw.random(scores.shape) >= hidden,
        group=group,
        weight=weight,
    )

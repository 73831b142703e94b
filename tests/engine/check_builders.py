"""Simulated answers and the reference files for the tests of the checks."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from engine import Parameters, ResponseMatrix
from engine.models import category_probabilities

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
GOLDEN_FOLDER = Path(__file__).resolve().parents[1] / "golden"
GOLDEN = json.loads((GOLDEN_FOLDER / "checks.json").read_text(encoding="utf-8"))
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the shared folder with reference data is not beside the repository"
)


def two_pl(items=20, seed=1, c=0.0):
    draw = np.random.default_rng(seed)
    a, b = draw.uniform(0.8, 2.0, items), draw.normal(0, 1, items)
    return Parameters.of(a=a, b=b, c=c, model="3PL" if c else "2PL")


def graded(items=8, seed=1):
    draw = np.random.default_rng(seed)
    steps = [np.sort(draw.normal(0, 1, 3)) + np.array([-0.3, 0, 0.3]) for _ in range(items)]
    return Parameters.of(a=draw.uniform(0.8, 2.0, items), steps=[s.tolist() for s in steps], model="GRM")


def answers(parameters, theta, seed=1, shown=1.0, group=None):
    """A matrix of answers drawn from the model; `shown` is the share of cells presented at random."""
    draw = np.random.default_rng(seed)
    theta = np.asarray(theta)
    reach = np.cumsum(category_probabilities(parameters, theta), axis=-1)
    scores = (draw.random((len(theta), len(parameters)))[..., None] > reach).sum(axis=-1)
    presented = draw.random(scores.shape) < shown
    return matrix_of(scores, presented, group)


def matrix_of(scores, presented=None, group=None):
    scores = np.asarray(scores, dtype=np.int8)
    return ResponseMatrix(
        persons=tuple(str(n) for n in range(1, len(scores) + 1)),
        items=tuple(f"i{j}" for j in range(scores.shape[1])),
        scores=scores,
        presented=np.ones(scores.shape, dtype=bool) if presented is None else presented,
        group=group,
    )


def other_scores_outside_the_mask(matrix):
    """The same matrix with nonsense where nothing was presented: no statistic may notice."""
    scores = np.where(matrix.presented, matrix.scores, 1).astype(np.int8)
    presented = matrix.presented.copy()
    return ResponseMatrix(
        persons=matrix.persons, items=matrix.items, scores=scores, presented=presented, group=matrix.group
    )


def with_fitted_margins(parameters, matrix):
    """Rasch items whose expected facilities in N(0, 1) equal the observed ones, by Newton's method."""
    nodes = np.linspace(-6, 6, 121)
    weights = np.exp(-(nodes**2) / 2) / np.exp(-(nodes**2) / 2).sum()
    b = parameters.b.copy()
    for _ in range(20):
        chance = category_probabilities(Parameters.of(b=b, model="Rasch"), nodes)[..., 1]
        b = b + (weights @ chance - matrix.scores.mean(axis=0)) / (weights @ (chance * (1 - chance)))
    return Parameters.of(b=b, model="Rasch")


def reference(name):
    """Rows of a reference file as dictionaries."""
    with (SHARED / "reference" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(rows, name):
    return np.array([float(row[name]) if row[name] not in ("NA", "") else np.nan for row in rows])


def table(name):
    rows = reference(name)
    return np.column_stack([column(rows, key) for key in rows[0]])


def reference_responses(name):
    scores = table(f"{name}_responses").astype(np.int8)
    lowest = scores.min(axis=0) if scores.max() > 1 else 0
    return matrix_of(scores - lowest)


def reference_parameters(name, model="2PL"):
    rows = reference(f"{name}_items")
    if model in ("GRM", "GPCM"):
        return Parameters.of(
            a=column(rows, "IRT_a"), steps=[[float(r[f"IRT_b{k}"]) for k in (1, 2, 3)] for r in rows], model=model
        )
    return Parameters.of(a=column(rows, "IRT_a"), b=column(rows, "IRT_b"), model=model)


def eap(parameters, matrix):
    """EAP on 121 nodes, written on its own: the estimate the reference files use."""
    nodes = np.linspace(-6, 6, 121)
    with np.errstate(divide="ignore"):
        logs = np.log(category_probabilities(parameters, nodes))
    total = np.tile(-(nodes**2) / 2, (len(matrix.persons), 1))
    for j in range(len(matrix.items)):
        total += np.where(matrix.presented[:, j, None], logs[:, j, matrix.scores[:, j]].T, 0)
    weight = np.exp(total - total.max(axis=1, keepdims=True))
    return weight @ nodes / weight.sum(axis=1)

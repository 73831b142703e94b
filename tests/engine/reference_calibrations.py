"""What calibrations are compared with: the reference tables of items, of standard errors and of likelihoods."""

import functools

import numpy as np
import pytest
from reference_data import calibrated, data, dichotomous, intercepts, number, numbers, table

from engine import Parameters
from engine.calibrate import marginal_log_likelihood
from engine.item_curves import ThetaDistribution
from engine.models import category_log_probabilities

HELD = f"logitnormal:{np.log(0.1 / 0.9)},.001"  # guessing of .1


def items_of(model, name):
    found, rows = calibrated(name, model).parameters, table(f"{name}_{FILES[model]}_items")

    assert found.a == pytest.approx(numbers(rows, "a1")[:, 0], abs=1e-3)
    assert intercepts(found) == pytest.approx(numbers(rows, "d")[:, 0], abs=1e-3)
    assert found.b == pytest.approx(numbers(rows, "IRT_b")[:, 0], abs=1e-3, rel=1e-3)


FILES = {"2pl": "2PL", "rasch": "Rasch", "1pl": "1PL_equal_a"}


def stepped_items(model, kind, name):
    found, rows = calibrated(name, model).parameters, table(f"{name}_{kind}_items")
    wanted = numbers(rows, "IRT_a", "IRT_b1", "IRT_b2", "IRT_b3")

    assert np.column_stack((found.a, [found.steps_of(j) for j in range(4)])) == pytest.approx(wanted, abs=1e-3)


def nominal_items(name):
    """The likelihood is flat: the other program stopped 1.3e-3 of a slope away, at a likelihood no higher."""
    found, rows = calibrated(name, "nominal"), table(f"{name}_NRM_items")
    wanted = numbers(rows, *(f"IRT_{letter}{k}" for letter in "ac" for k in range(1, 5)))
    theirs = Parameters.of(model="nominal", slopes=wanted[:, :4].tolist(), intercepts=wanted[:, 4:].tolist())
    more = found.parameters.polytomous

    assert np.column_stack((more.slopes, more.intercepts)) == pytest.approx(wanted, abs=1.5e-3)
    assert marginal_log_likelihood(theirs, data(name)) <= found.log_likelihood + 1e-6


def items_with_prior(name):
    """Item 32 lies on a flat ridge: the other program stopped 6e-4 of its slope before the top."""
    found = calibrated(name, "3pl", "logitnormal:-1.4,.5")
    a, d, g, b = numbers(table("SAT12_3PL_prior_norm_m1.4_0.5_items"), "a1", "d", "g", "IRT_b").T

    assert found.parameters.a == pytest.approx(a, abs=1e-3, rel=1e-3)
    assert intercepts(found.parameters) == pytest.approx(d, abs=1e-3, rel=1e-3)
    assert found.parameters.c == pytest.approx(g, abs=1e-3)
    assert found.parameters.b == pytest.approx(b, abs=1e-3, rel=1e-3)


def items_with_fixed_guessing(name):
    """Guessing is fixed there and held at .1 by a prior of SD .001 on its logit here."""
    found, rows = (
        calibrated(name, "3pl", f"logitnormal:{np.log(0.1 / 0.9)},.001"),
        table(f"{name}_3PL_fixed_g_0.1_items"),
    )

    assert found.parameters.c == pytest.approx(0.1, abs=1e-5)
    assert found.parameters.a == pytest.approx(numbers(rows, "a1")[:, 0], abs=1e-3, rel=1e-3)
    assert intercepts(found.parameters) == pytest.approx(numbers(rows, "d")[:, 0], abs=1e-3, rel=1e-3)
    theirs = marginal_log_likelihood(dichotomous(rows), data(name))
    assert theirs == pytest.approx(summary(f"{name}_3PL_fixed_g_0.1")["logLik"], abs=0.01)
    assert found.log_likelihood == pytest.approx(theirs, abs=0.01)


# --- standard errors


def errors(name, kind):
    """(5, 2): of a and d."""
    return numbers(table(f"{name}_2PL_SE_{kind}"), "SE").reshape(-1, 2)


@functools.cache
def pattern_scores(name):
    """All patterns with their probability and the score of their log-likelihood in (a, d), by central differences."""
    found = calibrated(name, "2pl").parameters
    at, grid = np.column_stack((found.a, intercepts(found))).reshape(-1), ThetaDistribution.normal()
    patterns = np.array(list(np.ndindex(*(2,) * len(found))))

    def logs(values):
        a, d = values.reshape(-1, 2).T
        log_p = category_log_probabilities(Parameters.of(a=a, b=-d / a, model="2PL"), grid.nodes)
        each = sum(log_p[:, j, patterns[:, j]] for j in range(len(a)))
        return np.log(grid.weights @ np.exp(each))

    moves = np.eye(len(at)) * 1e-5
    return patterns, np.exp(logs(at)), np.stack([(logs(at + m) - logs(at - m)) / 2e-5 for m in moves], axis=1)


def of_information(matrix):
    return np.sqrt(np.diag(np.linalg.inv(matrix))).reshape(-1, 2)


def cross_product(name):
    patterns, _, scores = pattern_scores(name)
    given = data(name).scores
    counts = np.array([(given == pattern).all(axis=1).sum() for pattern in patterns])
    return (scores * counts[:, None]).T @ scores


def oakes(kind, name):
    """Louis (1982) and Oakes (1999): two ways to the observed information, which is what we give."""
    assert calibrated(name, "2pl").value_errors[:, :2] == pytest.approx(errors(name, kind), rel=0.02)


def supplemented(name):
    """The observed information by differences of EM steps: they are rough, up to 8 % off what Louis and Oakes give."""
    assert calibrated(name, "2pl").value_errors[:, :2] == pytest.approx(errors(name, "SEM"), rel=0.08)


def expected(name):
    """Expected information over all 32 patterns; ours is the observed one, so it is made here from our curves."""
    _, chance, scores = pattern_scores(name)
    whole = len(data(name).persons) * (scores * chance[:, None]).T @ scores

    assert of_information(whole) == pytest.approx(errors(name, "Fisher"), rel=0.02)


def crossed(name):
    """Cross product of the scores; ours for the second-order model only, so it is made here from our curves."""
    assert of_information(cross_product(name)) == pytest.approx(errors(name, "crossprod"), rel=0.02)


def sandwich(kind, name):
    """Our covariance on both sides of the cross product."""
    covariance = calibrated(name, "2pl").covariance
    robust = covariance @ cross_product(name) @ covariance

    assert np.sqrt(np.diag(robust)).reshape(-1, 2) == pytest.approx(errors(name, kind), rel=0.02)


# --- likelihoods


@functools.cache
def summary(tag=None):
    rows = {row["tag"]: {key: row[key] for key in row if key != "tag"} for row in table("SUMMARY")}
    if tag is None:
        return rows
    return {key: number(value) for key, value in rows[tag].items() if key != "conv"}


def summaries(name):
    """iters are the other program's own; df of its G2 is a table of 2^32 cells cut to 32 bits for SAT12."""
    models = {"2PL": "2pl", "Rasch": "rasch", "1PL_equal_a": "1pl", "GRM": "grm", "GPCM": "gpcm", "PCM_Rasch": "pcm"}
    models |= {"NRM": "nominal", "3PL_fixed_g_0.1": "3pl"}
    for tag in summary():
        data_name, kind = tag.split("_", 1)
        prior = HELD if kind == "3PL_fixed_g_0.1" else None
        found, wanted = calibrated(data_name, models[kind], prior), summary(tag)
        persons = data(data_name)
        _, counts = np.unique(persons.scores, axis=0, return_counts=True)
        saturated = float(counts @ np.log(counts / counts.sum()))
        free = found.free - (32 if prior else 0)

        assert persons.scores.shape == (wanted["N"], wanted["J"])
        assert found.log_likelihood == pytest.approx(wanted["logLik"], abs=0.01)
        assert free == wanted["nest"]
        assert 2 * free - 2 * found.log_likelihood == pytest.approx(wanted["AIC"], abs=0.02)
        assert free * np.log(wanted["N"]) - 2 * found.log_likelihood == pytest.approx(wanted["BIC"], abs=0.02)
        assert 2 * (saturated - found.log_likelihood) == pytest.approx(wanted["G2"], abs=0.02)
        assert found.groups[0].mean == wanted["mean"]
        assert found.groups[0].deviation ** 2 == pytest.approx(wanted["var"], abs=1e-3)

"""Abilities of several outcomes from a response matrix."""

from dataclasses import replace

import numpy as np
import pytest
from check_builders import answers, graded, matrix_of, other_scores_outside_the_mask, two_pl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from engine import Parameters, ParameterTable, ResponsesError, score
from engine.models import category_log_probabilities
from engine.outcome_scores import plausible_outcomes, score_outcomes

LOADINGS = {"one": 0.9, "two": 0.7, "three": 0.4}


def a_test(persons=40, each=6, seed=1, shown=1.0):
    """Items of three outcomes, theta from the second-order model, answers."""
    draw = np.random.default_rng(seed)
    general = draw.normal(size=persons)
    theta = {k: w * general + np.sqrt(1 - w**2) * draw.normal(size=persons) for k, w in LOADINGS.items()}
    parameters = two_pl(3 * each, seed)
    scores = np.column_stack(
        [answers(parameters, theta[k], seed + n).scores[:, n * each : (n + 1) * each] for n, k in enumerate(theta)]
    )
    matrix = answers(parameters, np.zeros(persons), seed, shown)
    matrix = replace(matrix, scores=np.where(matrix.presented, scores, 0).astype(np.int8))
    table = ParameterTable(items=matrix.items, parameters=parameters)
    outcomes = {item: list(LOADINGS)[j // each] for j, item in enumerate(matrix.items)}
    return table, matrix, outcomes, np.column_stack(list(theta.values()))


def brute_force(table, matrix, outcomes, person, nodes=61):
    """Posterior mean and SD of every theta given all answers, over a grid of three dimensions."""
    axis = np.linspace(-5, 5, nodes)
    weights = np.array(list(LOADINGS.values()))
    covariance = np.outer(weights, weights)
    np.fill_diagonal(covariance, 1)
    place = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    logs = category_log_probabilities(table.parameters, axis)
    density = multivariate_normal(np.zeros(3), covariance).logpdf(place)
    for k, name in enumerate(LOADINGS):
        mine = [j for j, item in enumerate(matrix.items) if outcomes[item] == name and matrix.presented[person, j]]
        own = sum((logs[:, j, matrix.scores[person, j]] for j in mine), np.zeros(nodes))
        density += own.reshape([-1 if axis_number == k else 1 for axis_number in range(3)])
    density = np.exp(density - density.max())
    density /= density.sum()
    mean = np.einsum("abc,abck->k", density, place)
    return mean, np.sqrt(np.einsum("abc,abck->k", density, (place - mean) ** 2))


def test_joint_evidence_is_the_marginal_of_all_outcomes_together():
    table, matrix, outcomes, _ = a_test(persons=3, shown=0.8)
    found = score_outcomes(table, matrix, outcomes, evidence="joint", loadings=LOADINGS)

    for person in range(3):
        mean, spread = brute_force(table, matrix, outcomes, person)
        assert found.theta[person] == pytest.approx(mean, abs=2e-4)
        assert found.standard_error[person] == pytest.approx(spread, abs=2e-4)


@pytest.mark.parametrize("method", ["eap", "map", "mle", "wle"])
def test_own_evidence_is_each_outcome_scored_alone(method):
    table, matrix, outcomes, _ = a_test()
    found = score_outcomes(table, matrix, outcomes, method)

    for k, name in enumerate(found.outcomes):
        mine = [j for j, item in enumerate(matrix.items) if outcomes[item] == name]
        alone = score(
            ParameterTable(items=tuple(f"i{j}" for j in range(len(mine))), parameters=table.parameters.take(mine)),
            answers_of(matrix, mine),
            method,
        )
        assert np.array_equal(found.theta[:, k], alone.theta)
        assert np.array_equal(found.at_bound[:, k], alone.at_bound)
    assert found.at_bound.any() == (method == "mle")
    assert found.outcomes == ("one", "two", "three")


def answers_of(matrix, columns):
    return matrix_of(matrix.scores[:, columns])


def test_without_loadings_joint_evidence_is_own_evidence():
    table, matrix, outcomes, _ = a_test(shown=0.7)
    own, joint = (score_outcomes(table, matrix, outcomes, evidence=e, cuts={"two": 0.3}) for e in ("own", "joint"))

    assert joint.theta == pytest.approx(own.theta, abs=1e-6)
    assert joint.mastery[:, 1] == pytest.approx(own.mastery[:, 1], abs=1e-9)
    assert np.isnan(joint.mastery[:, [0, 2]]).all()


def test_joint_evidence_comes_closer_to_the_truth():
    table, matrix, outcomes, theta = a_test(persons=2000, each=4, seed=3)
    gap = {
        e: ((score_outcomes(table, matrix, outcomes, evidence=e, loadings=LOADINGS).theta - theta) ** 2).mean(axis=0)
        for e in ("own", "joint")
    }

    assert (gap["joint"] < gap["own"]).all()


def test_guarded_evidence_says_what_own_answers_allow():
    table, matrix, outcomes, _ = a_test(persons=300)
    cuts = dict.fromkeys(LOADINGS, 0.0)
    found = score_outcomes(table, matrix, outcomes, evidence="guarded", loadings=LOADINGS, cuts=cuts)
    joint = score_outcomes(table, matrix, outcomes, evidence="joint", loadings=LOADINGS, cuts=cuts)
    own = score_outcomes(table, matrix, outcomes, cuts=cuts)
    rows = [row["outcomes"][name] for row in found.as_json()["persons"] for name in LOADINGS]

    assert np.array_equal(found.mastery, joint.mastery)
    assert found.own_mastery == pytest.approx(own.mastery, abs=1e-6)
    for row, mastery in zip(rows, found.own_mastery.reshape(-1), strict=True):
        assert row["own_allows"] == ("met" if mastery >= 0.8 else "not_met" if mastery <= 0.2 else None)
    assert {row["own_allows"] for row in rows} == {"met", "not_met", None}


@settings(max_examples=15)
@given(st.permutations(range(18)))
def test_the_order_of_columns_changes_no_bit_of_the_joint_posterior(order):
    table, matrix, outcomes, _ = a_test(persons=5, shown=0.8)
    moved = ParameterTable(items=tuple(table.items[j] for j in order), parameters=table.parameters.take(order))
    columns = {"items": moved.items, "scores": matrix.scores[:, order], "presented": matrix.presented[:, order]}
    both = ((table, matrix), (moved, replace(matrix, **columns)))
    one, other = (score_outcomes(*each, outcomes, evidence="joint", loadings=LOADINGS) for each in both)

    assert np.array_equal(one.theta, other.theta)


def test_what_was_not_presented_changes_nothing_and_nothing_leaves_the_prior():
    table, matrix, outcomes, _ = a_test(shown=0.7)
    noisy = other_scores_outside_the_mask(matrix)
    one, other = (score_outcomes(table, m, outcomes, evidence="joint", loadings=LOADINGS) for m in (matrix, noisy))
    empty = answers(table.parameters, np.zeros(2), shown=0.0)
    nothing = score_outcomes(table, empty, outcomes, evidence="joint", loadings=LOADINGS)

    assert np.array_equal(one.theta, other.theta)
    assert nothing.theta == pytest.approx(0, abs=1e-9)
    assert nothing.standard_error == pytest.approx(1, abs=1e-6)
    assert not nothing.items.any()


def test_plausible_values_have_the_moments_of_the_posterior_and_the_correlations_of_the_model():
    table, matrix, outcomes, _ = a_test(persons=3, each=4)
    draw = np.random.default_rng(5)
    found = score_outcomes(table, matrix, outcomes, evidence="joint", loadings=LOADINGS)
    values = plausible_outcomes(table, matrix, outcomes, draw.random((3, 20_000, 4)), LOADINGS)
    empty = answers(table.parameters, np.zeros(1), shown=0.0)
    prior = plausible_outcomes(table, empty, outcomes, draw.random((1, 20_000, 4)), LOADINGS)[0]

    assert values.mean(axis=1) == pytest.approx(found.theta, abs=0.025)
    assert values.std(axis=1) == pytest.approx(found.standard_error, abs=0.02)
    wanted = [0.9 * 0.7, 0.9 * 0.4, 0.7 * 0.4]
    assert np.corrcoef(prior.T)[np.triu_indices(3, 1)] == pytest.approx(wanted, abs=0.025)


def test_graded_items_are_scored_by_outcome():
    parameters = graded(8)
    matrix = answers(parameters, np.random.default_rng(1).normal(size=50))
    table = ParameterTable(items=matrix.items, parameters=parameters)
    outcomes = {item: "ab"[j % 2] for j, item in enumerate(matrix.items)}
    found = score_outcomes(table, matrix, outcomes, evidence="joint", loadings={"a": 0.8, "b": 0.8})

    assert np.corrcoef(found.theta.T)[0, 1] > 0.5
    assert (found.standard_error < 0.7).all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"outcomes": {"i0": "one"}}, "item i1 has no outcome"),
        ({"loadings": {"four": 0.5}}, "lambda of four: no item measures"),
        ({"loadings": {"one": 1.0}}, "lambda of one is 1; it must lie between 0 and 0.98"),
        ({"cuts": {"four": 0.5}}, "cut of four: no item measures"),
        ({"evidence": "joint", "method": "mle"}, "its theta is the eap, not mle"),
        ({"evidence": "all"}, "'all' is not one of own, guarded, joint"),
        ({"calibrated": ParameterTable(items=("i0",), parameters=Parameters.of(b=0.0))}, "item i1 has no parameters"),
    ],
)
def test_what_cannot_be_scored_is_refused(change, reason):
    table, matrix, outcomes, _ = a_test(persons=4)
    with pytest.raises(ResponsesError, match=reason):
        score_outcomes(**({"calibrated": table, "matrix": matrix, "outcomes": outcomes} | change))


def test_draws_of_another_shape_are_refused():
    table, matrix, outcomes, _ = a_test(persons=4)
    with pytest.raises(ResponsesError, match="outcomes \\+ 1"):
        plausible_outcomes(table, matrix, outcomes, np.zeros((4, 5, 3)))

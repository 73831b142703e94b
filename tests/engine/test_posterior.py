"""The second-order posterior against brute force, its order-freeness and the mastery integral."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from engine.grid import theta_nodes
from engine.models import log_probabilities
from engine.parameters import Parameters
from engine.posterior import UNIT, LikelihoodRangeError, SecondOrder, likelihood_rows

CUTS, LOADINGS = (-0.3, 0.24, 0.7), (0.7, 0.5, 0.9)


def a_sitting(model, items, seed, outcomes=3):
    """Log-likelihood rows and float log-likelihoods of the same random answers, both (K, Q)."""
    draw = np.random.default_rng(seed)
    parameters = Parameters.of(a=draw.uniform(0.6, 2, items), b=draw.normal(size=items), c=draw.uniform(0, 0.25, items))
    answers, of = draw.integers(0, 2, items), draw.integers(0, outcomes, items)
    rows = likelihood_rows(parameters, model.nodes)
    total = np.zeros((outcomes, len(model.nodes)), dtype=np.int64)
    for j in range(items):
        total[of[j]] += rows[j, answers[j]]
    return parameters, answers, of, total


def test_the_joint_posterior_is_the_marginal_of_the_three_dimensional_one():
    model = SecondOrder.of(CUTS, LOADINGS)
    parameters, answers, of, total = a_sitting(model, 15, seed=7)
    # brute force: theta_1..3 ~ N(0, R) with R_kl = lambda_k lambda_l, on the same theta nodes, no general factor
    correlation = np.outer(LOADINGS, LOADINGS)
    np.fill_diagonal(correlation, 1)
    precision = np.linalg.inv(correlation)
    nodes = model.nodes
    likelihood = []
    for k in range(3):
        log_p, log_q = log_probabilities(parameters, nodes)
        mine = of == k
        likelihood.append(np.exp((np.where(answers, log_p, log_q) * mine).sum(axis=1)))
    x, y, z = np.meshgrid(nodes, nodes, nodes, indexing="ij", sparse=True)
    form = (
        precision[0, 0] * x * x + precision[1, 1] * y * y + precision[2, 2] * z * z
        + 2 * (precision[0, 1] * x * y + precision[0, 2] * x * z + precision[1, 2] * y * z)
    )  # fmt: skip
    density = np.exp(-form / 2) * likelihood[0][:, None, None] * likelihood[1][:, None] * likelihood[2]
    density /= density.sum()
    joint = model.joint(total)

    for k in range(3):
        marginal = density.sum(axis=tuple(a for a in range(3) if a != k))
        mean = (marginal * nodes).sum()
        assert joint.theta[k] == pytest.approx(mean, abs=1e-6)
        assert joint.standard_error[k] == pytest.approx(np.sqrt((marginal * (nodes - mean) ** 2).sum()), abs=1e-6)
        assert joint.mastery[k] == pytest.approx((marginal * model.above[k]).sum(), abs=1e-6)


def test_own_evidence_ignores_the_other_outcomes_and_joint_does_not():
    model = SecondOrder.of(CUTS, LOADINGS)
    _, _, _, total = a_sitting(model, 12, seed=3)
    other = total.copy()
    other[1:] = 0

    assert model.own(total).mastery[0] == model.own(other).mastery[0]
    assert abs(model.joint(total).mastery[0] - model.joint(other).mastery[0]) > 1e-3


def test_without_loadings_joint_and_own_agree():
    model = SecondOrder.of(CUTS, (0.0, 0.0, 0.0))
    _, _, _, total = a_sitting(model, 12, seed=3)
    own, joint = model.own(total), model.joint(total)

    np.testing.assert_allclose(joint.mastery, own.mastery, atol=1e-12)
    np.testing.assert_allclose(joint.theta, own.theta, atol=1e-12)


@given(st.permutations(range(9)))
def test_the_order_of_answers_changes_no_bit(order):
    model = SecondOrder.of((0.1,), (0.0,))
    parameters = Parameters.of(a=np.linspace(0.7, 1.9, 9), b=np.linspace(-2, 2, 9), c=0.13)
    rows = likelihood_rows(parameters, model.nodes)
    forward = sum(rows[j, j % 2] for j in range(9))
    shuffled = sum(rows[j, j % 2] for j in order)

    assert (forward == shuffled).all()
    assert model.own(forward[None]).mastery[0] == model.own(shuffled[None]).mastery[0]


@pytest.mark.parametrize("loading", [0.0, 0.7, 0.9, 0.98])
def test_the_prior_of_an_outcome_is_standard_normal_whatever_its_loading(loading):
    model = SecondOrder.of((0.0,), (loading,))
    empty = model.own(np.zeros((1, len(model.nodes)), dtype=np.int64))

    assert empty.theta[0] == pytest.approx(0, abs=1e-9)
    assert empty.standard_error[0] == pytest.approx(1, abs=1e-5)
    assert empty.mastery[0] == pytest.approx(0.5, abs=1e-9)
    np.testing.assert_allclose(model.prior[0] / 0.1, norm.pdf(model.nodes), atol=2e-6)


@pytest.mark.parametrize("items", [1, 4, 10, 30])
@pytest.mark.parametrize("cut", [-0.8, -0.33, 0.0, 0.249, 0.55])
def test_mastery_is_within_four_thousandths_of_the_integral(items, cut):
    model = SecondOrder.of((cut,), (0.0,))
    parameters, answers, _, total = a_sitting(model, items, seed=items, outcomes=1)
    standing = model.own(total)

    def density(t):
        log_p, log_q = log_probabilities(parameters, t)
        return float(np.exp(np.where(answers, log_p, log_q).sum() - t * t / 2))

    whole = quad(density, -8, 8, points=[cut, float(standing.theta[0])], limit=200)[0]
    above = quad(density, cut, 8, points=[float(standing.theta[0])] if standing.theta[0] > cut else None, limit=200)[0]

    assert standing.standard_error[0] >= 0.25
    assert standing.mastery[0] == pytest.approx(above / whole, abs=0.004)


@pytest.mark.parametrize(("difficulty", "times"), [(0.0, 200), (4.0, 20), (4.0, 400)])
def test_evidence_that_contradicts_itself_wildly_stays_finite(difficulty, times):
    model = SecondOrder.of((0.0, 0.0), (0.98, 0.98))
    rows = likelihood_rows(Parameters.of(a=[3.0, 3.0], b=[difficulty, -difficulty]), model.nodes)
    clash = np.stack((rows[0, 1] * times, rows[1, 0] * times))
    joint = model.joint(clash)

    assert np.isfinite(joint.standard_error).all()
    assert joint.theta[0] == pytest.approx(-joint.theta[1], abs=1e-6)
    assert joint.theta[0] > 0


def test_the_sums_over_logarithms_are_the_same_posterior():
    model = SecondOrder.of(CUTS, LOADINGS)
    _, _, _, total = a_sitting(model, 12, seed=3)
    density = model._joint_in_logs(total)
    mean = (density * model.nodes).sum(axis=1) / density.sum(axis=1)

    np.testing.assert_allclose(mean, model.joint(total).theta, atol=1e-10)


def test_parameters_that_could_overflow_are_refused():
    with pytest.raises(LikelihoodRangeError, match="too extreme"):
        likelihood_rows(Parameters.of(a=[1e5] * 100, b=np.zeros(100)), np.linspace(-6, 6, 121))


def test_many_sittings_at_once_are_each_one_alone():
    draw = np.random.default_rng(8)
    model = SecondOrder.of([0.0, -0.3, 0.4], [0.9, 0.5, 0.0])
    rows = likelihood_rows(Parameters.of(a=draw.uniform(0.5, 2, 30), b=draw.normal(size=30)), model.nodes)
    taken = [[rows[draw.integers(30), draw.integers(2)] for _ in range(3)] for _ in range(6)]
    sittings = np.array(taken)
    sittings[5] = [[-(2**55)] * 121, [0] * 121, [0] * 121]
    sittings[5, 0, 0], sittings[5, 1, :120] = 0, -(2**51)  # contradicts itself beyond what products can hold
    together = model.joint_of(sittings)

    for row, sitting in enumerate(sittings):
        alone = model.joint(sitting)
        assert together.mastery[row] == pytest.approx(alone.mastery, abs=1e-12)
        assert together.theta[row] == pytest.approx(alone.theta, abs=1e-10)


def test_graded_items_have_a_row_for_every_score():
    items = Parameters.of(a=[1.2, 1.0], b=[0.0, 0.5], model=["GRM", "2PL"], steps=[(-1.0, 0.0, 1.0), None])
    nodes = theta_nodes()
    rows = likelihood_rows(items, nodes)

    assert rows.shape == (2, 4, 121)
    assert np.exp(rows[0] * UNIT).sum(axis=0) == pytest.approx(1, abs=1e-9)
    assert np.exp(rows[1, :2] * UNIT).sum(axis=0) == pytest.approx(1, abs=1e-9)
    assert not rows[1, 2:].any()

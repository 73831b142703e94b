"""Polynomials orthonormal under a posterior, and when enough of them are enough."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calibrate.polynomials import Tail, weighted_polynomials

NODES = np.linspace(-6, 6, 31)


def posteriors(seed, persons=4):
    draw = np.random.default_rng(seed)
    mean, deviation = draw.normal(size=(persons, 1)), draw.uniform(0.5, 1.5, (persons, 1))
    post = np.exp(-0.5 * ((NODES - mean) / deviation) ** 2) * draw.uniform(0.5, 1.5, (persons, len(NODES)))
    return post / post.sum(axis=1, keepdims=True)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_terms_are_orthonormal_and_add_up_to_the_covariance(seed):
    post = posteriors(seed)
    terms = list(weighted_polynomials(post, NODES))[:12]
    polynomials = [term / post for term in terms]
    for m, term in enumerate(terms[:6]):
        assert term.sum(axis=1) == pytest.approx(0, abs=1e-9)
        for n in range(6):
            assert (term * polynomials[n]).sum(axis=1) == pytest.approx(float(m == n), abs=1e-6)

    f, g = np.tanh(NODES), NODES / (1 + NODES**2 / 10)
    wanted = post @ (f * g) - (post @ f) * (post @ g)
    assert sum((term @ f) * (term @ g) for term in terms) == pytest.approx(wanted, abs=2e-3)


def test_a_posterior_of_two_points_has_one_term():
    post = np.zeros((1, len(NODES)))
    post[0, [10, 20]] = 0.25, 0.75
    first, second, *rest = weighted_polynomials(post, NODES)

    assert (first**2).sum() > 0
    assert not any(np.any(term) for term in (second, *rest))


def test_the_terms_end_where_the_next_would_not_count():
    tail = Tail(np.array([0.01, 0.01]))
    assert not tail.ends_with(np.array([1.0, 0.5]))
    assert not tail.ends_with(np.array([0.5, 0.02]))
    assert tail.ends_with(np.array([0.04, 0.001]))  # falls to 0.04 * 0.04 / 0.5 next
    assert Tail(np.array([0.01])).ends_with(np.array([0.009]))

"""Tail probabilities: the same numbers as scipy.stats, which the engine does not load."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from engine import tails

CLOSE = {"rtol": 1e-10, "atol": 1e-300}
Z = np.linspace(-9, 9, 37)
X, DF = np.meshgrid([0.0, 1e-3, 0.5, 3.84, 40.0, 400.0], [1, 2, 2.5, 30, 400])


def test_the_normal_distribution():
    np.testing.assert_allclose(tails.norm.cdf(Z), stats.norm.cdf(Z), **CLOSE)
    np.testing.assert_allclose(tails.norm.sf(Z), stats.norm.sf(Z), **CLOSE)


def test_the_chi_square_distributions():
    np.testing.assert_allclose(tails.chi2.cdf(X, DF), stats.chi2.cdf(X, DF), **CLOSE)
    np.testing.assert_allclose(tails.chi2.sf(X, DF), stats.chi2.sf(X, DF), **CLOSE)
    for x, df in zip(X.flat, DF.flat, strict=True):
        assert tails.ncx2.cdf(x, df, 3.0) == pytest.approx(stats.ncx2.cdf(x, df, 3.0), rel=1e-8, abs=1e-14)


def test_the_t_distribution():
    p = np.array([1e-6, 0.01, 0.3, 0.5, 0.9])
    for df in (1, 2.5, 30):
        np.testing.assert_allclose(tails.student.isf(p, df), stats.t.isf(p, df), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("df", [0, -1, float("nan")])
def test_no_degree_of_freedom_has_no_distribution(df):
    assert np.isnan(tails.chi2.sf(1.0, df))


def test_below_zero_everything_of_a_chi_square_is_above():
    assert tails.chi2.sf(-1.0, 3) == 1


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_the_binomial_distribution_and_its_ends(p):
    k = np.arange(-2, 13)
    np.testing.assert_allclose(tails.binom.sf(k, 10, p), stats.binom.sf(k, 10, p), rtol=1e-10)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_false_discovery_rate(p):
    np.testing.assert_allclose(tails.false_discovery_control(p), stats.false_discovery_control(p), rtol=1e-12)


def test_the_engine_does_not_load_scipy_stats():
    said = "import sys, engine; print('scipy.stats' in sys.modules, 'girth' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "False"]

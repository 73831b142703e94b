"""Chances under the normal, chi-square, t and binomial distributions, by the names scipy.stats gives them.

They come from scipy.special: loading scipy.stats would nearly double the time of `import engine`. All work on arrays;
a degree of freedom that is not above 0, or not a number, has no distribution and gives NaN.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from engine.parameters import FloatArray


class norm:
    """The standard normal distribution."""

    @staticmethod
    def cdf(z: ArrayLike) -> FloatArray:
        """P(Z <= z)."""
        return np.asarray(special.ndtr(np.asarray(z, dtype=np.float64)))

    @staticmethod
    def sf(z: ArrayLike) -> FloatArray:
        """P(Z > z)."""
        return np.asarray(special.ndtr(-np.asarray(z, dtype=np.float64)))


class chi2:
    """The chi-square distribution with df degrees of freedom."""

    @staticmethod
    def cdf(x: ArrayLike, df: ArrayLike) -> FloatArray:
        """P(X <= x)."""
        return np.asarray(special.chdtr(_positive(df), np.maximum(np.asarray(x, dtype=np.float64), 0)))

    @staticmethod
    def sf(x: ArrayLike, df: ArrayLike) -> FloatArray:
        """P(X > x); 1 below 0."""
        return np.asarray(special.chdtrc(_positive(df), np.maximum(np.asarray(x, dtype=np.float64), 0)))


class student:
    """Student's t distribution with df degrees of freedom."""

    @staticmethod
    def isf(p: ArrayLike, df: ArrayLike) -> FloatArray:
        """The t that P(T > t) = p."""
        return -np.asarray(special.stdtrit(_positive(df), np.asarray(p, dtype=np.float64)))


class ncx2:
    """The noncentral chi-square distribution with df degrees of freedom and noncentrality nc."""

    @staticmethod
    def cdf(x: float, df: float, nc: float) -> float:
        """P(X <= x)."""
        return float(special.chndtr(x, df, nc)) if df > 0 else np.nan


class binom:
    """The binomial distribution of n trials with chance p."""

    @staticmethod
    def sf(k: ArrayLike, n: ArrayLike, p: ArrayLike) -> FloatArray:
        """P(X > k): 1 below 0, 0 from n on."""
        k, n, p = np.broadcast_arrays(*(np.asarray(given, dtype=np.float64) for given in (k, n, p)))
        inside = special.betainc(np.maximum(k + 1, 1), np.maximum(n - k, 1), p)
        return np.asarray(np.where(k < 0, 1.0, np.where(k >= n, 0.0, inside)))


def false_discovery_control(p: ArrayLike) -> FloatArray:
    """The p values (N,) adjusted so that rejecting below alpha keeps the false discovery rate at alpha.

    p_(i) * N / i in the order of size, made monotone from above (Benjamini & Hochberg 1995).
    """
    given = np.asarray(p, dtype=np.float64)
    order = np.argsort(given)
    scaled = given[order] * len(given) / np.arange(1, len(given) + 1)
    found = np.empty_like(given)
    found[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return found


def _positive(df: ArrayLike) -> FloatArray:
    given = np.asarray(df, dtype=np.float64)
    return np.where(given > 0, given, np.nan)

"""DIF as an area between two curves, with its error (Raju 1988, 1990)."""

import numpy as np
import pytest
from check_builders import graded, two_pl
from scipy.integrate import quad

from engine import Parameters
from engine.models import probability
from engine.parameters import ParameterError
from engine.parametric_dif import bounded_areas, raju_areas


def test_exact_areas_equal_integrals_of_the_curves():
    reference = Parameters.of(a=[1.2, 0.8, 1.5, 1.0], b=[0.1, -0.5, 0.4, 0.0], c=0.2, model="3PL")
    focal = Parameters.of(a=[0.7, 0.8, 2.0, 1.0], b=[0.3, 0.2, -0.6, 0.0], c=0.2, model="3PL")
    areas = raju_areas(reference, focal)
    for j in range(4):
        one, other = reference.take([j]), focal.take([j])

        def gap(x, one=one, other=other):
            return float(probability(one, x)[0] - probability(other, x)[0])

        assert areas.signed[j] == pytest.approx(quad(gap, -60, 60, limit=500)[0], abs=1e-6)
        assert areas.unsigned[j] == pytest.approx(quad(lambda x: abs(gap(x)), -60, 60, limit=500)[0], abs=1e-4)
    bounded = bounded_areas(reference, focal, -40, 40)
    assert bounded[0] == pytest.approx(areas.signed, abs=1e-3)
    assert bounded[1] == pytest.approx(areas.unsigned, abs=1e-3)
    assert np.isnan(areas.signed_p).all()


def test_area_errors_are_the_spread_over_estimates():
    draw = np.random.default_rng(2)
    reference = Parameters.of(a=[1.2], b=[0.1], model="2PL")
    focal = Parameters.of(a=[0.8], b=[0.5], model="2PL")
    covariance = np.array([[[0.01, 0.002], [0.002, 0.02]]])
    found = raju_areas(reference, focal, covariance, covariance)
    moved = [draw.multivariate_normal([p.a[0], p.b[0]], covariance[0] / 100, 20000).T for p in (reference, focal)]
    spread = raju_areas(*(Parameters.of(a=a, b=b, model="2PL") for a, b in moved))

    assert found.signed_error[0] == pytest.approx(10 * spread.signed.std(), rel=0.02)
    assert found.unsigned_error[0] == pytest.approx(10 * spread.unsigned.std(), rel=0.02)
    assert found.signed_p[0] > 0.01


def test_areas_and_their_errors_shrink_with_the_span_of_the_asymptotes():
    a, b = np.array([1.0, 1.4]), np.array([0.0, 0.5])
    covariance = np.tile(np.array([[0.02, 0.005], [0.005, 0.03]]), (2, 1, 1))

    def areas(c, d):
        reference, focal = (Parameters.of(a=a * more, b=b + shift, c=c, d=d) for more, shift in ((1, 0), (1.2, 0.4)))
        return raju_areas(reference, focal, covariance, covariance)

    whole, part = areas(0.0, 1.0), areas(0.2, 0.9)
    for name in ("signed", "unsigned", "signed_error", "unsigned_error"):
        assert getattr(part, name) == pytest.approx(0.7 * getattr(whole, name), rel=1e-9)
    assert part.signed_p == pytest.approx(whole.signed_p)
    assert whole.signed_error == pytest.approx(np.sqrt(0.06))


def test_areas_between_falling_curves_are_those_of_the_mirrored_rising_ones():
    reference, focal = (Parameters.of(a=[a], b=[b], model="2PL") for a, b in ((1.2, 0.1), (0.8, 0.5)))
    turned = [Parameters.of(a=-p.a, b=-p.b, model="2PL", signed=True) for p in (reference, focal)]
    rising, falling = raju_areas(reference, focal), raju_areas(*turned)
    low, whole = bounded_areas(*turned, -60, 60)

    assert (falling.signed[0], falling.unsigned[0]) == pytest.approx((rising.signed[0], rising.unsigned[0]))
    assert (falling.signed[0], falling.unsigned[0]) == pytest.approx((low[0], whole[0]), abs=1e-3)
    with pytest.raises(ParameterError, match="item 1: its curve rises in one group and falls in the other"):
        raju_areas(reference, turned[1])


def test_areas_that_do_not_exist_are_refused():
    one = Parameters.of(b=[0.0], c=0.1, model="3PL")
    with pytest.raises(ParameterError, match="item 1: c or d differs"):
        raju_areas(one, Parameters.of(b=[0.0], c=0.2, model="3PL"))
    with pytest.raises(ParameterError, match="use bounded areas"):
        raju_areas(graded(1), graded(1))
    with pytest.raises(ParameterError, match="1 items of the reference and 2"):
        bounded_areas(one, two_pl(2), -1, 1)
    with pytest.raises(ParameterError, match="is empty"):
        bounded_areas(one, one, 1, 1)

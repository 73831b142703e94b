"""Linking and drift."""

import numpy as np
import pytest
from check_builders import graded, matrix_of, two_pl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from engine import Parameters, ParameterTable, score
from engine.drift import drift, robust_z, screen_anchors
from engine.item_curves import ThetaDistribution
from engine.linking import (
    METHODS,
    LinkingError,
    common_items,
    delta_errors,
    draw_errors,
    jackknife_errors,
    link,
    rescaled,
)
from engine.models import category_probabilities, probability
from engine.theta import Prior

MIXED = Parameters.of(
    a=[1.0, 1.3, 0.8, 1.1, 1.2, 1.0],
    b=[0.2, -0.4, 1.0, 0, 0, 0],
    c=[0, 0, 0.2, 0, 0, 0],
    d=[1, 1, 0.95, 1, 1, 1],
    steps=[None, None, None, [-1, 0.3], [-0.5, 0.2, 1.0], None],
    slopes=[None] * 5 + [[-0.8, 0.1, 0.7]],
    intercepts=[None] * 5 + [[0.2, 0.4, -0.6]],
    model=["Rasch", "2PL", "4PL", "GPCM", "GRM", "nominal"],
)
slopes, shifts = st.floats(0.5, 2.0), st.floats(-1.5, 1.5)


def noisy(parameters, size=0.05, seed=1):
    draw = np.random.default_rng(seed)
    n = len(parameters)
    return Parameters.of(
        a=parameters.a * np.exp(size * draw.normal(size=n)), b=parameters.b + size * draw.normal(size=n), model="2PL"
    )


@given(slopes, shifts, st.floats(-4, 4))
def test_a_rescaled_item_is_the_same_curve_on_the_other_scale(slope, shift, theta):
    moved = rescaled(MIXED, slope, shift)

    assert category_probabilities(moved, slope * theta + shift) == pytest.approx(
        category_probabilities(MIXED, theta), abs=1e-10
    )


@settings(max_examples=25)
@given(slopes, shifts, st.integers(0, 2**6 - 1))
@pytest.mark.parametrize("method", ["eap", "map", "mle", "wle"])
def test_persons_move_with_the_scale_of_the_items(method, slope, shift, bits):
    """The prior moves too; an estimate at the end of the range stays there."""
    matrix = matrix_of([[bits >> j & 1 for j in range(5)] + [2 * (bits >> 5)]])
    old, new = (
        score(ParameterTable(items=matrix.items, parameters=items), matrix, method, prior)
        for items, prior in (
            (MIXED, Prior()),
            (rescaled(MIXED, slope, shift), Prior(mean=shift, deviation=slope)),
        )
    )

    if not (old.at_bound.any() or new.at_bound.any()):
        assert new.theta == pytest.approx(slope * old.theta + shift, abs=1e-6)
        assert new.standard_error == pytest.approx(slope * old.standard_error, rel=1e-6)


@given(slopes, shifts)
@pytest.mark.parametrize("method", METHODS)
def test_a_change_of_scale_is_found_exactly(method, slope, shift):
    """The law of linking: what differs by a scale only is linked without error, by every method."""
    source = two_pl(8, seed=3)
    found = link(source, rescaled(source, slope, shift), method)

    assert (found.slope, found.shift) == pytest.approx((slope, shift), abs=1e-6)


@given(slopes, shifts)
@pytest.mark.parametrize("method", ["haebara", "stocking_lord"])
def test_curve_methods_link_every_model(method, slope, shift):
    found = link(MIXED, rescaled(MIXED, slope, shift), method)

    assert (found.slope, found.shift) == pytest.approx((slope, shift), abs=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_linking_forth_and_back_returns(method):
    source = two_pl(15, seed=4)
    target = rescaled(noisy(source), 1.2, -0.3)
    population = ThetaDistribution.normal()
    there, back = (link(*pair, method, population) for pair in ((source, target), (target, source)))

    tolerance = 0.02 if method in ("haebara", "stocking_lord") else 1e-9
    assert there.slope * back.slope == pytest.approx(1, abs=tolerance)
    assert there.slope * back.shift + there.shift == pytest.approx(0, abs=tolerance)


@pytest.mark.parametrize("method", ["haebara", "stocking_lord"])
def test_the_minimum_is_that_of_an_independent_search(method):
    """The criterion written out item by item and searched without derivatives."""
    source, target = two_pl(10, seed=5), rescaled(noisy(two_pl(10, seed=5), 0.15), 0.9, 0.4)
    nodes = np.linspace(-6, 6, 121)
    weights = np.exp(-(nodes**2) / 2)
    weights /= weights.sum()

    def criterion(point):
        slope, shift = point
        gap = np.stack(
            [
                1 / (1 + np.exp(-target.a[j] * (nodes - target.b[j])))
                - 1 / (1 + np.exp(-source.a[j] / slope * (nodes - slope * source.b[j] - shift)))
                for j in range(10)
            ]
        )
        return weights @ (gap.sum(axis=0) ** 2 if method == "stocking_lord" else (gap**2).sum(axis=0))

    best = minimize(criterion, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-16})
    found = link(source, target, method, symmetric=False)
    assert (found.slope, found.shift) == pytest.approx(tuple(best.x), abs=1e-5)


def test_the_moment_methods_are_their_formulas():
    source = Parameters.of(a=[0.8, 1.5, 1.0], b=[-1.0, 0.5, 2.0], model="2PL")
    target = Parameters.of(a=[0.9, 1.1, 1.4], b=[-0.7, 0.4, 1.2], model="2PL")
    by_mean, by_sigma = (link(source, target, method) for method in ("mean_mean", "mean_sigma"))

    assert by_mean.slope == pytest.approx(3.3 / 3.4)
    assert by_mean.shift == pytest.approx(0.3 - 3.3 / 3.4 * 0.5)
    assert by_sigma.slope == pytest.approx(np.std([-0.7, 0.4, 1.2]) / np.std([-1, 0.5, 2]))
    assert by_sigma.shift == pytest.approx(0.3 - by_sigma.slope * 0.5)

    steps = [[-1, 0, 1.5], [-0.5, 1.0, 2.0]]
    found = link(
        Parameters.of(a=1.0, steps=steps, model="GRM"),
        Parameters.of(a=1.25, steps=[[-0.9, 0.2, 1.1], [-0.4, 0.9, 1.5]], model="GRM"),
        "mean_sigma",
    )
    assert found.slope == pytest.approx(np.std([-0.9, 0.2, 1.1, -0.4, 0.9, 1.5]) / np.std(steps))  # every step counts


def test_a_rasch_link_only_shifts():
    source = Parameters.of(b=[-1.0, 0.0, 1.0], model="Rasch")
    target = Parameters.of(b=[-0.4, 0.7, 1.5], model="Rasch")
    for method in METHODS:
        found = link(source, target, method)
        assert found.slope == 1
        assert found.shift == pytest.approx(0.6, abs=0.02)
    assert found.parameters(source).model == ("Rasch",) * 3
    assert rescaled(source, 1.2, 0.0).model == ("1PL",) * 3
    assert found.theta(np.array([1.0]))[0] == pytest.approx(1 + found.shift)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_standard_errors_by_delta_method_and_by_draws_agree(method):
    source, target = two_pl(12, seed=6), rescaled(noisy(two_pl(12, seed=6)), 1.1, 0.2)
    covariance = np.tile(np.array([[0.010, 0.002], [0.002, 0.008]]), (12, 1, 1)) / 10
    draw = np.random.default_rng(7)

    def drawn(parameters):
        moved = np.stack(
            [draw.multivariate_normal(row, covariance[0]) for row in zip(parameters.a, parameters.b, strict=True)]
        )
        return Parameters.of(a=moved[:, 0], b=moved[:, 1], model="2PL")

    delta = delta_errors(source, target, covariance, covariance, method)
    draws = draw_errors(source, target, [(drawn(source), drawn(target)) for _ in range(400)], method)

    assert delta.errors == pytest.approx(draws.errors, rel=0.12)
    assert (delta.slope, delta.shift) == (draws.slope, draws.shift)
    assert delta.as_json()["se"]["A"] == delta.errors[0]


def test_robust_z_sees_the_one_that_moved():
    assert robust_z(np.array([0.0, 0.1, -0.1, 0.05, -0.05, 3.0])).argmax() == 5
    assert robust_z(np.array([1.0] * 5 + [2.0])).tolist() == [0] * 5 + [np.inf]
    normal = np.random.default_rng(8).normal(3, 2, 100_000)
    assert robust_z(normal).std() == pytest.approx(1, abs=0.02)
    with pytest.raises(LinkingError, match="at least three"):
        robust_z(np.array([0.0, 1.0]))


@pytest.mark.parametrize("method", METHODS)
def test_screening_drops_what_drifted_and_frees_the_link(method):
    source = two_pl(20, seed=9)
    moved = noisy(source, 0.03, seed=2)
    b = moved.b.copy()
    b[[4, 11]] += [1.0, 0.9]
    target = rescaled(Parameters.of(a=moved.a, b=b, model="2PL"), 1.1, 0.5)
    found = screen_anchors(source, target, method)

    assert set(found.dropped) == {4, 11}
    assert found.kept.sum() == 18
    assert (found.link.slope, found.link.shift) == pytest.approx((1.1, 0.5), abs=0.05)
    assert min(found.difficulty_z[[4, 11]]) > 4
    assert found.warnings == ()
    assert found.correlation > 0.99


@pytest.mark.parametrize("anchors", [8, 20, 40])
def test_sound_anchors_stay(anchors):
    """60 sets of anchors with nothing but estimation error: about one in ten loses one; at 1.645 half of all leave."""
    lost, at_one_item = [], []
    for seed in range(60):
        source = two_pl(anchors, seed=seed)
        sides = noisy(source, 0.08, seed + 1000), noisy(rescaled(source, 1.1, 0.2), 0.08, seed)
        lost.append(len(screen_anchors(*sides, "mean_sigma").dropped))
        if seed < 10:
            at_one_item.append(len(screen_anchors(*sides, "mean_sigma", limit=1.645).dropped))

    assert np.mean(np.array(lost) > 0) < 0.22
    assert np.mean(lost) < 0.4
    assert np.mean(at_one_item) > anchors / 5


def test_screening_keeps_a_least_number_and_says_what_is_wrong():
    source = two_pl(5, seed=10)
    target = Parameters.of(a=source.a, b=source.b[::-1] + np.array([0, 0, 0, 0, 4]), model="2PL")
    found = screen_anchors(source, target, "mean_mean")

    assert found.kept.sum() == 5
    assert len(found.warnings) >= 2
    with pytest.raises(LinkingError, match="at least 5 are needed"):
        screen_anchors(two_pl(4), two_pl(4))


def test_drift_of_rasch_items_has_no_slopes_and_nominal_items_have_none():
    source = Parameters.of(b=[-1.0, 0.0, 1.0, 0.5], model="Rasch")
    by_slope, by_difficulty = drift(source, source, link(source, source, "mean_mean"))

    assert by_slope.tolist() == [0, 0, 0, 0]
    assert by_difficulty.tolist() == [0, 0, 0, 0]
    with pytest.raises(LinkingError, match="nominal items have none"):
        drift(MIXED, MIXED, link(MIXED, MIXED, "haebara"))


def test_common_items_are_found_in_their_places():
    first, second = common_items(("a", "b", "c"), ("c", "x", "a"))

    assert (first.tolist(), second.tolist()) == ([0, 2], [2, 0])
    with pytest.raises(LinkingError, match="no item in common"):
        common_items(("a",), ("b",))


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: link(two_pl(3), two_pl(4)), "3 and 4 anchor items"),
        (lambda: link(two_pl(3), two_pl(3), "equipercentile"), "not one of"),
        (lambda: link(graded(2), two_pl(2)), "another number of score levels"),
        (lambda: link(MIXED, MIXED, "mean_sigma"), "nominal items are linked by"),
        (lambda: link(two_pl(1), two_pl(1), "mean_sigma"), "difficulties that differ"),
        (lambda: rescaled(two_pl(1), -1, 0), "A must be above 0"),
        (lambda: draw_errors(two_pl(2), two_pl(2), []), "at least two"),
        (lambda: delta_errors(graded(2), graded(2), np.zeros((2, 2, 2)), np.zeros((2, 2, 2))), "give draws instead"),
        (lambda: delta_errors(two_pl(2), two_pl(2), np.zeros((3, 2, 2)), np.zeros((2, 2, 2))), "do not fit 2 items"),
    ],
)
def test_what_cannot_be_linked_is_refused_with_a_reason(call, reason):
    with pytest.raises(LinkingError, match=reason):
        call()


def test_a_jackknife_tells_how_much_the_anchors_matter():
    source = two_pl(10, seed=12)
    exact = jackknife_errors(source, rescaled(source, 1.2, 0.3))
    rough = jackknife_errors(source, noisy(source, 0.2))

    assert exact.errors == pytest.approx((0, 0), abs=1e-6)
    assert rough.errors[1] > 0.01
    b = source.b + np.random.default_rng(1).normal(size=10)
    mean_only = Parameters.of(b=source.b, model="Rasch"), Parameters.of(b=b, model="Rasch")
    assert jackknife_errors(*mean_only, "mean_mean").errors[1] == pytest.approx(
        (b - source.b).std(ddof=1) / np.sqrt(10)
    )
    with pytest.raises(LinkingError, match="at least three"):
        jackknife_errors(two_pl(2), two_pl(2))


def test_guessing_has_its_part_in_the_errors():
    source = two_pl(6, seed=11, c=0.15)
    covariance = np.tile(np.diag([0.001, 0.001, 0.0004]), (6, 1, 1))
    found = delta_errors(source, source, covariance, covariance, "stocking_lord")
    without = delta_errors(source, source, covariance[:, :2, :2], covariance[:, :2, :2], "stocking_lord")

    assert found.errors[1] > without.errors[1] > 0
    assert probability(source, 0.0).min() >= 0.15

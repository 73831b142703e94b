"""Item fit: S-X2, grouped chi-squares, PV-Q1, infit and outfit."""

import numpy as np
import pytest
from check_builders import (
    answers,
    eap,
    graded,
    matrix_of,
    other_scores_outside_the_mask,
    two_pl,
)

from engine import Parameters, ResponsesError
from engine.item_curves import drawn, free_parameters
from engine.item_fit import _merge, _no_sparse_level, grouped_chi_square, mean_squares, pv_q1, s_x2


def test_merging_loses_nobody_and_leaves_no_sparse_cell():
    draw = np.random.default_rng(11)
    for levels in (2, 3, 5):
        expected = draw.gamma(0.6, 3.0, (14, levels))
        observed = draw.poisson(expected).astype(float)
        seen, foreseen = _merge(observed, expected, 1.0)

        assert np.nansum(seen) == observed.sum()
        assert np.nansum(foreseen) == pytest.approx(expected.sum())
        assert np.array_equal(np.isnan(seen), np.isnan(foreseen))
        assert np.nanmin(foreseen) >= 1
        assert ((~np.isnan(foreseen)).sum(axis=1) >= 2).all()


@pytest.mark.parametrize("parameters", [two_pl(15), graded(8)], ids=["2PL", "GRM"])
def test_a_good_item_is_rejected_about_as_often_as_alpha_says(parameters):
    """True parameters: nothing was estimated, so no degree of freedom is spent."""
    draw = np.random.default_rng(4)
    p = np.concatenate(
        [
            s_x2(parameters, answers(parameters, draw.normal(size=1000), seed), free=[0] * len(parameters)).p
            for seed in range(30)
        ]
    )

    assert 0.02 < (p < 0.05).mean() < 0.09
    assert 0.4 < p.mean() < 0.6


def test_an_item_with_another_curve_is_found_by_every_statistic():
    truth = two_pl(25, seed=3)
    wrong = Parameters.of(a=np.where(np.arange(25) == 4, 0.3, truth.a), b=truth.b, model="2PL")
    theta = np.random.default_rng(5).normal(size=3000)
    matrix = answers(wrong, theta, seed=6)
    draws = np.random.default_rng(7).random((5, 3000))

    found = [
        s_x2(truth, matrix),
        grouped_chi_square(truth, matrix, eap(truth, matrix)),
        grouped_chi_square(truth, matrix, eap(truth, matrix), likelihood_ratio=True),
        pv_q1(truth, matrix, draws),
    ]
    assert [int((each.statistic / each.df).argmax()) for each in found] == [4, 4, 4, 4]
    assert all(each.p[4] < 1e-6 for each in found)
    assert mean_squares(truth, matrix, theta).infit.argmax() == 4


def test_pv_q1_holds_where_answers_are_missing_by_design():
    parameters = two_pl(20)
    draw = np.random.default_rng(8)
    p = np.concatenate(
        [
            pv_q1(parameters, answers(parameters, draw.normal(size=800), seed, shown=0.6), draw.random((8, 800))).p
            for seed in range(10)
        ]
    )

    assert (p < 0.05).mean() < 0.09


def test_what_was_not_presented_changes_nothing():
    parameters = two_pl(12)
    matrix = answers(parameters, np.random.default_rng(9).normal(size=300), shown=0.7)
    noisy = other_scores_outside_the_mask(matrix)
    theta, draws = eap(parameters, matrix), np.random.default_rng(1).random((3, 300))

    assert np.array_equal(mean_squares(parameters, matrix, theta).outfit, mean_squares(parameters, noisy, theta).outfit)
    assert np.array_equal(
        grouped_chi_square(parameters, matrix, theta).statistic, grouped_chi_square(parameters, noisy, theta).statistic
    )
    assert np.array_equal(pv_q1(parameters, matrix, draws).statistic, pv_q1(parameters, noisy, draws).statistic)


def test_groups_of_theta_merge_levels_expected_to_hold_fewer_than_two_and_leave_out_who_is_alone():
    observed, expected = _no_sparse_level(np.array([1.0, 3, 6, 10]), np.array([0.5, 1.6, 1.9, 16]))
    assert expected.tolist() == pytest.approx([4, 16])
    assert observed.tolist() == [10, 10]

    parameters = Parameters.of(b=[0.0, 0.0], model="Rasch")
    theta = np.array([-2.0, -2, -2, -2, 2, 2, 2, 2])
    presented = np.ones((8, 2), dtype=bool)
    presented[1:4, 1] = False  # one person of the lower group met the second item
    matrix = matrix_of([[0, 0]] * 4 + [[1, 1]] * 4, presented)
    found = grouped_chi_square(parameters, matrix, theta, bins=2)
    assert found.statistic.tolist() == [0, 0]  # every level but one is expected to hold fewer than two
    high = matrix_of([[0, 1]] * 20 + [[1, 1]] * 20, np.repeat([[True, False], [True, True]], 20, axis=0))
    found = grouped_chi_square(parameters, high, np.repeat([-0.1, 0.1], 20), bins=2)
    p = 1 / (1 + np.exp(-0.1))
    assert found.statistic[1] == pytest.approx(20 * (1 - p) ** 2 / p + 20 * (1 - p))
    assert found.df.tolist() == [1, 0]


def test_drawn_values_follow_the_density():
    nodes = np.linspace(-6, 6, 121)
    density = np.exp(-(((nodes - 0.5) / 0.8) ** 2) / 2)[None]
    values = drawn(density / density.sum(), nodes, (np.arange(4000)[None] + 0.5) / 4000)

    assert values.mean() == pytest.approx(0.5, abs=1e-3)
    assert values.std() == pytest.approx(0.8, abs=2e-3)


def test_perfect_and_zero_sums_tell_nothing_about_an_item():
    parameters = two_pl(4)
    found = s_x2(parameters, matrix_of([[1, 1, 1, 1]] * 10 + [[0, 0, 0, 0]] * 10))

    assert found.df.tolist() == [0, 0, 0, 0]
    assert np.isnan(found.p).all()
    assert found.as_json()[0]["p"] is None


def test_parameters_are_counted_by_model():
    mixed = Parameters.of(
        a=[1, 1.2, 1.2, 1, 1.3, 1], b=[0, 0, 0, 0, 0, 0], c=[0, 0, 0.2, 0, 0, 0],
        steps=[None, None, None, [-1, 0, 1], [-1, 1], None],
        slopes=[None] * 5 + [[-1.0, 0.0, 1.0]], intercepts=[None] * 5 + [[0.0, 0.5, 0.0]],
        model=["Rasch", "2PL", "3PL", "PCM", "GRM", "nominal"],
    )  # fmt: skip

    assert free_parameters(mixed).tolist() == [1, 2, 3, 3, 3, 4]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda p, m: s_x2(p, m), "everybody must have met every item"),
        (lambda p, m: grouped_chi_square(p, m, np.full(30, np.nan)), "person 1 has no finite theta"),
        (lambda p, m: grouped_chi_square(p, m, np.zeros(30), bins=31), "do not make 31 groups"),
        (lambda p, m: pv_q1(p, m, np.zeros((2, 3))), "do not fit 30 persons"),
        (lambda p, m: mean_squares(p, m, np.zeros(4)), "does not fit 30 persons"),
        (lambda p, m: mean_squares(two_pl(3), m, np.zeros(30)), "3 items have parameters"),
        (lambda p, m: mean_squares(p, matrix_of([[2, 0, 0, 0, 0, 0]]), np.zeros(1)), "item i0 has scores above 1"),
    ],
)
def test_what_cannot_be_tested_is_refused_with_a_reason(call, reason):
    parameters = two_pl(6)
    matrix = answers(parameters, np.zeros(30), shown=0.5)

    with pytest.raises(ResponsesError, match=reason):
        call(parameters, matrix)

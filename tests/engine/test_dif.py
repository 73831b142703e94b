"""DIF: Mantel-Haenszel, logistic regression, likelihood ratio, purification."""

from dataclasses import dataclass

import numpy as np
import pytest
from check_builders import GOLDEN, answers, graded, matrix_of, other_scores_outside_the_mask, two_pl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import binom

from engine import Parameters, ResponsesError
from engine.calibrate import calibrate
from engine.dif import check_groups, focal_group, matching_score, purified, strata_of
from engine.logistic_dif import logistic
from engine.logistic_regression import NoConvergence, proportional_odds
from engine.mantel_haenszel import _ordered, mantel_haenszel
from engine.parametric_dif import likelihood_ratio, split_by_group

METHODS = [mantel_haenszel, logistic]


def two_groups(parameters, focal_parameters=None, n=1000, shift=0.0, seed=1, shown=1.0):
    draw = np.random.default_rng(seed)
    reference = answers(parameters, draw.normal(size=n), seed + 1, shown)
    focal = answers(focal_parameters or parameters, draw.normal(shift, 1, n), seed + 2, shown)
    matrix = matrix_of(np.vstack((reference.scores, focal.scores)), np.vstack((reference.presented, focal.presented)))
    return matrix, np.repeat([False, True], n)


def harder(parameters, items, by=0.8):
    b = parameters.b.copy()
    b[list(items)] += by
    return Parameters.of(a=parameters.a, b=b, model="2PL")


def test_mantel_haenszel_equals_an_independent_program():
    golden = GOLDEN["mantel_haenszel"]
    rows, focal, matched = [], [], []
    for stratum, counts in enumerate(golden["strata"]):
        for count, (group, score) in zip(counts, ((False, 1), (False, 0), (True, 1), (True, 0)), strict=True):
            rows += [[score]] * count
            focal += [group] * count
            matched += [float(stratum)] * count
    found = mantel_haenszel(matrix_of(rows), np.array(focal), np.array(matched))

    assert found.statistic[0] == pytest.approx(golden["chi_square"], rel=1e-9)
    assert found.p[0] == pytest.approx(golden["p"], rel=1e-9)
    assert found.more["odds_ratio"][0] == pytest.approx(golden["odds_ratio"], rel=1e-9)
    assert found.effect[0] == pytest.approx(-2.35 * np.log(golden["odds_ratio"]), rel=1e-9)
    assert found.standard_error[0] == pytest.approx(2.35 * golden["log_odds_se"], rel=1e-9)
    assert found.classes == ("B",)


def test_regression_equals_an_independent_program():
    golden = GOLDEN["regression"]
    design = np.column_stack((golden["z"], golden["group"])).astype(float)
    ordered = proportional_odds(design, np.array(golden["ordered"]))
    binary = proportional_odds(design, np.array(golden["binary"]))

    assert ordered.log_likelihood == pytest.approx(golden["ordered_log_likelihood"], abs=1e-8)
    assert ordered.coefficients == pytest.approx(golden["ordered_coefficients"], abs=1e-4)
    assert ordered.thresholds == pytest.approx(golden["ordered_thresholds"], abs=1e-4)
    assert binary.log_likelihood == pytest.approx(golden["binary_log_likelihood"], abs=1e-8)
    assert [*binary.thresholds, *binary.coefficients] == pytest.approx(golden["binary_params"], abs=1e-7)
    assert np.sqrt(np.diag(binary.covariance)) == pytest.approx(golden["binary_se"], abs=1e-6)


@pytest.mark.parametrize(("moved", "name"), [(0.09, "A"), (0.14, "B"), (0.15, "B"), (0.19, "C"), (0.25, "C")])
def test_classes_of_graded_items_begin_at_17_and_25_hundredths_of_a_deviation(moved, name):
    """One stratum of 2 x 10,000 persons; a share of the focal group scores one less, all of it significant."""
    reference = np.array([2500.0, 5000, 2500])
    focal = reference + 10_000 * moved * np.array([0, 1, -1])
    whole = reference + focal
    mean = whole @ np.arange(3) / whole.sum()
    size = -moved / np.sqrt(whole @ (np.arange(3) - mean) ** 2 / whole.sum())
    found = _ordered(np.stack((reference, focal))[None], 0.05)

    assert found[1] == pytest.approx(size)
    assert found[-1] == name
    assert (abs(size) >= 0.17, abs(size) >= 0.25) == (name != "A", name == "C")
    assert _ordered(np.stack((reference, focal))[None] / 1000, 0.05)[-1] == "A"  # 2 x 10 persons: not significant


def test_the_error_of_the_mean_difference_is_its_spread_over_groups_drawn_anew():
    """Two strata; who belongs to the focal group is drawn again and again within each."""
    draw = np.random.default_rng(31)
    strata = [(np.repeat([0, 1, 2], [30, 40, 20]), 35), (np.repeat([0, 1, 2], [10, 30, 50]), 20)]

    def drawn():
        counts = np.zeros((2, 2, 3))
        for stratum, (scores, focal) in enumerate(strata):
            group = draw.permutation(len(scores)) < focal
            np.add.at(counts[stratum], (group.astype(int), scores), 1)
        return _ordered(counts, 0.05)

    found = [drawn() for _ in range(3000)]
    assert np.std([row[1] for row in found]) == pytest.approx(found[0][2], rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("parameters", [two_pl(20, seed=3), graded(12, seed=3)], ids=["2PL", "GRM"])
def test_without_dif_items_are_rejected_about_as_often_as_alpha_says(method, parameters):
    p = np.concatenate(
        [method(*two_groups(parameters, n=400, seed=10 * seed), purify=False).p for seed in range(1, 16)]
    )

    assert 0.02 < (p < 0.05).mean() < 0.08


SHAPES = {  # of theta, mean 0 and SD 1
    "normal": lambda draw, n: draw.normal(size=n),
    "flat": lambda draw, n: draw.uniform(-np.sqrt(3), np.sqrt(3), n),
    "skewed": lambda draw, n: draw.exponential(size=n) - 1,
    "two humps": lambda draw, n: 0.6 * draw.normal(size=n) + draw.choice([-0.8, 0.8], n),
}


def test_mantel_haenszel_rejects_items_without_dif_as_often_as_alpha_says():
    """Any seed, any shapes of ability, groups that differ (Rasch items: there the sum is the right thing to match on).

    The continuity correction makes .05 about .044 with 2 x 1,000 persons. The band is exact: a right test leaves it in
    one of 5,000 runs.
    """
    rejected = []

    @given(
        st.integers(0, 10**6),
        st.sampled_from(sorted(SHAPES)),
        st.sampled_from(sorted(SHAPES)),
        st.floats(-0.8, 0.8),
        st.floats(0.6, 1.4),
        st.booleans(),
    )
    @settings(max_examples=150, deadline=None)
    def analyse(seed, reference_shape, focal_shape, shift, spread, purify):
        draw = np.random.default_rng(seed)
        items = Parameters.of(b=draw.uniform(-2, 2, 20), model="Rasch")
        thetas = SHAPES[reference_shape](draw, 1000), shift + spread * SHAPES[focal_shape](draw, 1000)
        scores = np.vstack([answers(items, theta, int(draw.integers(10**9))).scores for theta in thetas])
        p = mantel_haenszel(matrix_of(scores), np.repeat([False, True], 1000), purify=purify).p
        rejected.extend((p[np.isfinite(p)] < 0.05).tolist())

    analyse()
    low, high = binom.ppf(1e-4, len(rejected), 0.044), binom.ppf(1 - 1e-4, len(rejected), 0.05)
    assert len(rejected) > 2000
    assert low <= sum(rejected) <= high, (sum(rejected), len(rejected))


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_items_that_are_harder_for_the_focal_group_are_found_with_their_sign(method):
    parameters = two_pl(25, seed=4)
    matrix, focal = two_groups(parameters, harder(parameters, (3, 8)), n=2000)
    found = method(matrix, focal)
    swapped = method(matrix, ~focal)

    assert set(np.flatnonzero(found.p < 1e-6)) == {3, 8}
    assert (found.effect[[3, 8]] < 0).all()
    assert swapped.effect == pytest.approx(-found.effect, rel=1e-6)
    assert swapped.p == pytest.approx(found.p, rel=1e-6)


def test_logistic_classes_begin_at_35_and_70_thousandths_of_nagelkerkes_share():
    easy = Parameters.of(b=np.linspace(-1, 1, 12), model="Rasch")
    shifted = Parameters.of(b=easy.b + np.array([0, 0.6, 0, -0.8, 0, 1.0, 0, -1.2, 0, 1.5, 0, -1.8]), model="Rasch")
    found = logistic(*two_groups(easy, shifted, n=1500), purify=False)
    growth = found.more["r2_growth"]
    wanted = np.where(growth < 0.035, "A", np.where(growth < 0.07, "B", "C"))

    assert found.classes == tuple(np.where(found.p < 0.05, wanted, "A").tolist())
    assert set(found.classes) == {"A", "B", "C"}
    assert (found.p[(growth > 0.01) & (growth < 0.035)] < 0.001).any()  # significant and yet negligible
    assert ((growth > 0.07) & (growth < 0.13)).any()


def test_purification_takes_flagged_items_out_of_the_matching():
    """Six items against one group shift the sum: unpurified, innocent items look easier for the focal group."""
    parameters = Parameters.of(b=np.linspace(-1.5, 1.5, 20), model="Rasch")
    matrix, focal = two_groups(parameters, harder(parameters, range(6), 1.2), n=3000)
    plain, clean = mantel_haenszel(matrix, focal, purify=False), mantel_haenszel(matrix, focal)
    innocent = np.arange(20) >= 6

    assert clean.stable
    assert clean.rounds > 1
    assert np.flatnonzero(clean.flagged).tolist() == list(range(6))
    assert np.flatnonzero(~clean.anchors).tolist() == list(range(6))
    assert np.abs(clean.effect[innocent]).mean() < np.abs(plain.effect[innocent]).mean() / 2
    assert clean.classes[0] == "C"


def test_dif_that_crosses_is_seen_by_the_interaction_only():
    parameters = two_pl(25, seed=5)
    a = parameters.a.copy()
    a[6] = 0.35 * a[6]
    crossing = Parameters.of(a=a, b=np.where(np.arange(25) == 6, 0.0, parameters.b), model="2PL")
    centred = Parameters.of(a=parameters.a, b=crossing.b, model="2PL")
    found = logistic(*two_groups(centred, crossing, n=3000))

    assert found.more["nonuniform_p"][6] < 1e-10
    assert found.more["uniform_p"][6] > 1e-6
    assert found.statistic == pytest.approx(found.more["uniform"] + found.more["nonuniform"], rel=1e-9)


def test_levels_are_used_in_graded_items():
    parameters = graded(12, seed=6)
    steps = [list(parameters.steps_of(j)) for j in range(12)]
    steps[2] = [b + 0.7 for b in steps[2]]
    shifted = Parameters.of(a=parameters.a, steps=steps, model="GRM")
    for method in METHODS:
        found = method(*two_groups(parameters, shifted, n=1500))
        assert found.p.argmin() == 2
        assert found.effect[2] < 0
        if method is mantel_haenszel:
            assert found.classes[2] in ("B", "C")
            assert found.more["standardised_mean_difference"][2] < -0.1


def test_missing_answers_need_something_else_to_match_on_and_change_nothing():
    parameters = two_pl(15, seed=7)
    matrix, focal = two_groups(parameters, shown=0.7)
    with pytest.raises(ResponsesError, match="give theta to match on"):
        mantel_haenszel(matrix, focal)
    theta = np.random.default_rng(1).normal(size=2000)
    noisy = other_scores_outside_the_mask(matrix)

    for method in METHODS:
        one, other = method(matrix, focal, strata_of(theta)), method(noisy, focal, strata_of(theta))
        assert np.array_equal(one.statistic, other.statistic)


def test_an_item_everybody_answered_alike_is_not_estimable():
    matrix, focal = two_groups(two_pl(8), n=60)
    scores = matrix.scores.copy()
    scores[:, 2] = 1
    for method in METHODS:
        found = method(matrix_of(scores), focal, purify=False)
        assert np.isnan(found.p[2])
        assert found.classes[2] == ""
        assert found.as_json()["items"][2]["p"] is None


@pytest.mark.parametrize(
    ("design", "scores", "reason"),
    [
        (np.array([[-1.0], [-0.5], [0.5], [1.0]]), [0, 0, 1, 1], "separated"),
        (np.ones((4, 2)), [0, 1, 0, 1], "depend on each other|separated"),
        (np.ones((4, 1)), [0, 0, 0, 0], "never occurs"),
        (np.ones((4, 1)), [0, 2, 2, 0], "never occurs"),
    ],
)
def test_a_regression_without_a_maximum_says_so(design, scores, reason):
    with pytest.raises(NoConvergence, match=reason):
        proportional_odds(design, np.array(scores))


def test_groups_are_named_and_complete():
    matrix = matrix_of([[1], [0], [1]], group=("a", "b", "b"))

    assert focal_group(matrix, "b").tolist() == [False, True, True]
    with pytest.raises(ResponsesError, match="found: a, b"):
        focal_group(matrix, "c")
    with pytest.raises(ResponsesError, match="hold no group"):
        focal_group(matrix_of([[1]]), "a")
    with pytest.raises(ResponsesError, match="groups is empty"):
        check_groups(matrix, np.array([True] * 3))
    with pytest.raises(ResponsesError, match="does not fit"):
        check_groups(matrix, np.array([True]))
    assert matching_score(matrix_of([[1, 0, 1]]), np.array([True, False, False]), 2).tolist() == [2]


def test_too_few_anchors_end_the_purification():
    matrix, focal = two_groups(two_pl(4), n=200)
    table = mantel_haenszel(matrix, focal, purify=False)

    @dataclass
    class Flagging:
        flagged = np.array([True, False, False, False])

    with pytest.raises(ResponsesError, match="only 3 items are left"):
        purified(lambda _: Flagging(), len(table.items))


@dataclass(frozen=True)
class Fit:
    log_likelihood: float
    free_parameters: int


def rasch_calibration(matrix, focal):
    """Two-group Rasch by direct maximisation: slow, exact enough, and not ours."""
    nodes = np.linspace(-5, 5, 31)
    base = np.exp(-(nodes**2) / 2)
    base /= base.sum()
    items = matrix.items
    right = matrix.scores.astype(float)

    def calibrate(equal):
        free = [j for j, item in enumerate(items) if item not in equal]

        def negative(point):
            b, extra = point[: len(items)], point[len(items) + 2 :]
            total, slope = 0.0, np.zeros(len(point))
            for is_focal in (False, True):
                mine = b.copy()
                if is_focal:
                    mine[free] += extra
                place = nodes * np.exp(point[len(items) + 1]) + point[len(items)] if is_focal else nodes
                x = right[focal == is_focal]
                z = place[:, None] - mine
                logs = x @ z.T - np.logaddexp(0, z).sum(axis=1)
                top = logs.max(axis=1, keepdims=True)
                weight = np.exp(logs - top) * base
                sums = weight.sum(axis=1, keepdims=True)
                total += float((np.log(sums) + top).sum())
                post = weight / sums
                gap = x.T @ post - (post.sum(axis=0)[:, None] / (1 + np.exp(-z))).T
                per_item = -gap.sum(axis=1)
                slope[: len(items)] += per_item
                if is_focal:
                    slope[len(items) + 2 :] += per_item[free]
                    slope[len(items)] += gap.sum()
                    slope[len(items) + 1] += (gap.sum(axis=0) * nodes).sum() * np.exp(point[len(items) + 1])
            return -total, -slope

        found = minimize(
            negative, np.zeros(len(items) + 2 + len(free)), jac=True, method="BFGS", options={"gtol": 1e-4}
        )
        return Fit(-found.fun, len(found.x))

    return calibrate


def test_the_likelihood_ratio_finds_the_item_and_purifies():
    parameters = Parameters.of(b=np.linspace(-1, 1, 7), model="Rasch")
    matrix, focal = two_groups(parameters, harder(parameters, (2,), 0.9), n=700, shift=-0.4)
    found = likelihood_ratio(matrix.items, rasch_calibration(matrix, focal), alpha=0.001)

    assert found.classes == ("A", "A", "C", "A", "A", "A", "A")
    assert found.stable
    assert found.rounds == 2
    assert (found.df == 1).all()
    assert np.flatnonzero(~found.anchors).tolist() == [2]


def test_the_native_calibration_serves_the_likelihood_ratio():
    """Items outside `equal` become one column per group; nothing else changes."""
    parameters = Parameters.of(b=np.linspace(-1, 1, 6), model="Rasch")
    matrix, focal = two_groups(parameters, harder(parameters, (2,), 0.9), n=600, shift=-0.4)
    slow = rasch_calibration(matrix, focal)

    def native(equal):
        found = calibrate(split_by_group(matrix, focal, equal), "1pl", lambda: 0.0)
        return Fit(found.log_likelihood, found.free)

    ratio = likelihood_ratio(matrix.items, native, alpha=0.001)
    assert ratio.classes == ("A", "A", "C", "A", "A", "A")
    assert native(frozenset(matrix.items)).log_likelihood > slow(frozenset(matrix.items)).log_likelihood
    split = split_by_group(matrix, focal, frozenset(matrix.items[1:]))
    assert split.items[:2] == ("i0|reference", "i0|focal")
    assert split.presented.sum() == matrix.presented.sum()


def test_a_calibration_short_of_its_maximum_is_said():
    with pytest.raises(ResponsesError, match="item x: freeing it did not raise"):
        likelihood_ratio(("x", "y"), lambda equal: Fit(-10.0 - (len(equal) == 1), 5 - len(equal)))

"""Accuracy and consistency of decisions."""

import itertools

import numpy as np
import pytest
from check_builders import answers, graded, two_pl

from engine import ParameterTable, ResponsesError, score
from engine.decision_quality import lee, rudner, rudner_together
from engine.item_curves import ThetaDistribution
from engine.models import category_probabilities
from engine.summed_scores import rest_score_distributions, summed_score_distribution


@pytest.mark.parametrize("parameters", [two_pl(6), graded(4)], ids=["2PL", "GRM"])
def test_the_distribution_of_the_sum_is_that_of_all_patterns(parameters):
    probabilities = category_probabilities(parameters, np.array([-1.0, 0.7]))
    levels, items = probabilities.shape[2], len(parameters)
    by_hand = np.zeros((2, items * (levels - 1) + 1))
    for pattern in itertools.product(range(levels), repeat=items):
        by_hand[:, sum(pattern)] += np.prod(probabilities[:, np.arange(items), pattern], axis=1)

    assert summed_score_distribution(probabilities) == pytest.approx(by_hand, abs=1e-12)
    rest = rest_score_distributions(probabilities)
    for item in range(items):
        alone = summed_score_distribution(np.delete(probabilities, item, axis=1))
        assert rest[item, :, : alone.shape[1]] == pytest.approx(alone, abs=1e-12)


def test_nothing_to_sum_is_zero():
    assert summed_score_distribution(np.ones((3, 0, 2))).tolist() == [[1.0]] * 3


@pytest.mark.slow
@pytest.mark.parametrize("parameters", [two_pl(30, seed=2), graded(12, seed=2)], ids=["2PL", "GRM"])
def test_lee_is_what_two_simulated_forms_show(parameters):
    theta = np.random.default_rng(1).normal(size=40_000)
    cut = int((parameters.categories - 1).sum()) // 2
    first, second = (answers(parameters, theta, seed).scores.sum(axis=1) >= cut for seed in (1, 2))
    expected = (category_probabilities(parameters, theta) @ np.arange(parameters.categories.max())).sum(axis=1) >= cut
    found = lee(parameters, [cut])

    assert found.accuracy == pytest.approx((first == expected).mean(), abs=0.006)
    assert found.consistency == pytest.approx((first == second).mean(), abs=0.008)
    assert found.false_positive == pytest.approx((first & ~expected).mean(), abs=0.005)
    assert found.false_negative == pytest.approx((~first & expected).mean(), abs=0.005)
    assert found.accuracy + found.false_positive + found.false_negative == pytest.approx(1)


def test_one_person_by_hand():
    """theta .3, error .4, cut 0: the truth lies above with probability F(.75)."""
    above = 0.7733726
    found = rudner(np.array([0.3]), np.array([0.4]), [0.0])

    assert found.accuracy == pytest.approx(above, abs=1e-7)
    assert found.false_positive == pytest.approx(1 - above, abs=1e-7)
    assert found.false_negative == 0
    assert found.consistency == pytest.approx(above**2 + (1 - above) ** 2, abs=1e-7)
    assert found.kappa == pytest.approx(0, abs=1e-9)  # one person alone agrees as chance does
    both = rudner(np.array([0.3, -0.3]), np.array([0.4, 0.4]), [0.0])
    assert both.kappa == pytest.approx((found.consistency - 0.5) / 0.5, abs=1e-6)


def test_a_decision_by_rule_is_that_of_two_tests():
    """Two of three outcomes, and the third as well for the best category: two estimates around the same truths."""
    draw = np.random.default_rng(5)
    theta, error = draw.normal(size=(4000, 3)), draw.uniform(0.2, 0.6, size=(4000, 3))

    def grade(met):
        return np.where(met.sum(axis=1) < 2, 0, 1 + met[:, 2])

    found = rudner_together(theta, error, [0.0, 0.3, -0.4], grade)
    decided = grade((theta >= [0.0, 0.3, -0.4]).astype(int))
    first, second = (
        grade((theta + error * draw.normal(size=theta.shape) >= [0.0, 0.3, -0.4]).astype(int)) for _ in range(2)
    )

    assert found.accuracy == pytest.approx((first == decided).mean(), abs=0.02)
    assert found.consistency == pytest.approx((first == second).mean(), abs=0.02)
    assert found.false_positive == pytest.approx((first < decided).mean(), abs=0.02)
    assert found.false_negative == pytest.approx((first > decided).mean(), abs=0.02)


def test_a_decision_made_of_one_outcome_is_that_outcomes():
    theta, error = np.linspace(-2, 2, 9), np.linspace(0.2, 0.6, 9)
    one = rudner_together(theta[:, None], error[:, None], [0.1], lambda met: met[:, 0])

    assert one.as_json() == pytest.approx(rudner(theta, error, [0.1]).as_json())


def test_rudners_consistency_is_that_of_two_tests():
    """Two long tests of the same persons, scored by WLE: how often they decide alike."""
    parameters, theta = two_pl(60, seed=5), np.random.default_rng(4).normal(size=6000)
    table = ParameterTable(items=tuple(f"i{j}" for j in range(60)), parameters=parameters)
    first, second = (score(table, answers(parameters, theta, seed), "wle") for seed in (1, 2))
    found = rudner(first.theta, first.standard_error, [-0.8, 0.4])
    alike = np.digitize(first.theta, [-0.8, 0.4]) == np.digitize(second.theta, [-0.8, 0.4])

    assert found.consistency == pytest.approx(alike.mean(), abs=0.02)
    assert found.accuracy > found.consistency
    assert 0 < found.kappa < found.consistency


def test_rudner_is_what_simulation_shows():
    parameters = two_pl(40, seed=3)
    theta = np.random.default_rng(2).normal(size=8000)
    items = tuple(f"i{j}" for j in range(40))
    estimates = [
        score(ParameterTable(items=items, parameters=parameters), answers(parameters, theta, seed), "eap")
        for seed in (1, 2)
    ]
    first = estimates[0]
    passed = first.theta >= 0.2
    found = rudner(first.theta, first.standard_error, [0.2])

    assert found.accuracy == pytest.approx((passed == (theta >= 0.2)).mean(), abs=0.015)
    assert found.false_positive == pytest.approx((passed & (theta < 0.2)).mean(), abs=0.015)


def test_more_categories_are_harder_and_better_tests_better():
    two, three = lee(two_pl(30), [15]), lee(two_pl(30), [10, 20])
    longer = lee(two_pl(120), [60])

    assert three.accuracy < two.accuracy
    assert longer.accuracy > two.accuracy
    assert 0 < two.kappa < longer.kappa < 1


def test_a_cut_on_theta_replaces_the_one_by_expected_score():
    same, strict = (lee(two_pl(20), [10], true_cuts=[cut]) for cut in (0.0, 1.5))

    assert strict.false_positive > same.false_positive
    persons = ThetaDistribution(nodes=np.array([-9.0, -8.5]), weights=np.array([0.5, 0.5]))
    assert lee(two_pl(20), [15], persons).as_json()["accuracy"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: rudner(np.zeros(2), np.ones(3), [0.0]), "one standard error"),
        (lambda: rudner(np.zeros(2), np.zeros(2), [0.0]), "not above 0"),
        (lambda: rudner(np.zeros(2), np.ones(2), [0.0, -1.0]), "cuts must be finite and rise"),
        (lambda: rudner(np.zeros(2), np.ones(2), []), "at least one"),
        (lambda: rudner_together(np.zeros((2, 2)), np.ones((2, 2)), [0.0], len), "one finite cut for each outcome"),
        (lambda: rudner_together(np.zeros((1, 13)), np.ones((1, 13)), [0.0] * 13, len), "at most 12 outcomes"),
        (lambda: rudner_together(np.zeros((1, 1)), np.zeros((1, 1)), [0.0], len), "not above 0"),
        (lambda: lee(two_pl(3), [4]), "within 1 and 3"),
        (lambda: lee(two_pl(3), [2, 1]), "must rise"),
        (lambda: lee(two_pl(3), [1, 2], true_cuts=[0.0]), "1 cuts on theta for 2"),
    ],
)
def test_cuts_that_make_no_decision_are_refused(call, reason):
    with pytest.raises(ResponsesError, match=reason):
        call()

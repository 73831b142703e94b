"""The classical table and distractor curves."""

import dataclasses

import numpy as np
import pytest
from calibration_builders import answers_to, items_of
from check_builders import GOLDEN, answers, graded, matrix_of, other_scores_outside_the_mask, two_pl

from engine import Parameters, ResponseMatrix, ResponsesError
from engine.classical import classical, cronbach_alpha, omega_total, option_curves


def test_a_table_by_hand():
    found = classical(matrix_of([[1, 1, 0], [1, 0, 0], [0, 1, 1], [1, 1, 1]] * 5))

    assert found.facility.tolist() == [0.75, 0.75, 0.5]
    assert found.persons.tolist() == [20, 20, 20]
    item, rest = np.array([1, 1, 0, 1] * 5), np.array([0.5, 0, 1, 1] * 5)
    assert found.point_biserial[0] == pytest.approx(np.corrcoef(item, rest)[0, 1])
    scores = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [1, 1, 1]] * 5)
    total = scores.sum(axis=1).var(ddof=1)
    assert found.alpha == pytest.approx(1.5 * (1 - scores.var(axis=0, ddof=1).sum() / total))
    assert found.standard_error == pytest.approx(np.sqrt(total * (1 - found.alpha)))
    assert found.deviation == pytest.approx(scores.std(axis=0, ddof=1))
    assert found.complete


def test_alpha_without_an_item_is_that_of_the_other_items():
    matrix = answers(two_pl(6), np.random.default_rng(3).normal(size=200))
    found = classical(matrix)

    for j in range(6):
        assert found.alpha_without[j] == pytest.approx(classical(matrix_of(np.delete(matrix.scores, j, axis=1))).alpha)


def test_omega_equals_an_independent_program():
    golden = GOLDEN["one_factor"]

    assert omega_total(np.array(golden["correlation"])) == pytest.approx(golden["omega"], abs=1e-8)


def test_equal_loadings_make_omega_and_alpha_one_and_the_same():
    covariance = np.full((6, 6), 0.4) + 0.6 * np.eye(6)

    assert omega_total(covariance) == pytest.approx(cronbach_alpha(covariance)[0], abs=1e-9)
    assert cronbach_alpha(covariance)[0] == pytest.approx(6 * 0.4 / (1 + 5 * 0.4))


def test_a_wrong_key_has_a_negative_point_biserial_and_lowers_alpha():
    matrix = answers(two_pl(12), np.random.default_rng(1).normal(size=500))
    scores = matrix.scores.copy()
    scores[:, 4] = 1 - scores[:, 4]
    found = classical(matrix_of(scores))

    assert found.point_biserial.argmin() == 4
    assert found.point_biserial[4] < 0
    assert found.alpha_without.argmax() == 4
    assert found.alpha_without[4] > found.alpha


def test_facility_of_graded_items_is_a_share_of_the_best_score():
    parameters = graded(5)
    matrix = answers(parameters, np.random.default_rng(2).normal(size=400))
    found = classical(matrix, highest=[3] * 5)

    assert found.facility == pytest.approx(matrix.scores.mean(axis=0) / 3)
    with pytest.raises(ResponsesError, match="above its highest, 2"):
        classical(matrix, highest=[2] * 5)


def test_what_was_not_presented_changes_nothing_and_is_said():
    matrix = answers(two_pl(8), np.random.default_rng(3).normal(size=300), shown=0.6)
    one, other = classical(matrix), classical(other_scores_outside_the_mask(matrix))

    assert not one.complete
    assert np.array_equal(one.facility, other.facility)
    assert np.array_equal(one.point_biserial, other.point_biserial)
    assert one.alpha == other.alpha


def test_what_is_not_estimable_is_null_with_a_reason():
    presented = np.ones((30, 4), dtype=bool)
    presented[5:, 3] = False
    found = classical(matrix_of(np.random.default_rng(4).integers(0, 2, (30, 4)), presented)).as_json()

    assert found["alpha"] is None
    assert found["omega"] is None
    assert any("fewer than 10 persons" in note for note in found["notes"])
    constant = classical(matrix_of([[1, 0, 1]] * 20))
    assert np.isnan(constant.point_biserial).all()
    with pytest.raises(ResponsesError, match="is empty"):
        classical(matrix_of(np.zeros((0, 2))))


def test_a_heywood_case_is_refused():
    covariance = np.array([[1, 0.9, 0.9], [0.9, 1, 0.2], [0.9, 0.2, 1]])
    with pytest.raises(ResponsesError, match="Heywood"):
        omega_total(covariance)


def test_distractor_curves_show_what_attracts_whom():
    draw = np.random.default_rng(5)
    theta = draw.normal(size=3000)
    right = draw.random(3000) < 1 / (1 + np.exp(-1.5 * theta))
    choice = np.where(right, "A", np.where(draw.random(3000) < 0.7, "B", "C"))
    found = option_curves(choice.tolist(), np.ones(3000, dtype=bool), theta, "A")

    assert found.options == ("A", "B", "C")
    assert found.shares.sum(axis=1) == pytest.approx(1)
    assert (np.diff(found.shares[:, 0]) > 0).all()
    assert (np.diff(found.places) > 0).all()
    assert found.point_biserial[0] > 0 > found.point_biserial[1]
    assert found.suspicious == ()
    assert option_curves(choice.tolist(), np.ones(3000, dtype=bool), theta, "B").suspicious == ("A",)


def test_omitted_answers_are_an_option_and_absent_ones_are_not():
    found = option_curves(["A", "", "B", "A"], np.array([True, True, False, True]), np.arange(4.0), "A", bands=2)

    assert found.options == ("", "A")
    assert found.share.tolist() == pytest.approx([1 / 3, 2 / 3])
    with pytest.raises(ResponsesError, match="nobody chose the key 'C'"):
        option_curves(["A"], np.array([True]), np.zeros(1), "C")
    with pytest.raises(ResponsesError, match="nobody met"):
        option_curves(["A"], np.array([False]), np.zeros(1), "A")


def test_alpha_needs_two_items():
    assert np.isnan(cronbach_alpha(np.eye(1))[0])
    assert Parameters.of(b=[0.0]).model == ("4PL",)


@pytest.mark.parametrize("hidden", [0.0, 0.3])
def test_a_person_of_weight_two_counts_as_two_persons(hidden):
    matrix = answers_to(items_of("GRM", 5), n=120, hidden=hidden)
    times = np.random.default_rng(3).integers(0, 4, 120)
    who = np.repeat(np.arange(120), times)
    repeated = ResponseMatrix(
        persons=tuple(map(str, range(len(who)))), items=matrix.items, scores=matrix.scores[who],
        presented=matrix.presented[who],
    )  # fmt: skip
    one = classical(dataclasses.replace(matrix, weight=times.astype(float)), [3] * 5)
    other = classical(repeated, [3] * 5)

    for name in ("facility", "deviation", "point_biserial", "alpha_without", "alpha", "omega", "standard_error"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-9), name
    assert one.persons.tolist() == matrix.presented.sum(axis=0).tolist()
    plain = classical(dataclasses.replace(matrix, weight=np.ones(120)), [3] * 5)
    assert plain.facility == pytest.approx(classical(matrix, [3] * 5).facility, rel=1e-12)
    tiny = classical(dataclasses.replace(matrix, weight=np.full(120, 1e-3)), [3] * 5)
    assert np.isnan(tiny.alpha)  # the weights of all add up to less than one person

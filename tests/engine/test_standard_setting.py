"""Standard setting: Angoff, bookmark, contrasting groups."""

import numpy as np
import pytest
from check_builders import graded, two_pl
from hypothesis import given
from hypothesis import strategies as st

from engine import Parameters
from engine.models import expected_score, probability
from engine.standard_setting import (
    StandardSettingError,
    angoff,
    bookmark,
    contrasting_groups,
    ordered_booklet,
    rater_reliability,
)


@given(st.floats(-3, 3))
@pytest.mark.parametrize("parameters", [two_pl(15, seed=2), graded(6, seed=2)], ids=["2PL", "GRM"])
def test_raters_who_see_the_model_get_their_theta_back(parameters, theta):
    ratings = np.tile(expected_score(parameters, theta), (3, 1))
    found = angoff(parameters, ratings)

    assert found.rater_cuts == pytest.approx([theta] * 3, abs=1e-8)
    assert found.standard_error == pytest.approx(0, abs=1e-8)
    assert found.consistency == pytest.approx([1] * 3, abs=1e-8)


def test_raters_who_differ_give_an_error_and_noise_lowers_their_consistency():
    parameters = two_pl(20, seed=3)
    draw = np.random.default_rng(1)
    places = draw.normal(0.3, 0.2, 10)
    noise = np.where(np.arange(10)[:, None] < 5, 0.02, 0.25) * draw.normal(size=(10, 20))
    found = angoff(parameters, np.clip(probability(parameters, places) + noise, 0, 1))

    assert found.cut == pytest.approx(found.rater_cuts.mean())
    assert found.standard_error == pytest.approx(found.rater_cuts.std(ddof=1) / np.sqrt(10))
    assert found.consistency[:5].min() > found.consistency[5:].max()
    assert 0.8 < found.reliability < 1


def test_consistency_is_the_mean_error_over_the_largest_possible():
    parameters = Parameters.of(b=[-1.0, 0.0, 2.0], model="Rasch")
    found = angoff(parameters, np.array([[0.9, 0.3, 0.2], [0.5, 0.5, 0.5]]))
    p = probability(parameters, found.rater_cuts[0])
    error, largest = np.abs(np.array([0.9, 0.3, 0.2]) - p), np.maximum(p, 1 - p)

    assert p.sum() == pytest.approx(1.4)
    assert found.consistency[0] == pytest.approx(1 - error.mean() / largest.mean())


def test_what_a_rater_did_not_judge_is_left_out():
    parameters = two_pl(10, seed=4)
    ratings = np.tile(probability(parameters, 0.5), (2, 1))
    rated = np.ones((2, 10), dtype=bool)
    rated[0, 4:] = False
    ratings[0, 4:] = np.nan
    found = angoff(parameters, ratings, rated)

    assert found.rater_cuts == pytest.approx([0.5, 0.5], abs=1e-8)
    assert found.reliability is None
    assert found.as_json()["method"] == "angoff"


def test_the_intraclass_correlation_is_that_of_the_textbook_table():
    """Shrout & Fleiss (1979), table 2: six targets, four judges, ICC(2, 4) = .62."""
    table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]).T

    assert rater_reliability(table) == pytest.approx(0.62, abs=0.005)
    assert rater_reliability(np.ones((3, 1))) is None
    assert rater_reliability(np.ones((3, 4))) is None


def test_the_booklet_is_ordered_by_the_response_probability():
    parameters = Parameters.of(a=[1.0, 2.0, 1.5], b=[0.5, -1.0, 0.0], c=[0, 0, 0.2], model="3PL")
    found = ordered_booklet(parameters)

    assert found.item.tolist() == [1, 2, 0]
    assert (np.diff(found.location) > 0).all()
    assert found.location[0] == pytest.approx(-1 + np.log(2) / 2)
    for item, place in zip(found.item, found.location, strict=True):
        assert probability(parameters, place)[item] == pytest.approx(2 / 3)
    adjusted = ordered_booklet(parameters, adjust_for_guessing=True)
    third = adjusted.location[adjusted.item.tolist().index(2)]
    assert third == pytest.approx(0.0 + np.log(2) / 1.5)
    assert ordered_booklet(graded(3)).score.tolist().count(3) == 3


def test_a_bookmark_lies_between_two_items():
    booklet = ordered_booklet(two_pl(10, seed=5))
    found = bookmark(booklet, [4, 5, 5, 6])

    assert found.rater_cuts[0] == pytest.approx(booklet.location[2:4].mean())
    assert found.cut == pytest.approx(found.rater_cuts.mean())
    tables = bookmark(booklet, [4, 4, 6, 6], tables=["one", "one", "two", "two"])
    assert tables.standard_error > bookmark(booklet, [4, 4, 6, 6]).standard_error


def test_contrasting_groups_meet_at_the_crossing():
    draw = np.random.default_rng(6)
    theta = np.concatenate((draw.normal(-0.5, 1, 4000), draw.normal(1.5, 1, 1000)))
    qualified = np.repeat([False, True], [4000, 1000])
    found = contrasting_groups(theta, qualified)

    assert found.cut == pytest.approx(0.5, abs=3 * found.standard_error)
    assert found.standard_error < 0.06
    assert contrasting_groups(theta, qualified, equal_groups=False).cut > found.cut
    assert contrasting_groups(theta, qualified, loss_ratio=3).cut > found.cut


def test_the_error_of_contrasting_groups_is_the_spread_over_samples():
    draw = np.random.default_rng(7)
    cuts, errors = [], []
    for _ in range(300):
        theta = np.concatenate((draw.normal(-0.5, 1, 150), draw.normal(1, 1, 150)))
        found = contrasting_groups(theta, np.repeat([False, True], 150))
        cuts.append(found.cut)
        errors.append(found.standard_error)

    assert np.mean(errors) == pytest.approx(np.std(cuts), rel=0.15)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: angoff(two_pl(3), np.full((1, 3), 0.5)), "1 rater"),
        (lambda: angoff(two_pl(3), np.array([[0.5, 0.5, 0.5], [0.5, 1.5, 0.5]])), "rater 2, item 2: a rating"),
        (lambda: angoff(two_pl(3), np.array([[0.5, 0.5, 0.5], [1, 1, 1]])), "rater 2: no theta within"),
        (lambda: angoff(two_pl(3, c=0.2), np.array([[0.1] * 3, [0.5] * 3])), "rater 1: no theta within"),
        (lambda: angoff(two_pl(3), np.full((2, 4), 0.5)), "do not fit 3 items"),
        (lambda: angoff(two_pl(3), np.full((2, 3), 0.5), np.array([[True] * 3, [False] * 3])), "rated no item"),
        (lambda: bookmark(ordered_booklet(two_pl(3)), [1, 2]), "rater 1: bookmark 1"),
        (lambda: bookmark(ordered_booklet(two_pl(3)), [2, 3], ["a"]), "1 tables for 2 raters"),
        (lambda: bookmark(ordered_booklet(two_pl(3)), [2, 3], ["a", "a"]), "over tables needs at least two"),
        (lambda: ordered_booklet(two_pl(3, c=0.2), 0.1), "is not reached within"),
        (lambda: ordered_booklet(two_pl(3), 1.0), "not between 0 and 1"),
        (lambda: contrasting_groups(np.arange(4.0), np.array([False, False, True, True])), "separated"),
        (lambda: contrasting_groups(np.arange(4.0), np.ones(4, dtype=bool)), "groups is empty"),
        (lambda: contrasting_groups(-np.arange(5.0), np.array([0, 0, 1, 0, 1], dtype=bool)), "the higher theta"),
        (lambda: contrasting_groups(np.full(2, np.nan), np.array([True, False])), "one finite theta"),
        (lambda: contrasting_groups(np.arange(2.0), np.array([True, False]), loss_ratio=0), "finite number above 0"),
        (lambda: contrasting_groups(np.arange(2.0), np.array([True, False]), loss_ratio=np.inf), "ratio of inf is not"),
    ],
)
def test_judgements_without_a_cut_are_refused_with_a_reason(call, reason):
    with pytest.raises(StandardSettingError, match=reason):
        call()

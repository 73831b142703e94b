"""Calibrations that no data of this kind could settle are flagged, and sound ones are not."""

import dataclasses

import numpy as np
import pytest
from calibration_builders import a_clock, answers_to, items_of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Parameters, ParameterTable
from engine.calibrate import Prior, Priors, calibrate

ON_A = Priors(a=Prior.parse("lognormal:0,.5", "a"))
UNTOLD = {"not_identified", "not_a_maximum"}


def easy(items):
    return Parameters.of(a=np.ones(items), b=np.linspace(-0.5, 0.8, items), model="2PL")


def calibrated(matrix, model="2pl", **more):
    return calibrate(matrix, model, a_clock(), standard_errors=True, **more)


@pytest.mark.parametrize(
    ("items", "model", "more", "told"),
    [
        (1, "2pl", {}, False),  # 2 parameters, 1 cell
        (2, "2pl", {}, False),  # 4 parameters, 3 cells
        (3, "2pl", {}, True),  # 6 parameters, 7 cells
        (1, "rasch", {}, False),  # a difficulty and a variance, 1 cell
        (2, "rasch", {}, True),
        (3, "3pl", {}, False),  # 9 parameters, 7 cells
        (2, "2pl", {"priors": ON_A}, True),
        (2, "2pl", {"fixed": ParameterTable(items=("i0",), parameters=easy(1))}, False),  # a, b, mean and SD, 3 cells
    ],
)
def test_more_parameters_than_cells_are_flagged_and_have_no_errors(items, model, more, told):
    found = calibrated(answers_to(easy(items), n=400, seed=2), model, **more)

    assert ("not_identified" not in found.flags) == told
    assert "not_a_maximum" not in found.flags
    assert (found.covariance is not None) == told
    assert any(found.errors) == told


def shown(matrix, *forms):
    """The matrix with the persons dealt over forms, each a list of the items it holds."""
    masks = np.array([[j in form for j in range(len(matrix.items))] for form in forms])
    return dataclasses.replace(matrix, presented=masks[np.arange(len(matrix.persons)) % len(forms)])


def test_items_met_apart_from_all_others_are_counted_apart():
    matrix = answers_to(easy(10), n=2000)

    alone = calibrated(shown(matrix, range(9), [9]))
    chain = calibrated(shown(matrix, *([j, j + 1] for j in range(9))))  # 10 items and 9 pairs are 19 cells
    ring = calibrated(shown(matrix, *([j, (j + 1) % 10] for j in range(10))))
    rasch = calibrated(shown(matrix, range(9), [9]), "rasch")

    assert all("not_identified" in one.flags and one.covariance is None for one in (alone, chain))
    assert "not_identified" not in (*ring.flags, *rasch.flags)


def test_groups_and_weights_count_for_themselves():
    matrix = answers_to(easy(2), n=800)
    grouped = dataclasses.replace(matrix, group=tuple("ab"[n % 2] for n in range(800)))
    hidden = dataclasses.replace(grouped, weight=np.array([1.0, 0.0] * 400), group=None)

    assert "not_identified" not in calibrated(grouped).flags  # 4 parameters, a mean and an SD; 6 cells
    assert "not_identified" in calibrated(hidden).flags
    tied = shown(answers_to(easy(9), n=2400), range(8), [8], range(9))
    assert "not_identified" not in calibrated(tied).flags
    assert "not_identified" in calibrated(dataclasses.replace(tied, weight=np.array([1.0, 1.0, 0.0] * 800))).flags


def test_a_flat_direction_is_flagged_though_the_cells_would_do():
    """Item i8 is met with i0 only: two cells for its a, b and c."""
    draw = np.random.default_rng(0)
    matrix = answers_to(easy(9), n=4000, seed=0)
    guessed = dataclasses.replace(matrix, scores=matrix.scores | (draw.random((4000, 9)) < 0.2))
    found = calibrated(shown(guessed, range(8), [0, 8]), "3pl")

    assert found.flags == ("not_a_maximum",)
    assert found.covariance is None


@pytest.mark.parametrize("model", ["2PL", "GRM", "PCM", "GPCM", "nominal"])
@pytest.mark.parametrize("seed", [1, 2])
def test_sound_data_raise_no_such_flag(model, seed):
    found = calibrated(answers_to(items_of(model, 8), n=1500, seed=seed), model.lower())

    assert not UNTOLD & set(found.flags)
    assert all(found.errors)


def test_a_slope_that_runs_away_takes_no_errors_from_the_others():
    matrix = answers_to(items_of("2PL", 5), n=150)
    times = np.random.default_rng(3).integers(1, 4, 150)
    found = calibrated(dataclasses.replace(matrix, weight=times.astype(float)))

    assert any("boundary" in flags for flags in found.item_flags)
    assert not UNTOLD & set(found.flags)
    assert all(found.errors)


@given(st.integers(3, 6), st.integers(0, 10_000))
@settings(max_examples=10)
def test_three_items_or_more_of_a_2pl_that_all_met_are_never_called_unidentified(items, seed):
    found = calibrate(answers_to(easy(items), n=120, seed=seed), "2pl", a_clock())

    assert "not_identified" not in found.flags

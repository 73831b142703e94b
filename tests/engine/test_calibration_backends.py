"""The two backends side by side."""

import dataclasses

import numpy as np
import pytest
from calibration_builders import a_clock, answers_to, items_of

from engine import ParameterError, ResponsesError
from engine.calibration_backends import calibrate
from engine.calibration_comparison import compare


@pytest.mark.parametrize("model", ["2PL", "GRM", "GPCM"])
def test_girth_finds_nearly_the_same_and_never_a_higher_maximum(model):
    found = compare(answers_to(items_of(model, 6), n=1500), model.lower(), a_clock())

    assert found.their_log_likelihood <= found.our_log_likelihood + 1e-4
    assert abs(found.a).max() < 0.05
    assert set(found.as_json()["largest_difference"]) == {"a", "b"}


def test_a_comparison_shows_what_either_side_flags():
    matrix = answers_to(items_of("2PL", 8), n=800)
    turned = np.array(matrix.scores)
    turned[:, 3] = 1 - turned[:, 3]
    item = compare(dataclasses.replace(matrix, scores=turned), "2pl", a_clock()).as_json()["items"][3]

    assert item["native"]["a"] < 0 < item["girth"]["a"]
    assert "negative_slope" in item["native"]["flags"]
    assert item["girth"]["flags"] == ["negative_slope", "slope_at_bound"]


def test_either_backend_answers_with_the_same_kind_of_document():
    matrix = answers_to(items_of("2PL", 5), n=300)
    ours, theirs = (calibrate(matrix, "2pl", a_clock(), backend=backend) for backend in ("native", "girth"))

    assert set(theirs) <= set(ours)
    assert set(theirs["items"][0]) == set(ours["items"][0])


def test_girth_refuses_what_it_does_not_know():
    matrix = answers_to(items_of("2PL", 5), n=300)

    with pytest.raises(ParameterError, match="girth knows no standard_errors"):
        calibrate(matrix, "2pl", a_clock(), backend="girth", standard_errors=True)
    with pytest.raises(ResponsesError, match="girth knows no groups"):
        calibrate(dataclasses.replace(matrix, group=tuple("ab" * 150)), "2pl", a_clock(), backend="girth")
    with pytest.raises(ParameterError, match="backend 'other'"):
        calibrate(matrix, "2pl", a_clock(), backend="other")
    with pytest.raises(ResponsesError, match="not for 3pl"):
        calibrate(matrix, "3PL", a_clock(), backend="girth")

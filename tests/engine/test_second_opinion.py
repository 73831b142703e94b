"""girth as a second opinion, held against published log-likelihoods."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from engine_builders import a_matrix

from engine import Parameters, ResponseMatrix, ResponsesError, read_responses
from engine.models import probability
from engine.second_opinion import calibrate_with_girth, log_likelihood

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the shared folder with reference data is not beside the repository"
)


def a_clock():
    return itertools.count(10, 2).__next__


def simulated(n=600, items=8, seed=2, hidden=0.0):
    draw = np.random.default_rng(seed)
    parameters = Parameters.of(a=draw.uniform(0.7, 1.8, items), b=np.linspace(-1.5, 1.5, items))
    scores = draw.random((n, items)) < probability(parameters, draw.standard_normal(n))
    return ResponseMatrix(
        persons=tuple(map(str, range(n))),
        items=tuple(f"i{j}" for j in range(items)),
        scores=scores.astype(np.int8),
        presented=draw.random((n, items)) >= hidden,
    ), parameters


@needs_shared
@pytest.mark.parametrize(
    ("data", "model", "reference"),
    [
        ("lsat6", "2pl", -2466.653378),
        ("lsat6", "1pl", -2466.937600),
        ("lsat7", "2pl", -2658.805114),
        ("lsat7", "1pl", -2664.900891),
    ],
)
def test_girth_reaches_the_published_maximum(data, model, reference):
    found = calibrate_with_girth(read_responses(SHARED / f"{data}.csv"), model, a_clock())

    assert found["log_likelihood"] == pytest.approx(reference, abs=1e-3)
    assert found["log_likelihood"] <= reference + 1e-5


@needs_shared
def test_the_parameters_are_in_difficulty_form():
    found = calibrate_with_girth(read_responses(SHARED / "lsat6.csv"), "2pl", a_clock())
    first = found["items"][0]

    assert first["item"] == "I1"
    assert first["a"] == pytest.approx(0.825660, abs=2e-3)
    assert -first["a"] * first["b"][0] == pytest.approx(2.773234, abs=2e-3)
    assert (first["model"], first["c"], first["d"], first["se"]) == ("2PL", 0.0, 1.0, {})


def test_what_girth_does_not_tell_is_null():
    matrix, _ = simulated()
    found = calibrate_with_girth(matrix, "rasch", a_clock())

    assert [found[name] for name in ("converged", "cycles", "gradient_max")] == [None, None, None]
    assert (found["cpu_seconds"], found["n_persons"], found["log_prior"], found["lambda"]) == (2, 600, 0.0, {})
    assert {item["a"] for item in found["items"]} == {1.0}


def test_answers_that_were_not_presented_are_left_out_and_flagged():
    matrix, truth = simulated(n=1500, hidden=0.3)
    found = calibrate_with_girth(matrix, "2pl", a_clock())

    assert all("not_presented_to_all" in item["flags"] for item in found["items"])
    assert [item["b"][0] for item in found["items"]] == pytest.approx(truth.b, abs=0.35)


def test_the_log_likelihood_is_over_presented_answers_only():
    parameters = Parameters.of(b=[0.0, 1.0])
    whole = log_likelihood(Parameters.of(b=[0.0]), a_matrix([[1], [0]]))

    assert log_likelihood(parameters, a_matrix([[1, None], [0, None]])) == pytest.approx(whole, abs=1e-12)
    assert whole == pytest.approx(2 * np.log(0.5), abs=1e-9)
    assert log_likelihood(parameters, a_matrix([[None, None]])) == pytest.approx(0, abs=1e-12)


def test_a_wrong_key_is_flagged_as_a_negative_slope():
    matrix, _ = simulated()
    turned = matrix.scores.copy()
    turned[:, 3] = 1 - turned[:, 3]
    found = calibrate_with_girth(
        ResponseMatrix(persons=matrix.persons, items=matrix.items, scores=turned, presented=matrix.presented),
        "2pl",
        a_clock(),
    )

    assert [item["item"] for item in found["items"] if "negative_slope" in item["flags"]] == ["i3"]
    assert "slope_at_bound" in found["items"][3]["flags"]


@pytest.mark.parametrize(
    ("matrix", "model", "reason"),
    [
        (a_matrix([[1, 0], [1, 1]]), "2pl", "item i0 is answered alike by everybody"),
        (a_matrix([[None, 0], [None, 1]]), "2pl", "item i0 is never presented"),
        (a_matrix([[2, 0], [0, 1]]), "2pl", "item i0 has scores above 1"),
        (a_matrix([[1, 0], [0, 1]]), "3pl", "not for 3pl"),
    ],
)
def test_what_girth_cannot_do_is_refused_by_name(matrix, model, reason):
    with pytest.raises(ResponsesError, match=reason):
        calibrate_with_girth(matrix, model, a_clock())


def test_person_weights_are_refused_rather_than_dropped():
    matrix = ResponseMatrix(
        persons=("a", "b"), items=("x",), scores=np.array([[0], [1]]), presented=np.ones((2, 1), dtype=bool),
        weight=np.array([1.0, 2.0]),
    )  # fmt: skip
    with pytest.raises(ResponsesError, match="girth knows no person weights"):
        calibrate_with_girth(matrix, "2pl", a_clock())

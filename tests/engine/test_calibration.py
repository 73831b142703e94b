"""Native calibration: gradients, laws, groups, fixed items, the second-order model, flags and refusals."""

import dataclasses

import numpy as np
import pytest
from calibration_builders import a_clock, answers_to, items_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from engine import ParameterError, Parameters, ParameterTable, ResponseMatrix, ResponsesError
from engine.calibrate import Cancelled, Prior, Priors, Settings, calibrate, marginal_log_likelihood
from engine.calibrate.ascent import climb
from engine.calibrate.estimate import _problem
from engine.calibrate.families import family_of
from engine.calibrate.information import observed_information
from engine.calibrate.scale import parameters_of, readable
from engine.models import category_probabilities

BETA = Priors(c=Prior.parse("beta:5,17", "c"))
MODELS = ["Rasch", "2PL", "3PL", "4PL", "GRM", "PCM", "GPCM", "nominal"]


def simulated_for(model, **given_):
    source = {"Rasch": "2PL", "4PL": "3PL"}.get(model, model)
    return answers_to(items_of(source, 6), **given_)


def a_problem(matrix, model, priors=None):
    problem, _ = _problem(matrix, model, priors or Priors(), None, None, None)
    return problem


def numeric_gradient(problem, values, step=1e-5):
    rows = np.eye(len(values)) * step
    return np.array(
        [(problem.evaluate(values + r).value - problem.evaluate(values - r).value) / (2 * step) for r in rows]
    )


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("hidden", [0.0, 0.3])
def test_the_gradient_is_that_of_the_log_posterior(model, hidden):
    groups = tuple("ab"[i % 3 == 0] for i in range(200))
    priors = BETA if model in ("3PL", "4PL") else Priors()
    problem = a_problem(simulated_for(model, n=200, hidden=hidden, group=groups), model, priors)
    values = problem.pack(problem.start)
    values = values + 0.05 * np.random.default_rng(1).normal(size=len(values))

    assert problem.evaluate(values).gradient == pytest.approx(numeric_gradient(problem, values), abs=2e-5)


@pytest.mark.parametrize("kind", ["normal:1,.5", "lognormal:0,.5"])
@pytest.mark.parametrize("model", ["2PL", "GRM", "GPCM"])
def test_the_gradient_knows_the_priors_on_a_and_b(model, kind):
    priors = Priors(a=Prior.parse(kind, "a"), b=Prior.parse("normal:0,2", "b"))
    problem = a_problem(simulated_for(model, n=100), model, priors)
    values = problem.pack(problem.start)
    place = problem.evaluate(values)

    assert place.gradient == pytest.approx(numeric_gradient(problem, values), abs=2e-5)
    assert place.value < place.log_likelihood + 50


@pytest.mark.parametrize("model", MODELS)
def test_the_tables_of_the_search_are_the_response_functions(model):
    matrix = simulated_for(model, n=50)
    family = family_of(model, matrix.scores.max(axis=0).astype(np.intp) + 1)
    values = a_problem(matrix, model).start.items
    nodes = np.linspace(-3, 3, 7)
    table = family.table(values, nodes)

    parameters = parameters_of(family, readable(family, values))
    assert np.exp(table.log_p) == pytest.approx(category_probabilities(parameters, nodes), abs=1e-12)


@pytest.mark.parametrize("model", ["2PL", "GRM", "GPCM", "nominal"])
@pytest.mark.parametrize("hidden", [0.0, 0.25])
def test_the_observed_information_is_the_slope_of_the_gradient(model, hidden):
    groups = tuple("ab"[i % 2] for i in range(1500))
    problem = a_problem(simulated_for(model, n=1500, hidden=hidden, group=groups), model)
    problem = problem.on(np.linspace(-6, 6, 61))
    top = climb(problem.evaluate, problem.pack(problem.start), tolerance=1e-9, most=300)
    step = np.eye(len(top.values)) * 1e-4
    slope = [problem.evaluate(top.values - r).gradient - problem.evaluate(top.values + r).gradient for r in step]
    numeric = np.linalg.inv(np.array(slope) / 2e-4)
    found = np.linalg.inv(observed_information(problem, top.values, top.point.complete))

    assert np.sqrt(np.diag(found)) == pytest.approx(np.sqrt(np.diag(numeric)), rel=0.02)


@pytest.mark.parametrize("model", ["2PL", "GRM", "GPCM"])
def test_simulated_parameters_are_recovered_within_their_errors(model):
    truth = items_of(model, 8)
    found = calibrate(answers_to(truth, n=2500, hidden=0.2), model, a_clock(), standard_errors=True)

    assert found.converged
    errors = np.array([error["a"] for error in found.errors])
    assert np.abs((found.parameters.a - truth.a) / errors).max() < 3.5
    assert np.sqrt(np.mean((found.parameters.a - truth.a) ** 2)) == pytest.approx(np.sqrt(np.mean(errors**2)), rel=0.7)


def test_nothing_is_better_than_the_maximum_found():
    matrix = answers_to(items_of("2PL"))
    found = calibrate(matrix, "2pl", a_clock())
    top = marginal_log_likelihood(found.parameters, matrix)

    assert found.log_likelihood == pytest.approx(top, abs=1e-4)
    for seed in range(5):
        noise = 0.02 * np.random.default_rng(seed).normal(size=(2, 8))
        shifted = dataclasses.replace(
            found.parameters, a=found.parameters.a + noise[0], b=found.parameters.b + noise[1]
        )
        assert marginal_log_likelihood(shifted, matrix) < top


@settings(max_examples=8)
@given(st.integers(0, 1000))
def test_a_cell_that_was_not_presented_never_changes_anything(seed):
    matrix = answers_to(items_of("2PL", 5), n=200, hidden=0.3)
    noise = np.random.default_rng(seed).integers(0, 2, matrix.scores.shape)
    masked = dataclasses.replace(matrix, scores=np.where(matrix.presented, matrix.scores, noise).astype(np.int8))

    one, other = (calibrate(m, "2pl", a_clock()) for m in (matrix, masked))
    assert np.array_equal(one.parameters.a, other.parameters.a)
    assert one.log_likelihood == other.log_likelihood


@pytest.mark.slow
def test_weights_are_repeated_persons():
    matrix = answers_to(items_of("2PL", 5), n=150)
    times = np.random.default_rng(3).integers(1, 4, 150)
    who = np.repeat(np.arange(150), times)
    repeated = ResponseMatrix(
        persons=tuple(map(str, range(len(who)))), items=matrix.items, scores=matrix.scores[who],
        presented=matrix.presented[who],
    )  # fmt: skip
    one = calibrate(dataclasses.replace(matrix, weight=times.astype(float)), "2pl", a_clock(), standard_errors=True)
    other = calibrate(repeated, "2pl", a_clock(), standard_errors=True)

    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-6)
    assert one.parameters.a == pytest.approx(other.parameters.a, abs=1e-4)
    assert one.value_errors == pytest.approx(other.value_errors, rel=1e-3)


def test_groups_have_their_own_mean_and_variance():
    draw = np.random.default_rng(6)
    theta = draw.standard_normal(3000)
    theta[1::2] = 0.6 + 1.3 * theta[1::2]
    group = tuple("ab"[i % 2] for i in range(3000))
    found = calibrate(answers_to(items_of("2PL", 20), theta=theta, group=group), "2pl", a_clock(), standard_errors=True)

    first, second = found.groups
    assert (first.group, first.mean, first.deviation) == ("a", 0.0, 1.0)
    assert abs(second.mean - 0.6) < 3 * second.mean_error
    assert abs(second.deviation - 1.3) < 3 * second.deviation_error


def test_fixed_items_keep_their_scale_and_move_the_population():
    truth = items_of("2PL", 20)
    draw = np.random.default_rng(7)
    matrix = answers_to(truth, theta=0.7 + 1.2 * draw.standard_normal(3000), hidden=0.5)
    fixed = ParameterTable(items=tuple(f"i{j}" for j in range(0, 20, 2)), parameters=truth.take(range(0, 20, 2)))
    found = calibrate(matrix, "2pl", a_clock(), fixed=fixed, standard_errors=True)

    assert found.fixed == (True, False) * 10
    assert np.array_equal(found.parameters.a[::2], truth.a[::2])
    assert found.errors[0] == {}
    assert abs(found.groups[0].mean - 0.7) < 3 * found.groups[0].mean_error
    errors = np.array([e["b1"] for e in found.errors[1::2]])
    assert np.abs((found.parameters.b - truth.b)[1::2] / errors).max() < 3.5


def test_one_common_slope_is_the_rasch_model_on_another_scale():
    matrix = answers_to(items_of("2PL"))
    rasch, common = (calibrate(matrix, model, a_clock(), standard_errors=True) for model in ("rasch", "1pl"))
    deviation = rasch.groups[0].deviation

    assert common.log_likelihood == pytest.approx(rasch.log_likelihood, abs=1e-9)
    assert common.parameters.a == pytest.approx(deviation, abs=1e-9)
    assert common.parameters.b == pytest.approx(rasch.parameters.b / deviation, abs=1e-9)
    assert common.groups[0].deviation == 1
    assert common.errors[0]["a"] == pytest.approx(rasch.groups[0].deviation_error, rel=1e-6)


def test_a_wrong_key_gives_a_negative_slope_and_a_flag():
    matrix = answers_to(items_of("2PL"))
    turned = matrix.scores.copy()
    turned[:, 3] = 1 - turned[:, 3]
    found = calibrate(dataclasses.replace(matrix, scores=turned), "2pl", a_clock())
    whole = calibrate(matrix, "2pl", a_clock())

    assert found.parameters.a[3] == pytest.approx(-whole.parameters.a[3], abs=1e-3)
    assert [item for item, flags in zip(found.items, found.item_flags, strict=True) if "negative_slope" in flags] == [
        "i3"
    ]


def test_small_samples_and_far_difficulties_are_flagged_not_clipped():
    few = calibrate(answers_to(items_of("2PL", 4), n=60), "rasch", a_clock())
    assert all("tiny_sample" in flags for flags in few.item_flags)

    matrix = answers_to(items_of("2PL"), n=400)
    noise = matrix.scores.copy()
    noise[:, 0] = np.random.default_rng(1).random(400) < 0.2
    found = calibrate(dataclasses.replace(matrix, scores=noise), "2pl", a_clock())
    assert abs(found.parameters.b[0]) > 3
    assert ("far_off" in found.item_flags[0]) == (abs(found.parameters.b[0]) > 6)


def test_progress_is_told_and_a_cancelled_calibration_stops():
    matrix = answers_to(items_of("2PL"))
    told = []
    found = calibrate(matrix, "2pl", a_clock(), progress=lambda cycle, value: told.append((cycle, value)))
    assert [cycle for cycle, _ in told] == sorted(cycle for cycle, _ in told)
    assert told[-1][1] == pytest.approx(found.log_likelihood)

    with pytest.raises(Cancelled):
        calibrate(matrix, "2pl", a_clock(), cancelled=lambda: True)


def test_too_few_cycles_are_said():
    found = calibrate(answers_to(items_of("3PL")), "3pl", a_clock(), priors=BETA, settings=Settings(most_cycles=4))

    assert not found.converged
    assert "not_converged" in found.flags
    assert found.gradient_max > 0.01


def test_the_nodes_change_nothing_but_digits():
    matrix = answers_to(items_of("GRM"))
    one = calibrate(matrix, "grm", a_clock())
    other = calibrate(matrix, "grm", a_clock(), settings=Settings(nodes=np.linspace(-6, 6, 201)))

    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-3)
    assert one.parameters.a == pytest.approx(other.parameters.a, abs=1e-3)


@pytest.mark.parametrize("hidden", [0.0, 0.3])
def test_the_log_likelihood_at_bench_size_is_within_a_hundredth_of_the_maximum(hidden):
    """5,000 x 50 as in the benchmark, against a climb to the last digits; both read on the same 201 nodes."""
    draw = np.random.default_rng(7)
    truth = Parameters.of(a=draw.lognormal(0, 0.3, 50), b=draw.standard_normal(50), model="2PL")
    matrix = answers_to(truth, n=5000, hidden=hidden)
    nodes = np.linspace(-6, 6, 201)
    plain = calibrate(matrix, "2pl", a_clock())
    tight = calibrate(matrix, "2pl", a_clock(), settings=Settings(nodes=nodes, tolerance=1e-12))

    def log_likelihood(parameters):
        right = parameters.a * (nodes[:, None] - parameters.b)
        given = np.where(matrix.scores == 1, 1.0, 0.0) * matrix.presented, (matrix.scores == 0) * matrix.presented
        of_nodes = -given[0] @ np.logaddexp(0, -right).T - given[1] @ np.logaddexp(0, right).T
        return float(logsumexp(of_nodes - nodes**2 / 2 - logsumexp(-(nodes**2) / 2), axis=1).sum())

    assert tight.gradient_max < 1e-3
    assert log_likelihood(tight.parameters) == pytest.approx(tight.log_likelihood, abs=1e-6)
    assert log_likelihood(tight.parameters) - 0.01 < log_likelihood(plain.parameters)
    assert plain.parameters.a == pytest.approx(tight.parameters.a, abs=1e-3)
    assert plain.parameters.b == pytest.approx(tight.parameters.b, abs=1e-3)


def test_the_document_has_the_contracts_keys():
    document = calibrate(answers_to(items_of("GRM")), "grm", a_clock(), standard_errors=True).as_json()

    wanted = {"log_likelihood", "log_prior", "converged", "cycles", "gradient_max", "cpu_seconds", "n_persons", "items"}
    wanted |= {"lambda"}
    assert wanted <= set(document)
    assert {"item", "model", "a", "b", "c", "d", "se", "flags"} == set(document["items"][0])
    assert len(document["items"][0]["b"]) == len(document["items"][0]["se"]["b"]) == 3


@pytest.mark.parametrize(
    ("change", "model", "given_", "reason"),
    [
        ({"scores": np.ones((20, 4), dtype=np.int8)}, "2pl", {}, "item i0 is answered alike by everybody"),
        ({"presented": np.zeros((20, 4), dtype=bool)}, "2pl", {}, "item i0 is never presented"),
        ({"scores": np.tile([[2], [0]], (10, 4)).astype(np.int8)}, "2pl", {}, "item i0 has scores above 1"),
        ({"scores": np.tile([[2], [0]], (10, 4)).astype(np.int8)}, "grm", {}, "item i0: nobody was scored 1"),
        ({}, "5pl", {}, "'5pl' is not one of"),
        ({}, "2pl", {"priors": BETA}, "2PL has no c"),
        ({}, "rasch", {"priors": Priors(a=Prior.parse("normal:1,1", "a"))}, "Rasch has no a per item"),
        ({}, "2pl", {"outcomes": {"i0": "x"}}, "gives item i1 no outcome"),
        ({}, "2pl", {"outcomes": dict.fromkeys(("i0", "i1", "i2", "i3"), "x")}, "fewer than three outcomes"),
        ({}, "rasch", {"outcomes": {"i0": "x"}}, "gives item i1 no outcome"),
        ({}, "2pl", {"fixed": ParameterTable(items=("z",), parameters=items_of("2PL", 1))}, "none of the fixed items"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_by_name(change, model, given_, reason):
    matrix = dataclasses.replace(answers_to(items_of("2PL", 4), n=20), **change)

    with pytest.raises((ResponsesError, ParameterError), match=reason):
        calibrate(matrix, model, a_clock(), **given_)


@pytest.mark.parametrize("text", ["beta:5", "beta:0,1", "gamma:1,2", "logitnormal:0,-1", "beta:x,y", "normal:0,1"])
def test_a_prior_that_is_none_is_refused(text):
    with pytest.raises(ParameterError, match="prior"):
        Prior.parse(text, "c")

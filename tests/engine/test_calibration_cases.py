"""Every model with masks, weights and groups; several starts; asymptotes at the end of their range."""

import dataclasses

import numpy as np
import pytest
from calibration_builders import a_clock, answers_to, items_of
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engine import ParameterError, Parameters, ParameterTable, ResponseMatrix, score
from engine.calibrate import Prior, Priors, Settings, calibrate
from engine.calibrate.starts import judged
from engine.theta import METHODS

MODELS = ["rasch", "1pl", "2pl", "3pl", "4pl", "grm", "pcm", "gpcm", "nominal"]
BETA = Priors(c=Prior.parse("beta:5,17", "c"))
Q = {f"i{j}": f"o{j // 2}" for j in range(6)}


def data_for(model, n=300, **given_):
    source = {"rasch": "2PL", "1pl": "2PL", "4pl": "3PL", "2pl": "2PL", "3pl": "3PL"}.get(model, model)
    source = source if source in ("2PL", "3PL", "nominal") else source.upper()
    return answers_to(items_of(source, 6, categories=3), n=n, **given_)


def everything(model, n=300):
    """Masks, weights and groups at once."""
    weight = np.random.default_rng(1).uniform(0.5, 2.0, n)
    return data_for(model, n, hidden=0.25, weight=weight, group=tuple("ab"[i % 2] for i in range(n)))


def options_for(model):
    """The 3PL needs a prior on c, the 4PL one on a too: few items let a slope run away."""
    if model == "4pl":
        return {"priors": dataclasses.replace(BETA, a=Prior.parse("lognormal:0,.4", "a"))}
    return {"priors": BETA} if model == "3pl" else {}


@pytest.mark.parametrize("model", MODELS)
def test_every_model_takes_masks_weights_and_groups_together(model):
    found = calibrate(everything(model, 900), model, a_clock(), standard_errors=True, **options_for(model))

    assert found.converged
    assert found.flags == ()
    assert all(errors for errors in found.errors)
    assert np.isfinite([found.groups[1].mean_error, found.groups[1].deviation_error]).all()
    assert found.gradient_max < 0.05


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(MODELS), st.booleans())
def test_a_masked_cell_never_changes_a_calibration(seed, model, outcomes):
    matrix = everything(model)
    highest = int(matrix.scores.max()) + 1
    noise = np.random.default_rng(seed).integers(0, highest, matrix.scores.shape)
    masked = dataclasses.replace(matrix, scores=np.where(matrix.presented, matrix.scores, noise).astype(np.int8))
    given_ = {
        "settings": Settings(most_cycles=30),
        **options_for(model),
        **({"outcomes": Q} if outcomes and model != "1pl" else {}),
    }

    one, other = (calibrate(m, model, a_clock(), **given_) for m in (matrix, masked))
    assert np.array_equal(one.values, other.values)
    assert one.log_likelihood == other.log_likelihood


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(st.integers(0, 1000), st.sampled_from([model for model in MODELS if model not in ("3pl", "4pl")]))
def test_who_met_nothing_never_changes_a_calibration(where, model):
    matrix = data_for(model, 300)
    place = where % 300
    more = ResponseMatrix(
        persons=(*matrix.persons, "nobody"), items=matrix.items,
        scores=np.insert(matrix.scores, place, 1, axis=0), presented=np.insert(matrix.presented, place, False, axis=0),
    )  # fmt: skip
    one, other = (calibrate(m, model, a_clock()) for m in (matrix, more))

    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-4)
    assert other.parameters.a == pytest.approx(one.parameters.a, abs=2e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(MODELS), st.sampled_from(METHODS))
def test_a_masked_cell_never_changes_a_score(seed, model, method):
    source = {"rasch": "2PL", "1pl": "2PL", "2pl": "2PL", "3pl": "3PL", "4pl": "3PL", "nominal": "nominal"}
    truth = items_of(source.get(model, model.upper()), 6, categories=3)
    matrix = answers_to(truth, n=20, hidden=0.4)
    noise = np.random.default_rng(seed).integers(0, 2, matrix.scores.shape)
    masked = dataclasses.replace(matrix, scores=np.where(matrix.presented, matrix.scores, noise).astype(np.int8))
    table = ParameterTable(items=matrix.items, parameters=truth)

    one, other = (score(table, m, method) for m in (matrix, masked))
    assert np.array_equal(one.theta, other.theta, equal_nan=True)
    shorter = dataclasses.replace(
        matrix, items=matrix.items[1:], scores=matrix.scores[:, 1:], presented=matrix.presented[:, 1:]
    )
    left = dataclasses.replace(matrix, presented=matrix.presented & (np.arange(6) > 0))
    assert np.allclose(score(table, shorter, method).theta, score(table, left, method).theta, equal_nan=True)


def test_persons_without_weight_are_as_if_not_there():
    matrix = data_for("2pl", 300)
    weight = np.ones(300)
    weight[200:] = 0.0
    scores = np.array(matrix.scores)
    scores[:200, 0] = np.arange(200) % 2
    one = calibrate(dataclasses.replace(matrix, scores=scores, weight=weight), "2pl", a_clock())
    short = ResponseMatrix(
        persons=matrix.persons[:200], items=matrix.items, scores=scores[:200], presented=matrix.presented[:200]
    )

    assert one.parameters.a == pytest.approx(calibrate(short, "2pl", a_clock()).parameters.a, abs=1e-6)


def test_the_one_parameter_model_gives_its_groups_errors_in_its_own_units():
    draw = np.random.default_rng(6)
    theta = draw.standard_normal(3000)
    theta[1::2] = 0.6 + 1.3 * theta[1::2]
    matrix = answers_to(items_of("2PL", 12), theta=theta, group=tuple("ab"[i % 2] for i in range(3000)))
    rasch, one = (calibrate(matrix, model, a_clock(), standard_errors=True) for model in ("rasch", "1pl"))
    unit = rasch.groups[0].deviation

    assert np.isnan(one.groups[0].deviation_error)
    assert one.groups[1].mean == pytest.approx(rasch.groups[1].mean / unit)
    assert 0.02 < one.groups[1].mean_error < 0.08
    values, moved = rasch.covariance[-3:, -3:], np.array([-rasch.groups[1].mean, 1.0, 0.0]) / unit
    assert one.groups[1].mean_error == pytest.approx(np.sqrt(moved @ values @ moved), rel=1e-6)


@pytest.mark.parametrize("model", ["2pl", "grm", "nominal"])
def test_all_starts_end_on_one_maximum_where_there_is_one(model):
    found = calibrate(data_for(model, 800), model, a_clock(), starts=4, seed=1)

    assert [start.kept for start in found.starts] == [True, False, False, False]
    assert np.ptp([start.log_posterior for start in found.starts]) < 0.01
    assert found.flags == ()
    assert len(found.as_json()["starts"]) == 4


def test_items_that_measure_two_things_have_two_maxima_and_the_flag_says_so():
    halves = Parameters.of(a=np.full(4, 2.0), b=np.linspace(-1, 1, 4), model="2PL")
    scores = np.concatenate([answers_to(halves, n=1000, seed=seed).scores for seed in (0, 1)], axis=1)
    matrix = dataclasses.replace(answers_to(items_of("2PL", 8), n=1000), scores=scores)
    found = calibrate(matrix, "2pl", a_clock(), starts=6, seed=1)

    assert "local_maximum" in found.flags
    assert all(start.converged for start in found.starts)
    assert found.log_likelihood == pytest.approx(max(start.log_posterior for start in found.starts), abs=1e-4)
    assert np.ptp([start.log_posterior for start in found.starts]) > 10


def test_the_same_seed_gives_the_same_starts():
    matrix = data_for("nominal", 300)
    one, other = (calibrate(matrix, "nominal", a_clock(), starts=3, seed=7).starts for _ in range(2))

    assert one == other


def test_a_lower_end_of_a_converged_start_is_told_and_the_highest_kept():
    best, starts, differ = judged([(-10.0, True), (-9.0, True), (-9.001, False)])
    assert (best, differ) == (1, True)
    assert [start.kept for start in starts] == [False, True, False]

    assert judged([(-9.004, True), (-9.0, True)])[0::2] == (0, False)
    assert judged([(-9.0, True), (-12.0, False)])[0::2] == (0, False)
    with pytest.raises(ParameterError, match="starts is 0"):
        calibrate(data_for("2pl"), "2pl", a_clock(), starts=0)


def test_an_asymptote_at_its_end_is_flagged_and_the_other_errors_are_given_it():
    matrix = answers_to(items_of("2PL", 6), n=2000)
    found = calibrate(matrix, "4pl", a_clock(), priors=BETA, standard_errors=True)

    ended = [j for j, flags in enumerate(found.item_flags) if "boundary" in flags]
    assert ended
    assert found.flags == ()
    for j in ended:
        assert "d" not in found.errors[j]
        assert found.errors[j]["a"] > 0

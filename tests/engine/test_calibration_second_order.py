"""The second-order calibration: lambda beside groups, fixed items and weights, its errors, what cannot be told."""

import dataclasses

import numpy as np
import pytest
from calibration_builders import a_clock, answers_to, items_of
from scipy.stats import multivariate_normal

from engine import ParameterError, ParameterTable, ResponseMatrix, ResponsesError
from engine.calibrate import Prior, Priors, calibrate
from engine.calibrate.ascent import climb
from engine.calibrate.estimate import _problem
from engine.calibrate.second_order import second_order_information
from engine.grid import general_nodes
from engine.models import category_log_probabilities

LOADINGS = np.array([0.9, 0.5, 0.7])


def answers_of(truth, n=1200, groups=False, weights=False, hidden=0.1, loadings=LOADINGS):
    """Three outcomes of equally many items; group b has other means and SDs in the first two."""
    draw = np.random.default_rng(5)
    theta = loadings * draw.standard_normal((n, 1)) + np.sqrt(1 - loadings**2) * draw.standard_normal((n, 3))
    second = np.arange(n) % 2 == 1
    if groups:
        theta[second] = np.array([0.5, -0.4, 0.0]) + np.array([1.3, 0.8, 1.0]) * theta[second]
    each = len(truth) // 3
    parts = [
        answers_to(truth.take(range(k * each, (k + 1) * each)), theta=theta[:, k], seed=20 + k).scores for k in range(3)
    ]
    scores = np.concatenate(parts, axis=1)
    items = tuple(f"i{j}" for j in range(scores.shape[1]))
    matrix = ResponseMatrix(
        persons=tuple(map(str, range(n))), items=items, scores=scores, presented=draw.random(scores.shape) >= hidden,
        group=tuple("ab"[int(x)] for x in second) if groups else None,
        weight=draw.uniform(0.5, 2, n) if weights else None,
    )  # fmt: skip
    return matrix, {item: f"o{j // each}" for j, item in enumerate(items)}


def some_fixed(truth, places):
    return ParameterTable(items=tuple(f"i{j}" for j in places), parameters=truth.take(places))


def a_problem(matrix, outcomes, model="2PL", fixed=None):
    problem, _ = _problem(matrix, model, Priors(), fixed, outcomes, None)
    return dataclasses.replace(problem.on(np.linspace(-6, 6, 41)), general=general_nodes(np.array([0.6])))


CASES = [
    ("2PL", {}, None),
    ("2PL", {"groups": True, "weights": True}, None),
    ("2PL", {"groups": True}, [0, 1, 4]),
    ("Rasch", {"groups": True, "weights": True}, None),
    ("GRM", {"weights": True}, [0, 5]),
]


@pytest.mark.parametrize(("model", "given_", "fixed"), CASES)
def test_gradient_and_information_are_the_slopes_of_the_log_likelihood(model, given_, fixed):
    truth = items_of("2PL" if model == "Rasch" else model, 12)
    matrix, outcomes = answers_of(truth, **given_)
    problem = a_problem(matrix, outcomes, model, some_fixed(truth, fixed) if fixed else None)
    values = problem.pack(problem.start)
    values = values + 0.05 * np.random.default_rng(1).normal(size=len(values))
    steps = np.eye(len(values)) * 1e-5
    rise = [(problem.evaluate(values + s).value - problem.evaluate(values - s).value) / 2e-5 for s in steps]
    assert problem.evaluate(values).gradient == pytest.approx(rise, abs=1e-5)

    top = climb(problem.evaluate, values, tolerance=1e-8, most=400)
    steps = np.eye(len(values)) * 1e-4
    bend = [problem.evaluate(top.values - s).gradient - problem.evaluate(top.values + s).gradient for s in steps]
    numeric = np.linalg.inv(np.array(bend) / 2e-4)
    found = np.linalg.inv(second_order_information(problem, top.values, top.point.complete))
    assert np.sqrt(np.diag(found)) == pytest.approx(np.sqrt(np.diag(numeric)), rel=5e-3)


def test_the_likelihood_is_that_of_correlated_outcomes_by_brute_force():
    truth = items_of("2PL", 6)
    matrix, outcomes = answers_of(truth, n=30, groups=True, hidden=0.2)
    problem = a_problem(matrix, outcomes)
    state = problem.start
    population = np.array([[0, 0], [0, 0], [0, 0], [0.4, 0.2], [-0.3, -0.1], [0.1, 0.0]])
    links = np.log(LOADINGS / (0.98 - LOADINGS))
    found = problem.evaluate(problem.pack(dataclasses.replace(state, population=population, links=links)))

    nodes = np.linspace(-6, 6, 49)
    cube = np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), axis=-1)
    correlation = np.outer(LOADINGS, LOADINGS)
    np.fill_diagonal(correlation, 1.0)
    start = dataclasses.replace(truth, a=np.ones(6), b=-state.items[:, 1])
    log_p = category_log_probabilities(start, nodes)
    total = 0.0
    for row in range(30):
        own = population.reshape(2, 3, 2)["ab".index(matrix.group[row])]
        scale = np.exp(own[:, 1])
        density = multivariate_normal(own[:, 0], correlation * np.outer(scale, scale)).pdf(cube)
        for k in range(3):
            logs = sum(
                log_p[:, j, matrix.scores[row, j]] if matrix.presented[row, j] else 0 * nodes
                for j in (2 * k, 2 * k + 1)
            )
            density = density * np.exp(logs).reshape([-1 if axis == k else 1 for axis in range(3)])
        total += np.log(density.sum() * (nodes[1] - nodes[0]) ** 3)
    assert found.log_likelihood == pytest.approx(total, abs=1e-4)


def test_lambda_is_recovered_within_its_errors():
    truth = items_of("2PL", 30)
    matrix, outcomes = answers_of(truth, n=3000)
    found = calibrate(matrix, "2pl", a_clock(), outcomes=outcomes, standard_errors=True)

    assert found.converged
    for outcome, value in zip(("o0", "o1", "o2"), LOADINGS, strict=True):
        assert abs(found.loadings[outcome] - value) < 3 * found.loading_errors[outcome]
        assert 0.01 < found.loading_errors[outcome] < 0.08
    assert np.sqrt(np.mean((found.parameters.a - truth.a) ** 2)) < 0.15


@pytest.mark.parametrize(("loadings", "end"), [((1.0, 1.0, 1.0), 0.98), ((0.8, 0.8, -0.5), 0.0)])
def test_a_lambda_at_its_end_is_flagged_and_has_no_error(loadings, end):
    matrix, outcomes = answers_of(items_of("2PL", 18), n=800, loadings=np.array(loadings))
    found = calibrate(matrix, "2pl", a_clock(), outcomes=outcomes, standard_errors=True)

    assert found.converged
    assert "lambda_at_bound" in found.flags
    ended = [outcome for outcome, value in found.loadings.items() if abs(value - end) < 1e-3]
    assert ended
    assert not set(ended) & set(found.loading_errors)
    # with one of three lambdas 0 only the product of the others counts: a flat ridge
    assert ("not_a_maximum" in found.flags) == (end == 0.0)


def test_every_group_has_its_mean_and_sd_in_every_outcome():
    matrix, outcomes = answers_of(items_of("2PL", 30), n=3000, groups=True)
    found = calibrate(matrix, "2pl", a_clock(), outcomes=outcomes, standard_errors=True)

    rows = {(group.group, group.outcome): group for group in found.groups}
    assert [(rows["a", o].mean, rows["a", o].deviation) for o in ("o0", "o1", "o2")] == [(0.0, 1.0)] * 3
    for outcome, mean, deviation in (("o0", 0.5, 1.3), ("o1", -0.4, 0.8), ("o2", 0.0, 1.0)):
        row = rows["b", outcome]
        assert abs(row.mean - mean) < 3 * row.mean_error
        assert abs(row.deviation - deviation) < 3 * row.deviation_error
    assert found.as_json()["groups"][4]["outcome"] == "o1"
    assert found.bic - found.aic == pytest.approx(found.free * (np.log(3000) - 2))


def test_fixed_items_set_the_scale_of_their_outcome_alone():
    truth = items_of("2PL", 30)
    matrix, outcomes = answers_of(truth, n=3000)
    moved = dataclasses.replace(truth, a=truth.a / 1.2, b=1.2 * truth.b + 0.7)
    fixed = some_fixed(moved, list(range(0, 10, 2)))
    found = calibrate(matrix, "2pl", a_clock(), outcomes=outcomes, fixed=fixed, standard_errors=True)

    first, second, _ = found.groups
    assert abs(first.mean - 0.7) < 3 * first.mean_error
    assert abs(first.deviation - 1.2) < 3 * first.deviation_error
    assert (second.mean, second.deviation) == (0.0, 1.0)
    assert np.array_equal(found.parameters.a[:10:2], moved.a[:10:2])
    assert abs(found.loadings["o0"] - 0.9) < 3 * found.loading_errors["o0"]


def test_weights_are_repeated_persons_here_too():
    matrix, outcomes = answers_of(items_of("2PL", 9), n=200, groups=True)
    times = np.random.default_rng(3).integers(0, 4, 200)
    who = np.repeat(np.arange(200), times)
    repeated = ResponseMatrix(
        persons=tuple(map(str, range(len(who)))), items=matrix.items, scores=matrix.scores[who],
        presented=matrix.presented[who], group=tuple(matrix.group[i] for i in who),
    )  # fmt: skip
    prior = Priors(a=Prior.parse("lognormal:0,.5", "a"))
    one, other = (
        calibrate(m, "2pl", a_clock(), outcomes=outcomes, priors=prior)
        for m in (dataclasses.replace(matrix, weight=times.astype(float)), repeated)
    )
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-6)
    assert one.parameters.a == pytest.approx(other.parameters.a, abs=1e-3)


@pytest.mark.parametrize(
    ("change", "model", "given_", "error", "reason"),
    [
        ("none", "1pl", {}, ParameterError, "1PL would need a slope per outcome"),
        ("none", "2pl", {"outcomes": {f"i{j}": f"o{max(j - 3, 0)}" for j in range(6)}}, ParameterError, "o1 has one"),
        ("apart", "2pl", {}, ResponsesError, "no items of outcome o0 tie group b to those of group a"),
        ("absent", "2pl", {}, ResponsesError, "group b met no item of outcome o0"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_sentence(change, model, given_, error, reason):
    matrix, outcomes = answers_of(items_of("2PL", 6), n=100, groups=True, hidden=0.0)
    shown = np.array(matrix.presented)
    first = np.array(matrix.group) == "a"
    if change == "apart":
        shown[first, 0], shown[~first, 1] = False, False
    if change == "absent":
        shown[~first, :2] = False

    with pytest.raises(error, match=reason):
        calibrate(dataclasses.replace(matrix, presented=shown), model, a_clock(), **{"outcomes": outcomes, **given_})


def test_groups_without_a_common_item_are_refused_unless_fixed_items_tie_them():
    truth = items_of("2PL", 8)
    matrix = answers_to(truth, n=400, group=tuple("ab"[i % 2] for i in range(400)))
    shown = np.zeros(matrix.presented.shape, dtype=bool)
    shown[::2, :4], shown[1::2, 4:] = True, True
    apart = dataclasses.replace(matrix, presented=shown)

    with pytest.raises(ResponsesError, match="no items tie group b to those of group a"):
        calibrate(apart, "2pl", a_clock())
    with pytest.raises(ResponsesError, match="no items tie group b to the fixed ones"):
        calibrate(apart, "2pl", a_clock(), fixed=some_fixed(truth, [0, 1]))
    assert calibrate(apart, "2pl", a_clock(), fixed=some_fixed(truth, [0, 1, 4, 5])).converged

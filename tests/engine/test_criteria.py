"""Selection criteria: values of an independent program, and what each must do."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from engine_builders import a_draw, a_plan, a_pool, a_test, an_item, walk
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine import ItemPool, Parameters, criteria
from engine.grid import normal_weights, theta_nodes
from engine.models import category_log_probabilities, category_probabilities, information, log_probabilities
from engine.plan import CRITERIA
from engine.posterior import SecondOrder, Tied, likelihood_rows, normalised

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "selection_reference.json").read_text(encoding="utf-8"))
BANK = Path(__file__).resolve().parents[3] / "shared" / "data" / "tcals.bank.csv"
EVERY = {"most": 6, "selection": {"randomesque": 1, "max_exposure": 1}, "stopping": {"alpha": 0.001}}


@pytest.fixture(scope="module")
def tcals():
    """Parameters, the likelihood of the ten answers on the reference's nodes, a trapezoid prior, and the items left."""
    if not BANK.exists():
        pytest.skip("the tcals bank is not beside the repository (shared/data/tcals.bank.csv)")
    with BANK.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    parameters = Parameters.of(**{name: [float(row[name]) for row in rows] for name in "abcd"})
    nodes = theta_nodes(GOLDEN["range"], GOLDEN["nodes"])
    given = [number - 1 for number in GOLDEN["given"]]
    log_p, log_q = log_probabilities(parameters.take(given), nodes)
    answers = np.array(GOLDEN["answers"])
    likelihood = np.exp(log_p @ answers + log_q @ (1 - answers))
    trapezoid = np.ones(len(nodes))
    trapezoid[[0, -1]] = 0.5
    rest = np.array([j for j in range(len(parameters)) if j not in given])
    return parameters.take(rest), rest + 1, nodes, likelihood * trapezoid, normal_weights(nodes)


def test_the_next_item_of_the_reference_program_is_ours(tcals):
    left, number, nodes, likelihood, prior = tcals
    theta, wanted = GOLDEN["theta"], GOLDEN["next"]
    at = information(left, theta)
    table = information(left, nodes)
    p = np.moveaxis(category_probabilities(left, nodes), -1, 0)
    log_p = np.moveaxis(category_log_probabilities(left, nodes), -1, 0)
    here = category_probabilities(left, theta).T
    variance = criteria.expected_variance(p[1:], likelihood * prior, nodes, here)

    assert (number[at.argmax()], at.max()) == (wanted["MFI"][0], pytest.approx(wanted["MFI"][1], abs=1e-9))
    assert number[criteria.weighted_information(table, likelihood).argmax()] == wanted["MLWI"]
    assert number[criteria.weighted_information(table, likelihood * prior).argmax()] == wanted["MPWI"]
    assert number[variance.argmin()] == wanted["MEPV"][0]
    assert variance.min() == pytest.approx(wanted["MEPV"][1], abs=1e-9)
    assert number[criteria.kullback_leibler(log_p, here, likelihood).argmax()] == wanted["KL"]
    assert number[criteria.kullback_leibler(log_p, here, likelihood * prior).argmax()] == wanted["KLP"]


@pytest.mark.parametrize("loading", [0.0, 0.7])
@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_gives_a_whole_sitting_whatever_the_order_of_answers(name, loading):
    test = a_test(a_pool(each=6), loading=loading, **EVERY | {"selection": {"criterion": name, "max_exposure": 1}})
    steps, responses, stop = walk(test, lambda step, n: n % 2)

    assert len({step.item for step in steps}) == 18
    assert all(np.isfinite(step.why.value) and step.why.criterion == name for step in steps)
    assert engine.next_step(test, responses[:9][::-1], a_draw()) == engine.next_step(test, responses[:9], a_draw())
    assert stop.reason == "maximum_length"


@pytest.mark.parametrize("name", CRITERIA)
def test_polytomous_items_are_chosen_beside_others(name):
    pool = ItemPool.build(
        [an_item(f"g{n}", model="GRM", a=1.2, steps=(-1.0 + n / 4, n / 4, 1.0)) for n in range(4)]
        + [an_item(f"d{n}", b=n / 3 - 1) for n in range(6)]
    )
    test = a_test(
        pool, most=8, selection={"criterion": name, "randomesque": 1, "max_exposure": 1}, stopping={"alpha": 0.001}
    )
    steps, _, _ = walk(test, lambda step, n: n % (3 if step.item[0] == "g" else 2))

    assert len(steps) == 8
    assert {step.item[0] for step in steps} == {"g", "d"}


def tied(model, log_likelihood):
    likelihood = normalised(log_likelihood)
    message = model.messages(likelihood)
    return Tied(likelihood, message, model.tied_density(log_likelihood, likelihood, message))


def test_mutual_information_is_what_brute_force_over_two_outcomes_gives():
    pool = a_pool(outcomes=2, criteria=1, each=4)
    loadings, cuts = [0.8, 0.6], [0.2, -0.3]
    model = SecondOrder.of(cuts, loadings)
    rows = likelihood_rows(pool.parameters, model.nodes)
    log_likelihood = np.stack([rows[0, 1] + rows[1, 0], rows[4, 1]])
    left = np.array([2, 3])
    p = np.moveaxis(category_probabilities(pool.parameters.take(left), model.nodes), -1, 0)
    states = criteria.states_given_theta(model, tied(model, log_likelihood), 0, (0, 1))
    found = criteria.mutual_information(p[1:], states)

    unit = 2.0**-40
    both = np.einsum(
        "g,gq,gr->qr",
        model.weight,
        model.link[0] * np.exp(log_likelihood[0] * unit),
        model.link[1] * np.exp(log_likelihood[1] * unit),
    )
    both /= both.sum()
    for n, item in enumerate(np.moveaxis(p, -1, 0)):
        total = 0.0
        for above in (
            model.above[0][:, None] * np.ones(len(model.nodes)),
            np.ones(len(model.nodes))[:, None] * model.above[1],
        ):
            table = np.array([[(both * item[x][:, None] * m).sum() for m in (above, 1 - above)] for x in (0, 1)])
            total += (table * np.log(table / (table.sum(0) * table.sum(1)[:, None]))).sum()
        assert found[n] == pytest.approx(total, rel=1e-9)


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=6), st.integers(0, 2**6 - 1))
def test_no_answer_is_expected_to_widen_the_posterior_or_to_inform_less_than_nothing(difficulties, answers):
    pool = ItemPool.build(an_item(f"i{n}", b=b, c=0.1) for n, b in enumerate(difficulties))
    model = SecondOrder.of([0.0], [0.0])
    rows = likelihood_rows(pool.parameters, model.nodes)
    log_likelihood = sum(rows[n, answers >> n & 1] for n in range(len(difficulties)))[None]
    density = model.own_density(log_likelihood)[0]
    p = np.moveaxis(category_probabilities(pool.parameters, model.nodes), -1, 0)
    standing = model.own(log_likelihood)
    states = criteria.states_given_theta(model, tied(model, log_likelihood), 0, (0,))

    assert (criteria.expected_variance(p[1:], density, model.nodes) <= standing.standard_error[0] ** 2 + 1e-12).all()
    assert (criteria.mutual_information(p[1:], states) >= -1e-12).all()


def test_values_are_those_of_the_definition_item_by_item_whatever_their_number_of_scores():
    pool = ItemPool.build(
        [an_item(f"g{n}", model="GRM", a=1.2, steps=(-1.0 + n / 4, n / 4, 1.0)) for n in range(3)]
        + [an_item(f"d{n}", a=0.5 + n, b=n - 1.0, c=0.1) for n in range(3)]
    )
    model = SecondOrder.of([0.1, -0.2], [0.7, 0.5])
    rows = likelihood_rows(pool.parameters, model.nodes)
    log_likelihood = np.stack([rows[0, 2] + rows[4, 1], rows[5, 0]])
    states = criteria.states_given_theta(model, tied(model, log_likelihood), 0, (0, 1))
    chances = category_probabilities(pool.parameters, model.nodes)
    p = np.ascontiguousarray(np.moveaxis(chances, -1, 0))
    informed = criteria.mutual_information(p[1:], states)
    varied = criteria.expected_variance(p[1:], states[0], model.nodes)

    for j in range(len(pool)):
        information_of_both, variance = 0.0, 0.0
        for x in range(int(pool.parameters.categories[j])):
            seen = states[0] * chances[:, j, x]
            mean = (seen * model.nodes).sum() / seen.sum()
            variance += (seen * (model.nodes - mean) ** 2).sum()
            for met in states[1:]:
                for state in (met, states[0] - met):
                    cell = (state * chances[:, j, x]).sum()
                    information_of_both += cell * np.log(cell / (seen.sum() * state.sum()))
        assert informed[j] == pytest.approx(information_of_both, abs=1e-12)
        assert varied[j] == pytest.approx(variance, abs=1e-12)


@pytest.mark.parametrize(("steepest", "condensed"), [(2.5, True), (30.0, False)])
def test_curves_are_held_on_fewer_functions_only_where_that_changes_no_value(steepest, condensed):
    draw = np.random.default_rng(5)
    pool = ItemPool.build(
        an_item(f"i{n}", a=float(draw.uniform(0.4, steepest)), b=float(draw.normal()), c=0.2 * (n % 2), model="3PL")
        for n in range(300)
    )
    model = SecondOrder.of([0.1, -0.2], [0.7, 0.5])
    rows = likelihood_rows(pool.parameters, model.nodes)
    states = criteria.states_given_theta(model, tied(model, np.stack([rows[0, 1] + rows[1, 0], rows[5, 0]])), 0, (0, 1))
    table = criteria.Tables("mutual_information", pool.parameters, model.nodes)
    p = np.moveaxis(category_probabilities(pool.parameters, model.nodes), -1, 0)[1:]

    assert (table.basis is not None) == condensed
    found = criteria.mutual_information(table.p, states, table.basis)
    assert found == pytest.approx(criteria.mutual_information(p, states), abs=1e-12)


def test_progressive_selection_begins_at_random_and_ends_at_the_most_informative():
    assert [criteria.pace(position, 5) for position in (1, 5, 9)] == [0.0, 1.0, 1.0]
    values, uniform = np.array([0.2, 0.9, 0.5]), np.array([0.99, 0.0, 0.5])
    assert criteria.progressive(values, uniform, 0.0).argmax() == 0
    assert criteria.progressive(values, uniform, 1.0) == pytest.approx(values)


def test_proportional_selection_draws_in_proportion():
    values = np.array([1.0, 2.0, 1.0])
    draws = np.random.default_rng(1).random((20_000, 3))
    taken = np.bincount([criteria.proportional(values, u, 1.0).argmax() for u in draws], minlength=3) / 20_000

    assert taken == pytest.approx([0.25, 0.5, 0.25], abs=0.012)


def test_strata_use_weak_items_first():
    pool = a_pool(outcomes=1, criteria=1, each=16)
    test = a_test(
        pool,
        least=2,
        most=8,
        stopping={"alpha": 1e-6},
        selection={"criterion": "a_stratified", "randomesque": 1, "max_exposure": 1},
    )
    steps, _, _ = walk(test, lambda step, n: n % 2)
    slopes = [float(pool.parameters.a[pool.items.index(step.item)]) for step in steps]

    assert np.mean(slopes[:2]) < np.mean(slopes[-2:])


def test_a_paced_criterion_needs_the_length_of_each_outcome():
    with pytest.raises(engine.PlanError, match=r"plan\.outcomes\.o0\.max_items is missing: the selection progressive"):
        a_plan(a_pool(), selection={"criterion": "progressive"})

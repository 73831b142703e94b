"""Simulations where the truth departs from the plan, on several workers, and what their report shows."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from engine_builders import a_plan, a_pool, a_test, an_item

import engine
from engine import ItemPool, Parameters, Population, report, simulate
from engine.misspecification import ENDED, EXACT, FLOORED, cases, misjudged, study, study_document, study_row
from engine.simulate import BATCH


def a_small_test(**given):
    return a_test(a_pool(outcomes=3, criteria=1, each=12), most=8, **given)


def test_the_same_seed_gives_the_same_sittings_on_several_workers():
    test = a_small_test()
    alone = simulate(test, Population(), 2 * BATCH + 9, 4)
    with ThreadPoolExecutor(2) as workers:
        spread = simulate(test, Population(), 2 * BATCH + 9, 4, run=workers.map)

    assert alone.presented == spread.presented
    assert (alone.estimate == spread.estimate).all()


def test_guessing_passes_more_and_fixed_thetas_are_kept():
    test = a_small_test()
    low = Population(at=(-0.5, -0.5, -0.5))
    honest = simulate(test, low, 400, 1)
    lucky = simulate(test, Population(at=(-0.5, -0.5, -0.5), guessing=0.4), 400, 1)

    assert (honest.theta == -0.5).all()
    passes = [np.mean([d == "met" for row in s.decisions for d in row]) for s in (honest, lucky)]
    assert passes[1] > passes[0] + 0.2


def test_answers_follow_the_true_parameters_and_the_choice_the_believed_ones():
    pool = a_pool(outcomes=1, criteria=1, each=8)
    harder = Parameters.of(a=pool.parameters.a, b=pool.parameters.b + 2, model=pool.parameters.model)
    test = a_test(pool, most=8, stopping={"alpha": 1e-6})
    found = simulate(test, Population(parameters=harder), 600, 1)

    assert found.estimate.mean() < -0.8


def test_polytomous_answers_have_the_shares_the_model_gives():
    pool = ItemPool.build([an_item("g", model="PCM", steps=(-0.5, 0.5)), an_item("d")])
    test = a_test(pool, least=2, most=2, stopping={"alpha": 1e-6})
    found = simulate(test, Population(at=(0.0,)), 3000, 1)
    weights = np.exp([0.0, 0.5, 0.0])
    # with all slopes 1 the estimate tells the sum of the scores; d is right half of the time
    shares = np.unique(found.estimate.round(6), return_counts=True)[1] / 3000

    assert np.sort(shares) == pytest.approx(np.sort(np.convolve(weights / weights.sum(), [0.5, 0.5])), abs=0.03)


@pytest.mark.parametrize(
    ("population", "reason"),
    [
        (Population(at=(0.0,)), "a theta for each of 3 outcomes"),
        (Population(guessing=1.0), "guessing is a chance"),
        (Population(guessing=np.nan), "guessing is a chance"),
        (Population(mean=np.nan), "within -6 to 6, not at nan"),
        (Population(at=(np.inf, 0.0, 0.0)), "within -6 to 6, not at inf"),
        (Population(loadings=(np.nan, 0.0, 0.0)), "3 loadings from 0 to 1"),
        (Population(parameters=Parameters.of(b=[0.0])), "not those of the pool's items"),
    ],
)
def test_a_population_that_does_not_fit_is_refused(population, reason):
    with pytest.raises(ValueError, match=reason):
        simulate(a_small_test(), population, 5, 1)


def test_parameters_of_a_small_calibration_scatter_as_its_standard_errors_say():
    true = Parameters.of(a=np.full(400, 1.2), b=np.full(400, 0.4), model="2PL")
    found = misjudged(true, 500, seed=1)
    # inverse expected information of a 2PL at a = 1.2, b = .4 on 500 persons of N(0, 1), by quadrature
    theta, weight = np.polynomial.hermite_e.hermegauss(61)
    p = 1 / (1 + np.exp(-1.2 * (theta - 0.4)))
    w = weight / weight.sum() * p * (1 - p) * 500
    covariance = np.linalg.inv([[(w * theta**2).sum(), (w * theta).sum()], [(w * theta).sum(), w.sum()]])

    assert np.std(found.a) == pytest.approx(np.sqrt(covariance[0, 0]), rel=0.12)
    assert np.std(-found.a * found.b) == pytest.approx(np.sqrt(covariance[1, 1]), rel=0.12)
    assert np.mean(found.a) == pytest.approx(1.2, abs=0.03)


def test_the_departures_are_as_large_as_their_names_say():
    pool = ItemPool.build(an_item(f"i{n}", a=1.2, b=0.4, model="2PL") for n in range(400))
    made = {name: population for name, _, population, _ in cases(a_test(pool, cut=-0.3, loading=0.5), seed=1)}
    slopes = made["parameters calibrated on 500 persons"].parameters.a

    assert [made[f"lambda {by}0.2"].loadings for by in "-+"] == [(0.3,), (0.7,)]
    assert [made[f"population mean {by}0.5"].mean for by in "-+"] == [-0.5, 0.5]
    assert made["guessing 0.2"].guessing == 0.2
    names = ("the cut", "cut -0.1", "cut +0.1", "cut -0.25", "cut +0.25", "cut -0.5", "cut +0.5")
    at = [made[f"theta at {name}"].at[0] for name in names]
    assert at == pytest.approx([-0.3, -0.4, -0.2, -0.55, -0.05, -0.8, 0.2])
    # the standard error of a slope of 1.2 at b = .4 from 500 persons of N(0, 1), theta known: .1297
    assert np.std(slopes) == pytest.approx(0.1297, rel=0.1)


def test_a_lambda_that_cannot_move_is_left_out_and_one_that_ends_is_noted():
    def listed(*loadings):
        plan = a_plan(pool, **{"lambda": dict(zip(pool.outcomes, loadings, strict=True))})
        found = cases(engine.compile(pool, plan), 1, ["lambda"])
        return [(name, population.loadings, notes) for name, _, population, notes in found[1:]]

    pool = a_pool(outcomes=2, criteria=1, each=4)
    assert listed(0.0, 0.0) == [("lambda +0.2", (0.2, 0.2), ())]
    lower, higher = listed(0.1, 0.9)
    assert lower == ("lambda -0.2", (0.0, 0.7), ((ENDED, 1),))
    assert higher == ("lambda +0.2", (pytest.approx(0.3), 1.0), ((ENDED, 1),))


def test_what_a_small_calibration_leaves_exact_or_ends_is_counted():
    pool = ItemPool.build(
        [an_item("g", model="GRM", a=1.1, steps=(-1.0, 1.0)), *(an_item(f"i{n}", a=0.02, b=0.4) for n in range(40))]
    )
    test = a_test(pool)
    ((_, _, _, none), (_, _, population, notes)) = cases(test, 1, ["calibrated"])
    slopes = population.parameters.a
    floored = int((slopes[[not item.startswith("g") for item in test.pool.items]] <= 0.002).sum())

    assert none == ()
    assert floored > 5
    assert notes == ((FLOORED, floored), (EXACT, 1))
    assert slopes[test.pool.items.index("g")] == 1.1


def test_a_study_runs_every_case_and_the_cut_is_the_hardest_place():
    test = a_small_test(loading=0.5)
    told = []
    found = {case.name: case.report for case in study(test, 60, 1, progress=lambda done, of: told.append((done, of)))}

    assert len(found) == len(cases(test, 1)) == 14
    assert told[-1] == (14 * 60, 14 * 60)

    def accuracy(name):
        return np.mean([o["accuracy"] for o in found[name].outcomes.values()])

    assert accuracy("theta at cut +0.5") > accuracy("theta at the cut") - 0.05
    assert accuracy("theta at cut -0.5") > 0.5


def test_uneven_outcomes_are_those_against_most_others():
    test = a_small_test()
    found = report(test, simulate(test, Population(), 600, 1))

    # of three independent outcomes one stands against two equal others in a quarter of the cases
    assert found.uneven["share"] == pytest.approx(0.25, abs=0.04)
    assert 0.6 < found.uneven["accuracy_uneven"] <= 1


def test_where_nobody_is_uneven_the_report_claims_no_accuracy():
    test = a_test(a_pool(outcomes=1, criteria=1, each=12), most=8)
    alone = report(test, simulate(test, Population(), 40, 1)).uneven

    assert (alone["share"], alone["accuracy_uneven"]) == (0.0, None)
    assert 0.5 < alone["accuracy_even"] <= 1


def test_a_case_of_a_study_is_summed_up_over_its_outcomes():
    test = a_small_test()
    (case,) = study(test, 60, 1, studies=())
    row, document = study_row(case), study_document([case], 1.5)

    rates = case.report.outcomes.values()
    assert row["false pass"] == pytest.approx(np.mean([rate["false_pass"] for rate in rates]))
    assert row["qualification false fail"] == case.report.qualification["false_fail"]
    assert document["cpu_seconds"] == 1.5
    assert document["cases"][0]["outcomes"] == case.report.outcomes


def test_bias_is_towards_the_mean_of_the_prior():
    test = a_small_test()
    rows = report(test, simulate(test, Population(), 1000, 1)).conditional["o0"]
    low = [row["bias"] for row in rows if row["theta"] < -1 and row["n"] > 20]
    high = [row["bias"] for row in rows if row["theta"] > 1 and row["n"] > 20]

    assert min(low) > 0 > max(high)


def test_answers_worked_out_when_asked_for_are_those_worked_out_at_once(monkeypatch):
    pool = ItemPool.build(
        [an_item(f"g{n}", model="GRM", a=1.1, steps=(-1.0, n / 3)) for n in range(1, 5)]
        + [an_item(f"d{n}", b=n / 5) for n in range(6)]
    )
    test = a_test(pool, most=8, stopping={"alpha": 0.01})
    at_once = simulate(test, Population(guessing=0.1), 120, 1)
    monkeypatch.setattr(sys.modules["engine.simulate"], "SMALL_OUTCOME", 0)
    one_by_one = simulate(test, Population(guessing=0.1), 120, 1)

    assert at_once.presented == one_by_one.presented
    assert (at_once.estimate == one_by_one.estimate).all()

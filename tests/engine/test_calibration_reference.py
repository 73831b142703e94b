"""Native calibration and scoring against independent programs, on real data read from beside the repository."""

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from calibration_builders import a_clock

from engine import Parameters, ParameterTable, read_responses, score
from engine.calibrate import Prior, Priors, calibrate

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared" / "data"
REFERENCE = SHARED / "reference"
GOLDEN = json.loads((REPOSITORY / "tests" / "golden" / "calibration_reference.json").read_text())

pytestmark = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the shared folder with reference data is not beside the repository"
)


def table(name):
    with (REFERENCE / name).open() as file:
        return list(csv.DictReader(file))


def numbers(rows, *columns):
    return np.array([[float(row[column]) for column in columns] for row in rows])


def fitted(data, model, **given):
    return calibrate(read_responses(SHARED / f"{data}.csv"), model, a_clock(), **given)


@pytest.mark.parametrize("case", GOLDEN["models"], ids=lambda c: f"{c['data']}-{c['model']}-{c.get('prior_c', '')}")
def test_the_maximum_is_the_published_one(case):
    priors = Priors(c=Prior.parse(case["prior_c"], "c")) if "prior_c" in case else None
    found = fitted(case["data"], case["model"], priors=priors, standard_errors=True)

    assert found.converged
    assert found.gradient_max < 5e-3
    assert found.log_likelihood == pytest.approx(case["log_likelihood"], abs=0.01)
    if "log_posterior" in case:
        assert found.log_likelihood + found.log_prior == pytest.approx(case["log_posterior"], abs=0.01)
    if "ad" in case:
        assert found.values[:, :2] == pytest.approx(np.array(case["ad"]), abs=1e-3)
    if "d" in case:
        assert found.values[:, 1] == pytest.approx(np.array(case["d"]), abs=1e-3)
    if "variance" in case:
        assert found.groups[0].deviation ** 2 == pytest.approx(case["variance"], abs=1e-3)
    if "oakes" in case:
        assert found.value_errors[:3, :2].reshape(-1) == pytest.approx(np.array(case["oakes"]), rel=0.02)
    if "first" in case:
        assert found.parameters.a[0] == pytest.approx(case["first"]["a"], abs=1e-3)
        assert found.parameters.steps_of(0) == pytest.approx(case["first"]["b"], abs=1e-3)
    if "item_32" in case:
        assert found.parameters.a[31] == pytest.approx(case["item_32"]["a"], abs=1e-3)
        assert found.parameters.b[31] == pytest.approx(case["item_32"]["b"], abs=0.01)
        assert "far_off" in found.item_flags[31]
    if "adc" in case:
        a, d, c = np.array(case["adc"]).T
        assert found.values[:2, 0] == pytest.approx(a, abs=2e-3)
        assert found.values[:2, 1] == pytest.approx(d, abs=2e-3)
        assert found.parameters.c[:2] == pytest.approx(c, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "data", "model"),
    [
        ("LSAT6_2PL", "lsat6", "2pl"),
        ("LSAT6_Rasch", "lsat6", "rasch"),
        ("LSAT6_1PL_equal_a", "lsat6", "1pl"),
        ("LSAT7_2PL", "lsat7", "2pl"),
        ("LSAT7_Rasch", "lsat7", "rasch"),
        ("LSAT7_1PL_equal_a", "lsat7", "1pl"),
        ("SAT12_2PL", "sat12", "2pl"),
    ],
)
def test_dichotomous_items_are_those_of_the_reference_tables(name, data, model):
    found = fitted(data, model)
    wanted = numbers(table(f"{name}_items.csv"), "a1", "d")
    summary = next(row for row in table("SUMMARY.csv") if row["tag"] == name)

    assert found.log_likelihood == pytest.approx(float(summary["logLik"]), abs=0.01)
    assert found.parameters.a == pytest.approx(wanted[:, 0], abs=1e-3)
    assert -found.parameters.a * found.parameters.b == pytest.approx(wanted[:, 1], abs=1e-3)
    assert found.groups[0].deviation ** 2 == pytest.approx(float(summary["var"]), abs=1e-3)


@pytest.mark.parametrize(("name", "model"), [("GRM", "grm"), ("GPCM", "gpcm"), ("PCM_Rasch", "pcm")])
def test_stepped_items_are_those_of_the_reference_tables(name, model):
    found = fitted("science", model)
    wanted = numbers(table(f"Science_{name}_items.csv"), "IRT_a", "IRT_b1", "IRT_b2", "IRT_b3")

    assert found.parameters.a == pytest.approx(wanted[:, 0], abs=1e-3)
    assert [found.parameters.steps_of(j) for j in range(4)] == [pytest.approx(row, abs=1e-3) for row in wanted[:, 1:]]


def test_nominal_items_are_those_of_the_reference_table():
    found = fitted("science", "nominal").parameters.polytomous
    columns = [f"IRT_{letter}{k}" for letter in "ac" for k in range(1, 5)]
    wanted = numbers(table("Science_NRM_items.csv"), *columns)

    assert found.slopes == pytest.approx(wanted[:, :4], abs=1.5e-3)
    assert found.intercepts == pytest.approx(wanted[:, 4:], abs=1.5e-3)


def test_items_with_a_prior_on_guessing_are_those_of_the_reference_table():
    priors = Priors(c=Prior.parse("logitnormal:-1.4,.5", "c"))
    found = fitted("sat12", "3pl", priors=priors)
    wanted = numbers(table("SAT12_3PL_prior_norm_m1.4_0.5_items.csv"), "a1", "d", "g")

    # item 32 lies on a flat ridge: the other program stopped 6e-4 of its slope before the top
    assert found.values[:, 0] == pytest.approx(wanted[:, 0], abs=1e-3, rel=1e-3)
    assert found.values[:, 1] == pytest.approx(wanted[:, 1], abs=1e-3, rel=1e-3)
    assert found.parameters.c == pytest.approx(wanted[:, 2], abs=1e-3)


@pytest.mark.parametrize("data", ["lsat6", "lsat7"])
def test_standard_errors_are_those_of_oakes(data):
    found = fitted(data, "2pl", standard_errors=True)
    wanted = numbers(table(f"{data.upper()}_2PL_SE_Oakes.csv"), "SE").reshape(-1, 2)

    assert found.value_errors[:, :2] == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize("data", ["LSAT6", "LSAT7"])
@pytest.mark.parametrize(("method", "name"), [("eap", "EAP"), ("map", "MAP"), ("mle", "ML"), ("wle", "WLE")])
def test_persons_are_scored_as_in_the_reference_tables(data, method, name):
    items = numbers(table(f"{data}_2PL_items.csv"), "a1", "d")
    ids = [row["item"] for row in table(f"{data}_2PL_items.csv")]
    rows = table(f"{data}_2PL_fscores_{name}.csv")
    matrix = read_responses(REFERENCE / f"{data}_responses.csv")
    matrix = dataclasses.replace(
        matrix,
        persons=tuple(str(n) for n in range(len(rows))),
        scores=numbers(rows, *ids).astype(np.int8),
        presented=np.ones((len(rows), len(ids)), dtype=bool),
    )
    parameters = Parameters.of(a=items[:, 0], b=-items[:, 1] / items[:, 0], model="2PL")
    found = score(ParameterTable(items=tuple(ids), parameters=parameters), matrix, method)

    for row, theta, bound in zip(rows, found.theta, found.at_bound, strict=True):
        if row["F1"] in ("-Inf", "Inf"):
            assert bound
        else:
            assert theta == pytest.approx(float(row["F1"]), abs=1e-4)


OTHERS = ("deayala", "icar16_ability", "spm_ls", "naep_math", "fraction_subtraction")


@pytest.mark.parametrize("data", OTHERS)
def test_further_published_sets_agree_with_the_independent_fit(data):
    source = SHARED / f"{data}.estimates.mirt_2pl.csv"
    lines = source.read_text().splitlines()
    rows = list(csv.DictReader(lines[1:]))
    found = fitted(data, "2pl")

    assert float(lines[0].split("logLik=")[1].split()[0]) == pytest.approx(found.log_likelihood, abs=0.011)
    assert found.parameters.a == pytest.approx(numbers(rows, "a")[:, 0], abs=1e-3, rel=2e-3)  # fitted there to 1e-4

"""The golden files hold every number of the design's reference values; what no other test asserts of them."""

import csv
import json
import math
import re

import numpy as np
import pytest
from check_builders import GOLDEN_FOLDER, SHARED, needs_shared
from engine_builders import a_matrix
from reference_data import fitted, responses

from engine import Parameters, ParameterTable, score
from engine.item_fit import s_x2
from engine.model_fit import m2
from engine.models import category_log_probabilities, curvature, information, probability, slope

DESIGN = SHARED.parent / "design" / "measurement.md"
GOLDEN = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(GOLDEN_FOLDER.glob("*.json"))}
CATR, NEXT = GOLDEN["theta_reference"]["catr"], GOLDEN["selection_reference"]
CALIBRATION, WALD = GOLDEN["calibration_reference"], GOLDEN["sequential_reference"]
NOT_VALUES = re.compile(r"\b(?:catR|mirt|girth|NumPy >=) [\d.]+|`[^`]*`|1e-\d|20,001|a >= \.1")
"""Versions, tolerances, names of files, and a bound another program puts on its parameters."""


def numbers_in(value):
    """Every number of a golden file, those written in its texts included."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for each in value for number in numbers_in(each)]
    if isinstance(value, str):
        return [float(text) for text in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", value)]
    return [] if value is None or isinstance(value, bool) else [float(value)]


PASSAGES = {  # how a passage of section 6 begins -> the golden keys that hold its numbers
    "## 6. ": ["theta_reference.origin"],
    **{f"| {n} | ": [f"theta_reference.cases.{n - 1}"] for n in range(1, 7)},
    "catR 3.17 on the tcals bank": ["theta_reference.catr"],
    "Next item at theta": ["selection_reference"],
    "GRM (1.2": ["calibration_reference.graded_theta"],
    "log prod Fisher": ["calibration_reference.log_product_of_information"],
    "Calibration (R mirt": ["calibration_reference.origin"],
    "| LSAT6 2PL": ["calibration_reference.models.0"],
    "| LSAT6 Rasch": ["calibration_reference.models.1"],
    "| LSAT7 2PL": ["calibration_reference.models.2"],
    "| LSAT7 Rasch": ["calibration_reference.models.3"],
    "M2 of the 2PL": ["calibration_reference.models.2"],
    "| Science GRM": [f"calibration_reference.models.{n}" for n in range(4, 8)],
    "| SAT12 2PL": ["calibration_reference.models.8"],
    "| SAT12 3PL, Beta": ["calibration_reference.models.9"],
    "| SAT12 3PL, N(": ["calibration_reference.models.10"],
    "Known peer defects": ["sequential_reference.information_with_an_upper_asymptote"],
    "Wald's limit": ["sequential_reference"],
}


def golden(key):
    """What stands under file.key.key or file.key.place."""
    value = GOLDEN
    for part in key.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


@needs_shared
def test_every_number_of_the_design_stands_under_its_key_in_a_golden_file():
    """A number of a passage is one of its own keys rounded to its digits; whole numbers below 100 say too little."""
    section = DESIGN.read_text(encoding="utf-8")
    section = section[section.index("## 6. ") :]
    starts = [section.index(opening) for opening in PASSAGES]
    assert starts == sorted(starts)
    missing, seen = [], 0
    for keys, start, end in zip(PASSAGES.values(), starts, [*starts[1:], len(section)], strict=True):
        ours = np.abs([number for key in keys for number in numbers_in(golden(key))])
        for token in re.findall(r"(?<![\w.])(?:\d+\.\d+|\.\d+|\d{3,})", NOT_VALUES.sub(" ", section[start:end])):
            seen += 1
            half = 0.5000001 * 10.0 ** -(len(token.partition(".")[2]))
            if not np.any(np.abs(ours - float(token)) <= half):
                missing.append((keys, token))

    assert seen > 150
    assert missing == []


@pytest.fixture(scope="module")
def tcals():
    path = SHARED / "tcals.bank.csv"
    if not path.exists():
        pytest.skip("the tcals bank is not beside the repository (shared/data/tcals.bank.csv)")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Parameters.of(**{name: [float(row[name]) for row in rows] for name in "abcd"})


def estimate(parameters, answers, method):
    table = ParameterTable(items=tuple(f"i{j}" for j in range(len(parameters))), parameters=parameters)
    return score(table, a_matrix([answers]), method)


def eap_on_their_nodes(parameters, answers, case):
    nodes = np.linspace(-case["eap_range"], case["eap_range"], case["eap_nodes"])
    logs = category_log_probabilities(parameters, nodes)[:, np.arange(len(answers)), answers].sum(axis=1)
    density = np.exp(logs - logs.max() - nodes**2 / 2)
    return np.trapezoid(density * nodes, nodes) / np.trapezoid(density, nodes)


@pytest.mark.parametrize("case", CATR["cases"], ids=["ten", "all"])
def test_a_published_bank_is_scored_as_catr_scores_it(tcals, case):
    answers = case["answers"] * case.get("repeated", 1)
    items = tcals.take(range(len(answers)))

    for method in ("mle", "map", "wle", "eap"):
        assert estimate(items, answers, method).theta[0] == pytest.approx(case[method], abs=1e-4)
    assert eap_on_their_nodes(items, answers, case) == pytest.approx(case["eap"], abs=1e-8)
    if "mle_se" in case:
        assert 1 / np.sqrt(information(items, case["mle"]).sum()) == pytest.approx(case["mle_se"], abs=1e-9)
        assert estimate(items, answers, "mle").standard_error[0] == pytest.approx(case["mle_se"], abs=1e-5)


@pytest.mark.parametrize("model", ["GRM", "GPCM"])
def test_graded_answers_on_their_nodes_have_catrs_posterior_mean(model):
    given = CALIBRATION["graded_theta"]
    items = Parameters.of(a=given["a"], steps=given["steps"], model=model)
    found = eap_on_their_nodes(items, given["answers"], {"eap_range": 4, "eap_nodes": 33})

    assert found == pytest.approx(given[model]["eap"], abs=1e-8)


def test_the_item_of_most_expected_information_is_catrs(tcals):
    """Observed information -(log P)'' or -(log Q)'' at the MAP after either answer (van der Linden 1998)."""
    given = [number - 1 for number in NEXT["given"]]
    left = [j for j in range(len(tcals)) if j not in given]
    value = []
    for j in left:
        item, p = tcals.take([j]), float(probability(tcals.take([j]), NEXT["theta"])[0])
        after = [estimate(tcals.take([*given, j]), [*NEXT["answers"], x], "map").theta[0] for x in (0, 1)]
        value.append((1 - p) * observed(item, after[0], 0) + p * observed(item, after[1], 1))

    assert left[int(np.argmax(value))] + 1 == NEXT["next"]["MEI"]


def observed(item, theta, answer):
    """Minus the second derivative of the log-likelihood of one answer."""
    p = float(probability(item, theta)[0]) if answer else 1 - float(probability(item, theta)[0])
    sign = 1 if answer else -1
    return (float(slope(item, theta)[0]) / p) ** 2 - sign * float(curvature(item, theta)[0]) / p


@needs_shared
def test_the_fit_of_lsat7_is_the_published_one():
    wanted = next(m for m in CALIBRATION["models"] if (m["data"], m["model"]) == ("lsat7", "2pl"))
    parameters, matrix = fitted(SHARED / "lsat7.csv", "2pl").parameters, responses(SHARED / "lsat7.csv")
    whole, items = m2(parameters, matrix), s_x2(parameters, matrix)

    assert [whole.m2, whole.df] == pytest.approx(wanted["m2"], abs=1e-3)
    assert [items.statistic[0], items.df[0]] == pytest.approx(wanted["s_x2"], abs=1e-3)


@pytest.mark.parametrize("case", WALD["cases"], ids=lambda c: f"a{c['a']}")
def test_walds_limits_follow_from_the_curves(case):
    item, delta, error = Parameters.of(a=case["a"], b=0.0, model="2PL"), WALD["delta"], WALD["error"]
    low, high = (float(probability(item, at)[0]) for at in (-delta, delta))
    odds, bound = math.log(high / low), math.log((1 - error) / error)
    step = high * odds + (1 - high) * math.log((1 - high) / (1 - low))  # mean gain of log odds at cut + delta

    assert (1 - 2 * error) * bound / step == pytest.approx(case["least"], abs=0.06)
    assert bound**2 / odds**2 == pytest.approx(case["at_cut"], abs=0.06)
    fixed = (1.6448536 / delta) ** 2 / float(information(item, 0.0)[0])
    assert fixed == pytest.approx(case["fixed"], abs=0.06)


def test_information_knows_the_upper_asymptote_a_retyped_formula_forgets():
    case = WALD["information_with_an_upper_asymptote"]
    item = Parameters.of(**{name: case[name] for name in "abcd"})
    found = float(information(item, case["theta"])[0])
    p, gap = float(probability(item, case["theta"])[0]), float(slope(item, case["theta"])[0])

    assert found == pytest.approx(case["value"], abs=5e-5)
    assert found == pytest.approx(gap**2 / (p * (1 - p)), rel=1e-12)

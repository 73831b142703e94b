"""Every file of the folder of reference values is compared with this engine, or said why not.

R's mirt 1.47 at TOL 1e-8 on 121 nodes. Where a definition differs, the comparison says so and compares what is left.
"""

import dataclasses
import functools
import re

import numpy as np
import pytest
from check_builders import SHARED, eap, matrix_of, needs_shared
from reference_calibrations import (
    crossed,
    expected,
    items_of,
    items_with_fixed_guessing,
    items_with_prior,
    nominal_items,
    oakes,
    sandwich,
    stepped_items,
    summaries,
    supplemented,
)
from reference_data import FOLDER, data, matrix, number, numbers, responses, rows_of, table, two_pl
from scipy.stats import norm

from engine import Parameters, ParameterTable, score
from engine.item_curves import ThetaDistribution
from engine.item_fit import grouped_chi_square, mean_squares, s_x2
from engine.local_dependence import ld_x2, q3
from engine.model_fit import m2
from engine.models import information
from engine.person_fit import lz
from engine.theta import Prior

SQUARES = {"outfit": "outfit", "outfit_z": "z.outfit", "infit": "infit", "infit_z": "z.infit"}
RASCH = {"LSAT6": 0.570237, "LSAT7": 1.022647}  # variances stated in SUMMARY


# --- persons


def scores_of(method, file, name):
    """MAP: the observed information there, the expected one here, are one and the same in the 2PL.

    WLE: ours is Warm's (1989) error, 1 / sqrt(I). Theirs is that of the curvature of l + log(I) / 2.
    """
    rows = table(f"{name}_2PL_fscores_{file}")
    items = tuple(list(rows[0])[:5])
    patterns = dataclasses.replace(matrix_of(numbers(rows, *items)), items=items)
    found = score(ParameterTable(items=items, parameters=two_pl(name)), patterns, method)
    theta = np.array([float(row["F1"].replace("Inf", "inf")) for row in rows])
    there = np.isfinite(theta)

    assert np.array_equal(found.at_bound, ~there)
    assert found.theta[there] == pytest.approx(theta[there], abs=1e-4)
    wanted = numbers(rows, "SE_F1")[there, 0]
    if method == "wle":
        total = information(two_pl(name), theta).sum(axis=1)
        assert found.standard_error == pytest.approx(1 / np.sqrt(total), abs=1e-4)
        assert 1 / np.sqrt(total - curvature_of_log_information(two_pl(name), theta) / 2) == pytest.approx(
            wanted, abs=1e-3
        )
    else:
        assert found.standard_error[there] == pytest.approx(wanted, abs=1e-4)


def curvature_of_log_information(parameters, theta, step=1e-3):
    low, here, high = (np.log(information(parameters, theta + gap).sum(axis=1)) for gap in (-step, 0.0, step))
    return (low - 2 * here + high) / step**2


def person_fit(name):
    rows, patterns = table(f"{name}_2PL_personfit_uniquepatterns"), matrix_of(np.unique(data(name).scores, axis=0))
    parameters = two_pl(name)
    theta = eap(parameters, patterns)
    squares = mean_squares(parameters, patterns, theta, axis=1)

    assert lz(parameters, patterns, theta) == pytest.approx(numbers(rows, "Zh")[:, 0], abs=1e-3)
    for ours, theirs in SQUARES.items():
        assert getattr(squares, ours) == pytest.approx(numbers(rows, theirs)[:, 0], abs=1e-3)


def reliability(name):
    """Empirical: the share of variance EAP keeps. Marginal: I / (I + 1) over N(0, 1). From our scores and curves."""
    wanted = {row["stat"]: number(row["v"]) for row in table(f"{name}_2PL_reliability")}
    parameters, persons = two_pl(name), data(name)
    found = score(ParameterTable(items=persons.items, parameters=parameters), persons, "eap")
    kept = found.theta.var(ddof=1)
    theta = np.linspace(-6, 6, 1201)
    total, weight = information(parameters, theta).sum(axis=1), norm.pdf(theta) / norm.pdf(theta).sum()

    assert kept / (kept + (found.standard_error**2).mean()) == pytest.approx(wanted["empirical_rxx"], abs=1e-3)
    assert weight @ (total / (total + 1)) == pytest.approx(wanted["marginal_rxx"], abs=1e-3)


def information_of_test(name):
    theta, wanted = matrix(table(f"{name}_2PL_testinfo")).T

    assert information(two_pl(name), theta).sum(axis=1) == pytest.approx(wanted, abs=1e-6)


# --- fit


def agree(found, rows, kind, df=True):
    assert found.statistic == pytest.approx(numbers(rows, kind)[:, 0], abs=1e-3)
    if df:
        assert found.df.tolist() == numbers(rows, f"df.{kind}")[:, 0].tolist()
        assert found.p == pytest.approx(numbers(rows, f"p.{kind}")[:, 0], abs=1e-4)
        assert found.rmsea == pytest.approx(numbers(rows, f"RMSEA.{kind}")[:, 0], abs=1e-5)


def item_fit(name):
    """df of G2: a group with an empty level loses its degree of freedom there, here only a level expected to be."""
    rows, parameters, persons = table(f"{name}_2PL_itemfit"), two_pl(name), data(name)
    theta = eap(parameters, persons)
    squares = mean_squares(parameters, persons, theta)

    for ours, theirs in SQUARES.items():
        assert getattr(squares, ours) == pytest.approx(numbers(rows, theirs)[:, 0], abs=1e-3)
    agree(s_x2(parameters, persons), rows, "S_X2")
    agree(grouped_chi_square(parameters, persons, theta), rows, "X2")
    agree(grouped_chi_square(parameters, persons, theta, likelihood_ratio=True), rows, "G2", df=False)


def rasch_item_fit(name):
    """The population's variance counts among every item's parameters there: two are free, not one."""
    rows, persons = table(f"{name}_Rasch_itemfit"), data(name)
    parameters = Parameters.of(b=numbers(table(f"{name}_Rasch_items"), "IRT_b")[:, 0], model="Rasch")
    spread = np.sqrt(RASCH[name])
    theta = score(
        ParameterTable(items=persons.items, parameters=parameters), persons, "eap", Prior(deviation=spread)
    ).theta
    squares = mean_squares(parameters, persons, theta)

    for ours, theirs in SQUARES.items():
        assert getattr(squares, ours) == pytest.approx(numbers(rows, theirs)[:, 0], abs=1e-3)
    agree(s_x2(parameters, persons, ThetaDistribution.normal(sd=spread), free=[2] * 5), rows, "S_X2")


def graded_item_fit(name):
    rows = table(f"{name}_GRM_itemfit")
    agree(s_x2(graded(name), data(name)), rows, "S_X2")


def graded(name):
    values = numbers(table(f"{name}_GRM_items"), "IRT_a", "IRT_b1", "IRT_b2", "IRT_b3")
    return Parameters.of(a=values[:, 0], steps=values[:, 1:].tolist(), model="GRM")


def model_fit(name):
    """The interval of RMSEA: N there, N - 1 here as in RMSEA itself; 1e-4 holds both."""
    row, found = table(f"{name}_2PL_M2")[0], m2(two_pl(name), data(name))
    ours = {"M2": found.m2, "df": found.df, "p": found.p, "RMSEA": found.rmsea, "SRMSR": found.srmsr}
    ours |= {"RMSEA_5": found.rmsea_interval[0], "RMSEA_95": found.rmsea_interval[1]}

    assert set(row) == {*ours, "TLI", "CFI"}
    for key, value in (ours | {"TLI": found.tli, "CFI": found.cfi}).items():
        assert value == pytest.approx(number(row[key]), abs=1e-3)


def residual_correlations(model, name):
    parameters = graded(name) if model == "GRM" else two_pl(name)
    theta = eap(parameters, data(name))

    assert q3(parameters, data(name), theta) == pytest.approx(matrix(table(f"{name}_{model}_Q3")), abs=1e-3)


def pairs(name):
    """Chi-squares below, signed Cramer V above the diagonal."""
    wanted, found = matrix(table(f"{name}_2PL_LD")), ld_x2(two_pl(name), data(name))
    low, high = np.tril_indices(5, -1), np.triu_indices(5, 1)

    assert found.x2[low] == pytest.approx(wanted[low], abs=1e-3)
    assert found.cramer_v[high] == pytest.approx(wanted[high], abs=1e-3)


# --- the data and the summary


def same_answers(file, name):
    """The answers are those of the published set of the same name."""
    here, there = data(name), responses(SHARED / f"{file}.csv")
    order = [np.lexsort(each.scores.T[::-1]) for each in (here, there)]

    assert np.array_equal(here.scores[order[0]], there.scores[order[1]])


def scored_by_key(name):
    """8 is an omitted answer and scored 0."""
    raw = matrix(table("SAT12_raw"))
    keys = rows_of(SHARED / "sat12.key.csv")
    key = np.array([float(value) for value in keys[0].values()]) if len(keys) == 1 else numbers(keys, "key")[:, 0]

    assert np.array_equal((raw == key).astype(int), data(name).scores)


ITEM_FILES = {"2PL_items": "2pl", "Rasch_items": "rasch", "1PL_equal_a_items": "1pl"}
LSAT = {
    **{file: functools.partial(items_of, model) for file, model in ITEM_FILES.items()},
    "2PL_SE_Oakes": functools.partial(oakes, "Oakes"),
    "2PL_SE_Louis": functools.partial(oakes, "Louis"),
    "2PL_SE_SEM": supplemented,
    "2PL_SE_Fisher": expected,
    "2PL_SE_crossprod": crossed,
    "2PL_SE_sandwich": functools.partial(sandwich, "sandwich"),
    "2PL_SE_sandwich.Louis": functools.partial(sandwich, "sandwich.Louis"),
    **{
        f"2PL_fscores_{file}": functools.partial(scores_of, method, file)
        for method, file in (("eap", "EAP"), ("map", "MAP"), ("mle", "ML"), ("wle", "WLE"))
    },
    "2PL_personfit_uniquepatterns": person_fit,
    "2PL_reliability": reliability,
    "2PL_testinfo": information_of_test,
    "2PL_itemfit": item_fit,
    "Rasch_itemfit": rasch_item_fit,
    "2PL_M2": model_fit,
    "2PL_Q3": functools.partial(residual_correlations, "2PL"),
    "2PL_LD": pairs,
}
WALK = {
    **{f"{name}_{file}": (check, name) for name in ("LSAT6", "LSAT7") for file, check in LSAT.items()},
    "LSAT6_responses": (functools.partial(same_answers, "lsat6"), "LSAT6"),
    "LSAT7_responses": (functools.partial(same_answers, "lsat7"), "LSAT7"),
    "Science_responses": (functools.partial(same_answers, "science"), "Science"),
    **{
        f"Science_{kind}_items": (functools.partial(stepped_items, model, kind), "Science")
        for kind, model in (("GRM", "grm"), ("GPCM", "gpcm"), ("PCM_Rasch", "pcm"))
    },
    "Science_NRM_items": (nominal_items, "Science"),
    "Science_GRM_itemfit": (graded_item_fit, "Science"),
    "Science_GRM_Q3": (functools.partial(residual_correlations, "GRM"), "Science"),
    "SAT12_2PL_items": (functools.partial(items_of, "2pl"), "SAT12"),
    "SAT12_3PL_prior_norm_m1.4_0.5_items": (items_with_prior, "SAT12"),
    "SAT12_3PL_fixed_g_0.1_items": (items_with_fixed_guessing, "SAT12"),
    "SAT12_raw": (scored_by_key, "SAT12"),
    "SAT12_scored": (functools.partial(same_answers, "sat12"), "SAT12"),
    "SUMMARY": (summaries, None),
}


@needs_shared
def test_no_reference_file_is_passed_over():
    assert {re.sub(r"\.csv$", "", path.name) for path in FOLDER.iterdir()} == set(WALK)


@needs_shared
@pytest.mark.parametrize("file", WALK)
def test_reference_values_are_ours(file):
    check, name = WALK[file]
    check(name)

"""`kriteria score`: abilities from files, of the whole test or of every outcome, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np

import engine
from engine.calibrate.qmatrix import read_outcomes
from engine.outcome_scores import plausible_outcomes, score_outcomes
from engine.plan import EVIDENCE
from engine.theta import METHODS, plausible_values
from engine.theta import Prior as Ability
from web.cli_exits import document, plain_errors, stop
from web.cli_options import ABOVE_NOUGHT, FINITE, refuse_given

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
BY_OUTCOME = {"evidence": "--evidence", "loadings": "--lambda", "cuts": "--cut"}


@click.command()
@click.argument("responses", type=FILE)
@click.option("--parameters", required=True, type=FILE, help="PARAMS.csv: item, model, a, b (b1 .. bk), c, d.")
@click.option("--method", required=True, type=click.Choice(METHODS))
@click.option("--prior-mean", type=FINITE, default=0.0, show_default=True, help="Mean of theta (eap, map).")
@click.option("--prior-sd", type=ABOVE_NOUGHT, default=1.0, show_default=True, help="Its standard deviation.")
@click.option("--q-matrix", type=FILE, help="CSV of item, outcome: a theta for every outcome.")
@click.option("--evidence", type=click.Choice(EVIDENCE), help="Which answers count for an outcome (own by default).")
@click.option("--lambda", "loadings", multiple=True, help="OUTCOME=VALUE, or one VALUE for all: guarded and joint.")
@click.option("--cut", "cuts", multiple=True, help="OUTCOME=THETA, or one THETA for all: adds the mastery probability.")
@click.option("--plausible", type=click.IntRange(min=1), help="Add this many plausible values of every theta.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the plausible values.")
@click.option("--omitted", help="Code of an omitted answer; it is scored 0.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def score(responses: Path, parameters: Path, method: Any, as_json: bool, **given: Any) -> None:
    """Estimate theta of every person in RESPONSES.csv."""
    if given["plausible"] is None:
        refuse_given("it is of the plausible values, give --plausible", "seed")
        if method in ("mle", "wle"):
            refuse_given(f"the {method} knows no prior", "prior_mean", "prior_sd")
    if given["evidence"] in (None, "own"):
        refuse_given("own evidence ties no outcomes, give --evidence guarded or joint", "loadings")
    with plain_errors():
        table = engine.read_parameters(parameters)
        matrix = engine.read_responses(responses, given["omitted"])
        for note in matrix.notes:
            click.echo(note, err=True)
        if matrix.weight is not None:
            click.echo("the column weight is not used: a person's score does not depend on it", err=True)
        reach = _of_outcomes if given["q_matrix"] is not None else _of_the_test
        try:
            found = reach(table, matrix, method, given)
        except engine.ResponsesError as error:
            stop(f"{responses}: {error}")
    if as_json:
        document(found)
        return
    for row in found["persons"]:
        for outcome, one in row.get("outcomes", {None: row}).items():
            click.echo(_line(row["person"], outcome, one))


def _of_the_test(table: engine.ParameterTable, matrix: engine.ResponseMatrix, method: Any, given: Any) -> Any:
    for name, option in BY_OUTCOME.items():
        if given[name]:
            stop(f"{option} is about outcomes: give --q-matrix")
    prior = Ability(mean=given["prior_mean"], deviation=given["prior_sd"])
    found: Any = engine.score(table, matrix, method, prior).as_json()
    if given["plausible"] is not None:
        draws = np.random.default_rng(given["seed"]).random((len(matrix.persons), given["plausible"]))
        values = plausible_values(table, matrix, draws, prior)
        for row, own in zip(found["persons"], values.tolist(), strict=True):
            row["plausible"] = own
    return found


def _of_outcomes(table: engine.ParameterTable, matrix: engine.ResponseMatrix, method: Any, given: Any) -> Any:
    if (given["prior_mean"], given["prior_sd"]) != (0.0, 1.0):
        stop("theta of every outcome is N(0, 1): leave --prior-mean and --prior-sd out")
    outcomes = read_outcomes(given["q_matrix"])
    names = dict.fromkeys(outcomes[item] for item in matrix.items if item in outcomes)
    loadings, cuts = (_values(BY_OUTCOME[kind], given[kind], names) for kind in ("loadings", "cuts"))
    scores = score_outcomes(table, matrix, outcomes, method, given["evidence"] or "own", loadings, cuts)
    found: Any = scores.as_json()
    if given["plausible"] is not None:
        shape = (len(matrix.persons), given["plausible"], len(scores.outcomes) + 1)
        tied = loadings if scores.evidence != "own" else {}
        values = plausible_outcomes(table, matrix, outcomes, np.random.default_rng(given["seed"]).random(shape), tied)
        for row, own in zip(found["persons"], values, strict=True):
            for k, name in enumerate(scores.outcomes):
                row["outcomes"][name]["plausible"] = own[:, k].tolist()
    return found


def _values(option: str, texts: tuple[str, ...], names: Mapping[str, None]) -> dict[str, float]:
    """Outcome -> number of OUTCOME=NUMBER and NUMBER, the last one said last."""
    found: dict[str, float] = {}
    for text in texts:
        outcome, _, value = text.rpartition("=")
        try:
            number = FINITE.convert(value, None, None)
        except click.BadParameter:
            stop(f"{option} {text}: needed is OUTCOME=NUMBER or one finite NUMBER")
        found |= {outcome: number} if outcome else dict.fromkeys(names, number)
    return found


def _line(person: str, outcome: str | None, one: Mapping[str, Any]) -> str:
    shown = [f"{one[key]:.4f}" if one[key] is not None else "-" for key in ("theta", "se")]
    if one.get("p_mastery") is not None:
        shown.append(f"mastery {one['p_mastery']:.4f}")
    if one.get("own_allows"):
        shown.append(f"own answers allow {one['own_allows']}")
    start = [person] if outcome is None else [person, outcome]
    return "\t".join((*start, *shown, "at bound" if one["at_bound"] else "")).rstrip()

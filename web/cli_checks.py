"""`kriteria fit`, `dif`, `link`: checks of a calibration from files, without a database."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import numpy as np

import engine
from engine.calibrate import Prior, Priors, calibrate
from engine.choices import read_choices
from engine.dif import DifTable, focal_group, strata_of
from engine.drift import Screening, drift, screen_anchors
from engine.fit_report import Replications, fit_report, matched_table, slope_notes
from engine.item_curves import ThetaDistribution, posterior
from engine.linking import METHODS as LINKING_METHODS
from engine.linking import Link, LinkingError, common_items, jackknife_errors
from engine.logistic_dif import logistic
from engine.mantel_haenszel import mantel_haenszel
from engine.parametric_dif import likelihood_ratio, raju_areas, split_by_group
from engine.poolfile import ParameterTable, parameters_text
from engine.responses import ResponseMatrix
from web.cli_exits import CHECK_FAILED, document, plain_errors, stop
from web.cli_options import ABOVE_NOUGHT, FINITE, SHARE, refuse_given

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
MODELS = ("rasch", "1pl", "2pl", "3pl", "grm", "pcm", "gpcm")
DIF_METHODS = ("mh", "logistic", "lr", "raju")
OF_METHODS = {  # of `dif`: which options belong to some methods only
    **dict.fromkeys(("responses", "focal", "no_purify", "alpha", "omitted", "strict"), ("mh", "logistic", "lr")),
    "match_on": ("mh", "logistic"),
    "model": ("lr",),
    **dict.fromkeys(("parameters", "focal_parameters"), ("raju",)),
}
PLAUSIBLE_VALUES = 10
STRICT_HELP = "Exit with 1 when something is flagged."
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
strict_option = click.option("--strict", is_flag=True, help=STRICT_HELP)
omitted_option = click.option("--omitted", help="Code of an omitted answer; it is scored 0.")


@contextmanager
def check_errors() -> Iterator[None]:
    """What can be wrong with the input of a check: one line and exit code 2."""
    with plain_errors():
        try:
            yield
        except LinkingError as error:
            stop(str(error))


@click.command()
@click.argument("responses", type=FILE)
@click.option("--parameters", required=True, type=FILE, help="PARAMS.csv the responses are compared with.")
@click.option("--mean", type=FINITE, default=0.0, show_default=True, help="Mean theta of these persons.")
@click.option("--sd", type=ABOVE_NOUGHT, default=1.0, show_default=True, help="Standard deviation of their theta.")
@click.option("--free-sd", is_flag=True, help="The deviation was estimated (Rasch): M2 has one parameter more.")
@click.option("--alpha", type=SHARE, default=0.01, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of everything drawn at random.")
@click.option("--bootstrap", type=click.IntRange(min=1), help="PV-Q1*: p from N simulated matrices, calibrated again.")
@click.option("--known", is_flag=True, help="PV-Q1*: the parameters come from other answers, nothing is calibrated.")
@click.option("--key", type=FILE, help="CSV of item, key: RESPONSES holds chosen options; adds distractor curves.")
@click.option("--prior-c", help="PV-Q1*: the prior of the lower asymptotes in the calibration, as for calibrate.")
@omitted_option
@strict_option
@as_json_option
def fit(
    responses: Path,
    parameters: Path,
    mean: float,
    sd: float,
    free_sd: bool,
    alpha: float,
    seed: int,
    bootstrap: int | None,
    known: bool,
    key: Path | None,
    prior_c: str | None,
    omitted: str | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Compare RESPONSES.csv with its parameters: classical table, item, pair, model and person fit."""
    if bootstrap is None:
        refuse_given("it is of PV-Q1*, give --bootstrap", "known", "prior_c")
    elif known:
        refuse_given("nothing is calibrated with --known", "prior_c")
    with check_errors():
        chosen = None if key is None else read_choices(responses, key, omitted)
        matrix = engine.read_responses(responses, omitted) if chosen is None else chosen.matrix
        draws = np.random.default_rng(seed).random((PLAUSIBLE_VALUES, len(matrix.persons)))
        population = ThetaDistribution.normal(mean, sd)
        table = engine.read_parameters(parameters, signed=True)
        with _replications(table, bootstrap, known, prior_c, seed) as replications:
            found: Any = fit_report(table, matrix, draws, population, free_sd, alpha, replications, chosen)
    if as_json:
        document(found)
    else:
        _show_fit(found)
    if strict and any(found["flagged"].values()):
        raise SystemExit(CHECK_FAILED)


@contextmanager
def _replications(
    table: ParameterTable, number: int | None, known: bool, prior_c: str | None, seed: int
) -> Iterator[Replications | None]:
    """How PV-Q1* is computed, with a progress bar while it is."""
    if number is None:
        yield None
        return
    models = sorted(set(table.parameters.model))
    priors = Priors() if prior_c is None else Priors(c=Prior.parse(prior_c, "c"))
    if len(models) > 1 and not known:
        stop(f"the items follow {' and '.join(models)}, which are not calibrated together: give --known")

    def again(matrix: ResponseMatrix) -> tuple[engine.Parameters, ThetaDistribution] | None:
        found = calibrate(matrix, models[0], time.process_time, priors=priors)
        group = found.groups[0]
        population = ThetaDistribution.normal(group.mean, group.deviation)
        return (found.parameters, population) if found.converged else None

    shown: Any = click.progressbar(length=number, label="Replications", file=sys.stderr)
    with shown as bar:
        refit = None if known else again
        yield Replications(number=number, seed=seed, refit=refit, progress=lambda done: bar.update(1))


def _show_fit(found: dict[str, Any]) -> None:
    classical, model = found["classical"], found["model"]
    click.echo(
        f"{found['n_persons']} persons, alpha {_number(classical['alpha'])}, omega {_number(classical['omega'])}"
    )
    if model:
        low, high = model["rmsea_interval"]
        click.echo(
            f"M2 {model['m2']:.2f}, df {model['df']}, p {model['p']:.4f}, RMSEA {model['rmsea']:.4f} "
            f"({low:.4f} to {high:.4f}), SRMSR {model['srmsr']:.4f}"
        )
    click.echo("item\tfacility\tpoint-biserial\tS-X2 p\tPV-Q1 p\tPV-Q1* p\tinfit\toutfit\tflags")
    for row, line in zip(found["items"], classical["items"], strict=True):
        tests = (row[name] and row[name]["p"] for name in ("s_x2", "pv_q1", "pv_q1_star"))
        values = (line["facility"], line["point_biserial"], *tests, row["infit"], row["outfit"])
        click.echo("\t".join((row["item"], *map(_number, values), " ".join(row["flags"]))).rstrip())
    for kind in ("pairs", "persons"):
        flagged = [" - ".join(one) if kind == "pairs" else one for one in found["flagged"][kind]]
        click.echo(f"{kind} flagged: {', '.join(flagged) or 'none'}")
    for note in found["notes"]:
        click.echo(f"note: {note}")


@click.command()
@click.argument("responses", type=FILE, required=False)
@click.option("--method", required=True, type=click.Choice(DIF_METHODS))
@click.option("--focal", help="Name of the focal group in the column group.")
@click.option("--no-purify", is_flag=True, help="Match on all items, flagged ones too.")
@click.option(
    "--match-on", type=FILE, help="PARAMS.csv: match on theta instead of the sum (answers missing by design)."
)
@click.option("--model", type=click.Choice(MODELS), help="lr: the model that is calibrated.")
@click.option("--alpha", type=SHARE, default=0.05, show_default=True)
@click.option("--parameters", type=FILE, help="raju: PARAMS.csv of the reference group.")
@click.option("--focal-parameters", type=FILE, help="raju: PARAMS.csv of the focal group, on the same scale.")
@omitted_option
@strict_option
@as_json_option
def dif(
    responses: Path | None,
    method: str,
    focal: str | None,
    no_purify: bool,
    match_on: Path | None,
    model: str | None,
    alpha: float,
    parameters: Path | None,
    focal_parameters: Path | None,
    omitted: str | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Does an item behave differently in two groups of RESPONSES.csv, or between two calibrations (raju)?"""
    refuse_given(f"--method is {method}", *(name for name, methods in OF_METHODS.items() if method not in methods))
    with check_errors():
        if method == "raju":
            if parameters is None or focal_parameters is None:
                stop("raju compares two calibrations: give --parameters and --focal-parameters")
            _show_areas(_told(parameters), _told(focal_parameters), as_json)
            return
        if responses is None or focal is None:
            stop(f"{method} compares two groups: give RESPONSES.csv and --focal")
        matrix = engine.read_responses(responses, omitted)
        who = focal_group(matrix, focal)
        if method == "lr":
            if model is None:
                stop("lr calibrates both groups: give --model")
            table = _by_likelihood(matrix, who, model, not no_purify, alpha)
        else:
            matching = None if match_on is None else _theta(matrix, _told(match_on))
            if matrix.weight is not None:
                click.echo(f"the column weight is not used: {method} counts each person once", err=True)
            if matching is not None and method == "mh":
                matching = strata_of(matching)
            analyse = mantel_haenszel if method == "mh" else logistic
            table = analyse(matrix, who, matching, not no_purify, alpha)
    if as_json:
        document(table.as_json())
    else:
        _show_dif(table)
    if strict and table.flagged.any():
        raise SystemExit(CHECK_FAILED)


class _Fit:
    """What the likelihood-ratio test asks of a calibration."""

    def __init__(self, log_likelihood: float, free_parameters: int) -> None:
        self.log_likelihood, self.free_parameters = log_likelihood, free_parameters


def _by_likelihood(matrix: ResponseMatrix, who: Any, model: str, purify: bool, alpha: float) -> DifTable:
    shown: Any = click.progressbar(length=len(matrix.items) + 1, label="Calibrations", file=sys.stderr)
    with shown as bar:

        def calibrated(equal: frozenset[str]) -> _Fit:
            found = calibrate(split_by_group(matrix, who, equal), model, time.process_time)
            bar.update(1)
            return _Fit(found.log_likelihood, found.free)

        return likelihood_ratio(matrix.items, calibrated, purify, alpha)


def _told(path: Path) -> ParameterTable:
    """The parameters in a file; slopes below 0 are said."""
    table = engine.read_parameters(path, signed=True)
    for note in slope_notes(table):
        click.echo(f"{path}: {note}", err=True)
    return table


def _theta(matrix: ResponseMatrix, table: ParameterTable) -> Any:
    population = ThetaDistribution.normal()
    return posterior(matched_table(table, matrix).parameters, matrix, population) @ population.nodes


def _show_areas(reference: ParameterTable, focal: ParameterTable, as_json: bool) -> None:
    first, second = common_items(reference.items, focal.items)
    areas = raju_areas(reference.parameters.take(first), focal.parameters.take(second))
    rows = [
        {"item": reference.items[j], "signed": float(signed), "unsigned": float(unsigned)}
        for j, signed, unsigned in zip(first, areas.signed, areas.unsigned, strict=True)
    ]
    if as_json:
        document({"method": "raju", "items": rows})
        return
    for row in rows:
        click.echo(f"{row['item']}\tsigned {row['signed']:.3f}\tunsigned {row['unsigned']:.3f}")


def _show_dif(table: DifTable) -> None:
    for row in table.as_json()["items"]:  # type: ignore[attr-defined]
        numbers = "\t".join(f"{name} {_number(row[name])}" for name in ("effect", "se", "statistic", "p"))
        click.echo(
            f"{row['item']}\t{row['class'] or '-'}\t{numbers}\t{'' if row['anchor'] else 'not an anchor'}".rstrip()
        )
    state = "" if table.stable else "; the flags did not stand still"
    click.echo(f"{table.rounds} rounds{state}")


@click.command()
@click.argument("source", type=FILE)
@click.argument("target", type=FILE)
@click.option("--method", type=click.Choice(LINKING_METHODS), default="stocking_lord", show_default=True)
@click.option("--no-screen", is_flag=True, help="Keep every common item as an anchor, drifted ones too.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write SOURCE on the scale of TARGET.")
@strict_option
@as_json_option
def link(
    source: Path, target: Path, method: Any, no_screen: bool, out: Path | None, strict: bool, as_json: bool
) -> None:
    """Bring SOURCE PARAMS.csv to the scale of TARGET PARAMS.csv by the items both hold."""
    with check_errors():
        old, new = engine.read_parameters(source), engine.read_parameters(target)
        first, second = common_items(old.items, new.items)
        sides = old.parameters.take(first), new.parameters.take(second)
        screening = None if no_screen else screen_anchors(*sides, method)
        kept = np.arange(len(first)) if screening is None else np.flatnonzero(screening.kept)
        found = jackknife_errors(sides[0].take(kept), sides[1].take(kept), method)
        by_slope, by_difficulty = drift(*sides, found)
        if out is not None:
            moved = found.parameters(old.parameters)
            out.write_text(parameters_text(old.items, moved), encoding="utf-8")
    rows = [
        {"item": old.items[j], "kept": bool(n in kept), "a_z": _finite(by_slope[n]), "b_z": _finite(by_difficulty[n])}
        for n, j in enumerate(first)
    ]
    told = found.as_json() | _screened(screening, [old.items[j] for j in first]) | {"items": rows}
    if as_json:
        document(told)
    else:
        _show_link(found, told)
    if strict and (told["dropped"] or told["warnings"]):
        raise SystemExit(CHECK_FAILED)


def _screened(screening: Screening | None, names: list[str]) -> dict[str, Any]:
    if screening is None:
        return {"dropped": [], "correlation": None, "spread_ratio": None, "warnings": []}
    return {
        "dropped": [names[place] for place in screening.dropped],
        "correlation": _finite(screening.correlation),
        "spread_ratio": _finite(screening.spread_ratio),
        "warnings": list(screening.warnings),
    }


def _show_link(found: Link, told: dict[str, Any]) -> None:
    errors = found.errors or (float("nan"), float("nan"))
    click.echo(
        f"A {found.slope:.5f} (error {errors[0]:.5f}), B {found.shift:.5f} (error {errors[1]:.5f}), "
        f"{found.items} anchors, {found.method}"
    )
    for row in told["items"]:
        click.echo(
            f"{row['item']}\ta z {_number(row['a_z'])}\tb z {_number(row['b_z'])}\t{'' if row['kept'] else 'dropped'}"
        )
    for warning in told["warnings"]:
        click.echo(f"warning: {warning}")


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"

"""`kriteria calibrate`: item parameters from files, without a database."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

import engine
from engine.calibrate import Calibration, FixedItemsError, OutcomesError, Prior, Priors, read_outcomes
from engine.calibrate import calibrate as estimate
from engine.poolfile import parameters_text
from web.cli_exits import document, plain_errors, stop
from web.cli_options import refuse_given

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
MODELS = ("rasch", "1pl", "2pl", "3pl", "4pl", "grm", "pcm", "gpcm", "nominal")
SILENT_SECONDS, EVERY_SECONDS = 1.0, 0.2
NATIVE_ONLY = {
    "prior_a": "--prior-a",
    "prior_b": "--prior-b",
    "prior_c": "--prior-c",
    "fixed": "--fix",
    "q_matrix": "--q-matrix",
    "group": "--group",
    "errors": "--se",
    "starts": "--starts",
    "output": "--output",
}


@click.command()
@click.argument("responses", type=FILE)
@click.option("--model", required=True, type=click.Choice(MODELS))
@click.option("--prior-a", help="lognormal:M,S or normal:M,S on the discrimination.")
@click.option("--prior-b", help="normal:M,S on the difficulty.")
@click.option("--prior-c", help="beta:A,B on the lower asymptote, or logitnormal:M,S on its logit.")
@click.option("--fix", "fixed", type=FILE, help="PARAMS.csv of items that keep their parameters and so their scale.")
@click.option("--q-matrix", type=FILE, help="CSV of item, outcome: the second-order model with lambda per outcome.")
@click.option("--group", help="Column of groups with their own mean and variance; the first to appear is N(0, 1).")
@click.option("--starts", type=click.IntRange(min=1), help="Begin N times; says whether all end on one maximum.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the further starts.")
@click.option("--se", "errors", is_flag=True, help="Standard errors from the observed information.")
@click.option("--backend", type=click.Choice(("native", "girth")), default="native", show_default=True)
@click.option("--compare", is_flag=True, help="Both backends and where they differ.")
@click.option("--omitted", help="Code of an omitted answer; it is scored 0.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the parameters as PARAMS.csv.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def calibrate(responses: Path, model: str, backend: str, compare: bool, as_json: bool, **given: Any) -> None:
    """Estimate item parameters from RESPONSES.csv."""
    if given["output"] is not None and not given["output"].parent.is_dir():
        stop(f"{given['output']}: there is no such folder to write to")
    if (given["starts"] or 1) == 1:
        refuse_given("one start draws nothing, give --starts", "seed")
    with plain_errors():
        group = given["group"]
        matrix = engine.read_responses(responses, given["omitted"], group)
        for note in matrix.notes:
            click.echo(note, err=True)
        if group is None and matrix.group is not None:
            click.echo("the column group is not used; name it with --group group", err=True)
            matrix = dataclasses.replace(matrix, group=None)
        if backend == "girth" or compare:
            found = _with_girth(responses, matrix, model, compare, given)
            _show(found, as_json, _girth_lines(found))
            return
        calibration = _native(responses, matrix, model, given)
    if given["output"] is not None:
        given["output"].write_text(_file(calibration), encoding="utf-8")
    _show(calibration.as_json(), as_json, _native_lines(calibration))


def _native(responses: Path, matrix: engine.ResponseMatrix, model: str, given: Mapping[str, Any]) -> Calibration:
    texts = {name: given[f"prior_{name}"] for name in "abc"}
    priors = Priors(**{name: Prior.parse(text, name) for name, text in texts.items() if text is not None})
    fixed = engine.read_parameters(given["fixed"]) if given["fixed"] is not None else None
    outcomes = read_outcomes(given["q_matrix"]) if given["q_matrix"] is not None else None
    try:
        return estimate(
            matrix,
            model,
            time.process_time,
            priors=priors,
            fixed=fixed,
            outcomes=outcomes,
            standard_errors=given["errors"],
            starts=given["starts"] or 1,
            seed=given["seed"],
            progress=_Ticker(),
        )
    except FixedItemsError as error:
        stop(f"{given['fixed']}: {error}")
    except OutcomesError as error:
        stop(f"{given['q_matrix']}: {error}")
    except engine.ResponsesError as error:
        stop(f"{responses}: {error}")


def _with_girth(
    responses: Path, matrix: engine.ResponseMatrix, model: str, compare: bool, given: Mapping[str, Any]
) -> dict[str, Any]:
    from engine import calibration_comparison, second_opinion

    for name, option in NATIVE_ONLY.items():
        if given[name]:
            stop(f"girth knows no {option}; leave it out or use the native backend alone")
    if model not in second_opinion.MODELS:
        stop(f"girth calibrates {', '.join(second_opinion.MODELS)} here, not {model}")
    try:
        if compare:
            return calibration_comparison.compare(matrix, model, time.process_time).as_json()
        return second_opinion.calibrate_with_girth(matrix, model, time.process_time)
    except engine.ResponsesError as error:
        stop(f"{responses}: {error}")


class _Ticker:
    """One line on standard error that tells how far the calibration is, once it has taken a second."""

    def __init__(self) -> None:
        self.began = self.last = time.monotonic()

    def __call__(self, cycle: int, value: float) -> None:
        """Tell it."""
        now = time.monotonic()
        if now - self.began >= SILENT_SECONDS and now - self.last >= EVERY_SECONDS:
            self.last = now
            end = "\r" if sys.stderr.isatty() else "\n"
            click.echo(f"cycle {cycle}, log posterior {value:.3f}{end}", err=True, nl=False)


def _file(calibration: Calibration) -> str:
    """PARAMS.csv; its first line says the scale theta is on."""
    first, *others = (group for group in calibration.groups if group.group == calibration.groups[0].group)
    text = parameters_text(calibration.items, calibration.parameters, first.mean, first.deviation)
    if not others or len({(group.mean, group.deviation) for group in (first, *others)}) == 1:
        return text
    scales = (f"{group.outcome} N({group.mean:.6f}, {group.deviation:.6f}^2)" for group in (first, *others))
    rows = text.split("\n", 1)[1]
    return f"# D = 1; theta by outcome in the reference group ~ {', '.join(scales)}\n{rows}"


def _show(found: Mapping[str, Any], as_json: bool, lines: list[str]) -> None:
    if as_json:
        document(found)
        return
    for line in lines:
        click.echo(line)


def _native_lines(calibration: Calibration) -> list[str]:
    end = "converged" if calibration.converged else "NOT converged"
    lines = [
        f"{calibration.persons} persons, log-likelihood {calibration.log_likelihood:.4f}, log prior "
        f"{calibration.log_prior:.4f}, {end} after {calibration.cycles} cycles, largest gradient "
        f"{calibration.gradient_max:.1e}, {calibration.cpu_seconds:.2f} CPU s"
    ]
    lines += [f"flag: {flag}" for flag in calibration.flags]
    for number, start in enumerate(calibration.starts, start=1):
        ended = f"{'converged' if start.converged else 'not converged'}{', reported' if start.kept else ''}"
        lines.append(f"start {number}\tlog posterior {start.log_posterior:.4f}\t{ended}")
    for group in calibration.groups:
        name = "\t".join(part for part in (group.group or "-", group.outcome) if part)
        errors = [_error(None if value != value else value) for value in (group.mean_error, group.deviation_error)]
        lines.append(f"group {name}\tmean {group.mean:.4f}{errors[0]}\tsd {group.deviation:.4f}{errors[1]}")
    for outcome, value in calibration.loadings.items():
        lines.append(f"lambda {outcome}\t{value:.4f}{_error(calibration.loading_errors.get(outcome))}")
    items: Any = calibration.as_json()["items"]
    return lines + [_item_line(item) for item in items]


def _item_line(item: Mapping[str, Any]) -> str:
    values = {"a": item["a"], "b": item["b"] or None}
    values |= {name: item[name] for name, plain in (("c", 0.0), ("d", 1.0)) if item[name] != plain}
    values |= {name: item[name] for name in ("slopes", "intercepts") if name in item}
    numbers = [
        f"{name} {_several(value)}{_error(item['se'].get(name))}" for name, value in values.items() if value is not None
    ]
    return "\t".join((item["item"], *numbers, " ".join(item["flags"]))).rstrip()


def _error(value: float | list[float] | None) -> str:
    """The standard error behind a number, where there is one."""
    return "" if value is None else f" se {_several(value)}"


def _several(values: float | list[float]) -> str:
    return " ".join(f"{value:.4f}" for value in (values if isinstance(values, list) else [values]))


def _girth_lines(found: Mapping[str, Any]) -> list[str]:
    if "largest_difference" in found:
        lines = [f"{name}: log-likelihood {found[name]['log_likelihood']:.4f}" for name in ("native", "girth")]
        lines += [f"largest difference in {n}: {x:.4f}" for n, x in found["largest_difference"].items()]
        return lines + [_compared_line(item) for item in found["items"]]
    lines = [f"{found['n_persons']} persons, log-likelihood {found['log_likelihood']:.3f}"]
    for item in found["items"]:
        lines.append(f"{item['item']}\ta {item['a']:.4f}\tb {_several(item['b'])}\t{' '.join(item['flags'])}".rstrip())
    return lines


def _compared_line(item: Mapping[str, Any]) -> str:
    parts = [item["item"]]
    for name in ("native", "girth"):
        one = item[name]
        parts.append(f"{name} a {one['a']:.4f} b {_several(one['b'])} {' '.join(one['flags'])}".rstrip())
    return "\t".join(parts)

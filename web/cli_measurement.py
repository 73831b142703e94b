"""`kriteria calibrate`, `score`: measurement from files, without a database."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

import engine
from engine import second_opinion
from web.cli_exits import document, plain_errors, stop

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
MODELS = ("rasch", "1pl", "2pl", "3pl", "4pl", "grm", "pcm", "gpcm", "nominal")
METHODS = ("eap", "map", "mle", "wle")


@click.command()
@click.argument("responses", type=FILE)
@click.option("--model", required=True, type=click.Choice(MODELS))
@click.option("--backend", type=click.Choice(("native", "girth")), default="native", show_default=True)
@click.option("--omitted", help="Code of an omitted answer; it is scored 0.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def calibrate(responses: Path, model: str, backend: str, omitted: str | None, as_json: bool) -> None:
    """Estimate item parameters from RESPONSES.csv."""
    if backend == "native":
        stop("the native calibration is not part of this version; use --backend girth")
    if model not in second_opinion.MODELS:
        stop(f"girth calibrates {', '.join(second_opinion.MODELS)} here, not {model}")
    with plain_errors():
        matrix = engine.read_responses(responses, omitted)
        found = second_opinion.calibrate_with_girth(matrix, model, time.process_time)
    if as_json:
        document(found)
        return
    click.echo(f"{found['n_persons']} persons, log-likelihood {found['log_likelihood']:.3f}")
    items: Any = found["items"]
    for item in items:
        click.echo(f"{item['item']}\ta {item['a']:.3f}\tb {item['b'][0]:.3f}\t{' '.join(item['flags'])}".rstrip())


@click.command()
@click.argument("responses", type=FILE)
@click.option("--parameters", required=True, type=FILE, help="PARAMS.csv: item, model, a, b, c, d.")
@click.option("--method", required=True, type=click.Choice(METHODS))
@click.option("--omitted", help="Code of an omitted answer; it is scored 0.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def score(responses: Path, parameters: Path, method: str, omitted: str | None, as_json: bool) -> None:
    """Estimate theta of every person in RESPONSES.csv."""
    with plain_errors():
        table = engine.read_parameters(parameters)
        scores = engine.score(table, engine.read_responses(responses, omitted), method)  # type: ignore[arg-type]
    if as_json:
        document(scores.as_json())
        return
    for row in scores.as_json()["persons"]:  # type: ignore[attr-defined]
        shown = ("-" if value is None else f"{value:.4f}" for value in (row["theta"], row["se"]))
        click.echo("\t".join((row["person"], *shown, "at bound" if row["at_bound"] else "")).rstrip())

"""`kriteria calibrate`, `score`, `simulate`: measurement from files, without a database."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

import engine
from engine import Plan, Population, second_opinion
from engine.simulate import simulate as sit_simulated
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


@click.command()
@click.option("--pool", required=True, type=FILE, help="POOL.csv.")
@click.option("--plan", required=True, type=FILE, help="PLAN.json.")
@click.option("--n", required=True, type=click.IntRange(min=1), help="Simulated candidates.")
@click.option("--seed", required=True, type=click.IntRange(min=0))
@click.option("--mean", type=float, default=0.0, show_default=True, help="Mean theta of the population.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def simulate(pool: Path, plan: Path, n: int, seed: int, mean: float, as_json: bool) -> None:
    """Let simulated candidates sit a plan on a pool."""
    with plain_errors():
        items = engine.read_pool(pool)
        wanted = Plan.parse(json.loads(plan.read_text(encoding="utf-8")))
        started = time.process_time()
        test = engine.compile(items, wanted)
        with click.progressbar(length=n, label="Sittings", file=sys.stderr) as bar:
            sittings = sit_simulated(
                test, Population(mean=mean), n, seed, progress=lambda done, _of: bar.update(done - bar.pos)
            )
        found = engine.report(test, sittings).as_json(time.process_time() - started)
    if as_json:
        document(found)
        return
    for name in ("length", "outcomes", "qualification", "reasons", "violations", "cpu_seconds"):
        click.echo(f"{name}: {json.dumps(found[name])}")

"""`kriteria simulate`: simulated candidates, or real answers replayed, sit a plan on a pool; here or on a cluster."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

import engine
from engine import Plan, Population
from engine.posthoc import replay
from engine.simulate import Sittings, Work
from engine.simulate import simulate as sit_simulated
from engine.simulation_page import files, meaning
from web.cli_exits import document, plain_errors, stop

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
Run = Callable[[Callable[[Work], Sittings], Iterable[Work]], Iterable[Sittings]]


@click.command()
@click.option("--pool", required=True, type=FILE, help="POOL.csv.")
@click.option("--plan", required=True, type=FILE, help="PLAN.json.")
@click.option("--n", type=click.IntRange(min=1), help="Simulated candidates; with --responses: persons drawn.")
@click.option("--seed", required=True, type=click.IntRange(min=0))
@click.option("--mean", type=float, default=0.0, show_default=True, help="Mean theta of the population.")
@click.option("--guessing", type=click.FloatRange(0, 1, max_open=True), default=0.0, show_default=True,
              help="Chance that a wrong answer becomes right by luck.")  # fmt: skip
@click.option("--responses", type=FILE, help="RESPONSES.csv: replay real answers instead of simulated ones.")
@click.option("--omitted", help="Code of an omitted answer; it is scored 0.")
@click.option("--dask", help="Spread the batches over a Dask scheduler: its address, or local. Same seed, same result.")
@click.option("--report", "folder", type=FOLDER, help="Write report.json, report.html and figures into this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def simulate(
    pool: Path,
    plan: Path,
    n: int | None,
    seed: int,
    mean: float,
    guessing: float,
    responses: Path | None,
    omitted: str | None,
    dask: str | None,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Let simulated candidates, or real answers, sit a plan on a pool."""
    if responses is None and n is None:
        stop("--n is missing: how many candidates to simulate")
    if responses is not None and (dask or mean or guessing):
        stop("--responses replays real answers: --mean, --guessing and --dask do not apply")
    left_out = 0
    with plain_errors(str(plan)):
        wanted = Plan.parse(json.loads(plan.read_text(encoding="utf-8")))
        started = time.process_time()
        test = engine.compile(engine.read_pool(pool), wanted)
        shown: Any = click.progressbar(length=n or 1, label="Sittings", file=sys.stderr)
        with shown as bar:

            def told(done: int, of: int) -> None:
                bar.length = of
                bar.update(done - bar.pos)

            if responses is not None:
                replayed = replay(test, engine.read_responses(responses, omitted), n, seed, told)
                sittings, left_out = replayed.sittings, replayed.left_out
            else:
                with _spread(dask) as run:
                    people = Population(mean=mean, guessing=guessing)
                    sittings = sit_simulated(test, people, n or 0, seed, run=run, progress=told)
        report = engine.report(test, sittings)
    seconds = time.process_time() - started
    found = report.as_json(seconds)
    if responses is not None:
        found |= {"persons": len(sittings.presented), "left_out": left_out}
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files(report, wanted, seconds).items():
            (folder / name).write_text(text, encoding="utf-8")
    if as_json:
        document(found)
        return
    click.echo(meaning(wanted))
    for name in ("length", "outcomes", "qualification", "uneven", "reasons", "violations", "cpu_seconds"):
        click.echo(f"{name}: {json.dumps(found[name])}")


@contextmanager
def _spread(dask: str | None) -> Iterator[Run]:
    """The map that runs the batches: here, or on a Dask cluster."""
    if dask is None:
        yield map
        return
    try:
        from dask.distributed import Client  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        stop("--dask needs the package distributed, which is not installed")
    try:
        client: Any = Client(processes=True, threads_per_worker=1) if dask == "local" else Client(dask, timeout=10)
    except OSError as error:
        stop(f"no Dask scheduler answers at {dask}: {error}")
    with client:

        def run(of: Callable[[Work], Sittings], work: Iterable[Work]) -> Iterable[Sittings]:
            return (future.result() for future in client.map(of, list(work), pure=False))

        yield run

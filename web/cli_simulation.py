"""`kriteria simulate`: simulated candidates, or real answers replayed, sit a plan on a pool; here or on a cluster."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

import engine
from engine import CertifyingRule, CompiledTest, Plan, Population, Report
from engine.grid import THETA_LIMIT
from engine.misspecification import study_document, study_row
from engine.posthoc import replay
from engine.simulate import Sittings, Work
from engine.simulate import simulate as sit_simulated
from results.phrasing import Manner, english
from web.cli_exits import document, plain_errors, stop
from web.cli_options import FiniteRange, refuse_given
from web.cli_progress import counted
from web.language import COMPLETE
from web.simulation_rule import certifying_rule
from web.simulation_statements import QUALITY, statements

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
Run = Callable[[Callable[[Work], Sittings], Iterable[Work]], Iterable[Sittings]]


@click.command()
@click.option("--pool", required=True, type=FILE, help="POOL.csv.")
@click.option("--plan", required=True, type=FILE, help="PLAN.json.")
@click.option("--n", type=click.IntRange(min=1), help="Simulated candidates; with --responses: persons drawn.")
@click.option("--seed", required=True, type=click.IntRange(min=0))
@click.option("--mean", type=FiniteRange(-THETA_LIMIT, THETA_LIMIT), default=0.0, show_default=True,
              help="Mean theta of the population.")  # fmt: skip
@click.option("--guessing", type=FiniteRange(0, 1, max_open=True), default=0.0, show_default=True,
              help="Chance that a wrong answer becomes right by luck.")  # fmt: skip
@click.option("--study", "studies", multiple=True, type=click.Choice((*engine.STUDIES, "all")),
              help="What the plan does when the truth is not what it believes; several may be named.")  # fmt: skip
@click.option("--responses", type=FILE, help="RESPONSES.csv: replay real answers instead of simulated ones.")
@click.option("--omitted", help="Code of an omitted answer; it is scored 0.")
@click.option("--dask", help="Spread the batches over a Dask scheduler: its address, or local. Same seed, same result.")
@click.option("--report", "folder", type=FOLDER, help="Write report.json, report.html and figures into this folder.")
@click.option("--language", type=click.Choice(COMPLETE), default="en", show_default=True, help="Of the report.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def simulate(pool: Path, plan: Path, responses: Path | None, as_json: bool, **given: Any) -> None:
    """Let simulated candidates, or real answers, sit a plan on a pool."""
    if responses is None and given["n"] is None:
        stop("--n is missing: how many candidates to simulate")
    if responses is not None and any(given[name] for name in ("dask", "mean", "guessing", "studies")):
        stop("--responses replays real answers: --mean, --guessing, --study and --dask do not apply")
    if given["studies"] and (given["mean"] or given["guessing"]):
        stop("--study brings its own populations: --mean and --guessing do not apply")
    if responses is None:
        refuse_given("it is of real answers, give --responses", "omitted")
    if given["folder"] is None:
        refuse_given("it is of the report, give --report", "language")
    with plain_errors(str(plan)):
        wanted = Plan.parse(json.loads(plan.read_text(encoding="utf-8")))
        started = time.process_time()
        test = engine.compile(engine.read_pool(pool), wanted)
        rule = certifying_rule(test)
        if given["studies"]:
            _study(test, rule, started, as_json, given)
            return
        with counted("Sittings", as_json) as told:
            if responses is not None:
                matrix = engine.read_responses(responses, given["omitted"])
                if matrix.weight is not None:
                    click.echo("the column weight is not used: each person sits once", err=True)
                replayed = replay(test, matrix, given["n"], given["seed"], told)
                sittings, told_of = replayed.sittings, {"left_out": replayed.left_out}
            else:
                with _spread(given["dask"]) as run:
                    people = Population(mean=given["mean"], guessing=given["guessing"])
                    sittings = sit_simulated(test, people, given["n"], given["seed"], run=run, progress=told)
                told_of = {}
        report = engine.report(test, sittings, rule)
    seconds = time.process_time() - started
    found = report.as_json(seconds)
    if responses is not None:
        found |= {"persons": len(sittings.presented), **told_of}
    _write(given["folder"], "files", report, wanted, seconds, given["language"])
    if as_json:
        document(found)
        return
    _state(report, wanted)
    click.echo(QUALITY)
    for name in ("length", "outcomes", "qualification", "uneven", "reasons", "violations", "cpu_seconds"):
        click.echo(f"{name}: {json.dumps(found[name])}")


def _study(test: CompiledTest, rule: CertifyingRule, started: float, as_json: bool, given: Mapping[str, Any]) -> None:
    """The cases of the studies asked for, one line each."""
    studies = engine.STUDIES if "all" in given["studies"] else given["studies"]
    with counted("Sittings", as_json) as told, _spread(given["dask"]) as run:
        cases = engine.study(test, given["n"], given["seed"], run=run, progress=told, studies=studies, rule=rule)
    seconds = time.process_time() - started
    _write(given["folder"], "study_files", cases, test.plan, seconds, given["language"])
    if as_json:
        document(study_document(cases, seconds))
        return
    _state(cases[0].report, test.plan)
    for case in cases:
        shown = ", ".join(f"{name} {value:.3g}" for name, value in study_row(case).items())
        notes = "".join(f"; {note.format(n=n)}" for note, n in case.notes)
        click.echo(f"{case.name}: {shown}{notes}")


def _state(report: Report, plan: Plan) -> None:
    """What belongs to every report on this plan."""
    for line in statements(report, plan, Manner(language="en", say=english)):
        click.echo(line)


def _write(folder: Path | None, kind: str, *told: object) -> None:
    """The report folder, if one is asked for; only then is what draws it loaded."""
    if folder is None:
        return
    texts: Mapping[str, str] = getattr(import_module("web.simulation_page"), kind)(*told)
    with plain_errors():
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")


@contextmanager
def _spread(dask: str | None) -> Iterator[Run]:
    """The map that runs the batches: here, or on a Dask cluster."""
    if dask is None:
        yield map
        return
    try:
        distributed: Any = import_module("dask.distributed")
    except ImportError:
        stop("--dask needs the package distributed, which is not installed")
    try:
        here = {"processes": True, "threads_per_worker": 1, "dashboard_address": None}
        client = distributed.Client(**(here if dask == "local" else {"address": dask, "timeout": 10}))
    except (OSError, ValueError) as error:
        stop(f"no Dask scheduler answers at {dask}: {error}")
    with client:

        def run(of: Callable[[Work], Sittings], work: Iterable[Work]) -> Iterable[Sittings]:
            return (future.result() for future in client.map(of, list(work), pure=False))

        yield run

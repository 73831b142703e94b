"""`kriteria bench`: the benchmarks of a checkout, one chapter at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from web.cli_exits import CHECK_FAILED, stop

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = {
    "engine": ("engine", "peers.steps", "sketches", "decision_bounds"),
    "calibration": ("calibration",),
    "server": ("server",),
}


@click.command()
@click.argument("chapter", type=click.Choice(tuple(CHAPTERS)))
@click.option("--quick", is_flag=True, help="One run where five are the rule, and no peers on the large data.")
def bench(chapter: str, quick: bool) -> None:
    """Measure the engine, calibration or the server on this machine and print the tables."""
    if not (ROOT / "bench" / "__main__.py").exists():
        stop("the benchmarks are not installed with the package: run this in a checkout of the repository")
    words = [sys.executable, "-m", "bench", *CHAPTERS[chapter], *(["--quick"] if quick else [])]
    done = subprocess.run(words, cwd=ROOT, check=False, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})  # noqa: S603 - our own modules
    if done.returncode:
        raise SystemExit(CHECK_FAILED)

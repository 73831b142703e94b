"""`make bench`: runs every benchmark on its own and writes bench/RESULTS.md with machine and versions.

Each benchmark is a module that prints a Markdown table; the peers it compares with are named in the table.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.peers import environment as peers

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "RESULTS.md"
CHAPTERS = {
    "engine": "The adaptive step and the simulator",
    "sketches": "A step and a calibration beside the design's sketches",
    "decision_bounds": "What the stopping rules keep, and length at equal accuracy",
    "calibration": "Calibration",
    "peers.steps": "The adaptive step beside catsim",
    "server": "One worker on SQLite: live sittings, heartbeats, answers",
}
QUICK = {"calibration"}
"""Benchmarks that know --quick."""
FAILED = "This benchmark failed with exit code"
SHOWN = ("numpy", "scipy", "highspy", "girth", "flask", "flask-socketio", "gunicorn", "gevent", "sqlalchemy")


def machine() -> list[str]:
    """What the figures were measured on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024**2
    return [
        f"- Measured {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores of {model}, {memory:.0f} GiB.",
        f"- Python {platform.python_version()}, " + ", ".join(f"{name} {installed(name)}" for name in SHOWN) + ".",
        f"- {peers.installed()}",
    ]


def installed(name: str) -> str:
    """The version of a package, or that it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def run(name: str, quick: bool) -> str:
    """The output of one benchmark; a failed one says so in the results and fails the run."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{name}", *(["--quick"] if quick and name in QUICK else [])],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        check=False,
    )
    print(f"  {name}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    if done.returncode:
        return f"{FAILED} {done.returncode}.\n\n{done.stdout.strip()}".strip()
    return done.stdout.strip()


def main(words: list[str]) -> int:
    """Run every benchmark and write RESULTS.md, or print the named ones alone.

    --quick: one run where five are the rule, and no peers on the large data sets.
    """
    quick = "--quick" in words
    wanted = [word for word in words if not word.startswith("--")]
    unknown = [name for name in wanted if name not in CHAPTERS]
    if unknown:
        print(f"there is no benchmark {unknown[0]}; there are {', '.join(CHAPTERS)}", file=sys.stderr)
        return 2
    parts = [
        "# Benchmarks",
        "",
        "Written by `make bench`; times are CPU times unless a row says otherwise.",
        *(["Measured with --quick: rough figures."] if quick else []),
        "",
        *machine(),
    ]
    failed = False
    for name, title in CHAPTERS.items():
        if wanted and name not in wanted:
            continue
        print(f"{title} ...", file=sys.stderr)
        text = run(name, quick)
        failed = failed or text.startswith(FAILED)
        parts += ["", f"## {title}", "", text]
    whole = "\n".join([*parts, ""])
    if wanted:
        print(whole, end="")
    else:
        RESULTS.write_text(whole, encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

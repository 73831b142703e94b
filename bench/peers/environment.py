"""The peers' environment from our side: where it is, what is installed in it, and one question asked of it.

Rules: a peer runs in a process of its own under a limit of CPU seconds, the script's or its own (SIGPROF); what crashes
or does not finish is an answer, not an error.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parents[1] / ".venv-peers" / "bin" / "python"
LIMIT = 120
"""CPU seconds a peer may take for one script, or for one fit."""
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS", "NUMEXPR_NUM_THREADS")
MISSING, UNFINISHED = "not installed", "not finished within"
VERSIONS = "import importlib.metadata as m, json; print(json.dumps({n: m.version(n) for n in %r}))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a peer printed, or in a few words why there is nothing."""

    found: dict[str, Any] | None
    reason: str = ""


def ask(script: str, *words: object, limit: int = LIMIT, **arrays: np.ndarray) -> Reply:
    """Run a script of this folder by the peers: one thread, `limit` CPU seconds; the word ... is its data."""
    if not PYTHON.exists():
        return Reply(found=None, reason=MISSING)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.npz"
        np.savez(data, **arrays)  # type: ignore[arg-type]
        arguments = [str(word) if word is not Ellipsis else str(data) for word in words]
        done = subprocess.run(
            [str(PYTHON), str(HERE / f"{script}.py"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **dict.fromkeys(THREADS, "1")},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5)),
        )
    if done.returncode in (-signal.SIGXCPU, -signal.SIGPROF):
        return Reply(found=None, reason=f"{UNFINISHED} {limit if done.returncode == -signal.SIGXCPU else LIMIT} s")
    if done.returncode < 0:
        return Reply(found=None, reason=f"killed (signal {-done.returncode})")
    if done.returncode:
        return Reply(found=None, reason=f"crashes ({done.stderr.strip().splitlines()[-1].split(':')[0]})")
    return Reply(found=json.loads(done.stdout))


@cache
def versions() -> dict[str, str]:
    """The peers and what they run on, as installed there; empty without the environment."""
    if not PYTHON.exists():
        return {}
    names = ("catsim", "girth", "mirt", "numpy", "scipy")
    done = subprocess.run([str(PYTHON), "-c", VERSIONS % (names,)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def installed() -> str:
    """One sentence on what the peers' environment holds."""
    if not versions():
        return "The peers' environment is not there; `make bench` makes it."
    listed = ", ".join(f"{name} {version}" for name, version in versions().items())
    return f"The peers, in an environment of their own: {listed}."

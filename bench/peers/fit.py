"""Calibrate one data set with one peer and print its parameters and CPU seconds as one JSON document.

Runs in the peers' own interpreter and imports nothing of ours: `python fit.py girth|mirt MODEL DATA.npz RUNS SECONDS`.
DATA.npz holds `scores`, persons x items, -1 where an item was not presented. A fit of more than SECONDS
of CPU ends the process by SIGPROF. Only the fit is timed: standard errors are off, both
packages get 61 nodes on the range girth is given ([-6, 6]; mirt uses Gauss-Hermite nodes).
"""

from __future__ import annotations

import json
import signal
import sys
import time
import warnings

import numpy as np

NODES = 61


def by_girth(scores: np.ndarray, model: str) -> dict[str, object]:
    """girth: items are rows, categories of stepped models count from 1."""
    import girth

    options = {"quadrature_bounds": (-6.0, 6.0), "quadrature_n": NODES, "max_iteration": 200}
    marked = scores.T.astype(np.int64)
    if model == "GRM":
        data = girth.tag_missing_data(np.where(marked < 0, -1, marked + 1), list(range(1, int(scores.max()) + 2)))
        found = girth.grm_mml(data, options=options)
    else:
        data = girth.tag_missing_data(marked, [0, 1])
        found = {"2PL": girth.twopl_mml, "3PL": girth.threepl_mml}[model](data, options=options)
    return {
        "a": np.asarray(found["Discrimination"]).tolist(),
        "b": np.asarray(found["Difficulty"]).reshape(scores.shape[1], -1).tolist(),
        "c": np.asarray(found.get("Guessing", np.zeros(scores.shape[1]))).tolist(),
        "converged": None,
    }


def by_mirt(scores: np.ndarray, model: str) -> dict[str, object]:
    """The Python package mirt: negative codes are missing; 3PL with the prior the case asks for, Beta(5, 17) on c."""
    import mirt
    from mirt.estimation.priors import BetaPrior

    priors = {"guessing": BetaPrior(5, 17)} if model == "3PL" else None
    found = mirt.fit_mirt(
        scores.astype(np.int64), model=model, n_quadpts=NODES, priors=priors, compute_standard_errors=False
    )
    parameters = found.model.parameters
    steps = parameters["thresholds" if model == "GRM" else "difficulty"]
    return {
        "a": np.asarray(parameters["discrimination"]).ravel().tolist(),
        "b": np.asarray(steps).reshape(scores.shape[1], -1).tolist(),
        "c": np.asarray(parameters.get("guessing", np.zeros(scores.shape[1]))).tolist(),
        "converged": bool(found.converged),
    }


def main(package: str, model: str, data: str, runs: str, seconds: str) -> None:
    """Fit, repeat, print."""
    scores = np.load(data)["scores"]
    work = {"girth": by_girth, "mirt": by_mirt}[package]
    taken: list[float] = []
    while len(taken) < int(runs):
        signal.setitimer(signal.ITIMER_PROF, float(seconds))
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = work(scores, model)
        taken.append(time.process_time() - start)
    print(json.dumps({**found, "cpu_seconds": taken}))


if __name__ == "__main__":
    main(*sys.argv[1:])

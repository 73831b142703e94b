"""Our calibration beside girth's on the same answers: one ruler for both, and where they differ.

Imported by itself: girth takes seconds to load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.calibrate.estimate import calibrate
from engine.calibrate.evaluation import marginal_log_likelihood
from engine.calibrate.result import Calibration
from engine.parameters import FloatArray, Parameters
from engine.responses import ResponseMatrix
from engine.second_opinion import Model, fit_with_girth, flags_with_girth


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Both sets of parameters, their log-likelihoods on the same 201 nodes, CPU seconds, and differences per item.

    `a` and `b` (J,) are ours minus girth's (b: the mean of the steps). girth's Rasch model has variance 1, ours a free
    one: there the two differ by more than rounding, and b is compared after centring.
    """

    items: tuple[str, ...]
    ours: Calibration
    theirs: Parameters
    their_flags: tuple[tuple[str, ...], ...]
    our_log_likelihood: float
    their_log_likelihood: float
    our_seconds: float
    their_seconds: float
    a: FloatArray
    b: FloatArray

    def as_json(self) -> dict[str, object]:
        """The comparison as a document."""
        return {
            "native": {"log_likelihood": self.our_log_likelihood, "cpu_seconds": self.our_seconds},
            "girth": {"log_likelihood": self.their_log_likelihood, "cpu_seconds": self.their_seconds},
            "largest_difference": {"a": float(np.abs(self.a).max()), "b": float(np.abs(self.b).max())},
            "items": [
                {
                    "item": item,
                    "native": _side(self.ours.parameters, j, self.ours.item_flags[j]),
                    "girth": _side(self.theirs, j, self.their_flags[j]),
                    "difference": {"a": float(self.a[j]), "b": float(self.b[j])},
                }
                for j, item in enumerate(self.items)
            ],
        }


def _side(parameters: Parameters, j: int, flags: Sequence[str]) -> dict[str, object]:
    return {"a": float(parameters.a[j]), "b": list(parameters.steps_of(j)), "flags": list(flags)}


def compare(matrix: ResponseMatrix, model: Model, clock: Callable[[], float]) -> Comparison:
    """Calibrate twice. Raises ResponsesError for what girth cannot take (see `engine.second_opinion`)."""
    ours = calibrate(matrix, model, clock)
    started = clock()
    theirs = fit_with_girth(matrix, model)
    seconds = clock() - started
    group = ours.groups[0]
    b = ours.parameters.b - theirs.b
    if model == "rasch":
        b = b - b.mean()
    return Comparison(
        items=matrix.items,
        ours=ours,
        theirs=theirs,
        their_flags=flags_with_girth(matrix, theirs, model),
        our_log_likelihood=marginal_log_likelihood(ours.parameters, matrix, group.mean, group.deviation),
        their_log_likelihood=marginal_log_likelihood(theirs, matrix),
        our_seconds=ours.cpu_seconds,
        their_seconds=seconds,
        a=ours.parameters.a - theirs.a,
        b=b,
    )

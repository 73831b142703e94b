"""What a calibration gives back: parameters, errors, flags and how the climb went; and the document of it.

Flags of an item: negative_slope (look for a wrong key), boundary (an asymptote or slope ran to the end of its range;
such an asymptote has no standard error), far_off (a difficulty beyond 6), disordered_steps, tiny_sample, rare_category.
Flags of the calibration: not_converged, lambda_at_bound (a lambda of 0 or .98, without a standard error), not_a_maximum
(the observed information is not positive definite: a saddle or a flat ridge; no errors are given), not_identified (more
free parameters than the answers have independent cells: other values fit as well; no errors are given), local_maximum
(of several starts some ended on a lower maximum; the highest is reported, a higher one may exist).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.calibrate.starts import Start
from engine.parameters import DICHOTOMOUS, NOMINAL, FloatArray, Parameters

FEW_ANSWERS = 100
FEW_IN_CATEGORY = 5
STEEP = 10.0
FAR = 6.0
EDGE = 1e-3  # of an asymptote from 0 or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group's theta, of one outcome where there are several: `weight` is the number of persons, weighted.

    Errors are NaN where nothing was estimated.
    """

    group: str
    outcome: str = ""
    weight: float
    mean: float
    deviation: float
    mean_error: float
    deviation_error: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Items as in the matrix, fixed ones included. Metric D = 1; theta as `groups` says, N(0, 1) in the first group
    unless the model is Rasch or PCM (a = 1, free variance) or items were fixed (their scale is kept); with a Q matrix
    each outcome has its own mean and SD in each group. starts: where each of several starts ended, empty for one.

    errors: per item a mapping of parameter name (a, b or b1 .., c, d) to its standard error, empty where fixed or not
    asked for. values (J, P) and value_errors (J, P) of the estimated items are in slope-intercept form, asymptotes on
    the logit scale. covariance is of all estimated values: `values` row by row over what was free, groups, lambda.
    """

    items: tuple[str, ...]
    parameters: Parameters
    fixed: tuple[bool, ...]
    errors: tuple[Mapping[str, float], ...]
    item_flags: tuple[tuple[str, ...], ...]
    values: FloatArray
    value_errors: FloatArray | None
    covariance: FloatArray | None
    loadings: Mapping[str, float]
    loading_errors: Mapping[str, float]
    groups: tuple[Group, ...]
    log_likelihood: float
    log_prior: float
    converged: bool
    cycles: int
    gradient_max: float
    history: tuple[float, ...]
    free: int
    persons: int
    nodes: int
    flags: tuple[str, ...]
    cpu_seconds: float
    starts: tuple[Start, ...] = ()

    @property
    def aic(self) -> float:
        """2 p - 2 log-likelihood."""
        return 2 * self.free - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """p log N - 2 log-likelihood, N the weighted number of persons."""
        persons = sum(g.weight for g in self.groups if g.outcome == self.groups[0].outcome)
        return float(self.free * np.log(persons) - 2 * self.log_likelihood)

    def as_json(self) -> dict[str, object]:
        """The document of `kriteria calibrate --json`."""
        return {
            "backend": "native",
            "log_likelihood": self.log_likelihood,
            "log_prior": self.log_prior,
            "converged": self.converged,
            "cycles": self.cycles,
            "gradient_max": self.gradient_max,
            "cpu_seconds": self.cpu_seconds,
            "n_persons": self.persons,
            "parameters": self.free,
            "aic": self.aic,
            "bic": self.bic,
            "nodes": self.nodes,
            "flags": list(self.flags),
            "groups": [
                {
                    "group": g.group,
                    **({"outcome": g.outcome} if g.outcome else {}),
                    "mean": g.mean,
                    "sd": g.deviation,
                    "se": {n: e for n, e in (("mean", g.mean_error), ("sd", g.deviation_error)) if np.isfinite(e)},
                }
                for g in self.groups
            ],
            "items": [self._item(j) for j in range(len(self.items))],
            "lambda": dict(self.loadings),
            "lambda_se": dict(self.loading_errors),
            "starts": [dataclasses.asdict(start) for start in self.starts],
        }

    def _item(self, j: int) -> dict[str, object]:
        nominal = self.parameters.model[j] == NOMINAL
        document: dict[str, object] = {
            "item": self.items[j],
            "model": self.parameters.model[j],
            "a": None if nominal else float(self.parameters.a[j]),
            "b": list(self.parameters.steps_of(j)),
            "c": float(self.parameters.c[j]),
            "d": float(self.parameters.d[j]),
            "se": _folded(self.errors[j]),
            "flags": list(self.item_flags[j]),
        }
        if nominal and self.parameters.polytomous is not None:
            count = int(self.parameters.categories[j])
            document["slopes"] = self.parameters.polytomous.slopes[j, :count].tolist()
            document["intercepts"] = self.parameters.polytomous.intercepts[j, :count].tolist()
        if self.fixed[j]:
            document["fixed"] = True
        return document


def _folded(errors: Mapping[str, float]) -> dict[str, object]:
    """b1, b2, ... (nominal: a1 .., c1 ..) as one list each; a dichotomous b is a list of one, as the parameter is."""
    found: dict[str, object] = {}
    for name, error in errors.items():
        if name in ("a", "c", "d"):
            found[name] = error
        else:
            held = found.setdefault({"a": "slopes", "b": "b", "c": "intercepts"}[name[0]], [])
            assert isinstance(held, list)
            held.append(error)
    return found


def item_flags(parameters: Parameters, j: int, given: float, smallest: float) -> tuple[str, ...]:
    """What somebody should look at in one estimated item."""
    found = []
    model, a = parameters.model[j], float(parameters.a[j])
    c, d = float(parameters.c[j]), float(parameters.d[j])
    if a < 0:
        found.append("negative_slope")
    if abs(a) > STEEP or (model in ("3PL", "4PL") and c < EDGE) or (model == "4PL" and d > 1 - EDGE):
        found.append("boundary")
    steps = parameters.steps_of(j)
    if any(abs(b) > FAR for b in steps):
        found.append("far_off")
    if model not in (*DICHOTOMOUS, "GRM") and any(later <= earlier for earlier, later in pairwise(steps)):
        found.append("disordered_steps")
    if given < FEW_ANSWERS:
        found.append("tiny_sample")
    if smallest < FEW_IN_CATEGORY:
        found.append("rare_category")
    return tuple(found)

"""Priors of Bayes modal calibration, on the parameter in difficulty form, with the chain rule to the estimated scale.

Rules:
- beta:A,B on c, density on c itself; logitnormal:M,S on c: N(M, S) on logit c, density on the logit (both as BILOG and
  R mirt count them, so that log posteriors compare).
- lognormal:M,S or normal:M,S on a; normal:M,S on b. Densities are complete, with their constants.
- The mode is that of the density as stated: no Jacobian is added for the scale on which the search runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln

from engine.parameters import FloatArray, ParameterError

KINDS = {"c": ("beta", "logitnormal"), "a": ("lognormal", "normal"), "b": ("normal",)}
LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """One prior: `kind` with its two numbers."""

    kind: str
    first: float
    second: float

    @classmethod
    def parse(cls, text: str, parameter: str) -> Prior:
        """Read `kind:first,second` for the parameter a, b or c. Raises ParameterError."""
        kind, _, numbers = text.strip().partition(":")
        kinds = KINDS[parameter]
        try:
            first, second = (float(number) for number in numbers.split(","))
        except ValueError:
            raise ParameterError(f"prior {text!r} is not {' or '.join(f'{k}:x,y' for k in kinds)}") from None
        if kind not in kinds:
            raise ParameterError(f"prior {text!r} on {parameter} is not {' or '.join(f'{k}:x,y' for k in kinds)}")
        if not np.isfinite((first, second)).all() or second <= 0 or (kind == "beta" and first <= 0):
            raise ParameterError(f"prior {text!r}: the numbers must be finite and positive (a mean may be any number)")
        return cls(kind=kind, first=first, second=second)

    def of(self, value: FloatArray) -> tuple[FloatArray, FloatArray]:
        """log density and its derivative: at c for beta, at logit c for logitnormal, else at the parameter itself."""
        first, second = self.first, self.second
        if self.kind == "beta":
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = (first - 1) * np.log(value) + (second - 1) * np.log1p(-value) - betaln(first, second)
                return np.asarray(logs), np.asarray((first - 1) / value - (second - 1) / (1 - value))
        if self.kind == "lognormal":
            with np.errstate(divide="ignore", invalid="ignore"):  # a slope below 0 has density 0: NaN is refused
                z = (np.log(value) - first) / second
                logs = -0.5 * z * z - np.log(value * second) - LOG_TWO_PI / 2
                return np.asarray(logs), np.asarray(-(z / second + 1) / value)
        z = (value - first) / second
        return np.asarray(-0.5 * z * z - np.log(second) - LOG_TWO_PI / 2), np.asarray(-z / second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """The priors of a calibration; None: flat."""

    a: Prior | None = None
    b: Prior | None = None
    c: Prior | None = None

    def __bool__(self) -> bool:
        return not (self.a is None and self.b is None and self.c is None)

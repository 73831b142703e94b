"""Item parameters of the logistic models as read-only arrays, checked once when they are made.

Rules: D = 1; a > 0; 0 <= c < d <= 1; Rasch fixes a = 1, the 1PL and 2PL fix c = 0 and d = 1, the 3PL fixes d = 1.
Nothing is clipped: a value outside its range is a `ParameterError` that names the item's place and the parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

MODELS = ("Rasch", "1PL", "2PL", "3PL", "4PL")
_BY_NAME = {name.lower(): name for name in MODELS}


class ParameterError(ValueError):
    """An item parameter that no model allows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameters:
    """Discrimination `a`, difficulty `b`, lower and upper asymptote `c`, `d` of J items; read-only, shape (J,)."""

    model: tuple[str, ...]
    a: FloatArray
    b: FloatArray
    c: FloatArray
    d: FloatArray

    def __len__(self) -> int:
        return len(self.model)

    @classmethod
    def of(
        cls,
        *,
        b: ArrayLike,
        a: ArrayLike = 1.0,
        c: ArrayLike = 0.0,
        d: ArrayLike = 1.0,
        model: str | Sequence[str] = "4PL",
    ) -> Parameters:
        """Parameters from anything array-like; single values stand for all items.

        Raises ParameterError for an unknown model, a value outside its range or arrays that do not fit together.
        """
        size = max(np.ndim(value) and len(np.asarray(value)) for value in (a, b, c, d))
        size = size or 1
        try:
            arrays = [np.array(np.broadcast_to(np.asarray(v, dtype=np.float64), (size,))) for v in (a, b, c, d)]
        except ValueError as error:
            raise ParameterError(f"a, b, c and d do not describe the same number of items: {error}") from error
        models = (model,) * size if isinstance(model, str) else tuple(model)
        if len(models) != size:
            raise ParameterError(f"{len(models)} models for {size} items")
        for array in arrays:
            array.setflags(write=False)
        made = cls(model=tuple(model_name(m) for m in models), a=arrays[0], b=arrays[1], c=arrays[2], d=arrays[3])
        made._check()
        return made

    def take(self, items: Sequence[int] | NDArray[np.intp]) -> Parameters:
        """The parameters of some items, in the order asked for."""
        index = np.asarray(items, dtype=np.intp)
        columns = [column[index] for column in (self.a, self.b, self.c, self.d)]
        for column in columns:
            column.setflags(write=False)
        return Parameters(
            model=tuple(self.model[i] for i in index), a=columns[0], b=columns[1], c=columns[2], d=columns[3]
        )

    def _check(self) -> None:
        for place, (model, a, b, c, d) in enumerate(
            zip(self.model, self.a, self.b, self.c, self.d, strict=True), start=1
        ):
            reason = _fault(model, float(a), float(b), float(c), float(d))
            if reason:
                raise ParameterError(f"item {place}: {reason}")


def model_name(text: str) -> str:
    """The model's name as the engine writes it, from any case; ParameterError when it is not one of ours."""
    try:
        return _BY_NAME[text.strip().lower()]
    except KeyError:
        raise ParameterError(f"model {text!r} is not one of {', '.join(MODELS)}") from None


def _fault(model: str, a: float, b: float, c: float, d: float) -> str | None:
    """Why these numbers are no item of that model, or None."""
    for name, value in (("a", a), ("b", b), ("c", c), ("d", d)):
        if not np.isfinite(value):
            return f"{name} is not a finite number"
    if a <= 0:
        return f"a is {a:g}; a discrimination must be above 0"
    if not 0 <= c < d <= 1:
        return f"c is {c:g} and d is {d:g}; needed is 0 <= c < d <= 1"
    if model == "Rasch" and a != 1:
        return f"a is {a:g}; the Rasch model has a = 1"
    if model in ("Rasch", "1PL", "2PL") and (c != 0 or d != 1):
        return f"c is {c:g} and d is {d:g}; the {model} has c = 0 and d = 1"
    if model == "3PL" and d != 1:
        return f"d is {d:g}; the 3PL has d = 1"
    return None

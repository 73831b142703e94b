"""Item parameters of every response model as read-only arrays, checked once when they are made.

Rules:
- D = 1. Dichotomous items: 0 <= c < d <= 1; Rasch fixes a = 1, the 1PL and 2PL fix c = 0 and d = 1, the 3PL d = 1.
- Polytomous items of K categories 0 .. K-1: GRM, PCM and GPCM have K-1 steps b1 .. bk (rising in the GRM, falling where
  its a < 0; PCM has a = 1), nominal items K slopes a1 .. ak and K intercepts c1 .. ck.
- a > 0, or != 0 where the caller says `signed`: a calibration reports a negative slope, a test never uses one.
- Nothing is clipped: a value outside its range is a `ParameterError` that names the item's place and the parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Scalar = TypeVar("Scalar", bound=np.generic)

DICHOTOMOUS = ("Rasch", "1PL", "2PL", "3PL", "4PL")
STEPPED = ("GRM", "PCM", "GPCM")
NOMINAL = "nominal"
MODELS = (*DICHOTOMOUS, *STEPPED, NOMINAL)
NORMAL_METRIC = 1.7  # D of the metric in which the logistic curve lies closest to the normal ogive
_BY_NAME = {name.lower(): name for name in MODELS}

Ragged = Sequence[Sequence[float] | None]


class ParameterError(ValueError):
    """An item parameter that no model allows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Polytomous:
    """What J items have beyond a, b, c, d; read-only, NaN where an item has no such parameter.

    categories (J,) is 2 for dichotomous items; steps (J, S) are b1 .. bk of GRM, PCM and GPCM; slopes and
    intercepts (J, S + 1) are those of log P_k = slope_k theta + intercept_k + constant (PCM, GPCM: slope_k = k a,
    intercept_k = -a (b1 + .. + bk); nominal: as given).
    """

    categories: NDArray[np.intp]
    steps: FloatArray
    slopes: FloatArray
    intercepts: FloatArray

    def take(self, index: NDArray[np.intp]) -> Polytomous:
        """The same for some items, in the order asked for; the width stays."""
        return Polytomous(
            categories=_locked(self.categories[index]),
            steps=_locked(self.steps[index]),
            slopes=_locked(self.slopes[index]),
            intercepts=_locked(self.intercepts[index]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameters:
    """Discrimination `a`, difficulty `b`, lower and upper asymptote `c`, `d` of J items; read-only, shape (J,).

    `polytomous` is None when every item is scored 0 or 1. Of a stepped item b is the mean of its steps; of a
    nominal item a = 1 and b = 0 stand in, its slopes and intercepts count.
    """

    model: tuple[str, ...]
    a: FloatArray
    b: FloatArray
    c: FloatArray
    d: FloatArray
    polytomous: Polytomous | None = None

    def __len__(self) -> int:
        return len(self.model)

    @property
    def categories(self) -> NDArray[np.intp]:
        """Number of score categories of each item, (J,)."""
        return np.full(len(self), 2, dtype=np.intp) if self.polytomous is None else self.polytomous.categories

    @classmethod
    def of(
        cls,
        *,
        b: ArrayLike | None = None,
        a: ArrayLike = 1.0,
        c: ArrayLike = 0.0,
        d: ArrayLike = 1.0,
        model: str | Sequence[str] = "4PL",
        steps: Ragged | None = None,
        slopes: Ragged | None = None,
        intercepts: Ragged | None = None,
        signed: bool = False,
    ) -> Parameters:
        """Parameters from anything array-like; single values stand for all items.

        `steps` (GRM, PCM, GPCM), `slopes` and `intercepts` (nominal) hold a sequence per item, None for the others.
        Raises ParameterError for an unknown model, a value outside its range or arrays that do not fit together.
        """
        rows = (steps, slopes, intercepts)
        size = max(np.ndim(value) and len(np.asarray(value)) for value in (a, 0.0 if b is None else b, c, d))
        size = max(size, *(len(ragged) if ragged is not None else 0 for ragged in rows)) or 1
        models = (model,) * size if isinstance(model, str) else tuple(model)
        if len(models) != size:
            raise ParameterError(f"{len(models)} models for {size} items")
        models = tuple(model_name(m) for m in models)
        if b is None and any(m in DICHOTOMOUS for m in models):
            raise ParameterError(f"item {next(i for i, m in enumerate(models, 1) if m in DICHOTOMOUS)}: b is missing")
        try:
            numbers = (a, 0.0 if b is None else b, c, d)
            arrays = [np.array(np.broadcast_to(np.asarray(v, dtype=np.float64), (size,))) for v in numbers]
        except ValueError as error:
            raise ParameterError(f"a, b, c and d do not describe the same number of items: {error}") from error
        more = _polytomous(models, arrays[0], *(_each(ragged, size) for ragged in rows))
        if more is not None:
            stepped = np.array([m in STEPPED for m in models])
            arrays[1][stepped] = np.nanmean(more.steps[stepped], axis=1) if stepped.any() else 0.0
        for array in arrays:
            array.setflags(write=False)
        made = cls(model=models, a=arrays[0], b=arrays[1], c=arrays[2], d=arrays[3], polytomous=more)
        made._check(signed)
        return made

    def take(self, items: Sequence[int] | NDArray[np.intp]) -> Parameters:
        """The parameters of some items, in the order asked for."""
        index = np.asarray(items, dtype=np.intp)
        columns = [column[index] for column in (self.a, self.b, self.c, self.d)]
        for column in columns:
            column.setflags(write=False)
        return Parameters(
            model=tuple(self.model[i] for i in index),
            a=columns[0],
            b=columns[1],
            c=columns[2],
            d=columns[3],
            polytomous=None if self.polytomous is None else self.polytomous.take(index),
        )

    def steps_of(self, item: int) -> tuple[float, ...]:
        """b1 .. bk of one item: one step for a dichotomous item, none for a nominal one."""
        if self.model[item] in DICHOTOMOUS:
            return (float(self.b[item]),)
        if self.polytomous is None or self.model[item] == NOMINAL:
            return ()
        return tuple(self.polytomous.steps[item, : self.polytomous.categories[item] - 1].tolist())

    def intercepts_of(self, item: int) -> tuple[float, ...]:
        """The item in slope-intercept form: -a b (1PL .. 4PL), -a b_k (GRM), the category intercepts (the others)."""
        if self.model[item] in (*DICHOTOMOUS, "GRM"):
            return tuple(-float(self.a[item]) * step for step in self.steps_of(item))
        assert self.polytomous is not None
        return tuple(self.polytomous.intercepts[item, : self.polytomous.categories[item]].tolist())

    def _check(self, signed: bool) -> None:
        for place, (model, a, b, c, d) in enumerate(
            zip(self.model, self.a, self.b, self.c, self.d, strict=True), start=1
        ):
            reason = _fault(model, float(a), float(b), float(c), float(d), signed)
            if reason:
                raise ParameterError(f"item {place}: {reason}")


def difficulty_form(slope: ArrayLike, intercept: ArrayLike, *, scaling: float = 1.0) -> tuple[FloatArray, FloatArray]:
    """a and b, D = 1, of items written as slope * D * theta + intercept * D: a = D slope, b = -intercept / slope.

    `scaling` is D of the metric the values come in, 1 or 1.7. Raises ParameterError for a slope of 0.
    """
    slopes, intercepts = np.asarray(slope, dtype=np.float64), np.asarray(intercept, dtype=np.float64)
    if np.any(slopes == 0):
        raise ParameterError("a slope is 0; no difficulty belongs to it")
    return scaling * slopes, -intercepts / slopes


def intercept_form(a: ArrayLike, b: ArrayLike, *, scaling: float = 1.0) -> tuple[FloatArray, FloatArray]:
    """Slope and intercept in the metric D = `scaling` of items given as a and b with D = 1."""
    slope = np.asarray(a, dtype=np.float64) / scaling
    return slope, -slope * np.asarray(b, dtype=np.float64)


def model_name(text: str) -> str:
    """The model's name as the engine writes it, from any case; ParameterError when it is not one of ours."""
    try:
        return _BY_NAME[text.strip().lower()]
    except KeyError:
        raise ParameterError(f"model {text!r} is not one of {', '.join(MODELS)}") from None


def _locked(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array.setflags(write=False)
    return array


def _each(ragged: Ragged | None, size: int) -> Ragged:
    if ragged is None:
        return (None,) * size
    if len(ragged) != size:
        raise ParameterError(f"steps, slopes or intercepts of {len(ragged)} items for {size} items")
    return [None if row is None else [float(x) for x in row] for row in ragged]


def _polytomous(
    models: Sequence[str], a: FloatArray, steps: Ragged, slopes: Ragged, intercepts: Ragged
) -> Polytomous | None:
    """Padded arrays of the steps, slopes and intercepts; None when every item is dichotomous and says nothing more."""
    if all(model in DICHOTOMOUS for model in models) and all(row is None for row in (*steps, *slopes, *intercepts)):
        return None
    rows = list(zip(models, steps, slopes, intercepts, strict=True))
    counts = [_count(place, *row, falling=a[place - 1] < 0) for place, row in enumerate(rows, start=1)]
    width = max(counts, default=2)
    held_steps = np.full((len(models), width - 1), np.nan)
    held_slopes, held_intercepts = np.full((2, len(models), width), np.nan)
    for j, ((model, step, slope, intercept), count) in enumerate(zip(rows, counts, strict=True)):
        if step is not None:
            held_steps[j, : count - 1] = step
            if model != "GRM":
                held_slopes[j, :count] = a[j] * np.arange(count)
                held_intercepts[j, :count] = a[j] * np.concatenate(([0.0], -np.cumsum(step)))
        elif slope is not None and intercept is not None:
            held_slopes[j, :count], held_intercepts[j, :count] = slope, intercept
    return Polytomous(
        categories=_locked(np.array(counts, dtype=np.intp)),
        steps=_locked(held_steps),
        slopes=_locked(held_slopes),
        intercepts=_locked(held_intercepts),
    )


def _count(
    place: int,
    model: str,
    steps: Sequence[float] | None,
    slopes: Sequence[float] | None,
    intercepts: Sequence[float] | None,
    *,
    falling: bool,
) -> int:
    """How many categories this item has; ParameterError when its parameters are not those of its model."""
    given = [
        name
        for name, row in (("steps", steps), ("slopes", slopes), ("intercepts", intercepts))
        if row is not None and len(row)
    ]
    wanted = {NOMINAL: ["slopes", "intercepts"]}.get(model, ["steps"] if model in STEPPED else [])
    if given != wanted:
        needs = " and ".join(wanted) or "a, b, c and d only"
        raise ParameterError(f"item {place}: the {model} model needs {needs}, not {' and '.join(given) or 'nothing'}")
    for name, row in (("b", steps), ("a", slopes), ("c", intercepts)):
        if row is not None and not np.all(np.isfinite(row)):
            raise ParameterError(f"item {place}: one of the {name}1, {name}2, ... is not a finite number")
    if steps is not None and model == "GRM" and np.any(np.diff(steps) * (-1 if falling else 1) <= 0):
        raise ParameterError(f"item {place}: the steps of the GRM must rise, not {', '.join(f'{b:g}' for b in steps)}")
    if slopes is not None and intercepts is not None and (len(slopes) != len(intercepts) or len(slopes) < 2):
        raise ParameterError(f"item {place}: {len(slopes)} slopes and {len(intercepts)} intercepts; needed: 2 or more")
    return 2 if model in DICHOTOMOUS else len(slopes) if slopes is not None else len(steps or ()) + 1


def _fault(model: str, a: float, b: float, c: float, d: float, signed: bool) -> str | None:
    """Why these numbers are no item of that model, or None."""
    for name, value in (("a", a), ("b", b), ("c", c), ("d", d)):
        if not np.isfinite(value):
            return f"{name} is not a finite number"
    if a == 0 or (a < 0 and not signed):
        wrong = " (a calibration flags it negative_slope: look for a wrong key)" if a < 0 else ""
        return f"a is {a:g}; a discrimination must be above 0{wrong}"
    if not 0 <= c < d <= 1:
        return f"c is {c:g} and d is {d:g}; needed is 0 <= c < d <= 1"
    if model in ("Rasch", "PCM", NOMINAL) and a != 1:
        return f"a is {a:g}; the {model} model has a = 1"
    if model not in ("3PL", "4PL") and (c != 0 or d != 1):
        return f"c is {c:g} and d is {d:g}; the {model} has c = 0 and d = 1"
    if model == "3PL" and d != 1:
        return f"d is {d:g}; the 3PL has d = 1"
    return None

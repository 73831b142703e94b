"""Figures as coordinates: the strip of difficulties against the cut, and the curves of one item; templates draw them.

Rules:
- every figure is computed from the same functions the engine uses; nothing is drawn by hand;
- axes run over theta from -3 to 3; what lies outside stands at the edge and the text beside the figure says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.models import information, probability
from engine.parameters import Parameters

LOWEST, HIGHEST = -3.0, 3.0
STRIP_WIDTH, STRIP_HEIGHT, STRIP_MARGIN = 160.0, 22.0, 6.0
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420.0, 262.0, 40.0, 12.0, 26.0, 36.0
STEPS = 121
INFORMATION_STEPS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Tops of the information axis: the first one that the curve fits under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a strip."""

    x: float
    top: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Bars of difficulty as high as they are frequent, over a line from -3 to 3, and the cut."""

    bars: tuple[Bar, ...]
    cut: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One mark of an axis and its number."""

    at: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One curve in its frame: polyline, both axes, the cut, and the value at the cut."""

    points: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    cut: float | None
    at_cut: float | None
    floor: float = HEIGHT - BOTTOM
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP


def strip(difficulties: Sequence[tuple[float, int]], cut: float | None) -> Strip:
    """The strip of these (b, how many) pairs."""
    most = max((count for _, count in difficulties), default=1)
    floor, room = STRIP_HEIGHT - 5, STRIP_HEIGHT - 7
    bars = [
        Bar(x=_place(b, STRIP_MARGIN, STRIP_WIDTH - STRIP_MARGIN), top=floor - room * count / most, count=count)
        for b, count in difficulties
        if count
    ]
    where = None if cut is None else _place(cut, STRIP_MARGIN, STRIP_WIDTH - STRIP_MARGIN)
    return Strip(bars=tuple(bars), cut=where)


def characteristic(parameters: Parameters, cut: float | None) -> Curve:
    """The probability of a right answer over theta."""
    return _curve(probability(parameters, _theta())[:, 0], 1.0, cut, _at(probability, parameters, cut))


def information_curve(parameters: Parameters, cut: float | None) -> Curve:
    """The information of the item over theta."""
    values = information(parameters, _theta())[:, 0]
    top = next((step for step in INFORMATION_STEPS if values.max() <= step), float(np.ceil(values.max())))
    return _curve(values, top, cut, _at(information, parameters, cut))


def _theta() -> NDArray[np.float64]:
    return np.linspace(LOWEST, HIGHEST, STEPS)


def _at(function: object, parameters: Parameters, cut: float | None) -> float | None:
    return None if cut is None else float(function(parameters, np.array([cut]))[0, 0])  # type: ignore[operator]


def _curve(values: NDArray[np.float64], top: float, cut: float | None, at_cut: float | None) -> Curve:
    def height(value: float) -> float:
        return TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM)

    pairs = zip(_theta(), values, strict=True)
    return Curve(
        points=" ".join(f"{_across(theta):.1f},{height(value):.1f}" for theta, value in pairs),
        across=tuple(Tick(at=_across(theta), value=theta) for theta in range(int(LOWEST), int(HIGHEST) + 1)),
        up=tuple(Tick(at=height(top * part / 4), value=top * part / 4) for part in range(5)),
        cut=None if cut is None else _across(cut),
        at_cut=at_cut,
    )


def _across(theta: float) -> float:
    return _place(theta, LEFT, WIDTH - RIGHT)


def _place(theta: float, left: float, right: float) -> float:
    inside = min(max(theta, LOWEST), HIGHEST)
    return round(left + (inside - LOWEST) / (HIGHEST - LOWEST) * (right - left), 1)

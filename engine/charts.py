"""A small SVG writer: lines, areas, blocks and points over two labelled axes.

Rules: no script, no style and no id that a strict content policy or a second figure on the page could meet; a title for
those who cannot see it; the same numbers give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
from numpy.typing import ArrayLike

WIDTH, HEIGHT = 660, 340
LEFT, RIGHT, TOP, BOTTOM = 62, 16, 40, 48
COLOURS = ("#1b4a6b", "#b4552d", "#3f7d4e", "#7a4c8f", "#6b6b6b", "#8a6a12", "#2a7f94", "#a33b5e")
LEGEND_STEP = 17


@dataclass(kw_only=True)
class Chart:
    """One figure: ranges of both axes, their labels, the corner of the legend, and what was drawn so far.

    `rows` names what lies on the upward axis between whole numbers, from above (then `up` counts from the top), and
    needs `left` points for the longest name. "line" puts the legend in one line under the title.
    """

    title: str
    across: tuple[float, float]
    up: tuple[float, float]
    across_label: str
    up_label: str
    corner: str = "upper right"
    left: int = LEFT
    height: int = HEIGHT
    rows: Sequence[str] = ()
    parts: list[str] = field(default_factory=list)
    legend: list[tuple[str, str, bool]] = field(default_factory=list)

    def line(self, x: ArrayLike, y: ArrayLike, colour: int, label: str = "", dashed: bool = False) -> Chart:
        """A line through the points; breaks where y is not finite."""
        points, run, paths = list(zip(*self._place(x, y), strict=True)), [], []
        for point in [*points, (np.nan, np.nan)]:
            if np.isfinite(point).all():
                run.append(f"{point[0]:.1f},{point[1]:.1f}")
            elif run:
                paths.append("M" + "L".join(run))
                run = []
        dash = ' stroke-dasharray="6 4"' if dashed else ""
        self.parts.append(
            f'<path d="{"".join(paths)}" fill="none" stroke="{COLOURS[colour % len(COLOURS)]}" stroke-width="2"{dash}/>'
        )
        return self._named(label, colour, dashed)

    def area(self, x: ArrayLike, y: ArrayLike, colour: int, label: str = "") -> Chart:
        """The surface between a line and the lower edge."""
        at, height = self._place(x, y)
        bottom = self.height - BOTTOM
        points = "L".join(f"{a:.1f},{b:.1f}" for a, b in zip(at, height, strict=True))
        path = f"M{at[0]:.1f},{bottom}L{points}L{at[-1]:.1f},{bottom}Z"
        self.parts.append(f'<path d="{path}" fill="{COLOURS[colour % len(COLOURS)]}" fill-opacity="0.18"/>')
        return self._named(label, colour, False)

    def points(self, x: ArrayLike, y: ArrayLike, colour: int, label: str = "") -> Chart:
        """A dot for each pair."""
        for at, height in zip(*self._place(x, y), strict=True):
            self.parts.append(
                f'<circle cx="{at:.1f}" cy="{height:.1f}" r="3.5" fill="{COLOURS[colour % len(COLOURS)]}"/>'
            )
        return self._named(label, colour, False)

    def block(self, x: tuple[float, float], y: tuple[float, float], colour: int, told: str, label: str = "") -> Chart:
        """A filled rectangle between two values on each axis; `told` is what it says under the pointer."""
        (left, right), (low, high) = self._place(x, y)
        top = min(low, high)
        self.parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{abs(high - low):.1f}" '
            f'fill="{COLOURS[colour % len(COLOURS)]}"><title>{escape(told)}</title></rect>'
        )
        return self._named(label, colour, False)

    def note(self, x: float, y: float, text: str, colour: str = "#222", anchor: str = "start") -> Chart:
        """A word at a place."""
        (at,), (height,) = self._place([x], [y])
        self.parts.append(
            f'<text x="{at:.1f}" y="{height + 4:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'
        )
        return self

    def level(self, y: float, label: str) -> Chart:
        """A horizontal line with a word above it."""
        height = self._place([self.across[0]], [y])[1][0]
        self.parts.append(
            f'<path d="M{self.left},{height:.1f}H{WIDTH - RIGHT}" stroke="#444" stroke-width="1" '
            f'stroke-dasharray="3 3"/><text x="{WIDTH - RIGHT - 4}" y="{height - 5:.1f}" text-anchor="end">'
            f"{escape(label)}</text>"
        )
        return self

    def mark(self, x: float, label: str) -> Chart:
        """A vertical line with a word beside it."""
        at = self._place([x], [0.0])[0][0]
        self.parts.append(
            f'<path d="M{at:.1f},{TOP}V{self.height - BOTTOM}" stroke="#444" stroke-width="1" stroke-dasharray="3 3"/>'
            f'<text x="{at + 4:.1f}" y="{TOP + 11}">{escape(label)}</text>'
        )
        return self

    def svg(self) -> str:
        """The whole figure as text."""
        frame = f'<path d="M{self.left},{TOP}V{self.height - BOTTOM}H{WIDTH - RIGHT}" fill="none" stroke="#444"/>'
        middle = (TOP + self.height - BOTTOM) / 2
        words = (
            f'<text x="{self.left}" y="20" font-weight="bold">{escape(self.title)}</text>'
            f'<text x="{(self.left + WIDTH - RIGHT) / 2:.0f}" y="{self.height - 10}" text-anchor="middle">'
            f"{escape(self.across_label)}</text>"
            f'<text transform="translate(16 {middle:.0f}) rotate(-90)" text-anchor="middle">'
            f"{escape(self.up_label)}</text>"
        )
        inside = f"{self.left} {TOP} {WIDTH - self.left - RIGHT} {self.height - BOTTOM - TOP}"
        x, y, wide, high = inside.split()  # an inner svg cuts off what lies outside it
        drawn = f'<svg x="{x}" y="{y}" width="{wide}" height="{high}" viewBox="{inside}">{"".join(self.parts)}</svg>'
        body = "\n".join([self._grid(), drawn, frame, words, self._legend()])
        size = f'viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" height="{self.height}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12" fill="#222" '
            f'role="img"><title>{escape(self.title)}</title>\n'
            f'<rect width="{WIDTH}" height="{self.height}" fill="#fff"/>\n{body}\n</svg>\n'
        )

    def _named(self, label: str, colour: int, dashed: bool) -> Chart:
        if label:
            self.legend.append((label, COLOURS[colour % len(COLOURS)], dashed))
        return self

    def _place(self, x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        at = self.left + (np.asarray(x, dtype=float) - self.across[0]) / (self.across[1] - self.across[0]) * (
            WIDTH - self.left - RIGHT
        )
        up = (
            self.height
            - BOTTOM
            - (np.asarray(y, dtype=float) - self.up[0]) / (self.up[1] - self.up[0]) * (self.height - BOTTOM - TOP)
        )
        return at, up

    def _grid(self) -> str:
        found = []
        for value in ticks(*self.across):
            at = self._place([value], [0.0])[0][0]
            found.append(f'<text x="{at:.1f}" y="{self.height - BOTTOM + 16}" text-anchor="middle">{value:g}</text>')
        for row, name in enumerate(self.rows):
            height = self._place([0.0], [row + 0.5])[1][0]
            found.append(f'<text x="{self.left - 6}" y="{height + 4:.1f}" text-anchor="end">{escape(name)}</text>')
        for value in () if self.rows else ticks(*self.up):
            height = self._place([0.0], [value])[1][0]
            found.append(f'<path d="M{self.left},{height:.1f}H{WIDTH - RIGHT}" stroke="#e4e4e4"/>')
            found.append(f'<text x="{self.left - 6}" y="{height + 4:.1f}" text-anchor="end">{value:g}</text>')
        return "\n".join(found)

    def _legend(self) -> str:
        if self.corner == "line":
            return self._legend_line()
        found = []
        longest = max((len(label) for label, _, _ in self.legend), default=0)
        wide, high = 40 + 6.4 * longest, 8 + LEGEND_STEP * len(self.legend)
        left = self.left + 12 if "left" in self.corner else WIDTH - RIGHT - wide
        top = TOP + 6 if "upper" in self.corner else self.height - BOTTOM - high
        if self.legend:
            box = f'x="{left - 6:.0f}" y="{top - 9:.0f}" width="{wide:.0f}" height="{high}"'
            found.append(f'<rect {box} fill="#fff" fill-opacity="0.9"/>')
        for row, (label, colour, dashed) in enumerate(self.legend):
            height = top + row * LEGEND_STEP
            dash = ' stroke-dasharray="6 4"' if dashed else ""
            found.append(
                f'<path d="M{left:.0f},{height}h22" stroke="{colour}" stroke-width="3"{dash}/>'
                f'<text x="{left + 28:.0f}" y="{height + 4}">{escape(label)}</text>'
            )
        return "\n".join(found)

    def _legend_line(self) -> str:
        """One line between title and plot."""
        found, at = [], float(self.left)
        for label, colour, dashed in self.legend:
            dash = ' stroke-dasharray="6 4"' if dashed else ""
            found.append(
                f'<path d="M{at:.0f},{TOP - 8}h14" stroke="{colour}" stroke-width="{3 if dashed else 8}"{dash}/>'
                f'<text x="{at + 19:.0f}" y="{TOP - 4}">{escape(label)}</text>'
            )
            at += 36 + 6.4 * len(label)
        return "\n".join(found)


def ticks(low: float, high: float) -> Sequence[float]:
    """About five round numbers within the range."""
    rough = (high - low) / 5
    size = 10.0 ** np.floor(np.log10(rough))
    step = size * next(factor for factor in (1, 2, 5, 10) if factor * size >= rough * 0.999)
    return [round(k * step, 10) for k in range(int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9)) + 1)]

"""The house style of every figure, and how an Altair chart becomes an SVG that needs nothing else.

Rules: text stays text; no script, no style sheet, no network; title and description for those who cannot see it; the
same numbers give the same bytes on every machine. The colours are those of tokens.css (a test compares).
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import ArrayLike

from results.phrasing import COMMA

LIGHT = {
    "surface": "#ffffff", "text": "#14181d", "text-2": "#434d57", "line-strong": "#78838f",
    "viz-grid": "#e3e7eb", "viz-1": "#1b4b8f", "viz-2": "#b0500a", "viz-3": "#53408f",
    "viz-4": "#59636e", "viz-band": "#c6d8f0", "ok-line": "#2c8653", "warn-line": "#ad6800",
    "danger-line": "#c53a35", "info-line": "#2f7cae", "open-line": "#7763b8",
}  # fmt: skip
DARK = {
    "surface": "#181d23", "text": "#eceff2", "text-2": "#bcc5ce", "line-strong": "#75818e",
    "viz-grid": "#2a323a", "viz-1": "#9cc0f5", "viz-2": "#f0a566", "viz-3": "#c0b0f2",
    "viz-4": "#9ba6b1", "viz-band": "#2b4263", "ok-line": "#4a9b6c", "warn-line": "#bb8433",
    "danger-line": "#d9625c", "info-line": "#4a92c4", "open-line": "#8b78cc",
}  # fmt: skip
SERIES = [LIGHT[n] for n in ("viz-1", "viz-2", "ok-line", "danger-line", "viz-3", "viz-4", "warn-line", "info-line")]
DASHES = [[1, 0], [7, 3], [2, 2]]  # three against eight colours: 24 series can be told apart, also without colours
# vl-convert brings Liberation Sans along, so text is measured alike everywhere; Arial and Helvetica are as wide.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH, HEIGHT = 720, 340
ROW, MARGINS = 28, 118  # height of a row, and of what is not rows
TICKS = 8  # about so many on the axis of x
LETTER, SYMBOL = 6.6, 52  # widths in a legend
LONGEST = 230  # width of a name, beyond it an ellipsis
DIGITS = 6  # of a number in a figure: more cannot be seen and would differ between machines

COMMAS = alt.NumberLocale(decimal=",", thousands="\u00a0", grouping=[3], currency=["", ""])

Layer = alt.Chart | alt.LayerChart | alt.FacetChart


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart, its title, and what it shows in a sentence: its description and its caption."""

    title: str
    told: str
    chart: Layer
    height: int = HEIGHT


def rows(series: str, x: ArrayLike, y: ArrayLike, **more: ArrayLike) -> list[dict[str, object]]:
    """A row for each pair; x, y and `more` (N,). What is not finite becomes a gap."""
    columns = {"x": x, "y": y, **more}
    seen = [[_shown(float(value)) for value in np.asarray(column, dtype=float)] for column in columns.values()]
    return [{"series": series, **dict(zip(columns, row, strict=True))} for row in zip(*seen, strict=True)]


def chart(data: Iterable[Mapping[str, object]]) -> alt.Chart:
    """An empty chart over rows."""
    return alt.Chart(alt.InlineData(values=[dict(row) for row in data]))


def across(title: str, low: float, high: float, **axis: Any) -> alt.X:
    """The axis of x between two values."""
    domain = [_shown(low), _shown(high)]
    return alt.X("x:Q").title(title).scale(domain=domain, nice=False, zero=False).axis(**{"tickCount": TICKS, **axis})


def up(title: str, low: float, high: float, **axis: Any) -> alt.Y:
    """The axis of y between two values."""
    domain = [_shown(low), _shown(high)]
    return alt.Y("y:Q").title(title).scale(domain=domain, nice=False, zero=False).axis(**axis)


def lines(data: Sequence[Mapping[str, object]], x: alt.X, y: alt.Y, points: bool = False) -> Layer:
    """A line for each series, told apart by colour and dash; it breaks at gaps and is cut off at the frame."""
    names = list(dict.fromkeys(str(row["series"]) for row in data))
    legend = alt.Legend(columns=columns(names), symbolType="stroke")
    colour = alt.Color("series:N").scale(domain=names, range=SERIES).legend(legend).title(None)
    dash = alt.StrokeDash("series:N").scale(domain=names, range=DASHES).legend(legend).title(None)
    drawn = chart(data).encode(x=x, y=y, color=colour)
    line = drawn.mark_line(clip=True).encode(strokeDash=dash)
    return alt.layer(line, drawn.mark_circle(size=36, opacity=1)) if points else line


def mark(x: float, label: str, left: bool = False) -> Layer:
    """A vertical line with a word beside its upper end, right of it unless told."""
    drawn = chart([{"x": _shown(x), "label": label}]).encode(x="x:Q")
    side: dict[str, Any] = {"align": "right", "dx": -5} if left else {"align": "left", "dx": 5}
    said = drawn.mark_text(baseline="top", dy=3, **side).encode(text="label:N", y=alt.value(0))
    return alt.layer(drawn.mark_rule(), said)


def level(y: float, label: str = "") -> Layer:
    """A horizontal line with a word above its right end."""
    drawn = chart([{"y": _shown(y), "label": label}]).encode(y="y:Q")
    said = drawn.mark_text(align="right", baseline="bottom", dx=-4, dy=-3).encode(text="label:N", x=alt.value("width"))
    return alt.layer(drawn.mark_rule(), said)


def columns(names: Sequence[str]) -> int:
    """How many columns a legend of these names has: as few lines as fit, filled evenly."""
    most = max(int(WIDTH // (SYMBOL + LETTER * max(map(len, names), default=1))), 1)
    return math.ceil(len(names) / max(math.ceil(len(names) / most), 1)) or 1


def svg(name: str, figure: Figure, language: str = "en") -> str:
    """The figure as text, numbers as the language writes them; `name` keeps its ids apart from other figures' ids."""
    drawn = figure.chart.properties(
        width=WIDTH,
        height=figure.height,
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
        title=figure.title,
    )
    written = io.StringIO()
    styled(drawn, language).save(written, format="svg")
    root, inside = written.getvalue().split(">", 1)
    head = f"<title>{escape(figure.title)}</title><desc>{escape(figure.told)}</desc>"
    return _own_ids(name, f'{root} role="img">{head}{inside}\n')


def styled(drawn: Layer, language: str = "en") -> Layer:
    """The chart with fonts, colours and lines of the house, and the language's decimal mark on its axes."""
    locale = alt.Locale(number=COMMAS) if language in COMMA else alt.Undefined
    text, grey, strong = LIGHT["text"], LIGHT["text-2"], LIGHT["line-strong"]
    found: Layer = (
        drawn.configure(font=FONT, background=LIGHT["surface"], padding=12, aria=False, locale=locale)
        .configure_view(stroke=None)
        .configure_title(anchor="start", frame="group", fontSize=15, fontWeight="bold", color=text, offset=12)
        .configure_axis(
            labelFontSize=12, labelColor=grey, titleFontSize=12, titleFontWeight="normal", titleColor=grey,
            titlePadding=8, domainColor=strong, tickColor=strong, gridColor=LIGHT["viz-grid"], labelLimit=LONGEST,
        )
        .configure_axisX(grid=False)
        .configure_legend(
            orient="top", labelFontSize=12, labelColor=text, labelLimit=WIDTH, symbolSize=420, symbolStrokeWidth=2.5,
            columnPadding=18, rowPadding=3, offset=8,
        )
        .configure_line(strokeWidth=2.25)
        .configure_rule(color=strong, strokeDash=[4, 3])
        .configure_text(fontSize=12, color=grey)
    )  # fmt: skip
    return found


def _own_ids(name: str, text: str) -> str:
    """Vega counts its ids through the life of the process: count them from 1 and put the figure's name before them."""
    found: dict[str, str] = {}
    fresh = r'(?<=\bid=")[\w-]+(?=")|(?<="url\(#)[\w-]+(?=\)")'
    return re.sub(fresh, lambda hit: found.setdefault(hit[0], f"{name}-{len(found) + 1}"), text)


def _shown(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None

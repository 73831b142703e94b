"""Figures of a simulation as SVG text: length, accuracy by outcome, conditional bias, exposure, uneven profiles.

Rules: no script and no style that a strict content policy would refuse; every figure has a title and a description; the
same report gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from engine.simulation_report import Report

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 260, 56, 40, 28
INK, PALE = "#1b4a6b", "#9db8c9"
SHADES = ("#1b4a6b", "#b4552d", "#3f7d4e", "#7a4c8f", "#8a7a1f", "#2f8f9d", "#a33b5e", "#555555")
SHOWN = 200  # exposure bars; of larger pools the most exposed items

Words = Callable[[str], str]


def figures(report: Report, words: Words = str) -> dict[str, str]:
    """Every figure by its file name without ending. `words` translates the captions."""
    rates = sorted(_items(report).values(), reverse=True)[:SHOWN]
    outcomes = list(report.outcomes)
    accuracy = [report.outcomes[name]["accuracy"] for name in outcomes]
    uneven = [report.uneven["accuracy_even"], report.uneven["accuracy_uneven"]]
    lengths = report.lengths
    return {
        "length": _bars(
            words("Items per sitting"), [str(n) for n in lengths], [float(count) for count in lengths.values()]
        ),
        "accuracy": _bars(words("Accuracy by outcome"), outcomes, accuracy, top=1.0),
        "bias": _lines(
            words("Bias of theta by true theta"),
            {name: [(row["theta"], row["bias"]) for row in rows] for name, rows in report.conditional.items()},
        ),
        "exposure": _bars(words("Exposure, most exposed items first"), ["" for _ in rates], rates, top=1.0),
        "uneven": _bars(
            words("Accuracy of even and uneven outcomes"), [words("with the others"), words("against the others")],
            uneven, top=1.0,
        ),
    }  # fmt: skip


def _items(report: Report) -> dict[str, float]:
    items = report.exposure["items"]
    assert isinstance(items, dict)
    return items


def _bars(title: str, labels: Sequence[str], values: Sequence[float], top: float | None = None) -> str:
    highest = top or max(values, default=0.0) or 1.0
    step = (WIDTH - LEFT - 10) / max(len(values), 1)
    every = max(1, round(len(values) / 16))
    parts = []
    for n, (label, value) in enumerate(zip(labels, values, strict=True)):
        x, height = LEFT + n * step, (HEIGHT - TOP - BOTTOM) * value / highest
        y = HEIGHT - BOTTOM - height
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(step * 0.8, 0.5):.1f}" height="{height:.1f}" fill="{INK}">'
            f"<title>{escape(label)} {value:.3g}</title></rect>"
        )
        if label and n % every == 0:
            parts.append(_text(x + step * 0.4, HEIGHT - BOTTOM + 16, label, "middle"))
    ticks = [(share * highest, HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share) for share in (0.0, 0.5, 1.0)]
    return _frame(title, ticks, parts)


def _lines(title: str, series: dict[str, list[tuple[float, float]]]) -> str:
    points = [point for line in series.values() for point in line]
    low_x, high_x = min(x for x, _ in points), max(x for x, _ in points)
    reach = max(abs(y) for _, y in points) or 1.0
    parts = []

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - low_x) / ((high_x - low_x) or 1.0)
        return LEFT + across * (WIDTH - LEFT - 10), TOP + (HEIGHT - TOP - BOTTOM) * (1 - (y / reach + 1) / 2)

    for n, (name, line) in enumerate(series.items()):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line))
        shade = SHADES[n % len(SHADES)]
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{shade}" stroke-width="2">'
            f"<title>{escape(name)}</title></polyline>"
        )
    for x in sorted({x for x, _ in points})[::2]:
        parts.append(_text(place(x, 0)[0], HEIGHT - BOTTOM + 16, f"{x:g}", "middle"))
    return _frame(title, [(value, place(low_x, value)[1]) for value in (-reach, 0.0, reach)], parts)


def _frame(title: str, ticks: Sequence[tuple[float, float]], parts: Sequence[str]) -> str:
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" '
        f'font-size="11"><title>{escape(title)}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="18" font-size="14" fill="#222222">{escape(title)}</text>',
    ]
    for value, y in ticks:
        lines.append(f'<line x1="{LEFT}" x2="{WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="{PALE}"/>')
        lines.append(_text(LEFT - 6, y + 4, f"{value:.3g}", "end"))
    return "\n".join([*lines, *parts, "</svg>", ""])


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222222">{escape(text)}</text>'

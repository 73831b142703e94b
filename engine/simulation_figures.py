"""Figures of a simulation as SVG text: length, decisions by outcome, bias and accuracy by theta, exposure, evenness."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.charts import Chart
from engine.simulation_report import Report

FEWEST = 20  # simulees in a band of theta; below it its mean is not drawn
ROW, NAME, MARGINS = 26, 6.6, 88  # height of a row, width of a letter, height of what is not rows
LONGEST = 32  # letters of a name
SHARES = ("accuracy", "undetermined", "false_fail", "false_pass")
SHADES = (0, 4, 5, 1)

Words = Callable[[str], str]


def figures(report: Report, words: Words = str) -> dict[str, str]:
    """Every figure by its file name without ending. `words` translates the captions."""
    drawn = {
        "length": lengths(report, words),
        "accuracy": decisions(report, words),
        "bias": by_theta(report, "bias", words("Bias of theta by true theta"), words),
        "accuracy-by-theta": by_theta(report, "accuracy", words("Accuracy of the decision by true theta"), words),
        "exposure": exposure(report, words),
        "uneven": uneven(report, words),
    }
    return {name: chart.svg() for name, chart in drawn.items()}


def lengths(report: Report, words: Words) -> Chart:
    """How many sittings had how many items."""
    counts = report.lengths
    n = sum(counts.values())
    low, high = min(counts) - 1, max(counts) + 1
    chart = Chart(
        title=words("Items per sitting"),
        across=(low, high),
        up=(0, 1.12 * max(counts.values()) / n),
        across_label=words("items"),
        up_label=words("share of sittings"),
    )
    for length, count in counts.items():
        chart.block((length - 0.4, length + 0.4), (0, count / n), 0, f"{length}: {count}")
    return chart.mark(report.length["mean"], f"{words('mean')} {report.length['mean']:.1f}")


def decisions(report: Report, words: Words) -> Chart:
    """What became of each outcome and of the qualification, as shares of all simulees."""
    rates = {**report.outcomes, words("qualification"): report.qualification}
    chart = _of_rows(words("Decisions by outcome"), list(rates), words("share of simulees"))
    for row, (name, found) in enumerate(rates.items()):
        start = 0.0
        for share, shade in zip(SHARES, SHADES, strict=True):
            label = words("right" if share == "accuracy" else share.replace("_", " "))
            told = f"{name}: {label} {found[share]:.3f}"
            chart.block((start, start + found[share]), (row + 0.15, row + 0.85), shade, told, "" if row else label)
            start += found[share]
        chart.note(0.01, row + 0.5, f"{found['accuracy']:.3f}", "#fff")
    return chart


def by_theta(report: Report, what: str, title: str, words: Words) -> Chart:
    """A line per outcome over bands of true theta that hold enough simulees."""
    lines = {
        name: [(row["theta"], row[what]) for row in rows if row["n"] >= FEWEST]
        for name, rows in report.conditional.items()
    }
    values = [y for line in lines.values() for _, y in line]
    reach = max((abs(y) for y in values), default=0.0) * 1.15 or 1.0
    down = min([*values, 0.9])
    chart = Chart(
        title=title,
        across=(-3.25, 3.25),
        up=(-reach, reach) if what == "bias" else (max(down - 0.05, 0.0), 1.01),
        across_label=words("true theta"),
        up_label=words(what),
        corner="upper right" if what == "bias" else "lower left",
    )
    for shade, (name, line) in enumerate(lines.items()):
        chart.line([x for x, _ in line], [y for _, y in line], shade, _short(name), dashed=shade % 2 == 1)
    return chart.level(0.0, "") if what == "bias" else chart


def exposure(report: Report, words: Words) -> Chart:
    """Share of sittings each item was presented in, the most exposed first."""
    items, limit = report.exposure["items"], report.exposure["limit"]
    assert isinstance(items, dict)
    assert isinstance(limit, float | int)
    rates = np.array(sorted(items.values(), reverse=True))
    chart = Chart(
        title=f"{words('Exposure, most exposed items first')} ({words('never presented')}: {report.exposure['never']})",
        across=(0, len(rates)),
        up=(0, max(1.12 * rates.max(), min(1.12 * limit, 1.0), 0.05)),
        across_label=words("items"),
        up_label=words("share of sittings"),
    )
    edges = np.repeat(np.arange(len(rates) + 1), 2)[1:-1]
    chart.area(edges, np.repeat(rates, 2), 0).line(edges, np.repeat(rates, 2), 0)
    return chart if limit >= 1 else chart.level(limit, f"{words('limit')} {limit:g}")


def uneven(report: Report, words: Words) -> Chart:
    """Accuracy on outcomes where the candidate's other outcomes point the same way, and where they do not."""
    rows = {
        words("with the others"): report.uneven["accuracy_even"],
        words("against the others"): report.uneven["accuracy_uneven"],
    }
    title = f"{words('Accuracy of even and uneven outcomes')} ({words('uneven')}: {report.uneven['share']:.0%})"
    chart = _of_rows(title, list(rows), words("accuracy"))
    for row, (name, value) in enumerate(rows.items()):
        chart.block((0, value), (row + 0.15, row + 0.85), row, f"{name}: {value:.3f}")
        chart.note(0.01, row + 0.5, f"{value:.3f}", "#fff")
    return chart


def _of_rows(title: str, names: Sequence[str], label: str) -> Chart:
    """An empty figure of named rows over 0 to 1."""
    shown = [_short(name) for name in names]
    return Chart(
        title=title,
        across=(0, 1),
        up=(len(shown), 0),
        across_label=label,
        up_label="",
        corner="line",
        left=24 + round(NAME * max(map(len, shown))),
        height=MARGINS + ROW * len(shown),
        rows=shown,
    )


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"

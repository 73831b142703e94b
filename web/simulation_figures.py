"""The figures of a simulation: length, decisions by outcome, bias and accuracy by theta, exposure, uneven profiles.

The numbers are those of the report; nothing is computed here but where a bar begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import altair as alt

from engine.misspecification import Case, study_row
from engine.simulation_report import Report
from web.figure_style import LIGHT, MARGINS, ROW, Figure, Layer, across, chart, columns, level, lines, mark, rows, up

FEWEST = 20  # simulees in a band of theta; below it its mean is not drawn
SHARES = {
    "accuracy": ("right", LIGHT["viz-1"]),
    "undetermined": ("undetermined", LIGHT["line-strong"]),
    "false_fail": ("false fail", LIGHT["warn-line"]),
    "false_pass": ("false pass", LIGHT["danger-line"]),
}
QUALIFICATION = "qualification (all outcomes)"


def figures(report: Report) -> dict[str, Figure]:
    """Every figure of a report by its file name without ending."""
    return {
        "length": lengths(report),
        "accuracy": decisions(report),
        "bias": bias(report),
        "accuracy-by-theta": accuracy(report),
        "exposure": exposure(report),
        "uneven": uneven(report),
    }


def lengths(report: Report) -> Figure:
    """How many sittings had how many items."""
    counts, told = report.lengths, report.length
    n = sum(counts.values())
    items = list(counts)
    shares = [count / n for count in counts.values()]
    data = rows("", [length - 0.4 for length in items], shares, end=[length + 0.4 for length in items])
    axis = {"tickMinStep": 1, "format": "d"}
    bars = (
        chart(data)
        .mark_rect(color=LIGHT["viz-1"])
        .encode(
            x=across("items", min(items) - 1, max(items) + 1, **axis),
            x2="end:Q",
            y=up("share of sittings", 0, 1.15 * max(shares), format="%"),
            y2=alt.datum(0),
        )
    )
    said = f"mean {told['mean']:.1f}, median {told['p50']:.0f}, 90 % of the sittings have at most {told['p90']:.0f}"
    return Figure(
        title="Items per sitting",
        told=f"Share of sittings by their number of items: {said}.",
        chart=alt.layer(bars, mark(told["mean"], f"mean {told['mean']:.1f}")),
    )


def decisions(report: Report) -> Figure:
    """What became of each outcome and of the qualification, as shares of all simulees."""
    whole = report.qualification
    return Figure(
        title="Decisions by outcome",
        told="Shares of all simulees whose decision is right, left open or wrong, for each outcome and for the "
        f"qualification; of qualifications {whole['accuracy']:.3f} are right, {whole['false_pass']:.3f} false passes, "
        f"{whole['false_fail']:.3f} false fails. The number beside a bar is the share decided rightly.",
        chart=shares({**report.outcomes, QUALIFICATION: whole}),
        height=MARGINS + ROW * (len(report.outcomes) + 1),
    )


def cases(found: Sequence[Case]) -> Figure:
    """What became of the outcomes in each case of a study, as shares of all decisions."""
    means = {case.name: {name.replace(" ", "_"): value for name, value in study_row(case).items()} for case in found}
    return Figure(
        title="Decisions when the truth is not what the plan believes",
        told="Shares of all decisions on outcomes that are right, left open or wrong, in each case of the study. "
        "The number beside a bar is the share decided rightly.",
        chart=shares(means),
        height=MARGINS + ROW * len(means),
    )


def shares(rates: Mapping[str, Mapping[str, float]]) -> Layer:
    """A bar for each name, divided by what became of its simulees."""
    data: list[dict[str, object]] = []
    for name, found in rates.items():
        start = 0.0
        for share, (label, _) in SHARES.items():
            (row,) = rows(label, [start], [found[share]], end=[start + found[share]])
            data.append({**row, "name": name})
            start += found[share]
    labels, colours = [label for label, _ in SHARES.values()], [colour for _, colour in SHARES.values()]
    legend = alt.Legend(columns=columns(labels), symbolType="square", symbolSize=150)
    bars = (
        _by_name(data, list(rates), "share of simulees")
        .mark_bar(stroke=LIGHT["surface"], strokeWidth=1)
        .encode(x2="end:Q", color=alt.Color("series:N").scale(domain=labels, range=colours).legend(legend).title(None))
    )
    return alt.layer(bars, _said((name, f"{found['accuracy']:.3f}") for name, found in rates.items()))


def bias(report: Report) -> Figure:
    """The mean error of theta by true theta, a line per outcome."""
    data = by_theta(report, "bias")
    reach = 1.15 * max((abs(float(str(row["y"]))) for row in data), default=0.0) or 1.0
    drawn = lines(data, _theta(), up("mean of estimate − truth", -reach, reach), points=True)
    return Figure(
        title="Bias of theta by true theta",
        told=f"Mean error of theta in bands of true theta .5 wide, for each outcome. {_left_out(data)}",
        chart=alt.layer(level(0.0), drawn, *_nothing(data)),
    )


def accuracy(report: Report) -> Figure:
    """The share of right decisions by true theta, a line per outcome."""
    data = by_theta(report, "accuracy")
    low = min([float(str(row["y"])) for row in data], default=0.9)
    drawn = lines(data, _theta(), up("share decided rightly", max(min(low, 0.9) - 0.05, 0.0), 1.01), points=True)
    return Figure(
        title="Accuracy of the decision by true theta",
        told="Share of simulees decided rightly in bands of true theta .5 wide, for each outcome. " + _left_out(data),
        chart=alt.layer(drawn, *_nothing(data)),
    )


def by_theta(report: Report, what: str) -> list[dict[str, object]]:
    """The bands of true theta that hold enough simulees."""
    found: list[dict[str, object]] = []
    for name, bands in report.conditional.items():
        held = [band for band in bands if band["n"] >= FEWEST]
        found += rows(name, [band["theta"] for band in held], [band[what] for band in held])
    return found


def exposure(report: Report) -> Figure:
    """Share of sittings each item was presented in, the most exposed first."""
    items, limit = report.exposure["items"], report.exposure["limit"]
    assert isinstance(items, dict)
    assert isinstance(limit, float | int)
    rates = sorted(items.values(), reverse=True)
    top = max(1.15 * rates[0], min(1.15 * limit, 1.0), 0.05)
    data = rows("", range(len(rates) + 1), [*rates, rates[-1]])
    area = (
        chart(data)
        .mark_area(
            interpolate="step-after",
            color=LIGHT["viz-band"],
            line={"color": LIGHT["viz-1"], "interpolate": "step-after"},
        )
        .encode(
            x=across("items, the most exposed first", 0, len(rates), tickMinStep=1, format="d"),
            y=up("share of sittings", 0, top, format="%"),
        )
    )
    bound = [] if limit >= 1 else [level(limit, f"limit {limit:.0%}")]
    return Figure(
        title=f"Exposure of the items (never presented: {report.exposure['never']} of {len(rates)})",
        told=f"Share of sittings in which each item was presented: at most {rates[0]:.3f}, the limit is {limit:g}; "
        f"two sittings have {report.exposure['overlap']:.3f} of their items in common.",
        chart=alt.layer(area, *bound),
    )


def uneven(report: Report) -> Figure:
    """Accuracy on outcomes where the candidate's other outcomes point the same way, and where they do not."""
    found = {
        "with the others": report.uneven["accuracy_even"],
        "against the others": report.uneven["accuracy_uneven"],
    }
    names = list(found)
    data = [
        {**row, "name": name}
        for name, value in found.items()
        if value is not None
        for row in rows(name, [0.0], [value], end=[value])
    ]
    bars = (
        _by_name(data, names, "share decided rightly")
        .mark_bar()
        .encode(
            x2="end:Q",
            color=alt.Color("name:N").scale(domain=names, range=[LIGHT["viz-1"], LIGHT["viz-2"]]).legend(None),
        )
    )
    said = [(name, "nobody" if value is None else f"{value:.3f}") for name, value in found.items()]
    return Figure(
        title=f"Accuracy of even and uneven outcomes (uneven: {report.uneven['share']:.0%})",
        told="Share decided rightly of outcomes whose truth is that of most other outcomes of the candidate: "
        f"{said[0][1]}; of outcomes whose truth is against them: {said[1][1]}.",
        chart=alt.layer(bars, _said(said)),
        height=MARGINS - 30 + ROW * len(names),
    )


def _by_name(data: Iterable[Mapping[str, object]], names: Sequence[str], label: str) -> alt.Chart:
    """A row for each name over 0 to 1."""
    name = (
        alt.Y("name:N")
        .scale(domain=list(names), paddingInner=0.3)
        .title(None)
        .axis(ticks=False, domain=False, labelPadding=8)
    )
    return chart(data).encode(x=across(label, 0, 1, format="%", tickCount=5, grid=True), y=name)


def _said(words: Iterable[tuple[str, str]]) -> Layer:
    """A word right of each row."""
    drawn = chart({"name": name, "label": label} for name, label in words)
    words_drawn: Layer = drawn.mark_text(align="left", dx=6).encode(y="name:N", x=alt.value("width"), text="label:N")
    return words_drawn


def _theta() -> alt.X:
    return across("true theta", -3.0, 3.0, values=list(range(-3, 4)), format="d")


def _left_out(data: Sequence[Mapping[str, object]]) -> str:
    return f"Bands with fewer than {FEWEST} simulees are left out{'' if data else ', and so no band is shown'}."


def _nothing(data: Sequence[Mapping[str, object]]) -> list[alt.Chart]:
    """What a figure says when it has nothing to draw."""
    if data:
        return []
    said = chart([{"label": f"no band of theta holds {FEWEST} simulees"}])
    return [said.mark_text().encode(x=alt.value("width"), y=alt.value(40), text="label:N")]

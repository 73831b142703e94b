"""The figures of a simulation: length, decisions by outcome, bias and accuracy by theta, exposure, uneven profiles.

The numbers are those of the report; nothing is computed here but where a bar begins. `manner` puts sentences and
numbers into the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import altair as alt

from engine.misspecification import Case, study_row
from engine.simulation_report import ALL_MET, Report
from results.phrasing import Manner, Say
from web.figure_style import LIGHT, MARGINS, ROW, Figure, Layer, across, chart, columns, level, lines, rows, up
from web.figure_style import mark as marked
from web.language import mark

MOST_SHOWN = 100  # items whose exposure is drawn by theta; beyond them the lines lie on the ground
FEWEST = 20  # simulees in a band of theta; below it its mean is not drawn
SHARES = {
    "accuracy": (mark("right"), LIGHT["viz-1"]),
    "undetermined": (mark("undetermined"), LIGHT["line-strong"]),
    "false_fail": (mark("false fail"), LIGHT["warn-line"]),
    "false_pass": (mark("false pass"), LIGHT["danger-line"]),
}
QUALIFICATION = mark("qualification (all outcomes)")
BY_RULE = mark("qualification (the plan's rule)")


def qualification(report: Report) -> str:
    """What the qualification's row is called, in English."""
    return QUALIFICATION if report.rule is ALL_MET else BY_RULE


def figures(report: Report, manner: Manner) -> dict[str, Figure]:
    """Every figure of a report by its file name without ending."""
    return {
        "length": lengths(report, manner),
        "accuracy": decisions(report, manner),
        "bias": bias(report, manner),
        "accuracy-by-theta": accuracy(report, manner),
        "exposure": exposure(report, manner),
        "exposure-by-theta": exposure_by_theta(report, manner),
        "uneven": uneven(report, manner),
    }


def lengths(report: Report, manner: Manner) -> Figure:
    """How many sittings had how many items."""
    say = manner.say
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
            x=across(say("items"), min(items) - 1, max(items) + 1, **axis),
            x2="end:Q",
            y=up(say("share of sittings"), 0, 1.15 * max(shares), format="%"),
            y2=alt.datum(0),
        )
    )
    mean = manner.number(told["mean"], 1)
    return Figure(
        title=say("Items per sitting"),
        told=say(
            "Share of sittings by their number of items: mean {mean}, median {median}; nine tenths of the sittings "
            "have at most {most}.",
            mean=mean,
            median=manner.number(told["p50"], 0),
            most=manner.number(told["p90"], 0),
        ),
        chart=alt.layer(bars, marked(told["mean"], say("mean {mean}", mean=mean))),
    )


def decisions(report: Report, manner: Manner) -> Figure:
    """What became of each outcome and of the qualification, as shares of all simulees."""
    say = manner.say
    whole = report.qualification
    return Figure(
        title=say("Decisions by outcome"),
        told=say(
            "Shares of all simulees decided rightly, left open or decided wrongly, for each outcome and for the "
            "qualification. The number beside a bar is the share decided rightly. Of the decisions on the "
            "qualification {right} are right, {passes} false passes, {fails} false fails.",
            right=manner.number(whole["accuracy"], 3),
            passes=manner.number(whole["false_pass"], 3),
            fails=manner.number(whole["false_fail"], 3),
        ),
        chart=shares({**report.outcomes, say(qualification(report)): whole}, manner),
        height=MARGINS + ROW * (len(report.outcomes) + 1),
    )


def cases(found: Sequence[Case], manner: Manner) -> Figure:
    """What became of the outcomes in each case of a study, as shares of all decisions."""
    say = manner.say
    means = {say(case.name): {share: study_row(case)[share.replace("_", " ")] for share in SHARES} for case in found}
    return Figure(
        title=say("Decisions when the truth is not what the plan believes"),
        told=say(
            "Shares of all decisions on outcomes that are right, left open or wrong, in each case of the study. The "
            "number beside a bar is the share decided rightly."
        ),
        chart=shares(means, manner),
        height=MARGINS + ROW * len(means),
    )


def shares(rates: Mapping[str, Mapping[str, float]], manner: Manner) -> Layer:
    """A bar for each name, divided by what became of its simulees."""
    say = manner.say
    data: list[dict[str, object]] = []
    for name, found in rates.items():
        start = 0.0
        for share, (label, _) in SHARES.items():
            (row,) = rows(say(label), [start], [found[share]], end=[start + found[share]])
            data.append({**row, "name": name})
            start += found[share]
    labels, colours = [say(label) for label, _ in SHARES.values()], [colour for _, colour in SHARES.values()]
    legend = alt.Legend(columns=columns(labels), symbolType="square", symbolSize=150)
    bars = (
        _by_name(data, list(rates), say("share of simulees"))
        .mark_bar(stroke=LIGHT["surface"], strokeWidth=1)
        .encode(x2="end:Q", color=alt.Color("series:N").scale(domain=labels, range=colours).legend(legend).title(None))
    )
    return alt.layer(bars, _said((name, manner.number(found["accuracy"], 3)) for name, found in rates.items()))


def bias(report: Report, manner: Manner) -> Figure:
    """The mean error of theta by true theta, a line per outcome."""
    say = manner.say
    data = by_theta(report, "bias")
    reach = 1.15 * max((abs(float(str(row["y"]))) for row in data), default=0.0) or 1.0
    drawn = lines(data, _theta(say), up(say("mean of estimate − truth"), -reach, reach), points=True)
    return Figure(
        title=say("Bias of theta by true theta"),
        told=say("Mean error of theta in bands of true theta .5 wide, for each outcome.") + _left_out(say),
        chart=alt.layer(level(0.0), drawn, *_nothing(data, say)),
    )


def accuracy(report: Report, manner: Manner) -> Figure:
    """The share of right decisions by true theta, a line per outcome."""
    say = manner.say
    data = by_theta(report, "accuracy")
    low = min([float(str(row["y"])) for row in data], default=0.9)
    drawn = lines(
        data, _theta(say), up(say("share decided rightly"), max(min(low, 0.9) - 0.05, 0.0), 1.01), points=True
    )
    return Figure(
        title=say("Accuracy of the decision by true theta"),
        told=say("Share of simulees decided rightly in bands of true theta .5 wide, for each outcome.")
        + _left_out(say),
        chart=alt.layer(drawn, *_nothing(data, say)),
    )


def by_theta(report: Report, what: str) -> list[dict[str, object]]:
    """The bands of true theta that hold enough simulees."""
    found: list[dict[str, object]] = []
    for name, bands in report.conditional.items():
        held = [band for band in bands if band["n"] >= FEWEST]
        found += rows(name, [band["theta"] for band in held], [band[what] for band in held])
    return found


def exposure(report: Report, manner: Manner) -> Figure:
    """Share of sittings each item was presented in, the most exposed first."""
    say = manner.say
    items, limit, overlap = (report.exposure[key] for key in ("items", "limit", "overlap"))
    assert isinstance(items, dict)
    assert isinstance(limit, float | int)
    assert isinstance(overlap, float | int)
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
            x=across(say("items, the most exposed first"), 0, len(rates), tickMinStep=1, format="d"),
            y=up(say("share of sittings"), 0, top, format="%"),
        )
    )
    bound = [] if limit >= 1 else [level(limit, say("limit {limit}", limit=f"{limit:.0%}"))]
    return Figure(
        title=say(
            "Exposure of the items (never presented: {never} of {items})",
            never=str(report.exposure["never"]),
            items=len(rates),
        ),
        told=say(
            "Share of sittings in which each item was presented: at most {most}, the limit is {limit}; two sittings "
            "have {overlap} of their items in common.",
            most=manner.number(rates[0], 3),
            limit=manner.number(limit, 3),
            overlap=manner.number(overlap, 3),
        ),
        chart=alt.layer(area, *bound),
    )


def exposure_by_theta(report: Report, manner: Manner) -> Figure:
    """Share of the sittings of each band of theta each item was presented in, the most exposed of the band first."""
    say = manner.say
    edges, by_item, limit = (report.exposure[key] for key in ("edges", "items_by_theta", "limit"))
    assert isinstance(edges, list)
    assert isinstance(by_item, dict)
    assert isinstance(limit, float | int)
    shown = min(len(by_item), MOST_SHOWN)
    names = _bands(edges, manner)
    data: list[dict[str, object]] = []
    greatest = []
    for name, column in zip(names, zip(*by_item.values(), strict=True), strict=True):
        rates = sorted((rate for rate in column if rate is not None), reverse=True)[:shown]
        if rates:  # otherwise nobody was in the band
            data += rows(name, range(1, len(rates) + 1), rates)
            greatest.append(f"{name}: {manner.number(rates[0], 3)}")
    top = max([float(str(row["y"])) for row in data], default=0.05)
    x = across(say("items, the most exposed of the band first"), 1, max(shown, 2), tickMinStep=1, format="d")
    drawn = lines(data, x, up(say("share of sittings"), 0, max(1.15 * top, 0.05), format="%"))
    bound = [] if limit >= 1 else [level(limit, say("limit {limit}", limit=f"{limit:.0%}"))]
    return Figure(
        title=say("Exposure of the items by true theta of their outcome"),
        told=say(
            "Share of the sittings of each band of theta in which an item was presented, for the {n} most exposed "
            "items of the band. The limit bounds the share of all sittings, not that of a band. The greatest shares: "
            "{greatest}.",
            n=shown,
            greatest="; ".join(greatest),
        ),
        chart=alt.layer(drawn, *bound),
    )


def _bands(edges: Sequence[float], manner: Manner) -> list[str]:
    """The names of the bands between the edges, the outer ones open."""
    say, told = manner.say, [manner.number(edge, 1) for edge in edges]
    between = [say("theta {low} to {high}", low=low, high=high) for low, high in pairwise(told)]
    return [say("theta below {high}", high=told[0]), *between, say("theta from {low}", low=told[-1])]


def uneven(report: Report, manner: Manner) -> Figure:
    """Accuracy on outcomes where the candidate's other outcomes point the same way, and where they do not."""
    say = manner.say
    found = {
        say("with the others"): report.uneven["accuracy_even"],
        say("against the others"): report.uneven["accuracy_uneven"],
    }
    names = list(found)
    data = [
        {**row, "name": name}
        for name, value in found.items()
        if value is not None
        for row in rows(name, [0.0], [value], end=[value])
    ]
    bars = (
        _by_name(data, names, say("share decided rightly"))
        .mark_bar()
        .encode(
            x2="end:Q",
            color=alt.Color("name:N").scale(domain=names, range=[LIGHT["viz-1"], LIGHT["viz-2"]]).legend(None),
        )
    )
    said = [(name, say("nobody") if value is None else manner.number(value, 3)) for name, value in found.items()]
    return Figure(
        title=say("Accuracy of even and uneven outcomes (uneven: {share})", share=f"{report.uneven['share']:.0%}"),
        told=say(
            "Share decided rightly of outcomes whose truth is that of most other outcomes of the candidate: {even}; of "
            "outcomes whose truth is against them: {uneven}.",
            even=said[0][1],
            uneven=said[1][1],
        ),
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


def _theta(say: Say) -> alt.X:
    return across(say("true theta"), -3.0, 3.0, values=list(range(-3, 4)), format="d")


def _left_out(say: Say) -> str:
    return " " + say("Bands with fewer than {n} simulees are left out.", n=FEWEST)


def _nothing(data: Sequence[Mapping[str, object]], say: Say) -> list[alt.Chart]:
    """What a figure says when it has nothing to draw."""
    if data:
        return []
    said = chart([{"label": say("no band of theta holds {n} simulees", n=FEWEST)}])
    return [said.mark_text(align="right", dx=-8).encode(x=alt.value("width"), y=alt.value(40), text="label:N")]

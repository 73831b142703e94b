"""The figures and pages of a simulation: they hold the report's numbers, and the same numbers give the same bytes."""

import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine import Case, Plan, Population, Report
from engine.simulation_report import meaning
from results.phrasing import Manner
from web.figure_style import DARK, LIGHT, Figure, across, columns, lines, rows, svg, up
from web.language import within
from web.simulation_figures import FEWEST, MOST_SHOWN, QUALIFICATION, SHARES, cases, figures
from web.simulation_page import files, study_files

TOKENS = Path(__file__).parents[2] / "web" / "frontend" / "shared" / "tokens.css"
ENGLISH, POLISH = (Manner(language=code, say=partial(within, code)) for code in ("en", "pl"))
NAMES = ("length", "accuracy", "bias", "accuracy-by-theta", "exposure", "exposure-by-theta", "uneven")
EDGES = [-1.5, -0.5, 0.5, 1.5]
PLAN = Plan.parse({"outcomes": {"A": {"cut": 0, "min_items": 2, "max_items": 5}}, "at_limit": "forced"})


def rates(accuracy, false_pass, false_fail, **more):
    found = {"accuracy": accuracy, "false_pass": false_pass, "false_fail": false_fail}
    return {**found, "undetermined": round(1 - sum(found.values()), 3), **more}


def a_report(**given):
    early = {"expected_accuracy": 0.85, "consistency": 0.75, "items": 4.5, "early": 0.5, "early_wrong": 0.1}
    band = {"rmse": 0.5, "n": FEWEST}
    return replace(
        Report(
            length={"mean": 9.25, "p50": 9.0, "p90": 10.0},
            outcomes={"A": rates(0.8, 0.06, 0.04, **early), "B <&> ż": rates(0.9, 0.02, 0.03, **early)},
            qualification=rates(0.7, 0.05, 0.15, expected_accuracy=0.65, consistency=0.55),
            exposure={
                "max": 0.5,
                "limit": 0.6,
                "never": 1,
                "overlap": 0.25,
                "items": {"i1": 0.125, "i2": 0.5, "i3": 0.0},
                "edges": EDGES,
                "items_by_theta": {
                    "i1": [None, 0.25, 0.125, 0.125, 0.0],
                    "i2": [None, 0.75, 0.5, 0.25, 0.5],
                    "i3": [None, None, 0.0, 0.0, 0.0],
                },
            },
            reasons={"stop_rule": 100},
            violations=0,
            conditional={
                "A": [
                    {"theta": -0.25, "bias": 0.125, "accuracy": 0.75, **band},
                    {"theta": 0.25, "bias": -0.0625, "accuracy": 0.875, **band},
                    {"theta": 2.75, "bias": 9.0, "accuracy": 0.0, **band, "n": FEWEST - 1},
                ],
                "B <&> ż": [{"theta": 0.25, "bias": 0.0, "accuracy": 1.0, **band}],
            },
            uneven={"share": 0.25, "accuracy_uneven": 0.625, "accuracy_even": 0.875},
            lengths={8: 25, 9: 25, 10: 50},
            evidence="own",
            cuts={"A": {"cut": 0.0, "basis": None}},
            parameters={"items": 3, "provisional": 2},
        ),
        **given,
    )


def drawn(figure):
    """The rows of every layer of a figure, as the chart's specification holds them."""
    return [row for data in figure.chart.to_dict()["datasets"].values() for row in data]


def test_the_figures_hold_the_numbers_of_the_report():
    found = figures(a_report(), ENGLISH)

    assert tuple(found) == NAMES
    assert [(row["x"], row["y"]) for row in drawn(found["length"]) if "end" in row] == [
        (7.6, 0.25),
        (8.6, 0.25),
        (9.6, 0.5),
    ]
    assert {"x": 9.25, "label": "mean 9.2"} in drawn(found["length"])
    parts = {
        (row["name"], row["series"]): round(row["end"] - row["x"], 6)
        for row in drawn(found["accuracy"])
        if "end" in row
    }
    assert parts["A", "right"] == 0.8
    assert parts["B <&> ż", "false fail"] == 0.03
    assert parts[QUALIFICATION, "false pass"] == 0.05
    assert parts[QUALIFICATION, "undetermined"] == 0.1
    assert [row["y"] for row in drawn(found["exposure"]) if "x" in row] == [0.5, 0.125, 0.0, 0.0]
    assert {"y": 0.6, "label": "limit 60%"} in drawn(found["exposure"])
    banded = [(row["series"], row["y"]) for row in drawn(found["exposure-by-theta"]) if "series" in row]
    assert banded[:3] == [("theta −1.5 to −0.5", y) for y in (0.75, 0.25)] + [("theta −0.5 to 0.5", 0.5)]
    assert "theta below −1.5" not in dict(banded), "nobody was there"
    assert "theta from 1.5: 0.500" in found["exposure-by-theta"].told
    assert [row["end"] for row in drawn(found["uneven"]) if "end" in row] == [0.875, 0.625]


def test_bands_of_few_simulees_are_left_out_by_theta():
    found = figures(a_report(), ENGLISH)
    for name, values in (("bias", [0.125, -0.0625, 0.0]), ("accuracy-by-theta", [0.75, 0.875, 1.0])):
        lines_drawn = [row for row in drawn(found[name]) if "series" in row]
        assert [row["y"] for row in lines_drawn] == values
        assert [row["series"] for row in lines_drawn] == ["A", "A", "B <&> ż"]


def test_one_outcome_few_persons_and_nobody_uneven_are_said_in_words():
    one = {"A": a_report().outcomes["A"]}
    few = {"A": [{"theta": 0.25, "n": 3, "bias": 0.0, "rmse": 0.0, "accuracy": 1.0}]}
    found = a_report(
        outcomes=one,
        conditional=few,
        uneven={"share": 0.0, "accuracy_uneven": None, "accuracy_even": 1.0},
        lengths={5: 3},
        exposure={
            "max": 1.0,
            "limit": 1,
            "never": 0,
            "overlap": 1.0,
            "items": {"i1": 1.0},
            "edges": EDGES,
            "items_by_theta": {"i1": [1.0] * 5},
        },
    )
    written = files(found, PLAN, 1.0)

    for name in ("bias", "accuracy-by-theta"):
        assert f"no band of theta holds {FEWEST} simulees" in written[f"{name}.svg"]
    assert ">nobody<" in written["uneven.svg"]
    assert [row["end"] for row in drawn(figures(found, ENGLISH)["uneven"]) if "end" in row] == [1.0]
    assert ">limit" not in written["exposure.svg"]


def test_a_large_bank_is_drawn_whole():
    items = {f"i{n}": n / 6000 for n in range(6000)}
    by_theta = {item: [rate] * 5 for item, rate in items.items()}
    told = {"max": 1.0, "limit": 1, "never": 1, "overlap": 0.1, "items": items, "edges": EDGES}
    found = figures(a_report(exposure=told | {"items_by_theta": by_theta}), ENGLISH)

    assert svg("exposure", found["exposure"]).count("<title>") == 1
    assert len(drawn(found["exposure"])) == 6001
    assert len(drawn(found["exposure-by-theta"])) == 5 * MOST_SHOWN


def test_the_same_report_gives_the_same_bytes():
    once = files(a_report(), PLAN, 1.5)
    svg("another", figures(a_report(), ENGLISH)["bias"])  # what was drawn before leaves no trace

    assert files(a_report(), PLAN, 1.5) == once


def test_a_figure_needs_nothing_else_and_speaks_to_those_who_cannot_see_it():
    written = files(a_report(), PLAN, 1.5)
    for name, figure in figures(a_report(), ENGLISH).items():
        text = written[f"{name}.svg"]
        root = ElementTree.fromstring(text)
        title, description = root[0], root[1]
        assert (title.tag[-5:], title.text) == ("title", figure.title)
        assert (description.tag[-4:], description.text) == ("desc", figure.told)
        assert root.attrib["role"] == "img"
        assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"]
        assert not re.search(r"<(script|style|image|use|foreignObject)\b|\sstyle=|\son\w+=|@import", text)
        assert root.findall(".//{*}text"), "text stays text"


def test_no_two_figures_of_a_page_share_an_id():
    page = files(a_report(), PLAN, 1.5)["report.html"]
    ids = re.findall(r'\bid="([^"]+)"', page)
    used = set(re.findall(r"url\(#([^)]+)\)", page))

    assert ids
    assert sorted(ids) == sorted(set(ids))
    assert used == set(ids)


def test_a_report_folder_holds_the_document_the_page_and_the_figures():
    found = a_report()
    written = files(found, PLAN, 1.5)

    assert set(written) == {"report.json", "report.html", *(f"{name}.svg" for name in NAMES)}
    assert json.loads(written["report.json"]) == found.as_json(1.5)
    page = written["report.html"]
    assert all(written[f"{name}.svg"] in page for name in NAMES)
    assert meaning(PLAN) in page
    assert "Evidence: answers on this outcome only (own)." in page
    assert "Cut at theta 0.00 (A): no basis given." in page
    assert "The parameters of 2 of 3 items are provisional" in page
    assert '<th scope="row">B &lt;&amp;&gt; ż</th><td>0.900</td>' in page
    assert not re.search(r"<script|<link|@import|\bsrc=", page)
    assert "<td>0.850</td><td>0.750</td><td>4.5</td>" in page
    assert "<td>0.650</td><td>0.550</td><td></td>" in page


def test_the_page_has_a_dark_face_for_every_colour_it_draws_with():
    page = files(a_report(), PLAN, 1.5)["report.html"]
    painted = set(re.findall(r'(?:fill|stroke)="(#\w+)"', page.split("</style>")[1]))

    assert painted <= set(LIGHT.values())
    for name, colour in LIGHT.items():
        assert f'svg [fill="{colour}"] {{ fill: var(--{name}); }}' in page


def test_a_study_is_a_table_and_a_figure_of_its_cases():
    found = [
        Case(name="as the plan believes", study="", population=Population(), report=a_report()),
        Case(name="guessing 0.2", study="guessing", population=Population(guessing=0.2), report=a_report()),
    ]
    written = study_files(found, PLAN, 2.0)
    bars = [row for row in drawn(cases(found, ENGLISH)) if "end" in row]

    assert set(written) == {"study.json", "study.html", "cases.svg"}
    assert [case["case"] for case in json.loads(written["study.json"])["cases"]] == [case.name for case in found]
    assert [bars[0]["name"], bars[0]["end"], bars[-1]["end"]] == ["as the plan believes", 0.85, 1.0]
    assert len(bars) == len(found) * len(SHARES)
    assert written["cases.svg"] in written["study.html"]


def test_numbers_of_a_polish_report_have_a_comma_and_those_of_its_documents_a_point():
    found = a_report()
    english, polish = files(found, PLAN, 1.5), files(found, PLAN, 1.5, "pl")
    shown = polish["report.html"].split("<pre")[0].split("</style>")[1]
    words = re.sub(r"<[^>]+>", "\n", shown)
    axis = re.findall(r">(-?\d+[.,]\d+)<", polish["bias.svg"])

    assert polish["report.json"] == english["report.json"]
    assert polish["report.html"].split("<pre")[1] == english["report.html"].split("<pre")[1]
    assert not re.search(r"\d\.\d", words)
    assert {"0,900", "4,5", "0,500"} <= set(words.split("\n"))
    assert "9,2" in words
    assert axis
    assert all("," in number for number in axis)
    assert [n.replace(",", ".") for n in axis] == re.findall(r">(-?\d+[.,]\d+)<", english["bias.svg"])
    assert {"x": 9.25, "label": f"{within('pl', 'mean {mean}', mean='9,2')}"} in drawn(figures(found, POLISH)["length"])


@pytest.mark.parametrize(("theme", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_the_colours_are_those_of_the_design(theme, colours):
    block = re.search(rf'\[data-theme="{theme}"\] {{(.*?)}}', TOKENS.read_text(encoding="utf-8"), re.S)
    tokens = dict(re.findall(r"--([\w-]+): *(#\w+)", block[1]))

    assert colours == {name: tokens[name] for name in colours}
    assert list(LIGHT) == list(DARK)
    assert len(set(LIGHT.values())) == len(LIGHT), "the dark face is found by the colour"


def test_a_line_breaks_where_there_is_no_number():
    data = rows("s", [1, 2, 3, 4, 5], [1, 2, float("nan"), 2, 1 / 3])
    figure = Figure(title="t", told="d", chart=lines(data, across("x", 1, 5), up("y", 0, 2)))

    assert [row["y"] for row in data] == [1.0, 2.0, None, 2.0, 0.333333]
    assert re.search(r'role-mark.*? d="M[^M"]+M[^M"]+"', svg("gap", figure))


@pytest.mark.parametrize(
    ("names", "expected"),
    [(["a"], 1), (["a", "b", "c"], 3), (["x" * 40] * 4, 2), (["x" * 30] * 3, 2), (["x" * 200] * 2, 1), ([], 1)],
)
def test_a_legend_fills_its_lines_evenly(names, expected):
    assert columns(names) == expected

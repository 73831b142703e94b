"""A simulation, or a study of several, as one HTML page with its figures and as the files of a report folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from engine import Plan, Report
from engine.misspecification import Case, study_document, study_row
from engine.simulation_report import meaning
from web.figure_style import DARK, LIGHT, Figure, svg
from web.simulation_figures import QUALIFICATION, cases, figures

RATES = ("accuracy", "false_pass", "false_fail", "undetermined", "items", "early", "early_wrong")


def files(report: Report, plan: Plan, cpu_seconds: float) -> dict[str, str]:
    """The report folder, by file name: report.json, report.html and one SVG per figure."""
    length = ", ".join(f"{name} {value:.1f}" for name, value in report.length.items())
    said = [f"Items per sitting: {length}. Broken constraints: {report.violations}.", meaning(plan)]
    table = [["outcome", *(rate.replace("_", " ") for rate in RATES)]]
    table += [[name, *(_rate(rates[rate]) for rate in RATES)] for name, rates in report.outcomes.items()]
    table.append([QUALIFICATION, *(_rate(report.qualification[rate]) for rate in RATES[:4]), "", "", ""])
    document = report.as_json(cpu_seconds)
    return _folder("report", "Simulation of an exam plan", document, said, table, figures(report), plan)


def study_files(found: Sequence[Case], plan: Plan, cpu_seconds: float) -> dict[str, str]:
    """The report folder of a misspecification study, by file name: study.json, study.html and its figure."""
    title = "What the plan does when the truth is not what it believes"
    said = [meaning(plan), "Here the truth departs from that: nothing is bounded."]
    table = [["case", *study_row(found[0])]]
    table += [[case.name, *(_rate(rate) for rate in study_row(case).values())] for case in found]
    return _folder("study", title, study_document(found, cpu_seconds), said, table, {"cases": cases(found)}, plan)


def _folder(
    name: str,
    title: str,
    document: Mapping[str, object],
    said: Sequence[str],
    table: Sequence[Sequence[str]],
    shown: Mapping[str, Figure],
    plan: Plan,
) -> dict[str, str]:
    """The document, its page and its figures."""
    drawn = {one: svg(one, figure) for one, figure in shown.items()}
    template = Environment(
        loader=PackageLoader("web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template("simulation_report.html")
    page = template.render(
        title=title,
        said=said,
        head=table[0],
        rows=table[1:],
        figures=[(drawn[one], figure.told) for one, figure in shown.items()],
        plan=_json(plan.as_json()),
        light=LIGHT,
        dark=DARK,
    )
    pictures = {f"{one}.svg": text for one, text in drawn.items()}
    return {f"{name}.json": _json(document) + "\n", f"{name}.html": page + "\n"} | pictures


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False)


def _rate(value: float) -> str:
    return f"{value:.3f}" if value < 2 else f"{value:.1f}"

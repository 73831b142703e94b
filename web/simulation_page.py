"""A simulation, or a study of several, as one HTML page with its figures and as the files of a report folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from engine import Plan, Report
from engine.misspecification import Case, study_document, study_row
from results.phrasing import Manner, Say
from web.figure_style import DARK, LIGHT, Figure, svg
from web.language import within
from web.simulation_figures import cases, figures, qualification
from web.simulation_statements import QUALITY, statements

SHARES = ("accuracy", "false_pass", "false_fail", "undetermined", "expected_accuracy", "consistency")
RATES = (*SHARES, "items", "early", "early_wrong")


def files(report: Report, plan: Plan, cpu_seconds: float, language: str = "en") -> dict[str, str]:
    """The report folder, by file name: report.json, report.html and one SVG per figure."""
    return report_files(report, plan, cpu_seconds, partial(within, language), language)


def study_files(found: Sequence[Case], plan: Plan, cpu_seconds: float, language: str = "en") -> dict[str, str]:
    """The report folder of a misspecification study, by file name: study.json, study.html and its figure."""
    return case_files(found, plan, cpu_seconds, partial(within, language), language)


def report_files(report: Report, plan: Plan, cpu_seconds: float, say: Say, language: str) -> dict[str, str]:
    """The report folder in the words of `say`."""
    manner = Manner(language=language, say=say)
    length = ", ".join(f"{say(name)} {manner.number(value, 1)}" for name, value in report.length.items())
    lines = [
        say("Items per sitting: {length}. Broken constraints: {broken}.", length=length, broken=report.violations),
        *statements(report, plan, manner),
        say(QUALITY),
    ]
    table = [[say(name.replace("_", " ")) for name in ("outcome", *RATES)]]
    table += [[name, *(_rate(manner, rates[rate]) for rate in RATES)] for name, rates in report.outcomes.items()]
    known = report.qualification
    whole = [_rate(manner, known[rate]) if rate in known else "" for rate in SHARES]
    table.append([say(qualification(report)), *whole, "", "", ""])
    page = {"title": say("Simulation of an exam plan"), "lines": lines, "table": table, "language": language}
    return _folder("report", report.as_json(cpu_seconds), figures(report, manner), page, plan, manner)


def case_files(found: Sequence[Case], plan: Plan, cpu_seconds: float, say: Say, language: str) -> dict[str, str]:
    """The report folder of a study in the words of `say`."""
    manner = Manner(language=language, say=say)
    title = say("What the plan does when the truth is not what it believes")
    lines = [*statements(found[0].report, plan, manner), say("Here the truth departs from that: nothing is bounded.")]
    table = [[say(name) for name in ("case", *study_row(found[0]))]]
    table += [[say(case.name), *(_rate(manner, rate) for rate in study_row(case).values())] for case in found]
    for case in found:
        lines += [f"{say(case.name)}: {say(note, n=n)}." for note, n in case.notes]
    page = {"title": title, "lines": lines, "table": table, "language": language}
    return _folder("study", study_document(found, cpu_seconds), {"cases": cases(found, manner)}, page, plan, manner)


def _folder(
    name: str,
    document: Mapping[str, object],
    shown: Mapping[str, Figure],
    page: Mapping[str, object],
    plan: Plan,
    manner: Manner,
) -> dict[str, str]:
    """The document, its page and its figures."""
    drawn = {one: svg(one, figure, manner.language) for one, figure in shown.items()}
    template = Environment(
        loader=PackageLoader("web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template("simulation_report.html")
    told = [(drawn[one], figure.told) for one, figure in shown.items()]
    html = template.render(page, figures=told, plan=_json(plan.as_json()), light=LIGHT, dark=DARK, _=manner.say)
    pictures = {f"{one}.svg": text for one, text in drawn.items()}
    return {f"{name}.json": _json(document) + "\n", f"{name}.html": html + "\n"} | pictures


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False)


def _rate(manner: Manner, value: float) -> str:
    return manner.number(value, 3 if value < 2 else 1)

"""A simulation, or a study of several, as one HTML page with its figures and as the files of a report folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape

from engine.misspecification import Case
from engine.plan import Plan
from engine.simulation_figures import Words, figures
from engine.simulation_report import Report

RATES = ("accuracy", "false_pass", "false_fail", "undetermined", "items", "early", "early_wrong")


MEANINGS = {
    "posterior": "At most the share alpha of outcomes decided early is wrong, on average over the population of "
    "the prior and with true parameters; for one theta and for outcomes decided at the limit it bounds nothing.",
    "zone": "At most the share alpha of outcomes decided early whose true theta lies outside the zone is wrong, on "
    "average over the population of the prior; inside the zone it bounds nothing.",
    "sprt": "Alpha and beta bound wrong decisions at theta = cut - delta and cut + delta, lost by truncation.",
    "glr": "Alpha and beta are the aims at theta = cut - delta and cut + delta; no bound is proven.",
    "interval": "Alpha bounds wrong early decisions as far as the posterior is normal, on average over the prior.",
    "standard_error": "The rule bounds the uncertainty of theta, not the error of a decision.",
    "fixed": "A fixed length bounds no error.",
}
"""Stopping rule -> what it bounds."""
STYLE = (
    "body{font:14px/1.5 'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif;color:#14181d;max-width:60rem;"
    "margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25rem .6rem;border-bottom:1px solid #dbe0e5;text-align:right}th{font-weight:600}"
    "th:first-child,td:first-child{text-align:left;white-space:nowrap}"
    "svg{display:block;max-width:100%;height:auto;margin:1rem 0}"
    "pre{background:#eef0f3;padding:1rem;overflow:auto}"
)


def files(report: Report, plan: Plan, cpu_seconds: float, words: Words = str, language: str = "en") -> dict[str, str]:
    """The report folder, by file name: report.json, report.html and one SVG per figure; `words` into `language`."""
    drawn = figures(report, words)
    document = json.dumps(report.as_json(cpu_seconds), indent=1, ensure_ascii=False)
    found = {"report.json": document + "\n", "report.html": page(report, plan, drawn, words, language)}
    return found | {f"{name}.svg": text for name, text in drawn.items()}


def study_files(
    cases: Sequence[Case], plan: Plan, cpu_seconds: float, words: Words = str, language: str = "en"
) -> dict[str, str]:
    """The report folder of a misspecification study, by file name: study.json and study.html."""
    document = json.dumps(study_document(cases, cpu_seconds), indent=1, ensure_ascii=False)
    title = words("What the plan does when the truth is not what it believes")
    rows = [[words(case.name), *(_rate(shown) for shown in study_row(case).values())] for case in cases]
    body = [
        f"<p>{escape(meaning(plan, words))}</p>",
        f"<p>{escape(words('Here the truth departs from that: nothing is bounded.'))}</p>",
        _table([words(name) for name in ("case", *study_row(cases[0]))], rows),
        *_plan(plan, words),
    ]
    return {"study.json": document + "\n", "study.html": _document(title, body, language)}


def study_document(cases: Sequence[Case], cpu_seconds: float) -> dict[str, object]:
    """The document of `kriteria simulate --study ... --json`: the report of each case, without its items."""
    found = []
    for case in cases:
        told = case.report.as_json(0.0)
        kept = ("length", "outcomes", "qualification", "uneven", "violations")
        found.append({"case": case.name, "study": case.study or None, **{name: told[name] for name in kept}})
    return {"cases": found, "cpu_seconds": cpu_seconds}


def study_row(case: Case) -> dict[str, float]:
    """A case in one line: mean length, mean rates over the outcomes, rates of the qualification."""
    outcomes = case.report.outcomes.values()
    row = {"items": case.report.length["mean"]}
    row |= {
        name.replace("_", " "): sum(one[name] for one in outcomes) / len(outcomes)
        for name in ("accuracy", "false_pass", "false_fail", "undetermined", "early_wrong")
    }
    return row | {f"qualification {name.replace('_', ' ')}": case.report.qualification[name] for name in RATES[1:4]}


def page(report: Report, plan: Plan, drawn: Mapping[str, str], words: Words = str, language: str = "en") -> str:
    """The HTML page. `drawn` are its figures; `words` translates headings."""
    length = ", ".join(f"{words(name)} {value:.1f}" for name, value in report.length.items())
    rows = [[name, *(_rate(rates[rate]) for rate in RATES)] for name, rates in report.outcomes.items()]
    whole = [words("qualification"), *(_rate(report.qualification[rate]) for rate in RATES[:4]), "", "", ""]
    body = [
        f"<p>{escape(words('Items per sitting'))}: {escape(length)}. "
        f"{escape(words('Broken constraints'))}: {report.violations}.</p>",
        f"<p>{escape(meaning(plan, words))}</p>",
        _table([words("outcome"), *(words(rate.replace("_", " ")) for rate in RATES)], [*rows, whole]),
        *drawn.values(),
        *_plan(plan, words),
    ]
    return _document(words("Simulation of an exam plan"), body, language)


def meaning(plan: Plan, words: Words = str) -> str:
    """What the plan's rule bounds, in words: no report prints alpha without them."""
    return words(MEANINGS[plan.stopping.rule])


def _rate(value: float) -> str:
    return f"{value:.3f}" if value < 2 else f"{value:.1f}"


def _plan(plan: Plan, words: Words) -> list[str]:
    document = json.dumps(plan.as_json(), indent=1, ensure_ascii=False)
    return [f"<h2>{escape(words('Plan'))}</h2>", f"<pre>{escape(document)}</pre>"]


def _document(title: str, body: Sequence[str], language: str) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    opening = f'<!doctype html>\n<html lang="{language}"><head>{head}</head><body>'
    return "\n".join([opening, f"<h1>{escape(title)}</h1>", *body, "</body></html>", ""])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{cells}</tr>{body}</table>"

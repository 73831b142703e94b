"""A simulation as one HTML page with its figures, and as the files of a report folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape

from engine.plan import Plan
from engine.simulation_figures import Words, figures
from engine.simulation_report import Report

RATES = ("accuracy", "false_pass", "false_fail", "undetermined", "items", "early", "early_wrong")


def files(report: Report, plan: Plan, cpu_seconds: float, words: Words = str) -> dict[str, str]:
    """The report folder, by file name: report.json, report.html and one SVG per figure."""
    drawn = figures(report, words)
    document = json.dumps(report.as_json(cpu_seconds), indent=1, ensure_ascii=False)
    found = {"report.json": document + "\n", "report.html": page(report, plan, drawn, words)}
    return found | {f"{name}.svg": text for name, text in drawn.items()}


def page(report: Report, plan: Plan, drawn: Mapping[str, str], words: Words = str) -> str:
    """The HTML page. `drawn` are its figures; `words` translates headings."""
    title = words("Simulation of an exam plan")
    length = ", ".join(f"{name} {value:.1f}" for name, value in report.length.items())
    rows = [[name, *(f"{rates[rate]:.3f}" for rate in RATES)] for name, rates in report.outcomes.items()]
    whole = [words("qualification"), *(f"{report.qualification[rate]:.3f}" for rate in RATES[:4]), "", "", ""]
    return "\n".join(
        [
            "<!doctype html>",
            f'<html><head><meta charset="utf-8"><title>{escape(title)}</title></head><body>',
            f"<h1>{escape(title)}</h1>",
            f"<p>{escape(words('Items per sitting'))}: {escape(length)}. "
            f"{escape(words('Broken constraints'))}: {report.violations}.</p>",
            f"<p>{escape(meaning(plan, words))}</p>",
            _table([words("outcome"), *(words(rate.replace("_", " ")) for rate in RATES)], [*rows, whole]),
            *drawn.values(),
            f"<h2>{escape(words('Plan'))}</h2>",
            f"<pre>{escape(json.dumps(plan.as_json(), indent=1, ensure_ascii=False))}</pre>",
            "</body></html>",
            "",
        ]
    )


def meaning(plan: Plan, words: Words = str) -> str:
    """What the plan's rule bounds, in words: no report prints alpha without them."""
    said = {
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
    return words(said[plan.stopping.rule])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table border="1"><tr>{cells}</tr>{body}</table>'

"""`kriteria decide`: a standard's rule applied to evidence on one candidate."""

from __future__ import annotations

import json
from pathlib import Path

import click

from itembank import content, institution
from itembank.standards import zsk
from results import evidence, rules, scheme
from results.evaluate import evaluate
from web.cli_exits import document, plain_errors

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command()
@click.option("--standard", "code", required=True, help="Code of a standard that comes with the package, such as CRM.")
@click.option("--evidence", "evidence_file", required=True, type=FILE, help="EVIDENCE.json.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def decide(code: str, evidence_file: Path, as_json: bool) -> None:
    """Decide by the rule and the proposed allocation of a standard; every node of the rule with basis and reason."""
    with plain_errors(evidence_file.name):
        data, qualification = _standard(code)
        given = evidence.read(json.loads(evidence_file.read_text(encoding="utf-8")))
        known = {unit.id for unit in qualification.walk()}
        for place, names in (("outcomes", given.outcomes), ("criteria", given.criteria)):
            for name in names:
                if name not in known:
                    raise evidence.EvidenceError(f"{place}.{name} is not in {code}")
        found = evaluate(rules.parse(data.decision_rule["rule"]), qualification, given)
    value = None if found.value is None else str(found.value)
    labels = data.decision_rule.get("labels", {})
    label = labels.get({"met": "final_met", "not_met": "final_not_met"}.get(value or "", ""), "")
    nodes = [{"id": node.id, "value": node.value, "basis": node.basis, "why": node.why} for node in found.nodes]
    if as_json:
        document({"decision": value, "label": label, "nodes": nodes})
        return
    click.echo(f"{value}{f' ({label})' if label else ''}")
    for node in nodes:
        click.echo(f"  {node['id']:12} {node['value'] or '-':13} {node['basis'] or '-':20} {node['why']}")


def _standard(code: str) -> tuple[institution.InstitutionData, scheme.Unit]:
    """Rule, proposal and units of a packaged standard."""
    for folder in content.folders():
        text, proposal = content.standard_file(folder), content.institution_file(folder)
        if json.loads(proposal.read_text(encoding="utf-8"))["standard"] != code:
            continue
        tree = zsk.read(text.read_bytes(), code, text.name)
        data = institution.read(proposal.read_text(encoding="utf-8"), tree, proposal.name)
        return data, scheme.read(tree.as_json()["tree"], data.default_parts, tree.code, tree.title)
    raise click.BadParameter(f"{code} is not a standard of this package", param_hint="--standard")

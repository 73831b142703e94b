"""`kriteria decide`: one JSON document, every node with its basis, bad evidence named."""

import json

import pytest
from click.testing import CliRunner

from web.cli import main

THEORY_CRITERIA = {
    "CRM.1.1": ["1", "2", "3", "4", "5"],
    "CRM.1.2": ["1", "4"],
    "CRM.1.3": ["1", "2", "3"],
    "CRM.2.1": ["1", "2", "5"],
    "CRM.2.3": ["2", "3", "4", "5"],
    "CRM.2.5": ["1", "2", "3", "5"],
}


def theory(mastery=0.9):
    return {
        outcome: {"p_mastery": mastery, "items": 6, "criteria": {f"{outcome}.{leaf}": 2 for leaf in leaves}}
        for outcome, leaves in THEORY_CRITERIA.items()
    }


def decide(tmp_path, evidence, *more):
    file = tmp_path / "evidence.json"
    file.write_text(evidence if isinstance(evidence, str) else json.dumps(evidence))
    return CliRunner().invoke(main, ["decide", "--standard", "CRM", "--evidence", str(file), *more])


def test_theory_alone_leaves_the_qualification_undetermined(tmp_path):
    found = json.loads(decide(tmp_path, {"outcomes": theory()}, "--json").stdout)

    assert found["decision"] == "undetermined"
    assert {node["basis"] for node in found["nodes"] if node["why"] == "theory part"} == {"stated"}


def test_a_failed_outcome_gives_the_standards_own_words(tmp_path):
    outcomes = theory() | {"CRM.1.3": theory(0.05)["CRM.1.3"]}

    found = json.loads(decide(tmp_path, {"outcomes": outcomes}, "--json").stdout)

    assert (found["decision"], found["label"]) == ("not_met", "wynik negatywny")


@pytest.mark.parametrize(
    ("evidence", "place"),
    [
        ("{", "evidence.json"),
        ({"outcomes": {"CRM.9.9": {"p_mastery": 0.5, "items": 3, "criteria": {}}}}, "CRM.9.9"),
        ({"outcomes": {"CRM.1.1": {"p_mastery": 7, "items": 3, "criteria": {}}}}, "outcomes.CRM.1.1.p_mastery"),
    ],
)
def test_bad_evidence_is_one_line_with_its_place_and_exit_code_2(tmp_path, evidence, place):
    result = decide(tmp_path, evidence)

    assert result.exit_code == 2
    assert place in result.stderr
    assert result.stderr.strip().count("\n") == 0

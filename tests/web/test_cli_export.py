"""`kriteria export`: answers, results and protocols as tables, reports and documents; no name in a table."""

import csv
import io
import sys
from pathlib import Path

import polars
import pyreadstat
import pytest
from click.testing import CliRunner
from hall import Hall, short_plan
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pypdf import PdfReader

from results.qti_report import NAMESPACE
from web.cli import main
from web.export_tables import spss_names

NAMES = {"q": NAMESPACE}


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    opened = Hall(tmp_path_factory.mktemp("export"), plan=short_plan(outcomes=("CRM.1.1", "CRM.1.3"), least=3, most=4))
    desk = opened.desk()
    for seat in ("1", "2"):
        candidate = opened.candidate(name=f"Jan {seat}", seat=seat).started(desk)
        while candidate.view["phase"] == "item":
            opened.clock.pass_(4)
            candidate.answer()
    opened.candidate(name="Jan 3", seat="3").started(desk).answer()
    yield opened
    opened.close()


@pytest.fixture
def export(hall, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DATABASE_URL": hall.settings.database_url,
        "SECRET_KEY": "s" * 40,
        "LOG_KEY": "0f" * 32,
        "PERSON_KEY": "a1" * 32,
        "CHECKPOINT_FILE": str(hall.settings.checkpoint_file),
    }.items():
        monkeypatch.setenv(f"KRITERIA_{name}", value)

    def run(what, form, out, *more):
        words = ["export", what, "--session", hall.exam_session, "--format", form, out, *more]
        return CliRunner().invoke(main, words)

    return run


def rows(path):
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_answers_are_the_same_in_parquet_as_in_csv(export):
    assert export("responses", "long", "long.csv").exit_code == 0
    assert export("responses", "parquet", "long.parquet").exit_code == 0
    found = polars.read_parquet("long.parquet")
    expected = rows("long.csv")

    assert found.columns == list(expected[0])
    assert [str(x) for x in found["score"]] == [row["score"] for row in expected]
    assert found["answered_at"].dtype == polars.Datetime("ms")
    assert [str(x) for x in found["answered_at"].dt.epoch("ms")] == [row["answered_at"] for row in expected]


def test_the_matrix_is_the_same_in_spss_as_in_csv(export):
    assert export("responses", "wide", "wide.csv").exit_code == 0
    assert export("responses", "sav", "wide.sav").exit_code == 0
    found, about = pyreadstat.read_sav("wide.sav", output_format="dict")
    expected = rows("wide.csv")

    labels = about.column_names_to_labels
    items = {labels[name] or name: values for name, values in found.items()}
    for item in expected[0]:
        if item != "person":
            given = [None if row[item] == "" else float(row[item]) for row in expected]
            assert items[item] == given
    assert len(expected) == 3


def test_a_wide_parquet_and_a_long_sav_on_request(export):
    assert export("responses", "parquet", "wide.parquet", "--layout", "wide").exit_code == 0
    assert len(polars.read_parquet("wide.parquet")) == 3
    assert export("responses", "sav", "long.sav", "--layout", "long").exit_code == 0
    found, about = pyreadstat.read_sav("long.sav", output_format="dict")
    assert about.variable_value_labels["omitted"] == {0.0: "no", 1.0: "yes"}
    assert len(found["score"]) > 10
    refused = export("responses", "long", "x.csv", "--layout", "wide")
    assert refused.exit_code == 2
    assert "contradicts" in refused.stderr


def test_results_hold_every_outcome_of_every_ended_sitting_and_no_name(hall, export):
    done = export("results", "long", "long.csv")
    assert done.exit_code == 0, done.output
    assert "left out, not ended: 1" in done.stderr
    assert export("results", "wide", "wide.csv").exit_code == 0
    long, wide = rows("long.csv"), rows("wide.csv")

    assert len(wide) == 2
    tested = [row for row in long if row["p_mastery"]]
    assert sorted({row["outcome"] for row in tested}) == ["CRM.1.1", "CRM.1.3"]
    for row in tested:
        other = next(one for one in wide if one["sitting"] == row["sitting"])
        assert other[f"{row['outcome']} decision"] == row["decision"]
        assert other[f"{row['outcome']} p_mastery"] == row["p_mastery"]
        assert 0 <= float(row["p_mastery"]) <= 1
    assert {row["qualification"] for row in wide} <= {"met", "not_met", "undetermined"}
    assert "Jan" not in Path("long.csv").read_text() + Path("wide.csv").read_text()


@pytest.mark.parametrize("form", ["sav", "parquet"])
def test_results_leave_in_both_binary_forms(export, form):
    assert export("results", form, f"results.{form}").exit_code == 0
    assert Path(f"results.{form}").stat().st_size > 500


def test_a_qti_results_report_holds_decisions_and_answers_under_a_pseudonym(hall, export):
    assert export("results", "qti", "reports").exit_code == 0
    files = sorted(Path("reports").iterdir())
    assert len(files) == 2
    assert export("responses", "long", "long.csv").exit_code == 0
    answers = rows("long.csv")
    for file in files:
        root = etree.fromstring(file.read_bytes())
        person = root.find("q:context", NAMES).get("sourcedId")
        mine = [row for row in answers if row["person"] == person]
        scores = root.xpath("q:itemResult/q:outcomeVariable[@identifier='SCORE']/q:value/text()", namespaces=NAMES)
        order = [child.tag.split("}")[1] for child in root]

        assert scores == [row["score"] for row in mine]
        assert order == ["context", "testResult", *["itemResult"] * len(mine)]
        assert root.xpath("q:testResult/q:outcomeVariable[@identifier='DECISION.CRM.1.1']", namespaces=NAMES)
        assert b"Jan" not in file.read_bytes()


def test_protocols_are_one_pdf_per_sitting(export):
    done = export("protocol", "pdf", "protocols", "--language", "en")
    assert done.exit_code == 0, done.output
    files = sorted(Path("protocols").iterdir())

    assert len(files) == 2
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(files[0].read_bytes())).pages)
    assert "Learning outcome" in " ".join(text.split())


@pytest.mark.parametrize(("form", "package"), [("sav", "pyreadstat"), ("parquet", "polars")])
def test_without_its_package_a_form_is_refused_in_one_line(export, monkeypatch, form, package):
    monkeypatch.setitem(sys.modules, package, None)
    done = export("responses", form, "x")

    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        f"kriteria: this format needs the package {package}, which is not installed (pip install 'kriteria[export]')"
    ]


@pytest.mark.parametrize("what", ["responses", "results", "protocol"])
def test_an_exam_session_that_does_not_exist_is_one_line_and_exit_2(hall, export, what):
    form = "pdf" if what == "protocol" else "long"
    words = ["export", what, "--session", "nowhere", "--format", form, "x"]
    done = CliRunner().invoke(main, words)

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == ["kriteria: exam session nowhere does not exist"]


@given(st.lists(st.text(min_size=1, max_size=80), max_size=12))
def test_names_for_spss_are_legal_and_different(names):
    found = spss_names(names)

    assert len(set(map(str.lower, found))) == len(names)
    for name in found:
        assert name[0].isalpha()
        assert name.isascii()
        assert len(name) <= 64
        assert all(one.isalnum() or one in "_." for one in name)

"""The command line: exit codes, one JSON document, one line for what is wrong."""

import csv
import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner
from hall import Hall

from web.cli import COMMANDS, main

POOL = "item,model,a,b,c,d,outcome,criterion\n" + "".join(
    f"i{n},2PL,1.2,{n / 10 - 1:.1f},0,1,O{n % 2},O{n % 2}.{n % 3}\n" for n in range(20)
)
PLAN = {
    "outcomes": {"O0": {"cut": 0, "min_items": 3, "max_items": 6}, "O1": {"cut": 0, "min_items": 3, "max_items": 6}},
    "selection": {"max_exposure": 1},
    "at_limit": "forced",
}


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments, **more: CliRunner().invoke(main, [str(one) for one in arguments], **more)


@pytest.fixture
def files(tmp_path):
    (tmp_path / "pool.csv").write_text(POOL)
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    rows = "\n".join(",".join(str((person * 7 + item * 3) % 5 // 2 % 2) for item in range(6)) for person in range(60))
    (tmp_path / "responses.csv").write_text("i0,i1,i2,i3,i4,i5\n" + rows + "\n")
    return tmp_path


@pytest.fixture
def installation(tmp_path, monkeypatch):
    hall = Hall(tmp_path)
    desk = hall.desk()
    for seat in ("1", "2"):
        candidate = hall.candidate(seat=seat).started(desk)
        while candidate.view["phase"] == "item":
            candidate.answer()
    for name, value in {
        "DATABASE_URL": hall.settings.database_url,
        "SECRET_KEY": "s" * 40,
        "LOG_KEY": "0f" * 32,
        "PERSON_KEY": "a1" * 32,
        "CHECKPOINT_FILE": str(hall.settings.checkpoint_file),
    }.items():
        monkeypatch.setenv(f"KRITERIA_{name}", value)
    yield hall, candidate
    hall.close()


def test_every_command_can_be_asked_for_help(run):
    for command in COMMANDS:
        assert run(command, "--help").exit_code == 0


def test_simulate_prints_one_document(run, files):
    done = run("simulate", "--pool", "pool.csv", "--plan", "plan.json", "--n", 50, "--seed", 1, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["violations"] == 0
    assert set(found["outcomes"]) == {"O0", "O1"}
    assert 6 <= found["length"]["mean"] <= 12


def test_a_bad_plan_is_one_line_and_exit_2(run, files):
    Path("plan.json").write_text('{"outcomes": {"O0": {"cut": 0}}, "at_limit": "forced", "speed": 1}')
    done = run("simulate", "--pool", "pool.csv", "--plan", "plan.json", "--n", 5, "--seed", 1, "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "speed" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_calibrate_by_girth_and_score_with_what_it_found(run, files):
    done = run("calibrate", "responses.csv", "--model", "rasch", "--backend", "girth", "--json")
    assert done.exit_code == 0, done.output
    items = json.loads(done.stdout)["items"]
    rows = "".join(f"{row['item']},2PL,{row['a']},{row['b'][0]},0,1\n" for row in items)
    Path("params.csv").write_text("item,model,a,b,c,d\n" + rows)
    scored = run("score", "responses.csv", "--parameters", "params.csv", "--method", "eap", "--json")
    assert scored.exit_code == 0, scored.output
    persons = json.loads(scored.stdout)["persons"]
    assert len(persons) == 60
    assert all(person["se"] > 0 for person in persons)


def test_the_native_calibration_prints_one_document(run, files):
    done = run("calibrate", "responses.csv", "--model", "rasch", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["converged"]
    assert found["n_persons"] == 60


def test_what_girth_cannot_calibrate_is_refused_in_one_line(run, files):
    done = run("calibrate", "responses.csv", "--model", "3pl", "--backend", "girth", "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1


def test_settings_that_are_missing_are_named(run, monkeypatch):
    for name in ("SECRET_KEY", "LOG_KEY", "PERSON_KEY"):
        monkeypatch.delenv(f"KRITERIA_{name}", raising=False)
    done = run("db", "upgrade")
    assert done.exit_code == 2
    assert "KRITERIA_SECRET_KEY: is missing" in done.stderr


def test_an_account_made_on_the_command_line_can_sign_in(run, tmp_path, monkeypatch):
    for name, value in {"SECRET_KEY": "s" * 40, "LOG_KEY": "0f" * 32, "PERSON_KEY": "a1" * 32}.items():
        monkeypatch.setenv(f"KRITERIA_{name}", value)
    monkeypatch.setenv("KRITERIA_DATABASE_URL", f"sqlite:///{tmp_path}/cli.db")
    early = run("user", "create", "anna", "--name", "Anna", "--role", "operator", "--password-stdin", input="x" * 12)
    assert early.exit_code == 2
    assert "db upgrade" in early.stderr
    assert run("db", "upgrade").exit_code == 0
    made = run("user", "create", "anna", "--name", "Anna", "--role", "operator", "--password-stdin", input="x" * 12)
    assert made.exit_code == 0, made.stderr
    with sqlite3.connect(tmp_path / "cli.db") as connection:
        assert connection.execute("select login from accounts").fetchall() == [("anna",)]
    connection.close()


def test_responses_leave_as_long_rows_and_as_the_matrix_calibration_reads(run, installation):
    hall, _ = installation
    assert run("export", "responses", "--session", hall.exam_session, "--format", "long", "long.csv").exit_code == 0
    assert run("export", "responses", "--session", hall.exam_session, "--format", "wide", "wide.csv").exit_code == 0
    with Path("long.csv").open(newline="") as file:
        long = list(csv.DictReader(file))
    with Path("wide.csv").open(newline="") as file:
        wide = list(csv.DictReader(file))
    assert len(wide) == 2
    answered = {(row["person"], row["item"]): row["score"] for row in long}
    assert answered == {
        (row["person"], item): score for row in wide for item, score in row.items() if item != "person" and score != ""
    }
    assert "Jan" not in Path("long.csv").read_text()

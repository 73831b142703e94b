"""`kriteria simulate`: simulated and replayed candidates, the report folder, a cluster, one line for what is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from web.cli import main

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
POOL = "item,model,a,b,outcome\n" + "".join(f"i{n},2PL,1.2,{n / 10 - 1:.1f},O{n % 2}\n" for n in range(20))
PLAN = {
    "outcomes": {name: {"cut": 0, "min_items": 2, "max_items": 5} for name in ("O0", "O1")},
    "selection": {"max_exposure": 1},
    "at_limit": "forced",
}


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("pool.csv").write_text(POOL)
    Path("plan.json").write_text(json.dumps(PLAN))
    header = ",".join(["person", *(f"i{n}" for n in range(20))])
    rows = [",".join([f"p{p}", *(str((p * 7 + n * 3) % 5 % 2) for n in range(20))]) for p in range(30)]
    Path("responses.csv").write_text("\n".join([header, *rows, "p30" + "," * 20, ""]))
    return lambda *more: CliRunner().invoke(
        main, ["simulate", "--pool", "pool.csv", "--plan", "plan.json", "--seed", "1", *more]
    )


def test_real_answers_are_replayed(run):
    done = run("--responses", "responses.csv", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)

    assert (found["persons"], found["left_out"]) == (30, 1)
    assert found["length"]["mean"] <= 10
    assert json.loads(run("--responses", "responses.csv", "--n", "12", "--json").stdout)["persons"] == 12


def test_a_report_folder_is_written(run):
    done = run("--n", "40", "--report", "out")
    assert done.exit_code == 0, done.output

    written = json.loads(Path("out/report.json").read_text())
    assert written["violations"] == 0
    assert Path("out/bias.svg").read_text() in Path("out/report.html").read_text()
    assert "bounds nothing" in done.stdout


@pytest.mark.slow
def test_what_draws_is_loaded_only_for_a_report(run):
    """Altair and the converter take a second to load."""
    script = (
        "import atexit, sys; atexit.register(lambda: print('altair' in sys.modules)); "
        "from web.cli import main; main(sys.argv[1:])"
    )
    simulate = ["simulate", "--pool", "pool.csv", "--plan", "plan.json", "--seed", "1", "--n", "5"]
    for arguments, loaded in (
        (["calibrate", "responses.csv", "--model", "rasch"], "False"),
        (simulate, "False"),
        ([*simulate, "--report", "out"], "True"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments], capture_output=True, text=True, env=ENVIRONMENT
        )
        assert (done.returncode, done.stdout.splitlines()[-1]) == (0, loaded), done.stderr


def test_guessing_makes_more_pass(run):
    honest, lucky = (json.loads(run("--n", "300", "--json", *more).stdout) for more in ((), ("--guessing", "0.4")))

    assert lucky["outcomes"]["O0"]["false_pass"] > honest["outcomes"]["O0"]["false_pass"] + 0.05


def test_levels_and_words_are_kept_and_a_plan_that_cannot_is_refused_in_its_own_names(run):
    rows = [f"i{n},{n / 10 - 1:.1f},O{n % 2},{('recall', 'apply', 'judge')[n % 3]},{20 + n}" for n in range(20)]
    Path("pool.csv").write_text("\n".join(["item,b,outcome,level,words", *rows, ""]))
    content = {"levels": {"judge": {"min_items": 3}, "recall": {"max_items": 2}}, "words": 260}
    Path("plan.json").write_text(json.dumps(PLAN | content))
    done = run("--n", "60", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["violations"] == 0

    Path("plan.json").write_text(json.dumps(PLAN | content | {"words": 60}))
    done = run("--n", "60", "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    conflict = "level judge (6 items in the pool) min_items 3; plan words 60"
    assert done.stderr.splitlines()[-1] == f"kriteria: plan.json: no form can meet the plan; in conflict: {conflict}"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ((), "--n is missing"),
        (("--responses", "responses.csv", "--guessing", "0.2"), "--mean, --guessing, --study and --dask do not apply"),
        (("--n", "5", "--study", "all", "--mean", "1"), "--study brings its own populations"),
        (("--n", "5", "--mean", "nan"), "'--mean': 'nan' is not a finite number"),
        (("--n", "5", "--mean", "inf"), "'--mean': 'inf' is not a finite number"),
        (("--n", "5", "--guessing", "nan"), "'--guessing': 'nan' is not a finite number"),
        (("--n", "5", "--dask", "nonsense"), "no Dask scheduler answers"),
        pytest.param(("--n", "5", "--dask", "tcp://127.0.0.1:9"), "no Dask scheduler answers", marks=pytest.mark.slow),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(run, more, reason):
    done = run(*more, "--json")

    assert (done.exit_code, done.stdout) == (2, "")
    assert reason in done.stderr.splitlines()[-1]


@pytest.mark.slow
def test_a_cluster_gives_the_same_result_as_one_process(run):
    """Through the launcher of `make`: the processes that Dask starts read it again."""
    launcher = str(Path(sys.executable).with_name("kriteria"))
    given = ["simulate", "--pool", "pool.csv", "--plan", "plan.json", "--seed", "1", "--n", "600", "--json"]
    done = subprocess.run([launcher, *given, "--dask", "local"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    alone, spread = json.loads(run(*given[7:]).stdout), json.loads(done.stdout)
    for found in (alone, spread):
        del found["cpu_seconds"]

    assert alone == spread


def test_without_dask_a_cluster_is_refused_in_one_line(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    done = run("--n", "5", "--dask", "local", "--json")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "not installed" in done.stderr.splitlines()[-1]


def test_a_study_says_what_happens_where_the_plan_is_wrong(run):
    done = run("--n", "60", "--study", "lambda", "--study", "guessing", "--report", "out", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)

    assert [(case["case"], case["study"]) for case in found["cases"]] == [
        ("as the plan believes", None),
        ("lambda +0.2", "lambda"),
        ("guessing 0.2", "guessing"),
    ]
    assert [case["notes"] for case in found["cases"]] == [[], [], []]
    as_believed = json.loads(run("--n", "60", "--json").stdout)
    assert found["cases"][0]["outcomes"] == as_believed["outcomes"]
    assert json.loads(Path("out/study.json").read_text())["cases"] == found["cases"]
    assert Path("out/cases.svg").read_text() in Path("out/study.html").read_text()
    assert "guessing 0.2" in Path("out/cases.svg").read_text()
    assert run("--n", "60", "--study", "calibrated").stdout.splitlines()[-1].startswith("parameters calibrated on 500")


def test_what_a_study_could_not_change_is_said_beside_its_case(run):
    Path("plan.json").write_text(json.dumps(PLAN | {"lambda": {"O0": 0.9, "O1": 0.5}}))
    header, *rows = POOL.splitlines()
    rows = [f"{header},b1,b2", *(f"{row},," for row in rows), "g,PCM,,,O0,-1,1", ""]
    Path("pool.csv").write_text("\n".join(rows))
    done = run("--n", "20", "--study", "lambda", "--study", "calibrated", "--report", "out")
    assert done.exit_code == 0, done.output
    note = "lambda of 1 outcomes ends at 0 or 1"
    kept = "1 items of more than two scores keep their parameters: their errors are not simulated"

    assert [line.partition("; ")[2] for line in done.stdout.splitlines()[-4:]] == ["", "", note, kept]
    assert [case["notes"] for case in json.loads(Path("out/study.json").read_text())["cases"]] == [
        [],
        [],
        [note],
        [kept],
    ]
    assert f"<p>lambda +0.2: {note}.</p>" in Path("out/study.html").read_text()


def test_every_report_says_the_evidence_the_cuts_and_what_is_provisional(run):
    outcomes = {
        "O0": {"cut": 0.25, "cut_basis": "Angoff, 8 judges, 2025", "min_items": 2, "max_items": 5},
        "O1": {"cut": 0, "min_items": 2, "max_items": 5},
    }
    Path("plan.json").write_text(json.dumps(PLAN | {"outcomes": outcomes, "evidence": "joint", "lambda": {"O0": 0.5}}))
    header, *rows = POOL.splitlines()
    rows = [f"{header},provisional", *(f"{row},{int(n < 7)}" for n, row in enumerate(rows)), ""]
    Path("pool.csv").write_text("\n".join(rows))
    said = [
        "Evidence: answers on all outcomes together (joint).",
        "Cut at theta 0.25 (O0): Angoff, 8 judges, 2025.",
        "Cut at theta 0.00 (O1): no basis given.",
        "The parameters of 7 of 20 items are provisional",
    ]
    for more, name in (((), "report"), (("--study", "guessing"), "study")):
        done = run("--n", "20", "--report", "out", *more)
        document = json.loads(run("--n", "20", "--json", *more).stdout)

        assert [line for line in said if line not in done.stdout] == []
        assert [line for line in said if line not in Path(f"out/{name}.html").read_text()] == []
        for found in (document, json.loads(Path(f"out/{name}.json").read_text())):
            assert found["evidence"] == "joint"
            assert found["cuts"] == {
                "O0": {"cut": 0.25, "basis": "Angoff, 8 judges, 2025"},
                "O1": {"cut": 0.0, "basis": None},
            }
            assert found["parameters"] == {"items": 20, "provisional": 7}


def test_the_qualification_follows_the_plans_rule_and_a_bad_rule_is_refused(run):
    def qualified(rule):
        Path("plan.json").write_text(json.dumps(PLAN if rule is None else PLAN | {"decision_rule": rule}))
        return run("--n", "200", "--json")

    cuts = [{"cut": {"scope": name, "measure": "p_mastery", "value": 0.8}} for name in ("O0", "O1")]
    none, both, one = (
        json.loads(qualified(rule).stdout)["qualification"] for rule in (None, {"all_of": cuts}, {"any_of": cuts})
    )
    assert {**both, "rule": "all_outcomes"} == none
    assert one["rule"] == "decision_rule"
    assert one["false_fail"] < none["false_fail"]

    done = qualified({"nonsense": True})
    assert (done.exit_code, done.stdout) == (2, "")
    assert "plan.json: decision_rule: exactly one of" in done.stderr.splitlines()[-1]

    qualified({"all_of": [*cuts, {"part": "practice", "rule": {"met": "self"}}]})
    said = run("--n", "20", "--report", "out").stdout
    told = "It asks for what no simulation knows, which stays undetermined: part practice."
    assert told in said
    assert told in Path("out/report.html").read_text()

"""The public contract of the command line: commands, options, keys, one document, one line, exit codes 0, 1, 2."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from itembank import content
from itembank.exchange import jsonl, qti_export
from web.cli import COMMANDS, main

POOL = "item,model,a,b,outcome\n" + "".join(f"i{n},2PL,1.2,{n / 10 - 1:.1f},O{n % 2}\n" for n in range(20))
PLAN = {
    "outcomes": {name: {"cut": 0, "min_items": 2, "max_items": 5} for name in ("O0", "O1")},
    "selection": {"max_exposure": 1},
    "at_limit": "forced",
}
PARAMS = "item,model,a,b,c,d\n" + "".join(f"i{n},2PL,1.2,{n / 4 - 1.2:.2f},0,1\n" for n in range(10))
OTHER = "item,model,a,b,c,d\n" + "".join(f"i{n},2PL,1.1,{n / 4 - 1.0 + n % 3 / 50:.2f},0,1\n" for n in range(10))
Q_MATRIX = "item,outcome\n" + "".join(f"i{n},O{n * 3 // 10}\n" for n in range(10))
QUIZ = (
    "<quiz><question type='numerical'><name><text>Q1</text></name>"
    "<questiontext format='html'><text>Two plus two?</text></questiontext>"
    "<answer fraction='100'><text>4</text><tolerance>0</tolerance></answer></question></quiz>"
)
RATINGS = "rater," + ",".join(f"i{n}" for n in range(10)) + "\n" + "r1" + ",0.6" * 10 + "\nr2" + ",0.5" * 10 + "\n"
EVIDENCE = {
    "outcomes": {"CRM.1.1": {"p_mastery": 0.97, "items": 6, "criteria": {"CRM.1.1.1": 2}}},
    "criteria": {},
    "facts": {},
}
SIMULATED = {"length", "outcomes", "qualification", "exposure", "violations", "cpu_seconds"}
CALIBRATED = {
    "log_likelihood", "log_prior", "converged", "cycles", "gradient_max", "cpu_seconds", "n_persons", "items", "lambda",
}  # fmt: skip
SLIDER = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="S" title="S">
<qti-item-body><qti-slider-interaction response-identifier="RESPONSE"/></qti-item-body></qti-assessment-item>
"""
TREE = str(content.standard_file("pl-crm"))
ITEMS = str(content.item_files("pl-crm")[0])
JSON = {
    "standard import": (["standard", "import", TREE, "--name", "CRM", "--dry-run"], {"tree", "warnings"}),
    "bank import": (
        ["bank", "import", ITEMS, "--format", "auto", "--standard", "CRM", "--dry-run"],
        {"imported", "items", "rejected", "warnings"},
    ),
    **{
        f"bank import, {form}": (
            ["bank", "import", name, "--format", said, "--standard", "CRM", "--language", "en", "--dry-run"],
            {"imported", "items", "rejected", "warnings"},
        )
        for form, name, said in [
            ("moodle", "quiz.xml", "moodle"),
            ("gift", "quiz.gift", "gift"),
            ("aiken", "quiz.txt", "aiken"),
            ("moodle by content", "quiz.xml", "auto"),
            ("aiken by content", "quiz.txt", "auto"),
            ("qti", "items.qti", "qti"),
            ("qti by content", "items.qti", "auto"),
            ("qti folder", "items", "auto"),
            ("qti item", "items/items/CRM.1.1.1-01-v1.xml", "auto"),
        ]
    },
    "calibrate": (["calibrate", "responses.csv", "--model", "2pl", "--se"], CALIBRATED),
    "calibrate, prior": (["calibrate", "responses.csv", "--model", "3pl", "--prior-c", "beta:5,17"], CALIBRATED),
    "calibrate, fixed": (["calibrate", "responses.csv", "--model", "2pl", "--fix", "some.csv"], CALIBRATED),
    "calibrate, outcomes": (["calibrate", "responses.csv", "--model", "2pl", "--q-matrix", "q.csv"], CALIBRATED),
    "calibrate, groups": (["calibrate", "responses.csv", "--model", "2pl", "--group", "group"], CALIBRATED),
    "calibrate, girth": (["calibrate", "one.csv", "--model", "2pl", "--backend", "girth"], CALIBRATED),
    "score": (["score", "responses.csv", "--parameters", "params.csv", "--method", "wle"], {"persons"}),
    "fit": (["fit", "responses.csv", "--parameters", "params.csv"], {"items", "model", "persons", "flagged"}),
    "dif": (["dif", "responses.csv", "--method", "mh", "--focal", "f"], {"items"}),
    "link": (["link", "params.csv", "other.csv"], {"A", "B", "items", "dropped", "warnings"}),
    "standard-set": (["standard-set", "ratings.csv", "--method", "angoff", "--parameters", "params.csv"], {"cut"}),
    "simulate": (["simulate", "--pool", "pool.csv", "--plan", "plan.json", "--n", "30", "--seed", "1"], SIMULATED),
    "simulate, post hoc": (
        ["simulate", "--pool", "pool.csv", "--plan", "plan.json", "--responses", "whole.csv", "--seed", "1"],
        SIMULATED,
    ),
    "simulate, study": (
        ["simulate", "--pool", "pool.csv", "--plan", "plan.json", "--n", "20", "--seed", "1", "--study", "guessing"],
        {"cases", "cpu_seconds"},
    ),
    "decide": (["decide", "--standard", "CRM", "--evidence", "evidence.json"], {"decision", "label", "nodes"}),
}
"""Command -> words that make it print a document, and the keys it promises."""
FIRST_ROW = {
    "bank import": ("items", {"id", "interaction", "max_score"}),
    "bank import, moodle": ("items", {"id", "interaction", "max_score", "gaps"}),
    "bank import, gift": ("items", {"id", "interaction", "max_score", "gaps"}),
    "bank import, qti": ("items", {"id", "interaction", "max_score", "gaps"}),
    "bank import, aiken": ("items", {"id", "interaction", "max_score", "gaps"}),
    "calibrate": ("items", {"item", "model", "a", "b", "c", "d", "se", "flags"}),
    "score": ("persons", {"person", "theta", "se", "at_bound"}),
    "decide": ("nodes", {"id", "value", "basis", "why"}),
}
RATES = {"accuracy", "false_pass", "false_fail", "undetermined"}
WRONG = {
    "calibrate": (["calibrate", "bad.csv", "--model", "2pl"], ("bad.csv", "line 3")),
    "score": (["score", "responses.csv", "--parameters", "steep.csv", "--method", "eap"], ("steep.csv", "line 3")),
    "fit": (["fit", "bad.csv", "--parameters", "params.csv"], ("bad.csv", "line 3")),
    "dif": (["dif", "bad.csv", "--method", "mh", "--focal", "f"], ("bad.csv", "line 3")),
    "link": (["link", "params.csv", "steep.csv"], ("steep.csv", "line 3")),
    "standard-set": (
        ["standard-set", "bad.csv", "--method", "angoff", "--parameters", "params.csv"],
        ("bad.csv", "line 3"),
    ),
    "simulate, pool": (
        ["simulate", "--pool", "steep-pool.csv", "--plan", "plan.json", "--n", "3", "--seed", "1"],
        ("steep-pool.csv", "line 3"),
    ),
    "simulate, plan": (
        ["simulate", "--pool", "pool.csv", "--plan", "broken.json", "--n", "3", "--seed", "1"],
        ("broken.json", "line 2"),
    ),
    "decide": (["decide", "--standard", "CRM", "--evidence", "broken.json"], ("broken.json", "line 2")),
    "standard import": (["standard", "import", "bad.csv", "--dry-run"], ("bad.csv",)),
    "bank import": (["bank", "import", "bad.csv", "--dry-run"], ("bad.csv",)),
    "bank import, no such language": (
        ["bank", "import", "quiz.gift", "--dry-run", "--language", "Polish"],
        ("--language", "Polish"),
    ),
    "bank import, a language in words": (
        ["bank", "import", "quiz.gift", "--language", "Polish", "--dry-run"],
        ("--language", "'Polish'"),
    ),
    "bank import, another format": (
        ["bank", "import", "quiz.gift", "--format", "moodle", "--dry-run"],
        ("quiz.gift", "line 1", "is not XML"),
    ),
    "bank import, QTI 1.2": (["bank", "import", "old.xml", "--dry-run"], ("old.xml", "QTI 1.2")),
    "bank import, a damaged package": (["bank", "import", "cut.zip", "--dry-run"], ("cut.zip", "zip file")),
    "bank import, a folder of something else": (["bank", "import", "items/items", "--dry-run"], ("imsmanifest.xml",)),
    "bank import, unknown": (["bank", "import", "params.csv.txt", "--dry-run"], ("params.csv.txt", "--format")),
    "bank import, entities": (["bank", "import", "laughs.xml", "--dry-run"], ("laughs.xml", "line 1", "DOCTYPE")),
    "a file that is not text": (["calibrate", "noise.csv", "--model", "2pl"], ("noise.csv", "after line")),
    "a pool that is not text": (
        ["simulate", "--pool", "noise.csv", "--plan", "plan.json", "--n", "3", "--seed", "1"],
        ("noise.csv",),
    ),
    "a plan of the wrong kind": (
        ["simulate", "--pool", "pool.csv", "--plan", "list.json", "--n", "3", "--seed", "1"],
        ("list.json",),
    ),
    "a file that is not there": (["calibrate", "nowhere.csv", "--model", "2pl"], ("nowhere.csv",)),
    "an option that is not there": (["calibrate", "responses.csv", "--modle", "2pl"], ("--modle",)),
    "a command that is not there": (["calibrat"], ("calibrat",)),
    "a choice that is not there": (["bench", "everything"], ("everything",)),
}
"""What is wrong -> words, and what the one line names."""
OPTIONS = {
    "calibrate": {
        "--model", "--prior-c", "--fix", "--q-matrix", "--group", "--se", "--backend", "--omitted", "--json",
    },
    "score": {"--parameters", "--method", "--omitted", "--json"},
    "simulate": {"--pool", "--plan", "--n", "--seed", "--responses", "--dask", "--json"},
    "decide": {"--standard", "--evidence", "--json"},
    "verify-log": {"--sitting"},
    "standard import": {"--name", "--json"},
    "bank import": {"--format", "--standard", "--language", "--json"},
    "bank export": {"--standard", "--format"},
    "export responses": {"--session", "--format"},
    "export results": {"--session", "--format"},
    "export protocol": {"--session", "--format"},
    "db upgrade": set(),
    "user create": set(),
    "serve": set(),
    "demo": set(),
    "fit": {"--json"},
    "dif": {"--json"},
    "link": {"--json"},
    "standard-set": {"--json"},
    "bench": set(),
}  # fmt: skip
CHOICES = {
    ("calibrate", "--model"): {"rasch", "1pl", "2pl", "3pl", "4pl", "grm", "pcm", "gpcm", "nominal"},
    ("calibrate", "--backend"): {"native", "girth"},
    ("score", "--method"): {"eap", "map", "mle", "wle"},
    ("bank import", "--format"): {"auto", "qti", "moodle", "gift", "aiken", "csv", "jsonl"},
    ("bank export", "--format"): {"qti3", "csv", "jsonl"},
    ("export responses", "--format"): {"long", "wide", "sav", "parquet"},
    ("export results", "--format"): {"long", "wide", "sav", "parquet", "qti"},
    ("export protocol", "--format"): {"pdf"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files as the contract writes them."""
    found = tmp_path_factory.mktemp("contract")
    draw = np.random.default_rng(7)
    theta = draw.standard_normal(300)[:, None]
    scores = (draw.random((300, 20)) < 1 / (1 + np.exp(-1.2 * (theta - np.linspace(-1.2, 1.2, 20))))).astype(int)
    names = [f"i{n}" for n in range(20)]
    unfair = scores[:, :10].copy()
    unfair[1::2, 0] = draw.random(150) < 0.1  # the first item is lost on every other person, the focal group
    texts = {
        "pool.csv": POOL,
        "plan.json": json.dumps(PLAN),
        "params.csv": PARAMS,
        "some.csv": "".join(PARAMS.splitlines(keepends=True)[:4]),
        "other.csv": OTHER,
        "q.csv": Q_MATRIX,
        "ratings.csv": RATINGS,
        "evidence.json": json.dumps(EVIDENCE),
        "bad.csv": "item,model,a,b,outcome,i1\n# a note\nx,2PL,steep,0,O0,7up\n",
        "steep.csv": "item,model,a,b\n# a note\nx,2PL,steep,0\n",
        "steep-pool.csv": "item,model,a,b,outcome\n# a note\nx,2PL,steep,0,O0\n",
        "list.json": "[1]",
        "quiz.xml": QUIZ,
        "quiz.gift": "::Q1::Two plus two? {=four ~five}\n",
        "quiz.txt": "Two plus two?\nA. four\nB. five\nANSWER: A\n",
        "old.xml": '<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"/>',
        "slider.xml": SLIDER,
        "laughs.xml": f'<!DOCTYPE quiz [<!ENTITY a "b">]>{QUIZ}',
        "params.csv.txt": PARAMS,
        "broken.json": '{"outcomes":\n ]',
        "one.csv": table(names[:10], scores[:, :10], ()),
        "responses.csv": table(names[:10], scores[:, :10], ("person", "group")),
        "unfair.csv": table(names[:10], unfair, ("person", "group")),
        "whole.csv": table(names, scores, ("person",)),
    }
    for name, text in texts.items():
        (found / name).write_text(text, encoding="utf-8")
    exported = qti_export.write(jsonl.read(Path(ITEMS).read_bytes(), ITEMS).items)
    (found / "items.qti").write_bytes(exported)
    (found / "cut.zip").write_bytes(exported[:3000])
    zipfile.ZipFile(io.BytesIO(exported)).extractall(found / "items")
    (found / "noise.csv").write_bytes(b"i0,i1\n\xff\xfe\n")
    return found


def table(names, scores, extra):
    """RESPONSES.csv with the optional columns asked for."""
    values = {"person": lambda n: f"p{n}", "group": lambda n: "rf"[n % 2]}
    lines = [",".join([*(values[name](n) for name in extra), *map(str, row)]) for n, row in enumerate(scores.tolist())]
    return "\n".join([",".join([*extra, *names]), *lines, ""])


@pytest.fixture
def run(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for name in ("SECRET_KEY", "LOG_KEY", "PERSON_KEY", "DATABASE_URL"):
        monkeypatch.delenv(f"KRITERIA_{name}", raising=False)
    return lambda words: CliRunner().invoke(main, words)


def command(words):
    """The click command behind these words."""
    found = main
    for word in words.split():
        found = found.get_command(None, word) if found is main else found.commands[word]
    return found


@pytest.mark.parametrize("name", JSON)
def test_json_is_one_document_with_the_promised_keys(run, name):
    words, keys = JSON[name]
    done = run([*words, "--json"])

    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)  # and nothing else: json refuses what follows
    assert keys <= set(document)
    if name in FIRST_ROW:
        place, inside = FIRST_ROW[name]
        assert inside <= set(document[place][0])


def test_a_simulation_reports_rates_by_outcome_and_for_the_qualification(run):
    found = json.loads(run([*JSON["simulate"][0], "--json"]).stdout)

    assert set(found["length"]) == {"mean", "p50", "p90"}
    assert found["violations"] == 0
    for outcome in found["outcomes"].values():
        assert {*RATES, "items"} <= set(outcome)
    assert {"false_pass", "false_fail", "undetermined"} <= set(found["qualification"])


def test_lambda_is_told_by_outcome_when_there_is_a_q_matrix(run):
    found = json.loads(run([*JSON["calibrate, outcomes"][0], "--json"]).stdout)

    assert set(found["lambda"]) == {"O0", "O1", "O2"}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_line_naming_file_and_place_and_exit_2(run, name):
    words, named = WRONG[name]
    done = run(words)

    assert (done.exit_code, done.stdout) == (2, ""), done.output
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    for word in named:
        assert word in lines[0]


def test_a_file_of_which_nothing_is_kept_is_exit_2_and_still_one_document(run):
    done = run(["bank", "import", "slider.xml", "--format", "qti", "--standard", "CRM", "--dry-run", "--json"])
    found = json.loads(done.stdout)

    assert done.exit_code == 2
    assert (found["imported"], found["items"]) == (0, [])
    assert found["rejected"][0]["where"] == "slider.xml, line 2"
    assert "sliderInteraction" in found["rejected"][0]["reason"]


@pytest.mark.parametrize("name", [name for name in JSON if not name.startswith("bank import")])
def test_the_same_command_without_json_speaks_to_people(run, name):
    done = run(JSON[name][0])

    assert done.exit_code == 0, done.output
    assert done.stdout.strip()
    with pytest.raises(json.JSONDecodeError):
        json.loads(done.stdout)


def test_progress_is_shown_on_standard_error_and_not_beside_a_document(run):
    words = JSON["simulate"][0]

    assert "Sittings" in run(words).stderr
    assert run([*words, "--json"]).stderr == ""


def test_a_folder_that_cannot_be_written_is_one_line_and_exit_2(run, folder):
    (folder / "taken").write_text("")
    done = run([*JSON["simulate"][0], "--json", "--report", "taken/report"])

    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "taken" in done.stderr


def test_a_failed_check_is_exit_1_and_still_one_document(run):
    words = ["dif", "unfair.csv", "--method", "mh", "--focal", "f", "--json"]
    assert run(words).exit_code == 0
    done = run([*words, "--strict"])

    assert done.exit_code == 1
    assert json.loads(done.stdout)["items"][0]["class"] == "C"


@pytest.mark.parametrize("name", OPTIONS)
def test_every_command_of_the_contract_is_there_with_its_options(name):
    found = command(name)
    there = {option for parameter in found.params for option in parameter.opts}

    assert OPTIONS[name] <= there
    assert found.help, f"kriteria {name} does not say what it does"


@pytest.mark.parametrize(("name", "option"), CHOICES)
def test_every_choice_of_the_contract_is_offered(name, option):
    parameter = next(one for one in command(name).params if option in one.opts)

    assert set(parameter.type.choices) == CHOICES[name, option]


def test_the_contract_covers_every_command():
    assert {name.split()[0] for name in OPTIONS} == set(COMMANDS)


def test_a_command_is_loaded_when_it_is_called():
    said = "import sys, web.cli; print(sorted(m for m in sys.modules if m.startswith(('web.', 'engine', 'numpy'))))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['web.cli']"


def test_outside_a_checkout_the_benchmarks_are_refused_in_one_line(run, monkeypatch):
    from web import cli_bench

    monkeypatch.setattr(cli_bench, "ROOT", Path("/nowhere"))
    done = run(["bench", "engine"])

    assert done.exit_code == 2
    assert "run this in a checkout" in done.stderr
    assert len(done.stderr.splitlines()) == 1

"""`kriteria calibrate` and `score`: one JSON document, files that read back, bad input named in one line."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

from web.cli import main


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def responses(tmp_path):
    draw = np.random.default_rng(4)
    theta = draw.standard_normal(400)
    right = draw.random((400, 6)) < 1 / (1 + np.exp(-(theta[:, None] - np.linspace(-1, 1, 6))))
    lines = ["person,group," + ",".join(f"i{j}" for j in range(6))]
    lines += [f"p{n},{'ab'[n % 2]}," + ",".join(str(int(x)) for x in row) for n, row in enumerate(right)]
    path = tmp_path / "RESPONSES.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_calibration_prints_one_document_with_the_contracts_keys(responses):
    result = run("calibrate", responses, "--model", "2pl", "--se", "--json")
    found = json.loads(result.stdout)

    assert result.exit_code == 0
    assert found["converged"]
    assert found["n_persons"] == 400
    assert set(found["items"][0]["se"]) == {"a", "b"}
    assert [len(group) for group in found["groups"]] == [4]
    assert "--group group" in result.stderr


def test_errors_stand_behind_their_parameters_in_the_lines(responses):
    given = ("calibrate", responses, "--model", "rasch", "--group", "group", "--se")
    found = json.loads(run(*given, "--json").stdout)
    lines = run(*given).stdout.splitlines()
    two, item = found["groups"][1], found["items"][2]

    assert (
        f"group b\tmean {two['mean']:.4f} se {two['se']['mean']:.4f}\tsd {two['sd']:.4f} se {two['se']['sd']:.4f}"
        in lines
    )
    assert f"i2\ta 1.0000\tb {item['b'][0]:.4f} se {item['se']['b'][0]:.4f}" in lines
    both = run("calibrate", responses, "--model", "2pl", "--se").stdout.splitlines()[-1]
    assert re.fullmatch(r"i5\ta \S+ se 0\.\d{4}\tb \S+ se 0\.\d{4}", both)
    assert " se " not in run("calibrate", responses, "--model", "2pl").stdout


def test_a_wrong_key_can_be_looked_into_but_not_scored(responses, tmp_path):
    lines = responses.read_text().splitlines()
    turned = [line[:-1] + {"0": "1", "1": "0"}[line[-1]] for line in lines[1:]]
    responses.write_text("\n".join([lines[0], *turned]) + "\n")
    parameters = tmp_path / "PARAMS.csv"
    shown = run("calibrate", responses, "--model", "2pl", "--output", parameters)
    found = json.loads(run("fit", responses, "--parameters", parameters, "--json").stdout)
    matched = run("dif", responses, "--method", "logistic", "--focal", "a", "--match-on", parameters)

    assert "negative_slope" in shown.stdout.splitlines()[-1]
    assert "negative_point_biserial" in found["items"][5]["flags"]
    assert found["items"][5]["s_x2"]["p"] > 1e-3
    assert found["notes"][0].startswith("item i5 has a slope of -")
    assert (matched.exit_code, "item i5 has a slope of -" in matched.stderr) == (0, True)
    for words in (
        ("score", responses, "--parameters", parameters, "--method", "eap"),
        ("link", parameters, parameters),
        ("calibrate", responses, "--model", "2pl", "--fix", parameters),
    ):
        refused = run(*words)
        assert refused.exit_code == 2
        assert f"{parameters}, line 8: a is -" in refused.stderr
        assert "negative_slope" in refused.stderr


def test_groups_are_used_when_they_are_named(responses):
    found = json.loads(run("calibrate", responses, "--model", "rasch", "--group", "group", "--json").stdout)

    assert [group["group"] for group in found["groups"]] == ["a", "b"]


def test_groups_that_are_asked_for_must_be_there(responses):
    text = responses.read_text()
    responses.write_text(text.replace("person,group", "person,weight").replace(",a,", ",1,").replace(",b,", ",2,"))
    without = run("calibrate", responses, "--model", "rasch", "--group", "group")
    responses.write_text(text.replace("p1,b", "p1,"))
    blank = run("calibrate", responses, "--model", "rasch", "--group", "group")

    assert (without.exit_code, blank.exit_code) == (2, 2)
    assert without.stderr == f"kriteria: {responses}: the header names no column 'group'\n"
    assert blank.stderr == f"kriteria: {responses}, line 3: the group is blank\n"


def test_what_was_calibrated_can_be_fixed_and_scored(responses, tmp_path):
    parameters = tmp_path / "PARAMS.csv"
    shown = run("calibrate", responses, "--model", "3pl", "--prior-c", "beta:5,17", "--output", parameters)
    assert shown.exit_code == 0
    assert parameters.read_text().startswith("# D = 1; theta ~ N(0, 1)")

    scored = json.loads(run("score", responses, "--parameters", parameters, "--method", "wle", "--json").stdout)
    assert set(scored["persons"][0]) == {"person", "theta", "se", "at_bound"}
    assert len(scored["persons"]) == 400

    kept = tmp_path / "FIXED.csv"
    kept.write_text("\n".join(parameters.read_text().splitlines()[:5]) + "\n")
    found = json.loads(run("calibrate", responses, "--model", "2pl", "--fix", kept, "--json").stdout)
    assert [item.get("fixed", False) for item in found["items"]] == [True] * 3 + [False] * 3
    assert found["groups"][0]["mean"] != 0


def test_a_rasch_file_says_the_variance_of_its_scale(responses, tmp_path):
    parameters = tmp_path / "PARAMS.csv"
    run("calibrate", responses, "--model", "rasch", "--output", parameters)

    first = parameters.read_text().splitlines()[0]
    assert first.startswith("# D = 1; theta ~ N(0, ")
    assert first.endswith("^2) in the reference group")


def test_a_q_matrix_gives_every_outcome_its_lambda(responses, tmp_path):
    matrix = tmp_path / "Q.csv"
    matrix.write_text("item,outcome\n" + "".join(f"i{j},o{j // 2}\n" for j in range(6)))
    found = json.loads(run("calibrate", responses, "--model", "2pl", "--q-matrix", matrix, "--json").stdout)

    assert list(found["lambda"]) == ["o0", "o1", "o2"]
    assert all(0 <= value <= 0.98 for value in found["lambda"].values())


def test_a_q_matrix_goes_with_groups_fixed_items_and_starts(responses, tmp_path):
    matrix, kept, output = tmp_path / "Q.csv", tmp_path / "FIXED.csv", tmp_path / "OUT.csv"
    matrix.write_text("item,outcome\n" + "".join(f"i{j},o{j // 2}\n" for j in range(6)))
    kept.write_text("item,model,a,b\ni0,2PL,1,-0.5\n")
    options = ["--q-matrix", matrix, "--group", "group", "--fix", kept, "--prior-a", "lognormal:0,.3"]
    result = run("calibrate", responses, "--model", "2pl", *options, "--starts", "2", "--output", output, "--json")
    found = json.loads(result.stdout)

    assert [(row["group"], row["outcome"]) for row in found["groups"]] == [(g, f"o{k}") for g in "ab" for k in range(3)]
    assert [start["kept"] for start in found["starts"]] == [True, False]
    assert output.read_text().startswith("# D = 1; theta by outcome in the reference group ~ o0 N(")


def test_what_is_wrong_with_a_file_is_said_with_its_name(responses, tmp_path):
    matrix, kept = tmp_path / "Q.csv", tmp_path / "FIXED.csv"
    matrix.write_text("item,outcome\n" + "".join(f"i{j},o{j // 2}\n" for j in range(5)))
    kept.write_text("item,model,a,b\nx,2PL,1,-0.5\n")
    one, two = (run("calibrate", responses, "--model", "2pl", *o) for o in (["--q-matrix", matrix], ["--fix", kept]))
    lines = responses.read_text().splitlines()
    responses.write_text("\n".join([lines[0], *(line[:-1] + "1" for line in lines[1:])]) + "\n")
    three = run("calibrate", responses, "--model", "2pl")

    four = run("calibrate", responses, "--model", "2pl", "--output", tmp_path / "nowhere" / "OUT.csv")
    five = run("score", responses, "--parameters", kept, "--method", "eap")

    assert [result.exit_code for result in (one, two, three, four, five)] == [2, 2, 2, 2, 2]
    assert "OUT.csv: there is no such folder" in four.stderr
    assert f"{responses}: item i0 has no parameters" in five.stderr
    assert f"{matrix}: the Q matrix gives item i5 no outcome" in one.stderr
    assert f"{kept}: none of the fixed items" in two.stderr
    assert f"{responses}: item i5 is answered alike by everybody" in three.stderr


def test_both_backends_can_be_compared(responses):
    found = json.loads(run("calibrate", responses, "--model", "2pl", "--compare", "--json").stdout)

    assert found["native"]["log_likelihood"] >= found["girth"]["log_likelihood"] - 1e-6
    assert found["largest_difference"]["a"] < 0.05
    shown = run("calibrate", responses, "--model", "2pl", "--compare").stdout.splitlines()
    assert shown[-1].startswith("i5\tnative a ")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--model", "2pl", "--prior-c", "beta:5,17"], "the 2PL has no c"),
        (["--model", "3pl", "--prior-c", "gamma:1,2"], "prior 'gamma:1,2' on c"),
        (["--model", "2pl", "--group", "school"], "names no column 'school'"),
        (["--model", "2pl", "--backend", "girth", "--se"], "girth knows no --se"),
        (["--model", "2pl", "--backend", "girth", "--starts", "3"], "girth knows no --starts"),
        (["--model", "3pl", "--backend", "girth"], "girth calibrates"),
    ],
)
def test_bad_options_end_with_one_line_and_code_two(responses, words, reason):
    result = run("calibrate", responses, *words)

    assert result.exit_code == 2
    assert reason in result.stderr.splitlines()[-1]
    assert result.stdout == ""


@pytest.fixture
def outcomes(tmp_path):
    """PARAMS.csv of six Rasch items, three of either outcome, and the Q matrix."""
    rows = "".join(f"i{j},Rasch,1,{j / 2.5 - 1}\n" for j in range(6))
    (tmp_path / "PARAMS.csv").write_text("item,model,a,b\n" + rows)
    (tmp_path / "Q.csv").write_text("item,outcome\n" + "".join(f"i{j},o{j // 3}\n" for j in range(6)))
    return ("--parameters", tmp_path / "PARAMS.csv", "--q-matrix", tmp_path / "Q.csv")


def test_every_outcome_is_scored_by_its_own_or_all_answers(responses, outcomes):
    own = json.loads(run("score", responses, *outcomes, "--method", "wle", "--json").stdout)
    given = (
        "score",
        responses,
        *outcomes,
        "--method",
        "eap",
        "--evidence",
        "guarded",
        "--lambda",
        ".8",
        "--cut",
        "o1=0",
    )
    joint = json.loads(run(*given, "--json").stdout)
    one, other = own["persons"][0]["outcomes"]["o1"], joint["persons"][0]["outcomes"]["o1"]

    assert set(one) == {"theta", "se", "at_bound", "items", "p_mastery"}
    assert (own["evidence"], one["items"], one["p_mastery"]) == ("own", 3, None)
    assert joint["lambda"] == {"o0": 0.8, "o1": 0.8}
    assert 0 < other["p_mastery"] < 1
    assert "own_allows" in other
    assert joint["persons"][0]["outcomes"]["o0"]["p_mastery"] is None
    assert "mastery" in run(*given).stdout.splitlines()[1]


def test_plausible_values_repeat_with_their_seed(responses, outcomes):
    given = ("score", responses, *outcomes, "--method", "eap", "--plausible", 3, "--json")
    first = json.loads(run(*given).stdout)
    whole = json.loads(run("score", responses, *outcomes[:2], *given[6:]).stdout)

    assert first == json.loads(run(*given).stdout)
    assert first != json.loads(run(*given, "--seed", 2).stdout)
    assert len(first["persons"][0]["outcomes"]["o0"]["plausible"]) == 3
    assert len(whole["persons"][0]["plausible"]) == 3


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--lambda", "o9=.5", "--evidence", "joint"), "no item measures that outcome"),
        (("--lambda", "o1=much", "--evidence", "joint"), "OUTCOME=NUMBER"),
        (("--prior-sd", "2"), "leave --prior-mean"),
    ],
)
def test_outcomes_that_cannot_be_scored_are_refused(responses, outcomes, words, reason):
    result = run("score", responses, *outcomes, "--method", "eap", *words)

    assert result.exit_code == 2
    assert reason in result.stderr
    alone = run("score", responses, *outcomes[:2], "--method", "eap", "--cut", "0")
    assert alone.exit_code == 2
    assert "give --q-matrix" in alone.stderr

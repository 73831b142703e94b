"""Options of all commands: numbers are finite, what does not apply is refused, extreme input ends in one line."""

import json
import math

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from web.cli import COMMANDS, main
from web.cli_exits import document
from web.cli_options import FINITE, Finite, FiniteRange


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Four persons, two items, their parameters, a Q matrix and judgements; a pool and a plan."""
    monkeypatch.chdir(tmp_path)
    texts = {
        "R.csv": "person,group,i0,i1\na,x,1,0\nb,x,0,1\nc,y,1,1\nd,y,0,0\n",
        "NONE.csv": "person,i0,i1\n",
        "P.csv": "item,model,a,b\ni0,2PL,1,0\ni1,2PL,1.2,.5\n",
        "STEEP.csv": "item,model,a,b\ni0,2PL,1,0\ni1,2PL,1e8,.5\n",
        "Q.csv": "item,outcome\ni0,A\ni1,B\n",
        "J.csv": "theta,qualified\n-1,0\n.5,0\n0,1\n1,1\n",
        "RATED.csv": "rater,i0,i1\nr,.5,.5\ns,.4,.5\n",
        "POOL.csv": "item,outcome,a,b\n" + "".join(f"i{j},A,{1e7 if j == 3 else 1},{j / 10}\n" for j in range(8)),
        "PLAN.json": json.dumps(
            {
                "outcomes": {"A": {"cut": 0, "min_items": 2, "max_items": 8}},
                "stopping": {"rule": "posterior", "alpha": 0.1},
                "max_items": 8,
                "at_limit": "forced",
                "selection": {"criterion": "information", "max_exposure": 1},
            }
        ),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def every_command():
    """(words, command) of the whole command line."""
    context = click.Context(main)
    todo = [((name,), main.get_command(context, name)) for name in COMMANDS]
    while todo:
        words, command = todo.pop()
        if isinstance(command, click.Group):
            todo += [((*words, name), one) for name, one in command.commands.items()]
        else:
            yield words, command


def test_every_option_that_takes_a_number_takes_finite_ones_only():
    numbers = {
        (words[0], option.name): option.type
        for words, command in every_command()
        for option in command.params
        if isinstance(option.type, click.types.FloatParamType | click.FloatRange)
    }

    assert len(numbers) >= 10
    assert all(isinstance(kind, Finite | FiniteRange) for kind in numbers.values()), numbers


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_number_is_itself_or_refused(value):
    for kind in (FINITE, FiniteRange(min=-math.inf)):
        if math.isfinite(value):
            assert kind.convert(repr(value), None, None) == value
        else:
            with pytest.raises(click.BadParameter, match="not a finite number"):
                kind.convert(repr(value), None, None)


SCORE = ("score", "R.csv", "--parameters", "P.csv", "--method")


@pytest.mark.parametrize(
    "words",
    [
        (*SCORE, "eap", "--prior-mean", "nan"),
        (*SCORE, "eap", "--prior-sd", "inf"),
        (*SCORE, "eap", "--q-matrix", "Q.csv", "--cut", "nan"),
        (*SCORE, "eap", "--q-matrix", "Q.csv", "--cut", "A=-inf"),
        ("fit", "R.csv", "--parameters", "P.csv", "--mean", "inf"),
        ("fit", "R.csv", "--parameters", "P.csv", "--alpha", "nan"),
        ("standard-set", "J.csv", "--method", "contrasting", "--loss-ratio", "inf"),
        ("simulate", "--pool", "POOL.csv", "--plan", "PLAN.json", "--n", "1", "--seed", "1", "--mean", "nan"),
    ],
)
def test_what_is_not_finite_is_refused_in_one_line(files, words):
    result = run(*words)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert "finite" in result.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((*SCORE, "mle", "--prior-sd", "2"), "--prior-sd does not apply: the mle knows no prior"),
        ((*SCORE, "eap", "--seed", "2"), "--seed does not apply: it is of the plausible values"),
        ((*SCORE, "eap", "--q-matrix", "Q.csv", "--lambda", ".5"), "--lambda does not apply: own evidence"),
        (("fit", "R.csv", "--parameters", "P.csv", "--known"), "--known does not apply"),
        (
            ("fit", "R.csv", "--parameters", "P.csv", "--bootstrap", "2", "--known", "--prior-c", "beta:2,2"),
            "--prior-c",
        ),
        (("dif", "R.csv", "--method", "mh", "--focal", "x", "--model", "2pl"), "--model does not apply"),
        (("dif", "--method", "raju", "--focal", "x"), "--focal does not apply: --method is raju"),
        (("dif", "R.csv", "--method", "lr", "--focal", "x", "--match-on", "P.csv"), "--match-on does not apply"),
        (("dif", "R.csv", "--method", "raju"), "responses does not apply"),
        (
            ("standard-set", "RATED.csv", "--method", "angoff", "--parameters", "P.csv", "--loss-ratio", "2"),
            "--loss-ratio does not apply: --method is angoff",
        ),
        (("standard-set", "J.csv", "--method", "contrasting", "--parameters", "P.csv"), "--parameters does not apply"),
        (("calibrate", "R.csv", "--model", "rasch", "--seed", "3"), "--seed does not apply: one start draws nothing"),
        (
            ("simulate", "--pool", "POOL.csv", "--plan", "PLAN.json", "--n", "1", "--seed", "1", "--omitted", "9"),
            "--omitted does not apply",
        ),
        (
            ("simulate", "--pool", "POOL.csv", "--plan", "PLAN.json", "--n", "1", "--seed", "1", "--language", "pl"),
            "--language does not apply",
        ),
    ],
)
def test_an_option_that_does_not_apply_is_refused(files, words, reason):
    result = run(*words)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert reason.lower() in result.stderr.strip().lower()
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ("simulate", "--pool", "POOL.csv", "--plan", "PLAN.json", "--n", "5", "--seed", "1"),
            "item 4 of the test: its parameters are too extreme",
        ),
        (("fit", "NONE.csv", "--parameters", "P.csv"), "there is nobody to compare the parameters with"),
        (("score", "R.csv", "--parameters", "STEEP.csv", "--method", "eap"), "the steepest item is i1, a 1e+08"),
        (("score", "R.csv", "--parameters", "P.csv", "--method", "eap", "--prior-sd", "1e5"), "50000 nodes"),
        (
            ("score", "R.csv", "--parameters", "P.csv", "--method", "map", "--prior-sd", "1e300"),
            "a prior N(0, 1e+300^2)",
        ),
    ],
)
def test_extreme_input_ends_with_one_line_and_code_two(files, words, reason):
    result = run(*words)

    assert result.exit_code == 2, result.exception
    assert reason in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_nobody_is_scored_as_an_empty_document(files):
    result = run("score", "NONE.csv", "--parameters", "P.csv", "--method", "eap", "--plausible", "2", "--json")

    assert json.loads(result.stdout) == {"persons": []}


def test_a_document_holds_no_number_that_is_not_finite(capsys):
    document({"theta": None, "se": 0.5})
    assert json.loads(capsys.readouterr().out) == {"theta": None, "se": 0.5}
    with pytest.raises(ValueError, match="not JSON compliant"):
        document({"theta": math.nan})


def test_weights_are_used_or_said_not_to_be(files):
    (files / "W.csv").write_text("group,weight,i0,i1\nx,3,1,0\nx,1,0,1\ny,1,1,1\ny,1,0,0\n")
    fit = json.loads(run("fit", "W.csv", "--parameters", "P.csv", "--json").stdout)
    plain = json.loads(run("fit", "R.csv", "--parameters", "P.csv", "--json").stdout)
    score = run("score", "W.csv", "--parameters", "P.csv", "--method", "eap")
    dif = run("dif", "W.csv", "--method", "mh", "--focal", "x", "--no-purify")

    assert [row["facility"] for row in fit["classical"]["items"]] == [4 / 6, 2 / 6]
    assert [row["facility"] for row in plain["classical"]["items"]] == [2 / 4, 2 / 4]
    assert any(note.startswith("weight: the classical table counts with it") for note in fit["notes"])
    assert score.stderr == "the column weight is not used: a person's score does not depend on it\n"
    assert (dif.exit_code, dif.stderr) == (0, "the column weight is not used: mh counts each person once\n")

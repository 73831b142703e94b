"""The commands fit, dif, link and standard-set."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from web.cli import main

ITEMS = 8


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def files(tmp_path):
    """Answers of 600 persons in two groups; item i3 is harder for group b."""
    draw = np.random.default_rng(1)
    a, b = np.full(ITEMS, 1.2), np.linspace(-1.2, 1.2, ITEMS)
    theta, group = draw.normal(size=600), np.repeat(["a", "b"], 300)
    shift = np.where((group == "b")[:, None] & (np.arange(ITEMS) == 3), 1.5, 0.0)
    scores = (draw.random((600, ITEMS)) < 1 / (1 + np.exp(-a * (theta[:, None] - b - shift)))).astype(int)
    names = [f"i{j}" for j in range(ITEMS)]
    rows = [",".join((group[n], *map(str, scores[n]))) for n in range(600)]
    (tmp_path / "responses.csv").write_text("\n".join(["group," + ",".join(names), *rows]) + "\n")
    holes = [
        ",".join((group[n], *("" if (n + j) % 4 == 0 else str(scores[n, j]) for j in range(ITEMS)))) for n in range(600)
    ]
    (tmp_path / "holes.csv").write_text("\n".join(["group," + ",".join(names), *holes]) + "\n")

    def parameters(name, slope=1.0, moved=0.0):
        lines = [
            f"i{j},2PL,{a[j] / slope},{slope * b[j] + 0.5 * (slope != 1) + (moved if j == 2 else 0)}"
            for j in range(ITEMS)
        ]
        (tmp_path / name).write_text("\n".join(["item,model,a,b", *lines]) + "\n")

    parameters("params.csv")
    parameters("other.csv", slope=1.25)
    parameters("drifted.csv", slope=1.25, moved=1.0)
    return tmp_path


def document(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_fit_prints_one_document_with_every_check(run, files):
    found = document(run("fit", "responses.csv", "--parameters", "params.csv", "--json"))

    assert found["n_persons"] == 600
    assert 0.4 < found["classical"]["alpha"] < 0.8
    assert found["model"]["df"] == 20
    assert [row["item"] for row in found["items"]] == [f"i{j}" for j in range(ITEMS)]
    assert set(found["items"][0]["s_x2"]) == {"statistic", "df", "p", "rmsea"}
    assert len(found["pairs"]) == ITEMS * (ITEMS - 1) / 2
    assert len(found["persons"]) == 600
    assert found["notes"] == []


def test_fit_of_incomplete_answers_says_what_is_not_estimable(run, files):
    found = document(run("fit", "holes.csv", "--parameters", "params.csv", "--json"))

    assert found["model"] is None
    assert found["items"][0]["s_x2"] is None
    assert found["items"][0]["pv_q1"]["p"] is not None
    assert any("S-X2" in note for note in found["notes"])
    assert any("M2" in note for note in found["notes"])


def test_fit_of_chosen_options_scores_them_and_shows_the_distractors(run, files):
    """Right answers are A, wrong ones B or C; the key of i5 names B, which the weak choose."""
    rows = (files / "responses.csv").read_text().splitlines()
    draw = np.random.default_rng(2)
    letters = {"1": ("A", "A"), "0": ("B", "C")}
    raw = [
        ",".join([group, *(letters[x][int(draw.random() < 0.4)] for x in cells)])
        for group, *cells in (row.split(",") for row in rows[1:])
    ]
    (files / "raw.csv").write_text("\n".join([rows[0], *raw]) + "\n")
    (files / "key.csv").write_text("item,key\n" + "".join(f"i{j},{'B' if j == 5 else 'A'}\n" for j in range(ITEMS)))
    found = document(run("fit", "raw.csv", "--key", "key.csv", "--parameters", "params.csv", "--json"))
    good, wrong = found["items"][0], found["items"][5]

    assert found["classical"]["items"][0]["facility"] == pytest.approx(good["options"]["options"][0]["share"])
    assert [row["option"] for row in good["options"]["options"]] == ["A", "B", "C"]
    assert (good["options"]["suspicious"], wrong["options"]["suspicious"]) == ([], ["A"])
    assert "attractive_distractor" in wrong["flags"]
    assert "attractive_distractor" not in good["flags"]
    refused = run("fit", "raw.csv", "--key", "params.csv", "--parameters", "params.csv")
    assert refused.exit_code == 2
    assert "the columns of a key are item, key" in refused.output


def test_what_few_persons_cannot_tell_is_said_once(run, files):
    lines = (files / "responses.csv").read_text().splitlines()
    (files / "few.csv").write_text("\n".join(lines[:9]) + "\n")
    found = document(run("fit", "few.csv", "--parameters", "params.csv", "--json"))

    assert found["items"][0]["g2"] is None
    assert found["notes"].count("8 persons do not make 10 groups") == 1


def test_fit_by_simulated_answers_repeats_itself_and_needs_one_model(run, files):
    given = ("fit", "holes.csv", "--parameters", "params.csv", "--bootstrap", "9", "--json")
    found = document(run(*given))
    stars = [row["pv_q1_star"] for row in found["items"]]

    assert stars == [row["pv_q1_star"] for row in document(run(*given))["items"]]
    assert {star["replications"] for star in stars} == {9}
    assert all(0.1 <= star["p"] <= 1 for star in stars)
    assert stars != [row["pv_q1_star"] for row in document(run(*given, "--known"))["items"]]
    assert "Replications" in run(*given).stderr
    assert document(run(*given[:4], "--json"))["items"][0]["pv_q1_star"] is None

    lines = (files / "params.csv").read_text().splitlines()
    (files / "mixed.csv").write_text("\n".join([lines[0], "i0,Rasch,1,0", *lines[2:]]) + "\n")
    mixed = run("fit", "holes.csv", "--parameters", "mixed.csv", "--bootstrap", "3")
    assert mixed.exit_code == 2
    assert "not calibrated together" in mixed.output


def test_strict_ends_with_one_when_something_is_flagged(run, files):
    lines = (files / "responses.csv").read_text().splitlines()
    (files / "calm.csv").write_text("\n".join(lines[:301]) + "\n")  # group a alone: no item differs
    calm = run("fit", "calm.csv", "--parameters", "params.csv", "--strict", "--alpha", "0.001")
    (files / "wrong.csv").write_text((files / "params.csv").read_text().replace("i7,2PL,1.2,1.2", "i7,2PL,1.2,-2"))
    wrong = run("fit", "responses.csv", "--parameters", "wrong.csv", "--strict")

    assert calm.exit_code == 0
    assert wrong.exit_code == 1
    assert "misfit" in wrong.stdout


@pytest.mark.parametrize("method", ["mh", "logistic"])
def test_dif_finds_the_item(run, files, method):
    found = document(run("dif", "responses.csv", "--method", method, "--focal", "b", "--json"))
    strict = run("dif", "responses.csv", "--method", method, "--focal", "b", "--strict")

    assert [row["item"] for row in found["items"] if row["class"] in ("B", "C")] == ["i3"]
    assert found["items"][3]["effect"] < 0
    assert strict.exit_code == 1
    assert "not an anchor" in strict.stdout


def test_dif_matches_on_theta_where_answers_are_missing(run, files):
    refused = run("dif", "holes.csv", "--method", "mh", "--focal", "b")
    found = document(run("dif", "holes.csv", "--method", "mh", "--focal", "b", "--match-on", "params.csv", "--json"))

    assert refused.exit_code == 2
    assert "give theta to match on" in refused.stderr
    assert found["items"][3]["class"] == "C"


def test_dif_by_likelihood_calibrates_both_groups(run, files):
    found = document(
        run("dif", "responses.csv", "--method", "lr", "--model", "1pl", "--focal", "b", "--alpha", "0.001", "--json")
    )

    assert [row["item"] for row in found["items"] if row["class"] == "C"] == ["i3"]


def test_dif_by_areas_compares_two_calibrations(run, files):
    found = document(
        run("dif", "--method", "raju", "--parameters", "other.csv", "--focal-parameters", "drifted.csv", "--json")
    )

    assert [round(row["signed"], 6) for row in found["items"]] == [0, 0, 1, 0, 0, 0, 0, 0]


def test_link_finds_the_scale_and_drops_what_drifted(run, files):
    found = document(run("link", "params.csv", "drifted.csv", "--out", "moved.csv", "--json"))
    again = document(run("link", "moved.csv", "other.csv", "--no-screen", "--json"))

    assert (found["A"], found["B"]) == pytest.approx((1.25, 0.5), abs=1e-5)
    assert found["dropped"] == ["i2"]
    assert [row["item"] for row in found["items"] if not row["kept"]] == ["i2"]
    assert (again["A"], again["B"]) == pytest.approx((1, 0), abs=1e-5)
    assert run("link", "params.csv", "drifted.csv", "--strict").exit_code == 1
    assert "dropped" in run("link", "params.csv", "drifted.csv").stdout


def test_a_cut_by_angoff_comes_back(run, files):
    a, b = np.full(ITEMS, 1.2), np.linspace(-1.2, 1.2, ITEMS)
    rows = [
        ",".join((f"r{n}", *(f"{1 / (1 + np.exp(-a[j] * (cut - b[j]))):.6f}" for j in range(ITEMS))))
        for n, cut in enumerate((0.1, 0.3))
    ]
    (files / "ratings.csv").write_text("\n".join(["rater," + ",".join(f"i{j}" for j in range(ITEMS)), *rows]) + "\n")
    found = document(run("standard-set", "ratings.csv", "--method", "angoff", "--parameters", "params.csv", "--json"))

    assert found["rater_cuts"] == pytest.approx([0.1, 0.3], abs=1e-4)
    assert (found["cut"], found["se"]) == pytest.approx((0.2, 0.1), abs=1e-4)
    assert found["raters"] == ["r0", "r1"]
    assert (
        "standard error 0.1"
        in run("standard-set", "ratings.csv", "--method", "angoff", "--parameters", "params.csv").stdout
    )


def test_bookmarks_and_contrasting_groups_give_cuts(run, files):
    (files / "marks.csv").write_text("rater,bookmark,table\nx,4,one\ny,5,two\n")
    draw = np.random.default_rng(2)
    theta = np.concatenate((draw.normal(-1, 1, 200), draw.normal(1, 1, 200)))
    lines = [f"{value:.4f},{int(n >= 200)}" for n, value in enumerate(theta)]
    (files / "judged.csv").write_text("\n".join(["theta,qualified", *lines]) + "\n")

    marks = document(run("standard-set", "marks.csv", "--method", "bookmark", "--parameters", "params.csv", "--json"))
    groups = document(run("standard-set", "judged.csv", "--method", "contrasting", "--json"))
    assert len(marks["rater_cuts"]) == 2
    assert groups["cut"] == pytest.approx(0, abs=0.25)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("fit", "responses.csv", "--parameters", "few.csv"), "item i1 has no parameters"),
        (("dif", "responses.csv", "--method", "mh", "--focal", "z"), "found: a, b"),
        (("dif", "--method", "mh"), "give RESPONSES.csv and --focal"),
        (("dif", "--method", "raju"), "give --parameters and --focal-parameters"),
        (("dif", "responses.csv", "--method", "lr", "--focal", "b"), "give --model"),
        (("link", "params.csv", "few.csv"), "1 anchors; at least 5"),
        (("link", "params.csv", "none.csv"), "no item in common"),
        (("standard-set", "bad.csv", "--method", "angoff", "--parameters", "params.csv"), "bad.csv, line 2, i1: 'x'"),
        (
            ("standard-set", "bad.csv", "--method", "bookmark", "--parameters", "params.csv"),
            "column bookmark is missing",
        ),
        (("standard-set", "marks.csv", "--method", "bookmark", "--parameters", "params.csv"), "line 2, bookmark: 'x'"),
        (("standard-set", "judged.csv", "--method", "contrasting"), "line 2, qualified: 'yes'"),
        (("standard-set", "bad.csv", "--method", "angoff"), "give --parameters"),
        (
            ("standard-set", "strange.csv", "--method", "angoff", "--parameters", "params.csv"),
            "item z has no parameters",
        ),
    ],
)
def test_bad_input_ends_with_two_and_one_line(run, files, arguments, reason):
    (files / "few.csv").write_text("item,model,a,b\ni0,2PL,1,0\n")
    (files / "none.csv").write_text("item,model,a,b\nx0,2PL,1,0\n")
    (files / "bad.csv").write_text("rater,i0,i1\nr,0.5,x\n")
    (files / "strange.csv").write_text("z\n0.5\n0.4\n")
    (files / "marks.csv").write_text("bookmark\nx\n")
    (files / "judged.csv").write_text("theta,qualified\n0.5,yes\n")
    result = run(*arguments)

    assert result.exit_code == 2
    assert reason in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1

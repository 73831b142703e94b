"""Chosen options, scored by a key."""

import numpy as np
import pytest
from check_builders import SHARED, needs_shared
from reference_data import responses

from engine import ResponsesError
from engine.choices import distractors, read_choices


@pytest.fixture
def files(tmp_path):
    def made(answers, key="item,key\ni0,A\ni1,B\n"):
        (tmp_path / "raw.csv").write_text(answers)
        (tmp_path / "key.csv").write_text(key)
        return tmp_path / "raw.csv", tmp_path / "key.csv"

    return made


def test_options_are_scored_and_masked(files):
    found = read_choices(*files("person,group,i0,i1\na,x,A,\nb,y,C,B\n,x,-,C\n"), omitted="-")

    assert found.matrix.persons == ("a", "b", "3")
    assert found.matrix.group == ("x", "y", "x")
    assert found.matrix.scores.tolist() == [[1, 0], [0, 1], [0, 0]]
    assert found.matrix.presented.tolist() == [[True, False], [True, True], [True, True]]
    assert found.options == (("A", ""), ("C", "B"), ("", "C"))


def test_who_met_nothing_else_is_left_out_and_a_key_nobody_chose_has_no_curves(files):
    one, other = distractors(read_choices(*files("i0,i1\nA,\nA,B\nC,B\nA,C\n", "item,key\ni0,A\ni1,D\n")))

    assert one.share.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert other is None


@needs_shared
def test_a_real_test_is_scored_as_published_and_shows_its_bad_items():
    """8 is the code of an omitted answer there."""
    found = read_choices(SHARED / "sat12.raw.csv", SHARED / "sat12.key.csv", omitted="8")
    curves = distractors(found)

    assert np.array_equal(found.matrix.scores, responses(SHARED / "sat12.csv").scores)
    assert all(each.share.sum() == pytest.approx(1) for each in curves)
    assert all((each.point_biserial[each.options.index(each.key)] > 0) for each in curves)
    assert "8" not in {option for each in curves for option in each.options}


@pytest.mark.parametrize(
    ("answers", "key", "reason"),
    [
        ("i0,i1\n", "item,key\ni0,A\ni1,B\n", "no header and answers"),
        ("i0,i1\nA,B,C\n", "item,key\ni0,A\ni1,B\n", "line 2: 3 cells under 2 columns"),
        ("i0,i1\nA,B\n", "item,key\ni0,A\n", "item 'i1' has no key"),
        ("i0,i1\nA,B\n", "item,key\ni0,A\ni0,B\n", "line 3: item i0 stands twice"),
        ("i0,i1\nA,B\n", "item,key\ni0,\n", "line 2: an item and its key are needed"),
        ("i0,i1\nA,B\n", "item,answer\ni0,A\n", "the columns of a key are item, key"),
    ],
)
def test_files_that_do_not_fit_are_refused_by_place(files, answers, key, reason):
    with pytest.raises(ResponsesError, match=reason):
        read_choices(*files(answers, key))


def test_weights_stand_beside_chosen_options_and_are_checked(files):
    found = read_choices(*files("i0,i1,weight\nA,B,2\nB,B,1\n", "item,key\ni0,A\ni1,B\n"))

    assert found.matrix.weight.tolist() == [2.0, 1.0]
    for weight, reason in (("x", "a weight is not a number"), ("-1", "person '1': the weight -1")):
        with pytest.raises(ResponsesError, match=rf"raw.csv: {reason}"):
            read_choices(*files(f"i0,weight\nA,{weight}\n", "item,key\ni0,A\n"))

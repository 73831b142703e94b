"""Response files and matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine import ResponseMatrix, ResponsesError, read_responses


def a_file(tmp_path, text):
    path = tmp_path / "RESPONSES.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_blank_is_not_presented_and_the_omitted_code_is_scored_nought(tmp_path):
    text = "# note\nperson,i1,i2,group,weight\nann,1,,a,2\nbob,9,0,b,1.5\n"
    matrix = read_responses(a_file(tmp_path, text), omitted="9")

    assert matrix.persons == ("ann", "bob")
    assert matrix.items == ("i1", "i2")
    assert matrix.scores.tolist() == [[1, 0], [0, 0]]
    assert matrix.presented.tolist() == [[True, False], [True, True]]
    assert (matrix.group, matrix.weight.tolist()) == (("a", "b"), [2.0, 1.5])


def test_persons_without_names_are_numbered(tmp_path):
    assert read_responses(a_file(tmp_path, '"i1"\n1\n0\n')).persons == ("1", "2")


def test_a_lowest_category_above_nought_is_shifted_and_said(tmp_path):
    matrix = read_responses(a_file(tmp_path, "i1,i2\n1,0\n3,1\n,1\n"))

    assert matrix.scores.tolist() == [[0, 0], [2, 1], [0, 1]]
    assert matrix.notes == ("i1: the lowest category is 1; all its categories were shifted down to 0",)


def test_a_column_of_right_answers_only_stays_right(tmp_path):
    assert read_responses(a_file(tmp_path, "i1,i2\n1,0\n1,1\n")).scores.tolist() == [[1, 0], [1, 1]]


def test_an_omitted_answer_is_the_lowest_category_there_is(tmp_path):
    matrix = read_responses(a_file(tmp_path, "i1\n1\n2\nNR\n"), omitted="NR")

    assert matrix.scores.tolist() == [[1], [2], [0]]
    assert matrix.notes == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no header"),
        ("person,group\n", "names no item"),
        ("i1,i1\n", "column 'i1' is named twice"),
        ("i1,\n", "column '' is without a name"),
        ("i1,i2\n1\n", "line 2: 1 cells under 2 columns"),
        ("# x\ni1\n1.5\n", "line 3, item i1: '1.5' is not a score"),
        ("i1\n-1\n", "'-1' is not a score"),
        ("i1\nNA\n", "'NA' is not a score"),
        ("person,i1\na,1\na,0\n", "person 'a' stands twice"),
        ("i1,weight\n1,heavy\n", "a weight is not a number"),
        ("i1,weight\n1,-2\n", "the weight -2 is negative"),
    ],
)
def test_a_wrong_response_file_is_refused_by_name(tmp_path, text, reason):
    path = a_file(tmp_path, text)

    with pytest.raises(ResponsesError, match=reason) as refusal:
        read_responses(path)
    assert str(path) in str(refusal.value)


def test_a_score_behind_the_mask_is_blanked_and_the_arrays_are_locked():
    matrix = ResponseMatrix(
        persons=("a",), items=("x", "y"), scores=np.array([[1, 1]]), presented=np.array([[True, False]])
    )

    assert matrix.scores.tolist() == [[1, 0]]
    with pytest.raises(ValueError, match="read-only"):
        matrix.scores[0, 0] = 0
    with pytest.raises(ResponsesError, match="do not fit"):
        ResponseMatrix(persons=(), items=("x",), scores=np.zeros((1, 1)), presented=np.ones((1, 1), dtype=bool))


def made(scores, presented=True, **more):
    scores = np.asarray(scores)
    rows, columns = scores.shape
    given = {"persons": tuple(f"p{n}" for n in range(rows)), "items": tuple(f"i{j}" for j in range(columns))} | more
    return ResponseMatrix(**given, scores=scores, presented=np.broadcast_to(np.asarray(presented), scores.shape))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.7, 1e300, 300, 101, -1])
def test_a_presented_score_that_is_none_is_refused_by_person_and_item_and_elsewhere_never_counts(value):
    scores = np.array([[1, 0], [0, value]])

    with pytest.raises(ResponsesError, match=r"person 'p1' \(row 2\), item 'i1' \(column 2\): .* is not a score"):
        made(scores)
    there = made(scores, presented=[[True, True], [True, False]])
    assert there.scores.dtype == np.int8
    assert there.scores.tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"weight": [1.0, -1.0]}, "person 'p1': the weight -1 is negative"),
        ({"weight": [np.nan, 1.0]}, "person 'p0': the weight nan is negative or not finite"),
        ({"weight": [0.0, 0.0]}, "every weight is 0"),
        ({"weight": [1.0]}, r"weights \(1,\) do not fit 2 persons"),
        ({"group": ("a",)}, "1 groups for 2 persons"),
        ({"group": ("a", "")}, "person 'p1': the group is blank"),
        ({"persons": ("a", "a")}, "person 'a' stands twice"),
        ({"items": ("x", "x")}, "an item 'x' stands twice among the columns"),
        ({"presented": [[1, 2], [1, 1]]}, "must be True or False"),
        ({"presented": [[1, np.nan], [1, 1]]}, "must be True or False"),
    ],
)
def test_a_matrix_that_does_not_fit_together_is_refused(more, reason):
    with pytest.raises(ResponsesError, match=reason):
        made([[1, 0], [0, 1]], **more)


def test_scores_that_are_no_numbers_are_refused():
    with pytest.raises(ResponsesError, match="scores are numbers, not"):
        made([["1", "0"]])


@given(
    arrays(np.int64, (4, 3), elements=st.integers(0, 100)),
    arrays(np.bool_, (4, 3)),
    st.sampled_from([np.uint8, np.int16, np.int64, np.float32, np.float64]),
    st.sampled_from([-1, 101, 44]),
)
def test_a_matrix_holds_what_was_presented_whatever_kind_of_number_it_came_as(scores, presented, kind, elsewhere):
    given_scores = np.where(presented, scores, elsewhere).astype(np.int64)
    floats = np.where(presented, scores, np.nan)

    for each in (given_scores, floats, scores.astype(kind)):
        matrix = made(each, presented=presented)
        assert matrix.scores.tolist() == np.where(presented, scores, 0).tolist()
        assert matrix.presented.tolist() == presented.tolist()


def test_a_column_of_groups_asked_for_must_be_there_and_filled(tmp_path):
    with pytest.raises(ResponsesError, match="names no column 'group'"):
        read_responses(a_file(tmp_path, "i1\n1\n"), group="group")
    with pytest.raises(ResponsesError, match="line 3: the group is blank"):
        read_responses(a_file(tmp_path, "i1,group\n1,a\n0, \n"))
    with pytest.raises(ResponsesError, match="line 2: the weight is blank"):
        read_responses(a_file(tmp_path, "i1,weight\n1,\n"))

"""Marking: 1 for all of it, 0 otherwise, and no score for what is no response."""

from decimal import Decimal
from itertools import permutations

import pytest
from bank_builders import item
from hypothesis import given
from hypothesis import strategies as st

from itembank.errors import InvalidResponse
from itembank.interactions import Arrangement
from itembank.items import INTERACTIONS
from itembank.scoring import Marked, mark, number, rescore

SHOWN = {
    "single": Arrangement(choices=("D", "B", "A", "C"), targets=()),
    "multiple": Arrangement(choices=("E", "D", "C", "B", "A"), targets=()),
    "order": Arrangement(choices=("A", "B", "C", "D"), targets=()),
    "match": Arrangement(choices=("L3", "L1", "L2"), targets=("R1", "R2", "R3", "R4")),
    "numeric": Arrangement(choices=(), targets=()),
}
RIGHT = {
    "single": (["2"], ("B",)),
    "multiple": (["2", "5"], ("A", "D")),
    "order": (["3", "1", "4", "2"], ("C", "A", "D", "B")),
    "match": (["2:c", "3:a", "1:d"], ("L1:R3", "L2:R1", "L3:R4")),
    "numeric": (["1 250,50"], ("1250.5",)),
}
WRONG = {
    "single": ["1"],
    "multiple": ["2"],
    "order": ["1", "3", "4", "2"],
    "match": ["2:c", "3:a", "1:b"],
    "numeric": ["1251,01"],
}


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_the_right_response_scores_one_and_is_kept_in_authored_ids(interaction):
    given_ids, kept = RIGHT[interaction]

    marked = mark(item(interaction), SHOWN[interaction], given_ids)

    assert marked == Marked(response=kept, omitted=False, score=1)
    assert rescore(item(interaction), kept) == 1


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_a_wrong_response_scores_zero(interaction):
    assert mark(item(interaction), SHOWN[interaction], WRONG[interaction]).score == 0


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_no_response_is_an_omission_scored_zero(interaction):
    one = item(interaction)

    assert mark(one, SHOWN[interaction], None) == Marked(response=(), omitted=True, score=0)
    assert rescore(one, ()) == 0


@pytest.mark.parametrize(
    ("interaction", "response"),
    [
        ("single", []),
        ("single", ["1", "2"]),
        ("single", ["B"]),
        ("single", ["5"]),
        ("single", ["0"]),
        ("single", "2"),
        ("single", [2]),
        ("multiple", []),
        ("multiple", ["1", "1"]),
        ("multiple", ["6"]),
        ("order", ["1", "2", "3"]),
        ("order", ["1", "2", "3", "3"]),
        ("match", ["1:a", "2:b"]),
        ("match", ["1:a", "2:b", "3:b"]),
        ("match", ["1:a", "1:b", "3:c"]),
        ("match", ["1:a", "2:b", "3:c", "3:d"]),
        ("match", ["1", "2:b", "3:c"]),
        ("match", ["a:1", "2:b", "3:c"]),
        ("match", ["1:a", "2:b", "3:e"]),
        ("numeric", []),
        ("numeric", ["1", "2"]),
        ("numeric", [""]),
        ("numeric", ["abc"]),
        ("numeric", ["1e3"]),
        ("numeric", ["NaN"]),
        ("numeric", ["Infinity"]),
        ("numeric", ["1,2,3"]),
        ("numeric", ["1.250,50"]),
        ("numeric", ["12 50"]),
        ("numeric", ["1" * 16]),
        ("numeric", ["٣"]),
        ("numeric", ["1250 zł"]),
        ("numeric", ["0x10"]),
    ],
)
def test_what_does_not_fit_the_interaction_is_refused(interaction, response):
    with pytest.raises(InvalidResponse):
        mark(item(interaction), SHOWN[interaction], response)


def test_only_one_order_of_all_is_right():
    one = item("order")

    scores = [mark(one, SHOWN["order"], list(order)).score for order in permutations("1234")]

    assert sum(scores) == 1


@pytest.mark.parametrize(
    ("typed", "score"),
    [("1250", 1), ("1250.0", 1), ("1251", 1), ("1249,99", 0), ("1251,0000000001", 0), ("+1250,5", 1), ("-1250,5", 0)],
)
def test_the_tolerance_includes_its_ends(typed, score):
    assert mark(item("numeric"), SHOWN["numeric"], [typed]).score == score


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("15 000", "15000"),
        ("15\u00a0000,50", "15000.5"),
        ("1\u202f234\u202f567", "1234567"),
        ("\u22123", "-3"),
        ("-0,0", "0"),
        ("007", "7"),
        (" 12 ", "12"),
        ("0,25", "0.25"),
        ("100", "100"),
    ],
)
def test_a_typed_number_is_kept_as_a_plain_decimal(typed, kept):
    assert number(typed) == kept


@given(st.decimals(-(10**14), 10**14, places=4, allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value_with_comma_or_point(value):
    plain = f"{value:f}"

    assert Decimal(number(plain)) == value
    assert number(plain.replace(".", ",")) == number(plain)
    assert number(number(plain)) == number(plain)


@given(st.lists(st.text(max_size=6), max_size=5), st.sampled_from(INTERACTIONS))
def test_any_response_is_scored_or_refused(response, interaction):
    try:
        marked = mark(item(interaction), SHOWN[interaction], response)
    except InvalidResponse:
        return
    assert marked.score in (0, 1)
    assert not marked.omitted

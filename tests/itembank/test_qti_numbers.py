"""What a numeric QTI item must prove: the numbers its rules take as right are a value and a tolerance, exactly."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qti_builders import (
    CORRECT,
    MATCHED,
    NUMBER,
    VARIABLE,
    base,
    item,
    kept,
    mapping,
    one,
    processing,
    reason,
    response,
    scored_if,
)

from itembank.scoring import rescore


def numeric(test, value="100", base_type="float", **changed):
    return item(NUMBER, response([value], base=base_type, **changed), processing(scored_if(test)))


def equal(mode, tolerance, first=VARIABLE, second=CORRECT, more=""):
    return f'<equal toleranceMode="{mode}" tolerance="{tolerance}" {more}>{first}{second}</equal>'


@pytest.mark.parametrize(
    ("test", "value", "tolerance"),
    [
        (equal("exact", ""), "100", "0"),
        (MATCHED, "100", "0"),
        (equal("absolute", "0.5"), "100", "0.5"),
        (equal("absolute", "0.5 0.50"), "100", "0.5"),
        (equal("absolute", "5", CORRECT, VARIABLE), "100", "5"),
        (equal("relative", "5", CORRECT, VARIABLE), "100", "5"),
        (equal("relative", "0.125 0.125", CORRECT, VARIABLE), "100", "0.125"),
        (f"<and><gte>{VARIABLE}{base(99, 'float')}</gte><lte>{VARIABLE}{base(101, 'float')}</lte></and>", "100", "1"),
        (f"<and><not><lt>{VARIABLE}{base(99, 'float')}</lt></not><not><gt>{VARIABLE}{base(101, 'float')}</gt></not>"
         f"<not><isNull>{VARIABLE}</isNull></not></and>", "100", "1"),
        (f"<and><gte>{VARIABLE}{CORRECT}</gte><lte>{VARIABLE}<sum>{CORRECT}{base('1', 'float')}</sum></lte></and>",
         "100.5", "0.5"),
    ],
)  # fmt: skip
def test_the_range_of_right_numbers_becomes_value_and_tolerance_exactly(test, value, tolerance):
    found = one(numeric(test))

    assert (found.quantity.value, found.quantity.tolerance) == (value, tolerance)


def test_a_range_around_another_middle_keeps_its_ends():
    found, lost = kept(numeric(equal("absolute", "1 2", CORRECT, VARIABLE)))

    assert (found.quantity.value, found.quantity.tolerance) == ("100.5", "1.5")
    assert lost == ["stated value of a number that is not the middle of its range (the middle is kept)"]


@pytest.mark.parametrize(
    ("test", "named"),
    [
        (equal("relative", "5"), "no exact decimal form"),
        (equal("absolute", "1", more='includeLowerBound="false"'), "open end"),
        (f"<gte>{VARIABLE}{CORRECT}</gte>", "open end"),
        (f"<not><match>{VARIABLE}{CORRECT}</match></not>", "more than one range"),
        (f"<equal>{VARIABLE}{base(7, 'float')}</equal>", "does not score the maximum"),
        (f"<equalRounded figures='1'>{VARIABLE}{CORRECT}</equalRounded>", "operator equalRounded"),
        (
            f"<equal><product>{VARIABLE}{base(2, 'float')}</product>{base(200, 'float')}</equal>",
            "operator product on the number",
        ),
        (f"<equal>{VARIABLE}<variable identifier='SCORE'/></equal>", "not a constant"),
        (f"<isNull>{VARIABLE}</isNull>", "does not depend"),
        (equal("absolute", "x"), "not a number"),
        (equal("absolute", "-1"), "negative tolerance"),
        (equal("about", "1"), "tolerance that is not understood"),
    ],
)
def test_numbers_that_cannot_be_proved_or_said_are_rejected(test, named):
    assert named in reason(numeric(test))


def test_a_mapped_number_is_its_best_value():
    declared = response(["16"], base="integer", mapping=mapping({"12": 0.5, "16": 1}))
    found, lost = kept(item(NUMBER, declared, "map_response"))

    assert (found.quantity.value, found.quantity.tolerance) == ("16", "0")
    assert lost == ["partial credit"]


tens = st.integers(-40, 40).map(lambda n: Fraction(n, 10))


@settings(max_examples=150)
@given(value=tens, low=st.integers(0, 9), high=st.integers(0, 9), given_number=tens, turned=st.booleans())
def test_what_is_imported_of_a_number_scores_like_the_rules(value, low, high, given_number, turned):
    first, second = (CORRECT, VARIABLE) if turned else (VARIABLE, CORRECT)
    test = equal("absolute", f"{low / 10} {high / 10}", first, second)
    found = one(item(NUMBER, response([f"{float(value)}"], base="float"), processing(scored_if(test))))
    x, y = (value, given_number) if turned else (given_number, value)

    assert rescore(found, (f"{float(given_number)}",)) == (x - Fraction(low, 10) <= y <= x + Fraction(high, 10))

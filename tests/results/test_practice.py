"""The committee's entries: what is read, and what is refused with its line."""

from datetime import date

import pytest

from results.practice import PracticeError, read_csv
from results.rules import Value
from results.scheme import Unit

TODAY = date(2026, 11, 22)
QUALIFICATION = Unit(
    id="Q",
    level="qualification",
    title="Q",
    children=(
        Unit(id="Q.1", level="criterion", title="does", parts=("practice",)),
        Unit(id="Q.2", level="criterion", title="knows", parts=("theory",)),
    ),
)
HEADER = "criterion,decision,method,assessor,date\n"


def read(body, header=HEADER):
    return read_csv(header + body, QUALIFICATION, TODAY)


def test_an_entry_holds_decision_method_assessor_and_date():
    (entry,) = read("# committee 1\nQ.1,met,simulation,A-17,2026-11-20\n")

    assert (entry.criterion, entry.decision, entry.on) == ("Q.1", Value.MET, date(2026, 11, 20))


def test_columns_may_come_in_any_order_and_after_a_byte_order_mark():
    (entry,) = read("2026-11-20,A-17,interview,not_met,Q.1\n", "﻿date,assessor,method,decision,criterion\n")

    assert entry.decision is Value.NOT_MET


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("Q.9,met,simulation,A,2026-11-20\n", "line 2: criterion Q.9 is not in the standard"),
        ("Q.2,met,simulation,A,2026-11-20\n", "line 2: criterion Q.2 is not verified in the practical part"),
        ("Q.1,yes,simulation,A,2026-11-20\n", "line 2: the decision is met or not_met, found: yes"),
        (
            "Q.1,met,analysis of evidence,A,2026-11-20\n",
            "line 2: the method is one of simulation, interview, found: analysis of evidence",
        ),
        ("Q.1,met,simulation,,2026-11-20\n", "line 2: the assessor"),
        ("Q.1,met,simulation,A,20.11.2026\n", "line 2: 20.11.2026 is not a date"),
        ("Q.1,met,simulation,A,2026-11-23\n", "line 2: the date 2026-11-23 lies ahead"),
        ("Q.1,met,simulation,A\n", "line 2: 4 cells"),
        (
            "# one\nQ.1,met,simulation,A,2026-11-20\nQ.1,met,simulation,A,2026-11-20\n",
            "line 4: criterion Q.1 is entered twice",
        ),
    ],
)
def test_a_bad_entry_is_refused_with_its_line(body, place):
    with pytest.raises(PracticeError, match=place):
        read(body)


@pytest.mark.parametrize("text", ["", "\n\n", "a,b\n1,2\n"])
def test_a_file_without_the_columns_is_refused(text):
    with pytest.raises(PracticeError, match="line 1"):
        read_csv(text, QUALIFICATION, TODAY)

"""Aiken: single choice, one right letter, errors with their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itembank.errors import ContentError
from itembank.exchange import aiken
from itembank.reading import Given

CRM = Given(standard="CRM", language="pl")
ONE = "Stolica Polski?\nA. Kraków\nB) Warszawa\nC. Gdańsk\nANSWER: B\n"


def read(text, given=CRM):
    return aiken.read(text.encode(), "f.txt", given)


def test_a_question_has_options_and_one_right_letter():
    (found,) = read(ONE).items

    assert (found.interaction, found.stem, found.key) == ("single", "Stolica Polski?", ("B",))
    assert [one.text for one in found.options] == ["Kraków", "Warszawa", "Gdańsk"]
    assert found.id.startswith("Stolica-Polski-")


def test_questions_follow_with_and_without_blank_lines_and_their_text_may_have_several_lines():
    reading = read(ONE + "Pierwszy wiersz\ndrugi wiersz?\n\nA. a\nB. b\n\nANSWER: A\n\n\n" + ONE.replace("Polski", "X"))

    assert [one.stem for one in reading.items] == ["Stolica Polski?", "Pierwszy wiersz\ndrugi wiersz?", "Stolica X?"]
    assert reading.rejected == ()


def test_a_letter_that_is_not_the_next_one_belongs_to_the_question():
    assert read("I. Newton urodził się w roku\nA. 1643\nB. 1743\nANSWER: A").items[0].stem.startswith("I. Newton")


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("Co?\nA. a\nC. c\nANSWER: A", "line 3, question 1 'Co?'", "'C. c' stands where option B or the ANSWER line"),
        ("Co?\nA. a\nB. b\nciąg dalszy\nANSWER: A", "line 4, question 1 'Co?'", "'ciąg dalszy' stands where option C"),
        ("Co?\nA. a\nB. b\nANSWER: E", "line 1, question 1 'Co?'", "ANSWER E is not one of the options A to B"),
        ("Co?\nA. a\nB. b\nANSWER: A, B", "line 1, question 1 'Co?'", "one capital letter, found 'A, B'"),
        ("Co?\nA. a\nB. b\nANSWER:", "line 1, question 1 'Co?'", "one capital letter, found ''"),
        ("Co?\nA. a\nB. b\n", "line 1, question 1 'Co?'", "has no ANSWER line"),
        ("Co?\na. a\nb. b\nANSWER: A", "line 1, question 1 'Co? a. a b. b'", "has no options"),
        ("ANSWER: A", "line 1, question 1", "an ANSWER line without a question"),
        ("A. a\nB. b\nANSWER: A", "line 1, question 1 'A. a B. b'", "has no options"),
        ("Co?\nA. a\nANSWER: A", "line 1, question 1 'Co?', field options", "2 to 20 options"),
        ("Co?\nA. a\nB. a\nANSWER: A", "line 1, question 1 'Co?', field options", "same text"),
        ("<b>Co?</b>\nA. a\nB. b\nANSWER: A", "line 1, question 1 '<b>Co?</b>', field stem", "markup <b>"),
        ("Ile $$x$$?\nA. a\nB. b\nANSWER: A", "line 1, question 1 'Ile $$x$$?'", "formula"),
    ],
)
def test_what_stands_in_the_wrong_place_is_rejected_with_its_line(text, where, said):
    reading = read(text)

    assert reading.items == ()
    assert [one.where for one in reading.rejected] == [f"f.txt, {where}"]
    assert said in reading.rejected[0].reason


@pytest.mark.parametrize(
    "broken",
    [
        "Co?\nA. a\nB. b\n\n",
        "Wstęp\n\nCo?\nA. a\nB. b\nANSWER: A\n",
        "Co?\nA. a\nnie\nB. b\n\n",
        "Co?\nA. a\nnie\nANSWER: A\n",
    ],
    ids=["no answer", "a heading", "a broken option and a blank line", "a broken option and an answer"],
)
def test_reading_goes_on_behind_a_broken_question(broken):
    reading = read(broken + ONE)

    assert reading.items[-1].stem == "Stolica Polski?"
    assert len(reading.rejected) >= 1


def test_a_file_that_is_no_text_or_empty_is_refused():
    for data, said in [(b"", "holds no questions"), (b"a\n\xff", "line 2: is not UTF-8"), (b" \n \n", "holds no")]:
        with pytest.raises(ContentError, match=said):
            aiken.read(data, "f.txt", CRM)
    assert "language" in aiken.read(ONE.encode(), "f.txt").items[0].gaps


words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="<&$\\@["), min_size=1)
words = words.filter(lambda text: "multilang" not in text.lower())


@given(st.lists(st.tuples(words, st.lists(words, min_size=2, max_size=8, unique=True)), min_size=1, max_size=4))
def test_what_is_written_is_read_back(asked):
    text = "".join(
        f"? {stem}\n" + "".join(f"{chr(65 + n)}) {one}\n" for n, one in enumerate(options)) + "ANSWER: B\n\n"
        for stem, options in asked
    )

    reading = read(text)

    kept = {(one.stem, tuple(option.text for option in one.options), one.key) for one in reading.items}
    assert kept == {(f"? {stem}", tuple(options), ("B",)) for stem, options in asked}
    assert all("occurs twice" in one.reason for one in reading.rejected)


@given(st.binary(max_size=80) | st.text("AB.) ANSWER:\nxy", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused_by_name(data):
    try:
        reading = aiken.read(data, "f", CRM)
    except ContentError:
        return
    assert reading.items or reading.rejected

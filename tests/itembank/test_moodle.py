"""Moodle XML: every type of question that becomes an item, and every other one rejected by name."""

import json
from contextlib import suppress
from xml.sax.saxutils import escape

import pytest
from bank_builders import TABLE
from hypothesis import given
from hypothesis import strategies as st

from itembank.errors import ContentError
from itembank.exchange import moodle, questions
from itembank.reading import Given

CRM = Given(standard="CRM", language="pl")


def text(words):
    return f"<text>{escape(words)}</text>"


def answer(words, fraction=0, more=""):
    return f'<answer fraction="{fraction}" format="html">{text(words)}{more}</answer>'


def question(kind, inside="", stem="<p>Co to?</p>", name="Pytanie", shuffled=True):
    return (
        f'<question type="{kind}"><name>{text(name)}</name>'
        f'<questiontext format="html">{text(stem)}</questiontext><defaultgrade>1.0000000</defaultgrade>'
        f"<shuffleanswers>{'true' if shuffled else 'false'}</shuffleanswers>{inside}</question>"
    )


def quiz(*questions):
    return ("<quiz>\n" + "\n".join(questions) + "\n</quiz>").encode()


def read(*questions, given=CRM):
    return moodle.read(quiz(*questions), "f.xml", given)


def only(*questions, given=CRM):
    reading = read(*questions, given=given)
    assert reading.rejected == ()
    return reading.items[0]


def reason(*questions):
    reading = read(*questions)
    assert (reading.items, len(reading.rejected)) == ((), 1)
    return reading.rejected[0].reason


CHOICE = "<single>true</single>" + answer("A", 0) + answer("B", 100) + answer("C", -25)
SEVERAL = "<single>false</single>" + answer("A", 50) + answer("B", -100) + answer("C", 50)


def test_a_single_choice_keeps_options_and_key():
    found = only(question("multichoice", CHOICE))

    assert (found.interaction, found.stem, found.key) == ("single", "Co to?", ("B",))
    assert [(one.id, one.text) for one in found.options] == [("A", "A"), ("B", "B"), ("C", "C")]
    assert (found.standard, found.language, found.version) == ("CRM", "pl", 1)
    assert found.gaps == ("outcome", "criteria", "rationale", "expected_difficulty", "seconds")


def test_a_multiple_choice_is_right_as_a_whole_and_that_is_said():
    reading = read(question("multichoice", SEVERAL, name="M1"))

    assert (reading.items[0].interaction, reading.items[0].key) == ("multiple", ("A", "C"))
    assert f"{questions.PARTIAL}: M1" in reading.warnings


def test_thirds_add_up_to_a_hundred():
    thirds = "".join(answer(one, 33.33333) for one in "ABC") + answer("D", -33.33333)

    assert only(question("multichoice", "<single>0</single>" + thirds)).key == ("A", "B", "C")


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("<single>true</single>" + answer("A", 100) + answer("B", 50), "partial credit"),
        ("<single>true</single>" + answer("A", 100) + answer("B", 100), "2 of its answers are right"),
        ("<single>true</single>" + answer("A") + answer("B"), "none of its answers are right"),
        ("<single>true</single>", "none of its answers are right"),
        ("<single>false</single>" + answer("A", 50) + answer("B", 30), "do not add up to 100 %"),
        ("<single>false</single>" + answer("A", 100) + answer("B", 100), "do not add up to 100 %"),
        ("<single>maybe</single>" + answer("A", 100), "neither true nor false"),
        (CHOICE.replace("100", "viele"), "not a number in its fraction"),
        (CHOICE.replace("<text>C</text>", "<text>C</text><fraction>1</fraction>"), "not a number in its fraction"),
        (CHOICE.replace("<text>C</text>", "<text>C <b>x</b></text>"), "a <text> holds elements"),
        (CHOICE.replace("<text>C</text>", "<text>C</text><text>D</text>"), "<text> occurs twice"),
        (CHOICE + "<single>false</single>", "<single> occurs twice"),
        (CHOICE + "<image>a.png</image><image_base64>AA</image_base64>", "holds an image"),
        (CHOICE.replace("<text>C</text>", "<text>A</text>"), "two options have the same text"),
        (CHOICE.replace("<text>C</text>", "<text></text>"), "is empty"),
        (CHOICE + "".join(answer(f"x{n}") for n in range(30)), "2 to 20 options"),
        (CHOICE.replace("<text>C</text>", '<text>C</text><file name="a.png" encoding="base64">AA</file>'), "'a.png'"),
    ],
)
def test_a_choice_that_one_or_nought_cannot_score_is_rejected(inside, said):
    assert said in reason(question("multichoice", inside))


def test_true_and_false_are_the_options_in_the_words_of_the_file():
    reading = read(question("truefalse", answer("true", 0) + answer("false", 100), name="T1"))

    assert [one.text for one in reading.items[0].options] == ["true", "false"]
    assert reading.items[0].key == ("B",)
    assert f"{questions.TRUE_FALSE}: T1" in reading.warnings


def test_the_words_of_an_old_file_are_kept_and_need_no_remark():
    reading = read(question("truefalse", answer("Prawda", 100) + answer("Fałsz", 0), name="T1"))

    assert [one.text for one in reading.items[0].options] == ["Prawda", "Fałsz"]
    assert not any("true and false" in one for one in reading.warnings)
    assert "two answers, not 1" in reason(question("truefalse", answer("true", 100)))


def number(value, fraction=100, tolerance="0.5"):
    return f'<answer fraction="{fraction}"><text>{value}</text><tolerance>{tolerance}</tolerance></answer>'


UNIT = "<units><unit><multiplier>1</multiplier><unit_name>zł</unit_name></unit></units>"


@pytest.mark.parametrize(
    ("inside", "key"),
    [
        (number("1250.50"), ("1250.50", "0.5", "")),
        (number("-.5", tolerance="1e-2"), ("-0.5", "0.01", "")),
        (number("1e3") + UNIT, ("1000", "0.5", "zł")),
        (number("5", tolerance="") + number("*", 0, "0") + number("9", 0, "1"), ("5", "0", "")),
    ],
)
def test_a_number_keeps_value_tolerance_and_unit(inside, key):
    found = only(question("numerical", inside)).quantity

    assert (found.value, found.tolerance, found.unit) == key


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (number("1") + number("2", 50), "several answers or part of the mark"),
        (number("1", 50), "several answers or part of the mark"),
        ("", "several answers or part of the mark"),
        (number("1") + number("1.4", 0), "overlap"),
        (number("pięć"), "not a number"),
        (number("1") + UNIT.replace("</units>", "<unit><unit_name>gr</unit_name></unit></units>"), "several units"),
        (number("1") + UNIT + "<unitgradingtype>1</unitgradingtype>", "is marked"),
        (number("1") + UNIT + "<unitsleft>1</unitsleft>", "before the number"),
        (number("12345678901234567890"), "a decimal string"),
    ],
)
def test_a_number_that_has_no_exact_form_is_rejected(inside, said):
    assert said in reason(question("numerical", inside))


def pair(left, right):
    return f'<subquestion format="html">{text(left)}<answer>{text(right)}</answer></subquestion>'


@pytest.mark.parametrize("kind", ["matching", "ddmatch"])
def test_a_match_keeps_rows_targets_and_targets_that_fit_nothing(kind):
    found = only(question(kind, pair("<p>Polska</p>", "Warszawa") + pair("Czechy", "Praga") + pair("", "Wiedeń")))

    assert [one.text for one in found.options] == ["Polska", "Czechy"]
    assert [one.text for one in found.targets] == ["Warszawa", "Praga", "Wiedeń"]
    assert found.key == ("L1:R1", "L2:R2")


def test_a_match_whose_targets_are_used_twice_is_rejected():
    assert "used once at most" in reason(question("matching", pair("a", "x") + pair("b", "x") + pair("c", "y")))


def ordering(*numbers, kind="ALL", count=0, grading="ALL_OR_NOTHING"):
    settings = f"<selecttype>{kind}</selecttype><selectcount>{count}</selectcount><gradingtype>{grading}</gradingtype>"
    return settings + "".join(answer(f"Krok {n}", number) for n, number in enumerate(numbers, 1))


def test_rows_to_order_stand_in_the_right_order():
    found = only(question("ordering", ordering("1.0000000", "2.0000000", "3.0000000")))

    assert (found.interaction, found.key) == ("order", ("A", "B", "C"))
    assert [one.text for one in found.options] == ["Krok 1", "Krok 2", "Krok 3"]


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        (ordering(2, 1, 3), "another order than the file"),
        (ordering(1, 2, 3, kind="RANDOM", count=2), "some of its rows only"),
        (ordering(1, 2, 3).replace("<selecttype>ALL</selecttype><selectcount>0</selectcount>", ""), None),
        (ordering(*range(1, 9)).replace("<selecttype>ALL</selecttype><selectcount>0</selectcount>", ""), "rows only"),
    ],
)
def test_an_order_that_is_not_sure_is_rejected(inside, said):
    if said:
        assert said in reason(question("ordering", inside))
    else:
        assert only(question("ordering", inside)).key == ("A", "B", "C")


@pytest.mark.parametrize("kind", sorted(moodle.OTHER_TYPES))
def test_every_other_type_is_rejected_by_name(kind):
    assert f"is of type {kind}: " in reason(question(kind))


@pytest.mark.parametrize(
    ("element", "said"),
    [
        (question("stack"), "is of type stack, which is not known"),
        ('<question type=""><name><text>x</text></name></question>', "is of type no name"),
        (question("multichoice", CHOICE + "<hidden>1</hidden>"), "hidden"),
        (question("multichoice", CHOICE, stem='<img src="@@PLUGINFILE@@/a.png">'), "@@PLUGINFILE@@"),
        (question("multichoice", CHOICE, stem=""), "is empty"),
        (question("multichoice", CHOICE, stem="x" * 4001), "longer than 4000"),
        ("<note/>", "<note> is not a question"),
    ],
)
def test_what_cannot_be_an_item_is_rejected_with_its_reason(element, said):
    assert said in reason(element)


def test_a_place_names_line_number_and_name():
    rejected = read(question("multichoice", CHOICE, name="Dobre"), "", question("essay", name="Opisz proces"))

    assert rejected.rejected[0].where == "f.xml, line 4, question 2 'Opisz proces'"
    assert len(rejected.items) == 1


def test_general_feedback_is_the_rationale_and_other_feedback_is_said_to_be_lost():
    feedback = f'<generalfeedback format="html">{text("<p>Bo tak.</p>")}</generalfeedback>'
    other = CHOICE.replace("<text>A</text>", f"<text>A</text><feedback>{text('Nie.')}</feedback>")
    reading = read(question("multichoice", feedback + other, name="Q1"))

    assert reading.items[0].rationale == "Bo tak."
    assert f"{questions.FEEDBACK}: Q1" in reading.warnings
    assert f"{questions.MARKS}: Q1" in reading.warnings


def test_general_feedback_that_cannot_be_kept_is_left_out_and_said():
    feedback = f'<generalfeedback format="html">{text("<img src=x>")}</generalfeedback>'
    reading = read(question("multichoice", feedback + CHOICE, name="Q1"))

    assert reading.items[0].rationale == ""
    assert f"{questions.REASONS}: Q1" in reading.warnings


def test_texts_have_the_format_of_their_question_unless_they_name_another():
    lines = CHOICE.replace(' format="html"', "").replace("<text>A</text>", "<text>A\nB</text>")
    plain = question("multichoice", lines, stem="Co to?").replace(
        'questiontext format="html"', 'questiontext format="plain_text"'
    )

    assert only(plain).options[0].text == "A\nB"
    assert only(question("multichoice", lines)).options[0].text == "A B"


@pytest.mark.parametrize(("mark", "said"), [("1.0000000", False), ("10.0000000", True), ("0.5", True)])
def test_marks_that_are_not_one_are_said_to_be_lost(mark, said):
    marked = question("multichoice", CHOICE.replace("-25", "0"), name="Q1").replace("1.0000000", mark)

    assert (f"{questions.MARKS}: Q1" in read(marked).warnings) == said


def test_a_table_with_a_caption_is_the_exhibit():
    assert only(question("multichoice", CHOICE, stem=f"<p>Spójrz.</p>{TABLE}")).exhibit == TABLE


def test_what_is_lost_is_one_line_for_many_questions():
    many = [question("multichoice", CHOICE, stem=f"<b>{n}</b>", name=f"Q{n}", shuffled=False) for n in range(8)]
    warnings = read(*many).warnings

    assert f"{questions.EMPHASIS}: Q0, Q1, Q2, Q3, Q4 and 3 more" in warnings
    assert f"{questions.SHUFFLED}: Q0, Q1, Q2, Q3, Q4 and 3 more" in warnings


def test_an_element_that_is_not_read_is_said():
    assert "<sound> is not read: Q1" in read(question("multichoice", CHOICE + "<sound>x</sound>", name="Q1")).warnings


def category(path):
    return f'<question type="category"><category>{text(path)}</category></question>'


def tags(*names):
    return "<tags>" + "".join(f"<tag>{text(one)}</tag>" for one in names) + "</tags>"


@pytest.mark.parametrize(
    ("before", "inside", "outcome", "criteria", "said"),
    [
        ("", tags("CRM.1.1.2", "trudne"), "CRM.1.1", ("CRM.1.1.2",), True),
        ("$course$/top/CRM.1.1/CRM.1.1.1", tags("CRM.1.1.2"), "CRM.1.1", ("CRM.1.1.1", "CRM.1.1.2"), False),
        ("$course$/top/CRM/CRM.1.1", "", "CRM.1.1", (), False),
        ("$course$/A//B", "", "", (), True),
        ("", tags("KZ.1.1.1", "CRM.1", "crm.1.1.1"), "", (), True),
    ],
)
def test_tags_and_categories_that_are_criteria_become_criteria_and_nothing_else_does(
    before, inside, outcome, criteria, said
):
    reading = read(category(before), question("multichoice", CHOICE + inside, name="Q1"))

    assert (reading.items[0].outcome, reading.items[0].criteria) == (outcome, criteria)
    assert (f"{questions.TAGS}: Q1" in reading.warnings) == said


def test_the_id_number_of_a_category_may_be_a_criterion():
    numbered = category("$course$/top").replace("</question>", "<idnumber>CRM.1.1.3</idnumber></question>")

    assert only(numbered, question("multichoice", CHOICE)).criteria == ("CRM.1.1.3",)


def test_tags_of_two_outcomes_are_rejected():
    assert "CRM.1.1, CRM.1.2" in reason(question("multichoice", CHOICE + tags("CRM.1.1.1", "CRM.1.2.1")))


def test_the_language_is_that_of_the_file_else_the_one_given_else_a_gap():
    data = quiz(question("multichoice", CHOICE)).replace(b"<quiz>", b'<quiz xml:lang="en-GB">')

    assert moodle.read(data, "f", CRM).items[0].language == "en"
    unsaid = moodle.read(quiz(question("multichoice", CHOICE)), "f").items[0]
    assert (unsaid.language, "language" in unsaid.gaps) == ("", True)


def number_of(*inside, name="Pytanie nr 1: Łącze?", **changed):
    return only(question("multichoice", CHOICE + "".join(inside), name=name, **changed)).id


def test_the_id_is_the_id_number_or_a_code_and_otherwise_the_name_with_a_mark_of_what_is_asked():
    assert number_of("<idnumber>R-12</idnumber>") == "R-12"
    assert number_of(name="G1A01") == "G1A01"
    assert number_of("<idnumber>R 12</idnumber>", stem="x") == number_of("<idnumber>R 12</idnumber>", stem="y")
    assert number_of().startswith("Pytanie-nr-1-Lacze-")
    assert number_of() == number_of()
    assert number_of() != number_of(stem="<p>Co innego?</p>")
    assert number_of(name="Вопрос").startswith("question-")


def test_a_corrected_key_is_the_same_item_with_another_digest():
    other = CHOICE.replace('fraction="0"', 'fraction="1_"').replace('fraction="100"', 'fraction="0"')
    one, two = (only(question("multichoice", inside)) for inside in (CHOICE, other.replace("1_", "100")))

    assert (one.id == two.id, one.digest == two.digest) == (True, False)


def test_two_questions_with_one_id_are_not_told_apart_by_a_guess():
    twice = [question("multichoice", CHOICE, name="Q1", stem=stem) for stem in ("Raz?", "Dwa?")]
    reading = read(*twice)

    assert ([one.stem for one in reading.items], len(reading.rejected)) == (["Raz?"], 1)
    assert "Q1@1 occurs twice" in reading.rejected[0].reason


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<quiz></quiz>", "holds no questions"),
        (b"<html/>", "line 1: is not Moodle XML: its root is <html>"),
        (b"<quiz><question>", "line 1: is not XML"),
        (b'<!DOCTYPE quiz [<!ENTITY a "b">]><quiz>&a;</quiz>', "line 1: has a DOCTYPE"),
        (b"", "is not XML"),
    ],
)
def test_a_file_that_is_no_bank_is_refused_with_its_place(data, said):
    with pytest.raises(ContentError, match=f"^f.xml.*{said}"):
        moodle.read(data, "f.xml", CRM)


def test_too_many_questions_are_refused(monkeypatch):
    monkeypatch.setattr(questions, "MAX_QUESTIONS", 2)

    with pytest.raises(ContentError, match="more than 2 questions"):
        read(*(question("essay") for _ in range(3)))


NAMES = ["question", "answer", "text", "name", "questiontext", "single", "subquestion", "units", "unit", "tags", "tag"]
inside = st.recursive(
    st.text("<&ab 10.%", max_size=8).map(escape),
    lambda inner: st.builds(
        lambda name, kind, fraction, parts: f"<{name} type='{kind}' fraction='{fraction}'>{''.join(parts)}</{name}>",
        st.sampled_from(NAMES),
        st.sampled_from(["multichoice", "numerical", "matching", "truefalse", "ordering", "category", "x"]),
        st.sampled_from(["100", "0", "x", "-1"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)


@given(inside)
def test_any_elements_in_any_order_are_read_or_rejected(parts):
    with suppress(ContentError):
        reading = moodle.read(f"<quiz><question type='multichoice'>{parts}</question>{parts}</quiz>".encode(), "f", CRM)
        assert json.dumps(reading.as_json())

"""GIFT: read as Moodle reads it, every type that becomes an item, and the others rejected by name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itembank.errors import ContentError
from itembank.exchange import gift, questions
from itembank.reading import Given

CRM = Given(standard="CRM", language="pl")


def read(text, given=CRM):
    return gift.read(text.encode(), "f.gift", given)


def only(text):
    reading = read(text)
    assert (reading.rejected, len(reading.items)) == ((), 1)
    return reading.items[0]


def reason(text):
    reading = read(text)
    assert (reading.items, len(reading.rejected)) == ((), 1), reading
    return reading.rejected[0].reason


def test_a_single_choice_has_one_answer_with_an_equals_sign():
    found = only("::Q1:: Stolica Polski? {\n~Kraków#nie\n= Warszawa\n~Gdańsk\n####Od 1596 roku.\n}")

    assert (found.id, found.interaction, found.stem) == ("Q1", "single", "Stolica Polski?")
    assert [one.text for one in found.options] == ["Kraków", "Warszawa", "Gdańsk"]
    assert (found.key, found.rationale) == (("B",), "Od 1596 roku.")
    assert (found.standard, found.language) == ("CRM", "pl")


def test_weights_that_add_up_make_a_multiple_choice():
    reading = read("::Q1:: Które? {~%50%a ~%-100%b ~%50%c}")

    assert (reading.items[0].interaction, reading.items[0].key) == ("multiple", ("A", "C"))
    assert f"{questions.PARTIAL}: Q1" in reading.warnings


@pytest.mark.parametrize(("said", "key"), [("T", "A"), ("TRUE", "A"), ("F#źle#dobrze", "B"), ("FALSE", "B")])
def test_true_or_false_has_the_words_true_and_false_as_options(said, key):
    found = only(f"Ziemia jest płaska. {{{said}}}")

    assert ([one.text for one in found.options], found.key) == (["true", "false"], (key,))


@pytest.mark.parametrize(
    ("answer", "value", "tolerance"),
    [
        ("#1596", "1596", "0"),
        ("#3.14:0.01", "3.14", "0.01"),
        ("# 1..5", "3", "2"),
        ("#-1.5..2", "0.25", "1.75"),
        ("#=%100%1e2:0.5#brawo\n~#źle", "100", "0.5"),
        ("#=.5", "0.5", "0"),
    ],
)
def test_a_number_has_a_tolerance_or_lies_between_two(answer, value, tolerance):
    found = only(f"Ile? {{{answer}}}")

    assert (found.interaction, found.quantity.value, found.quantity.tolerance) == ("numeric", value, tolerance)


def test_pairs_make_a_match_and_a_pair_without_a_left_side_a_target_that_fits_nothing():
    found = only("Połącz. {\n=Polska -> Warszawa\n=Czechy -> Praga\n= -> Wiedeń\n}")

    assert ([one.text for one in found.options], found.key) == (["Polska", "Czechy"], ("L1:R1", "L2:R2"))
    assert [one.text for one in found.targets] == ["Warszawa", "Praga", "Wiedeń"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Opisz. {}", "essay"),
        ("Opisz. {####bo tak}", "essay"),
        ("Kto? {=Jan =Janek}", "short answer"),
        ("Kto? {Jan}", "short answer"),
        ("Prawda? {true}", "short answer"),
        ("Wstęp bez pytania.", "asks nothing"),
        ("Luka {1:MULTICHOICE:=a~b}", "cloze"),
        ("Ułóż. {>3 ALL V\na\nb\nc}", "ordering"),
        ("Ile? {#1 =2}", "several answers"),
        ("Ile? {#}", "several answers or none"),
        ("Ile? {#%50%1}", "partial credit"),
        ("Ile? {#pięć}", "'pięć' is not a number"),
        ("Ile? {#1..2..3}", "is not a number"),
        ("Ile? {#5..1}", "negative"),
        ("Które? {=a =b ~c}", "2 of its answers are right"),
        ("Które? {~a ~b}", "do not add up to 100 %"),
        ("Które? {~%50%a ~b =c}", "partial credit"),
        ("Które? {=%50%a ~b}", "both = and a share"),
        ("Które? {~%50%a ~%30%b}", "do not add up"),
        ("Które? {=a ~a}", "the same text"),
        ("Połącz {=a -> x =b -> x}", "used once at most"),
        ("Połącz {=a -> x =b}", "not a pair"),
        ("Połącz {z =a -> x =b -> y}", "before the first pair"),
        ("Które {=a ~b", "braces do not match"),
        ("Które =a ~b}", "braces do not match"),
        ("Które} {=a ~b", "braces do not match"),
        ("Które {=a ~b} i {=c ~d}", "more than one answer"),
        ("Które {=a ~{b}}", "more than one answer"),
        ("[html]<img src='x'> {=a ~b}", "an image"),
        ("[markdown]to **jest** {=a ~b}", "Markdown"),
        ("Ile to $$x^2$$? {=a ~b}", "formula"),
        ("Znak \ue001 {=a ~b}", "private character"),
        ("x" * 200_001 + "{=a ~b}", "longer than 200000"),
        ("{=a ~b}", "is empty"),
        ("$CATEGORY: x\nCo? {=a ~b}", "a blank line is expected"),
    ],
)
def test_what_has_no_exact_form_is_rejected_with_its_reason(text, said):
    assert said in reason(text)


def test_a_blank_line_ends_a_question_and_the_others_are_kept():
    reading = read("Raz? {=a\n\n~b}\n\n::Q2::Dwa? {=a ~b}")

    assert [one.id for one in reading.items] == ["Q2"]
    assert [one.where for one in reading.rejected] == ["f.gift, line 1, question 1", "f.gift, line 3, question 2"]


def test_a_place_names_line_number_and_name_and_comments_are_not_counted_as_questions():
    reading = read("// uwaga\n\n// question: 3\n::Esej::Opisz. {}\n")

    assert reading.rejected[0].where == "f.gift, line 4, question 1 'Esej'"


def test_escaped_characters_are_themselves():
    found = only(r"::Q\:1:: Ile to 1\=1 \{a\} \#5 \~? C:\\x\\n {=x\=1\nnowa ~\{y\}}")

    assert found.stem == "Ile to 1=1 {a} #5 ~? C:\\x\\n"
    assert [one.text for one in found.options] == ["x=1\nnowa", "{y}"]


def test_text_after_the_braces_makes_the_gap_visible():
    assert only("Stolicą {=Warszawa ~Kraków} jest miasto.").stem == "Stolicą _____ jest miasto."
    assert only("Dwa plus dwa {=cztery ~pięć}").stem == "Dwa plus dwa"


def test_a_prefix_names_the_format_and_answers_inherit_it():
    found = only("[html]<p>Ile to 2&lt;3?</p> {=<p>a &amp; b</p> ~[plain]c &amp; d}")

    assert found.stem == "Ile to 2<3?"
    assert [one.text for one in found.options] == ["a & b", "c &amp; d"]


def test_categories_and_comments_give_criteria_and_ids():
    reading = read(
        "$CATEGORY: $course$/top/CRM.1.1/CRM.1.1.1\n\n"
        "// [id:K-7] [tag:CRM.1.1.2] [tag:nowe]\nCo? {=a ~b}\n\nCo? {=c ~d}"
    )

    first, second = reading.items
    assert (first.id, first.outcome, first.criteria) == ("K-7", "CRM.1.1", ("CRM.1.1.1", "CRM.1.1.2"))
    assert (second.outcome, second.criteria) == ("CRM.1.1", ("CRM.1.1.1",))
    assert f"{questions.TAGS}: K-7" in reading.warnings


def test_feedback_and_emphasis_that_are_lost_are_said():
    warnings = read("::Q1::[html]<b>Co?</b> {=a#brawo ~b}\n\n::Q2::Co? {=a# ~b}").warnings

    assert f"{questions.FEEDBACK}: Q1" in warnings
    assert f"{questions.EMPHASIS}: Q1" in warnings


def test_general_feedback_that_cannot_be_kept_is_left_out_and_said():
    reading = read("::Q1::[html]Co? {=a ~b ####<img>}")

    assert (reading.items[0].rationale, f"{questions.REASONS}: Q1" in reading.warnings) == ("", True)


def test_importing_again_gives_the_same_items():
    text = "Co to? {=a ~b}\n\n::Inne:: Co to? {=a ~c}"

    assert read(text) == read(text.replace("\n", "\r\n")) == read("\ufeff" + text)


@pytest.mark.parametrize("data", [b"", b"// nic\n", b"\n\n\n"])
def test_a_file_without_questions_is_refused(data):
    with pytest.raises(ContentError, match=r"^f\.gift: holds no questions"):
        gift.read(data, "f.gift", CRM)


def test_a_file_that_is_no_text_is_refused_with_its_line():
    with pytest.raises(ContentError, match=r"f\.gift, line 2: is not UTF-8"):
        gift.read(b"a\n\xff", "f.gift", CRM)
    assert "language" in gift.read(b"a {=b ~c}", "f.gift").items[0].gaps


def escaped(text):
    return re.sub(r"([~=#{}:\\])", r"\\\1", text).replace("\n", r"\n")


words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="<&$_@["), min_size=1)
words = words.filter(lambda text: not text.startswith("\\") and not re.search(r"\\\(|\\begin|(?i:multilang)", text))


@given(stem=words, options=st.lists(words, min_size=2, max_size=6, unique=True), place=st.integers(0, 5))
def test_what_is_written_with_escapes_is_read_back(stem, options, place):
    key = place % len(options)
    answers = "\n".join(("=" if n == key else "~") + escaped(one) for n, one in enumerate(options))

    found = only(f"::Q1:: {escaped(stem)} {{\n{answers}\n}}\n")

    assert (found.stem, [one.text for one in found.options]) == (stem, options)
    assert found.options[key].id == found.key[0]


@given(st.binary(max_size=80) | st.text("{}~=#:\\/$[]%T.1ab\n >-", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused_by_name(data):
    try:
        reading = gift.read(data, "f", CRM)
    except ContentError:
        return
    assert reading.items or reading.rejected

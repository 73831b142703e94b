"""The protocol as a person reads it: the PDF holds every decision, head and basis, in Polish and English."""

import io
from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from engine.plan import OutcomePlan
from results import bases
from results.course import Course
from results.phrasing import Manner, basis_word, interruption_word, outcome_word, result_word
from results.protocol_pdf import Protocol, Signed, data, grouped, render
from tests.results.records import COURSE, MIXED, PASSED, RULE, STARTED
from web.language import within

PRINTED = STARTED + 10_000_000


def manner(language):
    return Manner(language=language, say=partial(within, language), zone=ZoneInfo("Europe/Warsaw"))


def protocol(record=MIXED, course=COURSE, **more):
    return Protocol(
        record=record, course=course, rule=RULE, institution="Instytucja A", allocation="2", printed=PRINTED, **more
    )


def text_of(pdf):
    joined = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(joined.split())


@pytest.fixture(scope="module", params=["en", "pl"])
def printed(request):
    spoken = manner(request.param)
    return spoken, text_of(render(protocol(), spoken))


def test_the_text_holds_every_decision(printed):
    spoken, text = printed

    for row in MIXED.outcomes():
        assert f"{row.id} {row.title}" in text
        if row.theory is not None:
            assert outcome_word(spoken.say, row.theory) in text
            assert spoken.number(row.p_mastery) in text
    for value in (MIXED.theory, MIXED.practice, MIXED.decision):
        assert result_word(spoken.say, value) in text


def test_the_text_holds_every_head(printed):
    spoken, text = printed

    for head in data(protocol(), spoken)["heads"].values():
        assert head in text


def test_the_text_holds_every_basis(printed):
    spoken, text = printed

    for line in bases.standing(RULE, "2", spoken):
        assert line.text in text
        assert line.basis is None or f"{line.text} {basis_word(spoken.say, line.basis)}" in text


def test_the_basis_of_a_cut_is_printed_with_it():
    def planned(outcome, cut, basis=None):
        return OutcomePlan(outcome=outcome, cut=cut, cut_basis=basis, min_items=1, max_items=None, loading=0.0)

    outcomes = (planned("CRM.1.1", 0.0, "Proposal."), planned("CRM.1.2", 0.0, "Proposal."), planned("CRM.1.3", -0.25))
    for language, none in (("en", "no basis given"), ("pl", within("pl", "no basis given"))):
        spoken = manner(language)
        text = text_of(render(protocol(outcomes=outcomes), spoken))
        first = spoken.say("Cut at theta {cut} ({outcomes}): {basis}.", cut=spoken.number(0.0),
                           outcomes="CRM.1.1, CRM.1.2", basis="Proposal")  # fmt: skip

        assert first in text
        assert f"(CRM.1.3): {none}." in text


def test_the_text_holds_the_heads_of_the_log(printed):
    _, text = printed

    assert grouped(COURSE.chain_head) in text
    assert grouped(COURSE.checkpoint) in text
    assert grouped(MIXED.digest) in text


def test_the_text_holds_the_course(printed):
    _, text = printed

    for words in ("Kandydat 07", "CRM/2026/07", "PC-07", "Operator 01", "09:10:00", "1 min 42 s", "Asesor 01"):
        assert words in text
    assert "Przełącznik w sali 2 uruchomiono ponownie." in text


def test_polish_words_are_polish():
    text = text_of(render(protocol(), manner("pl")))

    for words in ("Nieosiągnięty", "Osiągnięty", "Nierozstrzygnięty", "wynik negatywny", "22.11.2026", "0,97"):
        assert words in text


@pytest.mark.parametrize(
    "code", ["review:long_silence", "review:many_drops", "paused:health", "transfer:technical_fault"]
)
@pytest.mark.parametrize("language", ["pl", "en"])
def test_why_the_clock_stood_is_said_in_words(code, language):
    assert "_" not in interruption_word(partial(within, language), code)


def test_undetermined_is_never_called_failed():
    text = text_of(render(protocol(), manner("en")))

    assert "This is not a negative result." in text
    assert "fail" not in text.lower()


def test_a_provisional_result_says_so_before_anything_else():
    text = text_of(render(protocol(PASSED), manner("en")))

    assert text.index("provisional") < text.index("Kandydat 07")
    assert "This result has not been confirmed yet." in text


def test_signatures_are_printed_with_name_time_and_reason():
    signed = protocol(
        PASSED,
        exception=Signed(name="Administrator 01", at=PRINTED - 5_000, reason="Pilotaż, uchwała 4/2026"),
        confirmation=Signed(name="Przewodnicząca 01", at=PRINTED - 4_000, reason=""),
    )
    text = text_of(render(signed, manner("en")))

    assert "Pilotaż, uchwała 4/2026 (Administrator 01, 2026-11-22, 11:46:35)" in text
    assert "Confirmed by Przewodnicząca 01 on 2026-11-22, 11:46:36." in text
    assert "has not been confirmed" not in text


def test_a_sitting_that_never_began_has_a_protocol_too():
    empty: Course = replace(
        COURSE,
        checked_in_ms=None,
        authorised_ms=None,
        started_ms=None,
        ended_ms=None,
        end_reason="",
        interruptions=(),
        incidents=(),
        messages=(),
        supervisors=(),
        checkpoint="",
    )
    text = text_of(render(protocol(course=empty), manner("en")))

    assert "The clock was never stopped." in text
    assert "There were no incidents." in text
    assert "No message was sent." in text
    assert "none yet" in text


def test_messages_are_printed_with_their_words_and_receipts():
    said = data(protocol(), manner("en"))["messages"]

    assert said == [
        ["Your connection is being looked at. While the item is covered, your time stands still.", "Operator 01",
         "09:10:20", "09:11:42", "09:11:51"],
        ["Proszę nie zamykać okna.", "Operator 01", "09:15:30", "–", "–"],
    ]  # fmt: skip
    assert "Proszę nie zamykać okna." in text_of(render(protocol(), manner("en")))


def test_a_message_without_its_text_says_so():
    erased = replace(COURSE, messages=(replace(COURSE.messages[1], text=""),))

    assert (
        data(protocol(course=erased), manner("en"))["messages"][0][0] == "The text of this message is no longer kept."
    )


def test_the_same_protocol_gives_the_same_bytes():
    assert render(protocol(), manner("en")) == render(protocol(), manner("en"))


def test_markup_in_a_name_is_printed_as_it_stands():
    text = text_of(render(protocol(course=replace(COURSE, candidate="#strong[Kandydat] *07* $x$")), manner("en")))

    assert "#strong[Kandydat] *07* $x$" in text


@pytest.mark.parametrize(
    ("ms", "words"), [(0, "0 s"), (59_000, "59 s"), (60_000, "1 min 0 s"), (3_601_000, "1 h 0 min 1 s")]
)
def test_a_span_is_written_to_the_second(ms, words):
    assert manner("en").span(ms) == words


def test_numbers_follow_the_language_and_have_a_true_minus():
    assert manner("pl").number(-0.3) == "−0,30"
    assert manner("en").number(-0.001) == "0.00"

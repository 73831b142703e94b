"""The catalogues: Polish and English say every visible word, and keep every placeholder."""

import re
from datetime import date
from functools import partial

import pytest

from engine import ItemPool, Plan, PoolItem, Population, compile, report, simulate, study
from engine.misspecification import NOTES
from engine.simulation_report import MEANINGS
from results import practice
from results.practice import PracticeError
from results.scheme import Unit
from web.language import COMPLETE, within
from web.report_words import WORDS
from web.simulation_page import case_files, files, report_files
from web.words import collect, found, missing, read

PLACEHOLDER = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("code", COMPLETE)
def test_a_complete_language_lacks_no_sentence(code):
    assert missing(collect(code)) == []


@pytest.mark.parametrize("code", COMPLETE)
def test_the_catalogue_holds_exactly_the_sentences_of_the_product(code):
    said = {message.id for message in read(code) if message.id}

    assert said == {msgid for msgid, _, _ in found()}


@pytest.mark.parametrize("code", COMPLETE)
def test_a_translation_keeps_the_placeholders_of_its_sentence(code):
    wrong = []
    for message in read(code):
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[1]
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        wanted = set(PLACEHOLDER.findall(source))
        wrong += [source for text in texts if not set(PLACEHOLDER.findall(text)) <= wanted]
        if isinstance(message.id, str) and set(PLACEHOLDER.findall(texts[0])) != wanted:
            wrong.append(source)

    assert wrong == []


def test_every_word_of_a_simulation_report_is_marked_for_translation():
    pool = ItemPool.build(PoolItem(item=f"i{n}", outcome=f"O{n % 2}", a=1.0, b=n / 9 - 1) for n in range(20))
    outcomes = {name: {"cut": 0, "min_items": 2, "max_items": 5} for name in ("O0", "O1")}
    test = compile(pool, Plan.parse({"outcomes": outcomes, "lambda": {"O0": 0.5}, "at_limit": "forced"}))
    used = set(MEANINGS.values()) | set(NOTES)

    def say(text, **values):
        used.add(text)
        return text.format(**values)

    sat = report(test, simulate(test, Population(), 60, 1))
    report_files(sat, test.plan, 1.0, say, "en")
    case_files(study(test, 10, 1), test.plan, 1.0, say, "en")

    assert used <= {msgid for msgid, _, _ in found()}
    assert set(WORDS) <= used, "no word is kept that no report says"
    polish = files(sat, test.plan, 1.0, "pl")["report.html"]
    assert '<html lang="pl">' in polish
    assert within("pl", "Decisions by outcome") in polish


def test_a_report_in_polish_is_polish():
    assert within("pl", "Items per sitting") == "Zadania w podejściu"


def test_errors_of_the_practical_part_are_said_in_the_readers_language():
    with pytest.raises(PracticeError) as raised:
        practice.read_csv("criterion,decision\n", Unit(id="Q", title="Q", level="qualification"), date(2026, 11, 22))
    assert str(raised.value).startswith("line 1: the columns criterion, decision, method, assessor, date are expected")
    assert raised.value.said(partial(within, "pl")).startswith("wiersz 1: oczekiwane są kolumny criterion, decision")

"""The catalogues: Polish and English say every visible word, and keep every placeholder."""

import re

import pytest

from engine import ItemPool, Plan, PoolItem, Population, compile, report, simulate, study
from engine.simulation_page import MEANINGS, files, study_files
from web.language import COMPLETE, within
from web.report_words import WORDS
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
    test = compile(pool, Plan.parse({"outcomes": outcomes, "at_limit": "forced"}))
    used = set(MEANINGS.values())

    def words(text):
        used.add(text)
        return text

    files(report(test, simulate(test, Population(), 60, 1)), test.plan, 1.0, words)
    study_files(study(test, 10, 1), test.plan, 1.0, words)

    assert used == set(WORDS)


def test_a_report_in_polish_is_polish():
    assert within("pl", "Items per sitting") == "Zadania w podejściu"

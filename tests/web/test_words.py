"""The catalogues: Polish and English say every visible word, and keep every placeholder."""

import re

import pytest

from web.language import COMPLETE
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

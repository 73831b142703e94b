"""Words in the reader's language: one catalogue per language feeds Python, Jinja and the browser alike.

English sentences are the keys; placeholders are written {name}. A counted sentence has two keys, ``one|many``, and as
many forms as the language has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import g, has_request_context

LANGUAGES = ("pl", "en", "cs", "ru", "kk")
COMPLETE = ("pl", "en")
"""Languages every visible word is translated into; only these are offered to a reader."""
FOLDER = Path(__file__).parent / "translations"

Entry = str | list[str]


def mark(msgid: str) -> str:
    """The msgid itself: marks a sentence for collection where it is only looked up later."""
    return msgid


def language() -> str:
    """The language of the request being answered; English outside one."""
    return str(g.get("language", "en")) if has_request_context() else "en"


def choose(wanted: str | None, accepted: Sequence[str], default: str) -> str:
    """The reader's own choice if it is offered, else the browser's first offered wish, else the default."""
    if wanted in COMPLETE:
        return str(wanted)
    for code in accepted:
        short = code.split("-")[0].lower()
        if short in COMPLETE:
            return short
    return default


@cache
def translations(code: str) -> NullTranslations:
    """The compiled catalogue of a language (`make words` compiles); English keys where there is none."""
    return Translations.load(FOLDER, [code])


def t(msgid: str, /, **values: str | int) -> str:
    """The sentence in the reader's language with its {placeholders} filled."""
    return _fill(translations(language()).gettext(msgid), values)


def tn(one: str, many: str, n: int, /, **values: str | int) -> str:
    """The form of a counted sentence that fits `n`; {n} is filled too."""
    return _fill(translations(language()).ngettext(one, many, n), {"n": n, **values})


def within(code: str, msgid: str, /, **values: str | int) -> str:
    """The sentence in a named language: for documents, whose language is not the reader's."""
    return _fill(translations(code).gettext(msgid), values)


def _fill(text: str, values: Mapping[str, str | int]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


@cache
def browser_catalogue(code: str) -> dict[str, Entry]:
    """What a page carries for its scripts: msgid -> text, ``one|many`` -> forms; what is not translated is left out."""
    path = FOLDER / code / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog: Catalog = read_po(file, locale=code)
    words: dict[str, Entry] = {}
    for message in catalog:
        if not message.id or not any(where.endswith((".svelte", ".ts")) for where, _ in message.locations):
            continue
        if isinstance(message.id, str):
            if message.string:
                words[message.id] = str(message.string)
        elif isinstance(message.string, (tuple, list)) and all(message.string):
            words["|".join(message.id)] = [str(form) for form in message.string]
    return words

"""Items from Aiken, the plainest way to write single-choice questions.

    What is the capital of Poland?
    A. Kraków
    B) Warszawa
    ANSWER: B

Rules:
- the question is one line or several; options are one line each, in the order A, B, C, ...; then one right letter;
- a blank line may stand anywhere between lines, and separates questions;
- whatever stands in another place is rejected with its line, and reading goes on behind the next blank line or ANSWER.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from string import ascii_uppercase

from itembank.errors import ContentError
from itembank.exchange.html_text import plain
from itembank.exchange.questions import Question, collected, text_of
from itembank.reading import NOTHING, Given, Reading

_OPTION = re.compile(r"([A-Z])[.)][ \t]+(.*)")
_ANSWER = re.compile(r"ANSWER[ \t]*:[ \t]*(.*)")


@dataclass(slots=True)
class _Open:
    """The question being read: its first line, what was read of it, and what is wrong with it."""

    line: int = 0
    text: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    fault: tuple[int, str] | None = None

    def letter(self) -> str:
        """The letter of the option that comes next."""
        return ascii_uppercase[len(self.options)] if len(self.options) < len(ascii_uppercase) else ""


def read(data: bytes, place: str, given: Given = NOTHING) -> Reading:
    """Every question of an Aiken file; ContentError when the file as a whole cannot be read."""
    return collected(_questions(text_of(data, place), place), place, given)


def _questions(text: str, place: str) -> Iterator[tuple[str, Question | ContentError]]:
    number, after_blank, now = 1, False, _Open()
    for at, line in enumerate((*text.split("\n"), "", ""), 1):
        words = line.strip()
        if not words and now.line and now.fault:
            yield _finished(now, "", number, place)
            number, now = number + 1, _Open()
        if not words:
            after_blank = True
            continue
        if after_blank and now.options and not _ANSWER.match(words) and not _next_option(now, words):
            now.fault = (at, "a new question begins before an ANSWER line")
            yield _finished(now, "", number, place)
            number, now = number + 1, _Open()
        now.line = now.line or at
        if found := _ANSWER.match(words):
            yield _finished(now, found[1].strip(), number, place)
            number, now = number + 1, _Open()
        else:
            _take(now, words, at, after_blank=after_blank)
        after_blank = False
    if now.line:
        now.fault = now.fault or (now.line, "has no ANSWER line")
        yield _finished(now, "", number, place)


def _next_option(now: _Open, words: str) -> str | None:
    """The text of the option that comes next, if the line is one."""
    found = _OPTION.match(words)
    return found[2] if found and found[1] == now.letter() else None


def _take(now: _Open, words: str, at: int, *, after_blank: bool) -> None:
    """Put a line where it belongs, or note why it belongs nowhere."""
    if now.fault:
        return
    option = _next_option(now, words)
    if option is not None and now.text:
        now.options.append(option)
    elif now.options:
        expected = f"option {now.letter()} or the ANSWER line" if now.letter() else "the ANSWER line"
        now.fault = (at, f"{words[:30]!r} stands where {expected} is expected")
    elif now.text and after_blank:
        now.fault = (at, f"{words[:30]!r} stands where option A is expected")
    else:
        now.text.append(words)


def _finished(now: _Open, answer: str, number: int, place: str) -> tuple[str, Question | ContentError]:
    """The question that ends here, or what is wrong with it."""
    at, reason = now.fault or (now.line, "")
    name = " ".join(now.text)
    where = f"{place}, line {at}, question {number}" + (f" {name[:40]!r}" if name else "")
    if not reason and not now.text:
        reason = "an ANSWER line without a question"
    elif not reason and not now.options:
        reason = "has no options A, B, ..."
    elif not reason and not re.fullmatch(r"[A-Z]", answer):
        reason = f"ANSWER is one capital letter, found {answer[:20]!r}"
    elif not reason and ascii_uppercase.index(answer) >= len(now.options):
        reason = f"ANSWER {answer} is not one of the options A to {ascii_uppercase[len(now.options) - 1]}"
    if reason:
        return where, ContentError(where, reason)
    try:
        return where, Question(
            where=where,
            name="",
            interaction="single",
            stem=plain("\n".join(now.text), "plain_text", where).text,
            options=tuple(plain(one, "plain_text", where).text for one in now.options),
            right=(ascii_uppercase.index(answer),),
        )
    except ContentError as error:
        return where, error

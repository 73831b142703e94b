"""Items from GIFT, Moodle's text format, read as Moodle reads it (question/format/gift).

Rules:
- questions are separated by blank lines; lines that begin with // are comments, which may give [id:...] and [tag:...];
- ::name::, [html], [markdown], [moodle] and [plain], \\~ \\= \\# \\{ \\} \\: \\\\ \\n, #feedback, ####general feedback;
- {=one ~others}, {~%50%several}, {T}, {#value:tolerance}, {#least..greatest}, {=left -> right} become items; the
  others (essay, typed text, cloze, ordering, description) are rejected by name;
- text after the braces makes the gap visible as "_____", as in Moodle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from itembank.errors import ContentError
from itembank.exchange import questions
from itembank.exchange.html_text import Plain, plain
from itembank.exchange.questions import (
    Question,
    collected,
    decimal,
    paired,
    path_of,
    reasons_of,
    right_answers,
    text_of,
)
from itembank.reading import NOTHING, Given, Reading

GAP = "_____"
FORMATS = {"html": "html", "moodle": "moodle_auto_format", "markdown": "markdown", "plain": "plain_text"}
MAX_BLOCK = 200_000
"""Characters of one question."""

_ESCAPES = {":": "\ue000", "#": "\ue001", "=": "\ue002", "{": "\ue003", "}": "\ue004", "~": "\ue005", "n": "\ue006"}
_ESCAPED = re.compile(r"\\([\\:#={}~n])")
_BACK = str.maketrans({mark: "\n" if one == "n" else one for one, mark in _ESCAPES.items()})
_WEIGHT = re.compile(r"%(-?[0-9]{1,3}(?:\.[0-9]*)?)%")
_CLOZE = re.compile(r"[0-9]*:[A-Z_]+:")
_IN_COMMENT = re.compile(r"\[(id|tag):((?:\\.|[^\]\\])*)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """The lines of one question without comments, escapes hidden behind marks; `tags` and `id_number` from comments."""

    where: str
    name: str
    before: str
    answer: str
    after: str
    id_number: str
    tags: tuple[str, ...]

    def error(self, reason: str) -> ContentError:
        """An error placed at this question."""
        return ContentError(self.where, reason)


def read(data: bytes, place: str, given: Given = NOTHING) -> Reading:
    """Every question of a GIFT file; ContentError when the file as a whole cannot be read."""
    return collected(_questions(text_of(data, place), place), place, given)


def _questions(text: str, place: str) -> Iterator[tuple[str, Question | ContentError]]:
    category: tuple[str, ...] = ()
    number = 0
    for line, lines in _blocks(text):
        said = [one for one in lines if not one.startswith("//")]
        if not said:
            continue
        where = f"{place}, line {line + next(n for n, one in enumerate(lines) if not one.startswith('//'))}"
        if said[0].startswith("$CATEGORY:"):
            category = path_of(said[0].removeprefix("$CATEGORY:").strip())
            if len(said) > 1:
                yield where, ContentError(where, "after $CATEGORY a blank line is expected")
            continue
        number += 1
        where = f"{where}, question {number}"
        try:
            block = _block(lines, said, where, category)
            yield block.where, _question(block)
        except ContentError as error:
            yield error.where, error


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Groups of lines between blank ones, each with the number of its first line."""
    lines: list[str] = []
    for at, line in enumerate((*text.split("\n"), ""), 1):
        if words := line.strip():
            lines.append(words)
        elif lines:
            yield at - len(lines), lines
            lines = []


def _block(lines: Sequence[str], said: Sequence[str], where: str, category: tuple[str, ...]) -> _Block:
    text = "\n".join(said)
    if len(text) > MAX_BLOCK:
        raise ContentError(where, f"longer than {MAX_BLOCK} characters")
    if private := re.search("[\ue000-\ue006]", text):
        raise ContentError(where, f"holds the private character {private.group(0)!r}")
    text = _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], "\\"), text)
    name = ""
    if text.startswith("::") and "::" in text[2:]:
        name, _, text = text[2:].partition("::")
        name = _shown(name)
        where = f"{where} {name[:40]!r}"
        text = text.strip()
    before, opening, rest = text.partition("{")
    answer, closing, after = rest.partition("}")
    if not opening and "}" not in text:
        raise ContentError(where, "has no answer in braces: it asks nothing")
    if not opening or not closing or "}" in before:
        raise ContentError(where, "its braces do not match (a blank line ends a question)")
    if "{" in answer or "{" in after or "}" in after:
        raise ContentError(where, "has more than one answer in braces")
    noted = [found for line in lines if line.startswith("//") for found in _IN_COMMENT.findall(line)]
    return _Block(
        where=where,
        name=name,
        before=before,
        answer=answer.strip(),
        after=after,
        id_number=next((_unescaped(value) for kind, value in noted if kind == "id"), ""),
        tags=(*category, *(_unescaped(value) for kind, value in noted if kind == "tag")),
    )


def _question(block: _Block) -> Question:
    answer, separator, general = block.answer.rpartition("####")
    answer = answer.strip() if separator else block.answer
    stem, form = _text(block, block.before + (GAP + block.after if block.after.strip() else ""), "moodle", table=True)
    reasons, lost = reasons_of(lambda: _text(block, general if separator else "", form)[0])
    asked = _Asked(block=block, form=form, answer=answer, stem=stem, reasons=reasons, lost=lost)
    if not answer:
        raise block.error("is an essay: a free text is not marked by a key")
    if answer.startswith("#"):
        return _numerical(asked)
    if answer.startswith(">"):
        raise block.error("is an ordering question of a plugin, which is not read from GIFT (Moodle XML is)")
    if _CLOZE.match(answer):
        raise block.error("is a cloze: gaps in a text have no item form")
    if "~" in answer:
        return _choice(asked)
    if "=" in answer and "->" in answer:
        return _match(asked)
    if answer.partition("#")[0].strip() in ("T", "TRUE", "F", "FALSE"):
        return _true_false(asked)
    raise block.error("is a short answer: a typed text is not marked by a key")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question whose text is read and whose answers are not."""

    block: _Block
    form: str
    answer: str
    stem: Plain
    reasons: Plain
    lost: tuple[str, ...]

    def text(self, text: str) -> Plain:
        """The text of an answer, in the format of the question unless it names another."""
        return _text(self.block, text, self.form)[0]

    def question(self, texts: Sequence[Plain], *lost: str, **fields: Any) -> Question:
        """The question with what its answers say."""
        emphasis = [questions.EMPHASIS] if any(one.lost for one in (self.stem, self.reasons, *texts)) else []
        return Question(
            where=self.block.where,
            name=self.block.name,
            stem=self.stem.text,
            exhibit=self.stem.exhibit,
            rationale=self.reasons.text,
            id_number=self.block.id_number,
            tags=self.block.tags,
            lost=(*self.lost, *lost, *emphasis),
            **fields,
        )


def _text(block: _Block, text: str, form: str, *, table: bool = False) -> tuple[Plain, str]:
    """A text and its format: that of its prefix, else `form`."""
    text = text.strip()
    if found := re.match(r"\[(html|moodle|markdown|plain)\]", text):
        form, text = found[1], text[found.end() :]
    return plain(_shown(text), FORMATS[form], block.where, table=table), form


def _shown(text: str) -> str:
    """A text with its escaped characters as themselves."""
    return text.translate(_BACK).strip()


def _unescaped(text: str) -> str:
    """A value of a comment, whose closing bracket may be escaped."""
    return re.sub(r"\\(.)", r"\1", text).strip()


def _parts(answer: str) -> tuple[str, list[str]]:
    """What stands before the first # and the feedback after it, if any says something."""
    text, _, feedback = answer.partition("#")
    return text, [questions.FEEDBACK] if feedback.strip("# \n") else []


def _choice(asked: _Asked) -> Question:
    pieces = [one.strip() for one in asked.answer.replace("=", "~=").split("~")]
    pieces = pieces if pieces[0] else pieces[1:]
    single = "=" in asked.answer
    texts, worth, lost = [], [], list[str]()
    for piece in pieces:
        text, feedback = _parts(piece.removeprefix("="))
        weight = _WEIGHT.match(text)
        if weight and piece.startswith("="):
            raise asked.block.error("an answer has both = and a share of the mark")
        worth.append(Decimal(100) if piece.startswith("=") else Decimal(weight[1]) if weight else Decimal(0))
        texts.append(asked.text(text[weight.end() :] if weight else text))
        lost += feedback
    right, noted = right_answers(asked.block.where, worth, single=single)
    options = tuple(one.text for one in texts)
    interaction = "single" if single else "multiple"
    return asked.question(texts, *noted, *lost, interaction=interaction, options=options, right=right)


def _match(asked: _Asked) -> Question:
    pieces = [one.strip() for one in asked.answer.split("=")]
    if pieces[0]:
        raise asked.block.error(f"{_shown(pieces[0])[:30]!r} stands before the first pair")
    left, right = [], []
    for piece in pieces[1:]:
        row, arrow, target = piece.partition("->")
        if not arrow:
            raise asked.block.error(f"{_shown(piece)[:30]!r} is not a pair with ->")
        left.append(asked.text(row))
        right.append(plain(_shown(target), "plain_text", asked.block.where))
    pairs = [(one.text, other.text) for one, other in zip(left, right, strict=True)]
    return asked.question(left, questions.PARTIAL, **paired(asked.block.where, pairs))


def _true_false(asked: _Asked) -> Question:
    said, feedback = _parts(asked.answer)
    right = 0 if said.strip().startswith("T") else 1
    return asked.question(
        (), questions.TRUE_FALSE, *feedback, interaction="single", options=questions.TRUE_FALSE_WORDS, right=(right,)
    )


def _numerical(asked: _Asked) -> Question:
    numbers, _, wrong = asked.answer[1:].partition("~")
    pieces = [one.strip() for one in numbers.split("=") if one.strip()]
    if len(pieces) != 1:
        raise asked.block.error("a number with several answers or none has no item form")
    text, feedback = _parts(pieces[0])
    if (weight := _WEIGHT.match(text)) and Decimal(weight[1]) != 100:
        raise asked.block.error("gives part of the mark for its number (partial credit), which 1 or 0 cannot keep")
    feedback += _parts(wrong)[1]
    value, tolerance = _interval(asked, _shown(text[weight.end() :] if weight else text))
    return asked.question((), *feedback, interaction="numeric", number=(value, tolerance, ""))


def _interval(asked: _Asked, text: str) -> tuple[str, str]:
    """Value and tolerance of "value", "value:tolerance" or "least..greatest"."""
    between = text.split("..") if ".." in text else []
    first, last = (decimal(one) for one in between) if len(between) == 2 else (None, None)
    if first is not None and last is not None:
        value, tolerance = (
            (Decimal(first) + Decimal(last)) / 2,
            (Decimal(last) - Decimal(first)) / 2,
        )
        return format(value, "f"), format(tolerance, "f")
    one, colon, width = text.partition(":")
    number, tolerance_said = decimal(one), decimal(width) if colon else "0"
    if between or number is None or tolerance_said is None:
        raise asked.block.error(f"{text[:30]!r} is not a number, value:tolerance or least..greatest")
    return number, tolerance_said

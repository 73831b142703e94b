"""Questions of foreign files (Moodle XML, GIFT, Aiken) on their way to rows that the strict reading checks.

Rules:
- a foreign file knows no rationale but its general feedback, and no difficulty, time or law: those stay gaps;
- a criterion comes from a tag or a category that is the id of one (CRM.1.1.1); nothing else makes one;
- the id is the question's own id number or code; otherwise its name with a mark of what it asks, so that importing the
  file again finds the same items, and another question of that name is another item;
- what an item cannot keep and does not change what is right is said once for all questions it concerns.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from string import ascii_uppercase
from typing import Any

from itembank.errors import ContentError
from itembank.exchange.html_text import Plain
from itembank.items import ITEM_ID, Interaction
from itembank.reading import Given, Reading, collect

MAX_BYTES = 50_000_000
MAX_QUESTIONS = 100_000
TRUE_FALSE_WORDS = ("true", "false")
ROUNDED = Decimal("0.01")
"""How far from 100 the shares of right answers may add up, for each of them: Moodle rounds a third to 33.33333."""
NAMED = 5
"""Items a warning names; of the others it says how many."""

EMPHASIS = "emphasis (bold, italics, colours, layout of table cells) is not kept"
FEEDBACK = "feedback on single answers and hints are not kept"
MARKS = "marks and penalties are not kept, an item scores 1 or 0"
PARTIAL = "partial credit is not kept, an answer that is right in part scores 0"
REASONS = "general feedback with images, links or formulas is not kept"
SHUFFLED = "the order of the options is not kept, they are shuffled"
TAGS = "tags and categories that are no criteria of the standard are not kept"
TRUE_FALSE = "the options are the words true and false, as in the file"

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_CODE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A name that serves as an id: one word with a digit, such as G1A01."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question as its file asks it.

    `right`: places (from 0) of the right options; of a match, for every option the place of its target; of rows to
    order (), they stand in the right order. `number`: value and tolerance as decimal strings, and unit. `tags`: words
    that may be ids of criteria. `lost`: what an item cannot keep.
    """

    where: str
    name: str
    interaction: Interaction
    stem: str
    options: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    right: tuple[int, ...] = ()
    number: tuple[str, str, str] | None = None
    exhibit: str | None = None
    rationale: str = ""
    id_number: str = ""
    language: str | None = None
    tags: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def text_of(data: bytes, place: str) -> str:
    """A text file with lines that end in a line feed; ContentError when it is too large or not UTF-8."""
    if len(data) > MAX_BYTES:
        raise ContentError(place, f"larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError(f"{place}, line {data[: error.start].count(10) + 1}", "is not UTF-8 text") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def collected(found: Iterable[tuple[str, Question | ContentError]], place: str, given: Given) -> Reading:
    """What the questions of a file become; ContentError when it holds none."""
    lost: dict[str, tuple[str, ...]] = {}
    reading = collect(_rows(found, place, given, lost), given)
    if not reading.items and not reading.rejected:
        raise ContentError(place, "holds no questions")
    said = tuple(_warnings([(item.id, lost[item.id]) for item in reading.items]))
    return Reading(items=reading.items, rejected=reading.rejected, warnings=(*reading.warnings, *said))


def reasons_of(text: Callable[[], Plain]) -> tuple[Plain, tuple[str, ...]]:
    """The general feedback: no part of what is asked, so where it cannot be kept it is left out, and that is said."""
    try:
        return text(), ()
    except ContentError:
        return Plain(text=""), (REASONS,)


def decimal(text: str) -> str | None:
    """A number of a file ("3.10", "-.5", "1e3") as a decimal string of the same value; None when it is none."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    return format(Decimal(text.strip()), "f")


def right_answers(where: str, worth: Sequence[Decimal], *, single: bool) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The places of the right options by what each is worth in percent of the mark, and what is lost.

    ContentError when right and wrong cannot be told apart by 1 and 0: a share of the mark for one answer, no right one,
    several of a single choice, shares that do not add up to 100.
    """
    right = tuple(place for place, share in enumerate(worth) if share > 0)
    if not single:
        if abs(sum((worth[place] for place in right), Decimal(-100))) > ROUNDED * max(len(right), 1):
            raise ContentError(
                where, "the shares of its right answers do not add up to 100 %, so no set of them is right"
            )
        return right, (PARTIAL,)
    if any(worth[place] != 100 for place in right):
        raise ContentError(where, "gives part of the mark for an answer (partial credit), which 1 or 0 cannot keep")
    if len(right) != 1:
        raise ContentError(where, f"{len(right) or 'none'} of its answers are right, of a single choice exactly one is")
    return right, (MARKS,) if any(share < 0 for share in worth) else ()


def path_of(category: str) -> tuple[str, ...]:
    """The names of a category path such as "$course$/top/CRM.1.1"; a stroke inside a name is doubled."""
    names = (name.replace("\x00", "/").strip() for name in category.replace("//", "\x00").split("/"))
    return tuple(name for name in names if name and name not in ("top", "$course$", "$system$"))


def paired(where: str, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The fields of a match made of pairs; a pair without a left side is a target that fits nothing.

    ContentError when a target belongs to two rows: each is used at most once.
    """
    targets = [right for _, right in pairs]
    if len({" ".join(one.split()) for one in targets}) != len(targets):
        raise ContentError(where, "the same answer belongs to two of its rows, of a match each is used once at most")
    rows = [(place, left) for place, (left, _) in enumerate(pairs) if left]
    return {
        "interaction": "match",
        "options": tuple(left for _, left in rows),
        "targets": tuple(targets),
        "right": tuple(place for place, _ in rows),
    }


def _rows(
    found: Iterable[tuple[str, Question | ContentError]],
    place: str,
    given: Given,
    lost: dict[str, tuple[str, ...]],
) -> Iterator[tuple[str, Any]]:
    for number, (where, question) in enumerate(found, 1):
        if number > MAX_QUESTIONS:
            raise ContentError(place, f"holds more than {MAX_QUESTIONS} questions")
        if isinstance(question, ContentError):
            yield where, question
            continue
        try:
            row, others = _row(question, given)
        except ContentError as error:
            yield where, error
            continue
        lost.setdefault(row["id"], question.lost + ((TAGS,) if others else ()))
        yield where, row


def _row(question: Question, given: Given) -> tuple[dict[str, Any], bool]:
    """The row of the JSONL format, gaps null; and whether there are tags it does not hold."""
    outcome, criteria, others = _tagged(question, given.standard)
    options, key = _options_and_key(question)
    return {
        "id": _identity(question),
        "standard": given.standard,
        "outcome": outcome,
        "criteria": criteria or None,
        "language": question.language,
        "interaction": question.interaction,
        "stem": question.stem,
        "exhibit": question.exhibit,
        "options": options,
        "key": key,
        "rationale": question.rationale or None,
        "expected_difficulty": None,
        "law": None,
        "enemies": [],
        "seconds": None,
    }, others


def _options_and_key(question: Question) -> tuple[Any, Any]:
    if question.number is not None:
        return None, dict(zip(("value", "tolerance", "unit"), question.number, strict=True))
    if question.interaction == "match":
        left, right = _rows_of(question.options, "L"), _rows_of(question.targets, "R")
        pairs = zip(left, question.right, strict=True)
        return {"left": left, "right": right}, {row["id"]: right[place]["id"] for row, place in pairs}
    options = _rows_of(question.options)
    names = [row["id"] for row in options]
    if question.interaction == "order":
        return options, names
    chosen = [names[place] for place in question.right]
    return options, chosen[0] if question.interaction == "single" else chosen


def _rows_of(texts: Sequence[str], side: str = "") -> list[dict[str, str]]:
    """Options with ids: A, B, C, ...; of a match L1, L2, ... and R1, R2, ..."""
    letters = ascii_uppercase if not side and len(texts) <= len(ascii_uppercase) else ""
    return [{"id": letters[n] if letters else f"{side or 'O'}{n + 1}", "text": text} for n, text in enumerate(texts)]


def _tagged(question: Question, standard: str | None) -> tuple[str | None, list[str], bool]:
    """Outcome and criteria among the tags, and whether there are others; ContentError for tags of two outcomes."""
    criteria: list[str] = []
    outcomes: list[str] = []
    for tag in question.tags:
        depth = _depth(tag, standard)
        if depth == 3:
            criteria.append(tag)
            outcomes.append(tag.rpartition(".")[0])
        elif depth == 2:
            outcomes.append(tag)
    if len(set(outcomes)) > 1:
        named = ", ".join(sorted(set(outcomes)))
        raise ContentError(question.where, f"is tagged to more than one learning outcome: {named}")
    others = any(_depth(tag, standard) not in (0, 2, 3) for tag in question.tags)
    return (outcomes[0] if outcomes else None), list(dict.fromkeys(criteria)), others


def _depth(tag: str, standard: str | None) -> int:
    """How deep below the standard a tag names a place: 2 an outcome, 3 a criterion, -1 none of them."""
    if not standard or not (tag == standard or tag.startswith(standard + ".")) or not ITEM_ID.fullmatch(tag):
        return -1
    return tag[len(standard) :].count(".")


def _identity(question: Question) -> str:
    if question.id_number:
        exact = ITEM_ID.fullmatch(question.id_number)
        return question.id_number if exact else _marked(question.id_number, question.id_number)
    if _CODE.fullmatch(question.name):
        return question.name
    asked = [question.stem, question.exhibit, sorted(question.options), sorted(question.targets)]
    return _marked(question.name or question.stem, json.dumps(asked, ensure_ascii=False))


def _marked(words: str, content: str) -> str:
    """Words as an id with eight hexadecimal digits of the content's sha256 behind them."""
    plain = unicodedata.normalize("NFKD", words.replace("ł", "l").replace("Ł", "L")).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9]+", "-", plain)[:40].strip("-") or "question"
    return f"{slug}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _warnings(found: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    """One line for everything that was lost, with the items it concerns."""
    concerned: dict[str, list[str]] = {}
    for name, lost in found:
        for one in dict.fromkeys(lost):
            concerned.setdefault(one, []).append(name)
    for one in sorted(concerned):
        names = concerned[one]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"{one}: {', '.join(names[:NAMED])}{more}"

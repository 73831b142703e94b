"""Items from Moodle XML: what Moodle writes when questions are exported.

Rules:
- multichoice, truefalse, numerical, matching, ddmatch and ordering become items; every other type is rejected by name;
- a question whose score cannot be 1 for what is right and 0 for anything else is rejected: fractions of one answer that
  are worth something in part, several answers to a number, a unit that is marked;
- Moodle gives part of the mark for part of a multiple answer, a matching or an order: here that is 0, and it is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from itembank.errors import ContentError
from itembank.exchange import questions, xml_source
from itembank.exchange.html_text import Plain, plain
from itembank.exchange.questions import Question, decimal, paired, path_of, reasons_of, right_answers
from itembank.exchange.xml_source import Element
from itembank.reading import NOTHING, Given, Reading

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
OTHER_TYPES = {
    "essay": "a free text is not marked by a key",
    "shortanswer": "a typed text is not marked by a key",
    "cloze": "gaps in a text have no item form",
    "multianswer": "gaps in a text have no item form",
    "gapselect": "gaps in a text have no item form",
    "ddwtos": "gaps in a text have no item form",
    "ddimageortext": "it needs an image",
    "ddmarker": "it needs an image",
    "calculated": "its numbers are drawn anew for everybody",
    "calculatedsimple": "its numbers are drawn anew for everybody",
    "calculatedmulti": "its numbers are drawn anew for everybody",
    "random": "it stands for other questions",
    "randomsamatch": "it is made of other questions",
    "description": "it asks nothing",
    "regexp": "a typed text is not marked by a key",
}
"""Types that cannot be an item, and why."""
WITHOUT_MEANING = frozenset(
    {"name", "questiontext", "generalfeedback", "idnumber", "tags", "defaultgrade", "penalty", "hidden", "answer"}
    | {"answernumbering", "showstandardinstruction", "single", "shuffleanswers", "subquestion", "shownumcorrect"}
    | {"correctfeedback", "partiallycorrectfeedback", "incorrectfeedback", "hint", "units", "unitgradingtype"}
    | {"unitpenalty", "showunits", "unitsleft", "layouttype", "selecttype", "selectcount", "gradingtype", "showgrading"}
    | {"numberingstyle", "coursetags", "image", "image_base64", "instructions"}
)
"""Elements that are read, or that say how Moodle shows a question and nothing about what is right."""
OF_AN_ANSWER = frozenset({"text", "feedback", "tolerance", "file"})
SEVERAL = frozenset({"answer", "subquestion", "hint", "unit", "tag", "file"})
"""Elements of which there may be several in one place; of the others a second one would not be read."""


def read(data: bytes, place: str, given: Given = NOTHING) -> Reading:
    """Every question of a Moodle XML file; ContentError when the file as a whole cannot be read."""
    root = xml_source.parse(data, place)
    if root.tag != "quiz":
        raise ContentError(
            f"{place}, line {root.line}", f"is not Moodle XML: its root is <{root.tag[:40]}>, not <quiz>"
        )
    return questions.collected(_questions(root, place), place, given)


def _questions(root: Element, place: str) -> Iterator[tuple[str, Question | ContentError]]:
    category: tuple[str, ...] = ()
    number = 0
    for element in root:
        assert isinstance(element, Element), "xml_source makes every element"
        where = f"{place}, line {element.line}"
        if element.tag != "question":
            yield where, ContentError(where, f"<{str(element.tag)[:40]}> is not a question")
            continue
        if element.get("type") == "category":
            category = (*path_of(_inner(element, "category")), (element.findtext("idnumber") or "").strip())
            continue
        number += 1
        name = _inner(element, "name").strip()
        where = f"{where}, question {number} {name[:40]!r}"
        said = element.get(LANGUAGE) or root.get(LANGUAGE)
        language = said.split("-")[0].lower() if said else None
        try:
            yield where, _question(_Source(element, where, category, language))
        except ContentError as error:
            yield where, error


@dataclass(frozen=True, slots=True)
class _Source:
    """A question element with what stands around it."""

    element: Element
    where: str
    category: tuple[str, ...]
    language: str | None

    def error(self, reason: str) -> ContentError:
        """An error placed at this question."""
        return ContentError(self.where, reason)

    def value(self, name: str, default: str = "") -> str:
        """The text of a child element, without blanks around it."""
        found = self.element.findtext(name)
        return default if found is None else found.strip()

    def flag(self, name: str, default: bool) -> bool:
        """A child element that says true or false."""
        said = self.value(name).lower()
        if said not in ("", "0", "1", "true", "false"):
            raise self.error(f"<{name}> is {said[:20]!r}, neither true nor false")
        return default if not said else said in ("1", "true")

    def text(self, element: Any, default: str = "", *, table: bool = False) -> Plain:
        """The text inside an element, as plain lines, in the format of the question unless it names its own.

        Files beside it are refused.
        """
        asked = self.element.find("questiontext")
        if element is None or asked is None:
            return Plain(text="")
        form = element.get("format") or default or asked.get("format") or "html"
        if (file := element.find("file")) is not None:
            raise self.error(f"holds the file {str(file.get('name'))[:40]!r}, which an item cannot keep")
        return plain(_inner(element), form, self.where, table=table)


def _question(source: _Source) -> Question:
    kind = source.element.get("type") or ""
    if kind in OTHER_TYPES:
        raise source.error(f"is of type {kind}: {OTHER_TYPES[kind]}")
    if kind not in _KINDS:
        raise source.error(f"is of type {kind[:40] or 'no name'}, which is not known")
    if source.flag("hidden", default=False):
        raise source.error("is hidden in its Moodle bank")
    _check_shape(source)
    stem = source.text(source.element.find("questiontext"), "html", table=True)
    reasons, unkept = reasons_of(lambda: source.text(source.element.find("generalfeedback")))
    asked = Question(
        where=source.where,
        name=_inner(source.element, "name").strip(),
        interaction="single",
        stem=stem.text,
        exhibit=stem.exhibit,
        rationale=reasons.text,
        id_number=source.value("idnumber"),
        language=source.language,
        tags=tuple(filter(None, (*source.category, *(_inner(one).strip() for one in source.element.iter("tag"))))),
        lost=(*_lost(source, [stem, reasons]), *unkept),
    )
    return _KINDS[kind](source, asked)


def _check_shape(source: _Source) -> None:
    """Refuse a question that would be read in part: markup that is not escaped, elements twice, an old image."""
    for element in source.element.iter():
        once = [str(one.tag) for one in element if one.tag not in SEVERAL]
        if len(set(once)) != len(once):
            raise source.error(f"<{next(one for one in once if once.count(one) > 1)[:40]}> occurs twice")
        if element.tag == "text" and len(element):
            raise source.error("a <text> holds elements: its markup has to be escaped or stand in CDATA")
    if source.value("image") or source.value("image_base64"):
        raise source.error("holds an image, which an item cannot keep")


def _lost(source: _Source, texts: Iterable[Plain]) -> tuple[str, ...]:
    """What of the question as a whole an item does not keep."""
    lost = [questions.EMPHASIS] if any(one.lost for one in texts) else []
    feedback = [one for one in source.element.iter() if one.tag == "feedback"]
    feedback += [one for one in source.element if one.tag in _FEEDBACK]
    if any(_inner(one).strip() for one in feedback):
        lost.append(questions.FEEDBACK)
    if Decimal(decimal(source.value("defaultgrade", "1")) or "1") != 1:
        lost.append(questions.MARKS)
    unread = {str(one.tag) for one in source.element} - WITHOUT_MEANING
    unread |= {str(part.tag) for one in source.element.iter("answer") for part in one} - OF_AN_ANSWER
    return (*lost, *(f"<{name[:40]}> is not read" for name in sorted(unread)))


_FEEDBACK = frozenset({"correctfeedback", "partiallycorrectfeedback", "incorrectfeedback", "hint", "instructions"})


def _with(asked: Question, texts: Iterable[Plain], *lost: str, **changed: Any) -> Question:
    """The question with what its type adds."""
    emphasis = [questions.EMPHASIS] if any(one.lost for one in texts) else []
    return replace(asked, lost=(*asked.lost, *emphasis, *lost), **changed)


def _choice(source: _Source, asked: Question) -> Question:
    answers = source.element.findall("answer")
    texts = [source.text(one) for one in answers]
    single = source.flag("single", default=True)
    right, lost = right_answers(source.where, [_fraction(source, one) for one in answers], single=single)
    options = tuple(one.text for one in texts)
    interaction = "single" if single else "multiple"
    return _with(
        asked, texts, *lost, *_fixed(source, default=False), interaction=interaction, options=options, right=right
    )


def _fixed(source: _Source, default: bool) -> tuple[str, ...]:
    """What is lost when the options stand in an order of their own; `default`: whether Moodle shuffles them unasked."""
    return () if source.flag("shuffleanswers", default=default) else (questions.SHUFFLED,)


def _true_false(source: _Source, asked: Question) -> Question:
    answers = source.element.findall("answer")
    texts = tuple(_inner(one).strip() for one in answers)
    if len(texts) != 2:
        raise source.error(f"a true/false question has two answers, not {len(texts)}")
    right, lost = right_answers(source.where, [_fraction(source, one) for one in answers], single=True)
    words = (questions.TRUE_FALSE,) if sorted(texts) == sorted(questions.TRUE_FALSE_WORDS) else ()
    return _with(asked, (), *words, *lost, options=texts, right=right)


def _numerical(source: _Source, asked: Question) -> Question:
    answers = source.element.findall("answer")
    worth = [_fraction(source, one) for one in answers]
    if [fraction for fraction in worth if fraction != 0] != [100]:
        raise source.error("a number with several answers or part of the mark has no item form")
    place = worth.index(Decimal(100))
    value, tolerance = _number(source, answers[place])
    for other in (one for one in answers if one is not answers[place] and _inner(one).strip() != "*"):
        near, width = _number(source, other)
        if abs(Decimal(near) - Decimal(value)) <= Decimal(tolerance) + Decimal(width):
            raise source.error("a number that is right and one that is wrong overlap")
    return _with(asked, (), interaction="numeric", number=(value, tolerance, _unit(source)))


def _number(source: _Source, answer: Any) -> tuple[str, str]:
    """Value and tolerance of an answer."""
    value, tolerance = decimal(_inner(answer)), decimal(answer.findtext("tolerance") or "0")
    if value is None or tolerance is None:
        raise source.error("an answer or its tolerance is not a number")
    return value, tolerance


def _unit(source: _Source) -> str:
    units = source.element.findall("units/unit")
    if source.value("unitgradingtype", "0") != "0":
        raise source.error("the unit of its answer is marked, which an item cannot keep")
    if not units:
        return ""
    multiplier = decimal(units[0].findtext("multiplier") or "1")
    if len(units) > 1 or multiplier is None or Decimal(multiplier) != 1:
        raise source.error("its answer may be given in several units, which an item cannot keep")
    if source.flag("unitsleft", default=False):
        raise source.error("its unit stands before the number, which an item cannot keep")
    return (units[0].findtext("unit_name") or "").strip()


def _match(source: _Source, asked: Question) -> Question:
    pairs = source.element.findall("subquestion")
    left = [source.text(one) for one in pairs]
    right = [source.text(one.find("answer"), "plain_text") for one in pairs]
    matched = [(one.text, other.text) for one, other in zip(left, right, strict=True)]
    return _with(
        asked, [*left, *right], questions.PARTIAL, *_fixed(source, default=True), **paired(source.where, matched)
    )


def _order(source: _Source, asked: Question) -> Question:
    """Rows in the order of the file, which is the right one; <fraction> numbers them where Moodle wrote the file."""
    answers = source.element.findall("answer")
    if not _shows_all(source, len(answers)):
        raise source.error("shows some of its rows only, which an item cannot keep")
    numbers = [_fraction(source, one) for one in answers]
    if numbers != sorted(numbers):
        raise source.error("the numbers of its rows say another order than the file")
    texts = [source.text(one) for one in answers]
    lost = [] if source.value("gradingtype").upper() in ("ALL_OR_NOTHING", "-1") else [questions.PARTIAL]
    return _with(asked, texts, *lost, interaction="order", options=tuple(one.text for one in texts))


def _shows_all(source: _Source, rows: int) -> bool:
    """Whether everybody sees every row to order; Moodle shows six at random where nothing is said."""
    count = decimal(source.value("selectcount", "6"))
    drawn = source.value("selecttype", "RANDOM").upper() not in ("ALL", "EXACT", "0")
    return not drawn or (count is not None and (Decimal(count) == 0 or Decimal(count) >= rows))


_KINDS = {
    "multichoice": _choice,
    "truefalse": _true_false,
    "numerical": _numerical,
    "matching": _match,
    "ddmatch": _match,
    "ordering": _order,
}


def _fraction(source: _Source, answer: Any) -> Decimal:
    """What an answer is worth, in percent of the mark (of rows to order: the place)."""
    found = decimal(answer.get("fraction") or "0")
    if found is None or answer.find("fraction") is not None:
        raise source.error("what an answer is worth is not a number in its fraction")
    return Decimal(found)


def _inner(element: Any, name: str = "") -> str:
    """The <text> of an element or of a child of it, "" when there is none."""
    return element.findtext(f"{name}/text" if name else "text") or ""

"""The interactions of QTI that an item here can say truthfully: options, key, and the responses a candidate may give.

Rules:
- an interaction that is not in READERS is refused by its QTI name, and so are two interactions in one item;
- the key comes from the correct response, or from the mapping where that names one best response;
- options are always shuffled here: a fixed order is noted in `lost`, and refused where an option speaks of the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any
from xml.etree.ElementTree import Element

from itembank.exchange.qti_dialects import shown
from itembank.exchange.qti_proof import Responses
from itembank.exchange.qti_texts import Words
from itembank.exchange.qti_values import NUMBERS, Atom, Declared, Value, check_children, fault, unordered
from itembank.fields import MAX_TEXT
from itembank.items import Interaction
from itembank.reading import MAX_OPTIONS

_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_LETTER = r"(?-i:\(?[A-HА-Г]\)?)"
_OTHERS = re.compile(
    r"\b(all|none|both|neither|any|each|some) of (the )?(above|these|below|following|preceding|answers|options)\b"
    r"|\bthe above\b|\babove (answers|options|mentioned)"
    r"|\b(wszystkie (odpowiedzi|powyższe|poniższe|wymienione|podane)|żadn\w+ z (powyż|poniż|wymien|odpow|podan)\w*)"
    r"|\bpowyższ\w+|\bwymienion\w+ (po)?wyżej|\bobie odpowiedzi"
    r"|\bvšechn\w+ (uveden|výše|odpověd|předchoz)|\bžádn\w+ z (uveden|výše|odpověd|předchoz|těchto)|\bvýše uveden"
    r"|\b(все|оба|ни од\w+|ничего)\b.*(перечисл|указан|назван)|жоғарыдағы|\bешқайсысы|\bбарлығы дұрыс"
    rf"|\b(answers?|options?|odpowied\w+|odpověd\w*|ответ\w*|вариант\w*) {_LETTER}(?!\w)"
    rf"|(?<!\w){_LETTER},? (and|or|nor|i|lub|oraz|ani|a|nebo|ani|и|или|және) {_LETTER}(?!\w)",
    re.IGNORECASE,
)
"""Words of an option that speaks of the options around it: en, pl, cs, ru, kk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An interaction read: `options` and `key` as in a row of the JSONL format; numbers have neither yet."""

    interaction: Interaction
    options: Any
    key: Any
    responses: Responses | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefixes:
    """What our own export put before option ids to make them QTI identifiers; to be taken away again."""

    options: str = ""
    targets: str = ""


@dataclass(frozen=True, slots=True)
class _Side:
    """Choices of one kind: QTI identifiers in order, and the rows made of them."""

    names: tuple[str, ...]
    ids: Mapping[str, str]
    rows: list[dict[str, str]]


def question(element: Element, variable: Declared, where: str, lost: set[str], prefixes: Prefixes) -> Question:
    """An interaction as a question; ContentError names what cannot be said here."""
    if variable.initial:
        raise fault(element, where, f"{shown(element.tag)} starts with an answer (default value)")
    if element.tag in _CHILDREN:
        check_children(element, where, once=("prompt", "label"), often=(_CHILDREN[element.tag],))
    return READERS[element.tag](element, variable, where, lost, prefixes)


def gaps(element: Element) -> dict[str, str]:
    """The gaps of a gapMatchInteraction and how a line shows them: "[1]", "[2]", ..."""
    return {gap.get("identifier", ""): f"[{number}]" for number, gap in enumerate(element.iter("gap"), 1)}


def _choice(element: Element, variable: Declared, where: str, lost: set[str], prefixes: Prefixes) -> Question:
    choices = [one for one in element if one.tag in ("simpleChoice", "inlineChoice")]
    side = _side(element, choices, where, lost, prefixes.options, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    _expect(element, variable, where, ("single", "multiple"), ("identifier",))
    most = _whole(element, where, "maxChoices")
    if element.tag == "inlineChoiceInteraction" or most == 1 or variable.cardinality == "single":
        if variable.cardinality == "single" and (most or 0) > 1:
            raise fault(element, where, f"allows {most} choices for a response that is a single one")
        key = _key(element, variable, where, side.names)
        if len(key) != 1:
            raise fault(element, where, f"one of the choices should be right, {len(key)} are")
        return Question(
            interaction="single",
            options=side.rows,
            key=side.ids[str(key[0])],
            responses=_responses(key, side.names, lambda: _subsets(side.names, 1), 1),
        )
    key, least = _key(element, variable, where, side.names), _whole(element, where, "minChoices") or 0
    if (most and most < len(key)) or least > len(key):
        raise fault(element, where, f"allows {least} to {most or 'all'} choices, {len(key)} are right")
    if most and most < len(side.names):
        lost.add("limit on the number of choices")
    return Question(
        interaction="multiple",
        options=side.rows,
        key=[side.ids[name] for name in side.names if name in key],
        responses=_responses(key, side.names, lambda: _subsets(side.names, most or len(side.names)), most),
    )


def _order(element: Element, variable: Declared, where: str, lost: set[str], prefixes: Prefixes) -> Question:
    choices = [one for one in element if one.tag == "simpleChoice"]
    side = _side(element, choices, where, lost, prefixes.options, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    _expect(element, variable, where, ("ordered",), ("identifier",))
    if not variable.correct:
        raise fault(element, where, "has no correct response")
    if sorted(map(str, variable.correct)) != sorted(side.names):
        raise fault(element, where, "orders only a part of the choices, or others")
    most, least = _whole(element, where, "maxChoices"), _whole(element, where, "minChoices")
    if most and most < len(side.names):
        raise fault(element, where, "orders only a part of the choices")

    def every() -> Iterator[Value]:
        for size in range(min(least or len(side.names), len(side.names)), len(side.names) + 1):
            yield from permutations(side.names, size)

    return Question(
        interaction="order",
        options=side.rows,
        key=[side.ids[str(name)] for name in variable.correct],
        responses=Responses(
            key=variable.correct, other=variable.correct[::-1], every=every, atoms=side.names, most=None
        ),
    )


def _match(element: Element, variable: Declared, where: str, lost: set[str], prefixes: Prefixes) -> Question:
    sets = element.findall("simpleMatchSet")
    if len(sets) != 2:
        raise fault(element, where, f"matches {len(sets)} sets instead of 2")
    for each in sets:
        check_children(each, where, often=("simpleAssociableChoice",))
    first, second = map(list, sets)
    sides = (
        _side(element, first, where, lost, prefixes.options, "L"),
        _side(element, second, where, lost, prefixes.targets, "R"),
    )
    return _pairs(element, variable, where, lost, (first, second), sides)


def _gap_match(element: Element, variable: Declared, where: str, lost: set[str], prefixes: Prefixes) -> Question:
    texts = [one for one in element if one.tag in ("gapText", "gapImg")]
    places = gaps(element)
    if len(places) > MAX_OPTIONS:
        raise fault(element, where, f"has {len(places)} gaps, {MAX_OPTIONS} are possible")
    rows = [{"id": f"L{number}", "text": text} for number, text in enumerate(places.values(), 1)]
    left = _Side(tuple(places), {name: row["id"] for name, row in zip(places, rows, strict=True)}, rows)
    if len(rows) != sum(1 for _ in element.iter("gap")):
        raise fault(element, where, "has two gaps of one identifier")
    side = _side(element, texts, where, lost, prefixes.targets, "R")
    return _pairs(element, variable, where, lost, (texts, list(element.iter("gap"))), (side, left))


def _pairs(
    element: Element,
    variable: Declared,
    where: str,
    lost: set[str],
    choices: tuple[Sequence[Element], Sequence[Element]],
    sides: tuple[_Side, _Side],
) -> Question:
    _expect(element, variable, where, ("single", "multiple"), ("directedPair",))
    first, second = sides
    pairs = [(one, other) for one in first.names for other in second.names]
    key = _key(element, variable, where, pairs)
    for turned in (False, True) if element.tag == "matchInteraction" else (True,):
        rows = [ends[::-1] if turned else ends for ends in key if isinstance(ends, tuple)]
        left, right = (second, first) if turned else (first, second)
        if {one for one, _ in rows} == set(left.names) and len(rows) == len(left.names) == len(
            {two for _, two in rows}
        ):
            break
    else:
        raise fault(element, where, f"{shown(element.tag)}: not every row has exactly one partner of its own")
    limits = [_limits(each, side, where) for each, side in zip(choices, sides, strict=True)]
    most = _whole(element, where, "maxAssociations") or None
    if most is not None and most < len(key):
        raise fault(element, where, f"allows {most} pairs, {len(key)} are right")
    if any(limit != 1 for side_limits in limits for limit in side_limits.values()):
        lost.add("pairs that use an option more than once")
    once = [end for end in ((1, 0) if turned else (0, 1)) if all(limit == 1 for limit in limits[end].values())]
    return Question(
        interaction="match",
        options={"left": left.rows, "right": right.rows},
        key={left.ids[one]: right.ids[other] for one, other in rows},
        responses=Responses(
            key=key,
            other=key[1:] or next(((pair,) for pair in pairs if pair not in key), key),
            every=lambda: _pairings(pairs, limits, most),
            atoms=pairs,
            most=most,
            source=(lambda pair: str(pair[once[0]])) if once else None,  # type: ignore[index]
        ),
    )


def _text_entry(element: Element, variable: Declared, where: str, lost: set[str], _: Prefixes) -> Question:
    if variable.base not in NUMBERS:
        raise fault(
            element, where, f"textEntryInteraction asks for words (baseType {variable.base[:20]}), not a number"
        )
    _expect(element, variable, where, ("single",), NUMBERS)
    if element.get("base", "10") != "10":
        raise fault(element, where, "textEntryInteraction asks for a number to another base than 10")
    if element.get("patternMask"):
        lost.add("pattern of the answer")
    return Question(interaction="numeric", options=None, key=None, responses=None)


_CHILDREN = {
    "choiceInteraction": "simpleChoice",
    "inlineChoiceInteraction": "inlineChoice",
    "orderInteraction": "simpleChoice",
    "matchInteraction": "simpleMatchSet",
    "textEntryInteraction": "",
}
"""What an interaction holds beside its prompt; a gapMatchInteraction holds text."""
READERS = {
    "choiceInteraction": _choice,
    "inlineChoiceInteraction": _choice,
    "orderInteraction": _order,
    "matchInteraction": _match,
    "gapMatchInteraction": _gap_match,
    "textEntryInteraction": _text_entry,
}


def _expect(
    element: Element, variable: Declared, where: str, cardinalities: Sequence[str], bases: Sequence[str]
) -> None:
    if variable.cardinality not in cardinalities or variable.base not in bases:
        raise fault(
            element,
            where,
            f"{shown(element.tag)} with a response {variable.cardinality} {variable.base[:20]} is not read",
        )


def _side(element: Element, choices: Sequence[Element], where: str, lost: set[str], prefix: str, letters: str) -> _Side:
    """Choices with ids that fit: their own without the prefix of our export, else letters or numbered letters."""
    if len(choices) > MAX_OPTIONS:
        raise fault(element, where, f"has {len(choices)} options, {MAX_OPTIONS} are possible")
    names = [choice.get("identifier", "") for choice in choices]
    if len(set(names)) != len(names) or not all(names):
        raise fault(element, where, "an option has no identifier, or that of another option")
    for choice in choices:
        if "templateIdentifier" in choice.attrib or choice.get("showHide", "show") != "show":
            raise fault(choice, where, "has an option that is shown or hidden by a template")
    texts = [Words(where, lost, met=_no_table).inside(choice).text() for choice in choices]
    _check_order(element, choices, texts, where, lost)
    own = [name.removeprefix(prefix) for name in names]
    if not all(_ID.fullmatch(one) for one in own) or len(set(own)) != len(own):
        own = [letters[n] if n < len(letters) > 1 else f"{letters[0]}{n + 1}" for n in range(len(names))]
    rows = [{"id": one, "text": text} for one, text in zip(own, texts, strict=True)]
    return _Side(tuple(names), dict(zip(names, own, strict=True)), rows)


def _no_table(element: Element, words: Words) -> bool:
    if element.tag == "table":
        raise fault(element, words.where, "shows a table in an option")
    return False


def _check_order(
    element: Element, choices: Sequence[Element], texts: Sequence[str], where: str, lost: set[str]
) -> None:
    shuffled = element.get("shuffle", "false") in ("true", "1")
    for choice, text in zip(choices, texts, strict=True):
        fixed = choice.get("fixed", "false") in ("true", "1")
        if (fixed or not shuffled) and _OTHERS.search(text[:MAX_TEXT]):
            raise fault(choice, where, f"the order of the options matters: {text[:60]!r} speaks of others")
        if fixed and shuffled:
            lost.add("fixed place of an option")
    if not shuffled:
        lost.add("fixed order of the options")


def _key(element: Element, variable: Declared, where: str, atoms: Iterable[Atom]) -> Value:
    """The correct response, else the atoms the mapping gives something for."""
    known = set(atoms)
    key = variable.correct
    if not key and variable.mapping is not None:
        worth = {one: variable.mapping.of(one) for one in known if variable.mapping.of(one) > 0}
        single = variable.cardinality == "single"
        key = unordered(one for one in worth if not single or worth[one] == max(worth.values()))
    if not key:
        raise fault(element, where, "has no correct response")
    if unknown := [one for one in key if one not in known]:
        raise fault(element, where, f"the correct response {str(unknown[0])[:40]} is not among the options")
    if len(set(key)) != len(key):
        raise fault(element, where, "the correct response names an option twice")
    return key


def _responses(key: Value, names: Sequence[str], every: Callable[[], Iterator[Value]], most: int | None) -> Responses:
    other = next(((name,) for name in names if (name,) != key), key)
    return Responses(key=key, other=other, every=every, atoms=names, most=most or None)


def _subsets(names: Sequence[str], most: int) -> Iterator[Value]:
    for size in range(1, most + 1):
        for chosen in combinations(names, size):
            yield unordered(chosen)


def _pairings(
    pairs: Sequence[tuple[str, str]], limits: Sequence[Mapping[str, int | None]], most: int | None
) -> Iterator[Value]:
    """Every set of pairs within the limits of their ends and of their number, but the empty one."""
    used: list[dict[str, int]] = [{}, {}]
    taken: list[tuple[str, str]] = []

    def grow(start: int) -> Iterator[Value]:
        for place in range(start, len(pairs)):
            pair = pairs[place]
            if most is not None and len(taken) >= most:
                return
            if any(
                limit[end] is not None and count.get(end, 0) >= limit[end]  # type: ignore[operator]
                for end, limit, count in zip(pair, limits, used, strict=True)
            ):
                continue
            taken.append(pair)
            for end, count in zip(pair, used, strict=True):
                count[end] = count.get(end, 0) + 1
            yield unordered(taken)
            yield from grow(place + 1)
            taken.pop()
            for end, count in zip(pair, used, strict=True):
                count[end] -= 1

    return grow(0)


def _limits(choices: Sequence[Element], side: _Side, where: str) -> dict[str, int | None]:
    """How often each option may be used, None for any number; a gap takes one text."""
    return {
        name: 1 if one.tag == "gap" else (_whole(one, where, "matchMax", 1) or None)
        for name, one in zip(side.names, choices, strict=True)
    }


def _whole(element: Element, where: str, name: str, default: int | None = None) -> int | None:
    text = element.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,6}", text.strip()):
        raise fault(element, where, f"{name} is no whole number: {text[:20]!r}")
    return int(text)

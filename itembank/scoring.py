"""Marking a response against the key: 1 when all of it is right, otherwise 0.

Rules:
- a response that does not fit the interaction is refused (InvalidResponse), never scored;
- no response (None) is an omission: scored 0 and marked as omitted;
- what is kept of a response is in authored ids, so that it can be read and scored again without the arrangement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from itembank.errors import InvalidResponse
from itembank.interactions import Arrangement, check_arrangement, shown_choice, shown_target
from itembank.items import Item

_GROUPS = re.compile(r"[ \u00a0\u202f]")
_NUMBER = re.compile(r"[+-]?([0-9]{1,3}([ \u00a0\u202f][0-9]{3}){1,4}|[0-9]{1,15})([.,][0-9]{1,10})?")
MAX_NUMBER = 40
"""Characters of a typed number, blanks included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A response in authored ids ("L1:R3" for a match, "15000.5" for a number), whether it was omitted, its score."""

    response: tuple[str, ...]
    omitted: bool
    score: int


def mark(item: Item, arrangement: Arrangement, response: Sequence[str] | None) -> Marked:
    """Score a response given in shown ids; None is an unanswered item. InvalidResponse when it does not fit."""
    check_arrangement(item, arrangement)
    if response is None:
        return Marked(response=(), omitted=True, score=0)
    if isinstance(response, str) or not all(isinstance(one, str) for one in response):
        raise InvalidResponse("a response is a list of texts")
    authored = _authored(item, arrangement, tuple(response))
    return Marked(response=authored, omitted=False, score=rescore(item, authored))


def rescore(item: Item, authored: tuple[str, ...]) -> int:
    """The score of a kept response (authored ids): 1 or 0. An omission, (), is 0."""
    if item.quantity is None:
        return int(authored == item.key)
    if not authored:
        return 0
    value, right = Decimal(authored[0]), Decimal(item.quantity.value)
    return int(abs(value - right) <= Decimal(item.quantity.tolerance))


def right_response(item: Item, arrangement: Arrangement) -> list[str]:
    """The fully right response in shown ids: the inverse of `mark`, for rehearsals and checks, never for a browser."""
    check_arrangement(item, arrangement)
    if item.quantity is not None:
        return [item.quantity.value]
    choices = {one: shown_choice(n) for n, one in enumerate(arrangement.choices)}
    targets = {one: shown_target(n) for n, one in enumerate(arrangement.targets)}
    if item.interaction == "match":
        pairs = (pair.split(":") for pair in item.key)
        return [f"{choices[left]}:{targets[right]}" for left, right in pairs]
    return [choices[one] for one in item.key]


def number(text: str) -> str:
    """A typed number as a plain decimal string with a point: comma or point, blanks between thousands allowed."""
    typed = text.strip().replace("\u2212", "-")
    if len(typed) > MAX_NUMBER or not _NUMBER.fullmatch(typed):
        raise InvalidResponse("a number is expected")
    sign, whole, fraction = _parts(typed)
    plain = whole + (f".{fraction}" if fraction else "")
    return f"-{plain}" if sign == "-" and plain != "0" else plain


def _parts(typed: str) -> tuple[str, str, str]:
    """Sign, whole part and fraction without what carries no value; exact, as text."""
    bare = _GROUPS.sub("", typed).replace(",", ".")
    whole, _, fraction = bare.lstrip("+-").partition(".")
    return bare[:1], whole.lstrip("0") or "0", fraction.rstrip("0")


def _authored(item: Item, arrangement: Arrangement, response: tuple[str, ...]) -> tuple[str, ...]:
    choices = {shown_choice(n): one for n, one in enumerate(arrangement.choices)}
    if item.interaction == "numeric":
        if len(response) != 1:
            raise InvalidResponse("exactly one number is expected")
        return (number(response[0]),)
    if item.interaction == "match":
        return _pairs(item, arrangement, choices, response)
    if unknown := [one for one in response if one not in choices]:
        raise InvalidResponse(f"{unknown[0]!r:.40} is not one of the choices")
    if len(set(response)) != len(response):
        raise InvalidResponse("a choice occurs twice")
    chosen = tuple(choices[one] for one in response)
    if item.interaction == "single" and len(chosen) != 1:
        raise InvalidResponse("exactly one choice is expected")
    if item.interaction == "order" and len(chosen) != len(choices):
        raise InvalidResponse("every row has its place in the order")
    if item.interaction == "multiple":
        if not chosen:
            raise InvalidResponse("at least one choice is expected")
        return tuple(option.id for option in item.options if option.id in chosen)
    return chosen


def _pairs(item: Item, arrangement: Arrangement, choices: dict[str, str], response: tuple[str, ...]) -> tuple[str, ...]:
    targets = {shown_target(n): one for n, one in enumerate(arrangement.targets)}
    pairs: dict[str, str] = {}
    for pair in response:
        left, colon, right = pair.partition(":")
        if not colon or left not in choices or right not in targets:
            raise InvalidResponse(f"{pair!r:.40} is not a pair of a row and a target")
        if choices[left] in pairs:
            raise InvalidResponse(f"row {left} is paired twice")
        pairs[choices[left]] = targets[right]
    if len(pairs) != len(choices):
        raise InvalidResponse("every row needs its target")
    if len(set(pairs.values())) != len(pairs):
        raise InvalidResponse("a target is used twice")
    return tuple(f"{option.id}:{pairs[option.id]}" for option in item.options)

"""The proof that a QTI item is scored by its key: the key alone reaches the maximum, no answer scores 0.

Rules:
- what cannot be proved is rejected, with the response that speaks against it where there is one;
- choices, orders and pairs are proved by trying every response, or without trying where the rules only ask whether the
  response is the key, or where the sum of a mapping has one greatest response;
- numbers are proved piece by piece: between the constants the rules compare with, the score cannot change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from xml.etree.ElementTree import Element

from itembank.exchange.qti_dialects import shown
from itembank.exchange.qti_processing import Processing, tolerance
from itembank.exchange.qti_values import NULL, Atom, Declared, MapEntries, Value, fault

MAX_RESPONSES = 20_000
"""Responses tried for one item: 14 choices, 7 rows to order, 6 pairs."""
MAX_STEPS = 2_000_000
"""Responses times rules: a few seconds at the very worst, for rules longer than any that people write."""
MAX_CONSTANTS = 1_000
"""Constants a number is compared with."""
_COMPARED = ("match", "equal", "gt", "gte", "lt", "lte")


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """What a candidate may answer: `every` non-empty response, or more; one `other` than the key; pairs by `source`.

    `atoms`: all that may be chosen; `most`: how many at once (None: all); `source` tells atoms apart of which a
    response holds at most one (None: no such limit).
    """

    key: Value
    other: Value
    every: Callable[[], Iterator[Value]]
    atoms: Sequence[Atom]
    most: int | None
    source: Callable[[Atom], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """The score of the key, and whether other responses score something too, which an item here cannot say."""

    score: Fraction
    partial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The numbers that score the maximum, ends included, with what is proved about them."""

    low: Fraction
    high: Fraction
    proven: Proven


def prove(processing: Processing, variable: Declared, responses: Responses, *, mapped: bool) -> Proven:
    """The key alone reaches the maximum and NULL scores 0; ContentError when that is not so or cannot be proved.

    `mapped`: the rules are the template map_response, so that the score is the sum of the variable's mapping.
    """
    name, key = variable.identifier, responses.key
    most = processing.score(name, key)
    if most <= 0:
        raise _unproved(processing, f"the correct response {_said(key)} scores {_figure(most)}")
    if nothing := processing.score(name, NULL):
        raise _unproved(processing, f"no response scores {_figure(nothing)}")
    if _asks_only_for_the_key(processing.rules, name):
        tried: Iterable[Value] = (responses.other,)
    elif mapped and (mapping := variable.mapping) and _greatest_alone(variable, mapping, responses):
        others = (mapping.held(mapping.of(one)) for one in responses.atoms if one not in key)
        return Proven(score=most, partial=len(key) > 1 or any(others))
    else:
        tried = _limited(processing, responses.every())
    partial = False
    for response in tried:
        score = processing.score(name, response)
        if response != key and score >= most:
            raise _unproved(
                processing,
                f"{_said(response)} scores {_figure(score)}, the correct response {_said(key)} {_figure(most)}",
            )
        partial = partial or score not in (0, most)
    return Proven(score=most, partial=partial)


def prove_number(processing: Processing, variable: Declared) -> Interval:
    """The interval of right numbers; ContentError when the right numbers are not one closed interval."""
    name = variable.identifier
    points = sorted(set(_constants(processing, variable)))
    if len(points) > MAX_CONSTANTS:
        raise _unproved(processing, f"the number is compared with more than {MAX_CONSTANTS} others")
    if not points:
        raise _unproved(processing, "the score does not depend on the number")
    tries = [points[0] - 1, points[0]]
    for before, after in pairwise(points):
        tries += [(before + after) / 2, after]
    tries.append(points[-1] + 1)
    scores = [processing.score(name, (one,)) for one in tries]
    most = max(scores)
    if most <= 0:
        raise _unproved(processing, "no number scores more than 0")
    if nothing := processing.score(name, NULL):
        raise _unproved(processing, f"no response scores {_figure(nothing)}")
    right = [place for place, score in enumerate(scores) if score == most]
    first, last = right[0], right[-1]
    if right != list(range(first, last + 1)):
        raise _unproved(processing, "the right numbers are more than one range")
    if first % 2 == 0 or last % 2 == 0:  # even places lie between constants, or beyond them: an end without its point
        raise _unproved(processing, "the range of right numbers has an open end")
    partial = any(score not in (0, most) for score in scores)
    return Interval(low=tries[first], high=tries[last], proven=Proven(score=most, partial=partial))


def _limited(processing: Processing, every: Iterator[Value]) -> Iterator[Value]:
    most = min(MAX_RESPONSES, MAX_STEPS // processing.size)
    for count, response in enumerate(every):
        if count == most:
            raise _unproved(processing, f"there are more than {most} responses to try")
        yield response


def _asks_only_for_the_key(rules: Element, name: str) -> bool:
    """Whether the rules see of the response only if there is one and if it is the correct one."""
    for parent in rules.iter():
        for child in parent:
            if child.get("identifier") != name or child.tag not in ("variable", "mapResponse"):
                continue
            with_key = any(one.tag == "correct" and one.get("identifier") == name for one in parent)
            if child.tag == "mapResponse" or not (parent.tag == "isNull" or (parent.tag == "match" and with_key)):
                return False
    return True


def _greatest_alone(variable: Declared, mapping: MapEntries, responses: Responses) -> bool:
    """Whether the key's sum is the greatest and no other response's: each atom decides for itself, or each source."""
    if variable.cardinality != "multiple":
        return False
    right, total = set(responses.key), sum((mapping.of(one) for one in responses.key), Fraction())
    if mapping.held(total) != total or total == mapping.low or any(mapping.of(one) <= 0 for one in right):
        return False
    others = [one for one in responses.atoms if one not in right]
    if responses.source is None:
        full = responses.most == len(right)  # nothing can be added to the key, only exchanged
        return all(mapping.of(one) < 0 or (full and mapping.of(one) == 0) for one in others)
    best = {responses.source(one): mapping.of(one) for one in right}
    return all(mapping.of(one) < best.get(responses.source(one), Fraction()) for one in others)


def _constants(processing: Processing, variable: Declared) -> Iterator[Fraction]:
    """The numbers at which the score may change; ContentError when the response is used in any other way."""
    for parent in processing.rules.iter():
        for place, child in enumerate(parent):
            if child.get("identifier") != variable.identifier or child.tag not in ("variable", "mapResponse"):
                continue
            if child.tag == "mapResponse":
                entries = variable.mapping.entries if variable.mapping else {}
                yield from (one for one in entries if isinstance(one, Fraction))
            elif parent.tag in _COMPARED and len(parent) == 2:
                yield from _ends(processing, parent, parent[1 - place])
            elif parent.tag != "isNull":
                raise fault(
                    parent,
                    processing.where,
                    f"needs review, not auto-scorable: operator {shown(parent.tag)} on the number",
                )


def _ends(processing: Processing, comparison: Element, other: Element) -> Iterator[Fraction]:
    constant = processing.constant(other)
    if constant is None:
        raise fault(comparison, processing.where, "compares the number with what is not a constant")
    for one in constant:
        if not isinstance(one, Fraction):
            raise fault(comparison, processing.where, "compares the number with what is not a number")
        yield one
        if comparison.tag == "equal":
            for width in tolerance(comparison, processing.where):
                yield from (one - width, one + width)
                share = width / 100
                if comparison.get("toleranceMode") == "relative":
                    # the percentage is of the first operand, so it is divided by when the response stands first
                    yield from (one * (1 - share), one * (1 + share), one / (1 + share))
                    yield from () if share == 1 else (one / (1 - share),)


def _unproved(processing: Processing, reason: str) -> Exception:
    return fault(processing.at, processing.where, f"the key cannot be proved: {reason}")


def _said(response: Value) -> str:
    """A response as it may be quoted."""
    parts = [
        " ".join(one) if isinstance(one, tuple) else _figure(one) if isinstance(one, Fraction) else str(one)
        for one in response
    ]
    return f"({', '.join(parts)})"[:80]


def _figure(value: Fraction) -> str:
    return f"{float(value):g}"

"""The rule that decides, as data: a closed vocabulary read from JSON, each node with its basis.

Rules of the vocabulary:
- every node kind is one of the classes below; an unknown key or kind is refused with its place;
- `basis` says where a node comes from: stated in the standard, derived from it, or an institution's default;
- a `cut` is met at `value` or above, not met at `not_met_at` or below, undetermined between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

LEVELS = ("criterion", "outcome", "set", "competence", "task", "function", "part")
PARTS = ("theory", "practice", "oral")
MEASURES = ("p_mastery", "theta", "percent", "raw")
WHERE_KEYS = {"binding": bool, "obligatory": bool, "part": str, "kind": str}


class RuleError(ValueError):
    """A rule that does not follow the vocabulary; the message names the place."""


class Value(StrEnum):
    """The three values of a decision; what was not reached is undetermined, never failed."""

    MET = "met"
    NOT_MET = "not_met"
    UNDETERMINED = "undetermined"


class Basis(StrEnum):
    """Where a node of a rule comes from."""

    STATED = "stated"
    DERIVED = "derived"
    INSTITUTION_DEFAULT = "institution_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every node has."""

    basis: Basis | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MinKOf(Node):
    """At least `k` of the nodes; all_of is k = all of them, any_of is k = 1 (`name` keeps the word used)."""

    name: str
    k: int
    of: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach(Node):
    """The rule for every unit of a level (below the present one) that fits `where`; all of them, or at least `k`."""

    level: str
    where: Mapping[str, Any]
    k: int | None
    rule: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Node):
    """States per unit of a level, and no decision."""

    level: str
    where: Mapping[str, Any]
    rule: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Node):
    """The rule within one part of the examination."""

    part: str
    rule: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Met(Node):
    """A human or imported decision on a leaf: the present unit (``self``) or a named one."""

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Node):
    """A measured quantity of a unit against a cut."""

    scope: str
    measure: str
    value: float
    not_met_at: float
    min_items: int
    every_criterion_sampled: bool
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceOf(Node):
    """Documented evidence of a kind, lasting at least `min_months`."""

    type: str
    min_months: int | None
    within: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Node):
    """The rule applies only under a condition (a named fact)."""

    condition: str
    rule: Node


def parse(data: object, place: str = "decision_rule") -> Node:
    """The rule written in `data`; `RuleError` names the first place that does not follow the vocabulary."""
    node = _mapping(data, place)
    kinds = [key for key in PARSERS if key in node]
    if len(kinds) != 1:
        raise RuleError(f"{place}: exactly one of {', '.join(PARSERS)} is expected, found {sorted(node)}")
    return PARSERS[kinds[0]](node, place)


def _several(node: Mapping[str, Any], place: str) -> Node:
    name = "all_of" if "all_of" in node else "any_of"
    _only(node, {name, "basis"}, place)
    of = _list_of_nodes(node[name], f"{place}.{name}")
    return MinKOf(name=name, k=len(of) if name == "all_of" else 1, of=of, basis=_basis(node, place))


def _min_k_of(node: Mapping[str, Any], place: str) -> Node:
    _only(node, {"min_k_of", "basis"}, place)
    body, here = _mapping(node["min_k_of"], f"{place}.min_k_of"), f"{place}.min_k_of"
    _only(body, {"k", "of"}, here)
    of = _list_of_nodes(body.get("of"), f"{here}.of")
    k = _whole(body.get("k"), f"{here}.k", least=1)
    if k > len(of):
        raise RuleError(f"{here}.k: {k} of {len(of)} can never be met")
    return MinKOf(name="min_k_of", k=k, of=of, basis=_basis(node, place))


def _for_each(node: Mapping[str, Any], place: str) -> Node:
    _only(node, {"for_each", "basis"}, place)
    here = f"{place}.for_each"
    body = _mapping(node["for_each"], here)
    _only(body, {"level", "where", "k", "rule", "basis"}, here)
    return ForEach(
        level=_one_of(body.get("level"), LEVELS, f"{here}.level"),
        where=_where(body.get("where", {}), f"{here}.where"),
        k=None if body.get("k") is None else _whole(body["k"], f"{here}.k", least=1),
        rule=parse(body.get("rule"), f"{here}.rule"),
        basis=_basis(body, here) or _basis(node, place),
    )


def _profile(node: Mapping[str, Any], place: str) -> Node:
    _only(node, {"profile", "basis"}, place)
    here = f"{place}.profile"
    body = _mapping(node["profile"], here)
    _only(body, {"level", "where", "rule"}, here)
    return Profile(
        level=_one_of(body.get("level"), LEVELS, f"{here}.level"),
        where=_where(body.get("where", {}), f"{here}.where"),
        rule=parse(body.get("rule"), f"{here}.rule"),
        basis=_basis(node, place),
    )


def _part(node: Mapping[str, Any], place: str) -> Node:
    _only(node, {"part", "rule", "basis"}, place)
    part = _one_of(node["part"], PARTS, f"{place}.part")
    return Part(part=part, rule=parse(node.get("rule"), f"{place}.rule"), basis=_basis(node, place))


def _met(node: Mapping[str, Any], place: str) -> Node:
    _only(node, {"met", "basis"}, place)
    return Met(target=_text(node["met"], f"{place}.met"), basis=_basis(node, place))


def _cut(node: Mapping[str, Any], place: str) -> Node:
    _only(node, {"cut", "basis"}, place)
    here = f"{place}.cut"
    body = _mapping(node["cut"], here)
    known = {"scope", "measure", "value", "not_met_at", "min_items", "every_criterion_sampled", "kinds", "basis"}
    _only(body, known, here)
    measure = _one_of(body.get("measure"), MEASURES, f"{here}.measure")
    value = _number(body.get("value"), f"{here}.value")
    lower = body.get("not_met_at", 1 - value if measure == "p_mastery" else value)
    not_met_at = _number(lower, f"{here}.not_met_at")
    if not_met_at > value:
        raise RuleError(f"{here}.not_met_at: {not_met_at} lies above value {value}")
    if measure == "p_mastery" and not 0 <= not_met_at <= value <= 1:
        raise RuleError(f"{here}: a probability of mastery lies between 0 and 1")
    return Cut(
        scope=_text(body.get("scope", "self"), f"{here}.scope"),
        measure=measure,
        value=value,
        not_met_at=not_met_at,
        min_items=_whole(body.get("min_items", 0), f"{here}.min_items", least=0),
        every_criterion_sampled=_flag(body.get("every_criterion_sampled", False), f"{here}.every_criterion_sampled"),
        kinds=tuple(_text(kind, f"{here}.kinds") for kind in body.get("kinds", ())),
        basis=_basis(body, here) or _basis(node, place),
    )


def _evidence(node: Mapping[str, Any], place: str) -> Node:
    _only(node, {"evidence", "basis"}, place)
    here = f"{place}.evidence"
    body = _mapping(node["evidence"], here)
    _only(body, {"type", "min_months", "within", "valid_on"}, here)
    months = body.get("min_months")
    return EvidenceOf(
        type=_text(body.get("type"), f"{here}.type"),
        min_months=None if months is None else _whole(months, f"{here}.min_months", least=1),
        within=body.get("within"),
        basis=_basis(node, place),
    )


def _when(node: Mapping[str, Any], place: str) -> Node:
    _only(node, {"when", "rule", "else", "basis"}, place)
    if node.get("else", "not_applicable") != "not_applicable":
        raise RuleError(f"{place}.else: only not_applicable is known")
    condition = _text(node["when"], f"{place}.when")
    return When(condition=condition, rule=parse(node.get("rule"), f"{place}.rule"), basis=_basis(node, place))


PARSERS = {
    "all_of": _several,
    "any_of": _several,
    "min_k_of": _min_k_of,
    "for_each": _for_each,
    "profile": _profile,
    "part": _part,
    "met": _met,
    "cut": _cut,
    "evidence": _evidence,
    "when": _when,
}


def _mapping(data: object, place: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise RuleError(f"{place}: an object is expected")
    return data


def _only(node: Mapping[str, Any], known: set[str], place: str) -> None:
    unknown = sorted(set(node) - known)
    if unknown:
        raise RuleError(f"{place}: unknown key {unknown[0]!r}")


def _list_of_nodes(data: object, place: str) -> tuple[Node, ...]:
    if not isinstance(data, list) or not data:
        raise RuleError(f"{place}: a list of at least one rule is expected")
    return tuple(parse(entry, f"{place}[{index}]") for index, entry in enumerate(data))


def _where(data: object, place: str) -> Mapping[str, Any]:
    where = _mapping(data, place)
    for key, value in where.items():
        if key not in WHERE_KEYS or not isinstance(value, WHERE_KEYS[key]):
            raise RuleError(f"{place}: unknown condition {key!r} = {value!r}")
    return dict(where)


def _basis(node: Mapping[str, Any], place: str) -> Basis | None:
    if "basis" not in node:
        return None
    return Basis(_one_of(node["basis"], tuple(Basis), f"{place}.basis"))


def _one_of(data: object, known: tuple[str, ...], place: str) -> str:
    if data not in known:
        raise RuleError(f"{place}: one of {', '.join(known)} is expected, found {data!r}")
    return str(data)


def _text(data: object, place: str) -> str:
    if not isinstance(data, str) or not data:
        raise RuleError(f"{place}: a text is expected, found {data!r}")
    return data


def _whole(data: object, place: str, least: int) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or data < least:
        raise RuleError(f"{place}: a whole number of at least {least} is expected, found {data!r}")
    return data


def _number(data: object, place: str) -> float:
    if not isinstance(data, (int, float)) or isinstance(data, bool) or data != data:
        raise RuleError(f"{place}: a number is expected, found {data!r}")
    return float(data)


def _flag(data: object, place: str) -> bool:
    if not isinstance(data, bool):
        raise RuleError(f"{place}: true or false is expected, found {data!r}")
    return data

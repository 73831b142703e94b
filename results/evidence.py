"""What a decision stands on: measured mastery per outcome, human decisions per criterion, documented facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from results.rules import Value


class EvidenceError(ValueError):
    """Evidence that cannot be read; the message names the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeEvidence:
    """What the theory test says about one outcome.

    `p_mastery`: probability that theta lies above the cut; `items`: scored items; `criteria`: scored items per
    criterion; `forced`: the plan decides at its limit, and this outcome was closed there.
    """

    p_mastery: float
    items: int
    criteria: Mapping[str, int]
    forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All evidence on one candidate and one qualification."""

    outcomes: Mapping[str, OutcomeEvidence] = field(default_factory=dict)
    criteria: Mapping[str, Value] = field(default_factory=dict)
    facts: Mapping[str, bool | int] = field(default_factory=dict)


def read(data: object) -> Evidence:
    """EVIDENCE.json of the public contract: ``{"outcomes": {...}, "criteria": {...}, "facts": {...}}``."""
    body = _object(data, "evidence", {"outcomes", "criteria", "facts"})
    outcomes = _object(body.get("outcomes", {}), "outcomes")
    criteria = _object(body.get("criteria", {}), "criteria")
    facts = _object(body.get("facts", {}), "facts")
    return Evidence(
        outcomes={name: _outcome(node, f"outcomes.{name}") for name, node in outcomes.items()},
        criteria={name: _decision(value, f"criteria.{name}") for name, value in criteria.items()},
        facts={name: _fact(value, f"facts.{name}") for name, value in facts.items()},
    )


def _outcome(data: object, place: str) -> OutcomeEvidence:
    body = _object(data, place, {"p_mastery", "items", "criteria", "forced"})
    mastery = body.get("p_mastery")
    if not isinstance(mastery, (int, float)) or isinstance(mastery, bool) or not 0 <= mastery <= 1:
        raise EvidenceError(f"{place}.p_mastery: a number between 0 and 1 is expected, found {mastery!r}")
    counts = _object(body.get("criteria", {}), f"{place}.criteria")
    return OutcomeEvidence(
        p_mastery=float(mastery),
        items=_count(body.get("items"), f"{place}.items"),
        criteria={name: _count(n, f"{place}.criteria.{name}") for name, n in counts.items()},
        forced=body.get("forced", False) is True,
    )


def _decision(data: object, place: str) -> Value:
    if data not in (Value.MET, Value.NOT_MET):
        raise EvidenceError(f"{place}: met or not_met is expected, found {data!r}")
    return Value(str(data))


def _fact(data: object, place: str) -> bool | int:
    if not isinstance(data, (bool, int)):
        raise EvidenceError(f"{place}: true, false or a number of months is expected, found {data!r}")
    return data


def _count(data: object, place: str) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or data < 0:
        raise EvidenceError(f"{place}: a whole number is expected, found {data!r}")
    return data


def _object(data: object, place: str, known: set[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise EvidenceError(f"{place}: an object is expected")
    unknown = sorted(set(data) - known) if known is not None else []
    if unknown:
        raise EvidenceError(f"{place}: unknown key {unknown[0]!r}")
    return data

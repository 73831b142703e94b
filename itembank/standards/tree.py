"""A qualification standard as its text states it: sets, learning outcomes, verification criteria, in order.

Rules:
- ids are paths under the standard's code: CRM, CRM.1, CRM.1.1, CRM.1.1.1;
- `text` is the leaf without bullet and final mark, `raw` the same with its final mark;
- nothing here is a decision of an institution: parts of criteria, cut scores and glosses live elsewhere and are signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A verification criterion."""

    id: str
    text: str
    raw: str
    binding: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A learning outcome with its criteria; `no` as printed."""

    id: str
    no: str
    title: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeSet:
    """A set of learning outcomes; `no` as printed, `heading_raw` the heading with its number."""

    id: str
    no: str
    title: str
    heading_raw: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How the text has the criteria verified: methods, its scope and words, and what that means for a theory test."""

    methods: tuple[str, ...]
    renewal_methods: tuple[str, ...]
    parts: tuple[str, ...]
    scope: str
    quote: str
    test_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardTree:
    """A standard that was read; `warnings` name what could not be read."""

    code: str
    language: str
    metadata: Mapping[str, Any]
    verification: Verification
    passing_rule: Mapping[str, Any]
    decision_rule: Mapping[str, Any]
    sets: tuple[OutcomeSet, ...]
    warnings: tuple[str, ...]

    @property
    def title(self) -> str:
        """The name of the qualification."""
        return str(self.metadata.get("title", self.code))

    def outcomes(self) -> Iterator[Outcome]:
        """Every outcome in order."""
        for one in self.sets:
            yield from one.outcomes

    def criteria(self) -> Iterator[Criterion]:
        """Every criterion in order."""
        for outcome in self.outcomes():
            yield from outcome.criteria

    def as_json(self) -> dict[str, Any]:
        """The public shape of `kriteria standard import --json`."""
        return {
            "schema": "standard-tree/1",
            "name": self.code,
            "language": self.language,
            "kind": "qualification",
            "metadata": dict(self.metadata),
            "tree": [self._set_json(one) for one in self.sets],
            "verification": {
                "parts": list(self.verification.parts),
                "renewal_methods": list(self.verification.renewal_methods),
            },
            "passing_rule": dict(self.passing_rule),
            "decision_rule": dict(self.decision_rule),
            "counts": {
                "sets": len(self.sets),
                "outcomes": sum(1 for _ in self.outcomes()),
                "criteria": sum(1 for _ in self.criteria()),
            },
            "warnings": list(self.warnings),
        }

    def _set_json(self, one: OutcomeSet) -> dict[str, Any]:
        return {
            "kind": "set",
            "id": one.id,
            "no": one.no,
            "title": one.title,
            "heading_raw": one.heading_raw,
            "outcomes": [
                {
                    "kind": "outcome",
                    "id": outcome.id,
                    "no": outcome.no,
                    "title": outcome.title,
                    "criteria": [self._criterion_json(criterion) for criterion in outcome.criteria],
                }
                for outcome in one.outcomes
            ],
        }

    def _criterion_json(self, criterion: Criterion) -> dict[str, Any]:
        return {
            "kind": "criterion",
            "id": criterion.id,
            "text": criterion.text,
            "raw": criterion.raw,
            "verification": {
                "methods": list(self.verification.methods),
                "scope": self.verification.scope,
                "quote": self.verification.quote,
                "allocation_to_part": "not stated by the text",
            },
            "test_status_in_standard": self.verification.test_status,
            "binding": criterion.binding,
        }


def tree_from_json(stored: Mapping[str, Any]) -> StandardTree:
    """The tree that `as_json` wrote; KeyError when it is something else."""
    first = next(
        criterion for one in stored["tree"] for outcome in one["outcomes"] for criterion in outcome["criteria"]
    )
    stated = stored["verification"]
    return StandardTree(
        code=stored["name"],
        language=stored["language"],
        metadata=stored["metadata"],
        verification=Verification(
            methods=tuple(first["verification"]["methods"]),
            renewal_methods=tuple(stated["renewal_methods"]),
            parts=tuple(stated["parts"]),
            scope=first["verification"]["scope"],
            quote=first["verification"]["quote"],
            test_status=first["test_status_in_standard"],
        ),
        passing_rule=stored["passing_rule"],
        decision_rule=stored["decision_rule"],
        sets=tuple(_set_from(one) for one in stored["tree"]),
        warnings=tuple(stored["warnings"]),
    )


def _set_from(stored: Mapping[str, Any]) -> OutcomeSet:
    return OutcomeSet(
        id=stored["id"],
        no=stored["no"],
        title=stored["title"],
        heading_raw=stored["heading_raw"],
        outcomes=tuple(
            Outcome(
                id=outcome["id"],
                no=outcome["no"],
                title=outcome["title"],
                criteria=tuple(
                    Criterion(id=one["id"], text=one["text"], raw=one["raw"], binding=one["binding"])
                    for one in outcome["criteria"]
                ),
            )
            for outcome in stored["outcomes"]
        ),
    )

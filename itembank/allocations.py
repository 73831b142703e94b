"""Which criteria belong to which part of the exam: an institution's decision, versioned and signed by an account.

Rules:
- where a standard does not allocate its criteria, only a signed decision does; a proposal allocates nothing;
- a decision names every criterion of the standard, each with at least one part;
- a signed decision is never changed; a later version replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from itembank.errors import ContentError, Refused
from itembank.standards.tree import StandardTree

PARTS = ("theory", "practice", "oral")
Parts = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationDecision:
    """Criterion id -> parts, with its grounds (`basis`), the account that signed and when (ms since the epoch)."""

    standard: str
    version: int
    parts: Parts
    basis: str
    signed_by: str
    signed_at: int

    def criteria_in(self, part: str) -> frozenset[str]:
        """The criteria of one part."""
        return frozenset(criterion for criterion, parts in self.parts.items() if part in parts)


def sign(tree: StandardTree, parts: Parts, *, version: int, basis: str, by: str, at: int) -> AllocationDecision:
    """A signed decision for this standard.

    Refused: allocation_unsigned (nobody signs), basis_missing, allocation_incomplete, unknown_criterion, unknown_part.
    """
    if not by.strip():
        raise Refused("allocation_unsigned", tree.code)
    if not basis.strip():
        raise Refused("basis_missing", tree.code)
    known = [criterion.id for criterion in tree.criteria()]
    for criterion, named in parts.items():
        if criterion not in known:
            raise Refused("unknown_criterion", criterion)
        if any(part not in PARTS for part in named) or len(set(named)) != len(named):
            raise Refused("unknown_part", criterion)
    for criterion in known:
        if not parts.get(criterion):
            raise Refused("allocation_incomplete", criterion)
    ordered = MappingProxyType({criterion: tuple(parts[criterion]) for criterion in known})
    return AllocationDecision(
        standard=tree.code, version=version, parts=ordered, basis=basis, signed_by=by, signed_at=at
    )


def read_parts(stored: Any, where: str) -> Parts:
    """Criterion id -> parts from JSON; ContentError names the criterion."""
    if not isinstance(stored, Mapping):
        raise ContentError(where, "a mapping of criteria to parts is expected")
    parts = {}
    for criterion, named in stored.items():
        if not isinstance(named, list) or not named or any(part not in PARTS for part in named):
            raise ContentError(f"{where}, {criterion}", f"a list of parts ({', '.join(PARTS)}) is expected")
        parts[str(criterion)] = tuple(named)
    return MappingProxyType(parts)

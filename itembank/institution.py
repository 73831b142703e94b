"""What an institution adds to a standard: proposals for parts, cut scores, glosses, the exam plan and its rule.

Rules:
- a proposal decides nothing: parts come into force by a signed allocation, a plan by a signed exam session;
- every outcome and criterion named is one of the standard; every criterion has its parts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from itembank.allocations import Parts, read_parts
from itembank.errors import ContentError
from itembank.standards.tree import StandardTree

KEYS = frozenset(
    {
        "schema",
        "standard",
        "status",
        "note",
        "title_en",
        "sets",
        "outcomes",
        "criteria",
        "allocation_basis",
        "allocation_basis_pl",
        "cut_basis",
        "plan",
        "delivery",
        "decision_rule",
    }
)
CRITERION_KEYS = frozenset({"gloss_en", "theory_testable", "reason", "reason_pl", "default_parts"})
TESTABLE = (True, "partly", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeProposal:
    """One outcome's place in the exam plan: cut on its theta, least and greatest number of items."""

    cut: float
    min_items: int
    max_items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionData:
    """The proposal for one standard. `outcomes` holds those the theory part decides; `glosses` are English, by id.

    `delivery` holds the delivery settings proposed for the plan, which proctor/delivery.py checks when they are used.
    `reasons` by language and criterion, `bases` (the grounds proposed for the allocation) by language.
    """

    standard: str
    status: str
    title_en: str
    glosses: Mapping[str, str]
    theory_testable: Mapping[str, bool | str]
    reasons: Mapping[str, Mapping[str, str]]
    default_parts: Parts
    bases: Mapping[str, str]
    outcomes: Mapping[str, OutcomeProposal]
    cut_basis: str
    plan: Mapping[str, Any]
    delivery: Mapping[str, Any]
    decision_rule: Mapping[str, Any]

    @property
    def allocation_basis(self) -> str:
        """The grounds proposed for the allocation, in English."""
        return self.bases["en"]


def read(text: str, tree: StandardTree, place: str) -> InstitutionData:
    """The proposal in an institution.json for this standard; ContentError names the place in it."""
    try:
        stored = json.loads(text)
    except json.JSONDecodeError as error:
        raise ContentError(f"{place}, line {error.lineno}", "is not JSON") from error
    if not isinstance(stored, Mapping) or set(stored) != KEYS:
        wrong = sorted(KEYS ^ set(stored)) if isinstance(stored, Mapping) else ["an object is expected"]
        raise ContentError(place, f"has not exactly the keys of institution data: {wrong[0]}")
    if stored["standard"] != tree.code:
        raise ContentError(f"{place}, standard", f"belongs to {stored['standard']}, not to {tree.code}")
    criteria = stored["criteria"]
    _check_rows(criteria, [one.id for one in tree.criteria()], CRITERION_KEYS, f"{place}, criteria")
    _check_rows(stored["outcomes"], [one.id for one in tree.outcomes()], {"title_en"}, f"{place}, outcomes")
    _check_rows(stored["sets"], [one.id for one in tree.sets], {"title_en"}, f"{place}, sets")
    for name, row in criteria.items():
        if row.get("theory_testable") not in TESTABLE:
            raise ContentError(f"{place}, criteria, {name}", "theory_testable is true, partly or false")
    return InstitutionData(
        standard=tree.code,
        status=stored["status"],
        title_en=stored["title_en"],
        glosses=MappingProxyType(
            {name: row["title_en"] for name, row in (stored["sets"] | stored["outcomes"]).items()}
            | {name: row["gloss_en"] for name, row in criteria.items()}
        ),
        theory_testable=MappingProxyType({name: row["theory_testable"] for name, row in criteria.items()}),
        reasons=MappingProxyType(
            {
                language: MappingProxyType({name: row[key] for name, row in criteria.items()})
                for language, key in (("en", "reason"), ("pl", "reason_pl"))
            }
        ),
        default_parts=read_parts({name: row["default_parts"] for name, row in criteria.items()}, f"{place}, criteria"),
        bases=MappingProxyType({"en": stored["allocation_basis"], "pl": stored["allocation_basis_pl"]}),
        outcomes=MappingProxyType(
            {
                name: _outcome(row, f"{place}, outcomes, {name}")
                for name, row in stored["outcomes"].items()
                if "cut" in row
            }
        ),
        cut_basis=stored["cut_basis"],
        plan=MappingProxyType(stored["plan"]),
        delivery=MappingProxyType(_mapping(stored["delivery"], f"{place}, delivery")),
        decision_rule=MappingProxyType(stored["decision_rule"]),
    )


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ContentError(place, "a mapping is expected")
    return value


def _check_rows(rows: Any, known: list[str], keys: Set[str], place: str) -> None:
    if not isinstance(rows, Mapping) or not all(isinstance(row, Mapping) for row in rows.values()):
        raise ContentError(place, "a mapping of ids is expected")
    if wrong := sorted(set(rows) ^ set(known)):
        raise ContentError(f"{place}, {wrong[0]}", "is missing or is not in the standard")
    for name, row in rows.items():
        if missing := sorted(keys - row.keys()):
            raise ContentError(f"{place}, {name}", f"{missing[0]} is missing")


def _outcome(row: Mapping[str, Any], place: str) -> OutcomeProposal:
    for name, kinds in (("cut", (int, float)), ("min_items", (int,)), ("max_items", (int,))):
        if not isinstance(row.get(name), kinds) or isinstance(row[name], bool):
            raise ContentError(f"{place}, {name}", "a number is expected")
    return OutcomeProposal(cut=float(row["cut"]), min_items=row["min_items"], max_items=row["max_items"])

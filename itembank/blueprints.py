"""The exam plan of a standard as data: PLAN.json made of institution data and a signed allocation."""

from __future__ import annotations

from typing import Any

from itembank.allocations import AllocationDecision
from itembank.errors import Refused
from itembank.institution import InstitutionData
from itembank.pools import PART


def plan(data: InstitutionData, allocation: AllocationDecision) -> dict[str, Any]:
    """PLAN.json of the public contract over the outcomes and criteria the allocation puts into the theory part.

    Outcomes without a theory criterion are not in it: they are decided in practice only.
    Refused: cut_missing names an outcome in the theory part for which no cut is proposed.
    """
    theory = [criterion for criterion in allocation.parts if criterion in allocation.criteria_in(PART)]
    outcomes = list(dict.fromkeys(criterion.rpartition(".")[0] for criterion in theory))
    for outcome in outcomes:
        if outcome not in data.outcomes:
            raise Refused("cut_missing", outcome)
    settings = dict(data.plan)
    least = settings.pop("criterion_min_items")
    return {
        "outcomes": {
            outcome: {
                "cut": data.outcomes[outcome].cut,
                "cut_basis": data.cut_basis,
                "min_items": data.outcomes[outcome].min_items,
                "max_items": data.outcomes[outcome].max_items,
            }
            for outcome in outcomes
        },
        "criteria": {criterion: {"min_items": least} for criterion in theory},
        **settings,
        "decision_rule": data.decision_rule["rule"],
    }

"""A closed sitting's result as its candidate may see it: decisions and coverage, no probability and no item."""

from __future__ import annotations

import json
from collections.abc import Sequence

from itembank.allocations import AllocationDecision
from itembank.standards.tree import StandardTree
from proctor.state import SittingState
from results import record, rules, scheme
from results.practice import PracticeEntry
from results.record import OutcomeRow, ResultRecord, TestedOutcome
from results.rules import Value
from web.errors import Problem
from web.exams import Content
from web.messages import CandidateResult, OutcomeResult


def compose(
    state: SittingState,
    content: Content,
    tree: StandardTree,
    allocation: AllocationDecision,
    practice: Sequence[PracticeEntry],
    *,
    void: bool,
) -> CandidateResult:
    """The result by the plan's decision rule; Problem ``no_result`` when the plan states none."""
    built = build(state, content, tree, allocation, practice)
    return CandidateResult(
        title=content.title,
        theory=built.theory.value,
        qualification=built.decision.value,
        provisional=built.provisional,
        void=void,
        outcomes=tuple(_outcome(row) for row in built.outcomes()),
    )


def build(
    state: SittingState,
    content: Content,
    tree: StandardTree,
    allocation: AllocationDecision,
    practice: Sequence[PracticeEntry],
) -> ResultRecord:
    """The result record of a closed sitting, from the decisions its log holds."""
    plan = content.exam.plan.plan
    if plan.decision_rule is None:
        raise Problem("no_result")
    units = scheme.read(tree.as_json()["tree"], allocation.parts, tree.code, tree.title)
    tested = [
        TestedOutcome(
            outcome=one.outcome,
            decision=Value(one.decision),
            closed=one.closed,
            evidence=one.evidence,
            mastery_micro=one.mastery_micro,
            items=one.items,
            criteria=dict(one.criteria),
        )
        for one in state.decisions
    ]
    return record.build(
        units,
        rules.parse(json.loads(plan.decision_rule)),
        {},
        tested,
        practice,
        provisional=content.provisional,
        at_limit=plan.at_limit,
    )


def _outcome(row: OutcomeRow) -> OutcomeResult:
    sampled, total = row.sampled
    return OutcomeResult(
        outcome=row.id,
        title=row.title,
        decision="practice_only" if row.theory is None else row.theory.value,
        closed=row.closed or "none",  # type: ignore[arg-type]
        items=row.items,
        criteria_sampled=sampled,
        criteria_total=total,
    )

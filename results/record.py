"""The result of one candidate: part -> set -> outcome -> criterion, each with its decision, evidence and basis."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from results.evaluate import Evaluation, evaluate
from results.evidence import Evidence, OutcomeEvidence
from results.practice import PracticeEntry
from results.rules import Cut, Node, Value
from results.scheme import Unit

THEORY, PRACTICE = "theory", "practice"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedOutcome:
    """What the sitting's log says about one outcome; micro = millionths.

    `closed`: ``early`` (decided before its limit), ``limit`` (at its limit or the test's end) or
    ``open`` (minimums not reached).
    """

    outcome: str
    decision: Value
    closed: str
    evidence: str
    mastery_micro: int
    items: int
    criteria: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionRow:
    """One criterion: scored items in the test (None: not tested), the committee's entry (None: none yet)."""

    id: str
    title: str
    items: int | None
    practice: Value | None
    in_practice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """One outcome: decision per part (None: not verified there), with the evidence behind it."""

    id: str
    title: str
    theory: Value | None
    why: str
    basis: str | None
    p_mastery: float | None
    met_at: float | None
    not_met_at: float | None
    items: int
    closed: str | None
    evidence: str | None
    practice: Value | None
    in_practice: bool
    criteria: tuple[CriterionRow, ...]

    @property
    def sampled(self) -> tuple[int, int]:
        """Criteria of the theory part with at least one scored item, and how many there are."""
        asked = [row for row in self.criteria if row.items is not None]
        return sum(1 for row in asked if row.items), len(asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRow:
    """One set of outcomes."""

    id: str
    title: str
    outcomes: tuple[OutcomeRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRecord:
    """The whole result; `provisional`: item parameters are an author's guess, so nothing certifying follows yet."""

    qualification: str
    title: str
    sets: tuple[SetRow, ...]
    theory: Value
    practice: Value
    decision: Value
    label: str
    provisional: bool
    practice_entries: tuple[PracticeEntry, ...]

    def outcomes(self) -> tuple[OutcomeRow, ...]:
        """All outcomes in the order of the standard."""
        return tuple(row for group in self.sets for row in group.outcomes)

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the record: what a signature is put under."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def build(
    qualification: Unit,
    rule: Node,
    labels: Mapping[str, str],
    tested: Sequence[TestedOutcome],
    practice: Sequence[PracticeEntry],
    *,
    provisional: bool,
    at_limit: str,
) -> ResultRecord:
    """The result by the rule of the standard; `at_limit` is the plan's (``forced`` or ``undetermined``)."""
    by_outcome = {row.outcome: row for row in tested}
    evidence = Evidence(
        outcomes={
            name: OutcomeEvidence(
                p_mastery=row.mastery_micro / 1_000_000,
                items=row.items,
                criteria=row.criteria,
                forced=at_limit == "forced" and row.closed == "limit",
            )
            for name, row in by_outcome.items()
        },
        criteria={entry.criterion: entry.decision for entry in practice},
    )
    found = evaluate(rule, qualification, evidence)
    entries = {entry.criterion: entry for entry in practice}
    cuts = _cuts(rule)
    sets = tuple(
        SetRow(
            id=group.id,
            title=group.title,
            outcomes=tuple(
                _outcome(unit, found, by_outcome, entries, cuts) for unit in group.walk() if unit.level == "outcome"
            ),
        )
        for group in qualification.children
    )
    decision = found.value if found.value is not None else Value.UNDETERMINED
    return ResultRecord(
        qualification=qualification.id,
        title=qualification.title,
        sets=sets,
        theory=_part(found, THEORY),
        practice=_part(found, PRACTICE),
        decision=decision,
        label=labels.get({Value.MET: "final_met", Value.NOT_MET: "final_not_met"}.get(decision, ""), ""),
        provisional=provisional,
        practice_entries=tuple(sorted(practice, key=lambda entry: entry.criterion)),
    )


def _part(found: Evaluation, part: str) -> Value:
    values = [node.value for node in found.nodes if node.rule == f"part:{part}"]
    return values[0] if values and values[0] is not None else Value.UNDETERMINED


def _outcome(
    unit: Unit,
    found: Evaluation,
    tested: Mapping[str, TestedOutcome],
    entries: Mapping[str, PracticeEntry],
    cuts: Sequence[Cut],
) -> OutcomeRow:
    row = tested.get(unit.id)
    theory = found.of(unit.id, THEORY) if unit.in_part(THEORY) else None
    node = next((node for node in found.nodes if node.id == unit.id and node.rule == "cut"), None)
    cut = cuts[0] if cuts and theory is not None else None
    return OutcomeRow(
        id=unit.id,
        title=unit.title,
        theory=theory,
        why=node.why if node is not None and theory is not None else "",
        basis=node.basis if node is not None and theory is not None else None,
        p_mastery=row.mastery_micro / 1_000_000 if row is not None else None,
        met_at=cut.value if cut else None,
        not_met_at=cut.not_met_at if cut else None,
        items=row.items if row is not None else 0,
        closed=row.closed if row is not None else None,
        evidence=row.evidence if row is not None else None,
        practice=found.of(unit.id, PRACTICE) if unit.in_part(PRACTICE) else None,
        in_practice=unit.in_part(PRACTICE),
        criteria=tuple(_criterion(leaf, row, entries) for leaf in unit.leaves()),
    )


def _criterion(leaf: Unit, row: TestedOutcome | None, entries: Mapping[str, PracticeEntry]) -> CriterionRow:
    counted = row.criteria.get(leaf.id, 0) if row is not None else 0
    entry = entries.get(leaf.id)
    return CriterionRow(
        id=leaf.id,
        title=leaf.title,
        items=counted if THEORY in leaf.parts else None,
        practice=entry.decision if entry is not None else None,
        in_practice=PRACTICE in leaf.parts,
    )


def _cuts(rule: Node) -> list[Cut]:
    if isinstance(rule, Cut):
        return [rule]
    below = getattr(rule, "of", None) or ([rule.rule] if hasattr(rule, "rule") else [])
    return [cut for node in below for cut in _cuts(node)]

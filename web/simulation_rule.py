"""The certifying rule of a plan in a simulation: what it makes of the decisions on the plan's outcomes alone.

Rules:
- `cut` on the mastery of an outcome of the plan, and `met` of one, is the decision on that outcome; where there is one,
  the outcome has met its minimums.
- Whatever else a rule asks for is not known to a simulation and undetermined: other parts than theory, facts,
  documents, raw scores, single criteria, and units that the plan does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from engine import CertifyingRule, CompiledTest
from engine.simulation_report import ALL_MET, MET, NOT_MET, UNDETERMINED, Decisions
from results.evaluate import evaluate
from results.evidence import Evidence, OutcomeEvidence
from results.rules import Cut, EvidenceOf, ForEach, Met, MinKOf, Node, Part, Profile, Value, When, parse
from results.scheme import Unit

THEORY, OUTCOME, SELF, MASTERY = "theory", "outcome", "self", "p_mastery"
ENOUGH = 1_000_000  # items: the plan's minimums are met where it decides
CODE = {Value.MET: MET, Value.NOT_MET: NOT_MET, Value.UNDETERMINED: UNDETERMINED, None: UNDETERMINED}
"""The value of a rule as the engine counts it; a profile (None) decides nothing."""
VALUE = {MET: Value.MET, NOT_MET: Value.NOT_MET}
Outcomes = Mapping[str, tuple[str, ...]]
"""The plan's outcomes and their criteria in the pool."""


def certifying_rule(test: CompiledTest) -> CertifyingRule:
    """The rule of the test's plan, all outcomes met where it has none. Raises RuleError naming the place."""
    if test.plan.decision_rule is None:
        return ALL_MET
    criteria = test.pool.criteria
    outcomes = {name: tuple(criteria[c] for c in of) for name, of in zip(test.outcomes, test.criteria_of, strict=True)}
    rule = _theory_alone(parse(json.loads(test.plan.decision_rule)))
    root = _units(rule, outcomes)

    def decide(rows: Decisions) -> Decisions:
        found = [CODE[evaluate(rule, root, _evidence(outcomes, row)).value] for row in rows.tolist()]
        return np.array(found, dtype=np.int_)

    unknown = dict.fromkeys(_unknown(rule, outcomes, "qualification"))
    if not unknown and decide(np.full((1, len(outcomes)), MET))[0] == UNDETERMINED:
        unknown = {"units that the plan does not hold": None}
    return CertifyingRule(name="decision_rule", decide=decide, unknown=tuple(unknown))


def _theory_alone(rule: Node) -> Node:
    """The rule with every other part replaced by a leaf that nothing decides."""
    if isinstance(rule, Part) and rule.part != THEORY:
        return Met(target=f"part {rule.part}", basis=rule.basis)
    if isinstance(rule, MinKOf):
        return replace(rule, of=tuple(_theory_alone(node) for node in rule.of))
    if isinstance(rule, (Part, ForEach, Profile, When)):
        return replace(rule, rule=_theory_alone(rule.rule))
    return rule


def _units(rule: Node, outcomes: Outcomes) -> Unit:
    """The plan as units of theory alone; what the rule names beside them is a unit without evidence."""
    children = tuple(
        Unit(
            id=name,
            level=OUTCOME,
            title=name,
            parts=() if criteria else (THEORY,),
            children=tuple(Unit(id=one, level="criterion", title=one, parts=(THEORY,)) for one in criteria),
        )
        for name, criteria in outcomes.items()
    )
    root = Unit(id="qualification", level="qualification", title="qualification", children=children)
    held = {unit.id for unit in root.walk()}
    others = dict.fromkeys(name for name in _scopes(rule) if name not in held)
    return replace(root, children=(*children, *(Unit(id=name, level="other", title=name) for name in others)))


def _below(rule: Node) -> tuple[Node, ...]:
    if isinstance(rule, MinKOf):
        return rule.of
    return (rule.rule,) if isinstance(rule, (Part, ForEach, Profile, When)) else ()


def _scopes(rule: Node) -> Iterator[str]:
    """The units that cuts name."""
    if isinstance(rule, Cut) and rule.scope != SELF:
        yield rule.scope
    for node in _below(rule):
        yield from _scopes(node)


def _unknown(rule: Node, outcomes: Outcomes, level: str) -> Iterator[str]:
    """What the rule asks for of the present level or of named units, and no simulation knows."""
    if isinstance(rule, Met | Cut):
        target = rule.target if isinstance(rule, Met) else rule.scope
        named = level == OUTCOME if target == SELF else target in outcomes
        if isinstance(rule, Cut) and rule.measure != MASTERY:
            yield f"a cut on {rule.measure}"
        elif not named:
            yield level if target == SELF else target
    elif isinstance(rule, EvidenceOf):
        yield rule.type
    elif isinstance(rule, When):
        yield rule.condition
    elif isinstance(rule, ForEach | Profile) and rule.level not in (OUTCOME, "criterion"):
        yield rule.level
        return
    inner = rule.level if isinstance(rule, ForEach | Profile) else level
    for node in _below(rule):
        yield from _unknown(node, outcomes, inner)


def _evidence(outcomes: Outcomes, row: Iterable[int]) -> Evidence:
    """The decisions of one row as evidence; none on what is undetermined."""
    decided = {name: one for name, one in zip(outcomes, row, strict=True) if one != UNDETERMINED}
    return Evidence(
        outcomes={
            name: OutcomeEvidence(
                p_mastery=float(one == MET), items=ENOUGH, criteria=dict.fromkeys((name, *outcomes[name]), ENOUGH)
            )
            for name, one in decided.items()
        },
        criteria={name: VALUE[one] for name, one in decided.items()},
    )

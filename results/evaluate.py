"""A rule applied to evidence: strong Kleene logic, with the value, basis and reason of every node.

Rules:
- all_of is not_met if any is not_met, else undetermined if any is undetermined;
- min_k_of is met when k are met, not_met when met + undetermined < k;
- an empty for_each is undetermined, never met; a profile reports states and decides nothing;
- what was not reached (no evidence, too few items, a criterion not sampled) is undetermined, never failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch

from results.evidence import Evidence, OutcomeEvidence
from results.rules import Cut, EvidenceOf, ForEach, Met, MinKOf, Node, Part, Profile, Value, When
from results.scheme import Unit

FORCED_CUT = 0.5
"""Where a plan that decides at its limit (`at_limit: forced`) puts both borders for the outcomes it closed there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeValue:
    """One evaluated node: the unit it speaks of, its value (None in a profile or where it does not apply), and why."""

    id: str
    rule: str
    value: Value | None
    basis: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The value of a rule (None for a profile) and of every node below it, outermost first."""

    value: Value | None
    nodes: tuple[NodeValue, ...]

    def of(self, unit: str, part: str) -> Value | None:
        """The value a part's rule gave to one unit, None if it was not asked."""
        return next((node.value for node in self.nodes if node.id == unit and node.rule == f"{part}.unit"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    unit: Unit
    root: Unit
    part: str | None
    evidence: Evidence


def evaluate(rule: Node, root: Unit, evidence: Evidence) -> Evaluation:
    """The rule's value on a standard's units and the evidence on one candidate."""
    nodes: list[NodeValue] = []
    value = _value(rule, _Here(unit=root, root=root, part=None, evidence=evidence), nodes)
    return Evaluation(value=value, nodes=tuple(nodes))


def at_least(k: int, values: Sequence[Value | None]) -> Value:
    """Strong Kleene "at least k"; nodes that do not apply (None) are left out and, all_of-like, lower k with them."""
    asked = [value for value in values if value is not None]
    needed = k - (len(values) - len(asked)) if k == len(values) else k
    met, open_ = asked.count(Value.MET), asked.count(Value.UNDETERMINED)
    if not asked:
        return Value.UNDETERMINED
    if met >= needed:
        return Value.MET
    return Value.NOT_MET if met + open_ < needed else Value.UNDETERMINED


@singledispatch
def _value(rule: Node, here: _Here, nodes: list[NodeValue]) -> Value | None:
    raise TypeError(f"no evaluation for {type(rule).__name__}")


def _note(nodes: list[NodeValue], at: int, here: _Here, rule: Node, name: str, value: Value | None, why: str) -> None:
    basis = str(rule.basis) if rule.basis is not None else None
    nodes.insert(at, NodeValue(id=here.unit.id, rule=name, value=value, basis=basis, why=why))


@_value.register
def _(rule: MinKOf, here: _Here, nodes: list[NodeValue]) -> Value | None:
    at = len(nodes)
    values = [_value(node, here, nodes) for node in rule.of]
    value = at_least(rule.k, values)
    _note(nodes, at, here, rule, rule.name, value, f"{values.count(Value.MET)} of {len(values)} met, {rule.k} needed")
    return value


def _chosen(level: str, where: dict[str, object], here: _Here) -> list[Unit]:
    def fits(unit: Unit) -> bool:
        for key, wanted in where.items():
            if key == "part":
                if not unit.in_part(str(wanted)):
                    return False
            elif getattr(unit, key) != wanted:
                return False
        return True

    return [unit for unit in here.unit.walk() if unit.level == level and fits(unit)]


@_value.register
def _(rule: ForEach, here: _Here, nodes: list[NodeValue]) -> Value | None:
    at = len(nodes)
    units = _chosen(rule.level, dict(rule.where), here)
    values: list[Value | None] = []
    for unit in units:
        there = _Here(unit=unit, root=here.root, part=here.part, evidence=here.evidence)
        start = len(nodes)
        values.append(_value(rule.rule, there, nodes))
        _note(nodes, start, there, rule, f"{here.part or 'all'}.unit", values[-1], f"one {rule.level}")
    value = at_least(rule.k if rule.k is not None else len(values), values) if values else Value.UNDETERMINED
    why = f"{values.count(Value.MET)} of {len(values)} {rule.level} met" if values else f"no {rule.level} to look at"
    _note(nodes, at, here, rule, "for_each", value, why)
    return value


@_value.register
def _(rule: Profile, here: _Here, nodes: list[NodeValue]) -> Value | None:
    at = len(nodes)
    for unit in _chosen(rule.level, dict(rule.where), here):
        there = _Here(unit=unit, root=here.root, part=here.part, evidence=here.evidence)
        start = len(nodes)
        value = _value(rule.rule, there, nodes)
        _note(nodes, start, there, rule, "profile.unit", value, f"one {rule.level}")
    _note(nodes, at, here, rule, "profile", None, "a profile reports states and decides nothing")
    return None


@_value.register
def _(rule: Part, here: _Here, nodes: list[NodeValue]) -> Value | None:
    at = len(nodes)
    there = _Here(unit=here.unit, root=here.root, part=rule.part, evidence=here.evidence)
    value = _value(rule.rule, there, nodes)
    _note(nodes, at, here, rule, f"part:{rule.part}", value, f"{rule.part} part")
    return value


@_value.register
def _(rule: Met, here: _Here, nodes: list[NodeValue]) -> Value | None:
    target = here.unit.id if rule.target == "self" else rule.target
    given = here.evidence.criteria.get(target)
    fact = here.evidence.facts.get(target)
    if given is None and isinstance(fact, bool):
        given = Value.MET if fact else Value.NOT_MET
    value = Value.UNDETERMINED if given is None else given
    _note(nodes, len(nodes), here, rule, "met", value, "no decision yet" if given is None else "decided by a person")
    return value


def cut_value(cut: Cut, unit: Unit, part: str | None, found: OutcomeEvidence | None) -> tuple[Value, str]:
    """A cut on measured mastery, and the reason; unreached minimums leave it undetermined."""
    if found is None:
        return Value.UNDETERMINED, "no evidence"
    if found.items < cut.min_items:
        return Value.UNDETERMINED, f"{found.items} items, at least {cut.min_items} needed"
    asked = [leaf.id for leaf in unit.leaves() if part is None or part in leaf.parts]
    unsampled = [name for name in asked if found.criteria.get(name, 0) == 0]
    if cut.every_criterion_sampled and unsampled:
        return Value.UNDETERMINED, f"not sampled: {', '.join(unsampled)}"
    upper, lower = (FORCED_CUT, FORCED_CUT) if found.forced else (cut.value, cut.not_met_at)
    said = f"p_mastery {found.p_mastery:.3f}, met at {upper:g}, not met at {lower:g}"
    if found.forced:
        said += ", decided at the limit"
    if found.p_mastery >= upper:
        return Value.MET, said
    if found.p_mastery <= lower:
        return Value.NOT_MET, said
    return Value.UNDETERMINED, said


@_value.register
def _(rule: Cut, here: _Here, nodes: list[NodeValue]) -> Value | None:
    target = here.unit if rule.scope == "self" else next(u for u in here.root.walk() if u.id == rule.scope)
    if rule.measure != "p_mastery":
        value, why = Value.UNDETERMINED, f"no evidence is kept as {rule.measure}"
    else:
        value, why = cut_value(rule, target, here.part, here.evidence.outcomes.get(target.id))
    _note(nodes, len(nodes), here, rule, "cut", value, why)
    return value


@_value.register
def _(rule: EvidenceOf, here: _Here, nodes: list[NodeValue]) -> Value | None:
    found = here.evidence.facts.get(rule.type)
    if found is None:
        value, why = Value.UNDETERMINED, "no evidence presented"
    elif rule.min_months is None or isinstance(found, bool):
        value, why = (Value.MET if found else Value.NOT_MET), "presented" if found else "refused"
    else:
        enough = found >= rule.min_months
        value, why = (Value.MET if enough else Value.NOT_MET), f"{found} months, {rule.min_months} needed"
    _note(nodes, len(nodes), here, rule, "evidence", value, why)
    return value


@_value.register
def _(rule: When, here: _Here, nodes: list[NodeValue]) -> Value | None:
    condition = here.evidence.facts.get(rule.condition)
    at = len(nodes)
    if condition is None:
        _note(nodes, at, here, rule, "when", Value.UNDETERMINED, f"{rule.condition} is not known")
        return Value.UNDETERMINED
    if not condition:
        _note(nodes, at, here, rule, "when", None, f"not applicable: {rule.condition} does not hold")
        return None
    value = _value(rule.rule, here, nodes)
    _note(nodes, at, here, rule, "when", value, f"{rule.condition} holds")
    return value

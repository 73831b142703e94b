"""What a decision stands on: every part of the rule in one sentence, with where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.plan import OutcomePlan
from results.cuts import cut_lines
from results.phrasing import Manner
from results.rules import Basis, Cut, EvidenceOf, ForEach, Met, MinKOf, Node, Part, Profile, When


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisLine:
    """One sentence of the rule and its basis (`Basis` as text; None: the rule does not name one)."""

    text: str
    basis: str | None


def lines(rule: Node, manner: Manner) -> tuple[BasisLine, ...]:
    """The rule from the outside in, one line for each node that asks for something."""
    return tuple(_lines(rule, manner, None))


def standing(
    rule: Node, allocation: str, manner: Manner, outcomes: Sequence[OutcomePlan] = ()
) -> tuple[BasisLine, ...]:
    """The rule, the signed allocation of criteria (its version) that it was applied with, and the plan's cuts."""
    split = manner.say("Allocation of criteria to the parts, version {version}.", version=allocation)
    cuts = [BasisLine(text=line, basis=None) for line in cut_lines(outcomes, manner)]
    return (*lines(rule, manner), BasisLine(text=split, basis=str(Basis.INSTITUTION_DEFAULT)), *cuts)


def _lines(rule: Node, manner: Manner, part: str | None) -> Iterator[BasisLine]:
    basis = str(rule.basis) if rule.basis is not None else None
    yield BasisLine(text=_sentence(rule, manner, part), basis=basis)
    for node in _below(rule):
        yield from _lines(node, manner, rule.part if isinstance(rule, Part) else part)


def _below(rule: Node) -> tuple[Node, ...]:
    if isinstance(rule, MinKOf):
        return rule.of
    return (rule.rule,) if isinstance(rule, (ForEach, Profile, Part, When)) else ()


def _sentence(rule: Node, manner: Manner, part: str | None) -> str:
    say = manner.say
    if isinstance(rule, MinKOf):
        if rule.k == len(rule.of):
            return say("All parts of the rule have to be met.")
        return say("At least {k} of {n} parts of the rule have to be met.", k=rule.k, n=len(rule.of))
    if isinstance(rule, Part):
        return say("The validation has a part: {part}.", part=part_word(manner, rule.part))
    if isinstance(rule, ForEach):
        return _for_each(rule, manner, part)
    if isinstance(rule, Profile):
        return say("The result is a profile; it decides nothing.")
    if isinstance(rule, Met):
        return say("A criterion is fulfilled when the committee decides so.")
    if isinstance(rule, Cut):
        return _cut(rule, manner)
    if isinstance(rule, EvidenceOf):
        return say("Documented evidence is needed: {kind}.", kind=rule.type)
    if isinstance(rule, When):
        return say("The rule applies only under a condition: {condition}.", condition=rule.condition)
    raise TypeError(f"no sentence for {type(rule).__name__}")


def _for_each(rule: ForEach, manner: Manner, part: str | None) -> str:
    say = manner.say
    level = level_word(manner, rule.level)
    inside = part_word(manner, part) if part is not None else say("the whole qualification")
    if rule.k is not None:
        return say("At least {k} have to be met at the level: {level} ({part}).", k=rule.k, level=level, part=inside)
    return say("Every one has to be met at the level: {level} ({part}).", level=level, part=inside)


def _cut(rule: Cut, manner: Manner) -> str:
    say = manner.say
    text = say(
        "An outcome is met from certainty {met}, not met up to {not_met}, else undetermined. Items: at least {items}.",
        met=manner.number(rule.value),
        not_met=manner.number(rule.not_met_at),
        items=rule.min_items,
    )
    return f"{text} {say('Every criterion has to be covered by an item.')}" if rule.every_criterion_sampled else text


def part_word(manner: Manner, part: str) -> str:
    """The name of a part of the validation."""
    say = manner.say
    return {"theory": say("theory part"), "practice": say("practical part"), "oral": say("oral part")}[part]


def level_word(manner: Manner, level: str) -> str:
    """The name of a level of a standard."""
    say = manner.say
    return {
        "criterion": say("verification criterion"),
        "outcome": say("learning outcome"),
        "set": say("set of learning outcomes"),
        "competence": say("competence"),
        "task": say("task"),
        "function": say("work function"),
        "part": say("part"),
    }[level]

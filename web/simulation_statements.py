"""What every report of a simulation states beside its numbers: what alpha bounds, and what decisions stand on."""

from __future__ import annotations

from engine import Plan, Report
from engine.simulation_report import ALL_MET, meaning
from results.cuts import cut_lines
from results.phrasing import Manner, mark, mode_word

QUALITY = mark(
    "Expected accuracy and consistency are Rudner's (2001), from the estimates and standard errors of the sittings as "
    "if every outcome were decided at mastery .5: the chance that a decision is true, and that a second, parallel test "
    "decides the same. They take the model and its parameters as right."
)

PROVISIONAL = mark(
    "The parameters of {n} of {items} items are provisional: the authors' judgement, not yet data. They are taken as "
    "true here, so nothing is said about real candidates."
)


def statements(report: Report, plan: Plan, manner: Manner) -> list[str]:
    """The sentences that belong to every report on this plan, one after the other."""
    say = manner.say
    evidence = f"{mode_word(say, report.evidence)} ({report.evidence})"
    found = [say(meaning(plan)), say("Evidence: {mode}.", mode=evidence), *cut_lines(plan.outcomes, manner)]
    items, guessed = report.parameters["items"], report.parameters["provisional"]
    if guessed:
        found.append(say(PROVISIONAL, n=guessed, items=items))
    return [*found, _rule(report, manner)]


def _rule(report: Report, manner: Manner) -> str:
    say, rule = manner.say, report.rule
    if rule is ALL_MET:
        return say("The qualification is met when every outcome is met.")
    told = say("The qualification follows the plan's decision rule.")
    if rule.unknown:
        unknown = ", ".join(rule.unknown)
        told += " " + say("It asks for what no simulation knows, which stays undetermined: {unknown}.", unknown=unknown)
    return told

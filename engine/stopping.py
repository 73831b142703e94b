"""When an outcome is closed, and with which decision.

Rules:
- An outcome is closed early when its rule holds AND its minimums per outcome and per criterion are met.
- Plain posterior rule: met at mastery >= 1 - alpha, not_met at mastery <= alpha. On average over the population of
  the prior, and with true parameters, at most the share alpha of early decisions is wrong; it bounds nothing for
  one theta, nothing for outcomes decided at the limit, and less than it says when parameters are provisional.
- The other rules (zone, sprt, glr, interval, standard_error, fixed) and curtailment: see sequential.py, which says
  for each what it bounds. Their pass or fail closes an outcome under the same conditions.
- Never laxer than the certifying rule: where the plan's decision rule holds a cut on p_mastery, its value and
  not_met_at are kept.
- Evidence: `own` and `joint` use that posterior; `guarded` uses the joint one where own mastery agrees beyond .80 /
  .20.
- At the limit (the outcome's max_items, or the end of the test): `forced` decides at mastery .5 (under `guarded` at
  own mastery), `undetermined` leaves it open to what settles it. Minimums not reached: undetermined in either case.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.plan import AtLimit, Evidence, OutcomePlan, Plan
from engine.planreading import PlanError

Decision = Literal["met", "not_met", "undetermined"]
Closed = Literal["early", "limit", "open"]

GUARD_MET, GUARD_NOT_MET = 0.80, 0.20  # own evidence must agree beyond these (measurement design, "score of record")
FORCED_AT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeDecision:
    """The decision on one outcome and the evidence behind it; `criteria` counts answered items per criterion."""

    outcome: str
    decision: Decision
    closed: Closed
    evidence: Evidence
    mastery: float
    theta: float
    standard_error: float
    items: int
    criteria: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingRule:
    """The rule of one outcome: mastery at or above `met_at` passes early, at or below `not_met_at` fails early.

    With `signalled` another rule decides, and these two only hold it to the certifying rule's cuts.
    `limit_met_at`, `limit_not_met_at`: the certifying rule's own borders, which count when no more answers come.
    """

    evidence: Evidence
    met_at: float
    not_met_at: float
    limit_met_at: float
    limit_not_met_at: float
    min_items: int
    max_items: int | None
    at_limit: AtLimit
    signalled: bool = False

    def close(
        self, items: int, covered: bool, own: float, joint: float, ended: bool, signal: int = 0, curtailed: int = 0
    ) -> tuple[Decision, Closed]:
        """Decision and state after `items` answers; `covered`: minimums are met; `ended`: no more answers will come.

        `signal` is what a rule other than the posterior says (1 pass, -1 fail), `curtailed` what curtailment says.
        """
        if covered:
            early = self._decide(own, joint, signal) or self._curtail(curtailed)
            if early is not None:
                return early, "early"
        if not ended and (self.max_items is None or items < self.max_items):
            return "undetermined", "open"
        if not covered:
            return "undetermined", "limit"
        mastery = self.deciding(own, joint, "limit")
        if self.at_limit == "forced":
            return ("met" if mastery >= FORCED_AT else "not_met"), "limit"
        if mastery >= self.limit_met_at:
            return "met", "limit"
        return ("not_met" if mastery <= self.limit_not_met_at else "undetermined"), "limit"

    def deciding(self, own: float, joint: float, closed: Closed) -> float:
        """The mastery that counts: under `guarded` the joint one, but at the limit the own one."""
        if self.evidence == "own" or (self.evidence == "guarded" and closed == "limit"):
            return own
        return joint

    def _decide(self, own: float, joint: float, signal: int) -> Decision | None:
        mastery = own if self.evidence == "own" else joint
        guarded = self.evidence == "guarded"
        may_pass, may_fail = not self.signalled or signal > 0, not self.signalled or signal < 0
        if may_pass and mastery >= self.met_at and (not guarded or own >= GUARD_MET):
            return "met"
        if may_fail and mastery <= self.not_met_at and (not guarded or own <= GUARD_NOT_MET):
            return "not_met"
        return None

    def _curtail(self, curtailed: int) -> Decision | None:
        """The forced decision, foreseen."""
        if curtailed:
            return "met" if curtailed > 0 else "not_met"
        return None


def closing_rules(plan: Plan) -> tuple[ClosingRule, ...]:
    """The rule of each outcome of the plan, in the plan's order."""
    rule = None if plan.decision_rule is None else json.loads(plan.decision_rule)
    cuts = tuple(_mastery_cuts(rule))
    return tuple(_closing_rule(plan, outcome, cuts) for outcome in plan.outcomes)


def _closing_rule(plan: Plan, outcome: OutcomePlan, cuts: tuple[tuple[str, float, float], ...]) -> ClosingRule:
    mine = [(met, not_met) for scope, met, not_met in cuts if scope in ("self", outcome.outcome)]
    alpha, signalled = plan.stopping.alpha, plan.stopping.rule != "posterior"
    met_at = max([0.0 if signalled else 1 - alpha, *(met for met, _ in mine)])
    not_met_at = min([1.0 if signalled else alpha, *(not_met for _, not_met in mine)])
    return ClosingRule(
        evidence=plan.evidence,
        met_at=met_at,
        not_met_at=not_met_at,
        limit_met_at=max((met for met, _ in mine), default=1 - alpha),
        limit_not_met_at=min((not_met for _, not_met in mine), default=alpha),
        min_items=outcome.min_items,
        max_items=outcome.max_items,
        at_limit=plan.at_limit,
        signalled=signalled,
    )


def _mastery_cuts(node: object) -> Iterator[tuple[str, float, float]]:
    """(scope, value, not_met_at) of every cut on p_mastery in a decision rule; not_met_at is 1 - value by default."""
    if isinstance(node, dict):
        cut = node.get("cut")
        if isinstance(cut, dict) and cut.get("measure") == "p_mastery":
            try:
                value = float(cut["value"])
                yield str(cut.get("scope", "self")), value, float(cut.get("not_met_at", 1 - value))
            except (KeyError, TypeError, ValueError) as error:
                raise PlanError("plan.decision_rule: a cut on p_mastery needs numbers for its values") from error
        for child in node.values():
            yield from _mastery_cuts(child)
    elif isinstance(node, list):
        for child in node:
            yield from _mastery_cuts(child)

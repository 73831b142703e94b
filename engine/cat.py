"""The adaptive test: the next item or the end, a pure function of compiled test, answers and the sitting's draw.

Rules:
- Same test, answers (in any order) and draw: same step, on any worker.
- Outcomes take turns: the open outcome with the fewest answers is served first, among equals the one whose mastery
  is nearest to .5, then the plan's order. So evidence grows evenly, a short test is short for every outcome alike,
  and closed outcomes drop out.
- Within an outcome the unmet minimums come first: while a criterion lacks items, only items of lacking criteria are
  candidates (the outcome could not be closed without them anyway). Among candidates the selection criterion
  decides.
- An item is presented only if a form that meets every minimum, maximum and enemy rule can still be completed from
  the items open to this sitting; otherwise the next best is taken.
- Answers that leave no such form (an item withdrawn in mid-sitting) do not stop the test: enemies and maximums
  stay, minimums are served as far as they go, and what they miss ends undetermined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from engine.compiled import CompiledTest
from engine.completion import can_complete
from engine.draws import SeededDraw
from engine.exposure import Lottery, randomesque
from engine.progress import Belief, Progress, believe, read
from engine.responses import Response
from engine.stopping import Closed, Decision, OutcomeDecision

Reason = Literal["stop_rule", "maximum_length", "pool_exhausted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why this item: the selection criterion and its value, how many items it was drawn from, the outcome before it."""

    criterion: str
    value: float
    eligible: int
    theta: float
    standard_error: float
    mastery: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Present this item; `criterion` holds the verification criteria it measures, joined by `|`."""

    item: str
    outcome: str
    criterion: str
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """No further item.

    `stop_rule`: every outcome is decided; `maximum_length`: the test's or the open outcomes' maximum is reached;
    `pool_exhausted`: no item is left that may be presented.
    """

    reason: Reason
    decisions: tuple[OutcomeDecision, ...]


def next_step(test: CompiledTest, responses: Sequence[Response], draw: SeededDraw) -> Present | Stop:
    """The next item, or the end with its decisions. Raises ResponsesError for answers that are not of this test."""
    progress, log_likelihood = read(test, responses)
    belief = believe(test, log_likelihood)
    chosen = step(test, progress, belief, draw, test.exposure.open_to(draw))
    if isinstance(chosen, str):
        return Stop(reason=chosen, decisions=_decide(test, progress, belief, ended=True))
    item, value, eligible = chosen
    outcome = test.outcome_of[item]
    return Present(
        item=test.pool.items[item],
        outcome=test.outcomes[outcome],
        criterion="|".join(test.pool.criteria[c] for c in test.measured[item]),
        why=Why(
            criterion=test.ranking.name,
            value=value,
            eligible=eligible,
            theta=belief.theta[outcome],
            standard_error=belief.standard_error[outcome],
            mastery=belief.mastery[outcome],
        ),
    )


def decisions(test: CompiledTest, responses: Sequence[Response], ended: bool) -> tuple[OutcomeDecision, ...]:
    """The decision on every outcome of the plan, in the plan's order; `ended`: no more answers will come."""
    progress, log_likelihood = read(test, responses)
    return _decide(test, progress, believe(test, log_likelihood), ended)


def areas_done(test: CompiledTest, responses: Sequence[Response]) -> int:
    """How many outcomes are closed by these answers."""
    progress, log_likelihood = read(test, responses)
    belief = believe(test, log_likelihood)
    return sum(closed != "open" for _, closed in verdicts(test, progress, belief, ended=False))


def verdicts(test: CompiledTest, progress: Progress, belief: Belief, ended: bool) -> list[tuple[Decision, Closed]]:
    """Decision and state of each outcome."""
    return [
        rule.close(progress.by_outcome[k], progress.covered(test, k), belief.own[k], belief.joint[k], ended)
        for k, rule in enumerate(test.rules)
    ]


def step(
    test: CompiledTest, progress: Progress, belief: Belief, draw: SeededDraw, lottery: Lottery
) -> tuple[int, float, int] | Reason:
    """(item, criterion value, number of items it was drawn from), or why the test ends."""
    states = [closed for _, closed in verdicts(test, progress, belief, ended=False)]
    open_outcomes = [k for k, closed in enumerate(states) if closed == "open"]
    if not open_outcomes:
        return "maximum_length" if "limit" in states else "stop_rule"
    if progress.answered >= test.most:
        return "maximum_length"
    open_outcomes.sort(key=lambda k: (progress.by_outcome[k], abs(belief.own[k] - 0.5), k))
    for outcome in open_outcomes:
        chosen = _best(test, progress, belief, outcome, draw, lottery)
        if chosen is not None:
            return chosen
    return "pool_exhausted"


def _best(
    test: CompiledTest, progress: Progress, belief: Belief, outcome: int, draw: SeededDraw, lottery: Lottery
) -> tuple[int, float, int] | None:
    """One of the outcome's best items, drawn among those that leave a form to complete; None when there is none."""
    theta = belief.aim[outcome]
    ranked = test.ranking.best_first(outcome, progress.unmet(test, outcome), theta)
    used, barred, eligible = progress.used, progress.barred, lottery.eligible
    admissible = (j for j in ranked if j not in used and j not in barred and eligible(j))
    count = None if test.ranking.name == "random" else test.plan.selection.randomesque
    best = list(islice(admissible, count))
    while best:
        at = randomesque(draw, progress.answered, len(best))
        item = best[at]
        if can_complete(test, progress, item, lottery):
            return item, test.ranking.value(item, theta), len(best)
        del best[at]
        best.extend(islice(admissible, 1))
    return None


def _decide(test: CompiledTest, progress: Progress, belief: Belief, ended: bool) -> tuple[OutcomeDecision, ...]:
    found = []
    for k, (decision, closed) in enumerate(verdicts(test, progress, belief, ended)):
        found.append(
            OutcomeDecision(
                outcome=test.outcomes[k],
                decision=decision,
                closed=closed,
                evidence=test.plan.evidence,
                mastery=test.rules[k].deciding(belief.own[k], belief.joint[k], closed),
                theta=belief.theta[k],
                standard_error=belief.standard_error[k],
                items=progress.by_outcome[k],
                criteria=tuple((test.pool.criteria[c], progress.by_criterion[c]) for c in test.criteria_of[k]),
            )
        )
    return tuple(found)

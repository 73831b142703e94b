"""The adaptive test: the next item or the end, a pure function of compiled test, answers and the sitting's draw.

Rules:
- Same test, answers (in any order) and draw: same step, on any worker.
- Outcomes take turns: the open outcome with the fewest answers is served first, among equals the one whose mastery
  is nearest to .5, then the plan's order. So evidence grows evenly, a short test is short for every outcome alike,
  and closed outcomes drop out.
- Within an outcome the unmet minimums come first: while a criterion lacks items, only items of lacking criteria are
  candidates (the outcome could not be closed without them anyway). Among candidates the selection criterion
  decides.
- What the test as a whole lacks (the minimum of a level) comes next: items that add to it go before others, and when
  no outcome needs or can get more and something lacks still, the test goes on with such items alone.
- An item is presented only if a form that meets every minimum, maximum and enemy rule can still be completed from
  the items open to this sitting; otherwise the next best is taken.
- Answers that leave no such form (an item withdrawn in mid-sitting) do not stop the test: enemies and maximums
  stay, minimums are served as far as they go, and what they miss ends undetermined.
- Once the first item of a set is presented the others follow in the pool's order, whatever their answers decide.
- Pretest items come at slots drawn within the shortest length the test can have; they change nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine import pretest
from engine.compiled import CompiledTest
from engine.draws import SeededDraw
from engine.exposure import Lottery
from engine.progress import Belief, Progress, believe, read, unsettled
from engine.responses import Response
from engine.search import Search
from engine.stopping import Closed, Decision, OutcomeDecision

PRETEST = "pretest"  # the criterion of Why for items that do not count
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

    `stop_rule`: every outcome is decided; `maximum_length`: a maximum of the test, of the open outcomes or of
    their content is reached; `pool_exhausted`: no item is left that may be presented.
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
    outcome, criterion = test.outcome_of[item], test.ranking.name
    if outcome < 0:
        outcome, criterion = test.outcomes.index(test.pool.outcomes[test.pool.outcome_of[item]]), PRETEST
    return Present(
        item=test.pool.items[item],
        outcome=test.outcomes[outcome],
        criterion="|".join(test.pool.criteria[c] for c in test.measured[item]),
        why=Why(
            criterion=criterion,
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
    own, joint, signal, foreseen = belief.own, belief.joint, belief.signal, test.curtailment
    found = []
    for k, rule in enumerate(test.rules):
        items, covered, curtailed = progress.by_outcome[k], progress.covered(test, k), 0
        if foreseen is not None:
            curtailed = foreseen.signal(k, items, belief.theta[k], belief.standard_error[k], belief.mastery[k])
        found.append(rule.close(items, covered, own[k], joint[k], ended, signal[k], curtailed))
    return found


def step(
    test: CompiledTest, progress: Progress, belief: Belief, draw: SeededDraw, lottery: Lottery
) -> tuple[int, float, int] | Reason:
    """(item, criterion value, number of items it was drawn from), or why the test ends."""
    if test.has_sets or test.pretest:
        due = _due(test, progress, draw, lottery)
        if due is not None:
            return due
    states = [closed for _, closed in verdicts(test, progress, belief, ended=False)]
    open_outcomes = [k for k, closed in enumerate(states) if closed == "open"]
    lacking = test.limits.lacking(progress.held)
    if not open_outcomes and not lacking:
        return "maximum_length" if "limit" in states else "stop_rule"
    if progress.answered >= test.most:
        return "maximum_length"
    open_outcomes.sort(key=lambda k: (progress.by_outcome[k], unsettled(belief.own[k]), k))
    search = Search(test, progress, belief, draw, lottery, open_outcomes)
    chosen = search.first()
    if chosen is None and lacking:
        roomy = [k for k, items in enumerate(progress.by_outcome) if items < test.outcome_most[k]]
        chosen = Search(test, progress, belief, draw, lottery, roomy, closing=True).first()
    if chosen is not None:
        return chosen
    if not open_outcomes:
        return "maximum_length" if "limit" in states else "stop_rule"
    return "maximum_length" if test.limits and search.any_left() else "pool_exhausted"


def _due(test: CompiledTest, progress: Progress, draw: SeededDraw, lottery: Lottery) -> tuple[int, float, int] | None:
    """The rest of a set that has begun, or a pretest item whose slot has come."""
    if test.has_sets:
        rest = [j for item in progress.used for j in test.units[item] if j not in progress.used]
        if rest:
            return min(rest), test.ranking.at_cut[min(rest)], 1
    return pretest.due(test, progress, draw, lottery.form)


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

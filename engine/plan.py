"""The exam plan: what a test must cover, how it chooses, when an outcome is closed, what happens at the limit.

Rules: PLAN.json of the public contract; an unknown key, a wrong type or a value out of range is a `PlanError` that
names the place; what this version of the engine cannot do is refused, never ignored. Defaults: evidence own, lambda
0, min_items 1 per outcome and 0 per criterion, selection information_at_cut with randomesque 5, max_exposure .5,
strategy witness, stopping posterior with alpha .05. `at_limit` has no default. Outcomes and criteria are held in
sorted order, so the digest determines every choice.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from engine.planreading import Place, PlanError

CRITERIA = ("information_at_cut", "information", "random")
KNOWN_CRITERIA = (
    *CRITERIA, "mutual_information", "kl", "mepv", "mlwi", "mpwi", "progressive", "proportional", "a_stratified",
)  # fmt: skip
STRATEGIES, KNOWN_STRATEGIES = ("witness",), ("witness", "shadow")
STOPPING, KNOWN_STOPPING = ("posterior",), ("posterior", "zone", "sprt", "glr", "interval", "standard_error", "fixed")
LARGEST_LOADING = 0.98  # beyond it theta given g is narrower than the grid can carry
LARGEST_CUT = 5.0  # the grid ends at 6; a cut nearer to its end would be decided by the prior's tail
LARGEST_ALPHA = 0.5  # at .5 every outcome is decided at once; above, passing and failing would overlap

Evidence = Literal["own", "guarded", "joint"]
AtLimit = Literal["forced", "undetermined"]
EVIDENCE: tuple[Evidence, ...] = ("own", "guarded", "joint")
AT_LIMIT: tuple[AtLimit, ...] = ("forced", "undetermined")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomePlan:
    """One outcome: its cut on theta, its least and greatest number of items (None: no limit), its loading lambda."""

    outcome: str
    cut: float
    min_items: int
    max_items: int | None
    loading: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionPlan:
    """One verification criterion and the least number of its items."""

    criterion: str
    min_items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """How the next item is chosen; `max_exposure`: the share of sittings an item may be open to (1: no limit)."""

    criterion: str
    randomesque: int
    max_exposure: float
    strategy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """When an outcome is closed; `alpha` bounds wrong decisions among outcomes that stop early (see stopping.py)."""

    rule: str
    alpha: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An exam plan; `decision_rule` is the certifying rule as canonical JSON text (results/ evaluates it), or None."""

    outcomes: tuple[OutcomePlan, ...]
    criteria: tuple[CriterionPlan, ...]
    evidence: Evidence
    selection: Selection
    stopping: Stopping
    at_limit: AtLimit
    max_items: int | None
    seconds: int | None
    decision_rule: str | None

    @classmethod
    def parse(cls, mapping: object) -> Plan:
        """A plan from the decoded PLAN.json. Raises PlanError naming the place."""
        root = Place.root(mapping)
        loadings = root.mapping("lambda", default={})
        plan = cls(
            outcomes=_outcomes(root.mapping("outcomes"), loadings),
            criteria=_criteria(root.mapping("criteria", default={})),
            evidence=root.choice("evidence", EVIDENCE, default="own"),
            selection=_selection(root.mapping("selection", default={})),
            stopping=_stopping(root.mapping("stopping", default={})),
            at_limit=root.choice("at_limit", AT_LIMIT),
            max_items=root.whole("max_items", least=1, default=None),
            seconds=root.whole("seconds", least=1, default=None),
            decision_rule=_rule_text(root),
        )
        _no_pretest(root.mapping("pretest", default={}))
        root.nothing_else()
        return plan

    def as_json(self) -> dict[str, object]:
        """The plan with every default written out, in the form `parse` reads."""
        document: dict[str, object] = {
            "outcomes": {o.outcome: _outcome_json(o) for o in self.outcomes},
            "criteria": {c.criterion: {"min_items": c.min_items} for c in self.criteria},
            "evidence": self.evidence,
            "lambda": {o.outcome: o.loading for o in self.outcomes},
            "selection": {
                "criterion": self.selection.criterion,
                "randomesque": self.selection.randomesque,
                "max_exposure": self.selection.max_exposure,
                "strategy": self.selection.strategy,
            },
            "stopping": {"rule": self.stopping.rule, "alpha": self.stopping.alpha},
            "at_limit": self.at_limit,
        }
        for name, value in (("max_items", self.max_items), ("seconds", self.seconds)):
            if value is not None:
                document[name] = value
        if self.decision_rule is not None:
            document["decision_rule"] = json.loads(self.decision_rule)
        return document

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the plan with every default written out."""
        return hashlib.sha256(_canonical(self.as_json()).encode()).hexdigest()


def _canonical(document: object) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _outcome_json(outcome: OutcomePlan) -> dict[str, object]:
    document: dict[str, object] = {"cut": outcome.cut, "min_items": outcome.min_items}
    if outcome.max_items is not None:
        document["max_items"] = outcome.max_items
    return document


def _outcomes(place: Place, loadings: Place) -> tuple[OutcomePlan, ...]:
    if not place.names():
        raise PlanError(f"{place.name}: a plan needs at least one outcome")
    outcomes = []
    for outcome in sorted(place.names()):
        one = place.mapping(outcome)
        least = one.whole("min_items", least=1, default=1)
        most = one.whole("max_items", least=1, default=None)
        if most is not None and most < least:
            raise PlanError(f"{one.name}: max_items {most} is below min_items {least}")
        outcomes.append(
            OutcomePlan(
                outcome=outcome,
                cut=one.number("cut", least=-LARGEST_CUT, most=LARGEST_CUT),
                min_items=least,
                max_items=most,
                loading=loadings.number(outcome, least=0.0, most=LARGEST_LOADING, default=0.0),
            )
        )
        one.nothing_else()
    loadings.nothing_else("is not an outcome of the plan")
    return tuple(outcomes)


def _criteria(place: Place) -> tuple[CriterionPlan, ...]:
    criteria = []
    for criterion in sorted(place.names()):
        one = place.mapping(criterion)
        criteria.append(CriterionPlan(criterion=criterion, min_items=one.whole("min_items", least=0, default=0)))
        one.nothing_else()
    return tuple(criteria)


def _selection(place: Place) -> Selection:
    selection = Selection(
        criterion=place.choice("criterion", KNOWN_CRITERIA, built=CRITERIA, default="information_at_cut"),
        randomesque=place.whole("randomesque", least=1, default=5),
        max_exposure=place.number("max_exposure", least=0.0, most=1.0, default=0.5),
        strategy=place.choice("strategy", KNOWN_STRATEGIES, built=STRATEGIES, default="witness"),
    )
    if selection.max_exposure <= 0:
        raise PlanError(f"{place.name}.max_exposure: 0 would present nothing; needed is a share above 0, up to 1")
    place.nothing_else()
    return selection


def _stopping(place: Place) -> Stopping:
    rule = place.choice("rule", KNOWN_STOPPING, built=STOPPING, default="posterior")
    alpha = place.number("alpha", least=0.0, most=LARGEST_ALPHA, default=0.05)
    if not 0 < alpha < LARGEST_ALPHA:
        raise PlanError(f"{place.name}.alpha: {alpha:g} is not above 0 and below {LARGEST_ALPHA:g}")
    beta = place.number("beta", least=0.0, most=LARGEST_ALPHA, default=alpha)
    if beta != alpha:
        raise PlanError(
            f"{place.name}.beta: the posterior rule uses alpha on both sides; beta {beta:g} differs from it"
        )
    for name in ("eps", "delta", "standard_error"):
        if name in place.names():
            raise PlanError(f"{place.name}.{name}: the posterior rule does not use it; it would be ignored")
    place.nothing_else()
    return Stopping(rule=rule, alpha=alpha)


def _no_pretest(place: Place) -> None:
    if place.whole("items", least=0, default=0):
        raise PlanError(f"{place.name}.items: pretest items are not available in this version")
    place.nothing_else()


def _rule_text(root: Place) -> str | None:
    rule = root.mapping("decision_rule", default=None)
    return None if rule is None else _canonical(rule.take_all())

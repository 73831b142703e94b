"""The exam plan: what a test must cover, how it chooses, when an outcome is closed, what happens at the limit.

Rules: PLAN.json of the public contract, and an optional `cut_basis` per outcome; an unknown key, a wrong type or a
value out of range is a `PlanError` that names the place; a key the chosen rule does not use is refused, never ignored.
Defaults: evidence own, lambda 0,
min_items 1 per outcome and 0 per criterion and level, selection information_at_cut with randomesque 5, max_exposure .5,
strategy witness, stopping posterior with alpha .05 (eps .25 for zone; beta = alpha, delta .5 for sprt and glr), no
pretest items. `at_limit` has no default. Outcomes and criteria are held in sorted order, so the digest determines
every choice. `selection.eligibility` gives items a chance of their own to be open to a sitting (Sympson-Hetter,
van der Linden & Veldkamp); `selection.per_second` divides the criterion's value by the item's expected seconds;
`stopping.curtailment` closes an outcome whose forced decision is that certain already.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from engine.planreading import REQUIRED, Place, PlanError, Required

CRITERIA = (
    "information_at_cut", "information", "mutual_information", "kl", "mepv", "mlwi", "mpwi", "progressive",
    "proportional", "a_stratified", "random",
)  # fmt: skip
PER_SECOND = ("information_at_cut", "information", "mutual_information", "kl", "mlwi", "mpwi")  # amounts of something
PACED = ("progressive", "proportional", "a_stratified")  # criteria that need to know how long an outcome's test is
STRATEGIES = ("witness", "shadow")
STOPPING = ("posterior", "zone", "sprt", "glr", "interval", "standard_error", "fixed")
RATIOS = ("sprt", "glr")  # rules on the likelihood ratio of the outcome's own answers
DEFAULT_EPS, DEFAULT_DELTA = 0.25, 0.5
LARGEST_DISTANCE = 2.0  # of eps and delta, in SD of theta
SMALLEST_CURTAILMENT = 0.5
LARGEST_LOADING = 0.98  # beyond it theta given g is narrower than the grid can carry
LARGEST_CUT = 5.0  # the grid ends at 6; a cut nearer to its end would be decided by the prior's tail
LARGEST_ALPHA = 0.5  # at .5 every outcome is decided at once; above, passing and failing would overlap

Evidence = Literal["own", "guarded", "joint"]
AtLimit = Literal["forced", "undetermined"]
EVIDENCE: tuple[Evidence, ...] = ("own", "guarded", "joint")
AT_LIMIT: tuple[AtLimit, ...] = ("forced", "undetermined")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomePlan:
    """One outcome: its cut on theta, its least and greatest number of items (None: no limit), its loading lambda.

    `cut_basis`: how the cut was set, in the institution's words, for every report to print; None: it does not say.
    """

    outcome: str
    cut: float
    min_items: int
    max_items: int | None
    loading: float
    cut_basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionPlan:
    """One verification criterion, the least and the greatest number of its items (None: no limit)."""

    criterion: str
    min_items: int
    max_items: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelPlan:
    """One cognitive level, the least and the greatest number of its items in the whole test (None: no limit)."""

    level: str
    min_items: int
    max_items: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """How the next item is chosen; `max_exposure`: the share of sittings an item may be open to (1: no limit).

    `eligibility`: (item, chance) of items with a chance of their own to be open to a sitting. `per_second`: the
    criterion's value counts per expected second (Fan, Wang, Chang & Douglas 2012; Sie et al. 2015).
    """

    criterion: str
    randomesque: int
    max_exposure: float
    strategy: str
    eligibility: tuple[tuple[str, float], ...] = ()
    per_second: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """When an outcome is closed; what `alpha` bounds, and when, depends on the rule (see stopping.py).

    `eps`: half the indifference zone of the zone rule; `delta`: half the distance of the hypotheses of sprt and glr,
    `beta` their share of masters failed; `standard_error`: where that rule stops. All on the scale of theta.
    """

    rule: str
    alpha: float
    beta: float | None = None
    eps: float | None = None
    delta: float | None = None
    standard_error: float | None = None
    curtailment: float | None = None

    def as_json(self) -> dict[str, object]:
        """The rule with the keys it uses."""
        given = {name: getattr(self, name) for name in ("beta", "eps", "delta", "standard_error", "curtailment")}
        return {"rule": self.rule, "alpha": self.alpha} | {k: v for k, v in given.items() if v is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An exam plan; `decision_rule` is the certifying rule as canonical JSON text (results/ evaluates it), or None.

    `seconds` and `words` bound the whole test (None: no limit).
    """

    outcomes: tuple[OutcomePlan, ...]
    criteria: tuple[CriterionPlan, ...]
    evidence: Evidence
    selection: Selection
    stopping: Stopping
    at_limit: AtLimit
    max_items: int | None
    seconds: int | None
    decision_rule: str | None
    pretest: int = 0
    levels: tuple[LevelPlan, ...] = ()
    words: int | None = None

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
            pretest=_pretest(root.mapping("pretest", default={})),
            levels=_levels(root.mapping("levels", default={})),
            words=root.whole("words", least=1, default=None),
        )
        root.nothing_else()
        _agree(plan)
        return plan

    def as_json(self) -> dict[str, object]:
        """The plan with every default written out, in the form `parse` reads."""
        document: dict[str, object] = {
            "outcomes": {o.outcome: _outcome_json(o) for o in self.outcomes},
            "criteria": {c.criterion: _range_json(c) for c in self.criteria},
            "evidence": self.evidence,
            "lambda": {o.outcome: o.loading for o in self.outcomes},
            "selection": _selection_json(self.selection),
            "stopping": self.stopping.as_json(),
            "at_limit": self.at_limit,
        }
        for name, value in (("max_items", self.max_items), ("seconds", self.seconds), ("words", self.words)):
            if value is not None:
                document[name] = value
        if self.levels:
            document["levels"] = {level.level: _range_json(level) for level in self.levels}
        if self.pretest:
            document["pretest"] = {"items": self.pretest}
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
    basis = {} if outcome.cut_basis is None else {"cut_basis": outcome.cut_basis}
    return {"cut": outcome.cut, **basis, **_range_json(outcome)}


def _range_json(part: OutcomePlan | CriterionPlan | LevelPlan) -> dict[str, object]:
    most = {} if part.max_items is None else {"max_items": part.max_items}
    return {"min_items": part.min_items, **most}


def _selection_json(selection: Selection) -> dict[str, object]:
    document: dict[str, object] = {
        "criterion": selection.criterion,
        "randomesque": selection.randomesque,
        "max_exposure": selection.max_exposure,
        "strategy": selection.strategy,
    }
    if selection.eligibility:
        document["eligibility"] = dict(selection.eligibility)
    return document | ({"per_second": True} if selection.per_second else {})


def _outcomes(place: Place, loadings: Place) -> tuple[OutcomePlan, ...]:
    if not place.names():
        raise PlanError(f"{place.name}: a plan needs at least one outcome")
    outcomes = []
    for outcome in sorted(place.names()):
        one = place.mapping(outcome)
        least, most = _range(one, least=1)
        outcomes.append(
            OutcomePlan(
                outcome=outcome,
                cut=one.number("cut", least=-LARGEST_CUT, most=LARGEST_CUT),
                min_items=least,
                max_items=most,
                loading=loadings.number(outcome, least=0.0, most=LARGEST_LOADING, default=0.0),
                cut_basis=one.text("cut_basis"),
            )
        )
        one.nothing_else()
    loadings.nothing_else("is not an outcome of the plan")
    return tuple(outcomes)


def _criteria(place: Place) -> tuple[CriterionPlan, ...]:
    criteria = []
    for criterion in sorted(place.names()):
        one = place.mapping(criterion)
        least, most = _range(one, least=0)
        criteria.append(CriterionPlan(criterion=criterion, min_items=least, max_items=most))
        one.nothing_else()
    return tuple(criteria)


def _levels(place: Place) -> tuple[LevelPlan, ...]:
    levels = []
    for level in sorted(place.names()):
        one = place.mapping(level)
        least, most = _range(one, least=0)
        levels.append(LevelPlan(level=level, min_items=least, max_items=most))
        one.nothing_else()
    return tuple(levels)


def _range(place: Place, least: int) -> tuple[int, int | None]:
    """min_items (by default `least`) and max_items."""
    fewest = place.whole("min_items", least=least, default=least)
    most = place.whole("max_items", least=least, default=None)
    if most is not None and most < fewest:
        raise PlanError(f"{place.name}: max_items {most} is below min_items {fewest}")
    return fewest, most


def _selection(place: Place) -> Selection:
    selection = Selection(
        criterion=place.choice("criterion", CRITERIA, default="information_at_cut"),
        randomesque=place.whole("randomesque", least=1, default=5),
        max_exposure=place.number("max_exposure", least=0.0, most=1.0, default=0.5),
        strategy=place.choice("strategy", STRATEGIES, default="witness"),
        eligibility=_eligibility(place.mapping("eligibility", default={})),
        per_second=place.truth("per_second", default=False),
    )
    if selection.per_second and selection.criterion not in PER_SECOND:
        raise PlanError(f"{place.name}.per_second: the values of {selection.criterion} cannot be divided by seconds")
    if selection.max_exposure <= 0:
        raise PlanError(f"{place.name}.max_exposure: 0 would present nothing; needed is a share above 0, up to 1")
    place.nothing_else()
    return selection


def _eligibility(place: Place) -> tuple[tuple[str, float], ...]:
    chances = tuple((item, place.number(item, least=0.0, most=1.0)) for item in sorted(place.names()))
    for item, chance in chances:
        if chance <= 0:
            raise PlanError(f"{place.name}.{item}: an item with the chance 0 belongs out of the pool")
    return chances


def _stopping(place: Place) -> Stopping:
    rule = place.choice("rule", STOPPING, default="posterior")
    alpha = _share(place, "alpha", 0.05)
    beta = _share(place, "beta", alpha)
    if rule not in RATIOS and beta != alpha:
        raise PlanError(f"{place.name}.beta: the {rule} rule uses alpha on both sides; beta {beta:g} differs from it")
    used = {"zone": ("eps",), "sprt": ("delta",), "glr": ("delta",), "standard_error": ("standard_error",)}
    for name in ("eps", "delta", "standard_error"):
        if name in place.names() and name not in used.get(rule, ()):
            raise PlanError(f"{place.name}.{name}: the {rule} rule does not use it; it would be ignored")
    stopping = Stopping(
        rule=rule,
        alpha=alpha,
        beta=beta if rule in RATIOS else None,
        eps=_above_zero(place, "eps", DEFAULT_EPS) if rule == "zone" else None,
        delta=_above_zero(place, "delta", DEFAULT_DELTA) if rule in RATIOS else None,
        standard_error=_above_zero(place, "standard_error", REQUIRED) if rule == "standard_error" else None,
        curtailment=(
            place.number("curtailment", least=SMALLEST_CURTAILMENT, most=1.0)
            if "curtailment" in place.names()
            else None
        ),
    )
    place.nothing_else()
    return stopping


def _share(place: Place, name: str, default: float) -> float:
    share = place.number(name, least=0.0, most=LARGEST_ALPHA, default=default)
    if not 0 < share < LARGEST_ALPHA:
        raise PlanError(f"{place.name}.{name}: {share:g} is not above 0 and below {LARGEST_ALPHA:g}")
    return share


def _above_zero(place: Place, name: str, default: float | Required) -> float:
    value = place.number(name, least=0.0, most=LARGEST_DISTANCE, default=default)
    if value <= 0:
        raise PlanError(f"{place.name}.{name}: 0 is not above 0")
    return value


def _pretest(place: Place) -> int:
    items = place.whole("items", least=0, default=0)
    place.nothing_else()
    return items


def _agree(plan: Plan) -> None:
    """Refuse parts of a plan that do not go together, naming both."""
    stopping, selection = plan.stopping, plan.selection
    if stopping.rule in RATIOS and plan.evidence != "own":
        raise PlanError(f"plan.stopping.rule: {stopping.rule} uses the outcome's own answers; evidence must be own")
    open_ended = next((o.outcome for o in plan.outcomes if o.max_items is None), None)
    if open_ended is not None:
        lacks = f"plan.outcomes.{open_ended}.max_items is missing"
        if stopping.rule == "fixed":
            raise PlanError(f"{lacks}: it is the length of a fixed test")
        if stopping.curtailment is not None:
            raise PlanError(f"{lacks}: curtailment foresees the decision at that length")
        if selection.criterion in PACED:
            raise PlanError(f"{lacks}: the selection {selection.criterion} is paced by it")
        if selection.strategy == "shadow" and plan.max_items is None:
            raise PlanError(f"{lacks}, and plan.max_items too: a shadow test has a full length")
    if stopping.curtailment is not None and (plan.at_limit != "forced" or plan.evidence == "guarded"):
        raise PlanError(
            "plan.stopping.curtailment: it foresees a forced decision: at_limit forced, evidence own or joint"
        )


def _rule_text(root: Place) -> str | None:
    rule = root.mapping("decision_rule", default=None)
    return None if rule is None else _canonical(rule.take_all())

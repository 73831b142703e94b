"""What a simulation shows: lengths, decisions against the truth, exposure, broken constraints (must be none)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.compiled import CompiledTest
from engine.decision_quality import MOST_TOGETHER, rudner, rudner_together
from engine.parameters import FloatArray
from engine.plan import Plan
from engine.simulate import Sittings

BAND, BANDS = 0.5, 6  # of true theta: twelve bands on [-3, 3], the outer ones open
EDGES = (-1.5, -0.5, 0.5, 1.5)  # of the five bands of true theta in which the exposure of each item is told
MET, NOT_MET, UNDETERMINED = 1, 0, -1
MEANINGS = {
    "posterior": "At most the share alpha of outcomes decided early is wrong, on average over the population of "
    "the prior and with true parameters; for one theta and for outcomes decided at the limit it bounds nothing.",
    "zone": "At most the share alpha of outcomes decided early whose true theta lies outside the zone is wrong, on "
    "average over the population of the prior and with true parameters, not for one theta; inside the zone it bounds "
    "nothing.",
    "sprt": "Alpha and beta bound wrong decisions at theta = cut - delta and cut + delta, lost by truncation.",
    "glr": "Alpha and beta are the aims at theta = cut - delta and cut + delta; no bound is proven.",
    "interval": "Alpha bounds wrong early decisions as far as the posterior is normal, on average over the population "
    "of the prior and with true parameters, not for one theta.",
    "standard_error": "The rule bounds the uncertainty of theta, not the error of a decision.",
    "fixed": "A fixed length bounds no error.",
}
"""Stopping rule -> what it bounds."""
_CODE = {"met": MET, "not_met": NOT_MET, "undetermined": UNDETERMINED}
_RISING = np.array([0, 2, 1])  # not met, met, and at -1 undetermined between them
Decisions = NDArray[np.int_]
"""MET, NOT_MET or UNDETERMINED."""


def _conjunction(decided: Decisions) -> Decisions:
    """All outcomes in one decision (strong Kleene): any not met decides, then any undetermined leaves it open."""
    open_or_met = np.where((decided == UNDETERMINED).any(axis=1), UNDETERMINED, MET)
    return np.asarray(np.where((decided == NOT_MET).any(axis=1), NOT_MET, open_or_met))


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifyingRule:
    """What makes one decision of those on the outcomes: `decide` takes (M, K) distinct rows of them to (M,).

    `unknown` names what the rule asks for and no simulation knows; it is undetermined, in decision and truth.
    """

    name: str
    decide: Callable[[Decisions], Decisions]
    unknown: tuple[str, ...] = ()


ALL_MET = CertifyingRule(name="all_outcomes", decide=_conjunction)
"""Of a plan without a `decision_rule`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """The document of `kriteria simulate --json`, all but the time it took."""

    length: dict[str, float]
    outcomes: dict[str, dict[str, float]]
    qualification: dict[str, float]
    exposure: dict[str, object]
    reasons: dict[str, int]
    violations: int
    conditional: dict[str, list[dict[str, float]]]
    uneven: dict[str, float | None]
    lengths: dict[int, int]
    evidence: str
    cuts: dict[str, dict[str, float | str | None]]
    parameters: dict[str, int]
    rule: CertifyingRule = ALL_MET

    def as_json(self, cpu_seconds: float) -> dict[str, object]:
        """The report as JSON; `cpu_seconds` is measured by the caller."""
        return {
            "length": self.length,
            "outcomes": self.outcomes,
            "qualification": {**self.qualification, "rule": self.rule.name, "unknown": list(self.rule.unknown)},
            "exposure": self.exposure,
            "reasons": self.reasons,
            "violations": self.violations,
            "conditional": self.conditional,
            "uneven": self.uneven,
            **self.grounds(),
            "cpu_seconds": cpu_seconds,
        }

    def grounds(self) -> dict[str, object]:
        """What every decision stood on: the evidence mode, each cut with its basis, how many parameters are a guess."""
        return {"evidence": self.evidence, "cuts": self.cuts, "parameters": self.parameters}


def report(test: CompiledTest, sittings: Sittings, rule: CertifyingRule = ALL_MET) -> Report:
    """What the sittings show beside the truth: shares of all N simulees, lengths in items, exposure per sitting.

    Bias and RMSE are on theta, by bands of .5 of the true theta; violations are counted from the items alone. Of the
    qualification the truth is what `rule` makes of the true outcomes. `expected_accuracy` and `consistency` are
    Rudner's, of the decisions that the estimates alone would make (at or above the cut is met): what one sitting
    promises of itself, and how often a second, parallel one would decide the same. Those of the qualification are
    missing above 12 outcomes.
    """
    truth = sittings.met
    decided = np.array([[_CODE[decision] for decision in row] for row in sittings.decisions])
    lengths = np.array([len(items) for items in sittings.presented])
    return Report(
        length={
            "mean": float(lengths.mean()),
            "p50": float(np.quantile(lengths, 0.5)),
            "p90": float(np.quantile(lengths, 0.9)),
        },
        outcomes=_outcomes(test, sittings, truth, decided),
        qualification=_qualification(rule, truth, decided) | _quality_by_rule(test, sittings, rule),
        exposure=_exposure(test, sittings),
        reasons={reason: sittings.reasons.count(reason) for reason in sorted(set(sittings.reasons))},
        violations=sum(broken(test, items) for items in sittings.presented),
        conditional={name: _conditional(sittings, truth, decided, k) for k, name in enumerate(test.outcomes)},
        uneven=_uneven(truth, decided),
        lengths={int(n): int((lengths == n).sum()) for n in np.unique(lengths)},
        evidence=test.plan.evidence,
        cuts={one.outcome: {"cut": one.cut, "basis": one.cut_basis} for one in test.plan.outcomes},
        parameters={"items": len(test.pool), "provisional": int(test.pool.provisional.sum())},
        rule=rule,
    )


def meaning(plan: Plan) -> str:
    """What the plan's rule bounds, in words: no report prints alpha without them."""
    return MEANINGS[plan.stopping.rule]


def _outcomes(
    test: CompiledTest, sittings: Sittings, truth: NDArray[np.bool_], decided: NDArray[np.int_]
) -> dict[str, dict[str, float]]:
    """Rates per outcome, its mean items, the share closed early, and the share of those that is wrong."""
    early = np.array([[closed == "early" for closed in row] for row in sittings.closed])
    wrong = (decided == MET) != truth
    outcome_of = np.where(np.asarray(test.outcome_of) < 0, len(test.outcomes), test.outcome_of)
    items = np.array([np.bincount(outcome_of[list(p)], minlength=len(test.outcomes) + 1) for p in sittings.presented])
    found = {}
    for k, outcome in enumerate(test.outcomes):
        stopped = int(early[:, k].sum())
        quality = rudner(sittings.estimate[:, k], sittings.standard_error[:, k], [test.plan.outcomes[k].cut])
        found[outcome] = {
            **_rates(truth[:, k], decided[:, k]),
            "expected_accuracy": quality.accuracy,
            "consistency": quality.consistency,
            "items": float(items[:, k].mean()),
            "early": float(early[:, k].mean()),
            "early_wrong": float((wrong[:, k] & early[:, k]).sum() / stopped) if stopped else 0.0,
        }
    return found


def _conditional(
    sittings: Sittings, truth: NDArray[np.bool_], decided: NDArray[np.int_], outcome: int
) -> list[dict[str, float]]:
    """Bias and RMSE of theta, and accuracy, by true theta: one row for each band of width .5 that holds simulees."""
    theta, error = sittings.theta[:, outcome], (sittings.estimate - sittings.theta)[:, outcome]
    right = (decided == truth)[:, outcome]
    band = _band(theta)
    rows = []
    for number in np.unique(band).tolist():
        here = band == number
        rows.append(
            {
                "theta": (number + 0.5) * BAND,
                "n": int(here.sum()),
                "bias": float(error[here].mean()),
                "rmse": float(np.sqrt((error[here] ** 2).mean())),
                "accuracy": float(right[here].mean()),
            }
        )
    return rows


def _uneven(truth: NDArray[np.bool_], decided: NDArray[np.int_]) -> dict[str, float | None]:
    """Accuracy on outcomes whose truth is against most of the candidate's other outcomes, and on all the rest.

    None where there are no such outcomes.
    """
    others = truth.shape[1] - 1
    met = truth.sum(axis=1, keepdims=True) - truth
    against = np.where(truth, met * 2 < others, met * 2 > others) if others else np.zeros_like(truth)
    right = decided == truth
    return {
        "share": float(against.mean()),
        "accuracy_uneven": float(right[against].mean()) if against.any() else None,
        "accuracy_even": float(right[~against].mean()) if (~against).any() else None,
    }


def _qualification(rule: CertifyingRule, truth: NDArray[np.bool_], decided: Decisions) -> dict[str, float]:
    """The rates of the qualification, and the share of simulees whose true outcomes leave it open."""
    true = _by_rule(rule, truth.astype(int))
    return {**_rates(true, _by_rule(rule, decided)), "truth_undetermined": float(np.mean(true == UNDETERMINED))}


def _quality_by_rule(test: CompiledTest, sittings: Sittings, rule: CertifyingRule) -> dict[str, float]:
    """Expected accuracy and consistency of the qualification; nothing where it has too many outcomes."""
    cuts = [outcome.cut for outcome in test.plan.outcomes]
    if len(cuts) > MOST_TOGETHER:
        return {}
    quality = rudner_together(
        sittings.estimate, sittings.standard_error, cuts, lambda patterns: _RISING[rule.decide(patterns)]
    )
    return {"expected_accuracy": quality.accuracy, "consistency": quality.consistency}


def _by_rule(rule: CertifyingRule, decided: Decisions) -> Decisions:
    """What the rule makes of each row, asked once for each different one."""
    rows, place = np.unique(decided, axis=0, return_inverse=True)
    return np.asarray(rule.decide(rows)[place.reshape(-1)])


def _rates(truth: NDArray[np.bool_] | Decisions, decided: Decisions) -> dict[str, float]:
    """Shares of all simulees; they add up to 1. A pass (fail) that an open truth does not bear out is a false one."""
    return {
        "accuracy": float(np.mean((decided == truth) & (decided != UNDETERMINED))),
        "false_pass": float(np.mean((decided == MET) & (truth != MET))),
        "false_fail": float(np.mean((decided == NOT_MET) & (truth != NOT_MET))),
        "undetermined": float(np.mean(decided == UNDETERMINED)),
    }


def _band(theta: FloatArray) -> NDArray[np.int_]:
    """The number of the band each theta is in."""
    return np.clip(np.floor(theta / BAND), -BANDS, BANDS - 1).astype(int)


def _exposure(test: CompiledTest, sittings: Sittings) -> dict[str, object]:
    """Share of sittings each item was presented in, and the mean share of items two sittings have in common.

    by_theta: the greatest share and the overlap among sittings whose mean theta over the outcomes is in one band.
    items_by_theta: the share of each item among the sittings whose theta of the item's outcome is in one of the five
    bands between -inf, the `edges` and inf; None where nobody is.
    """
    band = _band(sittings.theta.mean(axis=1))
    numbers, place = np.unique(band, return_inverse=True)
    shown = np.zeros((len(numbers), len(test.pool)))
    for row, items in zip(place.tolist(), sittings.presented, strict=True):
        shown[row, list(items)] += 1
    by_theta = []
    for number, size, counts in zip(numbers.tolist(), np.bincount(place).tolist(), shown, strict=True):
        found = {"max": float(counts.max(initial=0.0)) / size, "overlap": _overlap(counts, size)}
        by_theta.append({"theta": (number + 0.5) * BAND, "n": size, **found})
    counts, n = shown.sum(axis=0), len(sittings.presented)
    rates = dict(zip(test.pool.items, (counts / n).tolist(), strict=True))
    return {
        "max": max(rates.values(), default=0.0),
        "limit": test.plan.selection.max_exposure,
        "never": int((counts == 0).sum()),
        "overlap": _overlap(counts, n),
        "by_theta": by_theta,
        "items": rates,
        "edges": list(EDGES),
        "items_by_theta": _by_item_and_theta(test, sittings),
    }


def _by_item_and_theta(test: CompiledTest, sittings: Sittings) -> dict[str, list[float | None]]:
    """Share of the sittings of each band of theta in which an item was presented, by item."""
    bands = len(EDGES) + 1
    band = np.searchsorted(EDGES, sittings.theta, side="right")
    people = np.stack([np.bincount(one, minlength=bands) for one in band.T])
    who = np.repeat(np.arange(len(band)), [len(items) for items in sittings.presented])
    seen = np.fromiter((j for items in sittings.presented for j in items), dtype=np.intp, count=len(who))
    number = {outcome: k for k, outcome in enumerate(test.outcomes)}
    outcome_of = np.array([number.get(test.pool.outcomes[o], -1) for o in test.pool.outcome_of])  # pretest items too
    counts = np.bincount(seen * bands + band[who, outcome_of[seen]], minlength=len(test.pool) * bands)
    found: dict[str, list[float | None]] = {}
    for item, k, row in zip(test.pool.items, outcome_of.tolist(), counts.reshape(-1, bands).tolist(), strict=True):
        of = people[k].tolist() if k >= 0 else [0] * bands  # outside the plan: never presented
        found[item] = [count / n if n else None for count, n in zip(row, of, strict=True)]
    return found


def _overlap(counts: FloatArray, n: int) -> float:
    """The mean share of items that two of n sittings have in common, from how often each item was presented, (J,)."""
    pairs = (n - 1) * float(counts.sum())
    return float((counts * (counts - 1)).sum() / pairs) if pairs > 0 else 0.0


def broken(test: CompiledTest, items: Sequence[int]) -> int:
    """How many constraints of the blueprint this sitting broke, counted from the items alone; a repeat is one more."""
    held = set(items)
    return sum(not bound.holds(held) for bound in test.blueprint.bounds) + (len(items) != len(held))

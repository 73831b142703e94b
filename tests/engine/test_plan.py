"""PLAN.json: what is read, what is refused, and where."""

import pytest

from engine import Plan, PlanError
from engine.stopping import closing_rules

LEAST = {"outcomes": {"o": {"cut": 0.5}}, "at_limit": "forced"}


def test_defaults_are_the_documented_ones():
    plan = Plan.parse(LEAST)

    assert plan.evidence == "own"
    assert (plan.selection.criterion, plan.selection.randomesque, plan.selection.max_exposure) == (
        "information_at_cut",
        5,
        0.5,
    )
    assert (plan.stopping.rule, plan.stopping.alpha) == ("posterior", 0.05)
    assert (plan.outcomes[0].min_items, plan.outcomes[0].max_items, plan.outcomes[0].loading) == (1, None, 0.0)


def test_a_plan_written_out_reads_back_the_same():
    plan = Plan.parse(LEAST | {"max_items": 9, "seconds": 60, "decision_rule": {"met": "self"}})

    assert Plan.parse(plan.as_json()) == plan
    assert Plan.parse(plan.as_json()).digest == plan.digest


@pytest.mark.parametrize(
    "change",
    [
        {"stopping": {"rule": "zone", "alpha": 0.1}},
        {"stopping": {"rule": "sprt", "alpha": 0.1, "beta": 0.2, "delta": 0.4}},
        {"stopping": {"rule": "standard_error", "standard_error": 0.4}},
        {"outcomes": {"o": {"cut": 0, "max_items": 9}}, "stopping": {"rule": "fixed", "curtailment": 0.9}},
        {"pretest": {"items": 2}, "selection": {"criterion": "kl", "eligibility": {"x": 0.5}}},
        {
            "criteria": {"c": {"max_items": 3}, "d": {"min_items": 1}},
            "levels": {"apply": {"min_items": 2, "max_items": 4}},
        },
        {"levels": {"recall": {"max_items": 0}}, "words": 900, "selection": {"per_second": True}},
    ],
)
def test_every_rule_is_written_out_with_the_keys_it_uses(change):
    plan = Plan.parse(LEAST | change)

    assert Plan.parse(plan.as_json()) == plan


def test_the_digest_of_a_plan_of_the_first_version_has_not_changed():
    digest = "dc504625bd913df4b95c43005ee85c4864de1f59ad787f3cba3c32a38a936163"
    assert Plan.parse(LEAST).digest == digest
    assert Plan.parse(LEAST | {"levels": {}, "selection": {"per_second": False}}).digest == digest
    assert Plan.parse(LEAST | {"words": 900}).digest != digest


def test_the_digest_sees_every_change_and_no_order():
    two = {"outcomes": {"a": {"cut": 0}, "b": {"cut": 1}}, "at_limit": "forced"}
    turned = {"at_limit": "forced", "outcomes": {"b": {"cut": 1}, "a": {"cut": 0}}}

    assert Plan.parse(two).digest == Plan.parse(turned).digest
    assert Plan.parse(two).digest != Plan.parse(two | {"at_limit": "undetermined"}).digest


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"extra": 1}, r"plan\.extra: is not a key"),
        ({"outcomes": {"o": {"cut": 0, "weight": 2}}}, r"plan\.outcomes\.o\.weight: is not a key"),
        ({"outcomes": {}}, "at least one outcome"),
        ({"outcomes": {"o": {}}}, r"plan\.outcomes\.o\.cut is missing"),
        ({"outcomes": {"o": {"cut": 0, "cut_basis": " "}}}, r"plan\.outcomes\.o\.cut_basis: ' ' is not a text"),
        ({"outcomes": {"o": {"cut": 0, "cut_basis": 3}}}, r"plan\.outcomes\.o\.cut_basis: 3 is not a text"),
        ({"outcomes": {"o": {"cut": "high"}}}, r"plan\.outcomes\.o\.cut: 'high' is not a number"),
        ({"outcomes": {"o": {"cut": 7}}}, "not within -5 to 5"),
        ({"outcomes": {"o": {"cut": True}}}, "True is not a number"),
        ({"outcomes": {"o": {"cut": 0, "min_items": 0}}}, "min_items: 0 is not a whole number of at least 1"),
        ({"outcomes": {"o": {"cut": 0, "min_items": 5, "max_items": 4}}}, "max_items 4 is below min_items 5"),
        ({"outcomes": [1]}, r"plan\.outcomes: needed is a mapping"),
        ({"criteria": {"c": {"min_items": -1}}}, r"plan\.criteria\.c\.min_items"),
        ({"criteria": {"c": {"min_items": 2, "max_items": 1}}}, r"criteria\.c: max_items 1 is below min_items 2"),
        ({"levels": {"apply": {"min_items": 2, "max_items": 1}}}, r"levels\.apply: max_items 1 is below min_items 2"),
        ({"levels": {"apply": {"share": 0.5}}}, r"plan\.levels\.apply\.share: is not a key"),
        ({"levels": ["apply"]}, r"plan\.levels: needed is a mapping"),
        ({"words": 0}, r"plan\.words: 0 is not a whole number of at least 1"),
        ({"selection": {"per_second": 1}}, r"plan\.selection\.per_second: 1 is neither true nor false"),
        (
            {"selection": {"criterion": "random", "per_second": True}},
            "per_second: the values of random cannot be divided by seconds",
        ),
        ({"lambda": {"p": 0.5}}, r"plan\.lambda\.p: is not an outcome"),
        ({"lambda": {"o": 1}}, "not within 0 to 0.98"),
        ({"evidence": "all"}, r"plan\.evidence: 'all' is not one of"),
        ({"selection": {"criterion": "best"}}, "'best' is not one of"),
        ({"selection": {"strategy": "greedy"}}, "'greedy' is not one of witness, shadow"),
        ({"selection": {"strategy": "shadow"}}, "a shadow test has a full length"),
        ({"selection": {"criterion": "proportional"}}, r"plan\.outcomes\.o\.max_items is missing"),
        ({"selection": {"eligibility": {"x": 0}}}, r"plan\.selection\.eligibility\.x: an item with the chance 0"),
        ({"selection": {"max_exposure": 0}}, "max_exposure: 0 would present nothing"),
        ({"selection": {"randomesque": 0}}, "randomesque: 0 is not a whole number"),
        ({"stopping": {"rule": "best"}}, "'best' is not one of"),
        ({"stopping": {"rule": "fixed"}}, "it is the length of a fixed test"),
        ({"stopping": {"rule": "standard_error"}}, r"plan\.stopping\.standard_error is missing"),
        ({"stopping": {"rule": "zone", "eps": 0}}, "eps: 0 is not above 0"),
        ({"stopping": {"rule": "sprt"}, "evidence": "joint"}, "evidence must be own"),
        ({"stopping": {"rule": "zone", "alpha": 0.1, "beta": 0.2}}, "beta 0.2 differs"),
        ({"stopping": {"rule": "sprt", "delta": 0.3, "eps": 0.2}}, "eps: the sprt rule does not use it"),
        ({"stopping": {"curtailment": 0.4}}, "not within 0.5 to 1"),
        ({"stopping": {"curtailment": 0.9}}, "curtailment foresees the decision at that length"),
        ({"stopping": {"alpha": 0.5}}, "alpha: 0.5 is not above 0 and below 0.5"),
        ({"stopping": {"alpha": 0.1, "beta": 0.2}}, "beta 0.2 differs"),
        ({"stopping": {"eps": 0.25}}, "does not use it"),
        ({"at_limit": None}, r"plan\.at_limit: None is not one of"),
        ({"max_items": 0}, r"plan\.max_items: 0"),
        ({"pretest": {"items": -1}}, r"plan\.pretest\.items: -1 is not a whole number"),
        ({"pretest": {"share": 1}}, r"plan\.pretest\.share: is not a key"),
        ({"decision_rule": "all"}, r"plan\.decision_rule: needed is a mapping"),
    ],
)
def test_a_wrong_plan_is_refused_at_its_place(change, reason):
    with pytest.raises(PlanError, match=reason):
        Plan.parse(LEAST | change)


def test_what_happens_at_the_limit_must_be_said():
    with pytest.raises(PlanError, match=r"plan\.at_limit is missing"):
        Plan.parse({"outcomes": {"o": {"cut": 0}}})
    with pytest.raises(PlanError, match="plan: needed is a mapping"):
        Plan.parse([])


def test_an_outcome_never_closes_more_easily_than_the_deciding_rule():
    cut = {"cut": {"scope": "self", "measure": "p_mastery", "value": 0.97, "not_met_at": 0.02}}
    other = {"cut": {"scope": "somebody else", "measure": "p_mastery", "value": 0.999}}
    percent = {"cut": {"scope": "self", "measure": "percent", "value": 60}}
    plan = Plan.parse(LEAST | {"decision_rule": {"all_of": [cut, other, percent]}})
    (rule,) = closing_rules(plan)

    assert (rule.met_at, rule.not_met_at) == (0.97, 0.02)
    (lax,) = closing_rules(Plan.parse(LEAST | {"decision_rule": {"cut": {"measure": "p_mastery", "value": 0.6}}}))
    assert (lax.met_at, lax.not_met_at) == (0.95, 0.05)


@pytest.mark.parametrize("value", [{}, {"value": "high"}, {"value": 0.8, "not_met_at": None}])
def test_a_deciding_cut_without_numbers_is_refused(value):
    plan = Plan.parse(LEAST | {"decision_rule": {"cut": {"measure": "p_mastery"} | value}})

    with pytest.raises(PlanError, match=r"plan\.decision_rule: a cut on p_mastery needs numbers"):
        closing_rules(plan)


def test_the_basis_of_a_cut_is_kept_and_a_plan_without_one_stays_what_it_was():
    based = LEAST | {"outcomes": {"o": {"cut": 0.5, "cut_basis": "Angoff, 8 judges"}}}
    plain, told = Plan.parse(LEAST), Plan.parse(based)

    assert told.outcomes[0].cut_basis == "Angoff, 8 judges"
    assert Plan.parse(told.as_json()) == told
    assert "cut_basis" not in plain.as_json()["outcomes"]["o"]
    assert told.digest != plain.digest

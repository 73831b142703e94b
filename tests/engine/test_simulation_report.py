"""The report of six sittings made by hand: every rate is written out beside the table it is counted from."""

import math

import numpy as np
import pytest
from engine_builders import a_plan, a_test, an_item

import engine
from engine import CertifyingRule, ItemPool, Sittings, report
from engine.simulation_report import MEANINGS, MET, NOT_MET, UNDETERMINED

SITTINGS = """
    simulee  truth   decided  closed
    1        + + +   M M M    e e l
    2        + + -   M N u    e e l
    3        - - -   N M N    e e e
    4        + - -   M N M    l e l
    5        + + +   N M M    l l l
    6        - + +   u u M    l l e
"""
DECISIONS = {"M": "met", "N": "not_met", "u": "undetermined"}
ERRORS = (0.1, 0.3, -0.2, -0.1, 0.5, 0.0)  # of theta of A


def six_sittings():
    """Theta is .7 or -.7, the cut 0; simulee n was given the first n of A1 A2 B1 B2 C1 C2."""
    rows = [line.split() for line in SITTINGS.strip().splitlines()[1:]]
    theta = np.array([[0.7 if mark == "+" else -0.7 for mark in row[1:4]] for row in rows])
    estimate = theta.copy()
    estimate[:, 0] += ERRORS
    return Sittings(
        theta=theta,
        met=theta >= 0,
        decisions=tuple(tuple(DECISIONS[mark] for mark in row[4:7]) for row in rows),
        closed=tuple(tuple("early" if mark == "e" else "limit" for mark in row[7:]) for row in rows),
        presented=tuple(tuple(range(n + 1)) for n in range(6)),
        reasons=("stop_rule",) * 4 + ("max_items",) * 2,
        estimate=estimate,
        standard_error=np.full(theta.shape, 0.5),
    )


def the_test(**given):
    return a_test(ItemPool.build(an_item(f"{o}{n}", outcome=o) for o in "ABC" for n in (1, 2)), least=1, **given)


@pytest.fixture(scope="module")
def found():
    return report(the_test(), six_sittings())


def rates(right, passes, fails, undetermined, of=6):
    names = ("accuracy", "false_pass", "false_fail", "undetermined")
    return {name: pytest.approx(n / of) for name, n in zip(names, (right, passes, fails, undetermined), strict=True)}


def only(found, expected):
    return {name: found[name] for name in expected}


@pytest.mark.parametrize(
    ("outcome", "counts", "items", "early", "early_wrong"),
    [
        # A: right 1 2 3 4, failed a master 5, open 6; items 1 2 2 2 2 2; early 1 2 3, none of them wrong
        ("A", (4, 0, 1, 1), 11 / 6, 3 / 6, 0),
        # B: right 1 4 5, passed 3 below the cut, failed master 2, open 6; items 0 0 1 2 2 2; early 1 to 4, wrong 2 3
        ("B", (3, 1, 1, 1), 7 / 6, 4 / 6, 2 / 4),
        # C: right 1 3 5 6, passed 4 below the cut, open 2; items 0 0 0 0 1 2; early 3 6, none wrong
        ("C", (4, 1, 0, 1), 3 / 6, 2 / 6, 0),
    ],
)
def test_the_rates_of_an_outcome(found, outcome, counts, items, early, early_wrong):
    expected = rates(*counts) | {"items": items, "early": early, "early_wrong": early_wrong}

    assert only(found.outcomes[outcome], expected) == pytest.approx(expected)


def test_the_qualification_is_met_when_every_outcome_is(found):
    """True for 1 and 5. Decided: 1 met; 2 3 4 5 not met, 5 wrongly; 6 open."""
    assert only(found.qualification, rates(0, 0, 0, 0)) == rates(4, 0, 1, 1)
    assert found.as_json(0.0)["qualification"]["rule"] == "all_outcomes"


def test_the_qualification_follows_the_rule_it_is_given():
    """A or B. True for all but 3. Decided by hand: 1 2 4 5 met; 3 met, wrongly; 6 open."""

    def a_or_b(rows):
        asked.append(len(rows))
        best = np.where((rows[:, :2] == MET).any(axis=1), MET, NOT_MET)
        return np.where((best == NOT_MET) & (rows[:, :2] == UNDETERMINED).any(axis=1), UNDETERMINED, best)

    asked = []
    found = report(the_test(), six_sittings(), CertifyingRule(name="decision_rule", decide=a_or_b))

    assert only(found.qualification, rates(0, 0, 0, 0)) == rates(4, 1, 0, 1)
    assert found.qualification["truth_undetermined"] == 0
    assert max(asked) <= 8, "the patterns of three outcomes met or not, and the different rows"


def test_what_a_rule_cannot_know_is_open_in_the_truth_too():
    """A, and a practical part: nobody is known to qualify; failed are 3, rightly, and the master 5."""

    def never_met(rows):
        return np.where(rows[:, 0] == NOT_MET, NOT_MET, UNDETERMINED)

    rule = CertifyingRule(name="decision_rule", decide=never_met, unknown=("part practice",))
    found = report(the_test(), six_sittings(), rule)

    assert only(found.qualification, rates(0, 0, 0, 0)) == rates(1, 0, 1, 4)
    assert found.qualification["truth_undetermined"] == pytest.approx(4 / 6)
    assert found.as_json(0.0)["qualification"]["unknown"] == ["part practice"]


def test_expected_accuracy_and_consistency_from_estimates_and_errors(found):
    """Rudner: with the error .5 an estimate .8 above the cut is true with probability F(1.6), and so on."""
    of_a = [abs(x) / 0.5 for x in (0.8, 1.0, -0.9, 0.6, 1.2, -0.7)]
    right = [(1 + math.erf(z / 2**0.5)) / 2 for z in of_a]
    other = (1 + math.erf(1.4 / 2**0.5)) / 2  # of B and C, .7 from the cut

    assert found.outcomes["A"]["expected_accuracy"] == pytest.approx(sum(right) / 6)
    assert found.outcomes["A"]["consistency"] == pytest.approx(sum(p * p + (1 - p) ** 2 for p in right) / 6)
    assert found.outcomes["B"]["expected_accuracy"] == pytest.approx(other)
    # met are A, B and C together: the product of being above each cut
    above = [
        [p if mark == "+" else 1 - p for p, mark in zip((a, other, other), line.split()[1:4], strict=True)]
        for a, line in zip(right, SITTINGS.strip().splitlines()[1:], strict=True)
    ]
    met = [math.prod(row) for row in above]
    decided = [met[n] if n in (0, 4) else 1 - met[n] for n in range(6)]
    assert found.qualification["expected_accuracy"] == pytest.approx(sum(decided) / 6)
    assert found.qualification["consistency"] == pytest.approx(sum(p * p + (1 - p) ** 2 for p in met) / 6)


def test_the_length_of_one_to_six_items(found):
    assert found.length == {"mean": 3.5, "p50": 3.5, "p90": pytest.approx(5.5)}
    assert found.lengths == dict.fromkeys(range(1, 7), 1)
    assert found.reasons == {"max_items": 2, "stop_rule": 4}


def test_outcomes_against_the_others(found):
    """C of 2, A of 4 and A of 6 stand against two equal others: right is A of 4. Of the other 15, 10 are right."""
    assert found.uneven == pytest.approx({"share": 3 / 18, "accuracy_uneven": 1 / 3, "accuracy_even": 10 / 15})


def test_bias_and_error_by_true_theta(found):
    """A at .7: errors .1 .3 -.1 .5; at -.7: -.2 0."""
    low, high = found.conditional["A"]

    assert high == pytest.approx({"theta": 0.75, "n": 4, "bias": 0.2, "rmse": 0.3, "accuracy": 3 / 4})
    assert low == pytest.approx({"theta": -0.75, "n": 2, "bias": -0.1, "rmse": 0.02**0.5, "accuracy": 1 / 2})


def test_exposure_and_overlap(found):
    """Item n of six was seen by 7 - n of six; pairs share min(m, n) items: 35 in 15 pairs, of 3.5 a sitting."""
    assert list(found.exposure["items"].values()) == pytest.approx([6 / 6, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6])
    assert found.exposure["overlap"] == pytest.approx(35 / 15 / 3.5)
    assert (found.exposure["max"], found.exposure["never"]) == (1.0, 0)


def test_exposure_of_each_item_by_theta_of_its_outcome(found):
    """Of A at .7 are 1 2 4 5, at -.7 3 6; of C at .7 are 1 5 6, at -.7 2 3 4."""
    assert found.exposure["edges"] == [-1.5, -0.5, 0.5, 1.5]
    by_theta = found.exposure["items_by_theta"]

    assert by_theta["A1"] == [None, 1.0, None, 1.0, None]
    assert by_theta["A2"] == [None, 1.0, None, 3 / 4, None]
    assert by_theta["C1"] == [None, 0.0, None, 2 / 3, None]
    assert by_theta["C2"] == [None, 0.0, None, 1 / 3, None]


def test_an_item_outside_the_plan_has_no_exposure_by_theta():
    pool = ItemPool.build(an_item(f"{o}{n}", outcome=o) for o in "ABCD" for n in (1, 2))
    plan = a_plan(outcomes={o: {"cut": 0} for o in "ABC"}, **{"lambda": {}})

    assert report(engine.compile(pool, plan), six_sittings()).exposure["items_by_theta"]["D1"] == [None] * 5


def test_a_pretest_item_is_exposed_as_any_other():
    pool = ItemPool.build(an_item(f"{o}{n}", outcome=o, pretest=o + str(n) == "A2") for o in "ABC" for n in (1, 2))
    test = a_test(pool, least=1, pretest={"items": 1})

    assert report(test, six_sittings()).exposure["items_by_theta"]["A2"] == [None, 1.0, None, 3 / 4, None]


def test_broken_minimums(found):
    """1 and 2 have no item of B and C, 3 and 4 none of C."""
    assert found.violations == 2 + 2 + 1 + 1


@pytest.mark.parametrize("rule", ["posterior", "zone", "interval"])
def test_the_words_of_a_rule_whose_alpha_is_an_average_say_so(rule):
    assert "on average over the population of the prior and with true parameters" in MEANINGS[rule]
    assert "for one theta" in MEANINGS[rule]

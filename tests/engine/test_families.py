"""A limit on exposure is kept just when a mixture of whole forms keeps it: found by trying every set of items."""

import time

import numpy as np
import pytest
from content_builders import a_rich_plan, a_rich_pool, faults
from engine_builders import a_plan, an_item
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from test_conflicts import every_set, tight_plans

import engine
from engine import ItemPool, PlanError, check_plan, families
from engine.assembly import Bound
from engine.blueprint import Blueprint
from engine.families import Answer, Question, equal_forms

LIMITS = (0.25, 0.4, 0.5, 0.6, 0.7, 0.75)


def least_greatest_share(bounds, size):
    """Over all mixtures of all forms the least greatest share of an item; infinite when there is no form."""
    forms = np.array([[j in items for j in range(size)] for items in every_set(size) if holds(bounds, items)], float)
    if not len(forms):
        return np.inf
    ones = np.ones((1, len(forms)))
    found = linprog(
        np.append(np.zeros(len(forms)), 1.0),
        A_ub=np.hstack((forms.T, -np.ones((size, 1)))),
        b_ub=np.zeros(size),
        A_eq=np.hstack((ones, np.zeros((1, 1)))),
        b_eq=[1.0],
    )
    return found.fun


def holds(bounds, items):
    return all(bound.holds(items) for bound in bounds)


def can_be_kept(bounds, size, limit):
    return least_greatest_share(bounds, size) <= limit + 1e-6


@given(tight_plans(), st.sampled_from(LIMITS))
def test_an_answer_is_that_of_all_forms_together(given, limit):
    pool, plan = given
    bounds = Blueprint.of(pool, plan).bounds
    question = Question(len(pool), bounds, limit)
    for part in (bounds, bounds[1:], bounds[::2], bounds):
        answer = question.answer(part)
        assert answer.exists == can_be_kept(part, len(pool), limit)
        if answer.exists:
            assert answer.shares.sum() == pytest.approx(1)
            assert all(holds(part, set(np.flatnonzero(form).tolist())) for form in answer.forms)


@given(tight_plans(), st.sampled_from(LIMITS))
def test_a_limit_is_refused_only_with_a_conflict_that_leaves_nothing_out_and_names_nothing_more(given, limit):
    pool, plan = given
    bounds, size = Blueprint.of(pool, plan).bounds, len(pool)
    limited = engine.Plan.parse({**plan.as_json(), "selection": {"max_exposure": limit}})
    try:
        witness = check_plan(pool, limited)
    except PlanError as refusal:
        if "no form can meet the plan" in str(refusal):
            assert np.isinf(least_greatest_share(bounds, size))
            return
        known = {bound.name: bound for bound in bounds}
        reason, names = str(refusal).split("in conflict with it: ")
        named = [known[name] for name in names.split("; ")]
        if reason.endswith("alone is "):
            assert not any(can_be_kept([bound], size, limit) for bound in named)
            return
        assert not can_be_kept(named, size, limit)
        assert all(can_be_kept([b for b in named if b is not left_out], size, limit) for left_out in named)
        return
    assert witness.share <= limit + 1e-9
    assert all(faults(pool, plan, [pool.items[j] for j in form]) == [] for form in witness.forms)


@pytest.mark.parametrize("seed", [5, 54, 74, 84, 90])
def test_what_only_whole_forms_of_42_items_break_is_named_within_two_seconds(seed):
    pool = a_rich_pool(seed)
    start = time.process_time()
    with pytest.raises(PlanError, match="in conflict with it") as refusal:
        check_plan(pool, a_rich_plan(pool, seed))
    assert time.process_time() - start < 2

    bounds = {bound.name: bound for bound in Blueprint.of(pool, a_rich_plan(pool, seed)).bounds}
    named = [bounds[name] for name in str(refusal.value).split("in conflict with it: ")[1].split("; ")]
    fresh = [Question(len(pool), named, 0.7).answer([b for b in named if b is not out]).exists for out in named]
    assert Question(len(pool), named, 0.7).answer(named).exists is False
    assert fresh == [True] * len(named)


def test_a_question_that_the_work_allowed_does_not_settle_is_left_open(monkeypatch):
    pool = a_rich_pool(5)
    monkeypatch.setattr(families, "ROUNDS", 2)
    with pytest.raises(PlanError, match=r"0\.7 was neither met nor shown to be impossible with this pool"):
        check_plan(pool, a_rich_plan(pool, 5))


def no_proof(self, weights):
    form, weight, _ = LIGHTEST(self, weights)
    return form, weight, 0.0


def no_form(self, weights):
    return None, np.inf, 0.0


LIGHTEST = families._Forms.lightest


@pytest.mark.parametrize("stopped", [no_proof, no_form])
def test_a_search_that_stops_at_its_nodes_leaves_the_question_open(stopped, monkeypatch):
    pool = a_rich_pool(5)
    bounds = Blueprint.of(pool, a_rich_plan(pool, 5)).bounds
    monkeypatch.setattr(families._Forms, "lightest", stopped)

    assert Question(len(pool), bounds, 0.7).answer(bounds).exists is None


def test_a_plan_that_shares_keep_and_no_form_does_is_kept_by_no_mixture(monkeypatch):
    together = Bound(name="pair", items=(0, 1), lower=0, upper=0, weights=(-1.0, 1.0), kind="set")
    one = Bound(name="one", items=(0, 1), lower=1, upper=1)
    assert Question(2, [together, one], 0.5).answer([together, one]).exists is False

    monkeypatch.setattr(families, "_found", lambda solver: False)
    assert Question(2, [one], 0.5).answer([one]).exists is None


def test_bounds_that_were_not_shown_to_be_needed_are_said_to_be_so(monkeypatch):
    pool = a_rich_pool(54)
    bounds = Blueprint.of(pool, a_rich_plan(pool, 54)).bounds
    answers = Question.answer

    def at_a_loss(self, some):
        found = answers(self, some)
        lost = found.exists and any(b.kind == "enemies" for b in bounds if b not in some)
        return found if not lost else self._without(None)

    monkeypatch.setattr(Question, "answer", at_a_loss)
    with pytest.raises(PlanError, match=r"enemies .*; not shown to be needed: "):
        check_plan(pool, a_rich_plan(pool, 54))


def test_a_family_is_as_large_as_its_proportions_ask():
    # 13 items, one in each form: a share of 1/13 each needs 13 forms
    one = Bound(name="one", items=tuple(range(13)), lower=1, upper=1)
    answer = Question(13, [one], 1 / 13).answer([one])

    forms = equal_forms(answer, (13,), 1 / 13)
    assert sorted(forms) == [(j,) for j in range(13)]
    assert len(equal_forms(answer, (2, 3), 1 / 13)) % 13 == 0


def test_proportions_of_more_forms_than_are_allowed_are_refused_by_name(monkeypatch):
    thirds = Answer(exists=True, forms=np.eye(2, dtype=int), shares=np.array([1 / 3, 2 / 3]), class_of=np.arange(2))
    monkeypatch.setattr(families, "LARGER", ())
    assert equal_forms(thirds, (2,), 2 / 3) == [(0,), (1,)]
    assert equal_forms(thirds, (), 2 / 3) == [(0,), (1,), (1,)]
    monkeypatch.setattr(families, "LARGEST", 2)
    assert equal_forms(thirds, (), 0.4) is None

    pool = ItemPool.build(an_item(n, enemies={"a": ("d",), "b": ("c", "d")}.get(n, ())) for n in "abcd")
    monkeypatch.setattr("engine.blueprint._one_by_one", lambda *given: None)
    monkeypatch.setattr("engine.blueprint.equal_forms", lambda *given: None)
    with pytest.raises(PlanError, match=r"0\.53 cannot be kept .* of equal chance; a greater one can"):
        check_plan(pool, a_plan(pool, selection={"max_exposure": 0.53}))


def test_no_items_and_no_bounds_are_met_by_the_empty_form():
    answer = Question(3, [], 0.5).answer([])
    assert answer.exists
    assert equal_forms(answer, (2,), 0.5) == [(), ()]


def test_twins_take_turns():
    pool = ItemPool.build(an_item(f"i{n}") for n in range(5))
    bounds = Blueprint.of(pool, a_plan(pool, least=2, most=2)).bounds
    forms = equal_forms(Question(5, bounds, 0.4).answer(bounds), (5,), 0.4)

    assert np.bincount(np.ravel(forms)).tolist() == [2] * 5

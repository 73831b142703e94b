"""Fixed forms: parallel ones match at the cut and keep the blueprint, LOFT gives each sitting its own."""

import numpy as np
import pytest
from content_builders import faults
from engine_builders import a_draw, a_plan, a_pool, a_test, an_item

import engine
from engine import ItemPool, PlanError, Response
from engine.forms import loft, parallel_forms


def kept(pool, plan, form):
    return faults(pool, plan, [pool.items[j] for j in form]) == []


def test_parallel_forms_share_no_item_keep_the_blueprint_and_match_at_every_cut():
    pool = a_pool(outcomes=2, criteria=2, each=14)
    plan = a_plan(pool, cut=0.3, least=4, most=6, per_criterion=2)
    found = parallel_forms(pool, plan, 3, 10)

    assert [len(form) for form in found.forms] == [10, 10, 10]
    assert len({j for form in found.forms for j in form}) == 30
    assert all(kept(pool, plan, form) for form in found.forms)
    assert found.spread <= 0.02
    assert np.abs(found.information / found.target - 1).max() <= 0.02


def test_forms_meet_a_target_that_is_given_and_may_share_items():
    pool = a_pool(outcomes=1, criteria=1, each=14)
    found = parallel_forms(pool, a_plan(pool), 2, 6, target=[1.4], shared=2)

    assert found.information[:, 0] == pytest.approx([1.4, 1.4], rel=0.02)


def test_forms_the_pool_cannot_give_are_refused():
    pool = a_pool(outcomes=1, criteria=1, each=8)
    with pytest.raises(PlanError, match="no 3 forms of this plan with an item in at most 1 of them"):
        parallel_forms(pool, a_plan(pool), 3, 4)
    with pytest.raises(PlanError, match="in conflict: criterion"):
        parallel_forms(pool, a_plan(pool, per_criterion=9), 1, 4)
    with pytest.raises(ValueError, match="at least one form"):
        parallel_forms(pool, a_plan(pool), 0, 4)


def test_a_form_is_scored_on_the_same_scale():
    pool = a_pool(outcomes=1, criteria=1, each=10)
    test = a_test(pool)
    form = parallel_forms(pool, a_plan(pool), 1, 6).forms[0]
    (decision,) = engine.decisions(test, [Response(item=pool.items[j], score=1) for j in form], ended=True)

    assert (decision.decision, decision.items) == ("met", 6)


def test_each_sitting_gets_a_form_of_its_own_and_the_same_one_again():
    pool = ItemPool.build(
        [an_item(f"i{n}", b=n / 8 - 1, criteria=("c" if n % 2 else "d",)) for n in range(16)]
        + [an_item(f"s{n}", set="s", criteria=("c",)) for n in range(3)]
    )
    test = a_test(pool, per_criterion=3, selection={"max_exposure": 0.6})
    drawn = {name: loft(test, a_draw(name), 8) for name in "abcdefghij"}

    assert len({frozenset(form) for form in drawn.values()}) > 5
    assert loft(test, a_draw("a"), 8) == drawn["a"]
    for name, form in drawn.items():
        places = [pool.items.index(item) for item in form]
        lottery = test.exposure.open_to(a_draw(name))
        assert len(form) == 8
        assert kept(pool, test.plan, places)
        assert all(lottery.eligible(j) for j in places)
        together = [n for n, item in enumerate(form) if item[0] == "s"]
        assert together in ([], list(range(together[0] if together else 0, (together[0] if together else 0) + 3)))
    with pytest.raises(PlanError, match="no form of 19 items"):
        loft(test, a_draw(), 19)

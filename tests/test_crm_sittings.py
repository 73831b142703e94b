"""The CRM bank under its plan: 2,000 sittings through the real `next_step` keep every demand of the blueprint."""

import pytest

from bench.crm_sittings import SEED, N, broken_rules, compiled, enemy_pairs, sit

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def crm():
    return compiled()


@pytest.fixture(scope="module")
def sittings(crm):
    test, pool = crm
    return [sit(test, pool, number, SEED) for number in range(N)]


def test_no_sitting_breaks_the_blueprint(crm, sittings):
    test, pool = crm

    assert [broken for sitting in sittings if (broken := broken_rules(test, pool, sitting))] == []


def test_every_allocated_criterion_is_sampled_in_every_sitting(crm, sittings):
    asked = {criterion.criterion for criterion in crm[0].plan.criteria}

    assert len(asked) == 21
    for sitting in sittings:
        assert {name for row in sitting.stop.decisions for name, n in row.criteria if n} == asked


def test_the_bank_has_enemies_to_keep_apart(crm):
    assert len(enemy_pairs(crm[1])) >= 5


def test_a_clear_master_is_not_failed_as_often_as_passed_and_a_clear_non_master_never_passes(crm):
    test, pool = crm
    high = [sit(test, pool, number, SEED, even=2.0) for number in range(60)]
    low = [sit(test, pool, number, SEED, even=-2.0) for number in range(60)]

    def passed(found):
        return sum(all(row.decision == "met" for row in one.stop.decisions) for one in found)

    def failed(found):
        return sum(any(row.decision == "not_met" for row in one.stop.decisions) for one in found)

    assert passed(high) > failed(high)
    assert passed(low) == 0

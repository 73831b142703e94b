"""The CRM bank under its plan: 2,000 sittings through the real `next_step` keep every demand of the blueprint."""

import json

import pytest

from bench.crm_sittings import NUMBERS, SEED, N, broken_rules, compiled, enemy_pairs, figures, sit

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


def test_the_numbers_in_the_docs_are_the_ones_found_here(crm, sittings):
    """Up to a decision in a hundred that another machine's rounding may turn."""
    kept, found = json.loads(NUMBERS.read_text(encoding="utf-8")), figures(*crm, sittings)

    for name in ("sittings", "seed", "items", "broken", "max_items", "alpha"):
        assert found[name] == kept[name]
    for name, numbers in found["outcomes"].items():
        assert numbers == pytest.approx(kept["outcomes"][name], abs=0.01)
    assert found["all"] == pytest.approx(kept["all"], abs=0.01)
    assert found["length"]["mean"] == pytest.approx(kept["length"]["mean"], abs=0.1)


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

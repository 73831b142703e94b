"""docs/crm-simulation.md says what its script found, for the plan and the bank there are now."""

import json

from bench.crm_sittings import NUMBERS, PAGE, compiled, report


def test_the_page_is_made_of_the_numbers_kept_beside_it():
    assert PAGE.read_text(encoding="utf-8") == report(json.loads(NUMBERS.read_text(encoding="utf-8")))


def test_the_numbers_are_of_the_present_plan_and_pool():
    """When this fails: `python -m bench.crm_sittings` makes numbers and page anew."""
    found, (test, pool) = json.loads(NUMBERS.read_text(encoding="utf-8")), compiled()
    assert (found["plan_digest"], found["pool_digest"]) == (test.plan.digest, pool.digest)

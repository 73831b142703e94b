"""The likelihood that independent programs reached is the maximum found here, on real data beside the repository."""

import json
from pathlib import Path

import numpy as np
import pytest
from calibration_builders import a_clock

from engine import read_responses
from engine.calibrate import Prior, Priors, calibrate

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared" / "data"
REFERENCE = SHARED / "reference"
GOLDEN = json.loads((REPOSITORY / "tests" / "golden" / "calibration_reference.json").read_text())

pytestmark = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the shared folder with reference data is not beside the repository"
)


def fitted(data, model, **given):
    return calibrate(read_responses(SHARED / f"{data}.csv"), model, a_clock(), **given)


@pytest.mark.parametrize("case", GOLDEN["models"], ids=lambda c: f"{c['data']}-{c['model']}-{c.get('prior_c', '')}")
def test_the_maximum_is_the_published_one(case):
    priors = Priors(c=Prior.parse(case["prior_c"], "c")) if "prior_c" in case else None
    found = fitted(case["data"], case["model"], priors=priors, standard_errors=True)

    assert found.converged
    assert not {"not_identified", "not_a_maximum"} & set(found.flags)
    assert found.gradient_max < 5e-3
    assert found.log_likelihood == pytest.approx(case["log_likelihood"], abs=0.01)
    if "log_posterior" in case:
        assert found.log_likelihood + found.log_prior == pytest.approx(case["log_posterior"], abs=0.01)
    if "ad" in case:
        assert found.values[:, :2] == pytest.approx(np.array(case["ad"]), abs=1e-3)
    if "d" in case:
        assert found.values[:, 1] == pytest.approx(np.array(case["d"]), abs=1e-3)
    if "variance" in case:
        assert found.groups[0].deviation ** 2 == pytest.approx(case["variance"], abs=1e-3)
    if "oakes" in case:
        assert found.value_errors[:3, :2].reshape(-1) == pytest.approx(np.array(case["oakes"]), rel=0.02)
    if "first" in case:
        assert found.parameters.a[0] == pytest.approx(case["first"]["a"], abs=1e-3)
        assert found.parameters.steps_of(0) == pytest.approx(case["first"]["b"], abs=1e-3)
    if "item_32" in case:
        assert found.parameters.a[31] == pytest.approx(case["item_32"]["a"], abs=1e-3)
        assert found.parameters.b[31] == pytest.approx(case["item_32"]["b"], abs=0.01)
        assert "far_off" in found.item_flags[31]
    if "adc" in case:
        a, d, c = np.array(case["adc"]).T
        assert found.values[:2, 0] == pytest.approx(a, abs=1e-3)
        assert found.values[:2, 1] == pytest.approx(d, abs=1e-3)
        assert found.parameters.c[:2] == pytest.approx(c, abs=1e-3)

"""Delivery settings of a plan: what is taken, and what contradicts itself."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor import delivery
from proctor.delivery import RANGES, Delivery, DeliveryError

names = st.sampled_from(sorted(RANGES))


def test_the_defaults_are_settings_like_any_other():
    assert delivery.read({}) == delivery.read(asdict(Delivery())) == Delivery()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"colour": 1}, "colour: there is no such delivery setting"),
        ({"free_drops": 1.0}, "free_drops: a whole number is expected"),
        ({"free_drops": True}, "free_drops: a whole number is expected"),
        ({"show_progress": 1}, "show_progress: true or false is expected"),
        ({"heartbeat_ms": 6_000}, "heartbeat_ms: 6000 is not from 1000 to 5000"),
        (
            {"heartbeat_ms": 5_000, "unstable_after_ms": 8_000},
            "offline_after_ms: at least 10000 with the other settings",
        ),
        (
            {"heartbeat_ms": 5_000, "offline_after_ms": 10_000},
            "unstable_after_ms: at least 8000 with the other settings",
        ),
        ({"outage_window_ms": 21_000}, "incident_after_ms: at least 31000 with the other settings"),
    ],
)
def test_what_cannot_be_or_contradicts_another_setting_is_named(settings, told):
    with pytest.raises(DeliveryError, match=f"^{told}$"):
        delivery.read(settings)


def test_a_slower_heartbeat_needs_more_patience():
    settings = {
        "heartbeat_ms": 5_000,
        "unstable_after_ms": 8_000,
        "offline_after_ms": 10_000,
        "incident_after_ms": 30_000,
    }
    assert delivery.read(settings).offline_after_ms == 10_000


@given(st.dictionaries(names, st.integers(-1, 100_000)))
def test_what_is_taken_never_calls_anybody_silent_between_two_heartbeats(settings):
    try:
        taken = delivery.read(settings)
    except DeliveryError as error:
        assert error.setting in RANGES  # noqa: PT017 - any outcome is legal here, but only with its setting named
        return
    assert taken.offline_after_ms >= max(8_000, taken.heartbeat_ms + 5_000)
    assert taken.incident_after_ms > taken.offline_after_ms + taken.outage_window_ms
    assert all(low <= asdict(taken)[name] <= high for name, (low, high) in RANGES.items())

"""What a page may send over its socket: one heartbeat at a time; anything else is refused and acknowledged."""

import math

import pytest
from hall import Hall
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

REFUSALS = {"bad_request", "not_json", "too_large"}
PAYLOADS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=20),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=8), part, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """A candidate at the first item with a socket."""
    hall = Hall(tmp_path_factory.mktemp("line"))
    candidate = hall.candidate().started(hall.desk())
    socket = hall.socketio.test_client(
        hall.app,
        namespace="/candidate",
        auth={"tab": candidate.tab, "epoch": candidate.epoch},
        flask_test_client=candidate.client,
    )
    yield hall, candidate, socket
    hall.close()


def beat(socket, *data):
    return socket.emit("beat", *data, namespace="/candidate", callback=True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ((), "bad_request"),
        ((None,), "bad_request"),
        (([],), "bad_request"),
        (({},), "bad_request"),
        (("beat",), "bad_request"),
        ((1,), "bad_request"),
        ((math.nan,), "bad_request"),
        ((b"\x00\x01",), "not_json"),
        (({"beat": b"\x00"},), "not_json"),
        (({}, {}), "bad_request"),
        (({}, b"", 1), "not_json"),
        (({"more": "x" * 20_000},), "too_large"),
    ],
)
def test_a_message_that_is_no_heartbeat_is_refused_with_a_sentence(line, data, code):
    _, _, socket = line
    said = beat(socket, *data)
    assert said["error"] == code
    assert said["message"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.lists(PAYLOADS, max_size=3))
def test_whatever_is_sent_is_acknowledged_as_bad_and_changes_nothing(line, data):
    hall, candidate, socket = line
    before = hall.state(candidate).version
    assert beat(socket, *data)["error"] in REFUSALS
    assert hall.state(candidate).version == before


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(["beat", "mono_ms", "state_version", "visible", "rtt_ms", "uncovered_ms"]), value=PAYLOADS)
def test_a_heartbeat_with_any_value_in_any_field_is_answered_or_refused(line, field, value):
    _, candidate, socket = line
    said = beat(socket, {**candidate.heartbeat(), field: value})
    assert ("server_ms" in said) != (said.get("error") in REFUSALS)


def test_a_good_heartbeat_after_all_of_it_is_answered(line):
    _, candidate, socket = line
    heartbeat = candidate.heartbeat()
    assert beat(socket, heartbeat)["beat"] == heartbeat["beat"]

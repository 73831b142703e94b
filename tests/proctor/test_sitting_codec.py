"""The canonical bytes of events: one form, strict reading, older schemas lifted; and the chain over them."""

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import ClassVar, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor import codec
from proctor.chain import link
from proctor.codec import canonical, decode, encode
from proctor.events import EVENTS, AttentionAcknowledged, BrowserChecked, Event, HandRaised, OutcomeDecided, TimeGranted
from proctor.ids import CANDIDATE

GOLDEN = Path(__file__).parents[1] / "golden" / "sitting_events.jsonl"


def sample(hint, number):
    """A value of this type, the same on every run."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return sample(next(one for one in arguments if one is not NoneType), number)
    if origin is tuple and arguments[-1] is Ellipsis:
        return (sample(arguments[0], number), sample(arguments[0], number + 1))
    if origin is tuple:
        return tuple(sample(part, number) for part in arguments)
    plain = getattr(hint, "__supertype__", hint)
    return {int: number, str: f"zażółć {number}", bool: True}[plain]


def sample_event(kind):
    hints = get_type_hints(kind)
    return kind(**{field.name: sample(hints[field.name], place) for place, field in enumerate(fields(kind), start=1)})


def test_an_event_has_exactly_these_bytes():
    event = BrowserChecked(at=7, cause="c1", actor=CANDIDATE, failed=("screen",), browser="Ł 1")

    assert (
        encode(event)
        == (
            '{"actor":"candidate","at":7,"browser":"Ł 1","cause":"c1","failed":["screen"],'
            '"schema":1,"type":"BrowserChecked"}'
        ).encode()
    )


def test_every_event_keeps_the_bytes_it_had():
    """The golden file was written once by the first release; a line that changes is a schema change."""
    lines = [line for line in GOLDEN.read_bytes().splitlines() if not line.startswith(b"#")]

    assert [encode(sample_event(kind)) for kind in EVENTS] == lines


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_every_event_comes_back_as_it_went(kind):
    event = sample_event(kind)

    assert decode(kind.__name__, kind.SCHEMA, encode(event)) == event


def test_an_acknowledgement_of_the_first_schema_is_read_as_one_without_a_note():
    stored = b'{"actor":"staff:a","at":1,"cause":"c","schema":1,"subject":"hand:5","type":"AttentionAcknowledged"}'

    read = decode("AttentionAcknowledged", 1, stored)

    assert read == AttentionAcknowledged(at=1, cause="c", actor="staff:a", subject="hand:5", note=None)


def test_an_absent_note_comes_back_absent():
    event = TimeGranted(at=1, cause="c", actor="server", granted_ms=5, kind="planned", reason="r", note=None)

    assert decode("TimeGranted", 1, encode(event)) == event


@given(
    at=st.integers(0, codec.LARGEST), names=st.lists(st.text(st.characters(codec="utf-8")), max_size=4),
    number=st.integers(-codec.LARGEST, codec.LARGEST),
)  # fmt: skip
def test_whatever_is_stored_is_read_back(at, names, number):
    event = OutcomeDecided(
        at=at, cause="c", actor="server", outcome="o", decision="met", closed="early", evidence="own", mastery_micro=1,
        theta_micro=number, standard_error_micro=0, items=1, criteria=tuple((name, number) for name in names),
    )  # fmt: skip

    assert decode("OutcomeDecided", 1, encode(event)) == event


@pytest.mark.parametrize("at", [1.5, 2**53, b"x", [1]])
def test_what_is_no_integer_string_or_list_is_refused_with_its_place(at):
    with pytest.raises(ValueError, match=r"HandRaised\.at"):
        encode(HandRaised(at=at, cause="c", actor="a", category="item"))


GOOD = {"actor": "a", "at": 1, "category": "item", "cause": "c", "schema": 1, "type": "HandRaised"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (canonical({**GOOD, "at": True}), "True is not int"),
        (canonical({**GOOD, "category": None}), "None is not str"),
        (canonical({**GOOD, "extra": 1}), "extra"),
        (canonical({name: value for name, value in GOOD.items() if name != "category"}), "category"),
        (canonical({**GOOD, "type": "HandLowered"}), "differ"),
        (canonical({**GOOD, "schema": 2}), "differ"),
        (canonical({**GOOD, "at": 1.5}), "no integer"),
        (canonical(GOOD).replace(b"1,", b"NaN,", 1), "no integer"),
        (json.dumps(GOOD).encode(), "canonical"),
        (canonical([1]), "canonical"),
        (b"{", "Expecting"),
        (b"\xff", "utf-8"),
    ],
)
def test_bytes_that_are_not_exactly_an_event_are_refused(body, reason):
    with pytest.raises(ValueError, match=reason):
        decode("HandRaised", 1, body)


def test_lists_are_read_strictly():
    event = BrowserChecked(at=7, cause="c1", actor=CANDIDATE, failed=("screen",), browser="b")
    with pytest.raises(ValueError, match="not a list"):
        decode("BrowserChecked", 1, encode(event).replace(b'["screen"]', b'"screen"'))


def test_a_type_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="unknown event type 'Meteor'"):
        decode("Meteor", 1, b"{}")


def test_a_schema_of_the_future_is_refused():
    body = canonical({**GOOD, "schema": 2})
    with pytest.raises(ValueError, match="newer"):
        decode("HandRaised", 2, body)


def test_an_older_schema_is_lifted_step_by_step(monkeypatch):
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Moved(Event):
        SCHEMA: ClassVar[int] = 3

        to: str
        why: str

    monkeypatch.setitem(codec._KINDS, "Moved", Moved)
    monkeypatch.setitem(
        codec._CHECKS, "Moved", dict.fromkeys(("at", "cause", "actor", "to", "why"), lambda value: value)
    )
    upcasters = {
        ("Moved", 1): lambda body: {**{name: body[name] for name in ("at", "cause", "actor")}, "to": body["where"]},
        ("Moved", 2): lambda body: {**body, "why": "unknown"},
    }
    first = canonical({"actor": "a", "at": 1, "cause": "c", "schema": 1, "type": "Moved", "where": "S2"})

    assert decode("Moved", 1, first, upcasters) == Moved(at=1, cause="c", actor="a", to="S2", why="unknown")


def test_the_chain_is_the_documented_digest():
    first = hashlib.sha256(b"\n1\nabc").hexdigest()

    assert link("", 1, b"abc") == first
    assert link(first, 2, b"def") == hashlib.sha256(first.encode() + b"\n2\ndef").hexdigest()


@given(
    bodies=st.lists(st.binary(max_size=8), min_size=1, max_size=6), place=st.integers(0, 5), other=st.binary(max_size=8)
)
def test_one_early_difference_changes_every_later_head(bodies, place, other):
    place %= len(bodies)
    changed = [other if at == place else body for at, body in enumerate(bodies)]
    if changed == bodies:
        return

    left, right = heads(bodies), heads(changed)
    assert left[:place] == right[:place]
    assert not set(left[place:]) & set(right[place:])


def heads(bodies):
    found, head = [], ""
    for seq, body in enumerate(bodies, start=1):
        head = link(head, seq, body)
        found.append(head)
    return found

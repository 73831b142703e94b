"""Events as canonical bytes and back.

Rules:
- one event has one byte form: JSON in UTF-8, sorted keys, no blanks, with its "type" and "schema" inside;
- integers (within 2^53), strings, lists, booleans and null only; a float or an object is refused;
- decoding is strict: every field, nothing else, of exactly its type;
- an older schema is lifted step by step through `UPCASTERS`, keyed by (type, schema it reads); bytes stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from proctor.events import EVENTS, Event

LARGEST = 2**53 - 1
"""Beyond it other readers of JSON lose digits."""

Body = dict[str, Any]
Upcaster = Callable[[Body], Body]
Check = Callable[[Any], Any]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {
    ("AttentionAcknowledged", 1): lambda body: {**body, "note": None},
}
"""(type, schema) -> what makes its body one schema newer."""

_KINDS = {kind.__name__: kind for kind in EVENTS}


def encode(event: Event) -> bytes:
    """The canonical bytes of an event; ValueError names the field that cannot be stored."""
    body: Body = {"type": type(event).__name__, "schema": event.SCHEMA}
    for field in fields(event):
        body[field.name] = _plain(getattr(event, field.name), f"{type(event).__name__}.{field.name}")
    return canonical(body)


def decode(kind: str, schema: int, body: bytes, upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS) -> Event:
    """The event in these bytes, lifted to the present schema; ValueError names what does not fit."""
    if kind not in _KINDS:
        raise ValueError(f"unknown event type {kind!r}")
    values = json.loads(body.decode("utf-8"), parse_float=_no_float, parse_constant=_no_float)
    if not isinstance(values, dict) or canonical(values) != body:
        raise ValueError(f"{kind}: not in canonical form")
    if (values.pop("type", None), values.pop("schema", None)) != (kind, schema):
        raise ValueError(f"{kind}: type or schema beside the body differ from those inside it")
    event_type = _KINDS[kind]
    while schema < event_type.SCHEMA:
        values, schema = upcasters[kind, schema](values), schema + 1
    if schema != event_type.SCHEMA:
        raise ValueError(f"{kind}: schema {schema} is newer than this program knows ({event_type.SCHEMA})")
    checks = _CHECKS[kind]
    if values.keys() != checks.keys():
        raise ValueError(f"{kind}: fields {sorted(values.keys() ^ checks.keys())} are missing or unknown")
    try:
        return event_type(**{name: check(values[name]) for name, check in checks.items()})
    except TypeError as error:
        raise ValueError(f"{kind}: {error}") from error


def canonical(value: Any) -> bytes:
    """The one byte form of a plain value: sorted keys, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _no_float(text: str) -> Any:
    raise ValueError(f"the number {text} is no integer")


def _plain(value: Any, place: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise ValueError(f"{place}: {value} is beyond 2^53")
        return int(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(one, place) for one in value]
    raise ValueError(f"{place}: a {type(value).__name__} cannot be stored")


def _check(hint: Any) -> Check:
    """What turns a plain value into one of type `hint`, or raises TypeError."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        present = _check(next(one for one in arguments if one is not NoneType))
        return lambda value: None if value is None else present(value)
    if origin is tuple and arguments[-1] is Ellipsis:
        one = _check(arguments[0])
        return lambda value: tuple(one(part) for part in _list(value))
    if origin is tuple:
        parts = [_check(part) for part in arguments]
        return lambda value: tuple(check(part) for check, part in zip(parts, _list(value), strict=True))
    expected: type = getattr(hint, "__supertype__", hint)

    def exactly(value: Any) -> Any:
        if type(value) is not expected:
            raise TypeError(f"{value!r} is not {expected.__name__}")
        return value

    return exactly


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError(f"{value!r} is not a list")
    return value


def _checks(kind: type[Event]) -> dict[str, Check]:
    hints = get_type_hints(kind)
    return {field.name: _check(hints[field.name]) for field in fields(kind)}


_CHECKS = {name: _checks(kind) for name, kind in _KINDS.items()}

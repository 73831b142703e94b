"""The only place where data from outside becomes values: size, form, characters and origin are checked here.

Control characters are refused before anything is looked up: some databases cannot hold them, and nobody types them.
Texts may hold tabs and line breaks, addresses not even those.
"""

from __future__ import annotations

import hmac
import json
import re
from typing import Any, TypeVar

from flask import Flask, request
from pydantic import BaseModel, ValidationError

from web.errors import Problem
from web.language import t

M = TypeVar("M", bound=BaseModel)
CANDIDATE_BODY = 16_000
CONSOLE_BODY = 160_000
"""1000 sittings of 64 characters each, and a note."""
FORM_BODY = 1_200_000
"""The largest of all: a form with an uploaded file of a megabyte."""
SOCKET_MESSAGE = 16_000
TAB_HEADER = "X-Kriteria-Tab"
EPOCH_HEADER = "X-Kriteria-Epoch"
OPAQUE_LIMIT = 64
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
CONTROL_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
PERHAPS_CONTROL = re.compile(r"\\[ubf]|[\x7f-\x9f]")
"""JSON text without any of these holds no control character."""
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def install(app: Flask) -> None:
    """Before every view: no control character in the address or in a form that was sent."""

    @app.before_request
    def characters() -> None:
        if CONTROL.search(request.path):
            raise Problem("not_found")
        if any(CONTROL.search(part) for pair in request.args.items(multi=True) for part in pair):
            raise Problem("bad_request", place=_controlled())
        if request.mimetype in FORMS:
            for pair in request.form.items(multi=True):
                for part in pair:
                    text(part)


def text(value: str) -> str:
    """A text from outside, unchanged; Problem ``bad_request`` when it holds a control character."""
    if CONTROL_IN_TEXT.search(value):
        raise Problem("bad_request", place=_controlled())
    return value


def _controlled() -> str:
    return t("it holds a control character")


def body(model: type[M], limit: int = CANDIDATE_BODY) -> M:
    """The request's JSON as `model`; strict: nothing is converted, nothing unknown is let through."""
    if request.mimetype != "application/json":
        raise Problem("not_json")
    request.max_content_length = limit
    return from_json(model, request.get_data(cache=False))


def from_json(model: type[M], sent: bytes | str) -> M:
    """What was sent as `model`, or Problem naming the first place that does not fit."""
    try:
        value = model.model_validate_json(sent)
    except ValidationError as error:
        raise Problem("bad_request", place=_place(error)) from None
    if PERHAPS_CONTROL.search(sent if isinstance(sent, str) else sent.decode()):
        _plain(json.loads(sent))
    return value


def _plain(value: Any) -> None:
    """Refuse a control character in any text of a decoded JSON value."""
    if isinstance(value, str):
        text(value)
    elif isinstance(value, dict):
        _plain([*value, *value.values()])
    elif isinstance(value, list):
        for part in value:
            _plain(part)


def socket_message(model: type[M], data: Any) -> M:
    """A decoded socket payload as `model`, by the same rules as a request's body."""
    try:
        sent = json.dumps(data)
    except (TypeError, ValueError, RecursionError):  # bytes, or nested without end
        raise Problem("not_json") from None
    if len(sent) > SOCKET_MESSAGE:
        raise Problem("too_large")
    return from_json(model, sent)


def _place(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return f"{where}: {first['type'].replace('_', ' ')}"


def tab() -> str:
    """The tab id the page sends with every request; its presence shows that a script of ours sent it."""
    return opaque(request.headers.get(TAB_HEADER, ""), TAB_HEADER)


def opaque(value: str, place: str) -> str:
    """A short identifier from outside, unchanged."""
    if not 1 <= len(value) <= OPAQUE_LIMIT or not all(c.isascii() and (c.isalnum() or c in "_.:@-") for c in value):
        raise Problem("bad_request", place=place)
    return value


def epoch() -> int:
    """The lease epoch the page believes to hold; 0 when it holds none."""
    return whole(request.headers.get(EPOCH_HEADER, "0"), EPOCH_HEADER)


def whole(digits: str, place: str) -> int:
    """A number of at most 9 digits, not negative."""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise Problem("bad_request", place=place)
    return int(digits)


def query_number(name: str, default: int) -> int:
    """A whole number from the address."""
    return whole(request.args.get(name, str(default)), name)


def seat_code(typed: str) -> str:
    """The digits of a seat code, however they were grouped."""
    digits = "".join(typed.split()).replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        raise Problem("unknown_seat_code")
    return digits


def same_origin(public_origin: str) -> None:
    """Let a changing request through only from our own pages."""
    origin = request.headers.get("Origin", "")
    if not hmac.compare_digest(origin.lower().encode(), public_origin.encode()):
        raise Problem("wrong_origin")

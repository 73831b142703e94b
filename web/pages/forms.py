"""What was typed into a form and what is wrong with it, so that the page comes back with both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import request
from pydantic import TypeAdapter, ValidationError
from werkzeug.datastructures import FileStorage

from web.errors import Problem
from web.language import t
from web.messages import Station
from web.parsing import text

LINE_LENGTH = 200
FILE_LENGTH = 100_000
YEARS = (2000, 2100)
"""Years in which an exam can be; far outside, a time zone's rules end and databases begin to differ."""
STATION = TypeAdapter(Station)
STATION_LENGTH = 20


@dataclass(slots=True, kw_only=True)
class Form:
    """Values by field name as typed, and a sentence for each field that cannot be taken."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether everything can be taken."""
        return not self.errors

    def line(self, name: str, *, longest: int = LINE_LENGTH) -> str:
        """One line of text that must not be empty."""
        value = self.values.get(name, "").strip()
        if not value:
            self.errors[name] = t("Fill in this field.")
        elif len(value) > longest:
            self.errors[name] = t("At most {n} characters.", n=longest)
        elif not value.isprintable():
            self.errors[name] = t("This text holds a character that cannot be shown.")
        return value

    def station(self, name: str) -> str:
        """The short name of a seat or station."""
        value = self.line(name, longest=STATION_LENGTH)
        if name not in self.errors and not is_station(value):
            self.errors[name] = t("Only letters, digits, spaces and - _ . / can stand here.")
        return value

    def one_of(self, name: str, known: Iterable[str]) -> str:
        """One of the values that were offered."""
        value = self.values.get(name, "")
        if value not in set(known):
            self.errors[name] = t("Choose one of the options.")
        return value

    def instant(self, name: str, zone: ZoneInfo) -> int:
        """Day and time as the browser's own field gives them, in ms since the epoch."""
        try:
            local = datetime.strptime(self.values.get(name, ""), "%Y-%m-%dT%H:%M").replace(tzinfo=zone)
        except ValueError:
            self.errors[name] = t("Write day and time like 2026-11-22T09:00.")
            return 0
        if not YEARS[0] <= local.year <= YEARS[1]:
            self.errors[name] = t("Choose a year from {first} to {last}.", first=YEARS[0], last=YEARS[1])
            return 0
        return int(local.timestamp() * 1000)


def is_station(text: str) -> bool:
    """Whether this can be the name of a seat or station: what the protocol takes for one."""
    try:
        STATION.validate_python(text)
    except ValidationError:
        return False
    return True


def sent() -> Form:
    """The fields of the form that was sent."""
    return Form(values={name: value for name, value in request.form.items() if name != "csrf_token"})


def filled(values: Mapping[str, str] | None = None) -> Form:
    """A form as it is first shown."""
    return Form(values=dict(values or {}))


def uploaded(name: str) -> str:
    """The text of an uploaded file, UTF-8 of at most 100 kB.

    Problem: ``field_missing`` without a file, ``too_large``, ``bad_request`` when it is not UTF-8.
    """
    file: FileStorage | None = request.files.get(name)
    if file is None or not file.filename:
        raise Problem("field_missing", place=t("choose a file"))
    content = file.stream.read(FILE_LENGTH + 1)
    if len(content) > FILE_LENGTH:
        raise Problem("too_large")
    try:
        return text(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Problem("bad_request", place=t("byte {n} of the file is not UTF-8", n=error.start + 1)) from None

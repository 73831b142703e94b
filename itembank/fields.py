"""Strict access to the fields of one row; every error names the row's place and the field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from itembank.errors import ContentError
from itembank.items import ITEM_ID

FIELDS = frozenset(
    {
        "id",
        "standard",
        "outcome",
        "criteria",
        "language",
        "interaction",
        "stem",
        "exhibit",
        "options",
        "key",
        "rationale",
        "expected_difficulty",
        "law",
        "enemies",
        "seconds",
    }
)
OPTIONAL_FIELDS = frozenset({"version"})
MAX_TEXT = 4_000
"""Characters of one text; more does not fit a screen."""

_MARKUP = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u2028\u2029\ufeff]")

Word = TypeVar("Word", bound=str)


def short(value: Any) -> str:
    """A value as it may be quoted in an error: one short line."""
    return repr(value)[:60]


class Fields:
    """Strict access to the fields of one row; every error names the row's place and the field."""

    def __init__(self, row: Any, where: str) -> None:
        if not isinstance(row, Mapping):
            raise ContentError(where, "an object is expected")
        self.row, self.where = row, where
        if missing := sorted(FIELDS - row.keys()):
            raise self.error(missing[0], "is missing")
        if unknown := sorted(str(name) for name in row.keys() - FIELDS - OPTIONAL_FIELDS):
            raise self.error(short(unknown[0]), "is not a field of an item")

    def __contains__(self, name: str) -> bool:
        return name in self.row

    def given(self, name: str) -> bool:
        """Whether the field holds something, right or wrong; null is a gap."""
        return self.row[name] is not None

    def error(self, name: str, reason: str) -> ContentError:
        """An error placed at a field of this row."""
        return ContentError(f"{self.where}, field {name}", reason)

    def text(self, name: str, *, markup: bool = False) -> str:
        """A text that is not empty."""
        return self.plain(name, self.row[name], markup=markup)

    def plain(self, name: str, value: Any, *, markup: bool = False, empty: bool = False) -> str:
        """Check one text: a string, not empty, no control characters, no markup, not over-long."""
        if not isinstance(value, str):
            raise self.error(name, "a text is expected")
        if not empty and not value.strip():
            raise self.error(name, "is empty")
        if _CONTROL.search(value):
            raise self.error(name, "holds a control character")
        if not markup and len(value) > MAX_TEXT:
            raise self.error(name, f"longer than {MAX_TEXT} characters")
        if not markup and (found := _MARKUP.search(value)):
            raise self.error(name, f"plain text is expected, found the markup {found.group(0)[:40]}")
        return value

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        """An id of the given shape."""
        value = self.row[name]
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self.error(name, f"{short(value)} has not the shape of {name}")
        return value

    def names(self, name: str) -> tuple[str, ...]:
        """A list of different ids."""
        value = self.row[name]
        if not isinstance(value, list) or not all(isinstance(one, str) and ITEM_ID.fullmatch(one) for one in value):
            raise self.error(name, "a list of ids is expected")
        if len(set(value)) != len(value):
            raise self.error(name, "an id occurs twice")
        return tuple(value)

    def one_of(self, name: str, allowed: tuple[Word, ...]) -> Word:
        """One of the allowed words."""
        value = self.row[name]
        for word in allowed:
            if value == word:
                return word
        raise self.error(name, f"{short(value)} is none of {', '.join(allowed)}")

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number within its range."""
        value = self.row[name]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.error(name, f"a whole number from {low} to {high} is expected, found {short(value)}")
        return value

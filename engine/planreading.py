"""Reading a decoded JSON document key by key, so that every refusal names its place and no key goes unread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar, overload

Word = TypeVar("Word", bound=str)


class PlanError(ValueError):
    """A plan that cannot be read or cannot be met; the message names the place."""


class Required:
    """Marks a key without a default."""


REQUIRED = Required()


class Place:
    """One mapping of the document: what is read is ticked off, `nothing_else` refuses the rest."""

    def __init__(self, name: str, content: Mapping[str, object]) -> None:
        self.name = name
        self._content = content
        self._read: set[str] = set()

    @classmethod
    def root(cls, document: object) -> Place:
        """The whole plan; PlanError unless it is a mapping."""
        return cls("plan", _as_mapping("plan", document))

    def names(self) -> tuple[str, ...]:
        """The keys as written."""
        return tuple(self._content)

    def take_all(self) -> dict[str, object]:
        """Everything in this mapping, as it stands."""
        self._read.update(self._content)
        return dict(self._content)

    def nothing_else(self, reason: str = "is not a key of the plan") -> None:
        """Refuse keys that were not read."""
        for key in self._content:
            if key not in self._read:
                raise PlanError(f"{self.name}.{key}: {reason}")

    @overload
    def mapping(self, key: str, default: Mapping[str, object] | Required = REQUIRED) -> Place: ...
    @overload
    def mapping(self, key: str, default: None) -> Place | None: ...
    def mapping(self, key: str, default: Mapping[str, object] | Required | None = REQUIRED) -> Place | None:
        """The mapping under a key."""
        value = self._value(key, default)
        return None if value is None else Place(f"{self.name}.{key}", _as_mapping(f"{self.name}.{key}", value))

    def choice(
        self,
        key: str,
        known: Sequence[Word],
        default: Word | Required = REQUIRED,
    ) -> Word:
        """One of the known words; PlanError when it is another."""
        value = self._value(key, default)
        found = next((word for word in known if word == value), None)
        if found is None:
            raise PlanError(f"{self.name}.{key}: {value!r} is not one of {', '.join(known)}")
        return found

    @overload
    def whole(self, key: str, least: int, default: int | Required = REQUIRED) -> int: ...
    @overload
    def whole(self, key: str, least: int, default: None) -> int | None: ...
    def whole(self, key: str, least: int, default: int | Required | None = REQUIRED) -> int | None:
        """A whole number of at least `least`."""
        value = self._value(key, default)
        if value is None and default is None and key not in self._content:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise PlanError(f"{self.name}.{key}: {value!r} is not a whole number of at least {least}")
        return value

    def number(self, key: str, least: float, most: float, default: float | Required = REQUIRED) -> float:
        """A finite number within [least, most]."""
        value = self._value(key, default)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
            raise PlanError(f"{self.name}.{key}: {value!r} is not a number")
        if not least <= value <= most:
            raise PlanError(f"{self.name}.{key}: {value:g} is not within {least:g} to {most:g}")
        return float(value)

    def text(self, key: str) -> str | None:
        """A text that says something, None where the key is absent."""
        value = self._value(key, None)
        if key in self._content and (not isinstance(value, str) or not value.strip()):
            raise PlanError(f"{self.name}.{key}: {value!r} is not a text")
        return value if isinstance(value, str) else None

    def truth(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise PlanError(f"{self.name}.{key}: {value!r} is neither true nor false")
        return value

    def _value(self, key: str, default: object) -> object:
        self._read.add(key)
        if key in self._content:
            return self._content[key]
        if isinstance(default, Required):
            raise PlanError(f"{self.name}.{key} is missing")
        return default


def _as_mapping(name: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise PlanError(f"{name}: needed is a mapping of names, not {type(value).__name__}")
    return value

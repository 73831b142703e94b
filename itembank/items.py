"""An item: what is asked, how it is answered, its key and why the key is right.

Rules:
- an item is one immutable version; a change is a new version (lifecycle.py);
- everything is checked when it is read (reading.py): an Item that exists can be presented and scored;
- every item is tagged to one outcome and to criteria of that outcome before it is reviewed; a file that knows no tags,
  reasons, difficulty or time gives a draft with gaps: they are named (`gaps`), never filled by a guess;
- texts are plain; only the exhibit holds markup, from an allow-list (exhibits.py).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal, get_args

Interaction = Literal["single", "multiple", "order", "match", "numeric"]
Difficulty = Literal["easy", "medium", "hard"]
INTERACTIONS: tuple[Interaction, ...] = get_args(Interaction)
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)

GAPS = ("standard", "outcome", "criteria", "language", "rationale", "expected_difficulty", "seconds")
"""Fields a draft may lack; null in JSONL, an empty cell in CSV."""

ITEM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A choice, a row to order, or one side of a match, under the id its author gave it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """The key of a numeric item: right is |response - value| <= tolerance; decimal strings with a point."""

    value: str
    tolerance: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """The act an item rests on, as it stood on `as_of`; after `valid_to` (None: open) the item is not drawn."""

    act: str
    as_of: date
    valid_to: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One version of an item. `options`: choices, rows to order, or a match's left side; `targets`: its right side.

    `key`: one option id (single), all right ids in authored order (multiple), all ids in right order (order),
    "left:right" pairs in the order of the left side (match), () for numeric, whose key is `quantity`.
    A gap is "" in `standard`, `outcome`, `language` and `rationale`, () in `criteria`, None in `expected_difficulty`
    and `seconds`.
    """

    max_score: ClassVar[int] = 1

    id: str
    version: int
    standard: str
    outcome: str
    criteria: tuple[str, ...]
    language: str
    interaction: Interaction
    stem: str
    exhibit: str | None
    options: tuple[Option, ...]
    targets: tuple[Option, ...]
    key: tuple[str, ...]
    quantity: Quantity | None
    rationale: str
    expected_difficulty: Difficulty | None
    law: Law | None
    enemies: tuple[str, ...]
    seconds: int | None

    @property
    def gaps(self) -> tuple[str, ...]:
        """The fields that must be filled in before a review; () for a complete item."""
        return tuple(name for name in GAPS if not getattr(self, name))

    @property
    def version_id(self) -> str:
        """The id of this version: "CRM.1.1.1-01@1"."""
        return f"{self.id}@{self.version}"

    @property
    def digest(self) -> str:
        """sha256 of the canonical content; the same for equal content under any version number."""
        content = {name: value for name, value in self.as_json().items() if name != "version"}
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The row of the JSONL format; `parse_item` reads it back to an equal Item."""
        return {
            "id": self.id,
            "version": self.version,
            "standard": self.standard or None,
            "outcome": self.outcome or None,
            "criteria": list(self.criteria) or None,
            "language": self.language or None,
            "interaction": self.interaction,
            "stem": self.stem,
            "exhibit": self.exhibit,
            "options": self._options_json(),
            "key": self._key_json(),
            "rationale": self.rationale or None,
            "expected_difficulty": self.expected_difficulty,
            "law": self.law
            and {
                "act": self.law.act,
                "as_of": self.law.as_of.isoformat(),
                "valid_to": self.law.valid_to.isoformat() if self.law.valid_to else None,
            },
            "enemies": list(self.enemies),
            "seconds": self.seconds,
        }

    def _options_json(self) -> Any:
        if self.interaction == "numeric":
            return None
        rows = [{"id": option.id, "text": option.text} for option in self.options]
        if self.interaction == "match":
            return {"left": rows, "right": [{"id": target.id, "text": target.text} for target in self.targets]}
        return rows

    def _key_json(self) -> Any:
        if self.quantity is not None:
            return {"value": self.quantity.value, "tolerance": self.quantity.tolerance, "unit": self.quantity.unit}
        if self.interaction == "match":
            return dict(pair.split(":", 1) for pair in self.key)
        return self.key[0] if self.interaction == "single" else list(self.key)

    def lapsed_on(self, day: date) -> bool:
        """Whether the law the item rests on is no longer in force on that day."""
        return self.law is not None and self.law.valid_to is not None and self.law.valid_to < day


def version_of(version_id: str) -> tuple[str, int]:
    """Item id and version number of "CRM.1.1.1-01@1"; ValueError otherwise."""
    item, at, number = version_id.rpartition("@")
    if not at or not ITEM_ID.fullmatch(item) or not re.fullmatch(r"[1-9][0-9]{0,5}", number):
        raise ValueError(f"{version_id!r} is not an item version id")
    return item, int(number)

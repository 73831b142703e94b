"""Strict reading of item rows: every field checked, every error placed, nothing guessed or dropped.

Rules:
- a field of items.GAPS may be null: the item is then a draft with gaps, and the reading says how many there are;
- what somebody says about a whole file (Given) fills only what its rows do not say themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from itembank.errors import ContentError
from itembank.exhibits import sanitised
from itembank.fields import Fields, short
from itembank.items import (
    DIFFICULTIES,
    GAPS,
    INTERACTIONS,
    ITEM_ID,
    Interaction,
    Item,
    Law,
    Option,
    Quantity,
)

LANGUAGE = re.compile(r"[a-z]{2,3}")
"""Code of a language: pl, en."""
MAX_OPTIONS = 20
MAX_SECONDS = 3_600

_OPTION_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the importer says about the items of a file that do not say it themselves; None: nothing.

    ContentError for what is no code of a standard or of a language.
    """

    standard: str | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        for name, value, shape in (("--standard", self.standard, ITEM_ID), ("--language", self.language, LANGUAGE)):
            if value is not None and not shape.fullmatch(value):
                example = "pl" if shape is LANGUAGE else "CRM"
                raise ContentError(name, f"{short(value)} is not a code such as {example}")


NOTHING = Given()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that could not be read, with its place and the reason."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an import found: items in order, rejected rows, and warnings about the file as a whole."""

    items: tuple[Item, ...]
    rejected: tuple[Rejected, ...]
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The public shape of `kriteria bank import --json`."""
        return {
            "imported": len(self.items),
            "items": [
                {
                    "id": item.id,
                    "version": item.version,
                    "interaction": item.interaction,
                    "max_score": item.max_score,
                    "outcome": item.outcome or None,
                    "criteria": list(item.criteria),
                    "language": item.language or None,
                    "gaps": list(item.gaps),
                    "digest": item.digest,
                }
                for item in self.items
            ],
            "rejected": [{"where": row.where, "reason": row.reason} for row in self.rejected],
            "warnings": list(self.warnings),
        }


def collect(rows: Iterable[tuple[str, Any]], given: Given = NOTHING) -> Reading:
    """Read rows given with their places; a bad row is rejected with its reason, the others are kept.

    A row that is a ContentError (it could not even be decoded) is rejected as it is, and so is a second row with the
    id and version of an earlier one. One warning counts the items with gaps.
    """
    items: dict[str, Item] = {}
    rejected = []
    for where, row in rows:
        try:
            if isinstance(row, ContentError):
                raise row
            item = parse_item(_completed(row, given), where)
            if item.version_id in items:
                raise ContentError(f"{where}, field id", f"{item.version_id} occurs twice")
            items[item.version_id] = item
        except ContentError as error:
            rejected.append(Rejected(where=error.where, reason=error.reason))
    return Reading(items=tuple(items.values()), rejected=tuple(rejected), warnings=_gaps(items.values()))


def _completed(row: Any, given: Given) -> Any:
    """The row, with the standard and the language it does not name as they were given for the file."""
    if not isinstance(row, Mapping):
        return row
    said = {"standard": given.standard, "language": given.language}
    return {**row, **{name: value for name, value in said.items() if value and name in row and row[name] is None}}


def _gaps(items: Iterable[Item]) -> tuple[str, ...]:
    """One line for all items with gaps, however many."""
    lacking = [item.gaps for item in items if item.gaps]
    counts = Counter(name for gaps in lacking for name in gaps)
    if not lacking:
        return ()
    named = ", ".join(
        name if counts[name] == len(lacking) else f"{name} ({counts[name]})" for name in GAPS if counts[name]
    )
    subject = "1 item lacks" if len(lacking) == 1 else f"{len(lacking)} items lack"
    return (f"{subject} {named}: to be filled in before a review",)


def parse_item(row: Any, where: str) -> Item:
    """One row of the JSONL format as an Item; ContentError names `where` and the field."""
    fields = Fields(row, where)
    interaction = fields.one_of("interaction", INTERACTIONS)
    options, targets = _choices(fields, interaction)
    key, quantity = _key(fields, interaction, options, targets)
    identity, (standard, outcome, criteria) = fields.matching("id", ITEM_ID), _tags(fields)
    enemies = fields.names("enemies")
    if identity in enemies:
        raise fields.error("enemies", "an item cannot be its own enemy")
    return Item(
        id=identity,
        version=fields.integer("version", 1, 999_999) if "version" in fields else 1,
        standard=standard,
        outcome=outcome,
        criteria=criteria,
        language=fields.matching("language", LANGUAGE) if fields.given("language") else "",
        interaction=interaction,
        stem=fields.text("stem"),
        exhibit=_exhibit(fields),
        options=options,
        targets=targets,
        key=key,
        quantity=quantity,
        rationale=fields.text("rationale") if fields.given("rationale") else "",
        expected_difficulty=(
            fields.one_of("expected_difficulty", DIFFICULTIES) if fields.given("expected_difficulty") else None
        ),
        law=_law(fields),
        enemies=enemies,
        seconds=fields.integer("seconds", 1, MAX_SECONDS) if fields.given("seconds") else None,
    )


def _tags(fields: Fields) -> tuple[str, str, tuple[str, ...]]:
    """Standard, outcome and criteria, each empty where it is a gap: a level needs the one above it."""
    standard, outcome = (
        fields.matching(name, ITEM_ID) if fields.given(name) else "" for name in ("standard", "outcome")
    )
    if outcome and not outcome.startswith(standard + "."):
        raise fields.error("outcome", f"{outcome} is not an outcome of {standard or 'a standard that is not named'}")
    criteria = fields.names("criteria") if fields.given("criteria") else ()
    if fields.given("criteria") and not criteria:
        raise fields.error("criteria", "an item needs at least one criterion, or null while it has no tags")
    for criterion in criteria:
        if not outcome or not criterion.startswith(outcome + "."):
            raise fields.error(
                "criteria", f"{criterion} is not a criterion of {outcome or 'an outcome that is not named'}"
            )
    return standard, outcome, criteria


def _exhibit(fields: Fields) -> str | None:
    if fields.row["exhibit"] is None:
        return None
    return sanitised(fields.text("exhibit", markup=True), f"{fields.where}, field exhibit")


def _choices(fields: Fields, interaction: Interaction) -> tuple[tuple[Option, ...], tuple[Option, ...]]:
    value = fields.row["options"]
    if interaction == "numeric":
        if value is not None:
            raise fields.error("options", "a numeric item has none (null)")
        return (), ()
    if interaction == "match":
        if not isinstance(value, Mapping) or set(value) != {"left", "right"}:
            raise fields.error("options", "a match item has the sides left and right")
        left, right = _options(fields, value["left"]), _options(fields, value["right"])
        if len(right) < len(left):
            raise fields.error("options", "the right side is shorter than the left, each may be used once")
        return left, right
    return _options(fields, value), ()


def _options(fields: Fields, value: Any) -> tuple[Option, ...]:
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_OPTIONS:
        raise fields.error("options", f"a list of 2 to {MAX_OPTIONS} options is expected")
    options = []
    for row in value:
        if not isinstance(row, Mapping) or set(row) != {"id", "text"}:
            raise fields.error("options", "an option has exactly id and text")
        if not isinstance(row["id"], str) or not _OPTION_ID.fullmatch(row["id"]):
            raise fields.error("options", f"{short(row['id'])} is not an option id")
        options.append(Option(id=row["id"], text=fields.plain("options", row["text"])))
    if len({option.id for option in options}) != len(options):
        raise fields.error("options", "an option id occurs twice")
    if len({" ".join(option.text.split()) for option in options}) != len(options):
        raise fields.error("options", "two options have the same text")
    return tuple(options)


def _key(
    fields: Fields, interaction: Interaction, options: tuple[Option, ...], targets: tuple[Option, ...]
) -> tuple[tuple[str, ...], Quantity | None]:
    value, ids = fields.row["key"], [option.id for option in options]
    if interaction == "numeric":
        return (), _quantity(fields, value)
    if interaction == "single":
        if value not in ids:
            raise fields.error("key", f"{short(value)} is not one of the options")
        return (value,), None
    if interaction == "match":
        if not isinstance(value, Mapping) or set(value) != set(ids):
            raise fields.error("key", "every left id needs its right id, and no other id may occur")
        chosen = list(value.values())
        if not all(isinstance(one, str) for one in chosen) or len(set(chosen)) != len(chosen):
            raise fields.error("key", "each right id is used at most once")
        if unknown := sorted(set(chosen) - {target.id for target in targets}):
            raise fields.error("key", f"{short(unknown[0])} is not on the right side")
        return tuple(f"{left}:{value[left]}" for left in ids), None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(set(value)) != len(value):
        raise fields.error("key", "a list of different option ids is expected")
    if unknown := [one for one in value if one not in ids]:
        raise fields.error("key", f"{short(unknown[0])} is not one of the options")
    if interaction == "order":
        if len(value) != len(ids):
            raise fields.error("key", "the right order names every option")
        return tuple(value), None
    if not value:
        raise fields.error("key", "at least one option is right")
    return tuple(one for one in ids if one in value), None


def _quantity(fields: Fields, value: Any) -> Quantity:
    if not isinstance(value, Mapping) or set(value) != {"value", "tolerance", "unit"}:
        raise fields.error("key", "a numeric key has exactly value, tolerance and unit")
    for name in ("value", "tolerance"):
        if not isinstance(value[name], str) or not _DECIMAL.fullmatch(value[name]):
            raise fields.error("key", f"{name} is a decimal string with a point, found {short(value[name])}")
    if Decimal(value["tolerance"]) < 0:
        raise fields.error("key", "the tolerance is negative")
    unit = fields.plain("key", value["unit"], empty=True)
    return Quantity(value=value["value"], tolerance=value["tolerance"], unit=unit)


def _law(fields: Fields) -> Law | None:
    value = fields.row["law"]
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"act", "as_of", "valid_to"}:
        raise fields.error("law", "a law reference has exactly act, as_of and valid_to")
    law = Law(
        act=fields.plain("law", value["act"]),
        as_of=_day(fields, value["as_of"]),
        valid_to=None if value["valid_to"] is None else _day(fields, value["valid_to"]),
    )
    if law.valid_to is not None and law.valid_to < law.as_of:
        raise fields.error("law", "valid_to lies before as_of")
    return law


def _day(fields: Fields, value: Any) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise fields.error("law", f"a date like 2026-11-22 is expected, found {short(value)}")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise fields.error("law", f"{value} is not a date") from error

"""From the bank to the engine: which item versions an exam may draw on a day, and the pool made of them.

Rules:
- only released (or used) versions, the newest of each item, in the exam's language;
- an item is measured only where a signed allocation puts its criteria into the theory part;
- an item that names a criterion the standard does not have is refused, not left out;
- an item with gaps is a draft for ever (lifecycle.py), and refused should one be asked for;
- an item whose law has lapsed on the exam day is left out and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine import ItemPool, PoolItem
from itembank.allocations import AllocationDecision
from itembank.errors import Refused
from itembank.items import Item
from itembank.lifecycle import DRAWABLE, BankItem
from itembank.provisional import ItemParameters

PART = "theory"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An item version that may not be drawn.

    `reason`: not_released, older_version, other_language, law_lapsed or not_in_theory.
    """

    version_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The item versions an exam may draw, and those it may not with the reason."""

    items: tuple[Item, ...]
    left_out: tuple[LeftOut, ...]


def drawable(records: Iterable[BankItem], allocation: AllocationDecision, *, language: str, day: date) -> Selection:
    """What may be drawn on `day`. Refused("untagged", version id) for an item outside the allocated standard."""
    theory = allocation.criteria_in(PART)
    newest: set[str] = set()
    kept, left_out = [], []
    for record in sorted(records, key=lambda one: (one.item.id, -one.item.version)):
        item = record.item
        _check_tags(item, allocation)
        if reason := _reason(record, item, theory, language, day, newer=item.id in newest):
            left_out.append(LeftOut(version_id=item.version_id, reason=reason))
        else:
            kept.append(item)
        if record.state in DRAWABLE:
            newest.add(item.id)
    return Selection(items=tuple(kept), left_out=tuple(left_out))


def build(items: Sequence[Item], allocation: AllocationDecision, parameters: Mapping[str, ItemParameters]) -> ItemPool:
    """The engine's pool of these item versions; `parameters` by item version id.

    Refused: empty_pool, untagged, incomplete, parameters_missing. Enemies outside the pool are no constraint and are
    dropped from the rows; an enemy named on one side only counts for both.
    """
    return ItemPool.build(rows(items, allocation, parameters))


def rows(
    items: Sequence[Item], allocation: AllocationDecision, parameters: Mapping[str, ItemParameters]
) -> tuple[PoolItem, ...]:
    """The rows of that pool."""
    if not items:
        raise Refused("empty_pool", allocation.standard)
    theory = allocation.criteria_in(PART)
    versions = {item.id: item.version_id for item in items}
    return tuple(_row(item, theory, versions, parameters, allocation) for item in items)


def _row(
    item: Item,
    theory: frozenset[str],
    versions: Mapping[str, str],
    parameters: Mapping[str, ItemParameters],
    allocation: AllocationDecision,
) -> PoolItem:
    _check_tags(item, allocation)
    if item.gaps or item.seconds is None:
        raise Refused("incomplete", item.version_id)
    criteria = tuple(criterion for criterion in item.criteria if criterion in theory)
    if not criteria:
        raise Refused("untagged", item.version_id)
    if item.version_id not in parameters:
        raise Refused("parameters_missing", item.version_id)
    known = parameters[item.version_id]
    return PoolItem(
        item=item.version_id,
        outcome=item.outcome,
        criteria=criteria,
        model=known.model,
        a=known.a,
        b=known.b,
        c=known.c,
        d=known.d,
        enemies=tuple(versions[enemy] for enemy in item.enemies if enemy in versions),
        seconds=float(item.seconds),
        provisional=known.provisional,
    )


def _check_tags(item: Item, allocation: AllocationDecision) -> None:
    if item.standard != allocation.standard or any(one not in allocation.parts for one in item.criteria):
        raise Refused("untagged", item.version_id)


def _reason(
    record: BankItem, item: Item, theory: frozenset[str], language: str, day: date, *, newer: bool
) -> str | None:
    if record.state not in DRAWABLE:
        return "not_released"
    if newer:
        return "older_version"
    if item.language != language:
        return "other_language"
    if item.lapsed_on(day):
        return "law_lapsed"
    if not theory.intersection(item.criteria):
        return "not_in_theory"
    return None

"""The life of an item version: draft -> reviewed -> released -> used -> retired.

Rules:
- MOVES is complete: what is not in it is refused (`wrong_state`);
- the content of a stored version never changes: a change is a new version, which starts as a draft;
- a draft with gaps (items.GAPS) is not reviewed (`incomplete`), so nothing beyond a draft has one;
- who reviews is not who added, who releases is not who added (`same_person`);
- a version becomes used when an exam session's pool takes it, by nobody's hand; from then on it can only be retired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from itembank.errors import Refused
from itembank.items import Item


class State(StrEnum):
    """Where an item version stands."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    RELEASED = "released"
    USED = "used"
    RETIRED = "retired"


MOVES: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.REVIEWED, State.RETIRED}),
    State.REVIEWED: frozenset({State.RELEASED, State.DRAFT, State.RETIRED}),
    State.RELEASED: frozenset({State.USED, State.RETIRED}),
    State.USED: frozenset({State.RETIRED}),
    State.RETIRED: frozenset(),
}
DRAWABLE = frozenset({State.RELEASED, State.USED})


@dataclass(frozen=True, slots=True, kw_only=True)
class BankItem:
    """An item version in the bank: its state, and the accounts that added, reviewed and released it (None: not yet)."""

    item: Item
    state: State
    added_by: str
    added_at: int
    reviewed_by: str | None = None
    released_by: str | None = None


def moved(record: BankItem, to: State, by: str) -> BankItem:
    """The record after a move by hand. Refused: wrong_state, same_person, incomplete."""
    subject = record.item.version_id
    if to is State.USED or to not in MOVES[record.state]:
        raise Refused("wrong_state", subject)
    if to in (State.REVIEWED, State.RELEASED) and by == record.added_by:
        raise Refused("same_person", subject)
    if to is State.REVIEWED and record.item.gaps:
        raise Refused("incomplete", subject)
    if to is State.REVIEWED:
        return replace(record, state=to, reviewed_by=by)
    if to is State.RELEASED:
        return replace(record, state=to, released_by=by)
    if to is State.DRAFT:
        return replace(record, state=to, reviewed_by=None)
    return replace(record, state=to)


def used(record: BankItem) -> BankItem:
    """The record once a pool has taken the version; using it again changes nothing. Refused: not_released."""
    if record.state not in DRAWABLE:
        raise Refused("not_released", record.item.version_id)
    return replace(record, state=State.USED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What adding stores: new item versions; and by version id what is there already and what became a new version."""

    new: tuple[Item, ...]
    present: tuple[str, ...]
    revised: tuple[str, ...]


def additions(stored: Iterable[Item], incoming: Sequence[Item]) -> Additions:
    """Plan an import: content that is stored already is left alone, changed content becomes the next version.

    Refused: standard_missing (an item names no standard), id_taken (an item of another standard has its id).
    """
    versions: dict[str, dict[str, int]] = {}
    standards: dict[str, str] = {}
    for item in stored:
        versions.setdefault(item.id, {})[item.digest] = item.version
        standards[item.id] = item.standard
    new, present, revised = [], [], []
    for item in incoming:
        if not item.standard:
            raise Refused("standard_missing", item.version_id)
        if standards.setdefault(item.id, item.standard) != item.standard:
            raise Refused("id_taken", item.id)
        known = versions.setdefault(item.id, {})
        if item.digest in known:
            present.append(f"{item.id}@{known[item.digest]}")
            continue
        if known and item.version <= max(known.values()):
            item = replace(item, version=max(known.values()) + 1)
            revised.append(item.version_id)
        known[item.digest] = item.version
        new.append(item)
    return Additions(new=tuple(new), present=tuple(present), revised=tuple(revised))

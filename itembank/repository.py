"""Where standards, allocations and items are kept: the protocols, and the bank in memory.

Rules (for every implementation; one contract suite runs on all):
- adding is idempotent by content, a change of content is a new version, a stored version's content never changes;
- a refused call changes nothing, also when only one of several items is refused;
- a signed allocation is kept for ever; the one with the highest version is in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from itembank.allocations import AllocationDecision
from itembank.errors import Refused
from itembank.items import Item
from itembank.lifecycle import Additions, BankItem, State, additions, moved, used
from itembank.standards.tree import StandardTree


class Standards(Protocol):
    """Standards and the decisions about their parts."""

    def add_standard(self, tree: StandardTree, at: int) -> bool:
        """Keep a standard; False when the same is kept. Refused: standard_in_use (other content, items hang on it)."""
        ...

    def standard(self, code: str) -> StandardTree:
        """The standard. Refused: unknown_standard."""
        ...

    def sign_allocation(self, decision: AllocationDecision) -> None:
        """Keep a signed decision. Refused: unknown_standard, version_exists (must be the next version)."""
        ...

    def allocation(self, standard: str, version: int | None = None) -> AllocationDecision:
        """This version of the decision, by default the one in force. Refused: allocation_unsigned (no such one)."""
        ...


class Items(Protocol):
    """Item versions and their states."""

    def add_items(self, items: Sequence[Item], by: str, at: int) -> Additions:
        """Keep new item versions as drafts, with or without gaps.

        Refused: standard_missing, unknown_standard, untagged (an outcome or criterion the standard lacks), id_taken.
        """
        ...

    def items(self, standard: str) -> tuple[BankItem, ...]:
        """Every item version of a standard, by id and version."""
        ...

    def item(self, version_id: str) -> BankItem:
        """One item version. Refused: unknown_item."""
        ...

    def move(self, version_ids: Sequence[str], to: State, by: str, at: int) -> None:
        """Move versions along their life. Refused: unknown_item, wrong_state, same_person, incomplete."""
        ...

    def mark_used(self, exam_session: str, version_ids: Sequence[str], at: int) -> None:
        """An exam session's pool took these versions; may be repeated. Refused: unknown_item, not_released."""
        ...

    def uses(self, standard: str) -> dict[str, int]:
        """In how many exam sessions' pools each used item version of a standard stands."""
        ...


class Bank(Standards, Items, Protocol):
    """All of it."""


def check_tags(tree: StandardTree, items: Iterable[Item]) -> None:
    """Refused("untagged", version id) for an item of this standard with an outcome or criterion it does not have.

    An item without tags yet (gaps) is no such item.
    """
    outcomes = {outcome.id for outcome in tree.outcomes()} | {""}
    known = {criterion.id: outcome.id for outcome in tree.outcomes() for criterion in outcome.criteria}
    for item in items:
        if item.standard == tree.code and (
            item.outcome not in outcomes or any(known.get(one) != item.outcome for one in item.criteria)
        ):
            raise Refused("untagged", item.version_id)


class MemoryBank:
    """The bank as a few dictionaries: for tests, simulation and dry runs."""

    def __init__(self) -> None:
        self._standards: dict[str, StandardTree] = {}
        self._allocations: dict[str, list[AllocationDecision]] = {}
        self._items: dict[str, BankItem] = {}
        self._uses: set[tuple[str, str]] = set()

    def add_standard(self, tree: StandardTree, at: int) -> bool:
        """See Standards."""
        if tree.code in self._standards:
            if self._standards[tree.code].as_json() == tree.as_json():
                return False
            if self.items(tree.code) or self._allocations.get(tree.code):
                raise Refused("standard_in_use", tree.code)
        self._standards[tree.code] = tree
        return True

    def standard(self, code: str) -> StandardTree:
        """See Standards."""
        if code not in self._standards:
            raise Refused("unknown_standard", code)
        return self._standards[code]

    def sign_allocation(self, decision: AllocationDecision) -> None:
        """See Standards."""
        self.standard(decision.standard)
        kept = self._allocations.setdefault(decision.standard, [])
        if decision.version != len(kept) + 1:
            raise Refused("version_exists", decision.standard)
        kept.append(decision)

    def allocation(self, standard: str, version: int | None = None) -> AllocationDecision:
        """See Standards."""
        kept = self._allocations.get(standard, [])
        found = [one for one in kept if version is None or one.version == version]
        if not found:
            raise Refused("allocation_unsigned", standard)
        return found[-1]

    def add_items(self, items: Sequence[Item], by: str, at: int) -> Additions:
        """See Items."""
        for standard in {item.standard for item in items} - {""}:
            check_tags(self.standard(standard), items)
        planned = additions([record.item for record in self._items.values()], items)
        for item in planned.new:
            self._items[item.version_id] = BankItem(item=item, state=State.DRAFT, added_by=by, added_at=at)
        return planned

    def items(self, standard: str) -> tuple[BankItem, ...]:
        """See Items."""
        found = [record for record in self._items.values() if record.item.standard == standard]
        return tuple(sorted(found, key=lambda record: (record.item.id, record.item.version)))

    def item(self, version_id: str) -> BankItem:
        """See Items."""
        if version_id not in self._items:
            raise Refused("unknown_item", version_id)
        return self._items[version_id]

    def move(self, version_ids: Sequence[str], to: State, by: str, at: int) -> None:
        """See Items."""
        self._items |= {one: moved(self.item(one), to, by) for one in version_ids}

    def mark_used(self, exam_session: str, version_ids: Sequence[str], at: int) -> None:
        """See Items."""
        self._items |= {one: used(self.item(one)) for one in version_ids}
        self._uses |= {(exam_session, one) for one in version_ids}

    def uses(self, standard: str) -> dict[str, int]:
        """See Items."""
        taken = [one for _, one in self._uses if self._items[one].item.standard == standard]
        return {one: taken.count(one) for one in sorted(set(taken))}

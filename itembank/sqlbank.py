"""The bank in a database: reads through an engine, writes as units of work through a writer that returns after COMMIT.

Rules:
- a unit reads what it decides on inside its own transaction, so two workers cannot both win: the loser meets a
  unique key (version_exists) or a state that has moved on (wrong_state);
- content is checked against its digest whenever it is read: BrokenBank says which version was tampered with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Row, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from itembank import tables
from itembank.allocations import AllocationDecision, read_parts
from itembank.errors import Refused
from itembank.items import Item, version_of
from itembank.lifecycle import Additions, BankItem, State, additions, moved, used
from itembank.reading import parse_item
from itembank.repository import check_tags
from itembank.standards.tree import StandardTree, tree_from_json

T = TypeVar("T")
versions = tables.item_versions


class Writer(Protocol):
    """What the bank writes through: returns the unit's result once it is durable."""

    def write(self, unit: Callable[[Connection], T]) -> T:
        """Run `unit` in a transaction."""
        ...


class BrokenBank(Exception):
    """A stored item version is not what its digest says."""


class SqlBank:
    """See repository.Bank; the contract suite holds it to MemoryBank."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine, self._writer = engine, writer

    def add_standard(self, tree: StandardTree, at: int) -> bool:
        """See Standards."""
        content = _canonical(tree.as_json())
        row = {"title": tree.title, "tree": content, "digest": _sha256(content), "imported_at": at}

        def unit(connection: Connection) -> bool:
            table = tables.standards
            kept = connection.execute(select(table.c.digest).where(table.c.code == tree.code)).scalar_one_or_none()
            if kept == row["digest"]:
                return False
            if kept is None:
                connection.execute(insert(table).values(code=tree.code, **row))
                return True
            if any(_hangs_on(connection, one.c.standard, tree.code) for one in (tables.items, tables.allocations)):
                raise Refused("standard_in_use", tree.code)
            connection.execute(update(table).where(table.c.code == tree.code).values(**row))
            return True

        return self._writer.write(unit)

    def standard(self, code: str) -> StandardTree:
        """See Standards."""
        with self._engine.connect() as connection:
            return _standard(connection, code)

    def sign_allocation(self, decision: AllocationDecision) -> None:
        """See Standards."""
        table = tables.allocations

        def unit(connection: Connection) -> None:
            _standard(connection, decision.standard)
            last = connection.execute(
                select(func.max(table.c.version)).where(table.c.standard == decision.standard)
            ).scalar_one()
            if decision.version != (last or 0) + 1:
                raise Refused("version_exists", decision.standard)
            connection.execute(
                insert(table).values(
                    standard=decision.standard,
                    version=decision.version,
                    parts=json.dumps({criterion: list(parts) for criterion, parts in decision.parts.items()}),
                    basis=decision.basis,
                    signed_by=decision.signed_by,
                    signed_at=decision.signed_at,
                )
            )

        self._write(unit, "version_exists", decision.standard)

    def allocation(self, standard: str, version: int | None = None) -> AllocationDecision:
        """See Standards."""
        table = tables.allocations
        found = select(table).where(table.c.standard == standard).order_by(table.c.version.desc()).limit(1)
        if version is not None:
            found = found.where(table.c.version == version)
        with self._engine.connect() as connection:
            row = connection.execute(found).one_or_none()
        if row is None:
            raise Refused("allocation_unsigned", standard)
        return AllocationDecision(
            standard=row.standard,
            version=row.version,
            parts=MappingProxyType(dict(read_parts(json.loads(row.parts), f"allocation {standard} {row.version}"))),
            basis=row.basis,
            signed_by=row.signed_by,
            signed_at=row.signed_at,
        )

    def add_items(self, items: Sequence[Item], by: str, at: int) -> Additions:
        """See Items."""

        def unit(connection: Connection) -> Additions:
            for standard in {item.standard for item in items} - {""}:
                check_tags(_standard(connection, standard), items)
            planned = additions((record.item for record in _records(connection)), items)
            known = {
                row.id: row.outcome for row in connection.execute(select(tables.items.c.id, tables.items.c.outcome))
            }
            for item in planned.new:
                if item.id not in known:
                    row = {"id": item.id, "standard": item.standard, "outcome": item.outcome}
                    connection.execute(insert(tables.items).values(**row))
                elif known[item.id] != item.outcome:  # an imported draft that now has its tag, or a better one
                    of_item = tables.items.c.id == item.id
                    connection.execute(update(tables.items).where(of_item).values(outcome=item.outcome))
                known[item.id] = item.outcome
                connection.execute(insert(versions).values(**_stored(item), added_by=by, added_at=at))
            return planned

        return self._write(unit, "version_exists", items[0].id if items else "")

    def items(self, standard: str) -> tuple[BankItem, ...]:
        """See Items."""
        with self._engine.connect() as connection:
            return _records(connection, tables.items.c.standard == standard)

    def item(self, version_id: str) -> BankItem:
        """See Items."""
        with self._engine.connect() as connection:
            return _record(connection, version_id)

    def move(self, version_ids: Sequence[str], to: State, by: str, at: int) -> None:
        """See Items."""

        def unit(connection: Connection) -> None:
            for record in _named(connection, version_ids):
                _replace(connection, record, moved(record, to, by))

        self._writer.write(unit)

    def mark_used(self, exam_session: str, version_ids: Sequence[str], at: int) -> None:
        """See Items."""
        table = tables.item_uses

        def unit(connection: Connection) -> None:
            marked = select(table.c.item, table.c.version).where(table.c.exam_session == exam_session)
            present = {f"{row.item}@{row.version}" for row in connection.execute(marked)}
            records = _named(connection, version_ids)
            for record in records:
                _replace(connection, record, used(record))
            rows = [
                {"exam_session": exam_session, "item": record.item.id, "version": record.item.version, "at": at}
                for record in records
                if record.item.version_id not in present
            ]
            if rows:
                connection.execute(insert(table), rows)

        try:
            self._writer.write(unit)
        except IntegrityError:  # another worker has just marked the same pool: now it is found as present
            self._writer.write(unit)

    def uses(self, standard: str) -> dict[str, int]:
        """See Items."""
        table = tables.item_uses
        counted = (
            select(table.c.item, table.c.version, func.count().label("times"))
            .join(tables.items, tables.items.c.id == table.c.item)
            .where(tables.items.c.standard == standard)
            .group_by(table.c.item, table.c.version)
        )
        with self._engine.connect() as connection:
            found = {f"{row.item}@{row.version}": int(row.times) for row in connection.execute(counted)}
        return dict(sorted(found.items()))

    def _write(self, unit: Callable[[Connection], T], code: str, subject: str) -> T:
        """Write; a unique key that another worker was quicker with is a refusal."""
        try:
            return self._writer.write(unit)
        except IntegrityError as error:
            raise Refused(code, subject) from error


def _standard(connection: Connection, code: str) -> StandardTree:
    table = tables.standards
    stored = connection.execute(select(table.c.tree).where(table.c.code == code)).scalar_one_or_none()
    if stored is None:
        raise Refused("unknown_standard", code)
    return tree_from_json(json.loads(stored))


def _hangs_on(connection: Connection, column: Any, code: str) -> bool:
    return connection.execute(select(column).where(column == code).limit(1)).first() is not None


def _records(connection: Connection, condition: Any = None) -> tuple[BankItem, ...]:
    found = select(versions).join(tables.items, tables.items.c.id == versions.c.item)
    if condition is not None:
        found = found.where(condition)
    records = _read(connection.execute(found))
    return tuple(sorted(records, key=lambda record: (record.item.id, record.item.version)))


def _record(connection: Connection, version_id: str) -> BankItem:
    name, number = _place(version_id)
    found = select(versions).where(and_(versions.c.item == name, versions.c.version == number))
    records = _read(connection.execute(found))
    if not records:
        raise Refused("unknown_item", version_id)
    return records[0]


def _named(connection: Connection, version_ids: Sequence[str]) -> list[BankItem]:
    """These versions in the order of their ids, each once; Refused: unknown_item."""
    wanted = sorted(set(version_ids))
    names = {version_id: _place(version_id)[0] for version_id in wanted}
    found = {one.item.version_id: one for one in _records(connection, versions.c.item.in_(set(names.values())))}
    for version_id in wanted:
        if version_id not in found:
            raise Refused("unknown_item", version_id)
    return [found[version_id] for version_id in wanted]


def _place(version_id: str) -> tuple[str, int]:
    try:
        return version_of(version_id)
    except ValueError as error:
        raise Refused("unknown_item", version_id) from error


def _read(rows: Iterable[Row[Any]]) -> list[BankItem]:
    records = []
    for row in rows:
        item = parse_item(json.loads(row.content), f"stored item {row.item}@{row.version}")
        if item.digest != row.digest or item.version_id != f"{row.item}@{row.version}":
            raise BrokenBank(f"{row.item}@{row.version} is not what its digest says")
        records.append(
            BankItem(
                item=item,
                state=State(row.state),
                added_by=row.added_by,
                added_at=row.added_at,
                reviewed_by=row.reviewed_by,
                released_by=row.released_by,
            )
        )
    return records


def _stored(item: Item) -> dict[str, Any]:
    return {
        "item": item.id,
        "version": item.version,
        "content": _canonical(item.as_json()),
        "digest": item.digest,
        "state": State.DRAFT.value,
    }


def _replace(connection: Connection, before: BankItem, after: BankItem) -> None:
    """Write the new state only over the state it was decided on."""
    if before == after:
        return
    changed = connection.execute(
        update(versions)
        .where(
            versions.c.item == before.item.id,
            versions.c.version == before.item.version,
            versions.c.state == before.state.value,
        )
        .values(state=after.state.value, reviewed_by=after.reviewed_by, released_by=after.released_by)
    )
    if changed.rowcount != 1:
        raise Refused("wrong_state", before.item.version_id)


def _canonical(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

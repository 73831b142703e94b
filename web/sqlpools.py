"""The pools exam sessions were planned with, kept whole: rows for the engine and the items as they were then."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from engine import ItemPool, PoolItem
from itembank.items import Item
from itembank.reading import parse_item
from proctor.ids import ItemId
from proctor.sqlstore import Writer
from web.tables import frozen_pools


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenPool:
    """A pool and the item versions in it."""

    standard: str
    pool: ItemPool
    items: Mapping[ItemId, Item]


class SqlPools:
    """Frozen pools by the digest of the pool."""

    def __init__(self, engine: Engine, writer: Writer) -> None:
        self._engine, self._writer = engine, writer

    def put(self, standard: str, rows: Sequence[PoolItem], items: Sequence[Item], at: int) -> str:
        """Keep a pool for ever; returns its digest. Keeping it twice changes nothing."""
        digest = ItemPool.build(rows).digest
        body = json.dumps(
            {"pool": [asdict(row) for row in rows], "items": [item.as_json() for item in items]}, ensure_ascii=False
        )

        def unit(connection: Connection) -> None:
            known = select(frozen_pools.c.digest).where(frozen_pools.c.digest == digest)
            if connection.scalar(known) is None:
                values = {"digest": digest, "standard": standard, "body": body, "created_at": at}
                connection.execute(insert(frozen_pools).values(values))

        self._writer.write(unit)
        return digest

    def get(self, digest: str) -> FrozenPool:
        """The pool with this digest; ValueError when what is stored no longer has it."""
        with self._engine.connect() as connection:
            row = connection.execute(select(frozen_pools).where(frozen_pools.c.digest == digest)).one()
        body = json.loads(row.body)
        pool = ItemPool.build([_pool_item(one) for one in body["pool"]])
        if pool.digest != digest:
            raise ValueError(f"the stored pool {digest} has another digest: {pool.digest}")
        items = [parse_item(one, f"pool {digest}") for one in body["items"]]
        return FrozenPool(standard=row.standard, pool=pool, items={ItemId(item.version_id): item for item in items})


def _pool_item(stored: dict[str, Any]) -> PoolItem:
    return PoolItem(**{**stored, "criteria": tuple(stored["criteria"]), "enemies": tuple(stored["enemies"])})

"""The exam behind every exam session: frozen pool and plan compiled once, how its items are shown and marked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

import engine
from engine import Plan, SeededDraw
from itembank import interactions, scoring
from itembank.interactions import Arrangement
from itembank.items import Item
from proctor.delivery import Delivery
from proctor.exam import Exam
from proctor.ids import ExamSessionId, ItemId
from proctor.sqlsessions import SqlSessions
from web.sqlpools import FrozenPool, SqlPools


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the sittings of one exam session are made of."""

    exam_session: ExamSessionId
    standard: str
    allocation: int
    title: str
    language: str
    exam: Exam
    items: Mapping[ItemId, Item]
    provisional: bool


class Exams:
    """Contents by exam session, built when first needed; plan, pool and delivery are frozen, so they never go stale."""

    def __init__(self, sessions: SqlSessions, pools: SqlPools) -> None:
        self._sessions, self._pools = sessions, pools
        self._built: dict[ExamSessionId, Content] = {}
        self._compiled: dict[tuple[str, str], engine.CompiledTest] = {}
        self._lock = Lock()

    def of(self, exam_session: ExamSessionId) -> Content:
        """The content of an exam session."""
        found = self._built.get(exam_session)
        if found is None:
            with self._lock:
                found = self._built.get(exam_session) or self._build(exam_session)
                self._built[exam_session] = found
        return found

    def exam(self, exam_session: ExamSessionId) -> Exam:
        """What proctor needs of it."""
        return self.of(exam_session).exam

    def _build(self, exam_session: ExamSessionId) -> Content:
        row = self._sessions.get(exam_session)
        if row is None:
            raise LookupError(f"exam session {exam_session} does not exist")
        frozen = self._pools.get(row.pool_ref)
        plan = Plan.parse(json.loads(row.plan_json))
        key = (row.pool_ref, plan.digest)
        if key not in self._compiled:
            self._compiled[key] = engine.compile(frozen.pool, plan)
        return Content(
            exam_session=exam_session,
            standard=row.standard,
            allocation=row.allocation,
            title=row.title,
            language=row.language,
            exam=exam_of(self._compiled[key], row.delivery, frozen),
            items=frozen.items,
            provisional=bool(frozen.pool.provisional.any()),
        )


def exam_of(plan: engine.CompiledTest, delivery: Delivery, frozen: FrozenPool) -> Exam:
    """The exam whose items are arranged and marked by the item bank's rules."""

    def arrange(item: ItemId, draw: SeededDraw) -> tuple[tuple[str, ...], tuple[str, ...]]:
        laid_out = interactions.arrange(frozen.items[item], draw)
        return laid_out.choices, laid_out.targets

    def mark(
        item: ItemId, choices: tuple[str, ...], targets: tuple[str, ...], response: tuple[str, ...] | None
    ) -> tuple[tuple[str, ...], bool, int]:
        marked = scoring.mark(frozen.items[item], Arrangement(choices=choices, targets=targets), response)
        return marked.response, marked.omitted, marked.score

    return Exam(plan=plan, delivery=delivery, arrange=arrange, mark=mark)

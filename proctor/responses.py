"""The answers of many sittings: long rows for exports, the wide matrix for calibration.

Rules:
- persons are sittings under their pseudonym; items never presented to somebody are masked, not zero;
- an item that was presented but not answered before the close counts as not presented: nothing is known about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine import ResponseMatrix
from proctor.ids import CandidateId, ItemId
from proctor.log import Recorded
from proctor.protocol import facts


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRow:
    """One answer; `response` in authored ids, empty if left unanswered; durations and instants in milliseconds."""

    person: CandidateId
    item: ItemId
    outcome: str
    criterion: str
    score: int
    omitted: bool
    response: tuple[str, ...]
    position: int
    visible_ms: int
    presented_at: int
    answered_at: int


def rows(logs: Sequence[Sequence[Recorded]]) -> tuple[ResponseRow, ...]:
    """Every recorded answer of these sittings (each given by all its events), by sitting and position."""
    found: list[ResponseRow] = []
    for recorded in logs:
        about = facts(recorded)
        found += [
            ResponseRow(
                person=about.candidate, item=one.item, outcome=one.outcome, criterion=one.criterion, score=one.score,
                omitted=one.omitted, response=one.response, position=one.position, visible_ms=one.visible_ms,
                presented_at=one.presented_at, answered_at=one.answered_at,
            )
            for one in about.items
            if one.score is not None and one.answered_at is not None
        ]  # fmt: skip
    return tuple(found)


def matrix(logs: Sequence[Sequence[Recorded]], items: Sequence[str] | None = None) -> ResponseMatrix:
    """The scores of these sittings, persons in the order given; columns are `items`, or what was answered, sorted.

    Raises KeyError for an answer to an item that is not among `items`.
    """
    answers = [rows([recorded]) for recorded in logs]
    columns = tuple(items if items is not None else sorted({row.item for some in answers for row in some}))
    place = {item: column for column, item in enumerate(columns)}
    scores = np.zeros((len(logs), len(columns)), dtype=np.int8)
    presented = np.zeros(scores.shape, dtype=np.bool_)
    for person, some in enumerate(answers):
        for row in some:
            scores[person, place[row.item]] = row.score
            presented[person, place[row.item]] = True
    persons = tuple(facts(recorded).candidate for recorded in logs)
    return ResponseMatrix(persons=persons, items=columns, scores=scores, presented=presented)

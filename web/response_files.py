"""The answers of an exam session as CSV text: wide for calibration, long for analysis; for pages and commands."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from proctor import responses
from proctor.log import Recorded

LONG_HEADER = (
    "person", "item", "outcome", "criterion", "score", "omitted", "response", "position", "visible_ms",
    "presented_at", "answered_at",
)  # fmt: skip
Logs = Sequence[Sequence[Recorded]]


def wide(logs: Logs) -> str:
    """RESPONSES.csv: one row per person, one column per item, blank where it was not presented."""
    found = responses.matrix(logs)
    rows = [
        [person, *(int(score) if there else "" for score, there in zip(scores, presented, strict=True))]
        for person, scores, presented in zip(found.persons, found.scores, found.presented, strict=True)
    ]
    return _text([("person", *found.items), *rows])


def long(logs: Logs) -> str:
    """One row per answer, in the order of the sittings and positions."""
    rows = [
        [
            row.person, row.item, row.outcome, row.criterion, row.score, int(row.omitted), "|".join(row.response),
            row.position, row.visible_ms, row.presented_at, row.answered_at,
        ]
        for row in responses.rows(logs)
    ]  # fmt: skip
    return _text([LONG_HEADER, *rows])


def _text(rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()

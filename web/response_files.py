"""The answers of an exam session as tables: wide for calibration, long for analysis; for pages and commands."""

from __future__ import annotations

from collections.abc import Sequence

from proctor import responses
from proctor.log import Recorded
from web.export_tables import Column, Kind, Table, csv_text

LONG: tuple[tuple[str, Kind, str], ...] = (
    ("person", "text", "Pseudonym of the candidate"),
    ("item", "text", "Version of the item"),
    ("outcome", "text", "Learning outcome"),
    ("criterion", "text", "Verification criteria, separated by |"),
    ("score", "whole", "Score; an omitted answer has 0"),
    ("omitted", "whole", "Left unanswered on purpose"),
    ("response", "text", "Ids of what was chosen, separated by |"),
    ("position", "whole", "Place in the sitting, from 1"),
    ("visible_ms", "whole", "Milliseconds the item was visible"),
    ("presented_at", "instant", "When the item was presented"),
    ("answered_at", "instant", "When the answer was recorded"),
)
YES_NO = {0: "no", 1: "yes"}
Logs = Sequence[Sequence[Recorded]]


def answers(logs: Logs) -> Table:
    """One row per answer, in the order of the sittings and positions."""
    rows = responses.rows(logs)
    values: dict[str, list[object]] = {name: [getattr(row, name) for row in rows] for name, _, _ in LONG}
    values["omitted"] = [int(row.omitted) for row in rows]
    values["response"] = ["|".join(row.response) for row in rows]
    return tuple(
        Column(name=name, values=values[name], kind=kind, label=label, words=YES_NO if name == "omitted" else {})
        for name, kind, label in LONG
    )


def scores(logs: Logs) -> Table:
    """One row per person, one column per item, empty where it was not presented."""
    found = responses.matrix(logs)
    columns = [Column(name="person", values=found.persons, label="Pseudonym of the candidate")]
    for j, item in enumerate(found.items):
        given = zip(found.scores[:, j].tolist(), found.presented[:, j].tolist(), strict=True)
        columns.append(Column(name=item, values=[score if there else None for score, there in given], kind="whole"))
    return tuple(columns)


def wide(logs: Logs) -> str:
    """RESPONSES.csv: one row per person, one column per item, blank where it was not presented."""
    return csv_text(scores(logs))


def long(logs: Logs) -> str:
    """CSV of one row per answer, in the order of the sittings and positions."""
    return csv_text(answers(logs))

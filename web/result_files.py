"""The results of an exam session as tables: one row per sitting, or one per sitting and outcome; pseudonyms only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proctor import protocol
from proctor.ids import SittingId
from proctor.protocol import SittingFacts
from results.record import OutcomeRow
from web import records
from web.export_tables import Column, Kind, Table
from web.records import Sheet
from web.wiring import Wiring


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A sitting that has ended: its facts and its result."""

    facts: SittingFacts
    sheet: Sheet


def ended(wiring: Wiring, sittings: Iterable[SittingId]) -> tuple[tuple[Ended, ...], int]:
    """Those of the sittings that have ended, and how many have not. Problem ``no_result`` where a plan has no rule."""
    found, unfinished = [], 0
    for sitting in sittings:
        facts = protocol.facts(wiring.log.read(sitting))
        if facts.ended_at is None:
            unfinished += 1
        else:
            found.append(Ended(facts=facts, sheet=records.sheet(wiring, sitting)))
    return tuple(found), unfinished


def by_sitting(rows: Sequence[Ended]) -> Table:
    """One row per sitting; three columns for each outcome."""
    columns = _head(rows)
    for place, outcome in enumerate(rows[0].sheet.record.outcomes() if rows else ()):
        mine = [row.sheet.record.outcomes()[place] for row in rows]
        for name, kind, label, values in _outcome(mine)[1:4]:
            columns.append(
                Column(name=f"{outcome.id} {name}", values=values, kind=kind, label=f"{outcome.id}: {label}")
            )
    return tuple(columns)


def by_outcome(rows: Sequence[Ended]) -> Table:
    """One row per sitting and outcome."""
    spread = [(row, outcome) for row in rows for outcome in row.sheet.record.outcomes()]
    columns = _head([row for row, _ in spread])
    for name, kind, label, values in _outcome([outcome for _, outcome in spread]):
        columns.append(Column(name=name, values=values, kind=kind, label=label))
    return tuple(columns)


def _head(rows: Sequence[Ended]) -> list[Column]:
    given: tuple[tuple[str, Kind, str, list[object]], ...] = (
        ("person", "text", "Pseudonym of the candidate", [row.facts.candidate for row in rows]),
        ("sitting", "text", "Sitting", [row.facts.sitting for row in rows]),
        ("started_at", "instant", "Start", [row.facts.started_at for row in rows]),
        ("ended_at", "instant", "End", [row.facts.ended_at for row in rows]),
        ("end_reason", "text", "Why it ended", [row.facts.end_reason for row in rows]),
        ("answered", "whole", "Answers", [row.facts.answered for row in rows]),
        ("theory", "text", "Theory part", [row.sheet.record.theory.value for row in rows]),
        ("practice", "text", "Practical part", [row.sheet.record.practice.value for row in rows]),
        ("qualification", "text", "Decision on the qualification", [row.sheet.record.decision.value for row in rows]),
        (
            "provisional",
            "whole",
            "Parameters are provisional",
            [int(row.sheet.record.provisional) for row in rows],
        ),
        ("digest", "text", "Digest of the result", [row.sheet.record.digest for row in rows]),
    )
    words = {0: "no", 1: "yes"}
    return [
        Column(name=name, kind=kind, label=label, values=values, words=words if name == "provisional" else {})
        for name, kind, label, values in given
    ]


def _outcome(rows: Sequence[OutcomeRow]) -> tuple[tuple[str, Kind, str, list[object]], ...]:
    return (
        ("outcome", "text", "Learning outcome", [row.id for row in rows]),
        ("decision", "text", "decision in the theory part", [row.theory and row.theory.value for row in rows]),
        ("p_mastery", "number", "probability of mastery", [row.p_mastery for row in rows]),
        ("items", "whole", "scored items", [row.items for row in rows]),
        ("closed", "text", "early, at the limit or open", [row.closed for row in rows]),
        ("evidence", "text", "evidence mode", [row.evidence for row in rows]),
        ("criteria_sampled", "whole", "criteria with a scored item", [row.sampled[0] for row in rows]),
        ("criteria_total", "whole", "criteria of the theory part", [row.sampled[1] for row in rows]),
    )

"""The item bank for the psychometrician: coverage of criteria, difficulty against the cut, every item with its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.parameters import Parameters
from itembank import overview, provisional
from itembank.allocations import AllocationDecision
from itembank.errors import Refused
from itembank.items import Item
from itembank.lifecycle import BankItem, State
from itembank.overview import CriterionOverview
from itembank.provisional import ItemParameters
from proctor.events import ItemPresented
from web import wired
from web.errors import Problem
from web.language import t
from web.pages import figures, standards
from web.pages.figures import Strip
from web.pages.standards import Known
from web.roles import permission
from web.wiring import Wiring

routes = Blueprint("bank", __name__)
ENOUGH = 4
"""Drawable items from which a criterion counts as covered (the house rule of the bank's checks)."""
THEORY = "theory"


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionRow:
    """One criterion as the page shows it; `coverage`: ``none``, ``thin`` or ``enough``, "" outside the theory part."""

    seen: CriterionOverview
    strip: Strip | None
    parts: tuple[str, ...]
    coverage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeGroup:
    """One outcome with its criteria."""

    id: str
    title: str
    cut: float | None
    items: int
    rows: tuple[CriterionRow, ...]


@routes.get("/bank")
@permission("bank.see")
def banks() -> ResponseReturnValue:
    """The standards one can look at."""
    wiring = wired.wiring()
    rows = [
        {"code": one.tree.code, "title": one.tree.title, "items": len(newest(wiring.bank.items(one.tree.code)))}
        for one in standards.known(wiring)
    ]
    return render_template("banks.html", banks=rows)


@routes.get("/bank/<code>")
@permission("bank.see")
def bank(code: str) -> ResponseReturnValue:
    """Items per outcome and criterion."""
    wiring = wired.wiring()
    standard = standards.one(wiring, code)
    records = wiring.bank.items(code)
    presented, sittings = exposure(wiring, code)
    allocation = standards.in_force(wiring, code)
    groups = coverage(standard, overview.overview(standard.tree, records, presented, sittings), records, allocation)
    counts = Counter(row.coverage for group in groups for row in group.rows)
    return render_template(
        "bank.html",
        standard=standard.tree,
        groups=groups,
        counts=counts,
        theory=counts["none"] + counts["thin"] + counts["enough"],
        enough=ENOUGH,
        items=len(newest(records)),
        incomplete=len(with_gaps(records)),
        sittings=sittings,
        signed=allocation,
        interactions=interaction_word,
    )


@routes.get("/bank/<code>/criteria/<criterion>")
@permission("bank.see")
def criterion(code: str, criterion: str) -> ResponseReturnValue:
    """The items of one criterion."""
    wiring = wired.wiring()
    standard = standards.one(wiring, code)
    found = next((one for one in standard.tree.criteria() if one.id == criterion), None)
    if found is None:
        raise Problem("not_found")
    records = [one for one in newest(wiring.bank.items(code)) if criterion in one.item.criteria]
    presented, sittings = exposure(wiring, code)
    rows = [
        {
            "item": one.item,
            "state": state_word(one.state),
            "interaction": interaction_word(one.item.interaction),
            "parameters": guessed(one.item),
            "presented": presented[one.item.version_id],
        }
        for one in records
    ]
    return render_template("criterion.html", standard=standard.tree, criterion=found, rows=rows, sittings=sittings)


@routes.get("/bank/<code>/incomplete")
@permission("bank.see")
def incomplete(code: str) -> ResponseReturnValue:
    """The drafts that still lack something: imported from a file that knows no tags, reasons, difficulty or time."""
    wiring = wired.wiring()
    standard = standards.one(wiring, code)
    rows = [
        {
            "item": one.item,
            "interaction": interaction_word(one.item.interaction),
            "gaps": [gap_word(name) for name in one.item.gaps],
        }
        for one in with_gaps(wiring.bank.items(code))
    ]
    return render_template("incomplete.html", standard=standard.tree, rows=rows)


@routes.get("/bank/items/<version_id>")
@permission("bank.see")
def item(version_id: str) -> ResponseReturnValue:
    """One item version with its key, reasons, law and provisional parameters."""
    wiring = wired.wiring()
    try:
        record = wiring.bank.item(version_id)
    except Refused:
        raise Problem("not_found") from None
    standard = standards.one(wiring, record.item.standard)
    presented, sittings = exposure(wiring, record.item.standard)
    guess = guessed(record.item)
    parameters = guess and Parameters.of(a=guess.a, b=guess.b, c=guess.c, d=guess.d, model=guess.model)
    outcome = standard.data.outcomes.get(record.item.outcome)
    cut = outcome.cut if outcome is not None else None
    return render_template(
        "item.html",
        standard=standard.tree,
        outcome=next((one for one in standard.tree.outcomes() if one.id == record.item.outcome), None),
        criteria=[one for one in standard.tree.criteria() if one.id in record.item.criteria],
        record=record,
        item=record.item,
        answers=answers(record.item),
        guess=guess,
        cut=cut,
        curve=parameters and figures.characteristic(parameters, cut),
        information=parameters and figures.information_curve(parameters, cut),
        state=state_word(record.state),
        interaction=interaction_word(record.item.interaction),
        difficulty=difficulty_word(record.item.expected_difficulty) if record.item.expected_difficulty else "",
        gaps=[gap_word(name) for name in record.item.gaps],
        presented=presented[version_id],
        sittings=sittings,
    )


def newest(records: Sequence[BankItem]) -> tuple[BankItem, ...]:
    """The newest version of each item that has not been retired, by id."""
    last = {
        one.item.id: one for one in sorted(records, key=lambda one: one.item.version) if one.state is not State.RETIRED
    }
    return tuple(last[name] for name in sorted(last))


def with_gaps(records: Sequence[BankItem]) -> tuple[BankItem, ...]:
    """Those of the newest versions that lack something."""
    return tuple(one for one in newest(records) if one.item.gaps)


def guessed(item: Item) -> ItemParameters | None:
    """The provisional parameters of an item; None while nobody has judged how difficult it is."""
    return provisional.parameters(item) if item.expected_difficulty is not None else None


def exposure(wiring: Wiring, code: str) -> tuple[Counter[str], int]:
    """How often each item version was presented in this standard's exam sessions, and in how many sittings."""
    seen: Counter[str] = Counter()
    sittings = 0
    for session in wiring.sessions.all():
        if session.standard != code:
            continue
        for sitting in wiring.log.sittings(session.id):
            given = {row.event.item for row in wiring.log.read(sitting) if isinstance(row.event, ItemPresented)}
            seen.update(str(one) for one in given)
            sittings += bool(given)
    return seen, sittings


def coverage(
    standard: Known,
    rows: Sequence[CriterionOverview],
    records: Sequence[BankItem],
    allocation: AllocationDecision | None,
) -> tuple[OutcomeGroup, ...]:
    """The rows grouped by outcome, each with its strip and how well the criterion is covered."""
    parts = allocation.parts if allocation is not None else standard.data.default_parts
    current = newest(records)
    groups = []
    for outcome in standard.tree.outcomes():
        proposal = standard.data.outcomes.get(outcome.id)
        cut = proposal.cut if proposal is not None else None
        groups.append(
            OutcomeGroup(
                id=outcome.id,
                title=outcome.title,
                cut=cut,
                items=sum(one.item.outcome == outcome.id for one in current),
                rows=tuple(_row(row, cut, parts) for row in rows if row.outcome == outcome.id),
            )
        )
    return tuple(groups)


def _row(row: CriterionOverview, cut: float | None, parts: Mapping[str, tuple[str, ...]]) -> CriterionRow:
    named = parts.get(row.criterion, ())
    covered = "none" if not row.drawable else "thin" if row.drawable < ENOUGH else "enough"
    spread = [(provisional.DIFFICULTY[word], count) for word, count in row.difficulties]  # type: ignore[index]
    return CriterionRow(
        seen=row,
        strip=figures.strip(spread, cut) if spread else None,
        parts=named,
        coverage=covered if THEORY in named else "",
    )


def answers(item: Item) -> tuple[tuple[str, str, str], ...]:
    """(authored id, text, what the key says of it) of every option, row or pair, in authored order."""
    targets = {target.id: target.text for target in item.targets}
    pairs = dict(pair.split(":", 1) for pair in item.key) if item.interaction == "match" else {}
    rows = []
    for option in item.options:
        said = ""
        if item.interaction == "match":
            said = targets[pairs[option.id]]
        elif item.interaction == "order":
            said = t("place {n}", n=item.key.index(option.id) + 1)
        elif option.id in item.key:
            said = t("Key")
        rows.append((option.id, option.text, said))
    return tuple(rows)


def interaction_word(interaction: str) -> str:
    """The form of an item in words."""
    words: Mapping[str, Callable[[], str]] = {
        "single": lambda: t("single choice"),
        "multiple": lambda: t("multiple choice"),
        "order": lambda: t("ordering"),
        "match": lambda: t("matching"),
        "numeric": lambda: t("number"),
    }
    return words[interaction]()


def difficulty_word(difficulty: str) -> str:
    """The author's judgement in words."""
    words = {"easy": lambda: t("easy"), "medium": lambda: t("medium"), "hard": lambda: t("hard")}
    return words[difficulty]()


def gap_word(name: str) -> str:
    """What an item lacks, in words."""
    words: Mapping[str, Callable[[], str]] = {
        "standard": lambda: t("standard"),
        "outcome": lambda: t("learning outcome"),
        "criteria": lambda: t("verification criteria"),
        "language": lambda: t("language"),
        "rationale": lambda: t("reasons for the key"),
        "expected_difficulty": lambda: t("judged difficulty"),
        "seconds": lambda: t("expected time"),
    }
    return words[name]()


def state_word(state: State) -> str:
    """Where an item version stands, in words."""
    words: Mapping[State, Callable[[], str]] = {
        State.DRAFT: lambda: t("draft"),
        State.REVIEWED: lambda: t("reviewed"),
        State.RELEASED: lambda: t("released"),
        State.USED: lambda: t("in use"),
        State.RETIRED: lambda: t("retired"),
    }
    return words[state]()

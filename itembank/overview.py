"""The bank at a glance, per criterion: how many items, how hard by their authors' word, which forms, how often seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from itembank.items import DIFFICULTIES, INTERACTIONS
from itembank.lifecycle import DRAWABLE, BankItem, State
from itembank.provisional import DIFFICULTY
from itembank.standards.tree import StandardTree


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionOverview:
    """One criterion: its items (newest versions), their states, forms, provisional difficulty, and use.

    `difficulties` counts the items whose difficulty was judged, `difficulty` is their (least, mean, greatest)
    provisional b in logits, None without such items; `presented`: presentations of all
    versions; `most_seen`: the share of sittings that saw the most seen item, 0 without sittings.
    """

    criterion: str
    outcome: str
    text: str
    items: int
    drawable: int
    states: tuple[tuple[str, int], ...]
    interactions: tuple[tuple[str, int], ...]
    difficulties: tuple[tuple[str, int], ...]
    difficulty: tuple[float, float, float] | None
    presented: int
    most_seen: float


def overview(
    tree: StandardTree, records: Iterable[BankItem], presented: Mapping[str, int], sittings: int
) -> tuple[CriterionOverview, ...]:
    """One row per criterion of the standard, in its order.

    `presented` counts presentations by item version id, `sittings` the sittings they come from.
    """
    newest: dict[str, BankItem] = {}
    seen: Counter[str] = Counter()
    for record in sorted(records, key=lambda one: one.item.version):
        newest[record.item.id] = record
        seen[record.item.id] += presented.get(record.item.version_id, 0)
    by_criterion: dict[str, list[BankItem]] = {}
    for record in newest.values():
        for criterion in record.item.criteria:
            by_criterion.setdefault(criterion, []).append(record)
    return tuple(
        _row(outcome.id, criterion.id, criterion.text, by_criterion.get(criterion.id, []), seen, sittings)
        for outcome in tree.outcomes()
        for criterion in outcome.criteria
    )


def _row(
    outcome: str, criterion: str, text: str, records: Sequence[BankItem], seen: Mapping[str, int], sittings: int
) -> CriterionOverview:
    judged = [record.item.expected_difficulty for record in records if record.item.expected_difficulty is not None]
    b = [DIFFICULTY[word] for word in judged]
    most = max((seen[record.item.id] for record in records), default=0)
    return CriterionOverview(
        criterion=criterion,
        outcome=outcome,
        text=text,
        items=len(records),
        drawable=sum(record.state in DRAWABLE for record in records),
        states=_counts((record.state for record in records), tuple(State)),
        interactions=_counts((record.item.interaction for record in records), INTERACTIONS),
        difficulties=_counts(judged, DIFFICULTIES),
        difficulty=(min(b), sum(b) / len(b), max(b)) if b else None,
        presented=sum(seen[record.item.id] for record in records),
        most_seen=most / sittings if sittings else 0.0,
    )


def _counts(values: Iterable[str], order: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """How often each word occurs, in the given order, words that do not occur left out."""
    found = Counter(str(value) for value in values)
    return tuple((str(word), found[str(word)]) for word in order if found[str(word)])

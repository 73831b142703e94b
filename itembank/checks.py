"""What a reviewer should know about a bank as a whole: coverage, enemies, habits of keys, law that runs out.

Rules:
- a finding is an error (the bank cannot serve an exam as it is) or a warning (somebody should look);
- findings name ids, never texts or keys of items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from itembank.items import Interaction, Item

FORMATS: Mapping[Interaction, tuple[int, int]] = {
    "single": (4, 4),
    "multiple": (5, 6),
    "order": (4, 6),
    "match": (3, 5),
}
"""Least and greatest number of options (rows of a match) of the house format."""
LAW_NOTICE_DAYS = 60
"""How long before the law of an item lapses its author hears of it."""
HABIT_LEAST = 8
"""Single-choice items of an outcome below which the spread of keys says nothing."""
HABIT_SHARE = 0.4
"""Share of one key position (evenly: a quarter) above which a candidate who notices gains from it."""
NOT_TAGGED = "not tagged"
"""Subject of a finding about items without an outcome."""
LONGEST_SHARE = 0.5
"""Share of items whose key is the longest option above which length gives the key away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found about which id; `detail` is one clause."""

    level: Literal["error", "warning"]
    code: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """The least numbers of drawable items a bank needs."""

    per_outcome: int = 20
    per_criterion: int = 4


def check(
    items: Sequence[Item], *, criteria: Iterable[str], theory: Iterable[str], day: date, least: Least
) -> tuple[Finding, ...]:
    """Every finding about these items (one version each) as of `day`.

    `criteria`: all of the standard; `theory`: those the theory part must cover.
    """
    live = [item for item in items if not item.gaps and not item.lapsed_on(day)]
    return (
        *_gaps(items),
        *_tags(items, set(criteria)),
        *_law(items, day),
        *_coverage(live, list(theory), least),
        *check_writing(items),
    )


def check_writing(items: Sequence[Item]) -> tuple[Finding, ...]:
    """The findings that need nothing but the items: enemies, house format, habits of keys."""
    return (*_enemies(items), *_formats(items), *_habits(items))


def _gaps(items: Sequence[Item]) -> list[Finding]:
    return [
        Finding(level="warning", code="incomplete", subject=item.version_id, detail=f"it lacks {', '.join(item.gaps)}")
        for item in items
        if item.gaps
    ]


def _tags(items: Sequence[Item], known: set[str]) -> list[Finding]:
    return [
        Finding(level="error", code="untagged", subject=item.version_id, detail=f"{one} is not in the standard")
        for item in items
        for one in item.criteria
        if one not in known
    ]


def _law(items: Sequence[Item], day: date) -> list[Finding]:
    found = []
    for item in items:
        if item.law is None or item.law.valid_to is None:
            continue
        if item.law.valid_to < day:
            detail = f"its law was in force until {item.law.valid_to}, it is not drawn"
            found.append(Finding(level="warning", code="law_lapsed", subject=item.version_id, detail=detail))
        elif item.law.valid_to < day + timedelta(days=LAW_NOTICE_DAYS):
            detail = f"its law is in force until {item.law.valid_to}"
            found.append(Finding(level="warning", code="law_lapses", subject=item.version_id, detail=detail))
    return found


def _coverage(items: Sequence[Item], theory: Sequence[str], least: Least) -> list[Finding]:
    by_criterion = Counter(criterion for item in items for criterion in item.criteria)
    by_outcome = Counter(item.outcome for item in items)
    wanted = [(one, by_criterion[one], least.per_criterion) for one in theory]
    wanted += [(one, by_outcome[one], least.per_outcome) for one in dict.fromkeys(c.rpartition(".")[0] for c in theory)]
    return [
        Finding(
            level="error", code="too_few_items", subject=name, detail=f"{count} items, at least {needed} are needed"
        )
        for name, count, needed in wanted
        if count < needed
    ]


def _enemies(items: Sequence[Item]) -> list[Finding]:
    named = {item.id: set(item.enemies) for item in items}
    found = []
    for item in items:
        for enemy in item.enemies:
            if enemy not in named:
                detail = f"its enemy {enemy} is not in the bank"
                found.append(Finding(level="warning", code="unknown_enemy", subject=item.version_id, detail=detail))
            elif item.id not in named[enemy]:
                detail = f"{enemy} does not name it as an enemy"
                found.append(Finding(level="error", code="one_sided_enemy", subject=item.version_id, detail=detail))
    return found


def _formats(items: Sequence[Item]) -> list[Finding]:
    found = []
    for item in items:
        low, high = FORMATS.get(item.interaction, (0, 0))
        if not low <= len(item.options) <= high:
            detail = f"{len(item.options)} options, the house format has {low} to {high}"
            found.append(Finding(level="warning", code="house_format", subject=item.version_id, detail=detail))
    return found


def _habits(items: Sequence[Item]) -> list[Finding]:
    found = []
    singles: dict[str, list[Item]] = {}
    for item in items:
        if item.interaction == "single":
            singles.setdefault(item.outcome or NOT_TAGGED, []).append(item)
    for outcome, group in singles.items():
        if len(group) < HABIT_LEAST:
            continue
        place, count = Counter(_key_place(item) for item in group).most_common(1)[0]
        if count > HABIT_SHARE * len(group):
            detail = f"the key stands at place {place + 1} in {count} of {len(group)} single-choice items"
            found.append(Finding(level="warning", code="key_position", subject=outcome, detail=detail))
        longest = sum(_key_is_longest(item) for item in group)
        if longest > LONGEST_SHARE * len(group):
            detail = f"the key is the longest option in {longest} of {len(group)} single-choice items"
            found.append(Finding(level="warning", code="key_length", subject=outcome, detail=detail))
    return found


def _key_place(item: Item) -> int:
    return [option.id for option in item.options].index(item.key[0])


def _key_is_longest(item: Item) -> bool:
    lengths = {option.id: len(option.text) for option in item.options}
    return all(lengths[item.key[0]] > length for name, length in lengths.items() if name != item.key[0])

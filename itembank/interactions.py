"""How an item is laid out for one candidate: the order of its choices, and its face without the key.

Rules:
- the layout is drawn from the sitting's secret and the item version: a retry shows the same layout;
- rows to order never start in the right order;
- a face holds shown ids ("1", "2", ...; targets "a", "b", ...) and texts, never an authored id, a key or a criterion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Protocol

from itembank.items import Interaction, Item


class Draw(Protocol):
    """Repeatable chance, as engine.SeededDraw gives it: the same label, the same number in [0, 1)."""

    def uniform(self, label: str) -> float:
        """A number in [0, 1) for this label."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """Authored ids in the order shown: choices or rows (empty for numeric), and the targets of a match."""

    choices: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What a candidate sees of an item: (shown id, text) pairs in the order shown; `unit` of a numeric answer or ""."""

    interaction: Interaction
    language: str
    stem: str
    exhibit: str | None
    choices: tuple[tuple[str, str], ...]
    targets: tuple[tuple[str, str], ...]
    unit: str


def arrange(item: Item, draw: Draw) -> Arrangement:
    """The layout of this item version under this draw."""
    choices = _shuffled([option.id for option in item.options], draw, f"arrange/{item.version_id}/choices")
    if item.interaction == "order" and choices == item.key:
        choices = _turned(choices, draw.uniform(f"arrange/{item.version_id}/turn"))
    targets = _shuffled([target.id for target in item.targets], draw, f"arrange/{item.version_id}/targets")
    return Arrangement(choices=choices, targets=targets)


def face(item: Item, arrangement: Arrangement) -> Face:
    """The item as shown under this arrangement; ValueError when the arrangement is not one of this item."""
    check_arrangement(item, arrangement)
    texts = {option.id: option.text for option in item.options}
    sides = {target.id: target.text for target in item.targets}
    return Face(
        interaction=item.interaction,
        language=item.language,
        stem=item.stem,
        exhibit=item.exhibit,
        choices=tuple((shown_choice(n), texts[one]) for n, one in enumerate(arrangement.choices)),
        targets=tuple((shown_target(n), sides[one]) for n, one in enumerate(arrangement.targets)),
        unit=item.quantity.unit if item.quantity else "",
    )


def check_arrangement(item: Item, arrangement: Arrangement) -> None:
    """ValueError unless the arrangement holds each authored id of the item exactly once."""
    if sorted(arrangement.choices) != sorted(option.id for option in item.options) or sorted(
        arrangement.targets
    ) != sorted(target.id for target in item.targets):
        raise ValueError(f"the arrangement does not belong to {item.version_id}")


def shown_choice(position: int) -> str:
    """The id a candidate's browser knows the choice at this position (from 0) by."""
    return str(position + 1)


def shown_target(position: int) -> str:
    """The id a candidate's browser knows the target at this position (from 0) by."""
    return ascii_lowercase[position]


def _shuffled(ids: Sequence[str], draw: Draw, label: str) -> tuple[str, ...]:
    """A uniform permutation (Fisher and Yates 1938, in Durstenfeld's form 1964)."""
    order = list(ids)
    for last in range(len(order) - 1, 0, -1):
        other = int(draw.uniform(f"{label}/{last}") * (last + 1))
        order[last], order[other] = order[other], order[last]
    return tuple(order)


def _turned(ids: tuple[str, ...], chance: float) -> tuple[str, ...]:
    """The same ids turned by 1 to n - 1 places, so that every one of them moves."""
    by = 1 + int(chance * (len(ids) - 1))
    return ids[by:] + ids[:by]

"""The item pool of a test: parameters, content tags and enemies of the items that may be presented.

Rules: an item measures one outcome and any number of its criteria; a criterion belongs to one outcome; an enemy is
an enemy both ways; the digest covers everything that can change a choice, in the pool's order.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from engine.parameters import ParameterError, Parameters, model_name

LATER = ("steps", "slopes", "intercepts", "pretest", "level", "words")  # fields that first pools did not have


class PoolError(ValueError):
    """An item pool that contradicts itself or a pool file that cannot be read; the message names the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolItem:
    """One item: `item` is an item version id, `seconds` its expected time, `provisional` means not calibrated yet.

    `level` is its cognitive level, `words` how many words it has to be read (of a set: its stimulus with one item).
    `steps` (GRM, PCM, GPCM), `slopes` and `intercepts` (nominal) belong to items with more than two score levels.
    A `pretest` item is seeded into sittings for calibration and never counts; its parameters are not used.
    """

    item: str
    outcome: str
    criteria: tuple[str, ...] = ()
    model: str = "4PL"
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    enemies: tuple[str, ...] = ()
    set: str | None = None
    seconds: float | None = None
    provisional: bool = False
    pretest: bool = False
    steps: tuple[float, ...] = ()
    slopes: tuple[float, ...] = ()
    intercepts: tuple[float, ...] = ()
    level: str | None = None
    words: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemPool:
    """J items: `outcome_of` (J,) indexes `outcomes`, `measures` (J, C) marks `criteria`, `enemies` are item indexes.

    `sets`, `seconds`, `levels` and `words` are per item (None where absent); `provisional` (J,) marks parameters
    nobody has calibrated.
    """

    items: tuple[str, ...]
    outcomes: tuple[str, ...]
    criteria: tuple[str, ...]
    parameters: Parameters
    outcome_of: NDArray[np.intp]
    measures: NDArray[np.bool_]
    enemies: tuple[tuple[int, ...], ...]
    sets: tuple[str | None, ...]
    seconds: tuple[float | None, ...]
    provisional: NDArray[np.bool_]
    pretest: NDArray[np.bool_]
    levels: tuple[str | None, ...]
    words: tuple[int | None, ...]
    digest: str

    @classmethod
    def build(cls, rows: Iterable[PoolItem]) -> ItemPool:
        """A pool of these items, in this order.

        Raises PoolError for a repeated item, an unknown enemy, a criterion of two outcomes, impossible parameters,
        seconds or words.
        """
        items = tuple(rows)
        place = _places(items)
        outcomes = tuple(dict.fromkeys(row.outcome for row in items))
        owner = _owners(items)
        criteria = tuple(owner)
        measures = np.zeros((len(items), len(criteria)), dtype=np.bool_)
        column = {criterion: i for i, criterion in enumerate(criteria)}
        for row, item in enumerate(items):
            for criterion in item.criteria:
                measures[row, column[criterion]] = True
        outcome_of = np.array([outcomes.index(item.outcome) for item in items], dtype=np.intp)
        provisional = np.array([item.provisional for item in items], dtype=np.bool_)
        pretest = np.array([item.pretest for item in items], dtype=np.bool_)
        for array in (measures, outcome_of, provisional, pretest):
            array.setflags(write=False)
        return cls(
            items=tuple(place),
            outcomes=outcomes,
            criteria=criteria,
            parameters=_parameters(items),
            outcome_of=outcome_of,
            measures=measures,
            enemies=_enemies(items, place),
            sets=tuple(item.set for item in items),
            seconds=tuple(item.seconds for item in items),
            provisional=provisional,
            pretest=pretest,
            levels=tuple(item.level for item in items),
            words=tuple(item.words for item in items),
            digest=_digest(items),
        )

    def __len__(self) -> int:
        return len(self.items)


def _places(items: Sequence[PoolItem]) -> dict[str, int]:
    place: dict[str, int] = {}
    for row, item in enumerate(items):
        if not item.item or not item.outcome:
            raise PoolError(f"item {row + 1} of the pool has no {'outcome' if item.item else 'id'}")
        if item.item in place:
            raise PoolError(f"item {item.item} stands twice in the pool")
        if item.seconds is not None and not 0 < item.seconds < math.inf:
            raise PoolError(f"item {item.item}: seconds is {item.seconds:g}, not a time above 0")
        if item.words is not None and item.words < 0:
            raise PoolError(f"item {item.item}: words is {item.words}, below 0")
        place[item.item] = row
    return place


def _owners(items: Sequence[PoolItem]) -> dict[str, str]:
    """The outcome each criterion belongs to, in the order the criteria appear."""
    owner: dict[str, str] = {}
    for item in items:
        for criterion in item.criteria:
            if owner.setdefault(criterion, item.outcome) != item.outcome:
                raise PoolError(
                    f"item {item.item} of {item.outcome}: criterion {criterion} belongs to outcome {owner[criterion]}"
                )
    return owner


def _parameters(items: Sequence[PoolItem]) -> Parameters:
    for item in items:
        try:
            parameters_of([item])
        except ParameterError as error:
            raise PoolError(f"item {item.item}: {str(error).removeprefix('item 1: ')}") from error
    return parameters_of(items) if items else _no_parameters()


def parameters_of(items: Sequence[PoolItem], signed: bool = False) -> Parameters:
    """The parameters of these items (at least one), `signed` with a < 0. Raises ParameterError naming the place."""
    return Parameters.of(
        a=[item.a for item in items],
        b=[item.b for item in items],
        c=[item.c for item in items],
        d=[item.d for item in items],
        steps=[item.steps or None for item in items],
        slopes=[item.slopes or None for item in items],
        intercepts=[item.intercepts or None for item in items],
        model=[item.model for item in items],
        signed=signed,
    )


def _no_parameters() -> Parameters:
    empty = np.zeros(0)
    empty.setflags(write=False)
    return Parameters(model=(), a=empty, b=empty, c=empty, d=empty)


def _enemies(items: Sequence[PoolItem], place: dict[str, int]) -> tuple[tuple[int, ...], ...]:
    against: list[set[int]] = [set() for _ in items]
    for row, item in enumerate(items):
        for enemy in item.enemies:
            if enemy not in place or enemy == item.item:
                raise PoolError(
                    f"item {item.item}: enemy {enemy} is {'itself' if enemy in place else 'not in the pool'}"
                )
            against[row].add(place[enemy])
            against[place[enemy]].add(row)
    return tuple(tuple(sorted(enemies)) for enemies in against)


def _digest(items: Sequence[PoolItem]) -> str:
    """SHA-256 of the canonical JSON of all rows; floats in their shortest exact form."""
    rows = [{**asdict(item), "model": model_name(item.model)} for item in items]
    for row in rows:
        row.update({name: float(row[name]) for name in "abcd"})
        for name in LATER:  # absent where an item has none: the digest of a pool without such items stays what it was
            if row[name] is None or (name != "words" and not row[name]):
                del row[name]
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()

"""The order in which the items of an outcome are tried: the selection criterion's values, best first.

Rules:
- information_at_cut and random need no candidate: their lists are ranked once. The others are valued at every step.
- Ties go to the item that stands first in the pool.
- The items of a set share one value, their mean: a set is as good as its items are on average.
- Per second (selection.per_second): the value divided by the item's expected seconds, a set's by their mean, so the
  order is that of what a second brings (Fan, Wang, Chang & Douglas 2012; Sie, Finkelman, Riley & Smits 2015).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from engine import criteria
from engine.contenders import Contenders
from engine.draws import SeededDraw
from engine.models import information
from engine.parameters import FloatArray, Parameters
from engine.posterior import Rows, SecondOrder, Tied, normalised

SHORT_LIST = 64  # best items sorted first; a choice rarely needs more, and sorting all of a large outcome is slow
SELF_DRAWN = ("random", "progressive", "proportional")  # criteria that draw by themselves


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Situation:
    """Where a choice is made: the outcome, its theta, all answers' log-likelihood (K, Q), how far the outcome is.

    `tied`: the joint posterior where it chooses, None where own posteriors do; `length`: the outcome's max_items or 0;
    `wanted`: the outcomes still open.
    """

    outcome: int
    theta: float
    log_likelihood: Rows
    tied: Tied | None
    position: int
    length: int
    wanted: Sequence[int]
    draw: SeededDraw
    label: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """Items by criterion: `by_outcome` and `by_criterion` are ranked by information at the cut, ties in pool order.

    `at_cut` (J,) is that information; `seconds` (J,) divides every value where the plan counts per second, else None.
    `members` are each outcome's items in pool order, `places` where each criterion's items stand among those of its
    outcome; `groups` the places of each set. `contenders`: for information at theta of single items, not per second.
    """

    name: str
    parameters: Parameters
    model: SecondOrder
    at_cut: tuple[float, ...]
    rank: tuple[int, ...]
    by_outcome: tuple[tuple[int, ...], ...]
    by_criterion: tuple[tuple[int, ...], ...]
    members: tuple[NDArray[np.intp], ...]
    places: tuple[NDArray[np.intp], ...]
    groups: tuple[tuple[NDArray[np.intp], ...], ...]
    tables: tuple[criteria.Tables, ...]
    seconds: FloatArray | None = None
    contenders: tuple[Contenders, ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        parameters: Parameters,
        at_cut: FloatArray,
        outcome_of: Sequence[int],
        measured: Sequence[tuple[int, ...]],
        model: SecondOrder,
        sets: Iterable[tuple[int, ...]] = (),
        seconds: FloatArray | None = None,
    ) -> Ranking:
        """Rank J items (outcome -1: left out); tables on the grid are made only for the criterion that needs them."""
        at_cut, seconds = at_cut.copy(), None if seconds is None else seconds.copy()
        shared = [list(members) for members in sets]
        for together in shared:
            at_cut[together] = at_cut[together].mean()
            if seconds is not None:
                seconds[together] = seconds[together].mean()
        order = np.argsort(-at_cut if seconds is None else -at_cut / seconds, kind="stable")
        rank = np.empty(len(order), dtype=np.intp)
        rank[order] = np.arange(len(order))
        by_outcome: list[list[int]] = [[] for _ in range(max(outcome_of, default=-1) + 1)]
        by_criterion: list[list[int]] = [[] for _ in range(max((c for m in measured for c in m), default=-1) + 1)]
        for j in order.tolist():
            if outcome_of[j] >= 0:
                by_outcome[outcome_of[j]].append(j)
                for criterion in measured[j]:
                    by_criterion[criterion].append(j)
        members = tuple(np.array(sorted(items), dtype=np.intp) for items in by_outcome)
        dynamic = name not in ("information_at_cut", "random")
        tables = tuple(criteria.Tables(name, parameters.take(m), model.nodes) for m in members) if dynamic else ()
        plain = name == "information" and seconds is None and not shared and any(map(len, members))
        return cls(
            name=name,
            parameters=parameters,
            model=model,
            at_cut=tuple(at_cut.tolist()),
            rank=tuple(rank.tolist()),
            by_outcome=tuple(tuple(items) for items in by_outcome),
            by_criterion=tuple(tuple(items) for items in by_criterion),
            members=members,
            places=tuple(_places(items, members, outcome_of) for items in by_criterion),
            groups=tuple(_groups(items, shared) for items in members),
            tables=tables,
            seconds=seconds,
            contenders=Contenders.of(tables) if plain else (),
        )

    @property
    def fixed(self) -> bool:
        """Whether the order is the same for every candidate."""
        return not self.tables

    def best_first(self, outcome: int, unmet: Sequence[int]) -> Iterator[int]:
        """The outcome's items that measure one of the criteria `unmet` (all when empty), best at the cut first."""
        if not unmet:
            return iter(self.by_outcome[outcome])
        if len(unmet) == 1:
            return iter(self.by_criterion[unmet[0]])
        return _merged((self.by_criterion[c] for c in unmet), self.rank)

    def valued(self, where: Situation, unmet: Sequence[int]) -> tuple[Iterator[int], Callable[[int], float]]:
        """The same by the criterion's values here, and the value of each item."""
        members, wanted = self.members[where.outcome], None
        if unmet:
            wanted = np.zeros(len(members), dtype=np.bool_)
            for criterion in unmet:
                wanted[self.places[criterion]] = True
        if self.contenders:
            return self._most_informative(where, wanted), lambda item: self._information(where, item)
        keys = self.keys(where)
        kept, among = (members, keys) if wanted is None else (members[wanted], keys[wanted])
        return descending(kept, among), lambda item: self._reported(where, keys, item)

    def _most_informative(self, where: Situation, wanted: NDArray[np.bool_] | None) -> Iterator[int]:
        """The outcome's items by falling information, all valued only when those that lead for certain are used up."""
        members = self.members[where.outcome]
        rest = np.ones(len(members), dtype=np.bool_) if wanted is None else wanted
        for contenders in self.contenders:
            place, value, beyond = contenders.at(where.outcome, where.theta)
            certain = (value > beyond) & (place < len(members)) & rest.take(place, mode="clip")
            head = place[certain]
            yield from members[head[np.argsort(-value[certain], kind="stable")]].tolist()
            rest[head] = False
        yield from descending(members[rest], self.keys(where)[rest])

    def value(self, item: int) -> float:
        """The value of one item where the order is fixed."""
        return 0.0 if self.name == "random" else self._paced(item, self.at_cut[item])

    def keys(self, where: Situation) -> FloatArray:
        """What the outcome's items are ordered by, (M,), more is better; sets share their mean."""
        keys = self._keys(where)
        for places in self.groups[where.outcome]:
            keys[places] = keys[places].mean()
        return keys if self.seconds is None else np.asarray(keys / self.seconds[self.members[where.outcome]])

    def _keys(self, where: Situation) -> FloatArray:
        table = self.tables[where.outcome]
        if self.name == "information":
            return table.information_at(where.theta)
        if self.name == "a_stratified":
            return criteria.stratified(table.stratum, table.location, where.theta, where.position, where.length)
        if self.name in ("progressive", "proportional"):
            uniform = where.draw.many(f"{where.label}:{where.outcome}", len(self.members[where.outcome]))
            pace = criteria.pace(where.position, where.length)
            found = table.information_at(where.theta)
            if self.name == "progressive":
                return criteria.progressive(found, uniform, pace)
            return criteria.proportional(found, uniform, where.length * pace)
        if self.name == "mlwi":
            return criteria.weighted_information(table.information, normalised(where.log_likelihood[where.outcome]))
        if self.name == "mutual_information":
            return criteria.mutual_information(table.p, self._states(where), table.basis)
        density = self._density(where)
        if self.name == "mpwi":
            return criteria.weighted_information(table.information, density)
        if self.name == "kl":
            return criteria.kullback_leibler(table.log_p, table.p_at(where.theta), density)
        return -criteria.expected_variance(table.p, density, self.model.nodes)

    def _states(self, where: Situation) -> FloatArray:
        """What the items may tell something about, as `criteria.states_given_theta` gives it."""
        if where.tied is not None:
            return criteria.states_given_theta(self.model, where.tied, where.outcome, where.wanted)
        own = self._density(where)
        own /= own.sum()
        return np.stack((own, own * self.model.above[where.outcome]))

    def _density(self, where: Situation) -> FloatArray:
        if where.tied is not None:
            return np.asarray(where.tied.density[where.outcome])
        return np.asarray(normalised(where.log_likelihood[where.outcome]) * self.model.prior[where.outcome])

    def _reported(self, where: Situation, keys: FloatArray, item: int) -> float:
        place = int(np.searchsorted(self.members[where.outcome], item))
        if self.name == "mepv":
            return -float(keys[place])
        if self.name in ("information", "proportional"):
            return self._information(where, item)
        return float(keys[place])

    def _information(self, where: Situation, item: int) -> float:
        return self._paced(item, float(information(self.parameters.take([item]), where.theta)[0]))

    def _paced(self, item: int, value: float) -> float:
        return value if self.seconds is None else value / float(self.seconds[item])


def descending(members: NDArray[np.intp], values: FloatArray) -> Iterator[int]:
    """Members by falling value, ties in pool order; the best few are sorted first, the rest only when asked for."""
    if len(values) > SHORT_LIST:
        bound = -float(np.partition(-values, SHORT_LIST)[SHORT_LIST])
        head = np.flatnonzero(values > bound)
        yield from members[head[np.argsort(-values[head], kind="stable")]].tolist()
        rest = np.flatnonzero(values <= bound)
        yield from members[rest[np.argsort(-values[rest], kind="stable")]].tolist()
    else:
        yield from members[np.argsort(-values, kind="stable")].tolist()


def _merged(lists: Iterable[tuple[int, ...]], rank: Sequence[int]) -> Iterator[int]:
    """Ranked lists as one ranked list; an item that stands in several comes once."""
    return map(itemgetter(0), groupby(heapq.merge(*lists, key=rank.__getitem__)))


def _places(items: Sequence[int], members: Sequence[NDArray[np.intp]], outcome_of: Sequence[int]) -> NDArray[np.intp]:
    return np.searchsorted(members[outcome_of[items[0]]], np.array(items)) if items else np.zeros(0, dtype=np.intp)


def _groups(members: NDArray[np.intp], sets: Iterable[list[int]]) -> tuple[NDArray[np.intp], ...]:
    held = set(members.tolist())
    return tuple(np.searchsorted(members, np.array(together)) for together in sets if together[0] in held)

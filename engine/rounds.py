"""Whole rounds of many sittings chosen by arrays: by information at the cut, one order for everybody, or at theta.

Rules:
- The same turns, draws and counts as in `step`, `Search.best` and `can_complete`, over N sittings at once. Where counts
  and drawn forms do not clear an item, `can_complete` itself is asked.
- What a sitting may not have now it may not have later, for its answers only grow: an item that leaves no form to
  complete need not be asked about again, and an outcome without an item stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.cat import Reason
from engine.compiled import CompiledTest
from engine.completion import can_complete
from engine.contenders import drawn
from engine.draws import UNIFORM_BITS, SeededDraw
from engine.exposure import Lottery
from engine.lotteries import Lotteries
from engine.parameters import FloatArray
from engine.posterior import normalised
from engine.progress import Progress, believe, unsettled
from engine.reserves import Reserves
from engine.stopping import FORCED_AT, GUARD_MET, GUARD_NOT_MET, Closed, Decision

NEAR = 64  # ranks looked at first; the best open items rarely stand beyond
WORDS_OF_64 = 4  # in a SHA-256 digest
VERDICTS: tuple[tuple[Decision, Closed], ...] = (
    ("met", "early"), ("not_met", "early"), ("met", "limit"), ("not_met", "limit"), ("undetermined", "limit"),
)  # fmt: skip
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Scored(Protocol):
    """Scores known beforehand: an array (N, J), or what answers to the same indexes."""

    def __getitem__(self, asked: tuple[Ints, Ints], /) -> Any:
        """The scores (n,) of sittings `who` on `items`, (n,) each."""


class Layout:
    """The test's lists as arrays: items of each outcome (K, M), -1 beyond the end; their criteria (K, M, C).

    Items stand by rank where it is the same for everybody, else in pool order; outcome and place (J,) say where each
    stands, blocks (K, M) of which lottery it is.
    """

    def __init__(self, test: CompiledTest) -> None:
        listed: Sequence[Sequence[int] | Ints] = test.ranking.by_outcome if test.ranking.fixed else test.ranking.members
        outcomes, width = len(test.outcomes), max((len(items) for items in listed), default=0)
        kinds = max((len(criteria) for criteria in test.criteria_of), default=0)
        self.items = np.full((outcomes, width), -1, dtype=np.int64)
        self.tags = np.zeros((outcomes, width, kinds), dtype=np.int64)
        self.least = np.zeros((outcomes, kinds), dtype=np.int64)
        for k, (items, criteria) in enumerate(zip(listed, test.criteria_of, strict=False)):
            mine = self.items[k, : len(items)]
            mine[:] = items
            self.tags[k, : len(mine), : len(criteria)] = test.pool.measures[mine][:, list(criteria)]
            self.least[k, : len(criteria)] = [test.criterion_least[c] for c in criteria]
        self.blocks = np.append(np.array(test.exposure.block_of), -1)[self.items]
        self.outcome, self.place = np.zeros((2, len(test.pool)), dtype=np.int64)
        outcome, place = np.nonzero(self.items >= 0)
        self.outcome[self.items[outcome, place]], self.place[self.items[outcome, place]] = outcome, place
        self.by_tag = np.ascontiguousarray(self.tags.transpose(0, 2, 1)).astype(np.float32)


class Rounds:
    """N sittings: what each has been presented, its counts and its beliefs, as arrays."""

    def __init__(self, test: CompiledTest, draws: Sequence[SeededDraw]) -> None:
        size, outcomes = len(draws), len(test.outcomes)
        self.test, self.layout = test, Layout(test)
        self.draws, self.prefixes = draws, [draw.secret + b"\x00randomesque:" for draw in draws]
        self.free = np.broadcast_to(self.layout.items >= 0, (size, *self.layout.items.shape)).copy()
        self.used = np.zeros((size, len(test.pool)), dtype=np.bool_)
        self.lotteries = Lotteries(test.exposure, len(test.pool), draws) if test.exposure.limited else None
        self.reserves: Reserves | None = None
        if test.limits or any(test.enemies[j] for j in test.blueprint.usable):
            drawn_forms = np.zeros(size, dtype=np.int64) if self.lotteries is None else self.lotteries.drawn
            self.reserves = Reserves(test, drawn_forms)
        self.refused = np.zeros_like(self.free)  # items known to leave no form to complete
        self.looked = np.zeros((size, outcomes), dtype=np.int64)  # how many ranks the lotteries are drawn for
        self.asked: dict[int, Lottery] = {}  # of sittings that a count could not clear
        start = believe(test, np.zeros((outcomes, test.rows.shape[1]), dtype=np.int64))
        self.log_likelihood = np.zeros((size, outcomes, test.rows.shape[1]), dtype=np.int64)
        self.own = np.tile(start.own, (size, 1))
        self.theta, self.error = np.tile(start.theta, (size, 1)), np.tile(start.standard_error, (size, 1))
        self.signal = np.tile(np.array(start.signal, dtype=np.int8), (size, 1))
        self.count = np.zeros((size, outcomes), dtype=np.int64)
        self.lacking = np.broadcast_to(self.layout.least, (size, *self.layout.least.shape)).copy()
        self.open = np.ones((size, outcomes), dtype=np.bool_)
        self.dry = np.zeros((size, outcomes), dtype=np.bool_)  # outcomes without an item that may be presented
        self.limit = np.zeros(size, dtype=np.bool_)
        self.reasons: list[Reason | None] = [None] * size
        self.rounds: list[tuple[Ints, Ints]] = []
        self._rules()

    def _rules(self) -> None:
        rules = self.test.rules
        self.met_at = np.array([rule.met_at for rule in rules])
        self.not_met_at = np.array([rule.not_met_at for rule in rules])
        if rules[0].evidence == "guarded":  # without loadings the joint posterior is the own one
            self.met_at = np.maximum(self.met_at, GUARD_MET)
            self.not_met_at = np.minimum(self.not_met_at, GUARD_NOT_MET)
        self.signalled = rules[0].signalled
        self.least, self.most = np.array(self.test.outcome_least), np.array(self.test.outcome_most)
        self.need, self.fits = self._need(self.lacking, self.count, np.arange(len(rules)))

    def play(self, answers: Scored) -> Rounds:
        """Go on until every sitting has ended."""
        active = np.arange(len(self.own))
        self._close(np.repeat(active, len(self.most)), np.tile(np.arange(len(self.most)), len(active)))
        position = 0
        while len(active):
            active = self._ending(active, position)
            if not len(active):
                break
            active, outcome, place = self._next(active, position)
            self._learn(active, outcome, place, answers)
            position += 1
        return self

    def presented(self) -> list[list[int]]:
        """The items of each sitting, in order."""
        if not self.rounds:
            return [[] for _ in self.reasons]
        who, items = (np.concatenate(column) for column in zip(*self.rounds, strict=True))
        ends = np.cumsum(np.bincount(who, minlength=len(self.reasons))).tolist()
        sorted_items = items[np.argsort(who, kind="stable")].tolist()
        return [sorted_items[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def _ending(self, active: Ints, position: int) -> Ints:
        """The sittings that go on; why the others end."""
        going = self.open[active].any(axis=1)
        for i in active[~going].tolist():
            self.reasons[i] = "maximum_length" if self.limit[i] else "stop_rule"
        active = active[going]
        if position >= self.test.most:
            for i in active.tolist():
                self.reasons[i] = "maximum_length"
            return active[:0]
        return active

    def _next(self, active: Ints, position: int) -> tuple[Ints, Ints, Ints]:
        """Sittings that have a next item, its outcome and its place there, (N,) each."""
        count = self.test.plan.selection.randomesque
        luck = self._uniform(active, position) if count > 1 else np.zeros(len(active))
        outcome, place = np.zeros((2, len(active)), dtype=np.int64)
        has, left, passed = np.ones(len(active), dtype=np.bool_), np.arange(len(active)), []
        while len(left):
            ends = (self.dry | ~self.open).take(active[left], axis=0).all(axis=1)
            if ends.any():
                has[left[ends]] = False
                self._run_out(active[left[ends]])
                left = left[~ends]
            who = active[left]
            turn = self._turn(who)
            chosen, found = self._choose(who, turn, luck[left])
            outcome[left], place[left] = turn, chosen
            self.dry[who[~found], turn[~found]] = True
            fits = found.copy()
            fits[found] = self._completes(who[found], turn[found], chosen[found], position)
            no = found & ~fits
            if no.any():  # the next best is drawn in its place, but the next item is drawn among all again
                passed.append((who[no], turn[no], chosen[no]))
                self.free[passed[-1]] = False
            left = left[~fits]
        for one in passed:
            self.free[one] = True
        return active[has], outcome[has], place[has]

    def _run_out(self, who: Ints) -> None:
        """Why sittings end whose open outcomes have no item left: has one of their items no room under the limits?"""
        left = self.free[who] & self.open[who, :, None]
        if self.reserves is not None:
            everything = np.broadcast_to(self.layout.items.reshape(-1), (len(who), self.layout.items.size))
            admissible = left.reshape(len(who), -1).copy()
            self.reserves.admit(who, everything, admissible)
            left &= ~admissible.reshape(left.shape)
        else:
            left[:] = False
        limited: Bools = np.logical_or.reduce(left.reshape(len(who), -1), axis=1)
        for i, has_no_room in zip(who.tolist(), limited.tolist(), strict=True):
            self.reasons[i] = "maximum_length" if has_no_room else "pool_exhausted"

    def _turn(self, active: Ints) -> Ints:
        """The open outcome with the fewest answers, among equals the one nearest to .5."""
        going = self.open.take(active, axis=0) & ~self.dry.take(active, axis=0)
        served = np.where(going, self.count.take(active, axis=0), np.iinfo(np.int64).max)
        fewest = served == served.min(axis=1, keepdims=True)
        return np.asarray(np.where(fewest, unsettled(self.own.take(active, axis=0)), np.inf).argmin(axis=1))

    def _choose(self, active: Ints, outcome: Ints, luck: FloatArray) -> tuple[Ints, Bools]:
        """Place of the item drawn from the best open ones, and whether there is any."""
        count, width = self.test.plan.selection.randomesque, self.free.shape[2]
        if not self.test.ranking.fixed:
            return self._choose_at_theta(active, outcome, luck)
        place, found = self._drawn(active, outcome, luck, NEAR)
        short = np.flatnonzero(found < count)
        if len(short) and width > NEAR:
            place[short], found[short] = self._drawn(active[short], outcome[short], luck[short], width)
        return place, found > 0

    def _drawn(self, active: Ints, outcome: Ints, luck: FloatArray, reach: int) -> tuple[Ints, Ints]:
        """Place of the item drawn from the best open ones among the first `reach`, and from how many, (N,) each."""
        if self.lotteries is not None:
            new = np.flatnonzero(self.looked[active, outcome] < reach)
            if len(new):
                self._draw_blocks(active[new], self.layout.blocks[outcome[new], :reach])
                self.looked[active[new], outcome[new]] = reach
        _, outcomes, width = self.free.shape
        free = self.free.reshape(-1, width).take(active * outcomes + outcome, axis=0)[:, :reach]
        if self.reserves is not None:
            self.reserves.admit(active, self.layout.items[outcome, :reach], free)
        unmet = self.lacking[active, outcome] > 0
        lacking = np.flatnonzero(unmet.any(axis=1))
        if len(lacking):
            tags = self.layout.by_tag[:, :, :reach][outcome[lacking]]
            free[lacking] &= np.matmul(unmet[lacking, None, :].astype(np.float32), tags)[:, 0] > 0
        nth = free.cumsum(axis=1, dtype=np.int32)
        found = np.minimum(nth[:, -1], self.test.plan.selection.randomesque)
        wanted = (luck * found).astype(np.int64) + 1
        return (nth == wanted[:, None]).argmax(axis=1), found

    def _choose_at_theta(self, active: Ints, outcome: Ints, luck: FloatArray) -> tuple[Ints, Bools]:
        """`_choose` by information at theta: from short lists, and from whole outcomes where lists leave it open."""
        count, ranking = self.test.plan.selection.randomesque, self.test.ranking
        theta = self.theta[active, outcome]
        place, found = np.zeros((2, len(active)), dtype=np.int64)
        left = np.arange(len(active))
        for contenders in ranking.contenders:
            places, values, beyond = contenders.at(outcome[left], theta[left])
            values[~self._admissible(active[left], outcome[left], places)] = -np.inf
            column, many, last = drawn(values, count, luck[left])
            sure = (last > beyond) | (beyond == -np.inf)
            place[left], found[left] = places[np.arange(len(left)), column], many
            left = left[~sure]
            if not len(left):
                return place, found > 0
        for k in np.unique(outcome[left]).tolist():
            mine = left[outcome[left] == k]
            values = ranking.tables[k].information_at(theta[mine])
            everything = np.broadcast_to(np.arange(values.shape[1]), values.shape)
            values[~self._admissible(active[mine], outcome[mine], everything)] = -np.inf
            place[mine], found[mine], _ = drawn(values, count, luck[mine])
        return place, found > 0

    def _admissible(self, active: Ints, outcome: Ints, places: Ints) -> Bools:
        """Which items at these places (N, R) are open, unused and, where criteria lack items, measure one of these."""
        self._draw_blocks(active, self.layout.blocks[outcome[:, None], places])
        _, outcomes, width = self.free.shape
        admissible = self.free.reshape(-1)[((active * outcomes + outcome) * width)[:, None] + places]
        if self.reserves is not None:
            self.reserves.admit(active, self.layout.items[outcome[:, None], places], admissible)
        unmet = self.lacking[active, outcome] > 0
        lacking = np.flatnonzero(unmet.any(axis=1))
        if len(lacking):
            tags = self.layout.tags[outcome[lacking, None], places[lacking]] > 0
            admissible[lacking] &= (tags & unmet[lacking, None, :]).any(axis=2)
        return np.asarray(admissible)

    def _draw_blocks(self, active: Ints, blocks: Ints) -> None:
        """Close what the lotteries of these blocks (N, R) close, where they have not been drawn yet."""
        if self.lotteries is not None:
            who, items = self.lotteries.closed_by(active, blocks)
            self.free[who, self.layout.outcome[items], self.layout.place[items]] = False

    def _uniform(self, active: Ints, position: int) -> FloatArray:
        """`SeededDraw.uniform("randomesque:<position>")` of each sitting."""
        label = str(position).encode()
        prefixes = self.prefixes
        digests = b"".join([sha256(prefixes[i] + label).digest() for i in active.tolist()])
        heads = np.frombuffer(digests, dtype=">u8")[::WORDS_OF_64]
        bits = heads.astype(np.uint64) >> np.uint64(64 - UNIFORM_BITS)
        return bits / float(1 << UNIFORM_BITS)

    def _completes(self, active: Ints, outcome: Ints, place: Ints, position: int) -> Bools:
        """Whether the item leaves a form to complete: by counts and the drawn forms, else by `can_complete`."""
        if not self.need[active].any():  # nothing lacks before the item, so nothing does after it
            return np.ones(len(active), dtype=np.bool_)
        after = self.lacking[active, outcome] - self.layout.tags[outcome, place]
        need, fits = self._need(after, self.count[active, outcome] + 1, outcome)
        here, elsewhere, needs = np.arange(len(active)), self.fits[active], self.need[active]
        elsewhere[here, outcome], needs[here, outcome] = fits, need
        sure = elsewhere.all(axis=1) & (position + 1 + needs.sum(axis=1) <= self.test.most)
        lacks = np.flatnonzero(needs.any(axis=1))
        if self.reserves is not None and len(lacks):
            lacking = self.lacking[active]
            lacking[here, outcome] = after
            alone = np.maximum(lacking, 0).sum(axis=2) == needs  # criteria account for all that is needed
            wanted = np.concatenate((lacking > 0, np.ones_like(alone)[:, :, None]), axis=2)
            wanted[:, :, :-1] &= alone[:, :, None]
            wanted[:, :, -1] = ~alone
            items = self.layout.items[outcome, place]
            sure[lacks] &= self.reserves.fill(active[lacks], items[lacks], wanted[lacks])
        refused = self.refused[active, outcome, place]
        for n in np.flatnonzero(~(sure | refused)).tolist():
            sure[n] = self._asks(int(active[n]), int(self.layout.items[outcome[n], place[n]]))
        self.refused[active, outcome, place] = ~sure
        return np.asarray(sure)

    def _asks(self, i: int, item: int) -> bool:
        """`can_complete` for one sitting."""
        if i not in self.asked:
            self.asked[i] = self.test.exposure.open_to(self.draws[i])
        return can_complete(self.test, Progress(self.test, np.flatnonzero(self.used[i]).tolist()), item, self.asked[i])

    def _need(self, lacking: Ints, count: Ints, outcome: Ints) -> tuple[Ints, Bools]:
        """How many items outcomes need that lack these (..., C) and have `count`; whether their maximums allow it."""
        need = np.maximum(np.maximum(lacking, 0).sum(axis=-1), np.maximum(self.least[outcome] - count, 0))
        return need, (need == 0) | (count + need <= self.most[outcome])

    def _learn(self, who: Ints, outcome: Ints, place: Ints, answers: Scored) -> None:
        test, items = self.test, self.layout.items[outcome, place]
        self.rounds.append((who, items))
        self.free[who, outcome, place] = False
        self.used[who, items] = True
        if self.reserves is not None:
            barred, enemies = self.reserves.use(who, items)
            self.free[barred, self.layout.outcome[enemies], self.layout.place[enemies]] = False
        lacking, count = self.lacking[who, outcome] - self.layout.tags[outcome, place], self.count[who, outcome] + 1
        self.lacking[who, outcome], self.count[who, outcome] = lacking, count
        self.need[who, outcome], self.fits[who, outcome] = self._need(lacking, count, outcome)
        cell, kept = who * len(self.most) + outcome, self.log_likelihood.reshape(-1, test.rows.shape[1])
        now = kept.take(cell, axis=0) + test.rows.take(test.levels * items + answers[who, items], axis=0)
        kept[cell] = now
        standing = test.model.own_of(outcome, now)
        self.own[who, outcome], self.theta[who, outcome] = standing.mastery, standing.theta
        self.error[who, outcome] = standing.standard_error
        if test.sequential is not None:
            density = normalised(now) * test.model.prior[outcome]
            self.signal[who, outcome] = test.sequential.signals(now, density, standing, outcome)
        self._close(who, outcome)

    def _close(self, who: Ints, outcome: Ints) -> None:
        """Close outcomes as `ClosingRule.close` does; of the rules only the bounds differ between outcomes."""
        passed, failed, _ = self._standing(who, outcome)
        early = passed | failed
        at_limit = ~early & (self.count[who, outcome] >= self.most[outcome])
        self.open[who, outcome] = ~(early | at_limit)
        self.limit[who[at_limit]] = True

    def _standing(self, who: Ints, outcome: Ints) -> tuple[Bools, Bools, Bools]:
        """Whether each outcome passes early, fails early, and has its minimums."""
        own = self.own[who, outcome]
        covered = self.need[who, outcome] == 0
        passed, failed = own >= self.met_at[outcome], own <= self.not_met_at[outcome]
        if self.signalled:
            passed, failed = passed & (self.signal[who, outcome] > 0), failed & (self.signal[who, outcome] < 0)
        return passed & covered, failed & covered, covered

    def verdicts(self) -> list[tuple[tuple[Decision, Closed], ...]]:
        """Decision and state of all outcomes when no more answers come, as `cat.verdicts` gives them."""
        who, outcome = (np.asarray(index, dtype=np.int64) for index in np.indices(self.own.shape))
        passed, failed, covered = self._standing(who, outcome)
        rules = self.test.rules
        forced = np.array([rule.at_limit == "forced" for rule in rules])
        met = self.own >= np.where(forced, FORCED_AT, [rule.limit_met_at for rule in rules])
        not_met = np.where(forced, ~met, self.own <= [rule.limit_not_met_at for rule in rules])
        kind = np.select([passed, failed, covered & met, covered & not_met], [0, 1, 2, 3], default=4)
        return [tuple([VERDICTS[one] for one in row]) for row in kind.tolist()]

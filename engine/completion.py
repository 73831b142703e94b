"""Whether a test can still be completed: the drawn form repaired by a quick count, by swaps, or by HiGHS.

Rules, cheapest first; the first that says yes is right, and only HiGHS says no:
- Count: the needs left fit into the places and the limits left, and no enemy of a used item stands in the drawn form:
  the form's own unused items fill every need. Where the test has item sets or a limit's least amount is not reached,
  counting says nothing.
- Swap: walk the drawn form, then all open items by rank, taking what covers an unmet need, keeps the limits and is no
  enemy; sets come whole.
- HiGHS: is there any form that holds the used items and this one, of items open to the sitting?
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.compiled import CompiledTest
from engine.exposure import Lottery
from engine.progress import Progress


def can_complete(test: CompiledTest, progress: Progress, item: int, lottery: Lottery) -> bool:
    """Whether a form that meets the plan is left after the item (or its whole set).

    True as well when the used items alone leave none, as long as the item keeps the test's own maximums.
    """
    if test.has_sets or test.limits:
        if not fits(test, progress, item):
            return False
        if test.has_sets or not _limits_are_left(test, progress, item, lottery.form):
            return _search_completes(test, progress, item, lottery)
    if _counts_fit(test, progress, item) and _form_is_free(test, progress, item, lottery.form):
        return True
    return _search_completes(test, progress, item, lottery)


def _search_completes(test: CompiledTest, progress: Progress, item: int, lottery: Lottery) -> bool:
    """By swaps, else by HiGHS."""
    used = progress.used.union(test.units[item])
    if _swaps_complete(test, used, lottery) or _form_exists(test, used, lottery):
        return True
    return not _form_exists(test, progress.used, lottery)


def fits(test: CompiledTest, progress: Progress, item: int) -> bool:
    """Whether the item, with its set, keeps every maximum and limit, and has no enemy in the test."""
    outcome, limits = test.outcome_of[item], test.limits
    if len(test.units[item]) == 1:
        return (
            progress.answered < test.most
            and progress.by_outcome[outcome] < test.outcome_most[outcome]
            and item not in progress.barred
            and limits.admit(progress.held, item)
        )
    added = [j for j in test.units[item] if j not in progress.used]
    return (
        progress.answered + len(added) <= test.most
        and progress.by_outcome[outcome] + len(added) <= test.outcome_most[outcome]
        and progress.barred.isdisjoint(added)
        and limits.room(progress.held, added)
    )


def _limits_are_left(test: CompiledTest, progress: Progress, item: int, form: frozenset[int]) -> bool:
    """Whether nothing lacks after the item, and the drawn form's unused items of outcomes not yet covered fit."""
    held = test.limits.with_items(progress.held, (item,))
    if test.limits.lacking(held):
        return False
    lacking = [not progress.covered(test, k) for k in range(len(test.outcomes))]
    return test.limits.room(
        held, (j for j in form if lacking[test.outcome_of[j]] and j not in progress.used and j != item)
    )


def _counts_fit(test: CompiledTest, progress: Progress, item: int) -> bool:
    """Whether the needs left after the item, each counted by itself, fit into every maximum."""
    total = progress.answered + 1
    chosen, covered = test.outcome_of[item], test.measured[item]
    least, reached = test.criterion_least, progress.by_criterion
    for k, answered in enumerate(progress.by_outcome):
        here = answered + 1 if k == chosen else answered
        need = 0
        for c in test.criteria_of[k]:
            if reached[c] < least[c]:
                need += least[c] - reached[c] - (c in covered)
        need = max(need, test.outcome_least[k] - here)
        if need > 0:
            if here + need > test.outcome_most[k]:
                return False
            total += need
    return total <= test.most


def _form_is_free(test: CompiledTest, progress: Progress, item: int, form: frozenset[int]) -> bool:
    """Whether no item of the drawn form is an enemy of a used item or of this one."""
    if progress.barred and not (form - progress.used).isdisjoint(progress.barred):
        return False
    enemies = test.enemies[item]
    return not enemies or (form - progress.used).isdisjoint(enemies)


def _swaps_complete(test: CompiledTest, used: set[int], lottery: Lottery) -> bool:
    """Whether the drawn form, and then open items by rank, fill every need in one walk."""
    walk = Progress(test, {j for item in used if test.outcome_of[item] >= 0 for j in test.units[item]})
    walk.barred |= _kept_away(test, used)
    _fill(test, walk, sorted(lottery.form), lottery)
    for k in range(len(test.outcomes)):
        if not walk.covered(test, k):
            _fill(test, walk, test.ranking.by_outcome[k], lottery)
    for ranked in test.ranking.by_outcome if test.limits.lacking(walk.held) else ():
        _fill(test, walk, ranked, lottery)
    return _complete(test, walk)


def _fill(test: CompiledTest, walk: Progress, candidates: Iterable[int], lottery: Lottery) -> None:
    careful, lacking = test.has_sets or bool(test.limits), test.limits.lacking(walk.held)
    for j in candidates:
        k = test.outcome_of[j]
        if j in walk.used or j in walk.barred or walk.by_outcome[k] >= test.outcome_most[k]:
            continue
        unmet = walk.unmet(test, k)
        short = walk.by_outcome[k] < test.outcome_least[k]
        helps = any(c in unmet for c in test.measured[j]) if unmet else short
        if not helps and lacking:
            helps = test.limits.serves(j, lacking)
        if helps and lottery.eligible(j) and (not careful or fits(test, walk, j)):
            walk.add(test, test.units[j])
            lacking = test.limits.lacking(walk.held)


def _complete(test: CompiledTest, walk: Progress) -> bool:
    within = all(n <= most for n, most in zip(walk.by_outcome, test.outcome_most, strict=True))
    covered = all(walk.covered(test, k) for k in range(len(test.outcomes)))
    kept = test.limits.room(walk.held, ()) and not test.limits.lacking(walk.held)
    return within and covered and kept and walk.answered <= test.most and walk.used.isdisjoint(walk.barred)


def _form_exists(test: CompiledTest, used: set[int], lottery: Lottery) -> bool:
    """HiGHS: whether some form holds the used items and otherwise only items open to the sitting."""
    scored = sorted(j for j in used if test.outcome_of[j] >= 0)
    away = _kept_away(test, used)
    closed = [j for j in test.blueprint.usable if j not in used and (j in away or not lottery.eligible(j))]
    return test.blueprint.form(np.ones(len(test.pool)), scored, closed) is not None


def _kept_away(test: CompiledTest, used: set[int]) -> set[int]:
    """Enemies of the pretest items among the used: the blueprint does not know those."""
    return {enemy for j in used if test.outcome_of[j] < 0 for enemy in test.enemies[j]} if test.pretest else set()

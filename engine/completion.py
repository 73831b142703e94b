"""Whether a test can still be completed: the drawn form repaired by a quick count, by swaps, or by HiGHS.

Rules, cheapest first; the first that says yes is right, and only HiGHS says no:
- Count: the needs left fit into the places left, and no enemy of a used item stands in the drawn form: the form's
  own unused items fill every need.
- Swap: walk the drawn form, then all open items by rank, taking what covers an unmet need and is no enemy.
- HiGHS: is there any form that holds the used items and this one, of items open to the sitting?
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.compiled import CompiledTest
from engine.exposure import Lottery
from engine.progress import Progress


def can_complete(test: CompiledTest, progress: Progress, item: int, lottery: Lottery) -> bool:
    """Whether a form that meets the plan is left after the item; True as well when the used items alone leave none."""
    if _counts_fit(test, progress, item) and _form_is_free(test, progress, item, lottery.form):
        return True
    used = progress.used | {item}
    if _swaps_complete(test, used, lottery) or _form_exists(test, used, lottery):
        return True
    return not _form_exists(test, progress.used, lottery)


def _counts_fit(test: CompiledTest, progress: Progress, item: int) -> bool:
    """Whether the needs left after the item, each counted by itself, fit into every maximum."""
    total = progress.answered + 1
    chosen, covered = test.outcome_of[item], test.measured[item]
    for k, answered in enumerate(progress.by_outcome):
        here = answered + (k == chosen)
        need = 0
        for c in test.criteria_of[k]:
            lacking = test.criterion_least[c] - progress.by_criterion[c]
            if lacking > 0:
                need += lacking - (c in covered)
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
    walk = Progress(test, used)
    _fill(test, walk, sorted(lottery.form), lottery)
    for k in range(len(test.outcomes)):
        if not walk.covered(test, k):
            _fill(test, walk, test.ranking.by_outcome[k], lottery)
    return _complete(test, walk)


def _fill(test: CompiledTest, walk: Progress, candidates: Iterable[int], lottery: Lottery) -> None:
    for j in candidates:
        k = test.outcome_of[j]
        if j in walk.used or j in walk.barred or walk.by_outcome[k] >= test.outcome_most[k]:
            continue
        unmet = walk.unmet(test, k)
        short = walk.by_outcome[k] < test.outcome_least[k]
        helps = any(c in unmet for c in test.measured[j]) if unmet else short
        if helps and lottery.eligible(j):
            walk.add(test, (j,))


def _complete(test: CompiledTest, walk: Progress) -> bool:
    within = all(n <= most for n, most in zip(walk.by_outcome, test.outcome_most, strict=True))
    covered = all(walk.covered(test, k) for k in range(len(test.outcomes)))
    return within and covered and walk.answered <= test.most and walk.used.isdisjoint(walk.barred)


def _form_exists(test: CompiledTest, used: set[int], lottery: Lottery) -> bool:
    """HiGHS: whether some form holds the used items and otherwise only items open to the sitting."""
    closed = [j for j in test.blueprint.usable if j not in used and not lottery.eligible(j)]
    return test.blueprint.form(np.ones(len(test.pool)), sorted(used), closed) is not None

"""Whether a test can still be completed: the drawn form repaired by a quick count, by swaps, or by HiGHS.

Rules, cheapest first; the first that says yes is right, and only HiGHS says no:
- Nothing lacks: the used items and this one are a form already (a set that has begun is whole before another item is
  looked for).
- Count: the needs left fit into the places and the limits left, and no unused item of the drawn form is barred where an
  outcome lacks items: the form's own unused items fill every need. With item sets, all that the form has left for
  those outcomes is taken. Where a limit's least amount is not reached, counting says nothing.
- Swap: walk the drawn form, then all open items by rank, taking what covers an unmet need, keeps the limits and is no
  enemy; sets come whole. Where there are limits and that fails, walk the open items that take least of them.
- HiGHS: is there any form that holds the used items and this one, of items open to the sitting?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from engine.compiled import CompiledTest
from engine.exposure import Lottery
from engine.progress import Progress


def can_complete(test: CompiledTest, progress: Progress, item: int, lottery: Lottery) -> bool:
    """Whether a form that meets the plan is left after the item (or its whole set).

    True as well when the used items alone leave none, as long as the item keeps the test's own maximums.
    """
    careful = test.has_sets or bool(test.limits)
    if careful and not fits(test, progress, item):
        return False
    lacking, form = _lacking(test, progress, item), lottery.form
    if lacking is None or (careful and not _limits_are_left(test, progress, item, lacking, form)):
        return _search_completes(test, progress, item, lottery)
    if not lacking or _form_serves(test, progress, item, lacking, form):
        return True
    return _search_completes(test, progress, item, lottery)


def _search_completes(test: CompiledTest, progress: Progress, item: int, lottery: Lottery) -> bool:
    """By swaps, else by HiGHS."""
    return _is_left(test, progress, test.units[item], lottery) or not _is_left(test, progress, (), lottery)


def _is_left(test: CompiledTest, progress: Progress, added: tuple[int, ...], lottery: Lottery) -> bool:
    """Whether some form holds the used items and these."""
    return _swaps_complete(test, progress, added, lottery) or _form_exists(test, progress.used.union(added), lottery)


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


def _lacking(test: CompiledTest, progress: Progress, item: int) -> dict[int, bool] | None:
    """The outcomes that lack items after this one, or its set, and whether only their criteria do.

    None where their needs, counted, break a maximum.
    """
    unit = test.units[item]
    total, chosen = progress.answered + len(unit), test.outcome_of[item]
    short, found = progress.short, {}
    for k, (answered, least) in enumerate(zip(progress.by_outcome, test.outcome_least, strict=True)):
        need = short[k]
        if k == chosen:
            need = _short_after(test, progress, unit, need)
            answered += len(unit)
        of_criteria = need
        if answered + need < least:
            need = least - answered
        if need:
            if answered + need > test.outcome_most[k]:
                return None
            total += need
            found[k] = need == of_criteria
    return found if total <= test.most else None


def _short_after(test: CompiledTest, progress: Progress, unit: tuple[int, ...], short: int) -> int:
    """What the criteria of the items' outcome lack, added up, after these items."""
    if not short:
        return 0
    reached, least = progress.by_criterion, test.criterion_least
    if len(unit) == 1:
        return short - sum([reached[c] < least[c] for c in test.measured[unit[0]]])
    added = Counter(c for j in unit for c in test.measured[j])
    return short - sum(min(n, max(least[c] - reached[c], 0)) for c, n in added.items())


def _wanted(
    test: CompiledTest, progress: Progress, item: int, lacking: dict[int, bool], form: frozenset[int]
) -> list[int]:
    """The drawn form's unused items that may be needed after the item, or its set; with sets all of those outcomes."""
    unit, used, outcome_of = test.units[item], progress.used, test.outcome_of
    rest = [j for j in form if outcome_of[j] in lacking and j not in used and j not in unit]
    if test.has_sets:
        return rest
    return [j for j in rest if not lacking[outcome_of[j]] or progress.serves(test, j)]


def _limits_are_left(
    test: CompiledTest, progress: Progress, item: int, lacking: dict[int, bool], form: frozenset[int]
) -> bool:
    """Whether no limit lacks anything after the item, and what the drawn form has for the rest fits too."""
    held = test.limits.with_items(progress.held, test.units[item])
    if test.limits.lacking(held):
        return False
    return not lacking or test.limits.room(held, _wanted(test, progress, item, lacking, form))


def _form_serves(
    test: CompiledTest, progress: Progress, item: int, lacking: dict[int, bool], form: frozenset[int]
) -> bool:
    """Whether what the drawn form has for the rest is no enemy of a used item or this one; sets also keep maximums."""
    unit, barred = test.units[item], progress.barred
    enemies = test.enemies[item] if len(unit) == 1 else [enemy for j in unit for enemy in test.enemies[j]]
    if not test.has_sets and not enemies and form.isdisjoint(barred):
        return True
    wanted = _wanted(test, progress, item, lacking, form)
    if not barred.isdisjoint(wanted) or (enemies and not set(enemies).isdisjoint(wanted)):
        return False
    if not test.has_sets:
        return True
    added, outcome_of = [*unit, *wanted], test.outcome_of
    more = Counter([outcome_of[j] for j in added])
    within = all(progress.by_outcome[k] + n <= test.outcome_most[k] for k, n in more.items())
    return within and progress.answered + len(added) <= test.most


def _swaps_complete(test: CompiledTest, progress: Progress, added: tuple[int, ...], lottery: Lottery) -> bool:
    """Whether the drawn form, and then open items by rank, fill every need in one walk, or the lightest items do."""
    start = progress.scored(test)
    whole = [j for item in start.used for j in test.units[item]] if test.has_sets else []
    start.add(test, {*added, *whole} - start.used)
    walk = start.scored(test) if test.limits else start
    _fill(test, walk, sorted(lottery.form), lottery)
    _fill_outcomes(test, walk, test.ranking.by_outcome, lottery)
    for ranked in test.ranking.by_outcome if test.limits.lacking(walk.held) else ():
        _fill(test, walk, ranked, lottery)
    if _complete(test, walk) or not test.limits:
        return _complete(test, walk)
    for _ in range(2):  # what the criteria lack, then what the outcomes lack besides
        _fill_outcomes(test, start, test.lightest, lottery)
    return _complete(test, start)


def _fill_outcomes(test: CompiledTest, walk: Progress, listed: Sequence[Sequence[int]], lottery: Lottery) -> None:
    for k in range(len(test.outcomes)):
        if not walk.covered(test, k):
            _fill(test, walk, listed[k], lottery, k)


def _fill(
    test: CompiledTest, walk: Progress, candidates: Iterable[int], lottery: Lottery, only: int | None = None
) -> None:
    """Take what helps; with `only`, the candidates are of one outcome, and it ends once that has what it needs."""
    careful, lacking = test.has_sets or bool(test.limits), test.limits.lacking(walk.held)
    for j in candidates:
        k = test.outcome_of[j]
        if j in walk.used or j in walk.barred or walk.by_outcome[k] >= test.outcome_most[k]:
            continue
        helps = walk.serves(test, j) or (bool(lacking) and test.limits.serves(j, lacking))
        if helps and lottery.eligible(j) and (not careful or fits(test, walk, j)):
            walk.add(test, test.units[j])
            lacking = test.limits.lacking(walk.held)
            if only is not None and not lacking and walk.covered(test, only):
                return


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

"""The cuts of a plan in words: where each lies on theta, and how it was set."""

from __future__ import annotations

from collections.abc import Sequence

from engine.plan import OutcomePlan
from results.phrasing import Manner


def cut_lines(outcomes: Sequence[OutcomePlan], manner: Manner) -> tuple[str, ...]:
    """A sentence for each different cut and basis, with the outcomes that share them.

    The basis stands as the institution wrote it; where the plan has none, that is said.
    """
    shared: dict[tuple[float, str | None], list[str]] = {}
    for one in outcomes:
        shared.setdefault((one.cut, one.cut_basis), []).append(one.outcome)
    say, found = manner.say, []
    for (cut, basis), names in shared.items():
        told = say("no basis given") if basis is None else basis.rstrip(". ")
        found.append(
            say(
                "Cut at theta {cut} ({outcomes}): {basis}.",
                cut=manner.number(cut),
                outcomes=", ".join(names),
                basis=told,
            )
        )
    return tuple(found)

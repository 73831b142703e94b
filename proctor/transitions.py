"""Every legal (lifecycle, event) pair and the lifecycle it leads to; what is not here cannot happen.

`python -m proctor.transitions` prints the table of docs/sitting.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from proctor import events as e
from proctor.state import CLOSED, Lifecycle

L = Lifecycle
BEFORE = (L.REGISTERED, L.CHECKED_IN, L.AWAITING, L.AUTHORISED)
AT_STATION = (L.CHECKED_IN, L.AWAITING, L.AUTHORISED)
UNDER_WAY = (L.RUNNING, L.SUSPENDED)
OPEN = (*BEFORE, *UNDER_WAY)
ENDED = tuple(one for one in Lifecycle if one in CLOSED)


def _staying(where: Iterable[Lifecycle], *kinds: type[e.Event]) -> dict[tuple[Lifecycle, type[e.Event]], Lifecycle]:
    return {(one, kind): one for one in where for kind in kinds}


def _leading(
    where: Iterable[Lifecycle], kind: type[e.Event], to: Lifecycle
) -> dict[tuple[Lifecycle, type[e.Event]], Lifecycle]:
    return {(one, kind): to for one in where}


TRANSITIONS: dict[tuple[Lifecycle, type[e.Event]], Lifecycle] = {
    (L.UNREGISTERED, e.SittingRegistered): L.REGISTERED,
    (L.REGISTERED, e.CheckedIn): L.CHECKED_IN,
    (L.CHECKED_IN, e.IdentityConfirmed): L.AWAITING,
    (L.AWAITING, e.Authorised): L.AUTHORISED,
    (L.AUTHORISED, e.AuthorisationExpired): L.AWAITING,
    (L.AUTHORISED, e.SittingStarted): L.RUNNING,
    (L.SUSPENDED, e.Resumed): L.RUNNING,
    **_leading(UNDER_WAY, e.ConnectionLost, L.SUSPENDED),
    **_leading(UNDER_WAY, e.HoldPlaced, L.SUSPENDED),
    **_leading(UNDER_WAY, e.SittingSubmitted, L.SUBMITTED),
    **_leading([L.RUNNING], e.SittingTimedOut, L.TIMED_OUT),
    **_leading([L.AUTHORISED, *UNDER_WAY], e.SittingTerminated, L.TERMINATED),
    **_leading([L.SUBMITTED, L.TIMED_OUT, L.TERMINATED], e.SittingReopened, L.SUSPENDED),
    **_leading(BEFORE, e.SittingCancelled, L.CANCELLED),
    **_staying(OPEN, e.SeatCodeIssued, e.TimeGranted),
    **_staying([*AT_STATION, *UNDER_WAY], e.LeaseGranted, e.BrowserChecked, e.HandRaised, e.HandLowered),
    **_staying([*AT_STATION, *UNDER_WAY], e.MessageSent, e.MessageShown, e.MessageRead),
    **_staying([L.RUNNING], e.ItemPresented),
    **_staying(UNDER_WAY, e.AnswerRecorded, e.SignalNoted),
    **_staying([L.SUSPENDED], e.ConnectionRestored, e.HoldLifted, e.TimeCharged),
    **_staying([L.AUTHORISED, *UNDER_WAY], e.OutcomeDecided),
    **_staying([*AT_STATION, *UNDER_WAY, *ENDED], e.AnswerQuarantined),
    **_staying([*OPEN, *ENDED], e.IncidentDrafted, e.IncidentClosed, e.AttentionAcknowledged),
}


def render() -> str:
    """The table as Markdown: one line per event, the lifecycles it may come in, and where it leads."""
    lines = ["| event | may come while | leads to |", "|---|---|---|"]
    for kind in e.EVENTS:
        targets: dict[str, list[str]] = {}
        for (source, event), target in TRANSITIONS.items():
            if event is kind:
                targets.setdefault("stays" if target is source else target, []).append(source)
        lines += [f"| {kind.__name__} | {', '.join(sources)} | {to} |" for to, sources in targets.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":  # pragma: no cover
    print(render(), end="")

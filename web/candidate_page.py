"""The candidate's view: proctor's view of the sitting, the item's face and the person's own data put together.

Rules:
- only the holder of the lease (or, once it is over, a device that held it) gets a view with anything in it;
- the item's face is made from shown ids alone; nothing else of the item leaves this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itembank.interactions import Arrangement, face
from itembank.items import Item
from proctor import candidate_view
from proctor.candidate_view import View, receipt_code
from proctor.commands import Tenure
from proctor.ids import Commitment
from proctor.lease import held_by
from proctor.state import Presented, SittingState
from web.exams import Content
from web.messages import (
    BriefingView,
    CandidateView,
    Choice,
    ClockView,
    CoverView,
    ItemView,
    MessageView,
    PersonView,
    PlayerSettings,
    ProgressView,
    ReceiptView,
)
from web.sqlpersons import Person


def entitled(state: SittingState, tenure: Tenure) -> bool:
    """Whether this device and tab may see the sitting: the lease holder, or any former device once it is over."""
    return held_by(state, tenure) or (state.closed and tenure.device in state.known_devices)


def compose(
    state: SittingState,
    now: int,
    content: Content,
    person: Person | None,
    closing_head: str | None,
    texts: Mapping[Commitment, str],
) -> CandidateView:
    """The whole view for the lease holder.

    `closing_head`: the chain's head at the close, None while it is open; `texts`: free words by their commitment.
    """
    seen = candidate_view.view(state, now, content.exam)
    return CandidateView(
        **_frame(seen.state_version, seen.phase, now, content),
        person=None if person is None else _person(state, person),
        briefing=_briefing(seen),
        clock=_clock(seen),
        progress=_progress(seen),
        item=_item(seen, state.presented, content),
        cover=None if seen.cover is None else CoverView(reasons=seen.cover.reasons, since=seen.cover.since),  # type: ignore[arg-type]
        receipt=_receipt(seen, closing_head),
        hand=seen.hand,  # type: ignore[arg-type]
        messages=_messages(seen, texts),
        saved_at=seen.saved_at,
    )


def outside(state: SittingState, now: int, content: Content) -> CandidateView:
    """What somebody without the lease gets: before check-in the way to the operator, else a cover, never an item."""
    if candidate_view.phase(state) == "see_operator":
        return CandidateView(**_frame(state.version, "see_operator", now, content))
    cover = CoverView(reasons=("transfer",), since=state.last_at)
    return CandidateView(**_frame(state.version, "covered", now, content), cover=cover)


def _frame(version: int, phase: str, now: int, content: Content) -> dict[str, Any]:
    delivery = content.exam.delivery
    return {
        "state_version": version,
        "phase": phase,
        "title": content.title,
        "server_ms": now,
        "settings": PlayerSettings(heartbeat_ms=delivery.heartbeat_ms, cover_after_ms=delivery.cover_after_ms),
    }


def _person(state: SittingState, person: Person) -> PersonView:
    return PersonView(name=person.name, reference=person.reference, seat=state.seat, station=state.station)


def _briefing(seen: View) -> BriefingView | None:
    if seen.briefing is None:
        return None
    minutes = -(-seen.briefing.allowed_ms // 60_000)
    return BriefingView(minutes=minutes, maximum=seen.briefing.maximum, areas_total=seen.briefing.areas_total)


def _clock(seen: View) -> ClockView | None:
    if seen.clock is None:
        return None
    return ClockView(remaining_ms=seen.clock.remaining_ms, allowed_ms=seen.clock.allowed_ms, running=seen.clock.running)


def _progress(seen: View) -> ProgressView | None:
    if seen.progress is None:
        return None
    shown = seen.progress.areas_done is not None  # a plan that hides the areas sends 0 of 0
    return ProgressView(
        number=seen.progress.number,
        maximum=seen.progress.maximum,
        areas_done=seen.progress.areas_done or 0,
        areas_total=seen.progress.areas_total if shown else 0,
    )


def _item(seen: View, presented: Presented | None, content: Content) -> ItemView | None:
    if seen.shown is None or presented is None:
        return None
    item: Item = content.items[presented.item]
    side = face(item, Arrangement(choices=presented.choices, targets=presented.targets))
    return ItemView(
        attempt=seen.shown.attempt,
        number=seen.shown.number,
        interaction=side.interaction,
        language=side.language,
        stem=side.stem,
        exhibit=side.exhibit,
        choices=tuple(Choice(id=shown, text=text) for shown, text in side.choices),
        targets=tuple(Choice(id=shown, text=text) for shown, text in side.targets),
        unit=side.unit or None,
    )


def _messages(seen: View, texts: Mapping[Commitment, str]) -> tuple[MessageView, ...]:
    return tuple(
        MessageView(
            message=one.message,
            template=one.template,  # type: ignore[arg-type]
            text=None if one.text is None else texts.get(one.text),
            sent_at=one.sent_at,
            shown=one.shown_at is not None,
        )
        for one in seen.messages
    )


def _receipt(seen: View, closing_head: str | None) -> ReceiptView | None:
    if seen.receipt is None or closing_head is None:
        return None
    return ReceiptView(
        code=receipt_code(closing_head),
        chain_head=closing_head,
        answered=seen.receipt.answered,
        ended_at=seen.receipt.ended_at,
        reason=seen.receipt.reason,  # type: ignore[arg-type]
        result_available=True,
    )

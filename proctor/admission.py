"""From the booking to the first item: check-in, seat code and lease, browser check, identity, authorisation, start.

Rules:
- before check-in a seat code opens nothing: the candidate is sent to the operator;
- a new seat code fences the lease; a test under way then stands (hold ``transfer``) until the new lease is taken;
- the identity is confirmed after the browser check ran; whether a failed check matters is the operator's decision;
- an authorisation lapses after `authorisation_ms`; who comes later waits for the operator again.
"""

from __future__ import annotations

from proctor import conduct, permitted
from proctor.clock import running_charge_ms
from proctor.commands import (
    Authorise,
    Cancel,
    CheckIn,
    ConfirmIdentity,
    ExpireAuthorisation,
    IssueSeatCode,
    OpenLease,
    Register,
    ReportBrowser,
    Start,
)  # fmt: skip
from proctor.drafting import Draft
from proctor.errors import Refused, refuse
from proctor.events import (
    AuthorisationExpired,
    Authorised,
    BrowserChecked,
    CheckedIn,
    HoldLifted,
    HoldPlaced,
    IdentityConfirmed,
    LeaseGranted,
    SeatCodeIssued,
    SittingCancelled,
    SittingRegistered,
    SittingStarted,
)  # fmt: skip
from proctor.lease import epoch_for, require
from proctor.state import Hold, Lifecycle


def register(draft: Draft, command: Register) -> None:
    """Book a candidate on a seat, once."""
    if draft.state.lifecycle is not Lifecycle.UNREGISTERED:
        raise Refused("already_registered")
    draft.add(
        SittingRegistered(
            **draft.by_sender(), sitting=command.sitting, exam_session=command.exam_session,
            candidate=command.candidate, seat=command.seat, plan_digest=command.plan_digest,
            pool_digest=command.pool_digest, secret_commitment=command.secret_commitment, allowed_ms=command.allowed_ms,
        )
    )  # fmt: skip


def cancel(draft: Draft, command: Cancel) -> None:
    """Take the booking back."""
    refuse(permitted.cancel(draft.state))
    refuse(None if command.reason in ("cancelled", "no_show") else "reason_missing")
    draft.add(SittingCancelled(**draft.by_sender(), reason=command.reason))


def check_in(draft: Draft, command: CheckIn) -> None:
    """The operator has verified who it is."""
    refuse(permitted.check_in(draft.state))
    draft.add(
        CheckedIn(
            **draft.by_sender(), document_kind=command.document_kind, document=command.document, station=command.station
        )
    )  # fmt: skip


def issue_seat_code(draft: Draft, command: IssueSeatCode) -> None:
    """Fence the lease; the code itself is made and kept (as a digest) beside the log."""
    state = draft.state
    refuse(permitted.still_open(state))
    draft.add(SeatCodeIssued(**draft.by_sender(), epoch=state.epoch + 1, reason=command.reason))
    if state.begun and Hold.TRANSFER not in state.holds:
        charged = running_charge_ms(state, draft.now)
        draft.add(
            HoldPlaced(
                **draft.by_sender(), hold=Hold.TRANSFER.value, reason=command.reason, note=None, charged_ms=charged
            )
        )  # fmt: skip


def open_lease(draft: Draft, command: OpenLease) -> None:
    """Give the lease to this device and tab; on a closed sitting its last device may look, and nothing is written."""
    state = draft.state
    if state.closed:
        refuse(None if command.code_epoch is None and command.device in state.known_devices else "closed")
        return
    refuse("see_operator" if state.lifecycle is Lifecycle.REGISTERED else None)
    epoch = epoch_for(state, command, draft.now, draft.context.exam.delivery)
    draft.add(LeaseGranted(**draft.by_sender(), epoch=epoch, device=command.device, tab=command.tab))
    if Hold.TRANSFER in state.holds:
        draft.add(HoldLifted(**draft.by_sender(), hold=Hold.TRANSFER.value, reason="new_lease", note=None))
        conduct.resume_if_free(draft)


def report_browser(draft: Draft, command: ReportBrowser) -> None:
    """Keep what the browser check found."""
    refuse(permitted.still_open(draft.state))
    require(draft.state, command.tenure)
    draft.add(BrowserChecked(**draft.by_sender(), failed=command.failed, browser=command.browser))


def confirm_identity(draft: Draft, command: ConfirmIdentity) -> None:
    """The candidate says: that is me, and waits for the operator."""
    require(draft.state, command.tenure)
    refuse("wrong_phase" if draft.state.lifecycle is not Lifecycle.CHECKED_IN else None)
    refuse("browser_check_missing" if draft.state.check_failed is None else None)
    draft.add(IdentityConfirmed(**draft.by_sender()))


def authorise(draft: Draft, command: Authorise) -> None:
    """Let the candidate begin, for a while."""
    refuse(permitted.authorise(draft.state))
    expires = draft.now + draft.context.exam.delivery.authorisation_ms
    draft.add(Authorised(**draft.by_sender(), expires_ms=expires))


def expire_authorisation(draft: Draft, command: ExpireAuthorisation) -> None:
    """Take an authorisation back that lapsed; nothing if it did not."""
    if _lapsed(draft):
        draft.add(AuthorisationExpired(**draft.by_server()))


def start(draft: Draft, command: Start) -> None:
    """Begin, with the first item in the same append; a lapsed authorisation sends the candidate back to waiting."""
    require(draft.state, command.tenure)
    refuse("wrong_phase" if draft.state.lifecycle is not Lifecycle.AUTHORISED else None)
    if _lapsed(draft):
        draft.add(AuthorisationExpired(**draft.by_server()))
        return
    draft.add(SittingStarted(**draft.by_sender()))
    conduct.advance(draft)


def _lapsed(draft: Draft) -> bool:
    expires = draft.state.expires_ms
    return draft.state.lifecycle is Lifecycle.AUTHORISED and expires is not None and draft.now > expires

"""What the exam office does: accounts, exam sessions, operators, candidates, opening and closing; plain functions.

Rules:
- plan, pool, items and the version of the allocation are frozen when the exam session is created; later changes of
  the bank do not touch it;
- an electronic exam session opens only with an operator assigned, and never without a signed allocation;
- every function either does all it says or raises and has done nothing that matters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_bytes, token_hex
from typing import Any

import engine
from engine import ItemPool, Plan, PlanError
from itembank import allocations, lifecycle, pools, provisional
from itembank.allocations import AllocationDecision
from itembank.errors import Refused as BankRefused
from proctor.commands import Cancel, IssueSeatCode, Register
from proctor.delivery import Delivery
from proctor.errors import Refused
from proctor.ids import SERVER, CandidateId, CommandId, ExamSessionId, SittingId, staff
from proctor.sqlsessions import CLOSED, OPEN, PLANNED, ExamSession, SittingEntry
from proctor.state import BEGUN, Lifecycle
from web.auth import hash_password
from web.errors import Problem
from web.orders import new_seat_code
from web.roles import Role
from web.scope import CHIEF, OPERATING
from web.sqlaccounts import Account
from web.sqlbooking import book
from web.sqlpersons import Person
from web.ticking import write_checkpoint
from web.wiring import Wiring

DEFAULT_SECONDS = 90 * 60
"""Time of an exam whose plan names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A candidate who was booked, and the only copy of the seat code."""

    sitting: SittingId
    candidate: CandidateId
    seat_code: str


def create_account(
    wiring: Wiring, *, login: str, name: str, password: str, roles: Iterable[Role], language: str = "en"
) -> Account:
    """A new member of staff. Problem: ``login_taken``, ``weak_password``."""
    account = Account(id=token_hex(8), login=login, name=name, language=language, roles=frozenset(roles))
    wiring.accounts.add(account, hash_password(password), wiring.now())
    return account


def sign_allocation(
    wiring: Wiring, standard: str, parts: Mapping[str, tuple[str, ...]], *, basis: str, by: str
) -> AllocationDecision:
    """Put the next version of a standard's allocation into force, signed by account `by`.

    itembank's Refused: what is wrong with it.
    """
    tree = wiring.bank.standard(standard)
    try:
        version = wiring.bank.allocation(standard).version + 1
    except BankRefused:
        version = 1
    decision = allocations.sign(tree, parts, version=version, basis=basis, by=by, at=wiring.now())
    wiring.bank.sign_allocation(decision)
    return decision


def create_exam_session(
    wiring: Wiring,
    *,
    standard: str,
    title: str,
    language: str,
    room: str,
    starts_at: int,
    plan: Mapping[str, Any],
    delivery: Delivery | None = None,
) -> ExamSessionId:
    """Plan an exam session: its pool is drawn from the bank and frozen with the plan.

    Problem: ``allocation_unsigned``, ``plan_impossible`` naming what conflicts; itembank's Refused: ``empty_pool``.
    """
    try:
        allocation = wiring.bank.allocation(standard)
    except BankRefused as error:
        if error.code == "allocation_unsigned":
            raise Problem("allocation_unsigned") from None
        raise
    day = datetime.fromtimestamp(starts_at / 1000, UTC).date()
    drawn = pools.drawable(wiring.bank.items(standard), allocation, language=language, day=day)
    rows = pools.rows(drawn.items, allocation, provisional.parameters_of(drawn.items))
    try:
        parsed = Plan.parse(plan)
        engine.compile(ItemPool.build(rows), parsed)
    except PlanError as error:
        raise Problem("plan_impossible", place=str(error)) from None
    exam_session = ExamSessionId(token_hex(8))
    pool_ref = wiring.pools.put(standard, rows, drawn.items, wiring.now())
    wiring.sessions.add(
        ExamSession(
            id=exam_session,
            standard=standard,
            title=title,
            language=language,
            room=room,
            starts_at=starts_at,
            plan_json=json.dumps(parsed.as_json(), sort_keys=True),
            delivery=delivery or Delivery(),
            pool_ref=pool_ref,
            allocation=allocation.version,
        )
    )
    wiring.bank.mark_used(exam_session, [item.version_id for item in drawn.items], wiring.now())
    return exam_session


def assign(wiring: Wiring, exam_session: ExamSessionId, account: str, capacity: str) -> None:
    """Let an account work in an exam session as `capacity`; the account must have that role."""
    found = wiring.accounts.get(account)
    needed = Role.CHIEF_OPERATOR if capacity == CHIEF else Role(capacity)
    if found is None or needed not in found.roles:
        raise Problem("not_allowed")
    wiring.sessions.assign(exam_session, account, capacity)


def register_candidate(
    wiring: Wiring, exam_session: ExamSessionId, *, name: str, reference: str, seat: str, by: str | None = None
) -> Registered:
    """Book a person on a seat and make the first seat code. Problem: ``seat_taken``, ``not_found``, ``not_open``."""
    session = _session(wiring, exam_session)
    if session.status == CLOSED:
        raise Problem("not_open")
    content = wiring.exams.of(exam_session)
    sitting, candidate, secret = SittingId(token_hex(12)), CandidateId(token_hex(8)), token_bytes(32)
    entry = SittingEntry(id=sitting, exam_session=exam_session, candidate=candidate, seat=seat)
    book(wiring.sessions, entry, secret)
    wiring.persons.add(candidate, Person(name=name, reference=reference), wiring.now())
    actor = SERVER if by is None else staff(by)
    plan = content.exam.plan.plan
    register = Register(
        command_id=CommandId(f"register:{sitting}"),
        actor=actor,
        sitting=sitting,
        exam_session=exam_session,
        candidate=candidate,
        seat=seat,
        plan_digest=plan.digest,
        pool_digest=content.exam.plan.pool.digest,
        secret_commitment=hashlib.sha256(secret).hexdigest(),
        allowed_ms=1000 * (plan.seconds or DEFAULT_SECONDS),
    )
    issue = IssueSeatCode(command_id=CommandId(f"first-code:{sitting}"), actor=actor, reason="registration")
    for command in (register, issue):
        handled = wiring.desk.handle(sitting, command)
        if handled.refused is not None:
            raise Refused(handled.refused)
    return Registered(sitting=sitting, candidate=candidate, seat_code=new_seat_code(wiring, sitting, 1))


def fresh_seat_code(wiring: Wiring, sitting: SittingId) -> str | None:
    """A new code for a sitting nobody has opened yet (printing the slips again); None once a browser opened it."""
    state = wiring.desk.state(sitting)
    if state.lease is not None or state.closed or state.epoch == 0:
        return None
    return new_seat_code(wiring, sitting, state.epoch)


def cancel_booking(wiring: Wiring, exam_session: ExamSessionId, sitting: SittingId, *, by: str) -> None:
    """Take a booking back before its test began. Problem: ``not_open`` in a closed exam session, ``wrong_phase``."""
    if _session(wiring, exam_session).status == CLOSED:
        raise Problem("not_open")
    command = Cancel(command_id=CommandId(f"cancel:{sitting}"), actor=staff(by), reason="cancelled")
    refusal = wiring.desk.handle(sitting, command).refused
    if refusal is not None:
        raise Problem(refusal)


def open_exam_session(wiring: Wiring, exam_session: ExamSessionId) -> None:
    """Let the exam session begin. Problem: ``no_operator`` when nobody is assigned to supervise it."""
    _session(wiring, exam_session)
    if not any(capacity in OPERATING for _, capacity in wiring.sessions.assigned(exam_session)):
        raise Problem("no_operator")
    wiring.sessions.set_status(exam_session, OPEN)


def close_exam_session(wiring: Wiring, exam_session: ExamSessionId, by: str | None = None) -> None:
    """End the exam session: who never came is a no-show, and its heads are signed.

    Problem ``still_running`` when a test is under way.
    """
    session = _session(wiring, exam_session)
    if session.status == PLANNED:
        raise Problem("not_open")
    _, states = wiring.desk.states(exam_session)
    if any(state.lifecycle in BEGUN for state in states.values()):
        raise Problem("still_running")
    actor = SERVER if by is None else staff(by)
    for sitting, state in states.items():
        if not state.closed and state.lifecycle is not Lifecycle.UNREGISTERED:
            cancel = Cancel(command_id=CommandId(f"no-show:{sitting}"), actor=actor, reason="no_show")
            wiring.desk.handle(sitting, cancel)
    write_checkpoint(wiring, exam_session, wiring.now())
    wiring.sessions.set_status(exam_session, CLOSED)


def erase_person(wiring: Wiring, candidate: str) -> bool:
    """Delete a person's key: name, notes and document digits are gone, log and statistics stay."""
    erased = wiring.persons.erase(candidate)
    wiring.names.forget(candidate)
    return erased


def release_items(wiring: Wiring, standard: str, *, reviewer: str, releaser: str) -> int:
    """Review and release every item of a standard whose newest version is a draft; returns how many.

    For institutions' first import and the demo. itembank's Refused: ``incomplete`` (nothing is released then).
    """
    newest = {one.item.id: one for one in wiring.bank.items(standard)}
    ids = [one.item.version_id for one in newest.values() if one.state is lifecycle.State.DRAFT]
    wiring.bank.move(ids, lifecycle.State.REVIEWED, reviewer, wiring.now())
    wiring.bank.move(ids, lifecycle.State.RELEASED, releaser, wiring.now())
    return len(ids)


def _session(wiring: Wiring, exam_session: ExamSessionId) -> ExamSession:
    found = wiring.sessions.get(exam_session)
    if found is None:
        raise Problem("not_found")
    return found

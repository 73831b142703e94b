"""The demo's exam centre: its keys, accounts, standard, bank and exam session, made once and kept for the next run."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from itembank import blueprints, content, institution
from itembank.exchange import jsonl
from itembank.standards import zsk
from proctor import delivery
from proctor.ids import SittingId
from web import administration, schema
from web.language import mark, within
from web.roles import Role
from web.settings import Settings
from web.wiring import Wiring, wire

STANDARD, FOLDER = "CRM", "pl-crm"
SIMULATED, FREE = 8, 4
NAMES: dict[Role, str] = {
    Role.OPERATOR: mark("Exam-system operator"),
    Role.CHIEF_OPERATOR: mark("Chief operator"),
    Role.SUPERVISOR: mark("Supervisor"),
    Role.AUDITOR: mark("Auditor"),
    Role.ADMINISTRATOR: mark("Administrator"),
    Role.AUTHOR: mark("Item author"),
    Role.REVIEWER: mark("Reviewer"),
    Role.PSYCHOMETRICIAN: mark("Psychometrician"),
    Role.COMMITTEE_MEMBER: mark("Member of the committee"),
    Role.COMMITTEE_CHAIR: mark("Chair of the committee"),
    Role.APPEALS_PANEL: mark("Appeals panel"),
}
"""Nobody in the demo is a person: an account is called after its role."""
ROBOT_NAME = mark("Simulated operator")
ROBOT = "rehearsal"
"""The operator account the simulated candidates' check-in runs under; not for people."""


@dataclass(kw_only=True)
class Seat:
    """One seat of the demo: the sitting, its code (until used) and whether a simulated candidate sits there."""

    sitting: str
    seat: str
    code: str
    simulated: bool


@dataclass(kw_only=True)
class Centre:
    """What the demo remembers between runs; lies in a file only its owner can read."""

    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(40))
    log_key: str = field(default_factory=lambda: secrets.token_hex(32))
    person_key: str = field(default_factory=lambda: secrets.token_hex(32))
    passwords: dict[str, str] = field(default_factory=dict)
    exam_session: str = ""
    seats: list[Seat] = field(default_factory=list)


def load(file: Path) -> Centre:
    """The centre of an earlier run, or a new one."""
    if not file.exists():
        return Centre()
    stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return Centre(**{**stored, "seats": [Seat(**seat) for seat in stored["seats"]]})


def save(centre: Centre, file: Path) -> None:
    """Write the file whole, readable by its owner only (mode 0600)."""
    draft = file.with_suffix(".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(asdict(centre), out, indent=1)
    draft.replace(file)


def environment(centre: Centre, folder: Path, port: int) -> dict[str, str]:
    """The settings the demo's server runs with."""
    return {
        "KRITERIA_DATABASE_URL": f"sqlite:///{folder / 'kriteria.db'}",
        "KRITERIA_SECRET_KEY": centre.secret_key,
        "KRITERIA_LOG_KEY": centre.log_key,
        "KRITERIA_PERSON_KEY": centre.person_key,
        "KRITERIA_PUBLIC_ORIGIN": f"http://localhost:{port}",
        "KRITERIA_BIND": f"127.0.0.1:{port}",
        "KRITERIA_CHECKPOINT_FILE": str(folder / "checkpoints.jsonl"),
        "KRITERIA_LANGUAGE": "pl",
        "KRITERIA_INSTITUTION": within("pl", "Example certifying institution"),
    }


def prepare(centre: Centre, settings: Settings) -> Wiring:
    """Migrate, then make whatever is not there yet: accounts, standard, bank, signed allocation, exam session."""
    schema.upgrade(settings.database_url)
    wiring = wire(settings)
    if not centre.passwords:
        make_accounts(centre, wiring)
        make_bank(wiring)
    if not centre.exam_session or _over(centre, wiring):
        open_exam_session(centre, wiring, SIMULATED, FREE)
    return wiring


def make_accounts(centre: Centre, wiring: Wiring) -> None:
    """One account per role, with passwords made here and kept in the centre."""
    logins = {role.value: role for role in Role} | {ROBOT: Role.OPERATOR}
    for login, role in logins.items():
        centre.passwords[login] = "-".join(secrets.token_hex(2) for _ in range(4))
        administration.create_account(
            wiring,
            login=login,
            name=within("pl", NAMES[role] if login != ROBOT else ROBOT_NAME),
            password=centre.passwords[login],
            roles=[role],
            language="pl",
        )


def account_id(wiring: Wiring, login: str) -> str:
    """The id of one of the demo's accounts."""
    found = wiring.accounts.by_login(login)
    if found is None:
        raise LookupError(login)
    return found[0].id


def make_bank(wiring: Wiring) -> None:
    """Import the text and the items, and let the chair sign the proposed allocation."""
    path = content.standard_file(FOLDER)
    tree = zsk.read(path.read_bytes(), STANDARD, path.name)
    wiring.bank.add_standard(tree, wiring.now())
    author = account_id(wiring, Role.AUTHOR.value)
    for file in content.item_files(FOLDER):
        reading = jsonl.read(file.read_bytes(), file.name)
        wiring.bank.add_items(reading.items, author, wiring.now())
    administration.release_items(
        wiring,
        STANDARD,
        reviewer=account_id(wiring, Role.REVIEWER.value),
        releaser=account_id(wiring, Role.PSYCHOMETRICIAN.value),
    )
    data = _proposal(wiring)
    administration.sign_allocation(
        wiring,
        STANDARD,
        data.default_parts,
        basis=data.bases["pl"],
        by=account_id(wiring, Role.COMMITTEE_CHAIR.value),
    )


def _proposal(wiring: Wiring) -> institution.InstitutionData:
    path = content.institution_file(FOLDER)
    return institution.read(path.read_text(encoding="utf-8"), wiring.bank.standard(STANDARD), path.name)


def open_exam_session(centre: Centre, wiring: Wiring, simulated: int, free: int) -> None:
    """Plan, staff and open an exam session from now on, with this many simulated and free seats."""
    proposal = _proposal(wiring)
    plan = blueprints.plan(proposal, wiring.bank.allocation(STANDARD))
    exam_session = administration.create_exam_session(
        wiring,
        standard=STANDARD,
        title=wiring.bank.standard(STANDARD).title,
        language="pl",
        room=within("pl", "room {number}", number=2),
        starts_at=wiring.now(),
        plan=plan,
        delivery=delivery.read(proposal.delivery),
    )
    for login, capacity in ((ROBOT, "operator"), ("operator", "operator"), ("chief_operator", "chief_operator")):
        administration.assign(wiring, exam_session, account_id(wiring, login), capacity)
    centre.seats = []
    for number in range(1, simulated + free + 1):
        booked = administration.register_candidate(
            wiring,
            exam_session,
            name=within("pl", "Candidate {number}", number=f"{number:02}"),
            reference=f"DEMO-{number:02}",
            seat=f"{number:02}",
        )
        centre.seats.append(
            Seat(
                sitting=str(booked.sitting),
                seat=f"{number:02}",
                code=booked.seat_code,
                simulated=number <= simulated,
            )
        )
    administration.open_exam_session(wiring, exam_session)
    centre.exam_session = str(exam_session)


def _over(centre: Centre, wiring: Wiring) -> bool:
    """Every simulated candidate is through and nobody else is at a test."""
    states = {seat.sitting: wiring.desk.state(SittingId(seat.sitting)) for seat in centre.seats}
    through = all(states[seat.sitting].closed for seat in centre.seats if seat.simulated)
    return through and not any(state.begun for state in states.values())

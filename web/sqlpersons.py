"""Personal data beside the log: each person under a key of their own, and erasing one is deleting that key.

Rules:
- a person's key is random and stored wrapped under KRITERIA_PERSON_KEY, bound to the person's id;
- records and notes are AES-256-GCM under that key; events carry only HMAC commitments made with it;
- without the key neither the text nor the meaning of a commitment can be found again; the chain stays whole.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, delete, insert, select

from proctor.ids import Commitment
from proctor.sqlstore import Writer
from web.tables import notes, person_keys, persons

NONCE_BYTES = 12
SALT_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the institution knows a candidate by."""

    name: str
    reference: str


class Erased(LookupError):
    """The key of this person was deleted: nothing about them can be read."""


class SqlPersons:
    """Names, notes and document digits of candidates."""

    def __init__(self, engine: Engine, writer: Writer, master: bytes) -> None:
        self._engine, self._writer, self._master = engine, writer, AESGCM(master)

    def add(self, candidate: str, person: Person, at: int) -> None:
        """Store a new person under a new key."""
        key = secrets.token_bytes(32)
        wrapped = _seal(self._master, key, candidate)
        record = _seal(AESGCM(key), json.dumps(asdict(person)).encode(), f"{candidate}/record")

        def unit(connection: Connection) -> None:
            connection.execute(insert(person_keys).values(person=candidate, wrapped=wrapped))
            connection.execute(insert(persons).values(id=candidate, record=record, created_at=at))

        self._writer.write(unit)

    def get(self, candidate: str) -> Person:
        """Who a candidate is.

        Raises:
            Erased: when the key is gone.
        """
        found = self.many((candidate,))
        if candidate not in found:
            raise Erased(candidate)
        return found[candidate]

    def many(self, candidates: Iterable[str]) -> dict[str, Person]:
        """Everybody of `candidates` who has not been erased."""
        wanted = tuple(candidates)
        query = select(persons.c.id, persons.c.record, person_keys.c.wrapped).join(
            person_keys, person_keys.c.person == persons.c.id
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query.where(persons.c.id.in_(wanted))).all()
        return {row.id: self._read(row.id, row.record, row.wrapped) for row in rows}

    def note(self, candidate: str, kind: str, text: str, at: int, label: str) -> Commitment:
        """Keep a text beside the log; what is returned may stand in an event.

        `label` names the wish the text came with: the same wish and text give the same commitment and one note.
        """
        key = self._key(candidate)
        salt = _salt(key, label)
        digest = hmac.new(_commitment_key(key), salt + text.encode(), hashlib.sha256).hexdigest()
        body = _seal(AESGCM(key), salt + text.encode(), f"{candidate}/{digest}")
        row = {"commitment": digest, "person": candidate, "kind": kind, "body": body, "at": at}

        def unit(connection: Connection) -> None:
            known = select(notes.c.at).where(notes.c.commitment == digest)
            if connection.scalar(known) is None:
                connection.execute(insert(notes).values(row | {"label": salt.hex()}))

        self._writer.write(unit)
        return Commitment(digest)

    def forget_note(self, candidate: str, label: str) -> None:
        """Remove the text that came with a wish of which nothing came."""
        salt = _salt(self._key(candidate), label)
        self._writer.write(
            lambda connection: connection.execute(
                delete(notes).where(notes.c.person == candidate, notes.c.label == salt.hex())
            )
        )

    def texts(self, candidate: str) -> dict[Commitment, str]:
        """The texts an auditor or the protocol may read, by the commitment in the event; empty once erased."""
        try:
            key = self._key(candidate)
        except Erased:
            return {}
        with self._engine.connect() as connection:
            rows = connection.execute(select(notes).where(notes.c.person == candidate)).all()
        found = {}
        for row in rows:
            opened = _open(AESGCM(key), row.body, f"{candidate}/{row.commitment}")
            again = hmac.new(_commitment_key(key), opened, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(again, row.commitment):
                raise ValueError(f"note {row.commitment} does not fit its commitment")
            found[Commitment(row.commitment)] = opened[SALT_BYTES:].decode()
        return found

    def erase(self, candidate: str) -> bool:
        """Delete the key of a person, and what lay under it; the log is not touched. False when it was gone."""

        def unit(connection: Connection) -> bool:
            gone = connection.execute(delete(person_keys).where(person_keys.c.person == candidate))
            connection.execute(delete(notes).where(notes.c.person == candidate))
            connection.execute(delete(persons).where(persons.c.id == candidate))
            return bool(gone.rowcount)

        return self._writer.write(unit)

    def _key(self, candidate: str) -> bytes:
        with self._engine.connect() as connection:
            wrapped = connection.scalar(select(person_keys.c.wrapped).where(person_keys.c.person == candidate))
        if wrapped is None:
            raise Erased(candidate)
        return _open(self._master, wrapped, candidate)

    def _read(self, candidate: str, record: bytes, wrapped: bytes) -> Person:
        key = _open(self._master, wrapped, candidate)
        stored = json.loads(_open(AESGCM(key), record, f"{candidate}/record"))
        return Person(name=stored["name"], reference=stored["reference"])


def _seal(key: AESGCM, text: bytes, bound_to: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + key.encrypt(nonce, text, bound_to.encode())


def _open(key: AESGCM, sealed: bytes, bound_to: str) -> bytes:
    return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())


def _salt(key: bytes, label: str) -> bytes:
    return hmac.new(key, f"kriteria/salt/{label}".encode(), hashlib.sha256).digest()[:SALT_BYTES]


def _commitment_key(key: bytes) -> bytes:
    return hmac.new(key, b"kriteria/commitment", hashlib.sha256).digest()

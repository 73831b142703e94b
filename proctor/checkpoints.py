"""Checkpoints: a signed statement of every sitting's chain head at an instant, kept also outside the database.

Rules:
- the signature is Ed25519 over the canonical JSON of the heads; the key's seed is the server's LOG_KEY;
- a checkpoint is appended to a file and on the disk before anybody relies on it;
- what a checkpoint covers cannot be changed unnoticed, not even by the database's superuser.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from proctor.codec import canonical
from proctor.ids import ExamSessionId, SittingId

Heads = Mapping[SittingId, tuple[int, str]]
"""sitting -> (number of events, chain head)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The signed heads of an exam session; `body` is the canonical JSON, `signature` is over exactly these bytes."""

    body: bytes
    signature: bytes

    @property
    def stated(self) -> tuple[ExamSessionId, int, Heads]:
        """(exam session, instant in ms, heads) as the body has them; ValueError when it is no such statement."""
        try:
            body = json.loads(self.body)
            heads = {
                SittingId(sitting): (int(version), str(head)) for sitting, (version, head) in body["heads"].items()
            }
            return ExamSessionId(body["exam_session"]), int(body["at"]), heads
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("the body of a checkpoint states no heads") from error

    @property
    def heads(self) -> Heads:
        """sitting -> (number of events, chain head) as stated in the body."""
        return self.stated[2]

    @property
    def at(self) -> int:
        """The instant of the checkpoint, milliseconds."""
        return self.stated[1]

    @property
    def exam_session(self) -> ExamSessionId:
        """The exam session it is about."""
        return self.stated[0]


def make(seed: bytes, exam_session: ExamSessionId, at: int, heads: Heads) -> Checkpoint:
    """A checkpoint of these heads, signed; `seed` is 32 bytes."""
    stated = {sitting: list(head) for sitting, head in heads.items()}
    body = canonical({"at": at, "exam_session": exam_session, "heads": stated})
    return Checkpoint(body=body, signature=sign(seed, body))


def sign(seed: bytes, body: bytes) -> bytes:
    """The Ed25519 signature (64 bytes) of `body`."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(body)


def public_key(seed: bytes) -> bytes:
    """The 32 bytes of the public key that verifies what `seed` signs."""
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def verify(public: bytes, checkpoint: Checkpoint) -> bool:
    """True if the signature is of this key over this body."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(checkpoint.signature, checkpoint.body)
    except InvalidSignature:
        return False
    return True


def append_to(path: Path, checkpoint: Checkpoint) -> None:
    """Append the checkpoint as one line to a file outside the database; it is on the disk when this returns."""
    line = {"body": checkpoint.body.decode(), "signature": checkpoint.signature.hex()}
    with path.open("ab") as file:
        file.write(canonical(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_from(path: Path) -> Iterator[Checkpoint]:
    """The checkpoints of such a file, oldest first; ValueError names the line that is none."""
    for number, text in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            line = json.loads(text)
            found = Checkpoint(body=line["body"].encode(), signature=bytes.fromhex(line["signature"]))
            _ = found.stated
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path.name}, line {number}: not a checkpoint") from error
        yield found

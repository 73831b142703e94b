"""The hash chain that ties every stored event to all earlier ones of its sitting.

Rules:
- head_n = SHA-256(head_(n-1) | "\\n" | n | "\\n" | stored bytes), hexadecimal; the head before the first event is "";
- the bytes are hashed as they are stored; nothing is ever re-serialised to check a chain.
"""

from __future__ import annotations

import hashlib


def link(previous_head: str, seq: int, body: bytes) -> str:
    """The head after storing `body` as event number `seq` behind `previous_head`."""
    return hashlib.sha256(f"{previous_head}\n{seq}\n".encode() + body).hexdigest()

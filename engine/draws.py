"""Randomness as an argument: every draw is a hash of the sitting's secret and a label, so a retry repeats it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from engine.parameters import FloatArray

UNIFORM_BITS = 53  # the bits a float64 holds exactly
EIGHT_WORDS = Struct(">8I")  # a SHA-256 digest as big-endian 32-bit words
WORD = 1 << 32
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededDraw:
    """Draws of one sitting: the same secret and label give the same number on every machine, for ever."""

    secret: bytes = field(repr=False)

    def uniform(self, label: str) -> float:
        """A number in [0, 1): the first 53 bits of SHA-256(secret, 0, label)."""
        head = int.from_bytes(self._digest(label)[:8], "big") >> (64 - UNIFORM_BITS)
        return head / (1 << UNIFORM_BITS)

    def words(self, label: str) -> tuple[float, ...]:
        """Eight numbers in [0, 1) of 32 bits each from one hash, for draws that belong together."""
        return tuple([word / WORD for word in EIGHT_WORDS.unpack(self._digest(label))])

    def integers(self, label: str) -> tuple[int, ...]:
        """The same eight as whole numbers below 2^32: `words` times 2^32."""
        found: tuple[int, ...] = EIGHT_WORDS.unpack(self._digest(label))
        return found

    def many(self, label: str, count: int) -> FloatArray:
        """`count` numbers in [0, 1) of 32 bits each: SHAKE-256(secret, 0, label) as long as they need, (count,)."""
        stream = hashlib.shake_256(self.secret + b"\x00" + label.encode()).digest(4 * count)
        return np.frombuffer(stream, dtype=">u4") / WORD

    def _digest(self, label: str) -> bytes:
        return hashlib.sha256(self.secret + b"\x00" + label.encode()).digest()


def words_of(draws: Sequence[SeededDraw], labels: Sequence[str], who: Ints, which: Ints) -> FloatArray:
    """`draws[who[n]].words(labels[which[n]])` for each n, (N, 8)."""
    secrets, ends = [draw.secret for draw in draws], [b"\x00" + label.encode() for label in labels]
    pairs = zip(who.tolist(), which.tolist(), strict=True)
    digests = b"".join([hashlib.sha256(secrets[i] + ends[n]).digest() for i, n in pairs])
    return np.frombuffer(digests, dtype=">u4").reshape(len(who), EIGHT_WORDS.size // 4) / WORD

"""Keyed digests the server makes: devices, tabs and cookies; all from one secret."""

from __future__ import annotations

import hashlib
import hmac

from itsdangerous import BadSignature, URLSafeSerializer

from proctor.ids import Commitment


class Keys:
    """Subkeys of KRITERIA_SECRET_KEY, one per purpose."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._device = URLSafeSerializer(self.derive("cookie"), salt="kriteria_device", signer_kwargs=_SHA256)

    def derive(self, purpose: str) -> bytes:
        """The subkey for one purpose."""
        return hmac.new(self._secret, f"kriteria/{purpose}".encode(), hashlib.sha256).digest()

    def digest(self, purpose: str, *parts: str) -> str:
        """A keyed digest (hex) of `parts`, each with its length so that none runs into the next."""
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self.derive(purpose), text.encode(), hashlib.sha256).hexdigest()

    def device_of(self, digits: str, tab: str) -> str:
        """The device name a seat code and a tab lead to: the same again when the reply was lost on the way."""
        return self.digest("device name", digits, tab)

    def device(self, sitting: str, device: str) -> Commitment:
        """What events say of a device."""
        return Commitment(self.digest("device", sitting, device))

    def tab(self, sitting: str, tab: str) -> Commitment:
        """What events say of a browser tab."""
        return Commitment(self.digest("tab", sitting, tab))

    def cookie(self, sitting: str, device: str) -> str:
        """The signed value of the device cookie."""
        return str(self._device.dumps([sitting, device]))

    def read_cookie(self, value: str) -> tuple[str, str] | None:
        """(sitting, device) of a cookie we signed, else None."""
        try:
            sitting, device = self._device.loads(value)
        except (BadSignature, ValueError, TypeError):
            return None
        return str(sitting), str(device)


_SHA256 = {"key_derivation": "hmac", "digest_method": hashlib.sha256}


def grouped(digits: str) -> str:
    """A seat code as it is read out, in two groups of five: 12345 67890."""
    return " ".join(digits[at : at + 5] for at in range(0, len(digits), 5))

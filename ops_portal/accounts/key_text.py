"""The text of an API key: ``opk_<prefix>_<secret>``. The prefix finds the key, the secret proves it."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

SCHEME = "opk"
PREFIX_BYTES = 6
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyText:
    """A key as its owner holds it: 32 random bytes behind a prefix of 12 hexadecimal digits."""

    prefix: str
    secret: str

    @classmethod
    def make(cls) -> KeyText:
        """Return a new key."""
        return cls(secrets.token_hex(PREFIX_BYTES), secrets.token_hex(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> KeyText | None:
        """Return the parts of ``text``; None where it is no key of ours."""
        scheme, _, rest = text.partition("_")
        prefix, _, secret = rest.partition("_")
        if scheme != SCHEME or len(prefix) != 2 * PREFIX_BYTES or len(secret) != 2 * SECRET_BYTES:
            return None
        return cls(prefix, secret)

    def __str__(self) -> str:
        return f"{SCHEME}_{self.prefix}_{self.secret}"

    def __repr__(self) -> str:
        return f"KeyText({self.prefix!r}, …)"

    @property
    def digest(self) -> bytes:
        """Return what is kept of the secret: its SHA-256."""
        return sha256(self.secret.encode()).digest()

    def proves(self, digest: bytes | memoryview) -> bool:
        """Compare with a stored digest, in the same time whether it fits or not."""
        return hmac.compare_digest(self.digest, bytes(digest))

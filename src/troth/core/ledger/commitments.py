"""How does an entry commit to a value that may be erased later, without giving it away?

A salted commitment: SHA-256(0x02 ‖ salt ‖ canonical bytes of the value). The first byte keeps it
apart from the leaves (0x00) and nodes (0x01) of RFC 9162, so that no commitment can pass for
either. The salt is 32 random bytes for each value: without it, nobody can try likely values, and
once it is gone the commitment says nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from troth.core.ledger.canonical import canonical_bytes

SALT_BYTES = 32
_PREFIX = b"\x02"


class SaltLengthError(ValueError):
    """A salt is 32 random bytes. Take one from `secrets.token_bytes(32)` for each value."""


def commitment(salt: bytes, value: Any) -> bytes:
    """SHA-256(0x02 ‖ salt ‖ RFC 8785 bytes of the value), 32 bytes.

    Raises SaltLengthError for a salt that is not 32 bytes, NotCanonicalError for the value.
    """
    if len(salt) != SALT_BYTES:
        raise SaltLengthError(f"a salt has {SALT_BYTES} bytes, this one {len(salt)}")
    return hashlib.sha256(_PREFIX + salt + canonical_bytes(value)).digest()


def opens(committed: bytes, salt: bytes, value: Any) -> bool:
    """Whether the salt and the value are what was committed to."""
    return hmac.compare_digest(committed, commitment(salt, value))

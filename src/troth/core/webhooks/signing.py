"""How does a receiver know that a message is ours and is fresh?

Standard Webhooks 1.0, the symmetric scheme: HMAC-SHA256 over `id.timestamp.body`, in base64, with
the key that a `whsec_` secret holds. While a secret is being changed, both sign.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
KEY_BYTES = (24, 64)  # how long a key may be, as the specification has it


class BadSecretError(ValueError):
    """A signing secret is `whsec_` and 24 to 64 bytes in base64. Let Troth make one."""


def secret_text(key: bytes) -> str:
    """The secret as people hand it on. Raises BadSecretError where the key's length is wrong."""
    if not KEY_BYTES[0] <= len(key) <= KEY_BYTES[1]:
        raise BadSecretError((BadSecretError.__doc__ or "").strip())
    return PREFIX + base64.b64encode(key).decode()


def key_of(secret: str) -> bytes:
    """The key in a secret. Raises BadSecretError; the secret is not repeated."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSecretError((BadSecretError.__doc__ or "").strip()) from error
    if not secret.startswith(PREFIX) or not KEY_BYTES[0] <= len(key) <= KEY_BYTES[1]:
        raise BadSecretError((BadSecretError.__doc__ or "").strip())
    return key


def signature(key: bytes, *, message_id: str, at: datetime, body: bytes) -> str:
    """`v1,` and the base64 of the HMAC. `at` is when it is sent, to the second."""
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(keys: Sequence[bytes], *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of one try: the id is that of every try, the instant is this one's."""
    signatures = [signature(key, message_id=message_id, at=at, body=body) for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }

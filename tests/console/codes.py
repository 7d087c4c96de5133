"""Codes of an authenticator app, written here from RFC 6238, to check against."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time

_WITHIN = 5  # seconds in which a busy machine answers a request


def code_of(secret: str, *, steps: int = 0, at: float | None = None) -> str:
    """The six digits of `secret` (base32) now; `steps` of 30 s later, or earlier."""
    if at is None:
        left = 30 - time.time() % 30
        if left < _WITHIN:  # it would run out on the way
            time.sleep(left)
    now = time.time() if at is None else at
    counter = struct.pack(">Q", int(now) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret.replace(" ", "")), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"

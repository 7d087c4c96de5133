"""How do a workspace's keys travel, so that nobody who finds the backup can use them?

By themselves they do not: a backup holds none. Asked to, it holds them encrypted under a
passphrase: scrypt (RFC 7914) with N = 2^17, r = 8, p = 1 makes the key, which takes 128 MB and a
good part of a second a guess; AES-256-GCM encrypts, bound to this purpose.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from troth.store.backups.errors import PassphraseError
from troth.store.sealing.ciphers import KEY_BYTES, decrypt, encrypt

FILES = ("workspace.key", "audit.key", "secret")
"""Below .troth/: what wraps, what signs the log, what signs sessions."""

SHORTEST_PASSPHRASE = 12
_PURPOSE = b"troth backup keys v1"
_COST, _BLOCK, _LANES = 2**17, 8, 1
_SALT_BYTES = 16


def seal_keys(keys: Mapping[str, bytes], passphrase: str) -> bytes:
    """The keys by file name as JSON, encrypted under a passphrase."""
    salt = secrets.token_bytes(_SALT_BYTES)
    plain = json.dumps({name: base64.b64encode(key).decode() for name, key in keys.items()})
    sealed = encrypt(_derived(passphrase, salt), plain.encode(), _PURPOSE)
    document = {
        "kdf": "scrypt",
        "n": _COST,
        "r": _BLOCK,
        "p": _LANES,
        "salt": base64.b64encode(salt).decode(),
        "cipher": "AES-256-GCM",
        "sealed": base64.b64encode(sealed).decode(),
    }
    return json.dumps(document, indent=1).encode() + b"\n"


def open_keys(sealed: bytes, passphrase: str) -> dict[str, bytes]:
    """The keys by file name. Raises PassphraseError."""
    try:
        document = json.loads(sealed)
        salt, body = (
            base64.b64decode(document[name], validate=True) for name in ("salt", "sealed")
        )
        is_ours = (document["n"], document["r"], document["p"]) == (_COST, _BLOCK, _LANES)
    except (ValueError, KeyError, TypeError) as error:
        raise PassphraseError from error
    # The cost stands in the file for readers of it; one of another size is nothing that we wrote.
    plain = decrypt(_derived(passphrase, salt), body, _PURPOSE) if is_ours else None
    if plain is None:
        raise PassphraseError
    found: dict[str, str] = json.loads(plain)
    return {name: base64.b64decode(key) for name, key in found.items() if name in FILES}


def key_id(key: bytes) -> str:
    """Sixteen digits that tell one key from another; of 256 random bits they tell nobody more."""
    return hashlib.sha256(b"troth key id\n" + key).hexdigest()[:16]


def _derived(passphrase: str, salt: bytes) -> bytes:
    kdf = Scrypt(salt=salt, length=KEY_BYTES, n=_COST, r=_BLOCK, p=_LANES)
    return kdf.derive(passphrase.encode())

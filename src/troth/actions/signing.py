"""With which key does the log sign its checkpoints, and is a signature that of a key?

The key is a line of text, `PRIVATE+KEY+name+id+base64`, as Go's sumdb/note writes it: made once, at
first use, in WORKSPACE/.troth/audit.key, which nobody else may read; or TROTH_AUDIT_KEY. Whoever
can write both the database and this key can write another log: keep checkpoints elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from django.conf import settings

from troth.core.ledger.notes import ED25519, NoteError, VerifierKey, read_key

_PREFIX = "PRIVATE+KEY+"
_SEED_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A key that signs, with its name."""

    verifier: VerifierKey
    private: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """64 bytes of Ed25519."""
        return self.private.sign(message)


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a signature of Ed25519 is this key's."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def log_key() -> SigningKey:
    """The key of the workspace's log. Raises NoteError where what is kept is no key."""
    given = os.environ.get("TROTH_AUDIT_KEY")
    if given:
        return read_signing_key(given, ED25519)
    workspace = Path(settings.WORKSPACE)
    name = re.sub(r"[^a-z0-9.-]+", "-", workspace.name.lower()).strip("-") or "workspace"
    return kept_key(workspace / ".troth" / "audit.key", name=f"troth/{name}", kind=ED25519)


def kept_key(path: Path, *, name: str, kind: int) -> SigningKey:
    """The key in a file, made there if it is not: then its name is told from others by 8 digits.

    Raises NoteError where the file holds no key.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = Ed25519PrivateKey.generate()
        unique = private.public_key().public_bytes_raw().hex()[:8]
        _keep(path, _written(f"{name}/{unique}", private, kind))
    return read_signing_key(path.read_text("utf-8"), kind)


def read_signing_key(written: str, kind: int) -> SigningKey:
    """A key from its line of text. Raises NoteError."""
    name, _, rest = written.strip().removeprefix(_PREFIX).partition("+")
    try:
        material = base64.b64decode(rest.partition("+")[2], validate=True)
    except (binascii.Error, ValueError):
        material = b""
    if not written.startswith(_PREFIX) or len(material) != 1 + _SEED_BYTES or material[0] != kind:
        raise NoteError(
            "The key that should sign cannot be read: expected PRIVATE+KEY+name+id+base64. Restore "
            "audit.key from a backup, or correct TROTH_AUDIT_KEY; a new key starts a new log."
        )
    private = Ed25519PrivateKey.from_private_bytes(material[1:])
    public = private.public_key().public_bytes_raw()
    verifier = VerifierKey(name=name, type=kind, public=public)
    return SigningKey(verifier=read_key(verifier.written()), private=private)


def _written(name: str, private: Ed25519PrivateKey, kind: int) -> str:
    verifier = VerifierKey(name=name, type=kind, public=private.public_key().public_bytes_raw())
    encoded = base64.b64encode(bytes([kind]) + private.private_bytes_raw()).decode()
    return f"{_PREFIX}{name}+{verifier.key_id.hex()}+{encoded}\n"


def _keep(path: Path, text: str) -> None:
    made = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    try:
        os.link(made, path)  # whoever is first wins; the other reads that one
    except FileExistsError:
        pass
    finally:
        made.unlink()

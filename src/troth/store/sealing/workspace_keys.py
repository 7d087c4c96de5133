"""Where is the workspace's own key, and what does it wrap?

WORKSPACE/.troth/workspace.key holds 32 random bytes in base64, for its owner alone (0600). It is
made once: at `troth init`, or when the first secret is wrapped. A deployment of several machines
gives it in TROTH_WORKSPACE_KEY instead, from its own store of secrets. Keep a copy of it apart
from the backups of the database: without it they open nothing, and that is what it is for.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection

from troth.store.models import SubjectKey, WebhookEndpoint
from troth.store.queries.viewing import as_the_program
from troth.store.sealing.ciphers import KEY_BYTES, decrypt, encrypt, place
from troth.store.sealing.errors import (
    BadWorkspaceKeyError,
    NoWorkspaceKeyError,
    WrongWorkspaceKeyError,
)
from troth.store.server.layout import open_owned

KEY_VARIABLE = "TROTH_WORKSPACE_KEY"
KEY_FILE = "workspace.key"
KEY_LOCK = 0x54726F74684B  # "TrothK"
_PURPOSE = b"troth wrap v1"


def workspace_key() -> bytes:
    """The 32 bytes that wrap every other key here; made where nothing was wrapped yet.

    Raises NoWorkspaceKeyError where it is gone though something was wrapped by it,
    BadWorkspaceKeyError where it is not 32 bytes in base64.
    """
    if given := os.environ.get(KEY_VARIABLE):
        return decoded(given, where=KEY_VARIABLE)
    path = key_path()
    try:
        text = path.read_text("ascii")
    except FileNotFoundError:
        text = _first_key(path)
    except UnicodeDecodeError:
        text = ""
    return decoded(text, where=str(path))


def wrap(secret: bytes, aad: bytes) -> bytes:
    """A secret encrypted under the workspace's key, bound to its place; 28 bytes longer.

    The key stays what it is until the caller's transaction ends.
    """
    hold_key()
    return wrap_under(workspace_key(), secret, aad)


def unwrap(wrapped: bytes | memoryview[int], aad: bytes) -> bytes:
    """The secret of `wrap` with the same `aad`. Raises WrongWorkspaceKeyError."""
    return unwrap_under(workspace_key(), wrapped, aad)


def endpoint_place(endpoint_id: str) -> bytes:
    """What a webhook's secret is bound to."""
    return f"webhook:{endpoint_id}".encode()


def hold_key() -> None:
    """Let nobody change the key until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock_shared({KEY_LOCK})")


def wrap_under(key: bytes, secret: bytes, aad: bytes) -> bytes:
    """`wrap` under a given workspace key."""
    return encrypt(key, secret, place(_PURPOSE, aad))


def unwrap_under(key: bytes, wrapped: bytes | memoryview[int], aad: bytes) -> bytes:
    """`unwrap` under a given workspace key."""
    secret = decrypt(key, bytes(wrapped), place(_PURPOSE, aad))
    if secret is None:
        raise WrongWorkspaceKeyError(
            "The workspace's key does not open what was wrapped for "
            f"{aad.decode(errors='replace')}. Either {KEY_VARIABLE} or .troth/{KEY_FILE} is "
            "another key than the one that wrapped it, or the stored bytes were changed. "
            "Put the right key back; nothing was written. If a change of the key broke off, "
            "`troth privacy rotate-key` ends it."
        )
    return secret


def key_path() -> Path:
    """Where the key lies when no environment variable gives it."""
    return Path(settings.WORKSPACE) / ".troth" / KEY_FILE


def make_workspace_key(path: Path) -> str:
    """Make the key's file, once: whoever is first wins, and every other reads that one.

    Gives its text. A crash leaves the whole file or none.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    write_key(draft, secrets.token_bytes(KEY_BYTES))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text("ascii")


def write_key(path: Path, key: bytes) -> None:
    """Write a key for its owner alone, and have it on the disk."""
    descriptor = open_owned(path, os.O_WRONLY | os.O_TRUNC)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(base64.b64encode(key).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())


def decoded(text: str, *, where: str) -> bytes:
    """The bytes of a key's text. Raises BadWorkspaceKeyError."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadWorkspaceKeyError(
            f"{where} is not a workspace key: expected {KEY_BYTES} bytes in base64 "
            f"(44 characters), found {len(text.strip())} characters. "
            "Put the key back that this workspace was made with."
        )
    return key


def _first_key(path: Path) -> str:
    holders = (SubjectKey, WebhookEndpoint, Authenticator)
    with as_the_program():  # one row is enough, whosever it is
        is_in_use = any(holder.objects.exists() for holder in holders)
    if is_in_use:
        raise NoWorkspaceKeyError(
            f"{path} is missing, and this database holds secrets that it wrapped. "
            f"Put the file back from where you keep it, or set {KEY_VARIABLE}. "
            "A new key would not open them."
        )
    return make_workspace_key(path)

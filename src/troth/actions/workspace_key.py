"""How does a workspace change its key without losing what the old one wrapped?

Every subject's key and every webhook's secret is unwrapped by the old key and wrapped by the new
one, in one transaction; what they seal stays as it is. The new key is on the disk, beside the old
one, before that transaction commits, so that no crash leaves secrets without their key.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from troth.actions.recording import recorded
from troth.core.access.roles import Right
from troth.store.models import SubjectKey, User, WebhookEndpoint
from troth.store.sealing import BadWorkspaceKeyError, WrongWorkspaceKeyError, workspace_key
from troth.store.sealing.ciphers import KEY_BYTES
from troth.store.sealing.workspace_keys import (
    KEY_LOCK,
    KEY_VARIABLE,
    decoded,
    endpoint_place,
    key_path,
    unwrap_under,
    wrap_under,
    write_key,
)

NEW_KEY_VARIABLE = "TROTH_NEW_WORKSPACE_KEY"
_BATCH = 1_000


@dataclass(frozen=True, kw_only=True)
class Rotated:
    """What a change of the key came to."""

    subject_keys: int
    webhook_secrets: int


def rotate_key(*, acting_user: User) -> Rotated | None:
    """Wrap every secret under a new key, and use that from now on.

    Where TROTH_WORKSPACE_KEY gives the key, TROTH_NEW_WORKSPACE_KEY has to give the next one, and
    whoever runs Troth puts it in its place afterwards. None where a change that had broken off is
    finished instead. Raises SealingError; then the old key stays.
    """
    with _alone():
        return None if finish_rotation() else _rotate(acting_user)


def _rotate(acting_user: User) -> Rotated:
    old = workspace_key()
    is_given = bool(os.environ.get(KEY_VARIABLE))
    new = _given_key() if is_given else secrets.token_bytes(KEY_BYTES)
    path = key_path()
    beside = path.with_name(f"{path.name}.new")
    if not is_given:
        write_key(beside, new)
    with recorded(
        acting_user=acting_user, action="privacy:workspace_key:rotated", right=Right.ADMINISTER
    ) as entry:
        rotated = Rotated(
            subject_keys=_rewrap_subjects(old, new), webhook_secrets=_rewrap_endpoints(old, new)
        )
        entry.detail = {
            "subject_keys": rotated.subject_keys,
            "webhook_secrets": rotated.webhook_secrets,
        }
    if not is_given:
        beside.replace(path)
    return rotated


def finish_rotation() -> bool:
    """Take the new key into use where a crash came between the commit and that; whether it did."""
    path = key_path()
    beside = path.with_name(f"{path.name}.new")
    row = SubjectKey.objects.order_by("subject").first()
    if os.environ.get(KEY_VARIABLE) or not beside.exists() or row is None:
        return False
    try:
        unwrap_under(
            decoded(beside.read_text("ascii"), where=str(beside)), row.wrapped, row.subject.encode()
        )
    except (WrongWorkspaceKeyError, BadWorkspaceKeyError):
        beside.unlink()  # that rotation was never committed
        return False
    beside.replace(path)
    return True


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody wraps anything until the new key is in its place, which is after the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [KEY_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [KEY_LOCK])


def _given_key() -> bytes:
    given = os.environ.get(NEW_KEY_VARIABLE)
    if not given:
        raise BadWorkspaceKeyError(
            f"{KEY_VARIABLE} gives the key here, so the next one has to be given too: set "
            f"{NEW_KEY_VARIABLE} to 32 random bytes in base64 (openssl rand -base64 32), run "
            f"this again, then put it into {KEY_VARIABLE}."
        )
    return decoded(given, where=NEW_KEY_VARIABLE)


def _rewrap_subjects(old: bytes, new: bytes) -> int:
    count = 0
    rows = SubjectKey.objects.select_for_update().order_by("subject")
    batch: list[SubjectKey] = []
    for row in rows:
        place = row.subject.encode()
        row.wrapped = wrap_under(new, unwrap_under(old, row.wrapped, place), place)
        batch.append(row)
        count += 1
        if len(batch) == _BATCH:
            SubjectKey.objects.bulk_update(batch, ["wrapped"])
            batch = []
    SubjectKey.objects.bulk_update(batch, ["wrapped"])
    return count


def _rewrap_endpoints(old: bytes, new: bytes) -> int:
    count = 0
    for row in WebhookEndpoint.objects.select_for_update().order_by("id"):
        place = endpoint_place(row.pk)
        if row.secret:
            row.secret = wrap_under(new, unwrap_under(old, row.secret, place), place)
            count += 1
        if row.previous_secret:
            secret = unwrap_under(old, row.previous_secret, place)
            row.previous_secret = wrap_under(new, secret, place)
            count += 1
        row.save(update_fields=["secret", "previous_secret"])
    return count

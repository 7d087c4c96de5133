"""Which key seals what is about one subject, and what happens when they are erased?

A subject is a customer's id. Their key is made when it is first needed, in the transaction that
needs it. `forget` deletes it: what it sealed cannot be opened again. Somebody who comes back
after that gets a new key, which opens nothing of before.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from django.utils import timezone

from troth.store.models import Erasure, SubjectKey
from troth.store.queries.viewing import as_the_program
from troth.store.sealing.ciphers import KEY_BYTES, decrypt, encrypt, place
from troth.store.sealing.errors import DamagedSecretError, ErasedError
from troth.store.sealing.workspace_keys import (
    hold_key,
    unwrap_under,
    workspace_key,
    wrap_under,
)

ROW_PEPPER = "workspace:row-hash"  # no customer's id looks like this
_PURPOSE = b"troth seal v1"


def seal(subject: str, plaintext: bytes, aad: bytes) -> bytes:
    """nonce ‖ ciphertext ‖ tag under the subject's key, which is made if need be.

    `aad` is the place where the bytes will stand, such as b"audit:17"; they open nowhere else.
    """
    return encrypt(subject_key(subject), plaintext, place(_PURPOSE, subject.encode(), aad))


def open_sealed(subject: str, sealed: bytes | memoryview[int], aad: bytes) -> bytes:
    """What `seal` was given.

    Raises ErasedError where the subject was erased since, DamagedSecretError where the bytes
    were changed or stand in another place than the one that they were sealed for.
    """
    row = SubjectKey.objects.filter(subject=subject).first()
    found = None
    if row is not None:
        key = unwrap_under(workspace_key(), row.wrapped, subject.encode())
        found = decrypt(key, bytes(sealed), place(_PURPOSE, subject.encode(), aad))
    if found is not None:
        return found
    if row is None or Erasure.objects.filter(subject=subject).exists():
        raise ErasedError(
            f"{subject} was erased: what was sealed for them cannot be read any more. "
            "The entry's commitment and proof stay valid."
        )
    raise DamagedSecretError(
        f"A sealed value of {subject} does not open at {aad.decode(errors='replace')}: "
        "it was changed, or copied from another place. `troth audit verify` names the entry; "
        "restore it from a backup."
    )


def subject_key(subject: str) -> bytes:
    """The subject's key, 32 bytes, made if there is none."""
    return subject_keys([subject])[subject]


def subject_keys(subjects: Iterable[str]) -> dict[str, bytes]:
    """The keys of many subjects; those that are missing are made in the order of their ids, so
    that two transactions never wait for each other."""
    wanted = sorted(set(subjects))
    found = _stored(wanted)
    missing = [subject for subject in wanted if subject not in found]
    if not missing:
        return found
    hold_key()
    workspace = workspace_key()
    made = [
        SubjectKey(
            subject=subject,
            wrapped=wrap_under(workspace, secrets.token_bytes(KEY_BYTES), subject.encode()),
            created_at=timezone.now(),
        )
        for subject in missing
    ]
    SubjectKey.objects.bulk_create(made, ignore_conflicts=True)
    return found | _stored(missing)  # whoever was first has made the key that counts


def forget(subjects: Iterable[str]) -> int:
    """Delete the keys of subjects, in the order of their ids; how many there were."""
    wanted = sorted(set(subjects))
    rows = SubjectKey.objects.filter(subject__in=wanted).order_by("subject")
    held = list(rows.select_for_update().values_list("subject", flat=True))
    return SubjectKey.objects.filter(subject__in=held).delete()[0]


def row_pepper() -> bytes:
    """The workspace's secret in the hash of a delivered row, 32 bytes.

    It is a key like a subject's, so that it stays the same when the workspace's key changes.
    """
    with as_the_program():  # it is nobody's
        return subject_key(ROW_PEPPER)


def _stored(subjects: list[str]) -> dict[str, bytes]:
    rows = SubjectKey.objects.filter(subject__in=subjects).values_list("subject", "wrapped")
    listed = list(rows)
    if not listed:
        return {}
    workspace = workspace_key()
    return {
        subject: unwrap_under(workspace, wrapped, subject.encode()) for subject, wrapped in listed
    }

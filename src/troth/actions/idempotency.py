"""Was this request answered before, and with what?

A program that gets no answer sends again. With a key of its own choosing, the work is done once:
the answer is kept in the transaction of the work, so that either both are there or neither is.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from troth.actions.recording import writing
from troth.store.models import IdempotencyKey, User
from troth.store.models.accounts import SYSTEM_USERNAME
from troth.store.sealing import unwrap, wrap

KEPT_FOR = timedelta(hours=24)

# An error that comes from the request alone will come again. What depends on a role, a clock or
# the machine's health may not, so its key stays free for another try.
_FINAL_ERRORS = frozenset({400, 404, 413, 415, 422})


class KeyReusedError(ValueError):
    """This idempotency key was used for another request. Choose a new key for a new request."""


class InFlightError(RuntimeError):
    """The first request with this idempotency key is still at work. Send again in a moment."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was answered, to the byte."""

    status: int
    body: str
    content_type: str
    is_secret: bool = False  # kept encrypted: whoever reads the table must not read it
    is_repeated: bool = False  # it was kept, and no work was done this time

    @property
    def is_final(self) -> bool:
        """Whether the same request would be answered in the same way again."""
        return self.status < 400 or self.status in _FINAL_ERRORS


def answer_once(
    *, acting_user: User, key: str, request_sha256: str, work: Callable[[], Answer]
) -> Answer:
    """The kept answer, or that of `work`, which runs in the transaction that keeps it.

    An answer that is not final undoes what the work wrote, and keeps nothing. Raises
    KeyReusedError, InFlightError; whatever `work` raises undoes everything.
    """
    with writing():
        if not _reserve(acting_user, key):
            raise InFlightError(_told(InFlightError))
        row_id = _insert(acting_user, key, request_sha256)
        if row_id is None:
            return _kept(acting_user, key, request_sha256)
        answer = work()
        if answer.is_final:
            IdempotencyKey.objects.filter(pk=row_id).update(
                status=answer.status,
                answer=_sealed(answer.body, row_id) if answer.is_secret else answer.body,
                content_type=answer.content_type,
            )
        else:
            transaction.set_rollback(True)
        return answer


def forget_answers(*, before: datetime | None = None) -> int:
    """Drop kept answers from before an instant, by default KEPT_FOR ago; how many.

    What the program itself keeps stays: an event that landed never lands again.
    """
    limit = before or timezone.now() - KEPT_FOR
    rows = IdempotencyKey.objects.filter(created_at__lt=limit)
    forgotten, _ = rows.exclude(user__username=SYSTEM_USERNAME).delete()
    return forgotten


def claim(keys: Mapping[str, str], *, holder: User) -> dict[str, str]:
    """Take each key (→ digest of what it stands for) for good; those taken before → their digest.

    Runs in the caller's transaction, and waits for another one that claims the same key.
    """
    ordered = sorted(
        keys
    )  # the same order everywhere, so that two claims never wait for each other
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO store_idempotencykey"
            " (user_id, key, request_sha256, status, answer, content_type, created_at)"
            " SELECT %s, item.key, item.digest, 200, '', '', now()"
            " FROM unnest(%s::text[], %s::text[]) AS item (key, digest)"
            " ON CONFLICT (user_id, key) DO NOTHING RETURNING key",
            [holder.pk, ordered, [keys[key] for key in ordered]],
        )
        fresh = {row[0] for row in cursor.fetchall()}
    taken = IdempotencyKey.objects.filter(user=holder, key__in=keys.keys() - fresh)
    return dict(taken.values_list("key", "request_sha256"))


def _reserve(acting_user: User, key: str) -> bool:
    """Take the key until this transaction ends; False where another one has it.

    A lock, because an insert would wait for the other transaction instead of answering.
    """
    name = f"troth-idempotency/{acting_user.pk}/{key}".encode()
    number = int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])


def _insert(acting_user: User, key: str, request_sha256: str) -> int | None:
    """The new row's id; None where the key is there already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO store_idempotencykey"
            " (user_id, key, request_sha256, answer, content_type, created_at)"
            " VALUES (%s, %s, %s, '', '', now())"
            " ON CONFLICT (user_id, key) DO NOTHING RETURNING id",
            [acting_user.pk, key, request_sha256],
        )
        found = cursor.fetchone()
        return None if found is None else int(found[0])


def _kept(acting_user: User, key: str, request_sha256: str) -> Answer:
    row = IdempotencyKey.objects.get(user=acting_user, key=key)
    if row.request_sha256 != request_sha256:
        raise KeyReusedError(_told(KeyReusedError))
    if row.status is None:
        raise InFlightError(_told(InFlightError))
    is_secret = row.answer.startswith(_SEALED)
    return Answer(
        status=row.status,
        body=_opened(row.answer, row.pk) if is_secret else row.answer,
        content_type=row.content_type,
        is_secret=is_secret,
        is_repeated=True,
    )


_SEALED = "sealed:"  # no JSON begins so


def _sealed(body: str, row_id: int) -> str:
    return _SEALED + b64encode(wrap(body.encode(), f"answer:{row_id}".encode())).decode()


def _opened(kept: str, row_id: int) -> str:
    return unwrap(b64decode(kept.removeprefix(_SEALED)), f"answer:{row_id}".encode()).decode()


def _told(error: type[Exception]) -> str:
    return (error.__doc__ or "").strip()

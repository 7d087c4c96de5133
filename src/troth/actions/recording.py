"""How does a write get its author and its audit entry?

Every action wraps what it writes in `recorded`: one transaction, one entry. Entries are appended
when the outermost block ends, so that the log's lock is the last one that a transaction takes and
two writers can never wait for each other.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from troth.core.access.roles import Right, Role
from troth.core.ledger.canonical import canonical_bytes, canonical_text
from troth.core.ledger.commitments import SALT_BYTES, commitment
from troth.core.ledger.envelope import RowChange, envelope_of, sealed_place
from troth.store.models import User
from troth.store.queries.viewing import NotAllowedError, acting, as_the_program
from troth.store.row_content import row_content, row_key
from troth.store.sealing import seal

Op = Literal["write", "delete"]


@dataclass(kw_only=True)
class Entry:
    """What an action will have done; it fills this in while it works."""

    subject: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    rows: list[RowChange] = field(default_factory=list)
    personal: dict[str, Any] = field(default_factory=dict)  # sealed for the entry's customer
    facts: Mapping[str, Any] | None = None  # of a landing: its id, kind, count and Merkle root
    reasons: list[str] = field(default_factory=list)  # that only turned up in the work
    is_empty: bool = False  # nothing was changed: no entry is written

    def wrote(self, row: Model, *, op: Op = "write", salt: bytes = b"") -> None:
        """Commit to one row, as it stands in memory now; with its own salt where it has one."""
        salt = salt or bytes(getattr(row, "salt", b""))
        self.changed(row._meta.db_table, row.pk, row_content(row), op=op, salt=salt)

    def wrote_all(self, rows: Iterable[Model], *, op: Op = "write") -> None:
        """Commit to each of many rows."""
        for row in rows:
            self.wrote(row, op=op)

    def changed(
        self, table: str, key: object, content: bytes, *, op: Op = "write", salt: bytes = b""
    ) -> None:
        """Commit to a row by its table, primary key and content; `salt` where it is personal."""
        self.rows.append(
            RowChange(table=table, key=row_key(key), op=op, digest=sha256(salt + content).digest())
        )

    def landed(self, *, landing_id: int, kind: str, count: int, root: bytes) -> None:
        """Commit to the facts of a landing, which are found by it and not listed twice."""
        self.facts = {"landing": landing_id, "kind": kind, "count": count, "root": root.hex()}


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """An entry whose work is done and that is not yet appended."""

    at: datetime
    actor: User
    action: str
    reason: str
    customer_id: str
    policy_version: str
    entry: Entry


_waiting: ContextVar[list[_Waiting] | None] = ContextVar("troth_waiting_entries", default=None)


@contextmanager
def writing() -> Iterator[None]:
    """One transaction. What is recorded in it is appended to the log when it ends.

    A block inside another is a savepoint: what it recorded is dropped where it fails.
    """
    outer = _waiting.get()
    if outer is not None:
        before = len(outer)
        try:
            with transaction.atomic():
                yield
        except BaseException:
            del outer[before:]
            raise
        return
    entries: list[_Waiting] = []
    token = _waiting.set(entries)
    try:
        with transaction.atomic():
            yield
            if entries and not transaction.get_rollback():
                with as_the_program():  # an entry is hashed with those of others
                    _append(entries)
    finally:
        _waiting.reset(token)


@contextmanager
def recorded(
    *,
    acting_user: User,
    action: str,
    right: Right | None,
    subject: str = "",
    reason: str = "",
    customer_id: str = "",
    policy_version: str = "",
    is_company_wide: bool = False,
) -> Iterator[Entry]:
    """One transaction with its audit entry, in which `acting_user` sees what `right` lets them see.

    `is_company_wide` is for what is worked out over all customers, whoever asked for it, and shown
    to nobody: it sees what the program sees. Raises NotAllowedError where the role lacks the right.

    `action` is `source:subject:verb`, as "customer:tier:assigned". `reason` is what a person
    wrote; where the entry is about one customer it is sealed under that customer's key.
    """
    role = Role(acting_user.role)
    if right is not None and not acting_user.may(right):
        raise NotAllowedError(right, role)
    with writing():
        entry = Entry(subject=subject)
        with as_the_program() if is_company_wide else acting(acting_user, right):
            yield entry
        if not entry.is_empty:
            entries = _waiting.get()
            assert entries is not None  # we are inside `writing`
            entries.append(
                _Waiting(
                    at=timezone.now(),
                    actor=acting_user,
                    action=action,
                    reason="; ".join(part for part in (reason, *entry.reasons) if part),
                    customer_id=customer_id,
                    policy_version=policy_version,
                    entry=entry,
                )
            )


_APPEND = "SELECT audit_append(%s, %s::text[], %s::text[], %s::text[], %s::bytea[], %s, %s)"


def _append(entries: Iterable[_Waiting]) -> None:
    """Put the entries into the log, in their order; the database numbers and hashes them."""
    with connection.cursor() as cursor:
        for waiting in entries:
            rows = sorted(waiting.entry.rows)
            commitments, secret = _sealed(waiting)
            content = envelope_of(
                at=waiting.at,
                actor=waiting.actor.pk,
                action=waiting.action,
                subject=waiting.entry.subject,
                customer=waiting.customer_id,
                policy_version=waiting.policy_version,
                reason="" if "reason" in commitments else waiting.reason,
                detail=waiting.entry.detail,
                rows=rows,
                facts=waiting.entry.facts,
                commitments=commitments,
            )
            cursor.execute(
                _APPEND,
                [
                    canonical_text(content),
                    [row.table for row in rows],
                    [row.key for row in rows],
                    [row.op for row in rows],
                    [row.digest for row in rows],
                    waiting.customer_id,
                    secret,
                ],
            )


def _sealed(waiting: _Waiting) -> tuple[dict[str, str], bytes | None]:
    """A commitment to each personal value, and the values with their salts, encrypted.

    A reason is what a person typed, so it may name anybody: it counts as personal.
    """
    values = dict(waiting.entry.personal)
    if waiting.reason and waiting.customer_id:
        values["reason"] = waiting.reason
    if not values:
        return {}, None
    if not waiting.customer_id:
        raise ValueError(
            f"{waiting.action}: personal values need the customer whose key seals them"
        )
    opening = {
        name: {"salt": secrets.token_bytes(SALT_BYTES).hex(), "value": value}
        for name, value in values.items()
    }
    commitments = {
        name: commitment(bytes.fromhex(item["salt"]), item["value"]).hex()
        for name, item in opening.items()
    }
    aad = sealed_place(commitments)
    return commitments, seal(waiting.customer_id, canonical_bytes(opening), aad)

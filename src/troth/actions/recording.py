"""How does a write get its author and its audit entry?

Every action wraps what it writes in `recorded`: one transaction, one entry. The entry is
inserted last, so that the log's lock is the last one taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from troth.core.access.roles import Right, Role, may
from troth.core.ledger.tree import merkle_root
from troth.store.models import AuditEntry, User
from troth.store.queries.viewing import NotAllowedError


@dataclass(kw_only=True)
class Entry:
    """What an action will have done; it fills this in while it works."""

    subject: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    row_count: int = 1
    rows_root: str = ""
    is_empty: bool = False  # nothing was changed: no entry is written

    def commit_to(self, rows: Iterable[bytes]) -> None:
        """Make the entry stand for many rows: their count and their Merkle root."""
        listed = list(rows)
        self.row_count = len(listed)
        self.rows_root = merkle_root(listed).hex()
        self.is_empty = not listed


@contextmanager
def recorded(
    *, acting_user: User, action: str, right: Right | None, subject: str = "", reason: str = ""
) -> Iterator[Entry]:
    """One transaction with its audit entry. Raises NotAllowedError where the role lacks the right.

    `action` is `source:subject:verb`, as "customer:tier:assigned".
    """
    role = Role(acting_user.role)
    if right is not None and not may(role, right):
        raise NotAllowedError(right, role)
    with transaction.atomic():
        entry = Entry(subject=subject)
        yield entry
        if not entry.is_empty:
            AuditEntry.objects.create(
                at=timezone.now(),
                actor=acting_user,
                action=action,
                subject=entry.subject,
                reason=reason,
                detail=entry.detail,
                row_count=entry.row_count,
                rows_root=entry.rows_root,
            )

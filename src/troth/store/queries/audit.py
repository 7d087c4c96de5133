"""Who wrote what, when and why?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from troth.core.access.roles import Right
from troth.store.models import AuditEntry
from troth.store.queries.lists import PAGE_SIZE, Choice, Page, choices, cut, ordered
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible_entries

SORTS = {"at": "at", "action": "action", "subject": "subject", "rows": "row_count"}


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One write, in the transaction of that write."""

    id: int
    at: datetime
    actor: str  # username
    actor_name: str
    action: str  # source:subject:verb
    subject: str
    customer_id: str
    policy_version: str
    reason: str
    detail: Mapping[str, Any]
    row_count: int
    rows_root: str  # Merkle root over the rows, hex


def find_entries(
    *,
    viewer: Viewer,
    q: str = "",
    action: str = "",
    actor: str = "",
    sort: str = "-at",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[AuditRow]:
    """Audit entries, newest first; `q` is the beginning of a subject.

    Raises BadListError, NotAllowedError.
    """
    with viewing(viewer, Right.SEE_AUDIT) as sight:
        rows = visible_entries(sight).select_related("actor")
        chosen = {"action": action, "actor__username": actor, "subject__istartswith": q.strip()}
        rows = rows.filter(**{name: value for name, value in chosen.items() if value})
        rows = ordered(rows, sort=sort, columns=SORTS, key="-pk")
        return cut(rows, page=page, size=size, to_row=audit_row)


def author_of(*, viewer: Viewer, index: int) -> str:
    """The name of whoever wrote an entry; "" where there is no such entry."""
    with viewing(viewer, Right.SEE_AUDIT):
        names = AuditEntry.objects.filter(pk=index).values_list("actor__name", flat=True)
        return names.first() or ""


def audit_choices(*, viewer: Viewer) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """The actions and the actors (by username) that occur."""
    with viewing(viewer, Right.SEE_AUDIT) as sight:
        everything = visible_entries(sight)
        return choices(everything, "action"), choices(everything, "actor__username")


def audit_row(row: AuditEntry) -> AuditRow:
    """A row as the record that is read; its author is loaded with it."""
    return AuditRow(
        id=row.pk,
        at=row.at,
        actor=row.actor.username,
        actor_name=row.actor.name,
        action=row.action,
        subject=row.subject,
        customer_id=row.customer_id,
        policy_version=row.policy_version,
        reason=row.reason,
        detail=row.detail,
        row_count=row.row_count,
        rows_root=row.rows_root,
    )

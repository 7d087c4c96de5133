"""Who was erased, on whose word, and does it hold?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from troth.core.access.roles import Right
from troth.store.facts.erased import left_of
from troth.store.models import Erasure
from troth.store.queries.viewing import Viewer, as_the_program, viewing
from troth.store.queries.visibility import hidden_customers


@dataclass(frozen=True, kw_only=True)
class ErasureRow:
    """One erasure."""

    id: str
    subject: str  # a customer's id, or a contact's or agent's key
    reason: str  # a code: request, retention, court_order
    requested_by: str
    erased_at: datetime
    deleted: Mapping[str, int]  # table → rows
    left: int  # personal records that are there all the same: a restore brought them back

    @property
    def state(self) -> str:
        """erased, or came_back: until `troth privacy replay` does it again."""
        return "came_back" if self.left else "erased"


def find_erasures(*, viewer: Viewer) -> tuple[ErasureRow, ...]:
    """Every erasure, the newest first; of restricted customers for whom one is named, or none.

    Raises NotAllowedError.
    """
    with viewing(viewer, Right.ERASE) as sight:
        hidden = hidden_customers(sight)
        with as_the_program():  # a contact's or an agent's is no customer's row
            rows = Erasure.objects.exclude(subject__in=hidden).select_related("requested_by")
            found = list(rows.order_by("-erased_at", "-pk"))
            left = left_of([row.pk for row in found])
    return tuple(
        ErasureRow(
            id=row.pk,
            subject=row.subject,
            reason=row.reason,
            requested_by=row.requested_by.name,
            erased_at=row.erased_at,
            deleted=row.counts,
            left=left.get(row.pk, 0),
        )
        for row in found
    )

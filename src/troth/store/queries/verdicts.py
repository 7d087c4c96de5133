"""What have stewards said of who is who, and what of it still holds?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from troth.core.access.roles import Right
from troth.store.models import IdentityVerdict
from troth.store.queries.lists import PAGE_SIZE, NotFoundError, Page, cut
from troth.store.queries.masking import written
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import visible_verdicts


@dataclass(frozen=True, kw_only=True)
class VerdictRow:
    """One verdict on two customers or two source records."""

    id: str
    verdict: str  # same, apart
    level: str  # customer, record
    one: str  # of a merge: who survives
    other: str
    author: str
    reason: str  # "" where what colleagues wrote of a customer is masked
    given_at: datetime
    withdrawn_at: datetime | None

    @property
    def is_merge(self) -> bool:
        return (self.verdict, self.level) == ("same", "customer")


def find_verdicts(
    *,
    viewer: Viewer,
    holds: bool | None = True,
    customer_id: str = "",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[VerdictRow]:
    """Verdicts, the newest first; `holds` False: those taken back. Raises NotAllowedError.

    Whoever may not see both customers is not told of them.
    """
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        rows = chosen(sight, holds=holds, customer_id=customer_id).order_by("-given_at", "pk")
        return cut(rows, page=page, size=size, to_row=lambda row: row_of(sight, row))


def verdict(*, viewer: Viewer, verdict_id: str) -> VerdictRow:
    """One verdict, whether it holds or not. Raises NotFoundError, NotAllowedError."""
    with viewing(viewer, Right.SEE_CUSTOMERS) as sight:
        row = chosen(sight, holds=None, customer_id="").filter(pk=verdict_id).first()
        if row is None:
            raise NotFoundError("verdict", verdict_id)
        return row_of(sight, row)


def chosen(sight: Sight, *, holds: bool | None, customer_id: str) -> QuerySet[IdentityVerdict]:
    """The verdicts that a viewer may see and asked for. Call it inside `viewing`."""
    rows = visible_verdicts(IdentityVerdict.objects.select_related("author"), sight)
    if holds is not None:
        rows = rows.filter(withdrawn_at__isnull=holds)
    return rows.filter(customers__contains=[customer_id]) if customer_id else rows


def row_of(sight: Sight, row: IdentityVerdict) -> VerdictRow:
    """A verdict as this viewer may see it."""
    return VerdictRow(
        id=row.pk,
        verdict=row.verdict,
        level=row.level,
        one=row.one,
        other=row.other,
        author=row.author.name,
        reason=written(sight.viewer, row.reason, subject=row.pk, author=row.author_id),
        given_at=row.given_at,
        withdrawn_at=row.withdrawn_at,
    )

"""Which rows break what their contracts say: those kept out, and those let in to be looked at?"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from troth.core.access.roles import Right
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible_quarantine

ENTRY, BATCH = "contract:entry:", "contract:batch:"


@dataclass(frozen=True, kw_only=True)
class BrokenTerms:
    """How many rows of a feed wait because of its contract."""

    kept_out: int = 0
    let_in: int = 0  # they landed, and a steward has to look at them


def broken_terms(*, viewer: Viewer) -> dict[tuple[str, str], BrokenTerms]:
    """(source, feed) → rows that wait."""
    with viewing(viewer, Right.SEE_QUARANTINE) as sight:
        rows = (
            visible_quarantine(sight)
            .filter(resolved_at=None, code__startswith="contract:")
            .values("source", "feed")
            .annotate(
                kept_out=Count("pk", filter=Q(code__startswith=ENTRY)),
                let_in=Count("pk", filter=Q(code__startswith=BATCH)),
            )
        )
        return {
            (row["source"], row["feed"]): BrokenTerms(
                kept_out=row["kept_out"], let_in=row["let_in"]
            )
            for row in rows
        }

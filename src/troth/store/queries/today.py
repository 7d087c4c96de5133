"""What needs this person today?

Each part is a read of its own, so that one that fails leaves the others standing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from troth.core.access.roles import Right
from troth.store.models import Clock, Promise
from troth.store.queries.cases import CaseRow, breached, case_row, soonest_due
from troth.store.queries.lists import Page, cut
from troth.store.queries.orders import PromiseRow, find_promises
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible

SOON = timedelta(hours=8)
_MOST = 8


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How work stands at a moment, in a few numbers."""

    open_orders: int
    late_orders: int
    at_risk_orders: int
    kept_30_days: int  # promises kept among those that ended in the 30 days before
    ended_30_days: int
    running_case_clocks: int
    breached_case_clocks: int

    @property
    def kept_share(self) -> float | None:
        """Share of promises kept, 0 to 1; None where none ended."""
        return self.kept_30_days / self.ended_30_days if self.ended_30_days else None


def standing(*, viewer: Viewer, at: datetime) -> Standing:
    """The numbers at the top of the day."""
    with viewing(viewer, Right.SEE_ORDERS) as sight:
        promises = visible(Promise.objects.all(), sight)
        by_state = dict(
            promises.filter(state__in=("open", "late"))
            .order_by()
            .values_list("state")
            .annotate(count=Count("pk"))
        )
        ended = dict(
            promises.filter(
                state__in=("kept", "broken"),
                promised_at__gt=at - timedelta(days=30),
                promised_at__lte=at,
            )
            .order_by()
            .values_list("state")
            .annotate(count=Count("pk"))
        )
        clocks = dict(
            visible(Clock.objects.filter(subject_kind="case", state="in_progress"), sight)
            .order_by()
            .values_list("breached")
            .annotate(count=Count("pk"))
        )
    at_risk = find_promises(viewer=viewer, state="at_risk", size=1).total
    return Standing(
        open_orders=sum(by_state.values()),
        late_orders=by_state.get("late", 0),
        at_risk_orders=at_risk,
        kept_30_days=ended.get("kept", 0),
        ended_30_days=sum(ended.values()),
        running_case_clocks=sum(clocks.values()),
        breached_case_clocks=clocks.get(True, 0),
    )


def late_promises(*, viewer: Viewer, most: int = _MOST) -> Page[PromiseRow]:
    """Open orders past their promise, the longest late first."""
    return find_promises(viewer=viewer, state="late", sort="promised", size=most)


def at_risk_promises(*, viewer: Viewer, most: int = _MOST) -> Page[PromiseRow]:
    """Open orders that are expected after their promise, the soonest promised first."""
    return find_promises(viewer=viewer, state="at_risk", sort="promised", size=most)


def breached_cases(*, viewer: Viewer, most: int = _MOST) -> Page[CaseRow]:
    """Open cases past a due time, by their place in the queue."""
    with viewing(viewer, Right.SEE_CASES) as sight:
        return cut(breached(sight), page=1, size=most, to_row=lambda row: case_row(viewer, row))


def soon_due_cases(*, viewer: Viewer, at: datetime, most: int = _MOST) -> Page[CaseRow]:
    """Open cases with a clock due within the next hours (`SOON`), the soonest first."""
    with viewing(viewer, Right.SEE_CASES) as sight:
        rows = soonest_due(sight, after=at, until=at + SOON)
        return cut(rows, page=1, size=most, to_row=lambda row: case_row(viewer, row))

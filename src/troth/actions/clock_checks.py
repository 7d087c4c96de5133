"""Which clocks have run past their due time?

Clocks are rows, not jobs: a scan takes what is due, in steps, and skips what another scan holds.
"""

from __future__ import annotations

from datetime import datetime

from troth.actions.news import breached, late
from troth.actions.outbox import Audience
from troth.actions.recording import recorded
from troth.core.access.roles import Right
from troth.store.models import Clock, Promise, User

_STEP = 500


def breach_due_clocks(*, at: datetime, acting_user: User) -> int:
    """Flag every running clock whose due time has passed at `at`; how many.

    A promise whose delivery clock is breached becomes late. Safe to run in several places.
    """
    total = 0
    while found := _breach_some(at, acting_user):
        total += found
    return total


def _breach_some(at: datetime, acting_user: User) -> int:
    with recorded(
        acting_user=acting_user,
        action="clock:due:breached",
        right=Right.RUN,
        is_company_wide=True,
    ) as entry:
        due = list(
            Clock.objects.select_for_update(skip_locked=True)
            .filter(state="in_progress", breached=False, due_at__lt=at)
            .order_by("id")[:_STEP]
        )
        for clock in due:
            clock.breached, clock.breached_at = True, clock.due_at
        Clock.objects.bulk_update(due, ["breached", "breached_at"])
        orders = sorted(clock.subject for clock in due if clock.metric == "delivery")
        promises = list(
            Promise.objects.select_for_update()
            .filter(order_key__in=orders, state="open")
            .order_by("order_key")
        )
        for promise in promises:
            promise.state = "late"
        Promise.objects.bulk_update(promises, ["state"])
        entry.wrote_all(due)
        entry.wrote_all(promises)
        entry.is_empty = not due
        audience = Audience.load() if due else Audience(asked={})
        audience.tell(breached(clock) for clock in due if clock.subject_kind == "case")
        audience.tell(late(promise) for promise in promises)
    return len(due)

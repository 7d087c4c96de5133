"""How is a clock kept as a row?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from troth.core.work import clocks
from troth.store.models import Clock, Promise


def clock_row(
    clock: clocks.Clock,
    *,
    subject_kind: str,
    subject: str,
    customer_id: str | None,
    region: str,
    calendar_digest: str,
) -> Clock:
    """The row of a clock on a subject."""
    return Clock(
        subject_kind=subject_kind,
        subject=subject,
        metric=clock.metric,
        customer_id=customer_id,
        region=region,
        target_seconds=clock.target_seconds,
        started_at=clock.started_at,
        due_at=clock.due_at,
        state=clock.state.value,
        breached=clock.breached,
        breached_at=clock.breached_at,
        paused_at=clock.paused_at,
        stopped_at=clock.stopped_at,
        working_elapsed_seconds=clock.working_elapsed_seconds,
        wall_elapsed_seconds=clock.wall_elapsed_seconds,
        working_paused_seconds=clock.working_paused_seconds,
        wall_paused_seconds=clock.wall_paused_seconds,
        pauses=clock.pauses,
        resets=clock.resets,
        fixed_due_at=clock.target.due_at,
        as_of=clock.as_of,
        calendar_digest=calendar_digest,
    )


def run_out(rows: Iterable[Clock], scanned_until: datetime) -> list[Clock]:
    """Those that a scan finds run out by then, flagged as it flags them; they were not yet."""
    found = [
        row
        for row in rows
        if row.state == "in_progress" and not row.breached and row.due_at <= scanned_until
    ]
    for row in found:
        row.breached, row.breached_at = True, row.due_at
    return found


def make_late(promises: Iterable[Promise], clocks: Iterable[Clock]) -> None:
    """Promises whose delivery clocks these are, as a scan leaves them."""
    late = {clock.subject for clock in clocks}
    for row in promises:
        row.state = "late" if row.pk in late else row.state

"""Which clocks run on this subject, and where do they stand?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from troth.store.models import Clock
from troth.store.queries.viewing import Sight
from troth.store.queries.visibility import visible


@dataclass(frozen=True, kw_only=True)
class ClockRow:
    """One clock as it was last left. Elapsed time is kept both working and by the wall."""

    subject_kind: str
    subject: str
    metric: str  # delivery, first_response, resolution
    state: str  # in_progress, paused, completed, cancelled
    is_breached: bool
    target_seconds: int | None  # working seconds
    started_at: datetime
    due_at: datetime
    breached_at: datetime | None
    paused_at: datetime | None
    stopped_at: datetime | None
    working_elapsed_seconds: int
    wall_elapsed_seconds: int


def clocks_of(sight: Sight, subject_kind: str, subject: str) -> tuple[ClockRow, ...]:
    """The clocks of one subject, the earliest due first. Call it inside `viewing`."""
    rows = visible(Clock.objects.filter(subject_kind=subject_kind, subject=subject), sight)
    return tuple(clock_row(row) for row in rows.order_by("due_at", "metric"))


def clock_row(row: Clock) -> ClockRow:
    """A clock's row as a record."""
    return ClockRow(
        subject_kind=row.subject_kind,
        subject=row.subject,
        metric=row.metric,
        state=row.state,
        is_breached=row.breached,
        target_seconds=row.target_seconds,
        started_at=row.started_at,
        due_at=row.due_at,
        breached_at=row.breached_at,
        paused_at=row.paused_at,
        stopped_at=row.stopped_at,
        working_elapsed_seconds=row.working_elapsed_seconds,
        wall_elapsed_seconds=row.wall_elapsed_seconds,
    )

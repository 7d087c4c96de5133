"""Which moment counts as now, and how far has the main job come?

Histories are decided as of their own moments: "late" is measured at the moment of the last
finished run, not by the clock on the wall, so that a page about last year's data is not all red.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from troth.core.access.roles import Right
from troth.store.models import Run
from troth.store.queries.lists import PAGE_SIZE, Page, cut
from troth.store.queries.viewing import Viewer, viewing


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """One run of the main job."""

    id: int
    as_of: datetime | None  # what counted as now
    started_at: datetime
    finished_at: datetime | None
    stage: str
    summary: Mapping[str, Any]

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


def _row(run: Run) -> RunRow:
    return RunRow(
        id=run.pk,
        as_of=run.as_of,
        started_at=run.started_at,
        finished_at=run.finished_at,
        stage=run.stage,
        summary=run.summary,
    )


def moment_of(viewer: Viewer) -> datetime:
    """What counts as now: the moment of the last finished run; without one, the clock's."""
    with viewing(viewer, Right.SEE_ORDERS):
        as_of = (
            Run.objects.filter(finished_at__isnull=False, as_of__isnull=False)
            .order_by("-pk")
            .values_list("as_of", flat=True)
            .first()
        )
    return as_of or timezone.now()


def last_run(*, viewer: Viewer) -> RunRow | None:
    """The newest run, finished or not."""
    with viewing(viewer, Right.SEE_ORDERS):
        run = Run.objects.order_by("-pk").first()
        return None if run is None else _row(run)


def find_runs(*, viewer: Viewer, page: int = 1, size: int = PAGE_SIZE) -> Page[RunRow]:
    """Runs, newest first."""
    with viewing(viewer, Right.SEE_ORDERS):
        return cut(Run.objects.order_by("-pk"), page=page, size=size, to_row=_row)

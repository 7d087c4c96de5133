"""How does somebody ask for the main job, to be done in the background?

The job is deferred by its name, in the transaction of its audit entry. One that waits already will
see all that has landed by now, so it stands for every request that comes before it begins.
"""

from __future__ import annotations

from dataclasses import dataclass

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from troth.actions.recording import recorded
from troth.core.access.roles import Right
from troth.store.models import User

JOB = "run"  # the task's name in jobs, which is its lock and its queueing lock too


@dataclass(frozen=True, kw_only=True)
class RequestedRun:
    """The job that will do what was asked for."""

    job_id: int
    is_new: bool  # False: it waited already, and nothing was written


def request_run(*, acting_user: User) -> RequestedRun:
    """Queue the main job, or find the one that waits. Raises NotAllowedError."""
    while True:  # again only where a worker took the waiting job up between the two looks
        try:
            with recorded(
                acting_user=acting_user, action="run:job:requested", right=Right.RUN
            ) as entry:
                job_id = app.configure_task(JOB, lock=JOB, queueing_lock=JOB).defer()
                entry.subject = str(job_id)
            return RequestedRun(job_id=job_id, is_new=True)
        except AlreadyEnqueued:
            waiting = ProcrastinateJob.objects.filter(queueing_lock=JOB, status="todo").first()
            if waiting is not None:
                return RequestedRun(job_id=waiting.pk, is_new=False)

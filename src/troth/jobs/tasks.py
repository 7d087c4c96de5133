"""Which jobs are there? Each is idempotent, and none holds a rule."""

from __future__ import annotations

from pathlib import Path

import structlog
from django.conf import settings
from django.db import connections
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from troth.actions.backups import backup_when_due, reader_url
from troth.actions.delivering import deliver_due
from troth.actions.idempotency import forget_answers
from troth.actions.people import system_user
from troth.actions.rollout_checks import watch
from troth.actions.running import run
from troth.actions.sessions import forget_ended
from troth.connectors.workspace import find_workspace
from troth.store.connecting import database_urls

_LOG = structlog.get_logger("troth.jobs")
_STALLED_SECONDS = 120


class _Quiet:
    """A run in the background reports to the log alone."""

    def stage(self, name: str, about: str) -> None:
        _LOG.info("run", stage=name, about=about)

    def progress(self, count: int) -> None:
        """Counting is for people who watch."""


@app.task(name="run", queueing_lock="run", lock="run", retry=RetryStrategy(max_attempts=3, wait=30))
def run_main_job() -> None:
    """The main job on this workspace."""
    workspace = find_workspace(Path(settings.WORKSPACE))
    result = run(workspace, acting_user=system_user(), reporter=_Quiet())
    _LOG.info("run", stage="finished", landed=result.landed, decided=result.written)


@app.periodic(cron="41 * * * *")
@app.task(name="back_up", queueing_lock="back_up", lock="back_up")
def back_up_when_due(timestamp: int) -> None:
    """A backup where troth.toml asks for one by now."""
    workspace = find_workspace(Path(settings.WORKSPACE))
    app_url, owner_url = database_urls(connections)
    made = backup_when_due(
        workspace,
        acting_user=system_user(),
        reader_url=reader_url(workspace, app_url=app_url, owner_url=owner_url),
        at=timezone.now(),
        reporter=_Quiet(),
    )
    if made is not None:
        _LOG.info("backup", path=str(made.path), bytes=made.size, problems=made.problems)


# Without this, the job of a worker that was killed would hang for ever.
@app.periodic(cron="* * * * *")
@app.task(name="retry_stalled", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Put the jobs of workers that have died back into the queue."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS):
        _LOG.warning("stalled job", job=job.id, task=job.task_name)
        await manager.retry_job(job)


# A scan of rows, not a job a message: any number of these may run at once.
@app.periodic(cron="* * * * *")
@app.task(name="deliver", queueing_lock="deliver")
def deliver(timestamp: int) -> None:
    """Send what waits in the outbox and is due."""
    came = deliver_due(acting_user=system_user())
    if came.tried:
        _LOG.info("outbox", tried=came.tried, delivered=came.delivered, dead=came.dead)


@app.periodic(cron="*/5 * * * *")
@app.task(name="watch_rollouts", queueing_lock="watch_rollouts", lock="watch_rollouts")
def watch_rollouts(timestamp: int) -> None:
    """Undo the roll-outs that do harm, and publish the stages that are due."""
    came = watch(acting_user=system_user())
    if came.advanced or came.rolled_back or came.held_up:
        _LOG.info("rollouts", advanced=came.advanced, rolled_back=came.rolled_back,
                  held_up=came.held_up)  # fmt: skip


@app.periodic(cron="17 3 * * *")
@app.task(name="forget_answers", queueing_lock="forget_answers")
def forget_old_answers(timestamp: int) -> None:
    """Forget answers to idempotent requests that nobody will send again."""
    forgotten = forget_answers()
    _LOG.info("idempotency", forgotten=forgotten)


@app.periodic(cron="27 3 * * *")
@app.task(name="forget_ended", queueing_lock="forget_ended")
def forget_ended_sessions(timestamp: int) -> None:
    """Forget sessions and counted attempts that have run out."""
    _LOG.info("sessions", forgotten=forget_ended())

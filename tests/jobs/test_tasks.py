"""Does work that is done in the background do what it should, once, whoever else does it too?"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings
from django.db import connections
from procrastinate.contrib.django import app
from tests.workspaces import Troth

from troth.actions import clock_checks
from troth.actions.clock_checks import breach_due_clocks
from troth.actions.people import system_user
from troth.jobs.tasks import run_main_job
from troth.store.connecting import connect_to
from troth.store.models import AuditEntry, Clock
from troth.store.server import Server

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def clock(subject: str, due_at: datetime, **more: Any) -> Clock:
    return Clock(
        **{
            "subject_kind": "case",
            "subject": subject,
            "metric": "resolution",
            "region": "default",
            "started_at": NOON - timedelta(days=1),
            "due_at": due_at,
            "state": "in_progress",
            "as_of": NOON,
            **more,
        }
    )


def test_a_clock_is_flagged_when_its_time_is_up_and_not_before(db: None) -> None:
    Clock.objects.bulk_create(
        [
            clock("due", NOON - timedelta(seconds=1)),
            clock("just now", NOON),
            clock("later", NOON + timedelta(seconds=1)),
            clock("paused", NOON - timedelta(days=1), state="paused"),
            clock("stopped", NOON - timedelta(days=1), state="completed"),
        ]
    )
    assert breach_due_clocks(at=NOON, acting_user=system_user()) == 1
    (row,) = Clock.objects.filter(breached=True)
    assert (row.subject, row.breached_at) == ("due", NOON - timedelta(seconds=1))
    assert breach_due_clocks(at=NOON, acting_user=system_user()) == 0


def test_two_scanners_flag_each_clock_once(
    own_database: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_checks, "_STEP", 7)
    Clock.objects.bulk_create([clock(f"case {n}", NOON - timedelta(hours=1)) for n in range(200)])
    user = system_user()
    found: list[int] = []
    together = threading.Barrier(2)

    def scan() -> None:
        try:
            together.wait()
            # What the other holds is skipped, so one pass may leave some for the next.
            found.append(breach_due_clocks(at=NOON, acting_user=user))
        finally:
            connections.close_all()

    scanners = [threading.Thread(target=scan) for _ in range(2)]
    for scanner in scanners:
        scanner.start()
    for scanner in scanners:
        scanner.join()
    found.append(breach_due_clocks(at=NOON, acting_user=user))
    assert sum(found) == 200
    assert Clock.objects.filter(breached=True).count() == 200
    entries = AuditEntry.objects.filter(action="clock:due:breached")
    assert sum(entries.values_list("row_count", flat=True)) == 200


def test_workers_know_every_task_and_look_for_dead_ones_jobs_every_minute() -> None:
    app.perform_import_paths()  # as a worker does before it begins
    assert {"run", "retry_stalled"} <= set(app.tasks)
    periodic = {task.task.name: task for task in app.periodic_registry.periodic_tasks.values()}
    assert periodic["retry_stalled"].cron == "* * * * *"
    assert periodic["retry_stalled"].task.queueing_lock == "retry_stalled"


def test_the_main_job_as_a_job_is_done_once(ran: Troth) -> None:
    before = ran.rows("SELECT id FROM store_decision ORDER BY id")
    with mock.patch.object(settings, "WORKSPACE", Path(ran.directory)):
        connect_to(connections, app_url=ran.app_url, owner_url=ran.owner_url)
        for _ in range(2):
            run_main_job()
        connections.close_all()
    assert ran.rows("SELECT id FROM store_decision ORDER BY id") == before
    # The journal has a line for each run, and nothing else was written.
    assert ran.one("SELECT count(*) FROM store_run") == 3
    assert ran.one("SELECT count(DISTINCT summary->>'state') FROM store_run") == 1


def test_a_second_main_job_is_not_queued_while_one_waits() -> None:
    assert run_main_job.queueing_lock == "run"
    assert run_main_job.lock == "run"

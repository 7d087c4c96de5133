"""Is the job of a worker that was killed done by another?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.workspaces import Troth

ROOT = Path(__file__).resolve().parents[2]
# A worker that knows one more task: its first run never ends.
WORKER = """
import sys, time, pathlib, django
django.setup()
from django.core.management import call_command
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
note = pathlib.Path(sys.argv[1])

@app.task(name="slow")
def slow():
    is_first = not note.exists()
    with note.open("a") as file:
        file.write("begun ")
    if is_first:
        time.sleep(600)

for name in sys.argv[2:]:
    try:
        app.configure_task(name, queueing_lock=name).defer(
            **({"timestamp": 0} if name == "retry_stalled" else {})
        )
    except AlreadyEnqueued:
        pass  # the clock was faster
call_command("procrastinate", "worker", "--one-shot", "--delete-jobs", "never")
"""


def worker(troth: Troth, note: Path, *defers: str) -> subprocess.Popen[bytes]:
    """Defers the jobs, does what waits, and ends."""
    environment = {
        **os.environ,
        **troth.environment,
        "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "troth.site.settings",
    }
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", WORKER, str(note), *defers],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def statuses(troth: Troth) -> list[str]:
    rows = troth.rows("SELECT status::text FROM procrastinate_jobs WHERE task_name = 'slow'")
    return [status for (status,) in rows]


def test_the_job_of_a_worker_that_was_killed_is_done_by_another(
    blank: Troth, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    first = worker(blank, note, "slow")
    for _ in range(3_000):
        if note.exists():
            break
        assert first.poll() is None, "the worker ended before it began the job"
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert statuses(blank) == ["doing"]
    # The control: a worker whose heart beats may be alive, so its job is left alone.
    beat = "UPDATE procrastinate_workers SET last_heartbeat = now() + %s::interval"
    blank.rows(beat, "10 minutes")
    assert worker(blank, note, "retry_stalled").wait(120) == 0
    assert (statuses(blank), note.read_text()) == (["doing"], "begun ")
    blank.rows(beat, "-3 minutes")
    assert worker(blank, note, "retry_stalled").wait(120) == 0
    assert (statuses(blank), note.read_text()) == (["succeeded"], "begun begun ")

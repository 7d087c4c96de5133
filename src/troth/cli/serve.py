"""`troth serve`: the console, the API, jobs and clocks under one supervisor, or each alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import click
import structlog
from django.core.management import call_command
from django.db import Error, close_old_connections, connections
from django.utils import timezone
from granian import Granian
from granian.constants import Interfaces

from troth.actions.clock_checks import breach_due_clocks
from troth.actions.delivering import deliver_due
from troth.actions.people import system_user
from troth.cli.printing import ERR
from troth.cli.starting import database, environment_of, prepare_schema, workspace_option
from troth.connectors.workspace import Workspace, find_workspace
from troth.store.sealing import SealingError
from troth.store.server import Server, running, status

PARTS = ("web", "jobs", "clocks")
_WATCH_SECONDS = 1.0
_CLOCK_SECONDS = 15.0
_OUTBOX_SECONDS = 5.0
_GRACE_SECONDS = 10.0
_LOG = structlog.get_logger("troth.serve")


@click.command("serve")
@click.argument("part", required=False, type=click.Choice(PARTS))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@workspace_option
def command(part: str | None, host: str, port: int, workspace_directory: Path | None) -> None:
    """Serve everything, or PART alone: web, jobs or clocks."""
    workspace = find_workspace(workspace_directory)
    if part is None:
        serve(workspace, host=host, port=port)
        return
    with database(workspace) as server:
        prepare_schema()
        os.environ.update(environment_of(workspace, server))
        {"web": _web, "jobs": _jobs, "clocks": _clocks}[part](workspace, host, port)


def _web(workspace: Workspace, host: str, port: int) -> None:
    Granian(
        "troth.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        respawn_failed_workers=True,
        log_access=False,
        websockets=False,
    ).serve()


def _jobs(workspace: Workspace, host: str, port: int) -> None:
    call_command("procrastinate", "worker", "--delete-jobs", "never")


def _clocks(workspace: Workspace, host: str, port: int) -> None:
    """Scan for clocks that have run out. Where data says what is now, there is no wall clock."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sending = threading.Thread(target=_send, args=(stop,))
    sending.start()
    if workspace.now == "data":
        _LOG.info("clocks", note="now is the newest known_at here: `troth run` checks clocks")
    while not stop.wait(_CLOCK_SECONDS):
        if workspace.now == "live":
            close_old_connections()
            breached = breach_due_clocks(at=timezone.now(), acting_user=system_user())
            if breached:
                _LOG.info("clocks", breached=breached)
    sending.join()


def _send(stop: threading.Event) -> None:
    """Send what is due. A thread of its own: a slow receiver must not hold up a clock."""
    while not stop.wait(_OUTBOX_SECONDS):
        close_old_connections()
        try:
            came = deliver_due(acting_user=system_user())
        except (Error, SealingError) as error:
            _LOG.warning("outbox", failed=type(error).__name__)
            continue
        if came.tried:
            _LOG.info("outbox", tried=came.tried, delivered=came.delivered, dead=came.dead)
    connections.close_all()


@dataclass(kw_only=True)
class _Child:
    """One part, in a process of its own."""

    part: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def keep_alive(self, environment: dict[str, str]) -> None:
        """Start it, or start it again; ever more slowly where it keeps dying."""
        if self.process is not None and self.process.poll() is None:
            return
        now = time.monotonic()
        recent = [at for at in self.starts if now - at < 60]
        if recent and now - recent[-1] < min(2 ** len(recent), 30):
            return
        if self.process is not None:
            _LOG.warning("part ended", part=self.part, code=self.process.returncode)
        self.starts = [*recent, now]
        self.process = subprocess.Popen(self.command, env={**os.environ, **environment})

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(
    workspace: Workspace,
    *,
    host: str,
    port: int,
    ready: Callable[[], None] | None = None,
) -> None:
    """Run every part until told to stop; restart what dies, the database included."""
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    with database(workspace) as server:
        prepare_schema()
        environment = environment_of(workspace, server)
        children = [_child(part, host, port) for part in PARTS]
        if ready is not None:
            ready()
        ERR.print(f"Serving {workspace.name} on http://{host}:{port} (Ctrl-C stops)")
        try:
            while not stop.is_set():
                server = _revived(workspace, server, environment)
                for child in children:
                    child.keep_alive(environment)
                stop.wait(_WATCH_SECONDS)
        finally:
            for child in children:
                child.stop()
            for child in children:
                child.wait()


def _child(part: str, host: str, port: int) -> _Child:
    command = [
        sys.executable,
        "-c",
        "import sys; from troth.cli import main; sys.exit(main())",
        "serve",
        part,
        "--host",
        host,
        "--port",
        str(port),
    ]
    return _Child(part=part, command=command)


def _revived(
    workspace: Workspace, server: Server | None, environment: dict[str, str]
) -> Server | None:
    """The embedded server, started again where somebody killed it."""
    directory = workspace.private / "postgres"
    if server is None or status(directory).state == "running":
        return server
    _LOG.warning("the database has stopped: starting it again")
    # Our own lease keeps it up when this one ends.
    with running(directory) as again:
        environment.update(environment_of(workspace, again))
    return again

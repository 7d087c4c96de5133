"""Is a write that was acknowledged still there, once, whatever was killed in between?

Eight clients, each a process, write until each write is acknowledged, while the server or the
database is killed under them. Afterwards nothing that was acknowledged is missing, nothing is
there twice, and the audit log has no gap.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from psycopg import sql
from tests.databases import unhidden
from tests.scenarios.test_kill import postmaster

from troth.actions.people import add_user, issue_token, system_user
from troth.connectors.workspace import make_workspace
from troth.core.access.roles import Role
from troth.store.connecting import connect_to
from troth.store.server import Server, running, status

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 8


@dataclass(frozen=True, kw_only=True)
class Site:
    """A workspace with a database of its own, which may be killed."""

    directory: Path
    server: Server
    token: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "TROTH_WORKSPACE": str(self.directory),
            "TROTH_DATABASE_URL": self.server.app_url,
            "TROTH_OWNER_URL": self.server.owner_url,
        }

    @property
    def postgres(self) -> Path:
        return self.directory / ".troth" / "postgres"

    def kill_database(self) -> None:
        """Kill PostgreSQL's main process; the others end with it. Then start it again."""
        os.kill(postmaster(self.directory), signal.SIGKILL)
        while status(self.postgres).state == "running":
            time.sleep(0.02)
        with running(self.postgres) as again:  # the outer lease keeps it up
            assert again.app_url == self.server.app_url


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    directory = tmp_path / "workspace"
    directory.mkdir()
    make_workspace(directory, name="Drill")
    with running(directory / ".troth" / "postgres") as server:
        connect_to(connections, app_url=server.app_url, owner_url=server.owner_url)
        try:
            call_command("migrate", database="owner", verbosity=0)
            system = system_user()
            user = add_user(username="shop", name="Shop", role=Role.INTEGRATION, acting_user=system)
            token = issue_token(user=user, label="drill", acting_user=system)
            connections.close_all()
            yield Site(directory=directory, server=server, token=token)
        finally:
            connections.close_all()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was acknowledged, and what is there."""

    acknowledged: set[str]
    landed: list[str]  # each version of each record
    entries: int  # of the audit log, about landed events
    gaps: int

    def assert_whole(self, count: int) -> None:
        assert len(self.acknowledged) == count
        assert self.acknowledged - set(self.landed) == set()  # lost
        assert len(self.landed) - len(set(self.landed)) == 0  # twice
        assert self.entries == len(self.landed)
        assert self.gaps == 0


def drill(
    site: Site, way: str, writes: int, kill: Callable[[], None], kills: int, **more: str
) -> Outcome:
    """Kill so often while the clients write, spread over the work; then count."""
    folder = site.directory / "acknowledged"
    folder.mkdir()
    work = {"way": way, "count": writes // CLIENTS, "token": site.token}
    port = int(more.pop("port", "0"))
    clients = []
    for client in range(CLIENTS):
        with (folder / str(client)).open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.scenarios.writers"],
                cwd=ROOT,
                env={**site.environment, **more},
                stdin=subprocess.PIPE,
                stdout=said,
            )
        assert process.stdin is not None
        process.stdin.write(json.dumps({**work, "client": client, "port": port}).encode() + b"\n")
        process.stdin.close()
        clients.append(process)
    done = 0
    while done < kills:
        # Each kill waits for its part of the work, so that it hits clients that are writing.
        if acknowledged(folder) >= writes * (done + 1) // (kills + 1):
            kill()
            done += 1
        assert any(client.poll() is None for client in clients), "the clients ended before"
        time.sleep(0.02)
    assert [client.wait(600) for client in clients] == [0] * CLIENTS
    return counted(site, folder)


def acknowledged(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.iterdir())


def counted(site: Site, folder: Path) -> Outcome:
    """As the database's owner, after all is over."""
    said = {line for path in folder.iterdir() for line in path.read_text().split()}
    with psycopg.connect(unhidden(site.server.owner_url)) as owner:
        keys = owner.execute("SELECT key FROM fact_order").fetchall()
        ((entries,),) = owner.execute(
            "SELECT count(*) FROM store_auditentry WHERE action ~ '^shop[0-9]+:order:landed$'"
        ).fetchall()
        ((gaps,),) = owner.execute(
            "SELECT (SELECT size FROM store_audithead) - count(*)"
            " + coalesce(max(index) + 1, 0) - count(*) FROM store_auditentry"
        ).fetchall()
    # shop3:SO-17 → 3-17
    landed = [key.removeprefix("shop").replace(":SO-", "-") for (key,) in keys]
    return Outcome(acknowledged=said, landed=landed, entries=entries, gaps=gaps)


class Web:
    """The server, in a session of its own; killed, it is started again at once."""

    def __init__(self, site: Site, port: int) -> None:
        self._site, self.port = site, port
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", "from troth.cli import main; main()", "serve", "web",
             "--port", str(self.port), "--workspace", str(self._site.directory)],
            env=self._site.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def wait_until_up(self) -> None:
        for _ in range(2_000):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            with suppress(OSError, http.client.HTTPException), closing(connection):
                connection.request("GET", "/healthz")
                with closing(connection.getresponse()) as response:
                    if response.status == 200:
                        return
            time.sleep(0.05)
        raise AssertionError("the server did not come up")

    def kill(self) -> None:
        """SIGKILL, a moment after it has come up; the next one is started."""
        self.wait_until_up()
        time.sleep(random.uniform(0, 0.2))
        self.end()
        self._process = self._started()

    def end(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def web(site: Site) -> Iterator[Web]:
    found = Web(site, free_port())
    try:
        found.wait_until_up()
        yield found
    finally:
        found.end()


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def server_drill(site: Site, *, writes: int, kills: int) -> None:
    with web(site) as served:
        outcome = drill(site, "http", writes, served.kill, kills, port=str(served.port))
    outcome.assert_whole(writes)


def database_drill(site: Site, *, writes: int, kills: int, **more: str) -> Outcome:
    write_lazily(site)
    return drill(site, "actions", writes, site.kill_database, kills, **more)


def write_lazily(site: Site) -> None:
    """The writer of the log sleeps long, so that what is not synchronous is surely not written."""
    for path in site.postgres.rglob("postgresql.conf"):
        (path.parent / "local.conf").write_text("wal_writer_delay = 10s\n")
    os.kill(postmaster(site.directory), signal.SIGHUP)


def test_no_acknowledged_write_is_lost_when_the_server_is_killed(site: Site) -> None:
    server_drill(site, writes=240, kills=3)


def test_no_acknowledged_write_is_lost_when_the_database_is_killed(site: Site) -> None:
    database_drill(site, writes=240, kills=2).assert_whole(240)


def test_without_synchronous_commit_acknowledged_writes_are_lost(site: Site) -> None:
    """The control: the same drill, in which the one setting is off."""
    lax = psycopg.conninfo.make_conninfo(site.server.app_url, options="-c synchronous_commit=off")
    outcome = database_drill(site, writes=240, kills=2, TROTH_DATABASE_URL=lax)
    assert len(outcome.acknowledged) == 240
    assert outcome.acknowledged - set(outcome.landed) != set()


@pytest.mark.soak
def test_no_acknowledged_write_is_lost_in_200_kills_of_the_server(site: Site) -> None:
    server_drill(site, writes=50_000, kills=200)


@pytest.mark.soak
def test_no_acknowledged_write_is_lost_in_25_kills_of_the_database(site: Site) -> None:
    database_drill(site, writes=50_000, kills=25).assert_whole(50_000)


def test_what_the_application_commits_is_on_the_disk(own_database: Server) -> None:
    """As its own sessions are set, whatever the server's file says."""
    with psycopg.connect(own_database.app_url) as session:
        for name in ("synchronous_commit", "fsync", "full_page_writes"):
            ((value,),) = session.execute(
                sql.SQL("SELECT current_setting({})").format(sql.Literal(name))
            ).fetchall()
            assert value == "on", name

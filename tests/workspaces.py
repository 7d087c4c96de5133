"""How does a test use Troth as people do: a workspace, a database, the command line?

In-process commands share the run's one server and take milliseconds; `spawn` starts a process of
its own, for what only a process can show. The simulated company and the main job's outcome on it
are made once per test run, under a lock, and each test gets its own copy of both.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from psycopg import sql
from tests.databases import drop_database, unhidden

from troth.actions.people import system_user
from troth.actions.policies import plan, publish
from troth.cli import troth as commands
from troth.cli.failing import exit_code
from troth.connectors.simulated import simulate
from troth.connectors.starter import write_starter_policies
from troth.connectors.workspace import make_workspace
from troth.store.connecting import connect_to
from troth.store.server import Server

CUSTOMERS, MONTHS, SEED = 60, 6, 3
ENDS_ON = date(2026, 6, 30)
_ENTRY = "from troth.cli import main; main()"
_RAN = "troth_ran"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, kw_only=True)
class Troth:
    """The command line on one workspace with a database of its own."""

    directory: Path
    app_url: str
    owner_url: str

    def __call__(self, *arguments: str | Path) -> Answer:
        """Run a command in this process, through the entry that turns errors into exit codes."""
        out, err = io.StringIO(), io.StringIO()
        argv = ["troth", *map(str, arguments)]
        with (
            mock.patch.object(sys, "argv", argv),
            mock.patch.dict(os.environ, self.environment),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = exit_code(commands)
        return Answer(code=code, out=out.getvalue(), err=err.getvalue())

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TROTH_WORKSPACE": str(self.directory),
            "TROTH_DATABASE_URL": self.app_url,
            "TROTH_OWNER_URL": self.owner_url,
        }

    def run(self, *arguments: str) -> Any:
        """`troth run --json`; what it did. Rows in quarantine are no failure."""
        answer = self("run", self.directory, "--json", *arguments)
        assert answer.code in (0, 1), answer.err
        return answer.json()

    def publish(self, *files: Path) -> int:
        """Put policy files into force as if all had signed; how many versions that made."""
        connect_to(connections, app_url=unhidden(self.app_url), owner_url=self.owner_url)
        try:
            return publish(plan(files), acting_user=system_user())
        finally:
            connections.close_all()

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """As the database's owner: what a test asks, or tampers with."""
        with psycopg.connect(unhidden(self.owner_url), autocommit=True) as owner:
            cursor = owner.execute(query, parameters or None)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def one(self, query: str, *parameters: Any) -> Any:
        """The first column of the only row."""
        ((value, *_),) = self.rows(query, *parameters)
        return value

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the workspace."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


def spawn(*arguments: str | Path, **environment: str) -> subprocess.Popen[str]:
    """A command as a process of its own, in a session of its own."""
    kept = {"TROTH_WORKSPACE_KEY"}  # what this process has sealed, that one can open
    without = {k: v for k, v in os.environ.items() if k in kept or not k.startswith("TROTH_")}
    return subprocess.Popen(
        [sys.executable, "-c", _ENTRY, *map(str, arguments)],
        env={**without, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def lay_company(
    directory: Path, *, customers: int, months: int, seed: int, ends_on: date = ENDS_ON
) -> None:
    """A workspace of a simulated company, as `troth simulate` lays it."""
    make_workspace(directory, name="Simulated company", now="data")
    write_starter_policies(directory / "policies", currency="EUR")
    simulate(directory, customers=customers, months=months, seed=seed, ends_on=ends_on)


@contextmanager
def _once(name: str) -> Iterator[Path]:
    """A folder that all workers share; whoever holds the lock may make it."""
    folder = Path(os.environ["TROTH_TEST_SERVER"]) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def simulated(server: Server) -> Path:
    """The workspace of a small company with half a year of history; not to be written to."""
    with _once("simulated") as folder:
        if not folder.exists():
            aside = folder.with_suffix(".making")
            aside.mkdir()
            lay_company(aside, customers=CUSTOMERS, months=MONTHS, seed=SEED)
            aside.rename(folder)
    return folder


@contextmanager
def database_of(server: Server, template: str, name: str, directory: Path) -> Iterator[Troth]:
    """A clone of a database with a workspace beside it; Django is pointed at it."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    drop_database(server.owner_url, name)
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    workspace, secret = settings.WORKSPACE, settings.SECRET_KEY
    try:
        yield Troth(
            directory=directory,
            app_url=psycopg.conninfo.make_conninfo(server.app_url, dbname=name),
            owner_url=psycopg.conninfo.make_conninfo(server.owner_url, dbname=name),
        )
    finally:
        connections.close_all()
        settings.WORKSPACE, settings.SECRET_KEY = workspace, secret


@pytest.fixture(scope="session")
def finished(server: Server, template: str, simulated: Path) -> Path:
    """The same workspace after the main job; its database is the template `troth_ran`."""
    with _once("finished") as folder:
        if not folder.exists():
            aside = folder.with_suffix(".making")
            shutil.copytree(simulated, aside)
            with database_of(server, template, _RAN, aside) as troth:
                first = troth.run()
            (aside / "first.json").write_text(json.dumps(first))
            aside.rename(folder)
    return folder


def _name(kind: str) -> str:
    return f"troth_{kind}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@pytest.fixture
def ran(server: Server, finished: Path, tmp_path: Path) -> Iterator[Troth]:
    """The company after one main job: a copy to do anything with."""
    directory = tmp_path / "company"
    shutil.copytree(finished, directory)
    name = _name("after")
    with database_of(server, _RAN, name, directory) as troth:
        yield troth
    drop_database(server.owner_url, name)


@pytest.fixture(scope="module")
def seen(
    server: Server, finished: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Troth]:
    """The company after one main job, shared by a module's tests: only to be looked at."""
    directory = tmp_path_factory.mktemp("seen") / "company"
    shutil.copytree(finished, directory)
    name = _name("seen")
    with database_of(server, _RAN, name, directory) as troth:
        yield troth
    drop_database(server.owner_url, name)


@contextmanager
def blank_workspace(server: Server, template: str, kind: str, directory: Path) -> Iterator[Troth]:
    """A workspace without a source, with an empty database that is gone afterwards."""
    directory.mkdir()
    make_workspace(directory, name="Blank", now="data")
    write_starter_policies(directory / "policies", currency="EUR")
    name = _name(kind)
    with database_of(server, template, name, directory) as troth:
        yield troth
    drop_database(server.owner_url, name)


@pytest.fixture
def blank(server: Server, template: str, tmp_path: Path) -> Iterator[Troth]:
    """A workspace without a source, with an empty database."""
    with blank_workspace(server, template, "blank", tmp_path / "workspace") as troth:
        yield troth

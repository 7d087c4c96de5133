"""What do tests share? A PostgreSQL of their own, and databases cloned from one template.

Tests that touch no database start none. Those that do share one server per test run (also among
parallel workers, which join it), and each worker has a database cloned from a migrated template.
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from psycopg import sql

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troth.site.settings")
os.environ.setdefault("TROTH_SECRET_KEY", "a-key-for-tests-alone-that-signs-nothing-real")
os.environ.setdefault("TROTH_WORKSPACE_KEY", "dGhpcnR5LXR3byBieXRlcyBmb3IgdGVzdHMgYWxvbmU=")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop in the thread

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from tests.databases import drop_database  # noqa: E402

from troth.core.access.roles import Role  # noqa: E402
from troth.store.connecting import connect_to  # noqa: E402
from troth.store.models import User  # noqa: E402
from troth.store.queries.viewing import as_nobody, as_the_program  # noqa: E402
from troth.store.server import Server, running  # noqa: E402

_TEMPLATE = "troth_template"
# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("troth", deadline=None)
hypothesis.settings.load_profile("troth")


def pytest_configure(config: pytest.Config) -> None:
    """The controller names the folder of the run's server; workers inherit it."""
    if not hasattr(config, "workerinput") and "TROTH_TEST_SERVER" not in os.environ:
        os.environ["TROTH_TEST_SERVER"] = tempfile.mkdtemp(prefix="troth-tests-")
        config.add_cleanup(_forget_server)
        # One key for all workers, whose databases are clones of one another.
        os.environ.setdefault(
            "TROTH_WORKSPACE_KEY", base64.b64encode(secrets.token_bytes(32)).decode()
        )


def _shared_out(items: list[pytest.Item]) -> list[pytest.Item]:
    """What takes minutes, at the head of each half: two workers begin with a half of the tests
    each, and at the end of a run one would be left alone with them, the other idle."""
    long = [item for item in items if item.get_closest_marker("minutes")]
    short = [item for item in items if not item.get_closest_marker("minutes")]
    first, second = long[::2], long[1::2]
    begun = max(len(items) // 2 - len(first), 0)
    return [*first, *short[:begun], *second, *short[begun:]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long drills take hours: only `./dev soak` runs them. What takes minutes begins first."""
    items[:] = _shared_out(items)
    elsewhere = {"soak": "a long drill: ./dev soak", "systems": "a real system: ./dev systems"}
    for marker, reason in elsewhere.items():
        if os.environ.get(f"TROTH_{marker.upper()}"):
            continue
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def _forget_server() -> None:
    directory = os.environ.pop("TROTH_TEST_SERVER", None)
    if directory:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running(Path(os.environ["TROTH_TEST_SERVER"])) as started:
        yield started


def _database_url(url: str, name: str) -> str:
    return psycopg.conninfo.make_conninfo(url, dbname=name)


def _point_django_at(server: Server, name: str) -> None:
    connect_to(
        connections,
        app_url=_database_url(server.app_url, name),
        owner_url=_database_url(server.owner_url, name),
    )


def _create(server: Server, name: str, template: str) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


@pytest.fixture(scope="session")
def template(server: Server) -> str:
    """A migrated database that is only cloned. The first worker makes it."""
    with (Path(os.environ["TROTH_TEST_SERVER"]) / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(server.owner_url, autocommit=True) as owner:
            found = owner.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [_TEMPLATE]
            ).fetchone()
        if found is None:
            _create(server, "troth_making", "template1")
            _point_django_at(server, "troth_making")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                call_command("migrate", database="owner", verbosity=0)
            connections.close_all()
            with psycopg.connect(server.owner_url, autocommit=True) as owner:
                owner.execute(f"ALTER DATABASE troth_making RENAME TO {_TEMPLATE}")
    return _TEMPLATE


@pytest.fixture(scope="session", autouse=True)
def _requests_begin_unseeing() -> Iterator[None]:
    """A request sees nothing until it says in whose name, though the test around it sees all.

    Else what an action reads outside of anybody's sight would be there in a test, and missing in
    a server.
    """
    request = Client.request

    def unseeing(self: Client, **environ: Any) -> Any:
        if connection.connection is None:
            return request(self, **environ)
        with as_nobody():
            return request(self, **environ)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "request", unseeing)
        yield


@contextmanager
def _clone(server: Server, template: str, name: str) -> Iterator[None]:
    drop_database(server.owner_url, name)
    _create(server, name, template)
    _point_django_at(server, name)
    try:
        yield
    finally:
        connections.close_all()
        drop_database(server.owner_url, name)


@pytest.fixture(scope="session")
def _worker_database(server: Server, template: str) -> Iterator[str]:
    name = f"troth_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with _clone(server, template, name):
        yield name


@pytest.fixture
def db(server: Server, _worker_database: str) -> Iterator[None]:
    """A migrated database, rolled back after the test. What the test itself does is unhidden."""
    _point_django_at(server, _worker_database)
    with transaction.atomic(), as_the_program():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def _cloned(server: Server, template: str, kind: str) -> Iterator[Server]:
    name = f"troth_{kind}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with _clone(server, template, name), as_the_program():
        yield Server(
            **{
                **{field: getattr(server, field) for field in server.__dataclass_fields__},
                "owner_url": _database_url(server.owner_url, name),
                "app_url": _database_url(server.app_url, name),
            }
        )


@pytest.fixture
def own_database(server: Server, template: str) -> Iterator[Server]:
    """A database for this test alone, in which transactions are real; gone afterwards."""
    yield from _cloned(server, template, "own")


@pytest.fixture(scope="module")
def modules_database(server: Server, template: str) -> Iterator[Server]:
    """The same for all tests of a module, which leave it as they find it, and use no other."""
    yield from _cloned(server, template, "module")


@pytest.fixture
def engineer(db: None) -> User:
    """Somebody who may do nearly everything."""
    return User.objects.create(
        username="engineer", name="Enno Engineer", role=Role.ADMINISTRATOR.value, password="!"
    )

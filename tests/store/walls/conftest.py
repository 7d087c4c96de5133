"""One database with customers at every distance, for all tests of a module."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from django.db import connections, transaction
from psycopg import sql
from tests.databases import drop_database
from tests.store.walls.world import AGENT, REGION, TEAM, fill

from troth.core.access import deciding
from troth.core.access.roles import Relation, Role
from troth.store.connecting import connect_to
from troth.store.models import User
from troth.store.protection import PROTECTED
from troth.store.queries.viewing import Viewer, as_the_program
from troth.store.server import Server

Link = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True, kw_only=True)
class Hall:
    """A filled database, and the two roles that open it."""

    app_url: str
    owner_url: str
    agent_id: int
    officer_id: int

    @contextmanager
    def django(self) -> Iterator[None]:
        """Django pointed at it, as the application; what is written is undone."""
        connect_to(connections, app_url=self.app_url, owner_url=self.owner_url)
        try:
            with transaction.atomic():
                yield
                transaction.set_rollback(True)
        finally:
            connections.close_all()

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Django pointed at it, as the application, without a transaction."""
        connect_to(connections, app_url=self.app_url, owner_url=self.owner_url)
        try:
            yield
        finally:
            connections.close_all()

    def viewer(self, role: Role = Role.AGENT, **more: object) -> Viewer:
        user_id = self.agent_id if role is Role.AGENT else self.officer_id
        known = {"agent_key": AGENT, "team": TEAM, "regions": frozenset({REGION})}
        return Viewer(**{"user_id": user_id, "name": "V", "role": role, **known, **more})  # type: ignore[arg-type]


@contextmanager
def _hall(server: Server, template: str, name: str, *, is_protected: bool) -> Iterator[Hall]:
    def url(of: str) -> str:
        return psycopg.conninfo.make_conninfo(of, dbname=name)

    drop_database(server.owner_url, name)
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        owner.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    # The owner may write the log, which the application may not.
    connect_to(connections, app_url=url(server.owner_url), owner_url=url(server.owner_url))
    try:
        with transaction.atomic(), as_the_program():
            fill()
            users = dict(User.objects.values_list("username", "pk"))
        connections.close_all()
        if not is_protected:
            with psycopg.connect(url(server.owner_url)) as owner:
                for table in PROTECTED:
                    owner.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        yield Hall(
            app_url=url(server.app_url),
            owner_url=url(server.owner_url),
            agent_id=users["agent"],
            officer_id=users["officer"],
        )
    finally:
        connections.close_all()
        drop_database(server.owner_url, name)


def _name(kind: str) -> str:
    return f"troth_{kind}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@pytest.fixture(scope="module")
def hall(server: Server, template: str) -> Iterator[Hall]:
    """Both walls stand."""
    with _hall(server, template, _name("hall"), is_protected=True) as made:
        yield made


@pytest.fixture(scope="module")
def bare_hall(server: Server, template: str) -> Iterator[Hall]:
    """The database's own wall is down: only what `store.queries` does is left."""
    with _hall(server, template, _name("bare"), is_protected=False) as made:
        yield made


@pytest.fixture
def within(monkeypatch: pytest.MonkeyPatch) -> Callable[[Relation], None]:
    """Lets every right of every role go as far as one relation."""

    def set_to(relation: Relation) -> None:
        for cell, held in deciding._REACH.items():
            if held is not None:
                monkeypatch.setitem(deciding._REACH, cell, relation)

    return set_to


@pytest.fixture
def during_the_naming(hall: Hall) -> Iterator[None]:
    """The officer is named for every customer, for now."""
    with psycopg.connect(hall.owner_url, autocommit=True) as owner:
        owner.execute("SET troth.system = 'on'")
        owner.execute("UPDATE store_customeraccess SET ends_at = now() + interval '1 hour'")
        yield
        owner.execute("UPDATE store_customeraccess SET ends_at = now() - interval '1 hour'")


@pytest.fixture(params=["application", "owner"])
def link(hall: Hall, request: pytest.FixtureRequest) -> Iterator[Link]:
    """A connection of each role, without a viewer; what it does is undone."""
    url = hall.app_url if request.param == "application" else hall.owner_url
    with psycopg.connect(url) as connection:
        yield connection
        connection.rollback()

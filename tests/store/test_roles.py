"""Is a server without the roles of row-level security told what it lacks, and is that enough?

Roles belong to a whole server, so these are made under names of their own, in a transaction that
is rolled back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from troth.store import roles
from troth.store.roles import missing_roles
from troth.store.server import Server
from troth.store.server.administration import superuser_url
from troth.store.server.provision import APP, OWNER

_APP, _OWNER = "an application", 'the "owner"'
_LOADER, _SEARCHER = "roles_loader", "roles_search"


@dataclass(frozen=True)
class Foreign:
    """A server of somebody else's, as its superuser sees it."""

    link: psycopg.Connection[Any]

    def missing(self) -> list[str]:
        return missing_roles(self.link, app=_APP, owner=_OWNER)

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.link.execute(statement.encode())

    def one(self, query: str) -> Any:
        row = self.link.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
def superuser(modules_database: Server) -> Iterator[psycopg.Connection[Any]]:
    url = superuser_url(Path(os.environ["TROTH_TEST_SERVER"]), like=modules_database.owner_url)
    assert url is not None
    with psycopg.connect(url) as link:
        yield link
        link.rollback()


@pytest.fixture
def bare(superuser: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> Foreign:
    """Two roles that sign in, and nothing else of ours."""
    monkeypatch.setattr(roles, "LOADER", _LOADER)
    monkeypatch.setattr(roles, "SEARCHER", _SEARCHER)
    found = Foreign(superuser)
    found.run('CREATE ROLE "an application" LOGIN', 'CREATE ROLE "the ""owner""" LOGIN')
    return found


@pytest.fixture
def ready(bare: Foreign) -> Foreign:
    """The same after its superuser ran what he was told."""
    bare.run(*bare.missing())
    return bare


def test_our_own_server_lacks_nothing(superuser: psycopg.Connection[Any]) -> None:
    assert missing_roles(superuser, app=APP, owner=OWNER) == []


def test_a_bare_server_is_told_each_statement_in_an_order_that_runs(bare: Foreign) -> None:
    told = bare.missing()
    assert told[0] == f"CREATE ROLE {_LOADER} NOLOGIN BYPASSRLS;"
    assert any('TO "the ""owner"""' in statement for statement in told)
    bare.run(*told)
    assert bare.missing() == []


def test_what_was_told_lets_roles_be_taken_on_and_nothing_be_inherited(ready: Foreign) -> None:
    attributes = (
        f"SELECT rolbypassrls AND NOT rolcanlogin FROM pg_roles WHERE rolname = '{_LOADER}'"
    )
    assert ready.one(attributes) is True
    member = "SELECT pg_has_role('{}', '{}', '{}')"
    assert ready.one(member.format(_APP, _LOADER, "SET")) is True
    assert ready.one(member.format(_OWNER, _SEARCHER, "SET")) is True
    assert ready.one(member.format(_OWNER, _SEARCHER, "USAGE")) is False
    assert ready.one(member.format(_APP, _SEARCHER, "MEMBER")) is False
    assert ready.one(member.format(_OWNER, _LOADER, "MEMBER")) is False


@pytest.mark.parametrize(
    ("flaw", "remedy"),
    [
        (f"ALTER ROLE {_LOADER} NOBYPASSRLS", f"ALTER ROLE {_LOADER} BYPASSRLS"),
        (f'REVOKE {_LOADER} FROM "an application"', f"GRANT {_LOADER} TO"),
        (f'REVOKE {_SEARCHER} FROM "the ""owner"""', f"GRANT {_SEARCHER} TO"),
        (f'GRANT {_SEARCHER} TO "the ""owner""" WITH INHERIT TRUE', f"GRANT {_SEARCHER} TO"),
        (f"REVOKE USAGE ON SCHEMA public FROM {_LOADER}", "GRANT USAGE ON SCHEMA"),
        (f"REVOKE CREATE ON SCHEMA public FROM {_SEARCHER}", "GRANT USAGE, CREATE ON SCHEMA"),
        (f"REVOKE USAGE ON SCHEMA public FROM {_SEARCHER}", "GRANT USAGE, CREATE ON SCHEMA"),
    ],
)
def test_one_flaw_is_told_alone_and_its_remedy_helps(
    ready: Foreign, flaw: str, remedy: str
) -> None:
    ready.run(flaw)
    (told,) = ready.missing()
    assert told.startswith(remedy)
    ready.run(told)
    assert ready.missing() == []


def test_without_the_remedy_the_application_cannot_load(ready: Foreign) -> None:
    ready.run(f'REVOKE {_LOADER} FROM "an application"')
    ready.run('SET SESSION AUTHORIZATION "an application"')
    with pytest.raises(errors.InsufficientPrivilege):
        ready.run(f"SET ROLE {_LOADER}")

"""How does a test back a workspace up, look into its database and make room for another?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from psycopg import sql
from tests.databases import drop_database
from tests.workspaces import Troth

from troth.store.server import Server
from troth.store.server.administration import superuser_url

PASSPHRASE = "correct horse battery staple"


@pytest.fixture(autouse=True)
def reads_all(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """Tests reach the run's server by its address, as one reaches a server of one's own."""
    monkeypatch.setenv("TROTH_BACKUP_PASSPHRASE", PASSPHRASE)


def seeing(troth: Troth) -> str:
    """The superuser's address of a test's database."""
    url = superuser_url(
        Path(os.environ["TROTH_TEST_SERVER"]), like=psycopg.conninfo.make_conninfo(troth.owner_url)
    )
    assert url
    return url


def ask(troth: Troth, *arguments: str | Path) -> tuple[int, str, str]:
    """A command that may see every row."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TROTH_BACKUP_URL", seeing(troth))
        answer = troth(*arguments)
    return answer.code, answer.out, answer.err


def backed_up(troth: Troth, path: Path, *options: str) -> Path:
    code, _, err = ask(troth, "backup", path, "--json", *options)
    assert code == 0, err
    return path


def digests(troth: Troth) -> dict[str, tuple[int, str]]:
    """Each table's rows and a hash over them, but for what a restore itself writes."""
    with psycopg.connect(seeing(troth)) as reader:
        tables = reader.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT LIKE 'store_audit%' ORDER BY 1"
        ).fetchall()
        found = {}
        for (table,) in tables:
            # Whatever their order; of another form than the manifest's own hash.
            query = sql.SQL("SELECT count(*), sum(('x' || left(md5(t::text), 15))::bit(60)::bigint)"
                            " FROM {} AS t")  # fmt: skip
            row = reader.execute(query.format(sql.Identifier(table))).fetchone()
            assert row
            found[table] = (row[0], str(row[1]))
    return found


def seen(troth: Troth, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(seeing(troth), autocommit=True) as reader:
        cursor = reader.execute(query)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


@contextmanager
def empty(server: Server, directory: Path) -> Iterator[Troth]:
    """A database that is there and empty, for a workspace that is not there yet."""
    name = f"troth_to_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    drop_database(server.owner_url, name)
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield Troth(
            directory=directory,
            app_url=psycopg.conninfo.make_conninfo(server.app_url, dbname=name),
            owner_url=psycopg.conninfo.make_conninfo(server.owner_url, dbname=name),
        )
    finally:
        connections.close_all()
        drop_database(server.owner_url, name)
        drop_database(server.owner_url, f"{name}_restoring")

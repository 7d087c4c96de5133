"""Is a database only read, are its values kept as it writes them, and its secret to itself?"""

from __future__ import annotations

import logging
import os
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest import mock

import psycopg
import pytest

from troth.connectors.databases.sessions import Session, opened
from troth.connectors.errors import DatabaseUnreachableError, QueryFailedError, SourceError
from troth.connectors.mapping.origins import DatabaseMap
from troth.connectors.secrets import HIDDEN, Secret, SecretPlace, read_secret, scrub
from troth.store.server import Server

CANARY = "c4nary/p@ss:word"
QUOTED = "c4nary%2Fp%40ss%3Aword"


def of_postgresql(url: str, tmp_path: Path) -> DatabaseMap:
    (tmp_path / "url").write_text(f"{url}\n")
    return DatabaseMap(
        engine="postgresql", url=SecretPlace(file="url"), file=None, asked_by="sources/shop.yaml:3"
    )


@pytest.fixture
def session(server: Server, tmp_path: Path) -> Iterator[Session]:
    with opened(of_postgresql(server.owner_url, tmp_path), workspace=tmp_path) as found:
        yield found


def all_rows(session: Session, query: str) -> list[tuple[str | None, ...]]:
    _, batches = session.run(query, [])
    return [row for batch in batches for row in batch]


def test_values_arrive_as_postgresql_writes_them(session: Session) -> None:
    query = (
        "SELECT 12345678901234567890.123456789::numeric, 'infinity'::timestamptz, true, NULL::int,"
        " '2024-01-05 10:12:00+02'::timestamptz, '0044-03-15 BC'::date, 'a%b', '{\"a\":1}'::jsonb"
    )
    assert all_rows(session, query) == [
        ("12345678901234567890.123456789", "infinity", "t", None, "2024-01-05 08:12:00+00",
         "0044-03-15 BC", "a%b", '{"a": 1}')
    ]  # fmt: skip


def test_values_arrive_as_sqlite_holds_them(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE t (a)")
        connection.executemany(
            "INSERT INTO t VALUES (?)", [(1,), (0.1,), ("x",), (None,), (b"\1",)]
        )
    database = DatabaseMap(engine="sqlite", url=None, file="a.sqlite", asked_by="x:1")
    with opened(database, workspace=tmp_path) as session:
        found = [value for (value,) in all_rows(session, "SELECT a FROM t")]
    assert found == ["1", "0.1", "x", None, "01"]


@pytest.mark.parametrize(
    "query",
    [
        "CREATE TABLE harm (a int)",
        "SELECT 1; SELECT 2",
        "SELECT nextval('harm')",
        "DELETE FROM pg_am",
    ],
)
def test_a_session_of_postgresql_reads_alone(query: str, server: Server, tmp_path: Path) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute("CREATE SEQUENCE IF NOT EXISTS harm")
    database = of_postgresql(server.owner_url, tmp_path)
    with (
        pytest.raises(QueryFailedError) as caught,
        opened(database, workspace=tmp_path) as session,
    ):
        all_rows(session, query)
    assert "sources/shop.yaml:3" in str(caught.value)


def test_a_session_of_sqlite_reads_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE t (a)")
    database = DatabaseMap(engine="sqlite", url=None, file="a.sqlite", asked_by="x:1")
    for query in ("INSERT INTO t VALUES (1) RETURNING a", "DROP TABLE t"):
        with pytest.raises(QueryFailedError), opened(database, workspace=tmp_path) as session:
            all_rows(session, query)


def test_many_rows_come_in_batches(session: Session) -> None:
    columns, batches = session.run("SELECT n, 'x' AS t FROM generate_series(1, 12001) AS n", [])
    assert columns.names == ("n", "t")
    assert columns.are_numbers == (True, False)
    assert [len(batch) for batch in batches] == [5000, 5000, 2001]


# --- secrets ---


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://shop:{QUOTED}@127.0.0.1:1/x",
        f"postgresql://shop:{CANARY}@127.0.0.1:1/x",  # not quoted, so that no driver can read it
        f"host=127.0.0.1 port=1 password={CANARY}",
        f"postgresql://shop@127.0.0.1:1/x?password={QUOTED}&sslmode=nonsense",
        f"{CANARY}",
    ],
)
@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_no_password_is_told_whatever_is_wrong_with_its_address(
    engine: str, url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    place = SecretPlace(variable="SHOP_URL", asked_by="sources/shop.yaml:3")
    database = DatabaseMap(
        engine="mysql" if engine == "mysql" else "postgresql",
        url=place,
        file=None,
        asked_by="sources/shop.yaml:3",
    )
    if engine == "mysql":
        url = url.replace("postgresql://", "mysql://")
    with (
        mock.patch.dict(os.environ, SHOP_URL=url),
        pytest.raises(DatabaseUnreachableError) as caught,
        opened(database, workspace=tmp_path),
    ):
        pass
    told = "".join(traceback.format_exception(caught.value))
    seen = caplog.text + told + repr(vars(caught.value)) + repr(caught.value.__context__)
    for form in (CANARY, QUOTED, "p@ss:word", "ss:word"):
        assert form not in seen


def test_a_server_that_repeats_the_password_is_not_repeated(server: Server, tmp_path: Path) -> None:
    secret = psycopg.conninfo.conninfo_to_dict(server.owner_url)["password"]
    database = of_postgresql(server.owner_url, tmp_path)
    with (
        pytest.raises(QueryFailedError) as caught,
        opened(database, workspace=tmp_path) as session,
    ):
        all_rows(session, f'SELECT "{secret}"')
    assert str(secret) not in "".join(traceback.format_exception(caught.value))
    assert HIDDEN in str(caught.value)


def test_a_secret_shows_itself_to_nobody_who_prints_it() -> None:
    secret = Secret(CANARY)
    assert CANARY not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == CANARY
    assert scrub(f"no: {CANARY}, {QUOTED}", [secret]) == f"no: {HIDDEN}, {HIDDEN}"


def test_a_secret_that_is_not_there_is_told_by_its_place(tmp_path: Path) -> None:
    for place in (
        SecretPlace(variable="NOT_SET_ANYWHERE", asked_by="sources/shop.yaml:3"),
        SecretPlace(file="nowhere", asked_by="sources/shop.yaml:3"),
    ):
        with pytest.raises(SourceError) as caught:
            read_secret(place, workspace=tmp_path)
        assert caught.value.code == "source:secret:missing"
        assert "sources/shop.yaml:3" in str(caught.value)

"""Do the two roles have the rights they need, and no others, and is the server set up as said?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from tests.databases import drop_database

from troth.store.server import Server, running


@pytest.fixture(scope="module")
def server(made_once: Path) -> Iterator[Server]:
    with running(made_once) as there:
        yield there


@pytest.fixture
def owner(server: Server) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def app(server: Server) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(server.app_url, autocommit=True) as connection:
        yield connection


Link = psycopg.Connection[tuple[object, ...]]


def test_the_application_reads_and_writes_what_the_owner_makes(owner: Link, app: Link) -> None:
    owner.execute("CREATE TABLE promise (id bigint GENERATED ALWAYS AS IDENTITY, text citext)")
    owner.execute("CREATE SEQUENCE ticket")
    app.execute("INSERT INTO promise (text) VALUES ('Monday')")
    app.execute("UPDATE promise SET text = 'Tuesday'")
    assert app.execute("SELECT id, text FROM promise WHERE text = 'TUESDAY'").fetchone() == (
        1,
        "Tuesday",
    )
    assert app.execute("SELECT nextval('ticket')").fetchone() == (1,)
    app.execute("DELETE FROM promise")
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("TRUNCATE promise")
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("DROP TABLE promise")


def test_the_application_owns_nothing_and_can_make_nothing(app: Link) -> None:
    for forbidden in (
        "CREATE TABLE mine (n int)",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
        "SET ROLE troth_owner",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(forbidden.encode())
    owned = (
        "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = 'troth_app'::regrole"
    )
    assert app.execute(owned).fetchone() == (0,)


def test_nobody_who_signs_in_is_a_superuser_or_passes_row_security_by(app: Link) -> None:
    rows = app.execute(
        "SELECT rolname, rolcanlogin, rolsuper, rolbypassrls FROM pg_roles"
        " WHERE rolname LIKE 'troth%' ORDER BY rolname"
    ).fetchall()
    assert rows == [
        ("troth_app", True, False, False),
        ("troth_loader", False, False, True),
        ("troth_owner", True, False, False),
        ("troth_search", False, False, False),
    ]


def test_the_loader_can_insert_and_nothing_else(owner: Link, app: Link) -> None:
    owner.execute("CREATE TABLE fact (n int)")
    owner.execute("GRANT INSERT ON fact TO troth_loader")
    app.execute("SET ROLE troth_loader")
    app.execute("INSERT INTO fact VALUES (1)")
    for forbidden in ("SELECT n FROM fact", "UPDATE fact SET n = 2", "DELETE FROM fact"):
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(forbidden.encode())
    app.execute("RESET ROLE")
    assert app.execute("SELECT n FROM fact").fetchall() == [(1,)]


def test_the_application_cannot_become_the_owner_of_the_functions_that_look_past(
    app: Link,
) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("SET ROLE troth_search")


def test_a_database_that_the_owner_makes_is_like_the_real_one(server: Server, owner: Link) -> None:
    owner.execute("CREATE DATABASE test_of_owner")
    with psycopg.connect(server.owner_url, dbname="test_of_owner", autocommit=True) as made:
        made.execute("CREATE TABLE spot (span tstzrange, EXCLUDE USING gist (span WITH &&))")
        with psycopg.connect(server.app_url, dbname="test_of_owner", autocommit=True) as used:
            used.execute("INSERT INTO spot VALUES ('[2026-01-01, 2026-02-01)')")
            assert used.execute("SELECT unaccent('Müller')").fetchone() == ("Muller",)
        made.execute("SET ROLE troth_app")
        assert made.execute("SELECT count(*) FROM spot").fetchone() == (1,)
    drop_database(server.owner_url, "test_of_owner")


def test_the_owner_ends_the_sessions_of_the_application(owner: Link, app: Link) -> None:
    pid = app.info.backend_pid
    assert owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,)).fetchone() == (True,)


def test_the_server_is_set_up_as_documented(owner: Link) -> None:
    def shown(name: str) -> object:
        row = owner.execute("SELECT current_setting(%s)", (name,)).fetchone()
        return row[0] if row else None

    expected = {
        "data_checksums": "on",
        "server_encoding": "UTF8",
        "listen_addresses": "127.0.0.1",
        "password_encryption": "scram-sha-256",
        "synchronous_commit": "on",
        "fsync": "on",
        "full_page_writes": "on",
        "wal_compression": "pglz",
        "max_wal_size": "4GB",
        "max_connections": "60",
        "TimeZone": "UTC",
        "data_directory_mode": "0700",
        "log_min_error_statement": "panic",
    }
    assert {name: shown(name) for name in expected} == expected


def test_text_sorts_by_code_point_and_lower_case_knows_unicode(owner: Link) -> None:
    words = "SELECT string_agg(w, ' ' ORDER BY w) FROM unnest(ARRAY['b', 'É', 'a', 'Z']) w"
    assert owner.execute(words).fetchone() == ("Z a b É",)
    assert owner.execute("SELECT lower('ÉCOLE')").fetchone() == ("école",)


def test_a_wrong_password_is_refused(server: Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.app_url, password="guess")


def test_only_the_owner_of_the_workspace_may_read_passwords_and_data(server: Server) -> None:
    directory = server.data_directory.parent
    modes = {
        name: (directory / name).stat().st_mode & 0o777
        for name in ("passwords.json", "data", "log", "lease", "lock", "data/postgresql.conf")
    }
    assert modes == {
        "passwords.json": 0o600,
        "data": 0o700,
        "log": 0o700,
        "lease": 0o600,
        "lock": 0o600,
        "data/postgresql.conf": 0o600,
    }


def test_the_log_keeps_no_values_of_a_failing_statement(server: Server, owner: Link) -> None:
    owner.execute("CREATE TABLE person (email text PRIMARY KEY)")
    owner.execute("INSERT INTO person VALUES ('ada@example.org')")
    with pytest.raises(errors.UniqueViolation):
        owner.execute("INSERT INTO person VALUES ('ada@example.org')")
    logs = _log_text(server.data_directory.parent / "log")
    assert "duplicate key value" in logs
    assert "ada@example.org" not in logs


def _log_text(folder: Path) -> str:
    return "".join(each.read_text(encoding="utf-8") for each in folder.glob("*.log"))

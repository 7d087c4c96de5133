"""Which roles, databases, extensions and privileges does a fresh server get?

`troth_owner` owns the database and makes the tables; `troth_app` owns nothing and may read and
write what the owner makes. Two roles that nobody can sign in as stand beside row-level security:
`troth_loader` copies facts in and can do nothing else, `troth_search` owns the reviewed functions
that look past it. All of it stands in template1 too, so that a database which the owner
makes, for a test say, is like the real one. Every step may be repeated: after a crash halfway it
is done again.
"""

from __future__ import annotations

import hashlib

import psycopg
from psycopg import sql

from troth.store.server.cluster import SUPERUSER
from troth.store.server.errors import ExtensionMissing
from troth.store.server.layout import Passwords

DATABASE = "troth"
OWNER = "troth_owner"
APP = "troth_app"
LOADER = "troth_loader"
SEARCHER = "troth_search"
EXTENSIONS = ("btree_gist", "pg_trgm", "citext", "unaccent", "fuzzystrmatch")

EDITION = 2
"""Raise it when this module changes, and every server is brought up to it at its next start."""

_SAYS_INHERIT = 160_000


def connect(port: int, password: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
    """A superuser's connection. Raises psycopg.OperationalError."""
    return psycopg.connect(
        host="127.0.0.1",
        port=port,
        user=SUPERUSER,
        password=password,
        dbname=database,
        sslmode="disable",
        connect_timeout=10,
        autocommit=True,
    )


def provision(port: int, passwords: Passwords, *, binaries: object) -> None:
    """Bring the server up to EDITION; nothing to do where it is. Raises ExtensionMissing."""
    with connect(port, passwords.superuser, "postgres") as connection:
        mark = _mark(passwords)
        if _described(connection) == mark:
            return
        _make_roles(connection, passwords)
    _fill(port, passwords, "template1", binaries=binaries)
    with connect(port, passwords.superuser, "postgres") as connection:
        if not _exists(connection, "pg_database", "datname", DATABASE):
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        # Only the two roles may connect to the company's data.
        connection.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
        connection.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APP}")
    _fill(port, passwords, DATABASE, binaries=binaries)
    with connect(port, passwords.superuser, "postgres") as connection:
        statement = sql.SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(statement.format(sql.Identifier(DATABASE), sql.Literal(mark)))


def _mark(passwords: Passwords) -> str:
    # New passwords have to reach the roles. A digest of 384 random bits tells nobody anything.
    digest = hashlib.sha256(f"{passwords.owner} {passwords.app}".encode()).hexdigest()
    return f"troth edition {EDITION} {digest[:16]}"


def _described(connection: psycopg.Connection[tuple[object, ...]]) -> object:
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        (DATABASE,),
    ).fetchone()
    return row[0] if row else None


def _make_roles(connection: psycopg.Connection[tuple[object, ...]], passwords: Passwords) -> None:
    for role, password, rights in (
        (OWNER, passwords.owner, "LOGIN CREATEDB CREATEROLE"),
        (APP, passwords.app, "LOGIN NOCREATEDB NOCREATEROLE"),
    ):
        verb = "ALTER" if _exists(connection, "pg_roles", "rolname", role) else "CREATE"
        statement = sql.SQL(f"{verb} ROLE {role} {rights} NOSUPERUSER NOBYPASSRLS PASSWORD {{}}")
        connection.execute(statement.format(sql.Literal(password)))
    # So that the owner may act as the application (SET ROLE) and end its sessions.
    connection.execute(f"GRANT {APP} TO {OWNER}")
    for role, rights in ((LOADER, "BYPASSRLS"), (SEARCHER, "NOBYPASSRLS")):
        verb = "ALTER" if _exists(connection, "pg_roles", "rolname", role) else "CREATE"
        connection.execute(f"{verb} ROLE {role} NOLOGIN NOSUPERUSER {rights}")
    # The application becomes the loader for one COPY, and the owner may give functions to the
    # searcher; neither is one of them, or it would see what they see.
    for role, member in ((LOADER, APP), (SEARCHER, OWNER)):
        if connection.info.server_version >= _SAYS_INHERIT:
            connection.execute(f"GRANT {role} TO {member} WITH INHERIT FALSE, SET TRUE")
        else:
            connection.execute(f"ALTER ROLE {member} NOINHERIT")
            connection.execute(f"GRANT {role} TO {member}")


def _fill(port: int, passwords: Passwords, database: str, *, binaries: object) -> None:
    with connect(port, passwords.superuser, database) as connection:
        for extension in EXTENSIONS:
            try:
                connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
            except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile) as error:
                raise ExtensionMissing(
                    binaries=binaries, extension=extension, output=error
                ) from error
        made_by_owner = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER}"
        for statement in (
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            f"GRANT USAGE ON SCHEMA public TO {OWNER}, {APP}",
            f"GRANT CREATE ON SCHEMA public TO {OWNER}",
            f"GRANT USAGE ON SCHEMA public TO {LOADER}",
            f"GRANT USAGE, CREATE ON SCHEMA public TO {SEARCHER}",  # CREATE: to be given functions
            f"{made_by_owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP}",
            f"{made_by_owner} GRANT USAGE, SELECT ON SEQUENCES TO {APP}",
        ):
            connection.execute(statement)


def _exists(
    connection: psycopg.Connection[tuple[object, ...]], catalogue: str, column: str, name: str
) -> bool:
    statement = sql.SQL("SELECT FROM {} WHERE {} = {}").format(
        sql.Identifier(catalogue), sql.Identifier(column), sql.Literal(name)
    )
    return connection.execute(statement).fetchone() is not None

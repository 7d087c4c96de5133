"""How does a restored database take the place of another, all at once?

It is filled under a name of its own, `NAME_restoring`, and takes the old one's name in a single
transaction. Killed before, it leaves the old one as it was; the next restore clears what it left.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from troth.store.backups.errors import InUseError, NoDatabaseMadeError

_MAINTENANCE = ("postgres", "template1")
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = %s AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, kw_only=True)
class Target:
    """The database that a restore fills: who makes it, who checks it, who works with it."""

    maker_url: str  # may make databases; fills it
    reader_url: str  # sees every row; counts
    owner_url: str
    app_url: str

    @property
    def database(self) -> str:
        return str(conninfo_to_dict(self.maker_url)["dbname"])

    @property
    def making(self) -> str:
        """Its name until it is whole."""
        return f"{self.database[:50]}_restoring"

    @property
    def replaced(self) -> str:
        """The old one's name from the moment of the exchange until it is dropped."""
        return f"{self.database[:50]}_replaced"

    def url(self, which: str) -> str:
        """`maker_url`, `reader_url`, `owner_url` or `app_url`, of the database in the making.

        Who restores is the program: row-level security goes by this setting and hides nothing.
        """
        given = getattr(self, which)
        options = conninfo_to_dict(given).get("options")
        return make_conninfo(
            given, dbname=self.making, options=f"{options or ''} -c troth.system=on".strip()
        )


def server_version(target: Target) -> str:
    """As PostgreSQL writes it, such as "18.6"."""
    with _maintaining(target) as connection:
        return str(_value(connection, "SHOW server_version")).split()[0]


def refuse_in_use(target: Target) -> None:
    """Raises InUseError where somebody is connected to the database."""
    with _maintaining(target) as connection:
        count = _value(connection, _OTHERS, target.database)
    if count:
        raise InUseError(database=target.database, count=count)


def make_database(target: Target) -> None:
    """An empty `NAME_restoring`, for the owner. Raises NoDatabaseMadeError."""
    owner = str(conninfo_to_dict(target.owner_url)["user"])
    with _maintaining(target) as connection:
        try:
            _drop(connection, target.making)
            _drop(connection, target.replaced)
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(target.making), sql.Identifier(owner)
                )
            )
        except psycopg.errors.InsufficientPrivilege as error:
            raise NoDatabaseMadeError(
                role=connection.info.user, database=target.making, reason=str(error).strip()
            ) from error


def forget_database(target: Target) -> None:
    """Drop what was begun."""
    with _maintaining(target) as connection:
        _drop(connection, target.making)


def exchange(target: Target) -> None:
    """Give the new one the name, and drop the old one. Raises InUseError."""
    with _maintaining(target) as connection:
        try:
            with connection.transaction():
                if _exists(connection, target.database):
                    _keep_rights(connection, target)
                    _rename(connection, target.database, target.replaced)
                _rename(connection, target.making, target.database)
        except psycopg.errors.ObjectInUse as error:
            count = _value(connection, _OTHERS, target.database)
            raise InUseError(database=target.database, count=count) from error
        _drop(connection, target.replaced)


def _keep_rights(connection: psycopg.Connection[Any], target: Target) -> None:
    """Who may connect to the old one may connect to the new one, and nobody else."""
    new = sql.Identifier(target.making)
    rows = connection.execute(
        "SELECT CASE WHEN a.grantee = 0 THEN NULL ELSE a.grantee::regrole::text END,"
        " a.privilege_type FROM pg_database AS d,"
        " aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a"
        " WHERE d.datname = %s AND a.grantee <> d.datdba",
        [target.database],
    ).fetchall()
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(new))
    for grantee, right in rows:
        # regrole writes the name quoted where it has to be; the right is one of PostgreSQL's words.
        to = sql.SQL("PUBLIC" if grantee is None else grantee)
        connection.execute(sql.SQL("GRANT {} ON DATABASE {} TO {}").format(sql.SQL(right), new, to))


@contextmanager
def _maintaining(target: Target) -> Iterator[psycopg.Connection[Any]]:
    """A connection to another database of the same server: one's own cannot be renamed."""
    names = [name for name in _MAINTENANCE if name != target.database]
    for last, name in enumerate(names, start=1):
        try:
            connection = psycopg.connect(
                make_conninfo(target.maker_url, dbname=name), autocommit=True, connect_timeout=30
            )
            break
        except psycopg.OperationalError:
            if last == len(names):
                raise
    with connection:
        yield connection


def _drop(connection: psycopg.Connection[Any], name: str) -> None:
    if not _exists(connection, name):
        return
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = %s AND backend_type = 'client backend'",
        [name],
    )
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _exists(connection: psycopg.Connection[Any], name: str) -> bool:
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    return found is not None


def _rename(connection: psycopg.Connection[Any], old: str, new: str) -> None:
    connection.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
    )


def _value(connection: psycopg.Connection[Any], statement: str, *parameters: Any) -> Any:
    row = connection.execute(statement, parameters or None).fetchone()
    assert row is not None
    return row[0]

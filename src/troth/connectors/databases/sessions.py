"""How is a database asked, so that it is only read and its rows come one after the other?

Three engines give the same: the columns of a query, and its rows as texts, each value as the
database itself writes it. No driver turns a value into Python's own and back: a date that does not
exist, an infinite instant or a number of sixty digits arrives as it stands, and the mapping says
what it is. A session reads only, sees one moment, and ends with the reading.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol, Self
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pymysql
import pymysql.converters
import pymysql.cursors
from psycopg.adapt import AdaptersMap
from psycopg.types.string import TextLoader

from troth.connectors.errors import (
    DatabaseUnreachableError,
    FileMissingError,
    QueryFailedError,
    SourceError,
)
from troth.connectors.mapping.origins import DatabaseMap
from troth.connectors.secrets import Secret, read_secret, scrub

BATCH = 5_000
CONNECT_SECONDS = 15
STATEMENT_SECONDS = 3_600
Values = tuple[str | None, ...]
_PG_NUMBERS = frozenset({20, 21, 23, 26, 700, 701, 1700})
_MYSQL_TIMESTAMP = 7
_MYSQL_NUMBERS = frozenset({0, 1, 2, 3, 4, 5, 8, 9, 13, 246})


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What a query gives."""

    names: tuple[str, ...]
    # Whether each is a number; None where only its values can tell.
    are_numbers: tuple[bool | None, ...]


class Session(Protocol):
    """An open database. Every error that it raises is its driver's; `opened` turns it into ours."""

    quote: Literal['"', "`"]
    placeholder: Literal["%s", "?"]

    def now(self) -> datetime:
        """The source's own clock, with its offset."""
        ...

    def run(
        self, query: str, parameters: Sequence[str | float]
    ) -> tuple[Columns, Generator[list[Values]]]: ...


@contextmanager
def opened(database: DatabaseMap, *, workspace: Path) -> Iterator[Session]:
    """The source's database, to be read. Raises a SourceError for whatever goes wrong in there."""
    secrets: list[Secret] = []
    if database.url is not None:
        secrets.append(read_secret(database.url, workspace=workspace))
    failed: SourceError | None = None
    is_open = False
    try:
        with _connected(database, secrets, workspace) as session:
            is_open = True
            yield session
    except (psycopg.Error, pymysql.err.Error, sqlite3.Error, OSError, ValueError) as error:
        kind = QueryFailedError if is_open and not _is_lost(error) else DatabaseUnreachableError
        reason = scrub(_first_line(error), secrets)
        failed = kind(file=database.asked_by, engine=database.engine, reason=reason)
    # Outside of `except`, and from nothing: a driver's own error may carry the address with its
    # password, or the query's text.
    if failed is not None:
        raise failed from None


def _connected(database: DatabaseMap, secrets: list[Secret], workspace: Path) -> Any:
    if database.engine == "sqlite":
        return _SqliteSession.open(database, workspace)
    url = secrets[0].reveal()
    if database.engine == "postgresql":
        return _PostgresSession.open(url)
    return _MysqlSession.open(url)


def _is_lost(error: Exception) -> bool:
    """Whether the server went away, rather than refused what it was asked."""
    if isinstance(error, psycopg.Error):
        return isinstance(error, psycopg.OperationalError) and error.sqlstate is None
    if isinstance(error, pymysql.err.Error):
        return bool(error.args) and error.args[0] in (0, 2003, 2006, 2013, 2014)
    return isinstance(error, OSError)


def _first_line(error: Exception) -> str:
    """What the server says, in a line and without a row's values, which are in its details."""
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        text = error.diag.message_primary
    elif isinstance(error, pymysql.err.Error) and len(error.args) > 1:
        text = str(error.args[1])
    else:
        text = str(error)
    line = (text.strip().splitlines() or [type(error).__name__])[0][:300]
    return line if line.endswith((".", "!", "?")) else f"{line}."


class _PostgresSession:
    quote: Literal['"', "`"] = '"'
    placeholder: Literal["%s", "?"] = "%s"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, url: str) -> Iterator[Self]:
        adapters = AdaptersMap(psycopg.adapters)
        for kind in psycopg.adapters.types:
            for oid in (kind.oid, kind.array_oid):
                if oid:
                    adapters.register_loader(oid, TextLoader)
        settings = {
            "statement_timeout": str(STATEMENT_SECONDS * 1000),
            "DateStyle": "ISO",
            "TimeZone": "UTC",
            "bytea_output": "hex",
        }
        with psycopg.connect(
            url, context=adapters, connect_timeout=CONNECT_SECONDS, application_name="troth"
        ) as connection:
            for setting in settings.items():
                connection.execute("SELECT set_config(%s, %s, false)", setting)
            connection.commit()
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield cls(connection)
            connection.rollback()

    def now(self) -> datetime:
        ((text,),) = self._connection.execute("SELECT clock_timestamp()").fetchall()
        return datetime.fromisoformat(text)

    def run(
        self, query: str, parameters: Sequence[str | float]
    ) -> tuple[Columns, Generator[list[Values]]]:
        cursor = self._connection.cursor(name="troth")
        cursor.itersize = BATCH
        try:
            # Without parameters a % in the query stands for itself.
            cursor.execute(query.encode(), list(parameters) or None)
        except psycopg.Error:
            cursor.close()
            raise
        found = cursor.description or []
        columns = Columns(
            names=tuple(column.name for column in found),
            are_numbers=tuple(column.type_code in _PG_NUMBERS for column in found),
        )
        return columns, _in_batches(cursor)


class _MysqlSession:
    quote: Literal['"', "`"] = "`"
    placeholder: Literal["%s", "?"] = "%s"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, url: str) -> Iterator[Self]:
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        encoders = {
            kind: how
            for kind, how in pymysql.converters.conversions.items()
            if not isinstance(kind, int)
        }
        more: dict[str, Any] = {}
        if "ssl_ca" in options or options.get("ssl") == "true":
            more = {"ssl": {"ca": options.get("ssl_ca")}, "ssl_verify_cert": True}
            more["ssl_verify_identity"] = True
        if "unix_socket" in options:
            more["unix_socket"] = options["unix_socket"]
        connection = pymysql.connect(
            host=parts.hostname or "localhost",
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.lstrip("/")) or None,
            charset="utf8mb4",
            connect_timeout=CONNECT_SECONDS,
            conv=encoders,  # no decoders: values stay as the server writes them
            cursorclass=pymysql.cursors.SSCursor,
            **more,
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET time_zone = '+00:00'")
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            yield cls(connection)
        finally:
            # Not `close`: a stream that was not read to its end would be read to its end first.
            connection._force_close()

    def now(self) -> datetime:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT UTC_TIMESTAMP(6)")
            ((text,),) = cursor.fetchall()
        return datetime.fromisoformat(f"{text}+00:00")

    def run(
        self, query: str, parameters: Sequence[str | float]
    ) -> tuple[Columns, Generator[list[Values]]]:
        cursor = self._connection.cursor()
        cursor.execute(query, list(parameters) or None)
        found = cursor.description or ()
        columns = Columns(
            names=tuple(str(column[0]) for column in found),
            are_numbers=tuple(column[1] in _MYSQL_NUMBERS for column in found),
        )
        # The session's zone is UTC, which a TIMESTAMP then is in; a DATETIME is what was written.
        zoned = [place for place, column in enumerate(found) if column[1] == _MYSQL_TIMESTAMP]
        return columns, _in_batches(cursor, zoned)


class _SqliteSession:
    quote: Literal['"', "`"] = '"'
    placeholder: Literal["%s", "?"] = "?"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, database: DatabaseMap, workspace: Path) -> Iterator[Self]:
        path = (workspace / (database.file or "")).resolve()
        if not path.is_file():
            raise FileMissingError(file=str(path), asked_by=database.asked_by)
        # Another thread reads the rows ahead; never two at once.
        connection = sqlite3.connect(
            f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False, isolation_level=None
        )
        with closing(connection):
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            yield cls(connection)

    def now(self) -> datetime:
        query = "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"
        ((text,),) = self._connection.execute(query).fetchall()
        return datetime.fromisoformat(text)

    def run(
        self, query: str, parameters: Sequence[str | float]
    ) -> tuple[Columns, Generator[list[Values]]]:
        cursor = self._connection.execute(query, list(parameters))
        names = tuple(str(column[0]) for column in cursor.description)
        return Columns(names=names, are_numbers=(None,) * len(names)), _in_batches(cursor)


def _in_batches(cursor: Any, zoned: Sequence[int] = ()) -> Generator[list[Values]]:
    """The rows that a cursor still has, some thousand at a time."""
    with closing(cursor):
        while rows := cursor.fetchmany(BATCH):
            found = [tuple(map(_text, row)) for row in rows]
            yield [_with_offset(row, zoned) for row in found] if zoned else found


def _with_offset(row: Values, places: Sequence[int]) -> Values:
    values = list(row)
    for place in places:
        value = values[place]
        values[place] = f"{value}+00:00" if value else value
    return tuple(values)


def _text(value: Any) -> str | None:
    """A value as SQLite holds it; the others give texts already."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray):
        return value.hex()
    return repr(value) if isinstance(value, float) else str(value)

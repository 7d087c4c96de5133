"""Which version of a source record was known at an instant?

The latest by `known_at`; among versions known at the same instant the one landed last. A record
whose latest version is `gone` is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from django.db import connection
from psycopg import sql

from troth.store.models.facts import table_name

_FETCH = 2_000
_STREAMS = count()  # a cursor's name is its own on a connection


def latest(kind: str, *, alias: str = "fact") -> sql.Composed:
    """A subquery with the latest version of each key known at the parameter `as_of`."""
    return sql.SQL(
        "(SELECT DISTINCT ON (key) * FROM {table} WHERE known_at <= %(as_of)s"
        " ORDER BY key, known_at DESC, revision DESC) AS {alias}"
    ).format(table=sql.Identifier(table_name(kind)), alias=sql.Identifier(alias))


def current(kind: str, *, alias: str = "current") -> sql.Composed:
    """A subquery with the latest version of each key, whenever it became known.

    For what describes rather than happens (customers, sites, products, lines, rates): exports
    seldom say when a name or an address was known, and a decision about the past is not made
    fairer by pretending that the customer had none.
    """
    return sql.SQL(
        "(SELECT DISTINCT ON (key) * FROM {table}"
        " ORDER BY key, known_at DESC, revision DESC) AS {alias}"
    ).format(table=sql.Identifier(table_name(kind)), alias=sql.Identifier(alias))


def original(kind: str, *, alias: str = "original") -> sql.Composed:
    """A subquery with the first version of each key, whenever it became known.

    For what an order came to when it was placed: a line that is changed later is not news of then.
    """
    return sql.SQL(
        "(SELECT DISTINCT ON (key) * FROM {table} WHERE op = 'upsert'"
        " ORDER BY key, known_at, revision DESC) AS {alias}"
    ).format(table=sql.Identifier(table_name(kind)), alias=sql.Identifier(alias))


def first(kind: str, *, alias: str = "first") -> sql.Composed:
    """A subquery with the first version of each key: what was known when it began."""
    return sql.SQL(
        "(SELECT DISTINCT ON (key) * FROM {table} WHERE known_at <= %(as_of)s AND op = 'upsert'"
        " ORDER BY key, known_at, revision DESC) AS {alias}"
    ).format(table=sql.Identifier(table_name(kind)), alias=sql.Identifier(alias))


def stream(query: sql.Composed, parameters: Any = None) -> Iterator[dict[str, Any]]:
    """The rows of a query as mappings, from a cursor on the server: memory stays flat.

    The cursor holds its result, so that the caller may write in between; and read another stream.
    """
    connection.ensure_connection()
    name = f"troth_stream_{next(_STREAMS)}"
    with connection.connection.cursor(name=name, withhold=True) as cursor:
        cursor.execute(query, parameters)
        names = [column.name for column in cursor.description]
        while rows := cursor.fetchmany(_FETCH):
            for row in rows:
                yield dict(zip(names, row, strict=True))


def rows(query: sql.Composed | str, parameters: Any = None) -> list[dict[str, Any]]:
    """The rows of a small query as mappings."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        names: Sequence[str] = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

"""How are many rows written by one statement, and only where they differ from what is there?

The rows go over as one JSON document, which PostgreSQL takes apart again: arrays of values would
be escaped in Python, sign by sign, and receipts are long texts full of quotes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connection
from django.db.models import AutoField, Field, Model, Q
from psycopg import sql

Row = TypeVar("Row", bound=Model)
_Fields = Sequence["Field[Any, Any]"]


def insert_missing(rows: Sequence[Row]) -> list[Row]:
    """Insert the rows whose primary key is not there; which they were, in their order.

    All rows are of one model and bring their key. Runs in the caller's transaction.
    """
    if not rows:
        return []
    model = type(rows[0])
    fields = model._meta.concrete_fields
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT * FROM {given} ON CONFLICT DO NOTHING"
        " RETURNING {key}"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        columns=_columns(fields),
        given=_given(fields),
        key=sql.Identifier(str(model._meta.pk.column)),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_document(rows, fields)])
        written = {found[0] for found in cursor.fetchall()}
    return [row for row in rows if row.pk in written]


def upsert_changed(
    rows: Sequence[Row], *, key: Sequence[str], keep: Collection[str] = ()
) -> list[Row]:
    """Insert or update the rows that differ from the stored ones; which they were.

    `key` names the unique fields; a column in `keep` stays as it was first inserted. All rows are
    of one model. Runs in the caller's transaction; the rows are written in the order of their key,
    so that two writers cannot lock each other.
    """
    if not rows:
        return []
    model = type(rows[0])
    columns = [
        field.attname
        for field in model._meta.concrete_fields
        if field.attname not in key and field.attname not in keep and not field.primary_key
    ]
    manager: Any = model._default_manager
    wanted = {tuple(getattr(row, name) for name in key): row for row in rows}
    stored = {
        found[: len(key)]: found[len(key) :]
        for found in manager.filter(_matches(key, wanted)).values_list(*key, *columns)
    }
    changed = [
        wanted[mark]
        for mark in sorted(wanted)
        if stored.get(mark) != tuple(getattr(wanted[mark], name) for name in columns)
    ]
    if changed:
        _upsert(changed, key, columns)
    return changed


def update_rows(rows: Sequence[Row], names: Collection[str]) -> None:
    """Write these fields of rows that are there, by their primary key. In the caller's transaction.

    All rows are of one model.
    """
    if not rows:
        return
    meta = type(rows[0])._meta
    fields = [field for field in meta.concrete_fields if field.name in names]
    key = sql.Identifier(str(meta.pk.column))
    statement = sql.SQL(
        "UPDATE {table} SET {values} FROM {given} WHERE {table}.{key} = given.{key}"
    ).format(
        table=sql.Identifier(meta.db_table),
        values=_values(fields, "given"),
        given=_given([meta.pk, *fields]),
        key=key,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_document(rows, [meta.pk, *fields])])


def _upsert(rows: Sequence[Model], key: Sequence[str], columns: Collection[str]) -> None:
    meta = type(rows[0])._meta
    # A number that the table itself counts up is not ours to give.
    fields = [field for field in meta.concrete_fields if not isinstance(field, AutoField)]
    keys = [field for field in fields if field.attname in key]
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT * FROM {given}"
        " ON CONFLICT ({keys}) DO UPDATE SET {values} RETURNING {pk}, {keys}"
    ).format(
        table=sql.Identifier(meta.db_table),
        columns=_columns(fields),
        given=_given(fields),
        keys=_columns(keys),
        values=_values([field for field in fields if field.attname in columns], "excluded"),
        pk=sql.Identifier(str(meta.pk.column)),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_document(rows, fields)])
        numbers = {found[1:]: found[0] for found in cursor.fetchall()}
    for row in rows:
        row.pk = numbers[tuple(getattr(row, field.attname) for field in keys)]


def _columns(fields: _Fields) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in fields)


def _values(fields: _Fields, source: str) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{column} = {source}.{column}").format(
            column=sql.Identifier(str(field.column)), source=sql.Identifier(source)
        )
        for field in fields
    )


def _given(fields: _Fields) -> sql.Composed:
    """The rows of the document that is the statement's one parameter."""
    typed = sql.SQL(", ").join(
        sql.SQL("{} {}").format(
            sql.Identifier(str(field.column)), sql.SQL(str(field.rel_db_type(connection)))
        )
        for field in fields
    )
    return sql.SQL("json_to_recordset(%s::json) AS given ({})").format(typed)


def _document(rows: Sequence[Model], fields: _Fields) -> str:
    names = [(str(field.column), field.attname) for field in fields]
    return json.dumps(
        [{column: _plain(getattr(row, name)) for column, name in names} for row in rows],
        default=_text,
        ensure_ascii=False,
    )


def _plain(value: Any) -> Any:
    """JSON has no word for what is no finite number; PostgreSQL reads it from text."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _text(value: object) -> str:
    """A value as PostgreSQL reads it from text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, timedelta):
        return f"{value.total_seconds()} seconds"
    raise TypeError(f"{type(value).__name__} is no value of a column")


def _matches(key: Sequence[str], wanted: dict[tuple[Any, ...], Any]) -> Q:
    """A superset of the wanted rows, by the last part of the key; cheap under an index."""
    condition = Q()
    for place, name in enumerate(key):
        condition &= Q(**{f"{name}__in": sorted({mark[place] for mark in wanted})})
    return condition

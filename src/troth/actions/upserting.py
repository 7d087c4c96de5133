"""How is a current-state row written only where it differs from what is there?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, JSONField, Model, Q
from psycopg import sql
from psycopg.types.json import Jsonb

Row = TypeVar("Row", bound=Model)


def insert_missing(rows: Sequence[Row]) -> list[Row]:
    """Insert the rows whose primary key is not there; which they were, in their order.

    All rows are of one model and bring their key. Runs in the caller's transaction.
    """
    if not rows:
        return []
    model = type(rows[0])
    fields = model._meta.concrete_fields
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT * FROM unnest({arrays})"
        " ON CONFLICT DO NOTHING RETURNING {key}"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        columns=sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in fields),
        arrays=sql.SQL(", ").join(
            sql.SQL("%s::{}[]").format(sql.SQL(str(field.db_type(connection)))) for field in fields
        ),
        key=sql.Identifier(str(model._meta.pk.column)),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [[_stored(row, field) for row in rows] for field in fields])
        written = {found[0] for found in cursor.fetchall()}
    return [row for row in rows if row.pk in written]


def _stored(row: Model, field: Field[Any, Any]) -> Any:
    value = getattr(row, field.attname)
    return Jsonb(value) if isinstance(field, JSONField) else value


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
        names = [
            field.name
            for field in model._meta.concrete_fields
            if field.attname in columns and not field.primary_key
        ]
        manager.bulk_create(
            changed, update_conflicts=True, unique_fields=list(key), update_fields=names
        )
    return changed


def _matches(key: Sequence[str], wanted: dict[tuple[Any, ...], Any]) -> Q:
    """A superset of the wanted rows, by the last part of the key; cheap under an index."""
    condition = Q()
    for place, name in enumerate(key):
        condition &= Q(**{f"{name}__in": sorted({mark[place] for mark in wanted})})
    return condition

"""Do the rows that may change still stand as the log last committed to them?

One pass over each table: the digest of a row as it stands is compared with the one in the newest
entry that wrote it. A row that no entry wrote, and one that an entry wrote and that is gone without
another having deleted it, are told as well: what was erased was deleted by an entry. Memory does
not grow with the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import connection
from django.db.models import (
    CompositePrimaryKey,
    F,
    Func,
    Model,
    OuterRef,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast
from psycopg import sql

from troth.core.access.roles import Right
from troth.core.ledger.checking import Fault
from troth.store.models import AuditRow
from troth.store.queries.viewing import Viewer, as_the_program
from troth.store.row_content import columns_of, committed_models, content_of

_BATCH = 2_000

_GONE = sql.SQL(
    "SELECT entry_id, key FROM ("
    "SELECT DISTINCT ON (key) key, entry_id, op FROM store_auditrow WHERE table_name = {name}"
    " ORDER BY key, entry_id DESC, position DESC) AS last"
    " WHERE op = 'write' AND NOT EXISTS (SELECT FROM {table} AS kept WHERE {key} = last.key)"
    " ORDER BY 1, 2 LIMIT 1"
)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What comparing the rows came to."""

    rows: int
    faults: tuple[Fault, ...]  # of each table the first of each sort, by its entry


def compare_rows(viewer: Viewer, *, size: int) -> Compared:
    """Compare every row with the log, inside `viewing`. `size` is that of the log.

    Nobody is shown a row: a fault names its table and key, as an entry does.
    """
    viewer.require(Right.SEE_AUDIT)
    rows, faults = 0, []
    with as_the_program():
        for model in committed_models():
            compared = _compare(model, size)
            rows += compared.rows
            faults += [*compared.faults, *_gone(model)]
    return Compared(rows=rows, faults=tuple(faults))


def _compare(model: type[Model], size: int) -> Compared:
    table = model._meta.db_table
    names = columns_of(model)
    place = names.index("salt") if "salt" in names else None
    first: Fault | None = None
    unrecorded: Fault | None = None
    count = 0
    for key, said, *values in _rows(model, names):
        count += 1
        op, entry, digest = (said or "delete::").split(":")
        if op == "delete":
            unrecorded = unrecorded or Fault(
                code="unrecorded",
                index=size,
                last=size,
                sentence=f"No entry wrote {key} in {table}: it came in past the log.",
            )
            continue
        salt = b"" if place is None else bytes(values[place])
        if sha256(salt + content_of(model, values)).hexdigest() == digest:
            continue
        index = int(entry)
        if first is None or index < first.index:
            first = _fault("row", index, f"it wrote {key} into {table}, which has changed since")
    return Compared(rows=count, faults=tuple(fault for fault in (first, unrecorded) if fault))


def _rows(model: type[Model], names: tuple[str, ...]) -> Iterator[list[Any]]:
    """(key, what the newest entry says of it, values…) of each row, as the server sends them."""
    parts = [item.name for item in model._meta.pk_fields]
    newest = (
        AuditRow.objects.filter(table=model._meta.db_table, key=OuterRef("audit_key"))
        .order_by("-entry", "-position")
        .annotate(
            said=Func(
                F("op"),
                F("entry_id"),
                Func(F("digest"), Value("hex"), function="encode", output_field=TextField()),
                template="concat_ws(':', %(expressions)s)",
                output_field=TextField(),
            )
        )
    )
    manager: Any = model._base_manager
    found = (
        manager.annotate(audit_key=_key(model, parts))
        .annotate(audit_said=Subquery(newest.values("said")[:1]))
        .order_by()
        .values_list("audit_key", "audit_said", *names)
    )
    yield from found.iterator(chunk_size=_BATCH)


def _key(model: type[Model], parts: list[str]) -> Any:
    if not isinstance(model._meta.pk, CompositePrimaryKey):
        return Cast(F(parts[0]), TextField())
    return Func(
        *map(F, parts),
        function="json_build_array",
        template="%(function)s(%(expressions)s)::text",
        output_field=TextField(),
    )


def _gone(model: type[Model]) -> Iterator[Fault]:
    table = model._meta.db_table
    columns = [
        sql.SQL("kept.{}").format(sql.Identifier(str(f.column))) for f in model._meta.pk_fields
    ]
    key = sql.SQL("{}::text").format(columns[0])
    if len(columns) > 1:
        key = sql.SQL("json_build_array({})::text").format(sql.SQL(", ").join(columns))
    query = _GONE.format(name=table, table=sql.Identifier(table), key=key)
    with connection.cursor() as cursor:
        cursor.execute(query)
        for index, name in cursor.fetchall():
            yield _fault("gone", index, f"it wrote {name} into {table}, which is gone")


def _fault(code: str, index: int, what: str) -> Fault:
    return Fault(code=code, index=index, last=index, sentence=f"Entry {index}: {what}.")

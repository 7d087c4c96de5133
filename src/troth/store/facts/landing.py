"""How do versions of source records become rows, fast and all or nothing?

A batch is one COPY per table in the caller's transaction: the fact table of its kind, and
fact_personal for what is stored apart. Nothing goes through the ORM; PostgreSQL checks the values
once more and the primary key refuses a version that is landed already.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from django.db import connection
from psycopg import sql
from psycopg.pq import TransactionStatus

from troth.core.records.kinds import BY_NAME, RecordKind
from troth.store.facts.copying import HEADER, TRAILER, Special, encode
from troth.store.facts.erased import ErasedRows, erased_rows, without_personal
from troth.store.models import ErasedSource, SourcePosition
from troth.store.models.facts import stored_columns, table_name
from troth.store.protection import LOADER

_STATE_BATCH = 20_000
_SPECIAL: dict[str, Special] = {"row_hash": "uuid", "custom": "jsonb"}
_SPECIAL_PERSONAL: dict[str, Special] = {"fields": "jsonb"}

_STATE_SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("revision", pa.int32(), nullable=False),
        pa.field("op", pa.string(), nullable=False),
        pa.field("row_hash", pa.string(), nullable=False),
    ]
)


# What others landed is looked for only where there are others: it means reading the whole table.
_STATE = """
COPY (
  WITH own AS (
    SELECT DISTINCT ON (fact.key) fact.key, fact.revision, fact.op,
      replace(fact.row_hash::text, '-', '') AS row_hash
    FROM {table} AS fact JOIN store_landing AS landing ON landing.id = fact.landing_id
    WHERE landing.source = {source} AND landing.feed = {feed}
    ORDER BY fact.key, fact.revision DESC
  ), other AS (
    SELECT fact.key, max(fact.revision) AS revision FROM {table} AS fact
    WHERE EXISTS (
      SELECT FROM store_landing AS landing
      WHERE landing.kind = {kind} AND (landing.source, landing.feed) <> ({source}, {feed})
    )
    GROUP BY fact.key
  )
  SELECT coalesce(own.key, other.key),
    greatest(own.revision, other.revision),
    coalesce(own.op, 'gone'),
    coalesce(own.row_hash, '')
  FROM own FULL JOIN other ON other.key = own.key
  ORDER BY 1
) TO STDOUT (FORMAT csv)
"""


def landed_state(kind: str, *, source: str, feed: str) -> pa.RecordBatchReader:
    """The latest landed version of every key of a feed: key, revision, op, row_hash.

    A key that other feeds or events have landed too goes on from the highest revision of all; one
    that only they have landed stands here as gone, so that a delivery becomes its next version.
    Streams from the server; nothing is held but one batch. Must be read to its end before the
    next query on this connection.
    """
    # COPY takes no parameters of its own, so they are written into it as literals.
    query = sql.SQL(_STATE).format(
        table=sql.Identifier(table_name(kind)), kind=kind, source=source, feed=feed
    )
    # Taken here: whoever reads the batches may do so in a thread of its own, where Django would
    # open another connection, which would see another transaction and never be closed.
    connection.ensure_connection()
    batches = _state_batches(connection.connection, query)
    return pa.RecordBatchReader.from_batches(_STATE_SCHEMA, batches)


def _state_batches(raw: Any, query: sql.Composed) -> Iterator[pa.RecordBatch]:
    with raw.cursor() as cursor, cursor.copy(query) as copy:
        waiting: list[bytes] = []
        for line in copy:
            waiting.append(line)
            if len(waiting) == _STATE_BATCH:
                yield from _parsed(waiting)
                waiting = []
        yield from _parsed(waiting)


def _parsed(lines: list[bytes]) -> Iterator[pa.RecordBatch]:
    if lines:
        yield from (
            pyarrow.csv.read_csv(
                pa.py_buffer(b"".join(lines)),
                read_options=pyarrow.csv.ReadOptions(
                    column_names=_STATE_SCHEMA.names, use_threads=False, block_size=1 << 24
                ),
                parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
                convert_options=pyarrow.csv.ConvertOptions(column_types=_STATE_SCHEMA),
            )
            .cast(_STATE_SCHEMA)
            .to_batches()
        )


def position_of(source: str, feed: str) -> str | None:
    """Up to where a feed was read, in its connector's words; None where it never was."""
    found = SourcePosition.objects.filter(source=source, feed=feed)
    return found.values_list("position", flat=True).first()


def landed_keys(kind: str, keys: set[str]) -> set[str]:
    """Which of the records are landed, in whatever version."""
    query = sql.SQL("SELECT DISTINCT key FROM {} WHERE key = ANY(%s)")
    with connection.cursor() as cursor:
        cursor.execute(query.format(sql.Identifier(table_name(kind))), [sorted(keys)])
        return {key for (key,) in cursor.fetchall()}


def land_batch(
    kind_name: str, batch: pa.RecordBatch, *, landing_id: int, landed_at: datetime
) -> ErasedRows:
    """Write one batch of versions (ENVELOPE and record columns of connectors.protocol).

    The rows whose personal part was left out, because they are about somebody who was erased.
    Runs in the caller's transaction. Raises psycopg.errors.UniqueViolation where a version is
    landed already, DataError where a value does not fit its column; then nothing of it is kept.
    """
    kind = BY_NAME[kind_name]
    landed = pa.scalar(landed_at, type=pa.timestamp("us", tz="UTC"))
    known = pc.fill_null(batch.column("known_at"), landed)
    columns: dict[str, Any] = {
        "key": batch.column("key"),
        "revision": batch.column("revision"),
        "region": batch.column("region"),
        "op": batch.column("op"),
        "landing_id": pa.repeat(landing_id, batch.num_rows),
        "occurred_at": batch.column("occurred_at"),
        "known_at": known,
        "landed_at": pa.repeat(landed, batch.num_rows),
        "row_hash": batch.column("row_hash"),
        "raw": batch.column("raw"),
        "custom": batch.column("custom"),
    }
    for name, column, _ in stored_columns(kind):
        columns[column] = batch.column(name)
    _copy(table_name(kind.name), pa.table(columns), _SPECIAL)
    erased = erased_rows(kind.name, batch)
    if erased.keys:
        batch = without_personal(kind, batch, erased.keys)
        ErasedSource.objects.bulk_create(erased.added, ignore_conflicts=True)
    personal = _personal(kind, batch)
    if personal is not None and personal.num_rows:
        _copy("fact_personal", personal, _SPECIAL_PERSONAL)
    return erased


def _personal(kind: RecordKind, batch: pa.RecordBatch) -> pa.Table | None:
    """The rows of fact_personal for a batch; None where nothing personal is in it."""
    names = [name for name, _ in kind.personal_columns]
    has_fields = any(batch.column(name).null_count < batch.num_rows for name in names)
    has_raw = batch.column("raw_personal").null_count < batch.num_rows
    if not has_fields and not has_raw:
        return None
    pairs = ", ".join(f"'{name}': \"{name}\"" for name in names)
    fields = f"to_json({{{pairs}}})" if names else "'{}'"
    present = " OR ".join(
        [f'"{name}" IS NOT NULL' for name in names] + ["raw_personal IS NOT NULL"]
    )
    with duckdb.connect() as engine:
        engine.register("batch", pa.table(batch.columns, names=batch.schema.names))
        return engine.sql(
            f"SELECT '{kind.name}' AS kind, key, revision, region, {fields} AS fields,"
            f" raw_personal AS raw FROM batch WHERE {present}"
        ).to_arrow_table()


@contextmanager
def _loader() -> Iterator[None]:
    """The role that may insert facts and do nothing else: row-level security refuses COPY FROM."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {LOADER}")
        try:
            yield
        finally:
            # After an error the rollback that has to come takes the role back.
            if connection.connection.info.transaction_status == TransactionStatus.INTRANS:
                cursor.execute("SET LOCAL ROLE NONE")


def _copy(table: str, rows: pa.Table, special: dict[str, Special]) -> None:
    """COPY columns into a table, by name."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
    )
    with _loader(), connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(HEADER)
        for batch in rows.to_batches():
            for piece in encode(batch, special):
                copy.write(piece)
        copy.write(TRAILER)

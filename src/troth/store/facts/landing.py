"""How do versions of source records become rows, fast and all or nothing?

A batch is one COPY per table in the caller's transaction: the fact table of its kind, and
fact_personal for what is stored apart. Nothing goes through the ORM; PostgreSQL checks the types
once more and the primary key refuses a version that is landed already.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from django.db import connection
from psycopg import sql

from troth.core.records.kinds import BY_NAME, RecordKind
from troth.store.models.facts import stored_columns, table_name

_STATE_BATCH = 50_000
_CSV = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
# A COPY message larger than this only waits longer for its first byte.
_CHUNK_BYTES = 1 << 20

_STATE_SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("revision", pa.int32(), nullable=False),
        pa.field("op", pa.string(), nullable=False),
        pa.field("row_hash", pa.string(), nullable=False),
    ]
)


def landed_state(kind: str, *, source: str, feed: str) -> pa.RecordBatchReader:
    """The latest landed version of every key of a feed: key, revision, op, row_hash.

    Streams from the server; nothing is held but one batch. Must be read to its end before the
    next query on this connection.
    """
    query = sql.SQL(
        "SELECT DISTINCT ON (fact.key) fact.key, fact.revision, fact.op,"
        " replace(fact.row_hash::text, '-', '')"
        " FROM {table} AS fact JOIN store_landing AS landing ON landing.id = fact.landing_id"
        " WHERE landing.source = %s AND landing.feed = %s"
        " ORDER BY fact.key, fact.revision DESC"
    ).format(table=sql.Identifier(table_name(kind)))
    # Taken here: whoever reads the batches may do so in a thread of its own, where Django would
    # open another connection, which would see another transaction and never be closed.
    connection.ensure_connection()
    batches = _state_batches(connection.connection, query, source, feed)
    return pa.RecordBatchReader.from_batches(_STATE_SCHEMA, batches)


def _state_batches(
    raw: Any, query: sql.Composed, source: str, feed: str
) -> Iterator[pa.RecordBatch]:
    # WITH HOLD: the scan outlives the transactions in which batches are landed meanwhile.
    with raw.cursor(name="landed_state", withhold=True) as cursor:
        cursor.execute(query, [source, feed])
        while rows := cursor.fetchmany(_STATE_BATCH):
            columns = list(zip(*rows, strict=True))
            yield pa.record_batch(
                [
                    pa.array(column, type=field.type)
                    for column, field in zip(columns, _STATE_SCHEMA, strict=True)
                ],
                schema=_STATE_SCHEMA,
            )


def land_batch(
    kind_name: str, batch: pa.RecordBatch, *, landing_id: int, landed_at: datetime
) -> None:
    """Write one batch of versions (ENVELOPE and record columns of connectors.protocol).

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
    _copy(table_name(kind.name), pa.table(columns))
    personal = _personal(kind, batch)
    if personal is not None and personal.num_rows:
        _copy("fact_personal", personal)


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


def _copy(table: str, rows: pa.Table) -> None:
    """COPY columns into a table, by name. Null and the empty string stay apart."""
    sink = io.BytesIO()
    pyarrow.csv.write_csv(rows, sink, _CSV)
    view = sink.getbuffer()
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, len(view), _CHUNK_BYTES):
            copy.write(view[start : start + _CHUNK_BYTES])


def row_bytes(batch: pa.RecordBatch) -> Iterator[bytes]:
    """What an audit entry commits to for each landed version: key, revision and row hash."""
    keys = batch.column("key").to_pylist()
    revisions = batch.column("revision").to_pylist()
    hashes = batch.column("row_hash").to_pylist()
    for key, revision, row_hash in zip(keys, revisions, hashes, strict=True):
        yield f"{key}\x1f{revision}\x1f{row_hash}".encode()

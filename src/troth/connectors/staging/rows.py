"""Which delivered rows are sound, and which of them say something new?

Works on a DuckDB connection that holds a relation of delivered rows: `rid` (a number per row,
in order of delivery) and the columns that the plan names. Everything larger than a batch stays
in DuckDB, which moves it to disk where its memory limit is reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from troth.connectors.columns import batch_schema
from troth.connectors.staging.fields import Check
from troth.connectors.staging.holding import WITHHELD
from troth.connectors.staging.plan import Plan, json_source, to_json
from troth.connectors.staging.quoting import text
from troth.connectors.staging.versions import version_query

_GONE_HASH = "md5('gone')"


@dataclass(frozen=True, kw_only=True)
class BrokenRow:
    """A row that cannot be landed, with every check that it fails."""

    rid: int
    key: str | None
    raw: str  # JSON of the delivered columns
    faults: tuple[tuple[Check, str | None], ...]  # with what was found


@dataclass(frozen=True, kw_only=True)
class RepeatedRow:
    """A row whose key stands elsewhere in the delivery with other contents."""

    rid: int
    key: str
    raw: str
    others: tuple[int, ...]  # rids of up to three other rows


class Staging:
    """The rows of one delivery."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, plan: Plan, *, relation: str, raw: str
    ) -> None:
        """`relation` is SQL of the delivered rows, `raw` SQL of the whole row as JSON."""
        self._connection = connection
        self._plan = plan
        self._rows = plan.steps.over(relation)
        self._raw = raw
        if plan.refused is not None:
            self._raw = f"CASE WHEN {plan.refused} THEN {text(WITHHELD)} ELSE {raw} END"
        self.rows = 0
        self.has_unkeyed = False
        self._stage()

    def _stage(self) -> None:
        plan = self._plan
        self._connection.execute(
            f"CREATE OR REPLACE TABLE staged AS SELECT rid, {plan.key} AS key, "
            f"{plan.row_hash} AS row_hash, {plan.is_bad} AS is_bad, {plan.known_at} AS r0 "
            f"FROM ({self._rows})"
        )
        found = self._one("SELECT count(*), count(*) FILTER (key IS NULL) FROM staged")
        self.rows, self.has_unkeyed = found[0], found[1] > 0
        if plan.feed.has_history:
            self._settle_history()
        else:
            self._settle_repeated()

    def _settle_repeated(self) -> None:
        # As many hashes as keys: no key stands there twice. Grouping the keys takes far longer.
        if self._one(
            "SELECT count(DISTINCT hash(key)) = count(*) FROM staged WHERE key IS NOT NULL"
        )[0]:
            self._connection.execute(
                "CREATE OR REPLACE TABLE repeated (key VARCHAR, first BIGINT, differs BOOLEAN)"
            )
            self._view("landable", "SELECT rid, key, row_hash FROM staged WHERE NOT is_bad")
            return
        self._connection.execute(
            "CREATE OR REPLACE TABLE repeated AS SELECT key, min(rid) AS first, "
            "min(row_hash) <> max(row_hash) AS differs FROM staged WHERE key IS NOT NULL "
            "GROUP BY key HAVING count(*) > 1"
        )
        self._connection.execute(
            "CREATE OR REPLACE TABLE spare AS SELECT s.rid FROM staged s JOIN repeated r "
            "USING (key) WHERE r.differs OR s.rid <> r.first"
        )
        self._view(
            "landable",
            "SELECT rid, key, row_hash FROM staged ANTI JOIN spare USING (rid) WHERE NOT is_bad",
        )

    def _settle_history(self) -> None:
        self._connection.execute(
            "CREATE OR REPLACE TABLE repeated AS SELECT NULL::VARCHAR AS key, FALSE AS differs "
            "WHERE FALSE"
        )
        # The same row twice lands once; a key's hash covers all its rows, in their order.
        self._connection.execute(
            "CREATE OR REPLACE TABLE states AS SELECT key, row_hash, min(rid) AS rid, "
            "any_value(r0) AS r0 FROM staged WHERE NOT is_bad GROUP BY key, row_hash"
        )
        self._connection.execute(
            "CREATE OR REPLACE TABLE landable AS SELECT s.rid, s.key, h.row_hash FROM states s "
            "JOIN (SELECT key, md5(string_agg(row_hash, '' ORDER BY r0, rid)) AS row_hash "
            "FROM states GROUP BY key) h USING (key)"
        )

    def broken(self) -> Iterator[BrokenRow]:
        """Rows that fail a check, in order of delivery; those that land all the same among them."""
        checks = self._plan.checks
        if not checks:
            return
        marks = ", ".join(
            f"CASE WHEN ({check.is_broken}) IS TRUE THEN {index} END"
            for index, check in enumerate(checks)
        )
        values = ", ".join(f"CAST({check.value} AS VARCHAR)" for check in checks)
        query = (
            f"SELECT rid, staged.key AS key, staged.is_bad AS is_bad, {self._raw} AS raw, "
            f"list_filter([{marks}], lambda x: x IS NOT NULL) AS marks, [{values}] AS found "
            f"FROM ({self._rows}) JOIN staged USING (rid)"
        )
        if any(check.is_landed for check in checks):  # their rows are found by what they break
            query = f"SELECT * FROM ({query}) WHERE len(marks) > 0 ORDER BY rid"
        else:
            query = f"{query} WHERE staged.is_bad ORDER BY rid"
        for row in self._stream(query):
            faults = tuple(
                (checks[index], row["found"][index])
                for index in row["marks"]
                if not (row["is_bad"] and checks[index].is_landed)
            )
            yield BrokenRow(rid=row["rid"], key=row["key"], raw=row["raw"], faults=faults)

    def repeated(self) -> Iterator[RepeatedRow]:
        """Rows of a key that was delivered with two contents, in order of delivery."""
        if self._one("SELECT count(*) FROM repeated WHERE differs")[0] == 0:
            return
        self._connection.execute(
            "CREATE OR REPLACE TABLE places AS SELECT key, list(rid ORDER BY rid)[:4] AS rids "
            "FROM staged JOIN repeated USING (key) WHERE differs GROUP BY key"
        )
        query = (
            f"SELECT rid, staged.key AS key, {self._raw} AS raw, places.rids AS rids "
            f"FROM ({self._rows}) JOIN staged USING (rid) JOIN places ON places.key = staged.key "
            "ORDER BY rid"
        )
        for row in self._stream(query):
            others = tuple(rid for rid in row["rids"] if rid != row["rid"])[:3]
            yield RepeatedRow(rid=row["rid"], key=row["key"], raw=row["raw"], others=others)

    def changed(
        self, landed: pa.RecordBatchReader, *, batch_rows: int, may_withdraw: bool
    ) -> Iterator[pa.RecordBatch]:
        """Versions of keys whose content differs from `landed`; see `FeedReading.changed`."""
        cursor = self._connection.cursor()
        cursor.register("landed_reader", landed)
        cursor.execute("CREATE OR REPLACE TABLE landed AS SELECT * FROM landed_reader")
        cursor.unregister("landed_reader")
        cursor.execute(
            "CREATE OR REPLACE TABLE picked AS SELECT s.rid, s.key, s.row_hash, "
            "coalesce(l.revision, 0) AS prev FROM landable s LEFT JOIN landed l USING (key) "
            "WHERE l.key IS NULL OR l.op = 'gone' OR l.row_hash <> s.row_hash"
        )
        gone = (
            f"SELECT l.key, {_GONE_HASH} AS row_hash, l.revision AS prev FROM landed l "
            "ANTI JOIN staged s ON s.key = l.key WHERE l.op <> 'gone'"
        )
        if not may_withdraw or not cursor.execute(f"SELECT 1 FROM ({gone}) LIMIT 1").fetchall():
            gone = ""
        query = version_query(self._plan, rows=self._rows, gone=gone)
        schema = batch_schema(self._plan.feed.kind)
        reader = cursor.sql(query).to_arrow_reader(batch_rows)
        yield from _cut_by_key(reader, schema, batch_rows)

    def _view(self, name: str, query: str) -> None:
        self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {query}")

    def _one(self, query: str) -> tuple[Any, ...]:
        (row,) = self._connection.execute(query).fetchall()
        return tuple(row)

    def _stream(self, query: str) -> Iterator[dict[str, Any]]:
        reader = self._connection.cursor().sql(query).to_arrow_reader(10_000)
        for batch in reader:
            yield from batch.to_pylist()


def whole_row(plan: Plan, names: tuple[str, ...]) -> str:
    """SQL of the named delivered columns as JSON."""
    return to_json([(name, json_source(plan.columns[name])) for name in names])


def _cut_by_key(
    reader: pa.RecordBatchReader, schema: pa.Schema, batch_rows: int
) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at least so many, so that no key is spread over two."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for found in reader:
        if found.num_rows == 0:
            continue
        columns = [
            column.cast(kind) for column, kind in zip(found.columns, schema.types, strict=True)
        ]
        batch = pa.RecordBatch.from_arrays(columns, schema=schema)
        if count >= batch_rows:
            # Rows are in order of key, so the rows of the last one stand together.
            start = _rows_of(batch, waiting[-1].column(0)[-1].as_py())
            if start < batch.num_rows:
                yield pa.concat_batches([*waiting, batch.slice(0, start)])
                waiting, count, batch = [], 0, batch.slice(start)
        waiting.append(batch)
        count += batch.num_rows
    if waiting:
        yield pa.concat_batches(waiting)


def _rows_of(batch: pa.RecordBatch, key: str) -> int:
    """How many rows at the front of a batch have the key."""
    keys = batch.column(0)
    start = 0
    while start < len(keys) and keys[start].as_py() == key:
        start += 1
    return start

"""How do rows of PostgreSQL become a Parquet file, whole or not at all, in flat memory?

COPY as CSV is parsed by Arrow block by block: nothing passes through Python row by row but bytes.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from django.db import connection

from troth.store.tables.definitions import Definition

_NULL = "\\N"
_BLOCK_BYTES = 4 << 20
_GROUP_ROWS = 131_072
_DIALECT = pyarrow.csv.ParseOptions(newlines_in_values=True)


def copied(definition: Definition, statement: str) -> Iterator[pa.Table]:
    """The statement's rows as Arrow tables of the definition's schema. Raises DatabaseError."""
    options = pyarrow.csv.ConvertOptions(
        column_types={field.name: _as_sent(field.type) for field in definition.schema},
        null_values=[_NULL],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    command = f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER, NULL '{_NULL}')"
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        reader = pyarrow.csv.open_csv(
            io.BufferedReader(_Blocks(copy), _BLOCK_BYTES),
            read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK_BYTES, use_threads=False),
            parse_options=_DIALECT,
            convert_options=options,
        )
        for batch in reader:
            yield pa.Table.from_batches([batch]).cast(definition.schema)


def sent(definition: Definition, rows: str) -> str:
    """The columns of `rows`, a query, as `copied` reads them: instants are whole microseconds."""
    columns = ", ".join(
        f"(extract(epoch FROM {name}) * 1000000)::bigint AS {name}" if kind == "instant" else name
        for name, kind in definition.columns.items()
    )
    # The C collation sorts the same on every server.
    return f'SELECT {columns} FROM ({rows}) AS t ORDER BY {definition.key} COLLATE "C"'


def write(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> int:
    """One file in place of what was at `path`, by rename. Returns how many rows it holds."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    count = 0
    try:
        with pq.ParquetWriter(beside, schema, compression="zstd") as writer:
            for group in _groups(tables):
                writer.write_table(group)
                count += group.num_rows
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return count


def _groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Row groups of a size that reads well, whatever the blocks were."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(part.num_rows for part in waiting) >= _GROUP_ROWS:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


def _as_sent(kind: pa.DataType) -> pa.DataType:
    return pa.int64() if pa.types.is_timestamp(kind) else kind


class _Blocks(io.RawIOBase):
    """A COPY as a file to read from."""

    def __init__(self, copy: Iterable[Any]) -> None:
        self._blocks = iter(copy)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

"""Does PostgreSQL read from COPY's binary form the very values that stand in the columns?"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from troth.store.facts.copying import HEADER, TRAILER, encode

_TYPES = {
    "t": pa.string(),
    "i": pa.int32(),
    "l": pa.int64(),
    "b": pa.bool_(),
    "n": pa.decimal128(24, 6),
    "at": pa.timestamp("us", tz="UTC"),
    "d": pa.date32(),
    "u": pa.string(),
    "j": pa.string(),
}
_LARGEST = Decimal("999999999999999999.999999")
_EDGES: dict[str, list[Any]] = {
    "t": [None, "", "é", 'said "yes",\n\\N\ttab', "x" * 70_000],
    "i": [None, 0, -1, 2**31 - 1, -(2**31)],
    "l": [None, 0, -1, 2**63 - 1, -(2**63)],
    "b": [None, True, False, True, None],
    "n": [None, Decimal("0"), Decimal("-0.000001"), _LARGEST, -_LARGEST],
    "at": [
        None,
        datetime(1, 1, 2, tzinfo=UTC),
        datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2000, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 30, tzinfo=UTC),
    ],
    "d": [None, date(1, 1, 2), date(1999, 12, 31), date(2000, 1, 1), date(9999, 12, 30)],
    "u": [None, "0" * 32, "f" * 32, "0123456789abcdef" * 2, uuid.UUID(int=5).hex],
    "j": [None, "{}", '{"a": ""}', '{"é": [1, 2.50, null]}', '"text"'],
}


def _table(columns: dict[str, list[Any]]) -> pa.Table:
    return pa.table({name: pa.array(columns[name], kind) for name, kind in _TYPES.items()})


def _copied(batches: list[pa.RecordBatch]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS copied")
        cursor.execute(
            "CREATE TEMPORARY TABLE copied (row_id serial, t text, i integer, l bigint, b boolean,"
            " n numeric(24, 6), at timestamptz, d date, u uuid, j jsonb)"
        )
        names = ", ".join(_TYPES)
        with cursor.copy(f"COPY copied ({names}) FROM STDIN (FORMAT binary)") as copy:
            copy.write(HEADER)
            for batch in batches:
                for piece in encode(batch, {"u": "uuid", "j": "jsonb"}):
                    copy.write(piece)
            copy.write(TRAILER)
        cursor.execute(f"SELECT {names} FROM copied ORDER BY row_id")
        return [dict(zip(_TYPES, row, strict=True)) for row in cursor.fetchall()]


def _expected(table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        row["u"] = None if row["u"] is None else uuid.UUID(row["u"])
    return rows


def _as_read(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Django hands a jsonb out as text."""
    for row in rows:
        row["j"] = None if row["j"] is None else json.loads(row["j"])
    return rows


def _assert_same(table: pa.Table, copied: list[dict[str, Any]]) -> None:
    assert _as_read(copied) == _as_read(_expected(table))


def test_values_at_the_edges_of_each_type_arrive_as_they_are(db: None) -> None:
    table = _table(_EDGES)
    _assert_same(table, _copied(table.to_batches()))


def test_columns_without_a_single_null_arrive_as_they_are(db: None) -> None:
    table = _table({name: values[1:4] for name, values in _EDGES.items()})
    table = table.set_column(3, "b", pa.array([True, False, True]))
    _assert_same(table, _copied(table.to_batches()))


def test_columns_that_are_all_null_arrive_as_null(db: None) -> None:
    table = _table({name: [None, None] for name in _TYPES})
    _assert_same(table, _copied(table.to_batches()))


def test_a_piece_of_a_longer_batch_is_read_from_where_it_begins(db: None) -> None:
    table = _table(
        {name: values * 9_000 for name, values in _EDGES.items() if name != "t"}
        | {"t": [None, "", "a", "é", "abc"] * 9_000}
    )  # 45,000 rows: three slices, none of which begins at a byte's edge of the null masks
    (batch,) = table.combine_chunks().to_batches()
    _assert_same(table.slice(13, 40_001), _copied([batch.slice(13, 40_001)]))


_rows = st.fixed_dictionaries(
    {
        "t": st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8")),
        "i": st.none() | st.integers(-(2**31), 2**31 - 1),
        "l": st.none() | st.integers(-(2**63), 2**63 - 1),
        "b": st.none() | st.booleans(),
        "n": st.none() | st.decimals(-_LARGEST, _LARGEST, places=6),
        "at": st.none()
        | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),
        "d": st.none() | st.dates(),
        "u": st.none() | st.uuids().map(lambda found: found.hex),
        "j": st.none() | st.dictionaries(st.sampled_from("abc"), st.integers()).map(json.dumps),
    }
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(_rows, min_size=1, max_size=20))
def test_any_values_arrive_as_they_are(db: None, rows: list[dict[str, Any]]) -> None:
    table = _table({name: [row[name] for row in rows] for name in _TYPES})
    _assert_same(table, _copied(table.to_batches()))


def test_a_nul_character_is_refused_by_the_database_and_not_cut_off(db: None) -> None:
    table = _table({name: [None] for name in _TYPES} | {"t": ["a\0b"]})
    with pytest.raises(psycopg.DataError):
        _copied(table.to_batches())

"""Is what the log commits to of a version the same from the batch and from the table?"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from django.db import connection
from psycopg import sql

from troth.connectors.columns import batch_schema
from troth.core.ledger.tree import merkle_root
from troth.core.records.fields import FieldType
from troth.core.records.kinds import BY_NAME
from troth.store.facts.landing import land_batch
from troth.store.facts.leaves import as_jsonb, leaf_hashes, leaf_sql, root_of_leaves, texts
from troth.store.models import Landing
from troth.store.models.facts import table_name

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HASH = "0123456789abcdef" * 2
_NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
_ODD = 'a"b,\n\x1f:;ü\\ 0:'
_CUSTOM = json.dumps({"bb": [1, 2.50, None, True], "a": _ODD, "é": {"x": -0.0, "y": 1e-7}})
# What a column of each type may hold at its edges.
_VALUES: dict[FieldType, tuple[Any, ...]] = {
    FieldType.INTEGER: (0, -(2**63), 2**63 - 1),
    FieldType.DECIMAL: (Decimal("0"), Decimal("-0.000001"), Decimal(10**18 - 1) + Decimal("0.5")),
    FieldType.BOOLEAN: (True, False, None),
    FieldType.INSTANT: (_NOON, datetime(1, 1, 1, tzinfo=UTC), _EPOCH - timedelta(microseconds=1)),
    FieldType.DATE: (date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31)),
}  # fmt: skip


def batch_of(kind: str, *rows: dict[str, Any]) -> pa.RecordBatch:
    fixed = {"revision": 1, "op": "upsert", "region": "eu", "row_hash": _HASH}
    return pa.RecordBatch.from_pylist(
        [fixed | row for row in rows], schema=batch_schema(BY_NAME[kind])
    )


def landed(kind: str, batch: pa.RecordBatch, *, at: datetime) -> None:
    landing = Landing.objects.create(source="s", feed="f", kind=kind, landed_at=at)
    land_batch(kind, batch, landing_id=landing.pk, landed_at=at)


def stored(kind: str, edited: str = "", value: str = "") -> list[bytes]:
    """The leaves from the table, as if a column held another value, given as SQL."""
    columns = [
        sql.SQL("{} AS {}").format(
            sql.SQL(value) if name == edited else sql.Identifier(name), sql.Identifier(name)
        )
        for name, _ in columns_of(kind)
    ]
    query = sql.SQL(
        "SELECT {} FROM (SELECT {} FROM {}) AS fact"
        " JOIN store_landing AS landing ON landing.id = fact.landing_id"
        ' ORDER BY fact.key COLLATE "C", fact.revision'
    ).format(leaf_sql(BY_NAME[kind]), sql.SQL(", ").join(columns), sql.Identifier(table_name(kind)))
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [bytes(leaf) for (leaf,) in cursor.fetchall()]


def columns_of(kind: str) -> list[tuple[str, str]]:
    """(name, type) of each column of a fact table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s",
            [table_name(kind)],
        )
        return sorted(cursor.fetchall())


def odd_rows(kind: str) -> list[dict[str, Any]]:
    """Rows that hold nothing, and rows that hold what is hard to write, in every column."""
    rows: list[dict[str, Any]] = [{"key": "erp:0"}]
    for place in range(3):
        row = {
            name: _VALUES.get(field_type, ("", _ODD, "x"))[place]
            for name, field_type in BY_NAME[kind].plain_columns
        }
        # Of the envelope; a record's own `occurred_at` is the fact's.
        row |= {"key": f"erp:{place + 1}{_ODD}", "raw": _ODD, "custom": _CUSTOM, "known_at": _NOON}
        rows.append({"occurred_at": _NOON} | row)
    return rows


@pytest.mark.parametrize("kind", BY_NAME)
def test_a_version_has_one_leaf_from_the_batch_and_from_the_table(db: None, kind: str) -> None:
    batch = batch_of(kind, *odd_rows(kind))
    landed(kind, batch, at=_NOON + timedelta(days=1))
    assert leaf_hashes(kind, batch) == stored(kind)


def test_what_became_known_as_it_landed_is_written_as_what_does_not_say_when(db: None) -> None:
    batch = batch_of("order", {"key": "erp:1", "known_at": _NOON}, {"key": "erp:2"})
    landed("order", batch, at=_NOON)
    assert leaf_hashes("order", batch, landed_at=_NOON) == stored("order")
    assert leaf_hashes("order", batch) != stored("order")  # the control: it is written


_OTHER = {
    "text": "'other'",
    "integer": "77",
    "bigint": "77",
    "numeric": "77::numeric(24, 6)",
    "boolean": "NULL::boolean",
    "uuid": "gen_random_uuid()",
    "jsonb": "'{}'::jsonb",
    "timestamp with time zone": "'infinity'::timestamptz",
    "date": "'infinity'::date",
}


@pytest.mark.parametrize("kind", ["order", "case", "invoice_line"])
def test_another_value_in_any_column_is_another_leaf(db: None, kind: str) -> None:
    landed(kind, batch_of(kind, odd_rows(kind)[1]), at=_NOON + timedelta(days=1))
    before = stored(kind)
    Landing.objects.create(source="s", feed="g", kind=kind, landed_at=_NOON)
    unseen = []
    for name, found in columns_of(kind):
        is_landing = name == "landing_id"
        other = "(SELECT max(id) FROM store_landing)" if is_landing else _OTHER[found]
        if stored(kind, name, other) == before:
            unseen.append(name)
    assert unseen == []
    assert stored(kind, "key", "key") == before  # the control: the same value is the same leaf


@pytest.mark.parametrize("count", [*range(20), 31, 32, 33, 1000])
def test_the_root_of_a_batch_is_the_one_of_rfc_9162(count: int) -> None:
    batch = batch_of("order", *({"key": f"é{number}"} for number in range(count)))
    found = texts("order", batch)
    assert len(set(found)) == count
    assert root_of_leaves(leaf_hashes("order", batch)) == merkle_root(found)


@pytest.mark.parametrize(
    "text",
    [
        _CUSTOM, '{"b": 1, "a": 2, "b": 3}', "[]", "{}", "null", "true", "1e3", "-0.00", "1.50",
        '{"zz": 1, "y": 2, "é": 3, "": 4}', '"\\u0001\\u007f\\/\\b\\f\\t"',
        "123456789012345678901234567890",
        "1E-20", '{"nested": {"bb": [{"c": 1, "bb": 2}], "a": "ü"}}',
    ],
)  # fmt: skip
def test_json_is_written_as_postgresql_writes_it(db: None, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [text])
        assert cursor.fetchone() == (as_jsonb(text),)

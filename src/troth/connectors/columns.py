"""How is each type of field stored in the columns that a connector hands out?"""

from __future__ import annotations

import pyarrow as pa

from troth.connectors.protocol import ENVELOPE
from troth.core.records.fields import FieldType
from troth.core.records.kinds import RecordKind

# One line a type. Decimals are exact below 10^18, as the store keeps them. Money and quantity
# are two columns each, so they never stand here.
_ARROW: dict[FieldType, pa.DataType] = {
    FieldType.TEXT: pa.string(),
    FieldType.CODE: pa.string(),
    FieldType.KEY: pa.string(),
    FieldType.INTEGER: pa.int64(),
    FieldType.DECIMAL: pa.decimal128(24, 6),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.INSTANT: pa.timestamp("us", tz="UTC"),
    FieldType.DATE: pa.date32(),
}

_SQL: dict[FieldType, str] = {
    FieldType.TEXT: "VARCHAR",
    FieldType.CODE: "VARCHAR",
    FieldType.KEY: "VARCHAR",
    FieldType.INTEGER: "BIGINT",
    FieldType.DECIMAL: "DECIMAL(24, 6)",
    FieldType.BOOLEAN: "BOOLEAN",
    FieldType.INSTANT: "TIMESTAMPTZ",
    FieldType.DATE: "DATE",
}


def arrow_type(field_type: FieldType) -> pa.DataType:
    """The Arrow type of one storage column. Raises KeyError for money and quantity."""
    return _ARROW[field_type]


def sql_type(field_type: FieldType) -> str:
    """The same in DuckDB's words."""
    return _SQL[field_type]


def batch_schema(kind: RecordKind) -> pa.Schema:
    """What `FeedReading.changed` yields: the envelope, then plain, then personal columns."""
    own = [pa.field(name, arrow_type(field_type)) for name, field_type in record_columns(kind)]
    return pa.schema([*ENVELOPE, *own])


def record_columns(kind: RecordKind) -> tuple[tuple[str, FieldType], ...]:
    """The kind's plain, then personal columns, without what the envelope holds already.

    A case event's or interaction's own `occurred_at` is the envelope's.
    """
    return tuple(
        (name, field_type)
        for name, field_type in (*kind.plain_columns, *kind.personal_columns)
        if name not in ENVELOPE.names
    )

"""What does the audit log commit to of each landed version?

Every column of its fact, as text, in one order: `texts` writes them from a batch that is about to
land, `leaf_sql` from the table, and both give the same bytes. What is personal stands elsewhere;
its part is the keyed row hash, which stays when a person is erased. Not in it are the landing,
which is named by its entry, and its instant, which has to be the landing's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from troth.core.ledger.tree import EMPTY_ROOT
from troth.core.records.fields import FieldType
from troth.core.records.kinds import BY_NAME, RecordKind
from troth.store.models import LandedLeaves
from troth.store.models.facts import stored_columns

_EMPTY = pa.scalar("", pa.large_string())
_SEPARATOR = pa.scalar("\x1f", pa.large_string())
_EPOCH_DAY = "DATE '1970-01-01'"

# Of the envelope, in their order: (column, how it is written).
_ENVELOPE = (
    ("key", "text"),
    ("revision", "plain"),
    ("region", "text"),
    ("op", "text"),
    ("occurred_at", "instant"),
    ("known_at", "known"),
    ("row_hash", "hash"),
    ("raw", "text"),
    ("custom", "json"),
)
_FORMS = {
    FieldType.INTEGER: "plain",
    FieldType.DECIMAL: "plain",
    FieldType.BOOLEAN: "plain",
    FieldType.INSTANT: "instant",
    FieldType.DATE: "day",
}

_SQL = {
    "plain": "{0}::text",
    # A text says how long it is, so that no two rows are written alike.
    "text": "octet_length({0}) || ':' || {0}",
    "json": "octet_length({0}::text) || ':' || {0}::text",
    "hash": "replace({0}::text, '-', '')",
    # Microseconds and days since 1970; what only PostgreSQL knows, as infinity, in its words.
    "instant": "CASE WHEN isfinite({0}) THEN (extract(epoch FROM {0}) * 1000000)::bigint::text"
    " ELSE {0}::text END",
    "day": "CASE WHEN isfinite({0}) THEN ({0} - " + _EPOCH_DAY + ")::text ELSE {0}::text END",
}
_SQL["known"] = _SQL["instant"].format("nullif({0}, fact.landed_at)")


def leaf_sql(kind: RecordKind) -> sql.Composable:
    """SQL of a fact's leaf hash (RFC 9162, section 2.1.1), over `fact` and its `landing`."""
    parts = sql.SQL(", ").join(
        sql.SQL("coalesce({}, '')").format(sql.SQL(_SQL[form]).format(_column(column)))
        for _, column, form in _columns(kind)
    )
    return sql.SQL(
        "sha256('\\x00'::bytea || convert_to(concat_ws(chr(31), {}) || CASE"
        " WHEN fact.landed_at = landing.landed_at THEN '' ELSE chr(31) END, 'UTF8'))"
    ).format(parts)


def _column(name: str) -> sql.Composable:
    return sql.SQL("fact.{}").format(sql.Identifier(name))


def _columns(kind: RecordKind) -> Iterable[tuple[str, str, str]]:
    """(column of a batch, column of the table, how it is written)"""
    yield from ((name, name, form) for name, form in _ENVELOPE)
    for name, column, field_type in stored_columns(kind):
        yield name, column, _FORMS.get(field_type, "text")


def leaf_hashes(
    kind_name: str, batch: pa.RecordBatch, *, landed_at: datetime | None = None
) -> list[bytes]:
    """The leaf hash of each row of a batch, 32 bytes, in its order.

    `landed_at` where rows may say that they became known at that very instant: a row that does not
    say when it became known is known as soon as it has landed, and is written in the same way.
    """
    return [
        sha256(b"\x00" + text).digest() for text in texts(kind_name, batch, landed_at=landed_at)
    ]


def texts(
    kind_name: str, batch: pa.RecordBatch, *, landed_at: datetime | None = None
) -> list[bytes]:
    """What each leaf is the hash of."""
    parts = []
    for name, _, form in _columns(BY_NAME[kind_name]):
        column = batch.column(name)
        if form == "known" and landed_at is not None:
            at = pa.scalar(landed_at, type=column.type)
            column = pc.if_else(pc.equal(column, at), pa.scalar(None, column.type), column)
        parts.append(pc.fill_null(_WRITTEN[form](column), _EMPTY))
    joined = pc.binary_join_element_wise(*parts, _SEPARATOR)
    found: list[bytes] = joined.cast(pa.large_binary()).to_pylist()
    return found


def keep_leaves(landing_id: int, leaves: list[bytes]) -> bytes:
    """Keep the leaf hashes of a landing, so that a changed version can be named; their root.

    Runs in the transaction of the landing, whose entry commits to the root.
    """
    LandedLeaves.objects.create(landing_id=landing_id, leaves=b"".join(leaves))
    return root_of_leaves(leaves)


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(pa.large_string())


def _instant(column: pa.Array) -> pa.Array:
    return column.cast(pa.int64()).cast(pa.large_string())


def _day(column: pa.Array) -> pa.Array:
    return column.cast(pa.int32()).cast(pa.large_string())


def _text(column: pa.Array) -> pa.Array:
    length = pc.binary_length(column.cast(pa.binary())).cast(pa.large_string())
    colon = pa.scalar(":", pa.large_string())
    return pc.binary_join_element_wise(length, column.cast(pa.large_string()), colon)


def _json(column: pa.Array) -> pa.Array:
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.large_string())
    found = [None if text is None else as_jsonb(text) for text in column.to_pylist()]
    return _text(pa.array(found, pa.string()))


_WRITTEN: dict[str, Callable[[pa.Array], pa.Array]] = {
    "plain": _plain,
    "text": _text,
    "json": _json,
    "hash": _plain,
    "instant": _instant,
    "known": _instant,
    "day": _day,
}


def as_jsonb(text: str) -> str:
    """JSON as PostgreSQL writes what it has kept as jsonb.

    Of two equal keys the last, keys by their length and then by their bytes; numbers as numerics
    (PostgreSQL, "JSON Types", section 8.14).
    """
    return _jsonb(json.loads(text, parse_float=Decimal, parse_int=Decimal))


def _jsonb(value: Any) -> str:
    if isinstance(value, dict):
        named = sorted((len(raw := key.encode()), raw, key) for key in value)
        return "{" + ", ".join(f"{_quoted(key)}: {_jsonb(value[key])}" for *_, key in named) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_jsonb, value)) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Decimal):
        found = format(value, "f")
        return found.removeprefix("-") if not value else found
    return {True: "true", False: "false", None: "null"}[value]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def root_of_leaves(leaves: list[bytes]) -> bytes:
    """`core.ledger.tree.merkle_root` of what they are the hashes of, level by level and so quicker.

    A node without a sibling moves up a level as it is: the split of RFC 9162 at the largest power
    of two below the size gives the same tree.
    """
    if not leaves:
        return EMPTY_ROOT
    level = leaves
    while len(level) > 1:
        alone = level[-1:] if len(level) % 2 else []
        nodes = iter(level)
        # zip takes a node off a level of odd size before it finds no second one: it is `alone`.
        pairs = zip(nodes, nodes, strict=False)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + alone
    return level[0]

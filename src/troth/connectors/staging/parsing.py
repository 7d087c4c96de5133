"""How does a delivered value become a typed one? As SQL expressions, which give NULL where it
cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from troth.connectors.columns import sql_type
from troth.connectors.mapping.shapes import Format
from troth.connectors.staging.quoting import text
from troth.connectors.staging.zones import to_instant
from troth.core.records.fields import FieldType

DECIMAL = sql_type(FieldType.DECIMAL)
_WHOLE = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$")
_LOCAL = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE")
_ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
# 2024-01-31 and 2024-01-31 08:00:00 carry no offset; everything else is looked at closely.
_HAS_OFFSET = (
    r"\d{2}:\d{2}(:\d{2}([.,]\d+)?)? ?(Z|z|[+-]\d{2}(:?\d{2})?|UTC|[A-Za-z_]+/[A-Za-z_/]+)$"
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A delivered column: its name in SQL and DuckDB's type of it."""

    sql: str
    type: str

    @property
    def is_text(self) -> bool:
        return self.type == "VARCHAR"

    @property
    def is_float(self) -> bool:
        return self.type in ("DOUBLE", "FLOAT")

    @property
    def is_whole(self) -> bool:
        return bool(_WHOLE.match(self.type))

    @property
    def is_nested(self) -> bool:
        return self.type.endswith("]") or self.type.startswith(("STRUCT", "MAP", "UNION", "BLOB"))


def as_text(column: Column) -> str:
    """The value as it would stand in a CSV: 12.0 from a column of floats is 12."""
    if column.is_text:
        return column.sql
    if column.is_float:
        whole = f"{column.sql} = floor({column.sql}) AND abs({column.sql}) < 1e15"
        return (
            f"CASE WHEN {whole} THEN CAST(CAST({column.sql} AS BIGINT) AS VARCHAR) "
            f"ELSE CAST({column.sql} AS VARCHAR) END"
        )
    if column.is_nested:
        return f"CAST(to_json({column.sql}) AS VARCHAR)"
    return f"CAST({column.sql} AS VARCHAR)"


def as_digest_text(column: Column) -> str:
    """Any text that tells two values apart; quicker to make than one to be read."""
    if column.type == "TIMESTAMP" or column.type in _ZONED:
        return f"CAST(epoch_us({column.sql}) AS VARCHAR)"
    return f"CAST({column.sql} AS VARCHAR)"


def as_decimal(column: Column, form: Format) -> str:
    """Up to six decimals, rounded half away from zero; floats by their shortest notation."""
    if column.is_float:
        # Below 1e8 the direct way gives the same six decimals, and is ten times faster.
        return (
            f"CASE WHEN abs({column.sql}) < 1e8 "
            f"THEN CAST(CAST({column.sql} AS DECIMAL(18, 6)) AS {DECIMAL}) "
            f"ELSE TRY_CAST(CAST({column.sql} AS VARCHAR) AS {DECIMAL}) END"
        )
    if not column.is_text:
        return f"TRY_CAST({column.sql} AS {DECIMAL})"
    raw = column.sql
    if form.thousands is not None:
        raw = f"replace({raw}, {text(form.thousands)}, '')"
    if form.decimal == ".":
        return f"TRY_CAST({raw} AS {DECIMAL})"
    # A point would be read as the decimal one, though the mapping says that it is not.
    point = f"TRY_CAST(replace({raw}, {text(form.decimal)}, '.') AS {DECIMAL})"
    return f"CASE WHEN NOT contains({raw}, '.') THEN {point} END"


def as_integer(column: Column, form: Format) -> str:
    """A whole number; 12.0 is one, 12.5 is none."""
    if column.is_whole:
        return f"TRY_CAST({column.sql} AS BIGINT)"
    number = as_decimal(column, form)
    return f"CASE WHEN {number} = floor({number}) THEN TRY_CAST({number} AS BIGINT) END"


def as_boolean(column: Column) -> str:
    if column.type == "BOOLEAN":
        return column.sql
    word = f"lower(trim({as_text(column)}))"
    return (
        f"CASE WHEN {word} IN ('true', 't', 'yes', 'y', '1') THEN TRUE "
        f"WHEN {word} IN ('false', 'f', 'no', 'n', '0') THEN FALSE END"
    )


def as_local(column: Column, formats: Sequence[str]) -> str:
    """A TIMESTAMP, or a TIMESTAMPTZ where the column or every format carries an offset."""
    if column.type in _ZONED:
        return column.sql
    if column.type in _LOCAL:
        return f"CAST({column.sql} AS TIMESTAMP)"
    value = f"trim({as_text(column)})"
    if not formats:
        return f"TRY_CAST({value} AS TIMESTAMP)"
    tries = [_by_format(value, form) for form in formats]
    return tries[0] if len(tries) == 1 else f"coalesce({', '.join(tries)})"


def is_zoned(column: Column, formats: Sequence[str]) -> bool:
    """Whether `as_local` already gives an instant."""
    if column.type in _ZONED:
        return True
    if column.type in _LOCAL or not formats:
        return False
    return any("%z" in form or form.startswith("unix") for form in formats)


def as_instant(column: Column, local: str, formats: Sequence[str], zone: str) -> str:
    """The instant of what `as_local` gave, which stands under the name `local`."""
    if is_zoned(column, formats):
        instant = f"CAST({local} AS TIMESTAMPTZ)"
    else:
        instant = to_instant(local, zone)
        if not formats and column.type not in _LOCAL:
            instant = _minding_offset(f"trim({as_text(column)})", instant, zone)
    first, last = "TIMESTAMPTZ '0001-01-02 00:00:00+00'", "TIMESTAMPTZ '9999-12-30 00:00:00+00'"
    return f"CASE WHEN {local} BETWEEN {first} AND {last} THEN {instant} END"


def _minding_offset(value: str, instant: str, zone: str) -> str:
    aware = f"TRY_CAST({value} AS TIMESTAMPTZ)"
    if zone == "UTC":
        return aware
    is_bare = f"length({value}) = 10 OR length({value}) = 19 AND substr({value}, 17, 1) = ':'"
    return (
        f"CASE WHEN {is_bare} THEN {instant} "
        f"WHEN regexp_matches({value}, {text(_HAS_OFFSET)}) THEN {aware} ELSE {instant} END"
    )


def _by_format(value: str, form: str) -> str:
    if form in ("unix", "unix_ms"):
        scale = 1_000_000 if form == "unix" else 1_000
        number = f"TRY_CAST({value} AS DECIMAL(24, 6)) * {scale}"
        return f"TRY(make_timestamptz(CAST({number} AS BIGINT)))"
    found = f"try_strptime({value}, {text(form)})"
    # DuckDB reads the words infinity and epoch by any format, as the first day of 1900.
    odd = f"lower({value}) IN ('infinity', '-infinity', 'epoch')"
    return f"CASE WHEN {odd} THEN NULL ELSE {found} END"

"""What does a checked mapping say?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from troth.connectors.mapping.origins import ApiMap, CallMap, DatabaseMap, QueryMap
from troth.core.records.fields import FieldSpec
from troth.core.records.kinds import RecordKind


@dataclass(frozen=True, kw_only=True)
class Format:
    """How an export is written down. `None`: guessed from the file's name or its first line."""

    type: Literal["csv", "parquet"] | None = None
    delimiter: str | None = None
    encoding: str | None = None  # default UTF-8; UTF-16 where its mark stands
    quote: str = '"'
    decimal: str = "."
    thousands: str | None = None
    null: tuple[str, ...] = ("",)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Columns that say when: the latest of those that hold something counts."""

    columns: tuple[str, ...] = ()
    formats: tuple[str, ...] | None = None  # None: as the field that reads the column
    time_zone: str | None = None

    @property
    def is_silent(self) -> bool:
        return not self.columns


@dataclass(frozen=True, kw_only=True)
class FieldMap:
    """Where one field of the record, or one custom field, comes from."""

    spec: FieldSpec
    columns: tuple[str, ...] = ()
    constant: str | None = None  # the value of a field that has no column
    values: tuple[tuple[str | None, str | None], ...] | None = None  # source's word → ours
    has_otherwise: bool = False  # "*" stands in `values`
    otherwise: str | None = None
    before: str | None = None  # the value until `known_at`
    known_at: Moment = field(default_factory=Moment)
    formats: tuple[str, ...] = ()
    time_zone: str = "UTC"
    is_end_of_day: bool = False  # the column gives a day, and its end is meant
    system: str = ""  # prefix of a KEY
    currency: str | None = None
    currency_column: str | None = None
    unit: str | None = None
    unit_column: str | None = None
    units: tuple[tuple[str, str], ...] | None = None  # source's unit → ours
    factor: str = "1"

    @property
    def used_columns(self) -> tuple[str, ...]:
        beside = (self.currency_column, self.unit_column, *self.known_at.columns)
        return (*self.columns, *(name for name in beside if name))


@dataclass(frozen=True, kw_only=True)
class JoinMap:
    """A second export whose columns stand beside the first one's."""

    files: tuple[str, ...]
    format: Format
    on: tuple[tuple[str, str], ...]  # (this side's column, the joined file's column)
    prefix: str
    takes_first: bool
    order_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FeedMap:
    """One export that becomes one kind of record."""

    name: str
    kind: RecordKind
    files: tuple[str, ...]
    format: Format
    mode: Literal["full", "delta"]
    has_history: bool
    may_be_empty: bool
    only: tuple[tuple[str, tuple[str | None, ...]], ...]
    without: tuple[tuple[str, tuple[str | None, ...]], ...]
    joins: tuple[JoinMap, ...]
    key: tuple[str, ...]
    fields: tuple[FieldMap, ...]
    custom: tuple[FieldMap, ...]
    plain: frozenset[str]
    ignore: frozenset[str]
    occurred_at: Moment
    known_at: Moment
    region: FieldMap | None  # where a row may be held; None: where the source's rows may
    sql: QueryMap | None  # of `files`, `sql` and `rest`, one is said
    rest: CallMap | None
    digest: str  # changes whenever the same row would be read differently
    lines: Mapping[str, int]  # source column → line of the mapping that first asks for it
    held_back: tuple[str, ...] = ()  # custom fields that nobody signed an assessment for
    unkept: frozenset[str] = frozenset()  # columns of those alone: no copy of a row has them


@dataclass(frozen=True, kw_only=True)
class SourceMap:
    """One source: the system that it speaks for, and its feeds."""

    file: str
    source: str
    system: str
    time_zone: str
    region: str
    feeds: tuple[FeedMap, ...]
    database: DatabaseMap | None = None
    api: ApiMap | None = None

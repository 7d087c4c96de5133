"""What must a connector offer, whichever system it speaks to?

A connector reads one source. It says which feeds there are, and gives each feed's rows as
columns, already typed, checked and unrolled into the versions in which they became known. It
knows nothing of the database: the landed state is handed in as columns, and what comes out is
what `actions.sync` lands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

import pyarrow as pa

# Columns in front of the record's own columns in every batch of changed rows.
ENVELOPE = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),  # "<system>:<key>"
        pa.field("revision", pa.int32(), nullable=False),  # 1, 2, 3… per key, in order of landing
        pa.field("op", pa.string(), nullable=False),  # "upsert" | "gone"
        pa.field("region", pa.string(), nullable=False),  # where it may be held
        pa.field("occurred_at", pa.timestamp("us", tz="UTC")),
        pa.field("known_at", pa.timestamp("us", tz="UTC")),  # null: when it is landed
        pa.field("row_hash", pa.string(), nullable=False),  # 32 hex digits of the delivered row
        pa.field("raw", pa.string()),  # JSON of the source's plain columns; last version only
        pa.field("raw_personal", pa.string()),  # JSON of the source's personal columns
        pa.field("custom", pa.string()),  # JSON of the custom fields, or null
    ]
)

# The landed state of a feed, as `FeedReading.changed` wants it: one row a key, the latest.
LANDED = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("revision", pa.int32(), nullable=False),
        pa.field("op", pa.string(), nullable=False),
        pa.field("row_hash", pa.string(), nullable=False),
    ]
)


# A row that is kept with such a code landed all the same: its contract is held in batch.
LANDED_CODE = "contract:batch:"


@dataclass(frozen=True, kw_only=True)
class Reject:
    """One row that cannot be landed, and why; it goes to quarantine.

    With a code that begins with LANDED_CODE it has landed, and waits for a steward's look.
    """

    file: str
    row: int | None  # 1-based data row in that file
    line: int | None  # 1-based line in that file, where it has lines
    key: str | None
    column: str | None  # the source's column
    code: str  # stable, e.g. "row:date:unreadable", "row:key:two-contents"
    message: str  # what was found, what was expected, what to do
    raw: str  # JSON of the whole source row, so that it can be replayed


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One table of a source that becomes one kind of record."""

    name: str
    record: str  # a name in core.records.kinds.BY_NAME
    mode: Literal["full", "delta"]
    held_back: tuple[str, ...] = ()  # fields left out: nobody signed an assessment for them


class FeedReading(Protocol):
    """One feed, read and checked. Memory stays flat: rows wait on disk, not in the process."""

    feed: Feed  # its mode is this reading's: a delta where only what changed was asked for
    rows_read: int
    # Where the next reading goes on; None where every reading is of everything. It is kept when
    # all that this reading gives is kept, and in the same transaction as the last of it.
    position: str | None

    def rejects(self) -> Iterator[Reject]:
        """Every row that cannot be landed; a row with three faults comes three times."""
        ...

    def changed(
        self, landed: pa.RecordBatchReader, *, batch_rows: int = 100_000
    ) -> Iterator[pa.RecordBatch]:
        """The versions to land: ENVELOPE columns, then the kind's plain and personal columns.

        Only keys whose delivered content differs from `landed` (LANDED columns), and, in a full
        feed, `gone` versions for keys that are landed and not delivered any more. All versions
        of a key stand in one batch. The order is deterministic: by key, then revision.
        """
        ...


class Connector(Protocol):
    """One source system, as declared in the workspace."""

    name: str

    def feeds(self) -> tuple[Feed, ...]: ...

    def read(
        self, feed: str, *, only_rows: int | None = None, since: str | None = None
    ) -> AbstractContextManager[FeedReading]:
        """Read one feed: all of it, or what changed since the `position` of an earlier reading.

        Raises a SourceError where its files are structurally unusable or its system is not there.
        """
        ...

    def reread(self, feed: str, rows: list[str]) -> AbstractContextManager[FeedReading]:
        """Read rows again that were rejected before: each is a `Reject.raw`."""
        ...

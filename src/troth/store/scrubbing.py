"""How do deleted values leave the table files, and not only the tables?

PostgreSQL keeps a deleted row in its file until the space is used again; a plain VACUUM only
marks the space as free. VACUUM FULL writes the table anew without it and gives the old file back.
It needs the owner's role and keeps others off the table while it works. What the planner has
noted about a column (its most common values) is in a table of its own, which is written anew too.
VACUUM FULL carries over, without a word, every deleted row that a transaction older than the
deletion could still read; so those are waited for, and named where they do not end. And ANALYZE
leaves the notes on a table alone that has become empty; so those are taken away.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.db import connections
from psycopg import sql

# Everything that held personal values and from which something is deleted or emptied.
TABLES = (
    "fact_personal",
    "store_breakglass",
    "store_commitmentdifference",
    "store_customer",
    "store_customeraccess",
    "store_customerpersonal",
    "store_fieldword",
    "store_idempotencykey",
    "store_identityverdict",
    "store_outboxmessage",
    "store_quarantinedrow",
    "store_subjectkey",
)
_STATISTICS = "pg_statistic"
PATIENCE = 60.0  # seconds; an ANALYZE that the server began by itself is over sooner
_BETWEEN_LOOKS = 0.2  # seconds

_NOW = "SELECT pg_current_xact_id()::xid::text"
# Who reads with a snapshot from before, or writes in a transaction from before. A reader in another
# database of the server does not matter to this one's rows. A writer there does: every newer
# snapshot counts its transaction as open, also the one with which VACUUM FULL reads.
_OLDER = """
    SELECT pid, coalesce(nullif(application_name, ''), backend_type)
    FROM pg_stat_activity
    WHERE pid <> pg_backend_pid()
      AND greatest(
        CASE WHEN datname = current_database() THEN age(backend_xmin) END, age(backend_xid)
      ) > age(%s::xid)
    ORDER BY pid
"""

_COLUMNS_OF_EMPTY = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND reltuples = 0
      AND NOT EXISTS (
        SELECT FROM pg_depend WHERE classid = 'pg_policy'::regclass
          AND refobjid = attrelid AND refobjsubid = attnum
      )
    ORDER BY attnum
"""


class StillReadError(Exception):
    """What was deleted can still be read by an open transaction, and so stays in the files."""

    code = "privacy:still-read"

    def __init__(self, readers: list[tuple[int, str]]) -> None:
        """`readers`: process id on the server and name of each."""
        named = ", ".join(f"{name} (process {pid})" for pid, name in readers)
        super().__init__(
            f"The table files still hold what was deleted: {named} began before and has not "
            "ended. Let it end, or end it with pg_terminate_backend(process), and run "
            "`troth privacy scrub` again."
        )


@dataclass(frozen=True, kw_only=True)
class Scrubbed:
    """The tables that were written anew."""

    tables: tuple[str, ...]
    bytes_before: int
    bytes_after: int


def scrub(*, patience: float = PATIENCE) -> Scrubbed:
    """Write the tables of personal values anew. Not inside a transaction.

    `patience` is in seconds. Raises StillReadError where a transaction that began before is open
    for longer; ProgrammingError (insufficient privilege) where TROTH_OWNER_URL is not the owner.
    """
    owner = connections["owner"]
    with owner.cursor() as cursor:
        before = _size(cursor)
        _wait_for_older(cursor, patience)
        for table in TABLES:
            cursor.execute(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(sql.Identifier(table)))
            _forget_notes(cursor, table)
        # The rows that the ANALYZE above replaced were deleted only now.
        _wait_for_older(cursor, patience)
        cursor.execute(f"VACUUM FULL pg_catalog.{_STATISTICS}")
        after = _size(cursor)
    return Scrubbed(tables=(*TABLES, _STATISTICS), bytes_before=before, bytes_after=after)


def _forget_notes(cursor: Any, table: str) -> None:
    """Take away what the planner has noted of an empty table: ANALYZE does not.

    Only a superuser deletes from pg_statistic; giving a column the type that it has takes its
    notes away too. A column that a policy reads cannot be given one: it holds no words.
    """
    cursor.execute(_COLUMNS_OF_EMPTY, [table])
    for column, kind in cursor.fetchall():
        cursor.execute(
            sql.SQL("ALTER TABLE {} ALTER COLUMN {} TYPE {}").format(
                sql.Identifier(table), sql.Identifier(column), sql.SQL(kind)
            )
        )


def _wait_for_older(cursor: Any, patience: float) -> None:
    cursor.execute(_NOW)
    now = cursor.fetchone()[0]
    until = time.monotonic() + patience
    while True:
        cursor.execute(_OLDER, [now])
        readers = [(int(pid), str(name)) for pid, name in cursor.fetchall()]
        if not readers:
            return
        if time.monotonic() > until:
            raise StillReadError(readers)
        time.sleep(_BETWEEN_LOOKS)


def _size(cursor: Any) -> int:
    cursor.execute(
        "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name",
        [[*TABLES]],
    )
    return int(cursor.fetchone()[0])

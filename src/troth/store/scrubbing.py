"""How do deleted values leave the table files, and not only the tables?

PostgreSQL keeps a deleted row in its file until the space is used again; a plain VACUUM only
marks the space as free. VACUUM FULL writes the table anew without it and gives the old file back.
It needs the owner's role and keeps others off the table while it works. What the planner has
noted about a column (its most common values) is in a table of its own, which is written anew too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connections
from psycopg import sql

# Everything that held personal values and from which something is deleted or emptied.
TABLES = (
    "fact_personal",
    "store_breakglass",
    "store_customer",
    "store_customeraccess",
    "store_customerpersonal",
    "store_idempotencykey",
    "store_outboxmessage",
    "store_quarantinedrow",
    "store_subjectkey",
)
_STATISTICS = "pg_statistic"


@dataclass(frozen=True, kw_only=True)
class Scrubbed:
    """The tables that were written anew."""

    tables: tuple[str, ...]
    bytes_before: int
    bytes_after: int


def scrub() -> Scrubbed:
    """Write the tables of personal values anew. Not inside a transaction.

    Raises ProgrammingError (insufficient privilege) where TROTH_OWNER_URL is not the owner.
    """
    owner = connections["owner"]
    with owner.cursor() as cursor:
        before = _size(cursor)
        for table in TABLES:
            cursor.execute(sql.SQL("VACUUM (FULL, ANALYZE) {}").format(sql.Identifier(table)))
        cursor.execute(f"VACUUM FULL pg_catalog.{_STATISTICS}")
        after = _size(cursor)
    return Scrubbed(tables=(*TABLES, _STATISTICS), bytes_before=before, bytes_after=after)


def _size(cursor: Any) -> int:
    cursor.execute(
        "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name",
        [[*TABLES]],
    )
    return int(cursor.fetchone()[0])

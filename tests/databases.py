"""How does a test see into a database that it made, and let go of it?"""

from __future__ import annotations

import psycopg
from psycopg import sql

_END_SESSIONS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = %s AND backend_type = 'client backend'
"""


def unhidden(url: str) -> str:
    """The same address, for a test that looks at rows or makes them: no row is hidden from it."""
    return psycopg.conninfo.make_conninfo(url, options="-c troth.system=on")


def drop_database(owner_url: str, name: str) -> None:
    """End the sessions on it, then drop it.

    `WITH (FORCE)` is refused to an owner who is no superuser while autovacuum is at work in the
    database; a plain DROP sends autovacuum away by itself.
    """
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(_END_SESSIONS, [name])
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))

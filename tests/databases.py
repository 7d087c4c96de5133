"""How does a test let go of a database that it made?"""

from __future__ import annotations

import psycopg
from psycopg import sql

_END_SESSIONS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = %s AND backend_type = 'client backend'
"""


def drop_database(owner_url: str, name: str) -> None:
    """End the sessions on it, then drop it.

    `WITH (FORCE)` is refused to an owner who is no superuser while autovacuum is at work in the
    database; a plain DROP sends autovacuum away by itself.
    """
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(_END_SESSIONS, [name])
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))

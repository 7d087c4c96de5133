"""How does a command reach our own PostgreSQL as its superuser, for a backup or a restore?"""

from __future__ import annotations

from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from troth.store.server.cluster import SUPERUSER
from troth.store.server.layout import layout_of, read_passwords
from troth.store.server.processes import find_postmaster


def superuser_url(directory: Path, *, like: str) -> str | None:
    """The superuser's address of the database that `like` names; None where our server under
    `directory` does not run, or `like` is another one's. Holds a password: never log it."""
    layout = layout_of(directory)
    passwords = read_passwords(layout)
    postmaster = find_postmaster(layout.data)
    if passwords is None or postmaster is None or not postmaster.port:
        return None
    parts = conninfo_to_dict(like)
    if parts.get("host") != "127.0.0.1" or str(parts.get("port")) != str(postmaster.port):
        return None
    place = f"127.0.0.1:{postmaster.port}/{parts.get('dbname')}"
    return f"postgresql://{SUPERUSER}:{passwords.superuser}@{place}"

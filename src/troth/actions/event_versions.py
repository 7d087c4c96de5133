"""Which version of a record held when an event says that something was so?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from psycopg import sql

from troth.core.records.kinds import RecordKind
from troth.store.models.facts import table_name


class Version(NamedTuple):
    """A version of a record; the first two say which of two holds later."""

    known_at: datetime
    revision: int
    op: str
    row_hash: str
    region: str


def landed_versions(kind: RecordKind, keys: set[str]) -> dict[str, list[Version]]:
    """Every landed version of each key."""
    query = sql.SQL(
        "SELECT key, known_at, revision, op, replace(row_hash::text, '-', ''), region"
        " FROM {} WHERE key = ANY(%s)"
    ).format(sql.Identifier(table_name(kind.name)))
    found: dict[str, list[Version]] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, [sorted(keys)])
        for key, *version in cursor.fetchall():
            found.setdefault(key, []).append(Version(*version))
    return found


def says_nothing_new(new: Version, versions: Iterable[Version]) -> bool:
    """Whether the version that held at the new one's instant says the same.

    Not the version that landed last: events overtake each other, and one that came late is not
    what holds now.
    """
    held = max((version for version in versions if version.known_at <= new.known_at), default=None)
    if held is None or held.op == "gone":
        return new.op == "gone"
    same = (held.row_hash, held.region) == (new.row_hash, new.region)
    return held.op == new.op and (new.op == "gone" or same)


def known_at(at: datetime | None, now: datetime) -> datetime:
    """Nothing can have been known after it was landed: a clock that is ahead is not believed."""
    return at if at is not None and at <= now else now

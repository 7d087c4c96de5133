"""What does a database hold at one moment: each table's rows, the log's head, its migrations?

All of it, and the dump, is read in one snapshot: `pg_export_snapshot` gives it to pg_dump, so that
writers go on meanwhile and the figures are still the dump's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from troth.core.ledger.tree import Growing, leaf_hash
from troth.store.backups.errors import BlindRoleError
from troth.store.backups.manifest import LogHead, TableCount

_BATCH = 2_000
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
    ORDER BY 1, 2
"""
_BYTES = """
    SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""
# A row's text depends on these; the digest must not.
_FORMS = """
    SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex';
    SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1;
    SET LOCAL row_security = off;
"""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A root that was signed."""

    size: int
    root: bytes
    name: str  # which one, in a sentence


@dataclass(frozen=True, kw_only=True)
class CheckedLog:
    """An audit log after it was computed again."""

    head: LogHead
    faults: tuple[str, ...]  # in sentences without a full stop; the first one tells most
    beyond: tuple[Mark, ...]  # marks over more entries than there are, by size


def check_leaves(
    leaves: Iterable[tuple[int, bytes]], marks: Iterable[Mark], *, stored_size: int
) -> CheckedLog:
    """Build the log's tree from (index, leaf hash) in order, and compare it with signed roots."""
    known = sorted(marks, key=lambda mark: mark.size)
    faults = []
    tree = Growing()
    for index, leaf in leaves:
        if index != tree.size:
            faults.append(f"entry {tree.size} is missing")
            break
        tree.add(leaf)
        while known and known[0].size <= tree.size:
            mark = known.pop(0)
            if mark.size == tree.size and mark.root != tree.root():
                faults.append(f"the first {mark.size} entries are not those of {mark.name}")
    if stored_size != tree.size and not faults:
        faults.append(f"it should have {stored_size} entries and has {tree.size}")
    head = LogHead(size=tree.size, root=tree.root().hex())
    return CheckedLog(head=head, faults=tuple(faults), beyond=tuple(known))


class Snapshot:
    """One database at one moment."""

    def __init__(self, connection: psycopg.Connection[Any], name: str) -> None:
        self._connection = connection
        self.name = name

    @property
    def server_version(self) -> str:
        """As PostgreSQL writes it, such as "18.6"."""
        return str(self._value("SHOW server_version")).split()[0]

    @property
    def table_bytes(self) -> int:
        """What the tables take on disk, without their indexes."""
        return int(self._value(_BYTES))

    @property
    def database_bytes(self) -> int:
        """What the database takes on disk."""
        return int(self._value("SELECT pg_database_size(current_database())"))

    @property
    def tables(self) -> tuple[tuple[str, str], ...]:
        """(schema, table) of every table; a partitioned one once."""
        return tuple(self._connection.execute(_TABLES).fetchall())

    def counts(
        self, progress: Callable[[int], None] = lambda count: None
    ) -> Mapping[str, TableCount]:
        """Rows and digest of each table."""
        found = {}
        for number, (schema, table) in enumerate(self.tables, start=1):
            statement = sql.SQL(
                "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)"
                " FROM {} AS t"
            ).format(sql.Identifier(schema, table))
            rows, digest = self._one(statement)
            found[f"{schema}.{table}"] = TableCount(rows=rows, digest=str(digest))
            progress(number)
        return found

    def migrations(self) -> tuple[str, ...]:
        """Those that were applied, in their order; none in an empty database."""
        if not self.has("django_migrations"):
            return ()
        rows = self._connection.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return tuple(f"{app}.{name}" for app, name in rows)

    def log_size(self) -> int:
        """How many audit entries there should be."""
        return int(self._value("SELECT size FROM store_audithead WHERE id = 1"))

    def log(self, marks: Iterable[Mark] = ()) -> CheckedLog:
        """The audit log, computed again from its envelopes, and compared with signed roots: those
        that are given and those that it holds."""
        return check_leaves(self._leaves(), (*marks, *self._signed()), stored_size=self.log_size())

    def _signed(self) -> list[Mark]:
        rows = self._connection.execute("SELECT size, root FROM store_auditcheckpoint").fetchall()
        return [
            Mark(size=size, root=bytes(root), name="a checkpoint in the database")
            for size, root in rows
        ]

    def _leaves(self) -> Iterator[tuple[int, bytes]]:
        # From the envelope and not from the hash that is stored beside it.
        with self._connection.cursor(name="troth_leaves") as cursor:
            cursor.itersize = _BATCH
            cursor.execute("SELECT index, envelope FROM store_auditentry ORDER BY index")
            for index, envelope in cursor:
                yield index, leaf_hash(envelope.encode())

    def has(self, table: str) -> bool:
        """Whether there is such a table in schema public."""
        return bool(self._value("SELECT to_regclass('public.' || %s) IS NOT NULL", table))

    def _one(self, statement: Any, *parameters: Any) -> tuple[Any, ...]:
        row: tuple[Any, ...] | None = self._connection.execute(
            statement, parameters or None
        ).fetchone()
        assert row is not None  # an aggregate has one row
        return row

    def _value(self, statement: str, *parameters: Any) -> Any:
        return self._one(statement, *parameters)[0]


@contextmanager
def snapshot_of(url: str) -> Iterator[Snapshot]:
    """The database at `url` as it is now, for as long as one is inside.

    Raises BlindRoleError where the role does not see every row.
    """
    with psycopg.connect(url, connect_timeout=30, application_name="troth backup") as connection:
        require_sight(connection)
        connection.rollback()
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(_FORMS)
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield Snapshot(connection, str(row[0]))
        connection.rollback()


def require_sight(connection: psycopg.Connection[Any]) -> None:
    """Raises BlindRoleError where row-level security could hide a row from this role."""
    row = connection.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row is None or not row[0]:
        raise BlindRoleError(
            role=connection.info.user,
            database=connection.info.dbname,
            host=f"{connection.info.host}:{connection.info.port}",
        )

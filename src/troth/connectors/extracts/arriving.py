"""How do rows that come one after the other become a delivery, without being held in memory?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from troth.connectors.errors import ColumnTwiceError
from troth.connectors.files.delivery import Delivery, Part
from troth.connectors.staging.parsing import Column

_TABLE = "base"
PAGE = "page_of"  # stands beside the columns: which page a row came on


class Arrival:
    """Rows of texts on their way into DuckDB's table `base`; its columns may grow."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, shown: str) -> None:
        self._connection = connection
        self._shown = shown
        self._columns: dict[str, Column] = {}
        self._pages = 0
        self.rows = 0
        connection.execute(f"CREATE OR REPLACE TABLE {_TABLE} ({PAGE} BIGINT)")

    def begin(self, names: Sequence[str]) -> None:
        """The columns, where they are known before the first row. Raises ColumnTwiceError."""
        for name in names:
            if list(names).count(name) > 1:
                raise ColumnTwiceError(file=self._shown, column=name)
        self._grow(names)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._columns)

    def add(self, rows: Sequence[Sequence[str | None]]) -> None:
        """Rows of values in the order of the columns."""
        own = [column.sql for column in self._columns.values()]
        values = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(own))]
        self._insert(own, values, len(rows))

    def add_named(self, rows: Sequence[dict[str, str | None]]) -> None:
        """Rows of named values: a name that is new is a new column, empty in all others."""
        self._grow(dict.fromkeys(name for row in rows for name in row))
        own = [column.sql for column in self._columns.values()]
        values = [pa.array([row.get(name) for row in rows], pa.string()) for name in self._columns]
        self._insert(own, values, len(rows))

    def delivery(self, *, empty: Iterable[str] = ()) -> Delivery:
        """All that arrived; `empty` names columns that are there without any value."""
        self._grow(empty)
        part = Part(shown=self._shown, start=0, rows=self.rows)
        return Delivery(name=_TABLE, columns=dict(self._columns), parts=[part], may_hold_nul=True)

    def keep_last(self, key: Sequence[str]) -> None:
        """Of rows with one key that came on several pages, those of the last page alone.

        While an API is paged through, a row that changes moves to a page that is still to come,
        so it is seen twice, and what was seen last is what it is. Two rows of one key on one page
        are left: the source itself holds them.
        """
        if any(name not in self._columns for name in key):
            return
        parts = ", ".join(self._columns[name].sql for name in key)
        self._connection.execute(
            f"DELETE FROM {_TABLE} WHERE rowid IN (SELECT rowid FROM (SELECT rowid, {PAGE}, "
            f"max({PAGE}) OVER (PARTITION BY {parts}) AS last FROM {_TABLE}) WHERE {PAGE} < last)"
        )

    def _grow(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self._columns:
                column = Column(sql=f"c{len(self._columns)}", type="VARCHAR")
                self._columns[name] = column
                self._connection.execute(f"ALTER TABLE {_TABLE} ADD COLUMN {column.sql} VARCHAR")

    def _insert(self, own: list[str], values: list[pa.Array], count: int) -> None:
        if not count:
            return
        self._pages += 1
        pages = pa.array([self._pages] * count, pa.int64())
        self._connection.register("arriving", pa.table([pages, *values], names=[PAGE, *own]))
        self._connection.execute(f"INSERT INTO {_TABLE} BY NAME SELECT * FROM arriving")
        self._connection.unregister("arriving")
        self.rows += count

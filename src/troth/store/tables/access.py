"""Which rows of the column tables may a viewer's analysis start from?

The one place where analysis is cut down to the customers that a viewer may see: metrics, charts
and exports all begin with `for_viewer`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue, Table

from troth.core.access.roles import Right
from troth.store.queries import visibility
from troth.store.queries.viewing import Viewer, viewing
from troth.store.tables.definitions import DEFINITIONS, Definition
from troth.store.tables.snapshots import EMPTY


class TablesMissingError(LookupError):
    """The column tables in this folder are not there yet."""

    code = "tables.missing"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} holds no column table yet. Run `troth run`: it writes them at its end."
        )
        self.folder = folder


@dataclass(frozen=True, kw_only=True)
class VisibleCustomers:
    """Which customers a viewer's measures may rest on."""

    only: frozenset[str] | None = None  # None: all of them, and rows of no known customer
    but: frozenset[str] = frozenset()  # without these: restricted ones

    @property
    def digest(self) -> str:
        """The same for the same customers, so that what was measured on them can be kept."""
        named = [None if self.only is None else sorted(self.only), sorted(self.but)]
        return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def visible_customers(viewer: Viewer) -> VisibleCustomers:
    """The customers that this viewer's measures may rest on. Raises NotAllowedError."""
    with viewing(viewer, Right.SEE_MEASURES) as sight:
        if sight.is_all:
            return VisibleCustomers(but=visibility.hidden_customers(sight))
        ids = visibility.visible_customers(sight).values_list("pk", flat=True)
        return VisibleCustomers(only=frozenset(ids))


def for_viewer(viewer: Viewer, directory: Path) -> Mapping[str, Table]:
    """The tables in `directory` by name, cut down to the customers whom the viewer may see.

    They are ibis tables on a DuckDB connection of their own, which reads the files when an
    expression runs. Raises NotAllowedError, TablesMissingError.
    """
    visible = visible_customers(viewer)
    for name in DEFINITIONS:
        if not (directory / name / EMPTY).is_file():
            raise TablesMissingError(directory / name)
    return _VisibleTables(directory, visible)


class _VisibleTables(Mapping[str, Table]):
    """Each table is made when it is asked for: a metric reads one of them."""

    def __init__(self, directory: Path, visible: VisibleCustomers) -> None:
        self._directory = directory
        self._visible = visible
        self._engine = ibis.duckdb.connect()
        self._made: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        if name not in self._made:
            table = _table(self._engine, self._directory / name, DEFINITIONS[name])
            self._made[name] = _visible(table, self._visible)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(DEFINITIONS)

    def __len__(self) -> int:
        return len(DEFINITIONS)


def _table(engine: ibis.BaseBackend, folder: Path, definition: Definition) -> Table:
    files = ", ".join(_quoted(path) for path in sorted(folder.glob("*.parquet")))
    columns = ", ".join(definition.columns)
    # The schema is known: to have the engine find it out would open every file.
    return engine.sql(
        f"SELECT {columns} FROM read_parquet([{files}])",
        schema=ibis.Schema.from_pyarrow(definition.schema),
    )


def _quoted(path: Path) -> str:
    text = str(path).replace("'", "''")
    return f"'{text}'"


def _visible(table: Table, customers: VisibleCustomers) -> Table:
    """Rows of these customers alone; a row of no known customer is for those who see all."""
    if customers.only is not None:
        return table.filter(_among(table, customers.only))
    if customers.but:
        return table.filter(table.customer.isnull() | ~_among(table, customers.but))
    return table


def _among(table: Table, customers: frozenset[str]) -> BooleanValue:
    # A table beside it: an expression with a million literals would be slow to build.
    ids = ibis.memtable(pa.table({"id": pa.array(sorted(customers), pa.string())}))
    return table.customer.isin(ids.id)

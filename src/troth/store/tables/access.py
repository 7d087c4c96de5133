"""Which rows of the column tables may a viewer's analysis start from?

The one place where analysis is cut down to the customers that a viewer may see: metrics, charts
and exports all begin with `for_viewer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import ibis
from ibis.expr.types import Table

from troth.core.access.roles import Right
from troth.store.queries.viewing import Viewer
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


def visible_customers(viewer: Viewer) -> frozenset[str] | None:
    """The ids of the customers that this viewer's measures may rest on; None: all of them.

    Today every role with the right to see measures sees all customers.
    """
    viewer.require(Right.SEE_MEASURES)
    return None


def for_viewer(viewer: Viewer, directory: Path) -> Mapping[str, Table]:
    """The tables in `directory` by name, cut down to the customers whom the viewer may see.

    They are ibis tables on a DuckDB connection of their own, which reads the files when an
    expression runs. Raises NotAllowedError, TablesMissingError.
    """
    visible = visible_customers(viewer)
    engine = ibis.duckdb.connect()
    return {
        name: _visible(_table(engine, directory / name, definition), visible)
        for name, definition in DEFINITIONS.items()
    }


def _table(engine: ibis.BaseBackend, folder: Path, definition: Definition) -> Table:
    if not (folder / EMPTY).is_file():
        raise TablesMissingError(folder)
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


def _visible(table: Table, customers: frozenset[str] | None) -> Table:
    """Rows of these customers alone; a row of no known customer is nobody's to see."""
    if customers is None:
        return table
    return table.filter(table.customer.isin(sorted(customers)))

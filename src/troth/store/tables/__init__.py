"""Named column tables for analysis, brought up from PostgreSQL."""

from troth.store.tables.access import TablesMissingError, for_viewer, visible_customers
from troth.store.tables.definitions import DEFINITIONS, Definition
from troth.store.tables.snapshots import Tables, TableState, refresh

__all__ = [
    "DEFINITIONS",
    "Definition",
    "TableState",
    "Tables",
    "TablesMissingError",
    "for_viewer",
    "refresh",
    "visible_customers",
]

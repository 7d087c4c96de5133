"""Which named tables do metrics read, and with which columns?

The columns are the contract: store.tables fills it from PostgreSQL, and a user without a database
fills it with Parquet of their own. Instants are aware, months are the first day of a UTC month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ibis import ifelse
from ibis.expr.types import Table

from troth.analysis.metrics.errors import MissingColumnsError, MissingTableError
from troth.analysis.metrics.terms import OtifTerms

Tables = Mapping[str, Table]

_WHOSE = {
    "customer": "text",
    "tier": "text",
    "segment": "text",
    "sales_region": "text",
}
_ORDER_TIMES = {
    "placed_at": "instant",
    "requested_at": "instant",
    "source_promised_at": "instant",
    "first_promised_at": "instant",
    "delivered_at": "instant",
    "placed_month": "date",
}

COLUMNS: dict[str, dict[str, str]] = {
    "promises": {
        "order_key": "text",
        **_WHOSE,
        "lane": "text",
        **_ORDER_TIMES,
        "state": "text",
        "is_cold_start": "boolean",
    },
    "cases": {
        "case_key": "text",
        **_WHOSE,
        "category": "text",
        "severity": "integer",
        "opened_at": "instant",
        "resolved_at": "instant",
        "opened_month": "date",
        "first_response_state": "text",
        "first_response_breached": "boolean",
        "resolution_state": "text",
        "resolution_breached": "boolean",
        "resolution_working_seconds": "integer",
        "source_met_sla": "boolean",
    },
    "order_lines": {
        "line_key": "text",
        "order_key": "text",
        "quantity": "decimal",
        "delivered_quantity": "decimal",
        "delivered_at": "instant",
    },
}

# A derived table and what it is made of.
DERIVED: dict[str, tuple[str, ...]] = {"deliveries": ("promises", "order_lines")}


def source_of(table: str) -> str:
    """The named table that holds a table's dimensions and instants: itself, but for derived."""
    return DERIVED.get(table, (table,))[0]


def require(tables: Tables, name: str, *, metric: str) -> None:
    """Raises MissingTableError, MissingColumnsError where `metric` cannot be measured."""
    for needed in DERIVED.get(name, (name,)):
        if needed not in tables:
            known = ", ".join(sorted(tables)) or "none"
            raise MissingTableError(metric=metric, table=needed, known=known)
        lacking = sorted(set(COLUMNS[needed]) - set(tables[needed].columns))
        if lacking:
            raise MissingColumnsError(metric=metric, table=needed, columns=", ".join(lacking))


def named(tables: Tables, name: str, terms: OtifTerms) -> Table:
    """One table by its name, or the derived one under these terms."""
    if name != "deliveries":
        return tables[name]
    lines = _judged_lines(tables["order_lines"], terms)
    return _by_line(tables, lines) if terms.level == "line" else _by_order(tables, lines)


def _judged_lines(lines: Table, terms: OtifTerms) -> Table:
    # Counted in whole millionths, quantities compare exactly on every engine.
    kept = 1_000_000 - int(terms.short_share * 1_000_000)
    least = (lines.quantity.cast("float64") * kept).round()
    delivered = (lines.delivered_quantity.cast("float64") * 1_000_000).round()
    is_short = (delivered < least).fill_null(False)
    is_unknown = lines.delivered_quantity.isnull() | lines.quantity.isnull()
    return lines.select(
        line_order="order_key",
        line_delivered_at="delivered_at",
        short=ifelse(is_short, 1, 0),
        unknown=ifelse(is_unknown, 1, 0),
    )


def _by_order(tables: Tables, lines: Table) -> Table:
    counted = lines.group_by("line_order").aggregate(
        short_lines=lines.short.sum(), unknown_lines=lines.unknown.sum(), lines=lines.count()
    )
    promises = tables["promises"]
    joined = promises.left_join(counted, promises.order_key == counted.line_order)
    return joined.mutate(
        is_short=(joined.short_lines > 0).fill_null(False),
        is_full_known=(joined.unknown_lines == 0).fill_null(False),
        arrived_at=joined.delivered_at,
    )


def _by_line(tables: Tables, lines: Table) -> Table:
    promises = tables["promises"]
    joined = promises.inner_join(lines, promises.order_key == lines.line_order)
    return joined.mutate(
        is_short=joined.short == 1,
        is_full_known=joined.unknown == 0,
        # A line without an arrival of its own has arrived when the last of its order did.
        arrived_at=joined.line_delivered_at.coalesce(joined.delivered_at),
    )


def moments(tables: Tables, names: Iterable[str]) -> list[tuple[Table, str]]:
    """Every instant column, of the tables behind `names`, that says when something happened."""
    happened = {"promises": ("placed_at", "delivered_at"), "cases": ("opened_at", "resolved_at")}
    return [
        (tables[name], column)
        for name in sorted({source_of(name) for name in names})
        for column in happened[name]
    ]

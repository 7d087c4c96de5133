"""Small tables for metrics, written as the few columns that a test cares about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from troth.analysis.metrics import COLUMNS

ARROW = {
    "text": pa.string(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "decimal": pa.decimal128(24, 6),
    "instant": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}


def arrow_table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = pa.schema([(column, ARROW[kind]) for column, kind in COLUMNS[name].items()])
    full = [dict.fromkeys(COLUMNS[name]) | row for row in rows]
    return pa.Table.from_pylist(full, schema=schema)


@pytest.fixture
def table() -> Callable[..., Any]:
    """table("promises", {...}, {...}): an ibis table; columns not named are null."""
    return lambda name, *rows: ibis.memtable(arrow_table(name, list(rows)))


@pytest.fixture
def order() -> Callable[..., dict[str, Any]]:
    """An order placed on 1 March 2018, promised and delivered on the days of March given."""

    def build(key: str, promised: int = 10, delivered: int | None = None, **more: Any) -> Any:
        return {
            "order_key": key,
            "placed_at": datetime(2018, 3, 1, tzinfo=UTC),
            "placed_month": date(2018, 3, 1),
            "first_promised_at": datetime(2018, 3, promised, tzinfo=UTC),
            "delivered_at": None if delivered is None else datetime(2018, 3, delivered, tzinfo=UTC),
            "state": "open",
            "is_cold_start": False,
            **more,
        }

    return build


@pytest.fixture
def line() -> Callable[..., dict[str, Any]]:
    """One line of an order: how much was ordered, and delivered (None: not known)."""

    def build(order: str, ordered: str, delivered: str | None, **more: Any) -> Any:
        return {
            "line_key": f"{order}/1",
            "order_key": order,
            "quantity": Decimal(ordered),
            "delivered_quantity": None if delivered is None else Decimal(delivered),
            **more,
        }

    return build

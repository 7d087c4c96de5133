"""An expression gives what plain Python gives, whatever the rows; and the account always closes."""

from __future__ import annotations

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.analysis.metrics import DIMENSIONS, METRICS, measure, reference
from troth.analysis.metrics.registry import REASONS, dimensions_of

from .conftest import arrow_table

PLACED = datetime(2018, 3, 1, tzinfo=UTC)
AS_OF = datetime(2018, 3, 15, tzinfo=UTC)
LOST = timedelta(days=5)
Order = dict[str, Any]


def instants() -> st.SearchStrategy[datetime | None]:
    return st.none() | st.integers(0, 30 * 24).map(lambda hours: PLACED + timedelta(hours=hours))


ORDERS = st.lists(
    st.fixed_dictionaries(
        {
            "tier": st.sampled_from([None, "", "gold", "silver"]),
            "placed_at": st.just(PLACED),
            "placed_month": st.sampled_from([date(2018, 2, 1), date(2018, 3, 1)]),
            "requested_at": instants(),
            "source_promised_at": instants(),
            "first_promised_at": instants(),
            "delivered_at": instants(),
            "state": st.sampled_from([None, "open", "kept", "cancelled"]),
            "is_cold_start": st.sampled_from([None, True, False]),
        }
    ),
    max_size=12,
)


def is_in(order: Order, *columns: str) -> bool:
    needed = ("delivered_at", *columns)
    return order["state"] != "cancelled" and all(order[column] is not None for column in needed)


def share(orders: list[Order], column: str) -> float | None:
    found = [order["delivered_at"] <= order[column] for order in orders]
    return 100 * sum(found) / len(found) if found else None


def days(orders: list[Order], start: str, end: str) -> list[float]:
    return [(order[end] - order[start]) / timedelta(days=1) for order in orders]


def mean(values: list[float]) -> float | None:
    return statistics.fmean(values) if values else None


def oracle(name: str, orders: list[Order]) -> float | None:
    """The metric's definition once more, in plain Python."""
    ours = [order for order in orders if is_in(order, "first_promised_at")]
    both = [order for order in ours if order["source_promised_at"] is not None]
    match name:
        case "promise_coverage":
            return share(ours, "first_promised_at")
        case "source_promise_coverage":
            return share(both, "source_promised_at")
        case "promise_tightness":
            return mean(days(ours, "placed_at", "first_promised_at"))
        case "source_promise_tightness":
            return mean(days(both, "placed_at", "source_promised_at"))
        case "on_time_consistency":
            off = days(ours, "first_promised_at", "delivered_at")
            return statistics.stdev(off) if len(off) > 1 else None
        case "otif_request":
            due = [
                order
                for order in orders
                if order["state"] != "cancelled"
                and order["requested_at"] is not None
                and (order["delivered_at"] is not None or order["requested_at"] < AS_OF)
            ]
            kept = [
                order for order in due if (order["delivered_at"] or AS_OF) <= order["requested_at"]
            ]
            return 100 * len(kept) / len(due) if due else None
    raise AssertionError(name)


NAMES = [
    "promise_coverage",
    "source_promise_coverage",
    "promise_tightness",
    "source_promise_tightness",
    "on_time_consistency",
    "otif_request",
]


@settings(max_examples=20, deadline=None)
@given(orders=ORDERS)
def test_every_group_agrees_with_plain_python_and_accounts_for_each_row(orders: list[Order]):
    keyed = [{**order, "order_key": str(position)} for position, order in enumerate(orders)]
    tables = {
        "promises": ibis.memtable(arrow_table("promises", keyed)),
        "order_lines": ibis.memtable(arrow_table("order_lines", [])),
    }
    groups: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        groups[order["tier"] or "(none)"].append(order)

    rows = measure(NAMES, tables, by=["tier"], as_of=AS_OF, lost_after_days=LOST.days)

    assert [(row.metric, row.dimensions["tier"]) for row in rows] == [
        (name, tier) for name in NAMES for tier in sorted(groups)
    ]
    for row in rows:
        group = groups[row.dimensions["tier"]]
        expected = oracle(row.metric, group)
        assert (row.value is None) == (expected is None), row
        if expected is not None and row.value is not None:
            assert math.isclose(row.value, expected, abs_tol=1e-9), row
        assert row.n == len(group) == row.denominator + sum(row.excluded.values())


def test_a_row_is_json(table: Callable[..., Any], order: Callable[..., Any]):
    [row] = measure(["promise_coverage"], {"promises": table("promises", order("a", delivered=9))})
    assert json.loads(json.dumps(row.as_json()))["value"] == 100.0


@pytest.mark.parametrize("dialect", ["postgres", "pyspark"])
def test_the_same_expressions_compile_for_other_engines(dialect: str):
    from troth.analysis.metrics import Setting, expression
    from troth.analysis.metrics.tables import named
    from troth.analysis.metrics.terms import DEFAULT_TERMS

    tables = {
        name: ibis.table(arrow_schema(name), name=name)
        for name in ("promises", "cases", "order_lines")
    }
    for metric in METRICS.values():
        source = named(tables, metric.table, DEFAULT_TERMS)
        asked = expression([metric], source, by=["month", "tier"], setting=Setting(as_of=AS_OF))
        assert "GROUP BY" in str(ibis.to_sql(asked, dialect=dialect))


def arrow_schema(name: str) -> Any:
    return ibis.Schema.from_pyarrow(arrow_table(name, []).schema)


def test_the_reference_names_every_metric_dimension_and_reason():
    text = reference()
    for name in (*METRICS, *DIMENSIONS, *REASONS):
        assert f"`{name}`" in text


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_says_all_that_a_reader_needs(name: str):
    metric = METRICS[name]
    assert metric.name == name
    assert metric.title.endswith("?")
    assert metric.definition.endswith(".")
    assert metric.owner and metric.source and metric.grain
    assert {"month", "tier", "region"} <= {item.name for item in dimensions_of(metric)}

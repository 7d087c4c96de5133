"""Which column tables are there for analysis, and how is each read from PostgreSQL?

Nothing personal is in them: names, addresses and verbatims stay in the database, so an erasure
needs no rewrite here. `{span}` in a query is where one month is cut out.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

ARROW: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.decimal128(24, 6),
    "boolean": pa.bool_(),
    "instant": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One table: its columns, the query behind them, and the instant that gives its month."""

    name: str
    about: str
    columns: dict[str, str]  # name → a key of ARROW, in order; the first is the row's key
    query: str  # yields the columns by name
    dated_by: str  # an expression of the query: which UTC month a row belongs to
    month: str  # the column that holds that month
    # A cheap question: the same answer as last time, and the same tables in `rests_on`, mean that
    # nothing changed, without reading the table. Empty: always read it.
    unchanged_while: str = ""
    rests_on: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The column that orders a file's rows and names each of them."""
        return next(iter(self.columns))

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns as Arrow holds them."""
        return pa.schema([(name, ARROW[kind]) for name, kind in self.columns.items()])

    @cached_property
    def digest(self) -> str:
        """Changes with the definition, so that files of an older one are written again."""
        content = json.dumps([self.columns, self.query, self.dated_by, self.month])
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def _month(expression: str) -> str:
    return f"date_trunc('month', ({expression}) AT TIME ZONE 'UTC')::date"


_WHOSE = {
    "customer": "text",
    "region": "text",
    "tier": "text",
    "segment": "text",
    "sales_region": "text",
}

PROMISES = Definition(
    name="promises",
    about="One row an order: what was promised, and what became of it.",
    columns={
        "order_key": "text",
        **_WHOSE,
        "lane": "text",
        "placed_at": "instant",
        "requested_at": "instant",
        "source_promised_at": "instant",
        "first_promised_at": "instant",
        "promised_at": "instant",
        "shipped_at": "instant",
        "delivered_at": "instant",
        "cancelled_at": "instant",
        "placed_month": "date",
        "state": "text",
        "is_cold_start": "boolean",
        "total": "decimal",
        "currency": "text",
    },
    query=f"""
        SELECT p.order_key, p.customer_id AS customer, p.region, p.tier, p.segment,
               p.sales_region, p.lane, p.placed_at, p.requested_at, p.source_promised_at,
               p.first_promised_at, p.promised_at, p.shipped_at, p.delivered_at, p.cancelled_at,
               {_month("p.placed_at")} AS placed_month, p.state, p.is_cold_start,
               p.total, p.currency
        FROM store_promise AS p
        WHERE true {{span}}
    """,
    dated_by="p.placed_at",
    month="placed_month",
)

CASES = Definition(
    name="cases",
    about="One row a case: its targets, its clocks and what the desk says of it.",
    columns={
        "case_key": "text",
        **_WHOSE,
        "order_key": "text",
        "category": "text",
        "team": "text",
        "severity": "integer",
        "status": "text",
        "is_open": "boolean",
        "opened_at": "instant",
        "first_responded_at": "instant",
        "resolved_at": "instant",
        "first_response_due_at": "instant",
        "resolution_due_at": "instant",
        "opened_month": "date",
        "reopen_count": "integer",
        "first_response_state": "text",
        "first_response_breached": "boolean",
        "first_response_working_seconds": "integer",
        "resolution_state": "text",
        "resolution_breached": "boolean",
        "resolution_working_seconds": "integer",
        "source_met_sla": "boolean",
    },
    query=f"""
        SELECT c.case_key, c.customer_id AS customer, c.region, c.tier, c.segment,
               c.sales_region, c.order_key, c.category, c.team, c.severity, c.status, c.is_open,
               c.opened_at, c.first_responded_at, c.resolved_at, c.first_response_due_at,
               c.resolution_due_at, {_month("c.opened_at")} AS opened_month, c.reopen_count,
               response.state AS first_response_state,
               response.breached AS first_response_breached,
               response.working_elapsed_seconds AS first_response_working_seconds,
               resolution.state AS resolution_state,
               resolution.breached AS resolution_breached,
               resolution.working_elapsed_seconds AS resolution_working_seconds,
               fact.source_met_sla
        FROM store_casework AS c
        LEFT JOIN store_clock AS response
          ON (response.subject_kind, response.subject, response.metric)
           = ('case', c.case_key, 'first_response')
        LEFT JOIN store_clock AS resolution
          ON (resolution.subject_kind, resolution.subject, resolution.metric)
           = ('case', c.case_key, 'resolution')
        LEFT JOIN LATERAL (
          SELECT f.source_met_sla FROM fact_case AS f
          WHERE f.key = c.case_key ORDER BY f.revision DESC LIMIT 1
        ) AS fact ON true
        WHERE true {{span}}
    """,
    dated_by="c.opened_at",
    month="opened_month",
)


def _latest(kind: str, alias: str) -> str:
    """A condition: this row is its key's latest version, and the key is not gone."""
    return (
        f"{alias}.op <> 'gone' AND NOT EXISTS (SELECT FROM fact_{kind} AS newer "
        f"WHERE newer.key = {alias}.key AND newer.revision > {alias}.revision)"
    )


# Each join goes by a column with an index: order → shipment → its lines.
ORDER_LINES = Definition(
    name="order_lines",
    about=(
        "One row a line, as last heard, of an order with a promise. The delivered quantity is "
        "null where no shipment line of the order is known."
    ),
    columns={
        "line_key": "text",
        "order_key": "text",
        **_WHOSE,
        "product": "text",
        "quantity": "decimal",
        "unit": "text",
        "unit_price": "decimal",
        "currency": "text",
        "discount_rate": "decimal",
        "requested_at": "instant",
        "placed_at": "instant",
        "delivered_quantity": "decimal",
        "delivered_at": "instant",
        "placed_month": "date",
    },
    query=f"""
        WITH promise AS (SELECT * FROM store_promise AS p WHERE true {{span}}),
        sent AS (
          SELECT promise.order_key, part.order_line, part.quantity, part.quantity_unit,
                 CASE WHEN shipment.status = 'lost' THEN NULL
                      ELSE coalesce(shipment.delivered_at, promise.delivered_at) END AS arrived_at
          FROM promise
          JOIN fact_shipment AS shipment ON shipment.order_key = promise.order_key
          JOIN fact_shipment_line AS part ON part.shipment = shipment.key
          WHERE {_latest("shipment", "shipment")} AND {_latest("shipment_line", "part")}
        ),
        arrived AS (
          SELECT order_key, order_line, quantity_unit, sum(quantity) AS quantity,
                 max(arrived_at) AS arrived_at
          FROM sent WHERE arrived_at IS NOT NULL GROUP BY order_key, order_line, quantity_unit
        ),
        tracked AS (SELECT DISTINCT order_key FROM sent)
        SELECT line.key AS line_key, promise.order_key, promise.customer_id AS customer,
               promise.region, promise.tier, promise.segment, promise.sales_region,
               line.product, line.quantity, line.quantity_unit AS unit, line.unit_price,
               line.unit_price_currency AS currency, line.discount_rate,
               coalesce(line.requested_at, promise.requested_at) AS requested_at,
               promise.placed_at,
               CASE WHEN tracked.order_key IS NOT NULL THEN coalesce(arrived.quantity, 0) END
                 AS delivered_quantity,
               arrived.arrived_at AS delivered_at,
               {_month("promise.placed_at")} AS placed_month
        FROM promise
        JOIN fact_order_line AS line ON line.order_key = promise.order_key
        LEFT JOIN tracked ON tracked.order_key = promise.order_key
        LEFT JOIN arrived ON arrived.order_key = promise.order_key
          AND arrived.order_line = line.key
          AND arrived.quantity_unit IS NOT DISTINCT FROM line.quantity_unit
        WHERE {_latest("order_line", "line")}
    """,
    dated_by="p.placed_at",
    month="placed_month",
    # The count sees a landing that committed after one with a higher id.
    unchanged_while="""
        SELECT count(*)::text || '/' || coalesce(max(id), 0)::text FROM store_landing
        WHERE kind IN ('order_line', 'shipment', 'shipment_line')
    """,
    rests_on=("promises",),
)

_ANSWERED = "coalesce(s.answered_at, s.asked_at, s.known_at)"

SURVEYS = Definition(
    name="surveys",
    about="One row a survey response, as last heard; what was said in words is not here.",
    columns={
        "survey_key": "text",
        **_WHOSE,
        "order_key": "text",
        "case_key": "text",
        "method": "text",
        "score": "decimal",
        "scale_low": "integer",
        "scale_high": "integer",
        "asked_at": "instant",
        "answered_at": "instant",
        "answered_month": "date",
    },
    query=f"""
        SELECT s.key AS survey_key, customer.id AS customer, s.region,
               coalesce(p.tier, c.tier, customer.tier) AS tier,
               coalesce(p.segment, c.segment, customer.segment) AS segment,
               coalesce(p.sales_region, c.sales_region, customer.sales_region) AS sales_region,
               s.order_key, s.case_key, s.method, s.score, s.scale_low, s.scale_high,
               s.asked_at, s.answered_at, {_month(_ANSWERED)} AS answered_month
        FROM fact_survey_response AS s
        LEFT JOIN store_promise AS p ON p.order_key = s.order_key
        LEFT JOIN store_casework AS c ON c.case_key = s.case_key
        LEFT JOIN store_crosswalk AS known ON known.source_key = s.customer
        LEFT JOIN store_customer AS customer
          ON customer.id = coalesce(known.customer_id, p.customer_id, c.customer_id)
        WHERE {_latest("survey_response", "s")} {{span}}
    """,
    dated_by=_ANSWERED,
    month="answered_month",
)

# One line a table; a table stands after those that it rests on.
DEFINITIONS: dict[str, Definition] = {
    "promises": PROMISES,
    "cases": CASES,
    "order_lines": ORDER_LINES,
    "surveys": SURVEYS,
}

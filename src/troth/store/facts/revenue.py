"""What did each customer order, month by month, in the company's currency?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from psycopg import sql

from troth.store.facts.versions import current, first, latest, stream

# An order counts with its own total, or with its lines where it states none. A sum in another
# currency is converted at the last rate known for its day; without a rate it does not count, and
# is reported.
_QUERY = sql.SQL(
    "WITH line AS ("
    "  SELECT order_key, max(unit_price_currency) AS currency,"
    "    sum(unit_price * coalesce(quantity, 1) * (1 - coalesce(discount_rate, 0))) AS amount"
    "  FROM {line} WHERE op = 'upsert' GROUP BY order_key"
    "), sale AS ("
    "  SELECT placed.customer, placed.placed_at, latest.op = 'gone'"
    "      OR coalesce(latest.status, '') = 'cancelled' AS is_cancelled,"
    "    coalesce(placed.total, line.amount) AS amount,"
    "    coalesce(placed.total_currency, line.currency, %(currency)s) AS currency"
    "  FROM {placed} JOIN {latest} ON latest.key = placed.key"
    "  LEFT JOIN line ON line.order_key = placed.key"
    # A rate a day and currency, not one an order.
    "), day AS ("
    "  SELECT DISTINCT currency, (placed_at AT TIME ZONE 'UTC')::date AS placed_on"
    "  FROM sale WHERE currency <> %(currency)s"
    "), exchange AS MATERIALIZED ("
    "  SELECT from_currency, valid_on, rate FROM {exchange}"
    "  WHERE rates.to_currency = %(currency)s AND op = 'upsert'"
    "), rate AS ("
    "  SELECT day.currency, day.placed_on, last.rate FROM day JOIN LATERAL ("
    "    SELECT exchange.rate FROM exchange WHERE exchange.from_currency = day.currency"
    "      AND exchange.valid_on <= day.placed_on"
    "    ORDER BY exchange.valid_on DESC LIMIT 1) AS last ON true"
    "), converted AS ("
    "  SELECT sale.*, CASE WHEN sale.currency = %(currency)s THEN 1 ELSE rate.rate END AS rate"
    "  FROM sale LEFT JOIN rate ON rate.currency = sale.currency"
    "    AND rate.placed_on = (sale.placed_at AT TIME ZONE 'UTC')::date"
    ")"
    " SELECT crosswalk.customer_id,"
    "   date_trunc('month', converted.placed_at AT TIME ZONE 'UTC')::date AS month,"
    "   coalesce(round(sum(converted.amount * converted.rate), 2), 0) AS revenue,"
    "   count(*) FILTER (WHERE converted.rate IS NULL) AS unconverted"
    " FROM converted JOIN store_crosswalk AS crosswalk"
    "   ON crosswalk.source_key = converted.customer"
    " WHERE NOT converted.is_cancelled"
    " GROUP BY 1, 2 ORDER BY 1, 2"
).format(
    line=current("order_line", alias="line"),
    placed=first("order", alias="placed"),
    latest=latest("order", alias="latest"),
    exchange=current("exchange_rate", alias="rates"),
)


@dataclass(frozen=True, kw_only=True)
class MonthlyRevenue:
    """What one customer ordered in one month (UTC)."""

    customer_id: str
    month: date
    revenue: Decimal
    unconverted: int  # orders left out because no exchange rate is known


def monthly_revenue(as_of: datetime, *, currency: str) -> Iterator[MonthlyRevenue]:
    """Revenue by customer and month, in that order; months without an order are absent."""
    for row in stream(_QUERY, {"as_of": as_of, "currency": currency}):
        yield MonthlyRevenue(**row)

"""What did each customer order, month by month, in the company's currency?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from psycopg import sql

from troth.store.facts.versions import current, first, latest, original, stream

# An order counts with its own total, or with its lines where it states none, in the month in which
# it was known to be placed; a cancellation takes it off again in the month in which that became
# known: what a month came to, as it was known at its end, never changes afterwards. Where a source
# does not say when an order was known, it counts when it was placed. A sum in another
# currency is converted at the last rate known for its day; without a rate it does not count, and
# is reported.
_QUERY = sql.SQL(
    "WITH line AS ("
    "  SELECT order_key, max(unit_price_currency) AS currency,"
    "    sum(unit_price * coalesce(quantity, 1) * (1 - coalesce(discount_rate, 0))) AS amount"
    "  FROM {line} GROUP BY order_key"
    "), sale AS ("
    "  SELECT placed.customer, placed.placed_at,"
    "    CASE WHEN placed.known_at = placed.landed_at THEN placed.placed_at"
    "      ELSE greatest(placed.placed_at, placed.known_at) END AS counted_at,"
    "    CASE WHEN latest.op = 'gone' OR coalesce(latest.status, '') = 'cancelled'"
    "      THEN ended.known_at END AS taken_off_at,"
    "    coalesce(placed.total, line.amount) AS amount,"
    "    coalesce(placed.total_currency, line.currency, %(currency)s) AS currency"
    "  FROM {placed} JOIN {latest} ON latest.key = placed.key"
    "  LEFT JOIN line ON line.order_key = placed.key"
    "  LEFT JOIN (SELECT key, min(known_at) AS known_at FROM fact_order"
    "    WHERE known_at <= %(as_of)s AND (op = 'gone' OR status = 'cancelled') GROUP BY key"
    "  ) AS ended ON ended.key = placed.key"
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
    "), booked AS ("
    "  SELECT customer, counted_at AS at, amount, rate, rate IS NULL AS is_unconverted"
    "  FROM converted UNION ALL"
    "  SELECT customer, greatest(counted_at, taken_off_at), -amount, rate, false"
    "  FROM converted WHERE taken_off_at IS NOT NULL"
    ")"
    " SELECT crosswalk.customer_id,"
    "   date_trunc('month', booked.at AT TIME ZONE 'UTC')::date AS month,"
    "   coalesce(round(sum(booked.amount * booked.rate), 2), 0) AS revenue,"
    "   count(*) FILTER (WHERE booked.is_unconverted) AS unconverted"
    " FROM booked JOIN store_crosswalk AS crosswalk"
    "   ON crosswalk.source_key = booked.customer"
    " GROUP BY 1, 2 ORDER BY 1, 2"
).format(
    line=original("order_line", alias="line"),
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
    """Revenue by customer and month, in that order; months without an order are absent.

    A month in which more was cancelled than ordered is below zero.
    """
    for row in stream(_QUERY, {"as_of": as_of, "currency": currency}):
        yield MonthlyRevenue(**row)

"""What did each customer order, month by month, in the company's currency?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString

from psycopg import sql

from troth.store.facts.orders import ORDERS_OF
from troth.store.facts.versions import current, first, latest, original, rows, stream

# An order counts with its own total, or with its lines where it states none, in the month in which
# it was known to be placed; a cancellation takes it off again in the month in which that became
# known: what a month came to, as it was known at its end, never changes afterwards. Where a source
# does not say when an order was known, it counts when it was placed. A sum in another
# currency is converted at the last rate known for its day; without a rate it does not count, and
# is reported.
_CONVERTED = (
    "WITH line AS ("
    "  SELECT order_key, max(unit_price_currency) AS currency,"
    "    sum(unit_price * coalesce(quantity, 1) * (1 - coalesce(discount_rate, 0))) AS amount"
    "  FROM {line} WHERE {of_line} GROUP BY order_key"
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
    "  ) AS ended ON ended.key = placed.key WHERE {of_order}"
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
)
_MONTHLY: LiteralString = (
    _CONVERTED + ", booked AS ("
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
)


def _query(
    text: LiteralString, *, of_line: LiteralString = "true", of_order: LiteralString = "true"
) -> sql.Composed:
    return sql.SQL(text).format(
        line=original("order_line", alias="line"),
        placed=first("order", alias="placed"),
        latest=latest("order", alias="latest"),
        exchange=current("exchange_rate", alias="rates"),
        of_line=sql.SQL(of_line),
        of_order=sql.SQL(of_order),
    )


_ALL = _query(_MONTHLY)
_SOME = _query(
    _MONTHLY,
    of_line="line.order_key = ANY(%(keys)s)",
    of_order="placed.key = ANY(%(keys)s) AND latest.key = ANY(%(keys)s)",
)

# A purchase is what came of it: an order that was cancelled by then is none.
_PURCHASES = _query(
    _CONVERTED + " SELECT crosswalk.customer_id,"
    "   (placed_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01' AS day,"
    "   sum(amount * rate)::float8 AS amount, count(*) AS orders"
    " FROM converted JOIN store_crosswalk AS crosswalk"
    "   ON crosswalk.source_key = converted.customer"
    " WHERE counted_at <= %(as_of)s AND rate IS NOT NULL AND amount IS NOT NULL"
    "   AND (taken_off_at IS NULL OR taken_off_at > %(as_of)s)"
    " GROUP BY 1, 2 HAVING sum(amount * rate) >= 0 ORDER BY 1, 2"
)


@dataclass(frozen=True, kw_only=True)
class MonthlyRevenue:
    """What one customer ordered in one month (UTC)."""

    customer_id: str
    month: date
    revenue: Decimal
    unconverted: int  # orders left out because no exchange rate is known


def monthly_revenue(
    as_of: datetime, *, currency: str, customers: Collection[str] | None = None
) -> Iterator[MonthlyRevenue]:
    """Revenue by customer and month, in that order; months without an order are absent.

    A month in which more was cancelled than ordered is below zero. `customers`: of these alone.
    """
    given: dict[str, Any] = {"as_of": as_of, "currency": currency}
    if customers is None:
        found: Iterable[dict[str, Any]] = stream(_ALL, given)
    else:
        keys = [row["key"] for row in rows(ORDERS_OF, {"customers": list(customers)})]
        found = rows(_SOME, given | {"keys": keys}) if keys else ()
    for row in found:
        yield MonthlyRevenue(**row)


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """What one customer bought on one day (UTC), in the company's currency."""

    customer_id: str
    day: int  # since 1970-01-01
    amount: float
    orders: int


def purchases(as_of: datetime, *, currency: str) -> Iterator[Purchase]:
    """Every day with a purchase, by customer and day, as was known at `as_of`.

    Cancelled orders and those without an amount or a rate are left out; a day of free orders has
    an amount of 0.
    """
    for row in stream(_PURCHASES, {"as_of": as_of, "currency": currency}):
        yield Purchase(**row)

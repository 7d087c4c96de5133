"""What is there to know about each order: as it began, as it stands, and when that was known?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString

from psycopg import sql

from troth.core.calendars.instants import known_zone
from troth.store.facts.versions import current, first, latest, rows, stream

_SELECT = (
    "SELECT first.key, first.region, first.customer, first.placed_at,"
    " greatest(first.placed_at, first.known_at) AS decided_at, first.known_at AS first_known_at,"
    " first.requested_at, first.source_promised_at, first.channel,"
    " first.total, first.total_currency,"
    " coalesce(site.sales_region, first.origin_region, first.site) AS origin,"
    " coalesce(first.destination_region, customer.sales_region) AS destination,"
    " coalesce(first.destination_country, customer.country) AS country,"
    " coalesce(first.destination_time_zone, nullif(customer.time_zone, '')) AS time_zone,"
    " crosswalk.customer_id, customer.segment, customer.sales_region,"
    " latest.op = 'gone' AS is_gone, latest.known_at AS latest_known_at,"
    " latest.status, latest.shipped_at, latest.delivered_at, latest.cancelled_at,"
    " arrival.delivery_known_at, arrival.cancellation_known_at"
    " FROM {first} JOIN {latest} ON latest.key = first.key"
    " JOIN (SELECT key,"
    "   min(known_at) FILTER (WHERE delivered_at IS NOT NULL) AS delivery_known_at,"
    "   min(known_at) FILTER (WHERE cancelled_at IS NOT NULL OR status = 'cancelled'"
    "     OR op = 'gone') AS cancellation_known_at"
    "   FROM fact_order WHERE known_at <= %(as_of)s GROUP BY key) AS arrival"
    "   ON arrival.key = first.key"
    " LEFT JOIN {site} ON site.key = first.site"
    " LEFT JOIN store_crosswalk AS crosswalk ON crosswalk.source_key = first.customer"
    " LEFT JOIN store_customer AS customer ON customer.id = crosswalk.customer_id"
)


def _query(chosen: LiteralString) -> sql.Composed:
    return sql.SQL(_SELECT + " WHERE " + chosen + " ORDER BY decided_at, first.key").format(
        first=first("order"),
        latest=latest("order", alias="latest"),
        site=current("site", alias="site"),
    )


_ALL = _query("true")
# Said of each part, or each would be worked out for all orders.
_SOME = _query(
    "first.key = ANY(%(keys)s) AND latest.key = ANY(%(keys)s) AND arrival.key = ANY(%(keys)s)"
)
ORDERS_OF = (
    "SELECT DISTINCT placed.key FROM fact_order AS placed JOIN store_crosswalk AS crosswalk"
    " ON crosswalk.source_key = placed.customer WHERE crosswalk.customer_id = ANY(%(customers)s)"
)


@dataclass(frozen=True, kw_only=True)
class OrderHistory:
    """One order: what was known when it was placed, and how it stands."""

    key: str
    region: str  # where it may be held
    customer: str  # the source's customer key
    customer_id: str | None
    placed_at: datetime
    decided_at: datetime  # when its promise was due: placed, and known
    first_known_at: datetime
    requested_at: datetime | None
    source_promised_at: datetime | None
    origin: str | None
    destination: str | None
    country: str | None
    time_zone: str | None
    segment: str | None
    sales_region: str | None
    channel: str | None
    total: Decimal | None
    total_currency: str | None
    status: str | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    is_gone: bool
    latest_known_at: datetime
    delivery_known_at: datetime | None
    cancellation_known_at: datetime | None

    @property
    def lanes(self) -> tuple[str, ...]:
        """The order's lane at each level, from the narrowest to the widest."""
        destination = "/".join(part for part in (self.country, self.destination) if part)
        return (f"{self.origin or ''}>{destination}", destination, "")

    @property
    def ended_at(self) -> datetime | None:
        """When it was cancelled or vanished; None where it was not."""
        if self.cancelled_at is not None:
            return self.cancelled_at
        if self.is_gone or self.status == "cancelled":
            return self.cancellation_known_at
        return None

    @property
    def is_open(self) -> bool:
        return self.delivered_at is None and self.ended_at is None


LEVELS = ("origin-destination", "destination", "company")


def order_histories(
    as_of: datetime, customers: Collection[str] | None = None
) -> Iterator[OrderHistory]:
    """Every order known at `as_of`, in the order of its decision; those of some customers."""
    if customers is None:
        found: Iterable[dict[str, Any]] = stream(_ALL, {"as_of": as_of})
    else:
        keys = [row["key"] for row in rows(ORDERS_OF, {"customers": list(customers)})]
        found = rows(_SOME, {"as_of": as_of, "keys": keys}) if keys else ()
    for row in found:
        # One place that is written in a way of its own must not stop the promises of all others.
        yield OrderHistory(**{**row, "time_zone": known_zone(row["time_zone"])})

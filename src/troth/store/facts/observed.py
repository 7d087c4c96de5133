"""Which cases did these customers really have, as the tables of their policies ask about them?

As they were known when the order was placed or the case was opened, the latest first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from psycopg import sql

from troth.core.policies.kinds import kind_named
from troth.store.facts.versions import current, rows
from troth.store.models import Crosswalk

MOST_OF_ONE = 500  # cases of one customer that are read

_FIRST = (
    "(SELECT DISTINCT ON (key) * FROM {table} WHERE known_at <= %(as_of)s AND op = 'upsert'"
    " AND customer = ANY(%(sources)s) ORDER BY key, known_at, revision DESC) AS first"
)
_WHOSE = (
    " JOIN store_crosswalk AS crosswalk ON crosswalk.source_key = first.customer"
    " JOIN store_customer AS customer ON customer.id = crosswalk.customer_id"
)
_ORDERS = sql.SQL(
    "SELECT first.key, crosswalk.customer_id, first.placed_at, first.requested_at,"
    " coalesce(site.sales_region, first.origin_region, first.site) AS origin,"
    " coalesce(first.destination_region, customer.sales_region) AS destination,"
    " coalesce(first.destination_country, customer.country) AS country,"
    " first.channel, first.total, first.total_currency, first.placed_at AS happened_at"
    " FROM " + _FIRST.format(table="fact_order") + " LEFT JOIN {site} ON site.key = first.site"
    + _WHOSE
).format(site=current("site", alias="site"))  # fmt: skip
_CASES = sql.SQL(
    "SELECT first.key, crosswalk.customer_id, coalesce(first.severity, 3) AS severity,"
    " first.opened_at, first.category, first.team, customer.country,"
    " first.order_key IS NOT NULL AS has_order, first.opened_at AS happened_at"
    " FROM " + _FIRST.format(table="fact_case") + _WHOSE
)  # fmt: skip
_LATEST = sql.SQL(
    "SELECT * FROM (SELECT found.*, row_number() OVER (PARTITION BY customer_id"
    " ORDER BY happened_at DESC, key) AS place FROM ({found}) AS found) AS ranked"
    " WHERE place <= %(most)s ORDER BY customer_id, place"
)
_BESIDE = ("key", "customer_id", "happened_at", "place")


def observed_cases(
    kind: str, customers: Collection[str], *, as_of: datetime
) -> Mapping[str, list[dict[str, Any]]]:
    """Cases by customer, for the tables of a kind; none of a kind that no order or case obeys."""
    names = {spec.name for spec in kind_named(kind).inputs}
    query = _ORDERS if "placed_at" in names else _CASES if "opened_at" in names else None
    found: dict[str, list[dict[str, Any]]] = {customer: [] for customer in customers}
    if query is None or not found:
        return found
    linked = Crosswalk.objects.filter(customer__in=found).values_list("source_key", flat=True)
    given = {"as_of": as_of, "sources": list(linked), "most": MOST_OF_ONE}
    for row in rows(_LATEST.format(found=query), given):
        case = {name: value for name, value in row.items() if name not in _BESIDE}
        found[row["customer_id"]].append(case)
    return found

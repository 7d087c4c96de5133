"""What do the sources say about who a customer is?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg import sql

from troth.store.facts.versions import current, rows, stream
from troth.store.models import Crosswalk

# One export often says both who a customer is and whom to ask for there, under one key: then the
# contact is told apart by its own name in the crosswalk.
_IDENTIFYING = sql.SQL(
    "SELECT record.key, 'customer' AS kind, since.known_at, NULL AS customer_key,"
    " personal.fields->>'tax_id' AS tax_id, personal.fields->>'email' AS email,"
    " personal.fields->>'phone' AS phone"
    " FROM {customer} JOIN ("
    "   SELECT key, min(coalesce(created_at, known_at)) AS known_at FROM fact_customer GROUP BY key"
    " ) AS since ON since.key = record.key"
    " LEFT JOIN fact_personal AS personal ON personal.kind = 'customer'"
    "   AND personal.key = record.key AND personal.revision = record.revision"
    " WHERE record.op = 'upsert'"
    " UNION ALL "
    "SELECT CASE WHEN twin.key IS NULL THEN record.key ELSE record.key || '/contact' END,"
    " 'contact', since.known_at, record.customer, NULL,"
    " personal.fields->>'email', personal.fields->>'phone'"
    " FROM {contact} JOIN ("
    "   SELECT key, min(known_at) AS known_at FROM fact_contact GROUP BY key"
    " ) AS since ON since.key = record.key"
    " LEFT JOIN (SELECT DISTINCT key FROM fact_customer) AS twin ON twin.key = record.key"
    " LEFT JOIN fact_personal AS personal ON personal.kind = 'contact'"
    "   AND personal.key = record.key AND personal.revision = record.revision"
    " WHERE record.op = 'upsert'"
    " ORDER BY 2 DESC, 1"
).format(customer=current("customer", alias="record"), contact=current("contact", alias="record"))

_PLAIN = (
    "party_kind",
    "city",
    "sales_region",
    "country",
    "time_zone",
    "language",
    "segment",
    "account_manager",
)
PERSONAL = ("name", "tax_id", "email", "phone", "address", "postal_code")


def _describing(chosen: LiteralString) -> sql.Composed:
    """Every resolved customer record whose key is `chosen`."""
    return sql.SQL(
        "SELECT record.key, record.region, record.known_at, crosswalk.customer_id,"
        " coalesce(record.created_at, record.known_at) AS since, {plain}, {personal}, agent.team"
        " FROM {customer} JOIN store_crosswalk AS crosswalk ON crosswalk.source_key = record.key"
        " LEFT JOIN fact_personal AS personal ON personal.kind = 'customer'"
        "   AND personal.key = record.key AND personal.revision = record.revision"
        " LEFT JOIN {agent} ON agent.key = record.account_manager AND agent.op = 'upsert'"
        " WHERE record.op = 'upsert' AND {chosen} ORDER BY crosswalk.customer_id, record.key"
    ).format(
        plain=sql.SQL(", ").join(sql.Identifier("record", name) for name in _PLAIN),
        personal=sql.SQL(", ").join(
            sql.SQL("personal.fields->>{} AS {}").format(sql.Literal(name), sql.Identifier(name))
            for name in PERSONAL
        ),
        customer=current("customer", alias="record"),
        agent=current("agent", alias="agent"),
        chosen=sql.SQL(chosen),
    )


_ALL = _describing("true")
_SOME = _describing("record.key = ANY(%(keys)s)")


@dataclass(frozen=True, kw_only=True)
class Description:
    """One source record of a customer, with everything that it says about them."""

    key: str
    region: str
    known_at: datetime
    since: datetime  # when the source first had this customer
    customer_id: str
    fields: dict[str, Any]


def identifying_rows() -> Iterator[dict[str, Any]]:
    """Key, kind, known_at, customer_key, tax_id, email and phone of every customer and contact."""
    yield from stream(_IDENTIFYING)


def descriptions(customers: Collection[str] | None = None) -> Iterator[Description]:
    """Every resolved customer record, those of one customer beside each other.

    `customers`: of these alone, by ids that the crosswalk leads to.
    """
    found = stream(_ALL) if customers is None else rows(_SOME, {"keys": _keys(customers)})
    for row in found:
        yield Description(
            key=row["key"],
            region=row["region"],
            known_at=row["known_at"],
            since=row["since"],
            customer_id=row["customer_id"],
            fields={name: row[name] for name in (*_PLAIN, "team", *PERSONAL)},
        )


def _keys(customers: Collection[str]) -> list[str]:
    links = Crosswalk.objects.filter(customer__in=customers, kind="customer")
    return sorted(links.values_list("source_key", flat=True))

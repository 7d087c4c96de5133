"""Which service did each customer use in a year, and was it what we had promised?

Cases, promises and clocks as the run left them; contacts, returns, answers and costs as facts that
were known at the moment. A company whose systems tell nothing of a kind has no figure for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString

from psycopg import sql

from troth.store.facts.versions import current, latest, original, rows, stream

_CASES: LiteralString = """
    SELECT work.customer_id, count(*) AS cases,
      count(*) FILTER (WHERE work.reopen_count > 0) AS reopened,
      count(*) FILTER (WHERE EXISTS (SELECT FROM store_clock AS clock
        WHERE clock.subject_kind = 'case' AND clock.subject = work.case_key AND clock.breached
      )) AS breached
    FROM store_casework AS work
    WHERE work.opened_at > %(since)s AND work.opened_at <= %(as_of)s
    GROUP BY work.customer_id
"""
# What we began is no service that somebody asked for, but it took our time as well.
_CONTACTS: LiteralString = """
    SELECT coalesce(crosswalk.customer_id, work.customer_id) AS customer_id,
      count(*) FILTER (WHERE contact.direction IS DISTINCT FROM 'outbound') AS contacts,
      sum(contact.duration_minutes) AS minutes
    FROM {contact} LEFT JOIN store_crosswalk AS crosswalk
      ON crosswalk.source_key = contact.customer
    LEFT JOIN store_casework AS work ON work.case_key = contact.case_key
    WHERE contact.op = 'upsert' AND contact.occurred_at > %(since)s
      AND contact.occurred_at <= %(as_of)s
    GROUP BY 1
"""
_CHANNELS: LiteralString = """
    SELECT customer_id, count(DISTINCT channel) AS channels FROM (
      SELECT coalesce(crosswalk.customer_id, work.customer_id) AS customer_id, contact.channel
      FROM {contact} LEFT JOIN store_crosswalk AS crosswalk
        ON crosswalk.source_key = contact.customer
      LEFT JOIN store_casework AS work ON work.case_key = contact.case_key
      WHERE contact.op = 'upsert' AND contact.occurred_at > %(since)s
        AND contact.occurred_at <= %(as_of)s AND contact.direction IS DISTINCT FROM 'outbound'
      UNION ALL
      SELECT crosswalk.customer_id, asked.channel FROM {asked}
      JOIN store_crosswalk AS crosswalk ON crosswalk.source_key = asked.customer
      WHERE asked.op = 'upsert' AND asked.opened_at > %(since)s AND asked.opened_at <= %(as_of)s
    ) AS used GROUP BY customer_id
"""
_RETURNS: LiteralString = """
    SELECT promise.customer_id, count(*) AS returns
    FROM {back} JOIN store_promise AS promise ON promise.order_key = back.order_key
    WHERE back.op = 'upsert' AND coalesce(back.returned_at, back.known_at) > %(since)s
      AND coalesce(back.returned_at, back.known_at) <= %(as_of)s
    GROUP BY promise.customer_id
"""
_PROMISES: LiteralString = """
    SELECT customer_id, count(*) AS promises,
      count(*) FILTER (WHERE state IN ('broken', 'late')) AS broken
    FROM store_promise
    WHERE promised_at > %(since)s AND promised_at <= %(as_of)s AND state <> 'cancelled'
    GROUP BY customer_id
"""
_ANSWERS: LiteralString = """
    SELECT DISTINCT ON (crosswalk.customer_id) crosswalk.customer_id, answer.score AS nps
    FROM {answer} JOIN store_crosswalk AS crosswalk ON crosswalk.source_key = answer.customer
    WHERE answer.op = 'upsert' AND answer.method = 'nps' AND answer.score IS NOT NULL
      AND answer.answered_at > %(since)s AND answer.answered_at <= %(as_of)s
    ORDER BY crosswalk.customer_id, answer.answered_at DESC, answer.key
"""
# One line without a cost, and what a customer's goods cost is not known.
_COSTS: LiteralString = """
    SELECT promise.customer_id,
      CASE WHEN bool_and(line.quantity IS NOT NULL AND product.unit_cost IS NOT NULL
          AND coalesce(product.unit_cost_currency, %(currency)s) = %(currency)s)
        THEN round(sum(line.quantity * product.unit_cost), 2) END AS goods_cost
    FROM store_promise AS promise JOIN {line} ON line.order_key = promise.order_key
    LEFT JOIN {product} ON product.key = line.product
    WHERE promise.placed_at > %(since)s AND promise.placed_at <= %(as_of)s
      AND promise.state <> 'cancelled'
    GROUP BY promise.customer_id
"""
# Table → the figures that nobody has where it tells nothing by then.
_TOLD_BY: dict[str, tuple[str, ...]] = {
    "case": ("cases", "reopened", "breached"),
    "interaction": ("contacts",),
    "return": ("returns",),
    "order": ("promises", "broken"),
}
_ANY: LiteralString = "SELECT EXISTS (SELECT FROM {table} WHERE known_at <= %(as_of)s) AS is_told"


@dataclass(frozen=True, kw_only=True)
class Used:
    """The service that one customer used; None where no system tells it."""

    cases: int | None = None
    reopened: int | None = None
    breached: int | None = None
    contacts: int | None = None
    minutes: Decimal | None = None
    channels: int | None = None
    returns: int | None = None
    promises: int | None = None
    broken: int | None = None
    nps: Decimal | None = None
    goods_cost: Decimal | None = None


class Consumption:
    """The service that every customer used between two moments."""

    def __init__(self, *, since: datetime, as_of: datetime, currency: str) -> None:
        given = {"since": since, "as_of": as_of, "currency": currency}
        self._known: dict[str, dict[str, Any]] = {}
        for text in (_CASES, _CONTACTS, _CHANNELS, _RETURNS, _PROMISES, _ANSWERS, _COSTS):
            for row in stream(_query(text), given):
                customer = row.pop("customer_id")
                if customer is not None:
                    self._known.setdefault(customer, {}).update(row)
        self._nothing: dict[str, Any] = {}
        for kind, names in _TOLD_BY.items():
            if _is_told(kind, as_of):
                self._nothing |= dict.fromkeys(names, 0)
        if self._nothing.keys() & {"cases", "contacts"}:
            self._nothing["channels"] = 0

    def of(self, customer: str) -> Used:
        """What one customer used; nothing of what the systems tell is 0."""
        return Used(**self._nothing | self._known.get(customer, {}))


def _query(text: LiteralString) -> sql.Composed:
    return sql.SQL(text).format(
        contact=latest("interaction", alias="contact"),
        asked=latest("case", alias="asked"),
        back=latest("return", alias="back"),
        answer=latest("survey_response", alias="answer"),
        line=original("order_line", alias="line"),
        product=current("product", alias="product"),
    )


def _is_told(kind: str, as_of: datetime) -> bool:
    (row,) = rows(sql.SQL(_ANY).format(table=sql.Identifier(f"fact_{kind}")), {"as_of": as_of})
    return bool(row["is_told"])


@dataclass(frozen=True, kw_only=True)
class Known:
    """Who a customer is to segments: where they are, and since when we know of them."""

    id: str
    regions: tuple[str, ...]
    first_known_on: date


_CUSTOMERS = (
    "SELECT id, sales_region, country, (first_known_at AT TIME ZONE 'UTC')::date AS known_on"
    " FROM store_customer WHERE merged_into_id IS NULL ORDER BY id"
)


def customers_known() -> Iterator[Known]:
    """Every customer that is one of its own, by id."""
    for row in stream(sql.Composed([sql.SQL(_CUSTOMERS)])):
        regions = (row["sales_region"], row["country"])
        yield Known(id=row["id"], regions=regions, first_known_on=row["known_on"])

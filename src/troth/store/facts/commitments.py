"""What do order, shipment, return and invoice say of each order line, as was known at a moment?

One query over all lines, streamed in the order of order and line. A sum is there only where all of
its parts are: one part without its quantity, in another unit, or a shipment or an invoice of the
order that does not say for which line it is, and the sum is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg import sql

from troth.core.work.reconciliation import DeliveryFigures, LineFigures
from troth.store.facts.versions import latest, rows, stream

# Each kind's sum by order line: null unless every part has its quantity and all are in one unit.
_SUM = (
    " CASE WHEN count(*) = count({of}.quantity) THEN sum({of}.quantity) END AS quantity,"
    " array_agg(DISTINCT {of}.quantity_unit) FILTER (WHERE {of}.quantity_unit IS NOT NULL) AS units"
)
_PARTS: LiteralString = (
    "WITH shipped AS MATERIALIZED ("
    "  SELECT key, order_key, coalesce(shipped_at, known_at) AS sent_at, delivered_at"
    "  FROM {shipment} WHERE op = 'upsert' AND coalesce(status, '') <> 'lost'"
    "    AND (shipped_at <= %(as_of)s"
    "      OR (shipped_at IS NULL AND status IN ('shipped', 'delivered')))"
    "), parcel AS MATERIALIZED ("
    "  SELECT shipped.order_key, shipped.sent_at, part.order_line, part.quantity,"
    "    part.quantity_unit"
    "  FROM shipped LEFT JOIN {shipment_line} ON part.shipment = shipped.key"
    "    AND part.op = 'upsert'"
    "), back AS MATERIALIZED ("
    "  SELECT order_key, order_line, quantity, quantity_unit FROM {return_}"
    "  WHERE op = 'upsert' AND coalesce(returned_at <= %(as_of)s, true)"
    "), bill AS MATERIALIZED ("
    "  SELECT item.order_key, item.order_line, item.quantity, item.quantity_unit, item.amount,"
    "    item.amount_currency, coalesce(item.invoiced_at, item.known_at) AS billed_at,"
    "    crosswalk.customer_id"
    "  FROM {invoice_line} LEFT JOIN store_crosswalk AS crosswalk"
    "    ON crosswalk.source_key = item.customer WHERE item.op = 'upsert'"
    "), sent AS ("
    "  SELECT order_line, max(sent_at) AS last_at,"
    + _SUM.replace("{of}", "parcel")
    + "  FROM parcel WHERE order_line IS NOT NULL GROUP BY order_line"
    "), returned AS ("
    "  SELECT order_line,"
    + _SUM.replace("{of}", "back")
    + "  FROM back WHERE order_line IS NOT NULL GROUP BY order_line"
    "), billed AS ("
    "  SELECT order_line, max(billed_at) AS last_at, count(*) AS lines,"
    + _SUM.replace("{of}", "bill")
    + ","
    "    CASE WHEN count(*) = count(amount) AND count(*) = count(amount_currency)"
    "      AND count(DISTINCT amount_currency) = 1 THEN sum(amount) END AS amount,"
    "    array_agg(DISTINCT amount_currency) FILTER (WHERE amount_currency IS NOT NULL)"
    "      AS currencies,"
    "    array_agg(DISTINCT customer_id) FILTER (WHERE customer_id IS NOT NULL) AS customers"
    "  FROM bill WHERE order_line IS NOT NULL GROUP BY order_line"
    # What does not say for which line it is leaves every line of its order unknown.
    "), vague AS ("
    "  SELECT order_key, bool_or(what = 1) AS sent, bool_or(what = 2) AS returned,"
    "    bool_or(what = 3) AS billed FROM ("
    "    SELECT order_key, 1 AS what FROM parcel WHERE order_line IS NULL UNION ALL"
    "    SELECT order_key, 2 FROM back WHERE order_line IS NULL UNION ALL"
    "    SELECT order_key, 3 FROM bill WHERE order_line IS NULL) AS part"
    "  WHERE order_key IS NOT NULL GROUP BY order_key"
    "), arrival AS ("
    "  SELECT order_key, CASE WHEN count(*) = count(delivered_at) THEN max(delivered_at) END"
    "    AS arrived_at FROM shipped GROUP BY order_key"
    ")"
)
_FIGURES: LiteralString = _PARTS + (
    " SELECT placed.key AS order_key, placed.region, line.key AS line_key,"
    "  placed.op = 'gone' OR coalesce(placed.status, '') = 'cancelled'"
    "    OR coalesce(placed.cancelled_at <= %(as_of)s, false) AS is_off,"
    "  coalesce(line.op = 'gone', false) AS is_line_gone,"
    "  crosswalk.customer_id, promise.promised_at,"
    "  placed.delivered_at AS said_at, arrival.arrived_at,"
    "  coalesce(line.quantity_unit, '') AS unit, line.quantity AS ordered, line.unit_price,"
    "  line.discount_rate, line.unit_price_currency AS currency,"
    "  CASE WHEN %(are_sent)s AND vague.sent IS NOT TRUE THEN CASE WHEN sent.order_line IS NULL"
    "    THEN 0 ELSE sent.quantity END END AS sent, sent.last_at AS last_sent_at,"
    "  CASE WHEN vague.returned IS NOT TRUE THEN CASE WHEN returned.order_line IS NULL"
    "    THEN 0 ELSE returned.quantity END END AS returned,"
    "  CASE WHEN %(are_billed)s AND vague.billed IS NOT TRUE THEN CASE"
    "    WHEN billed.order_line IS NULL THEN 0 ELSE billed.quantity END END AS billed,"
    "  billed.amount AS billed_amount, billed.currencies AS billed_currencies,"
    "  billed.customers AS billed_to, coalesce(billed.lines, 0) AS invoice_lines,"
    "  billed.last_at AS last_billed_at,"
    "  sent.units AS sent_units, returned.units AS returned_units, billed.units AS billed_units"
    " FROM {order} LEFT JOIN {order_line} ON line.order_key = placed.key"
    "  LEFT JOIN sent ON sent.order_line = line.key"
    "  LEFT JOIN returned ON returned.order_line = line.key"
    "  LEFT JOIN billed ON billed.order_line = line.key"
    "  LEFT JOIN vague ON vague.order_key = placed.key"
    "  LEFT JOIN arrival ON arrival.order_key = placed.key"
    "  LEFT JOIN store_promise AS promise ON promise.order_key = placed.key"
    "  LEFT JOIN store_crosswalk AS crosswalk ON crosswalk.source_key = placed.customer"
    # As Python sorts text, so that what is kept can be read beside it.
    ' ORDER BY placed.key COLLATE "C", line.key COLLATE "C"'
)
_ALL = sql.SQL(_FIGURES).format(
    order=latest("order", alias="placed"),
    order_line=latest("order_line", alias="line"),
    shipment=latest("shipment", alias="shipment"),
    shipment_line=latest("shipment_line", alias="part"),
    return_=latest("return", alias="back"),
    invoice_line=latest("invoice_line", alias="item"),
)
_DELIVERED: LiteralString = (
    "SELECT EXISTS (SELECT FROM fact_shipment_line WHERE known_at <= %(as_of)s) AS are_sent,"
    " EXISTS (SELECT FROM fact_invoice_line WHERE known_at <= %(as_of)s) AS are_billed"
)


@dataclass(frozen=True, kw_only=True)
class Commitment:
    """One order with one of its lines; an order without lines comes once, with none."""

    region: str  # where it may be held
    line: LineFigures | None
    delivery: DeliveryFigures
    is_incomparable: bool  # some of its quantities are in another unit than was ordered


def commitments(as_of: datetime) -> Iterator[Commitment]:
    """Every order line known at `as_of`, by order and line as Python sorts them.

    Where the systems deliver no line of any shipment, or of any invoice, what was sent or billed
    is not known of any.
    """
    delivered = rows(_DELIVERED, {"as_of": as_of})[0]
    for row in stream(_ALL, {"as_of": as_of, **delivered}):
        yield _commitment(row)


def _commitment(row: dict[str, Any]) -> Commitment:
    delivery = DeliveryFigures(
        order_key=row["order_key"],
        customer_id=row["customer_id"],
        is_cancelled=row["is_off"],
        said_at=row["said_at"],
        arrived_at=row["arrived_at"],
    )
    if row["line_key"] is None:
        return Commitment(region=row["region"], line=None, delivery=delivery, is_incomparable=False)
    sums, is_incomparable = _sums(row)
    line = LineFigures(
        order_key=row["order_key"],
        line_key=row["line_key"],
        is_cancelled=row["is_off"] or row["is_line_gone"],
        customer_id=row["customer_id"],
        promised_at=row["promised_at"],
        unit=row["unit"],
        ordered=row["ordered"],
        unit_price=row["unit_price"],
        discount_rate=row["discount_rate"],
        currency=row["currency"],
        last_sent_at=row["last_sent_at"],
        billed_amount=row["billed_amount"],
        billed_currencies=tuple(sorted(row["billed_currencies"] or ())),
        billed_to=tuple(sorted(row["billed_to"] or ())),
        invoice_lines=row["invoice_lines"],
        last_billed_at=row["last_billed_at"],
        **sums,
    )
    return Commitment(
        region=row["region"], line=line, delivery=delivery, is_incomparable=is_incomparable
    )


def _sums(row: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """What was sent, came back and was billed; without what is in another unit, and whether any."""
    sums, is_incomparable = {}, False
    for name in ("sent", "returned", "billed"):
        units = set(row[f"{name}_units"] or ()) | ({row["unit"]} - {""})
        sums[name] = row[name] if len(units) <= 1 else None
        is_incomparable |= len(units) > 1
    return sums, is_incomparable

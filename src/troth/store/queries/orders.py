"""What did we promise, what became of it, and what do the sources say of this order?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Model, Q, QuerySet

from troth.core.access.roles import Right
from troth.store.facts.aliases import survivor_of
from troth.store.models import FACTS, Promise
from troth.store.queries.clocks import ClockRow, clocks_of
from troth.store.queries.decisions import DecisionRow, decisions_about
from troth.store.queries.lists import (
    PAGE_SIZE,
    BadListError,
    Choice,
    NotFoundError,
    Page,
    choices,
    cut,
    ordered,
    summed,
)
from troth.store.queries.naming import display_name
from troth.store.queries.viewing import Viewer, viewing
from troth.store.queries.visibility import visible

# "at_risk": open, and the latest decision expects it after what was promised.
STATES = ("open", "at_risk", "late", "kept", "broken", "cancelled")
SORTS = {
    "order": "pk",
    "customer": "customer",
    "tier": "tier",
    "region": "sales_region",
    "placed": "placed_at",
    "promised": "promised_at",
    "expected": "expected_at",
    "delivered": "delivered_at",
    "state": "state",
    "total": "total",
}


@dataclass(frozen=True, kw_only=True)
class PromiseRow:
    """What was promised for one order and what became of it."""

    order_key: str
    customer_id: str  # "" where the order belongs to no known customer
    customer_name: str  # the id where the viewer may not see names
    tier: str  # as it was when the promise was made
    segment: str
    sales_region: str
    time_zone: str  # the customer's
    lane: str
    placed_at: datetime
    requested_at: datetime | None
    source_promised_at: datetime | None
    first_promised_at: datetime
    promised_at: datetime
    expected_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    state: str  # one of STATES
    is_cold_start: bool
    total: Decimal | None
    currency: str
    first_decision: str
    latest_decision: str


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One line of an order, as the source says it."""

    key: str
    product: str
    quantity: Decimal | None
    unit: str
    unit_price: Decimal | None
    currency: str


@dataclass(frozen=True, kw_only=True)
class Shipment:
    """One delivery for an order, as the source says it."""

    key: str
    status: str
    site: str
    carrier: str
    planned_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class OrderFact:
    """The order's newest version in its source system."""

    key: str
    revision: int
    known_at: datetime
    landed_at: datetime
    values: Mapping[str, Any]  # the record's columns that hold something


@dataclass(frozen=True, kw_only=True)
class OrderRecord:
    """One order: its promise, the facts behind it, its decisions and its clocks."""

    promise: PromiseRow
    fact: OrderFact | None
    lines: tuple[OrderLine, ...]
    shipments: tuple[Shipment, ...]
    decisions: tuple[DecisionRow, ...]  # newest first, at most 50
    clocks: tuple[ClockRow, ...]


@dataclass(frozen=True, kw_only=True)
class PromiseChoices:
    """What a list of promises can be filtered by."""

    states: tuple[Choice, ...]
    tiers: tuple[Choice, ...]
    regions: tuple[Choice, ...]


def find_promises(
    *,
    viewer: Viewer,
    q: str = "",
    state: str = "",
    tier: str = "",
    segment: str = "",
    region: str = "",
    customer_id: str = "",
    sort: str = "-placed",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[PromiseRow]:
    """Promises; `q` is the beginning of an order's key, or of its number without the system.

    Raises BadListError, NotAllowedError.
    """
    with viewing(viewer, Right.SEE_ORDERS) as sight:
        rows = visible(Promise.objects.select_related("customer__customerpersonal"), sight)
        chosen = {
            "tier": tier,
            "segment": segment,
            "sales_region": region,
            "customer": survivor_of(customer_id),
        }
        rows = rows.filter(**{name: value for name, value in chosen.items() if value})
        rows = _in_state(rows, state)
        if q:
            text = q.strip()
            rows = rows.filter(Q(pk__istartswith=text) | Q(pk__icontains=f":{text}"))
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        return cut(
            rows,
            page=page,
            size=size,
            sums=summed(rows, amount="total"),
            to_row=lambda row: promise_row(viewer, row),
        )


def promise_choices(*, viewer: Viewer) -> PromiseChoices:
    """The states, tiers and sales regions that occur."""
    with viewing(viewer, Right.SEE_ORDERS) as sight:
        everything = visible(Promise.objects.all(), sight)
        at_risk = _in_state(everything, "at_risk").count()
        states = choices(everything, "state")
        if at_risk:
            states = (*states, Choice(value="at_risk", count=at_risk))
        return PromiseChoices(
            states=states,
            tiers=choices(everything, "tier"),
            regions=choices(everything, "sales_region"),
        )


def order(*, viewer: Viewer, key: str) -> OrderRecord:
    """One order with all that is known of it. Raises NotFoundError."""
    with viewing(viewer, Right.SEE_ORDERS) as sight:
        rows = visible(Promise.objects.select_related("customer__customerpersonal"), sight)
        found = rows.filter(pk=key).first()
        if found is None:
            raise NotFoundError("order", key)
        return OrderRecord(
            promise=promise_row(viewer, found),
            fact=_fact(key),
            lines=tuple(_line(row) for row in latest_facts("order_line", order=key)),
            shipments=tuple(_shipment(row) for row in latest_facts("shipment", order=key)),
            decisions=decisions_about(sight, key),
            clocks=clocks_of(sight, "order", key),
        )


def latest_facts(kind: str, **where: Any) -> list[Any]:
    """The newest version of each source record of a kind that is not gone, by key.

    Call it inside `viewing`.
    """
    table: type[Model] = FACTS[kind]
    newest = table._default_manager.filter(**where).order_by("key", "-revision").distinct("key")
    return [row for row in newest if getattr(row, "op", "") != "gone"]


def promise_row(viewer: Viewer, row: Promise) -> PromiseRow:
    """A promise as this viewer sees it; `row` with its customer joined."""
    return PromiseRow(
        order_key=row.pk,
        customer_id=row.customer.pk if row.customer else "",
        customer_name=display_name(viewer, row.customer),
        tier=row.tier,
        segment=row.segment,
        sales_region=row.sales_region,
        time_zone=row.time_zone,
        lane=row.lane,
        placed_at=row.placed_at,
        requested_at=row.requested_at,
        source_promised_at=row.source_promised_at,
        first_promised_at=row.first_promised_at,
        promised_at=row.promised_at,
        expected_at=row.expected_at,
        shipped_at=row.shipped_at,
        delivered_at=row.delivered_at,
        cancelled_at=row.cancelled_at,
        state=_state(row),
        is_cold_start=row.is_cold_start,
        total=row.total,
        currency=row.currency,
        first_decision=row.first_decision_id,
        latest_decision=row.latest_decision_id,
    )


def _state(row: Promise) -> str:
    slips = row.expected_at is not None and row.expected_at > row.promised_at
    return "at_risk" if row.state == "open" and slips else row.state


def _in_state(rows: QuerySet[Promise], state: str) -> QuerySet[Promise]:
    if not state:
        return rows
    if state not in STATES:
        raise BadListError(f"No promise is {state!r}. Use one of {', '.join(STATES)}.")
    if state == "at_risk":
        return rows.filter(state="open", expected_at__gt=F("promised_at"))
    return rows.filter(state=state)


_ENVELOPE = frozenset(
    {"key", "revision", "region", "op", "landing", "row_hash", "raw", "known_at", "landed_at"}
)


def _fact(key: str) -> OrderFact | None:
    found = latest_facts("order", key=key)
    if not found:
        return None
    row = found[0]
    values = {
        field.name: getattr(row, field.name)
        for field in row._meta.concrete_fields
        if field.name not in _ENVELOPE and getattr(row, field.name) not in (None, {})
    }
    return OrderFact(
        key=row.key,
        revision=row.revision,
        known_at=row.known_at,
        landed_at=row.landed_at,
        values=values,
    )


def _line(row: Any) -> OrderLine:
    return OrderLine(
        key=row.key,
        product=row.product or "",
        quantity=row.quantity,
        unit=row.quantity_unit or "",
        unit_price=row.unit_price,
        currency=row.unit_price_currency or "",
    )


def _shipment(row: Any) -> Shipment:
    return Shipment(
        key=row.key,
        status=row.status or "",
        site=row.site or "",
        carrier=row.carrier or "",
        planned_at=row.planned_at,
        shipped_at=row.shipped_at,
        delivered_at=row.delivered_at,
    )

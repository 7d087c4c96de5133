"""What was ordered, sent, sent back and billed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from troth.core.records.codes import Channel, OrderStatus, ShipmentStatus
from troth.core.records.fields import about
from troth.core.records.values import (
    CustomerKey,
    InvoiceLineKey,
    Money,
    OrderKey,
    OrderLineKey,
    ProductKey,
    Quantity,
    ReturnKey,
    Sensitivity,
    ShipmentKey,
    ShipmentLineKey,
    SiteKey,
)


@dataclass(frozen=True, kw_only=True)
class Order:
    """A customer's order. The instants are kept apart: they are four different promises."""

    key: OrderKey = about("Order number.", required=True)
    customer: CustomerKey = about("Who ordered.", refers_to="customer", required=True)
    placed_at: datetime = about("When it was placed.", required=True)
    status: OrderStatus | None = about("Where it stands.")
    requested_at: datetime | None = about("By when the customer wants it.")
    source_promised_at: datetime | None = about("What the source system promised, if it did.")
    shipped_at: datetime | None = about("When the last of it left.")
    delivered_at: datetime | None = about("When the last of it arrived.")
    cancelled_at: datetime | None = about("When it was cancelled.")
    site: SiteKey | None = about("Where it ships from.", refers_to="site")
    origin_region: str | None = about("Region that it ships from, where no site is known.")
    destination_region: str | None = about("Region that it goes to.")
    destination_country: str | None = about("Country that it goes to.")
    destination_time_zone: str | None = about("IANA zone of the place that it goes to.")
    channel: Channel | None = about("How it came in.")
    total: Money | None = about("Value of the goods.")
    freight: Money | None = about("Freight charged.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One product on an order."""

    key: OrderLineKey = about("Order and line number.", required=True)
    order: OrderKey = about("On which order.", refers_to="order", required=True)
    product: ProductKey | None = about("What.", refers_to="product")
    quantity: Quantity | None = about("How much was ordered.")
    unit_price: Money | None = about("Agreed price of one unit.")
    discount_rate: Decimal | None = about("Share taken off, 0 to 1.")
    freight: Money | None = about("Freight charged for this line.")
    requested_at: datetime | None = about("By when, where the line differs from the order.")
    site: SiteKey | None = about("Where it ships from.", refers_to="site")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Shipment:
    """One delivery on its way, for one order."""

    key: ShipmentKey = about("Delivery number.", required=True)
    order: OrderKey = about("For which order.", refers_to="order", required=True)
    site: SiteKey | None = about("From where.", refers_to="site")
    status: ShipmentStatus | None = about("Where it stands.")
    carrier: str | None = about("Who carries it.")
    planned_at: datetime | None = about("When it was to leave.")
    shipped_at: datetime | None = about("When it left.")
    delivered_at: datetime | None = about("When it arrived.")
    recipient: str | None = about("To whom it is addressed.", sensitivity=Sensitivity.PERSONAL)
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ShipmentLine:
    """One order line's part in a shipment."""

    key: ShipmentLineKey = about("Shipment and line.", required=True)
    shipment: ShipmentKey = about("In which shipment.", refers_to="shipment", required=True)
    order_line: OrderLineKey | None = about("Of which order line.", refers_to="order_line")
    product: ProductKey | None = about("What.", refers_to="product")
    quantity: Quantity | None = about("How much was sent.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Return:
    """Goods that came back."""

    key: ReturnKey = about("Return number.", required=True)
    order: OrderKey | None = about("Of which order.", refers_to="order")
    order_line: OrderLineKey | None = about("Of which line.", refers_to="order_line")
    product: ProductKey | None = about("What.", refers_to="product")
    quantity: Quantity | None = about("How much.")
    reason: str | None = about("Why, in the source's words.")
    returned_at: datetime | None = about("When it came back.")
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """One line of an invoice."""

    key: InvoiceLineKey = about("Invoice and line number.", required=True)
    invoice: str | None = about("Invoice number.")
    customer: CustomerKey | None = about("Who is billed.", refers_to="customer")
    order: OrderKey | None = about("For which order.", refers_to="order")
    order_line: OrderLineKey | None = about("For which line.", refers_to="order_line")
    product: ProductKey | None = about("What.", refers_to="product")
    quantity: Quantity | None = about("How much was billed.")
    amount: Money | None = about("Net amount.")
    invoiced_at: datetime | None = about("When it was billed.")
    paid_at: datetime | None = about("When it was paid.")
    custom: Mapping[str, Any] = field(default_factory=dict)

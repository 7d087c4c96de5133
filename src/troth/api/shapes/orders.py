"""What does the API say of an order and its promise?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field

from troth.api.shapes.decisions import DecisionSummary
from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed


class OrderFilters(Paging):
    """Which orders?"""

    state: Literal["", "open", "at_risk", "late", "kept", "broken", "cancelled"] = Field(
        "",
        description="Of the promise; at_risk is open, and expected after what was promised.",
        examples=["late"],
    )
    tier: str = Field("", max_length=200, description="In this tier.", examples=["Gold"])
    segment: str = Field("", max_length=200, description="In this segment.", examples=["retail"])
    region: str = Field("", max_length=200, description="In this sales region.", examples=["SP"])
    customer: str = Field(
        "", max_length=200, description="Id of the customer.", examples=["cus_3f2a9c01b7d4e856"]
    )


class Clock(Shape):
    """One clock as it was last left; elapsed time both working and by the wall."""

    subject_kind: str
    subject: str
    metric: str = Field(description="delivery, first_response or resolution.")
    state: str = Field(description="in_progress, paused, completed or cancelled.")
    is_breached: bool
    target_seconds: int | None = Field(description="Working seconds.")
    started_at: datetime
    due_at: datetime
    breached_at: datetime | None
    paused_at: datetime | None
    stopped_at: datetime | None
    working_elapsed_seconds: int
    wall_elapsed_seconds: int
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "subject_kind": "order",
        "subject": "erp:SO-1001",
        "metric": "delivery",
        "state": "in_progress",
        "is_breached": False,
        "target_seconds": None,
        "started_at": "2026-01-12T09:30:00Z",
        "due_at": "2026-01-20T21:00:00Z",
        "breached_at": None,
        "paused_at": None,
        "stopped_at": None,
        "working_elapsed_seconds": 0,
        "wall_elapsed_seconds": 86400,
    }


class Order(Shape):
    """What was promised for one order, and what became of it."""

    key: str = Field(validation_alias="order_key", description="`<system>:<number>`.")
    customer_id: Maybe
    customer_name: Maybe = Field(description="The id where you may not see names.")
    tier: Maybe = Field(description="As it was when the promise was made.")
    segment: Maybe
    sales_region: Maybe
    time_zone: str = Field(description="The customer's.")
    lane: Maybe
    placed_at: datetime
    requested_at: datetime | None
    source_promised_at: datetime | None = Field(description="What the source system promised.")
    first_promised_at: datetime
    promised_at: datetime = Field(description="What holds now.")
    expected_at: datetime | None = Field(description="By the latest decision on an open order.")
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    state: str = Field(description="open, at_risk, late, kept, broken or cancelled.")
    is_cold_start: bool = Field(description="Promised without any history of its lane.")
    total: Decimal | None
    currency: Maybe = Field(description="ISO 4217 code.")
    first_decision: str = Field(description="Id of the decision that first promised.")
    latest_decision: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "key": "erp:SO-1001",
        "customer_id": "cus_3f2a9c01b7d4e856",
        "customer_name": "Acme Tools",
        "tier": "Gold",
        "segment": "retail",
        "sales_region": "SP",
        "time_zone": "America/Sao_Paulo",
        "lane": "SP>RJ",
        "placed_at": "2026-01-12T09:30:00Z",
        "requested_at": None,
        "source_promised_at": "2026-02-02T00:00:00Z",
        "first_promised_at": "2026-01-20T21:00:00Z",
        "promised_at": "2026-01-20T21:00:00Z",
        "expected_at": None,
        "shipped_at": None,
        "delivered_at": None,
        "cancelled_at": None,
        "state": "open",
        "is_cold_start": False,
        "total": "129.900000",
        "currency": "BRL",
        "first_decision": "dec_7d1f0c3b5a9e8f2d4c6b1a0f9e8d7c6b5a4f3e2d",
        "latest_decision": "dec_7d1f0c3b5a9e8f2d4c6b1a0f9e8d7c6b5a4f3e2d",
    }


class OrderList(Listing):
    """Orders, the newest first."""

    data: list[Order]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Order, "/orders")


class OrderLine(Shape):
    """One line of an order, as the source says it."""

    key: str
    product: Maybe
    quantity: Decimal | None
    unit: Maybe
    unit_price: Decimal | None
    currency: Maybe
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "key": "erp:SO-1001-1",
        "product": "erp:P-77",
        "quantity": "2.000000",
        "unit": "piece",
        "unit_price": "64.950000",
        "currency": "BRL",
    }


class Shipment(Shape):
    """One delivery for an order, as the source says it."""

    key: str
    status: Maybe
    site: Maybe
    carrier: Maybe
    planned_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "key": "wms:D-5501",
        "status": "shipped",
        "site": "wms:SP1",
        "carrier": "Correios",
        "planned_at": "2026-01-13T18:00:00Z",
        "shipped_at": "2026-01-13T19:20:00Z",
        "delivered_at": None,
    }


class OrderFact(Shape):
    """The order's newest version in its source system."""

    key: str
    revision: int
    known_at: datetime
    landed_at: datetime
    values: dict[str, Any] = Field(description="The record's fields that hold something.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "key": "erp:SO-1001",
        "revision": 2,
        "known_at": "2026-01-13T19:20:00Z",
        "landed_at": "2026-01-14T02:00:00Z",
        "values": {"customer": "erp:C-1001", "status": "shipped"},
    }


class OrderDetail(Shape):
    """One order: its promise, the facts behind it, its decisions and its clocks."""

    order: Order = Field(validation_alias="promise")
    fact: OrderFact | None
    lines: list[OrderLine]
    shipments: list[Shipment]
    decisions: list[DecisionSummary] = Field(description="Newest first, at most 50.")
    clocks: list[Clock]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "order": Order.EXAMPLE,
        "fact": OrderFact.EXAMPLE,
        "lines": [OrderLine.EXAMPLE],
        "shipments": [Shipment.EXAMPLE],
        "decisions": [DecisionSummary.EXAMPLE],
        "clocks": [Clock.EXAMPLE],
    }

"""What does the API say of a customer?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from troth.api.shapes.cases import Case
from troth.api.shapes.orders import Order
from troth.api.shapes.policies import PolicyValue
from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed
from troth.core.access.vocabulary import Purpose

_PurposeName = Annotated[
    str,
    Field(
        max_length=100,
        json_schema_extra={"enum": [purpose.value for purpose in Purpose]},
    ),
    AfterValidator(lambda value: Purpose(value).value),
]


class CustomerFilters(Paging):
    """Which customers?"""

    q: str = Field(
        "",
        max_length=200,
        description="Id or source key; name or e-mail too, where you may see them.",
        examples=["acme"],
    )
    tier: str = Field("", max_length=200, description="In this tier.", examples=["Gold"])
    segment: str = Field("", max_length=200, description="In this segment.", examples=["retail"])
    region: str = Field("", max_length=200, description="In this sales region.", examples=["SP"])


class CustomerReading(Shape):
    """What is a customer read for?"""

    purpose: _PurposeName = Field(
        Purpose.SERVICE.value,
        description="What the personal fields are read for; it decides, with your role, which are "
        "shown, and stands in the audit log.",
        examples=["service"],
    )


class Customer(Shape):
    """One customer of the company, across all systems."""

    id: str = Field(description="Never changes.")
    name: str = Field(description="The id where you may not see names.")
    tier: Maybe
    segment: Maybe
    region: str = Field(description="Where its rows may be held.")
    sales_region: Maybe
    country: Maybe
    city: Maybe
    party_kind: Maybe = Field(description="person or organisation.")
    time_zone: Maybe = Field(description="IANA zone.")
    revenue: Decimal | None = Field(description="Trailing revenue, in `currency`.")
    currency: Maybe = Field(description="ISO 4217 code.")
    source_count: int = Field(description="Source records that belong to it.")
    first_known_at: datetime
    late_orders: int = Field(description="Open orders past their promise.")
    open_cases: int
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "cus_3f2a9c01b7d4e856",
        "name": "Acme Tools",
        "tier": "Gold",
        "segment": "retail",
        "region": "default",
        "sales_region": "SP",
        "country": "BR",
        "city": "Campinas",
        "party_kind": "organisation",
        "time_zone": "America/Sao_Paulo",
        "revenue": "125000.00",
        "currency": "BRL",
        "source_count": 3,
        "first_known_at": "2025-02-03T10:15:00Z",
        "late_orders": 1,
        "open_cases": 2,
    }


class CustomerList(Listing):
    """Customers, by id."""

    data: list[Customer]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Customer, "/customers")


class SourceRecord(Shape):
    """One source record that belongs to a customer, and why."""

    key: str
    kind: str = Field(description="customer or contact.")
    because: str
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "key": "erp:C-1001",
        "kind": "customer",
        "because": "same tax id as crm:0015x",
    }


class Personal(Shape):
    """The personal part of a customer; each field with the record that it came from."""

    name: Maybe
    email: Maybe
    phone: Maybe
    tax_id: Maybe
    address: Maybe
    postal_code: Maybe
    provenance: dict[str, Any] = Field(description="Field → key of the source record.")
    masked: list[str] = Field(
        description="Fields that are not shown to you for this purpose: null, whatever they hold."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "name": "Acme Tools",
        "email": "orders@acme.example",
        "phone": "+55 19 5550 0100",
        "tax_id": None,
        "address": "Rua das Flores 12",
        "postal_code": "13010-000",
        "provenance": {"name": "crm:0015x", "email": "erp:C-1001"},
        "masked": ["tax_id"],
    }


class TierSpan(Shape):
    """A tier that a customer had over a span of time, and why."""

    tier: str
    starts_at: datetime
    ends_at: datetime | None
    code: str = Field(description="tier:first, tier:entered or tier:left.")
    sentence: str
    revenue: Decimal
    currency: Maybe
    policy_version: Maybe
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "tier": "Gold",
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": None,
        "code": "tier:entered",
        "sentence": "Trailing revenue 125000 BRL reached the entry of Gold, 100000 BRL.",
        "revenue": "125000.00",
        "currency": "BRL",
        "policy_version": "pol_5d0c8f1e2a",
    }


class CustomerDetail(Shape):
    """One customer: who it is, its tier, and how it came by it."""

    customer: Customer = Field(validation_alias="row")
    language: Maybe
    tier_since: datetime | None
    personal: Personal | None = Field(description="Null where you may not see it.")
    is_personal_hidden: bool
    sources: list[SourceRecord]
    tiers: list[TierSpan] = Field(description="Newest first.")
    open_questions: int = Field(description="Open questions of identity that name it.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer": Customer.EXAMPLE,
        "language": "pt",
        "tier_since": "2026-01-01T00:00:00Z",
        "personal": Personal.EXAMPLE,
        "is_personal_hidden": False,
        "sources": [SourceRecord.EXAMPLE],
        "tiers": [TierSpan.EXAMPLE],
        "open_questions": 0,
    }


class CustomerContext(Shape):
    """Who is this, what did we promise, what is open, what may you do?"""

    at: datetime = Field(description="The moment that counts as now.")
    customer: CustomerDetail
    open_promises: list[Order] = Field(description="Open and late, the soonest promised first.")
    recent_promises: list[Order] = Field(description="In all states, newest first.")
    open_cases: list[Case] = Field(description="By their place in the queue.")
    policies: list[PolicyValue] = Field(description="Every value that holds, and its layer.")
    may: list[str] = Field(description="Codes of what your role may do for this customer.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "at": "2026-02-01T00:00:00Z",
        "customer": CustomerDetail.EXAMPLE,
        "open_promises": [Order.EXAMPLE],
        "recent_promises": [Order.EXAMPLE],
        "open_cases": [Case.EXAMPLE],
        "policies": [PolicyValue.EXAMPLE],
        "may": ["decide:promise", "decide:prioritise"],
    }

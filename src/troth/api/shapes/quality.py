"""What does the API say of how good the data of a customer is?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field

from troth.api.shapes.shape import Maybe, Shape

_MEASURES = {
    "complete": "1.0000", "valid": "1.0000", "consistent": "0.5000", "fresh": None,
    "verified": None,
}  # fmt: skip


class _Measures(Shape):
    """Shares from 0 to 1; null where it cannot be said."""

    score: Decimal | None = Field(description="The mean of what can be said.")
    complete: Decimal | None = Field(description="It has a value, where it should have one.")
    valid: Decimal | None = Field(description="The value has the form of its field.")
    consistent: Decimal | None = Field(
        description="The share of the records which say something that say the same."
    )
    fresh: Decimal | None = Field(
        description="A feed that says it is no older than its contract allows."
    )
    verified: Decimal | None = Field(
        description="A steward said it, or a record that keeps its contract does."
    )


class QualityLoss(Shape):
    """Why a measure is below 1."""

    measure: str
    code: str = Field(description="`troth explain CODE` says what it means.")
    sentence: str
    records: list[str] = Field(description="Those at fault; none where you may not see the field.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "measure": "consistent",
        "code": "quality:disagreement",
        "sentence": "1 of 2 records says something else.",
        "records": ["shop:C-100"],
    }


class FieldQuality(_Measures):
    """One field of a customer by the five measures."""

    name: str
    weight: int = Field(description="What it counts in the customer's score.")
    value: Maybe = Field(description="Null where there is none, or you may not see it.")
    is_masked: bool = Field(description="You may not see its value.")
    source: Maybe = Field(description="The record that it came from.")
    rule: Maybe = Field(description="The rule of survivorship that chose it.")
    losses: list[QualityLoss]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "name": "email",
        "weight": 3,
        "value": "orders@acme.example",
        "is_masked": False,
        "source": "crm:0015x",
        "rule": "recency",
        "score": "0.8333",
        **_MEASURES,
        "losses": [QualityLoss.EXAMPLE],
    }


class CustomerQuality(Shape):
    """How good what is known of one customer is, field by field."""

    customer_id: str
    customer_name: Maybe = Field(description="The id where you may not see names.")
    score: Decimal | None = Field(description="The mean of the fields' scores by their weights.")
    measured_at: datetime | None = Field(description="When a run last measured the feeds.")
    fields: list[FieldQuality]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer_id": "cus_3f2a9c01b7d4e856",
        "customer_name": "Acme Tools",
        "score": "0.8333",
        "measured_at": "2026-01-31T00:00:00Z",
        "fields": [FieldQuality.EXAMPLE],
    }


class FieldSummary(_Measures):
    """One field over many customers: means over those of whom it can be said."""

    name: str
    weight: int
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "name": "email",
        "weight": 3,
        "score": "0.8333",
        **_MEASURES,
    }


class PoorCustomer(Shape):
    """A customer of whom little is known well."""

    customer_id: str
    customer_name: Maybe = Field(description="The id where you may not see names.")
    score: Decimal
    losses: int = Field(description="Points that were lost.")
    worst_field: str = Field(description="The field that costs the score most.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer_id": "cus_3f2a9c01b7d4e856",
        "customer_name": "Acme Tools",
        "score": "0.3125",
        "losses": 7,
        "worst_field": "tax_id",
    }


class QualitySummary(Shape):
    """Every field over the customers whom you may see, and the poorest of them."""

    customers: int = Field(description="Whom you may see.")
    looked_at: int = Field(description="Of those: the first thousand by id, which is a sample.")
    score: Decimal | None = Field(description="The mean of the customers' scores.")
    measured_at: datetime | None = Field(description="When a run last measured the feeds.")
    fields: list[FieldSummary]
    worst: list[PoorCustomer] = Field(description="Of those looked at, the poorest first.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customers": 5200,
        "looked_at": 1000,
        "score": "0.8750",
        "measured_at": "2026-01-31T00:00:00Z",
        "fields": [FieldSummary.EXAMPLE],
        "worst": [PoorCustomer.EXAMPLE],
    }

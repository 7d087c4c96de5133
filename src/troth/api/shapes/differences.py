"""What does the API say of a difference between order, shipment and invoice?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed


class DifferenceFilters(Paging):
    """Which differences?"""

    state: Literal["open", "accepted", "righted", "all"] = Field(
        "open", description="Waiting for somebody, accepted by a person, or over.",
        examples=["open"],
    )  # fmt: skip
    kind: Literal[
        "",
        "not_sent",
        "sent_too_much",
        "sent_though_cancelled",
        "billed_not_sent",
        "sent_not_billed",
        "billed_otherwise",
        "billed_in_another_currency",
        "billed_to_another",
        "delivered_otherwise",
    ] = Field("", description="Of this kind.", examples=["not_sent"])
    order: str = Field("", max_length=500, description="Of this order.", examples=["erp:SO-1001"])
    customer: str = Field(
        "", max_length=200, description="Id of the customer.", examples=["cus_3f2a9c01b7d4e856"]
    )


class CommitmentDifference(Shape):
    """Two records of one commitment that differ."""

    id: str = Field(description="dif_ and 16 hex digits.")
    order_key: str
    line_key: Maybe = Field(description="Null where it is the whole order's.")
    kind: str = Field(description="What differs, as in the filter.")
    number: int = Field(description="How often this line has had it, from 1.")
    customer_id: Maybe
    customer_name: Maybe = Field(description="The id where you may not see names.")
    expected: str = Field(description="A decimal, a currency, a customer's id or an instant.")
    found: str
    unit: Maybe = Field(description="Of a quantity, or the currency of an amount.")
    figures: dict[str, str] = Field(
        description="What order, shipments, returns and invoices say; what is not known is absent."
    )
    state: str = Field(description="open, accepted or righted.")
    opened_at: datetime = Field(description="The moment as of which it was first seen.")
    changed_at: datetime = Field(description="The moment as of which its figures moved last.")
    righted_at: datetime | None = Field(description="Null while it is there.")
    accepted_at: datetime | None
    accepted_by: Maybe
    reason: Maybe = Field(description="Why it may stay; null where you may not see such words.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "dif_3f2a9c01b7d4e856",
        "order_key": "erp:SO-1001",
        "line_key": "erp:SO-1001/10",
        "kind": "not_sent",
        "number": 1,
        "customer_id": "cus_3f2a9c01b7d4e856",
        "customer_name": "Acme Tools",
        "expected": "10",
        "found": "4",
        "unit": "piece",
        "figures": {"ordered": "10", "sent": "4", "promised_at": "2026-01-20T21:00:00+00:00"},
        "state": "open",
        "opened_at": "2026-01-31T00:00:00Z",
        "changed_at": "2026-01-31T00:00:00Z",
        "righted_at": None,
        "accepted_at": None,
        "accepted_by": None,
        "reason": None,
    }


class DifferenceList(Listing):
    """Differences, the newest first."""

    data: list[CommitmentDifference]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(CommitmentDifference, "/differences")


class AcceptDifference(Shape):
    """Why a difference may stay."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str = Field(
        min_length=1, max_length=2_000, description="Why it may stay, in a sentence; it is kept."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "reason": "Ten of twelve were agreed on the telephone; the rest is not wanted any more."
    }

"""What does the API say of a question of identity?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed


class QuestionFilters(Paging):
    """Which questions?"""

    state: Literal["open", "settled", "all"] = Field(
        "open", description="Waiting for a steward, or over.", examples=["open"]
    )
    customer: str = Field(
        "", max_length=200, description="That touch this one.", examples=["cus_3f2a9c01b7d4e856"]
    )


class QuestionCustomer(Shape):
    """One of the customers that the record would join."""

    id: str
    name: str = Field(description="The id where you may not see names.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"id": "cus_3f2a9c01b7d4e856", "name": "Acme Tools"}


def _named(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"id": customer_id, "name": name} for customer_id, name in pairs]


class Question(Shape):
    """A source record that would join settled customers: a steward decides."""

    id: str = Field(description="brg_ and 16 hex digits, the same for the same question.")
    source_key: str = Field(description="Of the record that would join them.")
    customers: Annotated[list[QuestionCustomer], BeforeValidator(_named)]
    because: str = Field(description="What they share with the record.")
    asked_at: datetime
    settled_at: datetime | None = Field(description="Null while it is open.")
    verdict: Maybe = Field(description="`apart`; null while it is open.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "brg_3f2a9c01b7d4e856",
        "source_key": "crm:A-17",
        "customers": [
            QuestionCustomer.EXAMPLE,
            {"id": "cus_90b1d4e8563f2a7c", "name": "Acme Rentals"},
        ],
        "because": "the e-mail address of one and the tax id of the other",
        "asked_at": "2026-01-31T23:59:00Z",
        "settled_at": None,
        "verdict": None,
    }


class QuestionList(Listing):
    """Questions, the oldest first."""

    data: list[Question]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Question, "/questions")


class KeepApart(Shape):
    """Why the customers are not one."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str = Field(
        min_length=1, max_length=2_000, description="How you know, in a sentence; it is kept."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "reason": "Two companies share one office; their tax ids differ."
    }

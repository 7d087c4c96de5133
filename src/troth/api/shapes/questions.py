"""What does the API say of a question of identity?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
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


class MatchEvidence(Shape):
    """One comparison of a scored pair."""

    comparison: str
    level: str
    weight: Decimal = Field(description="How far it moves the odds, log2; below 0: against.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "comparison": "name",
        "level": "Jaro-Winkler from 0.92",
        "weight": "4.250",
    }


class Question(Shape):
    """A source record that would join settled customers: a steward decides."""

    id: str = Field(description="brg_ and 16 hex digits, the same for the same question.")
    source_key: str = Field(description="Of the record that would join them.")
    customers: Annotated[list[QuestionCustomer], BeforeValidator(_named)]
    because: str = Field(description="What they share with the record.")
    asked_at: datetime
    settled_at: datetime | None = Field(description="Null while it is open.")
    verdict: Maybe = Field(description="`apart` or `same`; null while it is open.")
    evidence: list[MatchEvidence] = Field(
        description="How alike the records are, where they were scored; empty for exact keys."
    )
    weight: Decimal | None = Field(description="Match weight: log2 of the odds.")
    probability: Decimal | None = Field(description="That they are one, from 0 to 1.")
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
        "evidence": [MatchEvidence.EXAMPLE],
        "weight": "4.250",
        "probability": "0.95000000",
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

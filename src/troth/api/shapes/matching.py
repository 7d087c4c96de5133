"""What does the API say of how records that share no key are matched?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import Field

from troth.api.shapes.shape import Maybe, Shape


class MatchPoint(Shape):
    """What a threshold comes to, as the model itself expects it."""

    weight: Decimal = Field(description="Match weight, bits.")
    precision: Decimal = Field(description="Of the pairs of this weight or more: one customer.")
    recall: Decimal = Field(description="Of the pairs that are one customer: of this weight.")
    pairs: int = Field(description="Of this weight or more.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "weight": "4.112543",
        "precision": "0.998805",
        "recall": "0.989725",
        "pairs": 230,
    }


class MatchModel(Shape):
    """What was learnt of how records of one customer differ. It holds no value of a record."""

    id: str
    trained_at: datetime
    records: int = Field(description="That it was learnt from.")
    sources: int
    design: str = Field(description="What is compared: person or organisation.")
    precision: Decimal = Field(description="That troth.toml states.")
    sentence: Maybe = Field(description="Why nothing was learnt; null where it was.")
    match_from: Decimal | None = Field(description="Bits: from here on records are joined.")
    possible_from: Decimal | None = Field(description="From here on a steward is asked.")
    expected: MatchPoint | None = Field(description="What joining from there on comes to.")
    curve: list[MatchPoint] = Field(description="The strictest threshold first.")
    grounds: dict[str, Any] = Field(description="Pairs compared, verdicts, rounds of learning.")
    scored_at: datetime | None = Field(description="When records were last compared.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "mtm_1f0c2b7a99e04d31",
        "trained_at": "2026-01-31T06:00:00Z",
        "records": 560,
        "sources": 2,
        "design": "organisation",
        "precision": "0.995000",
        "sentence": None,
        "match_from": "4.112543",
        "possible_from": "-1.279060",
        "expected": MatchPoint.EXAMPLE,
        "curve": [MatchPoint.EXAMPLE],
        "grounds": {"pairs": 1204, "verdicts": 0, "for_stewards": 2},
        "scored_at": "2026-01-31T06:00:00Z",
    }


class Matching(Shape):
    """How records that share no key are matched now; nulls for who does not see all customers."""

    records: int | None = Field(description="Customer records that there are.")
    fewest_records: int | None = Field(description="From which on something is learnt.")
    joined: int | None = Field(description="Records that likeness joined.")
    asked: int | None = Field(description="Open questions that likeness asks.")
    model: MatchModel | None = Field(description="Null where nothing was learnt yet.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "records": 560,
        "fewest_records": 500,
        "joined": 52,
        "asked": 2,
        "model": MatchModel.EXAMPLE,
    }

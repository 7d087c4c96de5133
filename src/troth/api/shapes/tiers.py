"""What does the API say of a move to another tier?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from troth.api.shapes.merges import MergeAspect, MergeConsequences, MergedWork
from troth.api.shapes.shape import Instant, Maybe, Shape


class TierPreviewFilters(Shape):
    """From when on?"""

    since: Instant | None = Field(
        None,
        description="From when on the customer would be in the tier; without it, from now on.",
        examples=["2026-06-01T00:00:00Z"],
    )


class TierMove(Shape):
    """A move to another tier, and what it would change."""

    customer_id: str
    tier_before: Maybe = Field(description="Null for a customer who is in none.")
    tier_after: str
    since: datetime
    as_of: datetime = Field(description="What counted as now in the last run.")
    tiers: list[str] = Field(description="Those that the policy in force knows, the best first.")
    consequences: MergeConsequences
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "customer_id": "cus_3f2a9c01b7d4e856",
        "tier_before": "Silver",
        "tier_after": "Gold",
        "since": "2026-06-01T00:00:00Z",
        "as_of": "2026-06-30T12:00:00Z",
        "tiers": ["Gold", "Silver", "Standard"],
        "consequences": {
            "aspects": [MergeAspect.EXAMPLE],
            "work": [MergedWork.EXAMPLE],
            "unchanged_work": 12,
        },
    }
